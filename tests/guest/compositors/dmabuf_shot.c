/* SPDX-License-Identifier: MIT */
/*
 * dmabuf-shot FILE: has the compositor copy what its first output shows to an ordinary dma-buf of ours, which is
 * black before, and writes what arrived there as a PNG. Status 2: the compositor refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gbm.h>
#include <wayland-client.h>

#include "linux-dmabuf-v1-client-protocol.h"
#include "wlr-screencopy-unstable-v1-client-protocol.h"

#include "bitmap.h"
#include "connection.h"

#define REFUSED 2

/* ---- what it is about to copy --------------------------------------------------------------------- */

struct shot {
	uint32_t format, width, height; /* it says of which kind the dma-buf has to be */
	bool is_described, is_ready, has_failed;
};

static void on_buffer(void *data, struct zwlr_screencopy_frame_v1 *frame, uint32_t format, uint32_t width,
		      uint32_t height, uint32_t stride)
{
	(void)data;
	(void)frame;
	(void)format;
	(void)width;
	(void)height;
	(void)stride;
}

static void on_flags(void *data, struct zwlr_screencopy_frame_v1 *frame, uint32_t flags)
{
	(void)data;
	(void)frame;
	(void)flags;
}

static void on_ready(void *data, struct zwlr_screencopy_frame_v1 *frame, uint32_t seconds_high, uint32_t seconds_low,
		     uint32_t nanoseconds)
{
	struct shot *shot = data;

	(void)frame;
	(void)seconds_high;
	(void)seconds_low;
	(void)nanoseconds;
	shot->is_ready = true;
}

static void on_failed(void *data, struct zwlr_screencopy_frame_v1 *frame)
{
	struct shot *shot = data;

	(void)frame;
	shot->has_failed = true;
}

static void on_damage(void *data, struct zwlr_screencopy_frame_v1 *frame, uint32_t x, uint32_t y, uint32_t width,
		      uint32_t height)
{
	(void)data;
	(void)frame;
	(void)x;
	(void)y;
	(void)width;
	(void)height;
}

static void on_linux_dmabuf(void *data, struct zwlr_screencopy_frame_v1 *frame, uint32_t format, uint32_t width,
			    uint32_t height)
{
	struct shot *shot = data;

	(void)frame;
	shot->format = format;
	shot->width = width;
	shot->height = height;
}

static void on_buffer_done(void *data, struct zwlr_screencopy_frame_v1 *frame)
{
	struct shot *shot = data;

	(void)frame;
	shot->is_described = true;
}

static const struct zwlr_screencopy_frame_v1_listener frame_listener = {
	.buffer = on_buffer,
	.flags = on_flags,
	.ready = on_ready,
	.failed = on_failed,
	.damage = on_damage,
	.linux_dmabuf = on_linux_dmabuf,
	.buffer_done = on_buffer_done,
};

/* ---- the dma-buf ---------------------------------------------------------------------------------- */

#define USES (GBM_BO_USE_LINEAR | GBM_BO_USE_RENDERING)

static struct gbm_device *open_device(void)
{
	int card = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	struct gbm_device *device = gbm_create_device(card);

	if (!device)
		die("no GBM device: %s", strerror(errno));
	return device;
}

static struct gbm_bo *create_buffer(struct gbm_device *device, const struct shot *shot)
{
	struct gbm_bo *bo = gbm_bo_create(device, shot->width, shot->height, shot->format, USES);

	if (!bo)
		die("GBM gives no buffer: %s", strerror(errno));
	return bo;
}

/* The same buffer anew: of what it made itself the driver would believe to know the content. */
static struct gbm_bo *import_buffer(struct gbm_device *device, struct gbm_bo *bo)
{
	struct gbm_import_fd_data data = {
		.fd = gbm_bo_get_fd(bo),
		.width = gbm_bo_get_width(bo),
		.height = gbm_bo_get_height(bo),
		.stride = gbm_bo_get_stride(bo),
		.format = gbm_bo_get_format(bo),
	};
	struct gbm_bo *imported = gbm_bo_import(device, GBM_BO_IMPORT_FD, &data, USES);

