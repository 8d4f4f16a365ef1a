/* SPDX-License-Identifier: MIT */
#include "egl_gl.h"

EGLImageKHR image_of_texture(EGLContext context, GLuint name, EGLint attribute)
{
	const EGLint attributes[] = { EGL_PROTECTED_CONTENT_EXT, attribute, EGL_NONE };

	return create_image(display, context, EGL_GL_TEXTURE_2D_KHR, (EGLClientBuffer)(uintptr_t)name,
			    attribute < 0 ? NULL : attributes);
}

static bool image_needs_protected_source(void)
{
	GLuint name;

	use(secure);
	name = coloured(red);
	return image_of_texture(secure, name, EGL_TRUE) == EGL_NO_IMAGE_KHR && egl_error_is(EGL_BAD_ACCESS);
}

static bool image_bad_value(void)
{
	GLuint name;

	use(secure);
	name = texture(true);
	return image_of_texture(secure, name, 2) == EGL_NO_IMAGE_KHR && egl_error_is(EGL_BAD_PARAMETER);
}

static bool image_needs_protected_context(void)
{
	GLuint name;

	use(secure);
	name = texture(true);
	glFinish();
	use(plain);
	return image_of_texture(plain, name, EGL_TRUE) == EGL_NO_IMAGE_KHR && egl_error_is(EGL_BAD_ACCESS);
}

GLuint texture_of_image(EGLImageKHR image)
{
	GLuint name;

	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	image_target_texture(GL_TEXTURE_2D, image);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	return name;
}

static bool image_protected(void)
{
	EGLImageKHR image;
	GLint value = -1;
	GLuint name;
	bool right;

	use(secure);
	image = image_of_texture(secure, texture(true), EGL_TRUE);
	if (!image)
		return egl_error_is(EGL_SUCCESS), false;
	name = texture_of_image(image);
	glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
	framebuffer(name, 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	framebuffer(texture(true), 0);
	program_of(quad, sample_2d, NULL);
	glBindTexture(GL_TEXTURE_2D, name);
	draw_quad();
	glFinish();
	right = value == GL_TRUE && error_is(GL_NO_ERROR);
	right &= told_nothing();
	destroy_image(display, image);
	return right;
}

static GLuint framebuffer_of_image(EGLImageKHR image)
{
	GLuint buffer, name;

	glGenRenderbuffers(1, &buffer);
	glBindRenderbuffer(GL_RENDERBUFFER, buffer);
	image_target_renderbuffer(GL_RENDERBUFFER, image);
	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_FRAMEBUFFER, name);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
	return name;
}

static bool image_renderbuffer(void)
{
	EGLImageKHR image, closed;
	uint8_t pixel[4] = { 1, 2, 3, 4 };
	GLuint name;
	bool right;

	use(secure);
	name = texture(true);
	image = image_of_texture(secure, name, EGL_TRUE);
	closed = image_of_texture(secure, name, EGL_FALSE);
	framebuffer_of_image(image);
	program_of(quad, paint_green, NULL);
	draw_quad();
	glFinish();
	right = error_is(GL_NO_ERROR) & told_nothing();
	framebuffer_of_image(closed);
	draw_quad();
	right &= error_is(GL_NO_ERROR) &
		 told("EGLImage of a protected source, created without EGL_PROTECTED_CONTENT_EXT");
	use(plain);
	framebuffer_of_image(image);
	program_of(quad, paint_green, NULL);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told("framebuffer with a protected attachment in an unprotected context");
	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	right &= error_is(GL_INVALID_OPERATION) & (pixel[0] == 1);
	destroy_image(display, image);
	destroy_image(display, closed);
	return right;
}

/* An image of an unprotected texture, as a renderbuffer that a protected context may only read. */
static bool image_renderbuffer_unprotected(void)
{
	EGLImageKHR image;
	GLuint name;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	image = image_of_texture(plain, name, EGL_FALSE);
	use(secure);
	framebuffer_of_image(image);
	program_of(quad, paint_green, NULL);
	draw_quad();
	right = error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	right &= pixels_are(red);
	destroy_image(display, image);
	return texture_holds(name, red) & right;
}

