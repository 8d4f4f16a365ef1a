// SPDX-License-Identifier: MIT
/*
 * KUnit tests of who waits for a read of protected memory, and for how long.
 */
#include <kunit/test.h>
#include <linux/dma-resv.h>

#include "virtgpu_protected.h"

/* A device as far as its fences go, and memory. */
struct read_test {
	struct virtio_gpu_device vgdev;
	struct dma_resv memory;
};

static int read_test_init(struct kunit *test)
{
	struct read_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	if (!t)
		return -ENOMEM;

	t->vgdev.fence_drv.context = dma_fence_context_alloc(1);
	spin_lock_init(&t->vgdev.fence_drv.lock);
	INIT_LIST_HEAD(&t->vgdev.fence_drv.fences);
	dma_resv_init(&t->memory);
	test->priv = t;
	return 0;
}

static void read_test_exit(struct kunit *test)
{
	struct read_test *t = test->priv;

	if (t)
		dma_resv_fini(&t->memory);
}

static bool read_test_waited_for(struct read_test *t, enum dma_resv_usage usage)
{
	return !dma_resv_test_signaled(&t->memory, usage);
}

static struct virtio_gpu_protected_read *
read_test_begin(struct kunit *test, struct dma_fence **writers)
{
	struct read_test *t = test->priv;
	struct virtio_gpu_protected_read *read;

	read = virtio_gpu_protected_read_prepare(&t->vgdev, &t->memory, writers);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, read);
	KUNIT_ASSERT_EQ(test, virtio_gpu_protected_read_begin(read), 0);
	return read;
}

/* As if the command was queued. */
static struct virtio_gpu_fence *
read_test_queue(struct virtio_gpu_protected_read *read)
{
	read->transfer->f.seqno = 1;
	read->transfer->fence_id = 1;
	dma_fence_get(&read->transfer->f);
	return read->transfer;
}

static void read_test_answer(struct virtio_gpu_fence *transfer, int error)
{
	if (error)
		dma_fence_set_error(&transfer->f, error);
	dma_fence_signal(&transfer->f);
	dma_fence_put(&transfer->f);
}

/* Writers wait from the beginning until the device has answered, readers never. */
static void read_test_waits(struct kunit *test)
{
	struct read_test *t = test->priv;
	struct virtio_gpu_protected_read *read = read_test_begin(test, NULL);
	struct virtio_gpu_fence *transfer;

	KUNIT_EXPECT_TRUE(test, read_test_waited_for(t, DMA_RESV_USAGE_READ));
	KUNIT_EXPECT_FALSE(test, read_test_waited_for(t, DMA_RESV_USAGE_WRITE));

	transfer = read_test_queue(read);
	KUNIT_EXPECT_EQ(test, virtio_gpu_protected_read_end(read), 0);
	KUNIT_EXPECT_TRUE(test, read_test_waited_for(t, DMA_RESV_USAGE_READ));

	read_test_answer(transfer, 0);
	KUNIT_EXPECT_FALSE(test, read_test_waited_for(t, DMA_RESV_USAGE_READ));
}

/* The device may answer before the commit has ended. */
static void read_test_answered_before(struct kunit *test)
{
	struct read_test *t = test->priv;
	struct virtio_gpu_protected_read *read = read_test_begin(test, NULL);

	read_test_answer(read_test_queue(read), 0);
	KUNIT_EXPECT_TRUE(test, read_test_waited_for(t, DMA_RESV_USAGE_READ));
	KUNIT_EXPECT_EQ(test, virtio_gpu_protected_read_end(read), 0);
	KUNIT_EXPECT_FALSE(test, read_test_waited_for(t, DMA_RESV_USAGE_READ));
}

/* Nobody waits for what will not happen. */
static void read_test_given_up(struct kunit *test)
{
	struct read_test *t = test->priv;
	struct virtio_gpu_protected_read *first = read_test_begin(test, NULL);
	struct virtio_gpu_protected_read *second = read_test_begin(test, NULL);
	struct virtio_gpu_fence *transfer = read_test_queue(first);

	KUNIT_EXPECT_EQ(test, virtio_gpu_protected_read_end(second), -ENODEV);
	KUNIT_EXPECT_EQ(test, virtio_gpu_protected_read_end(first), 0);
	/* But for what began before, and is still under way. */
	KUNIT_EXPECT_TRUE(test, read_test_waited_for(t, DMA_RESV_USAGE_READ));
	read_test_answer(transfer, 0);
	KUNIT_EXPECT_FALSE(test, read_test_waited_for(t, DMA_RESV_USAGE_READ));
}

/* Those who wait learn that the device has gone. */
static void read_test_error(struct kunit *test)
{
	struct read_test *t = test->priv;
	struct virtio_gpu_protected_read *read = read_test_begin(test, NULL);
	struct virtio_gpu_fence *transfer = read_test_queue(read);
	struct dma_fence *users;

	dma_resv_lock(&t->memory, NULL);
	KUNIT_EXPECT_EQ(test, 0, dma_resv_get_singleton(&t->memory,
							DMA_RESV_USAGE_READ,
							&users));
	dma_resv_unlock(&t->memory);
	KUNIT_ASSERT_NOT_NULL(test, users);

	virtio_gpu_protected_read_end(read);
	read_test_answer(transfer, -ENODEV);
	KUNIT_EXPECT_EQ(test, dma_fence_get_status(users), -ENODEV);
	dma_fence_put(users);
}

/* Who writes is waited for, and a reader is not. */
static void read_test_writers(struct kunit *test)
{
	struct read_test *t = test->priv;
	struct virtio_gpu_protected_read *reader, *read;
	struct dma_fence *writers, *none;
	struct virtio_gpu_fence *writer;

	reader = read_test_begin(test, &none);
	KUNIT_EXPECT_NULL(test, none);
	writer = read_test_queue(reader);

	dma_resv_lock(&t->memory, NULL);
	KUNIT_ASSERT_EQ(test, dma_resv_reserve_fences(&t->memory, 1), 0);
	dma_resv_add_fence(&t->memory, &writer->f, DMA_RESV_USAGE_WRITE);
	dma_resv_unlock(&t->memory);

	read = read_test_begin(test, &writers);
	KUNIT_EXPECT_PTR_EQ(test, writers, &writer->f);
	dma_fence_put(writers);

	virtio_gpu_protected_read_end(reader);
	virtio_gpu_protected_read_end(read);
	read_test_answer(writer, 0);
	KUNIT_EXPECT_FALSE(test, read_test_waited_for(t, DMA_RESV_USAGE_READ));
}

static struct kunit_case read_test_list[] = {
	KUNIT_CASE(read_test_waits),
	KUNIT_CASE(read_test_answered_before),
	KUNIT_CASE(read_test_given_up),
	KUNIT_CASE(read_test_error),
	KUNIT_CASE(read_test_writers),
	{}
};

static struct kunit_suite read_test_suite = {
	.name = "virtio_gpu_protected_read",
	.init = read_test_init,
	.exit = read_test_exit,
	.test_cases = read_test_list,
};

kunit_test_suite(read_test_suite);
