// SPDX-License-Identifier: MIT
/*
 * Subsamples: which bytes of a sample are encrypted.
 */
#include "protex_ta.h"

bool protex_subsamples_add_up(const uint8_t *subsamples, uint32_t count, size_t size)
{
	uint64_t sum = 0;
	uint32_t i;

	/* 1024 times 2^33 is far from 2^64. */
	for (i = 0; i < count; i++, subsamples += PROTEX_TA_SUBSAMPLE_SIZE)
		sum += (uint64_t)protex_get_le32(subsamples) + protex_get_le32(subsamples + 4);

	return !count || sum == size;
}

static void next_subsample(struct protex_subsamples *s)
{
	s->clear = protex_get_le32(s->next);
	s->cipher = protex_get_le32(s->next + 4);
	s->next += PROTEX_TA_SUBSAMPLE_SIZE;
	s->left--;
}

void protex_subsamples_start(struct protex_subsamples *s, const uint8_t *list, uint32_t count)
{
	s->next = list;
	s->left = count;
	s->clear = 0;
	s->cipher = 0;
}

size_t protex_subsamples_take(struct protex_subsamples *s, size_t limit, bool *encrypted)
{
	size_t *part;
	size_t n;

	while (!s->clear && !s->cipher && s->left)
		next_subsample(s);

	*encrypted = !s->clear;
	part = *encrypted ? &s->cipher : &s->clear;
	n = *part < limit ? *part : limit;
	*part -= n;
	return n;
}

void protex_subsamples_skip(struct protex_subsamples *s, size_t size)
{
	bool encrypted;

	while (size)
		size -= protex_subsamples_take(s, size, &encrypted);
}
