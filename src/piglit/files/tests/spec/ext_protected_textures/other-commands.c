/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file other-commands.c
 *
 * Commands of later versions and extensions: compressed uploads, texture clears, copies
 * between formats, invalidation, timestamps; and integers, whose 1 is not 1.0.
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

static void
upload_blocks(void)
{
	static const GLubyte blocks[SIZE * SIZE];

	glCompressedTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_COMPRESSED_RGBA8_ETC2_EAC,
				  sizeof(blocks), blocks);
}

static enum piglit_result
compressed_upload(void *data)
{
	GLuint name;
	bool right;

	use(PROTECTED);
	name = texture_of(PROTECTED, GL_TEXTURE_2D, GL_COMPRESSED_RGBA8_ETC2_EAC, 1);
	right = is_protected(GL_TEXTURE_2D) == GL_TRUE;
	upload_blocks();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	glFinish();
	use(PLAIN);
	glBindTexture(GL_TEXTURE_2D, name);
	upload_blocks();
	return verdict(error_is(GL_INVALID_OPERATION) & right);
}

static void
clear_texture(GLuint name, bool part)
{
	static const GLubyte colour[4] = { 0, 255, 0, 255 };

	if (part)
		glClearTexSubImage(name, 0, 0, 0, 0, SIZE, SIZE, 1, GL_RGBA, GL_UNSIGNED_BYTE, colour);
	else
		glClearTexImage(name, 0, GL_RGBA, GL_UNSIGNED_BYTE, colour);
}

static enum piglit_result
clear_protected(void *data)
{
	GLuint name;
	bool right;

	use(PROTECTED);
	if (!piglit_is_extension_supported("GL_EXT_clear_texture"))
		return PIGLIT_SKIP;
	name = texture(PROTECTED);
	clear_texture(name, data);
	right = error_is(GL_NO_ERROR) & told_nothing();
	glFinish();
	use(PLAIN);
	clear_texture(name, data);
	return verdict(error_is(GL_INVALID_OPERATION) & right);
}

static enum piglit_result
clear_unprotected(void *data)
{
	GLuint name;
	bool right;

	use(PLAIN);
	name = coloured(red);
	use(PROTECTED);
	if (!piglit_is_extension_supported("GL_EXT_clear_texture"))
		return PIGLIT_SKIP;
	clear_texture(name, data);
	right = error_is(GL_NO_ERROR);
	return verdict(holds(name, green) & right);
}

struct formats {
	GLenum from, to;
};

static enum piglit_result
copy_between(void *data)
{
	const struct formats *formats = data;
	GLuint from, to;

	use(PROTECTED);
	from = texture_of(PROTECTED, GL_TEXTURE_2D, formats->from, 1);
	to = texture_of(PROTECTED, GL_TEXTURE_2D, formats->to, 1);
	glCopyImageSubData(from, GL_TEXTURE_2D, 0, 0, 0, 0, to, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	glFinish();
	return verdict(error_is(GL_NO_ERROR) & told_nothing());
}

/* What is no target here can be invalidated all the same. */
static enum piglit_result
invalidate(void *data)
{
	const GLenum attachment = GL_COLOR_ATTACHMENT0;
	GLuint name;

	use(data ? PLAIN : PROTECTED);
	name = data ? coloured(red) : texture(PROTECTED);
	glFinish();
	use(data ? PROTECTED : PLAIN);
	framebuffer(name, 0);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		return PIGLIT_FAIL;
	glInvalidateFramebuffer(GL_FRAMEBUFFER, 1, &attachment);
	glInvalidateSubFramebuffer(GL_FRAMEBUFFER, 1, &attachment, 0, 0, SIZE, SIZE);
	return verdict(error_is(GL_NO_ERROR));
}

/* What another context has drawn, and what has nothing drawn to it for the other attachment's sake. */
static enum piglit_result
invalidate_drawn(void *data)
{
	static const GLenum both[] = { GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1 };
	GLuint buffer;
	bool right;

	use(PLAIN);
	buffer = renderbuffer(GL_RGBA8, 0);
	framebuffer_of_renderbuffer(buffer);
	glClearColor(1.0f, 0.0f, 0.0f, 1.0f);
	glClear(GL_COLOR_BUFFER_BIT);
	glFinish();
	use(PROTECTED);
	framebuffer_of_renderbuffer(buffer);
	glInvalidateFramebuffer(GL_FRAMEBUFFER, 1, both);
	framebuffer(texture(PROTECTED), 0);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, both[1], GL_RENDERBUFFER, buffer);
	glInvalidateFramebuffer(GL_FRAMEBUFFER, 2, both);
	right = error_is(GL_NO_ERROR) & told_nothing();
	glFinish();
	use(PLAIN);
	framebuffer_of_renderbuffer(buffer);
	return verdict(pixels_are(red) & right & error_is(GL_NO_ERROR));
}

