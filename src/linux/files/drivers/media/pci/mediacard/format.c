// SPDX-License-Identifier: GPL-2.0-only
/*
 * Media card: codecs and the layout of pictures.
 */
#include <linux/align.h>

#include "mediacard.h"

static const u32 fourccs[MEDIACARD_CODEC_COUNT] = {
	[MEDIACARD_CODEC_H264] = V4L2_PIX_FMT_H264,
	[MEDIACARD_CODEC_HEVC] = V4L2_PIX_FMT_HEVC,
	[MEDIACARD_CODEC_VP9] = V4L2_PIX_FMT_VP9,
	[MEDIACARD_CODEC_AV1] = V4L2_PIX_FMT_AV1,
};

u32 mediacard_codec_fourcc(enum mediacard_codec codec)
{
	return fourccs[codec];
}

/* Return: enum mediacard_codec, or -EINVAL. */
int mediacard_codec_find(u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fourccs); i++)
		if (fourccs[i] == fourcc)
			return i;

	return -EINVAL;
}

u32 mediacard_pixelformat(const struct mediacard_format *format)
{
	return format->depth > 8 ? V4L2_PIX_FMT_P010 : V4L2_PIX_FMT_NV12;
}

/* Bytes of a row. */
u32 mediacard_row_size(const struct mediacard_format *format)
{
	return ALIGN(format->width * (format->depth > 8 ? 2 : 1),
		     MEDIACARD_ROW_ALIGNMENT);
}

/* Bytes of a picture. */
u32 mediacard_picture_size(const struct mediacard_format *format)
{
	return mediacard_row_size(format) * (format->height + format->height / 2);
}

/* What there is before the stream says how it is. Colours are left as they are. */
void mediacard_format_default(struct mediacard_format *format, u32 width,
			      u32 height)
{
	format->visible_width =
		clamp(width, MEDIACARD_MIN_SIZE, MEDIACARD_MAX_WIDTH);
	format->visible_height =
		clamp(height, MEDIACARD_MIN_SIZE, MEDIACARD_MAX_HEIGHT);
	format->width = ALIGN(format->visible_width, 2);
	format->height = ALIGN(format->visible_height, 2);
	format->depth = 8;
}

/* The numbers are those of ITU-T H.273, and 2 is "unspecified" in each table. */
static void set_colours(struct mediacard_format *format, u8 primaries,
			u8 transfer, u8 matrix, bool full_range)
{
	switch (primaries) {
	case 1:
		format->colorspace = V4L2_COLORSPACE_REC709;
		break;
	case 4:
		format->colorspace = V4L2_COLORSPACE_470_SYSTEM_M;
		break;
	case 5:
		format->colorspace = V4L2_COLORSPACE_470_SYSTEM_BG;
		break;
	case 6:
	case 7:
		format->colorspace = V4L2_COLORSPACE_SMPTE170M;
		break;
	case 9:
		format->colorspace = V4L2_COLORSPACE_BT2020;
		break;
	case 11:
	case 12:
		format->colorspace = V4L2_COLORSPACE_DCI_P3;
		break;
	default:
		break;
	}

	switch (transfer) {
	case 1:
	case 6:
	case 14:
	case 15:
		format->xfer_func = V4L2_XFER_FUNC_709;
		break;
	case 7:
		format->xfer_func = V4L2_XFER_FUNC_SMPTE240M;
		break;
	case 8:
		format->xfer_func = V4L2_XFER_FUNC_NONE;
		break;
	case 13:
		format->xfer_func = V4L2_XFER_FUNC_SRGB;
		break;
	case 16:
		format->xfer_func = V4L2_XFER_FUNC_SMPTE2084;
		break;
	default:
		break;
	}

	switch (matrix) {
	case 1:
		format->ycbcr_enc = V4L2_YCBCR_ENC_709;
		break;
	case 5:
	case 6:
		format->ycbcr_enc = V4L2_YCBCR_ENC_601;
		break;
	case 7:
		format->ycbcr_enc = V4L2_YCBCR_ENC_SMPTE240M;
		break;
	case 9:
		format->ycbcr_enc = V4L2_YCBCR_ENC_BT2020;
		break;
	case 10:
		format->ycbcr_enc = V4L2_YCBCR_ENC_BT2020_CONST_LUM;
		break;
	default:
		break;
	}

	if (full_range)
		format->quantization = V4L2_QUANTIZATION_FULL_RANGE;
}

/**
 * mediacard_format_from_event() - take over what the device has found
 * @format:	what was known, and is updated
 * @event:	of type MEDIACARD_LAYOUT
 *
 * Return: 0, or -EPROTO for what cannot be.
 */
int mediacard_format_from_event(struct mediacard_format *format,
				const struct mediacard_event *event)
{
	u32 width = le32_to_cpu(event->stream.layout.width);
	u32 height = le32_to_cpu(event->stream.layout.height);
	u32 depth = le32_to_cpu(event->stream.layout.depth);
	u32 visible_width = le32_to_cpu(event->stream.visible_width);
	u32 visible_height = le32_to_cpu(event->stream.visible_height);

	if (!in_range(width, MEDIACARD_MIN_SIZE,
		      MEDIACARD_MAX_WIDTH - MEDIACARD_MIN_SIZE + 1) ||
	    !in_range(height, MEDIACARD_MIN_SIZE,
		      MEDIACARD_MAX_HEIGHT - MEDIACARD_MIN_SIZE + 1) ||
	    width % 2 || height % 2 || (depth != 8 && depth != 10) ||
	    !visible_width || visible_width > width ||
	    !visible_height || visible_height > height)
		return -EPROTO;

	format->width = width;
	format->height = height;
	format->depth = depth;
	format->visible_width = visible_width;
	format->visible_height = visible_height;
	set_colours(format, event->stream.primaries, event->stream.transfer,
		    event->stream.matrix, event->stream.full_range);

	return 0;
}
