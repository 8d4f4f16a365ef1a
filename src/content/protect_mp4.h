/* SPDX-License-Identifier: MIT */
/*
 * Common Encryption of a fragmented MP4 file that was made without it. libavformat's own muxer encrypts
 * whole files only, audio too, and writes neither 'pssh' nor, in fragments, what tells how a sample is
 * encrypted. So it makes the file as ever, and this adds what is missing.
 */
#ifndef PROTEX_CONTENT_PROTECT_MP4_H
#define PROTEX_CONTENT_PROTECT_MP4_H

#include <protex/protex.h>
#include <protex/ta.h>

#include "bytes.h"
#include "subsamples.h"

struct mp4_protection {
	enum protex_scheme scheme; /* PROTEX_SCHEME_CENC or PROTEX_SCHEME_CBCS */
	uint8_t key[16], key_id[16];
	struct protex_ta_wrapped_key wrapped_key; /* of key */
	/* PROTEX_SCHEME_CENC: 8 bytes for the next sample, counted up. PROTEX_SCHEME_CBCS: of all. */
	uint8_t iv[16];

	/* Learnt from the header */
	uint32_t track_id;
	enum subsamples_codec codec;
	unsigned nal_length_size;

	uint64_t samples; /* so far */
	uint64_t damaged; /* of them: not what their codec's samples are */
};

/* Appends the 'moov' box to out with its video track declared encrypted. */
int mp4_protect_header(struct mp4_protection *protection, const struct box *moov, struct bytes *out,
		       struct protex_error *error);

/* Encrypts the video track's samples in mdat, where they stay, and appends the 'moof' box and mdat to
 * out. -E2BIG: a picture in more slices than can be described. */
int mp4_protect_fragment(struct mp4_protection *protection, const struct box *moof, uint8_t *mdat,
			 size_t mdat_size, struct bytes *out, struct protex_error *error);

#endif
