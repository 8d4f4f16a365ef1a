/* SPDX-License-Identifier: MIT */
/* PNG files, by libav. */
#ifndef PROTEX_TESTS_IMAGE_H
#define PROTEX_TESTS_IMAGE_H

#include <stdint.h>

#include <protex/protex.h>

/* Bytes B, G, R, X, rows without padding; free() the pixels. */
struct image {
	uint32_t width, height;
	uint8_t *pixels;
};

/* Reads a picture of any format libav knows. */
int image_read(struct image *image, const char *path, struct protex_error *error);

/* Writes a PNG. */
int image_write(const struct image *image, const char *path, struct protex_error *error);

#endif
