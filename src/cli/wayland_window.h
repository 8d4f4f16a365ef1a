/* SPDX-License-Identifier: MIT */
/* A window of a Wayland compositor, without a say in what fills it. */
#ifndef PROTEX_CLI_WAYLAND_WINDOW_H
#define PROTEX_CLI_WAYLAND_WINDOW_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include <wayland-client.h>

#include <protex/protex.h>

struct window_statistics {
	uint32_t presented, discarded;
	uint32_t zero_copy;   /* of those presented: the display read the buffer itself */
	uint64_t first, last; /* when they were presented, ns */
	uint64_t latency;     /* from handing over to presentation, ns, summed up */
};

struct window {
	struct wl_display *display;
	struct wl_registry *registry;
	struct wl_surface *surface;

	/* What the compositor offers, or NULL. */
	struct wl_compositor *compositor;
	struct wl_subcompositor *subcompositor;
	struct wl_shm *shm;
	struct xdg_wm_base *wm_base;
	struct wp_viewporter *viewporter;
	struct wp_presentation *presentation;
	struct zxdg_decoration_manager_v1 *decoration_manager;
	struct zwp_linux_dmabuf_v1 *dmabuf;
	struct weston_direct_display_v1 *direct_display;

	struct xdg_surface *xdg_surface;
	struct xdg_toplevel *toplevel;
	struct zxdg_toplevel_decoration_v1 *decoration;
	struct wl_callback *frame; /* while it is not the time for the next one */
	struct wl_list feedbacks;  /* that are to come */

	uint32_t width, height; /* what the next picture should have; 0: as it likes */
	uint32_t serial;	/* of that wish; 0: it was answered */
	uint32_t proposed_width, proposed_height;
	uint32_t clock;		/* of presentation times */
	bool was_closed;

	struct window_statistics statistics;
};

/* Connects to the compositor of the environment, and finds out what it offers. -ENODEV: there is none,
 * or it lacks what any window needs. */
int window_connect(struct window **window, struct protex_error *error);

/* Creates the window, and waits until the compositor says how large it should be. */
int window_open(struct window *window, const char *title, bool fullscreen,
		struct protex_error *error);

/* Also of one that was only connected. What others made on its display must be gone. */
void window_close(struct window *window);

/* Before the surface is committed with a picture of the size last asked for. is_new: it counts in the
 * statistics. */
int window_before_commit(struct window *window, bool is_new, struct protex_error *error);

/* As of struct output_interface. */
int window_begin_wait(struct window *window, struct pollfd *poll, struct protex_error *error);
int window_end_wait(struct window *window, short revents, struct protex_error *error);

/* Waits until the compositor has answered all that was asked so far. */
int window_roundtrip(struct window *window, struct protex_error *error);

/* Why the connection broke; returns -EIO. */
int window_fail(struct window *window, struct protex_error *error);

#endif
