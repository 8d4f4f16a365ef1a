// SPDX-License-Identifier: GPL-2.0-only
/*
 * Media card: pictures in protected memory.
 *
 * A buffer is a dma-buf of the TEE's heap for secure video, which is allocated
 * here or imported. That can be exported and can do whatever the TEE's can do,
 * which does not include being mapped.
 */
#include <linux/dma-buf.h>
#include <linux/slab.h>
#include <linux/tee_drv.h>

#include "mediacard.h"

struct protected_buffer {
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attachment;
	struct sg_table *sgt;
	enum dma_data_direction direction;
};

static void *attach(struct vb2_buffer *vb, struct device *dev,
		    struct dma_buf *dmabuf)
{
	struct protected_buffer *buffer;

	buffer = kzalloc_obj(*buffer);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	buffer->attachment = dma_buf_attach(dmabuf, dev);
	if (IS_ERR(buffer->attachment)) {
		int ret = PTR_ERR(buffer->attachment);

		kfree(buffer);
		return ERR_PTR(ret);
	}
	buffer->dmabuf = dmabuf;
	buffer->direction = vb->vb2_queue->dma_dir;

	return buffer;
}

static void detach_dmabuf(void *priv)
{
	struct protected_buffer *buffer = priv;

	dma_buf_detach(buffer->dmabuf, buffer->attachment);
	kfree(buffer);
}

static int map_dmabuf(void *priv)
{
	struct protected_buffer *buffer = priv;
	struct sg_table *sgt;

	sgt = dma_buf_map_attachment_unlocked(buffer->attachment,
					      buffer->direction);
	if (IS_ERR(sgt))
		return PTR_ERR(sgt);
	buffer->sgt = sgt;

	return 0;
}

static void unmap_dmabuf(void *priv)
{
	struct protected_buffer *buffer = priv;

	dma_buf_unmap_attachment_unlocked(buffer->attachment, buffer->sgt,
					  buffer->direction);
	buffer->sgt = NULL;
}

static void *attach_dmabuf(struct vb2_buffer *vb, struct device *dev,
			   struct dma_buf *dmabuf, unsigned long size)
{
	int ret = mediacard_may_have(vb2_get_drv_priv(vb->vb2_queue),
				     vb->vb2_queue, dmabuf);

	if (ret)
		return ERR_PTR(ret);
	if (dmabuf->size < size)
		return ERR_PTR(-EINVAL);

	return attach(vb, dev, dmabuf);
}

static void *alloc(struct vb2_buffer *vb, struct device *dev,
		   unsigned long size)
{
	struct protected_buffer *buffer;
	struct dma_buf *dmabuf;
	int ret;

	dmabuf = tee_dma_buf_alloc(TEE_DMA_HEAP_SECURE_VIDEO_PLAY, size);
	if (IS_ERR(dmabuf))
		return dmabuf;
	buffer = attach(vb, dev, dmabuf);
	if (IS_ERR(buffer)) {
		dma_buf_put(dmabuf);
		return buffer;
	}
	ret = map_dmabuf(buffer);
	if (ret) {
		detach_dmabuf(buffer);
		dma_buf_put(dmabuf);
		return ERR_PTR(ret);
	}

	return buffer;
}

static void put(void *priv)
{
	struct protected_buffer *buffer = priv;
	struct dma_buf *dmabuf = buffer->dmabuf;

	unmap_dmabuf(buffer);
	detach_dmabuf(buffer);
	dma_buf_put(dmabuf);
}

static struct dma_buf *get_dmabuf(struct vb2_buffer *vb, void *priv,
				  unsigned long flags)
{
	struct protected_buffer *buffer = priv;

	get_dma_buf(buffer->dmabuf);

	return buffer->dmabuf;
}

/* Who has it exported has a dma-buf of his own, which stays when this goes. */
static unsigned int num_users(void *priv)
{
	return 1;
}

static int refuse_mmap(void *priv, struct vm_area_struct *vma)
{
	return -EACCES;
}

static void *cookie(struct vb2_buffer *vb, void *priv)
{
	struct protected_buffer *buffer = priv;

	return buffer->sgt;
}

const struct vb2_mem_ops mediacard_protected_memops = {
	.alloc = alloc,
	.put = put,
	.get_dmabuf = get_dmabuf,
	.num_users = num_users,
	.mmap = refuse_mmap,
	.attach_dmabuf = attach_dmabuf,
	.detach_dmabuf = detach_dmabuf,
	.map_dmabuf = map_dmabuf,
	.unmap_dmabuf = unmap_dmabuf,
	.cookie = cookie,
};
