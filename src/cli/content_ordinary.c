/* SPDX-License-Identifier: MIT */
/*
 * Ordinary buffers of the GPU's own driver, since some drivers import nothing from elsewhere, and in
 * XRGB8888, since some import no NV12. Everyone can map them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "content.h"
#include "convert.h"
#include "crypto.h"
#include "fail.h"

struct ordinary_content {
	struct content base;
	struct container_header header;
	struct gbm_bo *buffers[CONTENT_BUFFERS];
	uint8_t *plaintext;
	uint8_t key[16];
};

static void copy_rows(const struct protex_layout *layout, const uint8_t *from, uint8_t *to,
		      uint32_t stride)
{
	for (uint32_t y = 0; y < layout->height; y++)
		memcpy(to + (size_t)y * stride, from + (size_t)y * layout->planes[0].stride,
		       (size_t)layout->width * 4);
}

static int upload(const struct ordinary_content *c, unsigned buffer, struct protex_error *error)
{
	const struct container_header *h = &c->header;
	struct gbm_bo *bo = c->buffers[buffer];
	void *mapping = NULL;
	uint32_t stride;
	uint8_t *to;

	to = gbm_bo_map(bo, 0, 0, h->layout.width, h->layout.height, GBM_BO_TRANSFER_WRITE,
			&stride, &mapping);
	if (!to)
		return fail(error, -EIO, "cannot map an ordinary buffer: %s", strerror(errno));
	if (h->layout.fourcc == PROTEX_FORMAT_XRGB8888)
		copy_rows(&h->layout, c->plaintext, to, stride);
	else
		convert_nv12_to_xrgb(&h->layout, c->plaintext, h->matrix, h->full_range,
				     h->layout.width, h->layout.height, to, stride);
	gbm_bo_unmap(bo, mapping);
	return 0;
}

static int ordinary_decrypt(struct content *content, unsigned buffer, const uint8_t iv[16],
			    struct protex_error *error)
{
	struct ordinary_content *c = (struct ordinary_content *)content;
	int ret;

	ret = crypto_ctr(c->key, iv, content->ciphertext, c->plaintext,
			 (size_t)content->frame_size, error);
	return ret < 0 ? ret : upload(c, buffer, error);
}

/* Of what was decrypted last, which is all that is ever asked for. */
static int ordinary_digest(struct content *content, unsigned buffer, uint8_t digest[32],
			   struct protex_error *error)
{
	struct ordinary_content *c = (struct ordinary_content *)content;

	(void)buffer;
	return crypto_sha256(c->plaintext, (size_t)content->frame_size, NULL, 0, digest, error);
}

static void ordinary_destroy(struct content *content)
{
	struct ordinary_content *c = (struct ordinary_content *)content;

	for (unsigned i = 0; i < CONTENT_BUFFERS; i++) {
		if (content->planes[i][0].dma_buf >= 0)
			close(content->planes[i][0].dma_buf);
		if (c->buffers[i])
			gbm_bo_destroy(c->buffers[i]);
	}
	free(content->ciphertext);
	free(c->plaintext);
	crypto_wipe(c->key, sizeof(c->key));
	free(c);
}

static const struct content_interface ordinary_interface = {
	.decrypt = ordinary_decrypt,
	.digest = ordinary_digest,
	.destroy = ordinary_destroy,
};

static int add_buffer(struct ordinary_content *c, struct gbm_device *device, unsigned i,
		      struct protex_error *error)
{
	struct content_plane *plane = &c->base.planes[i][0];
	struct gbm_bo *bo;

	bo = gbm_bo_create(device, c->header.layout.width, c->header.layout.height,
			   GBM_FORMAT_XRGB8888, GBM_BO_USE_LINEAR | GBM_BO_USE_RENDERING);
	if (!bo)
		return fail(error, -ENODEV, "GBM gave no ordinary buffer: %s", strerror(errno));
	c->buffers[i] = bo;
	plane->dma_buf = gbm_bo_get_fd(bo);
	if (plane->dma_buf < 0)
		return fail(error, -EIO, "GBM does not export an ordinary buffer: %s",
			    strerror(errno));
	plane->offset = gbm_bo_get_offset(bo, 0);
	plane->stride = gbm_bo_get_stride(bo);
	return 0;
}

int content_create_ordinary(struct content **out, const struct container_header *header,
			    struct gbm_device *device, const uint8_t kek[16],
			    struct protex_error *error)
{
	struct ordinary_content *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return fail(error, -ENOMEM, "out of memory");
	content_init(&c->base, &ordinary_interface, header);
	c->base.fourcc = PROTEX_FORMAT_XRGB8888;
	c->base.plane_count = 1;
	c->header = *header;

	ret = crypto_unwrap_key(kek, &header->wrapped_key, c->key, error);
	if (ret == 0) {
		c->base.ciphertext = malloc((size_t)c->base.frame_size);
		c->plaintext = malloc((size_t)c->base.frame_size);
		if (!c->base.ciphertext || !c->plaintext)
			ret = fail(error, -ENOMEM, "out of memory");
	}
	for (unsigned i = 0; i < CONTENT_BUFFERS && ret == 0; i++)
		ret = add_buffer(c, device, i, error);
	if (ret < 0) {
		ordinary_destroy(&c->base);
		return ret;
	}
	*out = &c->base;
	return 0;
}
