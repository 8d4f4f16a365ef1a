/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "errno_name.h"

const char *errno_name(int code, char buffer[16])
{
	if (code < 0)
		code = -code;
#ifdef HAVE_STRERRORNAME_NP
	const char *name = strerrorname_np(code);

	if (name)
		return name;
#endif
	snprintf(buffer, 16, "%d", code);
	return buffer;
}
