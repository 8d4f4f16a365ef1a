// SPDX-License-Identifier: MIT
/*
 * Reading protected memory, for those who share it: a fence in the reservation of
 * the memory, from before the device can read it until it has, or will not.
 *
 * The fence of the command cannot be there: it has no number before it is queued,
 * when it is too late to make room for it.
 */
#include <kunit/visibility.h>
#include <linux/export.h>
#include <linux/slab.h>

#include "virtgpu_protected.h"

static const char *virtio_gpu_protected_read_driver(struct dma_fence *fence)
{
	return "virtio_gpu";
}

static const char *virtio_gpu_protected_read_timeline(struct dma_fence *fence)
{
	return "protected memory";
}

static const struct dma_fence_ops virtio_gpu_protected_read_ops = {
	.get_driver_name = virtio_gpu_protected_read_driver,
	.get_timeline_name = virtio_gpu_protected_read_timeline,
	/* No release, which would need the module to stay: @base is first. */
};

static void virtio_gpu_protected_read_done(struct dma_fence *transfer,
					   struct dma_fence_cb *cb)
{
	struct virtio_gpu_protected_read *read =
		container_of(cb, struct virtio_gpu_protected_read, cb);

	if (transfer->error)
		dma_fence_set_error(&read->base, transfer->error);
	dma_fence_signal(&read->base);
	dma_fence_put(&read->base);
}

/**
 * virtio_gpu_protected_read_begin() - memory is to be read
 * @vgdev: the device that will
 * @memory: the memory's reservation, which is not locked
 * @writers: set to a fence of those who write to it now, with a reference, or to
 *	NULL if nobody does. Whoever writes next waits for the read. Or NULL, if
 *	somebody else knows what to wait for
 *
 * Return: the read. Its @transfer is to be the fence of the command, or of the
 * last one, if there is one. However it goes on, virtio_gpu_protected_read_end()
 * must follow. Or -ENOMEM.
 */
struct virtio_gpu_protected_read *
virtio_gpu_protected_read_begin(struct virtio_gpu_device *vgdev,
				struct dma_resv *memory,
				struct dma_fence **writers)
{
	struct virtio_gpu_protected_read *read = kzalloc_obj(*read);
	int ret;

	if (!read)
		return ERR_PTR(-ENOMEM);

	read->transfer = virtio_gpu_fence_alloc(vgdev, vgdev->fence_drv.context,
						0);
	if (!read->transfer) {
		kfree(read);
		return ERR_PTR(-ENOMEM);
	}

	/*
	 * A lock with a class of its own: it is taken under that of the transfer.
	 * And a context of its own: reads that are given up end out of turn.
	 */
	spin_lock_init(&read->lock);
	dma_fence_init(&read->base, &virtio_gpu_protected_read_ops, &read->lock,
		       dma_fence_context_alloc(1), 1);

	dma_resv_lock(memory, NULL);
	ret = dma_resv_reserve_fences(memory, 1);
	if (!ret && writers)
		ret = dma_resv_get_singleton(memory, DMA_RESV_USAGE_WRITE,
					     writers);
	if (!ret)
		dma_resv_add_fence(memory, &read->base, DMA_RESV_USAGE_READ);
	dma_resv_unlock(memory);

	if (ret) {
		virtio_gpu_protected_read_end(read);
		return ERR_PTR(ret);
	}

	return read;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_read_begin);

/**
 * virtio_gpu_protected_read_end() - the command is queued, or will not be
 * @read: what virtio_gpu_protected_read_begin() returned, which is used up
 *
 * Those who wait for the read do so until the device has answered, or not at all
 * if there is no command. Neither fails, waits nor needs memory.
 *
 * Return: 0, or -ENODEV if no command was queued with its @transfer, as for a
 * device that has gone.
 */
int virtio_gpu_protected_read_end(struct virtio_gpu_protected_read *read)
{
	struct dma_fence *transfer = &read->transfer->f;
	int ret = 0;

	if (read->transfer->fence_id) {
		/* The last reference goes when the callback has been called. */
		if (dma_fence_add_callback(transfer, &read->cb,
					   virtio_gpu_protected_read_done))
			virtio_gpu_protected_read_done(transfer, &read->cb);
	} else {
		/* A fence that was not emitted never signals. */
		ret = -ENODEV;
		dma_fence_signal(&read->base);
		dma_fence_put(&read->base);
	}
	/* One that was emitted is kept until it signals. */
	dma_fence_put(transfer);

	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_read_end);
