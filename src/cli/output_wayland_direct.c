/* SPDX-License-Identifier: MIT */
/*
 * A Wayland window whose picture is the content's own buffer: the compositor draws it, or the display
 * shows it, and this program has no GPU to do with it.
 *
 * Where the picture fills the window it is the window's surface. Otherwise that surface is black, one
 * pixel scaled up, and the picture lies on it as a subsurface.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "viewporter-client-protocol.h"

#include "fail.h"
#include "output_wayland.h"

struct slot {
	struct wl_buffer *buffer;
	bool is_taken; /* the compositor reads it */
};

/* A surface that shows a part of its buffer in another size. */
struct layer {
	struct wl_surface *surface;
	struct wp_viewport *viewport;
};

struct output_direct {
	struct output_wayland base;
	bool scanout;
	struct slot slots[CONTENT_BUFFERS];
	struct layer window, picture;
	struct wl_subsurface *subsurface;
	struct wl_buffer *black;
	bool has_border; /* the picture is on its own surface */
};

static void on_release(void *data, struct wl_buffer *buffer)
{
	struct slot *slot = data;

	(void)buffer;
	slot->is_taken = false;
}

static const struct wl_buffer_listener buffer_listener = {.release = on_release};

/* One pixel. */
static int make_black(struct output_direct *o, struct protex_error *error)
{
	const size_t size = 4;
	int fd = memfd_create("black", MFD_CLOEXEC);
	struct wl_shm_pool *pool;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0) {
		int code = -errno;

		if (fd >= 0)
			close(fd);
		return fail(error, code, "memfd_create: %s", strerror(-code));
	}
	pool = wl_shm_create_pool(o->base.window->shm, fd, (int32_t)size);
	o->black = wl_shm_pool_create_buffer(pool, 0, 1, 1, (int32_t)size, WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
	return 0;
}

static int make_surfaces(struct output_direct *o, struct protex_error *error)
{
	struct window *w = o->base.window;
	struct wl_region *nothing;

	if (!w->viewporter || !w->subcompositor || !w->shm)
		return fail(error, -ENODEV, "the compositor lacks wp_viewporter, wl_subcompositor or "
					    "wl_shm: use --via gl");
	o->window.surface = w->surface;
	o->window.viewport = wp_viewporter_get_viewport(w->viewporter, w->surface);
	o->picture.surface = wl_compositor_create_surface(w->compositor);
	o->picture.viewport = wp_viewporter_get_viewport(w->viewporter, o->picture.surface);
	o->subsurface = wl_subcompositor_get_subsurface(w->subcompositor, o->picture.surface,
							o->window.surface);
	/* The pointer is for the window. */
	nothing = wl_compositor_create_region(w->compositor);
	wl_surface_set_input_region(o->picture.surface, nothing);
	wl_region_destroy(nothing);
	return make_black(o, error);
}

static int direct_prepare(struct output *output, const struct content *content,
			  struct protex_error *error)
{
	struct output_direct *o = (struct output_direct *)output;
	const struct container_header *h = output->header;
	bool direct_display = o->scanout && o->base.window->direct_display;
	int ret;

	o->base.content = content;
	if (content->plane_count > 1 && (h->matrix != CONTAINER_MATRIX_BT601 || h->full_range))
		fprintf(stderr, "protex play: warning: the compositor is not told that the clip is "
				"not BT.601 of limited range, and may show wrong colours; --via gl "
				"does not\n");
	ret = dmabuf_feedback_follow(&o->base.feedback, o->base.window, error);
	if (ret == 0)
		ret = make_surfaces(o, error);
	for (unsigned i = 0; i < CONTENT_BUFFERS && ret == 0; i++) {
		struct slot *slot = &o->slots[i];

		ret = dmabuf_create_buffer(&slot->buffer, o->base.window, &o->base.feedback, content,
					   i, h, direct_display, error);
		if (ret == 0)
			wl_buffer_add_listener(slot->buffer, &buffer_listener, slot);
	}
	return ret;
}

/* A compositor releases a buffer when it has submitted the last work that reads it. */
static int wait_for_readers(const struct content *content, unsigned slot, struct protex_error *error)
{
	const int patience = 10000; /* ms */
	struct pollfd poll_fd = {.fd = content->planes[slot][0].dma_buf, .events = POLLOUT};
	int count;

	do
		count = poll(&poll_fd, 1, patience);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return fail(error, -errno, "poll: %s", strerror(errno));
	if (count == 0)
		return fail(error, -ETIMEDOUT, "the compositor's GPU does not finish reading");
	return 1;
}

