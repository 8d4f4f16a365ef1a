// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated TEE: which devices may have its memory.
 *
 * Each use case has memory of its own, since different parts of a system may have
 * it. Here is who, by driver: a driver that is named here must keep what its
 * device reads from the CPU, and a device that copies to other memory must be
 * unable to do it with this. Nobody else gets any. Who starts the kernel can add
 * to it, by tee.allow= on the command line; nobody can afterwards.
 */
#include <linux/kernel.h>

#include "tee_emu.h"

static const struct tee_heap_permission permissions[] = {
	/* The GPU, which has a firewall for it (virtgpu_protected.h) */
	{ TEE_DMA_HEAP_SECURE_VIDEO_PLAY, .bus = "virtio", .driver = "virtio_gpu" },
	{ TEE_DMA_HEAP_TRUSTED_UI, .bus = "virtio", .driver = "virtio_gpu" },
	/* The crypto device, which reads keys, and nobody who could show them */
	{ TEE_DMA_HEAP_CRYPTO_KEY, .bus = "virtio", .driver = "virtio_crypto" },
	/* The decoder, whose pictures are protected where the bitstream is (mediacard) */
	{ TEE_DMA_HEAP_SECURE_VIDEO_PLAY, .bus = "pci", .driver = "mediacard" },
};

/**
 * tee_emu_may_attach() - may a device have memory
 * @pool:	from any of the pools
 * @use_case:	what the memory is for
 * @dev:	the device
 *
 * Return: true if it may.
 */
bool tee_emu_may_attach(struct tee_protmem_pool *pool,
			enum tee_dma_heap_id use_case, struct device *dev)
{
	return tee_heap_permitted(permissions, ARRAY_SIZE(permissions),
				  use_case, dev);
}
