/* SPDX-License-Identifier: MIT */
/*
 * A window that does what protex play never would:
 *
 *	test-window popup	an ordinary window with a secure popup
 *	test-window handed	shows a buffer which another process made, filled and handed over
 *	test-window reuse	draws to its only buffer again and again, without asking whether it may
 *
 * and with --ordinary the same with ordinary buffers. Like protex play --hold, says "held" when the picture
 * that is to be looked at is shown, and goes on showing it until a line comes; "reuse" goes on drawing until a
 * first one does.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gbm.h>
#include <protex/protex.h>
#include <wayland-client.h>

#include "linux-dmabuf-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

#include "connection.h"

/* A picture is 4 by 4 squares of 16 greys. */
#define WIDTH 320
#define HEIGHT 240
#define SQUARES 4
#define HELD 5 /* the picture that is looked at */

/* The window that has a popup, and where that is. */
#define PARENT_WIDTH 400
#define PARENT_HEIGHT 300
#define PARENT_COLOUR 0xc08040
#define POPUP_X 40
#define POPUP_Y 30

/* ---- a buffer and its pictures ----------------------------------------------------------------- */

struct buffer {
	int fd;
	uint32_t stride;
	struct gbm_bo *bo; /* if it is ordinary */
	struct protex_memory *memory; /* if it is not */
	struct protex_session *session;
};

static uint8_t grey(unsigned picture, unsigned row, unsigned column)
{
	return 16 * ((row * SQUARES + column + picture * 5) % 16) + 15;
}

static void create_ordinary(struct buffer *buffer)
{
	int card = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	struct gbm_device *device = gbm_create_device(card);

	buffer->bo = device ? gbm_bo_create(device, WIDTH, HEIGHT, GBM_FORMAT_XRGB8888,
					    GBM_BO_USE_LINEAR | GBM_BO_USE_RENDERING) : NULL;
	if (!buffer->bo)
		die("GBM gives no buffer: %s", strerror(errno));
	buffer->fd = gbm_bo_get_fd(buffer->bo);
	buffer->stride = gbm_bo_get_stride(buffer->bo);
}

static void create_protected(struct buffer *buffer)
{
	struct protex_allocator *allocator;
	struct protex_error error;
	struct protex_tee *tee;

	buffer->stride = WIDTH * 4;
	if (protex_allocator_create(&allocator, PROTEX_USE_SECURE_VIDEO, &error) ||
	    (buffer->fd = protex_allocator_alloc(allocator, buffer->stride * HEIGHT, &error)) < 0 ||
	    protex_ta_open(&tee, &buffer->session, &error) ||
	    protex_memory_import(&buffer->memory, tee, buffer->fd, &error))
		die("%s", error.message);
}

static void create(struct buffer *buffer, bool ordinary)
{
	if (ordinary)
		create_ordinary(buffer);
	else
		create_protected(buffer);
}

static void draw_ordinary(struct buffer *buffer, unsigned picture)
{
	void *mapping = NULL;
	uint32_t stride;
	uint8_t *pixels = gbm_bo_map(buffer->bo, 0, 0, WIDTH, HEIGHT, GBM_BO_TRANSFER_WRITE, &stride,
				     &mapping);

	if (!pixels)
		die("gbm_bo_map: %s", strerror(errno));
	for (unsigned y = 0; y < HEIGHT; y++)
		for (unsigned x = 0; x < WIDTH; x++)
			memset(pixels + y * stride + x * 4,
			       grey(picture, y * SQUARES / HEIGHT, x * SQUARES / WIDTH), 4);
	gbm_bo_unmap(buffer->bo, mapping);
}

static void draw_protected(struct buffer *buffer, unsigned picture)
{
	const uint32_t length = buffer->stride / SQUARES;
	struct protex_error error;

	for (unsigned y = 0; y < HEIGHT; y++) {
		for (unsigned column = 0; column < SQUARES; column++) {
			struct protex_range range = {
				buffer->memory, y * buffer->stride + column * length, length,
			};

			if (protex_ta_fill(buffer->session, &range,
					   grey(picture, y * SQUARES / HEIGHT, column), &error))
				die("%s", error.message);
		}
	}
}

