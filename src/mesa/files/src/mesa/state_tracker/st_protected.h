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
#include "pipe/p_context.h"
#include "pipe/p_defines.h"
#include "pipe/p_screen.h"
#include "st_context.h"

struct gl_context;
struct gl_texture_object;
struct pipe_box;
struct pipe_resource;
struct pipe_sampler_view;

/**
 * Whether a context is to have a thread of its own (u_threaded_context): a flag
 * of pipe_screen::context_create.
 *
 * That maps a busy buffer by having the GPU copy to it later, and all buffers are
 * unprotected: a protected context must not.
 */
static inline unsigned
st_threads_flag(const struct pipe_screen *screen, unsigned context_flags)
{
   return (context_flags & PIPE_CONTEXT_PROTECTED) &&
          screen->caps.protected_access_enforced ?
      0 : PIPE_CONTEXT_PREFER_THREADED;
}

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

bool
st_protect_texture_storage(struct gl_context *ctx,
                           struct gl_texture_object *texObj);

/**
 * pipe_context::flush_resource makes what was written visible to others, which
 * can itself be a write.  What the context must not write to it has not written.
 */
static inline void
st_flush_resource(struct st_context *st, struct pipe_resource *pt)
{
   if (_mesa_may_write_resource(st->ctx, pt))
      st->pipe->flush_resource(st->pipe, pt);
}

/**
 * The context will render to the texture, or somebody else gets to share its
 * storage.  Where all that is rendered to is made protected, the texture's
 * storage becomes so, and what it holds is kept; as does all that it is given
 * later.
 *
 * Storage that is not the texture's own (an EGLImage's, a memory object's) is
 * left as it is.
 *
 * \return false if there is no memory: then the storage is as it was
 */
static inline bool
st_protect_texture(struct gl_context *ctx, struct gl_texture_object *texObj)
{
   return likely(!ctx->Const.ProtectionForced) ||
          st_protect_texture_storage(ctx, texObj);
}

/** The same of a texture that is copied to, which matters if \p src is protected. */
static inline void
st_protect_copy(struct gl_context *ctx, const struct pipe_resource *src,
                struct gl_texture_object *dst)
{
   if (_mesa_resource_is_protected(src))
      st_protect_texture(ctx, dst);
}

/** What a texture's own storage has to be bound for, besides what all has to. */
static inline unsigned
st_forced_binding(const struct gl_texture_object *texObj)
{
   return texObj->ForceProtected && !texObj->IsSparse ? PIPE_BIND_PROTECTED : 0;
}

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
