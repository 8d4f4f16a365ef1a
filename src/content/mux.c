/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/bsf.h>
#include <libavutil/dict.h>
#include <libavutil/mem.h>

#include "demux.h"
#include "failure.h"
#include "mux.h"
#include "random_access.h"

#define BUFFER_SIZE (64 * 1024)
/* A fragment is in memory until it ends, and how long it is in time is for the file to say. */
#define FRAGMENT_SIZE (32 << 20)
/*
 * The first one brings the index with it, and that of some codecs (AC-3) cannot be written before there was a packet of
 * them. So it goes on until each stream had one; but not for ever, since a stream may have none at all.
 */
#define FIRST_FRAGMENT_SIZE (512 << 20)

struct mux {
	FILE *file;
	struct mp4_protection *protection;
	AVFormatContext *format;
	AVBSFContext **filters; /* of each stream: what makes packets MP4's */
	unsigned filter_count;
	bool *has_packets; /* each stream */
	AVPacket *packet;
	bool has_header;
	struct bytes pending; /* boxes that are not complete, or wait for the next one */
	size_t at;	      /* where in them libavformat writes next */
	int64_t in_fragment;  /* bytes of packets since the last fragment */
	bool has_fragment;    /* one has ended */
	int64_t dropped;      /* how many bytes were before them */
	struct bytes out;
	uint64_t written; /* to the file */
	struct random_access index;
	struct protex_error error; /* what failed while libavformat was writing */
};

/* Writes out to the file. */
static int write_out(struct mux *mux)
{
	if (mux->out.failed)
		return fail(&mux->error, -ENOMEM, "out of memory");
	errno = 0;
	if (fwrite(mux->out.data, 1, mux->out.size, mux->file) != mux->out.size)
		return fail(&mux->error, errno ? -errno : -EIO, "cannot write: %s", strerror(errno));
	mux->written += mux->out.size;
	mux->out.size = 0;
	return 0;
}

/* Handles the box at the start of what is pending. Returns its size, or 0: not enough of it yet. */
static ssize_t write_box(struct mux *mux)
{
	struct bytes *in = &mux->pending;
	struct box box, mdat;
	size_t taken;
	int ret = 0;

	if (!box_at(in->data, in->size, &box))
		return 0;
	taken = box.size;
	mux->out.size = 0;
	if (box_is(&box, "moov")) {
		ret = mp4_protect_header(mux->protection, &box, &mux->out, &mux->error);
	} else if (box_is(&box, "moof")) {
		/* The next one is 'mdat', whose samples are to be encrypted. */
		if (!box_at(in->data + box.size, in->size - box.size, &mdat))
			return 0;
		taken += mdat.size;
		mux->in_fragment = 0;
		mux->has_fragment = true;
		random_access_note(&mux->index, &box, mux->protection->track_id, mux->written);
		ret = mp4_protect_fragment(mux->protection, &box, in->data + box.size, mdat.size,
					   &mux->out, &mux->error);
	} else {
		bytes_put(&mux->out, box.start, box.size);
	}
	if (ret == 0)
		ret = write_out(mux);
	return ret < 0 ? ret : (ssize_t)taken;
}

/* Writes the boxes that are complete, unless libavformat is changing what it has written. */
static int write_boxes(struct mux *mux)
{
	ssize_t taken;

	if (mux->at < mux->pending.size)
		return 0;
	while ((taken = write_box(mux)) > 0) {
		bytes_drop(&mux->pending, (size_t)taken);
		mux->dropped += taken;
		mux->at -= (size_t)taken;
	}
	return taken < 0 ? AVERROR(EIO) : 0;
}

/* libavformat writes here. */
static int take_bytes(void *data, const uint8_t *bytes, int size)
{
	struct mux *mux = data;
	size_t again = mux->pending.size - mux->at;
	int ret;

	if (mux->error.code)
		return AVERROR(EIO);
	if (again > (size_t)size)
		again = (size_t)size;
	if (again)
		memcpy(mux->pending.data + mux->at, bytes, again);
	bytes_put(&mux->pending, bytes + again, (size_t)size - again);
	if (mux->pending.failed) {
		fail(&mux->error, -ENOMEM, "out of memory");
		return AVERROR(ENOMEM);
	}
	mux->at += (size_t)size;
	ret = write_boxes(mux);
	return ret < 0 ? ret : size;
}

/* A box's size is written when its end is, and the box may be larger than libavformat's buffer. */
static int64_t seek_bytes(void *data, int64_t offset, int whence)
{
	struct mux *mux = data;

	if (whence != SEEK_SET || offset < mux->dropped ||
	    offset - mux->dropped > (int64_t)mux->pending.size)
		return AVERROR(EINVAL);
	mux->at = (size_t)(offset - mux->dropped);
	return offset;
}

