/* SPDX-License-Identifier: MIT */
/*
 * For LD_PRELOAD: a heap whose blocks tell who allocated them. All of a new block is filled with a word that
 * stands for the place in the program that asked for it, and a block that is freed with another. Where such a
 * word turns up that nobody wrote, one knows whose block was handed out.
 *
 * A word is MARK, then a number, with FREED added in blocks that were freed; the file that HEAP_MARKS names has a
 * line for each number, when it is first used: "NUMBER FRAME FRAME FRAME…", innermost first, as
 * backtrace_symbols_fd() has them.
 *
 * Thread-safe. Of more places than there are numbers, the last stands for all that follow.
 */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARK 0xa55c
#define FREED 0x8000
#define NUMBERS 0x4000
#define FRAMES 12

void *__libc_malloc(size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *block);

static _Atomic(uintptr_t) places[NUMBERS];
static int list = -1;
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread bool busy;

static void describe(unsigned number)
{
	void *frames[FRAMES];
	char text[16];
	int count, length;

	busy = true;
	pthread_mutex_lock(&list_lock);
	length = snprintf(text, sizeof(text), "%u\n", number);
	if (list >= 0 && write(list, text, (size_t)length) == length) {
		count = backtrace(frames, FRAMES);
		backtrace_symbols_fd(frames + 2, count - 2, list);
	}
	pthread_mutex_unlock(&list_lock);
	busy = false;
}

static unsigned number_of(void *place)
{
	const uintptr_t wanted = (uintptr_t)place;
	unsigned slot = (unsigned)(wanted >> 2) * 2654435761u % NUMBERS;

	for (unsigned tries = 0; tries < 64; tries++, slot = (slot + 1) % NUMBERS) {
		uintptr_t there = atomic_load(&places[slot]);

		if (!there && atomic_compare_exchange_strong(&places[slot], &there, wanted)) {
			describe(slot);
			return slot;
		}
		if (there == wanted)
			return slot;
	}
	return NUMBERS - 1;
}

static void fill(void *block, size_t from, unsigned number)
{
	const uint32_t word = (uint32_t)number << 16 | MARK;
	uint32_t *words = block;

	for (size_t i = (from + 3) / 4, n = block ? malloc_usable_size(block) / 4 : 0; i < n; i++)
		words[i] = word;
}

static void *mark(void *block, size_t from, void *place)
{
	if (!busy)
		fill(block, from, number_of(place));
	return block;
}

__attribute__((constructor)) static void begin(void)
{
	const char *name = getenv("HEAP_MARKS");
	void *frame;

	/* It allocates the first time. */
	busy = true;
	backtrace(&frame, 1);
	list = name ? open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
	busy = false;
}

void *malloc(size_t size)
{
	return mark(__libc_malloc(size), 0, __builtin_return_address(0));
}

void *memalign(size_t alignment, size_t size)
{
	return mark(__libc_memalign(alignment, size), 0, __builtin_return_address(0));
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return mark(__libc_memalign(alignment, size), 0, __builtin_return_address(0));
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
	*block = mark(__libc_memalign(alignment, size), 0, __builtin_return_address(0));
	return *block ? 0 : ENOMEM;
}

void *realloc(void *old, size_t size)
{
	const size_t before = old ? malloc_usable_size(old) : 0;

	return mark(__libc_realloc(old, size), before, __builtin_return_address(0));
}

void free(void *block)
{
	if (block && !busy)
		fill(block, 0, FREED | number_of(__builtin_return_address(0)));
	__libc_free(block);
}
