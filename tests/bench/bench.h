/* SPDX-License-Identifier: MIT */
/*
 * What all measures have in common: two things are done in turn, ours and what it is compared with, so that whatever
 * else the machine does meets both alike. What comes out are lines that scripts/bench reads as data:
 *
 *	pair	METRIC	OURS	THEIRS		one turn of each, in the unit of tests/bench/metrics
 *	value	METRIC	OURS			a figure that is compared with nothing
 *	# TEXT
 *
 * A measure that cannot be taken ends its program with a status other than 0, after a line on standard error.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds of a clock that nobody sets. */
uint64_t bench_now(void);

/* How often to do what is done often times in a real run: with PROTEX_BENCH_QUICK set, a few times, to see
 * whether it works. */
unsigned bench_rounds(unsigned often);

/* Does something once; false: it failed, and has said why. */
struct bench_side {
	bool (*run)(void *data);
	void *data;
};

/*
 * Does ours and theirs in turn, each first half of the time, and prints a pair for each round: the nanoseconds that one
 * of the count operations of a run took. One run of each goes before, and does not count. False as soon as a run fails.
 *
 * PROTEX_BENCH_SLOWER=PERCENT makes ours take so much longer, for tests of whether that is noticed.
 */
bool bench_compare(const char *metric, unsigned rounds, double count, struct bench_side ours,
		   struct bench_side theirs);

/* The same where a run measures itself: it returns what it took in the metric's unit, or less than 0. */
struct bench_gauge {
	double (*run)(void *data);
	void *data;
};
bool bench_compare_gauges(const char *metric, unsigned rounds, struct bench_gauge ours,
			  struct bench_gauge theirs);

void bench_pair(const char *metric, double ours, double theirs);
void bench_value(const char *metric, double ours);

/* Says why there is no measure, and returns what main() does then. */
__attribute__((format(printf, 1, 2))) int bench_fail(const char *format, ...);

#endif
