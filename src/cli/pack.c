/* SPDX-License-Identifier: MIT */
/* protex pack: from a video to an encrypted file. A program of its own, protex-pack, that protex
 * runs. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "crypto.h"
#include "pack.h"

#define OPTION_SCHEME 256
#define OPTION_CODEC 257
#define OPTION_CONTENT_KEY 258
#define OPTION_KEY_ID 259

static const struct argp_option option_table[] = {
	{"key", 'K', "[KID:]FILE", 0,
	 "The key of a CLIP that is encrypted: 16 bytes, or 32 hexadecimal digits; with KID, of that "
	 "key id only. Can be given more than once", 0},
	{"kek", 'k', "FILE", 0,
	 "Wrap the content key with the key-encryption key in FILE, not with the public one of "
	 "development builds", 0},
	{"json", 'j', NULL, 0, "Print the result as JSON", 0},
	{"quiet", 'q', NULL, 0, "Show no progress", 0},
	{NULL, 0, NULL, 0, "An MP4 file:", 1},
	{"codec", OPTION_CODEC, "CODEC", 0,
	 "copy (the default): H.264, HEVC, VP9 and AV1 stay as they are, others become H.264; h264: "
	 "transcode in any case", 1},
	{"scheme", OPTION_SCHEME, "SCHEME", 0,
	 "cenc (AES-128-CTR, the default), or cbcs (AES-128-CBC by a pattern)", 1},
	{"content-key", OPTION_CONTENT_KEY, "FILE", 0,
	 "Encrypt with the key in FILE, not a random one", 1},
	{"key-id", OPTION_KEY_ID, "KID", 0, "And call it KID, 32 hexadecimal digits", 1},
	{NULL, 0, NULL, 0, "Raw frames:", 2},
	{"raw", 'r', NULL, 0, "Write what a decoder gives, frame by frame", 2},
	{"frames", 'n', "N", 0, "Pack the first N frames only", 2},
	{"align", 'a', "BYTES", 0, "Make strides multiples of BYTES, a power of two (default: 64)", 2},
	{"format", 'f', "FORMAT", 0,
	 "NV12 (the default), or XRGB8888, for displays that scan out nothing else", 2},
	{"no-digests", 'd', NULL, 0, "Leave out the SHA-256 of each frame's plaintext", 2},
	{0},
};

/* Ends the program for an option of the other kind of file. */
static void check_kind(const struct argp_state *state, const struct pack_options *options,
		       const char *raw_option, const char *mp4_option)
{
	if (!options->raw && raw_option)
		argp_error(state, "%s is for --raw", raw_option);
	if (options->raw && mp4_option)
		argp_error(state, "%s is not for --raw", mp4_option);
}

/* The options of either kind that were given, to be checked when all are known. */
struct parsing {
	struct pack_options *options;
	const char *raw_option, *mp4_option;
};

static void add_key(struct argp_state *state, struct keys *keys, const char *text)
{
	struct protex_error error;

	if (keys_add(keys, text, &error) < 0)
		argp_failure(state, STATUS_FAILED, 0, "%s", error.message);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct parsing *parsing = state->input;
	struct pack_options *options = parsing->options;

	switch (key) {
	case 'r':
		options->raw = true;
		return 0;
	case 'n':
		parsing->raw_option = "--frames";
		options->frames = option_number(state, "--frames", arg, 1, UINT32_MAX);
		return 0;
	case 'a':
		parsing->raw_option = "--align";
		options->align = option_number(state, "--align", arg, 1, 65536);
		return 0;
	case 'f':
		parsing->raw_option = "--format";
		options->xrgb = strcmp(arg, "XRGB8888") == 0;
		if (!options->xrgb && strcmp(arg, "NV12") != 0)
			argp_error(state, "--format takes NV12 or XRGB8888, not '%s'", arg);
		return 0;
	case 'd':
		parsing->raw_option = "--no-digests";
		options->digests = false;
		return 0;
	case OPTION_CODEC:
		parsing->mp4_option = "--codec";
		options->transcode = strcmp(arg, "h264") == 0;
		if (!options->transcode && strcmp(arg, "copy") != 0)
			argp_error(state, "--codec takes copy or h264, not '%s'", arg);
		return 0;
	case OPTION_SCHEME:
		parsing->mp4_option = "--scheme";
		options->scheme = strcmp(arg, "cbcs") == 0 ? PROTEX_SCHEME_CBCS : PROTEX_SCHEME_CENC;
		if (strcmp(arg, "cenc") != 0 && strcmp(arg, "cbcs") != 0)
			argp_error(state, "--scheme takes cenc or cbcs, not '%s'", arg);
		return 0;
	case OPTION_CONTENT_KEY:
		parsing->mp4_option = "--content-key";
		options->content_key = arg;
		return 0;
	case OPTION_KEY_ID:
		parsing->mp4_option = "--key-id";
		options->key_id = arg;
		return 0;
	case 'K':
		add_key(state, &options->keys, arg);
		return 0;
	case 'k':
		options->kek = arg;
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
		check_kind(state, options, parsing->raw_option, parsing->mp4_option);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.args_doc = "CLIP OUT",
	.doc = "Writes CLIP, a video that libav reads, to OUT, a fragmented MP4 file whose video is "
	       "encrypted (Common Encryption) under a random key that only the TA can unwrap."
	       "\vOUT appears when it is complete; when packing fails or is interrupted, whatever was "
	       "there stays.",
};

int pack_read_kek(const struct pack_options *options, uint8_t kek[16], struct protex_error *error)
{
	if (options->kek)
		return crypto_read_key(options->kek, kek, error);
	memcpy(kek, crypto_development_kek, 16);
	return 0;
}

bool pack_shows_progress(const struct pack_options *options)
{
	return !options->quiet && isatty(STDERR_FILENO);
}

void pack_tell(const struct pack_options *options, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "protex pack: %s: ", options->input);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

int pack_tell_damage(const struct pack_options *options, const char *complaint, uint64_t lost)
{
	if (complaint)
		pack_tell(options, "%s", complaint);
	if (lost)
		pack_tell(options, "%" PRIu64 " of its packets or pictures are damaged", lost);
	return complaint || lost ? STATUS_NOT_AS_WANTED : STATUS_OK;
}

int main(int argc, char **argv)
{
	struct pack_options options = {.scheme = PROTEX_SCHEME_CENC, .align = 64, .digests = true};
	struct parsing parsing = {.options = &options};
	struct protex_error error;
	int ret, status;

	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&parser, argc, argv, 0, NULL, &parsing);
	watch_signals();

	ret = options.raw ? pack_raw(&options, &error) : pack_mp4(&options, &error);
	status = ret < 0 ? (int)report_failure("pack", &error) : ret;
	if (ret == -EINTR)
		status = STATUS_SIGNAL + stop_signal;
	keys_wipe(&options.keys);
	if (fflush(stdout) != 0 && status != STATUS_FAILED) {
		fprintf(stderr, "protex pack: standard output: %s\n", strerror(errno));
		status = STATUS_FAILED;
	}
	return status;
}
