/* SPDX-License-Identifier: MIT */
/* What protex and protex-kiosk ask of lists of extensions. */
#ifndef PROTEX_CLI_EGL_EXTENSION_H
#define PROTEX_CLI_EGL_EXTENSION_H

#include <stdbool.h>

/* Whether name is a word of list, which may be NULL. */
bool egl_has_extension(const char *list, const char *name);

#endif
