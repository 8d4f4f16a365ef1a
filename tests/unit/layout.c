/* SPDX-License-Identifier: MIT */
/* Proves that layouts are what devices expect, for every format and at the edges. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <protex/protex.h>

static const uint32_t formats[] = {
	PROTEX_FORMAT_NV12,	PROTEX_FORMAT_P010,   PROTEX_FORMAT_XRGB8888,
	PROTEX_FORMAT_ARGB8888, PROTEX_FORMAT_RGB565,
};

#define FORMAT_COUNT (sizeof(formats) / sizeof(formats[0]))

static void nv12_of_640x360(void **state)
{
	struct protex_layout l;

	(void)state;
	assert_int_equal(
		protex_layout_init(&l, 640, 360, PROTEX_FORMAT_NV12, PROTEX_MODIFIER_LINEAR, 0, NULL), 0);
	assert_int_equal(l.plane_count, 2);
	assert_int_equal(l.planes[0].offset, 0);
	assert_int_equal(l.planes[0].stride, 640);
	assert_int_equal(l.planes[1].offset, 640 * 360);
	assert_int_equal(l.planes[1].stride, 640);
	assert_int_equal(l.planes[1].width, 320);
	assert_int_equal(l.planes[1].height, 180);
	assert_int_equal(l.size, 640 * 360 * 3 / 2);
}

static void nv12_of_854x480_aligned_to_64(void **state)
{
	struct protex_layout l;

	(void)state;
	assert_int_equal(
		protex_layout_init(&l, 854, 480, PROTEX_FORMAT_NV12, PROTEX_MODIFIER_LINEAR, 64, NULL),
		0);
	assert_int_equal(l.planes[0].stride, 896);
	assert_int_equal(l.planes[0].row_size, 854);
	assert_int_equal(l.planes[1].offset, 896 * 480);
	assert_int_equal(l.planes[1].stride, 896);
	assert_int_equal(l.planes[1].row_size, 854);
	assert_int_equal(l.size, 896 * 720);
}

static void odd_sizes_round_chroma_up(void **state)
{
	struct protex_layout l;

	(void)state;
	assert_int_equal(
		protex_layout_init(&l, 5, 3, PROTEX_FORMAT_NV12, PROTEX_MODIFIER_LINEAR, 0, NULL), 0);
	assert_int_equal(l.planes[0].stride, 5);
	assert_int_equal(l.planes[1].width, 3);
	assert_int_equal(l.planes[1].height, 2);
	assert_int_equal(l.planes[1].stride, 6);
	assert_int_equal(l.planes[1].offset, 15);
	assert_int_equal(l.size, 15 + 12);

	assert_int_equal(
		protex_layout_init(&l, 1, 1, PROTEX_FORMAT_P010, PROTEX_MODIFIER_LINEAR, 0, NULL), 0);
	assert_int_equal(l.planes[1].offset, 2);
	assert_int_equal(l.planes[1].stride, 4);
	assert_int_equal(l.size, 6);
}

static void p010_has_two_bytes_a_sample(void **state)
{
	struct protex_layout l;

	(void)state;
	assert_int_equal(
		protex_layout_init(&l, 1920, 1080, PROTEX_FORMAT_P010, PROTEX_MODIFIER_LINEAR, 256, NULL),
		0);
	assert_int_equal(l.planes[0].stride, 3840);
	assert_int_equal(l.planes[1].row_size, 3840);
	assert_int_equal(l.size, 3840u * 1620u);
}

static void rgb_formats_have_one_plane(void **state)
{
	struct protex_layout l;

	(void)state;
	assert_int_equal(
		protex_layout_init(&l, 3, 2, PROTEX_FORMAT_XRGB8888, PROTEX_MODIFIER_LINEAR, 0, NULL), 0);
	assert_int_equal(l.plane_count, 1);
	assert_int_equal(l.size, 24);
	assert_int_equal(
		protex_layout_init(&l, 3, 2, PROTEX_FORMAT_ARGB8888, PROTEX_MODIFIER_LINEAR, 0, NULL), 0);
	assert_int_equal(l.size, 24);
	assert_int_equal(
		protex_layout_init(&l, 3, 2, PROTEX_FORMAT_RGB565, PROTEX_MODIFIER_LINEAR, 4, NULL), 0);
	assert_int_equal(l.planes[0].row_size, 6);
	assert_int_equal(l.planes[0].stride, 8);
	assert_int_equal(l.size, 16);
}

/* For all formats and a range of sizes and alignments: planes hold their rows, do not overlap, and
 * end where the buffer does. */
static void planes_fit_for_all_formats(void **state)
{
	(void)state;
	for (size_t f = 0; f < FORMAT_COUNT; f++) {
		for (uint32_t w = 1; w < 70; w += 3) {
			for (uint32_t h = 1; h < 20; h++) {
				for (uint32_t align = 1; align <= 256; align *= 4) {
					struct protex_layout l;
					uint64_t end = 0;

					assert_int_equal(protex_layout_init(&l, w, h, formats[f], 0,
									    align, NULL),
							 0);
					for (uint32_t i = 0; i < l.plane_count; i++) {
						const struct protex_plane *p = &l.planes[i];

						assert_true(p->offset >= end);
						assert_int_equal(p->offset % align, 0);
						assert_int_equal(p->stride % align, 0);
						assert_int_equal(p->row_size,
								 p->width * p->bytes_per_sample);
						assert_true(p->stride >= p->row_size);
						end = p->offset + (uint64_t)p->stride * p->height;
					}
					assert_int_equal(l.size, end);
				}
			}
		}
	}
}

