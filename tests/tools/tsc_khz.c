/* SPDX-License-Identifier: MIT */
/*
 * Prints the frequency of this machine's time stamp counter, in kHz. Each reading is the best of many, so that it does
 * not matter when somebody else has the processor in between.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <x86intrin.h>

struct reading {
	uint64_t ticks, time; /* ns */
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static struct reading read_both(void)
{
	struct reading best = {0};
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 1000; i++) {
		uint64_t before = now(), ticks = __rdtsc(), after = now();

		if (after - before < least) {
			least = after - before;
			best = (struct reading){ticks, before + least / 2};
		}
	}
	return best;
}

int main(void)
{
	struct timespec while_it_counts = {.tv_nsec = 50000000};
	struct reading first = read_both(), last;

	nanosleep(&while_it_counts, NULL);
	last = read_both();
	printf("%" PRIu64 "\n", (last.ticks - first.ticks) * 1000000 / (last.time - first.time));
	return 0;
}
