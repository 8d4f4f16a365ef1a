/* SPDX-License-Identifier: MIT */
/*
 * Video files, read by libavformat: the file of that name and no other, whatever its name and whatever
 * is in it, and the stream that moves.
 */
#ifndef PROTEX_CONTENT_DEMUX_H
#define PROTEX_CONTENT_DEMUX_H

#include <signal.h>

#include <libavformat/avformat.h>

#include <protex/protex.h>

/* One thread at a time. */
struct demux;

/*
 * Opens a file or pipe. Where stop is not NULL and becomes other than 0, reading ends with -EINTR.
 * -EINVAL: no video, of no format that libavformat knows by its content, or without its index.
 * -ENOTSUP: encrypted in WebM's own way.
 */
int demux_open(struct demux **demux, const char *path, const volatile sig_atomic_t *stop,
	       struct protex_error *error);
void demux_close(struct demux *demux);

/* All streams; the demux's. */
AVFormatContext *demux_format(const struct demux *demux);
/* The video. */
AVStream *demux_video(const struct demux *demux);

/* Reads the next packet of any stream. Returns 1, or 0 at the end. */
int demux_read(struct demux *demux, AVPacket *packet, struct protex_error *error);

/* After the end: what says that the file is cut off or damaged, for people, or NULL. */
const char *demux_complaint(struct demux *demux);

/* Fills in error with what libav answered. */
int demux_fail(struct protex_error *error, const char *path, int code, const char *what);

#endif
