// SPDX-License-Identifier: MIT
/*
 * KUnit tests of what a protected context is for.
 */
#include <kunit/test.h>

#include <drm/virtgpu_drm.h>

#include "virtgpu_protected.h"

#define VIRGL		BIT_ULL(VIRTGPU_DRM_CAPSET_VIRGL)
#define VIRGL2		BIT_ULL(VIRTGPU_DRM_CAPSET_VIRGL2)
#define VENUS		BIT_ULL(VIRTGPU_DRM_CAPSET_VENUS)

static void context_test_chosen(struct kunit *test)
{
	const u64 all = VIRGL | VIRGL2 | VENUS;
	u32 capset;

	for (capset = 1; capset < 64; capset++) {
		int result = capset <= VIRTGPU_DRM_CAPSET_VIRGL2 ? (int)capset :
								   -EINVAL;

		KUNIT_EXPECT_EQ(test, result,
				virtio_gpu_protected_context_init(all, true,
								  capset));
	}
}

static void context_test_not_chosen(struct kunit *test)
{
	static const struct {
		u64 capsets;
		bool can_choose;
		int result;
	} cases[] = {
		{ VIRGL, false, 0 },
		{ VIRGL | VIRGL2, false, 0 },
		{ VIRGL | VIRGL2, true, 0 },
		{ VIRGL | VENUS, true, VIRTGPU_DRM_CAPSET_VIRGL },
		{ VIRGL | VIRGL2 | VENUS, true, VIRTGPU_DRM_CAPSET_VIRGL2 },
		{ VIRGL | VENUS, false, -EINVAL },
		{ VENUS, true, -EINVAL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ(test, cases[i].result,
				virtio_gpu_protected_context_init(cases[i].capsets,
								  cases[i].can_choose,
								  0));
}

static struct kunit_case context_test_cases[] = {
	KUNIT_CASE(context_test_chosen),
	KUNIT_CASE(context_test_not_chosen),
	{}
};

static struct kunit_suite context_test_suite = {
	.name = "virtio_gpu_protected_context",
	.test_cases = context_test_cases,
};

kunit_test_suite(context_test_suite);
