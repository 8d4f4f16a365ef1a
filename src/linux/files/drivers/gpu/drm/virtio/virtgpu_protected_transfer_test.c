// SPDX-License-Identifier: MIT
/*
 * KUnit tests of the bounds of transfers of protected memory.
 */
#include <kunit/test.h>
#include <linux/sizes.h>

#include "virtgpu_protected.h"

/* An object of 100x50 pixels of 4 bytes, over memory for lines of 512 bytes. */
#define WIDTH	100
#define HEIGHT	50
#define CPP	4
#define STRIDE	512
#define MEMORY	(STRIDE * HEIGHT)

struct transfer_test_case {
	const char *name;
	int result;
	struct drm_virtgpu_3d_transfer_to_host args;
	u64 memory;
};

#define WHOLE	{ .w = WIDTH, .h = HEIGHT, .d = 1 }

static const struct transfer_test_case transfer_test_cases[] = {
	{ "whole", 0, { .box = WHOLE, .stride = STRIDE } },
	{ "lines that touch", 0, { .box = WHOLE } },
	{ "lines that touch, to the last byte", 0,
	  { .box = WHOLE, .offset = MEMORY - WIDTH * CPP * HEIGHT } },
	{ "a byte too far", -EINVAL,
	  { .box = WHOLE, .offset = MEMORY - WIDTH * CPP * HEIGHT + 1 } },
	{ "one pixel", 0, { .box = { .x = 99, .y = 49, .w = 1, .h = 1, .d = 1 },
			    .offset = MEMORY - 4 } },
	{ "one pixel, a byte too far", -EINVAL,
	  { .box = { .w = 1, .h = 1, .d = 1 }, .offset = MEMORY - 3 } },
	{ "the last line needs no padding", 0,
	  { .box = WHOLE, .stride = STRIDE, .offset = STRIDE - WIDTH * CPP } },
	{ "the last line, a byte too far", -EINVAL,
	  { .box = WHOLE, .stride = STRIDE, .offset = STRIDE - WIDTH * CPP + 1 } },
	{ "a part that is not at the left", 0,
	  { .box = { .x = 50, .w = 50, .h = HEIGHT, .d = 1 }, .stride = STRIDE,
	    .offset = STRIDE - 50 * CPP } },
	{ "stride shorter than a line", -EINVAL,
	  { .box = WHOLE, .stride = WIDTH * CPP - 1 } },
	{ "longest stride there is room for", 0, { .box = WHOLE, .stride = STRIDE + 2 } },
	{ "stride too long", -EINVAL, { .box = WHOLE, .stride = STRIDE + 3 } },
	{ "longest stride", -EINVAL, { .box = WHOLE, .stride = U32_MAX } },
	{ "product of 2^32", -EINVAL,
	  { .box = { .w = WIDTH, .h = 32, .d = 1 }, .stride = 1 << 27 } },
	{ "layer stride", 0,
	  { .box = WHOLE, .stride = STRIDE, .layer_stride = MEMORY } },
	{ "layer stride without padding", 0,
	  { .box = WHOLE, .stride = STRIDE,
	    .layer_stride = MEMORY - STRIDE + WIDTH * CPP } },
	{ "layer stride too short", -EINVAL,
	  { .box = WHOLE, .stride = STRIDE,
	    .layer_stride = MEMORY - STRIDE + WIDTH * CPP - 1 } },
	{ "layer stride beyond memory, where no layer is", 0,
	  { .box = WHOLE, .stride = STRIDE, .layer_stride = MEMORY + 1 } },
	{ "longest offset", -EINVAL, { .box = WHOLE, .offset = U32_MAX } },
	{ "offset around the end of 32 bits", -EINVAL,
	  { .box = WHOLE, .offset = U32_MAX }, SZ_8G },
	{ "end at the end of 32 bits", 0,
	  { .box = { .w = 1, .h = 1, .d = 1 }, .offset = U32_MAX - 4 }, SZ_8G },
	{ "no pixels wide", -EINVAL, { .box = { .h = 1, .d = 1 } } },
	{ "no lines high", -EINVAL, { .box = { .w = 1, .d = 1 } } },
	{ "no layers deep", -EINVAL, { .box = { .w = 1, .h = 1 } } },
	{ "two layers", -EINVAL, { .box = { .w = 1, .h = 1, .d = 2 } } },
	{ "second layer", -EINVAL, { .box = { .z = 1, .w = 1, .h = 1, .d = 1 } } },
	{ "second level", -EINVAL, { .box = WHOLE, .level = 1 } },
	{ "too wide", -EINVAL, { .box = { .x = 1, .w = WIDTH, .h = 1, .d = 1 } } },
	{ "too high", -EINVAL, { .box = { .y = 1, .w = 1, .h = HEIGHT, .d = 1 } } },
	{ "around the end of x", -EINVAL,
	  { .box = { .x = U32_MAX, .w = 2, .h = 1, .d = 1 } } },
	{ "around the end of height", -EINVAL,
	  { .box = { .y = 1, .w = 1, .h = U32_MAX, .d = 1 } } },
};

KUNIT_ARRAY_PARAM_DESC(transfer_test, transfer_test_cases, name);

static void transfer_test_bounds(struct kunit *test)
{
	const struct transfer_test_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test,
			virtio_gpu_protected_transfer_check(c->memory ?: MEMORY,
							    WIDTH, HEIGHT, CPP,
							    &c->args),
			c->result);
}

/* The largest object there can be does not make the product small. */
static void transfer_test_huge(struct kunit *test)
{
	struct drm_virtgpu_3d_transfer_to_host args = {
		.box = { .w = U32_MAX, .h = U32_MAX, .d = 1 },
	};

	KUNIT_EXPECT_EQ(test,
			virtio_gpu_protected_transfer_check(U32_MAX, U32_MAX,
							    U32_MAX, CPP, &args),
			-EINVAL);
	args.box.w = 1 << 30;
	args.box.h = 4;
	KUNIT_EXPECT_EQ(test,
			virtio_gpu_protected_transfer_check(U32_MAX, U32_MAX,
							    U32_MAX, CPP, &args),
			-EINVAL);
}

static void transfer_test_formats(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, virtio_gpu_protected_format_cpp(0), 0);
	KUNIT_EXPECT_EQ(test, virtio_gpu_protected_format_cpp(1), 4);
	KUNIT_EXPECT_EQ(test, virtio_gpu_protected_format_cpp(7), 2);
	KUNIT_EXPECT_EQ(test, virtio_gpu_protected_format_cpp(64), 1);
	KUNIT_EXPECT_EQ(test, virtio_gpu_protected_format_cpp(U32_MAX), 0);
}

static struct kunit_case transfer_test_list[] = {
	KUNIT_CASE_PARAM(transfer_test_bounds, transfer_test_gen_params),
	KUNIT_CASE(transfer_test_huge),
	KUNIT_CASE(transfer_test_formats),
	{}
};

static struct kunit_suite transfer_test_suite = {
	.name = "virtio_gpu_protected_transfer",
	.test_cases = transfer_test_list,
};

kunit_test_suite(transfer_test_suite);
