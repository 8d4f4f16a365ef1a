/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-protexdecrypt
 * @title: protexdecrypt
 *
 * Decrypts video with Common Encryption (`cenc` and `cbcs`) into memory that the
 * CPU cannot read: a trusted application (TA) in a Trusted Execution Environment
 * (TEE) has the key, and writes what a decoder takes into protected dma-bufs.
 *
 * H.264 and HEVC come out as byte streams: the TA writes start codes in place of
 * lengths, and parameter sets in front of each sample that can be decoded on its
 * own. Nobody could do that afterwards. VP9 and AV1 come out as they are.
 *
 * What is behind this element must import dma-bufs, as hardware decoders do. The
 * caps say so where somebody asks for it, as protexh264dec and its kin do. Caps
 * of other decoders say nothing of memory, so that of software would be linked
 * as well; its attempt to map the memory fails, with a line in the log that says
 * why. A parser is not linked.
 *
 * ## Keys
 *
 * A file that `protex pack` wrote has its key in it, wrapped for the TA. That of
 * another file is given with the properties #GstProtexDecrypt:key or
 * #GstProtexDecrypt:wrapped-key, which go before what is in the file.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 filesrc location=clip.mp4 ! qtdemux ! protexdecrypt ! v4l2h264dec output-io-mode=dmabuf-import ! waylandsink
 * ]| Plays a file that has its key in it.
 * |[
 * gst-launch-1.0 filesrc location=other.mp4 ! qtdemux ! protexdecrypt key=key.hex ! v4l2h264dec output-io-mode=dmabuf-import ! waylandsink
 * ]| Plays somebody else's file, whose key is in key.hex.
 */
#include <string.h>

#include <gst/gst.h>

#include "bytes.h"
#include "gstprotexallocator.h"
#include "gstprotexdecrypt.h"
#include "gstprotexkeys.h"
#include "gstprotexsampleinfo.h"
#include "gstprotexta.h"
#include "nal.h"
#include "pssh.h"

GST_DEBUG_CATEGORY_STATIC (gst_protex_decrypt_debug);
#define GST_CAT_DEFAULT gst_protex_decrypt_debug

#define MEDIA_TYPES \
    "(string) { video/x-h264, video/x-h265, video/x-vp9, video/x-av1 }"

/* The second is for files without protection system data. */
static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("application/x-cenc, original-media-type = " MEDIA_TYPES
        ", protection-system = (string) " PSSH_SYSTEM_ID "; "
        "application/x-cenc, original-media-type = " MEDIA_TYPES));

/* What it is comes first, then what it is for decoders that know nothing of
 * such memory in their caps, which Debian's are. */
#define DECODABLE(features) \
    "video/x-h264" features ", stream-format = (string) byte-stream, " \
    "alignment = (string) au; " \
    "video/x-h265" features ", stream-format = (string) byte-stream, " \
    "alignment = (string) au; " \
    "video/x-vp9" features "; video/x-av1" features

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (DECODABLE ("(memory:DMABuf)") "; " DECODABLE ("")));

/* The least size of a buffer: of the samples of most files none is larger, and
 * a pool that has to be replaced by one of larger buffers is rare. */
#define MIN_BUFFER_SIZE (256 * 1024)

#define DEFAULT_MAX_BUFFERS 16
#define DEFAULT_CLEAR_SAMPLES FALSE

enum
{
  PROP_0,
  PROP_KEY,
  PROP_WRAPPED_KEY,
  PROP_MAX_BUFFERS,
  PROP_CLEAR_SAMPLES,
};

struct _GstProtexDecrypt
{
  GstBaseTransform parent;

  /* Properties; protected by the object lock. */
  gchar *key;
  gchar *wrapped_key;
  guint max_buffers;
  gboolean clear_samples;

  GstAllocator *allocator;
  GstProtexTa *ta;
  GstProtexKeys *keys;

  /* Of the caps */
  gchar *cipher_mode;
  guint nal_length_size;
  struct bytes head;

  /* The next sample that can be decoded on its own is not the first. */
  gboolean wrote_head;

