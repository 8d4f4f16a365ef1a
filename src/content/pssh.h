/* SPDX-License-Identifier: MIT */
/*
 * The protection system data of the protex TA: a content key, wrapped for it, in a 'pssh' box of the
 * file (ISO/IEC 23001-7). The system's id is the TA's UUID.
 *
 * It travels in the file and not beside it, so that it cannot get lost, and because this is where
 * demultiplexers look: GStreamer's hands the box to whichever element says that it knows the system.
 * Players of other systems pass over it.
 */
#ifndef PROTEX_CONTENT_PSSH_H
#define PROTEX_CONTENT_PSSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protex/ta.h>

#include "bytes.h"

/* As GStreamer has it. */
#define PSSH_SYSTEM_ID "69c23b06-611c-4926-a06f-accc6cce68dd"

void pssh_write(struct bytes *bytes, const uint8_t key_id[16],
		const struct protex_ta_wrapped_key *key);

/* The wrapped key of that id in size bytes, which are 'pssh' boxes, of any system. */
bool pssh_find(const uint8_t *data, size_t size, const uint8_t key_id[16],
	       struct protex_ta_wrapped_key *key);

#endif
