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
 * virtio_gpu_protected_read_prepare() - memory is to be read
 * @vgdev: the device that will
 * @memory: the reservation of the memory, which stays until the read has begun
 * @writers: set to those who write to it by now, to be waited for, with a
 *	reference, or to NULL if there is nobody. NULL if it does not matter
 *
 * Nobody waits for the read yet. Who is to read several memories prepares all of
 * these reads before it begins any of them: once one has begun, its fence can be
 * anywhere, also among the writers of another of these memories, and waiting for
 * that would be for oneself.
 *
 * Return: the read, whose @transfer is to be the fence of the command, or of the
 * last one, if there is one. However it goes on, virtio_gpu_protected_read_end()
 * must follow. Or -ENOMEM.
 */
struct virtio_gpu_protected_read *
virtio_gpu_protected_read_prepare(struct virtio_gpu_device *vgdev,
				  struct dma_resv *memory,
				  struct dma_fence **writers)
{
	struct virtio_gpu_protected_read *read = kzalloc_obj(*read);
	int ret;

	if (!read)
		return ERR_PTR(-ENOMEM);

	read->memory = memory;
	read->transfer = virtio_gpu_fence_alloc(vgdev, vgdev->fence_drv.context,
						0);
	if (!read->transfer) {
		ret = -ENOMEM;
		goto err_free;
	}

	if (writers) {
		dma_resv_lock(memory, NULL);
		ret = dma_resv_get_singleton(memory, DMA_RESV_USAGE_WRITE,
					     writers);
		dma_resv_unlock(memory);
		if (ret)
			goto err_put_transfer;
	}

	/*
	 * A lock with a class of its own: it is taken under that of the transfer.
	 * And a context of its own: reads that are given up end out of turn.
	 */
	spin_lock_init(&read->lock);
	dma_fence_init(&read->base, &virtio_gpu_protected_read_ops, &read->lock,
		       dma_fence_context_alloc(1), 1);

	return read;

err_put_transfer:
	dma_fence_put(&read->transfer->f);
err_free:
	kfree(read);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_read_prepare);

/**
 * virtio_gpu_protected_read_begin() - the device can read memory from now on
 * @read: the read, prepared
 *
 * Whoever wants to write to the memory waits for the read.
 *
 * Return: 0 or -ENOMEM.
 */
int virtio_gpu_protected_read_begin(struct virtio_gpu_protected_read *read)
{
	int ret;

	dma_resv_lock(read->memory, NULL);
	ret = dma_resv_reserve_fences(read->memory, 1);
	if (!ret)
		dma_resv_add_fence(read->memory, &read->base,
				   DMA_RESV_USAGE_READ);
	dma_resv_unlock(read->memory);

	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_read_begin);

/**
 * virtio_gpu_protected_read_end() - the command is queued, or will not be
 * @read: what virtio_gpu_protected_read_prepare() returned, which is used up
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
