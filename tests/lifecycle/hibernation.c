/* SPDX-License-Identifier: MIT */
/*
 * hibernation protected|none: the machine does not hibernate while there is protected memory, and could
 * if there were none.
 *
 * Needs a machine to itself: virtio-gpu refuses hibernation too when the device has 3D, so it goes first.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

#define DRIVER "/sys/bus/virtio/drivers/virtio_gpu/"

/* 0 or a negative errno. */
static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

static bool unbind_virtio_gpu(void)
{
	glob_t found;
	bool unbound = !glob(DRIVER "virtio*", 0, NULL, &found) &&
		       !write_file(DRIVER "unbind", found.gl_pathv[0] + strlen(DRIVER));

	globfree(&found);
	return unbound;
}

/* /dev/snapshot hands out an image of all memory; opening it begins a hibernation. */
static int begin(void)
{
	int fd = open("/dev/snapshot", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : close(fd);
}

static void is_busy(int ret, const char *what)
{
	if (!ok(ret == -EBUSY, "%s: EBUSY", what))
		note("%s", strerror(-ret));
}

int main(int argc, char **argv)
{
	const bool none = argc == 2 && !strcmp(argv[1], "none");

	ok(unbind_virtio_gpu(), "virtio-gpu goes away");
	if (none) {
		int ret = begin();

		if (!ok(!ret, "control: without protected memory, an image of all memory can be made"))
			note("%s", strerror(-ret));
	} else {
		is_busy(begin(), "no process gets an image of all memory");
		is_busy(write_file("/sys/power/state", "disk"), "the machine does not hibernate");
	}
	return tap_end();
}
