/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file copy.c
 *
 * Copies, blits, uploads and mipmaps: content goes from protected storage to protected
 * storage only, and an unprotected context changes none.
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

enum means {
	COPY_TEX_SUB_IMAGE, COPY_IMAGE, BLIT, COPY_TEX_SUB_IMAGE_3D, BLIT_SCALED,
};

static GLuint
any_texture(enum means means, enum which which)
{
	if (means == COPY_TEX_SUB_IMAGE_3D && which == PROTECTED)
		return texture_of(PROTECTED, GL_TEXTURE_2D_ARRAY, GL_RGBA8, 1);
	return which == PROTECTED ? texture(PROTECTED) : coloured(red);
}

static void
copy_with(enum means means, GLuint from, GLuint to)
{
	GLuint source, target;

	switch (means) {
	case COPY_TEX_SUB_IMAGE:
		framebuffer(from, 0);
		glBindTexture(GL_TEXTURE_2D, to);
		glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
		break;
	case COPY_TEX_SUB_IMAGE_3D:
		framebuffer(from, 0);
		glBindTexture(GL_TEXTURE_2D_ARRAY, to);
		glCopyTexSubImage3D(GL_TEXTURE_2D_ARRAY, 0, 0, 0, 1, 0, 0, SIZE, SIZE);
		break;
	case COPY_IMAGE:
		glCopyImageSubData(from, GL_TEXTURE_2D, 0, 0, 0, 0,
				   to, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
		break;
	case BLIT:
	case BLIT_SCALED:
		source = framebuffer(from, 0);
		target = framebuffer(to, 0);
		glBindFramebuffer(GL_READ_FRAMEBUFFER, source);
		glBindFramebuffer(GL_DRAW_FRAMEBUFFER, target);
		if (means == BLIT)
			glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE,
					  GL_COLOR_BUFFER_BIT, GL_NEAREST);
		else
			glBlitFramebuffer(0, 0, SIZE / 2, SIZE / 2, 0, SIZE, SIZE, 0,
					  GL_COLOR_BUFFER_BIT, GL_LINEAR);
		break;
	}
}

static GLuint
protected_of(enum means means)
{
	GLuint name;

	use(PROTECTED);
	name = any_texture(means, PROTECTED);
	glFinish();
	return name;
}

static GLuint
open_of(const float colour[4])
{
	use(PLAIN);
	return coloured(colour);
}

static enum piglit_result
ordinary(void *data)
{
	GLuint from = open_of(green), to = open_of(red);

	bool right;

	use(PLAIN);
	copy_with((uintptr_t)data, from, to);
	right = error_is(GL_NO_ERROR) & told_nothing();
	return verdict(holds(to, green) & right);
}

static bool
stays_in(enum which context, enum means means)
{
	GLuint from = protected_of(COPY_IMAGE), to = open_of(red);
	bool right;

	use(context);
	copy_with(means, from, to);
	right = error_is(GL_INVALID_OPERATION);
	return holds(to, red) & right;
}

static enum piglit_result
out_in_protected(void *data)
{
	return verdict(stays_in(PROTECTED, (uintptr_t)data));
}

static enum piglit_result
out_in_unprotected(void *data)
{
	return verdict(stays_in(PLAIN, (uintptr_t)data));
}

static enum piglit_result
in_in_unprotected(void *data)
{
	GLuint from = open_of(green), to = protected_of((uintptr_t)data);
	enum means means = (uintptr_t)data;

	use(PLAIN);
	copy_with(means, from, to);
	/* A blit is a draw: it is told of, and writes nothing. */
	if (means == BLIT || means == BLIT_SCALED)
		return verdict(error_is(GL_NO_ERROR) & told(TOLD_PROTECTED));
	return verdict(error_is(GL_INVALID_OPERATION));
}

static enum piglit_result
within_protected(void *data)
{
	GLuint from = protected_of(COPY_IMAGE), to = protected_of((uintptr_t)data);

	use(PROTECTED);
	copy_with((uintptr_t)data, from, to);
	glFinish();
	return verdict(error_is(GL_NO_ERROR) & told_nothing());
}

