/* SPDX-License-Identifier: MIT */
/*
 * Frames become RGB in floating point. Chroma is interpolated linearly between samples that lie in
 * the centre of the four pixels they are for: that is what a GPU does with a plane of half the size,
 * and what Mesa does whatever siting EGL is told.
 */
#include "frames.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static double psnr(const struct conversion *c, const uint8_t *frame, const struct bitmap *picture,
		   const struct region *region)
{
	unsigned chroma_width = (region->width + 1) / 2, chroma_height = (region->height + 1) / 2;
	size_t luma_size = (size_t)region->width * region->height;
	size_t chroma_size = (size_t)chroma_width * chroma_height;
	struct plane cb = {frame + luma_size, chroma_width, chroma_height};
	struct plane cr = {frame + luma_size + chroma_size, chroma_width, chroma_height};
	double sum = 0;

	for (unsigned y = 0; y < region->height; y++) {
		for (unsigned x = 0; x < region->width; x++) {
			const uint8_t *pixel = bitmap_at(picture, region->x + x, region->y + y);
			struct colour want = convert(c, frame[(size_t)y * region->width + x],
						     interpolate(&cb, x, y), interpolate(&cr, x, y));
			double r = want.r - pixel[0], g = want.g - pixel[1], b = want.b - pixel[2];

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

static bool read_frame(FILE *file, const char *path, uint8_t *frame, size_t size)
{
	if (fread(frame, 1, size, file) == size)
		return true;
	fprintf(stderr, "%s is too short\n", path);
	return false;
}

/* Of one picture and the next frame of the file. */
static bool compare(const struct conversion *conversion, const struct region *region, FILE *file, const char *path,
		    uint8_t *frame, size_t size, const char *picture_path, double *decibels)
{
	struct bitmap picture;
	bool ok = bitmap_read(&picture, picture_path);

	if (ok && !bitmap_has(&picture, region)) {
		fprintf(stderr, "%s does not have that region\n", picture_path);
		ok = false;
	}
	ok = ok && read_frame(file, path, frame, size);
	if (ok)
		*decibels = psnr(conversion, frame, &picture, region);
	bitmap_free(&picture);
	return ok;
}

int compare_with_frames(const char *matrix, const char *range, const struct region *region, const char *frames,
			char *const pictures[], size_t count)
{
	size_t chroma_size = (size_t)((region->width + 1) / 2) * ((region->height + 1) / 2);
	size_t size = (size_t)region->width * region->height + 2 * chroma_size;
	struct conversion conversion;
	uint8_t *frame = NULL;
	int status = 2;
	FILE *file;

	if (!choose_conversion(&conversion, matrix, range)) {
		fprintf(stderr, "there is no conversion from %s in %s range\n", matrix, range);
		return 2;
	}
	file = fopen(frames, "rbe");
	if (!file) {
		fprintf(stderr, "%s: %s\n", frames, strerror(errno));
		return 2;
	}
	frame = malloc(size);
	if (!frame)
		goto out;
	printf("{\"matrix\": \"%s\", \"range\": \"%s\", \"siting\": \"center\", \"psnr\": [",
	       conversion.matrix_name, conversion.range_name);
	for (size_t i = 0; i < count; i++) {
		double decibels;

		if (!compare(&conversion, region, file, frames, frame, size, pictures[i], &decibels))
			goto out;
		printf("%s%.3f", i ? ", " : "", decibels);
	}
	printf("]}\n");
	status = 0;
out:
	free(frame);
	fclose(file);
	return status;
}
