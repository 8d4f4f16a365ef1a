/* SPDX-License-Identifier: MIT */
/* What renderer.c, image.c and pass.c share. */
#ifndef PROTEX_KIOSK_RENDERER_PRIVATE_H
#define PROTEX_KIOSK_RENDERER_PRIVATE_H

#include <wlr/render/interface.h>
#include <wlr/types/wlr_buffer.h>
#include <wlr/util/addon.h>

#include "gpu.h"
#include "renderer.h"

struct program {
	GLuint program; /* 0 until it is needed */
	GLint position, coordinate; /* attributes */
	GLint color, alpha, opaque; /* uniforms */
};

struct renderer {
	struct wlr_renderer base;
	struct gpu *gpu;
	struct wlr_renderer *ordinary; /* wlroots' own */
	struct wl_list images;	       /* image.link */
	struct program rectangle, texture_2d, texture_external;
	renderer_public_view view;
	void *view_data;
};

/* What is known of a dma-buf, for as long as that is there. */
struct image {
	struct wlr_addon addon; /* of the wlr_buffer */
	struct renderer *renderer;
	struct wl_list link;
	enum gpu_import verdict;
	/* The others only if it was imported, that is, is protected. */
	EGLImageKHR image;
	GLuint texture;			  /* external; 0 until it is sampled */
	GLuint renderbuffer, framebuffer; /* 0 until it is drawn to */
};

/* A texture as wlroots made it, which would be sampled as black if it is protected, and, if so, as it
 * is. */
struct texture {
	struct wlr_texture base;
	struct wlr_texture *ordinary;
	struct image *image; /* NULL: not protected; wlroots' texture keeps the buffer */
};

/* NULL if the buffer is no dma-buf, or out of memory: then nothing protected is in it that anybody
 * could import. */
struct image *image_get(struct renderer *renderer, struct wlr_buffer *buffer);
void image_destroy(struct image *image);

/* These in the protected context only. The texture is GL_TEXTURE_EXTERNAL_OES, which takes all formats
 * that EGL imports, NV12 as well. */
GLuint image_texture(struct image *image);
GLuint image_framebuffer(struct image *image);

/* A pass that draws to a protected buffer. */
struct wlr_render_pass *pass_begin(struct renderer *renderer, struct image *target,
				   struct wlr_buffer *buffer);
void pass_destroy_programs(struct renderer *renderer);

struct texture *texture_from_wlr(struct wlr_texture *texture);

#endif
