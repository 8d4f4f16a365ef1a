/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

#include "pipe-loader/pipe_loader.h"
#include "pipe/p_context.h"
#include "pipe/p_defines.h"
#include "pipe/p_screen.h"
#include "pipe/p_state.h"
#include "util/xmlconfig.h"

#include "dri_drawable.h"
#include "dri_protected.h"
#include "dri_screen.h"

/** Can anything protected be had from this screen? */
bool
dri_screen_supports_protected_content(struct dri_screen *screen)
{
   const struct pipe_caps *caps = &screen->base.screen->caps;

   return caps->device_protected_context || caps->device_protected_surface;
}

/**
 * Is the application one whose contexts and surfaces are all to be protected
 * (driconf option, or environment variable, force_protected_content)?
 */
bool
dri_screen_forces_protected_content(struct dri_screen *screen)
{
   return screen->base.screen->caps.device_protected_context &&
          driQueryOptionb(&screen->dev->option_cache,
                          "force_protected_content");
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
 * The second has two exceptions: EGL_EXT_protected_surface has no such rule
 * and nothing changes for its drivers, and an application that is forced to be
 * protected never asks, so it is meant to have what it imports.
 *
 * \param asked  the attribute is EGL_TRUE
 * \return false for EGL_BAD_ACCESS
 */
bool
dri_image_set_protected_access(struct dri_image *image, bool asked)
{
   if (asked)
      return dri_image_is_protected(image);

   if (has_protected_plane(image) &&
       !image->screen->base.screen->caps.device_protected_surface &&
       !dri_screen_forces_protected_content(image->screen))
      image->inaccessible = true;

   return true;
}

/**
 * PIPE_BIND_PROTECTED if the drawable's color buffers are protected: its
 * private buffers (depth, stencil, multisample) have to be as well.
 */
unsigned
dri_drawable_protected_bind(const struct dri_drawable *drawable)
{
   for (unsigned i = 0; i < ST_ATTACHMENT_COUNT; i++) {
      if (i != ST_ATTACHMENT_DEPTH_STENCIL && drawable->textures[i])
         return drawable->textures[i]->bind & PIPE_BIND_PROTECTED;
   }

   return 0;
}
