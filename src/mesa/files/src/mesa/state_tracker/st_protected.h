/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file st_protected.h
 * Protected contexts and resources in the state tracker.  The rules are in
 * main/protected_textures.h.
 */

#ifndef ST_PROTECTED_H
#define ST_PROTECTED_H

#include <stdbool.h>

#include "main/protected_textures.h"
#include "st_context.h"

struct gl_context;
struct gl_texture_object;
struct pipe_box;
struct pipe_resource;
struct pipe_sampler_view;

void
st_init_protection(struct st_context *st, bool is_protected);

void
st_destroy_protection(struct st_context *st);

struct pipe_sampler_view *
st_create_substitute_view(struct st_context *st,
                          const struct gl_texture_object *texObj,
                          enum pipe_format format);

void
st_report_substitute(struct st_context *st,
                     const struct gl_texture_object *texObj);

bool
st_is_substitute(const struct st_context *st,
                 const struct pipe_resource *texture);

bool
st_check_image(struct st_context *st, const struct gl_texture_object *texObj,
               const struct pipe_resource *storage);

void
st_report_shader_buffer(struct st_context *st, enum mesa_protected_event event);

void
st_report_refused_copy(struct gl_context *ctx, const char *func);

void
st_copy_unprotected(struct st_context *st,
                    struct pipe_resource *dst, unsigned dst_level,
                    unsigned dst_x, unsigned dst_y, unsigned dst_z,
                    struct pipe_resource *src, unsigned src_level,
                    const struct pipe_box *src_box);

/**
 * May an image unit give shaders this storage?
 *
 * An image is both read and written as far as most drivers' command streams
 * can tell, so in a protected context it has to be protected even where the
 * shader says readonly.
 */
static inline bool
st_may_use_image(struct st_context *st, const struct gl_texture_object *texObj,
                 const struct pipe_resource *storage)
{
   return !st->ctx->Const.ProtectionEnforced ||
          st_check_image(st, texObj, storage);
}

/**
 * May shaders have this buffer as shader storage or for atomic counters?
 * There are no protected buffers, so never in a protected context.
 */
static inline bool
st_may_use_shader_buffer(struct st_context *st,
                         const struct pipe_resource *buffer,
                         enum mesa_protected_event event)
{
   if (likely(!st->ctx->Const.ProtectedContext) || !buffer)
      return true;

   st_report_shader_buffer(st, event);
   return false;
}

#endif /* ST_PROTECTED_H */
