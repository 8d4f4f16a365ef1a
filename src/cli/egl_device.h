/* SPDX-License-Identifier: MIT */
/* What egl.c and renderer.c share. */
#ifndef PROTEX_CLI_EGL_DEVICE_H
#define PROTEX_CLI_EGL_DEVICE_H

#include <stdbool.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <gbm.h>

#include <protex/protex.h>

/* "EGL_BAD_ACCESS" of EGL_BAD_ACCESS. */
const char *egl_error_name(EGLint code);

/* Opens EGL on a GBM device (EGL_PLATFORM_GBM_KHR) or a Wayland display (EGL_PLATFORM_WAYLAND_KHR). */
int egl_open_display(EGLDisplay *display, EGLenum platform, void *native_display,
		     struct protex_error *error);

/* An OpenGL ES 3 context, with the config of XRGB8888 window surfaces. */
int egl_create_context(EGLDisplay display, bool is_protected, EGLConfig *config,
		       EGLContext *context, struct protex_error *error);

#endif
