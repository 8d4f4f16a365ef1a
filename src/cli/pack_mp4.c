/* SPDX-License-Identifier: MIT */
/* From a video to an MP4 file with Common Encryption. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/fifo.h>

#include "cenc.h"
#include "command.h"
#include "crypto.h"
#include "demux.h"
#include "json.h"
#include "mux.h"
#include "new_file.h"
#include "pack.h"
#include "packet_encryption.h"
#include "times.h"
#include "transcode.h"

#define LEFT_OUT (-1)
/* Of packets that wait: an hour of audio as it is usually compressed. */
#define WAITING_SIZE (64 << 20)

/* A stream of the clip. */
struct track {
	int number; /* in the file, or LEFT_OUT */
	struct times times;
};

struct packing {
	const struct pack_options *options;
	struct demux *demux;
	struct transcoder *transcoder; /* NULL: the video stays as it is */
	struct new_file *file;
	struct mux *mux;
	struct mp4_protection protection;
	bool has_streams;
	struct track *tracks; /* those that the clip had when it was opened */
	unsigned track_count;
	AVPacket *packet;
	AVFifo *waiting;   /* packets, until it is known what the transcoder makes */
	int64_t waiting_size; /* in bytes */
	uint64_t pictures, lost, before_start;
};

static void release(struct packing *p)
{
	AVPacket *packet;

	while (p->waiting && av_fifo_read(p->waiting, &packet, 1) >= 0)
		av_packet_free(&packet);
	av_fifo_freep2(&p->waiting);
	av_packet_free(&p->packet);
	free(p->tracks);
	mux_close(p->mux);
	new_file_abort(p->file);
	transcoder_close(p->transcoder);
	demux_close(p->demux);
	crypto_wipe(&p->protection, sizeof(p->protection));
}

/* What comes from the libraries names no file. */
static int of_clip(const struct packing *p, int code, const struct protex_error *why,
		   struct protex_error *error)
{
	if (code == -EINTR)
		return fail(error, code, "interrupted; %s was not written", p->options->output);
	return fail(error, code, "%s: %.400s", p->options->input, why->message);
}

static bool stays_as_it_is(enum AVCodecID codec)
{
	return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_VP9 ||
	       codec == AV_CODEC_ID_AV1;
}

static int make_key(struct packing *p, struct protex_error *error)
{
	const struct pack_options *options = p->options;
	struct mp4_protection *to = &p->protection;
	uint8_t kek[16];
	int ret;

	to->scheme = options->scheme;
	ret = options->content_key ? crypto_read_key(options->content_key, to->key, error)
				   : crypto_random(to->key, sizeof(to->key), error);
	if (ret == 0)
		ret = crypto_random(to->key_id, sizeof(to->key_id), error);
	if (ret == 0 && options->key_id &&
	    (strlen(options->key_id) != 32 || !crypto_read_hex(options->key_id, to->key_id, 16)))
		ret = fail(error, -EINVAL, "'%s' is no key id: it has 32 hexadecimal digits",
			   options->key_id);
	if (ret == 0)
		ret = crypto_random(to->iv, sizeof(to->iv), error);
	if (ret == 0)
		ret = pack_read_kek(options, kek, error);
	if (ret == 0)
		ret = crypto_wrap_key(kek, to->key, &to->wrapped_key, error);
	crypto_wipe(kek, sizeof(kek));
	return ret;
}

static int make_tracks(struct packing *p, struct protex_error *error)
{
	const AVFormatContext *format = demux_format(p->demux);

	p->tracks = calloc(format->nb_streams, sizeof(*p->tracks));
	if (!p->tracks)
		return fail(error, -ENOMEM, "out of memory");
	p->track_count = format->nb_streams;
	for (unsigned i = 0; i < p->track_count; i++) {
		const AVStream *stream = format->streams[i];
		struct track *track = &p->tracks[i];

		track->number = LEFT_OUT;
		track->times.last_dts = AV_NOPTS_VALUE;
		track->times.delay = stream->codecpar->video_delay;
		if (stream->avg_frame_rate.num > 0)
			track->times.duration = av_rescale_q(1, av_inv_q(stream->avg_frame_rate),
							     stream->time_base);
	}
	return 0;
}

static int prepare(struct packing *p, struct protex_error *error)
{
	const struct pack_options *options = p->options;
	struct protex_error why;
	enum AVCodecID codec;
	int ret;

	p->packet = av_packet_alloc();
	p->waiting = av_fifo_alloc2(16, sizeof(AVPacket *), AV_FIFO_FLAG_AUTO_GROW);
	if (!p->packet || !p->waiting)
		return fail(error, -ENOMEM, "out of memory");
	ret = make_key(p, error);
	if (ret == 0)
		ret = demux_open(&p->demux, options->input, &stop_signal, error);
	if (ret == 0)
		ret = make_tracks(p, error);
	if (ret < 0)
		return ret;
	codec = demux_video(p->demux)->codecpar->codec_id;
	if (options->transcode || !stays_as_it_is(codec)) {
		ret = transcoder_open(&p->transcoder, demux_format(p->demux), demux_video(p->demux),
				      &why);
		if (ret < 0)
			return of_clip(p, ret, &why, error);
	}
	ret = new_file_open(&p->file, options->output, options->input, error);
	if (ret == 0)
		ret = mux_open(&p->mux, new_file_stream(p->file), &p->protection, error);
	return ret;
}

