/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

#include <stdio.h>

#include "pipe/p_defines.h"
#include "pipe/p_state.h"

#include "noop_protection.h"

static struct noop_context *
noop_context(struct pipe_context *ctx)
{
   return (struct noop_context *)ctx;
}

static const struct pipe_context *
unchecked(struct pipe_context *ctx)
{
   return &noop_context(ctx)->unchecked;
}

static bool
is_protected(const struct pipe_resource *res)
{
   return res->bind & PIPE_BIND_PROTECTED;
}

static void
refuse(struct pipe_context *ctx, const char *function, const char *what)
{
   fprintf(stderr, "noop refuses: %s: %s context %s\n", function,
           noop_context(ctx)->is_protected ? "a protected" : "an unprotected",
           what);
}

/** The device reads \p res for the context. */
static void
check_read(struct pipe_context *ctx, const char *function,
           const struct pipe_resource *res)
{
   if (res && is_protected(res) && !noop_context(ctx)->is_protected)
      refuse(ctx, function, "reads what is protected");
}

/** The device writes to \p res for the context. */
static void
check_write(struct pipe_context *ctx, const char *function,
            const struct pipe_resource *res)
{
   if (res && is_protected(res) != noop_context(ctx)->is_protected)
      refuse(ctx, function,
             is_protected(res) ? "writes to what is protected"
                               : "writes to what is unprotected");
}

/** The context does what only an unprotected one may. */
static void
check_unprotected(struct pipe_context *ctx, const char *function,
                  const char *what)
{
   if (noop_context(ctx)->is_protected)
      refuse(ctx, function, what);
}

static struct pipe_surface *
check_create_surface(struct pipe_context *ctx, struct pipe_resource *res,
                     const struct pipe_surface *templ)
{
   check_write(ctx, "create_surface", res);
   return unchecked(ctx)->create_surface(ctx, res, templ);
}

static struct pipe_sampler_view *
check_create_sampler_view(struct pipe_context *ctx, struct pipe_resource *res,
                          const struct pipe_sampler_view *templ)
{
   check_read(ctx, "create_sampler_view", res);
   return unchecked(ctx)->create_sampler_view(ctx, res, templ);
}

static void
check_set_framebuffer_state(struct pipe_context *ctx,
                            const struct pipe_framebuffer_state *state)
{
   for (unsigned i = 0; i < state->nr_cbufs; i++) {
      if (state->cbufs[i])
         check_write(ctx, "set_framebuffer_state", state->cbufs[i]->texture);
   }
   if (state->zsbuf)
      check_write(ctx, "set_framebuffer_state", state->zsbuf->texture);
   unchecked(ctx)->set_framebuffer_state(ctx, state);
}

static void
check_set_shader_images(struct pipe_context *ctx, enum pipe_shader_type shader,
                        unsigned start, unsigned count, unsigned unbind_count,
                        const struct pipe_image_view *images)
{
   for (unsigned i = 0; images && i < count; i++)
      check_write(ctx, "set_shader_images", images[i].resource);
   unchecked(ctx)->set_shader_images(ctx, shader, start, count, unbind_count,
                                     images);
}

static void
check_set_shader_buffers(struct pipe_context *ctx, enum pipe_shader_type shader,
                         unsigned start, unsigned count,
                         const struct pipe_shader_buffer *buffers,
                         unsigned writable_bitmask)
{
   for (unsigned i = 0; buffers && i < count; i++)
      check_write(ctx, "set_shader_buffers", buffers[i].buffer);
   unchecked(ctx)->set_shader_buffers(ctx, shader, start, count, buffers,
                                      writable_bitmask);
}

static void
check_set_stream_output_targets(struct pipe_context *ctx, unsigned count,
                                struct pipe_stream_output_target **targets,
                                const unsigned *offsets,
                                enum mesa_prim output_prim)
{
   for (unsigned i = 0; i < count; i++) {
      if (targets[i])
         check_write(ctx, "set_stream_output_targets", targets[i]->buffer);
   }
   unchecked(ctx)->set_stream_output_targets(ctx, count, targets, offsets,
                                             output_prim);
}

static void
check_resource_copy_region(struct pipe_context *ctx, struct pipe_resource *dst,
                           unsigned dst_level, unsigned dstx, unsigned dsty,
                           unsigned dstz, struct pipe_resource *src,
                           unsigned src_level, const struct pipe_box *src_box)
{
   check_read(ctx, "resource_copy_region", src);
   check_write(ctx, "resource_copy_region", dst);
   unchecked(ctx)->resource_copy_region(ctx, dst, dst_level, dstx, dsty, dstz,
                                        src, src_level, src_box);
}

static void
check_blit(struct pipe_context *ctx, const struct pipe_blit_info *info)
{
   check_read(ctx, "blit", info->src.resource);
   check_write(ctx, "blit", info->dst.resource);
   unchecked(ctx)->blit(ctx, info);
}

static void
check_clear_render_target(struct pipe_context *ctx, struct pipe_surface *dst,
                          const union pipe_color_union *color, unsigned x,
                          unsigned y, unsigned width, unsigned height,
                          bool render_condition_enabled)
{
   check_write(ctx, "clear_render_target", dst->texture);
   unchecked(ctx)->clear_render_target(ctx, dst, color, x, y, width, height,
                                       render_condition_enabled);
}

static void
check_clear_depth_stencil(struct pipe_context *ctx, struct pipe_surface *dst,
                          unsigned flags, double depth, unsigned stencil,
                          unsigned x, unsigned y, unsigned width,
                          unsigned height, bool render_condition_enabled)
{
   check_write(ctx, "clear_depth_stencil", dst->texture);
   unchecked(ctx)->clear_depth_stencil(ctx, dst, flags, depth, stencil, x, y,
                                       width, height, render_condition_enabled);
}

