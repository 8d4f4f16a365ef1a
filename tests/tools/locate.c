/* SPDX-License-Identifier: MIT */
/*
 * locate PICTURE-SIZE PICTURE SIZE REFERENCE: where in a picture the reference is, and how much it looks
 * like it there.
 *
 * Sizes are WxH; files are RGB, a byte each. Prints "X Y PSNR" of the place with the least squared
 * error over all red, green and blue values, the PSNR in dB; "0 0 0" if no place reaches 20 dB. With
 * "at X,Y" at the end, only that place is looked at.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "psnr.h"

/* A place is given up when this many pixels, spread over the reference, are worse than twice what all
 * of the best place are on average. */
#define SAMPLES 509u

/* The squared error of a pixel, on average, at 20 dB. */
#define ERROR_MAX (3 * 255 * 255 / 100)

struct image {
	uint8_t *pixels;
	unsigned width, height;
};

static bool read_image(struct image *image, const char *size, const char *path)
{
	size_t bytes;
	FILE *file;
	bool ok;

	if (sscanf(size, "%ux%u", &image->width, &image->height) != 2 || image->width == 0 ||
	    image->width > 16384 || image->height == 0 || image->height > 16384)
		return false;
	bytes = (size_t)image->width * image->height * 3;
	image->pixels = malloc(bytes);
	file = fopen(path, "rbe");
	if (!file)
		fprintf(stderr, "locate: %s: %s\n", path, strerror(errno));
	ok = file && image->pixels && fread(image->pixels, 1, bytes, file) == bytes &&
	     fgetc(file) == EOF;
	if (file && !ok)
		fprintf(stderr, "locate: %s is not %s pixels\n", path, size);
	if (file)
		fclose(file);
	return ok;
}

static uint64_t pixel_error(const uint8_t *a, const uint8_t *b)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < 3; i++) {
		int difference = a[i] - b[i];

		sum += (uint64_t)(difference * difference);
	}
	return sum;
}

static const uint8_t *at(const struct image *image, unsigned x, unsigned y)
{
	return image->pixels + 3 * ((size_t)y * image->width + x);
}

/* The squared error of the reference at a place, or anything from limit on. */
static uint64_t error_at(const struct image *picture, const struct image *reference, unsigned x,
			 unsigned y, uint64_t limit)
{
	size_t count = (size_t)reference->width * reference->height;
	uint64_t enough = limit == UINT64_MAX ? limit : (limit / count + 1) * SAMPLES * 2;
	uint64_t sum = 0;

	for (size_t i = 0; i < SAMPLES && sum <= enough; i++) {
		size_t pixel = i * 245489 % count;

		sum += pixel_error(at(picture, x + (unsigned)(pixel % reference->width),
				      y + (unsigned)(pixel / reference->width)),
				   reference->pixels + 3 * pixel);
	}
	if (sum > enough)
		return UINT64_MAX;
	sum = 0;
	for (unsigned row = 0; row < reference->height && sum <= limit; row++)
		for (unsigned column = 0; column < reference->width; column++)
			sum += pixel_error(at(picture, x + column, y + row),
					   at(reference, column, row));
	return sum;
}

int main(int argc, char **argv)
{
	struct image picture = {0}, reference = {0};
	unsigned best_x = 0, best_y = 0, x = 0, y = 0;
	uint64_t best = UINT64_MAX, samples;
	bool everywhere = argc == 5, found = !everywhere;

	if ((!everywhere && (argc != 7 || strcmp(argv[5], "at") != 0 ||
			     sscanf(argv[6], "%u,%u", &x, &y) != 2)) ||
	    !read_image(&picture, argv[1], argv[2]) || !read_image(&reference, argv[3], argv[4]) ||
	    reference.width + x > picture.width || reference.height + y > picture.height) {
		fprintf(stderr, "usage: locate WxH PICTURE WxH REFERENCE [at X,Y]\n");
		free(picture.pixels);
		free(reference.pixels);
		return 2;
	}
	samples = (uint64_t)reference.width * reference.height * 3;
	if (everywhere) {
		best = samples / 3 * ERROR_MAX;
		for (y = 0; y + reference.height <= picture.height; y++) {
			for (x = 0; x + reference.width <= picture.width; x++) {
				uint64_t error = error_at(&picture, &reference, x, y, best);

				if (error < best) {
					best = error;
					found = true;
					best_x = x;
					best_y = y;
				}
			}
		}
	} else {
		best_x = x;
		best_y = y;
		best = error_at(&picture, &reference, x, y, UINT64_MAX);
	}
	printf("%u %u %.2f\n", best_x, best_y, found ? psnr_of((double)best, (double)samples) : 0);
	free(picture.pixels);
	free(reference.pixels);
	return 0;
}
