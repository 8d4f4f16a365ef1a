/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>

#include "egl.h"
#include "egl_device.h"
#include "egl_extension.h"
#include "fail.h"

const char *egl_error_name(EGLint code)
{
	static const char *const names[] = {
		"EGL_SUCCESS",	       "EGL_NOT_INITIALIZED", "EGL_BAD_ACCESS",
		"EGL_BAD_ALLOC",       "EGL_BAD_ATTRIBUTE",   "EGL_BAD_CONFIG",
		"EGL_BAD_CONTEXT",     "EGL_BAD_CURRENT_SURFACE", "EGL_BAD_DISPLAY",
		"EGL_BAD_MATCH",       "EGL_BAD_NATIVE_PIXMAP",	  "EGL_BAD_NATIVE_WINDOW",
		"EGL_BAD_PARAMETER",   "EGL_BAD_SURFACE",     "EGL_CONTEXT_LOST",
	};
	int index = code - EGL_SUCCESS;

	return index >= 0 && index < (int)(sizeof(names) / sizeof(names[0])) ? names[index]
									     : "an unknown error";
}

int egl_open_display(EGLDisplay *out, EGLenum platform, void *native_display,
		     struct protex_error *error)
{
	PFNEGLGETPLATFORMDISPLAYEXTPROC get_display =
		(PFNEGLGETPLATFORMDISPLAYEXTPROC)eglGetProcAddress("eglGetPlatformDisplayEXT");
	const char *extensions = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
	bool wayland = platform == EGL_PLATFORM_WAYLAND_KHR;
	EGLDisplay display;

	if (!get_display ||
	    (wayland ? !egl_has_extension(extensions, "EGL_KHR_platform_wayland") &&
			       !egl_has_extension(extensions, "EGL_EXT_platform_wayland")
		     : !egl_has_extension(extensions, "EGL_KHR_platform_gbm") &&
			       !egl_has_extension(extensions, "EGL_MESA_platform_gbm")))
		return fail(error, -ENODEV, "this EGL does not work on %s; use Mesa's",
			    wayland ? "Wayland" : "GBM");
	display = get_display(platform, native_display, NULL);
	if (display == EGL_NO_DISPLAY || !eglInitialize(display, NULL, NULL))
		return fail(error, -ENODEV, "EGL does not start on this %s: %s; is its driver "
					    "installed?", wayland ? "compositor" : "device",
			    egl_error_name(eglGetError()));
	*out = display;
	return 0;
}

/* The config whose pixels the display shows. */
static int choose_config(EGLDisplay display, EGLConfig *config, struct protex_error *error)
{
	static const EGLint attributes[] = {
		EGL_SURFACE_TYPE, EGL_WINDOW_BIT, EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT,
		EGL_RED_SIZE,	  8,		  EGL_GREEN_SIZE,      8,
		EGL_BLUE_SIZE,	  8,		  EGL_NONE,
	};
	EGLConfig configs[256];
	EGLint count = 0;

	eglChooseConfig(display, attributes, configs, 256, &count);
	for (EGLint i = 0; i < count; i++) {
		EGLint format = 0, red = 0, alpha = 0;

		/* On GBM that is the format; Wayland has no such thing. */
		eglGetConfigAttrib(display, configs[i], EGL_NATIVE_VISUAL_ID, &format);
		eglGetConfigAttrib(display, configs[i], EGL_RED_SIZE, &red);
		eglGetConfigAttrib(display, configs[i], EGL_ALPHA_SIZE, &alpha);
		if (format == (EGLint)GBM_FORMAT_XRGB8888 ||
		    (format == 0 && red == 8 && alpha == 0)) {
			*config = configs[i];
			return 0;
		}
	}
	return fail(error, -ENODEV, "EGL has no config for OpenGL ES 3 on XRGB8888");
}

