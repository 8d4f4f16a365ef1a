/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <GLES3/gl3.h>

/* Links two shaders and uses the program. 0: the driver does not take them. */
GLuint program_use(const char *vertex, const char *fragment);

#endif
