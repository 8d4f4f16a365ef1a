/* SPDX-License-Identifier: MIT */
/* A monitor: pictures are drawn into buffers of GBM, and flipped to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>

#include "fail.h"
#include "output.h"
#include "renderer.h"
#include "screen.h"

struct output_screen {
	struct output base;
	struct screen *screen;
	struct gbm_surface *surface;
	struct renderer *renderer;
	struct picture *pictures[CONTENT_BUFFERS];
	bool is_protected;

	struct gbm_bo *drawn;	/* to be shown */
	struct gbm_bo *pending; /* on its way to the screen */
	struct gbm_bo *current; /* on the screen */
};

static void release(struct output_screen *o, struct gbm_bo *buffer)
{
	if (buffer)
		gbm_surface_release_buffer(o->surface, buffer);
}

static int screen_prepare(struct output *output, const struct content *content,
			  struct protex_error *error)
{
	struct output_screen *o = (struct output_screen *)output;
	uint32_t flags = GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING;
	int ret;

	o->is_protected = content->is_protected;
	if (o->is_protected)
		flags |= GBM_BO_USE_PROTECTED;
	ret = renderer_create(&o->renderer, EGL_PLATFORM_GBM_KHR, output->device, o->is_protected,
			      error);
	if (ret < 0)
		return ret;
	o->surface = gbm_surface_create(output->device, output->width, output->height,
					GBM_FORMAT_XRGB8888, flags);
	if (!o->surface)
		return fail(error, -ENODEV, "GBM gave no %ssurface of %ux%u: %s",
			    o->is_protected ? "protected " : "", (unsigned)output->width,
			    (unsigned)output->height, strerror(errno));
	ret = renderer_attach(o->renderer, o->surface, error);
	for (unsigned i = 0; i < CONTENT_BUFFERS && ret == 0; i++)
		ret = picture_import(&o->pictures[i], o->renderer, content, i, output->header,
				     error);
	return ret;
}

static int screen_acquire(struct output *output, unsigned slot, struct protex_error *error)
{
	struct output_screen *o = (struct output_screen *)output;
	int ret = picture_wait(o->pictures[slot], error);

	return ret < 0 ? ret : 1;
}

static int screen_draw(struct output *output, unsigned slot, struct protex_error *error)
{
	struct output_screen *o = (struct output_screen *)output;
	int ret;

	ret = renderer_draw(o->renderer, o->pictures[slot], &output->region, output->height, error);
	if (ret == 0)
		ret = renderer_swap(o->renderer, error);
	if (ret < 0)
		return ret;
	o->drawn = gbm_surface_lock_front_buffer(o->surface);
	if (!o->drawn)
		return fail(error, -EIO, "GBM gave no front buffer: %s", strerror(errno));
	return 0;
}

static int show(struct output *output, struct protex_error *error)
{
	struct output_screen *o = (struct output_screen *)output;
	struct gbm_bo *buffer = o->drawn ? o->drawn : o->current;
	int ret = screen_show(o->screen, buffer, error);

	if (ret < 0)
		return ret;
	o->pending = buffer;
	o->drawn = NULL;
	output->is_busy = true;
	return 0;
}

static int screen_begin_wait(struct output *output, struct pollfd *poll, struct protex_error *error)
{
	struct output_screen *o = (struct output_screen *)output;

	(void)error;
	poll->fd = screen_fd(o->screen);
	poll->events = POLLIN;
	return 0;
}

static int screen_end_wait(struct output *output, short revents, struct protex_error *error)
{
	struct output_screen *o = (struct output_screen *)output;
	int ret = revents ? screen_read_events(o->screen, error) : 0;

	if (ret == 0 && o->pending && !screen_is_flipping(o->screen)) {
		if (o->current != o->pending)
			release(o, o->current);
		o->current = o->pending;
		o->pending = NULL;
		output->is_busy = false;
	}
	return ret;
}

static int screen_export_shown(struct output *output)
{
	struct output_screen *o = (struct output_screen *)output;

	return o->current ? gbm_bo_get_fd(o->current) : -1;
}

static void screen_describe(struct output *output, cJSON *json)
{
	struct output_screen *o = (struct output_screen *)output;
	cJSON *mode = json_object();

	json_string(json, "device", screen_path(o->screen));
	json_string(json, "renderer", renderer_name(o->renderer));
	json_number(mode, "width", output->width);
	json_number(mode, "height", output->height);
	json_number(mode, "refresh", screen_refresh(o->screen));
	json_add(json, "mode", mode);
}

static void close_screen(struct output *output)
{
	struct output_screen *o = (struct output_screen *)output;

	release(o, o->drawn);
	if (o->pending != o->current)
		release(o, o->pending);
	release(o, o->current);
	for (unsigned i = 0; i < CONTENT_BUFFERS; i++)
		picture_destroy(o->pictures[i]);
	renderer_destroy(o->renderer);
	if (o->surface)
		gbm_surface_destroy(o->surface);
	screen_close(o->screen);
	free(o);
}

static const struct output_interface screen_interface = {
	.prepare = screen_prepare,
	.acquire = screen_acquire,
	.draw = screen_draw,
	.show = show,
	.begin_wait = screen_begin_wait,
	.end_wait = screen_end_wait,
	.export_shown = screen_export_shown,
	.describe = screen_describe,
	.close = close_screen,
};

int output_open_screen(struct output **out, const struct output_options *options,
		       const struct container_header *header, struct protex_error *error)
{
	struct output_screen *o = calloc(1, sizeof(*o));
	int ret;

	if (!o)
		return fail(error, -ENOMEM, "out of memory");
	o->base.interface = &screen_interface;
	o->base.header = header;
	o->base.scale = options->scale;
	ret = screen_open(&o->screen, options->device, options->mode, error);
	if (ret == 0)
		ret = output_place(&o->base, screen_width(o->screen), screen_height(o->screen),
				   false, error);
	if (ret < 0) {
		close_screen(&o->base);
		return ret;
	}
	o->base.device = screen_device(o->screen);
	*out = &o->base;
	return 0;
}
