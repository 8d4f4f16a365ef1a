/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

#include "virgl_protected.h"

#include "pipe/p_context.h"
#include "pipe/p_screen.h"
#include "pipe/p_state.h"
#include "util/u_debug.h"
#include "util/u_debug_cb.h"
#include "util/u_inlines.h"
#include "util/u_memory.h"

#include "virgl_context.h"
#include "virgl_encode.h"
#include "virgl_resource.h"
#include "virgl_screen.h"

/* What a debug message was already given for. */
enum refusal {
   REFUSED_FRAMEBUFFER = 1 << 0,
   REFUSED_SAMPLER_VIEW = 1 << 1,
   REFUSED_IMAGE = 1 << 2,
   REFUSED_SHADER_BUFFER = 1 << 3,
   REFUSED_STREAM_OUTPUT = 1 << 4,
   REFUSED_QUERY = 1 << 5,
   REFUSED_COPY = 1 << 6,
   REFUSED_CLEAR = 1 << 7,
   REFUSED_MAP = 1 << 8,
};

struct virgl_protection_layer {
   /* The functions that the layer lies on. */
   struct pipe_context driver;

   uint32_t told; /* enum refusal */

   /* Of a protected context: the framebuffer has an attachment that it must
    * not write to.
    */
   bool framebuffer_refused;

   /* Of a protected context: an unprotected one, for what has nothing to do
    * with protected resources. Created on first use.
    */
   struct pipe_context *ordinary;
};

static struct pipe_context *
driver(struct pipe_context *ctx)
{
   return &virgl_context(ctx)->protection->driver;
}

/* The message is a debug message of the context: GL_KHR_debug gets it. */
#define refuse(ctx, what, message)                                             \
   do {                                                                        \
      struct virgl_protection_layer *layer = virgl_context(ctx)->protection;   \
                                                                               \
      if (!(layer->told & (what))) {                                           \
         layer->told |= (what);                                                \
         util_debug_message(&(ctx)->debug, ERROR, "%s", message);              \
         if (virgl_debug & VIRGL_DEBUG_VERBOSE)                                \
            debug_printf("VIRGL: %s\n", message);                              \
      }                                                                        \
   } while (0)

static bool
is_protected(const struct pipe_resource *res)
{
   return res->bind & PIPE_BIND_PROTECTED;
}

static bool
can_read(struct pipe_context *ctx, const struct pipe_resource *res)
{
   return virgl_context(ctx)->is_protected || !is_protected(res);
}

/* What is written to imported memory would reach the device's copy of it only,
 * and be gone when that is refreshed.
 */
static bool
can_write(struct pipe_context *ctx, struct pipe_resource *res)
{
   if (!virgl_context(ctx)->is_protected)
      return !is_protected(res);

   return is_protected(res) && !virgl_resource(res)->is_read_only;
}

/*
 * A protected context does not write to unprotected resources. But what GL does
 * on behalf of the application with unprotected resources only, such as
 * changing the layout of a texture that grows mipmaps, uploading from a buffer,
 * or reading something back, gives nothing away. It is done in an unprotected
 * context, where the kernel sees to it that no protected resource is touched.
 *
 * Returns that context, ready to use, or NULL. What the protected one has done
 * until now comes first. After use, ordinary_done().
 */
static struct pipe_context *
ordinary_begin(struct pipe_context *ctx)
{
   struct virgl_protection_layer *layer = virgl_context(ctx)->protection;

   if (!layer->ordinary)
      layer->ordinary = ctx->screen->context_create(ctx->screen, NULL, 0);
   if (layer->ordinary)
      virgl_flush_eq(virgl_context(ctx), NULL, NULL);

   return layer->ordinary;
}

static void
ordinary_done(struct pipe_context *ordinary)
{
   virgl_flush_eq(virgl_context(ordinary), NULL, NULL);
}

/*
 * Surfaces and sampler views that this context must not use have no object on
 * the host. The frontends need something to hold, though, and must be able to
 * bind it: it is then left out.
 */

