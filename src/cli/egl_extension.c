/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "egl_extension.h"

bool egl_has_extension(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (list && (list = strstr(list, name))) {
		if (list[length] == ' ' || list[length] == '\0')
			return true;
		list += length;
	}
	return false;
}
