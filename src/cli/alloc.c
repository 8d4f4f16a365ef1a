/* SPDX-License-Identifier: MIT */
/* protex alloc: allocates a buffer, and runs a program with it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "command.h"
#include "json.h"
#include "run.h"
#include "ta_memory.h"

struct options {
	enum protex_use use;
	bool ordinary, json;
	unsigned long size, width, height, align;
	uint32_t format;
	int fill; /* -1: leave as it is */
	char **command;
};

enum { OPTION_ORDINARY = 256, OPTION_FILL };

static const struct argp_option option_table[] = {
	{"use", 'u', "USE", 0,
	 "secure-video (the default), trusted-ui, secure-video-record or crypto-key", 0},
	{"size", 's', "BYTES", 0, "Size of the buffer", 0},
	{"width", 'w', "PIXELS", 0, "Or: width of the picture it is to hold,", 0},
	{"height", 'h', "PIXELS", 0, "and height,", 0},
	{"format", 'f', "FORMAT", 0,
	 "and format: NV12 (the default), P010, XRGB8888, ARGB8888 or RGB565,", 0},
	{"align", 'a', "BYTES", 0, "and what strides are multiples of (default: 64)", 0},
	{"fill", OPTION_FILL, "BYTE", 0, "Let the TA set every byte to this first", 0},
	{"ordinary", OPTION_ORDINARY, NULL, 0,
	 "Allocate ordinary memory, that nobody protects, to see the difference", 0},
	{"json", 'j', NULL, 0, "Print the layout as JSON", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	struct protex_error error;

	switch (key) {
	case 'u':
		if (protex_use_from_name(arg, &options->use, &error) < 0)
			argp_error(state, "%s", error.message);
		return 0;
	case 's':
		options->size = option_number(state, "--size", arg, 1, LONG_MAX);
		return 0;
	case 'w':
		options->width = option_number(state, "--width", arg, 1, UINT32_MAX);
		return 0;
	case 'h':
		options->height = option_number(state, "--height", arg, 1, UINT32_MAX);
		return 0;
	case 'a':
		options->align = option_number(state, "--align", arg, 1, 65536);
		return 0;
	case 'f':
		options->format = protex_format_from_name(arg);
		if (options->format == 0)
			argp_error(state, "'%s' is not a format that is known: say NV12, P010, "
					  "XRGB8888, ARGB8888 or RGB565", arg);
		return 0;
	case OPTION_FILL:
		options->fill = (int)option_number(state, "--fill", arg, 0, 255);
		return 0;
	case OPTION_ORDINARY:
		options->ordinary = true;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->command = state->argv + state->next;
		return 0;
	case ARGP_KEY_END:
		if (!options->size == !(options->width && options->height))
			argp_error(state, "say --size, or --width and --height");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.args_doc = "[-- CMD [ARG...]]",
	.doc = "Allocates a protected buffer and prints what it is, and how a picture lies in it."
	       "\vCMD runs in place of protex, with the buffer as file descriptor 3 (and $PROTEX_FD is "
	       "\"3\"). Without CMD the buffer is freed again.",
};

static void print_layout(const struct options *options, const char *source,
			 const struct protex_layout *layout, const struct protex_buffer_info *info)
{
	if (options->json) {
		cJSON *json = json_object(), *planes = json_array();

		json_string(json, "allocator", source);
		json_string(json, "exporter", info->exporter);
		json_bool(json, "protected", info->is_protected);
		json_string(json, "use", info->is_protected ? protex_use_name(info->use) : NULL);
		json_number(json, "size", (double)info->size);
		for (uint32_t i = 0; i < layout->plane_count; i++) {
			cJSON *plane = json_object();

			json_number(plane, "offset", layout->planes[i].offset);
			json_number(plane, "stride", layout->planes[i].stride);
			json_number(plane, "width", layout->planes[i].width);
			json_number(plane, "height", layout->planes[i].height);
			json_add(planes, NULL, plane);
		}
		json_string(json, "format",
			    layout->plane_count ? protex_format_name(layout->fourcc) : NULL);
		json_add(json, "planes", planes);
		json_print_and_free(json);
		return;
	}
	printf("%s: %" PRIu64 " bytes, exported by %s, %s", source, info->size, info->exporter,
	       info->is_protected ? "protected for use " : "not protected\n");
	if (info->is_protected)
		printf("%s\n", protex_use_name(info->use));
	for (uint32_t i = 0; i < layout->plane_count; i++)
		printf("  plane %" PRIu32 ": offset %" PRIu32 ", stride %" PRIu32 ", %" PRIu32
		       "x%" PRIu32 " samples of %" PRIu32 " bytes\n",
		       i, layout->planes[i].offset, layout->planes[i].stride,
		       layout->planes[i].width, layout->planes[i].height,
		       layout->planes[i].bytes_per_sample);
}

static int fill_protected(int fd, uint8_t byte, struct protex_error *error)
{
	struct ta_memory m;
	struct protex_range range;
	int ret = ta_memory_open(&m, fd, error);

	if (ret < 0)
		return ret;
	range = (struct protex_range){m.memory, 0, protex_memory_size(m.memory)};
	ret = protex_ta_fill(m.session, &range, byte, error);
	ta_memory_close(&m);
	return ret;
}

static int fill_ordinary(int fd, uint64_t size, uint8_t byte, struct protex_error *error)
{
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE};
	void *mapping = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (mapping == MAP_FAILED)
		return fail(error, -errno, "cannot map the buffer to fill it: %s", strerror(errno));
	ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
	memset(mapping, byte, (size_t)size);
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE;
	ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
	munmap(mapping, (size_t)size);
	return 0;
}

static int allocate(const struct options *options, struct protex_allocator *allocator,
		    struct protex_error *error)
{
	struct protex_layout layout = {.size = options->size};
	struct protex_buffer_info info;
	int fd, ret = 0;

	if (!options->size)
		ret = protex_layout_init(&layout, (uint32_t)options->width,
					 (uint32_t)options->height, options->format,
					 PROTEX_MODIFIER_LINEAR, (uint32_t)options->align, error);
	if (ret < 0)
		return ret;
	fd = protex_allocator_alloc(allocator, layout.size, error);
	if (fd < 0)
		return fd;

	ret = protex_buffer_query(fd, &info, error);
	if (ret == 0 && options->fill >= 0)
		ret = options->ordinary
			      ? fill_ordinary(fd, info.size, (uint8_t)options->fill, error)
			      : fill_protected(fd, (uint8_t)options->fill, error);
	if (ret == 0) {
		print_layout(options, protex_allocator_name(allocator), &layout, &info);
		if (options->command && options->command[0])
			ret = run_with_buffer("alloc", options->command, fd);
	}
	close(fd);
	return ret;
}

int command_alloc(int argc, char **argv)
{
	struct options options = {
		.use = PROTEX_USE_SECURE_VIDEO,
		.format = PROTEX_FORMAT_NV12,
		.align = 64,
		.fill = -1,
	};
	struct protex_allocator *allocator = NULL;
	struct protex_error error;
	int ret;

	argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, &options);
	if (options.ordinary)
		ret = protex_allocator_create_ordinary(&allocator, &error);
	else
		ret = protex_allocator_create(&allocator, options.use, &error);
	if (ret == 0)
		ret = allocate(&options, allocator, &error);
	protex_allocator_destroy(allocator);
	return ret < 0 ? (int)report_failure("alloc", &error) : ret;
}
