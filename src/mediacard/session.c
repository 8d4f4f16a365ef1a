/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "picture.h"
#include "session.h"

struct bitstream {
	bool drain; /* no bitstream, but the end of what is to be drained */
	uint32_t token, window, offset, size;
	uint64_t timestamp;
};

struct room {
	uint32_t token, window, offset, size;
};

/* More than a drain for each bitstream, and one before. */
#define MOST_BITSTREAM (4 * MEDIACARD_MAX_BUFFERS)

/* What its engine is doing, or has done. */
enum work { NO_WORK, SENDING, DRAINING, RECEIVING };

struct session {
	uint16_t number;
	bool protected;
	enum mediacard_codec codec;
	struct rings *rings;
	const struct windows *windows;
	struct engines *engines;

	struct engine *engine; /* NULL after a flush that found it at work, until there is work again */
	enum work work;
	struct bitstream sent; /* which it decodes, while it is SENDING */
	bool hungry;	       /* it has no frame until it gets bitstream */
	uint8_t *row;

	struct bitstream bitstream[MOST_BITSTREAM];
	unsigned bitstream_first, bitstream_count;
	struct room rooms[MEDIACARD_MAX_BUFFERS];
	unsigned room_first, room_count;

	struct layout announced;  /* what the driver was told; no width: nothing yet */
	struct layout configured; /* what the driver said its pictures are */
	bool frame_waits;	  /* frame is to be written */
	bool holds;		  /* bitstream is given back when the driver has said how pictures are */
	uint32_t held;
	enum mediacard_status held_status;
	bool owes_last;		  /* the next room is given back as the last */
	bool drained;		  /* until the driver resumes, or flushes */
	bool failed;
};

struct session *session_open(uint16_t number, enum mediacard_codec codec, bool protected, struct rings *rings,
			     const struct windows *windows, struct engines *engines)
{
	const struct layout largest = {MEDIACARD_MAX_WIDTH, MEDIACARD_MAX_HEIGHT, 10};
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->number = number;
	s->protected = protected;
	s->rings = rings;
	s->windows = windows;
	s->codec = codec;
	s->engines = engines;
	s->engine = engine_open(engines, codec);
	s->row = malloc(picture_row(&largest));
	if (!s->row || !s->engine) {
		session_close(s);
		return NULL;
	}
	return s;
}

/* ---- what the driver is told ------------------------------------------------------- */

static void bitstream_done(struct session *s, uint32_t token, enum mediacard_status status)
{
	struct mediacard_event e = {
		.type = htole16(MEDIACARD_BITSTREAM_DONE),
		.session = htole16(s->number),
		.token = htole32(token),
		.status = htole32(status),
	};

	rings_put(s->rings, &e);
}

static void picture_done(struct session *s, uint32_t token, enum mediacard_status status, uint64_t timestamp,
			 uint32_t size, uint32_t flags)
{
	struct mediacard_event e = {
		.type = htole16(MEDIACARD_PICTURE_DONE),
		.session = htole16(s->number),
		.token = htole32(token),
		.status = htole32(status),
		.picture = {.timestamp = htole64(timestamp), .size = htole32(size), .flags = htole32(flags)},
	};

	rings_put(s->rings, &e);
}

static void tell(struct session *s, enum mediacard_event_type type, enum mediacard_status status)
{
	struct mediacard_event e = {
		.type = htole16(type), .session = htole16(s->number), .status = htole32(status)};

	rings_put(s->rings, &e);
}

static void fault(struct session *s, uint32_t window, uint64_t offset, uint64_t size, bool write)
{
	struct mediacard_event e = {
		.type = htole16(MEDIACARD_FAULT),
		.session = htole16(s->number),
		.status = htole32(MEDIACARD_REFUSED),
		.fault = {htole64(offset), htole64(size), htole32(window), htole32(write)},
	};

	rings_put(s->rings, &e);
}

