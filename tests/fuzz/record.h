/* SPDX-License-Identifier: MIT */
#ifndef RECORD_H
#define RECORD_H

#include <stddef.h>
#include <stdint.h>

/* Of a submission, in the format of input.h, whose ioctl took so long. */
void measure(const uint32_t *words, size_t count, uint64_t took);

/* Of the monotonic clock. */
uint64_t nanoseconds(void);

#endif
