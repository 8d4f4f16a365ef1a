/* SPDX-License-Identifier: MIT */
/* Bytes that are written one after the other, and boxes of MP4 files (ISO/IEC 14496-12) in them. */
#ifndef PROTEX_CONTENT_BYTES_H
#define PROTEX_CONTENT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *data;
	size_t size, room;
	bool failed; /* there was no memory: nothing was written from then on */
};

void bytes_free(struct bytes *bytes);
void bytes_put(struct bytes *bytes, const void *data, size_t size);
/* Big-endian, the low octets of value. */
void bytes_put_uint(struct bytes *bytes, uint64_t value, unsigned octets);
/* Removes some at the front. */
void bytes_drop(struct bytes *bytes, size_t size);

/* Begins a box, or one with version and flags; what is written until box_end(at) is in it. */
size_t box_begin(struct bytes *bytes, const char type[4]);
size_t box_begin_full(struct bytes *bytes, const char type[4], uint8_t version, uint32_t flags);
void box_end(struct bytes *bytes, size_t at);

/* A box that is there. */
struct box {
	const uint8_t *start;
	size_t size;	     /* with its header */
	const uint8_t *body; /* after the header */
	size_t body_size;
};

/* The box at the start of size bytes. false: there is none, or not all of it. */
bool box_at(const uint8_t *data, size_t size, struct box *box);
bool box_is(const struct box *box, const char type[4]);
/* The first box of that type among the boxes that size bytes are. */
bool box_find(const uint8_t *data, size_t size, const char type[4], struct box *box);

uint32_t read_be32(const uint8_t *p);
uint64_t read_be64(const uint8_t *p);
void write_be32(uint8_t *p, uint32_t value);

#endif