static int add_stream(struct packing *p, unsigned i, const AVCodecParameters *parameters,
		      struct protex_error *error)
{
	const AVStream *stream = demux_format(p->demux)->streams[i];
	struct protex_error why;
	int ret = mux_add_stream(p->mux, stream, parameters, stream->time_base, &why);

	if (ret == -ENOTSUP && stream != demux_video(p->demux)) {
		pack_tell(p->options, "its audio (%s) is left out: %s",
			  avcodec_get_name(parameters->codec_id), why.message);
		return 0;
	}
	if (ret < 0)
		return of_clip(p, ret, &why, error);
	p->tracks[i].number = ret;
	return 0;
}

/* Of what the file is to have. Some containers tell of a stream when it comes. */
static bool is_audio(const struct packing *p, unsigned i)
{
	return i < p->track_count &&
	       demux_format(p->demux)->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
}

/* The video, and all audio that MP4 can have. Others are told of. */
static int add_streams(struct packing *p, struct protex_error *error)
{
	const AVFormatContext *format = demux_format(p->demux);
	const AVStream *video = demux_video(p->demux);
	unsigned left_out = format->nb_streams - p->track_count;
	int ret = 0;

	for (unsigned i = 0; ret == 0 && i < p->track_count; i++) {
		const AVCodecParameters *parameters = format->streams[i]->codecpar;

		if (format->streams[i] == video)
			ret = add_stream(p, i, p->transcoder ? transcoder_parameters(p->transcoder)
							     : parameters, error);
		else if (is_audio(p, i))
			ret = add_stream(p, i, parameters, error);
		else
			left_out++;
	}
	if (left_out)
		pack_tell(p->options, "%u of its streams (subtitles, other videos, pictures, data) are "
				      "left out", left_out);
	p->has_streams = true;
	return ret;
}

/* Writes a packet of the clip, or of what was made of its video. Takes its content. */
static int write_packet(struct packing *p, AVPacket *packet, struct protex_error *error)
{
	struct track *track = &p->tracks[packet->stream_index];
	struct protex_error why;
	int ret;

	if (track->number == LEFT_OUT) {
		av_packet_unref(packet);
		return 0;
	}
	if (packet->stream_index == demux_video(p->demux)->index) {
		p->pictures++;
		p->before_start += (packet->flags & AV_PKT_FLAG_DISCARD) != 0;
	}
	times_mend(&track->times, packet);
	ret = mux_write(p->mux, track->number, packet, &why);
	return ret < 0 ? of_clip(p, ret, &why, error) : 0;
}

static int write_waiting(struct packing *p, struct protex_error *error)
{
	AVPacket *packet;
	int ret = 0;

	while (ret == 0 && av_fifo_read(p->waiting, &packet, 1) >= 0) {
		ret = write_packet(p, packet, error);
		av_packet_free(&packet);
	}
	return ret;
}

static int write_later(struct packing *p, AVPacket *packet, struct protex_error *error)
{
	AVPacket *copy;

	/* With what a packet costs beside its data. */
	p->waiting_size += packet->size + 256;
	if (p->waiting_size > WAITING_SIZE)
		return fail(error, -EINVAL,
			    "%s has no picture that can be decoded before %d MiB of its audio",
			    p->options->input, WAITING_SIZE >> 20);
	copy = av_packet_alloc();

	if (!copy)
		return fail(error, -ENOMEM, "out of memory");
	av_packet_move_ref(copy, packet);
	if (av_fifo_write(p->waiting, &copy, 1) < 0) {
		av_packet_free(&copy);
		return fail(error, -ENOMEM, "out of memory");
	}
	return 0;
}

/* Gives the transcoder a packet, or NULL at the end, and writes what it made. */
static int transcode(struct packing *p, AVPacket *packet, struct protex_error *error)
{
	struct protex_error why;
	int ret = transcoder_send(p->transcoder, packet, &why);

	if (packet)
		av_packet_unref(packet);
	if (ret < 0)
		return of_clip(p, ret, &why, error);
	if (!p->has_streams && transcoder_parameters(p->transcoder)) {
		ret = add_streams(p, error);
		if (ret == 0)
			ret = write_waiting(p, error);
	}
	while (ret == 0 && transcoder_receive(p->transcoder, p->packet)) {
		p->packet->stream_index = demux_video(p->demux)->index;
		ret = write_packet(p, p->packet, error);
	}
	return ret;
}

/*
 * Other videos and the like are left out before anything is done with them: they need no key of ours, and must not fill
 * what waits for the first picture.
 */
