/* SPDX-License-Identifier: MIT */
/* The dma-heaps by raw ioctls, for tests that do what no library would. */
#ifndef HEAP_H
#define HEAP_H

#include <stdint.h>

/* A buffer of the heap that /dev/dma_heap has by this name, or a negative errno. */
int heap_alloc(const char *name, uint64_t size);

#endif
