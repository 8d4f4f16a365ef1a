/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session with the protex TA, as an element uses it: keys by the ids that a
 * file has for them, and samples that are decrypted into a GstMemory.
 *
 * One thread at a time, but references may be dropped by any.
 */
#pragma once

#include <gst/gst.h>

#include <protex/ta.h>

#include "cenc.h"

G_BEGIN_DECLS

typedef struct _GstProtexTa GstProtexTa;

GstProtexTa * gst_protex_ta_open    (GError ** error);

void          gst_protex_ta_unref   (GstProtexTa * self);

/* Whether the TA has the key of that id. */
gboolean      gst_protex_ta_has_key (GstProtexTa * self, const guint8 key_id[CENC_KEY_ID_SIZE]);

/* Gives it one. Where it has no room, it forgets those that it has. */
gboolean      gst_protex_ta_add_key (GstProtexTa * self,
                                     const guint8 key_id[CENC_KEY_ID_SIZE],
                                     const struct protex_ta_wrapped_key * key,
                                     GError ** error);

/* Has it forget all. */
void          gst_protex_ta_forget_keys (GstProtexTa * self);

/* Decrypts data into memory, which is of protected dma-bufs, after head. Of
 * its size nothing is changed: @written gets how much it was. The key must
 * have been added. */
gboolean      gst_protex_ta_decrypt (GstProtexTa * self,
                                     const struct cenc_sample * sample,
                                     guint nal_length_size,
                                     const guint8 * head, gsize head_size,
                                     const guint8 * data, gsize size,
                                     GstMemory * memory, gsize * written,
                                     GError ** error);

G_END_DECLS
