/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "egl_gl.h"

/* What GLES does not have: GetTexImage, and the pixel commands with their CPU paths. */
EGLContext desktop_context(EGLint is_protected, EGLContext share)
{
	const EGLint attributes[] = { EGL_PROTECTED_CONTENT_EXT, is_protected, EGL_NONE };
	EGLContext context;

	eglBindAPI(EGL_OPENGL_API);
	context = eglCreateContext(display, config, share, attributes);
	if (!context)
		eglBindAPI(EGL_OPENGL_ES_API);
	return context;
}

/* Leaves an unprotected context of GLES current. */
void desktop_done(EGLContext context)
{
	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglDestroyContext(display, context);
	eglBindAPI(EGL_OPENGL_ES_API);
	use(plain);
}

static bool word_is(GLenum target, uint32_t value)
{
	const uint32_t *map = glMapBufferRange(target, 0, sizeof(*map), GL_MAP_READ_BIT);
	bool right = map && *map == value;

	glUnmapBuffer(target);
	return right;
}

static bool desktop_buffers(void)
{
	void (*clear_buffer)(GLenum, GLenum, GLenum, GLenum, const void *) =
		(void *)eglGetProcAddress("glClearBufferData");
	enum { SAMPLES_PASSED = 0x8914, QUERY_BUFFER = 0x9192 };
	const uint32_t words[2] = { 0x12345678, 42 };
	EGLContext context = desktop_context(EGL_TRUE, EGL_NO_CONTEXT);
	GLuint buffers[2], query;
	bool right;

	if (!context)
		return note("no desktop GL"), true;
	use(context);
	glGenBuffers(2, buffers);
	glBindBuffer(GL_ARRAY_BUFFER, buffers[0]);
	glBufferData(GL_ARRAY_BUFFER, sizeof(words[1]), &words[1], GL_STATIC_READ);
	clear_buffer(GL_ARRAY_BUFFER, GL_R32UI, GL_RED_INTEGER, GL_UNSIGNED_INT, &words[0]);
	right = error_is(GL_NO_ERROR) & word_is(GL_ARRAY_BUFFER, words[0]);

	/* A query's result, written to a buffer without a wait. */
	glGenQueries(1, &query);
	glBeginQuery(SAMPLES_PASSED, query);
	glEndQuery(SAMPLES_PASSED);
	right &= told("query in a protected context");
	glBindBuffer(QUERY_BUFFER, buffers[1]);
	if (glGetError() == GL_NO_ERROR) {
		glBufferData(QUERY_BUFFER, sizeof(words[1]), &words[1], GL_STATIC_READ);
		glGetQueryObjectuiv(query, GL_QUERY_RESULT, NULL);
		right &= error_is(GL_NO_ERROR) & word_is(QUERY_BUFFER, 1);
	} else {
		note("no GL_ARB_query_buffer_object");
	}
	desktop_done(context);
	return right;
}

static bool desktop_selection(void)
{
	void (*select_buffer)(GLsizei, GLuint *) = (void *)eglGetProcAddress("glSelectBuffer");
	void (*init_names)(void) = (void *)eglGetProcAddress("glInitNames");
	void (*push_name)(GLuint) = (void *)eglGetProcAddress("glPushName");
	void (*rectangle)(GLfloat, GLfloat, GLfloat, GLfloat) = (void *)eglGetProcAddress("glRectf");
	GLint (*render_mode)(GLenum) = (void *)eglGetProcAddress("glRenderMode");
	enum { SELECT = 0x1c02, RENDER = 0x1c00 };
	bool right = true;
	GLuint hits[16], frame;

	for (EGLint is_protected = EGL_FALSE; is_protected <= EGL_TRUE; is_protected++) {
		EGLContext context = desktop_context(is_protected, EGL_NO_CONTEXT);
		GLint count;

		if (!context)
			return note("no desktop GL"), true;
		use(context);
		glGenFramebuffers(1, &frame);
		glBindFramebuffer(GL_FRAMEBUFFER, frame);
		glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_WIDTH, SIZE);
		glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_HEIGHT, SIZE);
		glViewport(0, 0, SIZE, SIZE);
		select_buffer(ARRAY_SIZE(hits), hits);
		render_mode(SELECT);
		init_names();
		push_name(7);
		rectangle(-1, -1, 1, 1);
		count = render_mode(RENDER);
		right &= count == !is_protected && error_is(GL_NO_ERROR);
		right &= is_protected ? told("query in a protected context") : told_nothing();
		desktop_done(context);
	}
	return right;
}

