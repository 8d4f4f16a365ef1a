/* SPDX-License-Identifier: MIT */
/* What test clients that have windows share: each has one connection, and ends with a message when anything fails. */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdbool.h>

#include <wayland-client.h>

#include "xdg-shell-client-protocol.h"

/* A surface with a role. */
struct view {
	struct wl_surface *surface;
	struct xdg_surface *xdg;
	bool is_configured, is_shown;
};

/* Connects to the compositor, and binds what is needed here and, where dmabuf is not NULL, that. */
struct wl_display *connect_windows(struct zwp_linux_dmabuf_v1 **dmabuf);

/* A surface that has no role yet. */
void create_surface(struct view *view);

/* Gives a surface that has no role, or had this one, that of a window, and waits until it may be shown. The window
 * has its own size whatever the compositor says. */
struct xdg_toplevel *create_window(struct view *view);

/* Gives a surface the role of a popup of that size at that place. Without a parent it cannot be shown. */
struct xdg_popup *create_popup(struct view *popup, struct view *parent, int32_t x, int32_t y, int32_t width,
			       int32_t height);

/* Waits until a surface that has a role may be shown. */
void until_configured(struct view *view);

/* Ordinary memory of one colour, as XRGB8888. */
struct wl_buffer *create_plain(int32_t width, int32_t height, uint32_t colour);

/* Shows the buffer, and returns when the compositor asks for the next. */
void show(struct view *view, struct wl_buffer *buffer);

/* Whether a line has come on standard input, which is read then. */
bool line_has_come(void);

#endif
