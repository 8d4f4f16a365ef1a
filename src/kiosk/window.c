/* SPDX-License-Identifier: MIT */
/*
 * Windows keep the size that they choose and stand side by side, in the order in which they came, each
 * new one on the screen with the fewest. A fullscreen window covers its screen.
 */
#include <stdlib.h>

#include <wlr/types/wlr_keyboard.h>
#include <wlr/types/wlr_output_layout.h>
#include <wlr/types/wlr_scene.h>
#include <wlr/types/wlr_seat.h>
#include <wlr/types/wlr_xdg_shell.h>

#include "kiosk.h"

struct window {
	struct kiosk *kiosk;
	struct wlr_xdg_toplevel *toplevel;
	struct wlr_scene_tree *tree;
	struct wlr_output *output; /* NULL until it is arranged */
	int width, height;	   /* as they were arranged */
	struct wl_list link;
	struct wl_listener map, unmap, commit, request_fullscreen, request_maximize, destroy;
};

struct popup {
	struct wlr_xdg_popup *popup;
	struct wlr_scene_tree *tree; /* in its parent's, and gone with that; or NULL */
	struct wl_listener commit, tree_destroy, destroy;
};

struct window *window_from_node(struct wlr_scene_node *node)
{
	while (node && !node->data)
		node = node->parent ? &node->parent->node : NULL;
	return node ? node->data : NULL;
}

void window_focus(struct kiosk *kiosk, struct window *window)
{
	struct wlr_keyboard *keyboard = wlr_seat_get_keyboard(kiosk->seat);
	struct window *other;

	if (!window && !wl_list_empty(&kiosk->windows))
		window = wl_container_of(kiosk->windows.prev, window, link);
	wl_list_for_each(other, &kiosk->windows, link)
		wlr_xdg_toplevel_set_activated(other->toplevel, other == window);
	if (window && keyboard)
		wlr_seat_keyboard_notify_enter(kiosk->seat, window->toplevel->base->surface,
					       keyboard->keycodes, keyboard->num_keycodes,
					       &keyboard->modifiers);
	else if (!window)
		wlr_seat_keyboard_notify_clear_focus(kiosk->seat);
}

/* ---- where they are ---------------------------------------------------------------------------- */

static int count_windows(struct kiosk *kiosk, struct wlr_output *output)
{
	struct window *window;
	int count = 0;

	wl_list_for_each(window, &kiosk->windows, link)
		count += window->output == output;
	return count;
}

static struct wlr_output *emptiest_output(struct kiosk *kiosk)
{
	struct wlr_output_layout_output *candidate;
	struct wlr_output *best = NULL;

	wl_list_for_each(candidate, &kiosk->layout->outputs, link) {
		if (!best || count_windows(kiosk, candidate->output) < count_windows(kiosk, best))
			best = candidate->output;
	}
	return best;
}

static void cover(struct window *window, const struct wlr_box *screen)
{
	wlr_scene_node_set_position(&window->tree->node, screen->x, screen->y);
	wlr_scene_node_raise_to_top(&window->tree->node);
	wlr_xdg_toplevel_set_size(window->toplevel, screen->width, screen->height);
}

static void arrange_output(struct kiosk *kiosk, struct wlr_output *output)
{
	struct wlr_box screen, geometry;
	int x = 0, y = 0, row_height = 0;
	struct window *window;

	wlr_output_layout_get_box(kiosk->layout, output, &screen);
	wl_list_for_each(window, &kiosk->windows, link) {
		if (window->output != output)
			continue;
		wlr_xdg_surface_get_geometry(window->toplevel->base, &geometry);
		window->width = geometry.width;
		window->height = geometry.height;
		if (window->toplevel->requested.fullscreen) {
			cover(window, &screen);
			continue;
		}
		if (x > 0 && x + geometry.width > screen.width) {
			x = 0;
			y += row_height;
			row_height = 0;
		}
		wlr_scene_node_set_position(&window->tree->node, screen.x + x, screen.y + y);
		x += geometry.width;
		if (geometry.height > row_height)
			row_height = geometry.height;
	}
}