static struct pipe_surface *
protection_create_surface(struct pipe_context *ctx, struct pipe_resource *res,
                          const struct pipe_surface *templ)
{
   struct virgl_surface *surf;

   if (can_write(ctx, res) || res->target == PIPE_BUFFER)
      return driver(ctx)->create_surface(ctx, res, templ);

   surf = CALLOC_STRUCT(virgl_surface);
   if (!surf)
      return NULL;

   surf->base = *templ;
   pipe_reference_init(&surf->base.reference, 1);
   surf->base.texture = NULL;
   pipe_resource_reference(&surf->base.texture, res);
   surf->base.context = ctx;
   surf->base.width = u_minify(res->width0, templ->u.tex.level);
   surf->base.height = u_minify(res->height0, templ->u.tex.level);
   return &surf->base;
}

static void
protection_surface_destroy(struct pipe_context *ctx, struct pipe_surface *surf)
{
   if (virgl_surface(surf)->handle) {
      driver(ctx)->surface_destroy(ctx, surf);
      return;
   }

   pipe_resource_reference(&surf->texture, NULL);
   FREE(surf);
}

static bool
is_refused_surface(struct pipe_surface *surf)
{
   return surf && !virgl_surface(surf)->handle;
}

static struct pipe_sampler_view *
unprotected_create_sampler_view(struct pipe_context *ctx,
                                struct pipe_resource *res,
                                const struct pipe_sampler_view *templ)
{
   struct virgl_sampler_view *view;

   if (!templ || can_read(ctx, res))
      return driver(ctx)->create_sampler_view(ctx, res, templ);

   view = CALLOC_STRUCT(virgl_sampler_view);
   if (!view)
      return NULL;

   view->base = *templ;
   pipe_reference_init(&view->base.reference, 1);
   view->base.texture = NULL;
   pipe_resource_reference(&view->base.texture, res);
   view->base.context = ctx;
   return &view->base;
}

static void
unprotected_sampler_view_destroy(struct pipe_context *ctx,
                                 struct pipe_sampler_view *view)
{
   if (virgl_sampler_view(view)->handle) {
      driver(ctx)->sampler_view_destroy(ctx, view);
      return;
   }

   pipe_resource_reference(&view->texture, NULL);
   FREE(view);
}

static void
unprotected_set_sampler_views(struct pipe_context *ctx,
                              enum pipe_shader_type shader, unsigned start,
                              unsigned count, unsigned unbind_count,
                              bool take_ownership,
                              struct pipe_sampler_view **views)
{
   struct pipe_sampler_view *allowed[PIPE_MAX_SHADER_SAMPLER_VIEWS];

   assert(count <= ARRAY_SIZE(allowed));
   for (unsigned i = 0; i < count; i++) {
      allowed[i] = views ? views[i] : NULL;
      if (!allowed[i] || virgl_sampler_view(allowed[i])->handle)
         continue;

      refuse(ctx, REFUSED_SAMPLER_VIEW,
             "a protected texture cannot be sampled in an unprotected context");
      if (take_ownership)
         pipe_sampler_view_reference(&allowed[i], NULL);
      allowed[i] = NULL;
   }

   driver(ctx)->set_sampler_views(ctx, shader, start, count, unbind_count,
                                  take_ownership, allowed);
}

/* The other attachments are the context's own to write to. */
static void
unprotected_set_framebuffer_state(struct pipe_context *ctx,
                                  const struct pipe_framebuffer_state *state)
{
   struct pipe_framebuffer_state allowed = *state;
   bool refused = is_refused_surface(state->zsbuf);

   if (refused)
      allowed.zsbuf = NULL;
   for (unsigned i = 0; i < state->nr_cbufs; i++) {
      if (is_refused_surface(state->cbufs[i])) {
         allowed.cbufs[i] = NULL;
         refused = true;
      }
   }

   if (refused)
      refuse(ctx, REFUSED_FRAMEBUFFER,
             "an unprotected context cannot draw to protected attachments");
   driver(ctx)->set_framebuffer_state(ctx, &allowed);
}

/* All attachments or none: nothing is written if protected and unprotected ones
 * are mixed.
 */
