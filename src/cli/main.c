/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "config.h"

#ifdef HAVE_PACK
static int run_pack(int argc, char **argv);
#endif

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{"info", command_info, "what this machine can do, and for what it cannot, why"},
	{"alloc", command_alloc, "allocate a protected buffer, and run a program with it"},
	{"key", command_key, "make, wrap, unwrap and destroy keys of a crypto device"},
	{"crypt", command_crypt, "encrypt a file by a crypto device, with a key nobody sees"},
	{"probe", command_probe, "try every route by which the CPU might reach a buffer"},
#ifdef HAVE_PACK
	{"pack", run_pack, "encrypt a video, for play"},
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
		      "Exit status: 0 success, 1 failure, 2 a buffer was reached, a digest differs or a clip\n"
		      "is damaged, 3 this machine lacks what it takes, 64 wrong usage. See protex(1).\n");
}

#ifdef HAVE_PACK
/* A program of its own beside this one, or where it was installed: libav brings a hundred libraries
 * that the other commands should not have to load. */
static int run_pack(int argc, char **argv)
{
	char beside[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", beside, sizeof(beside) - sizeof("-pack"));

	(void)argc;
	if (length > 0) {
		strcpy(beside + length, "-pack");
		execv(beside, argv);
	}
	execv(PROTEX_PACK_PATH, argv);
	fprintf(stderr, "protex pack: cannot run " PROTEX_PACK_PATH ": %s; is protex completely "
			"installed?\n", strerror(errno));
	return STATUS_FAILED;
}
#endif

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
