/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gst-samples ENCRYPTED CLEAR [PROPERTY=VALUE...]: an encrypted MP4 file through
 * "qtdemux ! protexdecrypt", with the machine's TEE. The TEE's digest of each
 * buffer is that of what a decoder is to be handed, which this program makes of
 * the file as it was before; and the CPU has no way to any of it. Then it seeks,
 * and plays once more. Prints TAP.
 */
#include <string.h>

#include <gst/allocators/allocators.h>
#include <gst/gst.h>

#include <protex/protex.h>

#include "bytes.h"
#include "crypto.h"
#include "demux.h"
#include "nal.h"
#include "pipeline.h"
#include "tap.h"

typedef struct
{
  guint8 digest[32];
  gsize size;
  gboolean is_key;
} Sample;

typedef struct
{
  /* Of Sample, in the order of the file */
  GArray *wanted;

  struct protex_tee *tee;
  struct protex_session *session;

  /* Where in the file playing began, or -1: where the first buffer tells */
  gint first;
  guint count, right, mapped, unprotected;
  guint reached;
  gboolean probed;
} Judge;

static struct protex_error error;

/* ---- what is wanted ---------------------------------------------------- */

/* A sample of a file, as a decoder takes it. */
static void
write_sample (struct bytes *to, const struct bytes *head, guint length_size,
    const AVPacket * packet)
{
  const guint8 *p = packet->data, *end = p + packet->size;

  if (packet->flags & AV_PKT_FLAG_KEY)
    bytes_put (to, head->data, head->size);
  if (length_size == 0)
    bytes_put (to, p, end - p);
  while (length_size && p < end) {
    gsize size = 0;
    guint i;

    for (i = 0; i < length_size; i++)
      size = size << 8 | *p++;
    bytes_put_uint (to, 1, 4);
    bytes_put (to, p, size);
    p += size;
  }
}

static gboolean
read_configuration (const AVCodecParameters * parameters, guint * length_size,
    struct bytes *head)
{
  *length_size = 0;
  if (parameters->codec_id == AV_CODEC_ID_H264)
    return nal_read_avcc (parameters->extradata, parameters->extradata_size,
        length_size, head);
  if (parameters->codec_id == AV_CODEC_ID_HEVC)
    return nal_read_hvcc (parameters->extradata, parameters->extradata_size,
        length_size, head);
  return TRUE;
}

static gboolean
read_wanted (Judge * judge, const char *path)
{
  AVPacket *packet = av_packet_alloc ();
  struct bytes head = { 0 };
  struct demux *demux;
  guint length_size;

  if (demux_open (&demux, path, NULL, &error) < 0)
    return FALSE;
  if (!read_configuration (demux_video (demux)->codecpar, &length_size, &head))
    return FALSE;
  judge->wanted = g_array_new (FALSE, TRUE, sizeof (Sample));
  while (demux_read (demux, packet, &error) > 0) {
    if (packet->stream_index == demux_video (demux)->index) {
      struct bytes bytes = { 0 };
      Sample sample = {.is_key = (packet->flags & AV_PKT_FLAG_KEY) != 0 };

      write_sample (&bytes, &head, length_size, packet);
      sample.size = bytes.size;
      if (crypto_sha256 (bytes.data, bytes.size, NULL, 0, sample.digest,
              &error) < 0)
        return FALSE;
      g_array_append_val (judge->wanted, sample);
      bytes_free (&bytes);
    }
    av_packet_unref (packet);
  }
  bytes_free (&head);
  av_packet_free (&packet);
  demux_close (demux);
  return judge->wanted->len > 0;
}

/* ---- what comes -------------------------------------------------------- */

static gboolean
digest_of (Judge * judge, int fd, gsize offset, gsize size, guint8 digest[32])
{
  struct protex_range range = { NULL, offset, size };
  gboolean ret;

  if (protex_memory_import (&range.memory, judge->tee, fd, &error) < 0)
    return FALSE;
  ret = protex_ta_digest (judge->session, &range, digest, &error) == 0;
  protex_memory_close (range.memory);
  return ret;
}

/* After a seek: the sample that has this digest. */
static gint
find_sample (Judge * judge, const guint8 digest[32])
{
  guint i;

  for (i = 0; i < judge->wanted->len; i++)
    if (memcmp (g_array_index (judge->wanted, Sample, i).digest, digest,
            32) == 0)
      return i;
  return -1;
}