static void
protected_set_framebuffer_state(struct pipe_context *ctx,
                                const struct pipe_framebuffer_state *state)
{
   struct virgl_protection_layer *layer = virgl_context(ctx)->protection;
   bool refused = is_refused_surface(state->zsbuf);

   for (unsigned i = 0; i < state->nr_cbufs; i++)
      refused |= is_refused_surface(state->cbufs[i]);

   layer->framebuffer_refused = refused;
   if (refused) {
      struct pipe_framebuffer_state empty = *state;

      empty.zsbuf = NULL;
      empty.nr_cbufs = 0;
      memset(empty.cbufs, 0, sizeof(empty.cbufs));
      driver(ctx)->set_framebuffer_state(ctx, &empty);
   } else {
      driver(ctx)->set_framebuffer_state(ctx, state);
   }
}

static bool
framebuffer_refused(struct pipe_context *ctx)
{
   if (!virgl_context(ctx)->protection->framebuffer_refused)
      return false;

   refuse(ctx, REFUSED_FRAMEBUFFER,
          "nothing is drawn: a protected context can only draw to protected "
          "attachments, and not to imported ones");
   return true;
}

static void
protected_draw_vbo(struct pipe_context *ctx, const struct pipe_draw_info *info,
                   unsigned drawid_offset,
                   const struct pipe_draw_indirect_info *indirect,
                   const struct pipe_draw_start_count_bias *draws,
                   unsigned num_draws)
{
   if (framebuffer_refused(ctx))
      return;

   /* Nothing was streamed out, so there is nothing to draw from it. */
   if (indirect && indirect->count_from_stream_output)
      return;

   driver(ctx)->draw_vbo(ctx, info, drawid_offset, indirect, draws, num_draws);
}

static void
protected_clear(struct pipe_context *ctx, unsigned buffers,
                const struct pipe_scissor_state *scissor,
                const union pipe_color_union *color, double depth,
                unsigned stencil)
{
   if (!framebuffer_refused(ctx))
      driver(ctx)->clear(ctx, buffers, scissor, color, depth, stencil);
}

#define CLEAR_MESSAGE \
   "not cleared: protected resources are for protected contexts, and others " \
   "for unprotected ones"

static void
protection_clear_render_target(struct pipe_context *ctx,
                               struct pipe_surface *dst,
                               const union pipe_color_union *color,
                               unsigned x, unsigned y, unsigned width,
                               unsigned height, bool render_condition_enabled)
{
   if (is_refused_surface(dst))
      refuse(ctx, REFUSED_CLEAR, CLEAR_MESSAGE);
   else
      driver(ctx)->clear_render_target(ctx, dst, color, x, y, width, height,
                                       render_condition_enabled);
}

static void
protection_clear_depth_stencil(struct pipe_context *ctx,
                               struct pipe_surface *dst, unsigned flags,
                               double depth, unsigned stencil, unsigned x,
                               unsigned y, unsigned width, unsigned height,
                               bool render_condition_enabled)
{
   if (is_refused_surface(dst))
      refuse(ctx, REFUSED_CLEAR, CLEAR_MESSAGE);
   else
      driver(ctx)->clear_depth_stencil(ctx, dst, flags, depth, stencil, x, y,
                                       width, height,
                                       render_condition_enabled);
}

static void
protection_clear_texture(struct pipe_context *ctx, struct pipe_resource *res,
                         unsigned level, const struct pipe_box *box,
                         const void *data)
{
   struct pipe_context *ordinary;

   if (can_write(ctx, res)) {
      driver(ctx)->clear_texture(ctx, res, level, box, data);
   } else if (!is_protected(res) && (ordinary = ordinary_begin(ctx))) {
      ordinary->clear_texture(ordinary, res, level, box, data);
      ordinary_done(ordinary);
   } else {
      refuse(ctx, REFUSED_CLEAR, CLEAR_MESSAGE);
   }
}

#define COPY_MESSAGE \
   "not copied: protected resources are for protected contexts, and can only " \
   "be copied to protected ones"

