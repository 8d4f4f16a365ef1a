/* SPDX-License-Identifier: MIT */
/*
 * compare WIDTH HEIGHT MATRIX RANGE FRAMES PICTURE...: how much pictures of frames look like them.
 *
 * FRAMES holds one frame of 8-bit planar 4:2:0 for each PICTURE, one after the other, as a decoder of
 * its own gave them; a PICTURE is WIDTH × HEIGHT pixels of RGB, a byte each. MATRIX is BT.601, BT.709
 * or BT.2020, RANGE limited or full: of the frames. Prints JSON: the PSNR of each picture in dB,
 * over all its red, green and blue values.
 *
 * Frames become RGB in floating point. Chroma is interpolated linearly between samples that lie in
 * the centre of the four pixels they are for: that is what a GPU does with a plane of half the size,
 * and what Mesa does whatever siting EGL is told.
 */
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "psnr.h"

struct plane {
	const uint8_t *samples;
	unsigned width, height;
};

struct conversion {
	const char *matrix_name, *range_name;
	double kr, kb; /* the weights of red and blue in luma, as ITU-R names them */
	bool full_range;
};

struct colour {
	double r, g, b;
};

static double sample(const struct plane *plane, long x, long y)
{
	x = x < 0 ? 0 : x >= (long)plane->width ? (long)plane->width - 1 : x;
	y = y < 0 ? 0 : y >= (long)plane->height ? (long)plane->height - 1 : y;
	return plane->samples[y * plane->width + x];
}

/* A chroma plane at the centre of a luma pixel. */
static double interpolate(const struct plane *plane, unsigned x, unsigned y)
{
	double u = (x + 0.5) / 2 - 0.5, v = (y + 0.5) / 2 - 0.5;
	long left = (long)floor(u), top = (long)floor(v);

	u -= (double)left;
	v -= (double)top;
	return (sample(plane, left, top) * (1 - u) + sample(plane, left + 1, top) * u) * (1 - v) +
	       (sample(plane, left, top + 1) * (1 - u) + sample(plane, left + 1, top + 1) * u) * v;
}

static double to_byte(double value)
{
	return value <= 0 ? 0 : value >= 1 ? 255 : floor(value * 255 + 0.5);
}

static struct colour convert(const struct conversion *c, double y, double cb, double cr)
{
	double kg = 1 - c->kr - c->kb;

	y = c->full_range ? y / 255 : (y - 16) / 219;
	cb = (cb - 128) / (c->full_range ? 255 : 224);
	cr = (cr - 128) / (c->full_range ? 255 : 224);
	return (struct colour){
		.r = to_byte(y + 2 * (1 - c->kr) * cr),
		.g = to_byte(y - 2 * (c->kb * (1 - c->kb) * cb + c->kr * (1 - c->kr) * cr) / kg),
		.b = to_byte(y + 2 * (1 - c->kb) * cb),
	};
}

static double psnr(const struct conversion *c, const uint8_t *frame, const uint8_t *picture,
		   unsigned width, unsigned height)
{
	unsigned chroma_width = (width + 1) / 2, chroma_height = (height + 1) / 2;
	size_t luma_size = (size_t)width * height;
	size_t chroma_size = (size_t)chroma_width * chroma_height;
	struct plane cb = {frame + luma_size, chroma_width, chroma_height};
	struct plane cr = {frame + luma_size + chroma_size, chroma_width, chroma_height};
	double sum = 0;

	for (unsigned y = 0; y < height; y++) {
		for (unsigned x = 0; x < width; x++) {
			size_t at = (size_t)y * width + x;
			struct colour want = convert(c, frame[at], interpolate(&cb, x, y),
						     interpolate(&cr, x, y));
			double r = want.r - picture[3 * at], g = want.g - picture[3 * at + 1],
			       b = want.b - picture[3 * at + 2];

			sum += r * r + g * g + b * b;
		}
	}
	return psnr_of(sum, 3 * (double)luma_size);
}

static bool choose_conversion(struct conversion *c, const char *matrix, const char *range)
{
	static const struct conversion known[] = {
		{.matrix_name = "BT.601", .kr = 0.299, .kb = 0.114},
		{.matrix_name = "BT.709", .kr = 0.2126, .kb = 0.0722},
		{.matrix_name = "BT.2020", .kr = 0.2627, .kb = 0.0593},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(matrix, known[i].matrix_name) != 0)
			continue;
		*c = known[i];
		c->range_name = range;
		c->full_range = strcmp(range, "full") == 0;
		return c->full_range || strcmp(range, "limited") == 0;
	}
	return false;
}

static bool read_exactly(FILE *file, const char *path, uint8_t *bytes, size_t size)
{
	if (!file) {
		fprintf(stderr, "compare: %s: %s\n", path, strerror(errno));
		return false;
	}
	if (fread(bytes, 1, size, file) != size) {
		fprintf(stderr, "compare: %s is too short\n", path);
		return false;
	}
	return true;
}

static bool read_picture(const char *path, uint8_t *bytes, size_t size)
{
	FILE *file = fopen(path, "rbe");
	bool ok = read_exactly(file, path, bytes, size) && fgetc(file) == EOF;

	if (file)
		fclose(file);
	return ok;
}

int main(int argc, char **argv)
{
	unsigned width = argc > 6 ? (unsigned)atoi(argv[1]) : 0;
	unsigned height = argc > 6 ? (unsigned)atoi(argv[2]) : 0;
	struct conversion conversion;
	size_t luma_size, chroma_size;
	uint8_t *frame, *picture;
	FILE *frames;
	int status = 1;

	if (width == 0 || width > 16384 || height == 0 || height > 16384 ||
	    !choose_conversion(&conversion, argv[3], argv[4])) {
		fprintf(stderr, "usage: compare WIDTH HEIGHT MATRIX RANGE FRAMES PICTURE...\n");
		return 2;
	}
	luma_size = (size_t)width * height;
	chroma_size = (size_t)((width + 1) / 2) * ((height + 1) / 2);
	frame = malloc(luma_size + 2 * chroma_size);
	picture = malloc(3 * luma_size);
	frames = fopen(argv[5], "rbe");
	if (!frame || !picture)
		goto out;

	printf("{\"matrix\": \"%s\", \"range\": \"%s\", \"siting\": \"center\", \"psnr\": [",
	       conversion.matrix_name, conversion.range_name);
	for (int i = 6; i < argc; i++) {
		if (!read_exactly(frames, argv[5], frame, luma_size + 2 * chroma_size) ||
		    !read_picture(argv[i], picture, 3 * luma_size))
			goto out;
		printf("%s%.3f", i > 6 ? ", " : "",
		       psnr(&conversion, frame, picture, width, height));
	}
	printf("]}\n");
	status = 0;
out:
	if (frames)
		fclose(frames);
	free(picture);
	free(frame);
	return status;
}
