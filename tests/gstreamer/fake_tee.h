/* SPDX-License-Identifier: MIT */
/*
 * libprotex with a TEE in this process: the protex TA on the host, and memory files for its protected
 * memory, in which a test may look. One thread at a time invokes the TA.
 */
#ifndef FAKE_TEE_H
#define FAKE_TEE_H

#include <stdbool.h>
#include <stddef.h>

/* What the heap has room for; larger by default than anything that is asked of it. */
extern size_t fake_heap_size;

/* Allocations from the heap since the program began, and times that the TA was told of one. */
extern unsigned fake_allocations, fake_imports;

/* There is no TEE, or there is again. */
extern bool fake_no_tee;

#endif