static int direct_acquire(struct output *output, unsigned slot, struct protex_error *error)
{
	struct output_direct *o = (struct output_direct *)output;

	return o->slots[slot].is_taken ? 0 : wait_for_readers(o->base.content, slot, error);
}

static int direct_draw(struct output *output, unsigned slot, struct protex_error *error)
{
	struct output_direct *o = (struct output_direct *)output;

	(void)error;
	o->base.slot = slot;
	o->base.is_fresh = true;
	return 0;
}

static void put(struct layer *layer, struct wl_buffer *buffer, uint32_t width, uint32_t height)
{
	wl_surface_attach(layer->surface, buffer, 0, 0);
	wl_surface_damage_buffer(layer->surface, 0, 0, INT32_MAX, INT32_MAX);
	wp_viewport_set_destination(layer->viewport, (int32_t)width, (int32_t)height);
}

static void put_picture(struct output_direct *o, struct layer *layer)
{
	const struct region *region = &o->base.base.region;
	const struct container_header *h = o->base.base.header;
	struct slot *slot = &o->slots[o->base.slot];

	put(layer, slot->buffer, region->width, region->height);
	wp_viewport_set_source(layer->viewport, 0, 0, wl_fixed_from_int((int)h->visible_width),
			       wl_fixed_from_int((int)h->visible_height));
	slot->is_taken = true;
}

static int direct_show(struct output *output, struct protex_error *error)
{
	struct output_direct *o = (struct output_direct *)output;
	const struct region *region = &output->region;
	int ret = wayland_place(&o->base, error);

	if (ret == 0)
		ret = window_before_commit(o->base.window, o->base.is_fresh, error);
	if (ret < 0)
		return ret;
	if (region->width == output->width && region->height == output->height) {
		if (o->has_border)
			wl_surface_attach(o->picture.surface, NULL, 0, 0);
		o->has_border = false;
		put_picture(o, &o->window);
	} else {
		o->has_border = true;
		put(&o->window, o->black, output->width, output->height);
		wp_viewport_set_source(o->window.viewport, 0, 0, wl_fixed_from_int(1),
				       wl_fixed_from_int(1));
		wl_subsurface_set_position(o->subsurface, (int32_t)region->x, (int32_t)region->y);
		put_picture(o, &o->picture);
	}
	/* A subsurface shows what was committed when its parent is. */
	wl_surface_commit(o->picture.surface);
	wl_surface_commit(o->window.surface);
	o->base.is_fresh = false;
	output->is_busy = true;
	return 0;
}

static int direct_export_shown(struct output *output)
{
	struct output_direct *o = (struct output_direct *)output;

	return fcntl(o->base.content->planes[o->base.slot][0].dma_buf, F_DUPFD_CLOEXEC, 3);
}

static void direct_describe(struct output *output, cJSON *json)
{
	json_string(json, "renderer", NULL);
	wayland_describe(output, json);
}

static void direct_close(struct output *output)
{
	struct output_direct *o = (struct output_direct *)output;

	if (o->subsurface)
		wl_subsurface_destroy(o->subsurface);
	if (o->picture.viewport)
		wp_viewport_destroy(o->picture.viewport);
	if (o->window.viewport)
		wp_viewport_destroy(o->window.viewport);
	if (o->picture.surface)
		wl_surface_destroy(o->picture.surface);
	for (unsigned i = 0; i < CONTENT_BUFFERS; i++)
		if (o->slots[i].buffer)
			wl_buffer_destroy(o->slots[i].buffer);
	if (o->black)
		wl_buffer_destroy(o->black);
	wayland_close(&o->base);
}

static const struct output_interface direct_interface = {
	.prepare = direct_prepare,
	.acquire = direct_acquire,
	.draw = direct_draw,
	.show = direct_show,
	.begin_wait = wayland_begin_wait,
	.end_wait = wayland_end_wait,
	.export_shown = direct_export_shown,
	.describe = direct_describe,
	.close = direct_close,
};

int output_wayland_direct(struct output_wayland **out, bool scanout, struct protex_error *error)
{
	struct output_direct *o = calloc(1, sizeof(*o));

	if (!o)
		return fail(error, -ENOMEM, "out of memory");
	o->base.base.interface = &direct_interface;
	o->base.way = scanout ? "scanout" : "direct";
	o->scanout = scanout;
	*out = &o->base;
	return 0;
}
