/* SPDX-License-Identifier: MIT */
#ifndef MEDIACARD_SANDBOX_H
#define MEDIACARD_SANDBOX_H

#include <stdint.h>

/*
 * Gives up all that a decoder does not need, before it sees the guest's first byte: privileges, files, more
 * memory than `memory` bytes beside what is mapped now, and all system calls but those that it makes. A call
 * that is not among them ends the program. Complains and exits when something cannot be given up.
 */
void sandbox_enter(uint64_t memory);

#endif
