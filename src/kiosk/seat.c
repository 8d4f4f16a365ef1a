/* SPDX-License-Identifier: MIT */
/*
 * The keyboard and the pointer go to the window that is clicked. Alt+Escape ends the kiosk, and Alt+Tab
 * moves the window that has the keyboard to the next screen.
 */
#include <stdlib.h>

#include <wlr/backend.h>
#include <wlr/backend/session.h>
#include <wlr/types/wlr_cursor.h>
#include <wlr/types/wlr_input_device.h>
#include <wlr/types/wlr_keyboard.h>
#include <wlr/types/wlr_pointer.h>
#include <wlr/types/wlr_scene.h>
#include <wlr/types/wlr_seat.h>
#include <wlr/types/wlr_xcursor_manager.h>
#include <xkbcommon/xkbcommon.h>

#include "kiosk.h"

struct keyboard {
	struct kiosk *kiosk;
	struct wlr_keyboard *keyboard;
	struct wl_listener key, modifiers, destroy;
};

/* ---- keyboards --------------------------------------------------------------------------------- */

/* Whether a key was meant for the kiosk. */
static bool take_key(struct kiosk *kiosk, struct wlr_keyboard *keyboard, uint32_t keycode)
{
	const xkb_keysym_t *symbols;
	int count = xkb_state_key_get_syms(keyboard->xkb_state, keycode + 8, &symbols);

	bool alt = wlr_keyboard_get_modifiers(keyboard) & WLR_MODIFIER_ALT;

	for (int i = 0; i < count; i++) {
		if (alt && symbols[i] == XKB_KEY_Escape) {
			kiosk_end(kiosk, 0);
			return true;
		}
		if (alt && symbols[i] == XKB_KEY_Tab) {
			window_to_next_output(kiosk);
			return true;
		}
		/* The default keymap has these at Ctrl+Alt and a function key. */
		if (symbols[i] >= XKB_KEY_XF86Switch_VT_1 &&
		    symbols[i] <= XKB_KEY_XF86Switch_VT_12 && kiosk->session) {
			wlr_session_change_vt(kiosk->session,
					      symbols[i] - XKB_KEY_XF86Switch_VT_1 + 1);
			return true;
		}
	}
	return false;
}

static void on_key(struct wl_listener *listener, void *data)
{
	struct keyboard *keyboard = wl_container_of(listener, keyboard, key);
	const struct wlr_keyboard_key_event *event = data;
	struct kiosk *kiosk = keyboard->kiosk;

	if (event->state == WL_KEYBOARD_KEY_STATE_PRESSED &&
	    take_key(kiosk, keyboard->keyboard, event->keycode))
		return;
	wlr_seat_set_keyboard(kiosk->seat, keyboard->keyboard);
	wlr_seat_keyboard_notify_key(kiosk->seat, event->time_msec, event->keycode, event->state);
}

static void on_modifiers(struct wl_listener *listener, void *data)
{
	struct keyboard *keyboard = wl_container_of(listener, keyboard, modifiers);

	(void)data;
	wlr_seat_set_keyboard(keyboard->kiosk->seat, keyboard->keyboard);
	wlr_seat_keyboard_notify_modifiers(keyboard->kiosk->seat, &keyboard->keyboard->modifiers);
}

static void on_keyboard_destroy(struct wl_listener *listener, void *data)
{
	struct keyboard *keyboard = wl_container_of(listener, keyboard, destroy);

	(void)data;
	wl_list_remove(&keyboard->key.link);
	wl_list_remove(&keyboard->modifiers.link);
	wl_list_remove(&keyboard->destroy.link);
	free(keyboard);
}

static void add_keyboard(struct kiosk *kiosk, struct wlr_input_device *device)
{
	struct wlr_keyboard *wlr_keyboard = wlr_keyboard_from_input_device(device);
	struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
	struct xkb_keymap *keymap =
		context ? xkb_keymap_new_from_names(context, NULL, XKB_KEYMAP_COMPILE_NO_FLAGS)
			: NULL;
	struct keyboard *keyboard = calloc(1, sizeof(*keyboard));

	if (keyboard && keymap) {
		keyboard->kiosk = kiosk;
		keyboard->keyboard = wlr_keyboard;
		wlr_keyboard_set_keymap(wlr_keyboard, keymap);
		wlr_keyboard_set_repeat_info(wlr_keyboard, 25, 600);
		listen_to(&wlr_keyboard->events.key, &keyboard->key, on_key);
		listen_to(&wlr_keyboard->events.modifiers, &keyboard->modifiers, on_modifiers);
		listen_to(&device->events.destroy, &keyboard->destroy, on_keyboard_destroy);
		wlr_seat_set_keyboard(kiosk->seat, wlr_keyboard);
		kiosk->has_keyboard = true;
		window_focus(kiosk, NULL);
	} else {
		free(keyboard);
	}
	xkb_keymap_unref(keymap);
	xkb_context_unref(context);
}

/* ---- the pointer ------------------------------------------------------------------------------- */

static struct wlr_surface *surface_at(struct kiosk *kiosk, double *x, double *y,
				      struct window **window)
{
	struct wlr_scene_node *node = wlr_scene_node_at(&kiosk->scene->tree.node, kiosk->cursor->x,
							kiosk->cursor->y, x, y);
	struct wlr_scene_surface *surface;

	*window = window_from_node(node);
	if (!node || node->type != WLR_SCENE_NODE_BUFFER)
		return NULL;
	surface = wlr_scene_surface_try_from_buffer(wlr_scene_buffer_from_node(node));
	return surface ? surface->surface : NULL;
}