  /* Protected by the object lock. */
  GstBufferPool *pool;
  gsize buffer_size;
  gboolean flushing;
};

G_DEFINE_TYPE_WITH_CODE (GstProtexDecrypt, gst_protex_decrypt,
    GST_TYPE_BASE_TRANSFORM,
    GST_DEBUG_CATEGORY_INIT (gst_protex_decrypt_debug, "protexdecrypt", 0,
        "decrypts into protected memory"));
GST_ELEMENT_REGISTER_DEFINE (protexdecrypt, "protexdecrypt", GST_RANK_PRIMARY,
    GST_TYPE_PROTEX_DECRYPT);

/* Posts an error and clears it. */
static void
gst_protex_decrypt_post (GstProtexDecrypt * self, GError * error)
{
  gst_element_message_full (GST_ELEMENT (self), GST_MESSAGE_ERROR,
      error->domain, error->code, g_strdup (error->message), NULL, __FILE__,
      GST_FUNCTION, __LINE__);
  g_error_free (error);
}

/* ---- buffers ----------------------------------------------------------- */

static void
gst_protex_decrypt_set_flushing (GstProtexDecrypt * self, gboolean flushing)
{
  GstBufferPool *pool;

  GST_OBJECT_LOCK (self);
  self->flushing = flushing;
  pool = self->pool ? gst_object_ref (self->pool) : NULL;
  GST_OBJECT_UNLOCK (self);

  if (pool) {
    gst_buffer_pool_set_flushing (pool, flushing);
    gst_object_unref (pool);
  }
}

/* Replaces the pool, whose buffers that are still in use are freed when they
 * come back. */
static void
gst_protex_decrypt_set_pool (GstProtexDecrypt * self, GstBufferPool * pool,
    gsize buffer_size)
{
  GstBufferPool *old;
  gboolean flushing;

  GST_OBJECT_LOCK (self);
  old = self->pool;
  self->pool = pool ? gst_object_ref (pool) : NULL;
  self->buffer_size = buffer_size;
  flushing = self->flushing;
  GST_OBJECT_UNLOCK (self);

  if (pool && flushing)
    gst_buffer_pool_set_flushing (pool, TRUE);
  if (old) {
    gst_buffer_pool_set_active (old, FALSE);
    gst_object_unref (old);
  }
}

/* Sees to it that there is a pool, of buffers of that size at least. */
static GstBufferPool *
gst_protex_decrypt_get_pool (GstProtexDecrypt * self, gsize size)
{
  GstBufferPool *pool = NULL;
  gsize buffer_size = MIN_BUFFER_SIZE;
  GstStructure *config;
  guint max_buffers;

  GST_OBJECT_LOCK (self);
  max_buffers = self->max_buffers;
  if (self->pool && self->buffer_size >= size)
    pool = gst_object_ref (self->pool);
  GST_OBJECT_UNLOCK (self);
  if (pool)
    return pool;

  while (buffer_size < size)
    buffer_size *= 2;
  pool = gst_buffer_pool_new ();
  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, NULL, buffer_size, 0, max_buffers);
  gst_buffer_pool_config_set_allocator (config, self->allocator, NULL);
  if (!gst_buffer_pool_set_config (pool, config)
      || !gst_buffer_pool_set_active (pool, TRUE)) {
    gst_object_unref (pool);
    return NULL;
  }
  GST_DEBUG_OBJECT (self, "pool of %u buffers of %" G_GSIZE_FORMAT " bytes",
      max_buffers, buffer_size);
  gst_protex_decrypt_set_pool (self, pool, buffer_size);
  return pool;
}

/* The most that a sample can become: with start codes, of 4 bytes, in place of
 * the lengths of units that have one byte each. */
static gboolean
gst_protex_decrypt_get_output_size (GstProtexDecrypt * self, gsize size,
    gsize * output_size)
{
  guint length_size = self->nal_length_size;

  if (size > PROTEX_TA_MAX_RANGE)
    return FALSE;
  *output_size = self->head.size + size;
  if (length_size)
    *output_size += (4 - length_size) * (size / (length_size + 1));
  return *output_size <= PROTEX_TA_MAX_RANGE;
}

