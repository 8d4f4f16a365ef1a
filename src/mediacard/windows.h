/* SPDX-License-Identifier: MIT */
/*
 * The card's IOMMU: what of the guest's memory the driver has mapped for it. All of the card's accesses
 * go through a window and are checked against it, each time.
 */
#ifndef MEDIACARD_WINDOWS_H
#define MEDIACARD_WINDOWS_H

#include <stdbool.h>

#include "guest_memory.h"
#include "mediacard_regs.h"

/* Of all windows together. */
#define MAX_SEGMENTS (1u << 19)

struct window;
struct windows {
	const struct guest_memory *memory;
	struct window *window[MEDIACARD_MAX_WINDOWS];
	unsigned segment_count;
};

/* The segments are the guest's and may change meanwhile: each is read once. */
enum mediacard_status windows_map(struct windows *w, uint32_t number, uint32_t rights,
				  const volatile struct mediacard_segment *segments, uint32_t count);
enum mediacard_status windows_unmap(struct windows *w, uint32_t number);
void windows_reset(struct windows *w);

/* Whether all of the range is in the window, which has all of the rights, and is protected or not as is wanted. */
bool windows_allow(const struct windows *w, uint32_t number, uint64_t offset, uint64_t size, uint32_t rights,
		   bool protected);

/* Copy, after the same check. They copy nothing if it fails. */
bool windows_read(const struct windows *w, uint32_t number, uint64_t offset, void *to, size_t size, bool protected);
bool windows_write(const struct windows *w, uint32_t number, uint64_t offset, const void *from, size_t size,
		   bool protected);

#endif