static void fail(struct session *s, enum mediacard_status status)
{
	s->failed = true;
	tell(s, MEDIACARD_SESSION_FAILED, status);
}

static bool same_layout(const struct layout *a, const struct layout *b)
{
	return a->width == b->width && a->height == b->height && a->depth == b->depth;
}

/* The stream has another layout than the driver's pictures. */
static bool layout_differs(const struct session *s)
{
	return s->announced.width && !same_layout(&s->announced, &s->configured);
}

/* ---- what the driver says ------------------------------------------------------------ */

static void release_held(struct session *s)
{
	if (s->holds)
		bitstream_done(s, s->held, s->held_status);
	s->holds = false;
}

static void cancel_bitstream(struct session *s)
{
	release_held(s);
	/* What it was given is a copy. */
	if (s->work == SENDING)
		bitstream_done(s, s->sent.token, MEDIACARD_CANCELLED);
	for (; s->bitstream_count; s->bitstream_count--) {
		const struct bitstream *b = &s->bitstream[s->bitstream_first++ % MOST_BITSTREAM];

		if (!b->drain)
			bitstream_done(s, b->token, MEDIACARD_CANCELLED);
	}
}

static void cancel_rooms(struct session *s)
{
	for (; s->room_count; s->room_count--)
		picture_done(s, s->rooms[s->room_first++ % MEDIACARD_MAX_BUFFERS].token, MEDIACARD_CANCELLED, 0, 0, 0);
}

void session_close(struct session *s)
{
	cancel_bitstream(s);
	cancel_rooms(s);
	if (s->engine)
		engine_close(s->engine);
	free(s->row);
	free(s);
}

static unsigned waiting_bitstream(const struct session *s)
{
	unsigned n = s->work == SENDING;

	for (unsigned i = 0; i < s->bitstream_count; i++)
		n += !s->bitstream[(s->bitstream_first + i) % MOST_BITSTREAM].drain;
	return n;
}

void session_bitstream(struct session *s, const struct mediacard_command *c)
{
	struct bitstream b = {
		.token = le32toh(c->token),
		.window = le32toh(c->bitstream.window),
		.offset = le32toh(c->bitstream.offset),
		.size = le32toh(c->bitstream.size),
		.timestamp = le64toh(c->bitstream.timestamp),
	};

	if (s->bitstream_count == MOST_BITSTREAM || waiting_bitstream(s) == MEDIACARD_MAX_BUFFERS ||
	    b.size > MEDIACARD_MAX_BITSTREAM)
		bitstream_done(s, b.token, MEDIACARD_INVALID);
	else
		s->bitstream[(s->bitstream_first + s->bitstream_count++) % MOST_BITSTREAM] = b;
}

void session_picture(struct session *s, const struct mediacard_command *c)
{
	struct room r = {
		.token = le32toh(c->token),
		.window = le32toh(c->picture.window),
		.offset = le32toh(c->picture.offset),
		.size = le32toh(c->picture.size),
	};

	if (s->room_count == MEDIACARD_MAX_BUFFERS)
		picture_done(s, r.token, MEDIACARD_INVALID, 0, 0, 0);
	else
		s->rooms[(s->room_first + s->room_count++) % MEDIACARD_MAX_BUFFERS] = r;
}

void session_drain(struct session *s)
{
	const struct bitstream b = {.drain = true};

	/* Two in a row are one. */
	if (s->bitstream_count && s->bitstream[(s->bitstream_first + s->bitstream_count - 1) % MOST_BITSTREAM].drain)
		return;
	if (s->bitstream_count < MOST_BITSTREAM)
		s->bitstream[(s->bitstream_first + s->bitstream_count++) % MOST_BITSTREAM] = b;
}

void session_resume(struct session *s, const struct mediacard_command *c)
{
	s->configured = (struct layout){
		.width = le32toh(c->resume.width),
		.height = le32toh(c->resume.height),
		.depth = le32toh(c->resume.depth),
	};
	s->drained = false;
	/* Who goes on with pictures of another layout is told once more that they are not it. */
	s->owes_last = layout_differs(s);
	if (!s->owes_last)
		release_held(s);
}

