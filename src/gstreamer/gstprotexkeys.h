/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where keys come from: what a user gave, and what the file has. */
#pragma once

#include <gst/gst.h>

#include <protex/ta.h>

#include "cenc.h"

G_BEGIN_DECLS

typedef struct _GstProtexKeys GstProtexKeys;

/* Reads the files that the lists name, of plain keys and of wrapped ones. An
 * entry is FILE, or KID:FILE, and ';' is between them. Either may be NULL. */
GstProtexKeys * gst_protex_keys_new     (const gchar * plain,
                                         const gchar * wrapped,
                                         GError ** error);

void            gst_protex_keys_free    (GstProtexKeys * self);

/* Adds 'pssh' boxes of a file. */
void            gst_protex_keys_add_pssh (GstProtexKeys * self,
                                          GstBuffer * boxes);

/* What was given goes before what the file has. */
gboolean        gst_protex_keys_find    (GstProtexKeys * self,
                                         const guint8 key_id[CENC_KEY_ID_SIZE],
                                         struct protex_ta_wrapped_key * key,
                                         GError ** error);

G_END_DECLS