int egl_create_context(EGLDisplay display, bool is_protected, EGLConfig *config_out,
		       EGLContext *context_out, struct protex_error *error)
{
	const EGLint attributes[] = {
		EGL_CONTEXT_MAJOR_VERSION, 3,
		is_protected ? EGL_PROTECTED_CONTENT_EXT : EGL_NONE, EGL_TRUE,
		EGL_NONE,
	};
	EGLContext context;
	EGLConfig config;
	int ret;

	if (is_protected && !egl_has_extension(eglQueryString(display, EGL_EXTENSIONS),
					       "EGL_EXT_protected_content"))
		return fail(error, -ENODEV,
			    "EGL has no EGL_EXT_protected_content here: the GPU's driver in Mesa or "
			    "in the kernel does not do it; see 'protex info'");
	ret = choose_config(display, &config, error);
	if (ret < 0)
		return ret;
	eglBindAPI(EGL_OPENGL_ES_API);
	context = eglCreateContext(display, config, EGL_NO_CONTEXT, attributes);
	if (context == EGL_NO_CONTEXT)
		return fail(error, -ENODEV, "EGL gave no %scontext for OpenGL ES 3: %s",
			    is_protected ? "protected " : "", egl_error_name(eglGetError()));
	*config_out = config;
	*context_out = context;
	return 0;
}

static void add_feature(struct egl_features *f, const char *name, bool present, const char *reason)
{
	f->features[f->count].name = name;
	f->features[f->count].present = present;
	snprintf(f->features[f->count].reason, sizeof(f->features[0].reason), "%s", reason);
	f->count++;
}

static void query_gl(EGLDisplay display, EGLContext context, struct egl_features *f)
{
	const char *extensions;

	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context);
	extensions = (const char *)glGetString(GL_EXTENSIONS);
	snprintf(f->renderer, sizeof(f->renderer), "%s, %s",
		 (const char *)glGetString(GL_RENDERER), (const char *)glGetString(GL_VERSION));
	add_feature(f, "GL_EXT_protected_textures",
		    egl_has_extension(extensions, "GL_EXT_protected_textures"),
		    "this Mesa, or its driver for this GPU, does not have it");
	add_feature(f, "GL_OES_EGL_image_external_essl3",
		    egl_has_extension(extensions, "GL_OES_EGL_image_external_essl3"),
		    "the driver does not have it");
	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
}

static int query_display(EGLDisplay display, struct egl_features *f, struct protex_error *error)
{
	static const char *const needed[] = {
		"EGL_EXT_protected_content",
		"EGL_EXT_image_dma_buf_import",
		"EGL_KHR_fence_sync",
		"EGL_KHR_surfaceless_context",
	};
	const char *extensions = eglQueryString(display, EGL_EXTENSIONS);
	struct protex_error reason = {0};
	EGLContext context;
	EGLConfig config;
	bool all = true;
	int ret;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		bool present = egl_has_extension(extensions, needed[i]);

		add_feature(f, needed[i], present,
			    "this Mesa, or its driver for this GPU, does not have it");
		all = all && present;
	}

	ret = egl_create_context(display, true, &config, &context, &reason);
	add_feature(f, "protected context", ret == 0, reason.message);
	f->can_play = all && ret == 0;
	if (ret < 0)
		ret = egl_create_context(display, false, &config, &context, error);
	if (ret < 0)
		return ret;
	query_gl(display, context, f);
	eglDestroyContext(display, context);
	return 0;
}

int egl_query_features(const char *path, struct egl_features *f, struct protex_error *error)
{
	struct gbm_device *device;
	EGLDisplay display;
	int fd, ret;

	memset(f, 0, sizeof(*f));
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fail(error, -ENODEV, "%s: %s", path, strerror(errno));
	device = gbm_create_device(fd);
	if (!device) {
		close(fd);
		return fail(error, -ENODEV, "GBM does not work on %s: is Mesa's driver for it "
					    "installed?", path);
	}
	ret = egl_open_display(&display, EGL_PLATFORM_GBM_KHR, device, error);
	if (ret == 0) {
		ret = query_display(display, f, error);
		eglTerminate(display);
	}
	eglReleaseThread();
	gbm_device_destroy(device);
	close(fd);
	return ret;
}