void session_flush(struct session *s)
{
	int result;

	cancel_bitstream(s);
	if (s->engine && s->work != NO_WORK && !engine_finish(s->engine, &result)) {
		/* Nobody waits for what nobody wants. */
		engine_close(s->engine);
		s->engine = NULL;
	}
	s->work = NO_WORK;
	s->hungry = false;
	if (s->engine) {
		avcodec_flush_buffers(s->engine->decoder);
		av_packet_unref(s->engine->packet);
		av_frame_unref(s->engine->frame);
	}
	s->frame_waits = false;
	s->drained = false;
	/* What comes next may be another stream, or a part of it without what could not be decoded. */
	s->failed = false;
	/* Of a drain there is no last picture any more; that of a layout is still waited for. */
	s->owes_last = layout_differs(s);
}

void session_return(struct session *s)
{
	cancel_rooms(s);
	s->owes_last = false;
}

/* ---- the work -------------------------------------------------------------------- */

static void announce(struct session *s, const struct layout *layout, int width, int height)
{
	const AVCodecContext *d = s->engine->decoder;
	struct mediacard_event e = {
		.type = htole16(MEDIACARD_LAYOUT),
		.session = htole16(s->number),
		.stream = {
			.layout = {htole32(layout->width), htole32(layout->height), htole32(layout->depth)},
			.visible_width = htole32((uint32_t)width),
			.visible_height = htole32((uint32_t)height),
			.primaries = (uint8_t)d->color_primaries,
			.transfer = (uint8_t)d->color_trc,
			.matrix = (uint8_t)d->colorspace,
			.full_range = d->color_range == AVCOL_RANGE_JPEG || d->pix_fmt == AV_PIX_FMT_YUVJ420P,
		},
	};

	s->announced = *layout;
	rings_put(s->rings, &e);
	/* The driver has to stop, unless its pictures are like that already. */
	if (!same_layout(&s->announced, &s->configured))
		s->owes_last = true;
}

/* Hands the first bitstream to the decoder. */
static void send(struct session *s)
{
	const struct bitstream b = s->bitstream[s->bitstream_first++ % MOST_BITSTREAM];
	AVPacket *packet = s->engine->packet;

	s->bitstream_count--;
	if (b.drain) {
		s->work = DRAINING;
		engine_send(s->engine, true, false);
		return;
	}
	if (!b.size) {
		/* To the decoder that would be the end. */
		bitstream_done(s, b.token, MEDIACARD_OK);
		return;
	}
	if (av_new_packet(packet, (int)b.size) < 0) {
		bitstream_done(s, b.token, MEDIACARD_NO_MEMORY);
		fail(s, MEDIACARD_NO_MEMORY);
		return;
	}
	/* A protected session takes both: what begins in the clear goes on encrypted. */
	if (!windows_read(s->windows, b.window, b.offset, packet->data, b.size, s->protected) &&
	    !(s->protected && windows_read(s->windows, b.window, b.offset, packet->data, b.size, false))) {
		av_packet_unref(packet);
		bitstream_done(s, b.token, MEDIACARD_REFUSED);
		fault(s, b.window, b.offset, b.size, false);
		return;
	}
	memcpy(&packet->opaque, &b.timestamp, sizeof(packet->opaque));
	s->sent = b;
	s->work = SENDING;
	engine_send(s->engine, false, s->protected);
}

static void sent(struct session *s, int ret)
{
	const AVCodecContext *d = s->engine->decoder;
	enum mediacard_status status = MEDIACARD_OK;
	struct layout layout;

	/* Whether it could be decoded says something of what was in it. */
	if (ret < 0 && !s->protected)
		status = MEDIACARD_CORRUPT;
	/* The first frame may come only after many more. */
	if (!s->announced.width && d->width && picture_layout(d->width, d->height, d->pix_fmt, &layout)) {
		announce(s, &layout, d->width, d->height);
		/* Programs poll for what is to come of it, and poll() is an error when nothing is queued. */
		if (!same_layout(&s->announced, &s->configured)) {
			s->holds = true;
			s->held = s->sent.token;
			s->held_status = status;
			return;
		}
	}
	bitstream_done(s, s->sent.token, status);
}

