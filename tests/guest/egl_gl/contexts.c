/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "egl_gl.h"

static bool context_query(void)
{
	EGLint a = -1, b = -1;

	return eglQueryContext(display, plain, EGL_PROTECTED_CONTENT_EXT, &a) &&
	       eglQueryContext(display, secure, EGL_PROTECTED_CONTENT_EXT, &b) && a == EGL_FALSE && b == EGL_TRUE;
}

static bool context_flags(void)
{
	GLint a = 0, b = 0;

	use(plain);
	glGetIntegerv(GL_CONTEXT_FLAGS, &a);
	use(secure);
	glGetIntegerv(GL_CONTEXT_FLAGS, &b);
	return !(a & GL_CONTEXT_FLAG_PROTECTED_CONTENT_BIT_EXT) && (b & GL_CONTEXT_FLAG_PROTECTED_CONTENT_BIT_EXT) &&
	       error_is(GL_NO_ERROR);
}

static bool context_bad_value(void)
{
	const EGLint attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 3, EGL_PROTECTED_CONTENT_EXT, 2, EGL_NONE };

	return eglCreateContext(display, config, EGL_NO_CONTEXT, attributes) == EGL_NO_CONTEXT &&
	       egl_error_is(EGL_BAD_ATTRIBUTE);
}

static bool context_extension(void)
{
	use(plain);
	return strstr((const char *)glGetString(GL_EXTENSIONS), "GL_EXT_protected_textures");
}

static bool context_share(void)
{
	GLuint name;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	return glIsTexture(name) && texture_holds(name, red);
}

const struct test contexts_tests[] = {
	{ ON_BOTH, context_query, "eglQueryContext tells a protected context from another" },
	{ ON_BOTH, context_flags, "GL_CONTEXT_FLAGS has bit 0x10 in a protected context only" },
	{ ON_BOTH, context_bad_value, "a context attribute that is no boolean is EGL_BAD_ATTRIBUTE" },
	{ ON_BOTH, context_extension, "GL_EXT_protected_textures is there" },
	{ ON_BOTH, context_share, "a protected and an unprotected context share textures" },
	{ 0 },
};
