/* SPDX-License-Identifier: MIT */
/* How libavformat says that a packet is encrypted. */
#ifndef PROTEX_CONTENT_PACKET_ENCRYPTION_H
#define PROTEX_CONTENT_PACKET_ENCRYPTION_H

#include <libavcodec/packet.h>

#include "cenc.h"

/*
 * Fills in sample, whose subsamples the caller frees. A packet that is not encrypted has
 * PROTEX_SCHEME_NONE. -ENOTSUP: by a scheme other than cenc and cbcs. -EBADMSG: the file contradicts
 * itself.
 */
int packet_encryption(const AVPacket *packet, struct cenc_sample *sample, struct protex_error *error);

#endif
