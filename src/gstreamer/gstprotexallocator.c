/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GstProtexAllocator: protected dma-bufs, from the heaps of a TEE.
 *
 * To elements that import dma-bufs its memory is like that of any
 * #GstDmaBufAllocator, of which this is a subclass. What is different is that
 * it cannot be mapped: nothing the CPU could look at is there. So it refuses
 * gst_memory_map() in so many words, and its memory is marked
 * %GST_MEMORY_FLAG_NOT_MAPPABLE for those who ask first.
 */
#include <unistd.h>

#include <protex/protex.h>

#include "gstprotexallocator.h"

GST_DEBUG_CATEGORY_STATIC (gst_protex_allocator_debug);
#define GST_CAT_DEFAULT gst_protex_allocator_debug

struct _GstProtexAllocator
{
  GstDmaBufAllocator parent;

  struct protex_allocator *heap;

  /* Why the last allocation failed; protected by the object lock. */
  gchar *error;

  /* Atomic: a log that says so of each buffer is of no use. */
  gint said_why;
};

G_DEFINE_TYPE_WITH_CODE (GstProtexAllocator, gst_protex_allocator,
    GST_TYPE_DMABUF_ALLOCATOR,
    GST_DEBUG_CATEGORY_INIT (gst_protex_allocator_debug, "protexallocator", 0,
        "allocator of protected dma-bufs"));

static void
gst_protex_allocator_set_error (GstProtexAllocator * self, const gchar * error)
{
  GST_OBJECT_LOCK (self);
  g_free (self->error);
  self->error = g_strdup (error);
  GST_OBJECT_UNLOCK (self);
}

static GstMemory *
gst_protex_allocator_alloc (GstAllocator * allocator, gsize size,
    GstAllocationParams * params)
{
  GstProtexAllocator *self = GST_PROTEX_ALLOCATOR (allocator);
  gsize prefix = params ? params->prefix : 0;
  gsize padding = params ? params->padding : 0;
  struct protex_error error;
  GstMemory *mem;
  gsize maxsize;
  int fd;

  if (!g_size_checked_add (&maxsize, size, prefix)
      || !g_size_checked_add (&maxsize, maxsize, padding)) {
    gst_protex_allocator_set_error (self, "the size overflows");
    return NULL;
  }

  fd = protex_allocator_alloc (self->heap, maxsize, &error);
  if (fd < 0) {
    GST_WARNING_OBJECT (self, "%s", error.message);
    gst_protex_allocator_set_error (self, error.message);
    return NULL;
  }

  mem = gst_dmabuf_allocator_alloc (allocator, fd, maxsize);
  if (!mem) {
    close (fd);
    gst_protex_allocator_set_error (self, "out of memory");
    return NULL;
  }

  GST_MINI_OBJECT_FLAG_SET (mem, GST_MEMORY_FLAG_NOT_MAPPABLE);
  gst_memory_resize (mem, prefix, size);
  GST_DEBUG_OBJECT (self, "allocated %" G_GSIZE_FORMAT " bytes, fd %d", maxsize,
      fd);
  return mem;
}

static gpointer
gst_protex_allocator_map (GstMemory * mem, gsize maxsize, GstMapFlags flags)
{
  GstProtexAllocator *self = GST_PROTEX_ALLOCATOR (mem->allocator);

  GST_LOG_OBJECT (self, "refused to map %p", mem);
  if (!g_atomic_int_compare_and_exchange (&self->said_why, FALSE, TRUE))
    return NULL;
  GST_ERROR_OBJECT (self, "Memory is protected, and cannot be mapped. Whatever "
      "wants to read it in this pipeline (a parser, a software decoder, a sink "
      "that copies) has no place there: use elements that import dma-bufs");
  return NULL;
}

static void
gst_protex_allocator_finalize (GObject * object)
{
  GstProtexAllocator *self = GST_PROTEX_ALLOCATOR (object);

  protex_allocator_destroy (self->heap);
  g_free (self->error);
  G_OBJECT_CLASS (gst_protex_allocator_parent_class)->finalize (object);
}

static void
gst_protex_allocator_class_init (GstProtexAllocatorClass * klass)
{
  GST_ALLOCATOR_CLASS (klass)->alloc = gst_protex_allocator_alloc;
  G_OBJECT_CLASS (klass)->finalize = gst_protex_allocator_finalize;
}

static void
gst_protex_allocator_init (GstProtexAllocator * self)
{
  GstAllocator *allocator = GST_ALLOCATOR (self);

  allocator->mem_map = gst_protex_allocator_map;

  /* gst_allocator_alloc() works, and so do the buffer pools built on it. */
  GST_OBJECT_FLAG_UNSET (self, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC);
}

/*
 * gst_protex_allocator_new:
 * @error: (nullable): why there is none
 *
 * Returns: (transfer full) (nullable): an allocator for decoded and compressed
 * video, from the heap for secure video. It may be used by several threads.
 */
GstAllocator *
gst_protex_allocator_new (GError ** error)
{
  struct protex_allocator *heap;
  struct protex_error why;
  GstProtexAllocator *self;

  if (protex_allocator_create (&heap, PROTEX_USE_SECURE_VIDEO, &why) < 0) {
    g_set_error_literal (error, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_NOT_FOUND, why.message);
    return NULL;
  }

  self = g_object_new (GST_TYPE_PROTEX_ALLOCATOR, NULL);
  gst_object_ref_sink (self);
  self->heap = heap;
  return GST_ALLOCATOR (self);
}

/*
 * gst_protex_allocator_dup_error:
 *
 * Returns: (transfer full) (nullable): a sentence on why the last allocation
 * that failed did
 */
gchar *
gst_protex_allocator_dup_error (GstProtexAllocator * self)
{
  gchar *error;

  GST_OBJECT_LOCK (self);
  error = g_strdup (self->error);
  GST_OBJECT_UNLOCK (self);
  return error;
}
