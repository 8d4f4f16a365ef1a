/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#include "command.h"
#include "container.h"
#include "fail.h"
#include "video.h"

struct video {
	AVFormatContext *format;
	AVCodecContext *codec;
	AVPacket *packet;
	AVFrame *frame;	   /* what the decoder gave */
	AVFrame *nv12;	   /* what it was converted to, if it was not NV12 */
	struct SwsContext *scaler;
	int stream;
	bool have_frame; /* frame is the next picture, not yet given out */
	bool draining;
	uint64_t given;
	struct video_info info;
	char path[];
};

static int av_fail(struct protex_error *error, const struct video *video, int code,
		   const char *what)
{
	char text[AV_ERROR_MAX_STRING_SIZE];

	if (code == AVERROR_EXIT)
		return fail(error, -EINTR, "%s: interrupted", video->path);
	av_strerror(code, text, sizeof(text));
	return fail(error, code == AVERROR(ENOMEM) ? -ENOMEM : -EINVAL, "%s: %s: %s", video->path,
		    what, text);
}

/* Decodes into video->frame. Returns 1, or 0 at the end. */
static int decode(struct video *video, struct protex_error *error)
{
	for (;;) {
		int ret = avcodec_receive_frame(video->codec, video->frame);

		if (ret == 0)
			return 1;
		if (ret == AVERROR_EOF)
			return 0;
		if (ret != AVERROR(EAGAIN))
			return av_fail(error, video, ret, "cannot decode the video");

		ret = video->draining ? AVERROR_EOF : av_read_frame(video->format, video->packet);
		if (ret == AVERROR_EOF) {
			video->draining = true;
			ret = avcodec_send_packet(video->codec, NULL);
		} else if (ret == 0) {
			if (video->packet->stream_index == video->stream)
				ret = avcodec_send_packet(video->codec, video->packet);
			av_packet_unref(video->packet);
		}
		if (ret < 0)
			return av_fail(error, video, ret, "cannot read the video");
	}
}

static void learn_colours(struct video_info *info, const AVFrame *frame)
{
	const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
	bool rgb = format && (format->flags & AV_PIX_FMT_FLAG_RGB);

	switch (frame->colorspace) {
	case AVCOL_SPC_BT709:
		info->matrix = CONTAINER_MATRIX_BT709;
		break;
	case AVCOL_SPC_BT470BG:
	case AVCOL_SPC_SMPTE170M:
		info->matrix = CONTAINER_MATRIX_BT601;
		break;
	case AVCOL_SPC_BT2020_NCL:
		info->matrix = CONTAINER_MATRIX_BT2020;
		break;
	default: /* what players do: high definition is BT.709 */
		info->matrix = frame->height >= 720 ? CONTAINER_MATRIX_BT709 : CONTAINER_MATRIX_BT601;
		info->matrix_guessed = true;
	}
	info->full_range = !rgb && (frame->color_range == AVCOL_RANGE_JPEG ||
				    frame->format == AV_PIX_FMT_YUVJ420P ||
				    frame->format == AV_PIX_FMT_YUVJ422P ||
				    frame->format == AV_PIX_FMT_YUVJ444P);
	switch (frame->chroma_location) {
	case AVCHROMA_LOC_LEFT:
		info->siting = CONTAINER_SITING_LEFT;
		break;
	case AVCHROMA_LOC_CENTER:
		info->siting = CONTAINER_SITING_CENTER;
		break;
	case AVCHROMA_LOC_TOPLEFT:
		info->siting = CONTAINER_SITING_TOP_LEFT;
		break;
	default: /* MPEG-2, H.264 and H.265 */
		info->siting = CONTAINER_SITING_LEFT;
		info->siting_guessed = true;
	}
}

static void learn_rate(struct video *video)
{
	AVStream *stream = video->format->streams[video->stream];
	AVRational rate = av_guess_frame_rate(video->format, stream, NULL);

	if (rate.num <= 0 || rate.den <= 0 || rate.num / rate.den > 1000)
		rate = (AVRational){25, 1};
	video->info.rate_numerator = (uint32_t)rate.num;
	video->info.rate_denominator = (uint32_t)rate.den;
	video->info.frame_count = stream->nb_frames > 0 ? (uint64_t)stream->nb_frames : 0;
}

/* libav asks this while it waits for input. */
static int is_interrupted(void *data)
{
	(void)data;
	return stop_signal != 0;
}

