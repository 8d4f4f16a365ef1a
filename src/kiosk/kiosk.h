/* SPDX-License-Identifier: MIT */
/*
 * protex-kiosk: a small Wayland compositor on wlroots that shows protected windows.
 *
 *   main.c     options, the display and what wlroots makes of it, the end
 *   output.c   screens: whether the next frame is protected
 *   window.c   windows and popups: where they are
 *   seat.c     keyboards and the pointer
 *
 * and, for those who have a compositor already, what they need:
 *
 *   renderer.c   a wlr_renderer that draws to protected and to ordinary buffers
 *   pass.c       drawing to protected ones
 *   image.c      their import
 *   gpu.c        EGL, with a protected context beside the ordinary one
 *   allocator.c  a wlr_allocator of protected buffers
 */
#ifndef PROTEX_KIOSK_H
#define PROTEX_KIOSK_H

#include <stdbool.h>
#include <sys/types.h>

#include <wayland-server-core.h>
#include <wayland-server-protocol.h>

struct wlr_allocator;
struct wlr_backend;
struct wlr_cursor;
struct wlr_output;
struct wlr_output_layout;
struct wlr_renderer;
struct wlr_scene;
struct wlr_scene_node;
struct wlr_scene_output_layout;
struct wlr_scene_tree;
struct wlr_seat;
struct wlr_session;
struct wlr_xcursor_manager;

struct kiosk {
	struct wl_display *display;
	struct wlr_session *session; /* NULL where the backend needs none */
	struct wlr_backend *backend;
	struct wlr_renderer *renderer;
	struct wlr_allocator *allocator;
	struct wlr_allocator *protected_allocator; /* NULL: nothing is to be protected */
	int status;			    /* what to exit with */
	pid_t command;			    /* 0: none runs */
	enum wl_output_transform transform; /* of all screens */
	int width, height;		    /* of all that have such a mode; 0: as they prefer */

	struct wlr_scene *scene;
	struct wlr_scene_tree *backgrounds, *window_tree; /* the latter above the former */
	struct wlr_output_layout *layout;
	struct wlr_scene_output_layout *scene_layout;
	struct wl_list outputs; /* output.link, in the order in which they came */
	struct wl_list windows; /* window.link, likewise; those that are mapped */
	struct wl_listener new_output, new_toplevel, new_popup;

	struct wlr_seat *seat;
	struct wlr_cursor *cursor;
	struct wlr_xcursor_manager *cursor_images;
	struct wl_listener new_input, cursor_motion, cursor_motion_absolute, cursor_button;
	struct wl_listener cursor_axis, cursor_frame, request_cursor;
	bool has_keyboard, has_pointer;
};

struct window;

/* Each sets up its part of a kiosk that has a scene; there is nothing to take down but what wlroots
 * destroys with the display. */
void output_init(struct kiosk *kiosk);
void window_init(struct kiosk *kiosk);
void seat_init(struct kiosk *kiosk);

/* Before the kiosk's objects are destroyed: nobody must listen to them any more. */
void output_finish(struct kiosk *kiosk);
void window_finish(struct kiosk *kiosk);
void seat_finish(struct kiosk *kiosk);

/* Puts all windows to their places, when a window or a screen came, went or changed its size. */
void window_arrange(struct kiosk *kiosk);
/* A screen goes; its windows go to the others with the next window_arrange(). */
void window_leave_output(struct kiosk *kiosk, struct wlr_output *output);
/* Moves the window that has the keyboard, or would have it. */
void window_to_next_output(struct kiosk *kiosk);
/* The window to which a node of the scene belongs. */
struct window *window_from_node(struct wlr_scene_node *node);
/* Gives a window the keyboard, or, with NULL, the last one that was opened. */
void window_focus(struct kiosk *kiosk, struct window *window);

/* Ends the kiosk's loop; it will exit with that status. */
void kiosk_end(struct kiosk *kiosk, int status);

/* Calls handler whenever the signal is emitted. */
static inline void listen_to(struct wl_signal *signal, struct wl_listener *listener,
			     wl_notify_func_t handler)
{
	listener->notify = handler;
	wl_signal_add(signal, listener);
}

#endif
