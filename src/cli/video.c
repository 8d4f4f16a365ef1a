/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

#include "command.h"
#include "container.h"
#include "demux.h"
#include "fail.h"
#include "pace.h"
#include "packet_encryption.h"
#include "scaler.h"
#include "video.h"

struct video {
	struct demux *demux;
	const struct keys *keys;
	AVCodecContext *codec;
	AVPacket *packet;
	AVFrame *frame;	   /* what the decoder gave */
	AVFrame *nv12;	   /* what it was converted to, if it was not NV12 */
	struct SwsContext *scaler;
	bool have_frame; /* frame is the next picture, not yet given out */
	bool draining;
	uint64_t given;
	double rotation; /* of the first picture or the stream, in degrees anticlockwise */
	enum AVColorTransferCharacteristic transfer;
	uint64_t lost; /* packets and pictures that could not be decoded, or not right */
	struct pace pace;
	struct video_info info;
	char path[];
};

static int av_fail(struct protex_error *error, const struct video *video, int code,
		   const char *what)
{
	return demux_fail(error, video->path, code, what);
}

/* Decrypts the packet, if it is encrypted and the key was given. */
static int decrypt(struct video *video, struct protex_error *error)
{
	struct protex_error why;
	int ret = packet_decrypt(video->packet, video->keys, &why);

	/* One packet that is damaged is lost, like any other. */
	if (ret == -EBADMSG)
		return 0;
	return ret < 0 ? fail(error, ret, "%s: %s", video->path, why.message) : 0;
}

/* Gives the decoder the next packet of the video, or tells it that there is none. */
static int feed(struct video *video, struct protex_error *error)
{
	int ret = demux_read(video->demux, video->packet, error);

	if (ret < 0)
		return ret;
	if (ret == 0) {
		video->draining = true;
		ret = avcodec_send_packet(video->codec, NULL);
	} else {
		if (video->packet->stream_index == demux_video(video->demux)->index) {
			ret = decrypt(video, error);
			if (ret < 0)
				return ret;
			ret = avcodec_send_packet(video->codec, video->packet);
		}
		av_packet_unref(video->packet);
	}
	if (ret == AVERROR(ENOMEM))
		return av_fail(error, video, ret, "cannot decode the video");
	if (ret < 0)
		video->lost++;
	return 0;
}

