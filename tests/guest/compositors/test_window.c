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
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gbm.h>
#include <protex/protex.h>

#include "linux-dmabuf-v1-client-protocol.h"

#include "connection.h"
#include "window.h"

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

int main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";
	const bool ordinary = argc > 2 && !strcmp(argv[2], "--ordinary");
	const bool is_popup = !strcmp(what, "popup"), is_reuse = !strcmp(what, "reuse");
	struct view window = {0}, popup = {0}, *secure = &window;
	struct zwp_linux_dmabuf_v1 *dmabuf = NULL;
	struct buffer buffer = {.fd = -1};
	struct wl_display *display;
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
	display = connect_windows(&dmabuf);
	picture = import_dmabuf(dmabuf, buffer.fd, WIDTH, HEIGHT, buffer.stride, GBM_FORMAT_XRGB8888);
	create_surface(&window);
	create_window(&window);
	if (is_popup) {
		show(&window, create_plain(PARENT_WIDTH, PARENT_HEIGHT, PARENT_COLOUR));
		create_surface(&popup);
		create_popup(&popup, &window, POPUP_X, POPUP_Y, WIDTH, HEIGHT);
		until_configured(&popup);
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
