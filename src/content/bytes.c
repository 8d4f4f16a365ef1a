/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){0};
}

void bytes_put(struct bytes *bytes, const void *data, size_t size)
{
	if (bytes->failed || size == 0)
		return;
	if (size > bytes->room - bytes->size) {
		size_t room = bytes->room + bytes->room / 2 + size;
		uint8_t *larger = realloc(bytes->data, room);

		if (!larger) {
			bytes->failed = true;
			return;
		}
		bytes->data = larger;
		bytes->room = room;
	}
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

void bytes_put_uint(struct bytes *bytes, uint64_t value, unsigned octets)
{
	uint8_t p[8];

	for (unsigned i = 0; i < octets; i++)
		p[i] = (uint8_t)(value >> 8 * (octets - 1 - i));
	bytes_put(bytes, p, octets);
}

void bytes_drop(struct bytes *bytes, size_t size)
{
	bytes->size -= size;
	memmove(bytes->data, bytes->data + size, bytes->size);
}

size_t box_begin(struct bytes *bytes, const char type[4])
{
	size_t at = bytes->size;

	bytes_put_uint(bytes, 0, 4);
	bytes_put(bytes, type, 4);
	return at;
}

size_t box_begin_full(struct bytes *bytes, const char type[4], uint8_t version, uint32_t flags)
{
	size_t at = box_begin(bytes, type);

	bytes_put_uint(bytes, (uint32_t)version << 24 | flags, 4);
	return at;
}

void box_end(struct bytes *bytes, size_t at)
{
	if (!bytes->failed)
		write_be32(bytes->data + at, (uint32_t)(bytes->size - at));
}

bool box_at(const uint8_t *data, size_t size, struct box *box)
{
	size_t header = 8;
	uint64_t length;

	if (size < header)
		return false;
	length = read_be32(data);
	if (length == 1) {
		header = 16;
		if (size < header)
			return false;
		length = read_be64(data + 8);
	}
	if (length < header || length > size)
		return false;
	*box = (struct box){data, (size_t)length, data + header, (size_t)length - header};
	return true;
}

bool box_is(const struct box *box, const char type[4])
{
	return memcmp(box->start + 4, type, 4) == 0;
}

bool box_find(const uint8_t *data, size_t size, const char type[4], struct box *box)
{
	for (; box_at(data, size, box); data += box->size, size -= box->size)
		if (box_is(box, type))
			return true;
	return false;
}

uint32_t read_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint64_t read_be64(const uint8_t *p)
{
	return (uint64_t)read_be32(p) << 32 | read_be32(p + 4);
}

void write_be32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * (3 - i));
}