/* Decodes into video->frame. Returns 1, or 0 at the end. What is damaged is counted, and goes on. */
static int decode(struct video *video, struct protex_error *error)
{
	for (;;) {
		int ret = avcodec_receive_frame(video->codec, video->frame);

		if (ret == 0) {
			if (video->frame->decode_error_flags ||
			    video->frame->flags & AV_FRAME_FLAG_CORRUPT)
				video->lost++;
			return 1;
		}
		if (ret == AVERROR_EOF)
			return 0;
		if (ret == AVERROR(ENOMEM))
			return av_fail(error, video, ret, "cannot decode the video");
		if (ret != AVERROR(EAGAIN)) {
			video->lost++;
			continue;
		}
		ret = feed(video, error);
		if (ret < 0)
			return ret;
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
	AVStream *stream = demux_video(video->demux);
	AVRational rate = av_guess_frame_rate(demux_format(video->demux), stream, NULL);

	if (rate.num <= 0 || rate.den <= 0 || rate.num > INT64_C(1000) * rate.den)
		rate = (AVRational){25, 1};
	video->info.rate_numerator = (uint32_t)rate.num;
	video->info.rate_denominator = (uint32_t)rate.den;
	video->info.frame_count = stream->nb_frames > 0 ? (uint64_t)stream->nb_frames : 0;
}

static int open_codec(struct video *video, struct protex_error *error)
{
	const AVCodecParameters *parameters = demux_video(video->demux)->codecpar;
	const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
	int ret;

	if (!codec)
		return fail(error, -EINVAL, "%s: this libav has no decoder for its video",
			    video->path);
	video->codec = avcodec_alloc_context3(codec);
	if (!video->codec)
		return fail(error, -ENOMEM, "out of memory");
	ret = avcodec_parameters_to_context(video->codec, parameters);
	video->codec->pkt_timebase = demux_video(video->demux)->time_base;
	if (ret >= 0)
		ret = avcodec_open2(video->codec, codec, NULL);
	if (ret < 0)
		return av_fail(error, video, ret, "cannot decode its video");
	return 0;
}

/* A container says it of the stream, a photograph of the picture. */
static double rotation_of(const struct video *video)
{
	const AVCodecParameters *parameters = demux_video(video->demux)->codecpar;
	const AVPacketSideData *stream =
		av_packet_side_data_get(parameters->coded_side_data, parameters->nb_coded_side_data,
					AV_PKT_DATA_DISPLAYMATRIX);
	const AVFrameSideData *picture =
		av_frame_get_side_data(video->frame, AV_FRAME_DATA_DISPLAYMATRIX);
	const uint8_t *matrix = stream ? stream->data : picture ? picture->data : NULL;

	return matrix ? av_display_rotation_get((const int32_t *)matrix) : 0;
}

int video_open(struct video **out, const char *path, const struct keys *keys,
	       struct protex_error *error)
{
	struct video *video = calloc(1, sizeof(*video) + strlen(path) + 1);
	int ret;

	if (!video)
		return fail(error, -ENOMEM, "out of memory");
	strcpy(video->path, path);
	video->keys = keys;
	video->packet = av_packet_alloc();
	video->frame = av_frame_alloc();
	video->nv12 = av_frame_alloc();
	ret = video->packet && video->frame && video->nv12
		      ? demux_open(&video->demux, path, &stop_signal, error)
		      : fail(error, -ENOMEM, "out of memory");
	if (ret == 0)
		ret = open_codec(video, error);
	if (ret == 0) {
		ret = decode(video, error);
		if (ret == 0)
			ret = fail(error, -EINVAL, "%s has no pictures in it%s", path,
				   video->lost ? " that can be decoded" : "");
	}
	if (ret < 0) {
		video_close(video);
		return ret;
	}
	video->have_frame = true;
	video->info.width = (uint32_t)video->frame->width;
	video->info.height = (uint32_t)video->frame->height;
	learn_colours(&video->info, video->frame);
	video->rotation = rotation_of(video);
	video->transfer = video->frame->color_trc;
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
	demux_close(video->demux);
	free(video);
}

void video_tell_dropped(const struct video *video)
{
	const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(video->codec->pix_fmt);
	AVRational aspect = av_guess_sample_aspect_ratio(demux_format(video->demux),
							 demux_video(video->demux), NULL);

	if (video->rotation != 0)
		fprintf(stderr, "protex pack: %s is to be turned by %.0f degrees anticlockwise, which "
				"raw frames do not say\n", video->path, video->rotation);
	if (aspect.num > 0 && aspect.num != aspect.den)
		fprintf(stderr, "protex pack: %s has pixels of %d:%d, which raw frames do not say\n",
			video->path, aspect.num, aspect.den);
	if (video->transfer == AVCOL_TRC_SMPTE2084 || video->transfer == AVCOL_TRC_ARIB_STD_B67)
		fprintf(stderr, "protex pack: %s has a high dynamic range (%s), which raw frames do "
				"not say\n", video->path, av_color_transfer_name(video->transfer));
	if (format && format->comp[0].depth > 8)
		fprintf(stderr, "protex pack: %s has %d bits a sample; raw frames have 8\n",
			video->path, format->comp[0].depth);
	if (format && format->flags & AV_PIX_FMT_FLAG_ALPHA)
		fprintf(stderr, "protex pack: %s is transparent; raw frames are over black\n",
			video->path);
}

void video_rate(const struct video *video, uint32_t *numerator, uint32_t *denominator, bool *varies)
{
	AVRational tick = demux_video(video->demux)->time_base;

	*numerator = video->info.rate_numerator;
	*denominator = video->info.rate_denominator;
	*varies = pace_varies(&video->pace);
	pace_rate(&video->pace, tick.num, tick.den, numerator, denominator);
}

uint64_t video_lost(const struct video *video)
{
	return video->lost;
}

const char *video_complaint(const struct video *video)
{
	return demux_complaint(video->demux);
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
	int matrix = video->info.matrix == CONTAINER_MATRIX_BT709    ? SWS_CS_ITU709
		     : video->info.matrix == CONTAINER_MATRIX_BT2020 ? SWS_CS_BT2020
								     : SWS_CS_ITU601;
	int ret;

	av_frame_unref(video->nv12);
	video->nv12->format = AV_PIX_FMT_NV12;
	video->nv12->width = frame->width;
	video->nv12->height = frame->height;
	ret = av_frame_get_buffer(video->nv12, 0);
	if (ret >= 0)
		ret = scaler_prepare(&video->scaler, frame, video->nv12, matrix,
				     video->info.full_range);
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
	if (frame->best_effort_timestamp != AV_NOPTS_VALUE)
		pace_add(&video->pace, frame->best_effort_timestamp);
	av_frame_unref(video->frame);
	if (ret < 0)
		return ret;
	video->given++;
	return 1;
}