	if (!imported)
		die("GBM does not import the buffer: %s", strerror(errno));
	return imported;
}

static uint8_t *map(struct gbm_bo *bo, uint32_t how, uint32_t *stride, void **mapping)
{
	uint8_t *pixels = gbm_bo_map(bo, 0, 0, gbm_bo_get_width(bo), gbm_bo_get_height(bo), how, stride, mapping);

	if (!pixels)
		die("gbm_bo_map: %s", strerror(errno));
	return pixels;
}

static void make_black(struct gbm_bo *bo)
{
	void *mapping = NULL;
	uint32_t stride;
	uint8_t *pixels = map(bo, GBM_BO_TRANSFER_WRITE, &stride, &mapping);

	memset(pixels, 0, (size_t)stride * gbm_bo_get_height(bo));
	gbm_bo_unmap(bo, mapping);
}

static void write_to(const char *name, struct gbm_bo *bo)
{
	struct bitmap bitmap;
	void *mapping = NULL;
	uint32_t stride;
	uint8_t *pixels = map(bo, GBM_BO_TRANSFER_READ, &stride, &mapping);

	if (!bitmap_fill(&bitmap, gbm_bo_get_width(bo), gbm_bo_get_height(bo), (const uint8_t[]){0, 0, 0}))
		die("no bitmap");
	for (uint32_t y = 0; y < bitmap.height; y++) {
		for (uint32_t x = 0; x < bitmap.width; x++) {
			const uint8_t *bgr = pixels + (size_t)y * stride + x * 4;
			uint8_t *rgb = bitmap_at(&bitmap, x, y);

			rgb[0] = bgr[2];
			rgb[1] = bgr[1];
			rgb[2] = bgr[0];
		}
	}
	gbm_bo_unmap(bo, mapping);
	if (!bitmap_write(&bitmap, name))
		die("no picture");
	bitmap_free(&bitmap);
}

int main(int argc, char *argv[])
{
	struct wl_output *output = NULL;
	struct zwp_linux_dmabuf_v1 *dmabuf = NULL;
	struct zwlr_screencopy_manager_v1 *manager = NULL;
	const struct global globals[] = {
		{&output, &wl_output_interface, 1},
		{&dmabuf, &zwp_linux_dmabuf_v1_interface, 4},
		{&manager, &zwlr_screencopy_manager_v1_interface, 3},
	};
	struct zwlr_screencopy_frame_v1 *frame;
	struct wl_display *display;
	struct gbm_device *device;
	struct shot shot = {0};
	struct gbm_bo *bo;

	if (argc != 2)
		die("dmabuf-shot FILE");
	display = connect_to_compositor(globals, sizeof(globals) / sizeof(globals[0]));
	frame = zwlr_screencopy_manager_v1_capture_output(manager, 0, output);
	zwlr_screencopy_frame_v1_add_listener(frame, &frame_listener, &shot);
	while (!shot.is_described && !shot.has_failed)
		dispatch(display);
	if (shot.has_failed)
		return REFUSED;
	if (shot.format != GBM_FORMAT_XRGB8888 && shot.format != GBM_FORMAT_ARGB8888)
		die("the compositor copies to no dma-buf of 8 bits (format 0x%08x)", shot.format);
	device = open_device();
	bo = create_buffer(device, &shot);
	make_black(bo);
	zwlr_screencopy_frame_v1_copy(frame, import_dmabuf(dmabuf, gbm_bo_get_fd(bo), shot.width, shot.height,
							   gbm_bo_get_stride(bo), shot.format));
	while (!shot.is_ready && !shot.has_failed)
		dispatch(display);
	if (shot.has_failed)
		return REFUSED;
	write_to(argv[1], import_buffer(device, bo));
	return 0;
}
