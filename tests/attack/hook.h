/* SPDX-License-Identifier: MIT */
/*
 * Between Mesa and the kernel. The program's own ioctl() takes the place of the C library's, so that
 * an unmodified Mesa, which knows nothing of protected content, has protected objects and makes
 * protected submissions: an attacker with a whole GL driver at hand.
 */
#ifndef ATTACK_HOOK_H
#define ATTACK_HOOK_H

#include "attack.h"

struct hooked_object {
	uint32_t handle, res, target, format, width, height, depth, layers, levels, samples, size;
	bool is_secret;
};

/* From now on: the attempt that refusals are noted in. */
void hook_begin(struct attempt *attempt);

/* The next texture, or the next buffer, that Mesa creates is protected; over memory with that handle,
 * or, if it is 0, device storage. */
void hook_protect_next(bool buffer, uint32_t memory);
/* Which it was; NULL if Mesa did not create it, or the kernel would not. */
const struct hooked_object *hook_protected(void);

/* All of Mesa's submissions are protected ones, or none. */
void hook_submissions(bool protected);

/* The file that Mesa uses. */
int hook_device(void);

/* Looks for the key in every ordinary object that Mesa has. Mesa is not to be used after that. */
void hook_look(struct attempt *attempt);

#endif
