/* SPDX-License-Identifier: MIT */
#ifndef PROTEX_CLI_RUN_H
#define PROTEX_CLI_RUN_H

/*
 * Runs a program in place of this one, so that signals and the exit status are its own, with a buffer as file
 * descriptor 3 (and PROTEX_FD "3"). Returns only if it cannot be run: the exit status, after saying why in the
 * name of the command.
 */
int run_with_buffer(const char *name, char **command, int fd);

#endif
