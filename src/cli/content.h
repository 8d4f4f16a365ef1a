/* SPDX-License-Identifier: MIT */
/*
 * Where encrypted frames become pictures. One interface, two implementations: content_protected.c
 * (a TEE decrypts into memory that the CPU cannot reach) and content_ordinary.c (this program
 * decrypts into memory that everyone can, to show what the first one is good for).
 */
#ifndef PROTEX_CLI_CONTENT_H
#define PROTEX_CLI_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include <gbm.h>

#include "container.h"

/* One thread at a time. */
struct content;

struct content_interface {
	int (*decrypt)(struct content *content, unsigned buffer, const uint8_t iv[16],
		       struct protex_error *error);
	int (*digest)(struct content *content, unsigned buffer, uint8_t digest[32],
		      struct protex_error *error);
	void (*destroy)(struct content *content);
};

#define CONTENT_BUFFERS 3u /* one on its way to the screen, one drawn, one decrypted */

/* Where a plane of a buffer is. Planes may share a dma-buf. */
struct content_plane {
	int dma_buf;
	uint32_t offset, stride;
};

struct content {
	const struct content_interface *interface;
	bool is_protected;
	uint64_t frame_size;
	uint32_t fourcc; /* of the buffers */
	uint32_t plane_count;
	void *ciphertext; /* put the next frame here, frame_size bytes */
	struct content_plane planes[CONTENT_BUFFERS][PROTEX_MAX_PLANES];
};

/* What both implementations begin with. */
static inline void content_init(struct content *content, const struct content_interface *interface,
				const struct container_header *header)
{
	content->interface = interface;
	content->frame_size = header->layout.size;
	content->fourcc = header->layout.fourcc;
	content->plane_count = header->layout.plane_count;
	for (unsigned b = 0; b < CONTENT_BUFFERS; b++)
		for (unsigned i = 0; i < PROTEX_MAX_PLANES; i++)
			content->planes[b][i].dma_buf = -1;
}

/* -ENODEV: this machine has no TEE, or no protected memory. -EBADMSG: the TA does not accept the
 * key. */
int content_create_protected(struct content **content, const struct container_header *header,
			     struct protex_error *error);

/* The device must live longer. */
int content_create_ordinary(struct content **content, const struct container_header *header,
			    struct gbm_device *device, const uint8_t kek[16],
			    struct protex_error *error);

/* Decrypts what is in ciphertext into a buffer, which nobody may be reading. */
static inline int content_decrypt(struct content *content, unsigned buffer, const uint8_t iv[16],
				  struct protex_error *error)
{
	return content->interface->decrypt(content, buffer, iv, error);
}

/* The SHA-256 of the frame in a buffer. -ENOTSUP: the TA was built without it. */
static inline int content_digest(struct content *content, unsigned buffer, uint8_t digest[32],
				 struct protex_error *error)
{
	return content->interface->digest(content, buffer, digest, error);
}

static inline void content_destroy(struct content *content)
{
	if (content)
		content->interface->destroy(content);
}

#endif
