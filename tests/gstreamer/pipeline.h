/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef __PIPELINE_H__
#define __PIPELINE_H__

#include <gst/gst.h>

/* Plays to the end. FALSE: there was an error, which is on standard error. */
gboolean run_to_end (GstElement * pipeline);

#endif
