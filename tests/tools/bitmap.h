/* SPDX-License-Identifier: MIT */
/*
 * Pictures of 8-bit R, G and B, from PNG files and to them, and what can be said of one or two.
 */
#ifndef BITMAP_H
#define BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bitmap {
	unsigned width, height;
	uint8_t *pixels; /* R, G, B; a row follows the one before */
};

/* A part of a picture. */
struct region {
	unsigned x, y, width, height;
};

/* No wider nor higher are pictures read, so that a region's numbers add up. */
#define BITMAP_MAX 16384

/* The PSNR of identical pictures, which is infinite. */
#define PSNR_MAX 100.0

/*
 * Each prints a line on standard error and returns false when it fails. bitmap_free() takes what the others left, also
 * then. What a file says of transparency is passed over: where a pixel can be seen through, it is there all the same.
 */
bool bitmap_read(struct bitmap *bitmap, const char *path);
bool bitmap_write(const struct bitmap *bitmap, const char *path);
bool bitmap_fill(struct bitmap *bitmap, unsigned width, unsigned height, const uint8_t colour[3]);
void bitmap_free(struct bitmap *bitmap);

static inline uint8_t *bitmap_at(const struct bitmap *bitmap, unsigned x, unsigned y)
{
	return bitmap->pixels + 3 * ((size_t)y * bitmap->width + x);
}

bool bitmap_has(const struct bitmap *bitmap, const struct region *region);

/* The largest of all values there: 0 if it is black. */
uint8_t bitmap_brightest(const struct bitmap *bitmap, const struct region *region);

/* How many pixels there are not the same in two pictures of one size; those in the except_count regions do not count. */
size_t bitmap_differing(const struct bitmap *a, const struct bitmap *b, const struct region *in, const struct region *except,
			size_t except_count);

/* How many colours it has. */
size_t bitmap_colours(const struct bitmap *bitmap);

/* The PSNR in dB of so many 8-bit values with this sum of squared errors. */
double psnr_of(double squared_error, double samples);

/*
 * Where in a picture, which is not smaller, a reference looks most like it: the place with the least squared error, and
 * the PSNR there; false if no place reaches 20 dB.
 */
bool bitmap_locate(const struct bitmap *picture, const struct bitmap *reference, unsigned *x, unsigned *y, double *psnr);

double bitmap_psnr(const struct bitmap *picture, const struct bitmap *reference, unsigned x, unsigned y);

/*
 * How a reference and what is there go together, whatever their brightness and contrast: 1 if one is the other scaled and
 * shifted, 0 if they have nothing to do with each other, or one is all of one colour. (Pearson's coefficient.)
 */
double bitmap_correlation(const struct bitmap *picture, const struct bitmap *reference, unsigned x, unsigned y);

#endif
