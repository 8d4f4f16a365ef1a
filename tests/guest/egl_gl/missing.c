/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "egl_gl.h"

/* Runs in a process of its own, in which there is GLES 3.0 without the extension. */
bool knows_nothing(void)
{
	GLint flags = 0;
	GLfloat value;
	bool right;

	use(plain);
	glGetIntegerv(GL_CONTEXT_FLAGS, &flags);
	right = error_is(GL_INVALID_ENUM);
	texture(false);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_FALSE);
	right &= error_is(GL_INVALID_ENUM);
	glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &flags);
	right &= error_is(GL_INVALID_ENUM);
	glGetTexParameterfv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
	return right & error_is(GL_INVALID_ENUM);
}

static bool without_extension(void)
{
	bool right;

	setenv("MESA_GLES_VERSION_OVERRIDE", "3.0", 1);
	right = run_as("knows-nothing", "MESA_EXTENSION_OVERRIDE", "-GL_EXT_protected_textures", NULL);
	unsetenv("MESA_GLES_VERSION_OVERRIDE");
	return right;
}

/* The extension is for GLES, also what it brings to memory objects. */
static bool desktop_knows_nothing(void)
{
	PFNGLCREATEMEMORYOBJECTSEXTPROC create = (void *)eglGetProcAddress("glCreateMemoryObjectsEXT");
	PFNGLMEMORYOBJECTPARAMETERIVEXTPROC set = (void *)eglGetProcAddress("glMemoryObjectParameterivEXT");
	PFNGLGETMEMORYOBJECTPARAMETERIVEXTPROC get = (void *)eglGetProcAddress("glGetMemoryObjectParameterivEXT");
	const GLint yes = GL_TRUE;
	EGLContext context = desktop_context(EGL_TRUE, EGL_NO_CONTEXT);
	GLint value;
	GLuint name;
	bool right;

	if (!context)
		return note("no desktop GL"), true;
	use(context);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	right = error_is(GL_INVALID_ENUM);
	create(1, &name);
	if (glGetError() == GL_NO_ERROR) {
		set(name, GL_PROTECTED_MEMORY_OBJECT_EXT, &yes);
		right &= error_is(GL_INVALID_ENUM);
		get(name, GL_PROTECTED_MEMORY_OBJECT_EXT, &value);
		right &= error_is(GL_INVALID_ENUM);
	} else {
		note("no GL_EXT_memory_object");
	}
	desktop_done(context);
	return right;
}

#define TEXTURE_SPARSE_ARB 0x91A6

/*
 * Runs in a process of its own, in which desktop GL has sparse textures.  GLES has none,
 * but a texture can be shared.
 */
bool sparse_texture(void)
{
	EGLContext desktop = desktop_context(EGL_FALSE, secure);
	GLuint name;
	GLint value = 0;
	bool right;

	if (!desktop)
		return note("no desktop GL"), false;
	use(desktop);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexParameteri(GL_TEXTURE_2D, TEXTURE_SPARSE_ARB, GL_TRUE);
	glGetTexParameteriv(GL_TEXTURE_2D, TEXTURE_SPARSE_ARB, &value);
	right = value == GL_TRUE && error_is(GL_NO_ERROR);
	desktop_done(desktop);
	use(secure);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	right &= error_is(GL_NO_ERROR);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIZE, SIZE);
	return right & error_is(GL_INVALID_OPERATION);
}

static bool sparse(void)
{
	return run_as("sparse", "MESA_EXTENSION_OVERRIDE", "+GL_ARB_sparse_texture", NULL);
}

const struct test missing_tests[] = {
	{ ON_BOTH, without_extension, "without GL_EXT_protected_textures, GLES 3.0 knows none of its names" },
	{ ON_BOTH, desktop_knows_nothing, "neither does desktop GL, which cannot have it" },
	{ ON_BOTH, sparse, "TexStorage of a texture that is to be sparse and protected is INVALID_OPERATION" },
	{ 0 },
};
