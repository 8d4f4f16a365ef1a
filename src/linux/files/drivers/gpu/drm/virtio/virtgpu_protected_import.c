// SPDX-License-Identifier: MIT
/*
 * Memory objects: TEE-protected dma-bufs, imported.
 *
 * A memory object is memory and nothing else. Resources are created on it, with
 * a format and a size, by giving its handle to RESOURCE_CREATE; each plane of a
 * picture is one. The host gets the addresses of the whole memory as their
 * backing, and each transfer says at which offset to read.
 */
#include <linux/dma-buf.h>
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

/*
 * The memory is mapped for the device to read, and stays where it is as long as
 * the object lives: the TEE cannot move it.
 */
static struct drm_gem_object *
virtio_gpu_protected_import_memory(struct drm_device *dev, struct dma_buf *buf)
{
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

	get_dma_buf(buf);

	protected->base.is_protected = true;
	protected->base.sgt = sgt;

	obj = &protected->base.base.base;
	obj->funcs = &virtio_gpu_protected_memory_funcs;
	obj->resv = buf->resv;
	obj->import_attach = attach;
	drm_gem_private_object_init(dev, obj, buf->size);

	return obj;

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
 * TEE-protected and the device cannot have protected content; or -ENOMEM, or
 * what the exporter said.
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

/**
 * virtio_gpu_protected_memory_entries() - where the device finds the memory
 * @memory: a memory object
 * @ents: set to an array to be freed with kvfree()
 * @nents: set to the number of entries
 *
 * Return: 0 or -ENOMEM.
 */
int virtio_gpu_protected_memory_entries(struct drm_gem_object *memory,
					struct virtio_gpu_mem_entry **ents,
					unsigned int *nents)
{
	struct virtio_gpu_device *vgdev = memory->dev->dev_private;
	struct sg_table *sgt = gem_to_virtio_gpu_obj(memory)->sgt;
	bool use_dma_api = virtio_gpu_use_dma_api(vgdev->vdev);
	struct scatterlist *sg;
	int i;

	*nents = use_dma_api ? sgt->nents : sgt->orig_nents;
	*ents = kvcalloc(*nents, sizeof(**ents), GFP_KERNEL);
	if (!*ents)
		return -ENOMEM;

	if (use_dma_api) {
		for_each_sgtable_dma_sg(sgt, sg, i) {
			(*ents)[i].addr = cpu_to_le64(sg_dma_address(sg));
			(*ents)[i].length = cpu_to_le32(sg_dma_len(sg));
		}
	} else {
		/* The device uses physical addresses, whatever its bus does. */
		for_each_sgtable_sg(sgt, sg, i) {
			(*ents)[i].addr = cpu_to_le64(sg_phys(sg));
			(*ents)[i].length = cpu_to_le32(sg->length);
		}
	}

	return 0;
}
