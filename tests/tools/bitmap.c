/* SPDX-License-Identifier: MIT */
#include "bitmap.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

/* libpng says itself what is wrong with a file, but not with which. */
static void read_rows(struct bitmap *bitmap, png_structp png, png_infop info, FILE *file, bool *ok)
{
	png_bytepp rows;

	*ok = false;
	if (setjmp(png_jmpbuf(png)))
		return;
	png_init_io(png, file);
	png_set_user_limits(png, BITMAP_MAX, BITMAP_MAX);
	png_read_png(png, info, PNG_TRANSFORM_EXPAND | PNG_TRANSFORM_STRIP_16 | PNG_TRANSFORM_STRIP_ALPHA |
		     PNG_TRANSFORM_GRAY_TO_RGB, NULL);
	bitmap->width = png_get_image_width(png, info);
	bitmap->height = png_get_image_height(png, info);
	if (png_get_rowbytes(png, info) != (size_t)bitmap->width * 3)
		png_error(png, "this is not RGB");
	bitmap->pixels = malloc((size_t)bitmap->width * bitmap->height * 3);
	if (!bitmap->pixels)
		png_error(png, "no memory");
	rows = png_get_rows(png, info);
	for (unsigned y = 0; y < bitmap->height; y++)
		memcpy(bitmap_at(bitmap, 0, y), rows[y], (size_t)bitmap->width * 3);
	*ok = true;
}

bool bitmap_read(struct bitmap *bitmap, const char *path)
{
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	FILE *file = fopen(path, "rbe");
	bool ok = false;

	*bitmap = (struct bitmap){ 0 };
	if (!file)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	else if (info)
		read_rows(bitmap, png, info, file, &ok);
	if (file && !ok)
		fprintf(stderr, "%s cannot be read\n", path);
	if (file)
		fclose(file);
	png_destroy_read_struct(&png, &info, NULL);
	return ok;
}

bool bitmap_write(const struct bitmap *bitmap, const char *path)
{
	png_image png = {
		.version = PNG_IMAGE_VERSION,
		.width = bitmap->width,
		.height = bitmap->height,
		.format = PNG_FORMAT_RGB,
	};

	if (png_image_write_to_file(&png, path, false, bitmap->pixels, 0, NULL))
		return true;
	fprintf(stderr, "%s: %s\n", path, png.message);
	return false;
}

bool bitmap_fill(struct bitmap *bitmap, unsigned width, unsigned height, const uint8_t colour[3])
{
	*bitmap = (struct bitmap){ width, height, malloc((size_t)width * height * 3) };
	if (!bitmap->pixels) {
		fprintf(stderr, "no memory\n");
		return false;
	}
	for (size_t i = 0; i < (size_t)width * height; i++)
		memcpy(bitmap->pixels + 3 * i, colour, 3);
	return true;
}

void bitmap_free(struct bitmap *bitmap)
{
	free(bitmap->pixels);
	bitmap->pixels = NULL;
}

bool bitmap_has(const struct bitmap *bitmap, const struct region *region)
{
	return region->width > 0 && region->height > 0 && region->width <= bitmap->width &&
	       region->height <= bitmap->height && region->x <= bitmap->width - region->width &&
	       region->y <= bitmap->height - region->height;
}

uint8_t bitmap_brightest(const struct bitmap *bitmap, const struct region *region)
{
	uint8_t brightest = 0;

	for (unsigned y = region->y; y < region->y + region->height; y++) {
		const uint8_t *row = bitmap_at(bitmap, region->x, y);

		for (size_t i = 0; i < (size_t)region->width * 3; i++)
			brightest = row[i] > brightest ? row[i] : brightest;
	}
	return brightest;
}

static bool is_inside(const struct region *region, unsigned x, unsigned y)
{
	return x >= region->x && x - region->x < region->width && y >= region->y && y - region->y < region->height;
}

size_t bitmap_differing(const struct bitmap *a, const struct bitmap *b, const struct region *in, const struct region *except,
			size_t except_count)
{
	size_t count = 0;

	for (unsigned y = in->y; y < in->y + in->height; y++) {
		for (unsigned x = in->x; x < in->x + in->width; x++) {
			bool counts = memcmp(bitmap_at(a, x, y), bitmap_at(b, x, y), 3) != 0;

			for (size_t i = 0; counts && i < except_count; i++)
				counts = !is_inside(&except[i], x, y);
			count += counts;
		}
	}
	return count;
}

