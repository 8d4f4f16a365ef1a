// SPDX-License-Identifier: GPL-2.0-only
/*
 * Media card: which memory a queue may have.
 *
 *			bitstream		pictures
 *	ordinary node	ordinary		ordinary
 *	protected node	ordinary, protected	protected
 *
 * So what was protected comes out protected, and what is in ordinary memory may
 * have come from there only.
 */
#include <linux/dma-buf.h>
#include <linux/init.h>
#include <linux/tee_drv.h>
#include <media/videobuf2-dma-sg.h>

#include "mediacard.h"

/**
 * mediacard_may_have() - may a queue have this dma-buf
 * @ctx:	whose queue
 * @q:		the queue
 * @dmabuf:	of any exporter
 *
 * Protected memory is for one use, and that of the decoder is secure video.
 *
 * Return: 0 or -EACCES.
 */
int mediacard_may_have(const struct mediacard_context *ctx,
		       const struct vb2_queue *q, struct dma_buf *dmabuf)
{
	enum tee_dma_heap_id use;

	if (tee_dma_buf_is_protected(dmabuf, &use))
		return ctx->protected && use == TEE_DMA_HEAP_SECURE_VIDEO_PLAY ?
		       0 : -EACCES;

	return ctx->protected && V4L2_TYPE_IS_CAPTURE(q->type) ? -EACCES : 0;
}

/* A buffer that its queue has. */
bool mediacard_vb_is_protected(struct vb2_buffer *vb)
{
	if (vb->memory == VB2_MEMORY_DMABUF)
		return tee_dma_buf_is_protected(vb->planes[0].dbuf, NULL);

	return vb->vb2_queue->mem_ops == &mediacard_protected_memops;
}

static void *attach_dmabuf(struct vb2_buffer *vb, struct device *dev,
			   struct dma_buf *dmabuf, unsigned long size)
{
	int ret = mediacard_may_have(vb2_get_drv_priv(vb->vb2_queue),
				     vb->vb2_queue, dmabuf);

	if (ret)
		return ERR_PTR(ret);

	return vb2_dma_sg_memops.attach_dmabuf(vb, dev, dmabuf, size);
}

/* Those of the kernel, which look at no dma-buf before they attach it. */
struct vb2_mem_ops mediacard_ordinary_memops __ro_after_init;

void __init mediacard_memory_init(void)
{
	mediacard_ordinary_memops = vb2_dma_sg_memops;
	mediacard_ordinary_memops.attach_dmabuf = attach_dmabuf;
}
