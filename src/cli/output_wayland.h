/* SPDX-License-Identifier: MIT */
/* What the two ways into a Wayland window have in common. */
#ifndef PROTEX_CLI_OUTPUT_WAYLAND_H
#define PROTEX_CLI_OUTPUT_WAYLAND_H

#include "output.h"
#include "wayland_dmabuf.h"
#include "wayland_window.h"

struct output_wayland {
	struct output base;
	struct window *window;
	struct dmabuf_feedback feedback;
	const struct content *content;
	int node; /* of the compositor's device, for base.device, or -1 */
	const char *way;
	bool is_fresh; /* the picture drawn last was not shown yet */
	unsigned slot; /* of it */
};

/* output_wayland_gl.c, output_wayland_direct.c. They begin with a struct output_wayland. */
int output_wayland_gl(struct output_wayland **output, struct protex_error *error);
int output_wayland_direct(struct output_wayland **output, bool scanout, struct protex_error *error);

/* Takes the size that the compositor wants, and places the picture. */
int wayland_place(struct output_wayland *output, struct protex_error *error);

/* Parts of their interfaces. */
int wayland_begin_wait(struct output *output, struct pollfd *poll, struct protex_error *error);
int wayland_end_wait(struct output *output, short revents, struct protex_error *error);
void wayland_describe(struct output *output, cJSON *json);

/* Closes the window and frees the output. */
void wayland_close(struct output_wayland *output);

#endif
