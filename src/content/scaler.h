/* SPDX-License-Identifier: MIT */
#ifndef PROTEX_CONTENT_SCALER_H
#define PROTEX_CONTENT_SCALER_H

#include <libavutil/frame.h>
#include <libswscale/swscale.h>

/*
 * Has *scaler convert frames like from to those like to, over black where they are transparent. The
 * matrix (SWS_CS_*) and range are those of to; of from, too, unless that is RGB. It may have done
 * another conversion before, or be NULL. Negative: libav's error.
 */
int scaler_prepare(struct SwsContext **scaler, const AVFrame *from, const AVFrame *to, int matrix,
		   int full_range);

#endif
