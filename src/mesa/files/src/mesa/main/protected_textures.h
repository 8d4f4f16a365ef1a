/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file protected_textures.h
 * GL_EXT_protected_textures, and what EGL_EXT_protected_content leaves to GL.
 *
 * EGL_EXT_protected_content, section 2.7 "Protected Content", says what a
 * pipeline stage may do:
 *
 *                         reads from              writes to
 *                    protected  unprotected  protected  unprotected
 *    protected          yes         yes         yes          no
 *    not protected      no          yes         no           yes
 *
 * and calls everything else undefined.  Mesa runs all stages of a protected
 * context protected and all stages of any other context not protected, and
 * defines the undefined:
 *
 *  - a texture that must not be read samples as (0, 0, 0, 1);
 *  - a framebuffer that must not be written is treated as one without
 *    attachments, so nothing is written;
 *  - writes to any other unprotected storage are dropped;
 *  - queries know nothing: counts are 0, but all that an occlusion query asks
 *    about is visible;
 *  - read-back, and copies whose destination is not protected, are errors
 *    (INVALID_OPERATION) and leave the destination untouched;
 *  - the application is told by a KHR_debug message.
 *
 * All of it is decided where state is validated or in calls that are slow
 * anyway: an unprotected context has no extra work on a draw.
 *
 * All this is for drivers that report pipe_caps::protected_access_enforced: what
 * is not allowed would be refused below them, and take other work with it.  For
 * all others gl_constants::ProtectionEnforced is false, and the undefined is
 * what the driver makes of it.
 */

#ifndef PROTECTED_TEXTURES_H
#define PROTECTED_TEXTURES_H

#include "main/mtypes.h"
#include "pipe/p_defines.h"
#include "pipe/p_state.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a KHR_debug message is about.  Each has one fixed text and id. */
enum mesa_protected_event {
   MESA_PROTECTED_FRAMEBUFFER,
   MESA_PROTECTED_TEXTURE,
   MESA_PROTECTED_IMAGE,
   MESA_PROTECTED_QUERY,
   MESA_PROTECTED_XFB,
   MESA_PROTECTED_SSBO,
   MESA_PROTECTED_ATOMIC,
   MESA_PROTECTED_IMAGE_STORE,
   MESA_PROTECTED_COPY,
   MESA_PROTECTED_EVENT_COUNT,
};

/** Is this storage protected?  A missing resource holds no content. */
static inline bool
_mesa_resource_is_protected(const struct pipe_resource *pt)
{
   return pt && (pt->bind & PIPE_BIND_PROTECTED);
}

/** May the context's stages read from this storage? */
static inline bool
_mesa_may_read_resource(const struct gl_context *ctx,
                        const struct pipe_resource *pt)
{
   return !ctx->Const.ProtectionEnforced || ctx->Const.ProtectedContext ||
          !_mesa_resource_is_protected(pt);
}

/** May the context's stages write to this storage? */
static inline bool
_mesa_may_write_resource(const struct gl_context *ctx,
                         const struct pipe_resource *pt)
{
   return !ctx->Const.ProtectionEnforced || !pt ||
          ctx->Const.ProtectedContext == _mesa_resource_is_protected(pt);
}

/**
 * May this storage be mapped?  Uploads go to unprotected storage in any
 * context, and to protected storage in a protected one: it is a transfer to
 * the device.  Nothing protected is ever mapped for reading.
 *
 * \param access  PIPE_MAP_*
 */
static inline bool
_mesa_may_map_resource(const struct gl_context *ctx,
                       const struct pipe_resource *pt, unsigned access)
{
   return !ctx->Const.ProtectionEnforced || !_mesa_resource_is_protected(pt) ||
          (ctx->Const.ProtectedContext && !(access & PIPE_MAP_READ));
}

/** May the context sample the texture, or load from it? */
static inline bool
_mesa_may_read_texture(const struct gl_context *ctx,
                       const struct gl_texture_object *texObj)
{
   return _mesa_may_read_resource(ctx, texObj->pt) &&
          !(texObj->Inaccessible && ctx->Const.ProtectionEnforced);
}

/** May the context write to the texture? */
static inline bool
_mesa_may_write_texture(const struct gl_context *ctx,
                        const struct gl_texture_object *texObj)
{
   return _mesa_may_write_resource(ctx, texObj->pt) &&
          !(texObj->Inaccessible && ctx->Const.ProtectionEnforced);
}

/**
 * Does the texture show protected content that is not its own: a surface's or
 * an EGLImage's?  What is given new images has to let go of it first, as
 * glTexImage makes it do.
 */
static inline bool
_mesa_is_protected_surface(const struct gl_context *ctx,
                           const struct gl_texture_object *texObj)
{
   return ctx->Const.ProtectionEnforced && texObj->surface_based &&
          (_mesa_resource_is_protected(texObj->pt) || texObj->Inaccessible);
}

/**
 * What a query of a protected context results in.  Who asks whether something
 * is seen leaves it out if not: the answer that is always right is "yes".
 */
static inline unsigned
_mesa_protected_query_result(GLenum target)
{
   return target == GL_ANY_SAMPLES_PASSED ||
          target == GL_ANY_SAMPLES_PASSED_CONSERVATIVE ||
          target == GL_SAMPLES_PASSED;
}

bool
_mesa_may_write_framebuffer(struct gl_context *ctx, struct gl_framebuffer *fb);

bool
_mesa_may_discard_framebuffer(const struct gl_context *ctx,
                              const struct gl_framebuffer *fb);

bool
_mesa_may_read_back_renderbuffer(struct gl_context *ctx,
                                 const struct gl_renderbuffer *rb,
                                 const char *func);

bool
_mesa_may_read_back_texture(struct gl_context *ctx,
                            const struct gl_texture_object *texObj,
                            const char *func);

bool
_mesa_may_have_storage(struct gl_context *ctx,
                       const struct gl_texture_object *texObj,
                       const struct gl_memory_object *memObj,
                       const char *func);

bool
_mesa_may_update_texture(struct gl_context *ctx,
                         const struct gl_texture_object *texObj,
                         const char *func);

bool
_mesa_may_generate_mipmap(struct gl_context *ctx,
                          const struct gl_texture_object *texObj,
                          const char *func);

bool
_mesa_may_copy_texture(struct gl_context *ctx,
                       const struct gl_renderbuffer *src,
                       const struct gl_texture_object *dst, bool is_new,
                       const char *func);

bool
_mesa_may_copy_image(struct gl_context *ctx,
                     const struct gl_texture_object *srcTex,
                     const struct gl_renderbuffer *srcRb,
                     const struct gl_texture_object *dstTex,
                     const struct gl_renderbuffer *dstRb, const char *func);

bool
_mesa_may_blit_framebuffer(struct gl_context *ctx,
                           struct gl_framebuffer *readFb,
                           struct gl_framebuffer *drawFb, GLbitfield mask,
                           const char *func);

GLboolean
_mesa_set_texture_protected(struct gl_context *ctx,
                            struct gl_texture_object *texObj, GLint param,
                            const char *suffix);

GLint
_mesa_texture_protected_from_float(GLfloat param);

GLint
_mesa_get_texture_protected(const struct gl_texture_object *texObj);

bool
_mesa_protected_message(struct gl_context *ctx,
                        enum mesa_protected_event event);

#ifdef __cplusplus
}
#endif

#endif /* PROTECTED_TEXTURES_H */
