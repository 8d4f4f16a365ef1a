/* SPDX-License-Identifier: MIT */
#ifndef KEYS_ATTACKS_H
#define KEYS_ATTACKS_H

#include "device.h"
#include "wrapped.h"

enum outcome {
	REFUSED, /* the attack was */
	NOTHING, /* it was not, and got nothing */
	LEAKED,	 /* it got what it was after */
};

void secret_make(uint8_t secret[16]);

/* search.c: by the CPU. why is set to what was searched. */
enum outcome routes_to_a_key(struct tee *t, const char **why);
enum outcome key_in_kcore(struct tee *t, const char **why);
enum outcome key_in_words(struct tee *t, const char **why);

/* The same for keys that the CPU has: each is found. Prints its tests. */
void control_tests(struct tee *t);

#endif