static bool image_storage(void)
{
	EGLImageKHR image;
	GLint value = -1;
	GLuint name;
	bool right;

	use(secure);
	image = image_of_texture(secure, texture(true), EGL_TRUE);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	image_target_storage(GL_TEXTURE_2D, image, NULL);
	glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
	framebuffer(name, 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	glFinish();
	right = (value == GL_TRUE) & error_is(GL_NO_ERROR) & told_nothing();
	destroy_image(display, image);
	return right;
}

/* A texture that was sampled as an image gets storage of its own, of which the image says nothing. */
static bool storage_after_image(EGLint level)
{
	const EGLint attributes[] = { EGL_GL_TEXTURE_LEVEL_KHR, level, EGL_NONE };
	GLuint name, output;
	EGLImageKHR image;
	bool right;

	use(plain);
	name = texture_of(GL_TEXTURE_2D, GL_RGBA8, 2, false);
	image = create_image(display, plain, EGL_GL_TEXTURE_2D_KHR, (EGLClientBuffer)(uintptr_t)name, attributes);
	output = coloured(red);
	framebuffer(output, 0);
	program_of(quad, sample_2d, NULL);
	name = texture_of_image(image);
	draw_quad();
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGB565, SIZE, SIZE);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_RGB, GL_UNSIGNED_SHORT_5_6_5,
			(const uint16_t[SIZE * SIZE]){ [0 ... SIZE * SIZE - 1] = 0x07e0 });
	draw_quad();
	right = error_is(GL_NO_ERROR);
	destroy_image(display, image);
	return texture_holds(output, green) & right;
}

static bool image_then_storage(void)
{
	bool right = storage_after_image(0);

	return storage_after_image(1) & right;
}

bool inaccessible(EGLImageKHR image)
{
	GLuint name, output;
	bool right;

	/* Drawing to it in a protected context. */
	use(secure);
	name = texture_of_image(image);
	right = error_is(GL_NO_ERROR);
	framebuffer(name, 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	right &= told("EGLImage of a protected source, created without EGL_PROTECTED_CONTENT_EXT");
	/* Sampling it there. */
	framebuffer(texture(true), 0);
	program_of(quad, sample_2d, NULL);
	glBindTexture(GL_TEXTURE_2D, name);
	draw_quad();
	right &= told("EGLImage of a protected source, created without EGL_PROTECTED_CONTENT_EXT");
	/* Copying it there. */
	glCopyImageSubData(name, GL_TEXTURE_2D, 0, 0, 0, 0, texture(true), GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	right &= error_is(GL_INVALID_OPERATION);
	glFinish();
	/* And in an unprotected one. */
	use(plain);
	name = texture_of_image(image);
	output = coloured(red);
	framebuffer(output, 0);
	program_of(quad, sample_2d, NULL);
	glBindTexture(GL_TEXTURE_2D, name);
	draw_quad();
	right &= error_is(GL_NO_ERROR);
	return texture_holds(output, black) & right;
}

static bool image_inaccessible(void)
{
	bool right = true;

	for (EGLint attribute = -1; attribute <= EGL_FALSE; attribute++) {
		EGLImageKHR image;

		use(secure);
		image = image_of_texture(secure, texture(true), attribute);
		if (!image)
			return egl_error_is(EGL_SUCCESS), false;
		right &= inaccessible(image);
		destroy_image(display, image);
	}
	return right;
}

const struct test images_tests[] = {
	{ ON_BOTH, image_needs_protected_source, "an image with EGL_TRUE of unprotected content is EGL_BAD_ACCESS" },
	{ ON_BOTH, image_bad_value, "an image attribute that is no boolean is EGL_BAD_PARAMETER" },
	{ ON_BOTH, image_needs_protected_context, "an image of a protected texture needs a protected context" },
	{ ON_BOTH, image_protected, "an image with EGL_TRUE of protected content can be drawn to and sampled" },
	{ ON_BOTH, image_storage, "or give a texture its storage" },
	{ ON_BOTH, image_renderbuffer, "or be a renderbuffer, which the rules for framebuffers apply to" },
	{ ON_BOTH, image_renderbuffer_unprotected, "a renderbuffer of an unprotected image can be read in a protected context" },
	{ ON_BOTH, image_then_storage, "a texture of an image that gets storage of its own is sampled as that" },
	{ ON_BOTH, image_inaccessible, "an image with EGL_FALSE of protected content is of no use to any context" },
	{ 0 },
};