void window_arrange(struct kiosk *kiosk)
{
	struct wlr_output_layout_output *each;
	struct window *window;

	wl_list_for_each(window, &kiosk->windows, link) {
		if (!window->output)
			window->output = emptiest_output(kiosk);
	}
	wl_list_for_each(each, &kiosk->layout->outputs, link)
		arrange_output(kiosk, each->output);
}

void window_leave_output(struct kiosk *kiosk, struct wlr_output *output)
{
	struct window *window;

	wl_list_for_each(window, &kiosk->windows, link) {
		if (window->output == output)
			window->output = NULL;
	}
}

void window_to_next_output(struct kiosk *kiosk)
{
	struct wl_list *outputs = &kiosk->layout->outputs;
	struct wlr_output_layout_output *each;
	struct window *window;

	wl_list_for_each(window, &kiosk->windows, link) {
		if (!window->toplevel->scheduled.activated)
			continue;
		wl_list_for_each(each, outputs, link) {
			if (each->output != window->output)
				continue;
			/* The head of the list is not an output. */
			each = wl_container_of(each->link.next == outputs ? outputs->next : each->link.next,
					       each, link);
			window->output = each->output;
			break;
		}
	}
	window_arrange(kiosk);
}

/* ---- windows ----------------------------------------------------------------------------------- */

static void on_map(struct wl_listener *listener, void *data)
{
	struct window *window = wl_container_of(listener, window, map);
	struct kiosk *kiosk = window->kiosk;

	(void)data;
	wl_list_insert(kiosk->windows.prev, &window->link);
	window_arrange(kiosk);
	window_focus(kiosk, window);
}

static void on_unmap(struct wl_listener *listener, void *data)
{
	struct window *window = wl_container_of(listener, window, unmap);

	(void)data;
	wl_list_remove(&window->link);
	wl_list_init(&window->link);
	window->output = NULL;
	window_arrange(window->kiosk);
	window_focus(window->kiosk, NULL);
}

static void on_commit(struct wl_listener *listener, void *data)
{
	struct window *window = wl_container_of(listener, window, commit);
	struct wlr_xdg_surface *surface = window->toplevel->base;
	struct wlr_box geometry;

	(void)data;
	if (surface->initial_commit) {
		/* Zero is: as you like. */
		wlr_xdg_toplevel_set_size(window->toplevel, 0, 0);
		wlr_xdg_toplevel_set_fullscreen(window->toplevel,
						window->toplevel->requested.fullscreen);
	}
	if (wl_list_empty(&window->link))
		return;
	wlr_xdg_surface_get_geometry(surface, &geometry);
	if (geometry.width != window->width || geometry.height != window->height)
		window_arrange(window->kiosk);
}

static void on_request_fullscreen(struct wl_listener *listener, void *data)
{
	struct window *window = wl_container_of(listener, window, request_fullscreen);
	bool wanted = window->toplevel->requested.fullscreen;

	(void)data;
	if (!window->toplevel->base->initialized)
		return;
	wlr_xdg_toplevel_set_fullscreen(window->toplevel, wanted);
	if (!wanted)
		wlr_xdg_toplevel_set_size(window->toplevel, 0, 0);
	window_arrange(window->kiosk);
}

static void on_request_maximize(struct wl_listener *listener, void *data)
{
	struct window *window = wl_container_of(listener, window, request_maximize);

	(void)data;
	/* There is nothing to maximize to, but the protocol wants an answer. */
	if (window->toplevel->base->initialized)
		wlr_xdg_surface_schedule_configure(window->toplevel->base);
}

static void on_destroy(struct wl_listener *listener, void *data)
{
	struct window *window = wl_container_of(listener, window, destroy);

	(void)data;
	wl_list_remove(&window->map.link);
	wl_list_remove(&window->unmap.link);
	wl_list_remove(&window->commit.link);
	wl_list_remove(&window->request_fullscreen.link);
	wl_list_remove(&window->request_maximize.link);
	wl_list_remove(&window->destroy.link);
	wl_list_remove(&window->link);
	/* The surface stays, and may become another window. */
	window->toplevel->base->data = NULL;
	wlr_scene_node_destroy(&window->tree->node);
	free(window);
}

