// SPDX-License-Identifier: MIT
/*
 * KUnit tests of what a protected object can be created as.
 */
#include <kunit/test.h>

#include "virtgpu_protected.h"

/* As a picture to be drawn, sampled and shown. */
static const struct virtio_gpu_object_params object_test_picture = {
	.target = 2,
	.format = 1,
	.bind = BIT(1) | BIT(3) | BIT(18),
	.width = 64,
	.height = 64,
	.depth = 1,
	.array_size = 1,
};

static void object_test_check(struct kunit *test,
			      const struct virtio_gpu_object_params *params,
			      int storage, int over_memory)
{
	KUNIT_EXPECT_EQ(test, virtio_gpu_protected_check_params(params, false),
			storage);
	KUNIT_EXPECT_EQ(test, virtio_gpu_protected_check_params(params, true),
			over_memory);
}

/* Every bit is either known to be harmless or refused. */
static void object_test_bind(struct kunit *test)
{
	const u32 allowed = BIT(0) | BIT(1) | BIT(3) | BIT(4) | BIT(5) | BIT(6) |
			    BIT(7) | BIT(11) | BIT(14) | BIT(18) | BIT(20) |
			    BIT(21) | BIT(22);
	int bit;

	for (bit = 0; bit < 32; bit++) {
		struct virtio_gpu_object_params params = object_test_picture;
		int result = allowed & BIT(bit) ? 0 : -EINVAL;

		params.bind |= BIT(bit);
		object_test_check(test, &params, result, result);
	}
}

static void object_test_flags(struct kunit *test)
{
	int bit;

	for (bit = 0; bit < 32; bit++) {
		struct virtio_gpu_object_params params = object_test_picture;
		int result = bit == 0 ? 0 : -EINVAL;

		params.flags = BIT(bit);
		object_test_check(test, &params, result, -EINVAL);
	}
}

/* What can be device storage, but not be transferred from memory. */
static void object_test_over_memory(struct kunit *test)
{
	struct virtio_gpu_object_params params;

	object_test_check(test, &object_test_picture, 0, 0);

#define OBJECT_TEST_WITH(member, value)				\
	do {							\
		params = object_test_picture;			\
		params.member = (value);			\
		object_test_check(test, &params, 0, -EINVAL);	\
	} while (0)

	OBJECT_TEST_WITH(target, 0);
	OBJECT_TEST_WITH(target, 3);
	OBJECT_TEST_WITH(format, 0);
	OBJECT_TEST_WITH(format, 16);
	OBJECT_TEST_WITH(format, U32_MAX);
	OBJECT_TEST_WITH(depth, 2);
	OBJECT_TEST_WITH(array_size, 2);
	OBJECT_TEST_WITH(last_level, 1);
	OBJECT_TEST_WITH(nr_samples, 4);
	OBJECT_TEST_WITH(width, 0);
	OBJECT_TEST_WITH(height, 0);
}

static struct kunit_case object_test_cases[] = {
	KUNIT_CASE(object_test_bind),
	KUNIT_CASE(object_test_flags),
	KUNIT_CASE(object_test_over_memory),
	{}
};

static struct kunit_suite object_test_suite = {
	.name = "virtio_gpu_protected_object",
	.test_cases = object_test_cases,
};

kunit_test_suite(object_test_suite);
