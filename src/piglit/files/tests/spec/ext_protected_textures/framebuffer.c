/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file framebuffer.c
 *
 * Drawing and clearing: what may be written is, what may not stays as it was, and
 * KHR_debug tells once.
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

enum command {
	DRAW_ARRAYS, DRAW_ELEMENTS, DRAW_INSTANCED, DRAW_INDIRECT, CLEAR,
	CLEAR_BUFFER_FV, SCISSORED_CLEAR,
};

static void
write_with(enum command command)
{
	static const GLushort indices[] = { 0, 1, 2, 3 };
	static const GLuint indirect[] = { 4, 1, 0, 0 };
	GLuint names[3];

	paint_green();
	glGenVertexArrays(1, names);
	glBindVertexArray(names[0]);
	glGenBuffers(2, names + 1);
	glViewport(0, 0, SIZE, SIZE);
	glClearColor(0, 1, 0, 1);
	switch (command) {
	case DRAW_ARRAYS:
		glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
		break;
	case DRAW_ELEMENTS:
		glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, names[1]);
		glBufferData(GL_ELEMENT_ARRAY_BUFFER, sizeof(indices), indices, GL_STATIC_DRAW);
		glDrawElements(GL_TRIANGLE_STRIP, 4, GL_UNSIGNED_SHORT, NULL);
		break;
	case DRAW_INSTANCED:
		glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, 3);
		break;
	case DRAW_INDIRECT:
		glBindBuffer(GL_DRAW_INDIRECT_BUFFER, names[2]);
		glBufferData(GL_DRAW_INDIRECT_BUFFER, sizeof(indirect), indirect, GL_STATIC_DRAW);
		glDrawArraysIndirect(GL_TRIANGLE_STRIP, NULL);
		glBindBuffer(GL_DRAW_INDIRECT_BUFFER, 0);
		break;
	case CLEAR:
		glClear(GL_COLOR_BUFFER_BIT);
		break;
	case CLEAR_BUFFER_FV:
		glClearBufferfv(GL_COLOR, 0, green);
		break;
	case SCISSORED_CLEAR:
		glEnable(GL_SCISSOR_TEST);
		glScissor(0, 0, SIZE, SIZE);
		glClear(GL_COLOR_BUFFER_BIT);
		glDisable(GL_SCISSOR_TEST);
		break;
	}
	glBindVertexArray(0);
	glDeleteVertexArrays(1, names);
	glDeleteBuffers(2, names + 1);
}

static bool
has(enum command command)
{
	return command != DRAW_INDIRECT || has_gles(31);
}

/* The commands do write: what the subtests below look for can be there. */
static enum piglit_result
ordinary(void *data)
{
	GLuint name;
	bool right;

	if (!has((uintptr_t)data))
		return PIGLIT_SKIP;
	use(PLAIN);
	name = coloured(red);
	framebuffer(name, 0);
	write_with((uintptr_t)data);
	right = error_is(GL_NO_ERROR) & told_nothing();
	return verdict(holds(name, green) & right);
}

/* In a protected context, which it leaves current. */
static GLuint
write_to_unprotected(enum command command)
{
	GLuint name;

	use(PLAIN);
	name = coloured(red);
	use(PROTECTED);
	framebuffer(name, 0);
	write_with(command);
	return name;
}

static enum piglit_result
unprotected_in_protected(void *data)
{
	GLuint name;
	bool right;

	if (!has((uintptr_t)data))
		return PIGLIT_SKIP;
	name = write_to_unprotected((uintptr_t)data);
	right = error_is(GL_NO_ERROR) & told(TOLD_UNPROTECTED);
	return verdict(holds(name, red) & right);
}

static enum piglit_result
protected_in_protected(void *data)
{
	if (!has((uintptr_t)data))
		return PIGLIT_SKIP;
	use(PROTECTED);
	framebuffer(texture(PROTECTED), texture(PROTECTED));
	write_with((uintptr_t)data);
	glFinish();
	return verdict(error_is(GL_NO_ERROR) & told_nothing());
}

static enum piglit_result
protected_in_unprotected(void *data)
{
	GLuint name, other;
	bool right;

	if (!has((uintptr_t)data))
		return PIGLIT_SKIP;
	use(PROTECTED);
	name = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	other = coloured(red);
	framebuffer(other, name);
	write_with((uintptr_t)data);
	right = error_is(GL_NO_ERROR) & told(TOLD_PROTECTED);
	return verdict(holds(other, red) & right);
}

