/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <wlr/render/egl.h>
#include <wlr/render/gles2.h>

#include "renderer_private.h"

static struct renderer *from_wlr(struct wlr_renderer *wlr_renderer)
{
	struct renderer *renderer = wl_container_of(wlr_renderer, renderer, base);

	return renderer;
}

/* ---- textures ---------------------------------------------------------------------------------- */

static bool texture_update(struct wlr_texture *texture, struct wlr_buffer *buffer,
			   const pixman_region32_t *damage)
{
	return wlr_texture_update_from_buffer(texture_from_wlr(texture)->ordinary, buffer, damage);
}

static bool texture_read_pixels(struct wlr_texture *texture,
				const struct wlr_texture_read_pixels_options *options)
{
	return wlr_texture_read_pixels(texture_from_wlr(texture)->ordinary, options);
}

static uint32_t texture_preferred_read_format(struct wlr_texture *texture)
{
	return wlr_texture_preferred_read_format(texture_from_wlr(texture)->ordinary);
}

static void texture_destroy(struct wlr_texture *wlr_texture)
{
	struct texture *texture = texture_from_wlr(wlr_texture);

	wlr_texture_destroy(texture->ordinary);
	free(texture);
}

static const struct wlr_texture_impl texture_implementation = {
	.update_from_buffer = texture_update,
	.read_pixels = texture_read_pixels,
	.preferred_read_format = texture_preferred_read_format,
	.destroy = texture_destroy,
};

struct texture *texture_from_wlr(struct wlr_texture *wlr_texture)
{
	struct texture *texture = wl_container_of(wlr_texture, texture, base);

	return texture;
}

bool renderer_texture_is_protected(struct wlr_texture *texture)
{
	return texture->impl == &texture_implementation && texture_from_wlr(texture)->image;
}

static struct wlr_texture *make_texture(struct renderer *renderer, struct wlr_buffer *buffer,
					struct image *image)
{
	struct texture *texture = calloc(1, sizeof(*texture));

	if (!texture)
		return NULL;
	texture->ordinary = wlr_texture_from_buffer(renderer->ordinary, buffer);
	if (!texture->ordinary) {
		free(texture);
		return NULL;
	}
	texture->image = image;
	wlr_texture_init(&texture->base, &renderer->base, &texture_implementation,
			 texture->ordinary->width, texture->ordinary->height);
	return &texture->base;
}

static struct wlr_texture *texture_from_buffer(struct wlr_renderer *wlr_renderer,
					       struct wlr_buffer *buffer)
{
	struct renderer *renderer = from_wlr(wlr_renderer);
	struct image *image = image_get(renderer, buffer);
	struct wlr_texture *texture;
	struct wlr_buffer *view;

	if (!image || image->verdict == GPU_NOT_PROTECTED)
		return make_texture(renderer, buffer, NULL);
	if (image->verdict == GPU_REFUSED)
		return NULL;
	view = renderer->view ? renderer->view(renderer->view_data, buffer) : NULL;
	if (!view)
		return make_texture(renderer, buffer, image);
	texture = make_texture(renderer, view, NULL);
	wlr_buffer_unlock(view);
	return texture;
}

/* ---- passes ------------------------------------------------------------------------------------ */

/* A pass of wlroots' renderer, with its own textures in the place of ours. */
struct ordinary_pass {
	struct wlr_render_pass base;
	struct wlr_render_pass *pass;
};

static void ordinary_add_texture(struct wlr_render_pass *wlr_pass,
				 const struct wlr_render_texture_options *options)
{
	struct ordinary_pass *pass = wl_container_of(wlr_pass, pass, base);
	struct texture *texture = texture_from_wlr(options->texture);
	struct wlr_render_texture_options ordinary = *options;
	struct wlr_render_rect_options black = {
		.color.a = wlr_render_texture_options_get_alpha(options),
		.clip = options->clip,
		.blend_mode = options->blend_mode,
	};

	if (texture->image) {
		/* As GL would, but it would report each, as an error. */
		wlr_render_texture_options_get_dst_box(options, &black.box);
		wlr_render_pass_add_rect(pass->pass, &black);
		return;
	}
	ordinary.texture = texture->ordinary;
	wlr_render_pass_add_texture(pass->pass, &ordinary);
}

static void ordinary_add_rectangle(struct wlr_render_pass *wlr_pass,
				   const struct wlr_render_rect_options *options)
{
	struct ordinary_pass *pass = wl_container_of(wlr_pass, pass, base);

	wlr_render_pass_add_rect(pass->pass, options);
}

