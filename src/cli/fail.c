/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include "fail.h"

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
