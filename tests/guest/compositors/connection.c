/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linux-dmabuf-v1-client-protocol.h"

#include "connection.h"

struct wanted {
	const struct global *globals;
	size_t count;
};

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void on_global(void *data, struct wl_registry *registry, uint32_t name, const char *interface,
		      uint32_t version)
{
	const struct wanted *wanted = data;

	for (size_t i = 0; i < wanted->count; i++) {
		const struct global *global = &wanted->globals[i];
		void **object = global->object;

		if (!strcmp(interface, global->interface->name) && version >= global->version && !*object)
			*object = wl_registry_bind(registry, name, global->interface, global->version);
	}
}

static void on_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	(void)data;
	(void)registry;
	(void)name;
}

static const struct wl_registry_listener registry_listener = {
	.global = on_global,
	.global_remove = on_global_remove,
};

struct wl_display *connect_to_compositor(const struct global *globals, size_t count)
{
	struct wanted wanted = {globals, count};
	struct wl_display *display = wl_display_connect(NULL);
	struct wl_registry *registry;

	if (!display)
		die("no compositor: %s", strerror(errno));
	registry = wl_display_get_registry(display);
	wl_registry_add_listener(registry, &registry_listener, &wanted);
	if (wl_display_roundtrip(display) < 0)
		die("the compositor is gone: %s", strerror(errno));
	for (size_t i = 0; i < count; i++)
		if (!*(void **)globals[i].object)
			die("the compositor lacks %s", globals[i].interface->name);
	/* What comes later is not looked at. */
	wl_registry_destroy(registry);
	return display;
}

void dispatch(struct wl_display *display)
{
	if (wl_display_dispatch(display) < 0)
		die("the compositor is gone: %s", strerror(errno));
}

struct wl_buffer *import_dmabuf(struct zwp_linux_dmabuf_v1 *dmabuf, int fd, uint32_t width, uint32_t height,
				uint32_t stride, uint32_t format)
{
	struct zwp_linux_buffer_params_v1 *params = zwp_linux_dmabuf_v1_create_params(dmabuf);
	struct wl_buffer *buffer;

	zwp_linux_buffer_params_v1_add(params, fd, 0, 0, stride, 0x00ffffff, 0xffffffff);
	buffer = zwp_linux_buffer_params_v1_create_immed(params, (int32_t)width, (int32_t)height, format, 0);
	zwp_linux_buffer_params_v1_destroy(params);
	return buffer;
}
