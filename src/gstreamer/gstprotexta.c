/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>

#include <gst/allocators/allocators.h>

#include <protex/protex.h>

#include "gstprotexta.h"

/* What the shared memory has room for at first. Most samples are smaller. */
#define SHARED_SIZE (256 * 1024)

struct _GstProtexTa
{
  struct protex_tee *tee;
  struct protex_session *session;

  /* A sample, then its descriptor */
  struct protex_memory *shared;

  /* From GBytes, the id in the file, to the id in the session */
  GHashTable *keys;
};

/* What the TA calls a GstMemory: kept with it, since a pool has few of them and
 * hands them out again and again. */
typedef struct
{
  GstProtexTa *ta;
  struct protex_memory *memory;
} Import;

static GQuark
import_quark (void)
{
  return g_quark_from_static_string ("GstProtexTaImport");
}

static void
gst_protex_ta_clear (GstProtexTa * self)
{
  if (self->keys)
    g_hash_table_unref (self->keys);
  protex_memory_close (self->shared);
  protex_session_close (self->session);
  protex_tee_close (self->tee);
}

void
gst_protex_ta_unref (GstProtexTa * self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) gst_protex_ta_clear);
}

static void
import_free (Import * import)
{
  protex_memory_close (import->memory);
  gst_protex_ta_unref (import->ta);
  g_free (import);
}

GstProtexTa *
gst_protex_ta_open (GError ** error)
{
  GstProtexTa *self = g_atomic_rc_box_new0 (GstProtexTa);
  struct protex_error why;
  int ret;

  ret = protex_ta_open (&self->tee, &self->session, &why);
  if (ret == 0)
    ret = protex_memory_alloc (&self->shared, self->tee, SHARED_SIZE, &why);
  if (ret < 0) {
    g_set_error_literal (error, GST_RESOURCE_ERROR,
        ret == -EACCES ? GST_RESOURCE_ERROR_NOT_AUTHORIZED :
        GST_RESOURCE_ERROR_NOT_FOUND, why.message);
    gst_protex_ta_unref (self);
    return NULL;
  }
  self->keys = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
      (GDestroyNotify) g_bytes_unref, NULL);
  return self;
}

static guint32
gst_protex_ta_find_key (GstProtexTa * self,
    const guint8 key_id[CENC_KEY_ID_SIZE])
{
  GBytes *id = g_bytes_new_static (key_id, CENC_KEY_ID_SIZE);
  gpointer handle = g_hash_table_lookup (self->keys, id);

  g_bytes_unref (id);
  return GPOINTER_TO_UINT (handle);
}

gboolean
gst_protex_ta_has_key (GstProtexTa * self,
    const guint8 key_id[CENC_KEY_ID_SIZE])
{
  return gst_protex_ta_find_key (self, key_id) != 0;
}

static gboolean
forget_key (gpointer id, gpointer handle, gpointer user_data)
{
  GstProtexTa *self = user_data;

  /* It can only fail for a key that is not there. */
  protex_ta_forget_key (self->session, GPOINTER_TO_UINT (handle), NULL);
  return TRUE;
}

void
gst_protex_ta_forget_keys (GstProtexTa * self)
{
  g_hash_table_foreach_remove (self->keys, forget_key, self);
}

gboolean
gst_protex_ta_add_key (GstProtexTa * self,
    const guint8 key_id[CENC_KEY_ID_SIZE],
    const struct protex_ta_wrapped_key *key, GError ** error)
{
  struct protex_error why;
  uint32_t handle;

  if (g_hash_table_size (self->keys) == PROTEX_TA_MAX_KEYS)
    gst_protex_ta_forget_keys (self);

  if (protex_ta_unwrap_key (self->session, key, sizeof (*key), &handle,
          &why) < 0) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT_NOKEY,
        "The TA does not take the key: %s", why.message);
    return FALSE;
  }
  g_hash_table_insert (self->keys, g_bytes_new (key_id, CENC_KEY_ID_SIZE),
      GUINT_TO_POINTER (handle));
  return TRUE;
}

static struct protex_memory *
gst_protex_ta_import (GstProtexTa * self, GstMemory * memory, GError ** error)
{
  Import *import = gst_mini_object_get_qdata (GST_MINI_OBJECT (memory),
      import_quark ());
  struct protex_memory *imported;
  struct protex_error why;

  if (import && import->ta == self)
    return import->memory;

  if (protex_memory_import (&imported, self->tee,
          gst_dmabuf_memory_get_fd (memory), &why) < 0) {
    g_set_error_literal (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
        why.message);
    return NULL;
  }
  import = g_new (Import, 1);
  import->ta = g_atomic_rc_box_acquire (self);
  import->memory = imported;
  gst_mini_object_set_qdata (GST_MINI_OBJECT (memory), import_quark (), import,
      (GDestroyNotify) import_free);
  return imported;
}

/* Sees to it that the shared memory has that room. */
static gboolean
gst_protex_ta_share (GstProtexTa * self, gsize size, GError ** error)
{
  struct protex_memory *larger;
  struct protex_error why;
  gsize room = protex_memory_size (self->shared);

  if (size <= room)
    return TRUE;
  while (room < size)
    room *= 2;
  if (protex_memory_alloc (&larger, self->tee, room, &why) < 0) {
    g_set_error_literal (error, GST_RESOURCE_ERROR,
        GST_RESOURCE_ERROR_NO_SPACE_LEFT, why.message);
    return FALSE;
  }
  protex_memory_close (self->shared);
  self->shared = larger;
  return TRUE;
}

gboolean
gst_protex_ta_decrypt (GstProtexTa * self, const struct cenc_sample *sample,
    guint nal_length_size, const guint8 * head, gsize head_size,
    const guint8 * data, gsize size, GstMemory * memory, gsize * written,
    GError ** error)
{
  gsize descriptor = GST_ROUND_UP_8 (size);
  struct protex_sample command = {
    .scheme = sample->scheme,
    .crypt_blocks = sample->crypt_blocks,
    .skip_blocks = sample->skip_blocks,
    .nal_length_size = nal_length_size,
    .subsamples = sample->subsamples,
    .subsample_count = sample->subsample_count,
    .head = head,
    .head_size = head_size,
    .destination_offset = memory->offset,
  };
  struct protex_error why;
  uint64_t count;

  if (size > PROTEX_TA_MAX_RANGE || head_size > PROTEX_TA_MAX_HEAD) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT,
        "A sample of %" G_GSIZE_FORMAT " bytes, with parameter sets of %"
        G_GSIZE_FORMAT ", is more than the TA takes", size, head_size);
    return FALSE;
  }
  if (sample->scheme != PROTEX_SCHEME_NONE)
    command.key_id = gst_protex_ta_find_key (self, sample->key_id);
  memcpy (command.iv, sample->iv, sizeof (command.iv));

  command.descriptor.size =
      protex_ta_sample_descriptor_size (sample->subsample_count, head_size);
  command.destination = gst_protex_ta_import (self, memory, error);
  if (!command.destination
      || !gst_protex_ta_share (self, descriptor + command.descriptor.size,
          error))
    return FALSE;
  command.source.memory = self->shared;
  command.source.size = size;
  command.descriptor.memory = self->shared;
  command.descriptor.offset = descriptor;

  memcpy (protex_memory_data (self->shared), data, size);
  if (protex_ta_decrypt_sample (self->session, &command, &count, &why) < 0) {
    g_set_error_literal (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT,
        why.message);
    return FALSE;
  }
  *written = count;
  return TRUE;
}