static enum piglit_result
integer_clear(void *data)
{
	static const GLuint one[4] = { 1, 1, 1, 1 }, seven[4] = { 7, 7, 7, 7 };
	static const GLint seven_signed[4] = { 7, 7, 7, 7 };
	GLuint name, value[4] = { 0 };
	bool right, is_signed = data;

	use(PLAIN);
	name = texture_of(PLAIN, GL_TEXTURE_2D, is_signed ? GL_RGBA32I : GL_RGBA32UI, 1);
	framebuffer(name, 0);
	if (is_signed)
		glClearBufferiv(GL_COLOR, 0, (const GLint *)one);
	else
		glClearBufferuiv(GL_COLOR, 0, one);
	glFinish();
	use(PROTECTED);
	framebuffer(name, 0);
	if (is_signed)
		glClearBufferiv(GL_COLOR, 0, seven_signed);
	else
		glClearBufferuiv(GL_COLOR, 0, seven);
	right = error_is(GL_NO_ERROR) & told(TOLD_UNPROTECTED);
	glFinish();
	use(PLAIN);
	framebuffer(name, 0);
	glReadPixels(3, 3, 1, 1, GL_RGBA_INTEGER, is_signed ? GL_INT : GL_UNSIGNED_INT, value);
	return verdict(error_is(GL_NO_ERROR) & (value[0] == 1) & right);
}

/* Depth and stencil, of a protected context's renderbuffer: written as 1 and 3 by an
 * unprotected one, and then not overwritten, which its depth and stencil tests show. */
static enum piglit_result
depth_stencil(void *data)
{
	GLuint buffer, name, frame;
	bool right;

	use(PROTECTED);
	buffer = renderbuffer(GL_DEPTH24_STENCIL8, 0);
	glFinish();
	use(PLAIN);
	name = coloured(red);
	frame = framebuffer(name, 0);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_RENDERBUFFER, buffer);
	glClearBufferfi(GL_DEPTH_STENCIL, 0, 1.0f, 3);
	glFinish();

	use(PROTECTED);
	framebuffer(texture(PROTECTED), 0);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_RENDERBUFFER, buffer);
	right = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	if (data) {
		glClearBufferfi(GL_DEPTH_STENCIL, 0, 0.0f, 7);
	} else {
		glClearDepthf(0);
		glClearStencil(7);
		glClear(GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	}
	right &= error_is(GL_NO_ERROR) & told(TOLD_UNPROTECTED);
	glFinish();

	use(PLAIN);
	glBindFramebuffer(GL_FRAMEBUFFER, frame);
	glEnable(GL_DEPTH_TEST);
	glDepthFunc(GL_LESS);
	glEnable(GL_STENCIL_TEST);
	glStencilFunc(GL_EQUAL, 3, 0xff);
	paint_green();
	draw();
	glStencilFunc(GL_NOTEQUAL, 3, 0xff);
	program(GLSL "out vec4 colour; void main() { colour = vec4(0.0, 0.0, 1.0, 1.0); }\n");
	draw();
	glDisable(GL_DEPTH_TEST);
	glDisable(GL_STENCIL_TEST);
	return verdict(holds(name, green) & right);
}

static enum piglit_result
protected_depth(void *data)
{
	GLuint depth;

	use(PROTECTED);
	depth = texture_of(PROTECTED, GL_TEXTURE_2D, GL_DEPTH24_STENCIL8, 1);
	framebuffer(texture(PROTECTED), 0);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_TEXTURE_2D, depth, 0);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	paint_green();
	draw();
	glFinish();
	return verdict(error_is(GL_NO_ERROR) & told_nothing());
}

static enum piglit_result
mixed(void *data)
{
	GLuint name;
	bool right;

	use(PLAIN);
	name = coloured(red);
	use(PROTECTED);
	framebuffer(texture(PROTECTED), name);
	right = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	write_with(DRAW_ARRAYS);
	right &= error_is(GL_NO_ERROR) & told(TOLD_UNPROTECTED);
	return verdict(holds(name, red) & right);
}

static enum piglit_result
complete(void *data)
{
	GLuint name;
	bool right;

	use(PROTECTED);
	name = texture(PROTECTED);
	framebuffer(name, 0);
	right = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	glFinish();
	use(PLAIN);
	framebuffer(name, 0);
	right &= glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	return verdict(right & error_is(GL_NO_ERROR));
}

static void
clear_layers(GLuint name, const float colour[4])
{
	GLuint frame;

	glGenFramebuffers(1, &frame);
	glBindFramebuffer(GL_FRAMEBUFFER, frame);
	glFramebufferTexture(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, name, 0);
	glClearBufferfv(GL_COLOR, 0, colour);
	glFinish();
}

static enum piglit_result
layered(void *data)
{
	GLuint name, frame;
	bool right;

	use(PLAIN);
	if (!has_geometry_shaders())
		return PIGLIT_SKIP;
	name = texture_of(PLAIN, GL_TEXTURE_2D_ARRAY, GL_RGBA8, 1);
	clear_layers(name, red);
	use(PROTECTED);
	clear_layers(name, green);
	right = error_is(GL_NO_ERROR) & told(TOLD_UNPROTECTED);

	use(PLAIN);
	glGenFramebuffers(1, &frame);
	glBindFramebuffer(GL_FRAMEBUFFER, frame);
	for (unsigned layer = 0; layer < 4; layer++) {
		glFramebufferTextureLayer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, name, 0, layer);
		right &= pixels_are(red);
	}
	return verdict(right);
}

