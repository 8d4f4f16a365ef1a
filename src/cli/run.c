/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit_status.h"
#include "run.h"

#define COMMAND_FD	3
#define COMMAND_FD_TEXT "3"

int run_with_buffer(const char *name, char **command, int fd)
{
	int code;

	fflush(stdout);
	/* dup2 onto itself would keep the close-on-exec flag. */
	if ((fd == COMMAND_FD ? fcntl(fd, F_SETFD, 0) < 0 : dup2(fd, COMMAND_FD) < 0) ||
	    setenv("PROTEX_FD", COMMAND_FD_TEXT, 1) < 0) {
		fprintf(stderr, "protex %s: the buffer cannot be handed to %s: %s\n", name, command[0],
			strerror(errno));
		return STATUS_NOT_RUN;
	}
	execvp(command[0], command);
	code = errno;
	fprintf(stderr, "protex %s: %s: %s\n", name, command[0], strerror(code));
	return code == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}
