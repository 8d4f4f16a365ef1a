/* SPDX-License-Identifier: MIT */
/* The exit statuses of protex(1). */
#ifndef PROTEX_CLI_EXIT_STATUS_H
#define PROTEX_CLI_EXIT_STATUS_H

enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,	/* bad input, or something did not work */
	STATUS_NOT_AS_WANTED = 2, /* a buffer was reached, a digest differed, a clip was damaged */
	STATUS_NO_DEVICE = 3,	/* this machine lacks what the command needs */
	STATUS_USAGE = 64,
	STATUS_NOT_RUN = 126,	/* a command is there and cannot be run, as shells say it */
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL = 128,	/* plus the number of the signal that interrupted it */
};

#endif
