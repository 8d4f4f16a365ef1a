// SPDX-License-Identifier: MIT
/*
 * KUnit tests of what commits of several planes wait for.
 */
#include <kunit/test.h>
#include <linux/dma-resv.h>

#include "virtgpu_protected.h"

/* A device as far as its fences go, memory, and what shows it on two planes. */
struct plane_test {
	struct virtio_gpu_device vgdev;
	struct drm_gem_object memory;
	struct dma_resv resv;
	struct virtio_gpu_object_protected shown;
	struct virtio_gpu_plane_state planes[2];
};

static int plane_test_init(struct kunit *test)
{
	struct plane_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;

	t->shown.memory = kunit_kzalloc(test,
					struct_size(t->shown.memory, objs, 1),
					GFP_KERNEL);
	if (!t->shown.memory)
		return -ENOMEM;

	t->vgdev.fence_drv.context = dma_fence_context_alloc(1);
	spin_lock_init(&t->vgdev.fence_drv.lock);
	INIT_LIST_HEAD(&t->vgdev.fence_drv.fences);
	dma_resv_init(&t->resv);
	t->memory.resv = &t->resv;
	t->shown.memory->objs[0] = &t->memory;
	t->shown.upload_on_flip = true;
	test->priv = t;
	return 0;
}

static void plane_test_exit(struct kunit *test)
{
	struct plane_test *t = test->priv;

	if (t)
		dma_resv_fini(&t->resv);
}

static int plane_test_prepare(struct plane_test *t, unsigned int plane)
{
	return virtio_gpu_protected_prepare_fb(&t->vgdev, &t->planes[plane],
					       &t->shown.base);
}

/* As DMA_BUF_IOCTL_EXPORT_SYNC_FILE and _IMPORT_SYNC_FILE, which anybody can call. */
static void plane_test_make_users_writers(struct kunit *test)
{
	struct plane_test *t = test->priv;
	struct dma_fence *users;

	dma_resv_lock(&t->resv, NULL);
	KUNIT_EXPECT_EQ(test, 0, dma_resv_get_singleton(&t->resv,
							DMA_RESV_USAGE_READ,
							&users));
	KUNIT_EXPECT_EQ(test, 0, dma_resv_reserve_fences(&t->resv, 1));
	if (users)
		dma_resv_add_fence(&t->resv, users, DMA_RESV_USAGE_WRITE);
	dma_resv_unlock(&t->resv);
	dma_fence_put(users);
}

/* One commit, the same memory on both: it would never end. */
static void plane_test_not_for_itself(struct kunit *test)
{
	struct plane_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, plane_test_prepare(t, 0), 0);
	plane_test_make_users_writers(test);
	KUNIT_ASSERT_EQ(test, plane_test_prepare(t, 1), 0);
	KUNIT_EXPECT_NULL(test, t->planes[1].base.fence);

	virtio_gpu_protected_cleanup_fb(&t->planes[0]);
	virtio_gpu_protected_cleanup_fb(&t->planes[1]);
}

/* Two commits. The second waits for who writes, and says so when it has begun. */
static void plane_test_for_others(struct kunit *test)
{
	struct plane_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, plane_test_prepare(t, 0), 0);
	KUNIT_EXPECT_TRUE(test, dma_resv_test_signaled(&t->resv,
						       DMA_RESV_USAGE_READ));
	KUNIT_ASSERT_EQ(test, 0,
			virtio_gpu_protected_begin_fb_access(&t->planes[0]));
	KUNIT_EXPECT_FALSE(test, dma_resv_test_signaled(&t->resv,
							DMA_RESV_USAGE_READ));
	plane_test_make_users_writers(test);

	KUNIT_ASSERT_EQ(test, plane_test_prepare(t, 1), 0);
	KUNIT_EXPECT_NOT_NULL(test, t->planes[1].base.fence);
	dma_fence_put(t->planes[1].base.fence);

	virtio_gpu_protected_cleanup_fb(&t->planes[0]);
	virtio_gpu_protected_cleanup_fb(&t->planes[1]);
	KUNIT_EXPECT_TRUE(test, dma_resv_test_signaled(&t->resv,
						       DMA_RESV_USAGE_READ));
}

static struct kunit_case plane_test_list[] = {
	KUNIT_CASE(plane_test_not_for_itself),
	KUNIT_CASE(plane_test_for_others),
	{}
};

static struct kunit_suite plane_test_suite = {
	.name = "virtio_gpu_protected_plane",
	.init = plane_test_init,
	.exit = plane_test_exit,
	.test_cases = plane_test_list,
};

kunit_test_suite(plane_test_suite);