static void point(struct kiosk *kiosk, uint32_t time)
{
	struct window *window;
	double x, y;
	struct wlr_surface *surface = surface_at(kiosk, &x, &y, &window);

	if (!surface) {
		wlr_cursor_set_xcursor(kiosk->cursor, kiosk->cursor_images, "default");
		wlr_seat_pointer_clear_focus(kiosk->seat);
		return;
	}
	wlr_seat_pointer_notify_enter(kiosk->seat, surface, x, y);
	wlr_seat_pointer_notify_motion(kiosk->seat, time, x, y);
}

static void on_motion(struct wl_listener *listener, void *data)
{
	struct kiosk *kiosk = wl_container_of(listener, kiosk, cursor_motion);
	const struct wlr_pointer_motion_event *event = data;

	wlr_cursor_move(kiosk->cursor, &event->pointer->base, event->delta_x, event->delta_y);
	point(kiosk, event->time_msec);
}

static void on_motion_absolute(struct wl_listener *listener, void *data)
{
	struct kiosk *kiosk = wl_container_of(listener, kiosk, cursor_motion_absolute);
	const struct wlr_pointer_motion_absolute_event *event = data;

	wlr_cursor_warp_absolute(kiosk->cursor, &event->pointer->base, event->x, event->y);
	point(kiosk, event->time_msec);
}

static void on_button(struct wl_listener *listener, void *data)
{
	struct kiosk *kiosk = wl_container_of(listener, kiosk, cursor_button);
	const struct wlr_pointer_button_event *event = data;
	struct window *window;
	double x, y;

	wlr_seat_pointer_notify_button(kiosk->seat, event->time_msec, event->button, event->state);
	surface_at(kiosk, &x, &y, &window);
	if (window && event->state == WL_POINTER_BUTTON_STATE_PRESSED)
		window_focus(kiosk, window);
}

static void on_axis(struct wl_listener *listener, void *data)
{
	struct kiosk *kiosk = wl_container_of(listener, kiosk, cursor_axis);
	const struct wlr_pointer_axis_event *event = data;

	wlr_seat_pointer_notify_axis(kiosk->seat, event->time_msec, event->orientation,
				     event->delta, event->delta_discrete, event->source,
				     event->relative_direction);
}

static void on_cursor_frame(struct wl_listener *listener, void *data)
{
	struct kiosk *kiosk = wl_container_of(listener, kiosk, cursor_frame);

	(void)data;
	wlr_seat_pointer_notify_frame(kiosk->seat);
}

static void on_request_cursor(struct wl_listener *listener, void *data)
{
	struct kiosk *kiosk = wl_container_of(listener, kiosk, request_cursor);
	const struct wlr_seat_pointer_request_set_cursor_event *event = data;

	if (event->seat_client == kiosk->seat->pointer_state.focused_client)
		wlr_cursor_set_surface(kiosk->cursor, event->surface, event->hotspot_x,
				       event->hotspot_y);
}

/* ---- the seat ---------------------------------------------------------------------------------- */

static void on_new_input(struct wl_listener *listener, void *data)
{
	struct kiosk *kiosk = wl_container_of(listener, kiosk, new_input);
	struct wlr_input_device *device = data;

	if (device->type == WLR_INPUT_DEVICE_KEYBOARD) {
		add_keyboard(kiosk, device);
	} else if (device->type == WLR_INPUT_DEVICE_POINTER) {
		wlr_cursor_attach_input_device(kiosk->cursor, device);
		kiosk->has_pointer = true;
	}
	wlr_seat_set_capabilities(kiosk->seat,
				  (kiosk->has_keyboard ? WL_SEAT_CAPABILITY_KEYBOARD : 0) |
					  (kiosk->has_pointer ? WL_SEAT_CAPABILITY_POINTER : 0));
}

void seat_init(struct kiosk *kiosk)
{
	kiosk->cursor = wlr_cursor_create();
	wlr_cursor_attach_output_layout(kiosk->cursor, kiosk->layout);
	kiosk->cursor_images = wlr_xcursor_manager_create(NULL, 24);
	listen_to(&kiosk->cursor->events.motion, &kiosk->cursor_motion, on_motion);
	listen_to(&kiosk->cursor->events.motion_absolute, &kiosk->cursor_motion_absolute,
		  on_motion_absolute);
	listen_to(&kiosk->cursor->events.button, &kiosk->cursor_button, on_button);
	listen_to(&kiosk->cursor->events.axis, &kiosk->cursor_axis, on_axis);
	listen_to(&kiosk->cursor->events.frame, &kiosk->cursor_frame, on_cursor_frame);

	kiosk->seat = wlr_seat_create(kiosk->display, "seat0");
	listen_to(&kiosk->seat->events.request_set_cursor, &kiosk->request_cursor,
		  on_request_cursor);
	listen_to(&kiosk->backend->events.new_input, &kiosk->new_input, on_new_input);
}

void seat_finish(struct kiosk *kiosk)
{
	wl_list_remove(&kiosk->new_input.link);
	wl_list_remove(&kiosk->request_cursor.link);
	wl_list_remove(&kiosk->cursor_motion.link);
	wl_list_remove(&kiosk->cursor_motion_absolute.link);
	wl_list_remove(&kiosk->cursor_button.link);
	wl_list_remove(&kiosk->cursor_axis.link);
	wl_list_remove(&kiosk->cursor_frame.link);
	wlr_xcursor_manager_destroy(kiosk->cursor_images);
	wlr_cursor_destroy(kiosk->cursor);
}
