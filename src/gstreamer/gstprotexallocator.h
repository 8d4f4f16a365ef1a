/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/allocators/allocators.h>

G_BEGIN_DECLS

#define GST_TYPE_PROTEX_ALLOCATOR (gst_protex_allocator_get_type ())
G_DECLARE_FINAL_TYPE (GstProtexAllocator, gst_protex_allocator,
    GST, PROTEX_ALLOCATOR, GstDmaBufAllocator);

GstAllocator * gst_protex_allocator_new       (GError ** error);
gchar *        gst_protex_allocator_dup_error (GstProtexAllocator * self);

G_END_DECLS
