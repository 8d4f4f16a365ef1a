/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file readback.c
 *
 * No way to read leaves anything but INVALID_OPERATION, and the destination is as it was.
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

struct form {
	enum which context;
	bool buffer, robust;
	GLenum internal, format, type;
};

static enum piglit_result
read_pixels(void *data)
{
	const struct form *form = data;
	GLubyte before[SIZE * SIZE * 16], bytes[sizeof(before)];
	const GLubyte *after = bytes;
	GLuint name, buffer = 0;
	bool right;

	memset(before, 0x5a, sizeof(before));
	memset(bytes, 0x5a, sizeof(bytes));
	use(PROTECTED);
	name = texture_of(PROTECTED, GL_TEXTURE_2D, form->internal, 1);
	glFinish();
	use(form->context);
	framebuffer(name, 0);
	glPixelStorei(GL_PACK_ALIGNMENT, 1);
	if (form->buffer) {
		glGenBuffers(1, &buffer);
		glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer);
		glBufferData(GL_PIXEL_PACK_BUFFER, sizeof(before), before, GL_STREAM_READ);
	}
	if (form->robust)
		glReadnPixels(0, 0, SIZE, SIZE, form->format, form->type, sizeof(bytes),
			      form->buffer ? NULL : bytes);
	else
		glReadPixels(0, 0, SIZE, SIZE, form->format, form->type, form->buffer ? NULL : bytes);
	right = error_is(GL_INVALID_OPERATION);
	if (form->buffer)
		after = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, sizeof(before), GL_MAP_READ_BIT);
	right &= after && !memcmp(after, before, sizeof(before));
	if (form->buffer) {
		glUnmapBuffer(GL_PIXEL_PACK_BUFFER);
		glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
		glDeleteBuffers(1, &buffer);
	}
	return verdict(right & error_is(GL_NO_ERROR));
}

static enum piglit_result
ordinary(void *data)
{
	GLuint name;

	use(PLAIN);
	name = coloured(green);
	use(PROTECTED);
	framebuffer(name, 0);
	return verdict(pixels_are(green) & error_is(GL_NO_ERROR));
}

