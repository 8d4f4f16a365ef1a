/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>

#include "clock.h"
#include "fail.h"
#include "output_wayland.h"

int wayland_place(struct output_wayland *o, struct protex_error *error)
{
	struct window *w = o->window;

	/* Left to ourselves, as large as the picture. */
	if (w->width == 0) {
		w->width = o->base.header->visible_width;
		w->height = o->base.header->visible_height;
	}
	return output_place(&o->base, w->width, w->height, true, error);
}

static void take_in(struct output_wayland *o)
{
	o->base.is_busy = o->window->frame != NULL;
	o->base.was_closed = o->window->was_closed;
}

int wayland_begin_wait(struct output *output, struct pollfd *poll, struct protex_error *error)
{
	struct output_wayland *o = (struct output_wayland *)output;
	int ret = window_begin_wait(o->window, poll, error);

	take_in(o);
	return ret;
}

int wayland_end_wait(struct output *output, short revents, struct protex_error *error)
{
	struct output_wayland *o = (struct output_wayland *)output;
	int ret = window_end_wait(o->window, revents, error);

	take_in(o);
	return ret;
}

void wayland_describe(struct output *output, cJSON *json)
{
	struct output_wayland *o = (struct output_wayland *)output;
	const struct window_statistics *s = &o->window->statistics;
	cJSON *size = json_object(), *presentation;

	/* What the compositor has to tell yet. */
	window_roundtrip(o->window, NULL);
	json_string(json, "way", o->way);
	json_number(size, "width", output->width);
	json_number(size, "height", output->height);
	json_add(json, "window", size);
	if (!o->window->presentation) {
		json_add(json, "presentation", cJSON_CreateNull());
		return;
	}
	presentation = json_object();
	json_number(presentation, "presented", s->presented);
	json_number(presentation, "discarded", s->discarded);
	json_number(presentation, "zero_copy", s->zero_copy);
	json_number(presentation, "fps",
		    s->last > s->first
			    ? (double)(s->presented - 1) * SECOND / (double)(s->last - s->first)
			    : 0);
	json_number(presentation, "latency_ms_mean",
		    s->presented ? (double)s->latency / s->presented / 1e6 : 0);
	json_add(json, "presentation", presentation);
}

void wayland_close(struct output_wayland *o)
{
	if (o->window) {
		dmabuf_feedback_release(&o->feedback);
		window_close(o->window);
	}
	if (o->base.device)
		gbm_device_destroy(o->base.device);
	if (o->node >= 0)
		close(o->node);
	free(o);
}

/* The GPU that the compositor composes with. */
static int open_device(struct output_wayland *o, struct protex_error *error)
{
	drmDevice *device;
	int code;

	if (drmGetDeviceFromDevId(o->feedback.main_device, 0, &device) != 0)
		return fail(error, -ENODEV, "the compositor's GPU is not one of this machine's "
					    "DRM devices: is /dev/dri there?");
	if (device->available_nodes & (1 << DRM_NODE_RENDER))
		o->node = open(device->nodes[DRM_NODE_RENDER], O_RDWR | O_CLOEXEC);
	else
		errno = ENODEV;
	code = errno;
	drmFreeDevice(&device);
	if (o->node < 0)
		return fail(error, -ENODEV, "the render node of the compositor's GPU: %s%s",
			    strerror(code), code == EACCES ? "; be in group render" : "");
	o->base.device = gbm_create_device(o->node);
	if (!o->base.device)
		return fail(error, -ENODEV, "GBM does not work on the compositor's GPU: is Mesa's "
					    "driver for it installed?");
	return 0;
}

int output_open_wayland(struct output **out, const struct output_options *options,
			const struct container_header *header, struct protex_error *error)
{
	struct output_wayland *o = NULL;
	int ret;

	if (options->direct)
		ret = output_wayland_direct(&o, options->scanout, error);
	else
		ret = output_wayland_gl(&o, error);
	if (ret < 0)
		return ret;
	o->base.header = header;
	o->base.scale = options->scale;
	o->node = -1;
	ret = window_connect(&o->window, error);
	/* EGL asks for the formats itself. */
	if (ret == 0 && (options->direct || !options->is_protected))
		ret = dmabuf_feedback_get(&o->feedback, o->window, error);
	if (ret == 0 && !options->is_protected)
		ret = open_device(o, error);
	if (ret == 0)
		ret = window_open(o->window, options->title, options->fullscreen, error);
	if (ret == 0)
		ret = wayland_place(o, error);
	if (ret < 0) {
		wayland_close(o);
		return ret;
	}
	*out = &o->base;
	return 0;
}