static enum piglit_result
in_in_protected(void *data)
{
	GLuint from = open_of(green), to = protected_of((uintptr_t)data);

	use(PROTECTED);
	copy_with((uintptr_t)data, from, to);
	glFinish();
	return verdict(error_is(GL_NO_ERROR) & told_nothing());
}

static enum piglit_result
open_in_protected(void *data)
{
	GLuint from = open_of(green), to = open_of(red);
	enum means means = (uintptr_t)data;
	bool is_blit = means == BLIT || means == BLIT_SCALED, right;

	use(PROTECTED);
	copy_with(means, from, to);
	right = error_is(GL_NO_ERROR);
	if (is_blit)
		right &= told(TOLD_UNPROTECTED);
	return verdict(holds(to, is_blit ? red : green) & right);
}

/* Whether all is red but one pixel, and another that was copied from it. */
static bool
pixel_was_copied(void)
{
	bool right = piglit_probe_pixel_rgba(9, 9, green);

	right &= piglit_probe_pixel_rgba(1, 1, green);
	return right & piglit_probe_pixel_rgba(8, 9, red);
}

/* From one part of a texture to another part of it. */
static enum piglit_result
within_itself(void *data)
{
	static const GLubyte pixel[4] = { 0, 255, 0, 255 };
	GLuint name = open_of(red);
	bool right;

	glBindTexture(GL_TEXTURE_2D, name);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 1, 1, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	glFinish();
	use(PROTECTED);
	if (data) {
		framebuffer(name, 0);
		glBindTexture(GL_TEXTURE_2D, name);
		glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 9, 9, 1, 1, 1, 1);
	} else {
		glCopyImageSubData(name, GL_TEXTURE_2D, 0, 1, 1, 0,
				   name, GL_TEXTURE_2D, 0, 9, 9, 0, 1, 1, 1);
	}
	right = error_is(GL_NO_ERROR);
	glFinish();
	use(PLAIN);
	framebuffer(name, 0);
	return verdict(pixel_was_copied() & right);
}

static enum piglit_result
copy_tex_image(void *data)
{
	GLuint from = protected_of(COPY_IMAGE), name;
	GLubyte pixels[SIZE * SIZE][4];
	bool right;

	fill(pixels, red);
	use((uintptr_t)data);
	framebuffer(from, 0);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, SIZE, SIZE, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	glCopyTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, 0, 0, SIZE, SIZE, 0);
	right = error_is(GL_INVALID_OPERATION);
	return verdict(holds(name, red) & right);
}

/* An unprotected one, in a framebuffer that is bound. */
static GLuint
coloured_renderbuffer(const float colour[4])
{
	GLuint name = renderbuffer(GL_RGBA8, 0);

	framebuffer_of_renderbuffer(name);
	glClearBufferfv(GL_COLOR, 0, colour);
	glFinish();
	return name;
}

static enum piglit_result
copy_to_renderbuffer(void *data)
{
	GLuint from = protected_of(COPY_IMAGE), buffer;
	bool right;

	use(PLAIN);
	buffer = coloured_renderbuffer(red);
	use((uintptr_t)data);
	glCopyImageSubData(from, GL_TEXTURE_2D, 0, 0, 0, 0,
			   buffer, GL_RENDERBUFFER, 0, 0, 0, 0, SIZE, SIZE, 1);
	right = error_is(GL_INVALID_OPERATION);
	glFinish();
	use(PLAIN);
	framebuffer_of_renderbuffer(buffer);
	return verdict(pixels_are(red) & right);
}

struct ends {
	GLenum from, to;
};

static enum piglit_result
copy_open_ends(void *data)
{
	const struct ends *ends = data;
	GLuint from, to;
	bool right;

	use(PLAIN);
	from = ends->from == GL_RENDERBUFFER ? coloured_renderbuffer(green) : coloured(green);
	to = ends->to == GL_RENDERBUFFER ? coloured_renderbuffer(red) : coloured(red);
	use(PROTECTED);
	glCopyImageSubData(from, ends->from, 0, 0, 0, 0, to, ends->to, 0, 0, 0, 0, SIZE, SIZE, 1);
	right = error_is(GL_NO_ERROR) & told_nothing();
	if (ends->to != GL_RENDERBUFFER)
		return verdict(holds(to, green) & right);
	glFinish();
	use(PLAIN);
	framebuffer_of_renderbuffer(to);
	return verdict(pixels_are(green) & right);
}

