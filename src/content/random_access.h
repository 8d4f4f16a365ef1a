/* SPDX-License-Identifier: MIT */
/*
 * The index of a fragmented MP4 file (ISO/IEC 14496-12, 'mfra'), which players use to seek. Some have no other way:
 * GStreamer's qtdemux, of encrypted files.
 */
#ifndef PROTEX_CONTENT_RANDOM_ACCESS_H
#define PROTEX_CONTENT_RANDOM_ACCESS_H

#include <stdint.h>

#include "bytes.h"

/* Zero before the first fragment. */
struct random_access {
	uint32_t track_id, count;
	struct bytes entries;
};

/* Notes a 'moof' box at that offset of the file, if the track's samples in it begin with one that can be decoded on
 * its own. */
void random_access_note(struct random_access *index, const struct box *moof, uint32_t track_id, uint64_t offset);

/* Appends the boxes, which end the file. */
void random_access_write(const struct random_access *index, struct bytes *out);

void random_access_free(struct random_access *index);

#endif
