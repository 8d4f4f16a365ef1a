/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "linux-dmabuf-v1-client-protocol.h"
#include "weston-direct-display-client-protocol.h"

#include "fail.h"
#include "wayland_dmabuf.h"

/* ---- feedback ---------------------------------------------------------------------------------- */

/* As the protocol lays it out. */
struct table_entry {
	uint32_t fourcc, padding;
	uint64_t modifier;
};

struct dmabuf_feedback_state {
	struct dmabuf_feedback *feedback;
	struct zwp_linux_dmabuf_feedback_v1 *proxy;
	const struct table_entry *table;
	size_t table_size; /* in bytes */
	bool tranche_scans_out;
	bool failed; /* memory ran out */
	bool done;
	struct wl_array formats, tranche; /* until it is done; struct dmabuf_format, uint16_t */
	dev_t main_device;
};

static void on_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *proxy)
{
	struct dmabuf_feedback_state *s = data;
	struct dmabuf_feedback *f = s->feedback;

	(void)proxy;
	free(f->formats);
	f->formats = s->formats.data;
	f->format_count = s->formats.size / sizeof(struct dmabuf_format);
	f->main_device = s->main_device;
	wl_array_init(&s->formats);
	s->done = true;
}

static void on_format_table(void *data, struct zwp_linux_dmabuf_feedback_v1 *proxy, int32_t fd,
			    uint32_t size)
{
	struct dmabuf_feedback_state *s = data;
	void *table = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	(void)proxy;
	close(fd);
	if (s->table)
		munmap((void *)s->table, s->table_size);
	s->table = table == MAP_FAILED ? NULL : table;
	s->table_size = size;
}

static void on_main_device(void *data, struct zwp_linux_dmabuf_feedback_v1 *proxy,
			   struct wl_array *device)
{
	struct dmabuf_feedback_state *s = data;

	(void)proxy;
	if (device->size == sizeof(s->main_device))
		memcpy(&s->main_device, device->data, sizeof(s->main_device));
}

static void on_tranche_done(void *data, struct zwp_linux_dmabuf_feedback_v1 *proxy)
{
	struct dmabuf_feedback_state *s = data;
	size_t entry_count = s->table ? s->table_size / sizeof(*s->table) : 0;
	uint16_t *index;

	(void)proxy;
	wl_array_for_each(index, &s->tranche) {
		struct dmabuf_format *format;

		if (*index >= entry_count)
			continue;
		format = wl_array_add(&s->formats, sizeof(*format));
		if (!format) {
			s->failed = true;
			break;
		}
		*format = (struct dmabuf_format){s->table[*index].fourcc,
						 s->table[*index].modifier, s->tranche_scans_out};
	}
	s->tranche.size = 0;
	s->tranche_scans_out = false;
}

static void on_target_device(void *data, struct zwp_linux_dmabuf_feedback_v1 *proxy,
			     struct wl_array *device)
{
	(void)data;
	(void)proxy;
	(void)device;
}

static void on_tranche_formats(void *data, struct zwp_linux_dmabuf_feedback_v1 *proxy,
			       struct wl_array *indices)
{
	struct dmabuf_feedback_state *s = data;

	(void)proxy;
	if (wl_array_copy(&s->tranche, indices) < 0)
		s->failed = true;
}

static void on_tranche_flags(void *data, struct zwp_linux_dmabuf_feedback_v1 *proxy, uint32_t flags)
{
	struct dmabuf_feedback_state *s = data;

	(void)proxy;
	s->tranche_scans_out = flags & ZWP_LINUX_DMABUF_FEEDBACK_V1_TRANCHE_FLAGS_SCANOUT;
}

static const struct zwp_linux_dmabuf_feedback_v1_listener feedback_listener = {
	.done = on_done,
	.format_table = on_format_table,
	.main_device = on_main_device,
	.tranche_done = on_tranche_done,
	.tranche_target_device = on_target_device,
	.tranche_formats = on_tranche_formats,
	.tranche_flags = on_tranche_flags,
};

static void stop_listening(struct dmabuf_feedback *f)
{
	struct dmabuf_feedback_state *s = f->state;

	if (!s)
		return;
	zwp_linux_dmabuf_feedback_v1_destroy(s->proxy);
	if (s->table)
		munmap((void *)s->table, s->table_size);
	wl_array_release(&s->formats);
	wl_array_release(&s->tranche);
	free(s);
	f->state = NULL;
}

static int listen_to(struct dmabuf_feedback *f, struct window *w,
		     struct zwp_linux_dmabuf_feedback_v1 *proxy, struct protex_error *error)
{
	struct dmabuf_feedback_state *s = calloc(1, sizeof(*s));
	int ret = 0;

