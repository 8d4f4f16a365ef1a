/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <unistd.h>

#include "egl_gl.h"

static EGLSurface pbuffer(EGLint protected_)
{
	const EGLint attributes[] = {
		EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE, EGL_PROTECTED_CONTENT_EXT, protected_, EGL_NONE,
	};

	return eglCreatePbufferSurface(display, config, attributes);
}

static bool use_surface(EGLSurface surface, EGLContext context)
{
	use(context);
	if (!eglMakeCurrent(display, surface, surface, context))
		return note("eglMakeCurrent: 0x%04x", eglGetError()), false;
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	return true;
}

static bool surface_is_protected(EGLSurface surface)
{
	EGLint value = -1;
	bool right;

	if (surface == EGL_NO_SURFACE)
		return egl_error_is(EGL_SUCCESS), false;
	right = eglQuerySurface(display, surface, EGL_PROTECTED_CONTENT_EXT, &value) && value == EGL_TRUE;
	right &= use_surface(surface, secure);
	glClearColor(0, 1, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
	program_of(quad, HEADER "out vec4 colour; void main() { colour = vec4(0.0, 1.0, 0.0, 1.0); }\n", NULL);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	uint8_t pixel[4] = { 1, 2, 3, 4 };
	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	right &= error_is(GL_INVALID_OPERATION) & (pixel[0] == 1);
	right &= eglSwapBuffers(display, surface) == EGL_TRUE;
	use(plain);
	return right;
}

static bool pbuffer_protected(void)
{
	EGLSurface surface = pbuffer(EGL_TRUE);
	bool right = surface_is_protected(surface);

	eglDestroySurface(display, surface);
	return right;
}

static bool pbuffer_bad_value(void)
{
	return pbuffer(2) == EGL_NO_SURFACE && egl_error_is(EGL_BAD_ATTRIBUTE);
}

static bool pbuffer_protected_in_unprotected(void)
{
	EGLSurface surface = pbuffer(EGL_TRUE);
	bool right = use_surface(surface, plain);
	uint8_t pixel[4] = { 1, 2, 3, 4 };

	glClear(GL_COLOR_BUFFER_BIT);
	right &= error_is(GL_NO_ERROR) & told("framebuffer with a protected attachment in an unprotected context");
	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	right &= error_is(GL_INVALID_OPERATION) & (pixel[0] == 1);
	use(plain);
	eglDestroySurface(display, surface);
	return right;
}

static bool pbuffer_unprotected_in_protected(void)
{
	EGLSurface surface = pbuffer(EGL_FALSE);
	bool right = use_surface(surface, plain);

	glClearColor(1, 0, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glFinish();
	right &= use_surface(surface, secure);
	glClearColor(0, 0, 1, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	program_of(quad, HEADER "out vec4 colour; void main() { colour = vec4(0.0, 1.0, 0.0, 1.0); }\n", NULL);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	glFinish();
	right &= use_surface(surface, plain);
	right &= pixels_are(red);
	use(plain);
	eglDestroySurface(display, surface);
	return right;
}

/* Depth, stencil and samples are in buffers that nobody sees. */
static bool pbuffer_multisample(void)
{
	static const EGLint wanted[] = {
		EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_ALPHA_SIZE, 8,
		EGL_DEPTH_SIZE, 24, EGL_STENCIL_SIZE, 8, EGL_SAMPLES, 4, EGL_NONE,
	};
	const EGLint attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 3, EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE };
	const EGLConfig single = config;
	EGLContext contexts[2];
	EGLSurface surface;
	EGLint count = 0;
	bool right;

	if (!eglChooseConfig(display, wanted, &config, 1, &count) || !count) {
		config = single;
		return note("no multisample configuration"), true;
	}
	surface = pbuffer(EGL_TRUE);
	contexts[0] = eglCreateContext(display, config, plain, (const EGLint[]){ EGL_CONTEXT_CLIENT_VERSION, 3, EGL_NONE });
	contexts[1] = eglCreateContext(display, config, plain, attributes);
	config = single;
	right = use_surface(surface, contexts[1]);
	glClearColor(0, 1, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	program_of(quad, HEADER "out vec4 colour; void main() { colour = vec4(0.0, 1.0, 0.0, 1.0); }\n", NULL);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	right &= eglSwapBuffers(display, surface) == EGL_TRUE;
	glFinish();
	right &= use_surface(surface, contexts[0]);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	right &= error_is(GL_NO_ERROR) & told("framebuffer with a protected attachment in an unprotected context");
	right &= eglSwapBuffers(display, surface) == EGL_TRUE;
	use(plain);
	eglDestroySurface(display, surface);
	eglDestroyContext(display, contexts[0]);
	eglDestroyContext(display, contexts[1]);
	return right & error_is(GL_NO_ERROR);
}

static bool make_current_mixed(void)
{
	EGLSurface draw = pbuffer(EGL_FALSE), read = pbuffer(EGL_TRUE);
	bool right;

	use(secure);
	right = !eglMakeCurrent(display, draw, read, secure) && egl_error_is(EGL_BAD_ACCESS);
	use(plain);
	eglDestroySurface(display, draw);
	eglDestroySurface(display, read);
	return right;
}

bool window(uint32_t flags, EGLint attribute)
{
	const EGLint attributes[] = { EGL_PROTECTED_CONTENT_EXT, attribute, EGL_NONE };
	struct gbm_surface *native;
	struct gbm_bo *bo;
	EGLSurface surface;
	uint32_t stride;
	void *data = NULL;
	bool right;
	int fd;

	if (!gbm)
		return true;
	native = gbm_surface_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_RENDERING | flags);
	surface = eglCreateWindowSurface(display, config, (EGLNativeWindowType)native, attribute < 0 ? NULL : attributes);
	right = surface_is_protected(surface);
	bo = gbm_surface_lock_front_buffer(native);
	right &= bo && !gbm_bo_map(bo, 0, 0, SIZE, SIZE, GBM_BO_TRANSFER_READ, &stride, &data) && errno == EACCES;
	fd = bo ? gbm_bo_get_fd(bo) : -1;
	right &= fd >= 0;
	if (fd >= 0)
		close(fd);
	if (bo)
		gbm_surface_release_buffer(native, bo);
	eglDestroySurface(display, surface);
	gbm_surface_destroy(native);
	return right;
}

static bool window_by_attribute(void)
{
	return window(0, EGL_TRUE);
}

static bool window_by_gbm_flag(void)
{
	return window(GBM_BO_USE_PROTECTED, -1);
}

/*
 * A window with samples is resolved when it is shown, and gets its samples from what it has when
 * they are allocated: neither is for a context that does not match.
 */
static bool window_multisample(void)
{
	static const EGLint wanted[] = {
		EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_SURFACE_TYPE, EGL_WINDOW_BIT, EGL_ALPHA_SIZE, 8,
		EGL_SAMPLES, 4, EGL_NONE,
	};
	const EGLConfig single = config;
	bool right = true;
	EGLint count = 0;

	if (!eglChooseConfig(display, wanted, &config, 1, &count) || !count) {
		config = single;
		return note("no multisample configuration"), true;
	}
	for (EGLint is_protected = EGL_FALSE; is_protected <= EGL_TRUE; is_protected++) {
		const EGLint surface_attributes[] = { EGL_PROTECTED_CONTENT_EXT, is_protected, EGL_NONE };
		const EGLint attributes[] = {
			EGL_CONTEXT_CLIENT_VERSION, 3, EGL_PROTECTED_CONTENT_EXT, !is_protected, EGL_NONE,
		};
		struct gbm_surface *native = gbm_surface_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888,
								GBM_BO_USE_RENDERING);
		EGLSurface surface = eglCreateWindowSurface(display, config, (EGLNativeWindowType)native,
							    surface_attributes);
		EGLContext context = eglCreateContext(display, config, plain, attributes);
		struct gbm_bo *bo;

		right &= use_surface(surface, context);
		glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
		right &= error_is(GL_NO_ERROR) &
			 told(is_protected ? "framebuffer with a protected attachment in an unprotected context" :
					     "framebuffer with an unprotected attachment in a protected context");
		right &= eglSwapBuffers(display, surface) == EGL_TRUE;
		bo = gbm_surface_lock_front_buffer(native);
		right &= bo != NULL;
		if (bo)
			gbm_surface_release_buffer(native, bo);
		use(plain);
		eglDestroyContext(display, context);
		eglDestroySurface(display, surface);
		gbm_surface_destroy(native);
	}
	config = single;
	return right;
}

/* A window of GBM has no front buffer. GL makes one, if a context of desktop GL asks for it, that nobody sees. */
static bool window_front_buffer(void)
{
	void (*draw_buffer)(GLenum) = (void *)eglGetProcAddress("glDrawBuffer");
	const EGLint attributes[] = { EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE };
	EGLContext context;
	struct gbm_surface *native;
	EGLSurface surface;
	GLuint name;
	bool right;

	use(secure);
	name = texture(true);
	glFinish();
	context = desktop_context(EGL_TRUE, secure);
	if (!context)
		return note("no desktop GL"), true;
	native = gbm_surface_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_RENDERING);
	surface = eglCreateWindowSurface(display, config, (EGLNativeWindowType)native, attributes);
	right = use_surface(surface, context);
	draw_buffer(GL_FRONT);
	glClear(GL_COLOR_BUFFER_BIT);
	right &= told("framebuffer with an unprotected attachment in a protected context");
	draw_buffer(GL_BACK);
	glClear(GL_COLOR_BUFFER_BIT);
	framebuffer(name, 0);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, 0);
	right &= error_is(GL_NO_ERROR);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	right &= error_is(GL_NO_ERROR) & told_nothing();
	right &= eglSwapBuffers(display, surface) == EGL_TRUE;
	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglDestroySurface(display, surface);
	gbm_surface_destroy(native);
	desktop_done(context);
	return right;
}

const struct test surfaces_tests[] = {
	{ ON_SURFACELESS, pbuffer_protected, "a protected pbuffer is drawn to and swapped, but not read" },
	{ ON_SURFACELESS, pbuffer_bad_value, "a surface attribute that is no boolean is EGL_BAD_ATTRIBUTE" },
	{ ON_SURFACELESS, pbuffer_protected_in_unprotected, "an unprotected context does not access a protected pbuffer" },
	{ ON_SURFACELESS, pbuffer_unprotected_in_protected, "a protected context writes nothing to an unprotected pbuffer" },
	{ ON_SURFACELESS, pbuffer_multisample, "the private buffers of a protected pbuffer are protected" },
	{ ON_SURFACELESS, make_current_mixed, "protected read and unprotected draw surfaces are EGL_BAD_ACCESS" },
	{ ON_GBM, window_by_attribute, "a protected window surface is drawn to, swapped and exported, but not read" },
	{ ON_GBM, window_by_gbm_flag, "so is one of a protected GBM surface" },
	{ ON_GBM, window_multisample, "a window's samples are not copied or resolved by a context that does not match" },
	{ ON_GBM, window_front_buffer, "a front buffer that nobody sees makes no window mixed" },
	{ 0 },
};
