/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

#include "main/mtypes.h"
#include "main/debug_output.h"
#include "main/errors.h"
#include "main/fbobject.h"
#include "main/protected_textures.h"

/**
 * glTexParameter*(TEXTURE_PROTECTED_EXT).
 *
 * "If TexParameter{if} or TexParamter{if}v is called with a <pname> of
 *  TEXTURE_PROTECTED_EXT and the value of <param> or <params> is not TRUE or
 *  FALSE the error INVALID_VALUE is generated."
 *
 * "To use protected textures a context must be a protected context."  The
 * extension names no error for asking in another one; INVALID_OPERATION is
 * what it gets where accesses are checked.  With EGL_EXT_protected_surface any
 * context can use protected resources.  FALSE is the default and asks for
 * nothing, so it is accepted everywhere.
 *
 * The value takes effect in glTexStorage*: changing it afterwards is allowed
 * and changes nothing.
 *
 * \return GL_FALSE: no state of the sampler view depends on it.
 */
GLboolean
_mesa_set_texture_protected(struct gl_context *ctx,
                            struct gl_texture_object *texObj, GLint param,
                            const char *suffix)
{
   if (param != GL_TRUE && param != GL_FALSE) {
      _mesa_error(ctx, GL_INVALID_VALUE,
                  "glTex%sParameter(GL_TEXTURE_PROTECTED_EXT, %d)",
                  suffix, param);
      return GL_FALSE;
   }

   if (param == GL_TRUE && ctx->Const.ProtectionEnforced &&
       !ctx->Const.ProtectedContext) {
      _mesa_error(ctx, GL_INVALID_OPERATION,
                  "glTex%sParameter(GL_TEXTURE_PROTECTED_EXT in an "
                  "unprotected context)", suffix);
      return GL_FALSE;
   }

   texObj->Protected = param;
   return GL_FALSE;
}

/**
 * The parameter as the float entry points give it.
 *
 * 0.5 is neither TRUE nor FALSE, so nothing may be rounded here.
 */
GLint
_mesa_texture_protected_from_float(GLfloat param)
{
   return param == 1.0f ? GL_TRUE : param == 0.0f ? GL_FALSE : -1;
}

/**
 * glGetTexParameter*(TEXTURE_PROTECTED_EXT).
 *
 * Once there is storage that cannot change, this tells what it is, whoever
 * made it (glTexStorage, a texture view, an EGLImage, a bound pbuffer).
 */
GLint
_mesa_get_texture_protected(const struct gl_texture_object *texObj)
{
   if (texObj->pt && (texObj->Immutable || texObj->surface_based))
      return _mesa_resource_is_protected(texObj->pt);

   return texObj->Protected;
}

/**
 * Tell the application about an access that was not made.
 *
 * The texts are interface: applications and tests look for them.
 *
 * \return whether a message was delivered, so that a caller that reports once
 *         does not use that up while nobody listens.
 */
bool
_mesa_protected_message(struct gl_context *ctx,
                        enum mesa_protected_event event)
{
   static GLuint ids[MESA_PROTECTED_EVENT_COUNT];
   static const char *const texts[2][MESA_PROTECTED_EVENT_COUNT] = {
      /* what an unprotected context is told */
      {
         [MESA_PROTECTED_FRAMEBUFFER] =
            "framebuffer with a protected attachment in an unprotected "
            "context: nothing is written",
         [MESA_PROTECTED_TEXTURE] =
            "protected texture in an unprotected context: samples as "
            "(0, 0, 0, 1)",
         [MESA_PROTECTED_IMAGE_STORE] =
            "protected image in an unprotected context: not accessed",
      },
      /* what a protected context is told */
      {
         [MESA_PROTECTED_FRAMEBUFFER] =
            "framebuffer with an unprotected attachment in a protected "
            "context: nothing is written",
         [MESA_PROTECTED_QUERY] =
            "query in a protected context: no result",
         [MESA_PROTECTED_XFB] =
            "transform feedback in a protected context: nothing is written",
         [MESA_PROTECTED_SSBO] =
            "shader storage buffer in a protected context: not accessed",
         [MESA_PROTECTED_ATOMIC] =
            "atomic counter buffer in a protected context: not accessed",
         [MESA_PROTECTED_IMAGE_STORE] =
            "unprotected image in a protected context: not accessed",
         [MESA_PROTECTED_COPY] =
            "write to unprotected storage in a protected context: nothing is "
            "written",
      },
   };
   static const char image_text[] =
      "EGLImage of a protected source, created without "
      "EGL_PROTECTED_CONTENT_EXT: content is not accessible";

   if (!_mesa_get_debug_state_int(ctx, GL_DEBUG_OUTPUT))
      return false;

   const char *text = event == MESA_PROTECTED_IMAGE ?
      image_text : texts[ctx->Const.ProtectedContext][event];
   assert(text);

