/* SPDX-License-Identifier: MIT */
/* What a compositor takes as dma-bufs, and handing it those of a content. */
#ifndef PROTEX_CLI_WAYLAND_DMABUF_H
#define PROTEX_CLI_WAYLAND_DMABUF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "content.h"
#include "wayland_window.h"

struct dmabuf_format {
	uint32_t fourcc;
	uint64_t modifier;
	bool scanout; /* the display itself may take it */
};

/* As the compositor's feedback tells; it may change. */
struct dmabuf_feedback {
	dev_t main_device;
	struct dmabuf_format *formats;
	size_t format_count;
	struct dmabuf_feedback_state *state;
};

/* Asks for the feedback that goes with no surface, and waits for it. -ENODEV: the compositor has no
 * linux-dmabuf-v1 of version 4. */
int dmabuf_feedback_get(struct dmabuf_feedback *feedback, struct window *window,
			struct protex_error *error);

/* Keeps up with the feedback of the window's surface from now on. */
int dmabuf_feedback_follow(struct dmabuf_feedback *feedback, struct window *window,
			   struct protex_error *error);
void dmabuf_feedback_release(struct dmabuf_feedback *feedback);

/* Makes a wl_buffer of a buffer of the content, of a container's size. direct_display: the compositor
 * must not use it but on a plane of the display. -ENODEV: the compositor does not take it. */
int dmabuf_create_buffer(struct wl_buffer **buffer, struct window *window,
			 const struct dmabuf_feedback *feedback, const struct content *content,
			 unsigned slot, const struct container_header *header, bool direct_display,
			 struct protex_error *error);

#endif
