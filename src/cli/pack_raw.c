/* SPDX-License-Identifier: MIT */
/* From a video to a container of encrypted frames (docs/container.md). */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "container.h"
#include "convert.h"
#include "crypto.h"
#include "json.h"
#include "pack.h"
#include "video.h"

/* What packing needs at hand; all of it is released by release(). */
struct packing {
	struct video *video;
	struct container_writer *writer;
	struct container_header header;
	struct protex_layout decoded; /* NV12 */
	uint8_t *picture;	      /* of that layout; the frame itself, if it is what is packed */
	uint8_t *frame;
	uint8_t kek[16], key[16];
	uint32_t count;
	uint64_t expected; /* 0: unknown */
	bool rate_varies;
};

static void release(struct packing *p)
{
	container_writer_abort(p->writer);
	video_close(p->video);
	if (p->picture && p->picture != p->frame) {
		crypto_wipe(p->picture, (size_t)p->decoded.size);
		free(p->picture);
	}
	if (p->frame)
		crypto_wipe(p->frame, (size_t)p->header.layout.size);
	free(p->frame);
	crypto_wipe(p->kek, sizeof(p->kek));
	crypto_wipe(p->key, sizeof(p->key));
}

static int prepare(struct packing *p, const struct pack_options *options, struct protex_error *error)
{
	const struct video_info *info;
	int ret;

	ret = pack_read_kek(options, p->kek, error);
	if (ret < 0)
		return ret;
	ret = video_open(&p->video, options->input, &options->keys, error);
	if (ret < 0)
		return ret;
	info = video_info(p->video);

	p->header = (struct container_header){
		.stride_align = (uint32_t)options->align,
		.visible_width = info->width,
		.visible_height = info->height,
		.rate_numerator = info->rate_numerator,
		.rate_denominator = info->rate_denominator,
		.matrix = info->matrix,
		.siting = info->siting,
		.full_range = info->full_range,
		.has_digests = options->digests,
	};
	ret = video_layout(info, p->header.stride_align, &p->decoded, error);
	p->header.layout = p->decoded;
	if (ret == 0 && options->xrgb)
		ret = protex_layout_init(&p->header.layout, p->decoded.width, p->decoded.height,
					 PROTEX_FORMAT_XRGB8888, PROTEX_MODIFIER_LINEAR,
					 p->header.stride_align, error);
	if (ret < 0)
		return ret;
	p->frame = malloc((size_t)p->header.layout.size);
	p->picture = options->xrgb ? malloc((size_t)p->decoded.size) : p->frame;
	if (!p->frame || !p->picture)
		return fail(error, -ENOMEM, "out of memory");

	p->expected = info->frame_count;
	if (options->frames && (p->expected == 0 || options->frames < p->expected))
		p->expected = options->frames;

	ret = crypto_random(p->key, sizeof(p->key), error);
	if (ret == 0)
		ret = crypto_wrap_key(p->kek, p->key, &p->header.wrapped_key, error);
	if (ret == 0)
		ret = container_writer_open(&p->writer, options->output, options->input,
					    &p->header, error);
	return ret;
}

/* Whether there was another one is what it returns, as video_next(). */
static int next_frame(struct packing *p, struct protex_error *error)
{
	const struct container_header *h = &p->header;
	int ret = video_next(p->video, &p->decoded, p->picture, error);

	if (ret > 0 && p->picture != p->frame) {
		/* What lies between rows, after the frame before was encrypted in place. */
		memset(p->frame, 0, (size_t)h->layout.size);
		convert_nv12_to_xrgb(&p->decoded, p->picture, h->matrix, h->full_range,
				     h->layout.width, h->layout.height, p->frame,
				     h->layout.planes[0].stride);
	}
	return ret;
}

/* With a fresh key for every file, the number of the frame is an IV that never comes twice. The last
 * eight bytes are the block counter. */
static int encrypt_frame(struct packing *p, struct protex_error *error)
{
	size_t size = (size_t)p->header.layout.size;
	uint64_t number = htobe64(p->count);
	struct container_frame frame = {0};
	int ret = 0;

	if (p->header.has_digests)
		ret = crypto_sha256(p->frame, size, NULL, 0, frame.digest, error);
	memcpy(frame.iv, &number, sizeof(number));
	if (ret == 0)
		ret = crypto_ctr(p->key, frame.iv, p->frame, p->frame, size, error);
	if (ret == 0)
		ret = container_writer_append(p->writer, &frame, p->frame, error);
	return ret;
}

