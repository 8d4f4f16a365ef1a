/* SPDX-License-Identifier: MIT */
/* Buffers from the kernel's dma-heaps: one heap a use since Linux 6.18. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/dma-heap.h>

#include "allocator.h"
#include "error.h"

#define HEAP_DIRECTORY "/dev/dma_heap/"

struct heap {
	struct protex_allocator base;
	int fd;
};

static int heap_alloc(struct protex_allocator *allocator, uint64_t size,
		      struct protex_error *error)
{
	struct heap *heap = (struct heap *)allocator;
	struct dma_heap_allocation_data data = {
		.len = size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	int ret;

	do {
		ret = ioctl(heap->fd, DMA_HEAP_IOCTL_ALLOC, &data);
	} while (ret < 0 && errno == EINTR);
	if (ret == 0)
		return (int)data.fd;

	ret = -errno;
	if (ret == -ENOMEM && allocator->is_protected)
		return protex_fail(error, ret,
				   "%s has no room for %" PRIu64
				   " bytes: its pool is fixed in size; free other buffers, or "
				   "enlarge the pool where the TEE is configured",
				   allocator->name, size);
	return protex_fail(error, ret, "%s gave no buffer of %" PRIu64 " bytes: %s",
			   allocator->name, size, strerror(-ret));
}

static void heap_destroy(struct protex_allocator *allocator)
{
	struct heap *heap = (struct heap *)allocator;

	close(heap->fd);
	free(heap);
}

static const struct protex_allocator_interface heap_interface = {
	.alloc = heap_alloc,
	.destroy = heap_destroy,
};

static int explain_open(const char *path, bool is_protected, int code, struct protex_error *error)
{
	switch (code) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		return protex_fail(error, -ENODEV, "%s is not there: %s", path,
				   is_protected ? "the kernel (6.18 or later, with "
						  "CONFIG_TEE_DMABUF_HEAPS) makes it when a TEE "
						  "offers protected memory for that use"
						: "the kernel needs CONFIG_DMABUF_HEAPS_SYSTEM");
	case -EACCES:
	case -EPERM:
		return protex_fail(error, -EACCES,
				   "%s may not be opened: ask for read access to it (root, or a "
				   "udev rule for group video)",
				   path);
	default:
		return protex_fail(error, code, "%s: %s", path, strerror(-code));
	}
}

int protex_heap_open(struct protex_allocator **allocator, const char *name, bool is_protected,
		     struct protex_error *error)
{
	struct heap *heap = calloc(1, sizeof(*heap));
	int ret;

	if (!heap)
		return protex_fail(error, -ENOMEM, "out of memory");

	heap->base.interface = &heap_interface;
	heap->base.is_protected = is_protected;
	snprintf(heap->base.name, sizeof(heap->base.name), HEAP_DIRECTORY "%s", name);
	heap->fd = open(heap->base.name, O_RDONLY | O_CLOEXEC);
	if (heap->fd < 0) {
		ret = explain_open(heap->base.name, is_protected, -errno, error);
		free(heap);
		return ret;
	}
	*allocator = &heap->base;
	return 0;
}

int protex_allocator_create_heap(struct protex_allocator **allocator, enum protex_use use,
				 struct protex_error *error)
{
	char name[48];

	switch (use) {
	case PROTEX_USE_SECURE_VIDEO:
	case PROTEX_USE_TRUSTED_UI:
	case PROTEX_USE_SECURE_VIDEO_RECORD:
	case PROTEX_USE_CRYPTO_KEY:
		break;
	default:
		return protex_fail(error, -EINVAL,
				   "buffers for the use '%s' cannot be asked of a TEE",
				   protex_use_name(use));
	}
	snprintf(name, sizeof(name), "protected,%s", protex_use_name(use));
	return protex_heap_open(allocator, name, true, error);
}
