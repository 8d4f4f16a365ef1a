/* SPDX-License-Identifier: MIT */
/* Proves that the reference converter agrees with the standards' numbers, and interpolates chroma as
 * it says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "container.h"
#include "convert.h"

struct pixel {
	uint8_t b, g, r, x;
};

/* Converts a 2x2 picture of one colour, and returns its pixel. */
static struct pixel convert_one(uint8_t y, uint8_t u, uint8_t v, uint8_t matrix, bool full)
{
	const uint8_t frame[6] = {y, y, y, y, u, v};
	struct protex_layout layout;
	struct pixel out[4];

	assert_int_equal(protex_layout_init(&layout, 2, 2, PROTEX_FORMAT_NV12, 0, 0, NULL), 0);
	convert_nv12_to_xrgb(&layout, frame, matrix, full, 2, 2, (uint8_t *)out, 8);
	for (unsigned i = 1; i < 4; i++)
		assert_memory_equal(&out[0], &out[i], 4);
	return out[0];
}

static void assert_pixel(struct pixel p, int r, int g, int b)
{
	assert_true(abs(p.r - r) <= 1 && abs(p.g - g) <= 1 && abs(p.b - b) <= 1);
	assert_int_equal(p.x, 255);
}

static void greys_have_no_colour(void **state)
{
	static const uint8_t matrices[] = {CONTAINER_MATRIX_BT601, CONTAINER_MATRIX_BT709,
					   CONTAINER_MATRIX_BT2020};

	(void)state;
	for (unsigned m = 0; m < 3; m++) {
		assert_pixel(convert_one(16, 128, 128, matrices[m], false), 0, 0, 0);
		assert_pixel(convert_one(235, 128, 128, matrices[m], false), 255, 255, 255);
		assert_pixel(convert_one(126, 128, 128, matrices[m], false), 128, 128, 128);
		for (int y = 0; y < 256; y++)
			assert_pixel(convert_one((uint8_t)y, 128, 128, matrices[m], true), y, y, y);
	}
}

static void what_is_outside_the_range_is_clamped(void **state)
{
	(void)state;
	assert_pixel(convert_one(0, 128, 128, CONTAINER_MATRIX_BT601, false), 0, 0, 0);
	assert_pixel(convert_one(255, 128, 128, CONTAINER_MATRIX_BT601, false), 255, 255, 255);
	assert_pixel(convert_one(255, 255, 255, CONTAINER_MATRIX_BT2020, true), 255, 162, 255);
}

/* The values that the standards' colour bars have at full saturation. */
static void primaries_are_those_of_the_standards(void **state)
{
	(void)state;
	assert_pixel(convert_one(81, 90, 240, CONTAINER_MATRIX_BT601, false), 255, 0, 0);
	assert_pixel(convert_one(145, 54, 34, CONTAINER_MATRIX_BT601, false), 0, 255, 1);
	assert_pixel(convert_one(41, 240, 110, CONTAINER_MATRIX_BT601, false), 0, 0, 255);
	assert_pixel(convert_one(63, 102, 240, CONTAINER_MATRIX_BT709, false), 255, 1, 0);
	assert_pixel(convert_one(173, 42, 26, CONTAINER_MATRIX_BT709, false), 0, 255, 1);
	assert_pixel(convert_one(32, 240, 118, CONTAINER_MATRIX_BT709, false), 1, 0, 255);
	assert_pixel(convert_one(54, 99, 255, CONTAINER_MATRIX_BT709, true), 254, 0, 0);
}

/* Mesa's own numbers, from the shader it generates, in floating point. */
static void random_colours_agree_with_the_shader(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < 20000; i++) {
		uint8_t y = (uint8_t)rand(), u = (uint8_t)rand(), v = (uint8_t)rand();
		double l = 1.16438356 * (y - 16), cu = u - 128, cv = v - 128;
		double r = l + 1.59602678 * cv;
		double g = l - 0.39176229 * cu - 0.81296764 * cv;
		double b = l + 2.01723214 * cu;

		assert_pixel(convert_one(y, u, v, CONTAINER_MATRIX_BT601, false),
			     (int)lround(fmin(fmax(r, 0), 255)), (int)lround(fmin(fmax(g, 0), 255)),
			     (int)lround(fmin(fmax(b, 0), 255)));
	}
}

/* A row of two chroma samples, 0 and 128 above the neutral: pixels lie a quarter and three quarters
 * of the way between them, and beyond the outer ones nothing changes. */
static void chroma_is_interpolated_from_its_centres(void **state)
{
	const uint8_t frame[] = {
		0, 0, 0, 0,
		0, 0, 0, 0,
		128, 128, 228, 128,
	};
	struct protex_layout layout;
	struct pixel out[8];

	(void)state;
	assert_int_equal(protex_layout_init(&layout, 4, 2, PROTEX_FORMAT_NV12, 0, 0, NULL), 0);
	convert_nv12_to_xrgb(&layout, frame, CONTAINER_MATRIX_BT601, true, 4, 2, (uint8_t *)out, 16);
	assert_int_equal(out[0].b, 0);
	assert_int_equal(out[1].b, 44);	 /* 25 * 1.772 */
	assert_int_equal(out[2].b, 133); /* 75 * 1.772 */
	assert_int_equal(out[3].b, 177); /* 100 * 1.772 */
	assert_memory_equal(&out[0], &out[4], 16);
}

static void padding_is_not_looked_at(void **state)
{
	struct protex_layout tight, padded;
	uint8_t a[6 * 4 * 3 / 2], b[64 * 6], out_a[6 * 4 * 4], out_b[6 * 4 * 4];

	(void)state;
	assert_int_equal(protex_layout_init(&tight, 6, 4, PROTEX_FORMAT_NV12, 0, 0, NULL), 0);
	assert_int_equal(protex_layout_init(&padded, 6, 4, PROTEX_FORMAT_NV12, 0, 64, NULL), 0);
	assert_int_equal(tight.size, sizeof(a));
	assert_int_equal(padded.size, sizeof(b));
	srand(2);
	memset(b, 0x77, sizeof(b));
	for (unsigned i = 0; i < sizeof(a); i++)
		a[i] = (uint8_t)rand();
	for (unsigned row = 0; row < 6; row++)
		memcpy(b + row * 64, a + row * 6, 6);
	convert_nv12_to_xrgb(&tight, a, CONTAINER_MATRIX_BT709, false, 6, 4, out_a, 24);
	convert_nv12_to_xrgb(&padded, b, CONTAINER_MATRIX_BT709, false, 6, 4, out_b, 24);
	assert_memory_equal(out_a, out_b, sizeof(out_a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(greys_have_no_colour),
		cmocka_unit_test(what_is_outside_the_range_is_clamped),
		cmocka_unit_test(primaries_are_those_of_the_standards),
		cmocka_unit_test(random_colours_agree_with_the_shader),
		cmocka_unit_test(chroma_is_interpolated_from_its_centres),
		cmocka_unit_test(padding_is_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
