/* SPDX-License-Identifier: MIT */
/* What test clients have in common: each ends with a message when anything fails. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <stddef.h>
#include <stdint.h>

#include <wayland-client.h>

struct zwp_linux_dmabuf_v1;

/* What a client needs of the compositor. */
struct global {
	void *object; /* the address of a pointer, which is set */
	const struct wl_interface *interface;
	uint32_t version;
};

void __attribute__((format(printf, 1, 2), noreturn)) die(const char *format, ...);

/* Connects to the compositor and binds the first of each of the globals, which must all be there. */
struct wl_display *connect_to_compositor(const struct global *globals, size_t count);

/* Waits for events, which are handled. */
void dispatch(struct wl_display *display);

/* A dma-buf of one plane, of 32 bits a pixel. The driver has no modifiers. */
struct wl_buffer *import_dmabuf(struct zwp_linux_dmabuf_v1 *dmabuf, int fd, uint32_t width, uint32_t height,
				uint32_t stride, uint32_t format);

#endif
