/* SPDX-License-Identifier: MIT */
/*
 * attacks [--weakened DRIVER | --only NAME]: tries all attacks, those that the driver DRIVER lets
 * through, or those with NAME in their name. Prints a line for each: the outcome, the rule, the
 * weakened driver, the attack, what was seen, and what would be wrong; separated by tabs.
 *
 * The outcome is leaked; broken: it could not be tried; refused; empty: all was done that was asked for,
 * as it may be, and nothing leaked; or nothing: no leak, and nobody knows why.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"
#include "gl.h"

static const struct attack *const tables[] = {
	map_attacks, name_attacks, write_attacks, store_attacks, target_attacks,
	result_attacks, transfer_attacks, import_attacks, reuse_attacks, form_attacks,
	heap_attacks, number_attacks, device_attacks, race_attacks,
	gl_copy_attacks, gl_draw_attacks, gl_store_attacks, gl_query_attacks,
};

/* How often an attack is tried that is to succeed. */
#define TRIES 5

/* Bytes that tell their order, and that no memory is full of. */
static uint32_t random_key(void)
{
	uint8_t bytes[4];
	uint32_t key = 0;

	do {
		if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
			abort();
		for (int i = 0; i < 4; i++)
			key = key << 8 | (0x20 + bytes[i] % 0xc0);
	} while ((key & 0xff) == (key >> 8 & 0xff) || (key & 0xff) == (key >> 16 & 0xff));
	return key;
}

static void try_attack(const struct attack *attack, int result)
{
	struct attempt attempt = { .key = random_key() };

	attack->run(&attempt, attack);
	if (write(result, &attempt, sizeof(attempt)) != sizeof(attempt))
		_exit(1);
	_exit(0);
}

/* In a process of its own: the host gives up on a context that makes an error, and what an attack
 * leaves behind is gone. */
static struct attempt attempt_in_child(const struct attack *attack)
{
	struct attempt attempt = { 0 };
	int ends[2], status;
	struct pollfd wait;
	pid_t child;

	if (pipe(ends))
		abort();
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		close(ends[0]);
		try_attack(attack, ends[1]);
	}
	close(ends[1]);
	wait = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	if (poll(&wait, 1, 120000) != 1 ||
	    read(ends[0], &attempt, sizeof(attempt)) != sizeof(attempt))
		broken(&attempt, "the attack did not end");
	kill(-child, SIGKILL);
	waitpid(child, &status, 0);
	close(ends[0]);
	return attempt;
}

static void print(const struct attack *attack, const struct attempt *attempt)
{
	const char *outcome = attempt->leaked ? "leaked"
			      : attempt->broken ? "broken"
			      : attack->allowed ? attempt->text[0] ? "nothing" : "empty"
			      : attempt->refused ? "refused" : "nothing";

	printf("%s\t%s\t%s\t%s\t%s\t%s\n", outcome, attack->rule, attack->weakened, attack->name,
	       attempt->text, attack->leak);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *weakened = argc == 3 && !strcmp(argv[1], "--weakened") ? argv[2] : NULL;
	const char *only = argc == 3 && !strcmp(argv[1], "--only") ? argv[2] : NULL;

	if (argc != 1 && !weakened && !only) {
		fprintf(stderr, "Usage: attacks [--weakened DRIVER | --only NAME]\n");
		return 64;
	}
	gl_load();
	for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
		for (const struct attack *attack = tables[i]; attack->name; attack++) {
			struct attempt attempt;

			if ((weakened && strcmp(weakened, attack->weakened)) ||
			    (only && !strstr(attack->name, only)))
				continue;
			attempt = attempt_in_child(attack);
			/* What the host does with its heap is chance. */
			for (int i = 1; weakened && !attempt.leaked && i < TRIES; i++)
				attempt = attempt_in_child(attack);
			print(attack, &attempt);
		}
	}
	return 0;
}
