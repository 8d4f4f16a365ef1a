/* SPDX-License-Identifier: MIT */
/*
 * A second judge of virgl command streams, to compare the kernel's with.
 *
 * Written from the protocol and from the rules in docs/firewall.md, not from the
 * driver: it includes nothing of it, and works differently. It cares neither for
 * speed nor for which error a stream gets.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oracle_object {
   uint32_t handle;
   bool is_protected;
};

/*
 * May this stream run in a protected context, in a submission of these objects?
 * NULL if it may, or else what is wrong with it.
 */
const char *oracle_objection(const uint32_t *stream, size_t words,
                             const struct oracle_object *objects, size_t num_objects);

#endif
