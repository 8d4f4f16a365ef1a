/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "content.h"
#include "crypto.h"
#include "fail.h"

struct ordinary_content {
	struct content base;
	struct protex_allocator *allocator;
	uint8_t *buffers[CONTENT_BUFFERS];
	uint8_t key[16];
};

static void sync_cpu(int dma_buf, uint64_t flags)
{
	struct dma_buf_sync sync = {.flags = flags};

	ioctl(dma_buf, DMA_BUF_IOCTL_SYNC, &sync);
}

static int ordinary_decrypt(struct content *content, unsigned buffer, const uint8_t iv[16],
			    struct protex_error *error)
{
	struct ordinary_content *c = (struct ordinary_content *)content;
	int dma_buf = content->dma_bufs[buffer];
	int ret;

	sync_cpu(dma_buf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
	ret = crypto_ctr(c->key, iv, content->ciphertext, c->buffers[buffer],
			 (size_t)content->frame_size, error);
	sync_cpu(dma_buf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
	return ret;
}

static int ordinary_digest(struct content *content, unsigned buffer, uint8_t digest[32],
			   struct protex_error *error)
{
	struct ordinary_content *c = (struct ordinary_content *)content;

	return crypto_sha256(c->buffers[buffer], (size_t)content->frame_size, NULL, 0, digest,
			     error);
}

static void ordinary_destroy(struct content *content)
{
	struct ordinary_content *c = (struct ordinary_content *)content;

	for (unsigned i = 0; i < CONTENT_BUFFERS; i++) {
		if (c->buffers[i])
			munmap(c->buffers[i], (size_t)content->frame_size);
		if (content->dma_bufs[i] >= 0)
			close(content->dma_bufs[i]);
	}
	free(content->ciphertext);
	protex_allocator_destroy(c->allocator);
	crypto_wipe(c->key, sizeof(c->key));
	free(c);
}

static const struct content_interface ordinary_interface = {
	.decrypt = ordinary_decrypt,
	.digest = ordinary_digest,
	.destroy = ordinary_destroy,
};

static int add_buffer(struct ordinary_content *c, unsigned i, struct protex_error *error)
{
	int fd = protex_allocator_alloc(c->allocator, c->base.frame_size, error);
	void *mapping;

	if (fd < 0)
		return fd;
	c->base.dma_bufs[i] = fd;
	mapping = mmap(NULL, (size_t)c->base.frame_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (mapping == MAP_FAILED)
		return fail(error, -errno, "cannot map an ordinary buffer: %s", strerror(errno));
	c->buffers[i] = mapping;
	return 0;
}

int content_create_ordinary(struct content **out, const struct container_header *header,
			    const uint8_t kek[16], struct protex_error *error)
{
	struct ordinary_content *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return fail(error, -ENOMEM, "out of memory");
	c->base.interface = &ordinary_interface;
	c->base.frame_size = header->layout.size;
	for (unsigned i = 0; i < CONTENT_BUFFERS; i++)
		c->base.dma_bufs[i] = -1;

	ret = protex_allocator_create_ordinary(&c->allocator, error);
	if (ret == 0)
		ret = crypto_unwrap_key(kek, &header->wrapped_key, c->key, error);
	if (ret == 0) {
		c->base.ciphertext = malloc((size_t)c->base.frame_size);
		if (!c->base.ciphertext)
			ret = fail(error, -ENOMEM, "out of memory");
	}
	for (unsigned i = 0; i < CONTENT_BUFFERS && ret == 0; i++)
		ret = add_buffer(c, i, error);
	if (ret < 0) {
		ordinary_destroy(&c->base);
		return ret;
	}
	*out = &c->base;
	return 0;
}
