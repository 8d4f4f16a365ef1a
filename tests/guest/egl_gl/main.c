/* SPDX-License-Identifier: MIT */
/* Runs the tests on each platform, or those whose statement holds the argument. */
#include <fcntl.h>
#include <string.h>

#include "egl_gl.h"

EGLDisplay display;
EGLConfig config;
EGLContext plain, secure;
struct gbm_device *gbm;

PFNEGLCREATEIMAGEKHRPROC create_image;
PFNEGLDESTROYIMAGEKHRPROC destroy_image;
PFNGLEGLIMAGETARGETTEXTURE2DOESPROC image_target_texture;
PFNGLEGLIMAGETARGETRENDERBUFFERSTORAGEOESPROC image_target_renderbuffer;
PFNGLEGLIMAGETARGETTEXSTORAGEEXTPROC image_target_storage;
PFNGLTEXTUREVIEWEXTPROC texture_view;
PFNEGLEXPORTDMABUFIMAGEMESAPROC export_dmabuf;

static const struct test *const tables[] = {
	contexts_tests, parameter_tests, framebuffers_tests, sampling_tests, reading_tests, side_effects_tests,
	images_tests, dma_bufs_tests, desktop_tests, desktop_reading_tests, surfaces_tests, gbm_tests, driconf_tests,
	missing_tests,
};

static bool open_display(bool use_gbm)
{
	static const EGLint config_attributes[] = {
		EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_SURFACE_TYPE, 0, EGL_RED_SIZE, 8,
		EGL_ALPHA_SIZE, 8, EGL_DEPTH_SIZE, 24, EGL_NONE,
	};
	EGLint attributes[ARRAY_SIZE(config_attributes)];
	EGLConfig configs[64];
	EGLint count = 0;

	gbm = NULL;
	if (use_gbm) {
		int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);

		gbm = fd < 0 ? NULL : gbm_create_device(fd);
		if (!gbm)
			return false;
		display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gbm, NULL);
	} else {
		display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
	}
	if (!eglInitialize(display, NULL, NULL) || !eglBindAPI(EGL_OPENGL_ES_API))
		return false;
	memcpy(attributes, config_attributes, sizeof(attributes));
	attributes[3] = use_gbm ? EGL_WINDOW_BIT : EGL_PBUFFER_BIT;
	eglChooseConfig(display, attributes, configs, ARRAY_SIZE(configs), &count);
	for (EGLint i = 0; i < count; i++) {
		EGLint visual = 0, samples = 0;

		eglGetConfigAttrib(display, configs[i], EGL_NATIVE_VISUAL_ID, &visual);
		eglGetConfigAttrib(display, configs[i], EGL_SAMPLES, &samples);
		if (samples || (use_gbm && visual != GBM_FORMAT_ARGB8888))
			continue;
		config = configs[i];
		return true;
	}
	return false;
}

static bool start(bool use_gbm)
{
	EGLint attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 3, EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE };

	if (!open_display(use_gbm) || !strstr(eglQueryString(display, EGL_EXTENSIONS), "EGL_EXT_protected_content"))
		return false;
	create_image = (void *)eglGetProcAddress("eglCreateImageKHR");
	destroy_image = (void *)eglGetProcAddress("eglDestroyImageKHR");
	image_target_texture = (void *)eglGetProcAddress("glEGLImageTargetTexture2DOES");
	export_dmabuf = (void *)eglGetProcAddress("eglExportDMABUFImageMESA");
	image_target_renderbuffer = (void *)eglGetProcAddress("glEGLImageTargetRenderbufferStorageOES");
	image_target_storage = (void *)eglGetProcAddress("glEGLImageTargetTexStorageEXT");
	texture_view = (void *)eglGetProcAddress("glTextureViewEXT");

	secure = eglCreateContext(display, config, EGL_NO_CONTEXT, attributes);
	attributes[2] = EGL_NONE;
	plain = eglCreateContext(display, config, secure, attributes);
	return secure && plain;
}

int main(int argc, char **argv)
{
	static const char *const platforms[] = { "surfaceless", "gbm" };
	static const struct {
		const char *name;
		bool (*run)(void);
	} roles[] = {
		{ "forced", forced }, { "unforced", unforced }, { "checked", checked }, { "sparse", sparse_texture },
		{ "knows-nothing", knows_nothing }, { "transcoded", transcoded }, { "inherited", inherited_surfaces },
	};

	for (unsigned i = 0; argc == 3 && i < ARRAY_SIZE(roles); i++) {
		if (!strcmp(argv[1], roles[i].name))
			return start(!strcmp(argv[2], "gbm")) && roles[i].run() && kernel_refused_nothing() ? 0 : 1;
	}

	for (unsigned platform = 0; platform < 2; platform++) {
		if (!start(platform == 1)) {
			tap_skip(platforms[platform], "no EGL_EXT_protected_content");
			continue;
		}
		for (unsigned i = 0; i < ARRAY_SIZE(tables); i++) {
			for (const struct test *test = tables[i]; test->run; test++) {
				if ((test->platform != ON_BOTH && test->platform != ON_SURFACELESS + platform) ||
				    (argc == 2 && !strstr(test->statement, argv[1])))
					continue;
				const bool right = test->run();
				const bool listens = device_listens(), refused = !kernel_refused_nothing();
				ok(right && listens && !refused, "%s: %s", platforms[platform], test->statement);
			}
		}
		eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
		eglTerminate(display);
	}
	return tap_end();
}
