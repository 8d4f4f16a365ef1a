/* SPDX-License-Identifier: MIT */
/* Which bytes of a sample are encrypted. */
#ifndef PROTEX_CONTENT_SUBSAMPLES_H
#define PROTEX_CONTENT_SUBSAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include <protex/protex.h>

/* As many as the table of a file has room for, which gives the size of an entry one octet. */
#define SUBSAMPLES_MAX 40

enum subsamples_codec {
	SUBSAMPLES_H264,
	SUBSAMPLES_HEVC,
	SUBSAMPLES_VP9,
	SUBSAMPLES_AV1,
};

/*
 * Finds them. What a player or parser reads without the key stays clear: lengths, headers of units, all
 * that is no picture, and the first bytes of pictures and slices, in which their own headers are. The
 * encrypted part of each is a multiple of 16, up to its end, so small ones are clear altogether.
 *
 * length_size is that of NAL units. Returns how many there are, at least one; -E2BIG: more than
 * SUBSAMPLES_MAX; -EBADMSG: the sample is not what its codec's samples are.
 */
int subsamples_find(enum subsamples_codec codec, unsigned length_size, const uint8_t *data, size_t size,
		    struct protex_subsample subsamples[SUBSAMPLES_MAX]);

#endif
