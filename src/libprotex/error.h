/* SPDX-License-Identifier: MIT */
#ifndef LIBPROTEX_ERROR_H
#define LIBPROTEX_ERROR_H

#include <stdint.h>

#include <protex/protex.h>

/*
 * Fills in error (which may be NULL) and returns code, a negative errno, so that a function can fail
 * in one statement. Does not change errno.
 */
int protex_fail(struct protex_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for a refusal by a TEE or its TA. */
int protex_fail_tee(struct protex_error *error, uint32_t result, uint32_t origin,
		    const char *what);

#endif