size_t bitmap_colours(const struct bitmap *bitmap)
{
	uint8_t *seen = calloc(1 << 24 >> 3, 1);
	size_t count = 0;

	for (size_t i = 0; seen && i < (size_t)bitmap->width * bitmap->height; i++) {
		const uint8_t *pixel = bitmap->pixels + 3 * i;
		unsigned colour = (unsigned)pixel[0] << 16 | (unsigned)pixel[1] << 8 | pixel[2];

		count += !(seen[colour / 8] & 1 << colour % 8);
		seen[colour / 8] |= (uint8_t)(1 << colour % 8);
	}
	free(seen);
	return count;
}

double psnr_of(double squared_error, double samples)
{
	if (squared_error <= 0)
		return PSNR_MAX;
	return fmin(PSNR_MAX, 10 * log10(255.0 * 255.0 * samples / squared_error));
}

/* A place is given up when this many pixels, spread over the reference, are worse than twice what all
 * of the best place are on average. */
#define SAMPLES 509u

/* The squared error of a pixel, on average, at 20 dB. */
#define ERROR_MAX (3 * 255 * 255 / 100)

static uint64_t pixel_error(const uint8_t *a, const uint8_t *b)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < 3; i++) {
		int difference = a[i] - b[i];

		sum += (uint64_t)(difference * difference);
	}
	return sum;
}

/* Whether a place may have less than limit, by some of its pixels. */
static bool is_promising(const struct bitmap *picture, const struct bitmap *reference, unsigned x, unsigned y, uint64_t limit)
{
	size_t count = (size_t)reference->width * reference->height;
	uint64_t enough = (limit / count + 1) * SAMPLES * 2, sum = 0;

	for (size_t i = 0; i < SAMPLES && sum <= enough; i++) {
		size_t pixel = i * 245489 % count;

		sum += pixel_error(bitmap_at(picture, x + (unsigned)(pixel % reference->width),
					     y + (unsigned)(pixel / reference->width)),
				   reference->pixels + 3 * pixel);
	}
	return sum <= enough;
}

/* The squared error of the reference at a place, or anything above limit. */
static uint64_t error_at(const struct bitmap *picture, const struct bitmap *reference, unsigned x, unsigned y, uint64_t limit)
{
	uint64_t sum = 0;

	for (unsigned row = 0; row < reference->height && sum <= limit; row++)
		for (unsigned column = 0; column < reference->width; column++)
			sum += pixel_error(bitmap_at(picture, x + column, y + row), bitmap_at(reference, column, row));
	return sum;
}

static double samples_of(const struct bitmap *bitmap)
{
	return 3.0 * bitmap->width * bitmap->height;
}

bool bitmap_locate(const struct bitmap *picture, const struct bitmap *reference, unsigned *x, unsigned *y, double *psnr)
{
	uint64_t best = (uint64_t)reference->width * reference->height * ERROR_MAX;
	bool found = false;

	for (unsigned top = 0; top + reference->height <= picture->height; top++) {
		for (unsigned left = 0; left + reference->width <= picture->width; left++) {
			uint64_t error;

			if (!is_promising(picture, reference, left, top, best))
				continue;
			error = error_at(picture, reference, left, top, best);
			if (error >= best)
				continue;
			best = error;
			found = true;
			*x = left;
			*y = top;
		}
	}
	if (found)
		*psnr = psnr_of((double)best, samples_of(reference));
	return found;
}

double bitmap_psnr(const struct bitmap *picture, const struct bitmap *reference, unsigned x, unsigned y)
{
	return psnr_of((double)error_at(picture, reference, x, y, UINT64_MAX), samples_of(reference));
}

double bitmap_correlation(const struct bitmap *picture, const struct bitmap *reference, unsigned x, unsigned y)
{
	double n = (double)reference->width * reference->height, covariance = 0, there = 0, here = 0;

	for (unsigned channel = 0; channel < 3; channel++) {
		double a = 0, b = 0, aa = 0, bb = 0, ab = 0;

		for (unsigned row = 0; row < reference->height; row++) {
			for (unsigned column = 0; column < reference->width; column++) {
				double p = bitmap_at(picture, x + column, y + row)[channel];
				double r = bitmap_at(reference, column, row)[channel];

				a += p;
				b += r;
				aa += p * p;
				bb += r * r;
				ab += p * r;
			}
		}
		covariance += n * ab - a * b;
		there += n * aa - a * a;
		here += n * bb - b * b;
	}
	return there <= 0 || here <= 0 ? 0 : covariance / sqrt(there * here);
}
