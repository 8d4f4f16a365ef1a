/* SPDX-License-Identifier: MIT */
/*
 * hibernation protected|none: the machine does not hibernate while there is protected memory, and could
 * if there were none.
 *
 * Needs a machine to itself: virtio-gpu refuses hibernation too when the device has 3D, so it goes first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"
#include "tap.h"

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
	char device[256];

	ok(find_virtio_gpu(device) && !write_file(virtio_gpu_file("unbind"), device), "virtio-gpu goes away");
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