static void assert_refused(int code, uint32_t w, uint32_t h, uint32_t fourcc, uint64_t modifier,
			   uint32_t align)
{
	struct protex_layout l, before;
	struct protex_error error;

	memset(&l, 0x5a, sizeof(l));
	before = l;
	memset(&error, 0xff, sizeof(error));
	assert_int_equal(protex_layout_init(&l, w, h, fourcc, modifier, align, &error), code);
	assert_int_equal(error.code, code);
	assert_true(strlen(error.message) > 10);
	assert_memory_equal(&l, &before, sizeof(l));
}

static void empty_pictures_are_refused(void **state)
{
	(void)state;
	assert_refused(-EINVAL, 0, 1, PROTEX_FORMAT_NV12, 0, 0);
	assert_refused(-EINVAL, 1, 0, PROTEX_FORMAT_NV12, 0, 0);
}

static void bad_alignments_are_refused(void **state)
{
	(void)state;
	assert_refused(-EINVAL, 64, 64, PROTEX_FORMAT_NV12, 0, 3);
	assert_refused(-EINVAL, 64, 64, PROTEX_FORMAT_NV12, 0, 131072);
	assert_refused(-EINVAL, 64, 64, PROTEX_FORMAT_NV12, 0, UINT32_MAX);
}

static void unknown_formats_and_modifiers_are_refused(void **state)
{
	(void)state;
	assert_refused(-ENOTSUP, 64, 64, 0, 0, 0);
	assert_refused(-ENOTSUP, 64, 64, PROTEX_FOURCC('Y', 'U', '1', '2'), 0, 0);
	assert_refused(-ENOTSUP, 64, 64, PROTEX_FORMAT_NV12, 1, 0);
	assert_refused(-ENOTSUP, 64, 64, PROTEX_FORMAT_NV12, UINT64_C(0x00ffffffffffffff), 0);
}

static void what_does_not_fit_in_32_bits_is_refused(void **state)
{
	(void)state;
	/* stride */
	assert_refused(-EOVERFLOW, UINT32_MAX, 1, PROTEX_FORMAT_XRGB8888, 0, 0);
	assert_refused(-EOVERFLOW, 0x40000000, 1, PROTEX_FORMAT_XRGB8888, 0, 0);
	assert_refused(-EOVERFLOW, UINT32_MAX, 1, PROTEX_FORMAT_RGB565, 0, 65536);
	/* a stride that only its alignment makes too large */
	assert_refused(-EOVERFLOW, UINT32_MAX, 1, PROTEX_FORMAT_NV12, 0, 2);
	/* the offset of the second plane */
	assert_refused(-EOVERFLOW, 65536, 65536, PROTEX_FORMAT_NV12, 0, 0);
	assert_refused(-EOVERFLOW, UINT32_MAX, UINT32_MAX, PROTEX_FORMAT_NV12, 0, 0);
	assert_refused(-EOVERFLOW, UINT32_MAX, UINT32_MAX, PROTEX_FORMAT_P010, 0, 65536);
}

static void the_largest_ones_are_exact(void **state)
{
	struct protex_layout l;

	(void)state;
	/* A single plane may be larger than 4 GiB: no offset lies beyond. */
	assert_int_equal(protex_layout_init(&l, 0x3fffffff, UINT32_MAX, PROTEX_FORMAT_XRGB8888, 0, 0,
					    NULL),
			 0);
	assert_true(l.size == UINT64_C(0xfffffffc) * UINT32_MAX);
	assert_int_equal(protex_layout_init(&l, 65535, 65536, PROTEX_FORMAT_NV12, 0, 0, NULL), 0);
	assert_true(l.planes[1].offset == UINT32_C(65535) * 65536);
	assert_true(l.size == UINT64_C(65535) * 65536 + UINT64_C(65536) * 32768);
}

static void names_go_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		assert_int_equal(protex_format_from_name(protex_format_name(formats[i])), formats[i]);
	assert_null(protex_format_name(0));
	assert_int_equal(protex_format_from_name("nothing"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nv12_of_640x360),
		cmocka_unit_test(nv12_of_854x480_aligned_to_64),
		cmocka_unit_test(odd_sizes_round_chroma_up),
		cmocka_unit_test(p010_has_two_bytes_a_sample),
		cmocka_unit_test(rgb_formats_have_one_plane),
		cmocka_unit_test(planes_fit_for_all_formats),
		cmocka_unit_test(empty_pictures_are_refused),
		cmocka_unit_test(bad_alignments_are_refused),
		cmocka_unit_test(unknown_formats_and_modifiers_are_refused),
		cmocka_unit_test(what_does_not_fit_in_32_bits_is_refused),
		cmocka_unit_test(the_largest_ones_are_exact),
		cmocka_unit_test(names_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
