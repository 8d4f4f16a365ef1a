/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file surface.c
 *
 * EGL_PROTECTED_CONTENT_EXT as an attribute of surfaces: pbuffers of the surfaceless
 * platform, or with "device" of the device platform, which nobody shows, but GL draws to
 * and reads like windows.
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

static EGLDisplay other;
static EGLConfig egl_config;

static EGLSurface
pbuffer(EGLint value)
{
	const EGLint attributes[] = {
		EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE, EGL_PROTECTED_CONTENT_EXT, value, EGL_NONE
	};

	return eglCreatePbufferSurface(dpy, egl_config, attributes);
}

static bool
use_surfaces(EGLSurface draw, EGLSurface read, enum which which)
{
	use(which);
	if (!eglMakeCurrent(dpy, draw, read, contexts[which]))
		return false;
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	return true;
}

static enum piglit_result
query(void *data)
{
	const EGLint value = (intptr_t)data;
	EGLSurface surface = pbuffer(value);
	EGLint got = -1;
	bool right;

	right = surface && eglQuerySurface(dpy, surface, EGL_PROTECTED_CONTENT_EXT, &got) && got == value;
	eglDestroySurface(dpy, surface);
	return verdict(right);
}

static enum piglit_result
query_default(void *data)
{
	const EGLint attributes[] = { EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE, EGL_NONE };
	EGLSurface surface = eglCreatePbufferSurface(dpy, egl_config, attributes);
	EGLint got = -1;
	bool right;

	right = surface && eglQuerySurface(dpy, surface, EGL_PROTECTED_CONTENT_EXT, &got) && got == EGL_FALSE;
	eglDestroySurface(dpy, surface);
	return verdict(right);
}

static enum piglit_result
bad_attribute(void *data)
{
	return verdict(!pbuffer((intptr_t)data) && piglit_check_egl_error(EGL_BAD_ATTRIBUTE));
}

static enum piglit_result
draw_protected(void *data)
{
	EGLSurface surface = pbuffer(EGL_TRUE);
	bool right = use_surfaces(surface, surface, PROTECTED);

	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	program(GLSL "out vec4 colour; void main() { colour = vec4(0.0, 1.0, 0.0, 1.0); }\n");
	draw();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	right &= cannot_read(0, 0);
	right &= eglSwapBuffers(dpy, surface) == EGL_TRUE;
	use(PLAIN);
	eglDestroySurface(dpy, surface);
	return verdict(right);
}

static enum piglit_result
protected_in_unprotected(void *data)
{
	EGLSurface surface = pbuffer(EGL_TRUE);
	bool right = use_surfaces(surface, surface, PLAIN);

	glClear(GL_COLOR_BUFFER_BIT);
	right &= error_is(GL_NO_ERROR) & told(TOLD_PROTECTED);
	right &= cannot_read(0, 0);
	right &= eglSwapBuffers(dpy, surface) == EGL_TRUE;
	use(PLAIN);
	eglDestroySurface(dpy, surface);
	return verdict(right);
}

