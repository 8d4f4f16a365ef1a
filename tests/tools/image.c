/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libavutil/log.h>
#include <libswscale/swscale.h>

#include "fail.h"
#include "image.h"

/* Decodes the first picture of a file. */
static AVFrame *decode_first(const char *path)
{
	AVFormatContext *format = NULL;
	AVCodecContext *codec = NULL;
	const AVCodec *decoder = NULL;
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	int stream, ret = -1;

	if (packet && frame && avformat_open_input(&format, path, NULL, NULL) >= 0 &&
	    avformat_find_stream_info(format, NULL) >= 0) {
		stream = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
		codec = stream >= 0 ? avcodec_alloc_context3(decoder) : NULL;
		if (codec &&
		    avcodec_parameters_to_context(codec, format->streams[stream]->codecpar) >= 0 &&
		    avcodec_open2(codec, decoder, NULL) >= 0 &&
		    av_read_frame(format, packet) >= 0 && avcodec_send_packet(codec, packet) >= 0 &&
		    avcodec_send_packet(codec, NULL) >= 0)
			ret = avcodec_receive_frame(codec, frame);
	}
	avcodec_free_context(&codec);
	avformat_close_input(&format);
	av_packet_free(&packet);
	if (ret < 0)
		av_frame_free(&frame);
	return frame;
}

int image_read(struct image *image, const char *path, struct protex_error *error)
{
	struct SwsContext *scaler;
	int stride, ret = -1;
	uint8_t *pixels;
	AVFrame *frame;

	av_log_set_level(AV_LOG_FATAL);
	frame = decode_first(path);
	if (!frame)
		return fail(error, -EINVAL, "%s is not a picture that can be read", path);
	stride = frame->width * 4;
	pixels = malloc((size_t)stride * (size_t)frame->height);
	scaler = sws_getContext(frame->width, frame->height, frame->format, frame->width,
				frame->height, AV_PIX_FMT_BGR0, SWS_POINT, NULL, NULL, NULL);
	if (pixels && scaler)
		ret = sws_scale(scaler, (const uint8_t *const *)frame->data, frame->linesize, 0,
				frame->height, &pixels, &stride);
	sws_freeContext(scaler);
	if (ret < 0) {
		free(pixels);
		av_frame_free(&frame);
		return fail(error, -EINVAL, "%s cannot be converted to RGB", path);
	}
	*image = (struct image){(uint32_t)frame->width, (uint32_t)frame->height, pixels};
	av_frame_free(&frame);
	return 0;
}

static AVFrame *to_rgb24(const struct image *image)
{
	AVFrame *frame = av_frame_alloc();

	if (!frame)
		return NULL;
	frame->format = AV_PIX_FMT_RGB24;
	frame->width = (int)image->width;
	frame->height = (int)image->height;
	if (av_frame_get_buffer(frame, 0) < 0) {
		av_frame_free(&frame);
		return NULL;
	}
	for (uint32_t y = 0; y < image->height; y++) {
		const uint8_t *from = image->pixels + (size_t)y * image->width * 4;
		uint8_t *to = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];

		for (uint32_t x = 0; x < image->width; x++) {
			to[3 * x] = from[4 * x + 2];
			to[3 * x + 1] = from[4 * x + 1];
			to[3 * x + 2] = from[4 * x];
		}
	}
	return frame;
}

int image_write(const struct image *image, const char *path, struct protex_error *error)
{
	const AVCodec *encoder = avcodec_find_encoder(AV_CODEC_ID_PNG);
	AVCodecContext *codec = encoder ? avcodec_alloc_context3(encoder) : NULL;
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = to_rgb24(image);
	FILE *file = NULL;
	bool ok = false;

	if (codec && packet && frame) {
		codec->width = frame->width;
		codec->height = frame->height;
		codec->pix_fmt = AV_PIX_FMT_RGB24;
		codec->time_base = (AVRational){1, 1};
		ok = avcodec_open2(codec, encoder, NULL) >= 0 &&
		     avcodec_send_frame(codec, frame) >= 0 &&
		     avcodec_receive_packet(codec, packet) >= 0;
	}
	if (ok)
		file = fopen(path, "wbe");
	if (file) {
		ok = fwrite(packet->data, (size_t)packet->size, 1, file) == 1;
		ok = fclose(file) == 0 && ok;
	}
	avcodec_free_context(&codec);
	av_packet_free(&packet);
	av_frame_free(&frame);
	if (!ok || !file)
		return fail(error, -EIO, "%s cannot be written: %s", path, strerror(errno));
	return 0;
}
