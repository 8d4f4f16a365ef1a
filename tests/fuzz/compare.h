/* SPDX-License-Identifier: MIT */
#ifndef COMPARE_H
#define COMPARE_H

#include <stddef.h>
#include <stdint.h>

enum compared {
   COMPARED_ACCEPTED,
   COMPARED_REFUSED,
   /* by the driver; the oracle has no objection */
   COMPARED_STRICTER,
};

/* Judges a submission twice. Aborts if the driver lets through what it must not. */
enum compared compare(const uint8_t *data, size_t size);

#endif
