/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

#include "main/debug_output.h"
#include "main/errors.h"
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
 * what it gets.  FALSE is the default and asks for nothing, so it is accepted
 * everywhere.
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

   if (param == GL_TRUE && !ctx->Const.ProtectedContext) {
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
         [MESA_PROTECTED_COPY] =
            "write to protected storage in an unprotected context: nothing "
            "is written",
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
