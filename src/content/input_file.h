/* SPDX-License-Identifier: MIT */
/* A file or pipe as libavformat reads it. */
#ifndef PROTEX_CONTENT_INPUT_FILE_H
#define PROTEX_CONTENT_INPUT_FILE_H

#include <signal.h>

#include <libavformat/avio.h>

#include <protex/protex.h>

/* Opens it. The name is neither a URL nor a pattern. A stop other than 0 interrupts reading. */
int input_file_open(AVIOContext **io, const char *path, const volatile sig_atomic_t *stop,
		    struct protex_error *error);
void input_file_close(AVIOContext *io);

/*
 * Whether the boxes of an MP4 file go beyond its end, and whether it lacks its index (the moov box),
 * as one that was cut off before that was written. For files that are MP4 and can be sought in;
 * others are neither.
 */
void input_file_check_boxes(AVIOContext *io, int *cut_off, int *no_index);

#endif
