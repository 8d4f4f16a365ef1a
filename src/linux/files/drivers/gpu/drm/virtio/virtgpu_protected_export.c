// SPDX-License-Identifier: MIT
/*
 * The dma-buf of a protected object: a name for it, to hand to another process
 * and back to this device, and nothing else.
 */
#include <linux/dma-buf.h>

#include <drm/drm_gem.h>
#include <drm/drm_prime.h>

#include "virtgpu_protected.h"

MODULE_IMPORT_NS("DMA_BUF");

/* This device does not attach to what it exports itself: see import_own(). */
static int virtio_gpu_protected_attach(struct dma_buf *buf,
				       struct dma_buf_attachment *attach)
{
	return -EACCES;
}

static struct sg_table *
virtio_gpu_protected_map_dma_buf(struct dma_buf_attachment *attach,
				 enum dma_data_direction dir)
{
	return ERR_PTR(-EACCES);
}

static void
virtio_gpu_protected_unmap_dma_buf(struct dma_buf_attachment *attach,
				   struct sg_table *sgt,
				   enum dma_data_direction dir)
{
}

static int virtio_gpu_protected_cpu_access(struct dma_buf *buf,
					   enum dma_data_direction dir)
{
	return -EACCES;
}

static int virtio_gpu_protected_mmap(struct dma_buf *buf,
				     struct vm_area_struct *vma)
{
	return -EACCES;
}

static int virtio_gpu_protected_vmap(struct dma_buf *buf, struct iosys_map *map)
{
	return -EACCES;
}

static const struct dma_buf_ops virtio_gpu_protected_dmabuf_ops = {
	.attach = virtio_gpu_protected_attach,
	.map_dma_buf = virtio_gpu_protected_map_dma_buf,
	.unmap_dma_buf = virtio_gpu_protected_unmap_dma_buf,
	.begin_cpu_access = virtio_gpu_protected_cpu_access,
	.end_cpu_access = virtio_gpu_protected_cpu_access,
	.mmap = virtio_gpu_protected_mmap,
	.vmap = virtio_gpu_protected_vmap,
	.release = drm_gem_dmabuf_release,
};

/**
 * virtio_gpu_protected_export() - export a protected object
 * @obj: device storage or an object over memory
 * @flags: of the file, as for drm_gem_prime_export()
 *
 * Return: a dma-buf that nobody but this device can use, or an error.
 */
struct dma_buf *virtio_gpu_protected_export(struct drm_gem_object *obj,
					    int flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(exp_info);

	/* What userspace that has only the file can tell it by, in fdinfo. */
	exp_info.exp_name = "protected,virtio-gpu";
	exp_info.ops = &virtio_gpu_protected_dmabuf_ops;
	exp_info.size = obj->size;
	exp_info.flags = flags;
	exp_info.priv = obj;
	exp_info.resv = obj->resv;

	return drm_gem_dmabuf_export(obj->dev, &exp_info);
}

/**
 * virtio_gpu_protected_import_own() - take back what was exported
 * @dev: the device
 * @buf: any dma-buf
 *
 * Return: the object that @buf was exported from, with a reference, or NULL if
 * it is not a protected object of @dev.
 */
struct drm_gem_object *virtio_gpu_protected_import_own(struct drm_device *dev,
						       struct dma_buf *buf)
{
	struct drm_gem_object *obj;

	if (buf->ops != &virtio_gpu_protected_dmabuf_ops)
		return NULL;

	obj = buf->priv;
	if (obj->dev != dev)
		return NULL;

	drm_gem_object_get(obj);
	return obj;
}
