/* SPDX-License-Identifier: MIT */
/*
 * A picture on the display, and the camera that looks at it.
 */
#ifndef SCREEN_H
#define SCREEN_H

#include <stdint.h>

struct gbm_bo;

struct screen {
	int fd; /* of the DRM device; the caller's, who must be its master */
	uint32_t width, height;
	uint32_t crtc, connector;
	uint32_t fb;
	uint8_t *picture; /* what the camera saw last: width * height times R, G, B */
};

/* Finds a display. Returns 0, or -1 with errno set. */
int screen_init(struct screen *screen, int fd, uint32_t width, uint32_t height);

/* Shows a buffer of the screen's size, and lets the camera take a picture of it.
 * Returns 0, or -1 after a line of TAP that says why not. */
int screen_shoot(struct screen *screen, struct gbm_bo *bo);

void screen_fini(struct screen *screen);

#endif
