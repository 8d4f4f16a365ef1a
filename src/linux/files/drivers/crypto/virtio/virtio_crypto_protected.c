// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys that the CPU cannot read.
 *
 * A TEE has put the key into memory that is for keys of crypto devices and
 * nothing else. The device is told where that is when a session is made, and
 * reads it by DMA. Neither this driver nor anybody else of the normal world has
 * it.
 *
 * The device encrypts and decrypts for whoever asks, so what it takes for a key
 * can be found out if all but a little of it is known. Hence the key is to lie
 * in memory of that use case, for which the TEE sees to it that there never is a
 * key beside bytes that somebody knows, and at the begin of a slot.
 */
#include <linux/dma-buf.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/tee_drv.h>
#include <linux/virtio_config.h>

#include "virtio_crypto_common.h"
#include "virtio_crypto_protected.h"

MODULE_IMPORT_NS("DMA_BUF");

/**
 * virtio_crypto_protected_key_check() - can a device have a key there
 * @dmabuf:	dma-buf of any exporter
 * @offset:	where in it the key begins, in bytes
 * @len:	length of the key in bytes
 *
 * Return: 0; -EACCES if the memory is not protected, or for another use;
 * -EINVAL if there can be no key at @offset.
 */
int virtio_crypto_protected_key_check(struct dma_buf *dmabuf, u64 offset,
				      unsigned int len)
{
	enum tee_dma_heap_id use_case;

	if (!tee_dma_buf_is_protected(dmabuf, &use_case))
		return -EACCES;
	if (use_case != TEE_DMA_HEAP_CRYPTO_KEY)
		return -EACCES;

	if (offset % TEE_CRYPTO_KEY_SLOT_SIZE || len > TEE_CRYPTO_KEY_SLOT_SIZE)
		return -EINVAL;
	if (offset >= dmabuf->size || len > dmabuf->size - offset)
		return -EINVAL;

	return 0;
}

/* A slot is less than a page, and so not in two pieces. */
static int key_address(struct sg_table *sgt, bool use_dma_api, u64 offset,
		       unsigned int len, u64 *addr)
{
	unsigned int i, count = use_dma_api ? sgt->nents : sgt->orig_nents;
	struct scatterlist *sg;

	for_each_sg(sgt->sgl, sg, count, i) {
		u64 size = use_dma_api ? sg_dma_len(sg) : sg->length;

		if (offset < size) {
			if (len > size - offset)
				return -EINVAL;
			*addr = offset + (use_dma_api ? sg_dma_address(sg) :
							sg_phys(sg));
			return 0;
		}
		offset -= size;
	}

	return -EINVAL;
}

/**
 * virtio_crypto_protected_key_map() - let a device read a key
 * @vcrypto:	the device
 * @dmabuf:	memory that virtio_crypto_protected_key_check() agreed to
 * @offset:	where in it the key begins, in bytes
 * @len:	length of the key in bytes
 * @key:	set to where the device finds the key
 *
 * To be undone by virtio_crypto_protected_key_unmap().
 *
 * Return: 0; -EOPNOTSUPP if the device does not access memory by itself; or what
 * the memory's exporter says, which may not let this device at it.
 */
int virtio_crypto_protected_key_map(struct virtio_crypto *vcrypto,
				    struct dma_buf *dmabuf, u64 offset,
				    unsigned int len,
				    struct virtio_crypto_protected_key *key)
{
	struct virtio_device *vdev = vcrypto->vdev;
	bool use_dma_api = !virtio_has_dma_quirk(vdev);
	struct device *dev;
	int ret;

	/* Without the DMA API, physical addresses are what the device takes. */
	if (use_dma_api)
		dev = virtqueue_dma_dev(vcrypto->ctrl_vq);
	else
		dev = vdev->dev.parent;
	if (!dev)
		return -EOPNOTSUPP;

	key->attach = dma_buf_attach(dmabuf, dev);
	if (IS_ERR(key->attach))
		return PTR_ERR(key->attach);

	key->sgt = dma_buf_map_attachment_unlocked(key->attach, DMA_TO_DEVICE);
	if (IS_ERR(key->sgt)) {
		ret = PTR_ERR(key->sgt);
		goto err_detach;
	}

	ret = key_address(key->sgt, use_dma_api, offset, len, &key->addr);
	if (ret)
		goto err_unmap;
	key->len = len;

	return 0;

err_unmap:
	dma_buf_unmap_attachment_unlocked(key->attach, key->sgt, DMA_TO_DEVICE);
err_detach:
	dma_buf_detach(dmabuf, key->attach);
	return ret;
}

/**
 * virtio_crypto_protected_key_unmap() - the device has read a key
 * @key:	the key
 */
void virtio_crypto_protected_key_unmap(struct virtio_crypto_protected_key *key)
{
	struct dma_buf *dmabuf = key->attach->dmabuf;

	dma_buf_unmap_attachment_unlocked(key->attach, key->sgt, DMA_TO_DEVICE);
	dma_buf_detach(dmabuf, key->attach);
}

static void init_sg(struct scatterlist *sg, u64 addr, unsigned int len)
{
	sg_init_table(sg, 1);
	sg_dma_address(sg) = addr;
	sg_dma_len(sg) = len;
}

/**
 * virtio_crypto_protected_session() - make a session with a protected key
 * @vcrypto:	the device
 * @request:	what is asked of the device, and its answer
 * @key:	the key, mapped for @vcrypto
 *
 * The device has read the key when this returns.
 *
 * Return: 0 if @request has an answer, which may be a refusal; -ENOMEM or what
 * virtqueue_add_sgs_premapped() says, if the device was not asked.
 */
int virtio_crypto_protected_session(struct virtio_crypto *vcrypto,
				    struct virtio_crypto_ctrl_request *request,
				    const struct virtio_crypto_protected_key *key)
{
	struct scatterlist ctrl_sg, key_sg, input_sg;
	struct scatterlist *sgs[] = { &ctrl_sg, &key_sg, &input_sg };
	struct virtqueue *vq = vcrypto->ctrl_vq;
	dma_addr_t ctrl, input;
	int ret = -ENOMEM;

	ctrl = virtqueue_map_single_attrs(vq, &request->ctrl,
					  sizeof(request->ctrl),
					  DMA_TO_DEVICE, 0);
	if (virtqueue_map_mapping_error(vq, ctrl))
		return -ENOMEM;

	input = virtqueue_map_single_attrs(vq, &request->input,
					   sizeof(request->input),
					   DMA_FROM_DEVICE, 0);
	if (virtqueue_map_mapping_error(vq, input))
		goto out_unmap_ctrl;

	init_sg(&ctrl_sg, ctrl, sizeof(request->ctrl));
	init_sg(&key_sg, key->addr, key->len);
	init_sg(&input_sg, input, sizeof(request->input));
	ret = virtio_crypto_ctrl_vq_request_premapped(vcrypto, sgs, 2, 1,
						      request);

	virtqueue_unmap_single_attrs(vq, input, sizeof(request->input),
				     DMA_FROM_DEVICE, 0);
out_unmap_ctrl:
	virtqueue_unmap_single_attrs(vq, ctrl, sizeof(request->ctrl),
				     DMA_TO_DEVICE, 0);
	return ret;
}
