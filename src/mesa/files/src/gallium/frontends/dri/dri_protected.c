/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

#include "pipe/p_context.h"
#include "pipe/p_defines.h"
#include "pipe/p_screen.h"
#include "pipe/p_state.h"

#include "main/protected_textures.h"
#include "state_tracker/st_context.h"

#include "dri_context.h"
#include "dri_protected.h"
#include "dri_screen.h"

/**
 * Are accesses that EGL_EXT_protected_content leaves undefined kept from the
 * driver, which would lose them?
 */
bool
dri_screen_enforces_protection(struct dri_screen *screen)
{
   return screen->base.screen->caps.protected_access_enforced;
}

/**
 * Is the application one whose contexts and surfaces are all to be protected
 * (driconf option, or environment variable, force_protected_content)?
 */
bool
dri_screen_forces_protected_content(struct dri_screen *screen)
{
   return dri_screen_enforces_protection(screen) &&
          screen->options.force_protected_content;
}

/** Is all of the image's content known to be protected? */
bool
dri_image_is_protected(const struct dri_image *image)
{
   for (const struct pipe_resource *plane = image->texture; plane;
        plane = plane->next) {
      if (!(plane->bind & PIPE_BIND_PROTECTED))
         return false;
   }

   return true;
}

static bool
has_protected_plane(const struct dri_image *image)
{
   for (const struct pipe_resource *plane = image->texture; plane;
        plane = plane->next) {
      if (plane->bind & PIPE_BIND_PROTECTED)
         return true;
   }

   return false;
}

/**
 * Decide what eglCreateImage's EGL_PROTECTED_CONTENT_EXT means for an image.
 *
 * "If the value specified in <attrib_list> for EGL_PROTECTED_CONTENT_EXT is
 *  EGL_TRUE, and EGL and its client is unable to make guarantees regarding the
 *  protected state of the EGLImage source, the error EGL_BAD_ACCESS is
 *  generated."
 *
 * "If the value of attribute EGL_PROTECTED_CONTENT_EXT is EGL_FALSE then: [...]
 *  If EGLImage sources are protected then the EGLImage content will be
 *  inaccessible to any client context irrespective of whether the context is
 *  protected or not."
 *
 * The second has an exception: an application that is forced to be protected
 * never asks, so it is meant to have what it imports.
 *
 * \param asked  the attribute is EGL_TRUE
 * \return false for EGL_BAD_ACCESS
 */
bool
dri_image_set_protected_access(struct dri_image *image, bool asked)
{
   if (!dri_screen_enforces_protection(image->screen))
      return true;

   if (asked)
      return dri_image_is_protected(image);

   if (has_protected_plane(image) &&
       !dri_screen_forces_protected_content(image->screen))
      image->inaccessible = true;

   return true;
}

/**
 * May the context copy between these?  What EGL and the loaders copy is the
 * application's content, so it is for the contexts that may do it by GL.
 */
bool
dri_may_blit(const struct dri_context *ctx, const struct pipe_resource *dst,
             const struct pipe_resource *src)
{
   const struct gl_context *gl = ctx->st->ctx;

   return _mesa_may_read_resource(gl, src) && _mesa_may_write_resource(gl, dst);
}
