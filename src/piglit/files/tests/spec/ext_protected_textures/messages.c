/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file messages.c
 *
 * What an application is told: once for each framebuffer, again when that was in
 * order in between, and which command an error is about.
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

/* An unprotected framebuffer in a protected context, which is current. */
static GLuint
wrong_framebuffer(void)
{
	GLuint name;

	use(PLAIN);
	name = coloured(red);
	use(PROTECTED);
	paint_green();
	return framebuffer(name, 0);
}

static void
draw_to(GLuint frame)
{
	glBindFramebuffer(GL_FRAMEBUFFER, frame);
	draw();
}

/* What is bound again is looked at again. */
static enum piglit_result
once(void *data)
{
	GLuint wrong = wrong_framebuffer(), right = framebuffer(texture(PROTECTED), 0);
	bool good;

	draw_to(wrong);
	good = told(TOLD_UNPROTECTED);
	draw_to(right);
	draw_to(wrong);
	return verdict(told_nothing() & good);
}

static void
attach(GLuint name)
{
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, name, 0);
	draw();
}

static enum piglit_result
again(void *data)
{
	GLuint open, closed;
	bool right;

	use(PLAIN);
	open = coloured(red);
	use(PROTECTED);
	closed = texture(PROTECTED);
	paint_green();
	framebuffer(open, 0);
	draw();
	right = told(TOLD_UNPROTECTED);
	attach(closed);
	right &= told_nothing();
	attach(open);
	return verdict(told(TOLD_UNPROTECTED) & right);
}

/* Of two wrong attachments in turn, the second is no news. */
static enum piglit_result
still_wrong(void *data)
{
	GLuint names[2];
	bool right;

	use(PLAIN);
	names[0] = coloured(red);
	names[1] = coloured(red);
	use(PROTECTED);
	paint_green();
	framebuffer(names[0], 0);
	draw();
	right = told(TOLD_UNPROTECTED);
	attach(names[1]);
	return verdict(told_nothing() & right);
}

static enum piglit_result
unheard(void *data)
{
	GLuint wrong = wrong_framebuffer(), right = framebuffer(texture(PROTECTED), 0);
	bool good;

	glDisable(GL_DEBUG_OUTPUT);
	draw_to(wrong);
	good = told_nothing();
	draw_to(right);
	glEnable(GL_DEBUG_OUTPUT);
	draw_to(wrong);
	return verdict(told(TOLD_UNPROTECTED) & good);
}

static enum piglit_result
unselected(void *data)
{
	GLenum first = GL_COLOR_ATTACHMENT0;
	GLuint open;
	bool right;

	use(PLAIN);
	open = coloured(red);
	use(PROTECTED);
	framebuffer(texture(PROTECTED), open);
	glDrawBuffers(1, &first);
	program(GLSL "out vec4 colour; void main() { colour = vec4(0.0, 1.0, 0.0, 1.0); }\n");
	draw();
	right = told(TOLD_UNPROTECTED);
	return verdict(holds(open, red) & right);
}

enum command {
	READ_PIXELS, COPY_TEX_SUB_IMAGE, COPY_TEX_IMAGE, COPY_IMAGE, BLIT, TEX_SUB_IMAGE, MIPMAP,
};

static char error_text[256];
static unsigned errors;

static void APIENTRY
on_error(GLenum source, GLenum type, GLuint id, GLenum severity,
	 GLsizei length, const GLchar *text, void *user)
{
	if (type != GL_DEBUG_TYPE_ERROR)
		return;
	errors++;
	snprintf(error_text, sizeof(error_text), "%s", text);
}

