/* SPDX-License-Identifier: MIT */
/* The times of a clip's frames, and the constant rate that comes nearest. */
#ifndef PROTEX_CLI_PACE_H
#define PROTEX_CLI_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
	uint32_t count;
	int64_t first, last;	    /* in ticks */
	int64_t shortest, longest; /* from one frame to the next */
};

/* A frame that is shown at that time; they come in order. */
void pace_add(struct pace *pace, int64_t time);

/* Whether they come at times of their own, by more than ticks are rounded. */
bool pace_varies(const struct pace *pace);

/*
 * The rate at which so many frames take as long as these, for ticks of
 * tick_numerator/tick_denominator seconds; at most 1000. If that is, within a hundredth, what the
 * numbers say already, or nothing is known, they stay.
 */
void pace_rate(const struct pace *pace, int tick_numerator, int tick_denominator, uint32_t *numerator,
	       uint32_t *denominator);

#endif
