/* SPDX-License-Identifier: MIT */
/* How the command reports failures, and the exit statuses of protex(1). */
#ifndef PROTEX_CLI_FAIL_H
#define PROTEX_CLI_FAIL_H

#include <protex/protex.h>

enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,	/* bad input, or something did not work */
	STATUS_NOT_AS_WANTED = 2, /* a buffer was reached, or a digest differed */
	STATUS_NO_DEVICE = 3,	/* this machine lacks what the command needs */
	STATUS_USAGE = 64,
	STATUS_NOT_RUN = 126,	/* a command is there and cannot be run, as shells say it */
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL = 128,	/* plus the number of the signal that interrupted it */
};

/* Fills in error and returns code, a negative errno. */
int fail(struct protex_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints "protex NAME: message" to standard error, and returns the status that belongs to it. */
enum exit_status report_failure(const char *name, const struct protex_error *error);

#endif