static GstFlowReturn
gst_protex_decrypt_prepare_output_buffer (GstBaseTransform * trans,
    GstBuffer * input, GstBuffer ** output)
{
  GstProtexDecrypt *self = GST_PROTEX_DECRYPT (trans);
  gsize size = gst_buffer_get_size (input);
  GstBufferPool *pool;
  gsize output_size;
  GstFlowReturn ret;
  gchar *why;

  if (!gst_protex_decrypt_get_output_size (self, size, &output_size)) {
    GST_ELEMENT_ERROR (self, STREAM, DECRYPT, (NULL),
        ("A sample of %" G_GSIZE_FORMAT " bytes is more than the TA takes",
            size));
    return GST_FLOW_ERROR;
  }
  pool = gst_protex_decrypt_get_pool (self, output_size);
  if (!pool) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, (NULL),
        ("There is no pool of protected buffers"));
    return GST_FLOW_ERROR;
  }
  ret = gst_buffer_pool_acquire_buffer (pool, output, NULL);
  gst_object_unref (pool);

  if (ret == GST_FLOW_ERROR) {
    why = gst_protex_allocator_dup_error
        (GST_PROTEX_ALLOCATOR (self->allocator));
    GST_ELEMENT_ERROR (self, RESOURCE, NO_SPACE_LEFT, (NULL),
        ("There is no protected memory for a sample: %s", why ? why : ""));
    g_free (why);
  }
  if (ret == GST_FLOW_OK
      && !GST_BASE_TRANSFORM_GET_CLASS (trans)->copy_metadata (trans, input,
          *output)) {
    gst_clear_buffer (output);
    ret = GST_FLOW_ERROR;
  }
  return ret;
}

/* Buffers are of our pool, whatever is downstream. */
static gboolean
gst_protex_decrypt_decide_allocation (GstBaseTransform * trans,
    GstQuery * query)
{
  return TRUE;
}

static gboolean
gst_protex_decrypt_transform_meta (GstBaseTransform * trans,
    GstBuffer * output, GstMeta * meta, GstBuffer * input)
{
  /* What comes out is not encrypted. */
  if (meta->info->api == GST_PROTECTION_META_API_TYPE)
    return FALSE;
  return
      GST_BASE_TRANSFORM_CLASS
      (gst_protex_decrypt_parent_class)->transform_meta (trans, output, meta,
      input);
}

/* ---- caps -------------------------------------------------------------- */

static gboolean
is_made_of_nals (const gchar * media_type)
{
  return g_str_equal (media_type, "video/x-h264")
      || g_str_equal (media_type, "video/x-h265");
}

/* Appends what becomes of encrypted caps, for one original media type. */
static void
append_decrypted (GstCaps * to, const GstStructure * encrypted,
    const gchar * media_type)
{
  GstStructure *s = gst_structure_copy (encrypted);
  GstCapsFeatures *dmabuf = gst_caps_features_new ("memory:DMABuf", NULL);

  gst_structure_set_name (s, media_type);
  gst_structure_remove_fields (s, "original-media-type", "cipher-mode",
      GST_PROTECTION_SYSTEM_ID_CAPS_FIELD, NULL);
  if (is_made_of_nals (media_type)) {
    gst_structure_remove_field (s, "codec_data");
    gst_structure_set (s, "stream-format", G_TYPE_STRING, "byte-stream",
        "alignment", G_TYPE_STRING, "au", NULL);
  }
  gst_caps_append_structure_full (to, gst_structure_copy (s), dmabuf);
  gst_caps_append_structure (to, s);
}

