/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "command.h"

volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
	stop_signal = number;
}

void watch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	/* A write beyond a limit of the user's is to fail, and what was written to be removed. */
	signal(SIGXFSZ, SIG_IGN);
}

unsigned long option_number(struct argp_state *state, const char *option, const char *text,
			    unsigned long least, unsigned long most)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value < least ||
	    value > most)
		argp_error(state, "%s takes a number from %lu to %lu, not '%s'", option, least, most,
			   text);
	return value;
}
