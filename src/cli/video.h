/* SPDX-License-Identifier: MIT */
/*
 * Pictures from any file that libav reads, as NV12 in a layout of libprotex. Decoding is in ordinary
 * memory: this is what a content provider does, and what tests compare with.
 */
#ifndef PROTEX_CLI_VIDEO_H
#define PROTEX_CLI_VIDEO_H

#include <stdbool.h>
#include <stdint.h>

#include <protex/protex.h>

#include "keys.h"

/* One thread at a time. */
struct video;

struct video_info {
	uint32_t width, height; /* of the visible picture */
	uint32_t rate_numerator, rate_denominator; /* as far as the file says; see video_rate() */
	uint64_t frame_count; /* as far as the file says; 0 if it does not */
	uint8_t matrix;	      /* CONTAINER_MATRIX_* */
	uint8_t siting;	      /* CONTAINER_SITING_* */
	bool full_range;
	bool matrix_guessed; /* the clip does not say; by its size */
	bool siting_guessed;
};

/* Opens the best video stream of a file and decodes its first picture, so that info is known. The keys
 * are for one that is encrypted; they must stay. -EACCES: the key is not among them.
 * -EINVAL: there is none, or it cannot be decoded. -EINTR, here and below: stop_signal was set. */
int video_open(struct video **video, const char *path, const struct keys *keys,
	       struct protex_error *error);
void video_close(struct video *video);
const struct video_info *video_info(const struct video *video);

/*
 * Writes the next picture to frame, layout->size bytes of it. The layout is of NV12, and at least as
 * large as the picture: its last column and row are repeated to fill it, padding is 0. Returns 1, or
 * 0 after the last picture.
 */
int video_next(struct video *video, const struct protex_layout *layout, uint8_t *frame,
	       struct protex_error *error);

/* Says on standard error, a line for each, what a clip has that its pictures alone do not keep. */
void video_tell_dropped(const struct video *video);

/* After the last picture: the constant rate at which they take as long as they do, and whether they
 * have times of their own, which that rate is not. */
void video_rate(const struct video *video, uint32_t *numerator, uint32_t *denominator, bool *varies);

/* How many packets and pictures could not be decoded, or not right. */
uint64_t video_lost(const struct video *video);

/* After the last picture: what says that the file is cut off or damaged, for people, or NULL. */
const char *video_complaint(const struct video *video);

/* The layout a picture of this size is packed in: even sides, so that chroma is whole. */
int video_layout(const struct video_info *info, uint32_t stride_align,
		 struct protex_layout *layout, struct protex_error *error);

#endif