static void received(struct session *s, int ret)
{
	if (ret == AVERROR_EOF) {
		avcodec_flush_buffers(s->engine->decoder);
		s->drained = s->owes_last = true;
		tell(s, MEDIACARD_DRAINED, MEDIACARD_OK);
	} else if (ret == AVERROR(EAGAIN)) {
		s->hungry = true;
	} else {
		/* Of a frame that could not be decoded, there is none. */
		s->frame_waits = ret >= 0;
	}
}

/* What the engine has done; false while it is at it. */
static bool finish_work(struct session *s)
{
	enum work work = s->work;
	int ret;

	if (!engine_finish(s->engine, &ret))
		return false;
	s->work = NO_WORK;
	if (work == RECEIVING) {
		received(s, ret);
	} else {
		s->hungry = false;
		if (work == SENDING)
			sent(s, ret);
	}
	return true;
}

/* False when there is none for it. */
static bool begin_work(struct session *s)
{
	if (s->hungry && !s->bitstream_count)
		return false;
	if (!s->engine)
		s->engine = engine_open(s->engines, s->codec);
	/* Others have to be done first, which is heard of. */
	if (!s->engine)
		return false;
	if (s->hungry) {
		send(s);
	} else {
		s->work = RECEIVING;
		engine_receive(s->engine);
	}
	return true;
}

static void write_picture(struct session *s)
{
	const struct room r = s->rooms[s->room_first++ % MEDIACARD_MAX_BUFFERS];
	uint32_t size = picture_size(&s->announced);
	AVFrame *frame = s->engine->frame;
	uint64_t timestamp;

	s->room_count--;
	if (r.size < size) {
		picture_done(s, r.token, MEDIACARD_INVALID, 0, 0, 0);
		return;
	}
	memcpy(&timestamp, &frame->opaque, sizeof(timestamp));
	if (!picture_write(frame, &s->announced, s->row, s->windows, r.window, r.offset, s->protected)) {
		picture_done(s, r.token, MEDIACARD_REFUSED, 0, 0, 0);
		fault(s, r.window, r.offset, size, true);
		return;
	}
	picture_done(s, r.token,
		     frame->decode_error_flags && !s->protected ? MEDIACARD_CORRUPT : MEDIACARD_OK, timestamp, size,
		     0);
	av_frame_unref(frame);
	s->frame_waits = false;
}

static void give_last(struct session *s)
{
	picture_done(s, s->rooms[s->room_first++ % MEDIACARD_MAX_BUFFERS].token, MEDIACARD_OK, 0, 0,
		     MEDIACARD_PICTURE_LAST);
	s->room_count--;
	s->owes_last = false;
}

bool session_step(struct session *s)
{
	struct layout layout;
	const AVFrame *frame;

	if (s->failed)
		return false;
	if (s->owes_last && s->room_count) {
		give_last(s);
		return true;
	}
	if (s->work != NO_WORK)
		return finish_work(s);
	if (s->drained)
		return false;
	if (!s->frame_waits)
		return begin_work(s);
	frame = s->engine->frame;
	if (!picture_layout(frame->width, frame->height, frame->format, &layout)) {
		fail(s, MEDIACARD_UNSUPPORTED);
		return true;
	}
	if (!same_layout(&layout, &s->announced)) {
		announce(s, &layout, frame->width, frame->height);
		return true;
	}
	if (!same_layout(&s->announced, &s->configured) || !s->room_count)
		return false;
	write_picture(s);
	return true;
}

bool session_is_at_work(const struct session *s)
{
	return s->work != NO_WORK;
}
