/* SPDX-License-Identifier: MIT */
/* How libavformat says that a packet is encrypted, and what it found of keys. */
#ifndef PROTEX_CONTENT_PACKET_ENCRYPTION_H
#define PROTEX_CONTENT_PACKET_ENCRYPTION_H

#include <libavformat/avformat.h>

#include <protex/ta.h>

#include "cenc.h"
#include "keys.h"

/*
 * Fills in sample, whose subsamples the caller frees. A packet that is not encrypted has
 * PROTEX_SCHEME_NONE. -ENOTSUP: by a scheme other than cenc and cbcs. -EBADMSG: the file contradicts
 * itself.
 */
int packet_encryption(const AVPacket *packet, struct cenc_sample *sample, struct protex_error *error);

/* The key of that id which a file has for the protex TA (pssh.h). */
bool packet_wrapped_key(const AVFormatContext *format, const uint8_t key_id[CENC_KEY_ID_SIZE],
			struct protex_ta_wrapped_key *key);

/* Decrypts a packet in place, if it is encrypted. -EACCES: its key is not among keys; the message
 * names it. */
int packet_decrypt(AVPacket *packet, const struct keys *keys, struct protex_error *error);

#endif