static int take_packet(struct packing *p, struct protex_error *error)
{
	AVPacket *packet = p->packet;
	bool is_video = packet->stream_index == demux_video(p->demux)->index;
	struct protex_error why;
	int ret;

	if (!is_video && !is_audio(p, (unsigned)packet->stream_index)) {
		av_packet_unref(packet);
		return 0;
	}
	/* Audio too: somebody else's file may have encrypted that. */
	ret = packet_decrypt(packet, &p->options->keys, &why);
	if (ret == -EBADMSG) {
		p->lost++;
		av_packet_unref(packet);
		return 0;
	}
	if (ret < 0)
		return of_clip(p, ret, &why, error);
	if (is_video && p->transcoder)
		return transcode(p, packet, error);
	if (!p->has_streams)
		return write_later(p, packet, error);
	return write_packet(p, packet, error);
}

static int pack(struct packing *p, struct protex_error *error)
{
	bool progress = pack_shows_progress(p->options);
	struct protex_error why;
	int ret = p->transcoder ? 0 : add_streams(p, error);

	while (ret == 0) {
		ret = demux_read(p->demux, p->packet, &why);
		if (ret < 0)
			return ret == -EINTR ? of_clip(p, ret, &why, error)
					     : fail(error, ret, "%s", why.message);
		if (ret == 0)
			break;
		ret = take_packet(p, error);
		if (progress && p->pictures % 100 == 0)
			fprintf(stderr, "\rpacked %" PRIu64 " pictures", p->pictures);
	}
	if (progress)
		fprintf(stderr, "\rpacked %" PRIu64 " pictures\n", p->pictures);
	if (ret == 0 && p->transcoder)
		ret = transcode(p, NULL, error);
	if (ret == 0 && p->pictures == 0)
		ret = fail(error, -EINVAL, "%s has no pictures in it", p->options->input);
	if (ret == 0)
		ret = mux_finish(p->mux, error);
	if (ret == 0) {
		ret = new_file_finish(p->file, error);
		p->file = NULL;
	}
	return ret;
}

static void print_result(const struct packing *p)
{
	const AVStream *video = demux_video(p->demux);
	const AVCodecParameters *parameters = p->transcoder ? transcoder_parameters(p->transcoder)
							    : video->codecpar;
	const char *codec = avcodec_get_name(parameters->codec_id);
	const char *scheme = cenc_scheme_name(p->protection.scheme);
	char key_id[CENC_KEY_ID_TEXT];
	unsigned audio = 0;

	for (unsigned i = 0; i < p->track_count; i++)
		audio += p->tracks[i].number != LEFT_OUT && i != (unsigned)video->index;
	cenc_key_id_text(p->protection.key_id, key_id);
	if (p->options->json) {
		cJSON *json = json_object();

		json_string(json, "file", p->options->output);
		json_number(json, "pictures", (double)p->pictures);
		json_number(json, "width", parameters->width);
		json_number(json, "height", parameters->height);
		json_string(json, "codec", codec);
		json_bool(json, "transcoded", p->transcoder != NULL);
		json_number(json, "audio_streams", audio);
		json_string(json, "scheme", scheme);
		json_string(json, "key_id", key_id);
		json_print_and_free(json);
		return;
	}
	printf("%s: %" PRIu64 " pictures of %dx%d, %s, encrypted (%s) with key %s; %u audio in the "
	       "clear\n", p->options->output, p->pictures, parameters->width, parameters->height, codec, scheme,
	       key_id, audio);
}

/* What people want to know of a file that was made all the same. */
static int tell(const struct packing *p)
{
	uint64_t lost = p->lost + p->protection.damaged, out_of_order = 0;

	for (unsigned i = 0; i < p->track_count; i++)
		out_of_order += p->tracks[i].times.out_of_order;

	if (p->transcoder) {
		pack_tell(p->options, "its video (%s) was transcoded to H.264",
			  avcodec_get_name(demux_video(p->demux)->codecpar->codec_id));
		for (unsigned i = 0; transcoder_dropped(p->transcoder, i); i++)
			pack_tell(p->options, "it has %s", transcoder_dropped(p->transcoder, i));
		lost += transcoder_lost(p->transcoder);
	}
	if (av_dict_get(demux_video(p->demux)->metadata, "alpha_mode", NULL, 0))
		pack_tell(p->options, "it has transparency, which is left out");
	if (p->before_start)
		pack_tell(p->options, "%" PRIu64 " of its pictures lie before its beginning (an edit "
				      "list); some players show them", p->before_start);
	if (out_of_order)
		pack_tell(p->options, "%" PRIu64 " of its packets had times that go backwards, and have "
				      "others now", out_of_order);
	return pack_tell_damage(p->options, demux_complaint(p->demux), lost);
}

int pack_mp4(const struct pack_options *options, struct protex_error *error)
{
	struct packing packing = {.options = options};
	int ret = prepare(&packing, error);

	if (ret == 0)
		ret = pack(&packing, error);
	if (ret == 0) {
		print_result(&packing);
		ret = tell(&packing);
	}
	release(&packing);
	return ret;
}