/* DrawPixels of stencil is done with the CPU: it is a draw all the same. */
static bool desktop_stencil(void)
{
	void (*draw_pixels)(GLsizei, GLsizei, GLenum, GLenum, const void *) =
		(void *)eglGetProcAddress("glDrawPixels");
	EGLContext ordinary = desktop_context(EGL_FALSE, EGL_NO_CONTEXT), context;
	uint8_t sevens[SIZE * SIZE], got[SIZE * SIZE] = { 0 };
	GLuint names[2], frame;
	bool right = true;

	if (!ordinary)
		return note("no desktop GL"), true;
	context = desktop_context(EGL_TRUE, ordinary);
	use(ordinary);
	glGenRenderbuffers(2, names);
	glBindRenderbuffer(GL_RENDERBUFFER, names[0]);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, SIZE, SIZE);
	glBindRenderbuffer(GL_RENDERBUFFER, names[1]);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_DEPTH24_STENCIL8, SIZE, SIZE);
	for (unsigned i = 0; i < 2; i++) {
		glGenFramebuffers(1, &frame);
		glBindFramebuffer(GL_FRAMEBUFFER, frame);
		glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, names[0]);
		glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_RENDERBUFFER, names[1]);
		if (i == 0) {
			glClearStencil(3);
			glClear(GL_STENCIL_BUFFER_BIT);
			glFinish();
			use(context);
		} else {
			memset(sevens, 7, sizeof(sevens));
			draw_pixels(SIZE, SIZE, GL_STENCIL_INDEX, GL_UNSIGNED_BYTE, sevens);
			right &= error_is(GL_NO_ERROR);
			right &= told("framebuffer with an unprotected attachment in a protected context");
			glFinish();
		}
	}
	use(ordinary);
	glReadPixels(0, 0, SIZE, SIZE, GL_STENCIL_INDEX, GL_UNSIGNED_BYTE, got);
	for (unsigned i = 0; i < sizeof(got); i++)
		right &= got[i] == 3;
	desktop_done(context);
	eglBindAPI(EGL_OPENGL_API);
	eglDestroyContext(display, ordinary);
	eglBindAPI(EGL_OPENGL_ES_API);
	return right;
}

static bool desktop_gl(void)
{
	void (*get_tex_image)(GLenum, GLint, GLenum, GLenum, void *) = (void *)eglGetProcAddress("glGetTexImage");
	void (*draw_pixels)(GLsizei, GLsizei, GLenum, GLenum, const void *) = (void *)eglGetProcAddress("glDrawPixels");
	void (*copy_pixels)(GLint, GLint, GLsizei, GLsizei, GLenum) = (void *)eglGetProcAddress("glCopyPixels");
	void (*feedback_buffer)(GLsizei, GLenum, GLfloat *) = (void *)eglGetProcAddress("glFeedbackBuffer");
	GLint (*render_mode)(GLenum) = (void *)eglGetProcAddress("glRenderMode");
	void (*pixel_transfer)(GLenum, GLfloat) = (void *)eglGetProcAddress("glPixelTransferf");
	const EGLint attributes[] = { EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE };
	enum { COLOR = 0x1800, FEEDBACK = 0x1c01, RENDER = 0x1c00, THREE_D = 0x0601, RED_SCALE = 0x0d14 };
	uint8_t pixels[SIZE * SIZE * 4], before[sizeof(pixels)];
	GLfloat vertices[64];
	GLuint buffer, name;
	EGLContext context;
	EGLImageKHR image, other;
	bool right;

	memset(pixels, 0x5a, sizeof(pixels));
	memcpy(before, pixels, sizeof(pixels));
	for (unsigned i = 0; i < ARRAY_SIZE(vertices); i++)
		vertices[i] = 42;

	use(secure);
	image = image_of_texture(secure, texture(true), EGL_TRUE);
	other = image_of_texture(secure, texture(true), EGL_TRUE);
	glFinish();
	eglBindAPI(EGL_OPENGL_API);
	context = eglCreateContext(display, config, EGL_NO_CONTEXT, attributes);
	if (!context) {
		eglBindAPI(EGL_OPENGL_ES_API);
		return note("no desktop GL"), true;
	}
	use(context);
	name = texture_of_image(image);
	get_tex_image(GL_TEXTURE_2D, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	right = error_is(GL_INVALID_OPERATION) & !memcmp(pixels, before, sizeof(pixels));

	framebuffer(name, 0);
	glViewport(0, 0, SIZE, SIZE);
	draw_pixels(SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	copy_pixels(0, 0, SIZE / 2, SIZE / 2, COLOR);
	glFinish();
	right &= error_is(GL_NO_ERROR) & told_nothing();

	/* The CPU would have to scale it. */
	pixel_transfer(RED_SCALE, 0.5f);
	glBindTexture(GL_TEXTURE_2D, texture_of_image(other));
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	right &= error_is(GL_INVALID_OPERATION);
	pixel_transfer(RED_SCALE, 1.0f);

	feedback_buffer(ARRAY_SIZE(vertices), THREE_D, vertices);
	render_mode(FEEDBACK);
	glDrawArrays(GL_TRIANGLES, 0, 3);
	right &= render_mode(RENDER) == 0 && vertices[0] == 42;
	right &= told("query in a protected context");

	/* Drawing to and from something unprotected. */
	glGenRenderbuffers(1, &buffer);
	glBindRenderbuffer(GL_RENDERBUFFER, buffer);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, SIZE, SIZE);
	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, name);
	glFramebufferRenderbuffer(GL_DRAW_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
	copy_pixels(0, 0, SIZE, SIZE, COLOR);
	right &= error_is(GL_INVALID_OPERATION);
	right &= told("framebuffer with an unprotected attachment in a protected context");
	draw_pixels(SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	right &= error_is(GL_NO_ERROR) & told_nothing();

	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglDestroyContext(display, context);
	eglBindAPI(EGL_OPENGL_ES_API);
	use(plain);
	destroy_image(display, image);
	destroy_image(display, other);
	return right;
}

const struct test desktop_tests[] = {
	{ ON_BOTH, desktop_buffers, "desktop GL clears buffers, and reads a query's 0 to one" },
	{ ON_BOTH, desktop_selection, "desktop GL selects nothing in a protected context" },
	{ ON_BOTH, desktop_stencil, "desktop GL draws no stencil pixels to a framebuffer that must not be written" },
	{ ON_BOTH, desktop_gl, "desktop GL reads nothing back either, nor do its pixel commands write elsewhere" },
	{ 0 },
};