static enum piglit_result
renderbuffers(void *data)
{
	GLuint buffer;
	bool right;

	use(PROTECTED);
	buffer = renderbuffer(GL_RGBA8, 0);
	glFinish();
	use(PLAIN);
	framebuffer_of_renderbuffer(buffer);
	glClearColor(1, 0, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glFinish();
	use(PROTECTED);
	framebuffer_of_renderbuffer(buffer);
	write_with(DRAW_ARRAYS);
	write_with(CLEAR);
	right = error_is(GL_NO_ERROR) & told(TOLD_UNPROTECTED);
	right &= pixels_are(red) & error_is(GL_NO_ERROR);
	glFinish();
	use(PLAIN);
	framebuffer_of_renderbuffer(buffer);
	return verdict(pixels_are(red) & right);
}

/* Once for what is bound, however often it is drawn to. */
static enum piglit_result
message_once(void *data)
{
	bool right;

	write_to_unprotected(DRAW_ARRAYS);
	write_with(CLEAR);
	write_with(DRAW_ARRAYS);
	right = told(TOLD_UNPROTECTED);
	write_with(DRAW_ARRAYS);
	return verdict(told_nothing() & right);
}

static enum piglit_result
message_per_framebuffer(void *data)
{
	GLuint name = write_to_unprotected(DRAW_ARRAYS);
	bool right;

	right = told(TOLD_UNPROTECTED);
	framebuffer(name, 0);
	write_with(DRAW_ARRAYS);
	return verdict(told(TOLD_UNPROTECTED) & right);
}

static enum piglit_result
message_per_context(void *data)
{
	GLuint name = write_to_unprotected(DRAW_ARRAYS);
	EGLContext second;
	bool right;

	right = told(TOLD_UNPROTECTED);
	second = create_context(dpy, PROTECTED, contexts[PROTECTED]);
	use_context(second);
	framebuffer(name, 0);
	write_with(DRAW_ARRAYS);
	right &= told(TOLD_UNPROTECTED);
	use(PLAIN);
	eglDestroyContext(dpy, second);
	return verdict(right);
}

/* A framebuffer that becomes right is drawn to. */
static enum piglit_result
attachment_replaced(void *data)
{
	GLuint name, good;
	bool right;

	use(PROTECTED);
	name = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	good = coloured(red);
	framebuffer(name, 0);
	write_with(DRAW_ARRAYS);
	right = told(TOLD_PROTECTED);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, good, 0);
	write_with(DRAW_ARRAYS);
	right &= told_nothing();
	return verdict(holds(good, green) & right);
}

#define COMMANDS(what, func) \
	SUBTEST_OF("DrawArrays: " what, func, DRAW_ARRAYS), \
	SUBTEST_OF("DrawElements: " what, func, DRAW_ELEMENTS), \
	SUBTEST_OF("DrawArraysInstanced: " what, func, DRAW_INSTANCED), \
	SUBTEST_OF("DrawArraysIndirect: " what, func, DRAW_INDIRECT), \
	SUBTEST_OF("Clear: " what, func, CLEAR), \
	SUBTEST_OF("ClearBufferfv: " what, func, CLEAR_BUFFER_FV), \
	SUBTEST_OF("Clear with a scissor: " what, func, SCISSORED_CLEAR)

static const struct piglit_subtest subtests[] = {
	COMMANDS("control: an ordinary framebuffer is written", ordinary),
	COMMANDS("a protected context writes nothing unprotected", unprotected_in_protected),
	COMMANDS("a protected context writes what is protected", protected_in_protected),
	COMMANDS("an unprotected context writes nothing protected, nor beside it", protected_in_unprotected),
	SUBTEST_OF("ClearBufferuiv: a protected context writes nothing unprotected", integer_clear, 0),
	SUBTEST_OF("ClearBufferiv: a protected context writes nothing unprotected", integer_clear, 1),
	SUBTEST_OF("Clear: a protected context writes no unprotected depth and stencil", depth_stencil, 0),
	SUBTEST_OF("ClearBufferfi: a protected context writes no unprotected depth and stencil", depth_stencil, 1),
	SUBTEST("protected depth and stencil do not make a framebuffer mixed", protected_depth),
	SUBTEST("mixed attachments: the unprotected one is not written", mixed),
	SUBTEST("protected attachments are complete in any context", complete),
	SUBTEST("no layer of an unprotected array is written", layered),
	SUBTEST("renderbuffers are unprotected, and a protected context may read them", renderbuffers),
	SUBTEST("there is one message for a framebuffer", message_once),
	SUBTEST("and one for another framebuffer", message_per_framebuffer),
	SUBTEST("and one in another context", message_per_context),
	SUBTEST("a framebuffer works when the attachment is replaced", attachment_replaced),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	protected_run(subtests);
}