static void
protection_resource_copy_region(struct pipe_context *ctx,
                                struct pipe_resource *dst, unsigned dst_level,
                                unsigned dstx, unsigned dsty, unsigned dstz,
                                struct pipe_resource *src, unsigned src_level,
                                const struct pipe_box *src_box)
{
   struct pipe_context *ordinary;

   if (can_write(ctx, dst) && can_read(ctx, src)) {
      driver(ctx)->resource_copy_region(ctx, dst, dst_level, dstx, dsty, dstz,
                                        src, src_level, src_box);
   } else if (!is_protected(dst) && !is_protected(src) &&
              (ordinary = ordinary_begin(ctx))) {
      ordinary->resource_copy_region(ordinary, dst, dst_level, dstx, dsty, dstz,
                                     src, src_level, src_box);
      ordinary_done(ordinary);
   } else {
      refuse(ctx, REFUSED_COPY, COPY_MESSAGE);
   }
}

static void
protection_blit(struct pipe_context *ctx, const struct pipe_blit_info *info)
{
   struct pipe_context *ordinary;

   if (can_write(ctx, info->dst.resource) &&
       can_read(ctx, info->src.resource)) {
      driver(ctx)->blit(ctx, info);
   } else if (!is_protected(info->dst.resource) &&
              !is_protected(info->src.resource) &&
              (ordinary = ordinary_begin(ctx))) {
      ordinary->blit(ordinary, info);
      ordinary_done(ordinary);
   } else {
      refuse(ctx, REFUSED_COPY, COPY_MESSAGE);
   }
}

/* An image bound for reading only counts as well: what happens to a shader that
 * writes to it is not defined, and the kernel does not rely on it.
 */
static void
protection_set_shader_images(struct pipe_context *ctx,
                             enum pipe_shader_type shader, unsigned start,
                             unsigned count, unsigned unbind_count,
                             const struct pipe_image_view *images)
{
   struct pipe_image_view allowed[PIPE_MAX_SHADER_IMAGES];

   assert(count <= ARRAY_SIZE(allowed));
   for (unsigned i = 0; images && i < count; i++) {
      allowed[i] = images[i];
      if (!images[i].resource || can_write(ctx, images[i].resource))
         continue;

      refuse(ctx, REFUSED_IMAGE,
             "an image is not bound: protected ones are for protected "
             "contexts, and others for unprotected ones");
      memset(&allowed[i], 0, sizeof(allowed[i]));
   }

   driver(ctx)->set_shader_images(ctx, shader, start, count, unbind_count,
                                  images ? allowed : NULL);
}

/* There are no protected buffers, so a protected context can bind none that it
 * might write to. What was never bound need not be unbound.
 */

#define BUFFER_MESSAGE "a protected context does not write to buffers"

static void
protected_set_shader_buffers(struct pipe_context *ctx,
                             enum pipe_shader_type shader, unsigned start,
                             unsigned count,
                             const struct pipe_shader_buffer *buffers,
                             unsigned writable_bitmask)
{
   for (unsigned i = 0; buffers && i < count; i++) {
      if (buffers[i].buffer)
         refuse(ctx, REFUSED_SHADER_BUFFER, BUFFER_MESSAGE);
   }
}

static void
protected_set_hw_atomic_buffers(struct pipe_context *ctx, unsigned start,
                                unsigned count,
                                const struct pipe_shader_buffer *buffers)
{
   protected_set_shader_buffers(ctx, PIPE_SHADER_FRAGMENT, start, count,
                                buffers, ~0);
}

static struct pipe_stream_output_target *
protected_create_so_target(struct pipe_context *ctx, struct pipe_resource *res,
                           unsigned offset, unsigned size)
{
   struct virgl_so_target *target = CALLOC_STRUCT(virgl_so_target);

   if (!target)
      return NULL;

   pipe_reference_init(&target->base.reference, 1);
   target->base.context = ctx;
   pipe_resource_reference(&target->base.buffer, res);
   target->base.buffer_offset = offset;
   target->base.buffer_size = size;
   return &target->base;
}

static void
protected_so_target_destroy(struct pipe_context *ctx,
                            struct pipe_stream_output_target *target)
{
   pipe_resource_reference(&target->buffer, NULL);
   FREE(target);
}

