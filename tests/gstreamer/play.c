/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gst-play-file [--seek] FILE OUT [PROPERTY=VALUE...]: "qtdemux ! protexdecrypt" on a file, with a TEE in this
 * process. OUT gets what a decoder would; with --seek, after the file was played to its end, from its middle on.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gst/allocators/allocators.h>
#include <gst/gst.h>

#include "gstprotexdecrypt.h"
#include "pipeline.h"

static void
write_buffer (GstElement * sink, GstBuffer * buffer, GstPad * pad, FILE * out)
{
  GstMemory *memory = gst_buffer_peek_memory (buffer, 0);
  gsize size = gst_buffer_get_size (buffer);
  gpointer data = mmap (NULL, size, PROT_READ, MAP_SHARED,
      gst_dmabuf_memory_get_fd (memory), 0);

  if (data == MAP_FAILED)
    g_error ("There is nothing to see");
  fwrite (data, 1, size, out);
  munmap (data, size);
}

/* What was written is forgotten. */
static gboolean
seek_to_middle (GstElement * pipeline, FILE * out)
{
  gint64 duration;

  rewind (out);
  return ftruncate (fileno (out), 0) == 0
      && gst_element_query_duration (pipeline, GST_FORMAT_TIME, &duration)
      && gst_element_seek_simple (pipeline, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_KEY_UNIT, duration / 2);
}

int
main (int argc, char **argv)
{
  GstElement *pipeline, *element;
  gboolean seek, good;
  FILE *out;
  int i;

  gst_init (&argc, &argv);
  seek = argc > 1 && strcmp (argv[1], "--seek") == 0;
  if (seek) {
    argc--;
    argv++;
  }
  if (argc < 3 || !GST_ELEMENT_REGISTER (protexdecrypt, NULL))
    return 2;
  out = fopen (argv[2], "wb");
  pipeline = gst_parse_launch ("filesrc name=source ! qtdemux name=demux "
      "demux.video_0 ! protexdecrypt name=decrypt ! fakesink name=sink "
      "signal-handoffs=true", NULL);
  if (!out || !pipeline)
    return 2;
  element = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_object_set (element, "location", argv[1], NULL);
  gst_object_unref (element);
  element = gst_bin_get_by_name (GST_BIN (pipeline), "decrypt");
  for (i = 3; i < argc; i++) {
    gchar *value = strchr (argv[i], '=');

    *value = 0;
    gst_util_set_object_arg (G_OBJECT (element), argv[i], value + 1);
  }
  gst_object_unref (element);
  element = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_signal_connect (element, "handoff", G_CALLBACK (write_buffer), out);
  gst_object_unref (element);

  good = run_to_end (pipeline);
  if (seek)
    good = good && seek_to_middle (pipeline, out) && run_to_end (pipeline);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return fclose (out) == 0 && good ? 0 : 1;
}
