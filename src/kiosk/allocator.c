/* SPDX-License-Identifier: MIT */
/* Protected buffers from GBM. */
#include <stdlib.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wlr/interfaces/wlr_buffer.h>
#include <wlr/render/allocator.h>
#include <wlr/render/dmabuf.h>
#include <wlr/render/drm_format_set.h>

#include "renderer_private.h"

struct allocator {
	struct wlr_allocator base;
	struct gbm_device *gbm;
};

struct protected_buffer {
	struct wlr_buffer base;
	struct wlr_dmabuf_attributes dmabuf;
};

static void buffer_destroy(struct wlr_buffer *wlr_buffer)
{
	struct protected_buffer *buffer = wl_container_of(wlr_buffer, buffer, base);

	wlr_dmabuf_attributes_finish(&buffer->dmabuf);
	free(buffer);
}

static bool buffer_get_dmabuf(struct wlr_buffer *wlr_buffer, struct wlr_dmabuf_attributes *dmabuf)
{
	struct protected_buffer *buffer = wl_container_of(wlr_buffer, buffer, base);

	*dmabuf = buffer->dmabuf;
	return true;
}

static const struct wlr_buffer_impl buffer_implementation = {
	.destroy = buffer_destroy,
	.get_dmabuf = buffer_get_dmabuf,
};

static bool export(struct gbm_bo *bo, bool has_modifier, struct wlr_dmabuf_attributes *dmabuf)
{
	*dmabuf = (struct wlr_dmabuf_attributes){
		.width = (int32_t)gbm_bo_get_width(bo),
		.height = (int32_t)gbm_bo_get_height(bo),
		.format = gbm_bo_get_format(bo),
		.modifier = has_modifier ? gbm_bo_get_modifier(bo) : DRM_FORMAT_MOD_INVALID,
	};
	for (int i = 0; i < gbm_bo_get_plane_count(bo) && i < WLR_DMABUF_MAX_PLANES; i++) {
		dmabuf->fd[i] = gbm_bo_get_fd_for_plane(bo, i);
		if (dmabuf->fd[i] < 0) {
			wlr_dmabuf_attributes_finish(dmabuf);
			return false;
		}
		dmabuf->n_planes = i + 1;
		dmabuf->offset[i] = gbm_bo_get_offset(bo, i);
		dmabuf->stride[i] = gbm_bo_get_stride_for_plane(bo, i);
	}
	return dmabuf->n_planes > 0;
}

static struct wlr_buffer *create_buffer(struct wlr_allocator *wlr_allocator, int width, int height,
					const struct wlr_drm_format *format)
{
	const uint32_t usage = GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED;
	struct allocator *allocator = wl_container_of(wlr_allocator, allocator, base);
	struct protected_buffer *buffer = calloc(1, sizeof(*buffer));
	bool has_modifier = true;
	struct gbm_bo *bo;

	if (!buffer)
		return NULL;
	bo = gbm_bo_create_with_modifiers2(allocator->gbm, (uint32_t)width, (uint32_t)height,
					   format->format, format->modifiers,
					   (unsigned)format->len, usage);
	for (size_t i = 0; !bo && i < format->len; i++) {
		if (format->modifiers[i] != DRM_FORMAT_MOD_INVALID)
			continue;
		has_modifier = false;
		bo = gbm_bo_create(allocator->gbm, (uint32_t)width, (uint32_t)height,
				   format->format, usage);
	}
	/* The dma-buf keeps the memory. */
	if (!bo || !export(bo, has_modifier, &buffer->dmabuf)) {
		if (bo)
			gbm_bo_destroy(bo);
		free(buffer);
		return NULL;
	}
	gbm_bo_destroy(bo);
	wlr_buffer_init(&buffer->base, &buffer_implementation, width, height);
	return &buffer->base;
}

static void destroy(struct wlr_allocator *wlr_allocator)
{
	struct allocator *allocator = wl_container_of(wlr_allocator, allocator, base);

	free(allocator);
}

static const struct wlr_allocator_interface implementation = {
	.create_buffer = create_buffer,
	.destroy = destroy,
};

struct wlr_allocator *renderer_create_protected_allocator(struct wlr_renderer *wlr_renderer)
{
	struct renderer *renderer = wl_container_of(wlr_renderer, renderer, base);
	struct allocator *allocator;

	if (renderer->gpu->protected == EGL_NO_CONTEXT)
		return NULL;
	allocator = calloc(1, sizeof(*allocator));
	if (!allocator)
		return NULL;
	wlr_allocator_init(&allocator->base, &implementation, WLR_BUFFER_CAP_DMABUF);
	allocator->gbm = renderer->gpu->gbm;
	return &allocator->base;
}
