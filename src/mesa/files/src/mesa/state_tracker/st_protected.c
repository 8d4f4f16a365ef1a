/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

#include "main/errors.h"
#include "main/mtypes.h"
#include "main/teximage.h"
#include "main/texobj.h"
#include "pipe/p_context.h"
#include "pipe/p_screen.h"
#include "util/format/u_format.h"
#include "util/box.h"
#include "util/u_inlines.h"
#include "util/u_memory.h"
#include "util/u_sampler.h"
#include "util/u_surface.h"

#include "st_context.h"
#include "st_protected.h"
#include "st_cb_texture.h"
#include "st_sampler_view.h"
#include "st_texture.h"

/** Samplers and texture formats that go together. */
enum substitute_class {
   SUBSTITUTE_FLOAT,
   SUBSTITUTE_SINT,
   SUBSTITUTE_UINT,
   SUBSTITUTE_DEPTH,
   SUBSTITUTE_CLASSES,
};

/** Textures without content that take the place of those out of reach. */
struct st_substitutes {
   /** by target, class and whether multisampled */
   struct pipe_resource *texture[PIPE_MAX_TEXTURE_TYPES][SUBSTITUTE_CLASSES][2];
};

/**
 * Make a new context a protected one, or one that protected resources are
 * kept from.
 */
void
st_init_protection(struct st_context *st, bool is_protected)
{
   struct gl_constants *consts = &st->ctx->Const;

   consts->ProtectionEnforced = st->screen->caps.protected_access_enforced;
   if (!consts->ProtectionEnforced || !is_protected)
      return;

   consts->ProtectedContext = true;
   consts->ProtectionForced = st->options.force_protected_content;
   consts->ContextFlags |= GL_CONTEXT_FLAG_PROTECTED_CONTENT_BIT_EXT;

   /* These go through unprotected temporaries or buffers, which a protected
    * context cannot write.  The paths that map textures are left.
    */
   st->prefer_blit_based_texture_transfer = false;
   st->allow_compute_based_texture_transfer = false;
   st->force_compute_based_texture_transfer = false;
   st->pbo.upload_enabled = false;
   st->pbo.download_enabled = false;

   /* It counts in a shader storage buffer. */
   consts->HardwareAcceleratedSelect = false;
}

void
st_destroy_protection(struct st_context *st)
{
   if (!st->substitutes)
      return;

   for (unsigned i = 0; i < PIPE_MAX_TEXTURE_TYPES; i++) {
      for (unsigned j = 0; j < SUBSTITUTE_CLASSES; j++) {
         pipe_resource_reference(&st->substitutes->texture[i][j][0], NULL);
         pipe_resource_reference(&st->substitutes->texture[i][j][1], NULL);
      }
   }

   FREE(st->substitutes);
   st->substitutes = NULL;
}

/**
 * The kind of sampler that can look at a format.
 */
static enum substitute_class
substitute_class(enum pipe_format format)
{
   const struct util_format_description *desc = util_format_description(format);

   if (util_format_has_depth(desc))
      return SUBSTITUTE_DEPTH;
   if (util_format_has_stencil(desc) || util_format_is_pure_uint(format))
      return SUBSTITUTE_UINT;
   if (util_format_is_pure_sint(format))
      return SUBSTITUTE_SINT;
   return SUBSTITUTE_FLOAT;
}

/**
 * Create the smallest texture that a sampler for \p target and \p class can
 * look at.
 */
static struct pipe_resource *
create_substitute(struct st_context *st, enum pipe_texture_target target,
                  enum substitute_class class, unsigned nr_samples)
{
   static const enum pipe_format formats[SUBSTITUTE_CLASSES][4] = {
      [SUBSTITUTE_FLOAT] = { PIPE_FORMAT_R8G8B8A8_UNORM,
                             PIPE_FORMAT_B8G8R8A8_UNORM,
                             PIPE_FORMAT_R8_UNORM },
      [SUBSTITUTE_SINT]  = { PIPE_FORMAT_R8G8B8A8_SINT,
                             PIPE_FORMAT_R32_SINT },
      [SUBSTITUTE_UINT]  = { PIPE_FORMAT_R8G8B8A8_UINT,
                             PIPE_FORMAT_R32_UINT },
      [SUBSTITUTE_DEPTH] = { PIPE_FORMAT_Z16_UNORM,
                             PIPE_FORMAT_Z24X8_UNORM,
                             PIPE_FORMAT_Z24_UNORM_S8_UINT,
                             PIPE_FORMAT_Z32_FLOAT },
   };
   struct pipe_screen *screen = st->screen;
   struct pipe_resource templ = {
      .target = target,
      .width0 = 1,
      .height0 = 1,
      .depth0 = 1,
      .array_size = target == PIPE_TEXTURE_CUBE ||
                    target == PIPE_TEXTURE_CUBE_ARRAY ? 6 : 1,
      .nr_samples = nr_samples,
      .nr_storage_samples = nr_samples,
      .usage = PIPE_USAGE_DEFAULT,
      .bind = PIPE_BIND_SAMPLER_VIEW,
   };

