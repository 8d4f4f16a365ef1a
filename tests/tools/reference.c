/* SPDX-License-Identifier: MIT */
/*
 * protex-reference: decodes frames of a clip, converts them to RGB as the screen should show them,
 * and says how near a picture of the screen comes.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "container.h"
#include "convert.h"
#include "crypto.h"
#include "image.h"
#include "json.h"
#include "video.h"

#define IDENTICAL 100.0 /* the PSNR of what does not differ, which has none */

struct options {
	const char *clip, *camera, *out;
	unsigned long frame, align;
	long x, y; /* -1: the middle */
	double least;
};

enum { OPTION_AT = 256, OPTION_LEAST, OPTION_ALIGN };

static const struct argp_option option_table[] = {
	{"frame", 'f', "N", 0, "The frame, counted from 0 (default: 0)", 0},
	{"camera", 'c', "FILE", 0, "The picture of the screen to compare with", 0},
	{"at", OPTION_AT, "X,Y", 0, "Where the video is on the screen (default: in its middle)", 0},
	{"out", 'o', "FILE", 0, "Write the reference as PNG", 0},
	{"least", OPTION_LEAST, "DB", 0, "Exit with 2 if the PSNR is less", 0},
	{"align", OPTION_ALIGN, "BYTES", 0,
	 "Stride alignment that the clip was packed with, for the digest (default: 64)", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end, rest;

	switch (key) {
	case 'f':
		o->frame = option_number(state, "--frame", arg, 0, UINT32_MAX - 1);
		return 0;
	case 'c':
		o->camera = arg;
		return 0;
	case 'o':
		o->out = arg;
		return 0;
	case OPTION_AT:
		if (sscanf(arg, "%ld,%ld%c", &o->x, &o->y, &rest) != 2 || o->x < 0 || o->y < 0)
			argp_error(state, "--at takes two numbers, X,Y");
		return 0;
	case OPTION_LEAST:
		o->least = strtod(arg, &end);
		if (end == arg || *end != '\0')
			argp_error(state, "--least takes a number");
		return 0;
	case OPTION_ALIGN:
		o->align = option_number(state, "--align", arg, 1, 65536);
		return 0;
	case ARGP_KEY_ARG:
		if (o->clip)
			argp_error(state, "one clip at a time");
		o->clip = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->clip)
			argp_error(state, "name the clip");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.args_doc = "CLIP",
	.doc = "Decodes a frame of CLIP, converts it to RGB with the clip's matrix and range and "
	       "chroma interpolated as Mesa does it, and prints, as JSON, its digest and how near a "
	       "picture of the screen comes (PSNR over R, G and B, in dB; 100 if nothing differs).",
};

/* Over red, green and blue of the whole reference. */
static double psnr(const struct image *reference, const struct image *camera, uint32_t x0,
		   uint32_t y0, int *worst)
{
	uint64_t sum = 0;
	double mean;

	*worst = 0;
	for (uint32_t y = 0; y < reference->height; y++) {
		const uint8_t *a = reference->pixels + (size_t)y * reference->width * 4;
		const uint8_t *b = camera->pixels + ((size_t)(y0 + y) * camera->width + x0) * 4;

		for (uint32_t i = 0; i < reference->width * 4; i++) {
			int difference = i % 4 == 3 ? 0 : abs(a[i] - b[i]);

			sum += (uint64_t)(difference * difference);
			if (difference > *worst)
				*worst = difference;
		}
	}
	if (sum == 0)
		return IDENTICAL;
	mean = (double)sum / ((double)reference->width * reference->height * 3);
	return fmin(10.0 * log10(255.0 * 255.0 / mean), IDENTICAL);
}

static int compare(const struct options *o, const struct image *reference, cJSON *json,
		   double *result, struct protex_error *error)
{
	struct image camera;
	uint32_t x, y;
	int worst, ret;

	ret = image_read(&camera, o->camera, error);
	if (ret < 0)
		return ret;
	if (camera.width < reference->width || camera.height < reference->height) {
		ret = fail(error, -EINVAL, "%s is smaller than the video", o->camera);
		goto out;
	}
	x = o->x >= 0 ? (uint32_t)o->x : (camera.width - reference->width) / 2;
	y = o->y >= 0 ? (uint32_t)o->y : (camera.height - reference->height) / 2;
	if (x > camera.width - reference->width || y > camera.height - reference->height) {
		ret = fail(error, -EINVAL, "the video at %" PRIu32 ",%" PRIu32 " is not all on %s", x,
			   y, o->camera);
		goto out;
	}
	*result = psnr(reference, &camera, x, y, &worst);
	json_string(json, "camera", o->camera);
	json_number(json, "psnr", *result);
	json_number(json, "worst_difference", worst);
out:
	free(camera.pixels);
	return ret;
}

/* Decodes up to the wanted frame, and leaves it in *frame. */
static int decode(const struct options *o, struct video *video, struct protex_layout *layout,
		  uint8_t **frame, struct protex_error *error)
{
	int ret = video_layout(video_info(video), (uint32_t)o->align, layout, error);

	if (ret < 0)
		return ret;
	*frame = malloc((size_t)layout->size);
	if (!*frame)
		return fail(error, -ENOMEM, "out of memory");
	for (unsigned long i = 0; i <= o->frame; i++) {
		ret = video_next(video, layout, *frame, error);
		if (ret == 0)
			return fail(error, -EINVAL, "%s has no frame %lu, but only %lu", o->clip,
				    o->frame, i);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int run(const struct options *o, double *result, struct protex_error *error)
{
	struct protex_layout layout;
	struct image reference = {0};
	const struct video_info *info;
	struct video *video;
	uint8_t *frame = NULL, digest[32];
	cJSON *json = json_object();
	int ret = video_open(&video, o->clip, error);

	if (ret < 0) {
		cJSON_Delete(json);
		return ret;
	}
	info = video_info(video);
	ret = decode(o, video, &layout, &frame, error);
	if (ret == 0)
		ret = crypto_sha256(frame, (size_t)layout.size, NULL, 0, digest, error);
	if (ret == 0) {
		reference = (struct image){info->width, info->height,
					   malloc((size_t)info->width * info->height * 4)};
		if (!reference.pixels)
			ret = fail(error, -ENOMEM, "out of memory");
	}
	if (ret == 0) {
		convert_nv12_to_xrgb(&layout, frame, info->matrix, info->full_range, info->width,
				     info->height, reference.pixels, info->width * 4);
		json_number(json, "frame", (double)o->frame);
		json_number(json, "width", info->width);
		json_number(json, "height", info->height);
		json_hex(json, "digest", digest, sizeof(digest));
		json_string(json, "chroma", "interpolated from the centre of its four pixels");
		if (o->out)
			ret = image_write(&reference, o->out, error);
	}
	if (ret == 0 && o->camera)
		ret = compare(o, &reference, json, result, error);
	if (ret == 0)
		json_print_and_free(json);
	else
		cJSON_Delete(json);
	free(reference.pixels);
	free(frame);
	video_close(video);
	return ret;
}

int main(int argc, char **argv)
{
	struct options options = {.x = -1, .y = -1, .align = 64};
	struct protex_error error;
	double result = IDENTICAL;

	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&parser, argc, argv, 0, NULL, &options);
	if (run(&options, &result, &error) < 0)
		return (int)report_failure("reference", &error);
	return result < options.least ? STATUS_NOT_AS_WANTED : STATUS_OK;
}
