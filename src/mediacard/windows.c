/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "windows.h"

struct piece {
	uint8_t *data;
	uint64_t begin; /* in the window */
	uint64_t size;
};

struct window {
	uint32_t rights;
	uint32_t count;
	uint64_t size;
	struct piece pieces[];
};

#define ALL_RIGHTS (MEDIACARD_WINDOW_READ | MEDIACARD_WINDOW_WRITE | MEDIACARD_WINDOW_PROTECTED)

enum mediacard_status windows_map(struct windows *w, uint32_t number, uint32_t rights,
				  const volatile struct mediacard_segment *segments, uint32_t count)
{
	struct window *new;

	if (number >= MEDIACARD_MAX_WINDOWS || w->window[number] || rights & ~ALL_RIGHTS || !count ||
	    count > MEDIACARD_SEGMENT_COUNT)
		return MEDIACARD_INVALID;
	if (count > MAX_SEGMENTS - w->segment_count)
		return MEDIACARD_NO_MEMORY;
	new = malloc(sizeof(*new) + count * sizeof(new->pieces[0]));
	if (!new)
		return MEDIACARD_NO_MEMORY;
	*new = (struct window){.rights = rights, .count = count};
	for (uint32_t i = 0; i < count; i++) {
		uint64_t address = le64toh(segments[i].address), length = le64toh(segments[i].length);
		uint8_t *data = length ? guest_memory_at(w->memory, address, length) : NULL;

		if (!data || new->size + length < new->size) {
			free(new);
			return MEDIACARD_REFUSED;
		}
		new->pieces[i] = (struct piece){data, new->size, length};
		new->size += length;
	}
	w->window[number] = new;
	w->segment_count += count;
	return MEDIACARD_OK;
}

enum mediacard_status windows_unmap(struct windows *w, uint32_t number)
{
	if (number >= MEDIACARD_MAX_WINDOWS || !w->window[number])
		return MEDIACARD_INVALID;
	w->segment_count -= w->window[number]->count;
	free(w->window[number]);
	w->window[number] = NULL;
	return MEDIACARD_OK;
}

void windows_reset(struct windows *w)
{
	for (uint32_t i = 0; i < MEDIACARD_MAX_WINDOWS; i++)
		windows_unmap(w, i);
}

bool windows_allow(const struct windows *w, uint32_t number, uint64_t offset, uint64_t size, uint32_t rights,
		   bool protected)
{
	const struct window *window = number < MEDIACARD_MAX_WINDOWS ? w->window[number] : NULL;

	return window && (window->rights & rights) == rights &&
	       !!(window->rights & MEDIACARD_WINDOW_PROTECTED) == protected && offset <= window->size &&
	       size <= window->size - offset;
}

/* The piece that has the byte at offset, which is in the window. */
static const struct piece *find(const struct window *window, uint64_t offset)
{
	uint32_t low = 0, high = window->count - 1;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (window->pieces[middle].begin <= offset)
			low = middle;
		else
			high = middle - 1;
	}
	return &window->pieces[low];
}

/* One of the two is the window. */
static void copy(const struct window *window, uint64_t offset, void *to, const void *from, size_t size)
{
	const struct piece *p = size ? find(window, offset) : NULL;
	uint64_t inside = size ? offset - p->begin : 0;

	for (size_t done = 0; done < size; p++, inside = 0) {
		uint64_t part = p->size - inside;

		if (part > size - done)
			part = size - done;
		if (to)
			memcpy((uint8_t *)to + done, p->data + inside, part);
		else
			memcpy(p->data + inside, (const uint8_t *)from + done, part);
		done += part;
	}
}

bool windows_read(const struct windows *w, uint32_t number, uint64_t offset, void *to, size_t size, bool protected)
{
	if (!windows_allow(w, number, offset, size, MEDIACARD_WINDOW_READ, protected))
		return false;
	copy(w->window[number], offset, to, NULL, size);
	return true;
}

bool windows_write(const struct windows *w, uint32_t number, uint64_t offset, const void *from, size_t size,
		   bool protected)
{
	if (!windows_allow(w, number, offset, size, MEDIACARD_WINDOW_WRITE, protected))
		return false;
	copy(w->window[number], offset, NULL, from, size);
	return true;
}
