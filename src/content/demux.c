/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/base64.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>

#include "demux.h"
#include "failure.h"
#include "input_file.h"

/* Where what was read ends, in seconds. */
struct track_end {
	double last; /* the last packet's time */
	double at;
};

struct demux {
	AVIOContext *io;
	AVFormatContext *format;
	AVStream *video;
	struct track_end ends[2]; /* of the video's packets, and of all */
	bool lost_packets;	  /* some were incomplete */
	bool unreadable;	  /* reading ended with an error */
	int cut_off, no_index;
	char complaint[160];
	char path[];
};

int demux_fail(struct protex_error *error, const char *path, int code, const char *what)
{
	char text[AV_ERROR_MAX_STRING_SIZE];

	if (code == AVERROR_EXIT)
		return fail(error, -EINTR, "%s: interrupted", path);
	av_strerror(code, text, sizeof(text));
	return fail(error, code == AVERROR(ENOMEM) ? -ENOMEM : -EINVAL, "%s: %s: %s", path, what,
		    text);
}

static bool is_picture(const AVStream *stream)
{
	return stream->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS);
}

/* More is better. A stream of one frame in a file that has another one is a poster. */
static int64_t rank(const AVStream *stream)
{
	const AVCodecParameters *codec = stream->codecpar;
	bool moves = stream->nb_frames != 1 && !(stream->disposition & AV_DISPOSITION_STILL_IMAGE);
	bool decodes = avcodec_find_decoder(codec->codec_id) != NULL;

	if (stream->nb_frames == 0 && stream->duration > 0 && stream->avg_frame_rate.num > 0)
		moves = moves && av_rescale_q(stream->duration, stream->time_base,
					      av_inv_q(stream->avg_frame_rate)) > 1;
	return (int64_t)moves << 62 | (int64_t)decodes << 61 |
	       (int64_t)!!(stream->disposition & AV_DISPOSITION_DEFAULT) << 60 |
	       (int64_t)codec->width * codec->height;
}

static int choose_video(struct demux *demux, struct protex_error *error)
{
	bool has_picture = false;

	for (unsigned i = 0; i < demux->format->nb_streams; i++) {
		AVStream *stream = demux->format->streams[i];

		if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO)
			continue;
		if (is_picture(stream))
			has_picture = true;
		else if (!demux->video || rank(stream) > rank(demux->video))
			demux->video = stream;
	}
	if (demux->video)
		return 0;
	return fail(error, -EINVAL, "%s has no video in it%s", demux->path,
		    has_picture ? ", only a cover picture" : "");
}

/*
 * WebM has an encryption of its own. libavformat tells of it in a tag, and hands out what is encrypted as
 * if it were not.
 */
static int refuse_webm_encryption(const struct demux *demux, struct protex_error *error)
{
	for (unsigned i = 0; i < demux->format->nb_streams; i++) {
		const AVDictionaryEntry *tag = av_dict_get(demux->format->streams[i]->metadata,
							   "enc_key_id", NULL, AV_DICT_MATCH_CASE);
		uint8_t id[32];
		char text[2 * sizeof(id) + 1] = "";
		int size = tag ? av_base64_decode(id, tag->value, sizeof(id)) : 0;

		if (!tag)
			continue;
		for (int j = 0; j < size; j++)
			sprintf(text + 2 * j, "%02x", id[j]);
		return fail(error, -ENOTSUP,
			    "%s is encrypted in WebM's own way (with key %s), which is not supported: only "
			    "Common Encryption, of MP4 files, is",
			    demux->path, size > 0 ? text : "?");
	}
	return 0;
}

/* Packets of a transport stream are of one size, so one that is cut off shows that by its own. */
static bool ends_within_a_packet(AVFormatContext *format)
{
	int64_t packet, size = avio_size(format->pb);

	return strcmp(format->iformat->name, "mpegts") == 0 && size > 0 &&
	       av_opt_get_int(format, "ts_packetsize", AV_OPT_SEARCH_CHILDREN, &packet) >= 0 &&
	       packet > 0 && size % packet != 0;
}

static int open_format(struct demux *demux, struct protex_error *error)
{
	AVDictionary *options = NULL;
	int ret;

	input_file_check_boxes(demux->io, &demux->cut_off, &demux->no_index);
	if (demux->no_index)
		return fail(error, -EINVAL,
			    "%s has no index (moov box), without which an MP4 file cannot be read: it "
			    "was cut off, or never finished",
			    demux->path);
	if (demux->io->seekable && avio_seek(demux->io, 0, SEEK_SET) < 0)
		return fail(error, -EIO, "%s: cannot seek", demux->path);

	demux->format = avformat_alloc_context();
	if (!demux->format)
		return fail(error, -ENOMEM, "out of memory");
	demux->format->pb = demux->io;
	/* A playlist names other files, and URLs: they are not what was asked for. */
	ret = av_dict_set(&options, "protocol_whitelist", "none", 0);
	/* Without a name, so that the content alone says what it is. */
	if (ret >= 0)
		ret = avformat_open_input(&demux->format, NULL, NULL, &options);
	av_dict_free(&options);
	if (ret == AVERROR_INVALIDDATA)
		return fail(error, -EINVAL, "%s is no video that libav knows", demux->path);
	if (ret < 0)
		return demux_fail(error, demux->path, ret, "cannot open it");
	ret = avformat_find_stream_info(demux->format, NULL);
	if (ret < 0)
		return demux_fail(error, demux->path, ret, "cannot find out what it contains");
	if (ends_within_a_packet(demux->format))
		demux->cut_off = 1;
	ret = refuse_webm_encryption(demux, error);
	return ret < 0 ? ret : choose_video(demux, error);
}