/* One that a protected context made and that nobody drew to yet: what is in it is undefined. */
static enum piglit_result
new_renderbuffer(void *data)
{
	GLubyte pixels[SIZE * SIZE][4];
	GLuint buffer, from;

	use(PROTECTED);
	buffer = renderbuffer(GL_RGBA8, 0);
	glFinish();
	use(PLAIN);
	from = framebuffer_of_renderbuffer(buffer);
	framebuffer(coloured(red), 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glReadPixels(0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	return verdict(error_is(GL_NO_ERROR) & told_nothing());
}

static enum piglit_result
part(void *data)
{
	use(PROTECTED);
	framebuffer(texture(PROTECTED), 0);
	return verdict(cannot_read(SIZE - 1, SIZE - 1));
}

/* What is read is the read buffer, whatever else is attached. */
static enum piglit_result
read_buffer(void *data)
{
	GLuint open;
	bool right;

	use(PLAIN);
	open = coloured(green);
	use(PROTECTED);
	framebuffer(open, texture(PROTECTED));
	glReadBuffer(GL_COLOR_ATTACHMENT1);
	right = cannot_read(0, 0);
	glReadBuffer(GL_COLOR_ATTACHMENT0);
	return verdict(pixels_are(green) & right);
}

static enum piglit_result
buffer_after_copy(void *data)
{
	const GLuint words[2] = { 0x12345678, 0x9abcdef0 };
	GLuint buffers[2];
	const GLuint *map;
	bool right;

	use(PROTECTED);
	glGenBuffers(2, buffers);
	glBindBuffer(GL_COPY_READ_BUFFER, buffers[0]);
	glBufferData(GL_COPY_READ_BUFFER, sizeof(words), words, GL_STATIC_DRAW);
	glBindBuffer(GL_COPY_WRITE_BUFFER, buffers[1]);
	glBufferData(GL_COPY_WRITE_BUFFER, sizeof(words), NULL, GL_STATIC_READ);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, 0, 0, sizeof(words));
	map = glMapBufferRange(GL_COPY_WRITE_BUFFER, 0, sizeof(words), GL_MAP_READ_BIT);
	right = map && !memcmp(map, words, sizeof(words));
	glUnmapBuffer(GL_COPY_WRITE_BUFFER);
	return verdict(right & error_is(GL_NO_ERROR));
}

/* Where the buffer is busy, a driver may give out other memory for a part, and copy that later. */
static enum piglit_result
buffer_in_part(void *data)
{
	const GLenum target = GL_COPY_WRITE_BUFFER;
	const GLbitfield write = GL_MAP_WRITE_BIT | GL_MAP_INVALIDATE_RANGE_BIT;
	const size_t part = 16 * sizeof(GLuint);
	GLuint words[64], buffer;
	void *map;
	bool right = true;

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = i;
	use(PROTECTED);
	glGenBuffers(1, &buffer);
	glBindBuffer(target, buffer);
	glBufferData(target, sizeof(words), words, GL_DYNAMIC_DRAW);
	for (unsigned i = 16; i < 48; i++)
		words[i] = ~i;
	map = glMapBufferRange(target, part, part, write);
	if (map)
		memcpy(map, words + 16, part);
	right &= map && glUnmapBuffer(target);
	map = glMapBufferRange(target, 2 * part, part / 2, write | GL_MAP_FLUSH_EXPLICIT_BIT);
	if (map) {
		memcpy(map, words + 32, part / 2);
		glFlushMappedBufferRange(target, 0, part / 2);
	}
	right &= map && glUnmapBuffer(target);
	glBufferSubData(target, 2 * part + part / 2, part / 2, words + 40);
	map = glMapBufferRange(target, 0, sizeof(words), GL_MAP_READ_BIT);
	right &= map && !memcmp(map, words, sizeof(words));
	glUnmapBuffer(target);
	glDeleteBuffers(1, &buffer);
	return verdict(right & error_is(GL_NO_ERROR) & told_nothing());
}

static enum piglit_result
invalidate(void *data)
{
	const GLenum attachment = GL_COLOR_ATTACHMENT0;
	GLuint name;
	bool right;

	use(PROTECTED);
	name = texture(PROTECTED);
	framebuffer(name, 0);
	glInvalidateFramebuffer(GL_FRAMEBUFFER, 1, &attachment);
	right = error_is(GL_NO_ERROR);
	glFinish();
	use(PLAIN);
	framebuffer(name, 0);
	glInvalidateFramebuffer(GL_FRAMEBUFFER, 1, &attachment);
	right &= error_is(GL_NO_ERROR);
	return verdict(cannot_read(0, 0) & right);
}

#define FORM(what, ...) \
	SUBTEST_OF(what, read_pixels, (&(const struct form){ __VA_ARGS__ }))

static const struct piglit_subtest subtests[] = {
	SUBTEST("control: a protected context reads what is unprotected", ordinary),
	SUBTEST("control: an unprotected context reads a protected one's new renderbuffer", new_renderbuffer),
	FORM("ReadPixels in a protected context", PROTECTED, false, false, GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE),
	FORM("ReadPixels in an unprotected context", PLAIN, false, false, GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE),
	FORM("ReadnPixels in a protected context", PROTECTED, false, true, GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE),
	FORM("ReadnPixels in an unprotected context", PLAIN, false, true, GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE),
	FORM("ReadPixels to a buffer in a protected context", PROTECTED, true, false, GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE),
	FORM("ReadPixels to a buffer in an unprotected context", PLAIN, true, false, GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE),
	FORM("ReadnPixels to a buffer in a protected context", PROTECTED, true, true, GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE),
	FORM("ReadnPixels to a buffer in an unprotected context", PLAIN, true, true, GL_RGBA8, GL_RGBA, GL_UNSIGNED_BYTE),
	FORM("ReadPixels of floats", PROTECTED, false, false, GL_RGBA16F, GL_RGBA, GL_FLOAT),
	FORM("ReadPixels of unsigned integers", PROTECTED, false, false, GL_RGBA8UI, GL_RGBA_INTEGER, GL_UNSIGNED_INT),
	FORM("ReadPixels of signed integers", PROTECTED, false, false, GL_RGBA32I, GL_RGBA_INTEGER, GL_INT),
	FORM("ReadPixels of packed pixels", PROTECTED, false, false, GL_RGB10_A2, GL_RGBA, GL_UNSIGNED_INT_2_10_10_10_REV),
	SUBTEST("ReadPixels of one pixel", part),
	SUBTEST("ReadPixels looks at the read buffer", read_buffer),
	SUBTEST("a buffer is copied and mapped in a protected context", buffer_after_copy),
	SUBTEST("a part of a buffer is mapped in a protected context", buffer_in_part),
	SUBTEST("InvalidateFramebuffer opens nothing", invalidate),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	protected_run(subtests);
}