static void draw(struct buffer *buffer, unsigned picture)
{
	if (buffer->bo)
		draw_ordinary(buffer, picture);
	else
		draw_protected(buffer, picture);
}

/* ---- handed over by another process ------------------------------------------------------------- */

union handover {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static void hand_over(int socket, struct buffer *buffer)
{
	union handover control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec stride = {&buffer->stride, sizeof(buffer->stride)};
	struct msghdr message = {
		.msg_iov = &stride,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};

	memcpy(CMSG_DATA(&control.header), &buffer->fd, sizeof(int));
	if (sendmsg(socket, &message, 0) < 0)
		die("sendmsg: %s", strerror(errno));
}

static void take_over(int socket, struct buffer *buffer)
{
	union handover control = {0};
	struct iovec stride = {&buffer->stride, sizeof(buffer->stride)};
	struct msghdr message = {
		.msg_iov = &stride,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space),
	};

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != sizeof(buffer->stride) ||
	    control.header.cmsg_type != SCM_RIGHTS)
		die("no buffer was handed over");
	memcpy(&buffer->fd, CMSG_DATA(&control.header), sizeof(int));
}

/* This process has the dma-buf, and nothing to do with a TEE. */
static void get_from_another_process(struct buffer *buffer, bool ordinary)
{
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		die("socketpair: %s", strerror(errno));
	switch (fork()) {
	case -1:
		die("fork: %s", strerror(errno));
	case 0:
		create(buffer, ordinary);
		draw(buffer, HELD);
		hand_over(sockets[1], buffer);
		exit(0);
	}
	close(sockets[1]);
	take_over(sockets[0], buffer);
	close(sockets[0]);
	wait(NULL);
}

/* ---- the compositor ------------------------------------------------------------------------------ */

static struct wl_display *display;
static struct wl_compositor *compositor;
static struct wl_shm *shm;
static struct xdg_wm_base *wm_base;
static struct zwp_linux_dmabuf_v1 *dmabuf;

static void on_ping(void *data, struct xdg_wm_base *base, uint32_t serial)
{
	(void)data;
	xdg_wm_base_pong(base, serial);
}

static const struct xdg_wm_base_listener wm_base_listener = {.ping = on_ping};

static void connect_window(void)
{
	const struct global globals[] = {
		{&compositor, &wl_compositor_interface, 4},
		{&shm, &wl_shm_interface, 1},
		{&wm_base, &xdg_wm_base_interface, 1},
		{&dmabuf, &zwp_linux_dmabuf_v1_interface, 4},
	};

	display = connect_to_compositor(globals, sizeof(globals) / sizeof(globals[0]));
	xdg_wm_base_add_listener(wm_base, &wm_base_listener, NULL);
}

static struct wl_buffer *create_plain(void)
{
	const size_t size = PARENT_WIDTH * PARENT_HEIGHT * 4;
	int fd = memfd_create("plain", MFD_CLOEXEC);
	struct wl_shm_pool *pool;
	struct wl_buffer *plain;
	uint32_t *pixels;

	if (fd < 0 || ftruncate(fd, size) ||
	    (pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED)
		die("memfd: %s", strerror(errno));
	for (size_t i = 0; i < size / 4; i++)
		pixels[i] = PARENT_COLOUR;
	munmap(pixels, size);
	pool = wl_shm_create_pool(shm, fd, size);
	plain = wl_shm_pool_create_buffer(pool, 0, PARENT_WIDTH, PARENT_HEIGHT, PARENT_WIDTH * 4,
					  WL_SHM_FORMAT_XRGB8888);
	wl_shm_pool_destroy(pool);
	close(fd);
	return plain;
}

/* ---- a surface ------------------------------------------------------------------------------------- */

struct view {
	struct wl_surface *surface;
	struct xdg_surface *xdg;
	bool is_configured, is_shown;
};

static void on_configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
	struct view *view = data;

