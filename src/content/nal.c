/* SPDX-License-Identifier: MIT */
#include "nal.h"

struct reader {
	const uint8_t *p;
	size_t left;
	bool failed;
};

static uint32_t take(struct reader *r, unsigned octets)
{
	uint32_t value = 0;

	if (r->left < octets) {
		r->failed = true;
		r->left = 0;
		return 0;
	}
	for (unsigned i = 0; i < octets; i++)
		value = value << 8 | *r->p++;
	r->left -= octets;
	return value;
}

static void skip(struct reader *r, size_t octets)
{
	if (r->left < octets) {
		r->failed = true;
		octets = r->left;
	}
	r->p += octets;
	r->left -= octets;
}

/* NAL units, each after its length in two octets. */
static void take_nals(struct reader *r, unsigned count, struct bytes *head)
{
	for (unsigned i = 0; i < count && !r->failed; i++) {
		uint32_t size = take(r, 2);
		const uint8_t *nal = r->p;

		skip(r, size);
		if (!r->failed) {
			bytes_put_uint(head, 1, 4);
			bytes_put(head, nal, size);
		}
	}
}

/* Undoes what was appended, if it is not what it should be. */
static bool finish(const struct reader *r, unsigned length_size, struct bytes *head, size_t before)
{
	bool good = !r->failed && !head->failed && length_size != 3;

	if (!good)
		head->size = before;
	return good;
}

bool nal_read_avcc(const uint8_t *data, size_t size, unsigned *length_size, struct bytes *head)
{
	struct reader r = {data, size, false};
	size_t before = head->size;

	if (take(&r, 1) != 1)
		return false;
	skip(&r, 3); /* profile, compatibility, level */
	*length_size = (take(&r, 1) & 3) + 1;
	take_nals(&r, take(&r, 1) & 31, head);
	take_nals(&r, take(&r, 1), head);
	return finish(&r, *length_size, head, before);
}

bool nal_read_hvcc(const uint8_t *data, size_t size, unsigned *length_size, struct bytes *head)
{
	struct reader r = {data, size, false};
	size_t before = head->size;
	uint32_t arrays;

	if (take(&r, 1) != 1)
		return false;
	skip(&r, 20); /* profile to average frame rate */
	*length_size = (take(&r, 1) & 3) + 1;
	arrays = take(&r, 1);
	for (uint32_t i = 0; i < arrays && !r.failed; i++) {
		skip(&r, 1); /* completeness, type */
		take_nals(&r, take(&r, 2), head);
	}
	return finish(&r, *length_size, head, before);
}
