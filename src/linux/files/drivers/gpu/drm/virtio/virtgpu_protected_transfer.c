// SPDX-License-Identifier: MIT
/*
 * Transfers of protected memory to the device: always in that direction, always
 * to the object over that memory, always inside it.
 */
#include <kunit/visibility.h>
#include <linux/export.h>
#include <linux/overflow.h>

#include <drm/drm_file.h>
#include <drm/virtgpu_drm.h>

#include "virtgpu_protected.h"

/* The host's numbers (VIRGL_FORMAT_*) for what a plane of memory can be. */
static const struct {
	u32 format;
	u32 cpp;
} virtio_gpu_protected_formats[] = {
	{ 1, 4 },	/* B8G8R8A8_UNORM */
	{ 2, 4 },	/* B8G8R8X8_UNORM */
	{ 3, 4 },	/* A8R8G8B8_UNORM */
	{ 4, 4 },	/* X8R8G8B8_UNORM */
	{ 7, 2 },	/* B5G6R5_UNORM */
	{ 8, 4 },	/* R10G10B10A2_UNORM */
	{ 48, 2 },	/* R16_UNORM */
	{ 49, 4 },	/* R16G16_UNORM */
	{ 64, 1 },	/* R8_UNORM */
	{ 65, 2 },	/* R8G8_UNORM */
	{ 67, 4 },	/* R8G8B8A8_UNORM */
	{ 131, 4 },	/* B10G10R10A2_UNORM */
	{ 134, 4 },	/* R8G8B8X8_UNORM */
};

/**
 * virtio_gpu_protected_format_cpp() - bytes per pixel
 * @format: VIRGL_FORMAT_*
 *
 * Return: the number, or 0 if memory cannot be used in that format.
 */
u32 virtio_gpu_protected_format_cpp(u32 format)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(virtio_gpu_protected_formats); i++) {
		if (virtio_gpu_protected_formats[i].format == format)
			return virtio_gpu_protected_formats[i].cpp;
	}

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_format_cpp);

static bool virtio_gpu_protected_range_ok(u32 start, u32 length, u32 end)
{
	return length && start <= end && length <= end - start;
}

/**
 * virtio_gpu_protected_transfer_check() - does a transfer stay inside
 * @memory_size: of the memory, in bytes
 * @width: of the object over it, in pixels
 * @height: of the object over it, in lines
 * @cpp: bytes per pixel
 * @args: the transfer. offset is where the box begins in memory, stride the
 *	distance of its lines in bytes, or 0 if they touch; layer_stride is that
 *	of its one layer and needs not be given
 *
 * Return: 0 or -EINVAL.
 */
int virtio_gpu_protected_transfer_check(u64 memory_size,
					u32 width, u32 height, u32 cpp,
					const struct drm_virtgpu_3d_transfer_to_host *args)
{
	const struct drm_virtgpu_3d_box *box = &args->box;
	u64 line, stride, size, end;

	if (args->level || box->z || box->d != 1)
		return -EINVAL;
	if (!virtio_gpu_protected_range_ok(box->x, box->w, width) ||
	    !virtio_gpu_protected_range_ok(box->y, box->h, height))
		return -EINVAL;

	/* Products of two 32-bit numbers, which 64 bits hold. */
	line = (u64)box->w * cpp;
	stride = args->stride ?: line;
	if (stride < line || stride > U32_MAX)
		return -EINVAL;

	/* Nothing follows the last line. */
	size = stride * (box->h - 1) + line;
	if (args->layer_stride && args->layer_stride < size)
		return -EINVAL;

	/* The host's arithmetic has 32 bits. */
	if (check_add_overflow(size, args->offset, &end) || end > U32_MAX)
		return -EINVAL;

	return end <= memory_size ? 0 : -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_transfer_check);

/**
 * virtio_gpu_protected_queue_transfer() - tell the host to read memory
 * @vgdev: the device
 * @ctx_id: of a context that has @bo
 * @bo: an object over memory
 * @args: what virtio_gpu_protected_transfer_check() has seen
 * @objs: what to hold and to leave a fence at, locked, or NULL. @bo itself needs
 *	no reference: if it goes, the host hears of that after this
 * @fence: signalled when it has been read
 *
 * The host counts each line as a whole stride, the last one too. Where that is
 * more than the memory, the last line is a transfer of its own.
 */