static enum piglit_result
within_renderbuffer(void *data)
{
	GLuint name;
	bool right;

	use(PLAIN);
	name = coloured_renderbuffer(red);
	glEnable(GL_SCISSOR_TEST);
	glScissor(1, 1, 1, 1);
	glClearBufferfv(GL_COLOR, 0, green);
	glDisable(GL_SCISSOR_TEST);
	glFinish();
	use(PROTECTED);
	glCopyImageSubData(name, GL_RENDERBUFFER, 0, 1, 1, 0, name, GL_RENDERBUFFER, 0, 9, 9, 0, 1, 1, 1);
	right = error_is(GL_NO_ERROR) & told_nothing();
	glFinish();
	use(PLAIN);
	framebuffer_of_renderbuffer(name);
	return verdict(pixel_was_copied() & right);
}

/* A framebuffer, bound, with a multisample texture. */
static GLuint
multisample_framebuffer(GLuint name)
{
	GLuint frame;

	glGenFramebuffers(1, &frame);
	glBindFramebuffer(GL_FRAMEBUFFER, frame);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0,
			       GL_TEXTURE_2D_MULTISAMPLE, name, 0);
	return frame;
}

static enum piglit_result
resolve(void *data)
{
	GLuint from, to, open = open_of(red);
	bool right;

	if (!has_gles(31))
		return PIGLIT_SKIP;
	use(PROTECTED);
	from = multisample_framebuffer(texture_of(PROTECTED, GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, 1));
	paint_green();
	draw();
	to = framebuffer(data ? texture(PROTECTED) : open, 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glFinish();
	if (data)
		return verdict(error_is(GL_NO_ERROR) & told_nothing());
	right = error_is(GL_INVALID_OPERATION);
	return verdict(holds(open, red) & right);
}

/* The CPU has no way to do it, and the GPU must not in a protected context. */
static enum piglit_result
copy_multisample(void *data)
{
	const enum which which = (uintptr_t)data;
	GLuint names[2], resolved, from, to;
	bool right;

	if (!has_gles(32))
		return PIGLIT_SKIP;
	use(PLAIN);
	for (unsigned i = 0; i < 2; i++) {
		names[i] = texture_of(PLAIN, GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, 1);
		multisample_framebuffer(names[i]);
		glClearBufferfv(GL_COLOR, 0, i ? red : green);
	}
	glFinish();
	use(which);
	glCopyImageSubData(names[0], GL_TEXTURE_2D_MULTISAMPLE, 0, 0, 0, 0,
			   names[1], GL_TEXTURE_2D_MULTISAMPLE, 0, 0, 0, 0, SIZE, SIZE, 1);
	right = error_is(GL_NO_ERROR);
	right &= which == PROTECTED ? told("write to unprotected storage in a protected context") : told_nothing();
	glFinish();
	use(PLAIN);
	resolved = coloured(blue);
	to = framebuffer(resolved, 0);
	from = multisample_framebuffer(names[1]);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	return verdict(holds(resolved, which == PROTECTED ? red : green) & right);
}

static enum piglit_result
blit_depth(void *data)
{
	GLuint from, to, depth[2];

	use(PROTECTED);
	depth[0] = texture_of(PROTECTED, GL_TEXTURE_2D, GL_DEPTH24_STENCIL8, 1);
	from = framebuffer(texture(PROTECTED), 0);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_TEXTURE_2D, depth[0], 0);
	depth[1] = texture_of(data ? PROTECTED : PLAIN, GL_TEXTURE_2D, GL_DEPTH24_STENCIL8, 1);
	to = framebuffer(texture(data ? PROTECTED : PLAIN), 0);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_TEXTURE_2D, depth[1], 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE,
			  GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT, GL_NEAREST);
	glFinish();
	return verdict(error_is(data ? GL_NO_ERROR : GL_INVALID_OPERATION) & told_nothing());
}

