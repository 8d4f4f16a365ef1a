/* SPDX-License-Identifier: MIT */
#include "shot.h"

#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xf86drmMode.h>

#include "bitmap.h"
#include "tap.h"

extern char **environ;

/* The host paints at the next flush: flush until the camera is done. */
static bool take(int fd, uint32_t fb, char *path)
{
	char *argv[] = { "camera", path, NULL };
	struct pollfd child = { .events = POLLIN };
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ)) {
		note("cannot run camera");
		return false;
	}
	child.fd = syscall(SYS_pidfd_open, pid, 0);
	while (poll(&child, 1, 50) == 0) {
		if (fb)
			drmModeDirtyFB(fd, fb, NULL, 0);
	}
	close(child.fd);
	if (waitpid(pid, &status, 0) != pid || status) {
		note("the camera took no picture");
		return false;
	}
	return true;
}

static bool decode(const char *path, uint32_t width, uint32_t height, uint8_t *pixels)
{
	struct bitmap picture;
	bool ok = bitmap_read(&picture, path) && picture.width == width && picture.height == height;

	if (ok)
		memcpy(pixels, picture.pixels, (size_t)width * height * 3);
	else
		note("the camera's picture is not of the right size");
	bitmap_free(&picture);
	return ok;
}

bool shoot(int fd, uint32_t fb, uint32_t width, uint32_t height, uint8_t *pixels)
{
	char path[] = "/tmp/shot-XXXXXX.png";
	int file = mkstemps(path, 4);
	bool taken;

	if (file < 0)
		return false;
	close(file);
	taken = take(fd, fb, path) && decode(path, width, height, pixels);
	unlink(path);
	return taken;
}
