/* SPDX-License-Identifier: MIT */
/*
 * The interface every allocator implements: heap.c, rstmem.c and udmabuf.c.
 */
#ifndef LIBPROTEX_ALLOCATOR_H
#define LIBPROTEX_ALLOCATOR_H

#include <protex/protex.h>

struct protex_allocator_interface {
	/* Returns a dma-buf of at least size bytes, or a negative errno with a message. size is not
	 * 0. Called by several threads at the same time. */
	int (*alloc)(struct protex_allocator *allocator, uint64_t size,
		     struct protex_error *error);
	void (*destroy)(struct protex_allocator *allocator);
};

/* What all allocators have; each embeds it as its first member. */
struct protex_allocator {
	const struct protex_allocator_interface *interface;
	bool is_protected;
	char name[64];
};

/* An allocator of the dma-heap with that name. */
int protex_heap_open(struct protex_allocator **allocator, const char *heap, bool is_protected,
		     struct protex_error *error);

/* An allocator of ordinary memory by way of /dev/udmabuf, for kernels without dma-heaps. */
int protex_udmabuf_open(struct protex_allocator **allocator, struct protex_error *error);

#endif
