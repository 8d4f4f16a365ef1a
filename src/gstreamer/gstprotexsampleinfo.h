/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "cenc.h"

G_BEGIN_DECLS

/* Reads what a demuxer says of a sample's encryption, the structure of its
 * #GstProtectionMeta. @cipher_mode is that of the caps, which goes where the
 * structure has none, and may be %NULL. The caller frees sample->subsamples
 * with g_free(), also after an error. */
gboolean gst_protex_sample_info_parse (const GstStructure * info,
                                       const gchar * cipher_mode,
                                       struct cenc_sample * sample,
                                       GError ** error);

G_END_DECLS
