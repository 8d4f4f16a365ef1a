/* SPDX-License-Identifier: MIT */
/* A decoded frame as it lies in the guest's memory: NV12, or P010. */
#ifndef MEDIACARD_PICTURE_H
#define MEDIACARD_PICTURE_H

#include <libavutil/frame.h>

#include "windows.h"

/* In the host's byte order. */
struct layout {
	uint32_t width, height, depth;
};

/* False for what the card has no format for: 4:2:2, 4:4:4, 12 bits; or what is too small or too large. */
bool picture_layout(int width, int height, enum AVPixelFormat format, struct layout *layout);

uint32_t picture_row(const struct layout *layout);
uint32_t picture_size(const struct layout *layout);

/* Writes all of picture_size(): what is beyond the frame repeats its border, or is zero. row is room for a row.
 * False when the window does not allow it. */
bool picture_write(const AVFrame *frame, const struct layout *layout, uint8_t *row, const struct windows *windows,
		   uint32_t window, uint64_t offset, bool protected);

#endif
