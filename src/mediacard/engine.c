/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine.h"

/* Decoders' deepest calls need less than half a MiB. */
#define STACK_SIZE (2u << 20)

enum job { NOTHING, SEND, DRAIN, RECEIVE };

struct engine_thread {
	struct engine engine;
	struct engines *all;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* Protected by the lock. */
	enum job job;
	bool wipe, closed;
	int result;
};

static const char *const decoders[MEDIACARD_CODEC_COUNT] = {
	[MEDIACARD_CODEC_H264] = "h264",
	[MEDIACARD_CODEC_HEVC] = "hevc",
	[MEDIACARD_CODEC_VP9] = "vp9",
	[MEDIACARD_CODEC_AV1] = "libdav1d",
};

uint32_t engine_codecs(void)
{
	uint32_t codecs = 0;

	for (unsigned i = 0; i < MEDIACARD_CODEC_COUNT; i++)
		if (avcodec_find_decoder_by_name(decoders[i]))
			codecs |= 1u << i;
	return codecs;
}

/* ---- all of them ------------------------------------------------------------------- */

void engines_create(struct engines *all)
{
	all->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (all->done < 0)
		err(1, "eventfd");
	pthread_mutex_init(&all->lock, NULL);
	all->count = 0;
}

unsigned engines_count(struct engines *all)
{
	unsigned count;

	pthread_mutex_lock(&all->lock);
	count = all->count;
	pthread_mutex_unlock(&all->lock);
	return count;
}

static bool count_in(struct engines *all)
{
	bool room;

	pthread_mutex_lock(&all->lock);
	room = all->count < MOST_ENGINES;
	all->count += room;
	pthread_mutex_unlock(&all->lock);
	return room;
}

static void notify(struct engines *all)
{
	const uint64_t one = 1;

	/* That it is full says the same. */
	if (write(all->done, &one, sizeof(one)) < 0)
		return;
}

static void count_out(struct engines *all)
{
	pthread_mutex_lock(&all->lock);
	all->count--;
	/* Under the lock: who sees that there is none may take all of it away. */
	notify(all);
	pthread_mutex_unlock(&all->lock);
}

/* ---- its thread -------------------------------------------------------------------- */

static void destroy(struct engine_thread *t)
{
	struct engines *all = t->all;

	avcodec_free_context(&t->engine.decoder);
	av_packet_free(&t->engine.packet);
	av_frame_free(&t->engine.frame);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	free(t);
	count_out(all);
}

static int do_job(struct engine *e, enum job job, bool wipe)
{
	int ret;

	if (job == RECEIVE)
		return avcodec_receive_frame(e->decoder, e->frame);
	if (job == DRAIN)
		return avcodec_send_packet(e->decoder, NULL);
	ret = avcodec_send_packet(e->decoder, e->packet);
	/* The heap is not to keep it. */
	if (wipe && e->packet->buf && av_buffer_is_writable(e->packet->buf))
		explicit_bzero(e->packet->data, (size_t)e->packet->size);
	av_packet_unref(e->packet);
	return ret;
}

static void *run(void *data)
{
	struct engine_thread *t = data;

	pthread_mutex_lock(&t->lock);
	for (;;) {
		enum job job;
		bool wipe;
		int result;

		while (t->job == NOTHING && !t->closed)
			pthread_cond_wait(&t->wake, &t->lock);
		if (t->closed)
			break;
		job = t->job;
		wipe = t->wipe;
		pthread_mutex_unlock(&t->lock);
		result = do_job(&t->engine, job, wipe);
		pthread_mutex_lock(&t->lock);
		t->result = result;
		t->job = NOTHING;
		notify(t->all);
	}
	pthread_mutex_unlock(&t->lock);
	destroy(t);
	return NULL;
}

static bool start(struct engine_thread *t)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool started;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	started = pthread_create(&thread, &attributes, run, t) == 0;
	pthread_attr_destroy(&attributes);
	return started;
}

static bool open_decoder(struct engine *e, enum mediacard_codec codec)
{
	const AVCodec *c = avcodec_find_decoder_by_name(decoders[codec]);

	e->packet = av_packet_alloc();
	e->frame = av_frame_alloc();
	e->decoder = c ? avcodec_alloc_context3(c) : NULL;
	if (!e->packet || !e->frame || !e->decoder)
		return false;
	e->decoder->thread_count = 1;
	e->decoder->max_pixels = (int64_t)MEDIACARD_MAX_WIDTH * MEDIACARD_MAX_HEIGHT;
	/* What belongs to a packet comes out with its frame. Any left crop is exact. */
	e->decoder->flags |= AV_CODEC_FLAG_COPY_OPAQUE | AV_CODEC_FLAG_UNALIGNED;
	/* A stream that does not say how far its pictures are out of order may have them so by all that the standard
	 * allows. Guessing less would drop the first ones. */
	if (codec == MEDIACARD_CODEC_H264)
		e->decoder->strict_std_compliance = FF_COMPLIANCE_STRICT;
	return avcodec_open2(e->decoder, c, NULL) == 0;
}

/* ---- what a session does with it ------------------------------------------------------ */

struct engine *engine_open(struct engines *all, enum mediacard_codec codec)
{
	struct engine_thread *t;

	if (!count_in(all))
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t) {
		count_out(all);
		return NULL;
	}
	t->all = all;
	t->engine.thread = t;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->wake, NULL);
	if (!open_decoder(&t->engine, codec) || !start(t)) {
		destroy(t);
		return NULL;
	}
	return &t->engine;
}

void engine_close(struct engine *e)
{
	struct engine_thread *t = e->thread;

	pthread_mutex_lock(&t->lock);
	t->closed = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
}

static void begin(struct engine *e, enum job job, bool wipe)
{
	struct engine_thread *t = e->thread;

	pthread_mutex_lock(&t->lock);
	t->job = job;
	t->wipe = wipe;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
}

void engine_send(struct engine *e, bool drain, bool wipe)
{
	begin(e, drain ? DRAIN : SEND, wipe);
}

void engine_receive(struct engine *e)
{
	begin(e, RECEIVE, false);
}

bool engine_finish(struct engine *e, int *result)
{
	struct engine_thread *t = e->thread;
	bool finished;

	pthread_mutex_lock(&t->lock);
	finished = t->job == NOTHING;
	*result = t->result;
	pthread_mutex_unlock(&t->lock);
	return finished;
}
