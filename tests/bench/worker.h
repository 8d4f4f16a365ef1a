/* SPDX-License-Identifier: MIT */
/*
 * Two ways of showing frames are two processes, as two programs would be, that take turns on one display: each waits to be
 * told to work.
 */
#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>
#include <sys/types.h>

struct worker {
	pid_t pid;
	int socket;
};

/*
 * What a worker does. open returns the worker's state, or NULL; run returns nanoseconds for one operation, or less than 0,
 * and close ends it. All of them are called in the worker's process, and say on standard error what fails.
 */
struct worker_job {
	void *(*open)(const void *options);
	double (*run)(void *state);
	void (*close)(void *state);
};

/* Starts a worker, and returns when it is open; false if that fails. The options are copied with the process. */
bool worker_start(struct worker *worker, const struct worker_job *job, const void *options);

/* Of struct bench_gauge: has the worker run once. */
double worker_run(void *worker);

/* Has them all run at the same time. False if one fails. */
bool workers_run(struct worker *workers, unsigned count);

/* Waits for it to close. False: it failed. */
bool worker_end(struct worker *worker);

#endif
