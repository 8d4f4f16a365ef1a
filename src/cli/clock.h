/* SPDX-License-Identifier: MIT */
#ifndef PROTEX_CLI_CLOCK_H
#define PROTEX_CLI_CLOCK_H

#include <stdint.h>
#include <time.h>

#define SECOND UINT64_C(1000000000) /* in nanoseconds */

/* Nanoseconds of a clock that nobody sets. */
static inline uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

#endif