/* To storage that a protected context made and that nobody drew to yet. */
static enum piglit_result
blit_to_new_depth(void *data)
{
	const GLenum attachment = (uintptr_t)data;
	GLuint buffer, output, from, to;
	GLbitfield mask = 0;
	bool right;

	use(PROTECTED);
	buffer = renderbuffer(GL_DEPTH24_STENCIL8, 0);
	glFinish();
	use(PLAIN);
	from = framebuffer(coloured(blue), 0);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, attachment, GL_RENDERBUFFER, renderbuffer(GL_DEPTH24_STENCIL8, 0));
	glClearBufferfi(GL_DEPTH_STENCIL, 0, 1.0f, 3);
	output = coloured(red);
	to = framebuffer(output, 0);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, attachment, GL_RENDERBUFFER, buffer);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	if (attachment != GL_STENCIL_ATTACHMENT) {
		mask |= GL_DEPTH_BUFFER_BIT;
		glEnable(GL_DEPTH_TEST);
		glDepthFunc(GL_LESS);
	}
	if (attachment != GL_DEPTH_ATTACHMENT) {
		mask |= GL_STENCIL_BUFFER_BIT;
		glEnable(GL_STENCIL_TEST);
		glStencilFunc(GL_EQUAL, 3, 0xff);
	}
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, mask, GL_NEAREST);
	right = error_is(GL_NO_ERROR) & told_nothing();
	paint_green();
	draw();
	glDisable(GL_DEPTH_TEST);
	glDisable(GL_STENCIL_TEST);
	return verdict(holds(output, green) & right);
}

enum upload { SUB_2D, SUB_2D_BUFFER, SUB_3D, SUB_CUBE, SUB_ROW };

static void
upload_with(enum upload upload, GLuint name)
{
	static const GLubyte bytes[SIZE * SIZE * 4];
	GLuint buffer;

	switch (upload) {
	case SUB_2D:
		glBindTexture(GL_TEXTURE_2D, name);
		glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
		break;
	case SUB_ROW:
		glBindTexture(GL_TEXTURE_2D, name);
		glTexSubImage2D(GL_TEXTURE_2D, 0, 3, 3, 5, 1, GL_RGBA, GL_UNSIGNED_BYTE, bytes);
		break;
	case SUB_2D_BUFFER:
		glGenBuffers(1, &buffer);
		glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffer);
		glBufferData(GL_PIXEL_UNPACK_BUFFER, sizeof(bytes), bytes, GL_STATIC_DRAW);
		glBindTexture(GL_TEXTURE_2D, name);
		glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
		glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
		glDeleteBuffers(1, &buffer);
		break;
	case SUB_3D:
		glBindTexture(GL_TEXTURE_2D_ARRAY, name);
		glTexSubImage3D(GL_TEXTURE_2D_ARRAY, 0, 0, 0, 2, SIZE, SIZE, 1, GL_RGBA,
				GL_UNSIGNED_BYTE, bytes);
		break;
	case SUB_CUBE:
		glBindTexture(GL_TEXTURE_CUBE_MAP, name);
		glTexSubImage2D(GL_TEXTURE_CUBE_MAP_NEGATIVE_Y, 0, 0, 0, SIZE, SIZE, GL_RGBA,
				GL_UNSIGNED_BYTE, bytes);
		break;
	}
}

static enum piglit_result
upload(void *data)
{
	enum upload upload = (uintptr_t)data;
	GLenum target = upload == SUB_3D ? GL_TEXTURE_2D_ARRAY :
			upload == SUB_CUBE ? GL_TEXTURE_CUBE_MAP : GL_TEXTURE_2D;
	GLuint name;
	bool right;

	use(PROTECTED);
	name = texture_of(PROTECTED, target, GL_RGBA8, 1);
	upload_with(upload, name);
	right = error_is(GL_NO_ERROR) & told_nothing();
	glFinish();
	use(PLAIN);
	upload_with(upload, name);
	return verdict(error_is(GL_INVALID_OPERATION) & right);
}

