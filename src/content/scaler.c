/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

#include "scaler.h"

static int is_for(struct SwsContext *scaler, const char *option, int64_t value)
{
	int64_t now;

	return av_opt_get_int(scaler, option, 0, &now) >= 0 && now == value;
}

int scaler_prepare(struct SwsContext **scaler, const AVFrame *from, const AVFrame *to, int matrix,
		   int full_range)
{
	const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(from->format);
	int from_full = format && format->flags & AV_PIX_FMT_FLAG_RGB ? 1 : full_range;
	const int *coefficients = sws_getCoefficients(matrix);
	int ret;

	if (*scaler && is_for(*scaler, "srcw", from->width) && is_for(*scaler, "srch", from->height) &&
	    is_for(*scaler, "src_format", from->format))
		return 0;
	sws_freeContext(*scaler);
	*scaler = sws_alloc_context();
	if (!*scaler)
		return AVERROR(ENOMEM);
	av_opt_set_int(*scaler, "srcw", from->width, 0);
	av_opt_set_int(*scaler, "srch", from->height, 0);
	av_opt_set_int(*scaler, "src_format", from->format, 0);
	av_opt_set_int(*scaler, "dstw", to->width, 0);
	av_opt_set_int(*scaler, "dsth", to->height, 0);
	av_opt_set_int(*scaler, "dst_format", to->format, 0);
	av_opt_set_int(*scaler, "sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND, 0);
	av_opt_set(*scaler, "alphablend", "uniform_color", 0);
	/* Before, so that tables are made of it, and after, since that forgets it for RGB. */
	sws_setColorspaceDetails(*scaler, coefficients, from_full, coefficients, full_range, 0, 1 << 16,
				 1 << 16);
	ret = sws_init_context(*scaler, NULL, NULL);
	if (ret < 0)
		return ret;
	sws_setColorspaceDetails(*scaler, coefficients, from_full, coefficients, full_range, 0, 1 << 16,
				 1 << 16);
	return 0;
}
