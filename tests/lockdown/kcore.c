/* SPDX-License-Identifier: MIT */
/*
 * /proc/kcore, by which root reads what the kernel has mapped, has nothing of restricted memory: not where memory is
 * mapped by default, and not where the emulated TEE maps it while its trusted application works.
 *
 * The control finds a page of this program there.  With the argument "mapped", the kernel has been told to leave
 * its memory mapped as it is, and restricted memory is found.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gpu.h"
#include "restricted.h"
#include "sysfs.h"
#include "tap.h"

#define PAGE 4096u
#define CHUNK (256 * PAGE)
#define SIZE (8u << 20)
#define SEGMENTS 64

/* Bytes that no allocator fills pages with. */
#define SECRET 0x93
#define ORDINARY 0x39

/* The largest time that is spent on waiting for the TEE to have memory mapped. */
#define SECONDS 60
/* As many mappings are enough. */
#define MAPPINGS 20

static int kcore;
static Elf64_Phdr segments[SEGMENTS];
static size_t segment_count;

static bool read_segments(void)
{
	Elf64_Ehdr header;

	if (pread(kcore, &header, sizeof(header), 0) != sizeof(header) || header.e_phnum > SEGMENTS)
		return false;
	segment_count = header.e_phnum;
	return pread(kcore, segments, segment_count * sizeof(*segments), (off_t)header.e_phoff) ==
	       (ssize_t)(segment_count * sizeof(*segments));
}

static bool is_full_of(const uint8_t *page, uint8_t byte)
{
	return page[0] == byte && !memcmp(page, page + 1, PAGE - 1);
}

/* How many pages of a part of the file are full of one byte and of another. */
struct found {
	unsigned secret, ordinary, pages;
};

static void search(struct found *found, uint64_t offset, uint64_t size)
{
	static uint8_t chunk[CHUNK];

	for (uint64_t at = 0; at < size; at += CHUNK) {
		size_t length = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
		ssize_t count = pread(kcore, chunk, length, (off_t)(offset + at));

		for (ssize_t i = 0; i + PAGE <= count; i += PAGE) {
			found->pages++;
			found->secret += is_full_of(chunk + i, SECRET);
			found->ordinary += is_full_of(chunk + i, ORDINARY);
		}
		/* It has been here. */
		memset(chunk, 0, sizeof(chunk));
	}
}

static void test_memory(bool mapped)
{
	uint8_t *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
	struct found found = { 0 };

	memset(page, ORDINARY, PAGE);
	for (size_t i = 0; i < segment_count; i++)
		/* What is no memory has no physical address. */
		if (segments[i].p_type == PT_LOAD && segments[i].p_paddr != UINT64_MAX)
			search(&found, segments[i].p_offset, segments[i].p_filesz);
	note("%u pages of memory", found.pages);
	ok(found.ordinary > 0, "control: a page of this program is in /proc/kcore");
	if (mapped)
		ok(found.secret >= SIZE / PAGE, "control: restricted memory that stays mapped is, too (%u pages)", found.secret);
	else
		ok(found.secret == 0, "restricted memory is not (%u pages)", found.secret);
	munmap(page, PAGE);
}

/* The first mapping that the emulated TEE has just now. */
static bool find_mapping(uint64_t *start, uint64_t *size)
{
	FILE *file = fopen("/proc/vmallocinfo", "re");
	char line[256];
	uint64_t end;
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, "[tee_emu]") && sscanf(line, "%" SCNx64 "-%" SCNx64, start, &end) == 2;
	if (file)
		fclose(file);
	/* The last page is there to fault. */
	*size = found ? end - *start - PAGE : 0;
	return found;
}

static bool search_mapping(struct found *found, uint64_t start, uint64_t size)
{
	for (size_t i = 0; i < segment_count; i++) {
		const Elf64_Phdr *segment = &segments[i];

		if (segment->p_type == PT_LOAD && start >= segment->p_vaddr &&
		    start - segment->p_vaddr < segment->p_filesz) {
			search(found, segment->p_offset + (start - segment->p_vaddr), size);
			return true;
		}
	}
	return false;
}

/* While the trusted application fills the buffer again and again, it is mapped. */
static void test_mappings(int restricted)
{
	time_t end = time(NULL) + SECONDS;
	struct found found = { 0 };
	unsigned mappings = 0;
	pid_t child = fork();

	if (child == 0) {
		while (fill_protected(restricted, SIZE, SECRET))
			;
		_exit(1);
	}
	while (mappings < MAPPINGS && time(NULL) < end) {
		uint64_t start, size, again, again_size;

		/* It counts if it was there before and after. */
		if (find_mapping(&start, &size) && search_mapping(&found, start, size < CHUNK ? size : CHUNK) &&
		    find_mapping(&again, &again_size) && again == start)
			mappings++;
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ok(mappings > 0, "mappings of the emulated TEE are listed while it works (%u)", mappings);
	ok(found.secret == 0, "what they map is not in /proc/kcore (%u pages of %u)", found.secret, found.pages);
}

int main(int argc, char **argv)
{
	bool mapped = argc > 1 && !strcmp(argv[1], "mapped");
	int restricted = alloc_protected(SIZE);

	kcore = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	if (!ok(restricted >= 0 && fill_protected(restricted, SIZE, SECRET), "restricted memory is filled") ||
	    !ok(kcore >= 0 && read_segments(), "/proc/kcore can be read"))
		return tap_end();
	test_memory(mapped);
	if (access("/sys/module/tee_emu", F_OK)) {
		tap_skip("what the TEE maps while it works", "it works elsewhere than in this kernel");
	} else {
		/* So that root is told true addresses. */
		ok(!write_file("/proc/sys/kernel/kptr_restrict", "1"), "root may see where things are mapped");
		test_mappings(restricted);
	}
	close(restricted);
	return tap_end();
}
