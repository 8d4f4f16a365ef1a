/* SPDX-License-Identifier: MIT */
/*
 * Draws pictures in dma-bufs into buffers that can be scanned out. Protected or ordinary, it is the
 * same code: three attributes differ.
 */
#ifndef PROTEX_CLI_RENDERER_H
#define PROTEX_CLI_RENDERER_H

#include <stdbool.h>
#include <stdint.h>

#include <gbm.h>

#include "content.h"

struct renderer;
struct picture;

/* Where the video is on the screen, in pixels from its top left. */
struct region {
	uint32_t x, y, width, height;
};

/* Creates buffers of the given size for the screen, and what draws into them. -ENODEV: EGL cannot,
 * and the message says what it lacks. The device must live longer. */
int renderer_create(struct renderer **renderer, struct gbm_device *device, uint32_t width,
		    uint32_t height, bool is_protected, struct protex_error *error);
void renderer_destroy(struct renderer *renderer);

/* What EGL and OpenGL ES call themselves. */
const char *renderer_name(const struct renderer *renderer);

/* Imports a buffer of the content, of a container's size and colours. It is imported once; what is in
 * it may change afterwards, between draws. */
int picture_import(struct picture **picture, struct renderer *renderer,
		   const struct content *content, unsigned buffer,
		   const struct container_header *header, struct protex_error *error);

/* The renderer must still be there. */
void picture_destroy(struct picture *picture);

/* Waits until no draw reads the picture any more, so that it may be changed. */
int picture_wait(struct picture *picture, struct protex_error *error);

/* Draws the picture's visible part to region, black around it. Returns the buffer to scan out; give
 * it back with renderer_release() when another one is on the screen. */
int renderer_draw(struct renderer *renderer, struct picture *picture, const struct region *region,
		  struct gbm_bo **buffer, struct protex_error *error);
void renderer_release(struct renderer *renderer, struct gbm_bo *buffer);

#endif
