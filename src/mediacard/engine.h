/* SPDX-License-Identifier: MIT */
/*
 * A decoder in a thread of its own: bitstream that takes long, as what is none may, holds up nobody else. It does one
 * thing at a time, and nothing of it touches the machine's memory.
 */
#ifndef MEDIACARD_ENGINE_H
#define MEDIACARD_ENGINE_H

#include <pthread.h>
#include <stdbool.h>

#include <libavcodec/avcodec.h>

#include "mediacard_regs.h"

/* Those of all sessions, and as many that were closed and are not done yet. */
#define MOST_ENGINES (2 * MEDIACARD_MAX_SESSIONS)

struct engines {
	int done; /* an eventfd: one of them has done its work, or has ended */
	pthread_mutex_t lock;
	unsigned count;
};

/* What is in it is the caller's while it does nothing. */
struct engine {
	AVCodecContext *decoder;
	AVPacket *packet;
	AVFrame *frame;
	struct engine_thread *thread;
};

/* Exits when there is none. */
void engines_create(struct engines *all);
/* Closed ones count until they are done. */
unsigned engines_count(struct engines *all);

/* The codecs that this libavcodec has, a bit for each enum mediacard_codec. */
uint32_t engine_codecs(void);

/* NULL when there is no memory, no such codec, or no room among all of them. */
struct engine *engine_open(struct engines *all, enum mediacard_codec codec);
/* At once, whatever it does: what comes of that, nobody sees. */
void engine_close(struct engine *e);

/* Begins to decode the packet, or to drain when there is none; wipes its bytes when it is decoded. */
void engine_send(struct engine *e, bool drain, bool wipe);
/* Begins to get a frame. */
void engine_receive(struct engine *e);
/* False while it is at it; else what libavcodec said. */
bool engine_finish(struct engine *e, int *result);

#endif
