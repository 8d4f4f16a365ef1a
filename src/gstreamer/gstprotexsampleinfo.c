/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "bytes.h"
#include "gstprotexsampleinfo.h"

/* A subsample in the file: 16 bits of clear bytes, 32 of encrypted ones. */
#define ENTRY_SIZE 6

static gboolean
damaged (GError ** error, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);

     static gboolean damaged (GError ** error, const gchar * format, ...)
{
  va_list args;
  gchar *what;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT,
      "What the file says of a sample's encryption is damaged: %s", what);
  g_free (what);
  return FALSE;
}

/* The bytes of a field that is a buffer, or NULL. */
static GstBuffer *
get_buffer (const GstStructure * info, const gchar * field)
{
  const GValue *value = gst_structure_get_value (info, field);

  if (!value || !GST_VALUE_HOLDS_BUFFER (value))
    return NULL;
  return gst_value_get_buffer (value);
}

static gboolean
parse_scheme (const GstStructure * info, const gchar * cipher_mode,
    struct cenc_sample *sample, GError ** error)
{
  const gchar *own = gst_structure_get_string (info, "cipher-mode");
  guint crypt = 0, skip = 0;

  if (own)
    cipher_mode = own;
  /* Before demuxers said so there was only one. */
  if (!cipher_mode || g_str_equal (cipher_mode, "cenc")) {
    sample->scheme = PROTEX_SCHEME_CENC;
    return TRUE;
  }
  if (!g_str_equal (cipher_mode, "cbcs")) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT,
        "The scheme '%s' is not supported, only 'cenc' and 'cbcs'",
        cipher_mode);
    return FALSE;
  }

  sample->scheme = PROTEX_SCHEME_CBCS;
  gst_structure_get_uint (info, "crypt_byte_block", &crypt);
  gst_structure_get_uint (info, "skip_byte_block", &skip);
  if (crypt > 15 || skip > 15)
    return damaged (error, "its pattern is %u:%u", crypt, skip);
  sample->crypt_blocks = crypt;
  sample->skip_blocks = skip;
  return TRUE;
}

static gboolean
parse_iv (const GstStructure * info, struct cenc_sample *sample,
    GError ** error)
{
  GstBuffer *iv = get_buffer (info, "iv");
  gsize size = iv ? gst_buffer_get_size (iv) : 0;

  if (size != 8 && size != sizeof (sample->iv))
    return damaged (error, "an initialization vector of %" G_GSIZE_FORMAT
        " bytes", size);
  gst_buffer_extract (iv, 0, sample->iv, size);
  return TRUE;
}

static gboolean
parse_subsamples (const GstStructure * info, struct cenc_sample *sample,
    GError ** error)
{
  GstBuffer *buffer = get_buffer (info, "subsamples");
  guint count = 0;
  GstMapInfo map;
  guint i;

  gst_structure_get_uint (info, "subsample_count", &count);
  if (count == 0)
    return TRUE;

  if (!buffer || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return damaged (error, "%u subsamples that are not there", count);
  if (map.size / ENTRY_SIZE != count || map.size % ENTRY_SIZE != 0) {
    damaged (error, "%u subsamples in %" G_GSIZE_FORMAT " bytes", count,
        map.size);
    gst_buffer_unmap (buffer, &map);
    return FALSE;
  }

  sample->subsamples = g_new (struct protex_subsample, count);
  sample->subsample_count = count;
  for (i = 0; i < count; i++) {
    const guint8 *entry = map.data + i * ENTRY_SIZE;

    sample->subsamples[i].clear = entry[0] << 8 | entry[1];
    sample->subsamples[i].cipher = read_be32 (entry + 2);
  }
  gst_buffer_unmap (buffer, &map);
  return TRUE;
}

gboolean
gst_protex_sample_info_parse (const GstStructure * info,
    const gchar * cipher_mode, struct cenc_sample *sample, GError ** error)
{
  gboolean encrypted = TRUE;
  GstBuffer *kid;

  memset (sample, 0, sizeof (*sample));
  gst_structure_get_boolean (info, "encrypted", &encrypted);
  if (!encrypted)
    return TRUE;

  kid = get_buffer (info, "kid");
  if (!kid || gst_buffer_get_size (kid) != sizeof (sample->key_id))
    return damaged (error, "it has no key id");
  gst_buffer_extract (kid, 0, sample->key_id, sizeof (sample->key_id));

  return parse_scheme (info, cipher_mode, sample, error)
      && parse_iv (info, sample, error)
      && parse_subsamples (info, sample, error);
}
