/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * protexdecrypt by itself, with a TEE in this process: what comes out, bit by
 * bit, and what is refused.
 */
#include <string.h>
#include <sys/mman.h>

#include <glib/gstdio.h>
#include <gst/allocators/allocators.h>
#include <gst/check/check.h>
#include <gst/check/gstharness.h>

#include "bytes.h"
#include "cenc.h"
#include "crypto.h"
#include "fake_tee.h"
#include "gstprotexallocator.h"
#include "gstprotexdec.h"
#include "gstprotexdecrypt.h"
#include "pssh.h"

static const guint8 key[16] = "0123456789abcdef";
static const guint8 other_key[16] = "fedcba9876543210";
static const guint8 kid[16] = "the id of a key.";

#define KID_TEXT "746865206964206f662061206b65792e"

/* Of two parameter sets, and lengths of four bytes */
static const guint8 avcc[] = {
  1, 0x64, 0, 31, 0xff, 0xe1, 0, 3, 0x67, 0x64, 0x31, 1, 0, 2, 0x68, 0xee,
};

static const guint8 head[] = {
  0, 0, 0, 1, 0x67, 0x64, 0x31, 0, 0, 0, 1, 0x68, 0xee,
};

#define NAL_SIZE 300
#define SAMPLE_SIZE (2 * (4 + NAL_SIZE))

/* A sample of two NAL units, as a file has it, and as a decoder is to have it. */
static guint8 plain[SAMPLE_SIZE], annexb[SAMPLE_SIZE];

static struct protex_subsample subsamples[2] = {
  {4 + 12, 288}, {4 + 12, 288},
};

static void
setup (void)
{
  guint i;

  fail_unless (GST_ELEMENT_REGISTER (protexdecrypt, NULL));
  fail_unless (gst_protex_dec_register (NULL));
  for (i = 0; i < SAMPLE_SIZE; i++)
    plain[i] = i * 31 + i / 256;
  for (i = 0; i < 2; i++)
    write_be32 (plain + i * (4 + NAL_SIZE), NAL_SIZE);
  memcpy (annexb, plain, sizeof (annexb));
  for (i = 0; i < 2; i++)
    write_be32 (annexb + i * (4 + NAL_SIZE), 1);
}

/* ---- what a demuxer hands over ----------------------------------------- */

static GstStructure *
info_new (const struct cenc_sample *sample)
{
  GstBuffer *iv = gst_buffer_new_memdup (sample->iv, 16);
  GstBuffer *id = gst_buffer_new_memdup (sample->key_id, 16);
  GstStructure *info = gst_structure_new ("application/x-cenc",
      "encrypted", G_TYPE_BOOLEAN, sample->scheme != PROTEX_SCHEME_NONE,
      "iv_size", G_TYPE_UINT, 16, "iv", GST_TYPE_BUFFER, iv,
      "kid", GST_TYPE_BUFFER, id,
      "cipher-mode", G_TYPE_STRING, cenc_scheme_name (sample->scheme),
      "subsample_count", G_TYPE_UINT, sample->subsample_count, NULL);

  if (sample->scheme == PROTEX_SCHEME_CBCS)
    gst_structure_set (info, "crypt_byte_block", G_TYPE_UINT,
        (guint) sample->crypt_blocks, "skip_byte_block", G_TYPE_UINT,
        (guint) sample->skip_blocks, NULL);
  if (sample->subsample_count) {
    gsize size = sample->subsample_count * 6;
    guint8 *table = g_malloc (size);
    GstBuffer *buffer;
    guint i;

    for (i = 0; i < sample->subsample_count; i++) {
      table[i * 6] = sample->subsamples[i].clear >> 8;
      table[i * 6 + 1] = sample->subsamples[i].clear;
      write_be32 (table + i * 6 + 2, sample->subsamples[i].cipher);
    }
    buffer = gst_buffer_new_wrapped (table, size);
    gst_structure_set (info, "subsamples", GST_TYPE_BUFFER, buffer, NULL);
    gst_buffer_unref (buffer);
  }
  gst_buffer_unref (iv);
  gst_buffer_unref (id);
  return info;
}

static GstBuffer *
encrypted_buffer (const guint8 * data, gsize size,
    const struct cenc_sample *sample)
{
  guint8 *copy = g_memdup2 (data, size);
  GstBuffer *buffer;

  fail_unless_equals_int (cenc_encrypt (key, sample, copy, size, NULL), 0);
  fail_unless (memcmp (copy, data, size) != 0);
  buffer = gst_buffer_new_wrapped (copy, size);
  gst_buffer_add_protection_meta (buffer, info_new (sample));
  GST_BUFFER_PTS (buffer) = 40 * GST_MSECOND;
  GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
  return buffer;
}

static struct cenc_sample
sample_of_nals (enum protex_scheme scheme)
{
  struct cenc_sample sample = {
    .scheme = scheme,
    .iv = {1, 2, 3, 4, 5, 6, 7, 8},
    .subsamples = subsamples,
    .subsample_count = G_N_ELEMENTS (subsamples),
  };

  if (scheme == PROTEX_SCHEME_CBCS) {
    sample.crypt_blocks = 1;
    sample.skip_blocks = 9;
  }
  memcpy (sample.key_id, kid, 16);
  return sample;
}

