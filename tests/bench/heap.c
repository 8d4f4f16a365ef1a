/* SPDX-License-Identifier: MIT */
/*
 * The heap and the TEE: what it takes to allocate and to free (which scrubs) beside the system heap (which clears when it
 * allocates), to scrub beside memset, and to decrypt beside memcpy and beside decryption by libcrypto.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "crypto.h"

#include <protex/protex.h>

#define KIB 1024u
#define MIB (1024u * KIB)

static struct protex_error error;

/* ---- allocating and freeing ------------------------------------------------------------------------------- */

struct allocation {
	struct protex_allocator *allocator;
	uint64_t size;
	unsigned times;
};

static bool allocate(void *data)
{
	const struct allocation *a = data;

	for (unsigned i = 0; i < a->times; i++) {
		int fd = protex_allocator_alloc(a->allocator, a->size, &error);

		if (fd < 0)
			return !bench_fail("%s", error.message);
		close(fd);
	}
	return true;
}

struct size {
	const char *name;
	uint64_t bytes;
	unsigned times; /* as often as takes about as long */
};

static const struct size allocation_sizes[] = {
	{"4k", 4 * KIB, 64},
	{"64k", 64 * KIB, 64},
	{"1m", MIB, 16},
	{"16m", 16 * MIB, 1},
};

/* What fills the heap. */
static int *held;
static size_t held_count;

static bool hold(struct protex_allocator *allocator, uint64_t size)
{
	int fd = protex_allocator_alloc(allocator, size, NULL);
	int *grown = fd < 0 ? NULL : realloc(held, (held_count + 1) * sizeof(*held));

	if (grown) {
		held = grown;
		held[held_count++] = fd;
	} else if (fd >= 0) {
		close(fd);
	}
	return grown;
}

/* Every how manyth of them to let go; 1: all. */
static void let_go(size_t every)
{
	size_t kept = 0;

	for (size_t i = 0; i < held_count; i++) {
		if (i % every == 0)
			close(held[i]);
		else
			held[kept++] = held[i];
	}
	held_count = kept;
}

/* Until nothing of that size is left. Returns how many there are. */
static size_t fill(struct protex_allocator *allocator, uint64_t size)
{
	size_t before = held_count;

	while (hold(allocator, size))
		;
	return held_count - before;
}

static bool compare_allocations(const char *state, uint64_t largest, struct protex_allocator *ours,
				struct protex_allocator *theirs)
{
	for (size_t i = 0; i < sizeof(allocation_sizes) / sizeof(allocation_sizes[0]); i++) {
		const struct size *size = &allocation_sizes[i];
		struct allocation a = {ours, size->bytes, size->times};
		struct allocation b = {theirs, size->bytes, size->times};
		char metric[64];

		if (size->bytes > largest)
			break;
		snprintf(metric, sizeof(metric), "heap-%s-%s", state, size->name);
		if (!bench_compare(metric, bench_rounds(60), size->times,
				   (struct bench_side){allocate, &a},
				   (struct bench_side){allocate, &b}))
			return false;
	}
	return true;
}

static bool compare_heaps(void)
{
	struct protex_allocator *ours, *theirs;
	size_t count;
	bool good;

	if (protex_allocator_create_heap(&ours, PROTEX_USE_SECURE_VIDEO, &error) < 0 ||
	    protex_allocator_create_ordinary(&theirs, &error) < 0)
		return !bench_fail("%s", error.message);
	good = compare_allocations("empty", 16 * MIB, ours, theirs);

	/* Full but for a tenth, in one piece. */
	count = fill(ours, MIB);
	while (held_count > count - count / 10)
		close(held[--held_count]);
	good = good && compare_allocations("full", MIB, ours, theirs);
	let_go(1);

	/* Every second 64 KiB are free, and nothing larger is. */
	fill(ours, 64 * KIB);
	let_go(2);
	good = good && compare_allocations("fragmented", 64 * KIB, ours, theirs);
	let_go(1);
	protex_allocator_destroy(ours);
	protex_allocator_destroy(theirs);
	return good;
}

/* ---- the trusted application -------------------------------------------------------------------------------- */

struct tee {
	struct protex_allocator *allocator;
	struct protex_tee *tee;
	struct protex_session *session;
	struct protex_memory *shared, *buffer;
	uint32_t key;
	uint8_t *plain, *copy;
	uint64_t size; /* to work on */
	unsigned times;
};