static GstCaps *
decrypted_caps (GstCaps * caps)
{
  GstCaps *ret = gst_caps_new_empty ();
  guint i, j;

  for (i = 0; i < gst_caps_get_size (caps); i++) {
    const GstStructure *s = gst_caps_get_structure (caps, i);
    const GValue *type = gst_structure_get_value (s, "original-media-type");

    if (!gst_structure_has_name (s, "application/x-cenc") || !type)
      continue;
    if (G_VALUE_HOLDS_STRING (type))
      append_decrypted (ret, s, g_value_get_string (type));
    for (j = 0; GST_VALUE_HOLDS_LIST (type)
        && j < gst_value_list_get_size (type); j++) {
      const GValue *item = gst_value_list_get_value (type, j);

      if (G_VALUE_HOLDS_STRING (item))
        append_decrypted (ret, s, g_value_get_string (item));
    }
  }
  return ret;
}

static GstCaps *
encrypted_caps (GstCaps * caps)
{
  GstCaps *ret = gst_caps_new_empty ();
  guint i;

  for (i = 0; i < gst_caps_get_size (caps); i++) {
    GstStructure *s = gst_structure_copy (gst_caps_get_structure (caps, i));
    gchar *media_type = g_strdup (gst_structure_get_name (s));

    gst_structure_set_name (s, "application/x-cenc");
    gst_structure_set (s, "original-media-type", G_TYPE_STRING, media_type,
        NULL);
    if (is_made_of_nals (media_type))
      gst_structure_remove_fields (s, "stream-format", "alignment",
          "codec_data", "parsed", NULL);
    gst_caps_append_structure (ret, s);
    g_free (media_type);
  }
  return ret;
}

static GstCaps *
gst_protex_decrypt_transform_caps (GstBaseTransform * trans,
    GstPadDirection direction, GstCaps * caps, GstCaps * filter)
{
  GstCaps *all, *ret;
  GstPad *other;
  GstCaps *template;

  if (direction == GST_PAD_SINK) {
    all = decrypted_caps (caps);
    other = GST_BASE_TRANSFORM_SRC_PAD (trans);
  } else {
    all = encrypted_caps (caps);
    other = GST_BASE_TRANSFORM_SINK_PAD (trans);
  }

  template = gst_pad_get_pad_template_caps (other);
  ret = gst_caps_intersect_full (all, template, GST_CAPS_INTERSECT_FIRST);
  gst_caps_unref (template);
  gst_caps_unref (all);
  if (filter) {
    all = ret;
    ret = gst_caps_intersect_full (filter, all, GST_CAPS_INTERSECT_FIRST);
    gst_caps_unref (all);
  }
  return ret;
}

/* Without a peer, the base class proposes the encrypted caps. */
static GstCaps *
gst_protex_decrypt_fixate_caps (GstBaseTransform * trans,
    GstPadDirection direction, GstCaps * caps, GstCaps * othercaps)
{
  if (direction == GST_PAD_SINK
      && gst_structure_has_name (gst_caps_get_structure (othercaps, 0),
          "application/x-cenc")) {
    gst_caps_unref (othercaps);
    othercaps = decrypted_caps (caps);
  }
  return
      GST_BASE_TRANSFORM_CLASS (gst_protex_decrypt_parent_class)->fixate_caps
      (trans, direction, caps, othercaps);
}

/* Reads 'avcC' or 'hvcC'. */
static gboolean
gst_protex_decrypt_read_codec_data (GstProtexDecrypt * self,
    const gchar * media_type, GstBuffer * codec_data)
{
  GstMapInfo map;
  gboolean ret;

  if (!gst_buffer_map (codec_data, &map, GST_MAP_READ))
    return FALSE;
  if (g_str_equal (media_type, "video/x-h264"))
    ret = nal_read_avcc (map.data, map.size, &self->nal_length_size,
        &self->head);
  else
    ret = nal_read_hvcc (map.data, map.size, &self->nal_length_size,
        &self->head);
  gst_buffer_unmap (codec_data, &map);
  return ret && !self->head.failed && self->head.size <= PROTEX_TA_MAX_HEAD;
}

