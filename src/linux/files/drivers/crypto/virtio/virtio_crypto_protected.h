/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys that the CPU cannot read: the driver hands the device the address of
 * one, in memory that a TEE protects.
 */
#ifndef _VIRTIO_CRYPTO_PROTECTED_H
#define _VIRTIO_CRYPTO_PROTECTED_H

#include <linux/errno.h>
#include <linux/types.h>

struct dma_buf;
struct dma_buf_attachment;
struct sg_table;
struct virtio_crypto;
struct virtio_crypto_ctrl_request;

/**
 * struct virtio_crypto_protected_key - a key in protected memory, for a device
 * @attach:	the memory's attachment to the device
 * @sgt:	and its mapping
 * @addr:	where the device finds the key
 * @len:	length of the key in bytes
 */
struct virtio_crypto_protected_key {
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	u64 addr;
	unsigned int len;
};

#ifdef CONFIG_CRYPTO_DEV_VIRTIO_PROTECTED
int virtio_crypto_protected_key_check(struct dma_buf *dmabuf, u64 offset,
				      unsigned int len);
int virtio_crypto_protected_key_map(struct virtio_crypto *vcrypto,
				    struct dma_buf *dmabuf, u64 offset,
				    unsigned int len,
				    struct virtio_crypto_protected_key *key);
void virtio_crypto_protected_key_unmap(struct virtio_crypto_protected_key *key);
int virtio_crypto_protected_session(struct virtio_crypto *vcrypto,
				    struct virtio_crypto_ctrl_request *request,
				    const struct virtio_crypto_protected_key *key);
#else
static inline int
virtio_crypto_protected_session(struct virtio_crypto *vcrypto,
				struct virtio_crypto_ctrl_request *request,
				const struct virtio_crypto_protected_key *key)
{
	return -EOPNOTSUPP;
}
#endif

#endif
