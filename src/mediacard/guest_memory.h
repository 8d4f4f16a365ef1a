/* SPDX-License-Identifier: MIT */
/* The guest's memory, which the device reaches by DMA addresses. */
#ifndef MEDIACARD_GUEST_MEMORY_H
#define MEDIACARD_GUEST_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* A piece of the file is a piece of the guest's physical memory. */
struct memory_range {
	uint64_t address; /* in the guest */
	uint64_t offset;  /* in the file */
	uint64_t size;
};

#define MAX_MEMORY_RANGES 4

struct guest_memory {
	uint8_t *data;
	uint64_t size;
	struct memory_range ranges[MAX_MEMORY_RANGES];
	unsigned range_count;
};

/* Makes the file, which must not be there, and maps it. LAYOUT is "ADDRESS:SIZE[,ADDRESS:SIZE…]", in bytes, in the
 * order of the file. Complains and exits on failure: there is no machine yet. */
void guest_memory_create(struct guest_memory *m, const char *path, const char *layout);

/* Where size bytes at a DMA address are, or NULL when not all of them are memory. */
uint8_t *guest_memory_at(const struct guest_memory *m, uint64_t address, uint64_t size);

#endif
