/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "content.h"
#include "fail.h"

struct protected_content {
	struct content base;
	struct protex_allocator *allocator;
	struct protex_tee *tee;
	struct protex_session *session;
	struct protex_memory *shared; /* the ciphertext, and behind it the descriptor */
	struct protex_memory *buffers[CONTENT_BUFFERS];
	uint32_t key_id;
};

static int protected_decrypt(struct content *content, unsigned buffer, const uint8_t iv[16],
			     struct protex_error *error)
{
	struct protected_content *c = (struct protected_content *)content;
	struct protex_decryption decryption = {
		.key_id = c->key_id,
		.source = {c->shared, 0, content->frame_size},
		.destination = c->buffers[buffer],
		.descriptor = {c->shared, content->frame_size, protex_ta_descriptor_size(0)},
	};

	for (unsigned i = 0; i < sizeof(decryption.iv); i++)
		decryption.iv[i] = iv[i];
	return protex_ta_decrypt(c->session, &decryption, error);
}

static int protected_digest(struct content *content, unsigned buffer, uint8_t digest[32],
			    struct protex_error *error)
{
	struct protected_content *c = (struct protected_content *)content;
	struct protex_range range = {c->buffers[buffer], 0, content->frame_size};

	return protex_ta_digest(c->session, &range, digest, error);
}

static void protected_destroy(struct content *content)
{
	struct protected_content *c = (struct protected_content *)content;

	for (unsigned i = 0; i < CONTENT_BUFFERS; i++) {
		protex_memory_close(c->buffers[i]);
		if (content->planes[i][0].dma_buf >= 0)
			close(content->planes[i][0].dma_buf);
	}
	protex_memory_close(c->shared);
	protex_session_close(c->session);
	protex_tee_close(c->tee);
	protex_allocator_destroy(c->allocator);
	free(c);
}

static const struct content_interface protected_interface = {
	.decrypt = protected_decrypt,
	.digest = protected_digest,
	.destroy = protected_destroy,
};

/* One dma-buf with all planes in it, known to the TA. */
static int add_buffer(struct protected_content *c, const struct protex_layout *layout,
		      unsigned buffer, struct protex_error *error)
{
	int fd = protex_allocator_alloc(c->allocator, layout->size, error);

	if (fd < 0)
		return fd;
	for (uint32_t i = 0; i < layout->plane_count; i++)
		c->base.planes[buffer][i] = (struct content_plane){
			fd, layout->planes[i].offset, layout->planes[i].stride};
	return protex_memory_import(&c->buffers[buffer], c->tee, fd, error);
}

int content_create_protected(struct content **out, const struct container_header *header,
			     struct protex_error *error)
{
	struct protected_content *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return fail(error, -ENOMEM, "out of memory");
	content_init(&c->base, &protected_interface, header);
	c->base.is_protected = true;

	ret = protex_allocator_create(&c->allocator, PROTEX_USE_SECURE_VIDEO, error);
	if (ret == 0)
		ret = protex_ta_open(&c->tee, &c->session, error);
	if (ret == 0)
		ret = protex_ta_unwrap_key(c->session, &header->wrapped_key,
					   sizeof(header->wrapped_key), &c->key_id, error);
	if (ret == 0)
		ret = protex_memory_alloc(&c->shared, c->tee,
					  (size_t)c->base.frame_size + protex_ta_descriptor_size(0),
					  error);
	for (unsigned i = 0; i < CONTENT_BUFFERS && ret == 0; i++)
		ret = add_buffer(c, &header->layout, i, error);
	if (ret < 0) {
		protected_destroy(&c->base);
		return ret;
	}
	c->base.ciphertext = protex_memory_data(c->shared);
	*out = &c->base;
	return 0;
}
