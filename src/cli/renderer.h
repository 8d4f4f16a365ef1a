/* SPDX-License-Identifier: MIT */
/*
 * Draws pictures in dma-bufs into a window of EGL, on GBM or Wayland. Protected or ordinary, it is the
 * same code: three attributes differ.
 */
#ifndef PROTEX_CLI_RENDERER_H
#define PROTEX_CLI_RENDERER_H

#include <stdbool.h>
#include <stdint.h>

#include "output.h"

struct renderer;
struct picture;

/* The platform is EGL_PLATFORM_GBM_KHR or EGL_PLATFORM_WAYLAND_KHR, the display that platform's, which
 * must live longer. -ENODEV: EGL cannot, and the message says what it lacks. */
int renderer_create(struct renderer **renderer, unsigned platform, void *native_display,
		    bool is_protected, struct protex_error *error);
void renderer_destroy(struct renderer *renderer);

/* Draws to a window of the platform, of XRGB8888 pixels, from now on. */
int renderer_attach(struct renderer *renderer, void *native_window, struct protex_error *error);

/* What EGL and OpenGL ES call themselves; after renderer_attach(). */
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

/* Draws the picture's visible part to region of a window of that height, black around it, and gives
 * the window's buffer to its platform. */
int renderer_draw(struct renderer *renderer, struct picture *picture, const struct region *region,
		  uint32_t height, struct protex_error *error);
int renderer_swap(struct renderer *renderer, struct protex_error *error);

#endif
