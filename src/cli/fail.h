/* SPDX-License-Identifier: MIT */
/* How the command reports failures. */
#ifndef PROTEX_CLI_FAIL_H
#define PROTEX_CLI_FAIL_H

#include "exit_status.h"
#include "failure.h"

/* Prints "protex NAME: message" to standard error, and returns the status that belongs to it. */
enum exit_status report_failure(const char *name, const struct protex_error *error);

#endif
