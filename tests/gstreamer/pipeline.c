/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pipeline.h"

gboolean
run_to_end (GstElement * pipeline)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;
  gboolean ret;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  ret = GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS;
  if (!ret) {
    GError *error;

    gst_message_parse_error (message, &error, NULL);
    g_printerr ("# %s\n", error->message);
    g_error_free (error);
  }
  gst_message_unref (message);
  gst_object_unref (bus);
  return ret;
}