static gboolean
gst_protex_decrypt_set_caps (GstBaseTransform * trans, GstCaps * in,
    GstCaps * out)
{
  GstProtexDecrypt *self = GST_PROTEX_DECRYPT (trans);
  const GstStructure *s = gst_caps_get_structure (in, 0);
  const gchar *media_type = gst_structure_get_string (s, "original-media-type");
  const gchar *format = gst_structure_get_string (s, "stream-format");
  const GValue *codec_data = gst_structure_get_value (s, "codec_data");

  g_free (self->cipher_mode);
  self->cipher_mode = g_strdup (gst_structure_get_string (s, "cipher-mode"));
  bytes_free (&self->head);
  self->nal_length_size = 0;
  self->wrote_head = FALSE;

  /* Without a configuration it must be what a decoder takes. */
  if (!is_made_of_nals (media_type) || g_strcmp0 (format, "byte-stream") == 0)
    return TRUE;
  if (!codec_data || !GST_VALUE_HOLDS_BUFFER (codec_data)
      || !gst_protex_decrypt_read_codec_data (self, media_type,
          gst_value_get_buffer (codec_data))) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, (NULL),
        ("The stream's parameter sets (codec_data) are missing or damaged"));
    return FALSE;
  }
  GST_DEBUG_OBJECT (self, "lengths of %u bytes, %" G_GSIZE_FORMAT " bytes of "
      "parameter sets", self->nal_length_size, self->head.size);
  return TRUE;
}

/* Parsers have to read what nobody may, and some crash when they cannot. Who
 * plugs elements by itself tries the next one then, which is a decoder. */
static GstPadLinkReturn
gst_protex_decrypt_link (GstPad * pad, GstObject * parent, GstPad * peer)
{
  GstElement *element = gst_pad_get_parent_element (peer);
  GstElementFactory *factory =
      element ? gst_element_get_factory (element) : NULL;
  GstPadLinkReturn ret = GST_PAD_LINK_OK;

  if (factory && gst_element_factory_list_is_type (factory,
          GST_ELEMENT_FACTORY_TYPE_PARSER)) {
    GST_WARNING_OBJECT (parent, "%s is a parser, and there is nothing it could "
        "read in protected memory, nor anything left for it to do",
        GST_OBJECT_NAME (element));
    ret = GST_PAD_LINK_REFUSED;
  }
  gst_clear_object (&element);

  /* A source pad with a function of its own is the one that asks its peer's. */
  if (ret == GST_PAD_LINK_OK && GST_PAD_LINKFUNC (peer)) {
    GstObject *peer_parent = gst_pad_get_parent (peer);

    ret = GST_PAD_LINKFUNC (peer) (peer, peer_parent, pad);
    gst_clear_object (&peer_parent);
  }
  return ret;
}

/* ---- samples ----------------------------------------------------------- */

/* How the sample is encrypted; the caller frees sample->subsamples. */
static gboolean
gst_protex_decrypt_get_info (GstProtexDecrypt * self, GstBuffer * input,
    struct cenc_sample *sample, GError ** error)
{
  GstProtectionMeta *meta = gst_buffer_get_protection_meta (input);
  gboolean clear_samples;

  if (meta)
    return gst_protex_sample_info_parse (meta->info, self->cipher_mode, sample,
        error);

  GST_OBJECT_LOCK (self);
  clear_samples = self->clear_samples;
  GST_OBJECT_UNLOCK (self);
  memset (sample, 0, sizeof (*sample));
  if (clear_samples)
    return TRUE;
  g_set_error_literal (error, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT,
      "The demuxer does not say how a sample of the encrypted stream is "
      "encrypted. If samples without that are not encrypted, set the property "
      "clear-samples; qtdemux says nothing of files that are not fragmented, "
      "which protex pack makes fragmented");
  return FALSE;
}

static gboolean
gst_protex_decrypt_need_key (GstProtexDecrypt * self,
    const struct cenc_sample *sample, GError ** error)
{
  struct protex_ta_wrapped_key key;

  if (sample->scheme == PROTEX_SCHEME_NONE
      || gst_protex_ta_has_key (self->ta, sample->key_id))
    return TRUE;
  return gst_protex_keys_find (self->keys, sample->key_id, &key, error)
      && gst_protex_ta_add_key (self->ta, sample->key_id, &key, error);
}