static void
check_clear_texture(struct pipe_context *ctx, struct pipe_resource *res,
                    unsigned level, const struct pipe_box *box,
                    const void *data)
{
   check_write(ctx, "clear_texture", res);
   unchecked(ctx)->clear_texture(ctx, res, level, box, data);
}

static void
check_clear_buffer(struct pipe_context *ctx, struct pipe_resource *res,
                   unsigned offset, unsigned size, const void *value,
                   int value_size)
{
   check_write(ctx, "clear_buffer", res);
   unchecked(ctx)->clear_buffer(ctx, res, offset, size, value, value_size);
}

static bool
check_generate_mipmap(struct pipe_context *ctx, struct pipe_resource *res,
                      enum pipe_format format, unsigned base_level,
                      unsigned last_level, unsigned first_layer,
                      unsigned last_layer)
{
   check_write(ctx, "generate_mipmap", res);
   return unchecked(ctx)->generate_mipmap(ctx, res, format, base_level,
                                          last_level, first_layer, last_layer);
}

/* Neither is a read, and both may write, to decompress or to clear. */

static void
check_flush_resource(struct pipe_context *ctx, struct pipe_resource *res)
{
   check_write(ctx, "flush_resource", res);
   unchecked(ctx)->flush_resource(ctx, res);
}

static void
check_invalidate_resource(struct pipe_context *ctx, struct pipe_resource *res)
{
   check_write(ctx, "invalidate_resource", res);
   unchecked(ctx)->invalidate_resource(ctx, res);
}

/* What the CPU does to unprotected storage is everybody's. To protected storage
 * it does nothing itself: it fills a staging buffer.
 */

static void *
check_buffer_map(struct pipe_context *ctx, struct pipe_resource *res,
                 unsigned level, unsigned usage, const struct pipe_box *box,
                 struct pipe_transfer **transfer)
{
   if (is_protected(res))
      refuse(ctx, "buffer_map", "maps a protected buffer");
   return unchecked(ctx)->buffer_map(ctx, res, level, usage, box, transfer);
}

static void *
check_texture_map(struct pipe_context *ctx, struct pipe_resource *res,
                  unsigned level, unsigned usage, const struct pipe_box *box,
                  struct pipe_transfer **transfer)
{
   if (is_protected(res)) {
      check_write(ctx, "texture_map", res);
      if ((usage & (PIPE_MAP_READ | PIPE_MAP_DIRECTLY)) ||
          !(usage & (PIPE_MAP_DISCARD_RANGE | PIPE_MAP_DISCARD_WHOLE_RESOURCE)))
         refuse(ctx, "texture_map", "maps what a protected texture holds");
   }
   return unchecked(ctx)->texture_map(ctx, res, level, usage, box, transfer);
}

static void
check_texture_subdata(struct pipe_context *ctx, struct pipe_resource *res,
                      unsigned level, unsigned usage,
                      const struct pipe_box *box, const void *data,
                      unsigned stride, uintptr_t layer_stride)
{
   if (is_protected(res))
      refuse(ctx, "texture_subdata", "has the CPU write to a protected texture");
   unchecked(ctx)->texture_subdata(ctx, res, level, usage, box, data, stride,
                                   layer_stride);
}

static struct pipe_query *
check_create_query(struct pipe_context *ctx, unsigned type, unsigned index)
{
   if (type != PIPE_QUERY_GPU_FINISHED)
      check_unprotected(ctx, "create_query", "has results");
   return unchecked(ctx)->create_query(ctx, type, index);
}

static void
check_get_query_result_resource(struct pipe_context *ctx, struct pipe_query *q,
                                enum pipe_query_flags flags,
                                enum pipe_query_value_type type, int index,
                                struct pipe_resource *res, unsigned offset)
{
   check_write(ctx, "get_query_result_resource", res);
   unchecked(ctx)->get_query_result_resource(ctx, q, flags, type, index, res,
                                             offset);
}

void
noop_check_protection(struct noop_context *noop, unsigned flags)
{
   struct pipe_context *ctx = &noop->base;

   noop->is_protected = flags & PIPE_CONTEXT_PROTECTED;
   noop->unchecked = *ctx;
   if (noop->is_protected)
      fprintf(stderr, "noop looks: a protected context\n");

   ctx->create_surface = check_create_surface;
   ctx->create_sampler_view = check_create_sampler_view;
   ctx->set_framebuffer_state = check_set_framebuffer_state;
   ctx->set_shader_images = check_set_shader_images;
   ctx->set_shader_buffers = check_set_shader_buffers;
   ctx->set_stream_output_targets = check_set_stream_output_targets;
   ctx->resource_copy_region = check_resource_copy_region;
   ctx->blit = check_blit;
   ctx->clear_render_target = check_clear_render_target;
   ctx->clear_depth_stencil = check_clear_depth_stencil;
   ctx->clear_texture = check_clear_texture;
   ctx->clear_buffer = check_clear_buffer;
   ctx->generate_mipmap = check_generate_mipmap;
   ctx->flush_resource = check_flush_resource;
   ctx->invalidate_resource = check_invalidate_resource;
   ctx->buffer_map = check_buffer_map;
   ctx->texture_map = check_texture_map;
   ctx->texture_subdata = check_texture_subdata;
   ctx->create_query = check_create_query;
   ctx->get_query_result_resource = check_get_query_result_resource;
}
