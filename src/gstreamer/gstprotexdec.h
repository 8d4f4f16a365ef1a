/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_PROTEX_DEC (gst_protex_dec_get_type ())
G_DECLARE_DERIVABLE_TYPE (GstProtexDec, gst_protex_dec, GST, PROTEX_DEC,
    GstBin);

struct _GstProtexDecClass
{
  GstBinClass parent_class;

  GstCaps *codec;               /* what the V4L2 decoder in it takes */
};

/* Registers an element for each codec: protexh264dec and so on. */
gboolean gst_protex_dec_register (GstPlugin * plugin);

G_END_DECLS
