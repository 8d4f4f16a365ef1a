/* SPDX-License-Identifier: MIT */
/*
 * A checker of virgl streams built as the command parsers of other drivers are (i915's is the one that people know), to
 * see what that design would cost: tables of commands, found by a hash of their opcode; of each command a length, the
 * words that name resources, and bits that must have a value; sorted tables of what may be named. Written for this, and
 * for the commands that real programs send; it is no firewall.
 */
#ifndef TABLE_PARSER_H
#define TABLE_PARSER_H

#include "virtgpu_protected_stream.h"

void table_parser_init(void);

/* As virtio_gpu_protected_stream_check(): 0, -EACCES or -EINVAL. */
int table_parser_check(const u32 *stream, size_t words, const struct virtio_gpu_stream_object *objects,
		       size_t num_objects);

#endif
