/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file parameter.c
 *
 * TEXTURE_PROTECTED_EXT: each way to set it and to ask for it, in both kinds of
 * context, with good values and with bad ones, and when it counts.
 */

#include "protected_common.h"

static const struct piglit_subtest subtests[];

PIGLIT_GL_TEST_CONFIG_BEGIN

	protected_config(argc, argv);
	config.subtests = subtests;
	config.supports_gl_es_version = 30;
	config.window_visual = PIGLIT_GL_VISUAL_RGBA;
	config.khr_no_error_support = PIGLIT_HAS_ERRORS;

PIGLIT_GL_TEST_CONFIG_END

enum entry { I, F, IV, FV, IIV, IUIV };

static void
set(enum entry entry, GLint value)
{
	const GLfloat as_float = value;
	const GLuint as_unsigned = value;

	switch (entry) {
	case I:
		glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, value);
		break;
	case F:
		glTexParameterf(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, value);
		break;
	case IV:
		glTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
		break;
	case FV:
		glTexParameterfv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &as_float);
		break;
	case IIV:
		glTexParameterIiv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
		break;
	case IUIV:
		glTexParameterIuiv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &as_unsigned);
		break;
	}
}

static GLuint
new_texture(void)
{
	GLuint name;

	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	return name;
}

/* An unprotected context that may not update it proves that it is protected. */
static bool
refuses_update(GLuint name)
{
	static const GLubyte pixel[4];

	glFinish();
	use(PLAIN);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	return error_is(GL_INVALID_OPERATION);
}

static enum piglit_result
set_true(void *data)
{
	GLuint name;
	bool right;

	use(PROTECTED);
	name = new_texture();
	set((uintptr_t)data, GL_TRUE);
	right = error_is(GL_NO_ERROR) & (is_protected(GL_TEXTURE_2D) == GL_TRUE);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIZE, SIZE);
	right &= error_is(GL_NO_ERROR) & (is_protected(GL_TEXTURE_2D) == GL_TRUE);
	return verdict(refuses_update(name) & right);
}

static enum piglit_result
set_false(void *data)
{
	GLuint name;
	bool right;

	use(PROTECTED);
	name = new_texture();
	set(I, GL_TRUE);
	set((uintptr_t)data, GL_FALSE);
	right = error_is(GL_NO_ERROR) & (is_protected(GL_TEXTURE_2D) == GL_FALSE);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIZE, SIZE);
	glFinish();
	use(PLAIN);
	framebuffer(name, 0);
	glClearColor(0, 1, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	return verdict(holds(name, green) & right);
}

static enum piglit_result
set_two(void *data)
{
	bool right;

	use(PROTECTED);
	new_texture();
	set((uintptr_t)data, 2);
	right = error_is(GL_INVALID_VALUE);
	return verdict((is_protected(GL_TEXTURE_2D) == GL_FALSE) & right);
}

static enum piglit_result
set_true_unprotected(void *data)
{
	bool right;

	use(PLAIN);
	new_texture();
	set((uintptr_t)data, GL_TRUE);
	right = error_is(GL_INVALID_OPERATION);
	right &= is_protected(GL_TEXTURE_2D) == GL_FALSE;
	set((uintptr_t)data, 2);
	right &= error_is(GL_INVALID_VALUE);
	set((uintptr_t)data, GL_FALSE);
	return verdict(right & error_is(GL_NO_ERROR));
}

static enum piglit_result
set_half(void *data)
{
	const GLfloat half = 0.5f;

	use(PROTECTED);
	new_texture();
	if (data)
		glTexParameterfv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &half);
	else
		glTexParameterf(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, half);
	return verdict(error_is(GL_INVALID_VALUE));
}

static enum piglit_result
set_negative(void *data)
{
	use(PROTECTED);
	new_texture();
	set(I, -1);
	return verdict(error_is(GL_INVALID_VALUE));
}

static GLint
get(enum entry entry)
{
	GLfloat as_float = -1;
	GLuint as_unsigned = 7;
	GLint value = -1;

	switch (entry) {
	case FV:
		glGetTexParameterfv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &as_float);
		return as_float;
	case IIV:
		glGetTexParameterIiv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
		return value;
	case IUIV:
		glGetTexParameterIuiv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &as_unsigned);
		return as_unsigned;
	default:
		glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
		return value;
	}
}

static enum piglit_result
query(void *data)
{
	bool right;

	use(PROTECTED);
	new_texture();
	right = get((uintptr_t)data) == GL_FALSE;
	set(I, GL_TRUE);
	right &= get((uintptr_t)data) == GL_TRUE;
	return verdict(right & error_is(GL_NO_ERROR));
}

static enum piglit_result
query_in_unprotected(void *data)
{
	GLuint name;

	use(PROTECTED);
	name = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	glBindTexture(GL_TEXTURE_2D, name);
	return verdict((is_protected(GL_TEXTURE_2D) == GL_TRUE) & error_is(GL_NO_ERROR));
}

static enum piglit_result
too_late_true(void *data)
{
	GLuint name;
	bool right;

	use(PROTECTED);
	name = coloured(green);
	set(I, GL_TRUE);
	right = error_is(GL_NO_ERROR) & (is_protected(GL_TEXTURE_2D) == GL_FALSE);
	return verdict(holds(name, green) & right);
}

static enum piglit_result
too_late_false(void *data)
{
	GLuint name;
	bool right;

	use(PROTECTED);
	name = texture(PROTECTED);
	set(I, GL_FALSE);
	right = error_is(GL_NO_ERROR) & (is_protected(GL_TEXTURE_2D) == GL_TRUE);
	return verdict(refuses_update(name) & right);
}

