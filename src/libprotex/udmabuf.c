/* SPDX-License-Identifier: MIT */
/* Ordinary buffers made of a sealed memory file, for kernels that have no system heap. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/udmabuf.h>

#include "allocator.h"
#include "error.h"

#define UDMABUF_DEVICE "/dev/udmabuf"

struct udmabuf {
	struct protex_allocator base;
	int fd;
};

static int udmabuf_from_file(int device, int file, uint64_t size)
{
	struct udmabuf_create create = {
		.memfd = (uint32_t)file,
		.flags = UDMABUF_FLAGS_CLOEXEC,
		.size = size,
	};
	int ret;

	if (ftruncate(file, (off_t)size) < 0 || fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) < 0)
		return -errno;
	ret = ioctl(device, UDMABUF_CREATE, &create);
	return ret < 0 ? -errno : ret;
}

static int udmabuf_alloc(struct protex_allocator *allocator, uint64_t size,
			 struct protex_error *error)
{
	struct udmabuf *udmabuf = (struct udmabuf *)allocator;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int file, ret;

	if (size > (uint64_t)INT64_MAX - page)
		return protex_fail(error, -ENOMEM, "%" PRIu64 " bytes are too many", size);
	size = (size + page - 1) / page * page;

	file = memfd_create("protex ordinary buffer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (file < 0)
		return protex_fail(error, -errno, "memfd_create: %s", strerror(errno));
	ret = udmabuf_from_file(udmabuf->fd, file, size);
	close(file);
	if (ret < 0)
		return protex_fail(error, ret,
				   UDMABUF_DEVICE " gave no buffer of %" PRIu64
						  " bytes: %s; its module parameter size_limit_mb "
						  "sets the limit",
				   size, strerror(-ret));
	return ret;
}

static void udmabuf_destroy(struct protex_allocator *allocator)
{
	struct udmabuf *udmabuf = (struct udmabuf *)allocator;

	close(udmabuf->fd);
	free(udmabuf);
}

static const struct protex_allocator_interface udmabuf_interface = {
	.alloc = udmabuf_alloc,
	.destroy = udmabuf_destroy,
};

int protex_udmabuf_open(struct protex_allocator **allocator, struct protex_error *error)
{
	struct udmabuf *udmabuf = calloc(1, sizeof(*udmabuf));
	int ret;

	if (!udmabuf)
		return protex_fail(error, -ENOMEM, "out of memory");

	udmabuf->base.interface = &udmabuf_interface;
	snprintf(udmabuf->base.name, sizeof(udmabuf->base.name), UDMABUF_DEVICE);
	udmabuf->fd = open(UDMABUF_DEVICE, O_RDWR | O_CLOEXEC);
	if (udmabuf->fd < 0) {
		ret = protex_fail(error, -errno, UDMABUF_DEVICE ": %s", strerror(errno));
		free(udmabuf);
		return ret;
	}
	*allocator = &udmabuf->base;
	return 0;
}
