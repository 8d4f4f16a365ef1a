/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "config.h"

volatile sig_atomic_t stop_signal;

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{"info", command_info, "what this machine can do, and for what it cannot, why"},
	{"alloc", command_alloc, "allocate a protected buffer, and run a program with it"},
	{"probe", command_probe, "try every route by which the CPU might reach a buffer"},
#ifdef HAVE_PACK
	{"pack", command_pack, "encrypt a video, for play"},
#endif
#ifdef HAVE_PLAY
	{"play", command_play, "play an encrypted video through protected memory"},
#endif
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *file)
{
	fprintf(file, "Usage: protex COMMAND [OPTION...] [ARGUMENT...]\n"
		      "Graphics on memory that a TEE has locked away from the CPU.\n\nCommands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(file, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fprintf(file, "\n'protex COMMAND --help' tells about one. All of them take --json.\n"
		      "Exit status: 0 success, 1 failure, 2 a buffer was reached or a digest differs,\n"
		      "3 this machine lacks what it takes, 64 wrong usage. See protex(1).\n");
}

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

int main(int argc, char **argv)
{
	argp_err_exit_status = STATUS_USAGE;

	if (argc < 2) {
		usage(stderr);
		return STATUS_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0 ||
	    strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return STATUS_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("protex %s\n", PROTEX_VERSION);
		return STATUS_OK;
	}
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(argv[1], commands[i].name) == 0) {
			char name[32];

			snprintf(name, sizeof(name), "protex %s", commands[i].name);
			argv[1] = name;
			int status = commands[i].run(argc - 1, argv + 1);

			/* What could not be printed was not done. */
			if ((fflush(stdout) != 0 || ferror(stdout)) && status == STATUS_OK) {
				fprintf(stderr, "%s: standard output: %s\n", name, strerror(errno));
				status = STATUS_FAILED;
			}
			return status;
		}
	}
	fprintf(stderr, "protex: there is no command '%s' in this build; try 'protex --help'\n",
		argv[1]);
	return STATUS_USAGE;
}