static void
judge_buffer (GstElement * sink, GstBuffer * buffer, GstPad * pad,
    Judge * judge)
{
  GstMemory *memory = gst_buffer_peek_memory (buffer, 0);
  struct protex_buffer_info info = { 0 };
  gsize offset, size = gst_memory_get_sizes (memory, &offset, NULL);
  guint index = judge->count++;
  const Sample *wanted;
  guint8 digest[32];
  GstMapInfo map;
  int fd;

  if (gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    judge->mapped++;
    gst_buffer_unmap (buffer, &map);
  }
  if (!gst_is_dmabuf_memory (memory) || gst_buffer_n_memory (buffer) != 1) {
    judge->unprotected++;
    return;
  }
  fd = gst_dmabuf_memory_get_fd (memory);
  if (protex_buffer_query (fd, &info, &error) < 0 || !info.is_protected)
    judge->unprotected++;
  if (!judge->probed)
    protex_probe (fd, NULL, NULL, &judge->reached, &error);
  judge->probed = TRUE;

  if (!digest_of (judge, fd, offset, size, digest))
    return;
  if (judge->first < 0)
    judge->first = find_sample (judge, digest);
  index += judge->first;
  if (judge->first < 0 || index >= judge->wanted->len)
    return;
  wanted = &g_array_index (judge->wanted, Sample, index);
  judge->right += wanted->size == size
      && memcmp (wanted->digest, digest, 32) == 0;
}

static void
begin (Judge * judge, gint first)
{
  judge->first = first;
  judge->count = judge->right = judge->mapped = judge->unprotected = 0;
}

static void
play (Judge * judge, GstElement * pipeline, const char *when)
{
  begin (judge, 0);
  ok (run_to_end (pipeline), "%s: it plays to its end", when);
  if (!ok (judge->count == judge->wanted->len && judge->right == judge->count,
          "%s: %u of %u samples, of %u, are what a decoder is to be handed",
          when, judge->right, judge->count, judge->wanted->len))
    note ("%s", error.message);
  ok (judge->count > 0 && judge->unprotected == 0,
      "%s: each is in a protected dma-buf", when);
  ok (judge->mapped == 0, "%s: none can be mapped", when);
}

static void
seek (Judge * judge, GstElement * pipeline)
{
  gint64 duration = 0;
  guint last;

  /* Nothing comes between the end and the seek. */
  begin (judge, -1);
  if (!ok (gst_element_query_duration (pipeline, GST_FORMAT_TIME, &duration)
          && gst_element_seek_simple (pipeline, GST_FORMAT_TIME,
              GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT, duration / 2),
          "it can be sought to its middle"))
    return;
  ok (run_to_end (pipeline), "after a seek it plays to its end");
  ok (judge->first > 0
      && g_array_index (judge->wanted, Sample, judge->first).is_key,
      "it goes on with a sample that can be decoded on its own (%d)",
      judge->first);
  last = judge->first + judge->count;
  ok (judge->right == judge->count && last == judge->wanted->len,
      "%u of %u samples after it, up to %u of %u, are right", judge->right,
      judge->count, last, judge->wanted->len);
}

/* properties: NULL-terminated. Who links to a demuxer's pad by name does it once,
 * so each time needs a pipeline of its own. */
static GstElement *
make_pipeline (Judge * judge, const char *path, char **properties)
{
  GstElement *pipeline, *element;

  pipeline = gst_parse_launch ("filesrc name=source ! qtdemux name=demux "
      "demux.video_0 ! protexdecrypt name=decrypt ! fakesink name=sink "
      "signal-handoffs=true", NULL);
  if (!pipeline)
    return NULL;
  element = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_object_set (element, "location", path, NULL);
  gst_object_unref (element);
  element = gst_bin_get_by_name (GST_BIN (pipeline), "decrypt");
  for (; *properties; properties++) {
    gchar **pair = g_strsplit (*properties, "=", 2);

    gst_util_set_object_arg (G_OBJECT (element), pair[0], pair[1]);
    g_strfreev (pair);
  }
  gst_object_unref (element);
  element = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_signal_connect (element, "handoff", G_CALLBACK (judge_buffer), judge);
  gst_object_unref (element);
  return pipeline;
}

static void
end_pipeline (GstElement * pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

int
main (int argc, char **argv)
{
  GstElement *pipeline;
  Judge judge = { 0 };

  gst_init (&argc, &argv);
  if (argc < 3)
    return tap_bail_out ("usage: gst-samples ENCRYPTED CLEAR [PROPERTY=VALUE]");
  if (!read_wanted (&judge, argv[2])
      || protex_ta_open (&judge.tee, &judge.session, &error) < 0)
    return tap_bail_out ("%s", error.message);

  pipeline = make_pipeline (&judge, argv[1], argv + 3);
  if (!pipeline)
    return tap_bail_out ("there is no qtdemux, or no protexdecrypt");
  play (&judge, pipeline, "at first");
  ok (judge.probed && judge.reached == 0, "the CPU has no way to a buffer");
  seek (&judge, pipeline);
  end_pipeline (pipeline);

  pipeline = make_pipeline (&judge, argv[1], argv + 3);
  play (&judge, pipeline, "once more");
  end_pipeline (pipeline);

  g_array_unref (judge.wanted);
  protex_session_close (judge.session);
  protex_tee_close (judge.tee);
  return tap_end ();
}