static void
protected_set_so_targets(struct pipe_context *ctx, unsigned count,
                         struct pipe_stream_output_target **targets,
                         const unsigned *offsets, enum mesa_prim prim)
{
   if (count)
      refuse(ctx, REFUSED_STREAM_OUTPUT,
             "a protected context does not write transform feedback");
}

/*
 * No result leaves a protected context, neither a count nor a time: it says
 * something about the content. Queries are answered at once, with zero; but
 * what an occlusion query asks about is visible, or it would be left out.
 *
 * PIPE_QUERY_GPU_FINISHED is a fence, and these work as ever.
 */

struct protected_query {
   enum pipe_query_type type;
   struct pipe_query *finished; /* of the driver */
};

static struct pipe_query *
protected_create_query(struct pipe_context *ctx, unsigned type, unsigned index)
{
   struct protected_query *query = CALLOC_STRUCT(protected_query);

   if (!query)
      return NULL;

   query->type = type;
   if (type == PIPE_QUERY_GPU_FINISHED) {
      query->finished = driver(ctx)->create_query(ctx, type, index);
      if (!query->finished) {
         FREE(query);
         return NULL;
      }
   }

   return (struct pipe_query *)query;
}

static void
protected_destroy_query(struct pipe_context *ctx, struct pipe_query *q)
{
   struct protected_query *query = (struct protected_query *)q;

   if (query->finished)
      driver(ctx)->destroy_query(ctx, query->finished);
   FREE(query);
}

static bool
protected_begin_query(struct pipe_context *ctx, struct pipe_query *q)
{
   return true;
}

static bool
protected_end_query(struct pipe_context *ctx, struct pipe_query *q)
{
   struct protected_query *query = (struct protected_query *)q;

   if (query->finished)
      return driver(ctx)->end_query(ctx, query->finished);

   refuse(ctx, REFUSED_QUERY, "queries in a protected context have no result");
   return true;
}

static bool
protected_get_query_result(struct pipe_context *ctx, struct pipe_query *q,
                           bool wait, union pipe_query_result *result)
{
   struct protected_query *query = (struct protected_query *)q;

   if (query->finished)
      return driver(ctx)->get_query_result(ctx, query->finished, wait, result);

   memset(result, 0, sizeof(*result));
   if (query->type == PIPE_QUERY_OCCLUSION_COUNTER)
      result->u64 = 1;
   else if (query->type == PIPE_QUERY_OCCLUSION_PREDICATE ||
            query->type == PIPE_QUERY_OCCLUSION_PREDICATE_CONSERVATIVE)
      result->b = true;
   return true;
}

static void
protected_get_query_result_resource(struct pipe_context *ctx,
                                    struct pipe_query *q,
                                    enum pipe_query_flags flags,
                                    enum pipe_query_value_type type, int index,
                                    struct pipe_resource *res, unsigned offset)
{
   refuse(ctx, REFUSED_QUERY, "queries in a protected context have no result");
}

/* There is no result to depend on, so draw. */
static void
protected_render_condition(struct pipe_context *ctx, struct pipe_query *q,
                           bool condition, enum pipe_render_cond_flag mode)
{
}

/*
 * Protected textures can be uploaded to, through a staging buffer and if the
 * caller does not care for what was there before: the alternative is to read it
 * back.
 *
 * A protected context cannot read back unprotected textures by commands of its
 * own.
 */
static void *
protection_texture_map(struct pipe_context *ctx, struct pipe_resource *res,
                       unsigned level, unsigned usage,
                       const struct pipe_box *box,
                       struct pipe_transfer **transfer)
{
   const bool discards = usage & (PIPE_MAP_DISCARD_RANGE |
                                  PIPE_MAP_DISCARD_WHOLE_RESOURCE);
   const bool only_writes = discards && !(usage & PIPE_MAP_READ);
   struct pipe_context *ordinary;
   void *map;