/* Asked for where one may, it holds wherever the storage is made. */
static enum piglit_result
stored_elsewhere(void *data)
{
	GLuint name;
	bool right;

	use(PROTECTED);
	name = new_texture();
	set(I, GL_TRUE);
	glFinish();
	use(PLAIN);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIZE, SIZE);
	right = error_is(GL_NO_ERROR) & (is_protected(GL_TEXTURE_2D) == GL_TRUE);
	return verdict(refuses_update(name) & right);
}

static enum piglit_result
teximage(void *data)
{
	GLubyte pixels[SIZE * SIZE][4];
	GLuint name;
	bool right;

	fill(pixels, green);
	use(PROTECTED);
	name = new_texture();
	set(I, GL_TRUE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, SIZE, SIZE, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	right = error_is(GL_NO_ERROR);
	return verdict(holds(name, green) & right);
}

static enum piglit_result
sampler_object(void *data)
{
	GLuint name;
	GLint value;
	bool right;

	use(PROTECTED);
	glGenSamplers(1, &name);
	glSamplerParameteri(name, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	right = error_is(GL_INVALID_ENUM);
	glGetSamplerParameteriv(name, GL_TEXTURE_PROTECTED_EXT, &value);
	return verdict(error_is(GL_INVALID_ENUM) & right);
}

static enum piglit_result
context_flag(void *data)
{
	GLint flags = 0;
	bool is;

	use((uintptr_t)data);
	glGetIntegerv(GL_CONTEXT_FLAGS, &flags);
	is = flags & GL_CONTEXT_FLAG_PROTECTED_CONTENT_BIT_EXT;
	return verdict((is == ((uintptr_t)data == PROTECTED)) & error_is(GL_NO_ERROR));
}

static const struct piglit_subtest subtests[] = {
	SUBTEST_OF("CONTEXT_FLAGS has no PROTECTED_CONTENT_BIT in an unprotected context", context_flag, PLAIN),
	SUBTEST_OF("CONTEXT_FLAGS has PROTECTED_CONTENT_BIT in a protected context", context_flag, PROTECTED),
	SUBTEST_OF("TexParameteri TRUE makes TexStorage protected", set_true, I),
	SUBTEST_OF("TexParameterf TRUE makes TexStorage protected", set_true, F),
	SUBTEST_OF("TexParameteriv TRUE makes TexStorage protected", set_true, IV),
	SUBTEST_OF("TexParameterfv TRUE makes TexStorage protected", set_true, FV),
	SUBTEST_OF("TexParameterIiv TRUE makes TexStorage protected", set_true, IIV),
	SUBTEST_OF("TexParameterIuiv TRUE makes TexStorage protected", set_true, IUIV),
	SUBTEST_OF("TexParameteri FALSE takes TRUE back", set_false, I),
	SUBTEST_OF("TexParameterf FALSE takes TRUE back", set_false, F),
	SUBTEST_OF("TexParameteriv FALSE takes TRUE back", set_false, IV),
	SUBTEST_OF("TexParameterfv FALSE takes TRUE back", set_false, FV),
	SUBTEST_OF("TexParameterIiv FALSE takes TRUE back", set_false, IIV),
	SUBTEST_OF("TexParameterIuiv FALSE takes TRUE back", set_false, IUIV),
	SUBTEST_OF("TexParameteri 2 is INVALID_VALUE", set_two, I),
	SUBTEST_OF("TexParameterf 2 is INVALID_VALUE", set_two, F),
	SUBTEST_OF("TexParameteriv 2 is INVALID_VALUE", set_two, IV),
	SUBTEST_OF("TexParameterfv 2 is INVALID_VALUE", set_two, FV),
	SUBTEST_OF("TexParameterIiv 2 is INVALID_VALUE", set_two, IIV),
	SUBTEST_OF("TexParameterIuiv 2 is INVALID_VALUE", set_two, IUIV),
	SUBTEST("TexParameteri -1 is INVALID_VALUE", set_negative),
	SUBTEST_OF("TexParameterf 0.5 is INVALID_VALUE", set_half, 0),
	SUBTEST_OF("TexParameterfv 0.5 is INVALID_VALUE", set_half, 1),
	SUBTEST_OF("TexParameteri TRUE in an unprotected context is INVALID_OPERATION", set_true_unprotected, I),
	SUBTEST_OF("TexParameterf TRUE in an unprotected context is INVALID_OPERATION", set_true_unprotected, F),
	SUBTEST_OF("TexParameteriv TRUE in an unprotected context is INVALID_OPERATION", set_true_unprotected, IV),
	SUBTEST_OF("TexParameterfv TRUE in an unprotected context is INVALID_OPERATION", set_true_unprotected, FV),
	SUBTEST_OF("TexParameterIiv TRUE in an unprotected context is INVALID_OPERATION", set_true_unprotected, IIV),
	SUBTEST_OF("TexParameterIuiv TRUE in an unprotected context is INVALID_OPERATION", set_true_unprotected, IUIV),
	SUBTEST_OF("GetTexParameteriv is FALSE at first", query, IV),
	SUBTEST_OF("GetTexParameterfv is FALSE at first", query, FV),
	SUBTEST_OF("GetTexParameterIiv is FALSE at first", query, IIV),
	SUBTEST_OF("GetTexParameterIuiv is FALSE at first", query, IUIV),
	SUBTEST("an unprotected context is told that a texture is protected", query_in_unprotected),
	SUBTEST("TRUE after TexStorage changes nothing", too_late_true),
	SUBTEST("FALSE after TexStorage changes nothing", too_late_false),
	SUBTEST("TRUE of a protected context counts in an unprotected one's TexStorage", stored_elsewhere),
	SUBTEST("TexImage is not protected", teximage),
	SUBTEST("samplers do not know the parameter", sampler_object),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	protected_run(subtests);
}
