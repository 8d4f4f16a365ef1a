/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/fifo.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>

#include "demux.h"
#include "failure.h"
#include "scaler.h"
#include "times.h"
#include "transcode.h"

struct transcoder {
	AVFormatContext *format;
	AVStream *video;
	AVCodecContext *decoder, *encoder;
	AVCodecParameters *parameters;
	AVFrame *frame, *converted;
	struct SwsContext *scaler;
	AVFifo *packets; /* that were encoded */
	uint64_t lost;
	int64_t last_time;
	const char *dropped[4];
};

static int failed(struct protex_error *error, int code, const char *what)
{
	return demux_fail(error, "video", code, what);
}

int transcoder_open(struct transcoder **out, AVFormatContext *format, AVStream *video,
		    struct protex_error *error)
{
	const AVCodec *codec = avcodec_find_decoder(video->codecpar->codec_id);
	struct transcoder *t;
	int ret;

	if (!codec)
		return fail(error, -ENOTSUP, "this libav has no decoder for its video (%s)",
			    avcodec_get_name(video->codecpar->codec_id));
	if (!avcodec_find_encoder(AV_CODEC_ID_H264))
		return fail(error, -ENOTSUP, "this libav has no encoder for H.264, to which its video "
					     "(%s) would have to be transcoded",
			    avcodec_get_name(video->codecpar->codec_id));
	t = calloc(1, sizeof(*t));
	if (!t)
		return fail(error, -ENOMEM, "out of memory");
	t->format = format;
	t->video = video;
	t->last_time = INT64_MIN;
	t->decoder = avcodec_alloc_context3(codec);
	t->parameters = avcodec_parameters_alloc();
	t->frame = av_frame_alloc();
	t->converted = av_frame_alloc();
	t->packets = av_fifo_alloc2(16, sizeof(AVPacket *), AV_FIFO_FLAG_AUTO_GROW);
	ret = t->decoder && t->parameters && t->frame && t->converted && t->packets
		      ? 0 : AVERROR(ENOMEM);
	if (ret == 0)
		ret = avcodec_parameters_to_context(t->decoder, video->codecpar);
	if (ret >= 0) {
		t->decoder->pkt_timebase = video->time_base;
		ret = avcodec_open2(t->decoder, codec, NULL);
	}
	if (ret < 0) {
		transcoder_close(t);
		return failed(error, ret, "cannot decode it");
	}
	*out = t;
	return 0;
}

void transcoder_close(struct transcoder *t)
{
	AVPacket *packet;

	if (!t)
		return;
	while (t->packets && av_fifo_read(t->packets, &packet, 1) >= 0)
		av_packet_free(&packet);
	av_fifo_freep2(&t->packets);
	sws_freeContext(t->scaler);
	av_frame_free(&t->frame);
	av_frame_free(&t->converted);
	avcodec_parameters_free(&t->parameters);
	avcodec_free_context(&t->decoder);
	avcodec_free_context(&t->encoder);
	free(t);
}

/* What H.264 in 8 bits, as decoders have it, does not carry. */
static void note_dropped(struct transcoder *t)
{
	const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(t->frame->format);
	unsigned n = 0;

	if (format && format->flags & AV_PIX_FMT_FLAG_ALPHA)
		t->dropped[n++] = "transparency, which is over black now";
	if (format && format->comp[0].depth > 8)
		t->dropped[n++] = "more than 8 bits a sample";
	if ((t->frame->width | t->frame->height) & 1)
		t->dropped[n++] = "an odd number of pixels a side, which is one more now";
}

/* RGB has no matrix of its own: what players take such a size for. */
static void choose_colours(AVCodecContext *encoder, const AVFrame *frame)
{
	const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
	bool rgb = format && format->flags & AV_PIX_FMT_FLAG_RGB;

	encoder->colorspace = frame->colorspace;
	encoder->color_range = frame->color_range;
	if (rgb) {
		encoder->colorspace = frame->height >= 720 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
		encoder->color_range = AVCOL_RANGE_MPEG;
	}
	encoder->color_primaries = frame->color_primaries;
	encoder->color_trc = frame->color_trc;
	encoder->chroma_sample_location = frame->chroma_location;
}

/* A photograph says how it is to be turned in the picture, a container in the stream. */
static int copy_rotation(struct transcoder *t)
{
	const AVFrameSideData *turn = av_frame_get_side_data(t->frame, AV_FRAME_DATA_DISPLAYMATRIX);
	AVCodecParameters *to = t->parameters;
	const AVPacketSideData *stream =
		av_packet_side_data_get(t->video->codecpar->coded_side_data,
					t->video->codecpar->nb_coded_side_data,
					AV_PKT_DATA_DISPLAYMATRIX);
	const uint8_t *matrix = stream ? stream->data : turn ? turn->data : NULL;
	AVPacketSideData *side;

	if (!matrix)
		return 0;
	side = av_packet_side_data_new(&to->coded_side_data, &to->nb_coded_side_data,
				       AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(int32_t), 0);
	if (!side)
		return AVERROR(ENOMEM);
	memcpy(side->data, matrix, 9 * sizeof(int32_t));
	return 0;
}

/* Pictures from one that can be sought to up to the next, of two seconds. */
static int gop_size(AVRational rate)
{
	/* What a file says can be any number, as can its times: nobody shows more. */
	double pictures = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 25;

	return 2 * (int)(FFMIN(pictures, 240) + 0.5) + 1;
}

