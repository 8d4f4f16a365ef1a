/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file force.c
 *
 * Mesa's driconf option force_protected_content, for applications that know nothing of
 * protected content: what they render to is protected, without their asking.  Nothing is
 * told, since nothing is left out, and nothing can be read back.
 */

#include "../../../spec/ext_protected_textures/protected_common.h"

static const struct piglit_subtest subtests[];

PIGLIT_GL_TEST_CONFIG_BEGIN

	setenv("force_protected_content", "true", 1);
	protected_config(argc, argv);
	config.subtests = subtests;
	config.supports_gl_es_version = 30;
	config.window_visual = PIGLIT_GL_VISUAL_RGBA;
	config.khr_no_error_support = PIGLIT_HAS_ERRORS;

PIGLIT_GL_TEST_CONFIG_END

/** Of TexImage2D, bound, full of a colour. */
static GLuint
image(const float colour[4])
{
	GLubyte pixels[SIZE * SIZE][4];
	GLuint name;

	fill(pixels, colour);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, SIZE, SIZE, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	return name;
}

/** Draws to what is bound, and looks whether that is as it should. */
static bool
is_drawn(void)
{
	bool right = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;

	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
	paint_green();
	draw();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	return cannot_read(0, 0) & right;
}

static enum piglit_result
drawn_texture(void *data)
{
	use(PLAIN);
	framebuffer(image(red), 0);
	return verdict(is_drawn());
}

/* It says so itself, since its storage does not change any more. */
static enum piglit_result
stored(void *data)
{
	bool right;
	GLuint name;

	use(PLAIN);
	name = texture(PLAIN);
	right = is_protected(GL_TEXTURE_2D) == GL_FALSE;
	framebuffer(name, 0);
	right &= is_drawn();
	glBindTexture(GL_TEXTURE_2D, name);
	return verdict((is_protected(GL_TEXTURE_2D) == GL_TRUE) & right);
}

static enum piglit_result
specified_again(void *data)
{
	GLuint name;
	bool right;

	use(PLAIN);
	name = image(red);
	framebuffer(name, 0);
	right = is_drawn();
	glBindTexture(GL_TEXTURE_2D, name);
	for (GLsizei size = 2; size <= 2 * SIZE; size *= 2) {
		glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, size, size, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
		right &= is_drawn();
	}
	return verdict(right);
}

static enum piglit_result
drawn_renderbuffer(void *data)
{
	GLuint depth;

	use(PLAIN);
	framebuffer_of_renderbuffer(renderbuffer(GL_RGBA8, 0));
	depth = renderbuffer(GL_DEPTH24_STENCIL8, 0);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_RENDERBUFFER, depth);
	return verdict(is_drawn());
}

static enum piglit_result
resolved(void *data)
{
	GLuint many, one;
	bool right;

	use(PLAIN);
	one = framebuffer(image(red), 0);
	many = framebuffer_of_renderbuffer(renderbuffer(GL_RGBA8, 4));
	paint_green();
	draw();
	glBindFramebuffer(GL_READ_FRAMEBUFFER, many);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, one);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	right = error_is(GL_NO_ERROR) & told_nothing();
	glBindFramebuffer(GL_READ_FRAMEBUFFER, one);
	return verdict(cannot_read(0, 0) & right);
}

enum copy { COPY_IMAGE, COPY_NEW, COPY_SUB };

static enum piglit_result
copied(void *data)
{
	GLuint source, name;
	bool right;

	use(PLAIN);
	if ((uintptr_t)data == COPY_IMAGE && !has_gles(32))
		return PIGLIT_SKIP;
	source = image(red);
	framebuffer(source, 0);
	right = is_drawn();
	name = image(blue);
	switch ((uintptr_t)data) {
	case COPY_IMAGE:
		glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, name, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
		break;
	case COPY_NEW:
		glCopyTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, 0, 0, SIZE / 2, SIZE / 2, 0);
		break;
	default:
		glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	}
	right &= error_is(GL_NO_ERROR) & told_nothing();
	framebuffer(name, 0);
	return verdict(cannot_read(0, 0) & right);
}

static enum piglit_result
image_unit(void *data)
{
	GLuint name;
	bool right;

	use(PLAIN);
	if (!has_gles(31))
		return PIGLIT_SKIP;
	name = texture(PLAIN);
	compute_program(GLSL_31
		"layout(local_size_x = 1) in;\n"
		"layout(rgba8, binding = 0) writeonly uniform highp image2D image;\n"
		"void main() { imageStore(image, ivec2(0), vec4(1.0)); }\n");
	glBindImageTexture(0, name, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	glDispatchCompute(1, 1, 1);
	glBindImageTexture(0, 0, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	right = error_is(GL_NO_ERROR) & told_nothing();
	return verdict((is_protected(GL_TEXTURE_2D) == GL_TRUE) & right);
}

/* What it does not render to is as it was: not protected. */
static enum piglit_result
uploaded(void *data)
{
	bool right;

	use(PLAIN);
	framebuffer(image(red), 0);
	texture(PLAIN);
	sample(coloured(blue));
	right = is_protected(GL_TEXTURE_2D) == GL_FALSE;
	return verdict(error_is(GL_NO_ERROR) & told_nothing() & right);
}

static const struct piglit_subtest subtests[] = {
	SUBTEST("a texture of TexImage2D is drawn to", drawn_texture),
	SUBTEST("a texture of TexStorage2D is drawn to, and then protected", stored),
	SUBTEST("a texture that gets other storage is drawn to", specified_again),
	SUBTEST("renderbuffers of colour, depth and stencil are drawn to", drawn_renderbuffer),
	SUBTEST("samples are resolved", resolved),
	SUBTEST_OF("CopyImageSubData protects what is copied to", copied, COPY_IMAGE),
	SUBTEST_OF("CopyTexImage2D protects what is copied to", copied, COPY_NEW),
	SUBTEST_OF("CopyTexSubImage2D protects what is copied to", copied, COPY_SUB),
	SUBTEST("a texture of an image unit is protected", image_unit),
	SUBTEST("a texture that is uploaded to and sampled is not", uploaded),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	protected_run(subtests);
}
