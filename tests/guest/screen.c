/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gbm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "tap.h"

extern char **environ;

int screen_init(struct screen *screen, int fd, uint32_t width, uint32_t height)
{
	drmModeRes *resources = drmModeGetResources(fd);

	*screen = (struct screen){ .fd = fd, .width = width, .height = height };
	if (!resources)
		return -1;
	if (!resources->count_crtcs || !resources->count_connectors) {
		drmModeFreeResources(resources);
		errno = ENODEV;
		return -1;
	}
	screen->crtc = resources->crtcs[0];
	screen->connector = resources->connectors[0];
	drmModeFreeResources(resources);

	screen->picture = malloc((size_t)width * height * 3);
	return screen->picture ? 0 : -1;
}

static int show(struct screen *screen, struct gbm_bo *bo)
{
	uint32_t handles[4] = { gbm_bo_get_handle(bo).u32 };
	uint32_t pitches[4] = { gbm_bo_get_stride(bo) };
	uint32_t offsets[4] = { gbm_bo_get_offset(bo, 0) };
	drmModeModeInfo mode = {
		.clock = screen->width * screen->height * 60 / 1000,
		.hdisplay = screen->width,
		.hsync_start = screen->width,
		.hsync_end = screen->width,
		.htotal = screen->width,
		.vdisplay = screen->height,
		.vsync_start = screen->height,
		.vsync_end = screen->height,
		.vtotal = screen->height,
		.vrefresh = 60,
	};
	uint32_t before = screen->fb;

	if (drmModeAddFB2(screen->fd, screen->width, screen->height, gbm_bo_get_format(bo), handles,
			  pitches, offsets, &screen->fb, 0)) {
		note("AddFB2: %s", strerror(errno));
		return -1;
	}
	if (drmModeSetCrtc(screen->fd, screen->crtc, screen->fb, 0, 0, &screen->connector, 1,
			   &mode)) {
		note("SetCrtc: %s", strerror(errno));
		return -1;
	}
	if (before)
		drmModeRmFB(screen->fd, before);
	return 0;
}

/* The host paints at the next flush after a mode set: flush until the camera is done. */
static int take(struct screen *screen, const char *path)
{
	char *argv[] = { "camera", (char *)path, NULL };
	struct pollfd child = { .events = POLLIN };
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ)) {
		note("cannot run camera");
		return -1;
	}
	child.fd = syscall(SYS_pidfd_open, pid, 0);
	while (poll(&child, 1, 50) == 0)
		drmModeDirtyFB(screen->fd, screen->fb, NULL, 0);
	close(child.fd);
	if (waitpid(pid, &status, 0) != pid || status) {
		note("the camera took no picture");
		return -1;
	}
	return 0;
}

static int decode(struct screen *screen, const char *path)
{
	const size_t size = (size_t)screen->width * screen->height * 3;
	char command[256];
	size_t got;
	FILE *pipe;

	snprintf(command, sizeof(command), "convert %s -depth 8 rgb:-", path);
	pipe = popen(command, "r");
	if (!pipe)
		return -1;
	got = fread(screen->picture, 1, size, pipe);
	if (fgetc(pipe) != EOF)
		got++;
	if (pclose(pipe) || got != size) {
		note("the camera's picture is not of %ux%u pixels", screen->width, screen->height);
		return -1;
	}
	return 0;
}

int screen_shoot(struct screen *screen, struct gbm_bo *bo)
{
	char path[] = "/tmp/screen-XXXXXX.png";
	int fd = mkstemps(path, 4), ret;

	if (fd < 0)
		return -1;
	close(fd);
	ret = show(screen, bo) || take(screen, path) || decode(screen, path) ? -1 : 0;
	unlink(path);
	return ret;
}

void screen_fini(struct screen *screen)
{
	if (screen->fb)
		drmModeRmFB(screen->fd, screen->fb);
	free(screen->picture);
}
