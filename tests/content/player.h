/* SPDX-License-Identifier: MIT */
/*
 * An encrypted MP4 file on its way to a decoder: for each sample of its video, what the TA is to be told, and what
 * a decoder is to be handed, which is made in ordinary memory with the same key.
 */
#ifndef PROTEX_TESTS_PLAYER_H
#define PROTEX_TESTS_PLAYER_H

#include <stdbool.h>

#include <protex/ta.h>

#include "bytes.h"
#include "cenc.h"
#include "demux.h"

#define BUFFER_SIZE (4u << 20)

struct player {
	struct demux *demux;
	struct protex_allocator *allocator;
	struct protex_tee *tee;
	struct protex_session *session;
	struct protex_memory *shared, *buffer;
	int fd; /* of buffer, which is protected, and of BUFFER_SIZE bytes */
	uint8_t key[16];
	uint32_t key_id;
	unsigned nal_length_size;
	struct bytes head; /* parameter sets, which go before the first sample */
};

/* These say in error what is wrong. */
bool player_open(struct player *p, const char *path, struct protex_error *error);
void player_close(struct player *p);

/* The key of the file, for this program and for the TA: it is in the file, wrapped, or, of a file of somebody
 * else's, in key_file. */
bool player_find_key(struct player *p, const uint8_t id[16], const char *key_file, struct protex_error *error);

/* What the TA is to do with a sample: it goes to the buffer at offset. */
struct protex_sample player_describe(struct player *p, const AVPacket *packet, const struct cenc_sample *sample,
				     uint64_t offset);

/* Appends what the decoder is to be handed. */
bool player_expect(struct player *p, const AVPacket *packet, const struct cenc_sample *sample, struct bytes *to,
		   struct protex_error *error);

#endif
