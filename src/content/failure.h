/* SPDX-License-Identifier: MIT */
#ifndef PROTEX_CONTENT_FAILURE_H
#define PROTEX_CONTENT_FAILURE_H

#include <protex/protex.h>

/* Fills in error and returns code, a negative errno. */
int fail(struct protex_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