/* What an unprotected context may write to stays as well, for the other attachment's sake. */
static enum piglit_result
invalidate_mixed(void *data)
{
	static const GLenum both[] = { GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1 };
	GLuint closed, open;
	bool right;

	use(PROTECTED);
	closed = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	open = coloured(red);
	framebuffer(open, closed);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
		return PIGLIT_FAIL;
	glInvalidateFramebuffer(GL_FRAMEBUFFER, 2, both);
	glInvalidateFramebuffer(GL_FRAMEBUFFER, 1, both);
	right = error_is(GL_NO_ERROR) & told_nothing();
	return verdict(holds(open, red) & right);
}

static enum piglit_result
timestamp(void *data)
{
	GLuint name, available = 0;
	GLuint64 result = 77;
	bool right;

	use(PROTECTED);
	if (!piglit_is_extension_supported("GL_EXT_disjoint_timer_query"))
		return PIGLIT_SKIP;
	glGenQueries(1, &name);
	glQueryCounter(name, GL_TIMESTAMP);
	right = told("query in a protected context");
	glGetQueryObjectui64v(name, GL_QUERY_RESULT, &result);
	glGetQueryObjectuiv(name, GL_QUERY_RESULT_AVAILABLE, &available);
	return verdict(error_is(GL_NO_ERROR) & right & available & (result == 0));
}

struct sampler {
	GLenum format;
	const char *source;
};

/* (0, 0, 0, 1) are integers for an integer sampler. */
static enum piglit_result
integers(void *data)
{
	const struct sampler *sampler = data;
	GLuint name, output;
	bool right;

	use(PROTECTED);
	name = texture_of(PROTECTED, GL_TEXTURE_2D, sampler->format, 1);
	glFinish();
	use(PLAIN);
	output = coloured(red);
	framebuffer(output, 0);
	program(sampler->source);
	glBindTexture(GL_TEXTURE_2D, name);
	draw();
	right = error_is(GL_NO_ERROR) & told(TOLD_TEXTURE);
	return verdict(holds(output, green) & right);
}

#define INTEGERS(type) GLSL \
	"uniform highp " type "sampler2D s; out vec4 colour;\n" \
	"void main() {\n" \
	"	colour = texture(s, vec2(0.5)) == " type "vec4(0, 0, 0, 1) ?\n" \
	"		vec4(0.0, 1.0, 0.0, 1.0) : vec4(0.0, 0.0, 1.0, 1.0);\n" \
	"}\n"

#define SAMPLER(what, ...) SUBTEST_OF(what, integers, (&(const struct sampler){ __VA_ARGS__ }))
#define COPY(from, to) SUBTEST_OF("CopyImageSubData of protected " #from " to " #to, copy_between, \
				  (&(const struct formats){ GL_##from, GL_##to }))

static const struct piglit_subtest subtests[] = {
	SUBTEST("CompressedTexSubImage2D needs a protected context", compressed_upload),
	SUBTEST_OF("ClearTexImage of a protected texture needs a protected context", clear_protected, 0),
	SUBTEST_OF("ClearTexSubImage of a protected texture needs a protected context", clear_protected, 1),
	SUBTEST_OF("ClearTexImage of an unprotected texture works in a protected context", clear_unprotected, 0),
	SUBTEST_OF("ClearTexSubImage of an unprotected texture works in a protected context", clear_unprotected, 1),
	COPY(RGBA8, R32F),
	COPY(R32UI, RGBA8),
	COPY(RGB10_A2, R11F_G11F_B10F),
	COPY(RGBA8UI, RGB9_E5),
	COPY(RGBA16F, RG32UI),
	SUBTEST_OF("a protected context invalidates what is unprotected", invalidate, 1),
	SUBTEST_OF("an unprotected context invalidates what is protected", invalidate, 0),
	SUBTEST("a protected context invalidates what another has drawn", invalidate_drawn),
	SUBTEST("an unprotected context invalidates what is mixed with protected", invalidate_mixed),
	SUBTEST("a timestamp is 0, and told of", timestamp),
	SAMPLER("a sampler of signed integers gets 0, 0, 0, 1", GL_RGBA32I, INTEGERS("i")),
	SAMPLER("a sampler of unsigned integers gets 0, 0, 0, 1", GL_RGBA32UI, INTEGERS("u")),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	protected_run(subtests);
}
