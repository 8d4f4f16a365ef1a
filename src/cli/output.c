/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>

#include "fail.h"
#include "output.h"

/* The larger of the sizes that fit, with the picture's proportions. */
static void fit(struct region *r, uint32_t width, uint32_t height, uint32_t picture_width,
		uint32_t picture_height)
{
	r->width = width;
	r->height = (uint32_t)((uint64_t)width * picture_height / picture_width);
	if (r->height > height) {
		r->height = height;
		r->width = (uint32_t)((uint64_t)height * picture_width / picture_height);
	}
}

int output_place(struct output *output, uint32_t width, uint32_t height, bool may_shrink,
		 struct protex_error *error)
{
	uint32_t picture_width = output->header->visible_width;
	uint32_t picture_height = output->header->visible_height;
	bool fits = picture_width <= width && picture_height <= height;
	struct region r = {.width = picture_width, .height = picture_height};

	if (output->scale || (!fits && may_shrink))
		fit(&r, width, height, picture_width, picture_height);
	else if (!fits)
		r.width = 0;
	if (r.width == 0 || r.height == 0)
		return fail(error, -EINVAL,
			    "the picture of %" PRIu32 "x%" PRIu32 " does not fit on the screen of "
			    "%" PRIu32 "x%" PRIu32 ": use --scale, or --mode", picture_width,
			    picture_height, width, height);
	r.x = (width - r.width) / 2;
	r.y = (height - r.height) / 2;
	output->width = width;
	output->height = height;
	output->region = r;
	return 0;
}
