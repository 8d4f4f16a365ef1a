/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <stddef.h>

static void add(GLuint program, GLenum type, const char *source)
{
	GLuint shader = glCreateShader(type);

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glAttachShader(program, shader);
}

GLuint program_use(const char *vertex, const char *fragment)
{
	GLuint program = glCreateProgram();
	GLint linked = 0;

	add(program, GL_VERTEX_SHADER, vertex);
	add(program, GL_FRAGMENT_SHADER, fragment);
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &linked);
	if (!linked)
		return 0;
	glUseProgram(program);
	return program;
}