   for (unsigned i = 0; i < ARRAY_SIZE(formats[class]); i++) {
      templ.format = formats[class][i];
      if (templ.format != PIPE_FORMAT_NONE &&
          screen->is_format_supported(screen, templ.format, target, nr_samples,
                                      nr_samples, templ.bind))
         return screen->resource_create(screen, &templ);
   }

   return NULL;
}

/**
 * Create the sampler view that a texture gets which the context must not read:
 * it samples as (0, 0, 0, 1), whatever the sampler, and touches nothing of the
 * texture.
 *
 * \param format  what a view of the texture itself would have
 * \return NULL if out of memory, like pipe_context::create_sampler_view
 */
struct pipe_sampler_view *
st_create_substitute_view(struct st_context *st,
                          const struct gl_texture_object *texObj,
                          enum pipe_format format)
{
   const enum pipe_texture_target target = gl_target_to_pipe(texObj->Target);
   const enum substitute_class class = substitute_class(format);
   const unsigned nr_samples = texObj->pt->nr_samples;

   if (!st->substitutes) {
      st->substitutes = CALLOC_STRUCT(st_substitutes);
      if (!st->substitutes)
         return NULL;
   }

   struct pipe_resource **texture =
      &st->substitutes->texture[target][class][nr_samples > 1];
   if (!*texture)
      *texture = create_substitute(st, target, class, nr_samples);
   if (!*texture)
      return NULL;

   struct pipe_sampler_view templ;
   u_sampler_view_default_template(&templ, *texture, (*texture)->format);
   templ.target = target;
   templ.swizzle_r = PIPE_SWIZZLE_0;
   templ.swizzle_g = PIPE_SWIZZLE_0;
   templ.swizzle_b = PIPE_SWIZZLE_0;
   templ.swizzle_a = PIPE_SWIZZLE_1;

   return st->pipe->create_sampler_view(st->pipe, *texture, &templ);
}

/**
 * Tell the application that a texture got such a view: they are created once
 * for a texture and context, and kept until the texture changes.
 */
void
st_report_substitute(struct st_context *st,
                     const struct gl_texture_object *texObj)
{
   _mesa_protected_message(st->ctx,
                           texObj->Inaccessible ? MESA_PROTECTED_IMAGE
                                                : MESA_PROTECTED_TEXTURE);
}

/** Is this what st_create_substitute_view made?  For assertions. */
bool
st_is_substitute(const struct st_context *st,
                 const struct pipe_resource *texture)
{
   if (!st->substitutes)
      return false;

   for (unsigned i = 0; i < PIPE_MAX_TEXTURE_TYPES; i++) {
      for (unsigned j = 0; j < SUBSTITUTE_CLASSES; j++) {
         if (st->substitutes->texture[i][j][0] == texture ||
             st->substitutes->texture[i][j][1] == texture)
            return true;
      }
   }

   return false;
}

/** Storage like \p old that is protected and holds the same. */
static struct pipe_resource *
create_protected_copy(struct st_context *st, struct pipe_resource *old)
{
   struct pipe_resource templ = *old, *copy;

   templ.bind |= PIPE_BIND_PROTECTED;
   templ.next = NULL;
   copy = st->screen->resource_create(st->screen, &templ);

   /* Samples come from nowhere but from rendering, and there was none. */
   if (!copy || old->nr_samples > 1)
      return copy;

   for (unsigned level = 0; level <= old->last_level; level++) {
      struct pipe_box box;

      u_box_3d(0, 0, 0, u_minify(old->width0, level),
               u_minify(old->height0, level), util_num_layers(old, level),
               &box);
      st->pipe->resource_copy_region(st->pipe, copy, level, 0, 0, 0,
                                     old, level, &box);
   }

   return copy;
}

