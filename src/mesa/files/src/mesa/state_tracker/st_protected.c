/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

#include "main/context.h"
#include "main/mtypes.h"

#include "st_context.h"
#include "st_protected.h"

/**
 * Make a new context a protected one, or one that protected resources are
 * kept from.
 */
void
st_init_protection(struct st_context *st, bool is_protected)
{
   struct gl_constants *consts = &st->ctx->Const;

   /* EGL_EXT_protected_content: "if EGL_EXT_protected_surface is also
    * supported, a regular (not protected) context will execute stages where
    * one or more protected resources is accessed as if it were a protected
    * context."
    */
   consts->ProtectionEnforced =
      st->screen->caps.device_protected_context &&
      (is_protected || !st->screen->caps.device_protected_surface);

   if (!is_protected)
      return;

   consts->ProtectedContext = true;
   consts->ContextFlags |= GL_CONTEXT_FLAG_PROTECTED_CONTENT_BIT_EXT;

   /* These go through unprotected temporaries or buffers, which a protected
    * context cannot write.  The paths that map textures are left.
    */
   st->prefer_blit_based_texture_transfer = false;
   st->allow_compute_based_texture_transfer = false;
   st->force_compute_based_texture_transfer = false;
   st->pbo.upload_enabled = false;
   st->pbo.download_enabled = false;
}

void
st_destroy_protection(struct st_context *st)
{
}
