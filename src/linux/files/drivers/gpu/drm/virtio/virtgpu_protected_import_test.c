// SPDX-License-Identifier: MIT
/*
 * KUnit tests of where the device is told that memory is.
 */
#include <kunit/test.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>

#include "virtgpu_protected.h"

/* Pieces of a page each, as pages of the test's, and at DMA addresses of their own. */
struct import_test_case {
	const char *name;
	unsigned int pieces;
	/* of each, in pages: where it is from the first, and where the device sees it */
	unsigned int page[3];
	unsigned int dma[3];
	int physical;
	int translated;
};

static const struct import_test_case import_test_cases[] = {
	{ "one piece", 1, { 0 }, { 7 }, 0, 0 },
	{ "pieces that touch", 3, { 0, 1, 2 }, { 7, 8, 9 }, 0, 0 },
	{ "a gap", 2, { 0, 2 }, { 7, 9 }, -EINVAL, -EINVAL },
	{ "another order", 2, { 1, 0 }, { 8, 7 }, -EINVAL, -EINVAL },
	{ "the same twice", 2, { 0, 0 }, { 7, 7 }, -EINVAL, -EINVAL },
	{ "a gap before the last", 3, { 0, 1, 3 }, { 7, 8, 10 }, -EINVAL, -EINVAL },
	{ "put together by an IOMMU", 2, { 0, 2 }, { 7, 8 }, -EINVAL, 0 },
	{ "scattered by an IOMMU", 2, { 0, 1 }, { 7, 9 }, 0, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(import_test, import_test_cases, name);

static void import_test_range(struct kunit *test)
{
	const struct import_test_case *c = test->param_value;
	struct page *pages = alloc_pages(GFP_KERNEL, 2);
	struct virtio_gpu_mem_entry range = {};
	struct scatterlist *sg;
	struct sg_table sgt;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_ASSERT_EQ(test, sg_alloc_table(&sgt, c->pieces, GFP_KERNEL), 0);
	for_each_sgtable_sg(&sgt, sg, i) {
		sg_set_page(sg, pages + c->page[i], PAGE_SIZE, 0);
		sg_dma_address(sg) = c->dma[i] * PAGE_SIZE;
		sg_dma_len(sg) = PAGE_SIZE;
	}

	KUNIT_EXPECT_EQ(test, c->physical,
			virtio_gpu_protected_memory_range(&sgt, false, &range));
	if (!c->physical) {
		KUNIT_EXPECT_EQ(test, le64_to_cpu(range.addr), page_to_phys(pages));
		KUNIT_EXPECT_EQ(test, le32_to_cpu(range.length),
				c->pieces * PAGE_SIZE);
	}

	KUNIT_EXPECT_EQ(test, c->translated,
			virtio_gpu_protected_memory_range(&sgt, true, &range));
	if (!c->translated) {
		KUNIT_EXPECT_EQ(test, le64_to_cpu(range.addr), 7 * PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(range.length),
				c->pieces * PAGE_SIZE);
	}

	sg_free_table(&sgt);
	__free_pages(pages, 2);
}

/* A length has 32 bits on the host. */
static void import_test_large(struct kunit *test)
{
	struct virtio_gpu_mem_entry range;
	struct scatterlist sg[2];
	struct sg_table sgt = { .sgl = sg, .nents = 2, .orig_nents = 2 };

	sg_init_table(sg, 2);
	sg_dma_address(&sg[0]) = SZ_4G;
	sg_dma_len(&sg[0]) = SZ_2G;
	sg_dma_address(&sg[1]) = SZ_4G + SZ_2G;
	sg_dma_len(&sg[1]) = SZ_2G - SZ_4K;
	KUNIT_EXPECT_EQ(test, 0,
			virtio_gpu_protected_memory_range(&sgt, true, &range));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(range.length), U32_MAX - SZ_4K + 1);

	sg_dma_len(&sg[1]) = SZ_2G;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			virtio_gpu_protected_memory_range(&sgt, true, &range));
}

static struct kunit_case import_test_list[] = {
	KUNIT_CASE_PARAM(import_test_range, import_test_gen_params),
	KUNIT_CASE(import_test_large),
	{}
};

static struct kunit_suite import_test_suite = {
	.name = "virtio_gpu_protected_import",
	.test_cases = import_test_list,
};

kunit_test_suite(import_test_suite);
