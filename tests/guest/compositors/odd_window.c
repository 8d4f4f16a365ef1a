/* SPDX-License-Identifier: MIT */
/*
 * A window of a client that makes use of what the protocol allows and nobody does:
 *
 *	odd-window orphans	two popups, of which one has no parent, and the other has that one
 *	odd-window again	the window ceases to be one, and becomes one again; so does its popup
 *
 * Like test-window, says "held" when it is shown, and goes on showing it until a line comes.
 */
#include <stdio.h>
#include <string.h>

#include "connection.h"
#include "window.h"

#define WIDTH 320
#define HEIGHT 240
#define COLOUR 0xc08040
#define POPUP_COLOUR 0x4080c0
#define POPUP_WIDTH 100
#define POPUP_HEIGHT 50
#define POPUP_X 10
#define POPUP_Y 20

static void create_orphans(struct wl_display *display)
{
	static struct view views[2];

	create_surface(&views[0]);
	create_popup(&views[0], NULL, POPUP_X, POPUP_Y, POPUP_WIDTH, POPUP_HEIGHT);
	create_surface(&views[1]);
	create_popup(&views[1], &views[0], POPUP_X, POPUP_Y, POPUP_WIDTH, POPUP_HEIGHT);
	if (wl_display_roundtrip(display) < 0)
		die("the compositor is gone");
}

/* Only what has no picture may change its role. */
static void hide(struct view *view)
{
	wl_surface_attach(view->surface, NULL, 0, 0);
	wl_surface_commit(view->surface);
}

static struct xdg_popup *show_popup(struct view *popup, struct view *window)
{
	struct xdg_popup *role = create_popup(popup, window, POPUP_X, POPUP_Y, POPUP_WIDTH, POPUP_HEIGHT);

	until_configured(popup);
	show(popup, create_plain(POPUP_WIDTH, POPUP_HEIGHT, POPUP_COLOUR));
	return role;
}

int main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";
	struct wl_display *display = connect_windows(NULL);
	struct wl_buffer *picture = create_plain(WIDTH, HEIGHT, COLOUR);
	struct view window = {0}, popup = {0};
	struct xdg_toplevel *toplevel;
	struct xdg_popup *role;

	setvbuf(stdout, NULL, _IOLBF, 0);
	create_surface(&window);
	toplevel = create_window(&window);
	show(&window, picture);
	if (!strcmp(what, "orphans")) {
		create_orphans(display);
	} else if (!strcmp(what, "again")) {
		create_surface(&popup);
		role = show_popup(&popup, &window);
		hide(&popup);
		xdg_popup_destroy(role);
		hide(&window);
		xdg_toplevel_destroy(toplevel);
		create_window(&window);
		show(&window, picture);
		show_popup(&popup, &window);
	} else {
		die("odd-window orphans|again");
	}
	puts("held");
	while (!line_has_come())
		show(&window, picture);
	wl_display_disconnect(display);
	return 0;
}
