/* SPDX-License-Identifier: MIT */
/* A stateful decoder of V4L2, as a program sees it. Functions return 0 or -errno, if nothing else is said. */
#ifndef PROTEX_TESTS_V4L2_H
#define PROTEX_TESTS_V4L2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/videodev2.h>

#define BITSTREAM V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
#define PICTURES V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE

struct decoder {
	int fd;
	unsigned width, height, row, size; /* of pictures, from decoder_layout() */
	uint32_t pixel_format;
};

/* Opens the video device of this name. */
int decoder_open(struct decoder *d, const char *name);
void decoder_close(struct decoder *d);

int decoder_set_codec(struct decoder *d, uint32_t fourcc, unsigned bitstream_size);
/* Reads how pictures are. */
int decoder_layout(struct decoder *d);
/* A number of buffers, or -errno. */
int decoder_request(struct decoder *d, uint32_t queue, uint32_t memory, unsigned count);
/* The dma-buf of a picture that the kernel has allocated, or -errno. */
int decoder_export(struct decoder *d, uint32_t queue, unsigned index);
/* MAP_FAILED, with errno. */
void *decoder_map(struct decoder *d, uint32_t queue, unsigned index, size_t *size);
/* fd is of a dma-buf, or -1 for the kernel's memory. Used is of bitstream. */
int decoder_queue(struct decoder *d, uint32_t queue, unsigned index, int fd, unsigned used, uint64_t timestamp);
/* A buffer that is done: its index, or -EAGAIN when none is, or -errno. */
int decoder_dequeue(struct decoder *d, uint32_t queue, struct v4l2_buffer *buffer, struct v4l2_plane *plane);
int decoder_stream(struct decoder *d, uint32_t queue, bool on);
int decoder_stop(struct decoder *d);
int decoder_start(struct decoder *d);
/* Waits until one of POLLIN, POLLOUT and POLLPRI is there; what is, or -errno (-ETIMEDOUT after a minute). */
int decoder_wait(struct decoder *d, int events);
/* The type of the next event, or -errno. */
int decoder_event(struct decoder *d);

#endif
