/* SPDX-License-Identifier: MIT */
/*
 * reference WIDTH HEIGHT < NV12 > RGB: frames of BT.601 and limited range, without padding, as the
 * display shows them 1:1. One after the other, to the end of the input.
 */
#include <stdio.h>
#include <stdlib.h>

#include <protex/protex.h>

#include "container.h"
#include "convert.h"

int main(int argc, char **argv)
{
	unsigned width = argc == 3 ? (unsigned)atoi(argv[1]) : 0;
	unsigned height = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
	struct protex_layout layout;
	uint8_t *frame, *picture;
	int status = 0;

	if (width == 0 || width % 2 || height == 0 || height % 2 ||
	    protex_layout_init(&layout, width, height, PROTEX_FORMAT_NV12, PROTEX_MODIFIER_LINEAR, 1,
			       NULL) < 0) {
		fprintf(stderr, "usage: reference WIDTH HEIGHT, both even\n");
		return 2;
	}
	frame = malloc((size_t)layout.size);
	picture = malloc((size_t)width * height * 4);
	if (!frame || !picture || layout.size != (uint64_t)width * height * 3 / 2) {
		fprintf(stderr, "reference: no memory, or no layout without padding\n");
		status = 1;
	}
	while (status == 0 && fread(frame, 1, (size_t)layout.size, stdin) == layout.size) {
		convert_nv12_to_xrgb(&layout, frame, CONTAINER_MATRIX_BT601, false, width, height,
				     picture, width * 4);
		/* From B, G, R, X, in place. */
		for (size_t i = 0; i < (size_t)width * height; i++) {
			uint8_t blue = picture[4 * i], green = picture[4 * i + 1],
				red = picture[4 * i + 2];

			picture[3 * i] = red;
			picture[3 * i + 1] = green;
			picture[3 * i + 2] = blue;
		}
		if (fwrite(picture, 3, (size_t)width * height, stdout) != (size_t)width * height)
			status = 1;
	}
	free(frame);
	free(picture);
	return status;
}