/* A protected context uploads to unprotected textures, also from a buffer. */
static enum piglit_result
upload_unprotected(void *data)
{
	GLubyte pixels[SIZE * SIZE][4];
	GLuint name, buffer = 0;
	bool right;

	fill(pixels, green);
	use(PROTECTED);
	name = coloured(red);
	if (data) {
		glGenBuffers(1, &buffer);
		glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffer);
		glBufferData(GL_PIXEL_UNPACK_BUFFER, sizeof(pixels), pixels, GL_STATIC_DRAW);
	}
	glBindTexture(GL_TEXTURE_2D, name);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE,
			data ? NULL : pixels);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
	right = error_is(GL_NO_ERROR);
	return verdict(holds(name, green) & right);
}

/* And reads them to a buffer. */
static enum piglit_result
read_unprotected_to_buffer(void *data)
{
	GLuint name = open_of(green), buffer;
	const GLubyte *map;
	bool right;

	use(PROTECTED);
	framebuffer(name, 0);
	glGenBuffers(1, &buffer);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer);
	glBufferData(GL_PIXEL_PACK_BUFFER, SIZE * SIZE * 4, NULL, GL_STREAM_READ);
	glReadPixels(0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	map = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, SIZE * SIZE * 4, GL_MAP_READ_BIT);
	right = map != NULL;
	for (unsigned i = 0; right && i < SIZE * SIZE; i++)
		right = !memcmp(map + 4 * i, "\x00\xff\x00\xff", 4);
	glUnmapBuffer(GL_PIXEL_PACK_BUFFER);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
	return verdict(right & error_is(GL_NO_ERROR));
}

static enum piglit_result
mipmap(void *data)
{
	GLuint name;
	bool right;

	use(PROTECTED);
	name = texture_of(PROTECTED, GL_TEXTURE_2D, GL_RGBA8, 5);
	glGenerateMipmap(GL_TEXTURE_2D);
	right = error_is(GL_NO_ERROR) & told_nothing();
	glFinish();
	use(PLAIN);
	glBindTexture(GL_TEXTURE_2D, name);
	glGenerateMipmap(GL_TEXTURE_2D);
	return verdict(error_is(GL_INVALID_OPERATION) & right);
}

static enum piglit_result
mipmap_unprotected(void *data)
{
	GLubyte pixels[SIZE * SIZE][4];
	GLuint name, output;
	bool right;

	fill(pixels, green);
	use(PROTECTED);
	name = texture_of(PLAIN, GL_TEXTURE_2D, GL_RGBA8, 5);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	glGenerateMipmap(GL_TEXTURE_2D);
	right = error_is(GL_NO_ERROR);
	glFinish();
	use(PLAIN);
	output = coloured(red);
	framebuffer(output, 0);
	program(GLSL "uniform sampler2D s; out vec4 colour;\n"
		"void main() { colour = textureLod(s, vec2(0.5), 2.0); }\n");
	glBindTexture(GL_TEXTURE_2D, name);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST_MIPMAP_NEAREST);
	draw();
	return verdict(holds(output, green) & right);
}

#define ALL(what, func) \
	SUBTEST_OF("CopyTexSubImage2D: " what, func, COPY_TEX_SUB_IMAGE), \
	SUBTEST_OF("CopyImageSubData: " what, func, COPY_IMAGE), \
	SUBTEST_OF("BlitFramebuffer: " what, func, BLIT), \
	SUBTEST_OF("BlitFramebuffer, scaled and flipped: " what, func, BLIT_SCALED)

#define ENDS(what, ...) \
	SUBTEST_OF("CopyImageSubData: unprotected content, " what ", in a protected context", copy_open_ends, \
		   (&(const struct ends){ __VA_ARGS__ }))

