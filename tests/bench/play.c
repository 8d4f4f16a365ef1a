/* SPDX-License-Identifier: MIT */
/*
 * What a frame takes:
 *
 *	bench-play CLIP WIDTHxHEIGHT
 *
 * play-*: as protex play shows it, protected and with --ordinary, as fast as it goes. present-*: without decryption;
 * what is compared with is a player that has the plaintext in its memory and uploads it (upload.c).
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xf86drm.h>

#include "bench.h"
#include "container.h"
#include "content.h"
#include "crypto.h"
#include "output.h"
#include "upload.h"
#include "worker.h"

#define FRAMES 10 /* of a turn */

struct options {
	const char *clip;
	bool ordinary, decrypt;
};

struct player {
	const struct options *options;
	struct container_reader *reader;
	const struct container_header *header;
	struct output *output;
	struct content *content;
	unsigned slot;
	int screen; /* the device's file, which is its master for a turn */
};

static bool done(int ret, const struct protex_error *error)
{
	if (ret < 0)
		bench_fail("%s", error->message);
	return ret >= 0;
}

/* The clip again from its beginning, when it is at its end. */
static int next_frame(struct player *p, struct container_frame *frame, struct protex_error *error)
{
	int ret = container_reader_next(p->reader, frame, p->content->ciphertext, error);

	if (ret != 0)
		return ret;
	container_reader_close(p->reader);
	p->reader = NULL;
	ret = container_reader_open(&p->reader, p->options->clip, error);
	if (ret < 0)
		return ret;
	return container_reader_next(p->reader, frame, p->content->ciphertext, error);
}

static int decrypt(struct player *p, unsigned slot, struct protex_error *error)
{
	struct container_frame frame;
	int ret = next_frame(p, &frame, error);

	return ret < 0 ? ret : content_decrypt(p->content, slot, frame.iv, error);
}

static int wait_while_busy(struct output *output, struct protex_error *error)
{
	int ret = 0;

	while (ret == 0 && output->is_busy) {
		struct pollfd fd = {.fd = -1};

		ret = output_begin_wait(output, &fd, error);
		if (ret == 0) {
			poll(&fd, 1, -1);
			ret = output_end_wait(output, fd.revents, error);
		}
	}
	return ret;
}

static int play_frame(struct player *p, struct protex_error *error)
{
	unsigned slot = (p->slot + 1) % CONTENT_BUFFERS;
	int ret = 0;

	/* A monitor has nothing to wait for: this waits until it may be changed. */
	ret = output_acquire(p->output, slot, error);
	if (ret >= 0 && p->options->decrypt)
		ret = decrypt(p, slot, error);
	if (ret >= 0)
		ret = output_draw(p->output, slot, error);
	if (ret >= 0)
		ret = wait_while_busy(p->output, error);
	if (ret >= 0)
		ret = output_show(p->output, error);
	p->slot = slot;
	return ret;
}

static double run(void *state)
{
	struct player *p = state;
	struct protex_error error;
	uint64_t begin;
	int ret = 0;

	if (drmSetMaster(p->screen) < 0)
		return -bench_fail("the display is not to be had");
	begin = bench_now();
	for (unsigned i = 0; i < FRAMES && ret >= 0; i++)
		ret = play_frame(p, &error);
	if (ret >= 0)
		ret = wait_while_busy(p->output, &error);
	begin = bench_now() - begin;
	drmDropMaster(p->screen);
	return done(ret, &error) ? (double)begin / FRAMES : -1;
}

static void close_player(void *state)
{
	struct player *p = state;

	content_destroy(p->content);
	output_close(p->output);
	container_reader_close(p->reader);
	free(p);
}

static int prepare(struct player *p, struct protex_error *error)
{
	struct output_options options = {.is_protected = !p->options->ordinary};
	struct pollfd fd = {.fd = -1};
	int ret = container_reader_open(&p->reader, p->options->clip, error);

	if (ret < 0)
		return ret;
	/* Another reader will have the same header. */
	p->header = container_reader_header(p->reader);
	ret = output_open_screen(&p->output, &options, p->header, error);
	if (ret < 0)
		return ret;
	if (p->options->ordinary)
		ret = content_create_ordinary(&p->content, p->header, p->output->device,
					      crypto_development_kek, error);
	else
		ret = content_create_protected(&p->content, p->header, error);
	if (ret == 0)
		ret = output_prepare(p->output, p->content, error);
	for (unsigned i = 0; i < CONTENT_BUFFERS && ret >= 0; i++)
		ret = decrypt(p, i, error);
	if (ret >= 0)
		ret = output_begin_wait(p->output, &fd, error);
	p->screen = fd.fd;
	if (ret >= 0)
		drmDropMaster(p->screen);
	return ret;
}

static void *open_player(const void *options)
{
	struct player *p = calloc(1, sizeof(*p));
	struct protex_error error;

	if (!p)
		return NULL;
	p->options = options;
	if (done(prepare(p, &error), &error))
		return p;
	close_player(p);
	return NULL;
}

static const struct worker_job player_job = {open_player, run, close_player};

static bool compare(const char *metric, const char *size, const struct worker_job *ours,
		    const void *our_options, const struct worker_job *theirs,
		    const void *their_options)
{
	struct worker a = {0}, b = {0};
	char name[64];
	bool good;

	snprintf(name, sizeof(name), "%s-%s", metric, size);
	good = worker_start(&a, ours, our_options) && worker_start(&b, theirs, their_options) &&
	       bench_compare_gauges(name, bench_rounds(60), (struct bench_gauge){worker_run, &a},
				    (struct bench_gauge){worker_run, &b});
	good = worker_end(&a) && good;
	return worker_end(&b) && good;
}

int main(int argc, char **argv)
{
	struct options options[2] = {
		{.decrypt = true},
		{.decrypt = true, .ordinary = true},
	};
	bool good;

	if (argc != 3)
		return bench_fail("takes a clip and its size");
	options[0].clip = options[1].clip = argv[1];
	good = compare("play", argv[2], &player_job, &options[0], &player_job, &options[1]);
	options[0].decrypt = false;
	good = compare("present", argv[2], &player_job, &options[0], &upload_job, argv[1]) && good;
	return !good;
}