   _mesa_gl_debugf(ctx, &ids[event], MESA_DEBUG_SOURCE_API,
                   MESA_DEBUG_TYPE_UNDEFINED, MESA_DEBUG_SEVERITY_HIGH,
                   "%s", text);
   return true;
}

/**
 * Does the attachment count for whether the framebuffer can be drawn to?
 *
 * "if any of the FBO attachments are protected then they all must be
 *  protected or the results are undefined" (EXT_protected_textures, issue 8):
 * so every attachment counts, selected by glDrawBuffers or not.  A window's
 * color buffers do if they are drawn to: those that the window system
 * does not have, such as most front buffers, get storage that nobody sees.
 */
static bool
counts(const struct gl_framebuffer *fb, gl_buffer_index i)
{
   const struct gl_renderbuffer *rb = fb->Attachment[i].Renderbuffer;

   if (!rb || rb->software)
      return false;

   if (!_mesa_is_winsys_fbo(fb) || i > BUFFER_BACK_RIGHT)
      return true;

   for (unsigned j = 0; j < fb->_NumColorDrawBuffers; j++) {
      if (fb->_ColorDrawBufferIndexes[j] == i)
         return true;
   }

   return false;
}

/**
 * The first attachment, if any, for which the context must not draw to the
 * framebuffer.
 */
static const struct gl_renderbuffer *
find_unwritable(const struct gl_context *ctx, const struct gl_framebuffer *fb)
{
   if (!ctx->Const.ProtectionEnforced)
      return NULL;

   for (unsigned i = 0; i < BUFFER_COUNT; i++) {
      const struct gl_renderbuffer *rb = fb->Attachment[i].Renderbuffer;

      if (counts(fb, i) &&
          (rb->Inaccessible || !_mesa_may_write_resource(ctx, rb->texture)))
         return rb;
   }

   return NULL;
}

/**
 * May the context draw to the framebuffer?
 *
 * The application is told once for each framebuffer, and again when the
 * framebuffer was in order in between.
 */
bool
_mesa_may_write_framebuffer(struct gl_context *ctx, struct gl_framebuffer *fb)
{
   const struct gl_renderbuffer *rb = find_unwritable(ctx, fb);

   if (!rb) {
      fb->ProtectionReported = false;
      return true;
   }

   if (!fb->ProtectionReported) {
      fb->ProtectionReported =
         _mesa_protected_message(ctx,
                                 rb->Inaccessible ? MESA_PROTECTED_IMAGE :
                                                    MESA_PROTECTED_FRAMEBUFFER);
   }
   return false;
}

/**
 * May the context let go of what the framebuffer's attachments hold?  Where it
 * draws nothing it has nothing to let go of, and nobody needs to be told.
 */
bool
_mesa_may_discard_framebuffer(const struct gl_context *ctx,
                              const struct gl_framebuffer *fb)
{
   return !find_unwritable(ctx, fb);
}

static bool
protected_content_error(struct gl_context *ctx, const char *func)
{
   _mesa_error(ctx, GL_INVALID_OPERATION, "%s(protected content)", func);
   return false;
}

/**
 * May the texture have the storage that it is given, which is the memory
 * object's if there is one?  An error is recorded if not.
 *
 * EXT_external_objects: "An INVALID_OPERATION error is generated if <memory>
 * is a protected memory object and the texture parameter
 * TEXTURE_PROTECTED_EXT is not TRUE."  Nor does other memory become protected
 * by asking for it, and nothing protected is sparse.
 */
bool
_mesa_may_have_storage(struct gl_context *ctx,
                       const struct gl_texture_object *texObj,
                       const struct gl_memory_object *memObj,
                       const char *func)
{
   if (ctx->Const.ProtectionEnforced &&
       ((memObj && memObj->Protected != texObj->Protected) ||
        (texObj->IsSparse && texObj->Protected)))
      return protected_content_error(ctx, func);

   return true;
}

/**
 * May the CPU have the renderbuffer's content?  An error is recorded if not.
 */
bool
_mesa_may_read_back_renderbuffer(struct gl_context *ctx,
                                 const struct gl_renderbuffer *rb,
                                 const char *func)
{
   if (!ctx->Const.ProtectionEnforced || !rb)
      return true;

   return !_mesa_resource_is_protected(rb->texture) ||
          protected_content_error(ctx, func);
}

/**
 * May the CPU have the texture's content?  An error is recorded if not.
 */
bool
_mesa_may_read_back_texture(struct gl_context *ctx,
                            const struct gl_texture_object *texObj,
                            const char *func)
{
   if (!ctx->Const.ProtectionEnforced)
      return true;

   return !_mesa_resource_is_protected(texObj->pt) ||
          protected_content_error(ctx, func);
}

