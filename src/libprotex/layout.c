/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <protex/protex.h>

#include "error.h"

#define MAX_STRIDE_ALIGN 65536u

struct plane_format {
	uint8_t bytes_per_sample;
	uint8_t horizontal_shift; /* log2 of the subsampling */
	uint8_t vertical_shift;
};

static const struct format {
	uint32_t fourcc;
	const char *name;
	uint8_t plane_count;
	struct plane_format planes[PROTEX_MAX_PLANES];
} formats[] = {
	{PROTEX_FORMAT_NV12, "NV12", 2, {{1, 0, 0}, {2, 1, 1}}},
	{PROTEX_FORMAT_P010, "P010", 2, {{2, 0, 0}, {4, 1, 1}}},
	{PROTEX_FORMAT_XRGB8888, "XRGB8888", 1, {{4, 0, 0}}},
	{PROTEX_FORMAT_ARGB8888, "ARGB8888", 1, {{4, 0, 0}}},
	{PROTEX_FORMAT_RGB565, "RGB565", 1, {{2, 0, 0}}},
};

#define FORMAT_COUNT (sizeof(formats) / sizeof(formats[0]))

static const struct format *find_format(uint32_t fourcc)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		if (formats[i].fourcc == fourcc)
			return &formats[i];
	return NULL;
}

const char *protex_format_name(uint32_t fourcc)
{
	const struct format *format = find_format(fourcc);

	return format ? format->name : NULL;
}

uint32_t protex_format_from_name(const char *name)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		if (strcmp(formats[i].name, name) == 0)
			return formats[i].fourcc;
	return 0;
}

/* Divides by 1 << shift and rounds up; cannot overflow, unlike adding first. */
static uint32_t subsampled(uint32_t n, unsigned shift)
{
	return (n >> shift) + ((n & ((1u << shift) - 1)) != 0);
}

static uint64_t align_up(uint64_t n, uint32_t align)
{
	return (n + align - 1) & ~(uint64_t)(align - 1);
}

int protex_layout_init(struct protex_layout *layout, uint32_t width, uint32_t height,
		       uint32_t fourcc, uint64_t modifier, uint32_t stride_align,
		       struct protex_error *error)
{
	const struct format *format = find_format(fourcc);
	struct protex_layout result = {
		.width = width,
		.height = height,
		.fourcc = fourcc,
		.modifier = modifier,
	};
	/* Below 2^32 until the last plane is laid out, and no sum here exceeds 2^64: a stride and a
	 * height are 32 bits each. */
	uint64_t end = 0;

	if (stride_align == 0)
		stride_align = 1;
	if (width == 0 || height == 0)
		return protex_fail(error, -EINVAL, "a picture of %" PRIu32 "x%" PRIu32 " is empty",
				   width, height);
	if ((stride_align & (stride_align - 1)) != 0 || stride_align > MAX_STRIDE_ALIGN)
		return protex_fail(error, -EINVAL,
				   "stride alignment %" PRIu32
				   " is not a power of two up to %u",
				   stride_align, MAX_STRIDE_ALIGN);
	if (!format)
		return protex_fail(error, -ENOTSUP,
				   "format 0x%08" PRIx32
				   " is not known: use NV12, P010, XRGB8888, ARGB8888 or RGB565",
				   fourcc);
	if (modifier != PROTEX_MODIFIER_LINEAR)
		return protex_fail(error, -ENOTSUP,
				   "modifier 0x%" PRIx64 " is not known: only linear (0) is",
				   modifier);

	result.plane_count = format->plane_count;
	for (unsigned i = 0; i < format->plane_count; i++) {
		const struct plane_format *pf = &format->planes[i];
		struct protex_plane *plane = &result.planes[i];
		uint64_t row_size, stride;

		plane->width = subsampled(width, pf->horizontal_shift);
		plane->height = subsampled(height, pf->vertical_shift);
		plane->bytes_per_sample = pf->bytes_per_sample;
		row_size = (uint64_t)plane->width * pf->bytes_per_sample;
		stride = align_up(row_size, stride_align);
		end = align_up(end, stride_align);
		if (stride > UINT32_MAX || end > UINT32_MAX)
			return protex_fail(error, -EOVERFLOW,
					   "a %s picture of %" PRIu32 "x%" PRIu32
					   " is too large: offsets and strides have 32 bits",
					   format->name, width, height);
		plane->row_size = (uint32_t)row_size;
		plane->stride = (uint32_t)stride;
		plane->offset = (uint32_t)end;
		end += stride * plane->height;
	}
	result.size = end;
	*layout = result;
	return 0;
}
