/* SPDX-License-Identifier: MIT */
/* protex pack: from a video to a container of encrypted frames. A program of its own, protex-pack,
 * that protex runs. */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "container.h"
#include "convert.h"
#include "crypto.h"
#include "json.h"
#include "video.h"

struct options {
	const char *input, *output, *kek;
	unsigned long frames; /* 0: all */
	unsigned long align;
	bool digests, json, quiet, xrgb;
};

static const struct argp_option option_table[] = {
	{"frames", 'n', "N", 0, "Pack the first N frames only", 0},
	{"align", 'a', "BYTES", 0, "Make strides multiples of BYTES, a power of two (default: 64)", 0},
	{"format", 'f', "FORMAT", 0,
	 "NV12 (the default), or XRGB8888, for displays that scan out nothing else", 0},
	{"kek", 'k', "FILE", 0,
	 "Wrap the content key with the key-encryption key in FILE (16 bytes, or 32 hexadecimal "
	 "digits), not with the public one of development builds", 0},
	{"no-digests", 'd', NULL, 0, "Leave out the SHA-256 of each frame's plaintext", 0},
	{"json", 'j', NULL, 0, "Print the result as JSON", 0},
	{"quiet", 'q', NULL, 0, "Show no progress", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'n':
		options->frames = option_number(state, "--frames", arg, 1, UINT32_MAX);
		return 0;
	case 'a':
		options->align = option_number(state, "--align", arg, 1, 65536);
		return 0;
	case 'f':
		options->xrgb = strcmp(arg, "XRGB8888") == 0;
		if (!options->xrgb && strcmp(arg, "NV12") != 0)
			argp_error(state, "--format takes NV12 or XRGB8888, not '%s'", arg);
		return 0;
	case 'k':
		options->kek = arg;
		return 0;
	case 'd':
		options->digests = false;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			options->input = arg;
		else if (state->arg_num == 1)
			options->output = arg;
		else
			argp_error(state, "there are too many arguments");
		return 0;
	case ARGP_KEY_END:
		if (!options->output)
			argp_error(state, "name the video and the file to write");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.args_doc = "CLIP OUT",
	.doc = "Decodes CLIP, a video that libav reads, and writes its frames to OUT, encrypted with "
	       "AES-128-CTR under a random key that only the TA can unwrap."
	       "\vOUT appears when it is complete; when packing fails or is interrupted, whatever was "
	       "there stays.",
};

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

static int prepare(struct packing *p, const struct options *options, struct protex_error *error)
{
	const struct video_info *info;
	int ret;

	if (options->kek) {
		ret = crypto_read_kek(options->kek, p->kek, error);
		if (ret < 0)
			return ret;
	} else {
		memcpy(p->kek, crypto_development_kek, sizeof(p->kek));
	}
	ret = video_open(&p->video, options->input, error);
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

static int pack(struct packing *p, const struct options *options, struct protex_error *error)
{
	bool progress = !options->quiet && isatty(STDERR_FILENO);
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

/* What people want to know of a file that was made all the same. Returns the exit status. */
static int tell(const struct packing *p, const struct options *options)
{
	bool all = options->frames == 0 || p->count < options->frames;
	const char *complaint = all ? video_complaint(p->video) : NULL;
	uint64_t lost = video_lost(p->video);

	video_tell_dropped(p->video);
	if (p->rate_varies)
		fprintf(stderr, "protex pack: %s: frames come at times of their own; raw ones play at "
				"a constant rate, as long in all\n", options->input);
	if (complaint)
		fprintf(stderr, "protex pack: %s: %s\n", options->input, complaint);
	if (lost)
		fprintf(stderr, "protex pack: %s: %" PRIu64 " of its packets or pictures are damaged\n",
			options->input, lost);
	return complaint || lost ? STATUS_NOT_AS_WANTED : STATUS_OK;
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

static void print_result(const struct packing *p, const struct options *options)
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

int main(int argc, char **argv)
{
	struct options options = {.align = 64, .digests = true};
	struct packing packing = {0};
	struct protex_error error;
	int ret, status = STATUS_OK;

	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&parser, argc, argv, 0, NULL, &options);
	watch_signals();

	ret = prepare(&packing, &options, &error);
	if (ret == 0)
		ret = pack(&packing, &options, &error);
	if (ret == 0) {
		print_result(&packing, &options);
		status = tell(&packing, &options);
	} else {
		status = (int)report_failure("pack", &error);
	}
	if (ret == -EINTR)
		status = STATUS_SIGNAL + stop_signal;
	release(&packing);
	if (fflush(stdout) != 0 && status != STATUS_FAILED) {
		fprintf(stderr, "protex pack: standard output: %s\n", strerror(errno));
		status = STATUS_FAILED;
	}
	return status;
}