static void show_progress(const struct packing *p)
{
	if (p->expected)
		fprintf(stderr, "\rpacked %" PRIu32 " of %" PRIu64 " frames", p->count, p->expected);
	else
		fprintf(stderr, "\rpacked %" PRIu32 " frames", p->count);
}

static int pack_frames(struct packing *p, const struct pack_options *options,
		       struct protex_error *error)
{
	bool progress = pack_shows_progress(options);
	int ret = 0;

	while (options->frames == 0 || p->count < options->frames) {
		ret = stop_signal ? -EINTR : 0;
		if (ret < 0)
			break;
		ret = next_frame(p, error);
		if (ret <= 0)
			break;
		ret = encrypt_frame(p, error);
		if (ret < 0)
			break;
		p->count++;
		if (progress && p->count % 10 == 0)
			show_progress(p);
	}
	if (progress) {
		show_progress(p);
		fputc('\n', stderr);
	}
	if (ret == -EINTR)
		return fail(error, ret, "interrupted; %s was not written", options->output);
	if (ret < 0)
		return ret;
	video_rate(p->video, &p->header.rate_numerator, &p->header.rate_denominator, &p->rate_varies);
	container_writer_set_rate(p->writer, p->header.rate_numerator, p->header.rate_denominator);
	ret = container_writer_finish(p->writer, error);
	p->writer = NULL;
	return ret;
}

static const char *matrix_name(uint8_t matrix)
{
	switch (matrix) {
	case CONTAINER_MATRIX_BT709:
		return "BT.709";
	case CONTAINER_MATRIX_BT2020:
		return "BT.2020";
	default:
		return "BT.601";
	}
}

static const char *const siting_names[] = {"left", "center", "top-left"};

static void print_result(const struct packing *p, const struct pack_options *options)
{
	const struct container_header *h = &p->header;
	const struct video_info *info = video_info(p->video);

	if (options->json) {
		cJSON *json = json_object();

		json_string(json, "file", options->output);
		json_number(json, "frames", p->count);
		json_number(json, "width", h->visible_width);
		json_number(json, "height", h->visible_height);
		json_string(json, "format", protex_format_name(h->layout.fourcc));
		json_number(json, "stride", h->layout.planes[0].stride);
		json_number(json, "frame_size", (double)h->layout.size);
		json_number(json, "fps", (double)h->rate_numerator / h->rate_denominator);
		json_string(json, "matrix", matrix_name(h->matrix));
		json_string(json, "range", h->full_range ? "full" : "limited");
		json_string(json, "siting", siting_names[h->siting]);
		json_bool(json, "digests", h->has_digests);
		json_print_and_free(json);
		return;
	}
	printf("%s: %" PRIu32 " frames of %" PRIu32 "x%" PRIu32 " %s at %.3f fps, %s%s %s range, "
	       "chroma %s%s\n",
	       options->output, p->count, h->visible_width, h->visible_height,
	       protex_format_name(h->layout.fourcc),
	       (double)h->rate_numerator / h->rate_denominator, matrix_name(h->matrix),
	       info->matrix_guessed ? " (the clip does not say)" : "",
	       h->full_range ? "full" : "limited", siting_names[h->siting],
	       info->siting_guessed ? " (the clip does not say)" : "");
}

/* What people want to know of a file that was made all the same. */
static int tell(const struct packing *p, const struct pack_options *options)
{
	bool all = options->frames == 0 || p->count < options->frames;

	video_tell_dropped(p->video);
	if (p->rate_varies)
		pack_tell(options, "frames come at times of their own; raw ones play at a constant "
				   "rate, as long in all");
	return pack_tell_damage(options, all ? video_complaint(p->video) : NULL,
				video_lost(p->video));
}

int pack_raw(const struct pack_options *options, struct protex_error *error)
{
	struct packing packing = {0};
	int ret = prepare(&packing, options, error);

	if (ret == 0)
		ret = pack_frames(&packing, options, error);
	if (ret == 0) {
		print_result(&packing, options);
		ret = tell(&packing, options);
	}
	release(&packing);
	return ret;
}
