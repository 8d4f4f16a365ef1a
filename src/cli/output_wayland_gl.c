/* SPDX-License-Identifier: MIT */
/* A Wayland window that OpenGL ES draws. */
#include <errno.h>
#include <stdlib.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <wayland-egl.h>

#include "fail.h"
#include "output_wayland.h"
#include "renderer.h"

struct output_gl {
	struct output_wayland base;
	struct wl_egl_window *egl_window;
	struct renderer *renderer;
	struct picture *pictures[CONTENT_BUFFERS];
};

static int gl_prepare(struct output *output, const struct content *content,
		      struct protex_error *error)
{
	struct output_gl *o = (struct output_gl *)output;
	int ret;

	o->base.content = content;
	ret = renderer_create(&o->renderer, EGL_PLATFORM_WAYLAND_KHR, o->base.window->display,
			      content->is_protected, error);
	if (ret < 0)
		return ret;
	o->egl_window = wl_egl_window_create(o->base.window->surface, (int)output->width,
					     (int)output->height);
	if (!o->egl_window)
		return fail(error, -ENOMEM, "out of memory");
	ret = renderer_attach(o->renderer, o->egl_window, error);
	for (unsigned i = 0; i < CONTENT_BUFFERS && ret == 0; i++)
		ret = picture_import(&o->pictures[i], o->renderer, content, i, output->header,
				     error);
	return ret;
}

static int gl_acquire(struct output *output, unsigned slot, struct protex_error *error)
{
	struct output_gl *o = (struct output_gl *)output;
	int ret = picture_wait(o->pictures[slot], error);

	return ret < 0 ? ret : 1;
}

static int gl_draw(struct output *output, unsigned slot, struct protex_error *error)
{
	struct output_gl *o = (struct output_gl *)output;
	int ret = wayland_place(&o->base, error);

	if (ret == 0) {
		wl_egl_window_resize(o->egl_window, (int)output->width, (int)output->height, 0, 0);
		ret = renderer_draw(o->renderer, o->pictures[slot], &output->region, output->height,
				    error);
	}
	if (ret < 0)
		return ret;
	o->base.slot = slot;
	o->base.is_fresh = true;
	return 0;
}

static int gl_show(struct output *output, struct protex_error *error)
{
	struct output_gl *o = (struct output_gl *)output;
	const struct window *w = o->base.window;
	bool is_new = o->base.is_fresh;
	int ret = 0;

	/* Swapped away, or drawn before the compositor asked for another size. */
	if (!is_new || w->width != output->width || w->height != output->height)
		ret = gl_draw(output, o->base.slot, error);
	if (ret == 0)
		ret = window_before_commit(o->base.window, is_new, error);
	if (ret == 0)
		ret = renderer_swap(o->renderer, error);
	if (ret < 0)
		return ret;
	o->base.is_fresh = false;
	output->is_busy = true;
	return 0;
}

/* EGL alone knows the buffer. */
static int gl_export_shown(struct output *output)
{
	(void)output;
	return -1;
}

static void gl_describe(struct output *output, cJSON *json)
{
	struct output_gl *o = (struct output_gl *)output;

	json_string(json, "renderer", renderer_name(o->renderer));
	wayland_describe(output, json);
}

static void gl_close(struct output *output)
{
	struct output_gl *o = (struct output_gl *)output;

	for (unsigned i = 0; i < CONTENT_BUFFERS; i++)
		picture_destroy(o->pictures[i]);
	renderer_destroy(o->renderer);
	if (o->egl_window)
		wl_egl_window_destroy(o->egl_window);
	wayland_close(&o->base);
}

static const struct output_interface gl_interface = {
	.prepare = gl_prepare,
	.acquire = gl_acquire,
	.draw = gl_draw,
	.show = gl_show,
	.begin_wait = wayland_begin_wait,
	.end_wait = wayland_end_wait,
	.export_shown = gl_export_shown,
	.describe = gl_describe,
	.close = gl_close,
};

int output_wayland_gl(struct output_wayland **out, struct protex_error *error)
{
	struct output_gl *o = calloc(1, sizeof(*o));

	if (!o)
		return fail(error, -ENOMEM, "out of memory");
	o->base.base.interface = &gl_interface;
	o->base.way = "gl";
	*out = &o->base;
	return 0;
}
