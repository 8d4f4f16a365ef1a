/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_PROTEX_DECRYPT (gst_protex_decrypt_get_type ())
G_DECLARE_FINAL_TYPE (GstProtexDecrypt, gst_protex_decrypt,
    GST, PROTEX_DECRYPT, GstBaseTransform);

GST_ELEMENT_REGISTER_DECLARE (protexdecrypt);

G_END_DECLS
