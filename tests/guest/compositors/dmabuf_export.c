/* SPDX-License-Identifier: MIT */
/*
 * dmabuf-export CMD…: has the compositor hand over the very buffer that its first output shows, and becomes CMD with
 * that dma-buf as descriptor 3.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "wlr-export-dmabuf-unstable-v1-client-protocol.h"

#include "connection.h"

#define PASSED_ON 3

struct export {
	int fd;
	bool is_ready;
};

static void on_frame(void *data, struct zwlr_export_dmabuf_frame_v1 *frame, uint32_t width, uint32_t height, uint32_t x,
		     uint32_t y, uint32_t buffer_flags, uint32_t flags, uint32_t format, uint32_t modifier_high,
		     uint32_t modifier_low, uint32_t object_count)
{
	(void)data;
	(void)frame;
	(void)width;
	(void)height;
	(void)x;
	(void)y;
	(void)buffer_flags;
	(void)flags;
	(void)format;
	(void)modifier_high;
	(void)modifier_low;
	(void)object_count;
}

static void on_object(void *data, struct zwlr_export_dmabuf_frame_v1 *frame, uint32_t index, int32_t fd, uint32_t size,
		      uint32_t offset, uint32_t stride, uint32_t plane)
{
	struct export *export = data;

	(void)frame;
	(void)size;
	(void)offset;
	(void)stride;
	(void)plane;
	if (index == 0)
		export->fd = fd;
	else
		close(fd);
}

static void on_ready(void *data, struct zwlr_export_dmabuf_frame_v1 *frame, uint32_t seconds_high,
		     uint32_t seconds_low, uint32_t nanoseconds)
{
	struct export *export = data;

	(void)frame;
	(void)seconds_high;
	(void)seconds_low;
	(void)nanoseconds;
	export->is_ready = true;
}

static void on_cancel(void *data, struct zwlr_export_dmabuf_frame_v1 *frame, uint32_t reason)
{
	(void)data;
	(void)frame;
	die("the compositor hands over nothing (reason %u)", reason);
}

static const struct zwlr_export_dmabuf_frame_v1_listener frame_listener = {
	.frame = on_frame,
	.object = on_object,
	.ready = on_ready,
	.cancel = on_cancel,
};

int main(int argc, char *argv[])
{
	struct wl_output *output = NULL;
	struct zwlr_export_dmabuf_manager_v1 *manager = NULL;
	const struct global globals[] = {
		{&output, &wl_output_interface, 1},
		{&manager, &zwlr_export_dmabuf_manager_v1_interface, 1},
	};
	struct export export = {.fd = -1};
	struct wl_display *display;

	if (argc < 2)
		die("dmabuf-export CMD...");
	display = connect_to_compositor(globals, sizeof(globals) / sizeof(globals[0]));
	zwlr_export_dmabuf_frame_v1_add_listener(zwlr_export_dmabuf_manager_v1_capture_output(manager, 0, output),
						 &frame_listener, &export);
	while (!export.is_ready)
		dispatch(display);
	/* The connection may have that number. */
	export.fd = dup(export.fd);
	wl_display_disconnect(display);
	if (dup2(export.fd, PASSED_ON) < 0)
		die("no buffer was handed over: %s", strerror(errno));
	execvp(argv[1], &argv[1]);
	die("%s: %s", argv[1], strerror(errno));
}