static const char *
run(enum command command, GLuint from, GLuint to)
{
	static GLubyte pixels[SIZE * SIZE * 4];
	GLuint source, target;

	switch (command) {
	case READ_PIXELS:
		framebuffer(from, 0);
		glReadPixels(0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
		return "glReadPixels";
	case COPY_TEX_SUB_IMAGE:
		framebuffer(from, 0);
		glBindTexture(GL_TEXTURE_2D, to);
		glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
		return "glCopyTexSubImage";
	case COPY_TEX_IMAGE:
		framebuffer(from, 0);
		glGenTextures(1, &target);
		glBindTexture(GL_TEXTURE_2D, target);
		glCopyTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, 0, 0, SIZE, SIZE, 0);
		return "glCopyTexImage";
	case COPY_IMAGE:
		glCopyImageSubData(from, GL_TEXTURE_2D, 0, 0, 0, 0, to, GL_TEXTURE_2D, 0, 0, 0, 0,
				   SIZE, SIZE, 1);
		return "glCopyImageSubData";
	case BLIT:
		source = framebuffer(from, 0);
		target = framebuffer(to, 0);
		glBindFramebuffer(GL_READ_FRAMEBUFFER, source);
		glBindFramebuffer(GL_DRAW_FRAMEBUFFER, target);
		glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
		return "glBlitFramebuffer";
	case TEX_SUB_IMAGE:
		glBindTexture(GL_TEXTURE_2D, from);
		glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
		return "glTexSubImage";
	case MIPMAP:
		glBindTexture(GL_TEXTURE_2D, from);
		glGenerateMipmap(GL_TEXTURE_2D);
		return "glGenerateMipmap";
	}
	return "";
}

struct error {
	enum command command;
	enum which context, to;
};

/* The text is "CALL(protected content)", as the last part of GL's own. */
static enum piglit_result
error(void *data)
{
	const struct error *e = data;
	GLuint from, to;
	char expected[64];
	bool right;

	use(PLAIN);
	to = coloured(red);
	use(PROTECTED);
	from = texture(PROTECTED);
	if (e->to == PROTECTED)
		to = texture(PROTECTED);
	glFinish();
	use(e->context);
	errors = 0;
	glDebugMessageCallback(on_error, NULL);
	snprintf(expected, sizeof(expected), "%s(protected content)", run(e->command, from, to));
	right = error_is(GL_INVALID_OPERATION) & (errors == 1);
	right &= strstr(error_text, expected) != NULL;
	if (!right)
		printf("%u errors, the last: %s\n", errors, error_text);
	use(PLAIN);
	return verdict(right);
}

#define ERROR(what, ...) SUBTEST_OF("an error names " what, error, (&(const struct error){ __VA_ARGS__ }))

static const struct piglit_subtest subtests[] = {
	SUBTEST("a framebuffer that is bound again is told of once", once),
	SUBTEST("a framebuffer that was in order in between is told of again", again),
	SUBTEST("a framebuffer that is wrong in another way is told of once", still_wrong),
	SUBTEST("what nobody could hear is told later", unheard),
	SUBTEST("an attachment counts that is not drawn to", unselected),
	ERROR("ReadPixels in a protected context", READ_PIXELS, PROTECTED, PLAIN),
	ERROR("ReadPixels in an unprotected context", READ_PIXELS, PLAIN, PLAIN),
	ERROR("CopyTexSubImage to unprotected storage", COPY_TEX_SUB_IMAGE, PROTECTED, PLAIN),
	ERROR("CopyTexSubImage in an unprotected context", COPY_TEX_SUB_IMAGE, PLAIN, PROTECTED),
	ERROR("CopyTexImage in a protected context", COPY_TEX_IMAGE, PROTECTED, PLAIN),
	ERROR("CopyTexImage in an unprotected context", COPY_TEX_IMAGE, PLAIN, PLAIN),
	ERROR("CopyImageSubData to unprotected storage", COPY_IMAGE, PROTECTED, PLAIN),
	ERROR("CopyImageSubData in an unprotected context", COPY_IMAGE, PLAIN, PROTECTED),
	ERROR("BlitFramebuffer to unprotected storage", BLIT, PROTECTED, PLAIN),
	ERROR("BlitFramebuffer in an unprotected context", BLIT, PLAIN, PROTECTED),
	ERROR("TexSubImage in an unprotected context", TEX_SUB_IMAGE, PLAIN, PLAIN),
	ERROR("GenerateMipmap in an unprotected context", MIPMAP, PLAIN, PLAIN),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	protected_run(subtests);
}
