/* SPDX-License-Identifier: MIT */
/*
 * A film: bitstream as a decoder takes it, and how each picture of it lies in a buffer, by libavcodec and a few
 * lines of this program.
 */
#ifndef PROTEX_TESTS_FILM_H
#define PROTEX_TESTS_FILM_H

#include "player.h"

#define FILM_LENGTH 64

struct film {
	struct player player;
	uint32_t fourcc;
	AVPacket *packets[FILM_LENGTH];
	struct cenc_sample samples[FILM_LENGTH];
	struct bytes bitstream[FILM_LENGTH]; /* in ordinary memory */
	unsigned length;		     /* of those */
	struct bytes pictures[FILM_LENGTH];  /* of 8-bit 4:2:0 as NV12 with rows of FILM_ROW(width); of others none */
	unsigned picture_count;
};

#define FILM_ROW(width) (((unsigned)(width) + 63) & ~63u)

bool film_open(struct film *f, const char *path, const char *key_file, struct protex_error *error);
void film_close(struct film *f);

/* Has the TA put access unit n into the player's buffer, from its begin; the number of bytes, or 0. */
uint64_t film_decrypt(struct film *f, unsigned n, struct protex_error *error);

#endif
