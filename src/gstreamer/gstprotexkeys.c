/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "crypto.h"
#include "gstprotexkeys.h"
#include "keys.h"
#include "pssh.h"

/* A file can have any number of boxes, in each of its fragments. */
#define PSSH_MAX 64

typedef struct
{
  gboolean is_for_all;
  guint8 id[CENC_KEY_ID_SIZE];
  struct protex_ta_wrapped_key key;
} WrappedKey;

struct _GstProtexKeys
{
  struct keys plain;
  GArray *wrapped;

  /* Of GBytes, the latest first */
  GQueue pssh;
};

static gboolean
add_plain (GstProtexKeys * self, const gchar * entry, GError ** error)
{
  struct protex_error why;

  if (keys_add (&self->plain, entry, &why) == 0)
    return TRUE;
  g_set_error_literal (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
      why.message);
  return FALSE;
}

static gboolean
add_wrapped (GstProtexKeys * self, const gchar * entry, GError ** error)
{
  WrappedKey item = { TRUE, };
  GError *why = NULL;
  gchar *contents;
  gsize size;

  if (strlen (entry) > 33 && entry[32] == ':'
      && crypto_read_hex (entry, item.id, sizeof (item.id))) {
    item.is_for_all = FALSE;
    entry += 33;
  }
  if (!g_file_get_contents (entry, &contents, &size, &why)) {
    g_set_error_literal (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
        why->message);
    g_clear_error (&why);
    return FALSE;
  }
  if (size != sizeof (item.key)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
        "%s has %" G_GSIZE_FORMAT " bytes: a wrapped key has %u", entry, size,
        PROTEX_TA_WRAPPED_KEY_SIZE);
    g_free (contents);
    return FALSE;
  }
  memcpy (&item.key, contents, sizeof (item.key));
  g_free (contents);
  g_array_append_val (self->wrapped, item);
  return TRUE;
}

static gboolean
add_all (GstProtexKeys * self, const gchar * list,
    gboolean (*add) (GstProtexKeys *, const gchar *, GError **),
    GError ** error)
{
  gchar **entries = g_strsplit (list ? list : "", ";", -1);
  gboolean ret = TRUE;
  guint i;

  for (i = 0; entries[i] && ret; i++)
    if (*entries[i])
      ret = add (self, entries[i], error);
  g_strfreev (entries);
  return ret;
}

GstProtexKeys *
gst_protex_keys_new (const gchar * plain, const gchar * wrapped,
    GError ** error)
{
  GstProtexKeys *self = g_new0 (GstProtexKeys, 1);

  self->wrapped = g_array_new (FALSE, FALSE, sizeof (WrappedKey));
  g_queue_init (&self->pssh);
  if (!add_all (self, plain, add_plain, error)
      || !add_all (self, wrapped, add_wrapped, error)) {
    gst_protex_keys_free (self);
    return NULL;
  }
  return self;
}

void
gst_protex_keys_free (GstProtexKeys * self)
{
  keys_wipe (&self->plain);
  g_array_unref (self->wrapped);
  g_queue_clear_full (&self->pssh, (GDestroyNotify) g_bytes_unref);
  g_free (self);
}

void
gst_protex_keys_add_pssh (GstProtexKeys * self, GstBuffer * boxes)
{
  gpointer data;
  gsize size;
  GBytes *bytes;

  gst_buffer_extract_dup (boxes, 0, gst_buffer_get_size (boxes), &data, &size);
  bytes = g_bytes_new_take (data, size);
  if (g_queue_find_custom (&self->pssh, bytes, (GCompareFunc) g_bytes_compare)) {
    g_bytes_unref (bytes);
    return;
  }
  g_queue_push_head (&self->pssh, bytes);
  if (g_queue_get_length (&self->pssh) > PSSH_MAX)
    g_bytes_unref (g_queue_pop_tail (&self->pssh));
}

static const WrappedKey *
find_wrapped (GstProtexKeys * self, const guint8 key_id[CENC_KEY_ID_SIZE])
{
  const WrappedKey *for_all = NULL;
  guint i;

  for (i = 0; i < self->wrapped->len; i++) {
    const WrappedKey *item = &g_array_index (self->wrapped, WrappedKey, i);

    if (item->is_for_all)
      for_all = item;
    else if (memcmp (item->id, key_id, CENC_KEY_ID_SIZE) == 0)
      return item;
  }
  return for_all;
}

/* A plain key that was given for this id goes before a wrapped one for all. */
static gboolean
has_plain (GstProtexKeys * self, const guint8 key_id[CENC_KEY_ID_SIZE])
{
  guint i;

  for (i = 0; i < self->plain.count; i++)
    if (!self->plain.items[i].is_for_all
        && memcmp (self->plain.items[i].id, key_id, CENC_KEY_ID_SIZE) == 0)
      return TRUE;
  return FALSE;
}

gboolean
gst_protex_keys_find (GstProtexKeys * self,
    const guint8 key_id[CENC_KEY_ID_SIZE], struct protex_ta_wrapped_key *key,
    GError ** error)
{
  const WrappedKey *wrapped = find_wrapped (self, key_id);
  const uint8_t *plain = keys_find (&self->plain, key_id);
  gchar text[CENC_KEY_ID_TEXT];
  struct protex_error why;
  GList *l;

  if (wrapped && !(wrapped->is_for_all && has_plain (self, key_id))) {
    *key = wrapped->key;
    return TRUE;
  }

  if (plain) {
    if (crypto_wrap_key (crypto_development_kek, plain, key, &why) == 0)
      return TRUE;
    g_set_error_literal (error, GST_STREAM_ERROR,
        GST_STREAM_ERROR_DECRYPT_NOKEY, why.message);
    return FALSE;
  }

  for (l = self->pssh.head; l; l = l->next) {
    gsize size;
    const guint8 *data = g_bytes_get_data (l->data, &size);

    if (pssh_find (data, size, key_id, key))
      return TRUE;
  }

  cenc_key_id_text (key_id, text);
  g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT_NOKEY,
      "The file is encrypted with key %s, which it does not have for this TEE: "
      "give it with the property key or wrapped-key", text);
  return FALSE;
}