	stop_listening(f);
	if (!s) {
		zwp_linux_dmabuf_feedback_v1_destroy(proxy);
		return fail(error, -ENOMEM, "out of memory");
	}
	wl_array_init(&s->formats);
	wl_array_init(&s->tranche);
	s->feedback = f;
	s->proxy = proxy;
	f->state = s;
	zwp_linux_dmabuf_feedback_v1_add_listener(proxy, &feedback_listener, s);
	while (ret == 0 && !s->done)
		ret = window_roundtrip(w, error);
	if (ret == 0 && s->failed)
		ret = fail(error, -ENOMEM, "out of memory");
	return ret;
}

int dmabuf_feedback_get(struct dmabuf_feedback *f, struct window *w, struct protex_error *error)
{
	if (!w->dmabuf)
		return fail(error, -ENODEV, "the compositor takes no dma-bufs: it has no "
					    "zwp_linux_dmabuf_v1 of version 4; use one that "
					    "composes with OpenGL ES, on the GPU");
	return listen_to(f, w, zwp_linux_dmabuf_v1_get_default_feedback(w->dmabuf), error);
}

int dmabuf_feedback_follow(struct dmabuf_feedback *f, struct window *w, struct protex_error *error)
{
	return listen_to(f, w, zwp_linux_dmabuf_v1_get_surface_feedback(w->dmabuf, w->surface),
			 error);
}

void dmabuf_feedback_release(struct dmabuf_feedback *f)
{
	stop_listening(f);
	free(f->formats);
	f->formats = NULL;
	f->format_count = 0;
}

/* ---- buffers ----------------------------------------------------------------------------------- */

#define MODIFIER_LINEAR	 UINT64_C(0)
#define MODIFIER_INVALID UINT64_C(0x00ffffffffffffff) /* as the driver likes */

/* The content's buffers are linear. Says so if the compositor understands it. */
static bool choose_modifier(const struct dmabuf_feedback *f, uint32_t fourcc, uint64_t *modifier)
{
	bool found = false;

	for (size_t i = 0; i < f->format_count; i++) {
		const struct dmabuf_format *format = &f->formats[i];

		if (format->fourcc != fourcc)
			continue;
		if (format->modifier == MODIFIER_LINEAR) {
			*modifier = MODIFIER_LINEAR;
			return true;
		}
		if (format->modifier == MODIFIER_INVALID) {
			*modifier = MODIFIER_INVALID;
			found = true;
		}
	}
	return found;
}

struct creation {
	struct wl_buffer *buffer;
	bool failed;
};

static void on_created(void *data, struct zwp_linux_buffer_params_v1 *params,
		       struct wl_buffer *buffer)
{
	struct creation *creation = data;

	(void)params;
	creation->buffer = buffer;
}

static void on_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct creation *creation = data;

	(void)params;
	creation->failed = true;
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = on_created,
	.failed = on_failed,
};

int dmabuf_create_buffer(struct wl_buffer **out, struct window *w, const struct dmabuf_feedback *f,
			 const struct content *content, unsigned slot,
			 const struct container_header *header, bool direct_display,
			 struct protex_error *error)
{
	struct zwp_linux_buffer_params_v1 *params;
	struct creation creation = {0};
	uint64_t modifier = MODIFIER_LINEAR;
	int ret = 0;

	/* What goes past the compositor's renderer need not be among the formats of that, and no display
	 * takes a buffer without knowing how its pixels lie. */
	if (!direct_display && !choose_modifier(f, content->fourcc, &modifier))
		return fail(error, -ENODEV,
			    "the compositor takes no linear dma-bufs of the format %.4s: use "
			    "--via gl", (const char *)&content->fourcc);
	params = zwp_linux_dmabuf_v1_create_params(w->dmabuf);
	zwp_linux_buffer_params_v1_add_listener(params, &params_listener, &creation);
	for (uint32_t i = 0; i < content->plane_count; i++) {
		const struct content_plane *plane = &content->planes[slot][i];

		zwp_linux_buffer_params_v1_add(params, plane->dma_buf, i, plane->offset,
					       plane->stride, (uint32_t)(modifier >> 32),
					       (uint32_t)modifier);
	}
	if (direct_display)
		weston_direct_display_v1_enable(w->direct_display, params);
	zwp_linux_buffer_params_v1_create(params, (int32_t)header->layout.width,
					  (int32_t)header->layout.height, content->fourcc, 0);
	while (ret == 0 && !creation.buffer && !creation.failed)
		ret = window_roundtrip(w, error);
	zwp_linux_buffer_params_v1_destroy(params);
	if (ret == 0 && creation.failed)
		ret = fail(error, -ENODEV,
			   "the compositor does not import the %s buffers: its Mesa or its display "
			   "cannot; use --via %s", content->is_protected ? "protected" : "ordinary",
			   direct_display ? "direct" : "gl");
	*out = creation.buffer;
	return ret;
}