int mux_open(struct mux **out, FILE *file, struct mp4_protection *protection,
	     struct protex_error *error)
{
	struct mux *mux = calloc(1, sizeof(*mux));
	uint8_t *buffer = av_malloc(BUFFER_SIZE);
	int ret;

	if (!mux || !buffer) {
		av_free(buffer);
		free(mux);
		return fail(error, -ENOMEM, "out of memory");
	}
	mux->file = file;
	mux->protection = protection;
	mux->packet = av_packet_alloc();
	ret = mux->packet ? 0 : AVERROR(ENOMEM);
	if (ret >= 0)
		ret = avformat_alloc_output_context2(&mux->format, NULL, "mp4", NULL);
	if (ret >= 0)
		mux->format->pb = avio_alloc_context(buffer, BUFFER_SIZE, 1, mux, NULL, take_bytes,
						     seek_bytes);
	if (ret < 0 || !mux->format->pb) {
		av_free(buffer);
		mux_close(mux);
		return ret < 0 ? demux_fail(error, "MP4", ret, "libavformat cannot write it")
			       : fail(error, -ENOMEM, "out of memory");
	}
	/* What is complete has gone: it cannot go back as it likes. */
	mux->format->pb->seekable = 0;
	*out = mux;
	return 0;
}

void mux_close(struct mux *mux)
{
	if (!mux)
		return;
	if (mux->format && mux->format->pb) {
		av_free(mux->format->pb->buffer);
		avio_context_free(&mux->format->pb);
	}
	avformat_free_context(mux->format);
	for (unsigned i = 0; i < mux->filter_count; i++)
		av_bsf_free(&mux->filters[i]);
	free(mux->filters);
	free(mux->has_packets);
	av_packet_free(&mux->packet);
	bytes_free(&mux->pending);
	bytes_free(&mux->out);
	random_access_free(&mux->index);
	free(mux);
}

/*
 * AAC of broadcasts has headers of its own, and VP9 packets may be parts of one in MP4. libavformat's
 * muxer sees to that, but not for files of fragments.
 */
static int add_filter(struct mux *mux, const AVStream *stream)
{
	const AVCodecParameters *parameters = stream->codecpar;
	const char *name = parameters->codec_id == AV_CODEC_ID_AAC && !parameters->extradata_size
				   ? "aac_adtstoasc"
			   : parameters->codec_id == AV_CODEC_ID_VP9 ? "vp9_superframe"
								     : "null";
	AVBSFContext **filters = reallocarray(mux->filters, (size_t)stream->index + 1,
					      sizeof(*filters));
	bool *has_packets;
	AVBSFContext *filter;
	int ret;

	if (!filters)
		return AVERROR(ENOMEM);
	mux->filters = filters;
	has_packets = reallocarray(mux->has_packets, (size_t)stream->index + 1, sizeof(*has_packets));
	if (!has_packets)
		return AVERROR(ENOMEM);
	mux->has_packets = has_packets;
	has_packets[stream->index] = false;
	ret = av_bsf_alloc(av_bsf_get_by_name(name), &filter);
	if (ret < 0)
		return ret;
	mux->filters[mux->filter_count++] = filter;
	ret = avcodec_parameters_copy(filter->par_in, parameters);
	if (ret < 0)
		return ret;
	filter->time_base_in = stream->time_base;
	return av_bsf_init(filter);
}

