// SPDX-License-Identifier: MIT
/*
 * Memory objects: TEE-protected dma-bufs, imported.
 *
 * A memory object is memory and nothing else. Resources are created on it, with
 * a format and a size, by giving its handle to RESOURCE_CREATE_PROTECTED; each
 * plane of a picture is one. The host gets the address of the whole memory as
 * their backing, and each transfer says at which offset to read.
 */
#include <kunit/visibility.h>
#include <linux/dma-buf.h>
#include <linux/export.h>
#include <linux/scatterlist.h>
#include <linux/tee_drv.h>

#include <drm/drm_gem.h>

#include "virtgpu_protected.h"

MODULE_IMPORT_NS("DMA_BUF");

static void virtio_gpu_protected_memory_free(struct drm_gem_object *obj)
{
	struct virtio_gpu_object *bo = gem_to_virtio_gpu_obj(obj);
	struct dma_buf_attachment *attach = obj->import_attach;
	struct dma_buf *buf = attach->dmabuf;

	dma_buf_unmap_attachment_unlocked(attach, bo->sgt, DMA_TO_DEVICE);
	dma_buf_detach(buf, attach);
	dma_buf_put(buf);

	drm_gem_object_release(obj);
	kfree(to_virtio_gpu_object_protected(bo));
}

/*
 * No export either: the DRM core hands out the original dma-buf of an imported
 * object.
 */
static const struct drm_gem_object_funcs virtio_gpu_protected_memory_funcs = {
	.free = virtio_gpu_protected_memory_free,
};

/**
 * virtio_gpu_protected_is_memory() - is it a memory object
 * @obj: any object of this driver
 *
 * Return: true if it is.
 */
bool virtio_gpu_protected_is_memory(struct drm_gem_object *obj)
{
	return obj->funcs == &virtio_gpu_protected_memory_funcs;
}

/**
 * virtio_gpu_protected_memory_range() - where the device finds memory
 * @sgt: a dma-buf's, mapped for the device
 * @use_dma_api: whether the device uses DMA addresses, or physical ones whatever
 *	its bus does
 * @range: set to where it is
 *
 * What is in several pieces the host would put together in its heap first, where
 * restricted memory must not be.
 *
 * Return: 0, or -EINVAL if it is not in one piece, or too large.
 */
int virtio_gpu_protected_memory_range(struct sg_table *sgt, bool use_dma_api,
				      struct virtio_gpu_mem_entry *range)
{
	unsigned int i, count = use_dma_api ? sgt->nents : sgt->orig_nents;
	struct scatterlist *sg;
	u64 start = 0, size = 0;

	for_each_sg(sgt->sgl, sg, count, i) {
		u64 at = use_dma_api ? sg_dma_address(sg) : sg_phys(sg);

		if (!i)
			start = at;
		/* What an IOMMU or a limit of the device cut may touch. */
		if (at != start + size)
			return -EINVAL;
		size += use_dma_api ? sg_dma_len(sg) : sg->length;
	}

	if (!size || size > U32_MAX)
		return -EINVAL;

	*range = (struct virtio_gpu_mem_entry){
		.addr = cpu_to_le64(start),
		.length = cpu_to_le32(size),
	};
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_memory_range);

/*
 * The memory is mapped for the device to read, and stays where it is as long as
 * the object lives: the TEE cannot move it.
 */
static struct drm_gem_object *
virtio_gpu_protected_import_memory(struct drm_device *dev, struct dma_buf *buf)
{
	struct virtio_gpu_device *vgdev = dev->dev_private;
	struct virtio_gpu_object_protected *protected;
	struct dma_buf_attachment *attach;
	struct drm_gem_object *obj;
	struct sg_table *sgt;
	int ret;

	protected = kzalloc_obj(*protected);
	if (!protected)
		return ERR_PTR(-ENOMEM);

	attach = dma_buf_attach(buf, dev->dev);
	if (IS_ERR(attach)) {
		ret = PTR_ERR(attach);
		goto err_free;
	}

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto err_detach;
	}

	ret = virtio_gpu_protected_memory_range(sgt,
						virtio_gpu_use_dma_api(vgdev->vdev),
						&protected->range);
	if (ret)
		goto err_unmap;

	get_dma_buf(buf);

	protected->base.is_protected = true;
	protected->base.sgt = sgt;

	obj = &protected->base.base.base;
	obj->funcs = &virtio_gpu_protected_memory_funcs;
	obj->resv = buf->resv;
	obj->import_attach = attach;
	drm_gem_private_object_init(dev, obj, buf->size);

	return obj;

err_unmap:
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
err_detach:
	dma_buf_detach(buf, attach);
err_free:
	kfree(protected);
	return ERR_PTR(ret);
}

/**
 * virtio_gpu_protected_import() - import a dma-buf if it is protected
 * @dev: the device
 * @buf: any dma-buf; a new object takes a reference
 *
 * Return: what it was exported from, if that was a protected object of @dev; a
 * memory object, if it is TEE-protected; NULL if it is neither; -ENODEV if it is
 * TEE-protected and the device cannot have protected content; -EINVAL if it is
 * not in one piece; or -ENOMEM, or what the exporter said.
 */
struct drm_gem_object *virtio_gpu_protected_import(struct drm_device *dev,
						   struct dma_buf *buf)
{
	struct drm_gem_object *obj;

	obj = virtio_gpu_protected_import_own(dev, buf);
	if (obj)
		return obj;

	if (!tee_dma_buf_is_protected(buf, NULL))
		return NULL;

	/* Not as an ordinary object, which would not say what it is. */
	if (!virtio_gpu_protected_supported(dev->dev_private))
		return ERR_PTR(-ENODEV);

	return virtio_gpu_protected_import_memory(dev, buf);
}

static void virtio_gpu_protected_fini(void *dev)
{
	tee_heap_remove_importer(dev);
}

/**
 * virtio_gpu_protected_init() - the device is there
 * @dev: the device
 *
 * Userspace learns which heaps suit it, for as long as it has this driver. Without
 * memory for that, it does not.
 */
void virtio_gpu_protected_init(struct drm_device *dev)
{
	struct virtio_gpu_device *vgdev = dev->dev_private;

	if (virtio_gpu_protected_supported(vgdev) &&
	    !tee_heap_add_importer(dev->dev))
		devm_add_action_or_reset(&vgdev->vdev->dev,
					 virtio_gpu_protected_fini, dev->dev);
}