static bool ordinary_submit(struct wlr_render_pass *wlr_pass)
{
	struct ordinary_pass *pass = wl_container_of(wlr_pass, pass, base);
	bool ok = wlr_render_pass_submit(pass->pass);

	free(pass);
	return ok;
}

static const struct wlr_render_pass_impl ordinary_implementation = {
	.submit = ordinary_submit,
	.add_texture = ordinary_add_texture,
	.add_rect = ordinary_add_rectangle,
};

static struct wlr_render_pass *begin_ordinary_pass(struct renderer *renderer,
						   struct wlr_buffer *buffer,
						   const struct wlr_buffer_pass_options *options)
{
	struct ordinary_pass *pass = calloc(1, sizeof(*pass));

	if (!pass)
		return NULL;
	pass->pass = wlr_renderer_begin_buffer_pass(renderer->ordinary, buffer, options);
	if (!pass->pass) {
		free(pass);
		return NULL;
	}
	wlr_render_pass_init(&pass->base, &ordinary_implementation);
	return &pass->base;
}

static struct wlr_render_pass *begin_buffer_pass(struct wlr_renderer *wlr_renderer,
						 struct wlr_buffer *buffer,
						 const struct wlr_buffer_pass_options *options)
{
	struct renderer *renderer = from_wlr(wlr_renderer);
	struct image *image = image_get(renderer, buffer);

	if (!image || image->verdict == GPU_NOT_PROTECTED)
		return begin_ordinary_pass(renderer, buffer, options);
	if (image->verdict == GPU_REFUSED)
		return NULL;
	return pass_begin(renderer, image, buffer);
}

/* ---- the renderer ------------------------------------------------------------------------------ */

static const struct wlr_drm_format_set *get_texture_formats(struct wlr_renderer *wlr_renderer,
							    uint32_t caps)
{
	return wlr_renderer_get_texture_formats(from_wlr(wlr_renderer)->ordinary, caps);
}

static const struct wlr_drm_format_set *get_render_formats(struct wlr_renderer *wlr_renderer)
{
	struct wlr_renderer *ordinary = from_wlr(wlr_renderer)->ordinary;

	return ordinary->impl->get_render_formats(ordinary);
}

static int get_drm_fd(struct wlr_renderer *wlr_renderer)
{
	return wlr_renderer_get_drm_fd(from_wlr(wlr_renderer)->ordinary);
}

static void destroy(struct wlr_renderer *wlr_renderer)
{
	struct renderer *renderer = from_wlr(wlr_renderer);
	struct image *image, *next;
	struct gpu_current before;

	wl_list_for_each_safe(image, next, &renderer->images, link)
		image_destroy(image);
	if (renderer->gpu->protected != EGL_NO_CONTEXT &&
	    gpu_begin_protected(renderer->gpu, &before)) {
		pass_destroy_programs(renderer);
		gpu_end_protected(renderer->gpu, &before);
	}
	wlr_renderer_destroy(renderer->ordinary);
	gpu_close(renderer->gpu);
	free(renderer);
}

static const struct wlr_renderer_impl implementation = {
	.get_texture_formats = get_texture_formats,
	.get_render_formats = get_render_formats,
	.destroy = destroy,
	.get_drm_fd = get_drm_fd,
	.texture_from_buffer = texture_from_buffer,
	.begin_buffer_pass = begin_buffer_pass,
};

struct wlr_renderer *renderer_create(int drm_fd)
{
	struct renderer *renderer = calloc(1, sizeof(*renderer));
	struct wlr_egl *egl;

	if (!renderer)
		return NULL;
	renderer->gpu = gpu_open(drm_fd);
	if (!renderer->gpu) {
		free(renderer);
		return NULL;
	}
	wl_list_init(&renderer->images);
	egl = wlr_egl_create_with_context(renderer->gpu->display, renderer->gpu->ordinary);
	renderer->ordinary = egl ? wlr_gles2_renderer_create(egl) : NULL;
	if (!renderer->ordinary) {
		/* The process ends now, and takes its contexts along. */
		free(renderer);
		return NULL;
	}
	wlr_renderer_init(&renderer->base, &implementation, renderer->ordinary->render_buffer_caps);
	return &renderer->base;
}

void renderer_set_public_view(struct wlr_renderer *wlr_renderer, renderer_public_view view,
			      void *data)
{
	from_wlr(wlr_renderer)->view = view;
	from_wlr(wlr_renderer)->view_data = data;
}
