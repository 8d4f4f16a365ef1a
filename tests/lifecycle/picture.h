/* SPDX-License-Identifier: MIT */
/* Red pictures of virtio-gpu that can be shown, and what can be read of them. */
#ifndef PICTURE_H
#define PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu.h"

#define PICTURE_WIDTH 640u
#define PICTURE_HEIGHT 480u
#define PICTURE_SIZE (PICTURE_WIDTH * PICTURE_HEIGHT * 4)

struct picture {
	struct object object;
	uint32_t fb;
};

/* The object alone, with these flags; memory is the handle of a memory object, or 0. */
int create_picture(int fd, struct picture *picture, uint32_t flags, uint32_t memory);

/* Clears it to red with a submission of its own kind, which flags says. */
int draw(int fd, const struct picture *picture, uint32_t flags);

/* An object, drawn to, with a framebuffer. */
bool make_picture(int fd, struct picture *picture, bool protected);

enum outcome { REFUSED, NOTHING, READ_IT };

/* Tries to get at what was drawn, as far as a handle of it allows. */
enum outcome read_back(int fd, uint32_t handle);

/* Shows a framebuffer on the first display; 0 or a negative errno. */
int show(int fd, uint32_t fb);

#endif
