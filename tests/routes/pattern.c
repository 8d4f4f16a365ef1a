/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "routes.h"

/*
 * Pixel i of the pattern has the colour i × MULTIPLIER + FIRST in 24 bits. The multiplier is odd, so a
 * colour tells which pixel it is of, and one arbitrary colour in 4096 is one of the pattern's.
 */
#define COLOURS	   (1u << 24)
#define MULTIPLIER 0x9e3779u
#define INVERSE	   0xb382c9u /* of MULTIPLIER modulo 2²⁴ */
#define FIRST	   0x3c6ef3u

/* So many neighbouring pixels, all different and all of the pattern, are no chance. */
#define RUN 4u

static uint32_t colour(uint32_t i)
{
	return (i * MULTIPLIER + FIRST) % COLOURS;
}

static bool is_of_pattern(uint32_t rgb)
{
	return (rgb - FIRST) * INVERSE % COLOURS < PATTERN_PIXELS;
}

void pattern_write(uint8_t *bytes)
{
	for (uint32_t i = 0; i < PATTERN_PIXELS; i++) {
		uint32_t rgb = colour(i);

		/* DRM formats are little-endian. */
		bytes[4 * i + 0] = (uint8_t)rgb;
		bytes[4 * i + 1] = (uint8_t)(rgb >> 8);
		bytes[4 * i + 2] = (uint8_t)(rgb >> 16);
		bytes[4 * i + 3] = 0xff;
	}
}

static size_t count_runs(const uint8_t *bytes, size_t size, unsigned blue, unsigned red)
{
	uint32_t before = COLOURS; /* no colour */
	size_t count = 0, run = 0;

	for (size_t i = 0; i + 4 <= size; i += 4) {
		uint32_t rgb = (uint32_t)bytes[i + blue] | (uint32_t)bytes[i + 1] << 8 |
			       (uint32_t)bytes[i + red] << 16;

		run = rgb != before && is_of_pattern(rgb) ? run + 1 : 0;
		if (run == RUN)
			count += 4 * RUN;
		else if (run > RUN)
			count += 4;
		before = rgb;
	}
	return count;
}

size_t pattern_count(const void *memory, size_t size)
{
	const uint8_t *bytes = memory;
	size_t most = 0;

	for (size_t shift = 0; shift < 4 && shift < size; shift++) {
		size_t bgr = count_runs(bytes + shift, size - shift, 0, 2);
		size_t rgb = count_runs(bytes + shift, size - shift, 2, 0);

		most = bgr > most ? bgr : most;
		most = rgb > most ? rgb : most;
	}
	return most;
}
