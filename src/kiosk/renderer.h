/* SPDX-License-Identifier: MIT */
/*
 * A wlr_renderer that draws to ordinary and to protected buffers.
 *
 * What goes to ordinary buffers is drawn by wlroots' own GLES2 renderer, in a context that is not
 * protected; there protected textures are black, which GL would see to as well. What goes to protected buffers is drawn
 * by pass.c in a protected context, in which both kinds of textures can be seen. The contexts share
 * their objects, so that ordinary textures need not exist twice.
 *
 * wlroots' renderer cannot do both: it imports without EGL_PROTECTED_CONTENT_EXT, so that even on a
 * protected context its images of protected buffers are neither read nor written.
 */
#ifndef PROTEX_KIOSK_RENDERER_H
#define PROTEX_KIOSK_RENDERER_H

#include <stdbool.h>

struct wlr_allocator;
struct wlr_buffer;
struct wlr_renderer;
struct wlr_texture;

/* Draws with the GPU of a DRM device, or, with -1, with the first there is. */
struct wlr_renderer *renderer_create(int drm_fd);

/* Allocates protected buffers that this renderer draws to; NULL where nothing can be protected. It must
 * be destroyed before the renderer. */
struct wlr_allocator *renderer_create_protected_allocator(struct wlr_renderer *renderer);

/* Whether a texture of this renderer is protected. */
bool renderer_texture_is_protected(struct wlr_texture *texture);

/*
 * What somebody gets who reads a protected buffer that was drawn: another, ordinary buffer, locked,
 * that shows everything but what is protected. NULL: he gets black.
 */
typedef struct wlr_buffer *(*renderer_public_view)(void *data, struct wlr_buffer *buffer);

void renderer_set_public_view(struct wlr_renderer *renderer, renderer_public_view view, void *data);

#endif
