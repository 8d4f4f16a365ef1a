/* SPDX-License-Identifier: MIT */
#include <fcntl.h>

#include <gbm.h>

#include "bench.h"
#include "contexts.h"
#include "egl_device.h"

bool contexts_open(struct contexts *c)
{
	int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	struct gbm_device *device = fd < 0 ? NULL : gbm_create_device(fd);
	struct protex_error error;
	EGLConfig config;

	if (!device)
		return !bench_fail("there is no render node, or GBM does not work on it");
	if (egl_open_display(&c->display, EGL_PLATFORM_GBM_KHR, device, &error) < 0 ||
	    egl_create_context(c->display, true, &config, &c->is_protected, &error) < 0 ||
	    egl_create_context(c->display, false, &config, &c->ordinary, &error) < 0)
		return !bench_fail("%s", error.message);
	c->create_image = (PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR");
	c->destroy_image = (PFNEGLDESTROYIMAGEKHRPROC)eglGetProcAddress("eglDestroyImageKHR");
	c->image_target_texture = (PFNGLEGLIMAGETARGETTEXTURE2DOESPROC)eglGetProcAddress(
		"glEGLImageTargetTexture2DOES");
	if (!c->create_image || !c->destroy_image || !c->image_target_texture)
		return !bench_fail("EGL lacks functions for images");
	return true;
}

bool contexts_use(struct contexts *c, EGLContext context)
{
	return eglMakeCurrent(c->display, EGL_NO_SURFACE, EGL_NO_SURFACE, context) ||
	       !bench_fail("a context cannot be made current: 0x%04x", (unsigned)eglGetError());
}
