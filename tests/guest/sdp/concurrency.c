/* SPDX-License-Identifier: MIT */
/* Several at a time: with a session each, and in one. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "sdp.h"

enum { THREADS = 4, ROUNDS = 25 };
#define SIZE (64 * KIB)

struct worker {
	struct sdp sdp;
	struct buffer buffer;
	unsigned number;
	bool right;
};

static void *work(void *data)
{
	struct worker *worker = data;

	worker->right = true;
	for (unsigned round = 0; round < ROUNDS && worker->right; round++)
		worker->right = !buffer_fill(&worker->sdp, &worker->buffer, round, SIZE / 2, (uint8_t)(worker->number * 50 + round)) &&
				buffer_is_its_twin(&worker->sdp, &worker->buffer);
	return NULL;
}

static bool all_are_right(struct worker *workers)
{
	pthread_t threads[THREADS];
	bool right = true;

	for (unsigned i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, &workers[i]);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		right &= workers[i].right;
	}
	return right;
}

static void run(const struct sdp *sdp, const char *name, bool own_session)
{
	struct worker workers[THREADS] = { 0 };
	bool ready = true;

	for (unsigned i = 0; i < THREADS && ready; i++) {
		workers[i].sdp = *sdp;
		workers[i].number = i;
		ready = (!own_session || !client_open(&workers[i].sdp.client)) &&
			shm_alloc(&workers[i].sdp.client, &workers[i].sdp.args, 4096) &&
			buffer_open(&workers[i].sdp, &workers[i].buffer, SIZE);
	}
	ok(ready && all_are_right(workers), "%s: %d at a time, %s", sdp->heap, THREADS, name);
	for (unsigned i = 0; i < THREADS && ready; i++) {
		buffer_close(&workers[i].buffer);
		shm_free(&workers[i].sdp.args);
		if (own_session)
			client_close(&workers[i].sdp.client);
	}
}

void test_concurrency(const struct sdp *sdp)
{
	run(sdp, "with a session each", true);
	run(sdp, "in one session", false);
}
