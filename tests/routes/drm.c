/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <drm/drm.h>

#include "routes.h"

#define MINORS 64u

int drm_call(int fd, unsigned long request, void *argument)
{
	int ret;

	do {
		ret = ioctl(fd, request, argument);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret;
}

static bool is_of_driver(int fd, const char *driver)
{
	char name[32] = "";
	struct drm_version version = {.name = name, .name_len = sizeof(name) - 1};

	return drm_call(fd, DRM_IOCTL_VERSION, &version) == 0 && strcmp(name, driver) == 0;
}

int drm_open(const char *driver, char path[32])
{
	int ret = -ENODEV;

	for (unsigned i = 0; i < MINORS; i++) {
		int fd;

		snprintf(path, 32, "/dev/dri/card%u", i);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0) {
			ret = errno == EACCES ? -EACCES : ret;
			continue;
		}
		if (is_of_driver(fd, driver)) {
			ioctl(fd, DRM_IOCTL_DROP_MASTER, 0);
			return fd;
		}
		close(fd);
	}
	return ret;
}