static GstBuffer *
buffer_of_nals (void)
{
  struct cenc_sample sample = sample_of_nals (PROTEX_SCHEME_CENC);

  return encrypted_buffer (plain, SAMPLE_SIZE, &sample);
}

static GstEvent *
protection_event (const guint8 value[16])
{
  struct protex_ta_wrapped_key wrapped;
  struct bytes box = { 0 };
  GstBuffer *buffer;
  GstEvent *event;

  fail_unless_equals_int (crypto_wrap_key (crypto_development_kek, value,
          &wrapped, NULL), 0);
  pssh_write (&box, kid, &wrapped);
  buffer = gst_buffer_new_memdup (box.data, box.size);
  event = gst_event_new_protection (PSSH_SYSTEM_ID, buffer, "isobmff/moov");
  gst_buffer_unref (buffer);
  bytes_free (&box);
  return event;
}

/* ---- the element ------------------------------------------------------- */

static GstCaps *
nal_caps (const gchar * media_type)
{
  GstBuffer *codec_data = gst_buffer_new_memdup (avcc, sizeof (avcc));
  GstCaps *caps = gst_caps_new_simple ("application/x-cenc",
      "original-media-type", G_TYPE_STRING, media_type,
      "protection-system", G_TYPE_STRING, PSSH_SYSTEM_ID,
      "cipher-mode", G_TYPE_STRING, "cenc",
      "stream-format", G_TYPE_STRING, "avc", "alignment", G_TYPE_STRING, "au",
      "codec_data", GST_TYPE_BUFFER, codec_data,
      "width", G_TYPE_INT, 640, "height", G_TYPE_INT, 360,
      "profile", G_TYPE_STRING, "high", NULL);

  gst_buffer_unref (codec_data);
  return caps;
}

static GstHarness *
harness_without_key (void)
{
  GstHarness *h = gst_harness_new ("protexdecrypt");
  GstBus *bus = gst_bus_new ();

  gst_element_set_bus (h->element, bus);
  gst_object_unref (bus);
  gst_harness_set_src_caps (h, nal_caps ("video/x-h264"));
  return h;
}

/* What was posted holds the element, which holds the bus. */
static void
harness_free (GstHarness * h)
{
  GstBus *bus = gst_element_get_bus (h->element);

  gst_bus_set_flushing (bus, TRUE);
  gst_object_unref (bus);
  gst_harness_teardown (h);
}

static GstHarness *
harness_new (void)
{
  GstHarness *h = harness_without_key ();

  fail_unless (gst_harness_push_event (h, protection_event (key)));
  return h;
}

/* The error that was posted, which must have that text in it. */
static void
fail_unless_error (GstHarness * h, GQuark domain, gint code, const gchar * text)
{
  GstBus *bus = gst_element_get_bus (h->element);
  GstMessage *message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  GError *error;
  gchar *debug;

  fail_unless (message != NULL, "no error was posted");
  gst_message_parse_error (message, &error, &debug);
  fail_unless (g_error_matches (error, domain, code), "%s", error->message);
  fail_unless (strstr (error->message, text)
      || (debug && strstr (debug, text)), "%s\n%s", error->message, debug);
  g_error_free (error);
  g_free (debug);
  gst_message_unref (message);
  gst_object_unref (bus);
}

/* Looks where only this TEE's tests can. */
static void
fail_unless_holds (GstBuffer * buffer, const guint8 * before,
    gsize before_size, const guint8 * data, gsize size)
{
  gint fd;
  guint8 *p;

  fail_unless_equals_int (gst_buffer_n_memory (buffer), 1);
  fail_unless_equals_int (gst_buffer_get_size (buffer), before_size + size);
  fd = gst_dmabuf_memory_get_fd (gst_buffer_peek_memory (buffer, 0));
  p = mmap (NULL, before_size + size, PROT_READ, MAP_SHARED, fd, 0);
  fail_if (p == MAP_FAILED);
  if (before_size)
    fail_unless (memcmp (p, before, before_size) == 0);
  fail_unless (memcmp (p + before_size, data, size) == 0);
  munmap (p, before_size + size);
}

static void
push_and_compare (GstHarness * h, GstBuffer * buffer, gboolean with_head)
{
  GstBuffer *out = gst_harness_push_and_pull (h, buffer);

  fail_unless (out != NULL);
  fail_unless_holds (out, head, with_head ? sizeof (head) : 0, annexb,
      sizeof (annexb));
  gst_buffer_unref (out);
}

/* ---- tests: what comes out --------------------------------------------- */

