/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "linux-dmabuf-v1-client-protocol.h"

#include "connection.h"
#include "window.h"

static struct wl_display *display;
static struct wl_compositor *compositor;
static struct wl_shm *shm;
static struct xdg_wm_base *wm_base;

static void on_ping(void *data, struct xdg_wm_base *base, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {.ping = on_ping};

struct wl_display *connect_windows(struct zwp_linux_dmabuf_v1 **dmabuf)
{
	const struct global globals[] = {
		{&compositor, &wl_compositor_interface, 4},
		{&shm, &wl_shm_interface, 1},
		{&wm_base, &xdg_wm_base_interface, 1},
		{dmabuf, &zwp_linux_dmabuf_v1_interface, 4},
	};

	display = connect_to_compositor(globals, dmabuf ? 4 : 3);
	xdg_wm_base_add_listener(wm_base, &wm_base_listener, NULL);
	return display;
}

struct wl_buffer *create_plain(int32_t width, int32_t height, uint32_t colour)
{
	const int32_t size = width * height * 4;
	int fd = memfd_create("plain", MFD_CLOEXEC);
	struct wl_shm_pool *pool;
	struct wl_buffer *plain;
	uint32_t *pixels;

	if (fd < 0 || ftruncate(fd, size) ||
	    (pixels = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED)
		die("memfd: %s", strerror(errno));
	for (int32_t i = 0; i < size / 4; i++)
		pixels[i] = colour;
	munmap(pixels, (size_t)size);
	pool = wl_shm_create_pool(shm, fd, size);
	plain = wl_shm_pool_create_buffer(pool, 0, width, height, width * 4, WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
	return plain;
}

/* ---- surfaces -------------------------------------------------------------------------------------- */

static void on_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	struct view *view = data;

	xdg_surface_ack_configure(xdg, serial);
	view->is_configured = true;
}

static const struct xdg_surface_listener xdg_listener = {.configure = on_configure};

void create_surface(struct view *view)
{
	view->surface = wl_compositor_create_surface(compositor);
	view->xdg = xdg_wm_base_get_xdg_surface(wm_base, view->surface);
	xdg_surface_add_listener(view->xdg, &xdg_listener, view);
}

void until_configured(struct view *view)
{
	view->is_configured = false;
	wl_surface_commit(view->surface);
	while (!view->is_configured)
		dispatch(display);
}

static void on_toplevel_configure(void *data, struct xdg_toplevel *toplevel, int32_t width, int32_t height,
				  struct wl_array *states)
{
	(void)data;
	(void)toplevel;
	(void)width;
	(void)height;
	(void)states;
}

static void on_close(void *data, struct xdg_toplevel *toplevel)
{
	(void)data;
	(void)toplevel;
	die("the window was closed");
}

static const struct xdg_toplevel_listener toplevel_listener = {
	.configure = on_toplevel_configure,
	.close = on_close,
};

struct xdg_toplevel *create_window(struct view *view)
{
	struct xdg_toplevel *toplevel = xdg_surface_get_toplevel(view->xdg);

	xdg_toplevel_add_listener(toplevel, &toplevel_listener, NULL);
	xdg_toplevel_set_app_id(toplevel, "protex");
	until_configured(view);
	return toplevel;
}

static void on_popup_configure(void *data, struct xdg_popup *popup, int32_t x, int32_t y, int32_t width,
			       int32_t height)
{
	(void)data;
	(void)popup;
	(void)x;
	(void)y;
	(void)width;
	(void)height;
}

static void on_popup_done(void *data, struct xdg_popup *popup)
{
	(void)data;
	(void)popup;
	die("the popup was closed");
}

static const struct xdg_popup_listener popup_listener = {
	.configure = on_popup_configure,
	.popup_done = on_popup_done,
};

struct xdg_popup *create_popup(struct view *view, struct view *parent, int32_t x, int32_t y, int32_t width,
			       int32_t height)
{
	struct xdg_positioner *positioner = xdg_wm_base_create_positioner(wm_base);
	struct xdg_popup *popup;

	xdg_positioner_set_size(positioner, width, height);
	xdg_positioner_set_anchor_rect(positioner, x, y, 1, 1);
	xdg_positioner_set_anchor(positioner, XDG_POSITIONER_ANCHOR_TOP_LEFT);
	xdg_positioner_set_gravity(positioner, XDG_POSITIONER_GRAVITY_BOTTOM_RIGHT);
	popup = xdg_surface_get_popup(view->xdg, parent ? parent->xdg : NULL, positioner);
	xdg_popup_add_listener(popup, &popup_listener, NULL);
	xdg_positioner_destroy(positioner);
	return popup;
}

/* ---- pictures -------------------------------------------------------------------------------------- */

static void on_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	struct view *view = data;

	(void)time;
	wl_callback_destroy(callback);
	view->is_shown = true;
}

static const struct wl_callback_listener frame_listener = {.done = on_frame};

void show(struct view *view, struct wl_buffer *buffer)
{
	view->is_shown = false;
	wl_callback_add_listener(wl_surface_frame(view->surface), &frame_listener, view);
	wl_surface_attach(view->surface, buffer, 0, 0);
	wl_surface_damage_buffer(view->surface, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_commit(view->surface);
	while (!view->is_shown)
		dispatch(display);
}

bool line_has_come(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char byte = 0;

	if (poll(&input, 1, 0) <= 0)
		return false;
	while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
		;
	return true;
}