static gboolean
gst_protex_decrypt_write (GstProtexDecrypt * self,
    const struct cenc_sample *sample, GstBuffer * input, GstBuffer * output,
    GError ** error)
{
  gboolean wants_head = !self->wrote_head
      || !GST_BUFFER_FLAG_IS_SET (input, GST_BUFFER_FLAG_DELTA_UNIT);
  GstMapInfo map;
  gsize written;
  gboolean ret;

  if (!gst_buffer_map (input, &map, GST_MAP_READ)) {
    g_set_error_literal (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
        "The encrypted sample cannot be read");
    return FALSE;
  }
  ret = gst_protex_ta_decrypt (self->ta, sample, self->nal_length_size,
      self->head.data, wants_head ? self->head.size : 0, map.data, map.size,
      gst_buffer_peek_memory (output, 0), &written, error);
  gst_buffer_unmap (input, &map);
  if (!ret)
    return FALSE;

  gst_buffer_set_size (output, written);
  self->wrote_head = TRUE;
  return TRUE;
}

static GstFlowReturn
gst_protex_decrypt_transform (GstBaseTransform * trans, GstBuffer * input,
    GstBuffer * output)
{
  GstProtexDecrypt *self = GST_PROTEX_DECRYPT (trans);
  struct cenc_sample sample;
  GError *error = NULL;
  gboolean ret;

  /* Nothing to decode, and the TA takes no empty range. */
  if (gst_buffer_get_size (input) == 0)
    return GST_BASE_TRANSFORM_FLOW_DROPPED;

  ret = gst_protex_decrypt_get_info (self, input, &sample, &error)
      && gst_protex_decrypt_need_key (self, &sample, &error)
      && gst_protex_decrypt_write (self, &sample, input, output, &error);
  g_free (sample.subsamples);
  if (!ret) {
    gst_protex_decrypt_post (self, error);
    return GST_FLOW_ERROR;
  }
  return GST_FLOW_OK;
}

static gboolean
gst_protex_decrypt_sink_event (GstBaseTransform * trans, GstEvent * event)
{
  GstProtexDecrypt *self = GST_PROTEX_DECRYPT (trans);
  const gchar *system_id;
  GstBuffer *data;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_PROTECTION:
      gst_event_parse_protection (event, &system_id, &data, NULL);
      GST_DEBUG_OBJECT (self, "protection system data for %s", system_id);
      if (g_ascii_strcasecmp (system_id, PSSH_SYSTEM_ID) == 0)
        gst_protex_keys_add_pssh (self->keys, data);
      /* It is of no use to anybody after this element. */
      gst_event_unref (event);
      return TRUE;
    case GST_EVENT_FLUSH_START:
      gst_protex_decrypt_set_flushing (self, TRUE);
      break;
    case GST_EVENT_FLUSH_STOP:
      gst_protex_decrypt_set_flushing (self, FALSE);
      self->wrote_head = FALSE;
      break;
    default:
      break;
  }
  return
      GST_BASE_TRANSFORM_CLASS (gst_protex_decrypt_parent_class)->sink_event
      (trans, event);
}

/* ---- states ------------------------------------------------------------ */

static void
gst_protex_decrypt_close (GstProtexDecrypt * self)
{
  g_clear_pointer (&self->ta, gst_protex_ta_unref);
  gst_clear_object (&self->allocator);
}

/* In READY, so that who tries which element fits finds out early. */
static gboolean
gst_protex_decrypt_open (GstProtexDecrypt * self)
{
  GError *error = NULL;

  self->allocator = gst_protex_allocator_new (&error);
  if (self->allocator)
    self->ta = gst_protex_ta_open (&error);
  if (self->ta)
    return TRUE;
  gst_protex_decrypt_post (self, error);
  gst_protex_decrypt_close (self);
  return FALSE;
}

