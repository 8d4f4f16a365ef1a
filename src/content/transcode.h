/* SPDX-License-Identifier: MIT */
/* From any video that libavcodec decodes to H.264, which every secure decoder takes. */
#ifndef PROTEX_CONTENT_TRANSCODE_H
#define PROTEX_CONTENT_TRANSCODE_H

#include <stdbool.h>

#include <libavformat/avformat.h>

#include <protex/protex.h>

struct transcoder;

/* -ENOTSUP: this libav lacks the decoder, or an encoder for H.264. */
int transcoder_open(struct transcoder **transcoder, AVFormatContext *format, AVStream *video,
		    struct protex_error *error);
void transcoder_close(struct transcoder *transcoder);

/* Decodes a packet, or, NULL, what is left. What is damaged is counted, and left out. */
int transcoder_send(struct transcoder *transcoder, const AVPacket *packet, struct protex_error *error);

/* The next packet of the H.264 stream, in the time base of the video. false: send more first, or the
 * end. */
bool transcoder_receive(struct transcoder *transcoder, AVPacket *packet);

/* Of the H.264 stream; NULL before the first picture was decoded. */
const AVCodecParameters *transcoder_parameters(const struct transcoder *transcoder);

/* How many packets and pictures could not be decoded, or not right. */
uint64_t transcoder_lost(const struct transcoder *transcoder);

/* What a picture has that the H.264 stream has not, for people, or NULL: "transparency", … */
const char *transcoder_dropped(const struct transcoder *transcoder, unsigned i);

#endif