static void on_new_toplevel(struct wl_listener *listener, void *data)
{
	struct kiosk *kiosk = wl_container_of(listener, kiosk, new_toplevel);
	struct wlr_xdg_toplevel *toplevel = data;
	struct window *window = calloc(1, sizeof(*window));

	if (!window) {
		wl_client_post_no_memory(wl_resource_get_client(toplevel->resource));
		return;
	}
	window->kiosk = kiosk;
	window->toplevel = toplevel;
	window->tree = wlr_scene_xdg_surface_create(kiosk->window_tree, toplevel->base);
	window->tree->node.data = window;
	toplevel->base->data = window->tree;
	wl_list_init(&window->link);
	listen_to(&toplevel->base->surface->events.map, &window->map, on_map);
	listen_to(&toplevel->base->surface->events.unmap, &window->unmap, on_unmap);
	listen_to(&toplevel->base->surface->events.commit, &window->commit, on_commit);
	listen_to(&toplevel->events.request_fullscreen, &window->request_fullscreen,
		  on_request_fullscreen);
	listen_to(&toplevel->events.request_maximize, &window->request_maximize,
		  on_request_maximize);
	listen_to(&toplevel->events.destroy, &window->destroy, on_destroy);
}

/* ---- popups ------------------------------------------------------------------------------------ */

static void on_popup_commit(struct wl_listener *listener, void *data)
{
	struct popup *popup = wl_container_of(listener, popup, commit);

	(void)data;
	if (popup->popup->base->initial_commit)
		wlr_xdg_surface_schedule_configure(popup->popup->base);
}

static void on_popup_tree_destroy(struct wl_listener *listener, void *data)
{
	struct popup *popup = wl_container_of(listener, popup, tree_destroy);

	(void)data;
	wl_list_remove(&popup->tree_destroy.link);
	popup->popup->base->data = NULL;
	popup->tree = NULL;
}

static void on_popup_destroy(struct wl_listener *listener, void *data)
{
	struct popup *popup = wl_container_of(listener, popup, destroy);

	(void)data;
	wl_list_remove(&popup->commit.link);
	wl_list_remove(&popup->destroy.link);
	if (popup->tree)
		wlr_scene_node_destroy(&popup->tree->node);
	free(popup);
}

/* Where the popup's parent is in the scene; NULL if it is nothing that we know: the protocol lets a client name
 * it in other ways, or a parent that has none itself. */
static struct wlr_scene_tree *parent_tree(const struct wlr_xdg_popup *popup)
{
	struct wlr_xdg_surface *parent =
		popup->parent ? wlr_xdg_surface_try_from_wlr_surface(popup->parent) : NULL;

	return parent ? parent->data : NULL;
}

static void on_new_popup(struct wl_listener *listener, void *data)
{
	struct wlr_xdg_popup *xdg_popup = data;
	struct wlr_scene_tree *parent = parent_tree(xdg_popup);
	struct popup *popup = calloc(1, sizeof(*popup));

	(void)listener;
	if (!popup) {
		wl_client_post_no_memory(wl_resource_get_client(xdg_popup->resource));
		return;
	}
	popup->popup = xdg_popup;
	if (parent)
		popup->tree = wlr_scene_xdg_surface_create(parent, xdg_popup->base);
	if (popup->tree)
		listen_to(&popup->tree->node.events.destroy, &popup->tree_destroy, on_popup_tree_destroy);
	xdg_popup->base->data = popup->tree;
	listen_to(&xdg_popup->base->surface->events.commit, &popup->commit, on_popup_commit);
	listen_to(&xdg_popup->events.destroy, &popup->destroy, on_popup_destroy);
}

void window_init(struct kiosk *kiosk)
{
	struct wlr_xdg_shell *shell = wlr_xdg_shell_create(kiosk->display, 3);

	wl_list_init(&kiosk->windows);
	listen_to(&shell->events.new_toplevel, &kiosk->new_toplevel, on_new_toplevel);
	listen_to(&shell->events.new_popup, &kiosk->new_popup, on_new_popup);
}

void window_finish(struct kiosk *kiosk)
{
	wl_list_remove(&kiosk->new_toplevel.link);
	wl_list_remove(&kiosk->new_popup.link);
}
