/* SPDX-License-Identifier: MIT */
/*
 * Tests that print TAP. Each ok() is one test; tap_end() prints the plan.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/* Weak, so that all files of a program have the same ones. */
__attribute__((weak)) unsigned tap_count, tap_failures;

__attribute__((format(printf, 2, 3))) static inline bool ok(bool passed, const char *format, ...)
{
	va_list args;

	printf("%sok %u - ", passed ? "" : "not ", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	tap_failures += !passed;
	return passed;
}

__attribute__((format(printf, 1, 2))) static inline void note(const char *format, ...)
{
	va_list args;

	fputs("# ", stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static inline void tap_skip(const char *what, const char *why)
{
	printf("ok %u - %s # SKIP %s\n", ++tap_count, what, why);
}

static inline int tap_skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	return 0;
}

/* What nothing can be tested without is not there. */
__attribute__((format(printf, 1, 2))) static inline int tap_bail_out(const char *format, ...)
{
	va_list args;

	fputs("Bail out! ", stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	return 1;
}

static inline int tap_end(void)
{
	printf("1..%u\n", tap_count);
	return tap_failures ? 1 : 0;
}

#endif