int demux_open(struct demux **out, const char *path, const volatile sig_atomic_t *stop,
	       struct protex_error *error)
{
	struct demux *demux = calloc(1, sizeof(*demux) + strlen(path) + 1);
	int ret;

	if (!demux)
		return fail(error, -ENOMEM, "out of memory");
	strcpy(demux->path, path);
	/* What went wrong is told by whoever called; decoders would tell of each macroblock. */
	av_log_set_level(AV_LOG_QUIET);
	ret = input_file_open(&demux->io, path, stop, error);
	if (ret == 0)
		ret = open_format(demux, error);
	if (ret < 0) {
		demux_close(demux);
		return ret;
	}
	*out = demux;
	return 0;
}

void demux_close(struct demux *demux)
{
	if (!demux)
		return;
	avformat_close_input(&demux->format);
	input_file_close(demux->io);
	free(demux);
}

AVFormatContext *demux_format(const struct demux *demux)
{
	return demux->format;
}

AVStream *demux_video(const struct demux *demux)
{
	return demux->video;
}

/* start is in seconds. AVI says of H.264 when a packet is decoded, and not when it is shown. */
static void note_end(struct track_end *end, const AVStream *stream, double start, const AVPacket *packet)
{
	int64_t at = packet->pts == AV_NOPTS_VALUE ? packet->dts : packet->pts;
	double time, duration = (double)packet->duration * av_q2d(stream->time_base);

	if (at == AV_NOPTS_VALUE)
		return;
	time = (double)at * av_q2d(stream->time_base) - start;
	/* Some formats do not say how long a packet lasts: as long as the one before. */
	if (duration == 0 && time > end->last)
		duration = time - end->last;
	end->last = time;
	if (time + duration > end->at)
		end->at = time + duration;
}

static double stream_start(const AVStream *stream)
{
	return stream->start_time == AV_NOPTS_VALUE ? 0 : (double)stream->start_time * av_q2d(stream->time_base);
}

static double file_start(const AVFormatContext *format)
{
	return format->start_time == AV_NOPTS_VALUE ? 0 : (double)format->start_time / AV_TIME_BASE;
}

int demux_read(struct demux *demux, AVPacket *packet, struct protex_error *error)
{
	int ret = av_read_frame(demux->format, packet);

	/* A disk that fails is not a file that ends, whatever a demultiplexer makes of it. */
	if (ret < 0 && demux->io->error < 0 && demux->io->error != AVERROR_EOF)
		return demux_fail(error, demux->path, demux->io->error, "cannot read it");
	if (ret == AVERROR_EXIT || ret == AVERROR(ENOMEM))
		return demux_fail(error, demux->path, ret, "cannot read it");
	if (ret < 0) {
		demux->unreadable = ret != AVERROR_EOF;
		return 0;
	}
	if (packet->stream_index == demux->video->index) {
		demux->lost_packets |= (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
		note_end(&demux->ends[0], demux->video, stream_start(demux->video), packet);
	}
	note_end(&demux->ends[1], demux->format->streams[packet->stream_index], file_start(demux->format), packet);
	return 1;
}

/* How long the file says that the video is, or all of it, and where that ended. 0: it does not say. */
static double promised(const struct demux *demux, double *end)
{
	const AVStream *video = demux->video;

	*end = demux->ends[0].at;
	if (video->duration > 0)
		return (double)video->duration * av_q2d(video->time_base);
	*end = demux->ends[1].at;
	/* An estimate is made of what is there, and promises nothing. */
	if (demux->format->duration > 0 &&
	    demux->format->duration_estimation_method == AVFMT_DURATION_FROM_STREAM)
		return (double)demux->format->duration / AV_TIME_BASE;
	return 0;
}

const char *demux_complaint(struct demux *demux)
{
	double end, promise = promised(demux, &end);

	/* Containers round, and streams of one file differ a little in length. */
	if (promise - end > 0.5 && promise - end > promise / 50)
		snprintf(demux->complaint, sizeof(demux->complaint),
			 "the file is cut off: it has %.1f of %.1f seconds", end, promise);
	else if (demux->cut_off)
		snprintf(demux->complaint, sizeof(demux->complaint),
			 "the file is cut off: its last part is incomplete");
	else if (demux->unreadable)
		snprintf(demux->complaint, sizeof(demux->complaint),
			 "the file cannot be read beyond %.1f seconds: it is cut off or damaged", end);
	else if (demux->lost_packets)
		snprintf(demux->complaint, sizeof(demux->complaint),
			 "parts of the file are missing or damaged");
	else
		return NULL;
	return demux->complaint;
}
