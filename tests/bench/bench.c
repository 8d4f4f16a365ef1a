/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

uint64_t bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

unsigned bench_rounds(unsigned often)
{
	return getenv("PROTEX_BENCH_QUICK") && often > 2 ? 2 : often;
}

void bench_pair(const char *metric, double ours, double theirs)
{
	printf("pair\t%s\t%.9g\t%.9g\n", metric, ours, theirs);
	fflush(stdout);
}

void bench_value(const char *metric, double ours)
{
	printf("value\t%s\t%.9g\n", metric, ours);
	fflush(stdout);
}

int bench_fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return 1;
}

/* A slowdown that is put in on purpose, as a part of what it slows down. */
static double slowdown(void)
{
	const char *percent = getenv("PROTEX_BENCH_SLOWER");

	return percent ? strtod(percent, NULL) / 100 : 0;
}

struct timed {
	struct bench_side side;
	double count, slower;
};

/* Nanoseconds of an operation, or -1. */
static double time_run(void *data)
{
	const struct timed *timed = data;
	uint64_t begin = bench_now(), end;

	if (!timed->side.run(timed->side.data))
		return -1;
	end = bench_now();
	if (timed->slower > 0) {
		uint64_t until = end + (uint64_t)((double)(end - begin) * timed->slower);

		while ((end = bench_now()) < until)
			;
	}
	return (double)(end - begin) / timed->count;
}

bool bench_compare(const char *metric, unsigned rounds, double count, struct bench_side ours,
		   struct bench_side theirs)
{
	struct timed a = {ours, count, slowdown()}, b = {theirs, count, 0};

	return bench_compare_gauges(metric, rounds, (struct bench_gauge){time_run, &a},
				    (struct bench_gauge){time_run, &b});
}

bool bench_compare_gauges(const char *metric, unsigned rounds, struct bench_gauge ours,
			  struct bench_gauge theirs)
{
	if (ours.run(ours.data) < 0 || theirs.run(theirs.data) < 0)
		return false;
	for (unsigned i = 0; i < rounds; i++) {
		double a = 0, b;

		if (i % 2 == 0)
			a = ours.run(ours.data);
		b = theirs.run(theirs.data);
		if (i % 2 != 0)
			a = ours.run(ours.data);
		if (a < 0 || b < 0)
			return false;
		bench_pair(metric, a, b);
	}
	return true;
}
