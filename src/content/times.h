/* SPDX-License-Identifier: MIT */
/* The times of packets, as muxers and encoders want them: whatever a file says. */
#ifndef PROTEX_CONTENT_TIMES_H
#define PROTEX_CONTENT_TIMES_H

#include <stdbool.h>
#include <stdint.h>

#include <libavcodec/packet.h>

/* Of one stream */
struct times {
	int64_t last_dts; /* AV_NOPTS_VALUE before the first */
	/* Where a container has no decoding times: how much earlier than its pictures are shown they are
	 * decoded, in pictures, and how long one is, where its packet does not say. 0: unknown. */
	int64_t delay, duration;
	uint64_t out_of_order; /* so far: packets whose times did not go up, and do now */
};

/* A time, or AV_NOPTS_VALUE for one that nobody can add to: no clip is that long. */
int64_t times_sane(int64_t time);

/* Gives the next packet of the stream times that go up. */
void times_mend(struct times *times, AVPacket *packet);

#endif
