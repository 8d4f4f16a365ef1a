/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gbm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "gpu.h"
#include "shot.h"
#include "tap.h"

int screen_init(struct screen *screen, int fd, uint32_t width, uint32_t height)
{
	int ret;

	*screen = (struct screen){ .fd = fd, .width = width, .height = height };
	ret = find_display(fd, &screen->crtc, &screen->connector);
	if (ret) {
		errno = -ret;
		return -1;
	}
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

int screen_shoot(struct screen *screen, struct gbm_bo *bo)
{
	if (show(screen, bo) ||
	    !shoot(screen->fd, screen->fb, screen->width, screen->height, screen->picture))
		return -1;
	return 0;
}

void screen_fini(struct screen *screen)
{
	if (screen->fb)
		drmModeRmFB(screen->fd, screen->fb);
	free(screen->picture);
}
