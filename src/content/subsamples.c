/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>

#include "subsamples.h"

/*
 * The headers of a slice (H.264, HEVC) or frame (VP9, AV1) are in the first bytes of its unit. To know
 * exactly in how many, one would have to parse all parameter sets; other packagers leave as many clear.
 */
#define CLEAR_BYTES 96u
#define BLOCK 16u
/* An entry has two octets for the clear bytes. */
#define MAX_CLEAR 65535u

struct list {
	struct protex_subsample *items;
	int count; /* or a negative errno */
	size_t clear; /* bytes since the last item */
};

static void append(struct list *list, size_t clear, size_t cipher)
{
	if (list->count < 0)
		return;
	if (list->count == SUBSAMPLES_MAX) {
		list->count = -E2BIG;
		return;
	}
	list->items[list->count++] = (struct protex_subsample){(uint32_t)clear, (uint32_t)cipher};
}

static void flush(struct list *list, size_t cipher)
{
	for (; list->clear > MAX_CLEAR; list->clear -= MAX_CLEAR)
		append(list, MAX_CLEAR, 0);
	append(list, list->clear, cipher);
	list->clear = 0;
}

static void clear_bytes(struct list *list, size_t size)
{
	list->clear += size;
}

/* A unit whose end is encrypted. */
static void unit(struct list *list, size_t size)
{
	size_t cipher = size > CLEAR_BYTES ? (size - CLEAR_BYTES) / BLOCK * BLOCK : 0;

	clear_bytes(list, size - cipher);
	if (cipher > 0)
		flush(list, cipher);
}

static bool is_slice(enum subsamples_codec codec, uint8_t first)
{
	unsigned type = codec == SUBSAMPLES_H264 ? first & 31 : first >> 1 & 63;

	return codec == SUBSAMPLES_H264 ? type >= 1 && type <= 5 : type < 32;
}

static bool find_nals(struct list *list, enum subsamples_codec codec, unsigned length_size,
		      const uint8_t *data, size_t size)
{
	while (size > 0) {
		size_t length = 0;

		if (size < length_size)
			return false;
		for (unsigned i = 0; i < length_size; i++)
			length = length << 8 | data[i];
		data += length_size;
		size -= length_size;
		if (length > size)
			return false;
		clear_bytes(list, length_size);
		if (length > 0 && is_slice(codec, data[0]))
			unit(list, length);
		else
			clear_bytes(list, length);
		data += length;
		size -= length;
	}
	return true;
}

/* An OBU's header and size, and how many bytes follow (AV1 specification, 5.3). */
static bool obu_header(const uint8_t *data, size_t size, size_t *header, size_t *length)
{
	uint64_t value = 0;
	size_t at = data[0] & 4 ? 2 : 1;

	if (!(data[0] & 2)) { /* no size: up to the end */
		*header = at;
		*length = size - at;
		return at <= size;
	}
	for (unsigned i = 0; i < 8; i++, at++) {
		if (at >= size)
			return false;
		value |= (uint64_t)(data[at] & 127) << 7 * i;
		if (!(data[at] & 128)) {
			*header = at + 1;
			*length = (size_t)value;
			return value <= size - *header;
		}
	}
	return false;
}

static bool find_obus(struct list *list, const uint8_t *data, size_t size)
{
	while (size > 0) {
		unsigned type = data[0] >> 3 & 15;
		size_t header, length;

		if (!obu_header(data, size, &header, &length))
			return false;
		clear_bytes(list, header);
		if (type == 4 || type == 6) /* tile group, frame */
			unit(list, length);
		else
			clear_bytes(list, length);
		data += header + length;
		size -= header + length;
	}
	return true;
}

/* A superframe has an index at its end, with the sizes of its frames (VP9 specification, Annex B). */
static bool find_vp9_frames(struct list *list, const uint8_t *data, size_t size)
{
	uint8_t marker = data[size - 1];
	unsigned frames = (marker & 7) + 1, octets = (marker >> 3 & 3) + 1;
	size_t index = 2 + frames * octets;
	const uint8_t *p;

	if ((marker & 0xe0) != 0xc0 || size < index || data[size - index] != marker) {
		unit(list, size);
		return true;
	}
	size -= index;
	p = data + size + 1;
	for (unsigned i = 0; i < frames; i++) {
		size_t length = 0;

		for (unsigned n = 0; n < octets; n++)
			length |= (size_t)*p++ << 8 * n;
		if (length > size)
			return false;
		unit(list, length);
		size -= length;
	}
	clear_bytes(list, size + index);
	return true;
}

int subsamples_find(enum subsamples_codec codec, unsigned length_size, const uint8_t *data, size_t size,
		    struct protex_subsample subsamples[SUBSAMPLES_MAX])
{
	struct list list = {.items = subsamples};
	bool good;

	if (size == 0)
		return -EBADMSG;
	if (codec == SUBSAMPLES_VP9)
		good = find_vp9_frames(&list, data, size);
	else if (codec == SUBSAMPLES_AV1)
		good = find_obus(&list, data, size);
	else
		good = find_nals(&list, codec, length_size, data, size);
	if (!good)
		return -EBADMSG;
	if (list.clear > 0)
		flush(&list, 0);
	return list.count;
}
