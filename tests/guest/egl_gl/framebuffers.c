/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "egl_gl.h"

static bool draw_protected(void)
{
	use(secure);
	framebuffer(texture(true), texture(true));
	program_of(quad, paint_green, NULL);
	glClear(GL_COLOR_BUFFER_BIT);
	draw_quad();
	glFinish();
	return error_is(GL_NO_ERROR) & told_nothing();
}

static bool draw_unprotected_in_protected(void)
{
	GLuint name;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	framebuffer(name, 0);
	program_of(quad, paint_green, NULL);
	glClearColor(0, 0, 1, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	draw_quad();
	draw_quad();
	right = error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	return texture_holds(name, red) & right;
}

static bool draw_mixed(void)
{
	GLuint name;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	framebuffer(texture(true), name);
	program_of(quad, paint_green, NULL);
	glClear(GL_COLOR_BUFFER_BIT);
	draw_quad();
	right = error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	return texture_holds(name, red) & right;
}

/* Clearing one buffer is a command of its own. */
static bool clear_buffer_unprotected_in_protected(void)
{
	const GLfloat blue[] = { 0, 0, 1, 1 };
	GLuint name;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	framebuffer(name, 0);
	glClearBufferfv(GL_COLOR, 0, blue);
	glEnable(GL_SCISSOR_TEST);
	glScissor(0, 0, 4, 4);
	glClearBufferfv(GL_COLOR, 0, blue);
	glDisable(GL_SCISSOR_TEST);
	right = error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	return texture_holds(name, red) & right;
}

static bool draw_renderbuffer_in_protected(void)
{
	GLuint buffer, name;
	bool right;

	use(secure);
	glGenRenderbuffers(1, &buffer);
	glBindRenderbuffer(GL_RENDERBUFFER, buffer);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, SIZE, SIZE);
	right = error_is(GL_NO_ERROR);
	glFinish();

	use(plain);
	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_FRAMEBUFFER, name);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
	glClearColor(1, 0, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glFinish();

	use(secure);
	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_FRAMEBUFFER, name);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
	right &= glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	glClearColor(0, 0, 1, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	program_of(quad, paint_green, NULL);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	right &= pixels_are(red) && error_is(GL_NO_ERROR); /* it may be read, it is not protected */
	glFinish();

	use(plain);
	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_FRAMEBUFFER, name);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
	return pixels_are(red) & right;
}

static bool draw_with_unprotected_depth(void)
{
	GLuint buffer;

	use(secure);
	framebuffer(texture(true), 0);
	glGenRenderbuffers(1, &buffer);
	glBindRenderbuffer(GL_RENDERBUFFER, buffer);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_DEPTH24_STENCIL8, SIZE, SIZE);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_RENDERBUFFER, buffer);
	program_of(quad, paint_green, NULL);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	draw_quad();
	return error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
}

static bool draw_with_protected_depth(void)
{
	GLuint depth;

	use(secure);
	depth = texture_of(GL_TEXTURE_2D, GL_DEPTH24_STENCIL8, 1, true);
	framebuffer(texture(true), 0);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_TEXTURE_2D, depth, 0);
	program_of(quad, paint_green, NULL);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	draw_quad();
	glFinish();
	return error_is(GL_NO_ERROR) & told_nothing();
}

static bool draw_protected_in_unprotected(void)
{
	GLuint name, other;
	uint8_t pixel[4] = { 1, 2, 3, 4 };
	const uint8_t untouched[4] = { 1, 2, 3, 4 };
	bool right;

	use(secure);
	name = texture(true);
	glFinish();
	use(plain);
	other = coloured(red);
	framebuffer(name, other);
	right = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	program_of(quad, paint_green, NULL);
	glClear(GL_COLOR_BUFFER_BIT);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told("framebuffer with a protected attachment in an unprotected context");
	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	right &= error_is(GL_INVALID_OPERATION) & !memcmp(pixel, untouched, 4);
	return texture_holds(other, red) & right;
}

/* After trouble the context works. */
static bool context_survives(void)
{
	GLuint name;

	use(plain);
	name = coloured(red);
	framebuffer(name, 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	return error_is(GL_NO_ERROR) & told_nothing() & texture_holds(name, green);
}

/*
 * Runs in a process of its own, in which freed memory is overwritten: a renderbuffer that
 * a context made gets other storage when the context is gone.
 */
bool inherited_surfaces(void)
{
	const EGLint attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 3, EGL_NONE };
	EGLImageKHR images[2];
	GLuint buffers[3];
	bool right = true;

	use(secure);
	images[0] = image_of_texture(secure, texture(true), EGL_TRUE);
	use(plain);
	images[1] = image_of_texture(plain, coloured(red), EGL_FALSE);
	glGenRenderbuffers(3, buffers);

	/* One gets storage, one an image that the context may write to, one an image that it may not. */
	for (unsigned i = 0; i < 3; i++) {
		EGLContext context = eglCreateContext(display, config, secure, attributes);

		use(context);
		glBindRenderbuffer(GL_RENDERBUFFER, buffers[i]);
		glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, SIZE, SIZE);
		right &= error_is(GL_NO_ERROR);
		use(plain);
		eglDestroyContext(display, context);
		glBindRenderbuffer(GL_RENDERBUFFER, buffers[i]);
		if (i == 0)
			glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, SIZE / 2, SIZE);
		else
			image_target_renderbuffer(GL_RENDERBUFFER, images[i - 1]);
		right &= error_is(GL_NO_ERROR);
	}
	return right & device_listens();
}

static bool surfaces_of_gone_contexts(void)
{
	return run_as("inherited", "MALLOC_PERTURB_", "165", NULL);
}

const struct test framebuffers_tests[] = {
	{ ON_BOTH, draw_protected, "a protected context draws to protected textures" },
	{ ON_BOTH, draw_unprotected_in_protected, "a protected context writes nothing to an unprotected texture" },
	{ ON_BOTH, clear_buffer_unprotected_in_protected, "ClearBuffer neither" },
	{ ON_BOTH, draw_mixed, "a protected context writes nothing to mixed attachments" },
	{ ON_BOTH, draw_with_unprotected_depth, "unprotected depth and stencil make a framebuffer mixed" },
	{ ON_BOTH, draw_with_protected_depth, "protected depth and stencil do not" },
	{ ON_BOTH, draw_renderbuffer_in_protected, "renderbuffers are not protected: a protected context may only read them" },
	{ ON_BOTH, draw_protected_in_unprotected, "an unprotected context does not access protected attachments" },
	{ ON_BOTH, context_survives, "and draws to others as ever" },
	{ ON_BOTH, surfaces_of_gone_contexts, "a renderbuffer outlives the context that gave it its storage" },
	{ 0 },
};
