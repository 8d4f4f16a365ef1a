/* SPDX-License-Identifier: MIT */
/* Fragmented MP4 files with an encrypted video, by libavformat's muxer. */
#ifndef PROTEX_CONTENT_MUX_H
#define PROTEX_CONTENT_MUX_H

#include <stdio.h>

#include <libavformat/avformat.h>

#include "protect_mp4.h"

struct mux;

/* Begins one, which is written to file. The protection is the caller's, and is used until the end. */
int mux_open(struct mux **mux, FILE *file, struct mp4_protection *protection,
	     struct protex_error *error);

/* Adds a stream, with what there is to know of it, before the first packet. One is a video. Returns its
 * number, or -ENOTSUP: MP4 has no such codec. */
int mux_add_stream(struct mux *mux, const AVStream *like, const AVCodecParameters *parameters,
		   AVRational time_base, struct protex_error *error);

/* Writes a packet of a stream, in the time base that was given. Takes its content. */
int mux_write(struct mux *mux, int stream, AVPacket *packet, struct protex_error *error);

/* Writes what is left. */
int mux_finish(struct mux *mux, struct protex_error *error);

/* Ends mux, which may be NULL. */
void mux_close(struct mux *mux);

#endif
