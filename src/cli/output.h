/* SPDX-License-Identifier: MIT */
/*
 * Where pictures are shown. One interface, two implementations: output_screen.c (a monitor, by KMS)
 * and output_wayland.c (a window of a Wayland compositor).
 *
 * The order of calls: open; prepare(); then for each picture acquire(), draw(), show(), with waits
 * between them, as long as they are asked for; close.
 */
#ifndef PROTEX_CLI_OUTPUT_H
#define PROTEX_CLI_OUTPUT_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "content.h"
#include "json.h"

/* Where the video is on the screen or in the window, in pixels from the top left. */
struct region {
	uint32_t x, y, width, height;
};

/* One thread at a time. */
struct output;

struct output_interface {
	int (*prepare)(struct output *output, const struct content *content,
		       struct protex_error *error);
	int (*acquire)(struct output *output, unsigned slot, struct protex_error *error);
	int (*draw)(struct output *output, unsigned slot, struct protex_error *error);
	int (*show)(struct output *output, struct protex_error *error);
	int (*begin_wait)(struct output *output, struct pollfd *poll, struct protex_error *error);
	int (*end_wait)(struct output *output, short revents, struct protex_error *error);
	int (*export_shown)(struct output *output);
	void (*describe)(struct output *output, cJSON *json);
	void (*close)(struct output *output);
};

struct output {
	const struct output_interface *interface;
	const struct container_header *header;
	struct gbm_device *device; /* that shows: to allocate ordinary buffers from */
	bool scale;		   /* fill the output, rather than 1:1 */
	bool is_busy;		   /* a picture is on its way: no show() until it arrived */
	bool was_closed;	   /* by the user: nobody looks any more */
	uint32_t width, height;	   /* of the screen or window */
	struct region region;
};

struct output_options {
	const char *device, *mode; /* of the screen */
	const char *title;	   /* of the window */
	bool direct;		   /* the compositor gets the content's buffers: no GL here */
	bool scanout;		   /* direct, and only ever straight to the display */
	bool fullscreen;
	bool scale;
	bool is_protected;
};

/* The header must live longer. -ENODEV: there is no such output, or it lacks something. */
int output_open_screen(struct output **output, const struct output_options *options,
		       const struct container_header *header, struct protex_error *error);
int output_open_wayland(struct output **output, const struct output_options *options,
			const struct container_header *header, struct protex_error *error);

/* Puts the picture in the middle of a screen or window of width × height. Where it does not fit 1:1
 * it is made smaller if it may be, and otherwise that fails. */
int output_place(struct output *output, uint32_t width, uint32_t height, bool may_shrink,
		 struct protex_error *error);

/* Makes the content's buffers known; it must live longer. */
static inline int output_prepare(struct output *output, const struct content *content,
				 struct protex_error *error)
{
	return output->interface->prepare(output, content, error);
}

/* Returns 1 if nobody reads the content's buffer any more, so that it may be changed, or 0 if there
 * are events to wait for until then. */
static inline int output_acquire(struct output *output, unsigned slot, struct protex_error *error)
{
	return output->interface->acquire(output, slot, error);
}

/* Makes what is in a buffer the picture to show. */
static inline int output_draw(struct output *output, unsigned slot, struct protex_error *error)
{
	return output->interface->draw(output, slot, error);
}

/* Begins to show what was drawn last, also once more. */
static inline int output_show(struct output *output, struct protex_error *error)
{
	return output->interface->show(output, error);
}

/* Says what to poll for. Returns 1 if events came without a poll: then there is no end_wait(). */
static inline int output_begin_wait(struct output *output, struct pollfd *poll,
				    struct protex_error *error)
{
	return output->interface->begin_wait(output, poll, error);
}

/* Takes in what poll said, or 0 if it was interrupted. */
static inline int output_end_wait(struct output *output, short revents, struct protex_error *error)
{
	return output->interface->end_wait(output, revents, error);
}

/* A new descriptor of the buffer that is shown, or -1 if it is not known. */
static inline int output_export_shown(struct output *output)
{
	return output->interface->export_shown(output);
}

/* Adds what the output is, and its own statistics. */
static inline void output_describe(struct output *output, cJSON *json)
{
	output->interface->describe(output, json);
}

static inline void output_close(struct output *output)
{
	if (output)
		output->interface->close(output);
}

#endif