static int open_encoder(struct transcoder *t)
{
	const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_H264);
	AVRational rate = av_guess_frame_rate(t->format, t->video, NULL);
	AVCodecContext *encoder = avcodec_alloc_context3(codec);
	int ret;

	if (!encoder)
		return AVERROR(ENOMEM);
	t->encoder = encoder;
	encoder->width = (t->frame->width + 1) & ~1;
	encoder->height = (t->frame->height + 1) & ~1;
	encoder->pix_fmt = AV_PIX_FMT_YUV420P;
	encoder->time_base = t->video->time_base;
	encoder->framerate = rate;
	encoder->sample_aspect_ratio = av_guess_sample_aspect_ratio(t->format, t->video, t->frame);
	encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_FRAME_DURATION;
	/* So that one can seek to every other second or so. */
	encoder->gop_size = gop_size(rate);
	choose_colours(encoder, t->frame);
	/* Of x264; another encoder has its own ways. */
	av_opt_set(encoder->priv_data, "preset", "veryfast", 0);
	av_opt_set(encoder->priv_data, "crf", "18", 0);
	ret = avcodec_open2(encoder, codec, NULL);
	if (ret >= 0)
		ret = avcodec_parameters_from_context(t->parameters, encoder);
	if (ret >= 0)
		ret = copy_rotation(t);
	return ret;
}

static int convert(struct transcoder *t)
{
	AVFrame *to = t->converted;
	int matrix = t->encoder->colorspace == AVCOL_SPC_BT709	     ? SWS_CS_ITU709
		     : t->encoder->colorspace == AVCOL_SPC_BT2020_NCL ? SWS_CS_BT2020
								     : SWS_CS_ITU601;
	int ret;

	av_frame_unref(to);
	to->format = t->encoder->pix_fmt;
	to->width = t->encoder->width;
	to->height = t->encoder->height;
	ret = av_frame_get_buffer(to, 0);
	if (ret >= 0)
		ret = scaler_prepare(&t->scaler, t->frame, to, matrix,
				     t->encoder->color_range == AVCOL_RANGE_JPEG);
	if (ret >= 0)
		ret = sws_scale(t->scaler, (const uint8_t *const *)t->frame->data, t->frame->linesize, 0,
				t->frame->height, to->data, to->linesize);
	return ret < 0 ? ret : 0;
}

/* An encoder takes no more before what it made was taken. NULL: the end. */
static int encode(struct transcoder *t, const AVFrame *frame)
{
	int ret = avcodec_send_frame(t->encoder, frame);

	while (ret >= 0) {
		AVPacket *packet = av_packet_alloc();

		ret = packet ? avcodec_receive_packet(t->encoder, packet) : AVERROR(ENOMEM);
		if (ret >= 0)
			ret = av_fifo_write(t->packets, &packet, 1);
		if (ret < 0)
			av_packet_free(&packet);
	}
	return ret == AVERROR(EAGAIN) || ret == AVERROR_EOF ? 0 : ret;
}

static int encode_frame(struct transcoder *t)
{
	AVFrame *frame = t->frame;
	int64_t time = times_sane(frame->best_effort_timestamp);
	int ret = 0;

	if (!t->encoder) {
		note_dropped(t);
		ret = open_encoder(t);
		if (ret < 0)
			return ret;
	}
	if (frame->format != t->encoder->pix_fmt || frame->width != t->encoder->width ||
	    frame->height != t->encoder->height) {
		ret = convert(t);
		frame = t->converted;
	}
	if (ret < 0)
		return ret;
	/* Encoders take no two pictures of one time. */
	if (time == AV_NOPTS_VALUE || time <= t->last_time)
		time = t->last_time == INT64_MIN ? 0 : t->last_time + 1;
	t->last_time = time;
	frame->pts = time;
	frame->duration = t->frame->duration;
	frame->pict_type = AV_PICTURE_TYPE_NONE;
	return encode(t, frame);
}

int transcoder_send(struct transcoder *t, const AVPacket *packet, struct protex_error *error)
{
	int ret = avcodec_send_packet(t->decoder, packet);

	if (ret == AVERROR(ENOMEM))
		return failed(error, ret, "cannot decode it");
	if (ret < 0)
		t->lost++;
	for (;;) {
		ret = avcodec_receive_frame(t->decoder, t->frame);
		if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF)
			break;
		if (ret == AVERROR(ENOMEM))
			return failed(error, ret, "cannot decode it");
		if (ret < 0 || t->frame->decode_error_flags || t->frame->flags & AV_FRAME_FLAG_CORRUPT)
			t->lost++;
		if (ret < 0)
			continue;
		ret = encode_frame(t);
		av_frame_unref(t->frame);
		if (ret < 0)
			return failed(error, ret, "cannot encode it as H.264");
	}
	if (packet)
		return 0;
	if (!t->encoder)
		return fail(error, -EINVAL, "it has no pictures%s",
			    t->lost ? " that can be decoded" : "");
	ret = encode(t, NULL);
	return ret < 0 ? failed(error, ret, "cannot encode it as H.264") : 0;
}

bool transcoder_receive(struct transcoder *t, AVPacket *to)
{
	AVPacket *packet;

	if (av_fifo_read(t->packets, &packet, 1) < 0)
		return false;
	av_packet_move_ref(to, packet);
	av_packet_free(&packet);
	return true;
}

const AVCodecParameters *transcoder_parameters(const struct transcoder *t)
{
	return t->encoder ? t->parameters : NULL;
}

uint64_t transcoder_lost(const struct transcoder *t)
{
	return t->lost;
}

const char *transcoder_dropped(const struct transcoder *t, unsigned i)
{
	return i < sizeof(t->dropped) / sizeof(t->dropped[0]) ? t->dropped[i] : NULL;
}
