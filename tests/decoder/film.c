/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include <linux/videodev2.h>

#include <libavcodec/avcodec.h>

#include "film.h"
#include "packet_encryption.h"

static uint32_t fourcc_of(enum AVCodecID codec)
{
	switch (codec) {
	case AV_CODEC_ID_H264: return V4L2_PIX_FMT_H264;
	case AV_CODEC_ID_HEVC: return v4l2_fourcc('H', 'E', 'V', 'C');
	case AV_CODEC_ID_VP9: return V4L2_PIX_FMT_VP9;
	case AV_CODEC_ID_AV1: return v4l2_fourcc('A', 'V', '0', '1');
	default: return 0;
	}
}

/* NV12. */
static void lay_out(struct bytes *to, const AVFrame *frame)
{
	unsigned row = FILM_ROW(frame->width);
	uint8_t *line = calloc(1, row);

	for (int y = 0; y < frame->height; y++) {
		memcpy(line, frame->data[0] + y * frame->linesize[0], (size_t)frame->width);
		bytes_put(to, line, row);
	}
	for (int y = 0; y < frame->height / 2; y++) {
		for (int x = 0; x < frame->width / 2; x++) {
			line[2 * x] = frame->data[1][y * frame->linesize[1] + x];
			line[2 * x + 1] = frame->data[2][y * frame->linesize[2] + x];
		}
		bytes_put(to, line, row);
	}
	free(line);
}

static bool decode(struct film *f, AVCodecContext *decoder, const struct bytes *unit)
{
	AVPacket *packet = av_packet_alloc();
	AVFrame *frame = av_frame_alloc();
	bool good = packet && frame;

	if (good && unit) {
		good = av_new_packet(packet, (int)unit->size) == 0;
		if (good)
			memcpy(packet->data, unit->data, unit->size);
	}
	good = good && avcodec_send_packet(decoder, unit ? packet : NULL) == 0;
	while (good && avcodec_receive_frame(decoder, frame) == 0) {
		if (f->picture_count < FILM_LENGTH && frame->format == AV_PIX_FMT_YUV420P)
			lay_out(&f->pictures[f->picture_count++], frame);
		av_frame_unref(frame);
	}
	av_packet_free(&packet);
	av_frame_free(&frame);
	return good;
}

static bool read_units(struct film *f, const char *key_file, struct protex_error *error)
{
	AVPacket *packet = av_packet_alloc();
	struct player *p = &f->player;

	while (packet && f->length < FILM_LENGTH && demux_read(p->demux, packet, error) > 0) {
		struct cenc_sample *sample = &f->samples[f->length];

		if (packet->stream_index == demux_video(p->demux)->index) {
			if (packet_encryption(packet, sample, error) < 0)
				return false;
			if (sample->scheme && !p->key_id && !player_find_key(p, sample->key_id, key_file, error))
				return false;
			if (!player_expect(p, packet, sample, &f->bitstream[f->length], error))
				return false;
			f->packets[f->length++] = av_packet_clone(packet);
			/* Only the first has the parameter sets in front. */
			if (f->length == 1)
				p->head.size = 0;
		}
		av_packet_unref(packet);
	}
	av_packet_free(&packet);
	return f->length > 0;
}

bool film_open(struct film *f, const char *path, const char *key_file, struct protex_error *error)
{
	enum AVCodecID codec;
	AVCodecContext *decoder;
	size_t head;
	bool good;

	*f = (struct film){0};
	if (!player_open(&f->player, path, error))
		return false;
	head = f->player.head.size;
	codec = demux_video(f->player.demux)->codecpar->codec_id;
	f->fourcc = fourcc_of(codec);
	if (!read_units(f, key_file, error))
		return false;
	f->player.head.size = head;
	decoder = avcodec_alloc_context3(avcodec_find_decoder(codec));
	good = decoder && avcodec_open2(decoder, NULL, NULL) == 0;
	for (unsigned i = 0; good && i <= f->length; i++)
		good = decode(f, decoder, i < f->length ? &f->bitstream[i] : NULL);
	avcodec_free_context(&decoder);
	return good;
}

void film_close(struct film *f)
{
	for (unsigned i = 0; i < FILM_LENGTH; i++) {
		av_packet_free(&f->packets[i]);
		free(f->samples[i].subsamples);
		bytes_free(&f->bitstream[i]);
		bytes_free(&f->pictures[i]);
	}
	player_close(&f->player);
}

uint64_t film_decrypt(struct film *f, unsigned n, struct protex_error *error)
{
	size_t head = f->player.head.size;
	struct protex_sample s;
	uint64_t written = 0;
	int ret;

	if (n)
		f->player.head.size = 0;
	s = player_describe(&f->player, f->packets[n], &f->samples[n], 0);
	ret = protex_ta_decrypt_sample(f->player.session, &s, &written, error);
	f->player.head.size = head;
	return ret ? 0 : written;
}