static int open_codec(struct video *video, struct protex_error *error)
{
	const AVCodec *codec = NULL;
	int ret;

	video->format = avformat_alloc_context();
	if (!video->format)
		return fail(error, -ENOMEM, "out of memory");
	video->format->interrupt_callback.callback = is_interrupted;
	ret = avformat_open_input(&video->format, video->path, NULL, NULL);
	if (ret == AVERROR_INVALIDDATA)
		return fail(error, -EINVAL, "%s is no video that libav knows", video->path);
	if (ret == AVERROR(ENOENT) || ret == AVERROR(EACCES) || ret == AVERROR(EISDIR))
		return fail(error, ret, "%s: %s", video->path, strerror(AVUNERROR(ret)));
	if (ret < 0)
		return av_fail(error, video, ret, "cannot open it");
	ret = avformat_find_stream_info(video->format, NULL);
	if (ret < 0)
		return av_fail(error, video, ret, "cannot find out what it contains");
	video->stream = av_find_best_stream(video->format, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
	if (video->stream == AVERROR_DECODER_NOT_FOUND)
		return fail(error, -EINVAL, "%s: this libav has no decoder for its video",
			    video->path);
	if (video->stream < 0)
		return fail(error, -EINVAL, "%s has no video in it", video->path);

	video->codec = avcodec_alloc_context3(codec);
	if (!video->codec)
		return fail(error, -ENOMEM, "out of memory");
	ret = avcodec_parameters_to_context(video->codec,
					    video->format->streams[video->stream]->codecpar);
	if (ret >= 0)
		ret = avcodec_open2(video->codec, codec, NULL);
	if (ret < 0)
		return av_fail(error, video, ret, "cannot decode its video");
	return 0;
}

int video_open(struct video **out, const char *path, struct protex_error *error)
{
	struct video *video = calloc(1, sizeof(*video) + strlen(path) + 1);
	int ret;

	if (!video)
		return fail(error, -ENOMEM, "out of memory");
	strcpy(video->path, path);
	av_log_set_level(AV_LOG_FATAL);
	video->packet = av_packet_alloc();
	video->frame = av_frame_alloc();
	video->nv12 = av_frame_alloc();
	ret = video->packet && video->frame && video->nv12 ? open_codec(video, error)
							    : fail(error, -ENOMEM, "out of memory");
	if (ret == 0) {
		ret = decode(video, error);
		if (ret == 0)
			ret = fail(error, -EINVAL, "%s has no pictures in it", path);
	}
	if (ret < 0) {
		video_close(video);
		return ret;
	}
	video->have_frame = true;
	video->info.width = (uint32_t)video->frame->width;
	video->info.height = (uint32_t)video->frame->height;
	learn_colours(&video->info, video->frame);
	learn_rate(video);
	*out = video;
	return 0;
}

void video_close(struct video *video)
{
	if (!video)
		return;
	sws_freeContext(video->scaler);
	av_frame_free(&video->nv12);
	av_frame_free(&video->frame);
	av_packet_free(&video->packet);
	avcodec_free_context(&video->codec);
	avformat_close_input(&video->format);
	free(video);
}

const struct video_info *video_info(const struct video *video)
{
	return &video->info;
}

int video_layout(const struct video_info *info, uint32_t stride_align, struct protex_layout *layout,
		 struct protex_error *error)
{
	if (info->width > CONTAINER_MAX_SIDE || info->height > CONTAINER_MAX_SIDE)
		return fail(error, -EINVAL,
			    "pictures of %" PRIu32 "x%" PRIu32 " are larger than the %u pixels a "
			    "side that a container takes",
			    info->width, info->height, CONTAINER_MAX_SIDE);
	return protex_layout_init(layout, (info->width + 1) & ~1u, (info->height + 1) & ~1u,
				  PROTEX_FORMAT_NV12, PROTEX_MODIFIER_LINEAR, stride_align, error);
}

/* Copies a row of samples of the given size, and repeats the last one up to the layout's width. */
static void copy_row(uint8_t *to, const struct protex_plane *plane, const uint8_t *from,
		     uint32_t width)
{
	uint32_t size = plane->bytes_per_sample;

	memcpy(to, from, (size_t)width * size);
	for (uint32_t x = width; x < plane->width; x++)
		memcpy(to + (size_t)x * size, from + (size_t)(width - 1) * size, size);
}

static void interleave_row(uint8_t *to, const struct protex_plane *plane, const uint8_t *u,
			   const uint8_t *v, uint32_t width)
{
	for (uint32_t x = 0; x < plane->width; x++) {
		uint32_t from = x < width ? x : width - 1;

		to[2 * x] = u[from];
		to[2 * x + 1] = v[from];
	}
}

/* An 8-bit 4:2:0 picture in two or three planes, sample by sample as the decoder gave it. */
static void copy_420(const AVFrame *frame, bool interleaved, const struct protex_layout *layout,
		     uint8_t *to)
{
	const struct protex_plane *luma = &layout->planes[0], *chroma = &layout->planes[1];
	uint32_t width = (uint32_t)frame->width, height = (uint32_t)frame->height;
	uint32_t chroma_width = (width + 1) / 2, chroma_height = (height + 1) / 2;

	memset(to, 0, (size_t)layout->size);
	for (uint32_t y = 0; y < luma->height; y++) {
		uint32_t from = y < height ? y : height - 1;

		copy_row(to + luma->offset + (size_t)y * luma->stride, luma,
			 frame->data[0] + (ptrdiff_t)from * frame->linesize[0], width);
	}
	for (uint32_t y = 0; y < chroma->height; y++) {
		ptrdiff_t from = y < chroma_height ? y : chroma_height - 1;
		uint8_t *row = to + chroma->offset + (size_t)y * chroma->stride;

		if (interleaved)
			copy_row(row, chroma, frame->data[1] + from * frame->linesize[1],
				 chroma_width);
		else
			interleave_row(row, chroma, frame->data[1] + from * frame->linesize[1],
				       frame->data[2] + from * frame->linesize[2], chroma_width);
	}
}

/* Any other format, by swscale, without a change of size, matrix or range (but RGB, which gets the
 * ones that info says). */
static int convert(struct video *video, const struct protex_layout *layout, uint8_t *to,
		   struct protex_error *error)
{
	const AVFrame *frame = video->frame;
	const int *matrix = sws_getCoefficients(video->info.matrix == CONTAINER_MATRIX_BT709
							? SWS_CS_ITU709
						: video->info.matrix == CONTAINER_MATRIX_BT2020
							? SWS_CS_BT2020
							: SWS_CS_ITU601);
	const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
	int full = video->info.full_range;
	int source_full = format && (format->flags & AV_PIX_FMT_FLAG_RGB) ? 1 : full;
	int ret;

	video->scaler = sws_getCachedContext(video->scaler, frame->width, frame->height,
					     frame->format, frame->width, frame->height,
					     AV_PIX_FMT_NV12, SWS_BICUBIC | SWS_ACCURATE_RND, NULL,
					     NULL, NULL);
	if (!video->scaler)
		return fail(error, -EINVAL, "%s: cannot convert its pixel format %s to NV12",
			    video->path, format ? format->name : "?");
	sws_setColorspaceDetails(video->scaler, matrix, source_full, matrix, full, 0, 1 << 16,
				 1 << 16);

	av_frame_unref(video->nv12);
	video->nv12->format = AV_PIX_FMT_NV12;
	video->nv12->width = frame->width;
	video->nv12->height = frame->height;
	ret = av_frame_get_buffer(video->nv12, 0);
	if (ret >= 0)
		ret = sws_scale(video->scaler, (const uint8_t *const *)frame->data, frame->linesize,
				0, frame->height, video->nv12->data, video->nv12->linesize);
	if (ret < 0)
		return av_fail(error, video, ret, "cannot convert to NV12");
	copy_420(video->nv12, true, layout, to);
	return 0;
}

int video_next(struct video *video, const struct protex_layout *layout, uint8_t *to,
	       struct protex_error *error)
{
	const AVFrame *frame = video->frame;
	int ret = 0;

	if (!video->have_frame) {
		ret = decode(video, error);
		if (ret <= 0)
			return ret;
	}
	video->have_frame = false;
	if ((uint32_t)frame->width != video->info.width ||
	    (uint32_t)frame->height != video->info.height)
		return fail(error, -EINVAL,
			    "%s changes its size to %dx%d at picture %" PRIu64
			    ": that is not supported; convert the clip to one size first",
			    video->path, frame->width, frame->height, video->given);

	switch (frame->format) {
	case AV_PIX_FMT_YUV420P:
	case AV_PIX_FMT_YUVJ420P:
		copy_420(frame, false, layout, to);
		ret = 0;
		break;
	case AV_PIX_FMT_NV12:
		copy_420(frame, true, layout, to);
		ret = 0;
		break;
	default:
		ret = convert(video, layout, to, error);
		break;
	}
	av_frame_unref(video->frame);
	if (ret < 0)
		return ret;
	video->given++;
	return 1;
}
