/* SPDX-License-Identifier: MIT */
/*
 * Buffers from a TEE device itself: the interface of the fourth version of the kernel's series,
 * before it became dma-heaps.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "allocator.h"
#include "error.h"
#include "tee.h"
#include "uapi.h"

struct rstmem {
	struct protex_allocator base;
	int fd;
	uint32_t use_case;
};

static int try_alloc(int fd, uint32_t use_case, uint64_t size)
{
	struct tee_ioctl_rstmem_alloc_data data = {
		.size = size,
		.use_case = use_case,
	};
	int ret;

	do {
		ret = ioctl(fd, TEE_IOC_RSTMEM_ALLOC, &data);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	if (fcntl(ret, F_SETFD, FD_CLOEXEC) < 0) {
		int code = -errno;

		close(ret);
		return code;
	}
	return ret;
}

static int rstmem_alloc(struct protex_allocator *allocator, uint64_t size,
			struct protex_error *error)
{
	struct rstmem *rstmem = (struct rstmem *)allocator;
	int ret = try_alloc(rstmem->fd, rstmem->use_case, size);

	if (ret < 0)
		return protex_fail(error, ret,
				   "%s gave no protected buffer of %" PRIu64 " bytes: %s",
				   allocator->name, size, strerror(-ret));
	return ret;
}

static void rstmem_destroy(struct protex_allocator *allocator)
{
	struct rstmem *rstmem = (struct rstmem *)allocator;

	close(rstmem->fd);
	free(rstmem);
}

static const struct protex_allocator_interface rstmem_interface = {
	.alloc = rstmem_alloc,
	.destroy = rstmem_destroy,
};

static int use_case_of(enum protex_use use)
{
	switch (use) {
	case PROTEX_USE_SECURE_VIDEO:
		return TEE_IOC_UC_SECURE_VIDEO_PLAY;
	case PROTEX_USE_TRUSTED_UI:
		return TEE_IOC_UC_TRUSTED_UI;
	case PROTEX_USE_SECURE_VIDEO_RECORD:
		return TEE_IOC_UC_SECURE_VIDEO_RECORD;
	default:
		return -EINVAL;
	}
}

int protex_allocator_create_rstmem(struct protex_allocator **allocator, enum protex_use use,
				   struct protex_error *error)
{
	int use_case = use_case_of(use);
	bool denied = false;

	if (use_case < 0)
		return protex_fail(error, -EINVAL,
				   "buffers for the use '%s' cannot be asked of a TEE",
				   protex_use_name(use));

	for (unsigned i = 0; i < PROTEX_TEE_DEVICES; i++) {
		char path[PROTEX_TEE_PATH_SIZE];
		struct rstmem *rstmem;
		int fd, probe;

		protex_tee_device_path(path, i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0) {
			denied = denied || errno == EACCES || errno == EPERM;
			continue;
		}

		/* Only an allocation tells whether the device does this, and for this use: the bit
		 * that announced it has another meaning in later kernels. One whose pool is full does. */
		probe = try_alloc(fd, (uint32_t)use_case, 1);
		if (probe >= 0) {
			close(probe);
		} else if (probe != -ENOMEM) {
			close(fd);
			continue;
		}

		rstmem = calloc(1, sizeof(*rstmem));
		if (!rstmem) {
			close(fd);
			return protex_fail(error, -ENOMEM, "out of memory");
		}
		rstmem->base.interface = &rstmem_interface;
		rstmem->base.is_protected = true;
		snprintf(rstmem->base.name, sizeof(rstmem->base.name), "%s", path);
		rstmem->fd = fd;
		rstmem->use_case = (uint32_t)use_case;
		*allocator = &rstmem->base;
		return 0;
	}

	if (denied)
		return protex_fail(error, -EACCES,
				   "the TEE devices may not be opened: ask for access to /dev/tee* "
				   "(root, or a udev rule)");
	return protex_fail(error, -ENODEV,
			   "no TEE device of this machine allocates protected memory for %s itself",
			   protex_use_name(use));
}