/** Put protected storage in the place of \p old, wherever the texture has it. */
static bool
protect_storage(struct st_context *st, struct gl_texture_object *texObj,
                struct pipe_resource *old)
{
   const unsigned num_faces = _mesa_num_tex_faces(texObj->Target);
   struct pipe_resource *copy;

   if (!old || _mesa_resource_is_protected(old) ||
       (old->bind & PIPE_BIND_SHARED))
      return true;

   copy = create_protected_copy(st, old);
   if (!copy)
      return false;

   for (unsigned face = 0; face < num_faces; face++) {
      for (unsigned level = 0; level < MAX_TEXTURE_LEVELS; level++) {
         struct gl_texture_image *image = texObj->Image[face][level];

         if (image && image->pt == old)
            pipe_resource_reference(&image->pt, copy);
      }
   }
   if (texObj->pt == old)
      pipe_resource_reference(&texObj->pt, copy);

   pipe_resource_reference(&copy, NULL);
   return true;
}

/** st_protect_texture, where all that is rendered to is made protected. */
bool
st_protect_texture_storage(struct gl_context *ctx,
                           struct gl_texture_object *texObj)
{
   struct st_context *st = st_context(ctx);
   const unsigned num_faces = _mesa_num_tex_faces(texObj->Target);
   bool done = true;

   /* It stays so, as storage that is given to it will be. */
   if (texObj->ForceProtected && _mesa_resource_is_protected(texObj->pt))
      return true;

   texObj->ForceProtected = true;
   if (texObj->surface_based || texObj->IsSparse ||
       texObj->Target == GL_TEXTURE_BUFFER)
      return true;

   done &= protect_storage(st, texObj, texObj->pt);
   for (unsigned face = 0; face < num_faces; face++) {
      for (unsigned level = 0; level < MAX_TEXTURE_LEVELS; level++) {
         struct gl_texture_image *image = texObj->Image[face][level];

         /* Those that are not part of the texture's storage yet. */
         if (image)
            done &= protect_storage(st, texObj, image->pt);
      }
   }

   st_texture_release_all_sampler_views(st, texObj);
   _mesa_dirty_texobj(ctx, texObj);
   return done;
}

/** Report once in a context's life. */
static void
report_once(struct st_context *st, enum mesa_protected_event event)
{
   if (!(st->protection_reported & BITFIELD_BIT(event)) &&
       _mesa_protected_message(st->ctx, event))
      st->protection_reported |= BITFIELD_BIT(event);
}

/** st_may_use_image, where accesses are checked. */
bool
st_check_image(struct st_context *st, const struct gl_texture_object *texObj,
               const struct pipe_resource *storage)
{
   if (texObj->Inaccessible) {
      report_once(st, MESA_PROTECTED_IMAGE);
      return false;
   }

   if (!_mesa_may_write_resource(st->ctx, storage)) {
      report_once(st, MESA_PROTECTED_IMAGE_STORE);
      return false;
   }

   return true;
}

/** Tell the application that a shader gets no buffer to write to. */
void
st_report_shader_buffer(struct st_context *st, enum mesa_protected_event event)
{
   report_once(st, event);
}

/**
 * Record the error of a copy that st_CopyTexSubImage did not make: only the CPU
 * could, and it must not see what would be copied.  The caller of that has a
 * mutex then, which a debug callback could wait for.
 */
void
st_report_refused_copy(struct gl_context *ctx, const char *func)
{
   if (!ctx->st->copy_refused)
      return;

   ctx->st->copy_refused = false;
   _mesa_error(ctx, GL_INVALID_OPERATION, "%s(protected content)", func);
}

/**
 * pipe_context::resource_copy_region between unprotected resources in any
 * context.
 *
 * The GPU cannot do it in a protected context: then it is a read-back and an
 * upload, which unprotected resources allow.
 */
void
st_copy_unprotected(struct st_context *st,
                    struct pipe_resource *dst, unsigned dst_level,
                    unsigned dst_x, unsigned dst_y, unsigned dst_z,
                    struct pipe_resource *src, unsigned src_level,
                    const struct pipe_box *src_box)
{
   if (_mesa_may_write_resource(st->ctx, dst)) {
      st->pipe->resource_copy_region(st->pipe, dst, dst_level,
                                     dst_x, dst_y, dst_z,
                                     src, src_level, src_box);
   } else if (!_mesa_resource_is_protected(src) &&
              !_mesa_resource_is_protected(dst)) {
      util_resource_copy_region(st->pipe, dst, dst_level, dst_x, dst_y, dst_z,
                                src, src_level, src_box);
   }
}