static enum piglit_result
unprotected_in_protected(void *data)
{
	EGLSurface surface = pbuffer(EGL_FALSE);
	bool right = use_surfaces(surface, surface, PLAIN);

	glClearColor(1, 0, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glFinish();
	right &= use_surfaces(surface, surface, PROTECTED);
	glClearColor(0, 1, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	right &= error_is(GL_NO_ERROR) & told(TOLD_UNPROTECTED);
	glFinish();
	right &= use_surfaces(surface, surface, PLAIN);
	right &= pixels_are(red);
	use(PLAIN);
	eglDestroySurface(dpy, surface);
	return verdict(right);
}

static enum piglit_result
mixed(void *data)
{
	EGLSurface open = pbuffer(EGL_FALSE), closed = pbuffer(EGL_TRUE);
	bool right;

	use(PROTECTED);
	right = !eglMakeCurrent(dpy, open, closed, contexts[PROTECTED]) && piglit_check_egl_error(EGL_BAD_ACCESS);
	use(PLAIN);
	eglDestroySurface(dpy, open);
	eglDestroySurface(dpy, closed);
	return verdict(right);
}

static enum piglit_result
blit_from(void *data)
{
	EGLSurface surface = pbuffer(EGL_TRUE);
	GLuint name, target;
	bool right;

	use(PLAIN);
	name = coloured(red);
	right = use_surfaces(surface, surface, PROTECTED);
	target = framebuffer(name, 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, 0);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, target);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	right &= error_is(GL_INVALID_OPERATION);
	right &= holds(name, red);
	use(PLAIN);
	eglDestroySurface(dpy, surface);
	return verdict(right);
}

static enum piglit_result
copy_from(void *data)
{
	EGLSurface surface = pbuffer(EGL_TRUE);
	GLuint name;
	bool right;

	use(PLAIN);
	name = coloured(red);
	right = use_surfaces(surface, surface, PROTECTED);
	glBindTexture(GL_TEXTURE_2D, name);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	right &= error_is(GL_INVALID_OPERATION);
	right &= holds(name, red);
	use(PLAIN);
	eglDestroySurface(dpy, surface);
	return verdict(right);
}

static EGLSurface
pbuffer_to_bind(EGLint value)
{
	const EGLint attributes[] = {
		EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE, EGL_TEXTURE_FORMAT, EGL_TEXTURE_RGBA,
		EGL_TEXTURE_TARGET, EGL_TEXTURE_2D, EGL_PROTECTED_CONTENT_EXT, value, EGL_NONE
	};
	EGLint can = EGL_FALSE;

	eglGetConfigAttrib(dpy, egl_config, EGL_BIND_TO_TEXTURE_RGBA, &can);
	return can ? eglCreatePbufferSurface(dpy, egl_config, attributes) : EGL_NO_SURFACE;
}

/* A texture without storage, bound. */
static GLuint
bare_texture(void)
{
	GLuint name;

	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	return name;
}

static enum piglit_result
bind_protected(void *data)
{
	EGLSurface surface = pbuffer_to_bind(EGL_TRUE);
	GLuint name, output;
	bool right;

	if (!surface)
		return PIGLIT_SKIP;
	use(PLAIN);
	output = coloured(red);
	framebuffer(output, 0);
	name = bare_texture();
	right = eglBindTexImage(dpy, surface, EGL_BACK_BUFFER) == EGL_TRUE;
	right &= is_protected(GL_TEXTURE_2D) == GL_TRUE;
	sample(name);
	right &= error_is(GL_NO_ERROR) & told(TOLD_TEXTURE);
	right &= holds(output, black);
	eglReleaseTexImage(dpy, surface, EGL_BACK_BUFFER);
	eglDestroySurface(dpy, surface);
	return verdict(right);
}

/* Also to a texture that nobody may access until then. */
static enum piglit_result
bind_unprotected(void *data)
{
	EGLSurface surface = pbuffer_to_bind(EGL_FALSE);
	EGLImageKHR closed = protected_image(EGL_FALSE);
	GLuint name, output;
	bool right;

	if (!surface)
		return PIGLIT_SKIP;
	right = use_surfaces(surface, surface, PLAIN);
	glClearColor(0, 1, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glFinish();
	use(PLAIN);
	output = coloured(red);
	framebuffer(output, 0);
	name = data ? texture_of_image(closed) : bare_texture();
	right &= eglBindTexImage(dpy, surface, EGL_BACK_BUFFER) == EGL_TRUE;
	sample(name);
	right &= error_is(GL_NO_ERROR) & told_nothing();
	right &= holds(output, green);
	eglReleaseTexImage(dpy, surface, EGL_BACK_BUFFER);
	eglDestroySurface(dpy, surface);
	destroy_image(dpy, closed);
	return verdict(right);
}

static const struct piglit_subtest subtests[] = {
	SUBTEST_OF("a pbuffer with EGL_TRUE, and the query", query, EGL_TRUE),
	SUBTEST_OF("a pbuffer with EGL_FALSE, and the query", query, EGL_FALSE),
	SUBTEST("a pbuffer without the attribute is unprotected", query_default),
	SUBTEST_OF("a pbuffer with 2 is EGL_BAD_ATTRIBUTE", bad_attribute, 2),
	SUBTEST_OF("a pbuffer with -1 is EGL_BAD_ATTRIBUTE", bad_attribute, -1),
	SUBTEST("a protected context draws to a protected pbuffer, and cannot read it", draw_protected),
	SUBTEST("an unprotected context neither draws to a protected pbuffer nor reads it", protected_in_unprotected),
	SUBTEST("a protected context does not draw to an unprotected pbuffer", unprotected_in_protected),
	SUBTEST("EGL_EXT_protected_surface: unprotected draw and protected read surface is EGL_BAD_ACCESS", mixed),
	SUBTEST("nothing is blitted from a protected pbuffer to an unprotected texture", blit_from),
	SUBTEST("nothing is copied from a protected pbuffer to an unprotected texture", copy_from),
	SUBTEST("a protected pbuffer that is a texture is black in an unprotected context", bind_protected),
	SUBTEST_OF("control: an unprotected pbuffer that is a texture is sampled", bind_unprotected, 0),
	SUBTEST_OF("an unprotected pbuffer as other storage of an inaccessible texture is sampled", bind_unprotected, 1),
	{ NULL },
};

/* The first device that can show protected content, or none. */
static EGLDisplay
device_display(void)
{
	PFNEGLQUERYDEVICESEXTPROC query = (void *)eglGetProcAddress("eglQueryDevicesEXT");
	PFNEGLGETPLATFORMDISPLAYEXTPROC get = (void *)eglGetProcAddress("eglGetPlatformDisplayEXT");
	EGLDeviceEXT devices[8];
	EGLint count = 0;

	if (!query || !get || !query(ARRAY_SIZE(devices), devices, &count))
		return EGL_NO_DISPLAY;
	for (EGLint i = 0; i < count; i++) {
		EGLDisplay display = get(EGL_PLATFORM_DEVICE_EXT, devices[i], NULL);

		if (display && eglInitialize(display, NULL, NULL) &&
		    piglit_is_egl_extension_supported(display, "EGL_EXT_protected_content"))
			return display;
	}
	return EGL_NO_DISPLAY;
}

void
piglit_init(int argc, char **argv)
{
	static const EGLint attributes[] = {
		EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_SURFACE_TYPE, EGL_PBUFFER_BIT,
		EGL_RED_SIZE, 8, EGL_ALPHA_SIZE, 8, EGL_DEPTH_SIZE, 24, EGL_SAMPLES, 0, EGL_NONE
	};
	EGLint count = 0;

	other = argc > 1 && !strcmp(argv[1], "device") ? device_display() :
		piglit_egl_get_default_display(EGL_PLATFORM_SURFACELESS_MESA);
	if (!other || !eglInitialize(other, NULL, NULL))
		piglit_report_result(PIGLIT_SKIP);
	eglMakeCurrent(other, EGL_NO_SURFACE, EGL_NO_SURFACE, create_context(other, PLAIN, EGL_NO_CONTEXT));
	protected_image_init();
	if (!eglChooseConfig(dpy, attributes, &egl_config, 1, &count) || !count)
		piglit_report_result(PIGLIT_SKIP);
	protected_run(subtests);
}
