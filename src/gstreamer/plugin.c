/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/gst.h>

#include "gstprotexdec.h"
#include "gstprotexdecrypt.h"

#define GST_PACKAGE_ORIGIN "Unknown package origin"

static gboolean
plugin_init (GstPlugin * plugin)
{
  return GST_ELEMENT_REGISTER (protexdecrypt, plugin)
      && gst_protex_dec_register (plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, protex,
    "Decrypts video into memory that the CPU cannot read",
    plugin_init, PROTEX_VERSION, "LGPL", "protex", GST_PACKAGE_ORIGIN)