static const uint8_t content_key[16], iv[16];

static const struct size range_sizes[] = {
	{"4k", 4 * KIB, 64},
	{"64k", 64 * KIB, 8},
	{"1m", MIB, 1},
	{"4m", 4 * MIB, 1},
};
#define LARGEST (4 * MIB)

static bool open_tee(struct tee *t)
{
	struct protex_ta_wrapped_key wrapped;
	int fd, ret;

	if (crypto_wrap_key(crypto_development_kek, content_key, &wrapped, &error) < 0 ||
	    protex_allocator_create(&t->allocator, PROTEX_USE_SECURE_VIDEO, &error) < 0 ||
	    protex_ta_open(&t->tee, &t->session, &error) < 0 ||
	    protex_ta_unwrap_key(t->session, &wrapped, sizeof(wrapped), &t->key, &error) < 0 ||
	    protex_memory_alloc(&t->shared, t->tee, LARGEST + protex_ta_descriptor_size(0), &error) < 0)
		return false;
	fd = protex_allocator_alloc(t->allocator, LARGEST, &error);
	if (fd < 0)
		return false;
	ret = protex_memory_import(&t->buffer, t->tee, fd, &error);
	close(fd);
	t->plain = malloc(LARGEST);
	t->copy = malloc(LARGEST);
	if (ret < 0 || !t->plain || !t->copy)
		return false;
	memset(protex_memory_data(t->shared), 0x5a, LARGEST);
	memset(t->plain, 0x5a, LARGEST);
	return true;
}

static bool scrub(void *data)
{
	struct tee *t = data;
	struct protex_range range = {t->buffer, 0, t->size};
	int ret = 0;

	for (unsigned i = 0; i < t->times && ret == 0; i++)
		ret = protex_ta_scrub(t->session, &range, &error);
	return ret == 0;
}

static bool set_memory(void *data)
{
	struct tee *t = data;

	for (unsigned i = 0; i < t->times; i++) {
		memset(t->copy, 0, t->size);
		/* It is not for the compiler to say that nobody looks. */
		__asm__ volatile("" : : "r"(t->copy) : "memory");
	}
	return true;
}

static bool decrypt(void *data)
{
	struct tee *t = data;
	struct protex_decryption d = {
		.key_id = t->key,
		.source = {t->shared, 0, t->size},
		.destination = t->buffer,
		.descriptor = {t->shared, LARGEST, protex_ta_descriptor_size(0)},
	};
	int ret = 0;

	for (unsigned i = 0; i < t->times && ret == 0; i++)
		ret = protex_ta_decrypt(t->session, &d, &error);
	return ret == 0;
}

static bool copy_memory(void *data)
{
	struct tee *t = data;

	for (unsigned i = 0; i < t->times; i++) {
		memcpy(t->copy, t->plain, t->size);
		__asm__ volatile("" : : "r"(t->copy) : "memory");
	}
	return true;
}

static bool decrypt_here(void *data)
{
	struct tee *t = data;
	int ret = 0;

	for (unsigned i = 0; i < t->times && ret == 0; i++)
		ret = crypto_ctr(content_key, iv, t->plain, t->copy, t->size, &error);
	return ret == 0;
}

static bool compare_with(const char *what, const char *size, struct tee *t, bool (*ours)(void *),
			 bool (*theirs)(void *))
{
	char metric[64];

	snprintf(metric, sizeof(metric), "%s-%s", what, size);
	return bench_compare(metric, bench_rounds(40), t->times, (struct bench_side){ours, t},
			     (struct bench_side){theirs, t});
}

static bool compare_tee(void)
{
	struct tee t = {0};

	if (!open_tee(&t))
		return !bench_fail("%s", error.message);
	for (size_t i = 0; i < sizeof(range_sizes) / sizeof(range_sizes[0]); i++) {
		const char *name = range_sizes[i].name;

		t.size = range_sizes[i].bytes;
		t.times = range_sizes[i].times;
		if (!compare_with("scrub", name, &t, scrub, set_memory) ||
		    !compare_with("decrypt", name, &t, decrypt, copy_memory) ||
		    !compare_with("decrypt-cipher", name, &t, decrypt, decrypt_here))
			return !bench_fail("%s", error.message);
	}
	return true;
}

int main(void)
{
	return compare_heaps() && compare_tee() ? 0 : 1;
}