static gboolean
gst_protex_decrypt_start (GstBaseTransform * trans)
{
  GstProtexDecrypt *self = GST_PROTEX_DECRYPT (trans);
  gchar *key, *wrapped_key;
  GError *error = NULL;

  GST_OBJECT_LOCK (self);
  key = g_strdup (self->key);
  wrapped_key = g_strdup (self->wrapped_key);
  GST_OBJECT_UNLOCK (self);

  self->keys = gst_protex_keys_new (key, wrapped_key, &error);
  g_free (key);
  g_free (wrapped_key);
  if (!self->keys) {
    gst_protex_decrypt_post (self, error);
    return FALSE;
  }
  gst_protex_decrypt_set_flushing (self, FALSE);
  return TRUE;
}

static gboolean
gst_protex_decrypt_stop (GstBaseTransform * trans)
{
  GstProtexDecrypt *self = GST_PROTEX_DECRYPT (trans);

  gst_protex_decrypt_set_pool (self, NULL, 0);
  g_clear_pointer (&self->keys, gst_protex_keys_free);
  gst_protex_ta_forget_keys (self->ta);
  g_clear_pointer (&self->cipher_mode, g_free);
  bytes_free (&self->head);
  self->nal_length_size = 0;
  self->wrote_head = FALSE;
  return TRUE;
}

static GstStateChangeReturn
gst_protex_decrypt_change_state (GstElement * element,
    GstStateChange transition)
{
  GstProtexDecrypt *self = GST_PROTEX_DECRYPT (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY
      && !gst_protex_decrypt_open (self))
    return GST_STATE_CHANGE_FAILURE;

  /* The thread that streams may wait for a buffer, and has to end first. */
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_protex_decrypt_set_flushing (self, TRUE);

  ret = GST_ELEMENT_CLASS (gst_protex_decrypt_parent_class)->change_state
      (element, transition);

  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    gst_protex_decrypt_close (self);
  return ret;
}

/* ---- class ------------------------------------------------------------- */

