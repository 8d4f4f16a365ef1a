/* SPDX-License-Identifier: MIT */
/*
 * R2: the number of a protected resource is given to an ordinary object too. The host does not make that
 * one, which nobody waits to be told, and does with the first what the second is asked for.
 */
#include "attack.h"

/* More than the weakened driver's numbers. */
#define OBJECTS 300

static void number(struct attempt *attempt, const struct attack *attack)
{
	struct scene s;

	(void)attack;
	if (!scene_open(&s, attempt))
		return;
	for (int i = 0; i < OBJECTS; i++) {
		struct object object;

		if (create(s.fd, &object, 0)) {
			broken(attempt, "no new object");
			return;
		}
		if (object.res == s.secret.res) {
			look_at_texture(attempt, s.fd, object.handle);
			return;
		}
	}
}

const struct attack number_attacks[] = {
	{ "R2", "number", "number", "a number is used for a second object while the first one lives",
	  number, NULL, 0, true },
	{ 0 },
};