int mux_add_stream(struct mux *mux, const AVStream *like, const AVCodecParameters *parameters,
		   AVRational time_base, struct protex_error *error)
{
	AVStream *stream;
	int ret;

	if (avformat_query_codec(mux->format->oformat, parameters->codec_id,
				 FF_COMPLIANCE_NORMAL) != 1)
		return fail(error, -ENOTSUP, "MP4 files cannot have it");
	stream = avformat_new_stream(mux->format, NULL);
	if (!stream)
		return fail(error, -ENOMEM, "out of memory");
	ret = avcodec_parameters_copy(stream->codecpar, parameters);
	if (ret >= 0)
		ret = av_dict_copy(&stream->metadata, like->metadata, 0);
	if (ret < 0)
		return demux_fail(error, "MP4", ret, "libavformat cannot write it");
	/* Matroska says how many channels there are, and the muxer asks which. */
	if (stream->codecpar->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
		av_channel_layout_default(&stream->codecpar->ch_layout,
					  stream->codecpar->ch_layout.nb_channels);
	/* The other container's, or that of an encrypted one; the muxer knows MP4's. */
	stream->codecpar->codec_tag = 0;
	stream->time_base = time_base;
	stream->avg_frame_rate = like->avg_frame_rate;
	stream->sample_aspect_ratio = like->sample_aspect_ratio.num ? like->sample_aspect_ratio
								    : parameters->sample_aspect_ratio;
	stream->disposition = like->disposition;
	ret = add_filter(mux, stream);
	return ret < 0 ? demux_fail(error, "MP4", ret, "libavformat cannot write it") : stream->index;
}

/* What libavformat answered, or what made it answer that. */
static int failed(struct mux *mux, int code, struct protex_error *error)
{
	if (!mux->error.code)
		return demux_fail(error, "MP4", code, "libavformat cannot write it");
	if (error)
		*error = mux->error;
	return mux->error.code;
}

static int write_header(struct mux *mux, struct protex_error *error)
{
	AVDictionary *options = NULL;
	int ret;

	/*
	 * The index is written with the first fragment (delay_moov), so that what only packets tell is in
	 * it. A fragment is a second or more, from a picture that can be sought to, if there is one
	 * in ten seconds, or what end_fragment() ends; libavformat's index at the end would have
	 * wrong offsets, so we write our own.
	 */
	av_dict_set(&options, "movflags", "frag_keyframe+delay_moov+default_base_moof+skip_trailer", 0);
	av_dict_set(&options, "min_frag_duration", "1000000", 0);
	av_dict_set(&options, "frag_duration", "10000000", 0);
	ret = avformat_write_header(mux->format, &options);
	av_dict_free(&options);
	if (ret < 0)
		return failed(mux, ret, error);
	mux->has_header = true;
	return 0;
}

/* How much the fragment may have before it is ended. */
static int64_t fragment_limit(const struct mux *mux)
{
	if (!mux->has_fragment)
		for (unsigned i = 0; i < mux->filter_count; i++)
			if (!mux->has_packets[i])
				return FIRST_FRAGMENT_SIZE;
	return FRAGMENT_SIZE;
}

/* Ends the fragment: writes what waits for packets of other streams, and what is in it. */
static int end_fragment(struct mux *mux)
{
	int ret = av_interleaved_write_frame(mux->format, NULL);

	/* The first time, once writes no more than the index. */
	for (unsigned i = 0; i < 2 && ret >= 0; i++)
		ret = av_write_frame(mux->format, NULL);
	avio_flush(mux->format->pb);
	mux->in_fragment = 0;
	return ret < 0 ? ret : 0;
}

/* Writes a packet of a stream, or, NULL, what its filter still has. */
static int filter_packet(struct mux *mux, int stream, AVPacket *packet)
{
	AVBSFContext *filter = mux->filters[stream];
	AVPacket *filtered = mux->packet;
	int ret = av_bsf_send_packet(filter, packet);

	while (ret >= 0) {
		ret = av_bsf_receive_packet(filter, filtered);
		if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF)
			return 0;
		if (ret < 0)
			break;
		filtered->stream_index = stream;
		filtered->pos = -1;
		av_packet_rescale_ts(filtered, filter->time_base_out,
				     mux->format->streams[stream]->time_base);
		mux->in_fragment += filtered->size;
		mux->has_packets[stream] = true;
		ret = av_interleaved_write_frame(mux->format, filtered);
		if (ret >= 0 && mux->in_fragment >= fragment_limit(mux))
			ret = end_fragment(mux);
	}
	return ret;
}

int mux_write(struct mux *mux, int stream, AVPacket *packet, struct protex_error *error)
{
	int ret = mux->has_header ? 0 : write_header(mux, error);

	if (ret < 0)
		return ret;
	ret = filter_packet(mux, stream, packet);
	return ret < 0 || mux->error.code ? failed(mux, ret, error) : 0;
}

int mux_finish(struct mux *mux, struct protex_error *error)
{
	int ret = mux->has_header ? 0 : write_header(mux, error);

	if (ret < 0)
		return ret;
	for (unsigned i = 0; ret >= 0 && i < mux->format->nb_streams; i++)
		ret = filter_packet(mux, (int)i, NULL);
	if (ret >= 0)
		ret = av_write_trailer(mux->format);
	avio_flush(mux->format->pb);
	if (ret >= 0 && !mux->error.code)
		ret = write_boxes(mux);
	if (ret < 0 || mux->error.code)
		return failed(mux, ret, error);
	if (mux->pending.size > 0)
		return fail(error, -EIO, "libavformat left an MP4 file incomplete");
	random_access_write(&mux->index, &mux->out);
	ret = write_out(mux);
	return ret < 0 ? failed(mux, ret, error) : 0;
}