	xdg_surface_ack_configure(xdg, serial);
	view->is_configured = true;
}

static const struct xdg_surface_listener xdg_listener = {.configure = on_configure};

static void on_frame(void *data, struct wl_callback *callback, uint32_t time)
{
	struct view *view = data;

	(void)time;
	wl_callback_destroy(callback);
	view->is_shown = true;
}

static const struct wl_callback_listener frame_listener = {.done = on_frame};

static void create_surface(struct view *view)
{
	view->surface = wl_compositor_create_surface(compositor);
	view->xdg = xdg_wm_base_get_xdg_surface(wm_base, view->surface);
	xdg_surface_add_listener(view->xdg, &xdg_listener, view);
}

static void until_configured(struct view *view)
{
	wl_surface_commit(view->surface);
	while (!view->is_configured)
		dispatch(display);
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

/* The window has its own size whatever the compositor says. */
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

static void create_window(struct view *window)
{
	struct xdg_toplevel *toplevel;

	create_surface(window);
	toplevel = xdg_surface_get_toplevel(window->xdg);
	xdg_toplevel_add_listener(toplevel, &toplevel_listener, NULL);
	xdg_toplevel_set_app_id(toplevel, "protex");
	until_configured(window);
}

static void create_popup(struct view *popup, struct view *window)
{
	struct xdg_positioner *positioner = xdg_wm_base_create_positioner(wm_base);

	xdg_positioner_set_size(positioner, WIDTH, HEIGHT);
	xdg_positioner_set_anchor_rect(positioner, POPUP_X, POPUP_Y, 1, 1);
	xdg_positioner_set_anchor(positioner, XDG_POSITIONER_ANCHOR_TOP_LEFT);
	xdg_positioner_set_gravity(positioner, XDG_POSITIONER_GRAVITY_BOTTOM_RIGHT);
	create_surface(popup);
	xdg_popup_add_listener(xdg_surface_get_popup(popup->xdg, window->xdg, positioner),
			       &popup_listener, NULL);
	xdg_positioner_destroy(positioner);
	until_configured(popup);
}

static void put(struct view *view, struct wl_buffer *buffer)
{
	view->is_shown = false;
	wl_callback_add_listener(wl_surface_frame(view->surface), &frame_listener, view);
	wl_surface_attach(view->surface, buffer, 0, 0);
	wl_surface_damage_buffer(view->surface, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_commit(view->surface);
}

static void show(struct view *view, struct wl_buffer *buffer)
{
	put(view, buffer);
	while (!view->is_shown)
		dispatch(display);
}

static bool line_has_come(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char byte = 0;

	if (poll(&input, 1, 0) <= 0)
		return false;
	while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
		;
	return true;
}

int main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";
	const bool ordinary = argc > 2 && !strcmp(argv[2], "--ordinary");
	const bool is_popup = !strcmp(what, "popup"), is_reuse = !strcmp(what, "reuse");
	struct view window = {0}, popup = {0}, *secure = &window;
	struct buffer buffer = {.fd = -1};
	struct wl_buffer *picture;

	if (!is_popup && !is_reuse && strcmp(what, "handed"))
		die("test-window popup|handed|reuse [--ordinary]");
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (is_popup || is_reuse) {
		create(&buffer, ordinary);
		draw(&buffer, HELD);
	} else {
		get_from_another_process(&buffer, ordinary);
	}
	connect_window();
	picture = import_dmabuf(dmabuf, buffer.fd, WIDTH, HEIGHT, buffer.stride, GBM_FORMAT_XRGB8888);
	create_window(&window);
	if (is_popup) {
		show(&window, create_plain());
		create_popup(&popup, &window);
		secure = &popup;
	}
	show(secure, picture);
	if (is_reuse) {
		puts("draws");
		for (unsigned i = 0; !line_has_come(); i++) {
			draw(&buffer, i % 2);
			show(secure, picture);
		}
		draw(&buffer, HELD);
		show(secure, picture);
	}
	puts("held");
	while (!line_has_come())
		show(secure, picture);
	wl_display_disconnect(display);
	return 0;
}