static const struct piglit_subtest subtests[] = {
	ALL("control: an unprotected context copies what is unprotected", ordinary),
	ALL("not to unprotected storage, in a protected context", out_in_protected),
	ALL("not to unprotected storage, in an unprotected context", out_in_unprotected),
	ALL("not to protected storage, in an unprotected context", in_in_unprotected),
	ALL("within protected storage, in a protected context", within_protected),
	ALL("to protected storage, in a protected context", in_in_protected),
	ALL("unprotected content, in a protected context", open_in_protected),
	SUBTEST_OF("CopyTexSubImage3D: within protected storage", within_protected, COPY_TEX_SUB_IMAGE_3D),
	SUBTEST_OF("CopyTexSubImage3D: not to protected storage, in an unprotected context", in_in_unprotected,
		   COPY_TEX_SUB_IMAGE_3D),
	SUBTEST_OF("CopyTexSubImage2D: within one unprotected texture, in a protected context", within_itself, 1),
	SUBTEST_OF("CopyImageSubData: within one unprotected texture, in a protected context", within_itself, 0),
	SUBTEST_OF("CopyTexImage2D: not of protected content, in a protected context", copy_tex_image, PROTECTED),
	SUBTEST_OF("CopyTexImage2D: not of protected content, in an unprotected context", copy_tex_image, PLAIN),
	SUBTEST_OF("CopyImageSubData: not to a renderbuffer, in a protected context", copy_to_renderbuffer, PROTECTED),
	SUBTEST_OF("CopyImageSubData: not to a renderbuffer, in an unprotected context", copy_to_renderbuffer, PLAIN),
	ENDS("from a renderbuffer to a renderbuffer", GL_RENDERBUFFER, GL_RENDERBUFFER),
	ENDS("from a renderbuffer to a texture", GL_RENDERBUFFER, GL_TEXTURE_2D),
	ENDS("from a texture to a renderbuffer", GL_TEXTURE_2D, GL_RENDERBUFFER),
	SUBTEST("CopyImageSubData: within one unprotected renderbuffer, in a protected context", within_renderbuffer),
	SUBTEST_OF("control: CopyImageSubData copies samples in an unprotected context", copy_multisample, PLAIN),
	SUBTEST_OF("CopyImageSubData: no unprotected samples, in a protected context", copy_multisample, PROTECTED),
	SUBTEST_OF("BlitFramebuffer: a resolve to protected storage", resolve, 1),
	SUBTEST_OF("BlitFramebuffer: no resolve to unprotected storage", resolve, 0),
	SUBTEST_OF("BlitFramebuffer: depth and stencil within protected storage", blit_depth, 1),
	SUBTEST_OF("BlitFramebuffer: depth and stencil not to unprotected storage", blit_depth, 0),
	SUBTEST_OF("BlitFramebuffer: to a protected context's new depth and stencil", blit_to_new_depth,
		   GL_DEPTH_STENCIL_ATTACHMENT),
	SUBTEST_OF("BlitFramebuffer: to a protected context's new depth", blit_to_new_depth, GL_DEPTH_ATTACHMENT),
	SUBTEST_OF("BlitFramebuffer: to a protected context's new stencil", blit_to_new_depth, GL_STENCIL_ATTACHMENT),
	SUBTEST_OF("TexSubImage2D needs a protected context", upload, SUB_2D),
	SUBTEST_OF("TexSubImage2D of a part needs a protected context", upload, SUB_ROW),
	SUBTEST_OF("TexSubImage2D from a buffer needs a protected context", upload, SUB_2D_BUFFER),
	SUBTEST_OF("TexSubImage2D of a cube needs a protected context", upload, SUB_CUBE),
	SUBTEST_OF("TexSubImage3D needs a protected context", upload, SUB_3D),
	SUBTEST_OF("a protected context uploads to unprotected storage", upload_unprotected, 0),
	SUBTEST_OF("a protected context uploads to unprotected storage from a buffer", upload_unprotected, 1),
	SUBTEST("a protected context reads unprotected storage to a buffer", read_unprotected_to_buffer),
	SUBTEST("GenerateMipmap of a protected texture needs a protected context", mipmap),
	SUBTEST("GenerateMipmap of an unprotected texture works in a protected context", mipmap_unprotected),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	protected_run(subtests);
}
