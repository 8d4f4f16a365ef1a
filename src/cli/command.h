/* SPDX-License-Identifier: MIT */
/*
 * The commands of protex(1). Each takes its own arguments, argv[0] being "protex NAME", and returns
 * the exit status.
 */
#ifndef PROTEX_CLI_COMMAND_H
#define PROTEX_CLI_COMMAND_H

#include <argp.h>
#include <signal.h>
#include <stdbool.h>

#include "fail.h"

int command_info(int argc, char **argv);
int command_alloc(int argc, char **argv);
int command_probe(int argc, char **argv);
int command_key(int argc, char **argv);
int command_crypt(int argc, char **argv);
int command_play(int argc, char **argv);

/* The signal that asked to stop, or 0; set up by watch_signals(). */
extern volatile sig_atomic_t stop_signal;

/* Makes SIGINT, SIGTERM and SIGHUP set stop_signal, once: the second one ends the program. They
 * interrupt system calls. A file that grows beyond a limit is an error (EFBIG), and no signal. */
void watch_signals(void);

/* Reads a number of an option: decimal, in the given range. Otherwise complains and exits. */
unsigned long option_number(struct argp_state *state, const char *option, const char *text,
			    unsigned long least, unsigned long most);

#endif