GST_START_TEST (cenc_becomes_a_byte_stream)
{
  GstHarness *h = harness_new ();
  GstBuffer *buffer;

  push_and_compare (h, buffer_of_nals (), TRUE);

  /* Parameter sets go in front of what can be decoded on its own. */
  buffer = buffer_of_nals ();
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  push_and_compare (h, buffer, FALSE);
  push_and_compare (h, buffer_of_nals (), TRUE);

  /* And of whatever a decoder begins with. */
  fail_unless (gst_harness_push_event (h, gst_event_new_flush_start ()));
  fail_unless (gst_harness_push_event (h, gst_event_new_flush_stop (TRUE)));
  {
    GstSegment segment;

    gst_segment_init (&segment, GST_FORMAT_TIME);
    fail_unless (gst_harness_push_event (h, gst_event_new_segment (&segment)));
  }
  buffer = buffer_of_nals ();
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  push_and_compare (h, buffer, TRUE);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (cbcs_becomes_a_byte_stream)
{
  GstHarness *h = harness_new ();
  struct cenc_sample sample = sample_of_nals (PROTEX_SCHEME_CBCS);

  push_and_compare (h, encrypted_buffer (plain, SAMPLE_SIZE, &sample), TRUE);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (what_is_not_of_nals_stays_as_it_is)
{
  static const gchar *const types[] = { "video/x-vp9", "video/x-av1" };
  struct protex_subsample one = { 96, 512 };
  struct cenc_sample sample = sample_of_nals (PROTEX_SCHEME_CENC);
  guint i;

  sample.subsamples = &one;
  sample.subsample_count = 1;
  for (i = 0; i < G_N_ELEMENTS (types); i++) {
    GstHarness *h = harness_without_key ();
    GstBuffer *out;

    gst_harness_set_src_caps (h, gst_caps_new_simple ("application/x-cenc",
            "original-media-type", G_TYPE_STRING, types[i],
            "stream-format", G_TYPE_STRING, "obu-stream", NULL));
    fail_unless (gst_harness_push_event (h, protection_event (key)));
    out = gst_harness_push_and_pull (h, encrypted_buffer (plain, 608, &sample));
    fail_unless_holds (out, NULL, 0, plain, 608);
    gst_buffer_unref (out);
    harness_free (h);
  }
}

GST_END_TEST;

GST_START_TEST (caps_are_a_decoders)
{
  static const gchar *const types[] = { "video/x-h264", "video/x-h265" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (types); i++) {
    GstHarness *h = harness_without_key ();
    GstStructure *s;
    GstCaps *caps;

    if (i == 1) {
      GstCaps *hevc = nal_caps (types[i]);
      /* of no arrays */
      guint8 hvcc[23] = { 1,[21] = 3 };
      GstBuffer *codec_data = gst_buffer_new_memdup (hvcc, sizeof (hvcc));

      gst_caps_set_simple (hevc, "stream-format", G_TYPE_STRING, "hvc1",
          "codec_data", GST_TYPE_BUFFER, codec_data, NULL);
      gst_buffer_unref (codec_data);
      gst_harness_set_src_caps (h, hevc);
    }
    caps = gst_pad_get_current_caps (h->sinkpad);
    fail_unless (caps != NULL);
    fail_unless (gst_caps_features_contains (gst_caps_get_features (caps, 0),
            "memory:DMABuf"));
    s = gst_caps_get_structure (caps, 0);
    fail_unless (gst_structure_has_name (s, types[i]));
    fail_unless_equals_string (gst_structure_get_string (s, "stream-format"),
        "byte-stream");
    fail_unless_equals_string (gst_structure_get_string (s, "alignment"), "au");
    fail_unless_equals_string (gst_structure_get_string (s, "profile"), "high");
    fail_unless (gst_structure_has_field (s, "width"));
    fail_if (gst_structure_has_field (s, "codec_data"));
    fail_if (gst_structure_has_field (s, "cipher-mode"));
    fail_if (gst_structure_has_field (s, "original-media-type"));
    fail_if (gst_structure_has_field (s, "protection-system"));
    gst_caps_unref (caps);
    harness_free (h);
  }
}

GST_END_TEST;

/* Who plugs elements looks at the caps of a pad before it links it. */
GST_START_TEST (caps_are_those_without_a_peer)
{
  GstHarness *h = gst_harness_new_with_padnames ("protexdecrypt", "sink", NULL);
  GstPad *pad = gst_element_get_static_pad (h->element, "src");
  GstCaps *caps;

  gst_harness_set_src_caps (h, nal_caps ("video/x-h264"));
  caps = gst_pad_get_current_caps (pad);
  fail_unless (caps != NULL);
  fail_unless (gst_structure_has_name (gst_caps_get_structure (caps, 0),
          "video/x-h264"));
  fail_unless (gst_caps_features_contains (gst_caps_get_features (caps, 0),
          "memory:DMABuf"));
  gst_caps_unref (caps);
  gst_object_unref (pad);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* As Debian's are: they take any memory, and their caps say none. */
GST_START_TEST (decoders_need_not_know_the_memory)
{
  GstHarness *h = gst_harness_new ("protexdecrypt");
  GstCaps *caps;

  gst_harness_set_sink_caps_str (h, "video/x-h264");
  gst_harness_set_src_caps (h, nal_caps ("video/x-h264"));
  caps = gst_pad_get_current_caps (h->sinkpad);
  fail_unless (caps != NULL);
  fail_unless (gst_caps_features_is_equal (gst_caps_get_features (caps, 0),
          GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY));
  gst_caps_unref (caps);
  gst_harness_teardown (h);
}

GST_END_TEST;

/* Nobody but us takes it, and we take nothing else: there is one choice. */
GST_START_TEST (its_decoder_is_one_choice)
{
  static const gchar *const types[] = { "h264", "h265", "vp9" };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (types); i++) {
    gchar *name = g_strdup_printf ("protex%sdec", types[i]);
    gchar *ours = g_strdup_printf ("video/x-%s(memory:DMABuf), "
        "stream-format=byte-stream, alignment=au", types[i]);
    gchar *plain = g_strdup_printf ("video/x-%s, "
        "stream-format=byte-stream, alignment=au", types[i]);
    GstElementFactory *factory = gst_element_factory_find (name);
    GstCaps *caps = gst_caps_from_string (ours);

    fail_unless (factory != NULL);
    fail_unless (gst_element_factory_list_is_type (factory,
            GST_ELEMENT_FACTORY_TYPE_DECODER |
            GST_ELEMENT_FACTORY_TYPE_MEDIA_VIDEO));
    fail_unless (gst_element_factory_can_sink_all_caps (factory, caps));
    gst_caps_unref (caps);
    caps = gst_caps_from_string (plain);
    fail_if (gst_element_factory_can_sink_any_caps (factory, caps));
    gst_caps_unref (caps);
    gst_object_unref (factory);
    g_free (plain);
    g_free (ours);
    g_free (name);
  }
}

GST_END_TEST;

/* There is no such device here, and it says so at once. */
GST_START_TEST (without_a_device_it_does_not_get_ready)
{
  GstElement *element = gst_element_factory_make ("protexh264dec", NULL);
  GstBus *bus = gst_bus_new ();
  GstMessage *message;

  gst_object_ref_sink (element);
  gst_element_set_bus (element, bus);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_READY),
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  fail_unless (message != NULL);
  gst_message_unref (message);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_element_set_bus (element, NULL);
  gst_object_unref (bus);
  gst_object_unref (element);
}

GST_END_TEST;

GST_START_TEST (demuxers_find_it_by_the_system)
{
  const gchar *systems[] = { "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",
    PSSH_SYSTEM_ID, NULL
  };

  fail_unless_equals_string (gst_protection_select_system (systems),
      PSSH_SYSTEM_ID);
}

GST_END_TEST;

GST_START_TEST (metadata_goes_along)
{
  GstHarness *h = harness_new ();
  GstBuffer *out;
  GstEvent *event;

  out = gst_harness_push_and_pull (h, buffer_of_nals ());
  fail_unless_equals_clocktime (GST_BUFFER_PTS (out), 40 * GST_MSECOND);
  fail_unless_equals_clocktime (GST_BUFFER_DURATION (out), 20 * GST_MSECOND);
  fail_unless (gst_buffer_get_protection_meta (out) == NULL);
  gst_buffer_unref (out);

  /* What decrypts it is nobody's business after that. */
  while ((event = gst_harness_try_pull_event (h))) {
    fail_if (GST_EVENT_TYPE (event) == GST_EVENT_PROTECTION);
    gst_event_unref (event);
  }
  harness_free (h);
}

GST_END_TEST;

/* A buffer of the pool must not go on with what it had in it before. */
GST_START_TEST (gaps_are_decrypted)
{
  GstHarness *h = harness_new ();
  GstBuffer *buffer = buffer_of_nals ();

  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  push_and_compare (h, buffer, TRUE);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (clear_samples_are_copied)
{
  GstHarness *h = harness_without_key ();
  struct cenc_sample sample = {.scheme = PROTEX_SCHEME_NONE };
  GstBuffer *buffer = gst_buffer_new_memdup (plain, SAMPLE_SIZE);

  gst_buffer_add_protection_meta (buffer, info_new (&sample));
  push_and_compare (h, buffer, TRUE);
  harness_free (h);
}

GST_END_TEST;

/* ---- tests: keys ------------------------------------------------------- */

static gchar *
write_file (const gchar * name, gconstpointer contents, gsize size)
{
  gchar *path = g_build_filename (g_get_tmp_dir (), name, NULL);

  fail_unless (g_file_set_contents (path, contents, size, NULL));
  return path;
}

/* Sets a property in NULL, plays a sample, and removes the file. */
static void
play_with (const gchar * property, const gchar * format, gchar * path)
{
  GstHarness *h = harness_without_key ();
  gchar *value = g_strdup_printf (format, path);

  gst_element_set_state (h->element, GST_STATE_NULL);
  g_object_set (h->element, property, value, NULL);
  gst_element_set_state (h->element, GST_STATE_PLAYING);
  gst_harness_set_src_caps (h, nal_caps ("video/x-h264"));
  /* A key that was given goes before the file's. */
  fail_unless (gst_harness_push_event (h, protection_event (other_key)));
  push_and_compare (h, buffer_of_nals (), TRUE);
  harness_free (h);
  g_unlink (path);
  g_free (path);
  g_free (value);
}

GST_START_TEST (keys_are_given)
{
  struct protex_ta_wrapped_key wrapped;
  static const gchar hex[] = "30313233343536373839616263646566\n";

  fail_unless_equals_int (crypto_wrap_key (crypto_development_kek, key,
          &wrapped, NULL), 0);
  play_with ("key", "%s", write_file ("protex-key", key, 16));
  play_with ("key", KID_TEXT ":%s", write_file ("protex-key", hex,
          strlen (hex)));
  play_with ("wrapped-key", "%s", write_file ("protex-wrapped", &wrapped,
          sizeof (wrapped)));
  play_with ("wrapped-key", "00112233445566778899aabbccddeeff:%1$s;"
      KID_TEXT ":%1$s", write_file ("protex-wrapped", &wrapped,
          sizeof (wrapped)));
}

GST_END_TEST;

GST_START_TEST (a_key_of_an_id_goes_before_one_for_all)
{
  struct protex_ta_wrapped_key wrapped;
  GstHarness *h = harness_without_key ();
  gchar *path = write_file ("protex-key", key, 16), *for_all, *own;

  fail_unless_equals_int (crypto_wrap_key (crypto_development_kek, other_key,
          &wrapped, NULL), 0);
  for_all = write_file ("protex-wrapped", &wrapped, sizeof (wrapped));
  own = g_strconcat (KID_TEXT ":", path, NULL);
  gst_element_set_state (h->element, GST_STATE_NULL);
  g_object_set (h->element, "wrapped-key", for_all, "key", own, NULL);
  gst_element_set_state (h->element, GST_STATE_PLAYING);
  gst_harness_set_src_caps (h, nal_caps ("video/x-h264"));
  push_and_compare (h, buffer_of_nals (), TRUE);
  harness_free (h);
  g_unlink (path);
  g_unlink (for_all);
  g_free (own);
  g_free (for_all);
  g_free (path);
}

GST_END_TEST;

GST_START_TEST (a_key_that_is_missing_is_named)
{
  GstHarness *h = harness_without_key ();

  fail_unless_equals_int (gst_harness_push (h, buffer_of_nals ()),
      GST_FLOW_ERROR);
  fail_unless_error (h, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT_NOKEY,
      KID_TEXT);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (a_key_that_is_damaged_is_refused)
{
  GstHarness *h = harness_without_key ();
  GstEvent *event = protection_event (key);
  const gchar *system_id;
  GstBuffer *box, *altered;
  guint8 byte;

  gst_event_parse_protection (event, &system_id, &box, NULL);
  altered = gst_buffer_copy_deep (box);
  gst_buffer_extract (altered, gst_buffer_get_size (altered) - 1, &byte, 1);
  byte ^= 1;
  gst_buffer_fill (altered, gst_buffer_get_size (altered) - 1, &byte, 1);
  fail_unless (gst_harness_push_event (h, gst_event_new_protection (system_id,
              altered, "isobmff/moov")));
  gst_buffer_unref (altered);
  gst_event_unref (event);

  fail_unless_equals_int (gst_harness_push (h, buffer_of_nals ()),
      GST_FLOW_ERROR);
  fail_unless_error (h, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT_NOKEY,
      "does not take the key");
  harness_free (h);
}

GST_END_TEST;

/* More keys than the TA holds, one after the other. */
GST_START_TEST (keys_can_change)
{
  GstHarness *h = harness_without_key ();
  guint i;

  for (i = 0; i < 2 * PROTEX_TA_MAX_KEYS + 1; i++) {
    struct cenc_sample sample = sample_of_nals (PROTEX_SCHEME_CENC);
    struct protex_ta_wrapped_key wrapped;
    struct bytes box = { 0 };
    GstBuffer *buffer;

    sample.key_id[0] = i;
    fail_unless_equals_int (crypto_wrap_key (crypto_development_kek, key,
            &wrapped, NULL), 0);
    pssh_write (&box, sample.key_id, &wrapped);
    buffer = gst_buffer_new_memdup (box.data, box.size);
    fail_unless (gst_harness_push_event (h,
            gst_event_new_protection (PSSH_SYSTEM_ID, buffer, NULL)));
    gst_buffer_unref (buffer);
    bytes_free (&box);
    push_and_compare (h, encrypted_buffer (plain, SAMPLE_SIZE, &sample), TRUE);
  }
  harness_free (h);
}

GST_END_TEST;

/* ---- tests: memory ----------------------------------------------------- */

GST_START_TEST (the_cpu_cannot_map_it)
{
  GstHarness *h = harness_new ();
  GstBuffer *out = gst_harness_push_and_pull (h, buffer_of_nals ());
  GstMemory *memory = gst_buffer_peek_memory (out, 0), *part;
  GstBuffer *copy;
  GstMapInfo map;

  fail_unless (gst_is_dmabuf_memory (memory));
  fail_unless (GST_MEMORY_IS_NOT_MAPPABLE (memory));
  fail_if (gst_memory_map (memory, &map, GST_MAP_READ));
  fail_if (gst_memory_map (memory, &map, GST_MAP_WRITE));
  fail_if (gst_buffer_map (out, &map, GST_MAP_READ));

  part = gst_memory_share (memory, 16, 32);
  fail_unless (gst_is_dmabuf_memory (part));
  fail_if (gst_memory_map (part, &map, GST_MAP_READ));
  gst_memory_unref (part);

  copy = gst_buffer_copy_deep (out);
  fail_unless (copy == NULL || gst_buffer_get_size (copy) == 0);
  gst_clear_buffer (&copy);
  gst_buffer_unref (out);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (buffers_are_used_again)
{
  GstHarness *h = harness_new ();
  guint i;

  for (i = 0; i < 100; i++)
    push_and_compare (h, buffer_of_nals (), TRUE);
  fail_unless_equals_int (fake_allocations, 1);
  fail_unless_equals_int (fake_imports, 1);
  harness_free (h);
}

GST_END_TEST;

/* A pool of one buffer, which a test holds. */
static GstHarness *
harness_of_one (GstBuffer ** held)
{
  GstHarness *h = harness_without_key ();

  gst_element_set_state (h->element, GST_STATE_NULL);
  g_object_set (h->element, "max-buffers", 1, NULL);
  gst_element_set_state (h->element, GST_STATE_PLAYING);
  gst_harness_set_src_caps (h, nal_caps ("video/x-h264"));
  fail_unless (gst_harness_push_event (h, protection_event (key)));
  *held = gst_harness_push_and_pull (h, buffer_of_nals ());
  fail_unless (*held != NULL);
  return h;
}

static GstPadProbeReturn
arrived (GstPad * pad, GstPadProbeInfo * info, gpointer semaphore)
{
  g_async_queue_push (semaphore, semaphore);
  return GST_PAD_PROBE_REMOVE;
}

static gpointer
push_one (gpointer h)
{
  return GINT_TO_POINTER (gst_harness_push (h, buffer_of_nals ()));
}

/* A thread that pushes, when the buffer is in the element. */
static GThread *
push_in_thread (GstHarness * h)
{
  GAsyncQueue *semaphore = g_async_queue_new ();
  GstPad *pad = gst_element_get_static_pad (h->element, "sink");
  GThread *thread;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, arrived, semaphore, NULL);
  thread = g_thread_new ("push", push_one, h);
  g_async_queue_pop (semaphore);
  g_async_queue_unref (semaphore);
  gst_object_unref (pad);
  return thread;
}

GST_START_TEST (the_pool_is_bounded)
{
  GstBuffer *held, *out;
  GstHarness *h = harness_of_one (&held);
  GThread *thread = push_in_thread (h);

  gst_buffer_unref (held);
  fail_unless_equals_int (GPOINTER_TO_INT (g_thread_join (thread)),
      GST_FLOW_OK);
  out = gst_harness_pull (h);
  fail_unless_holds (out, head, sizeof (head), annexb, sizeof (annexb));
  gst_buffer_unref (out);
  fail_unless_equals_int (fake_allocations, 1);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (a_flush_ends_the_wait)
{
  GstBuffer *held;
  GstHarness *h = harness_of_one (&held);
  GThread *thread = push_in_thread (h);

  fail_unless (gst_harness_push_event (h, gst_event_new_flush_start ()));
  fail_unless_equals_int (GPOINTER_TO_INT (g_thread_join (thread)),
      GST_FLOW_FLUSHING);
  gst_buffer_unref (held);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (a_change_of_state_ends_the_wait)
{
  GstBuffer *held;
  GstHarness *h = harness_of_one (&held);
  GThread *thread = push_in_thread (h);

  fail_unless_equals_int (gst_element_set_state (h->element, GST_STATE_READY),
      GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int (GPOINTER_TO_INT (g_thread_join (thread)),
      GST_FLOW_FLUSHING);
  gst_buffer_unref (held);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (a_larger_sample_gets_a_larger_buffer)
{
  GstHarness *h = harness_new ();
  gsize size = 1 << 20, i;
  guint8 *data = g_malloc (size), *wanted;
  struct protex_subsample one = { 4 + 12, size - 16 };
  struct cenc_sample sample = sample_of_nals (PROTEX_SCHEME_CENC);
  GstBuffer *held, *out;

  held = gst_harness_push_and_pull (h, buffer_of_nals ());
  for (i = 0; i < size; i++)
    data[i] = i * 17;
  write_be32 (data, size - 4);
  wanted = g_memdup2 (data, size);
  write_be32 (wanted, 1);
  sample.subsamples = &one;
  sample.subsample_count = 1;
  out = gst_harness_push_and_pull (h, encrypted_buffer (data, size, &sample));
  fail_unless_holds (out, head, sizeof (head), wanted, size);
  gst_buffer_unref (out);

  /* What was handed out before is as it was. */
  fail_unless_holds (held, head, sizeof (head), annexb, sizeof (annexb));
  gst_buffer_unref (held);
  push_and_compare (h, buffer_of_nals (), TRUE);
  fail_unless_equals_int (fake_allocations, 2);
  g_free (data);
  g_free (wanted);
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (a_full_heap_is_an_error_with_its_reason)
{
  GstHarness *h = harness_new ();

  fake_heap_size = 0;
  fail_unless_equals_int (gst_harness_push (h, buffer_of_nals ()),
      GST_FLOW_ERROR);
  fail_unless_error (h, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT,
      "the heap is full");
  harness_free (h);
}

GST_END_TEST;

GST_START_TEST (the_allocator_is_one)
{
  GstAllocator *allocator = gst_protex_allocator_new (NULL);
  GstAllocationParams params = { 0, 0, 16, 8 };
  GstMemory *memory = gst_allocator_alloc (allocator, 100, &params);
  gsize offset, maxsize;

  fail_unless (memory != NULL);
  fail_unless_equals_int (gst_memory_get_sizes (memory, &offset, &maxsize),
      100);
  fail_unless_equals_int (offset, 16);
  fail_unless_equals_int (maxsize, 124);
  gst_memory_unref (memory);

  params.padding = G_MAXSIZE - 50;
  fail_unless (gst_allocator_alloc (allocator, 100, &params) == NULL);
  gst_object_unref (allocator);
}

GST_END_TEST;

/* ---- tests: who is linked ---------------------------------------------- */

/* Elements that say that they parse, or decode. */
typedef GstElement FakeParser;
typedef GstElementClass FakeParserClass;
typedef GstElement FakeDecoder;
typedef GstElementClass FakeDecoderClass;

GType fake_parser_get_type (void);
GType fake_decoder_get_type (void);

G_DEFINE_TYPE (FakeParser, fake_parser, GST_TYPE_ELEMENT);
G_DEFINE_TYPE (FakeDecoder, fake_decoder, GST_TYPE_ELEMENT);

static GstStaticPadTemplate fake_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-h264"));

static void
fake_parser_class_init (FakeParserClass * klass)
{
  gst_element_class_set_static_metadata (klass, "x",
      "Codec/Parser/Converter/Video", "x", "x");
  gst_element_class_add_static_pad_template (klass, &fake_template);
}

static void
fake_decoder_class_init (FakeDecoderClass * klass)
{
  gst_element_class_set_static_metadata (klass, "x", "Codec/Decoder/Video",
      "x", "x");
  gst_element_class_add_static_pad_template (klass, &fake_template);
}

static void
add_sink_pad (GstElement * self)
{
  gst_element_add_pad (self, gst_pad_new_from_static_template (&fake_template,
          "sink"));
}

static void
fake_parser_init (FakeParser * self)
{
  add_sink_pad (self);
}

static void
fake_decoder_init (FakeDecoder * self)
{
  add_sink_pad (self);
}

/* Whether it links to such an element, whose pad asks link_function (NULL: nothing). */
static gboolean
links_to (const gchar * name, GType type, GstPadLinkFunction link_function)
{
  GstElement *bin = gst_bin_new (NULL);
  GstElement *decrypt = gst_element_factory_make ("protexdecrypt", NULL);
  GstElement *element;
  gboolean ret;

  fail_unless (gst_element_register (NULL, name, GST_RANK_NONE, type));
  element = gst_element_factory_make (name, NULL);
  gst_pad_set_link_function (GST_PAD (element->sinkpads->data), link_function);
  gst_bin_add_many (GST_BIN (bin), decrypt, element, NULL);
  ret = gst_element_link (decrypt, element);
  gst_object_unref (bin);
  return ret;
}

GST_START_TEST (no_parser_is_linked)
{
  fail_unless (links_to ("fakedecoder", fake_decoder_get_type (), NULL));
  fail_if (links_to ("fakeparser", fake_parser_get_type (), NULL));
}

GST_END_TEST;

static GstPadLinkReturn
accept_link (GstPad * pad, GstObject * parent, GstPad * peer)
{
  fail_unless (parent == GST_OBJECT_PARENT (pad));
  return gst_pad_get_direction (peer) == GST_PAD_SRC ?
      GST_PAD_LINK_OK : GST_PAD_LINK_WRONG_DIRECTION;
}

static GstPadLinkReturn
refuse_link (GstPad * pad, GstObject * parent, GstPad * peer)
{
  return GST_PAD_LINK_REFUSED;
}

GST_START_TEST (the_peer_may_refuse_to_be_linked)
{
  GType type = fake_decoder_get_type ();

  fail_unless (links_to ("fakedecoder", type, accept_link));
  fail_if (links_to ("fakedecoder", type, refuse_link));
}

GST_END_TEST;

/* ---- tests: what is refused -------------------------------------------- */

GST_START_TEST (without_a_tee_it_does_not_get_ready)
{
  GstElement *element = gst_element_factory_make ("protexdecrypt", NULL);

  fake_no_tee = TRUE;
  gst_object_ref_sink (element);
  fail_unless_equals_int (gst_element_set_state (element, GST_STATE_READY),
      GST_STATE_CHANGE_FAILURE);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
}

GST_END_TEST;

/* Else a decoder would be handed what is encrypted. */
GST_START_TEST (silence_does_not_mean_clear)
{
  GstHarness *h = harness_new ();

  fail_unless_equals_int (gst_harness_push (h, gst_buffer_new_memdup (plain,
              SAMPLE_SIZE)), GST_FLOW_ERROR);
  fail_unless_error (h, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT,
      "clear-samples");

  g_object_set (h->element, "clear-samples", TRUE, NULL);
  push_and_compare (h, gst_buffer_new_memdup (plain, SAMPLE_SIZE), TRUE);
  harness_free (h);
}

GST_END_TEST;

static void
push_damaged (void (*damage) (GstStructure *), const gchar * text)
{
  GstHarness *h = harness_new ();
  struct cenc_sample sample = sample_of_nals (PROTEX_SCHEME_CENC);
  GstStructure *info = info_new (&sample);
  GstBuffer *buffer = gst_buffer_new_memdup (plain, SAMPLE_SIZE);

  damage (info);
  gst_buffer_add_protection_meta (buffer, info);
  fail_unless_equals_int (gst_harness_push (h, buffer), GST_FLOW_ERROR);
  fail_unless_error (h, GST_STREAM_ERROR, GST_STREAM_ERROR_DECRYPT, text);
  harness_free (h);
}

static void
set_buffer (GstStructure * info, const gchar * field, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);

  gst_buffer_memset (buffer, 0, 0, size);
  gst_structure_set (info, field, GST_TYPE_BUFFER, buffer, NULL);
  gst_buffer_unref (buffer);
}

static void
short_iv (GstStructure * info)
{
  set_buffer (info, "iv", 7);
}

static void
no_iv (GstStructure * info)
{
  gst_structure_remove_field (info, "iv");
}

static void
short_kid (GstStructure * info)
{
  set_buffer (info, "kid", 15);
}

static void
other_scheme (GstStructure * info)
{
  gst_structure_set (info, "cipher-mode", G_TYPE_STRING, "cens", NULL);
}

static void
too_few_subsamples (GstStructure * info)
{
  gst_structure_set (info, "subsample_count", G_TYPE_UINT, 3, NULL);
}

/* 6 times as many is 12, modulo 2^32. */
static void
too_many_subsamples (GstStructure * info)
{
  gst_structure_set (info, "subsample_count", G_TYPE_UINT, 715827884u, NULL);
}

static void
no_subsamples (GstStructure * info)
{
  gst_structure_remove_field (info, "subsamples");
}

static void
other_sum (GstStructure * info)
{
  set_buffer (info, "subsamples", 12);
}

static void
more_than_the_ta_takes (GstStructure * info)
{
  set_buffer (info, "subsamples", 6 * (PROTEX_TA_MAX_SUBSAMPLES + 1));
  gst_structure_set (info, "subsample_count", G_TYPE_UINT,
      PROTEX_TA_MAX_SUBSAMPLES + 1, NULL);
}

/* All of the sample, with the lengths. */
static void
encrypted_lengths (GstStructure * info)
{
  gst_structure_set (info, "subsample_count", G_TYPE_UINT, 0, NULL);
}

static void
large_pattern (GstStructure * info)
{
  gst_structure_set (info, "cipher-mode", G_TYPE_STRING, "cbcs",
      "crypt_byte_block", G_TYPE_UINT, 257, NULL);
}

GST_START_TEST (damaged_information_is_refused)
{
  push_damaged (short_iv, "initialization vector of 7 bytes");
  push_damaged (no_iv, "initialization vector of 0 bytes");
  push_damaged (short_kid, "no key id");
  push_damaged (other_scheme, "'cens'");
  push_damaged (too_few_subsamples, "3 subsamples in 12 bytes");
  push_damaged (too_many_subsamples, "715827884 subsamples in 12 bytes");
  push_damaged (no_subsamples, "2 subsamples that are not there");
  push_damaged (other_sum, "the TA refuses it");
  push_damaged (more_than_the_ta_takes, "1025 subsamples");
  push_damaged (encrypted_lengths, "the TA refuses it");
  push_damaged (large_pattern, "pattern is 257:0");
}

GST_END_TEST;

GST_START_TEST (damaged_parameter_sets_are_refused)
{
  GstHarness *h = gst_harness_new ("protexdecrypt");
  GstBus *bus = gst_bus_new ();
  GstCaps *caps = nal_caps ("video/x-h264");

  gst_element_set_bus (h->element, bus);
  gst_object_unref (bus);
  gst_structure_remove_field (gst_caps_get_structure (caps, 0), "codec_data");
  gst_harness_play (h);
  fail_unless (gst_harness_push_event (h, gst_event_new_stream_start ("s")));
  gst_harness_push_event (h, gst_event_new_caps (caps));
  gst_caps_unref (caps);
  {
    GstSegment segment;

    gst_segment_init (&segment, GST_FORMAT_TIME);
    gst_harness_push_event (h, gst_event_new_segment (&segment));
  }
  fail_unless_equals_int (gst_harness_push (h, buffer_of_nals ()),
      GST_FLOW_NOT_NEGOTIATED);
  fail_unless_error (h, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT,
      "codec_data");
  harness_free (h);
}

GST_END_TEST;

static Suite *
protexdecrypt_suite (void)
{
  Suite *s = suite_create ("protexdecrypt");
  TCase *tc = tcase_create ("element");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, NULL);
  tcase_add_test (tc, cenc_becomes_a_byte_stream);
  tcase_add_test (tc, cbcs_becomes_a_byte_stream);
  tcase_add_test (tc, what_is_not_of_nals_stays_as_it_is);
  tcase_add_test (tc, caps_are_a_decoders);
  tcase_add_test (tc, caps_are_those_without_a_peer);
  tcase_add_test (tc, decoders_need_not_know_the_memory);
  tcase_add_test (tc, its_decoder_is_one_choice);
  tcase_add_test (tc, without_a_device_it_does_not_get_ready);
  tcase_add_test (tc, demuxers_find_it_by_the_system);
  tcase_add_test (tc, metadata_goes_along);
  tcase_add_test (tc, gaps_are_decrypted);
  tcase_add_test (tc, clear_samples_are_copied);
  tcase_add_test (tc, keys_are_given);
  tcase_add_test (tc, a_key_of_an_id_goes_before_one_for_all);
  tcase_add_test (tc, a_key_that_is_missing_is_named);
  tcase_add_test (tc, a_key_that_is_damaged_is_refused);
  tcase_add_test (tc, keys_can_change);
  tcase_add_test (tc, the_cpu_cannot_map_it);
  tcase_add_test (tc, buffers_are_used_again);
  tcase_add_test (tc, the_pool_is_bounded);
  tcase_add_test (tc, a_flush_ends_the_wait);
  tcase_add_test (tc, a_change_of_state_ends_the_wait);
  tcase_add_test (tc, a_larger_sample_gets_a_larger_buffer);
  tcase_add_test (tc, a_full_heap_is_an_error_with_its_reason);
  tcase_add_test (tc, the_allocator_is_one);
  tcase_add_test (tc, no_parser_is_linked);
  tcase_add_test (tc, the_peer_may_refuse_to_be_linked);
  tcase_add_test (tc, without_a_tee_it_does_not_get_ready);
  tcase_add_test (tc, silence_does_not_mean_clear);
  tcase_add_test (tc, damaged_information_is_refused);
  tcase_add_test (tc, damaged_parameter_sets_are_refused);
  return s;
}

GST_CHECK_MAIN (protexdecrypt);
