/* SPDX-License-Identifier: MIT */
/* Routes by way of the dma-buf's own file operations. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "routes.h"
#include "virtgpu.h"

/*
 * Looks at a mapping through a pipe: where touching it faults, write() returns EFAULT, and the
 * program goes on.
 */
void look_at_mapping(struct outcome *outcome, int fd, off_t offset)
{
	uint8_t seen[PATTERN_SIZE];
	ssize_t moved = 0;
	int ends[2];
	void *mapping = mmap(NULL, PATTERN_SIZE, PROT_READ, MAP_SHARED, fd, offset);

	if (mapping == MAP_FAILED) {
		outcome_errno(outcome);
		return;
	}
	if (pipe(ends) < 0) {
		outcome_errno(outcome);
		munmap(mapping, PATTERN_SIZE);
		return;
	}
	memset(seen, 0, sizeof(seen));
	for (size_t at = 0; at < PATTERN_SIZE && moved >= 0; at += 4096) {
		moved = write(ends[1], (uint8_t *)mapping + at, 4096);
		if (moved > 0)
			moved = read(ends[0], seen + at, (size_t)moved);
	}
	if (moved < 0)
		outcome_errno(outcome);
	else
		outcome_content(outcome, seen, sizeof(seen));
	close(ends[0]);
	close(ends[1]);
	munmap(mapping, PATTERN_SIZE);
}

static void mmap_heap(const struct target *target, struct outcome *outcome)
{
	look_at_mapping(outcome, target->dmabuf, 0);
}

/* Calls function with an exported dma-buf of each of the target's objects. */
static void for_each_export(const struct target *target, struct outcome *outcome,
			    void (*function)(struct outcome *outcome, int fd))
{
	for (unsigned i = 0; i < target->object_count; i++) {
		struct drm_prime_handle prime = {
			.handle = target->objects[i],
			.flags = DRM_CLOEXEC | DRM_RDWR,
		};

		if (drm_call(target->gpu, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) < 0) {
			outcome_errno(outcome);
			continue;
		}
		function(outcome, prime.fd);
		close(prime.fd);
	}
}

static void look_at_export(struct outcome *outcome, int fd)
{
	look_at_mapping(outcome, fd, 0);
}

static void mmap_export(const struct target *target, struct outcome *outcome)
{
	for_each_export(target, outcome, look_at_export);
}

static void read_from(struct outcome *outcome, int fd)
{
	uint8_t seen[PATTERN_SIZE];
	ssize_t count;

	memset(seen, 0, sizeof(seen));
	lseek(fd, 0, SEEK_SET);
	count = read(fd, seen, sizeof(seen));
	if (count < 0)
		outcome_errno(outcome);
	else
		outcome_content(outcome, seen, sizeof(seen));
}

/* No dma-buf can be read(), so the ordinary buffer is one of shared memory, as of wl_shm. */
static void read_export(const struct target *target, struct outcome *outcome)
{
	if (target->memory_file >= 0)
		read_from(outcome, target->memory_file);
	else
		for_each_export(target, outcome, read_from);
}

static void sync_and_look(struct outcome *outcome, int fd)
{
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ};

	if (drm_call(fd, DMA_BUF_IOCTL_SYNC, &sync) < 0) {
		outcome_errno(outcome);
		return;
	}
	look_at_mapping(outcome, fd, 0);
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ;
	drm_call(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

static void sync_export(const struct target *target, struct outcome *outcome)
{
	for_each_export(target, outcome, sync_and_look);
}

const struct route buffer_routes[] = {
	{"heap-mmap", "the heap's dma-buf can be mapped", mmap_heap, NULL},
	{"export-mmap", "the dma-buf exported from the GPU's object can be mapped", mmap_export, NULL},
	{"export-read", "the exported dma-buf can be read()", read_export, NULL},
	{"export-sync", "DMA_BUF_IOCTL_SYNC gives the CPU access to the exported dma-buf",
	 sync_export, NULL},
	{0},
};
