/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "pace.h"

void pace_add(struct pace *pace, int64_t time)
{
	int64_t gap = time - pace->last;

	if (pace->count++ == 0) {
		pace->first = time;
	} else if (pace->count == 2) {
		pace->shortest = pace->longest = gap;
	} else {
		if (gap < pace->shortest)
			pace->shortest = gap;
		if (gap > pace->longest)
			pace->longest = gap;
	}
	pace->last = time;
}

bool pace_varies(const struct pace *pace)
{
	return pace->count > 2 && pace->longest - pace->shortest > 1;
}

void pace_rate(const struct pace *pace, int tick_numerator, int tick_denominator, uint32_t *numerator,
	       uint32_t *denominator)
{
	double seconds, rate;

	if (pace->count < 2 || pace->last <= pace->first)
		return;
	seconds = (double)(pace->last - pace->first) * tick_numerator / tick_denominator;
	rate = (pace->count - 1) / seconds;
	if (fabs(rate * *denominator / *numerator - 1) < 0.01)
		return;
	if (rate > 1000)
		rate = 1000;
	/* To a thousandth of a frame a second, or, where there are few, of a second a frame. */
	if (rate >= 1) {
		*numerator = (uint32_t)lround(rate * 1000);
		*denominator = 1000;
	} else {
		*numerator = 1000;
		*denominator = (uint32_t)fmin(lround(1000 / rate), UINT32_MAX);
	}
}