/**
 * May a command (an upload, a clear, mipmap generation) change the texture?
 *
 * Unprotected textures can be changed in a protected context: not by the GPU,
 * but the CPU's writes are transfers to the device.
 */
bool
_mesa_may_update_texture(struct gl_context *ctx,
                         const struct gl_texture_object *texObj,
                         const char *func)
{
   if (!ctx->Const.ProtectionEnforced || !texObj ||
       !_mesa_resource_is_protected(texObj->pt))
      return true;

   return _mesa_may_write_texture(ctx, texObj) ||
          protected_content_error(ctx, func);
}

/**
 * May levels be made of the texture's base level?  An error is recorded if not.
 *
 * A surface or an EGLImage has no levels, and what it shows must not go to
 * storage with levels.
 */
bool
_mesa_may_generate_mipmap(struct gl_context *ctx,
                          const struct gl_texture_object *texObj,
                          const char *func)
{
   if (!_mesa_may_update_texture(ctx, texObj, func))
      return false;

   return texObj->Immutable || !_mesa_is_protected_surface(ctx, texObj) ||
          protected_content_error(ctx, func);
}

static bool
may_copy(struct gl_context *ctx,
         const struct pipe_resource *src, bool src_inaccessible,
         bool dst_protected, bool dst_inaccessible, const char *func)
{
   const bool src_protected = _mesa_resource_is_protected(src);

   if (src_inaccessible || dst_inaccessible ||
       (src_protected && !dst_protected) ||
       ((src_protected || dst_protected) && !ctx->Const.ProtectedContext))
      return protected_content_error(ctx, func);

   return true;
}

/**
 * May glCopyTex(Sub)Image copy from the renderbuffer to the texture?
 *
 * \param is_new  for glCopyTexImage, which gives its texture storage that is
 *                protected only if it is forced to be
 */
bool
_mesa_may_copy_texture(struct gl_context *ctx,
                       const struct gl_renderbuffer *src,
                       const struct gl_texture_object *dst, bool is_new,
                       const char *func)
{
   if (!ctx->Const.ProtectionEnforced || !src)
      return true;

   return may_copy(ctx, src->texture, src->Inaccessible,
                   is_new ? dst->ForceProtected :
                            _mesa_resource_is_protected(dst->pt),
                   !is_new && dst->Inaccessible, func);
}

/**
 * May glCopyImageSubData copy?  Each end is a texture or a renderbuffer.
 */
bool
_mesa_may_copy_image(struct gl_context *ctx,
                     const struct gl_texture_object *srcTex,
                     const struct gl_renderbuffer *srcRb,
                     const struct gl_texture_object *dstTex,
                     const struct gl_renderbuffer *dstRb, const char *func)
{
   if (!ctx->Const.ProtectionEnforced)
      return true;

   return may_copy(ctx,
                   srcTex ? srcTex->pt : srcRb->texture,
                   srcTex ? srcTex->Inaccessible : srcRb->Inaccessible,
                   _mesa_resource_is_protected(dstTex ? dstTex->pt
                                                      : dstRb->texture),
                   dstTex ? dstTex->Inaccessible : dstRb->Inaccessible, func);
}

/**
 * May glBlitFramebuffer copy the buffers in \p mask?
 *
 * Copying protected content to something unprotected is an error.  Everything
 * else that is not allowed is drawing to a framebuffer that the context must
 * not write to: nothing is written.
 */
bool
_mesa_may_blit_framebuffer(struct gl_context *ctx,
                           struct gl_framebuffer *readFb,
                           struct gl_framebuffer *drawFb, GLbitfield mask,
                           const char *func)
{
   const struct gl_renderbuffer *src[3] = {
      mask & GL_COLOR_BUFFER_BIT ? readFb->_ColorReadBuffer : NULL,
      mask & GL_DEPTH_BUFFER_BIT ?
         readFb->Attachment[BUFFER_DEPTH].Renderbuffer : NULL,
      mask & GL_STENCIL_BUFFER_BIT ?
         readFb->Attachment[BUFFER_STENCIL].Renderbuffer : NULL,
   };

   if (!ctx->Const.ProtectionEnforced)
      return true;

   bool all_protected = true;
   for (unsigned i = 0; i < BUFFER_COUNT; i++) {
      if (counts(drawFb, i))
         all_protected &= _mesa_resource_is_protected(
            drawFb->Attachment[i].Renderbuffer->texture);
   }

   for (unsigned i = 0; i < ARRAY_SIZE(src); i++) {
      if (!src[i] || !_mesa_resource_is_protected(src[i]->texture))
         continue;

      if (!ctx->Const.ProtectedContext || !all_protected ||
          src[i]->Inaccessible)
         return protected_content_error(ctx, func);
   }

   return _mesa_may_write_framebuffer(ctx, drawFb);
}
