/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file xcb.c
 *
 * EGL_PROTECTED_CONTENT_EXT on X11: a window's buffers are the client's own and can be
 * protected; what the X server allocates cannot.
 */

#include <stdlib.h>
#include <xcb/xcb.h>

#include "../../../spec/ext_protected_textures/protected_common.h"

static const struct piglit_subtest subtests[];

PIGLIT_GL_TEST_CONFIG_BEGIN

	protected_config(argc, argv);
	config.subtests = subtests;
	config.supports_gl_es_version = 30;
	config.window_visual = PIGLIT_GL_VISUAL_RGBA;
	config.khr_no_error_support = PIGLIT_HAS_ERRORS;

PIGLIT_GL_TEST_CONFIG_END

static xcb_connection_t *connection;
static EGLConfig egl_config;

static const EGLint wanted[] = { EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE };
static const EGLint nothing[] = { EGL_NONE };

static EGLSurface
window_with(const EGLint *attributes)
{
	const xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
	xcb_window_t window = xcb_generate_id(connection);

	xcb_create_window(connection, XCB_COPY_FROM_PARENT, window, screen->root, 0, 0, SIZE, SIZE, 0,
			  XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual, 0, NULL);
	xcb_map_window(connection, window);
	/* The answer means that the window is there for other connections too. */
	free(xcb_get_geometry_reply(connection, xcb_get_geometry(connection, window), NULL));
	return eglCreateWindowSurface(dpy, egl_config, window, attributes);
}

static bool
use_window(EGLSurface surface, enum which which)
{
	use(which);
	if (!surface || !eglMakeCurrent(dpy, surface, surface, contexts[which])) {
		piglit_loge("0x%x", eglGetError());
		return false;
	}
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	glClearColor(0, 1, 0, 1);
	return true;
}

static enum piglit_result
window_protected(void *data)
{
	EGLSurface surface = window_with(wanted);
	EGLint value = EGL_FALSE;
	bool right = use_window(surface, PROTECTED);

	eglQuerySurface(dpy, surface, EGL_PROTECTED_CONTENT_EXT, &value);
	right &= value == EGL_TRUE;
	for (unsigned i = 0; right && i < 4; i++) {
		glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
		right &= error_is(GL_NO_ERROR) & told_nothing();
		right &= cannot_read(0, 0);
		right &= eglSwapBuffers(dpy, surface) == EGL_TRUE;
	}
	use(PLAIN);
	eglDestroySurface(dpy, surface);
	return verdict(right);
}

static enum piglit_result
window_in_unprotected(void *data)
{
	EGLSurface surface = window_with(wanted);
	bool right = use_window(surface, PLAIN);

	glClear(GL_COLOR_BUFFER_BIT);
	right &= error_is(GL_NO_ERROR) & told(TOLD_PROTECTED);
	right &= cannot_read(0, 0);
	right &= eglSwapBuffers(dpy, surface) == EGL_TRUE;
	use(PLAIN);
	eglDestroySurface(dpy, surface);
	return verdict(right);
}

static enum piglit_result
window_ordinary(void *data)
{
	EGLSurface surface = window_with(nothing);
	bool right = use_window(surface, PLAIN);

	glClear(GL_COLOR_BUFFER_BIT);
	right &= pixels_are(green) & error_is(GL_NO_ERROR) & told_nothing();
	right &= eglSwapBuffers(dpy, surface) == EGL_TRUE;
	use(PLAIN);
	eglDestroySurface(dpy, surface);
	return verdict(right);
}

static enum piglit_result
pbuffer_refused(void *data)
{
	const EGLint attributes[] = {
		EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE, EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE
	};

	return verdict(!eglCreatePbufferSurface(dpy, egl_config, attributes) &&
		       piglit_check_egl_error(EGL_BAD_ALLOC));
}

static enum piglit_result
pixmap_refused(void *data)
{
	const xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
	xcb_pixmap_t pixmap = xcb_generate_id(connection);

	xcb_create_pixmap(connection, screen->root_depth, pixmap, screen->root, SIZE, SIZE);
	free(xcb_get_geometry_reply(connection, xcb_get_geometry(connection, pixmap), NULL));
	return verdict(!eglCreatePixmapSurface(dpy, egl_config, pixmap, wanted) &&
		       piglit_check_egl_error(EGL_BAD_ATTRIBUTE));
}

static const struct piglit_subtest subtests[] = {
	SUBTEST("control: an ordinary window is drawn to and read", window_ordinary),
	SUBTEST("a protected window is drawn to and swapped, but not read", window_protected),
	SUBTEST("a protected window is neither drawn to nor read in an unprotected context", window_in_unprotected),
	SUBTEST("a protected pbuffer is EGL_BAD_ALLOC", pbuffer_refused),
	SUBTEST("a protected pixmap is EGL_BAD_ATTRIBUTE", pixmap_refused),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	static const EGLint attributes[] = {
		EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_SURFACE_TYPE,
		EGL_PBUFFER_BIT | EGL_WINDOW_BIT | EGL_PIXMAP_BIT, EGL_RED_SIZE, 8, EGL_ALPHA_SIZE, 0,
		EGL_DEPTH_SIZE, 24, EGL_SAMPLES, 0, EGL_NONE
	};
	const xcb_screen_t *screen;
	EGLConfig configs[256];
	EGLDisplay display;
	EGLint count = 0;

	connection = xcb_connect(NULL, NULL);
	display = piglit_egl_get_default_display(EGL_PLATFORM_X11_EXT);
	if (xcb_connection_has_error(connection) || !display || !eglInitialize(display, NULL, NULL))
		piglit_report_result(PIGLIT_SKIP);
	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, create_context(display, PLAIN, EGL_NO_CONTEXT));
	protected_init();

	screen = xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
	eglChooseConfig(dpy, attributes, configs, ARRAY_SIZE(configs), &count);
	for (EGLint i = 0, visual; i < count && !egl_config; i++) {
		if (eglGetConfigAttrib(dpy, configs[i], EGL_NATIVE_VISUAL_ID, &visual) &&
		    visual == (EGLint)screen->root_visual)
			egl_config = configs[i];
	}
	if (!egl_config)
		piglit_report_result(PIGLIT_SKIP);
	protected_run(subtests);
}
