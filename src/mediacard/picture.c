/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <string.h>

#include "picture.h"

bool picture_layout(int width, int height, enum AVPixelFormat format, struct layout *layout)
{
	switch (format) {
	case AV_PIX_FMT_YUV420P:
	case AV_PIX_FMT_YUVJ420P: layout->depth = 8; break;
	case AV_PIX_FMT_YUV420P10: layout->depth = 10; break;
	default: return false;
	}
	if (width < MEDIACARD_MIN_SIZE || width > MEDIACARD_MAX_WIDTH || height < MEDIACARD_MIN_SIZE ||
	    height > MEDIACARD_MAX_HEIGHT)
		return false;
	layout->width = ((uint32_t)width + 1) & ~1u;
	layout->height = ((uint32_t)height + 1) & ~1u;
	return true;
}

static uint32_t sample_size(const struct layout *layout)
{
	return layout->depth > 8 ? 2 : 1;
}

uint32_t picture_row(const struct layout *layout)
{
	return (layout->width * sample_size(layout) + MEDIACARD_ROW_ALIGNMENT - 1) & ~(MEDIACARD_ROW_ALIGNMENT - 1u);
}

uint32_t picture_size(const struct layout *layout)
{
	return picture_row(layout) * (layout->height + layout->height / 2);
}

/* P010 has its ten bits on top. */
static uint16_t ten_bits(uint16_t value)
{
	return htole16((uint16_t)(value << 6));
}

static void luma_row(uint8_t *row, const uint8_t *from, uint32_t have, const struct layout *layout)
{
	if (layout->depth == 8) {
		memcpy(row, from, have);
		memset(row + have, from[have - 1], layout->width - have);
	} else {
		const uint16_t *wide = (const void *)from;

		for (uint32_t x = 0; x < layout->width; x++)
			((uint16_t *)(void *)row)[x] = ten_bits(wide[x < have ? x : have - 1]);
	}
}

static void chroma_row(uint8_t *row, const uint8_t *cb, const uint8_t *cr, const struct layout *layout)
{
	uint32_t pairs = layout->width / 2;

	if (layout->depth == 8) {
		for (uint32_t x = 0; x < pairs; x++) {
			row[2 * x] = cb[x];
			row[2 * x + 1] = cr[x];
		}
	} else {
		const uint16_t *wide_cb = (const void *)cb, *wide_cr = (const void *)cr;
		uint16_t *wide = (void *)row;

		for (uint32_t x = 0; x < pairs; x++) {
			wide[2 * x] = ten_bits(wide_cb[x]);
			wide[2 * x + 1] = ten_bits(wide_cr[x]);
		}
	}
}

static const uint8_t *frame_row(const AVFrame *frame, int plane, uint32_t y)
{
	return frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane];
}

bool picture_write(const AVFrame *frame, const struct layout *layout, uint8_t *row, const struct windows *windows,
		   uint32_t window, uint64_t offset, bool protected)
{
	uint32_t size = picture_row(layout), height = (uint32_t)frame->height;

	/* All of it or nothing. */
	if (!windows_allow(windows, window, offset, picture_size(layout), MEDIACARD_WINDOW_WRITE, protected))
		return false;
	memset(row, 0, size);
	for (uint32_t y = 0; y < layout->height; y++, offset += size) {
		luma_row(row, frame_row(frame, 0, y < height ? y : height - 1), (uint32_t)frame->width, layout);
		windows_write(windows, window, offset, row, size, protected);
	}
	for (uint32_t y = 0; y < layout->height / 2; y++, offset += size) {
		chroma_row(row, frame_row(frame, 1, y), frame_row(frame, 2, y), layout);
		windows_write(windows, window, offset, row, size, protected);
	}
	return true;
}