static void
gst_protex_decrypt_set_property (GObject * object, guint id,
    const GValue * value, GParamSpec * pspec)
{
  GstProtexDecrypt *self = GST_PROTEX_DECRYPT (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_KEY:
      g_free (self->key);
      self->key = g_value_dup_string (value);
      break;
    case PROP_WRAPPED_KEY:
      g_free (self->wrapped_key);
      self->wrapped_key = g_value_dup_string (value);
      break;
    case PROP_MAX_BUFFERS:
      self->max_buffers = g_value_get_uint (value);
      break;
    case PROP_CLEAR_SAMPLES:
      self->clear_samples = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_protex_decrypt_get_property (GObject * object, guint id, GValue * value,
    GParamSpec * pspec)
{
  GstProtexDecrypt *self = GST_PROTEX_DECRYPT (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_KEY:
      g_value_set_string (value, self->key);
      break;
    case PROP_WRAPPED_KEY:
      g_value_set_string (value, self->wrapped_key);
      break;
    case PROP_MAX_BUFFERS:
      g_value_set_uint (value, self->max_buffers);
      break;
    case PROP_CLEAR_SAMPLES:
      g_value_set_boolean (value, self->clear_samples);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      break;
  }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_protex_decrypt_finalize (GObject * object)
{
  GstProtexDecrypt *self = GST_PROTEX_DECRYPT (object);

  g_free (self->key);
  g_free (self->wrapped_key);
  G_OBJECT_CLASS (gst_protex_decrypt_parent_class)->finalize (object);
}

static void
gst_protex_decrypt_class_init (GstProtexDecryptClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);

  object_class->set_property = gst_protex_decrypt_set_property;
  object_class->get_property = gst_protex_decrypt_get_property;
  object_class->finalize = gst_protex_decrypt_finalize;

  /**
   * GstProtexDecrypt:key:
   *
   * Files with keys, each of 16 bytes or 32 hexadecimal digits. Where the TEE's
   * key-encryption key is not the public one of development builds, it does not
   * take keys that are given in the clear; use #GstProtexDecrypt:wrapped-key.
   */
  g_object_class_install_property (object_class, PROP_KEY,
      g_param_spec_string ("key", "Key",
          "Key files for what has no key in it: FILE (for all), or KID:FILE, "
          "with ';' between several; for TEEs with the public development key",
          NULL, G_PARAM_READWRITE | GST_PARAM_MUTABLE_READY |
          G_PARAM_STATIC_STRINGS));

  /**
   * GstProtexDecrypt:wrapped-key:
   *
   * Files with keys that are wrapped for the TA, each a
   * `struct protex_ta_wrapped_key` of 52 bytes.
   */
  g_object_class_install_property (object_class, PROP_WRAPPED_KEY,
      g_param_spec_string ("wrapped-key", "Wrapped key",
          "Files with keys wrapped for the TEE: FILE (for all), or KID:FILE, "
          "with ';' between several", NULL,
          G_PARAM_READWRITE | GST_PARAM_MUTABLE_READY |
          G_PARAM_STATIC_STRINGS));

  /**
   * GstProtexDecrypt:max-buffers:
   *
   * How many protected buffers there are at most. When all are in use, the
   * element waits for one. Protected memory is small on many machines.
   */
  g_object_class_install_property (object_class, PROP_MAX_BUFFERS,
      g_param_spec_uint ("max-buffers", "Maximum number of buffers",
          "How many protected buffers to have at most (0 = no limit)", 0,
          G_MAXUINT, DEFAULT_MAX_BUFFERS,
          G_PARAM_READWRITE | GST_PARAM_MUTABLE_READY |
          G_PARAM_STATIC_STRINGS));

  /**
   * GstProtexDecrypt:clear-samples:
   *
   * What to make of a sample of which the demuxer does not say how it is
   * encrypted. Without this property, that is an error.
   */
  g_object_class_install_property (object_class, PROP_CLEAR_SAMPLES,
      g_param_spec_boolean ("clear-samples", "Clear samples",
          "Take samples without protection information for clear ones",
          DEFAULT_CLEAR_SAMPLES, G_PARAM_READWRITE | GST_PARAM_MUTABLE_PLAYING |
          G_PARAM_STATIC_STRINGS));

  gst_element_class_set_static_metadata (element_class,
      "Decryptor into protected memory", "Decryptor/Video/Hardware",
      "Decrypts video with Common Encryption by a trusted application, into "
      "dma-bufs that the CPU cannot read", "the protex developers");
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  element_class->change_state =
      GST_DEBUG_FUNCPTR (gst_protex_decrypt_change_state);

  trans_class->passthrough_on_same_caps = FALSE;
  trans_class->start = GST_DEBUG_FUNCPTR (gst_protex_decrypt_start);
  trans_class->stop = GST_DEBUG_FUNCPTR (gst_protex_decrypt_stop);
  trans_class->transform_caps =
      GST_DEBUG_FUNCPTR (gst_protex_decrypt_transform_caps);
  trans_class->fixate_caps =
      GST_DEBUG_FUNCPTR (gst_protex_decrypt_fixate_caps);
  trans_class->set_caps = GST_DEBUG_FUNCPTR (gst_protex_decrypt_set_caps);
  trans_class->decide_allocation =
      GST_DEBUG_FUNCPTR (gst_protex_decrypt_decide_allocation);
  trans_class->prepare_output_buffer =
      GST_DEBUG_FUNCPTR (gst_protex_decrypt_prepare_output_buffer);
  trans_class->transform_meta =
      GST_DEBUG_FUNCPTR (gst_protex_decrypt_transform_meta);
  trans_class->transform = GST_DEBUG_FUNCPTR (gst_protex_decrypt_transform);
  trans_class->sink_event = GST_DEBUG_FUNCPTR (gst_protex_decrypt_sink_event);
}

static void
gst_protex_decrypt_init (GstProtexDecrypt * self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);

  self->max_buffers = DEFAULT_MAX_BUFFERS;
  self->clear_samples = DEFAULT_CLEAR_SAMPLES;

  gst_base_transform_set_in_place (trans, FALSE);

  gst_pad_set_link_function (GST_BASE_TRANSFORM_SRC_PAD (trans),
      GST_DEBUG_FUNCPTR (gst_protex_decrypt_link));
}
