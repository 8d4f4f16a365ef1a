/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "error.h"
#include "tee.h"
#include "uapi.h"

struct protex_tee {
	int fd;
	struct protex_tee_info info;
	char path[]; /* NUL-terminated */
};

void protex_tee_device_path(char *path, unsigned index)
{
	snprintf(path, PROTEX_TEE_PATH_SIZE, "/dev/tee%u", index);
}

int protex_tee_open(struct protex_tee **out, const char *path, struct protex_error *error)
{
	struct tee_ioctl_version_data version = {0};
	struct protex_tee *tee;
	int fd, code;

	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		code = -errno;
		switch (code) {
		case -ENOENT:
		case -ENXIO:
		case -ENODEV:
			return protex_fail(error, -ENODEV,
					   "%s is not there: the machine needs a TEE that the "
					   "kernel has a driver for, or protex's emulated one",
					   path);
		case -EACCES:
		case -EPERM:
			return protex_fail(error, -EACCES,
					   "%s may not be opened: ask for read and write access to "
					   "it (root, or a udev rule)",
					   path);
		default:
			return protex_fail(error, code, "%s: %s", path, strerror(-code));
		}
	}
	if (ioctl(fd, TEE_IOC_VERSION, &version) < 0) {
		code = -errno;
		close(fd);
		return protex_fail(error, -ENODEV, "%s is not a TEE device: %s", path,
				   strerror(-code));
	}

	tee = calloc(1, sizeof(*tee) + strlen(path) + 1);
	if (!tee) {
		close(fd);
		return protex_fail(error, -ENOMEM, "out of memory");
	}
	tee->fd = fd;
	tee->info.implementation = version.impl_id;
	tee->info.implementation_capabilities = version.impl_caps;
	tee->info.capabilities = version.gen_caps;
	strcpy(tee->path, path);
	*out = tee;
	return 0;
}

void protex_tee_close(struct protex_tee *tee)
{
	if (!tee)
		return;
	close(tee->fd);
	free(tee);
}

const char *protex_tee_path(const struct protex_tee *tee)
{
	return tee->path;
}

void protex_tee_get_info(const struct protex_tee *tee, struct protex_tee_info *info)
{
	*info = tee->info;
}

int protex_tee_fd(const struct protex_tee *tee)
{
	return tee->fd;
}

const char *protex_tee_implementation_name(uint32_t implementation)
{
	switch (implementation) {
	case TEE_IMPL_ID_OPTEE:
		return "OP-TEE";
	case TEE_IMPL_ID_AMDTEE:
		return "AMD-TEE";
	case TEE_IMPL_ID_TSTEE:
		return "TS-TEE";
	case TEE_IMPL_ID_QTEE:
		return "QTEE";
	case TEE_IMPL_ID_EMU:
		return "emulated";
	default:
		return "unknown";
	}
}
