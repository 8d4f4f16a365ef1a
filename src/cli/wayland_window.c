/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <wayland-client.h>

#include "linux-dmabuf-v1-client-protocol.h"
#include "presentation-time-client-protocol.h"
#include "viewporter-client-protocol.h"
#include "weston-direct-display-client-protocol.h"
#include "xdg-decoration-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#include "clock.h"
#include "fail.h"
#include "wayland_window.h"

int window_fail(struct window *w, struct protex_error *error)
{
	const struct wl_interface *interface = NULL;
	int code = wl_display_get_error(w->display);

	if (code == EPROTO) {
		uint32_t number = wl_display_get_protocol_error(w->display, &interface, NULL);

		return fail(error, -EIO, "the compositor ended the connection: error %u of %s",
			    (unsigned)number, interface ? interface->name : "an unknown interface");
	}
	return fail(error, -EIO, "the compositor is gone: %s", strerror(code ? code : EPIPE));
}

int window_roundtrip(struct window *w, struct protex_error *error)
{
	return wl_display_roundtrip(w->display) < 0 ? window_fail(w, error) : 0;
}

/* ---- what the compositor offers ---------------------------------------------------------------- */

static void on_ping(void *data, struct xdg_wm_base *wm_base, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(wm_base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {.ping = on_ping};

static void on_clock(void *data, struct wp_presentation *presentation, uint32_t clock)
{
	struct window *w = data;

	(void)presentation;
	w->clock = clock;
}

static const struct wp_presentation_listener presentation_listener = {.clock_id = on_clock};

static void on_global(void *data, struct wl_registry *registry, uint32_t name,
		      const char *interface, uint32_t version)
{
	struct window *w = data;
	const struct {
		void *object;
		const struct wl_interface *interface;
		uint32_t least, most;
	} known[] = {
		{&w->compositor, &wl_compositor_interface, 4, 4},
		{&w->subcompositor, &wl_subcompositor_interface, 1, 1},
		{&w->shm, &wl_shm_interface, 1, 1},
		{&w->wm_base, &xdg_wm_base_interface, 1, 1},
		{&w->viewporter, &wp_viewporter_interface, 1, 1},
		{&w->presentation, &wp_presentation_interface, 1, 1},
		{&w->decoration_manager, &zxdg_decoration_manager_v1_interface, 1, 1},
		{&w->dmabuf, &zwp_linux_dmabuf_v1_interface, 4, 4},
		{&w->direct_display, &weston_direct_display_v1_interface, 1, 1},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		void **object = known[i].object;

		if (strcmp(interface, known[i].interface->name) == 0 && !*object &&
		    version >= known[i].least)
			*object = wl_registry_bind(registry, name, known[i].interface,
						   version < known[i].most ? version
									   : known[i].most);
	}
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = on_global,
	.global_remove = on_global_remove,
};

int window_connect(struct window **out, struct protex_error *error)
{
	struct window *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return fail(error, -ENOMEM, "out of memory");
	wl_list_init(&w->feedbacks);
	w->display = wl_display_connect(NULL);
	if (!w->display) {
		const char *name = getenv("WAYLAND_DISPLAY");

		ret = fail(error, -ENODEV,
			   "no Wayland compositor answers as %s: %s; start one, or set "
			   "WAYLAND_DISPLAY and XDG_RUNTIME_DIR to those of one",
			   name ? name : "wayland-0", strerror(errno));
		free(w);
		return ret;
	}
	w->registry = wl_display_get_registry(w->display);
	wl_registry_add_listener(w->registry, &registry_listener, w);
	ret = window_roundtrip(w, error);
	if (ret == 0 && (!w->compositor || !w->wm_base))
		ret = fail(error, -ENODEV, "the compositor has no windows (it lacks wl_compositor 4 "
					   "or xdg_wm_base): use another one");
	if (ret < 0) {
		window_close(w);
		return ret;
	}
	xdg_wm_base_add_listener(w->wm_base, &wm_base_listener, w);
	if (w->presentation)
		wp_presentation_add_listener(w->presentation, &presentation_listener, w);
	*out = w;
	return 0;
}

/* ---- the window -------------------------------------------------------------------------------- */

static void on_toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width,
				  int32_t height, struct wl_array *states)
{
	struct window *w = data;

	(void)toplevel;
	(void)states;
	w->proposed_width = width > 0 ? (uint32_t)width : 0;
	w->proposed_height = height > 0 ? (uint32_t)height : 0;
}

static void on_close(void *data, struct xdg_toplevel *toplevel)
{
	struct window *w = data;

	(void)toplevel;
	w->was_closed = true;
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = on_toplevel_configure,
	.close = on_close,
};

static void on_configure(void *data, struct xdg_surface *surface, uint32_t serial)
{
	struct window *w = data;

	(void)surface;
	/* Without a wish, the size stays. */
	if (w->proposed_width && w->proposed_height) {
		w->width = w->proposed_width;
		w->height = w->proposed_height;
	}
	w->serial = serial;
}

static const struct xdg_surface_listener xdg_surface_listener = {.configure = on_configure};

int window_open(struct window *w, const char *title, bool fullscreen, struct protex_error *error)
{
	w->surface = wl_compositor_create_surface(w->compositor);
	w->xdg_surface = xdg_wm_base_get_xdg_surface(w->wm_base, w->surface);
	xdg_surface_add_listener(w->xdg_surface, &xdg_surface_listener, w);
	w->toplevel = xdg_surface_get_toplevel(w->xdg_surface);
	xdg_toplevel_add_listener(w->toplevel, &toplevel_listener, w);
	xdg_toplevel_set_title(w->toplevel, title);
	xdg_toplevel_set_app_id(w->toplevel, "protex");
	if (w->decoration_manager) {
		w->decoration = zxdg_decoration_manager_v1_get_toplevel_decoration(
			w->decoration_manager, w->toplevel);
		zxdg_toplevel_decoration_v1_set_mode(
			w->decoration, ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
	}
	if (fullscreen)
		xdg_toplevel_set_fullscreen(w->toplevel, NULL);
	wl_surface_commit(w->surface);
	while (w->serial == 0)
		if (wl_display_dispatch(w->display) < 0)
			return window_fail(w, error);
	return 0;
}

/* ---- pictures ---------------------------------------------------------------------------------- */

struct feedback {
	struct wl_list link;
	struct window *window;
	struct wp_presentation_feedback *proxy;
	uint64_t handed_over;
};

static void feedback_destroy(struct feedback *f)
{
	wl_list_remove(&f->link);
	wp_presentation_feedback_destroy(f->proxy);
	free(f);
}

static void on_sync_output(void *data, struct wp_presentation_feedback *proxy,
			   struct wl_output *output)
{
	(void)data;
	(void)proxy;
	(void)output;
}

static void on_presented(void *data, struct wp_presentation_feedback *proxy, uint32_t seconds_high,
			 uint32_t seconds_low, uint32_t nanoseconds, uint32_t refresh,
			 uint32_t sequence_high, uint32_t sequence_low, uint32_t flags)
{
	struct feedback *f = data;
	struct window_statistics *s = &f->window->statistics;
	uint64_t time = (((uint64_t)seconds_high << 32) | seconds_low) * SECOND + nanoseconds;

	(void)proxy;
	(void)refresh;
	(void)sequence_high;
	(void)sequence_low;
	if (s->presented++ == 0)
		s->first = time;
	s->last = time;
	/* Of another clock than ours the latency is not known. */
	if (f->window->clock == CLOCK_MONOTONIC && time > f->handed_over)
		s->latency += time - f->handed_over;
	if (flags & WP_PRESENTATION_FEEDBACK_KIND_ZERO_COPY)
		s->zero_copy++;
	feedback_destroy(f);
}

static void on_discarded(void *data, struct wp_presentation_feedback *proxy)
{
	struct feedback *f = data;

	(void)proxy;
	f->window->statistics.discarded++;
	feedback_destroy(f);
}

static const struct wp_presentation_feedback_listener feedback_listener = {
	.sync_output = on_sync_output,
	.presented = on_presented,
	.discarded = on_discarded,
};

static void on_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	struct window *w = data;

	(void)time;
	wl_callback_destroy(callback);
	w->frame = NULL;
}

static const struct wl_callback_listener frame_listener = {.done = on_frame};

int window_before_commit(struct window *w, bool is_new, struct protex_error *error)
{
	struct feedback *f;

	if (w->serial) {
		xdg_surface_ack_configure(w->xdg_surface, w->serial);
		w->serial = 0;
	}
	w->frame = wl_surface_frame(w->surface);
	wl_callback_add_listener(w->frame, &frame_listener, w);
	if (!is_new || !w->presentation)
		return 0;
	f = calloc(1, sizeof(*f));
	if (!f)
		return fail(error, -ENOMEM, "out of memory");
	f->window = w;
	f->handed_over = now();
	f->proxy = wp_presentation_feedback(w->presentation, w->surface);
	wp_presentation_feedback_add_listener(f->proxy, &feedback_listener, f);
	wl_list_insert(&w->feedbacks, &f->link);
	return 0;
}

/* ---- waiting ----------------------------------------------------------------------------------- */

int window_begin_wait(struct window *w, struct pollfd *poll, struct protex_error *error)
{
	int count;

	if (wl_display_prepare_read(w->display) < 0) {
		count = wl_display_dispatch_pending(w->display);
		return count < 0 ? window_fail(w, error) : 1;
	}
	poll->fd = wl_display_get_fd(w->display);
	poll->events = POLLIN;
	if (wl_display_flush(w->display) < 0) {
		/* After EPIPE there may still be the error to read. */
		if (errno == EAGAIN)
			poll->events |= POLLOUT;
		else if (errno != EPIPE) {
			wl_display_cancel_read(w->display);
			return window_fail(w, error);
		}
	}
	return 0;
}

int window_end_wait(struct window *w, short revents, struct protex_error *error)
{
	if (revents & (POLLIN | POLLHUP | POLLERR)) {
		if (wl_display_read_events(w->display) < 0)
			return window_fail(w, error);
	} else {
		wl_display_cancel_read(w->display);
	}
	return wl_display_dispatch_pending(w->display) < 0 ? window_fail(w, error) : 0;
}

void window_close(struct window *w)
{
	struct feedback *f, *next;

	if (!w)
		return;
	wl_list_for_each_safe(f, next, &w->feedbacks, link)
		feedback_destroy(f);
	if (w->frame)
		wl_callback_destroy(w->frame);
	if (w->decoration)
		zxdg_toplevel_decoration_v1_destroy(w->decoration);
	if (w->toplevel)
		xdg_toplevel_destroy(w->toplevel);
	if (w->xdg_surface)
		xdg_surface_destroy(w->xdg_surface);
	if (w->surface)
		wl_surface_destroy(w->surface);
	if (w->direct_display)
		weston_direct_display_v1_destroy(w->direct_display);
	if (w->dmabuf)
		zwp_linux_dmabuf_v1_destroy(w->dmabuf);
	if (w->decoration_manager)
		zxdg_decoration_manager_v1_destroy(w->decoration_manager);
	if (w->presentation)
		wp_presentation_destroy(w->presentation);
	if (w->viewporter)
		wp_viewporter_destroy(w->viewporter);
	if (w->wm_base)
		xdg_wm_base_destroy(w->wm_base);
	if (w->shm)
		wl_shm_destroy(w->shm);
	if (w->subcompositor)
		wl_subcompositor_destroy(w->subcompositor);
	if (w->compositor)
		wl_compositor_destroy(w->compositor);
	wl_registry_destroy(w->registry);
	wl_display_flush(w->display);
	wl_display_disconnect(w->display);
	free(w);
}
