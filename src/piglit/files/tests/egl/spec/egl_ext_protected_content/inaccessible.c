/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file inaccessible.c
 *
 * "If EGLImage sources are protected then the EGLImage content will be inaccessible to
 * any client context", when the image was made without EGL_PROTECTED_CONTENT_EXT:
 * also by the detours of image units, views and images of images; and what of it is
 * over when the storage is.
 */

#include "protected_image.h"

static const struct piglit_subtest subtests[];

PIGLIT_GL_TEST_CONFIG_BEGIN

	protected_config(argc, argv);
	config.subtests = subtests;
	config.supports_gl_es_version = 30;
	config.window_visual = PIGLIT_GL_VISUAL_RGBA;
	config.khr_no_error_support = PIGLIT_HAS_ERRORS;

PIGLIT_GL_TEST_CONFIG_END

static bool
draws_nothing(void)
{
	paint_green();
	draw();
	return error_is(GL_NO_ERROR) & told(TOLD_CLOSED);
}

static enum piglit_result
image_unit(void *data)
{
	EGLImageKHR closed = protected_image(EGL_FALSE);
	GLuint name;
	bool right;

	if (!has_gles(31))
		return PIGLIT_SKIP;
	if (!piglit_is_extension_supported("GL_EXT_EGL_image_storage"))
		return PIGLIT_SKIP;
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glEGLImageTargetTexStorageEXT(GL_TEXTURE_2D, closed, NULL);
	right = closed && error_is(GL_NO_ERROR);
	compute_program(GLSL_31
		"layout(local_size_x = 1) in;\n"
		"layout(rgba8, binding = 0) writeonly uniform highp image2D image;\n"
		"void main() { imageStore(image, ivec2(0), vec4(1.0)); }\n");
	glBindImageTexture(0, name, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	glDispatchCompute(1, 1, 1);
	right &= error_is(GL_NO_ERROR) & told(TOLD_CLOSED);
	glBindImageTexture(0, 0, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	destroy_image(dpy, closed);
	return verdict(right);
}

static enum piglit_result
view(void *data)
{
	EGLImageKHR closed = protected_image(EGL_FALSE);
	GLuint names[2];
	bool right;

	if (!piglit_is_extension_supported("GL_EXT_EGL_image_storage") ||
	    !piglit_is_extension_supported("GL_EXT_texture_view"))
		return PIGLIT_SKIP;
	glGenTextures(2, names);
	glBindTexture(GL_TEXTURE_2D, names[0]);
	glEGLImageTargetTexStorageEXT(GL_TEXTURE_2D, closed, NULL);
	glTextureView(names[1], GL_TEXTURE_2D, names[0], GL_RGBA8, 0, 1, 0, 1);
	right = closed && error_is(GL_NO_ERROR);
	framebuffer(names[1], 0);
	right &= draws_nothing();
	destroy_image(dpy, closed);
	return verdict(right);
}

/* EGL may refuse to make an image of an image's texture; if it does not, nobody gets
 * access by asking again. */
static enum piglit_result
image_of_image(void *data)
{
	EGLImageKHR closed = protected_image(EGL_FALSE), again;
	bool right = true;

	if (data)
		again = image_of(PROTECTED, EGL_GL_RENDERBUFFER_KHR, renderbuffer_of_image(closed), EGL_TRUE);
	else
		again = image_of(PROTECTED, EGL_GL_TEXTURE_2D_KHR, texture_of_image(closed), EGL_TRUE);
	if (again) {
		framebuffer(texture_of_image(again), 0);
		right = draws_nothing();
		destroy_image(dpy, again);
	}
	destroy_image(dpy, closed);
	return verdict(right);
}

/* A renderbuffer of a protected image needs a protected context for an image of its own. */
static enum piglit_result
image_of_renderbuffer(void *data)
{
	EGLImageKHR open = protected_image(EGL_TRUE);
	GLuint name = renderbuffer_of_image(open);
	bool right;

	glFinish();
	use(PLAIN);
	right = open && !image_of(PLAIN, EGL_GL_RENDERBUFFER_KHR, name, (intptr_t)data) &&
		piglit_check_egl_error(EGL_BAD_ACCESS);
	destroy_image(dpy, open);
	return verdict(right);
}

struct image {
	bool is_copy;
	GLint level;
	GLenum format;
	GLsizei size;
};

/* Gives the texture that is bound an image, of what is bound for reading or of nothing. */
static void
give(const struct image *image)
{
	GLubyte pixels[SIZE * SIZE][4];

	fill(pixels, green);
	if (image->is_copy)
		glCopyTexImage2D(GL_TEXTURE_2D, image->level, image->format, 0, 0, image->size, image->size, 0);
	else
		glTexImage2D(GL_TEXTURE_2D, image->level, image->format, image->size, image->size, 0, GL_RGBA,
			     GL_UNSIGNED_BYTE, pixels);
}

static bool
reuse_texture(EGLImageKHR image, const char *message, const struct image *other)
{
	GLuint name, output;
	bool right;

	use(PLAIN);
	name = texture_of_image(image);
	output = sampled(name);
	right = image && told(message);
	right &= holds(output, black);
	framebuffer(coloured(green), 0);
	glBindTexture(GL_TEXTURE_2D, name);
	give(other);
	right &= error_is(GL_NO_ERROR);
	right &= holds(sampled(name), green);
	destroy_image(dpy, image);
	return right;
}

static enum piglit_result
texture_reused(void *data)
{
	return verdict(reuse_texture(protected_image(EGL_FALSE), TOLD_CLOSED, data));
}

/* The same storage is not written to, in whichever context. */
static enum piglit_result
open_texture_reused(void *data)
{
	EGLImageKHR open;
	GLuint name, from;
	bool right = reuse_texture(protected_image(EGL_TRUE), TOLD_TEXTURE, data);

	from = coloured(green);
	glFinish();
	open = protected_image(EGL_TRUE);
	name = texture_of_image(open);
	framebuffer(from, 0);
	give(data);
	right &= open && error_is(GL_NO_ERROR) & (is_protected(GL_TEXTURE_2D) == GL_FALSE);
	destroy_image(dpy, open);
	glFinish();
	use(PLAIN);
	return verdict(holds(sampled(name), green) & right);
}

/* What the texture showed is gone with the storage, also from a framebuffer of before. */
static enum piglit_result
other_level(void *data)
{
	EGLImageKHR closed;
	GLuint name, from, frame;
	bool right;

	use(PLAIN);
	from = coloured(green);
	glFinish();
	closed = protected_image(EGL_FALSE);
	name = texture_of_image(closed);
	frame = framebuffer(name, 0);
	right = closed && glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	framebuffer(from, 0);
	give(data);
	right &= error_is(GL_NO_ERROR);
	glBindFramebuffer(GL_FRAMEBUFFER, frame);
	right &= draws_nothing();

	framebuffer(name, 0);
	right &= glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE;
	right &= !image_of(PROTECTED, EGL_GL_TEXTURE_2D_KHR, name, EGL_TRUE) &&
		 piglit_check_egl_error(EGL_BAD_PARAMETER);
	glFinish();
	use(PLAIN);
	glCopyImageSubData(name, GL_TEXTURE_2D, 0, 0, 0, 0, from, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	right &= error_is(GL_INVALID_OPERATION);
	destroy_image(dpy, closed);
	return verdict(holds(from, green) & right);
}

static enum piglit_result
texture_stored(void *data)
{
	EGLImageKHR closed = protected_image(EGL_FALSE);
	GLuint name;
	bool right;

	use(PLAIN);
	name = texture_of_image(closed);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIZE, SIZE);
	framebuffer(name, 0);
	paint_green();
	draw();
	right = closed && told_nothing();
	destroy_image(dpy, closed);
	return verdict(holds(name, green) & right);
}

static enum piglit_result
renderbuffer_reused(void *data)
{
	EGLImageKHR closed;
	GLuint name;
	bool right;

	use(PROTECTED);
	if (data) {
		if (!piglit_is_egl_extension_supported(dpy, "EGL_KHR_gl_texture_cubemap_image"))
			return PIGLIT_SKIP;
		closed = image_of(PROTECTED, EGL_GL_TEXTURE_CUBE_MAP_NEGATIVE_Y_KHR,
				  texture_of(PROTECTED, GL_TEXTURE_CUBE_MAP, GL_RGBA8, 1), EGL_FALSE);
	} else {
		closed = image_of(PROTECTED, EGL_GL_TEXTURE_2D_KHR, texture(PROTECTED), EGL_FALSE);
	}
	glFinish();
	use(PLAIN);
	name = renderbuffer_of_image(closed);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, SIZE, SIZE);
	framebuffer_of_renderbuffer(name);
	paint_green();
	draw();
	right = closed && pixels_are(green) && error_is(GL_NO_ERROR) && told_nothing();
	destroy_image(dpy, closed);
	return verdict(right);
}

#define GIVEN(what, func, ...) SUBTEST_OF(what, func, (&(const struct image){ __VA_ARGS__ }))

static const struct piglit_subtest subtests[] = {
	SUBTEST("not by an image unit", image_unit),
	SUBTEST("not by a view", view),
	SUBTEST_OF("not by an image of the texture", image_of_image, 0),
	SUBTEST_OF("not by an image of the renderbuffer", image_of_image, 1),
	SUBTEST_OF("EGL_TRUE of a protected renderbuffer in an unprotected context is EGL_BAD_ACCESS",
		   image_of_renderbuffer, EGL_TRUE),
	SUBTEST_OF("EGL_FALSE of a protected renderbuffer in an unprotected context is EGL_BAD_ACCESS",
		   image_of_renderbuffer, EGL_FALSE),
	GIVEN("not by another level of the texture that TexImage makes", other_level, false, 1, GL_RGBA, SIZE / 2),
	GIVEN("not by another level of the texture that CopyTexImage makes", other_level, true, 1, GL_RGBA8, SIZE / 2),
	GIVEN("a texture is accessible when TexImage gives it other storage", texture_reused, false, 0, GL_RGBA, SIZE),
	GIVEN("a texture is accessible when CopyTexImage gives it other storage", texture_reused, true, 0, GL_RGBA,
	      SIZE / 2),
	GIVEN("a texture is accessible when CopyTexImage gives it other storage of that size", texture_reused, true, 0,
	      GL_RGBA, SIZE),
	GIVEN("a texture is accessible when CopyTexImage gives it other storage of that size and format",
	      texture_reused, true, 0, GL_RGBA8, SIZE),
	GIVEN("EGL_TRUE: CopyTexImage gives a texture other storage", open_texture_reused, true, 0, GL_RGBA, SIZE / 2),
	GIVEN("EGL_TRUE: CopyTexImage gives a texture other storage of that size", open_texture_reused, true, 0,
	      GL_RGBA, SIZE),
	GIVEN("EGL_TRUE: CopyTexImage gives a texture other storage of that size and format", open_texture_reused,
	      true, 0, GL_RGBA8, SIZE),
	SUBTEST("a texture is accessible when TexStorage gives it other storage", texture_stored),
	SUBTEST_OF("a renderbuffer is accessible when it gets other storage", renderbuffer_reused, 0),
	SUBTEST_OF("a renderbuffer of a face is accessible when it gets other storage", renderbuffer_reused, 1),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_image_init();
	piglit_require_egl_extension(dpy, "EGL_KHR_gl_renderbuffer_image");
	protected_run(subtests);
}
