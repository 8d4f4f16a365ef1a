/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"

int fail(struct protex_error *error, int code, const char *format, ...)
{
	va_list args;

	if (!error)
		return code;
	memset(error, 0, sizeof(*error));
	error->code = code;
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	return code;
}

enum exit_status report_failure(const char *name, const struct protex_error *error)
{
	fprintf(stderr, "protex %s: %s\n", name, error->message);
	switch (error->code) {
	case -ENODEV:
		return STATUS_NO_DEVICE;
	default:
		return STATUS_FAILED;
	}
}