   if (is_protected(res)) {
      if (can_write(ctx, res) && only_writes && res->nr_samples <= 1)
         return driver(ctx)->texture_map(ctx, res, level, usage, box, transfer);

      refuse(ctx, REFUSED_MAP,
             "a protected texture cannot be mapped, only a protected context "
             "can upload to it, and to imported ones not even that");
      return NULL;
   }

   if (!virgl_context(ctx)->is_protected || only_writes)
      return driver(ctx)->texture_map(ctx, res, level, usage, box, transfer);

   ordinary = ordinary_begin(ctx);
   if (!ordinary)
      return NULL;

   map = ordinary->texture_map(ordinary, res, level, usage, box, transfer);
   if (map)
      virgl_transfer(*transfer)->is_ordinary = true;
   return map;
}

static void
protected_texture_unmap(struct pipe_context *ctx,
                        struct pipe_transfer *transfer)
{
   struct pipe_context *ordinary = virgl_context(ctx)->protection->ordinary;

   if (virgl_transfer(transfer)->is_ordinary) {
      ordinary->texture_unmap(ordinary, transfer);
      ordinary_done(ordinary);
   } else {
      driver(ctx)->texture_unmap(ctx, transfer);
   }
}

/* Codecs name their buffers in ways that the kernel does not look into. */

static struct pipe_video_codec *
protected_create_video_codec(struct pipe_context *ctx,
                             const struct pipe_video_codec *templ)
{
   return NULL;
}

static struct pipe_video_buffer *
protected_create_video_buffer(struct pipe_context *ctx,
                              const struct pipe_video_buffer *templ)
{
   return NULL;
}

bool
virgl_init_protection(struct virgl_context *vctx)
{
   struct pipe_context *ctx = &vctx->base;

   vctx->protection = CALLOC_STRUCT(virgl_protection_layer);
   if (!vctx->protection)
      return false;

   vctx->protection->driver = *ctx;

   ctx->set_debug_callback = u_default_set_debug_callback;

   ctx->create_surface = protection_create_surface;
   ctx->surface_destroy = protection_surface_destroy;
   ctx->clear_render_target = protection_clear_render_target;
   if (ctx->clear_depth_stencil)
      ctx->clear_depth_stencil = protection_clear_depth_stencil;
   ctx->clear_texture = protection_clear_texture;
   ctx->resource_copy_region = protection_resource_copy_region;
   ctx->blit = protection_blit;
   ctx->set_shader_images = protection_set_shader_images;
   ctx->texture_map = protection_texture_map;

   if (!vctx->is_protected) {
      ctx->create_sampler_view = unprotected_create_sampler_view;
      ctx->sampler_view_destroy = unprotected_sampler_view_destroy;
      ctx->set_sampler_views = unprotected_set_sampler_views;
      ctx->set_framebuffer_state = unprotected_set_framebuffer_state;
      return true;
   }

   ctx->set_framebuffer_state = protected_set_framebuffer_state;
   ctx->draw_vbo = protected_draw_vbo;
   ctx->clear = protected_clear;
   ctx->set_shader_buffers = protected_set_shader_buffers;
   ctx->set_hw_atomic_buffers = protected_set_hw_atomic_buffers;
   ctx->create_stream_output_target = protected_create_so_target;
   ctx->stream_output_target_destroy = protected_so_target_destroy;
   ctx->set_stream_output_targets = protected_set_so_targets;
   ctx->create_query = protected_create_query;
   ctx->destroy_query = protected_destroy_query;
   ctx->begin_query = protected_begin_query;
   ctx->end_query = protected_end_query;
   ctx->get_query_result = protected_get_query_result;
   ctx->get_query_result_resource = protected_get_query_result_resource;
   ctx->render_condition = protected_render_condition;
   ctx->texture_unmap = protected_texture_unmap;
   ctx->create_video_codec = protected_create_video_codec;
   ctx->create_video_buffer = protected_create_video_buffer;
   return true;
}

void
virgl_fini_protection(struct virgl_context *vctx)
{
   if (!vctx->protection)
      return;

   if (vctx->protection->ordinary)
      vctx->protection->ordinary->destroy(vctx->protection->ordinary);
   FREE(vctx->protection);
   vctx->protection = NULL;
}
