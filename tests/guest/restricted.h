/* SPDX-License-Identifier: MIT */
/* Restricted memory with known content. */
#ifndef RESTRICTED_H
#define RESTRICTED_H

#include <stdbool.h>
#include <stdint.h>

/* Has the TEE set the first bytes of a dma-buf of its own. */
bool fill_protected(int dmabuf, uint64_t size, uint8_t byte);

#endif
