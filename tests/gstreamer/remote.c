/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gst-remote PIPELINE: a pipeline, as gst-launch-1.0 takes it, that is told what to do by lines:
 *
 *	hold MS		show the picture of that moment, in PAUSED
 *	play		go on to the end
 *	open URI	another file, for a playbin
 *
 * It answers each by "held MS", "ended" or "opened", or ends with 1 when something fails. It begins in READY.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gst/gst.h>

static gboolean
wait_for (GstElement * pipeline, GstMessageType type)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_ERROR | type);
  gboolean ret = GST_MESSAGE_TYPE (message) != GST_MESSAGE_ERROR;

  if (!ret) {
    GError *error;
    gchar *debug;

    gst_message_parse_error (message, &error, &debug);
    printf ("%s: %s\n%s\n", GST_OBJECT_NAME (message->src), error->message,
        GST_STR_NULL (debug));
    g_error_free (error);
    g_free (debug);
  }
  gst_message_unref (message);
  gst_object_unref (bus);
  return ret;
}

/* To PAUSED, which has it that there is a picture. */
static gboolean
preroll (GstElement * pipeline)
{
  switch (gst_element_set_state (pipeline, GST_STATE_PAUSED)) {
    case GST_STATE_CHANGE_ASYNC:
      return wait_for (pipeline, GST_MESSAGE_ASYNC_DONE);
    case GST_STATE_CHANGE_FAILURE:
      wait_for (pipeline, 0);
      return FALSE;
    default:
      return TRUE;
  }
}

static gboolean
hold (GstElement * pipeline, const char *ms)
{
  return preroll (pipeline)
      && gst_element_seek_simple (pipeline, GST_FORMAT_TIME,
      GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
      strtoul (ms, NULL, 10) * GST_MSECOND)
      && wait_for (pipeline, GST_MESSAGE_ASYNC_DONE)
      && printf ("held %s\n", ms) > 0;
}

static gboolean
play (GstElement * pipeline)
{
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return wait_for (pipeline, GST_MESSAGE_EOS) && puts ("ended") >= 0;
}

static gboolean
open_uri (GstElement * pipeline, const char *uri)
{
  gst_element_set_state (pipeline, GST_STATE_READY);
  g_object_set (pipeline, "uri", uri, NULL);
  return puts ("opened") >= 0;
}

static gboolean
obey (GstElement * pipeline, const char *line)
{
  if (g_str_has_prefix (line, "hold "))
    return hold (pipeline, line + 5);
  if (strcmp (line, "play") == 0)
    return play (pipeline);
  if (g_str_has_prefix (line, "open "))
    return open_uri (pipeline, line + 5);
  fprintf (stderr, "nothing is called %s\n", line);
  return FALSE;
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  GstElement *pipeline;
  char line[4096];
  gboolean good = TRUE;

  setvbuf (stdout, NULL, _IOLBF, 0);
  gst_init (&argc, &argv);
  if (argc < 2)
    return 2;
  pipeline = gst_parse_launchv ((const gchar **) argv + 1, &error);
  if (!pipeline || error) {
    fprintf (stderr, "%s\n", error->message);
    return 2;
  }
  while (good && fgets (line, sizeof (line), stdin)) {
    line[strcspn (line, "\n")] = 0;
    good = obey (pipeline, line);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return good ? 0 : 1;
}