void virtio_gpu_protected_queue_transfer(struct virtio_gpu_device *vgdev,
					 u32 ctx_id,
					 struct virtio_gpu_object *bo,
					 const struct drm_virtgpu_3d_transfer_to_host *args,
					 struct virtio_gpu_object_array *objs,
					 struct virtio_gpu_fence *fence)
{
	struct virtio_gpu_object_protected *protected =
		to_virtio_gpu_object_protected(bo);
	struct drm_virtgpu_3d_box box = args->box;
	u32 line = box.w * protected->cpp;
	u32 stride = args->stride ?: line;
	u64 offset = args->offset;

	if (offset + (u64)stride * box.h > protected->memory->objs[0]->size) {
		if (box.h > 1) {
			box.h--;
			virtio_gpu_cmd_transfer_to_host_3d(vgdev, ctx_id, offset,
							   0, stride, 0, &box,
							   bo, NULL, NULL);
			offset += (u64)stride * box.h;
			box.y += box.h;
			box.h = 1;
		}
		stride = line;
	}

	virtio_gpu_cmd_transfer_to_host_3d(vgdev, ctx_id, offset, 0, stride, 0,
					   &box, bo, objs, fence);
}

/**
 * virtio_gpu_protected_transfer_to_host() - TRANSFER_TO_HOST, protected object
 * @dev: the device
 * @file: who asks; the transfer runs in its protected context
 * @bo: a protected object that the caller has a reference of
 * @args: the ioctl's argument
 *
 * Waits for whoever writes to the memory, and is waited for by whoever wants to
 * next, as far as they use the dma-buf's fences.
 *
 * Return: 0, or -EINVAL if there is no memory to transfer, the transfer is not
 * inside it, or only flips may transfer it, -ENODEV if the device has gone, -ENOMEM, or -EINTR.
 */
int virtio_gpu_protected_transfer_to_host(struct drm_device *dev,
					  struct drm_file *file,
					  struct virtio_gpu_object *bo,
					  struct drm_virtgpu_3d_transfer_to_host *args)
{
	struct virtio_gpu_object_protected *protected =
		to_virtio_gpu_object_protected(bo);
	struct virtio_gpu_device *vgdev = dev->dev_private;
	struct virtio_gpu_protected_read *read;
	struct virtio_gpu_object_array *objs;
	struct drm_gem_object *memory;
	struct dma_fence *writers;
	u32 ctx_id;
	int ret;

	/* It is turned, and its framebuffer's handle is given to who asks. */
	if (!protected->memory || protected->upload_on_flip)
		return -EINVAL;
	memory = protected->memory->objs[0];

	ret = virtio_gpu_protected_transfer_check(memory->size,
						  protected->width,
						  protected->height,
						  protected->cpp, args);
	if (ret)
		return ret;

	objs = virtio_gpu_array_alloc(1);
	if (!objs)
		return -ENOMEM;
	virtio_gpu_array_add_obj(objs, &bo->base.base);

	read = virtio_gpu_protected_read_prepare(vgdev, memory->resv, &writers);
	if (IS_ERR(read)) {
		ret = PTR_ERR(read);
		goto err_put_objs;
	}
	ret = virtio_gpu_protected_read_begin(read);

	/* Without any lock: whoever shares the memory can make this last. */
	if (!ret && writers)
		ret = dma_fence_wait(writers, true);
	dma_fence_put(writers);
	if (ret)
		goto err_end_read;

	ret = virtio_gpu_protected_begin(dev, file, objs, &ctx_id);
	if (ret)
		goto err_end_read;

	ret = virtio_gpu_array_lock_resv(objs);
	if (ret)
		goto err_end;

	virtio_gpu_protected_queue_transfer(vgdev, ctx_id, bo, args, objs,
					    read->transfer);
	virtio_gpu_protected_end(file);
	return virtio_gpu_protected_read_end(read);

err_end:
	virtio_gpu_protected_end(file);
err_end_read:
	virtio_gpu_protected_read_end(read);
err_put_objs:
	virtio_gpu_array_put_free(objs);
	return ret;
}
