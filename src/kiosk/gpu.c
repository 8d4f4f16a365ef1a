/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wlr/render/dmabuf.h>
#include <drm_fourcc.h>
#include <xf86drm.h>

#include "../cli/egl_extension.h"
#include "gpu.h"

/* ---- opening it -------------------------------------------------------------------------------- */

static char *first_render_node(void)
{
	drmDevicePtr devices[16];
	int count = drmGetDevices2(0, devices, 16);
	char *path = NULL;

	for (int i = 0; i < count && !path; i++) {
		if (devices[i]->available_nodes & (1 << DRM_NODE_RENDER))
			path = strdup(devices[i]->nodes[DRM_NODE_RENDER]);
	}
	if (count > 0)
		drmFreeDevices(devices, count);
	return path;
}

static int open_node(int drm_fd)
{
	char *path = drm_fd < 0 ? first_render_node() : drmGetRenderDeviceNameFromFd(drm_fd);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

	free(path);
	return fd;
}

static EGLContext create_context(struct gpu *gpu, EGLContext share, bool is_protected)
{
	const EGLint attributes[] = {
		EGL_CONTEXT_CLIENT_VERSION, 2,
		is_protected ? EGL_PROTECTED_CONTENT_EXT : EGL_NONE, EGL_TRUE,
		EGL_NONE,
	};

	return eglCreateContext(gpu->display, EGL_NO_CONFIG_KHR, share, attributes);
}

static bool find_functions(struct gpu *gpu)
{
	const char *client = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);

	gpu->create_image = (PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR");
	gpu->destroy_image = (PFNEGLDESTROYIMAGEKHRPROC)eglGetProcAddress("eglDestroyImageKHR");
	gpu->image_to_texture = (PFNGLEGLIMAGETARGETTEXTURE2DOESPROC)eglGetProcAddress(
		"glEGLImageTargetTexture2DOES");
	gpu->image_to_renderbuffer =
		(PFNGLEGLIMAGETARGETRENDERBUFFERSTORAGEOESPROC)eglGetProcAddress(
			"glEGLImageTargetRenderbufferStorageOES");
	if (egl_has_extension(client, "EGL_KHR_debug")) {
		gpu->debug_control = (PFNEGLDEBUGMESSAGECONTROLKHRPROC)eglGetProcAddress(
			"eglDebugMessageControlKHR");
		gpu->query_debug = (PFNEGLQUERYDEBUGKHRPROC)eglGetProcAddress("eglQueryDebugKHR");
	}
	return gpu->create_image && gpu->destroy_image && gpu->image_to_texture &&
	       gpu->image_to_renderbuffer;
}

static const char *open_egl(struct gpu *gpu)
{
	PFNEGLGETPLATFORMDISPLAYEXTPROC get_display =
		(PFNEGLGETPLATFORMDISPLAYEXTPROC)eglGetProcAddress("eglGetPlatformDisplayEXT");
	/* wlroots terminates the display as well. */
	static const EGLint counted[] = {EGL_TRACK_REFERENCES_KHR, EGL_TRUE, EGL_NONE};
	const char *client = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
	const char *extensions;

	gpu->display = get_display
			       ? get_display(EGL_PLATFORM_GBM_KHR, gpu->gbm,
					     egl_has_extension(client, "EGL_KHR_display_reference")
						     ? counted
						     : NULL)
			       : EGL_NO_DISPLAY;
	if (gpu->display == EGL_NO_DISPLAY || !eglInitialize(gpu->display, NULL, NULL))
		return "EGL does not work on the GPU";
	extensions = eglQueryString(gpu->display, EGL_EXTENSIONS);
	if (!egl_has_extension(extensions, "EGL_EXT_image_dma_buf_import") ||
	    !egl_has_extension(extensions, "EGL_KHR_no_config_context") ||
	    !egl_has_extension(extensions, "EGL_KHR_surfaceless_context") || !find_functions(gpu))
		return "EGL lacks an extension that compositors need";
	eglBindAPI(EGL_OPENGL_ES_API);
	gpu->ordinary = create_context(gpu, EGL_NO_CONTEXT, false);
	if (gpu->ordinary == EGL_NO_CONTEXT)
		return "there is no context for OpenGL ES";
	if (!egl_has_extension(extensions, "EGL_EXT_protected_content")) {
		fprintf(stderr, "protex-kiosk: protected windows will be black: EGL has no "
				"EGL_EXT_protected_content\n");
		return NULL;
	}
	gpu->protected = create_context(gpu, gpu->ordinary, true);
	if (gpu->protected == EGL_NO_CONTEXT)
		fprintf(stderr, "protex-kiosk: protected windows will be black: EGL gave no "
				"protected context\n");
	return NULL;
}

struct gpu *gpu_open(int drm_fd)
{
	struct gpu *gpu = calloc(1, sizeof(*gpu));
	const char *missing = NULL;

	if (!gpu)
		return NULL;
	gpu->display = EGL_NO_DISPLAY;
	gpu->ordinary = gpu->protected = EGL_NO_CONTEXT;
	gpu->fd = open_node(drm_fd);
	if (gpu->fd < 0)
		missing = "there is no render node that may be opened";
	if (!missing && !(gpu->gbm = gbm_create_device(gpu->fd)))
		missing = "GBM does not work on the GPU";
	if (!missing)
		missing = open_egl(gpu);
	if (missing) {
		fprintf(stderr, "protex-kiosk: %s\n", missing);
		if (gpu->ordinary != EGL_NO_CONTEXT)
			eglDestroyContext(gpu->display, gpu->ordinary);
		gpu_close(gpu);
		return NULL;
	}
	return gpu;
}

void gpu_close(struct gpu *gpu)
{
	if (gpu->protected != EGL_NO_CONTEXT)
		eglDestroyContext(gpu->display, gpu->protected);
	if (gpu->display != EGL_NO_DISPLAY)
		eglTerminate(gpu->display);
	if (gpu->gbm)
		gbm_device_destroy(gpu->gbm);
	if (gpu->fd >= 0)
		close(gpu->fd);
	free(gpu);
}

/* ---- importing --------------------------------------------------------------------------------- */

#define MAX_ATTRIBUTES (3 + 5 * WLR_DMABUF_MAX_PLANES + 2)

static void list_attributes(EGLint list[2 * MAX_ATTRIBUTES + 1],
			    const struct wlr_dmabuf_attributes *dmabuf)
{
	static const EGLint names[WLR_DMABUF_MAX_PLANES][5] = {
		{EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT,
		 EGL_DMA_BUF_PLANE0_PITCH_EXT, EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT,
		 EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT},
		{EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT,
		 EGL_DMA_BUF_PLANE1_PITCH_EXT, EGL_DMA_BUF_PLANE1_MODIFIER_LO_EXT,
		 EGL_DMA_BUF_PLANE1_MODIFIER_HI_EXT},
		{EGL_DMA_BUF_PLANE2_FD_EXT, EGL_DMA_BUF_PLANE2_OFFSET_EXT,
		 EGL_DMA_BUF_PLANE2_PITCH_EXT, EGL_DMA_BUF_PLANE2_MODIFIER_LO_EXT,
		 EGL_DMA_BUF_PLANE2_MODIFIER_HI_EXT},
		{EGL_DMA_BUF_PLANE3_FD_EXT, EGL_DMA_BUF_PLANE3_OFFSET_EXT,
		 EGL_DMA_BUF_PLANE3_PITCH_EXT, EGL_DMA_BUF_PLANE3_MODIFIER_LO_EXT,
		 EGL_DMA_BUF_PLANE3_MODIFIER_HI_EXT},
	};
	/* Drivers without modifiers know linear as the absence of one. */
	bool modified = dmabuf->modifier != DRM_FORMAT_MOD_INVALID &&
			dmabuf->modifier != DRM_FORMAT_MOD_LINEAR;
	unsigned n = 0;

#define ADD(name, value) (list[n++] = (name), list[n++] = (EGLint)(value))
	ADD(EGL_WIDTH, dmabuf->width);
	ADD(EGL_HEIGHT, dmabuf->height);
	ADD(EGL_LINUX_DRM_FOURCC_EXT, dmabuf->format);
	for (int i = 0; i < dmabuf->n_planes; i++) {
		ADD(names[i][0], dmabuf->fd[i]);
		ADD(names[i][1], dmabuf->offset[i]);
		ADD(names[i][2], dmabuf->stride[i]);
		if (modified) {
			ADD(names[i][3], dmabuf->modifier & 0xffffffff);
			ADD(names[i][4], dmabuf->modifier >> 32);
		}
	}
	ADD(EGL_IMAGE_PRESERVED_KHR, EGL_TRUE);
	ADD(EGL_PROTECTED_CONTENT_EXT, EGL_TRUE);
#undef ADD
	list[n] = EGL_NONE;
}

/* An answer of no is not an error to be logged. */
static void report_errors(struct gpu *gpu, bool report)
{
	const EGLAttrib attributes[] = {EGL_DEBUG_MSG_ERROR_KHR, report, EGL_NONE};
	EGLAttrib callback = 0;

	if (gpu->debug_control && gpu->query_debug &&
	    gpu->query_debug(EGL_DEBUG_CALLBACK_KHR, &callback))
		gpu->debug_control((EGLDEBUGPROCKHR)callback, attributes);
}

enum gpu_import gpu_import_protected(struct gpu *gpu, const struct wlr_dmabuf_attributes *dmabuf,
				     EGLImageKHR *image)
{
	EGLint attributes[2 * MAX_ATTRIBUTES + 1];
	EGLint error;

	if (gpu->protected == EGL_NO_CONTEXT)
		return GPU_NOT_PROTECTED;
	list_attributes(attributes, dmabuf);
	report_errors(gpu, false);
	*image = gpu->create_image(gpu->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL,
				   attributes);
	error = eglGetError();
	report_errors(gpu, true);
	if (*image != EGL_NO_IMAGE_KHR)
		return GPU_IMPORTED;
	return error == EGL_BAD_ACCESS ? GPU_NOT_PROTECTED : GPU_REFUSED;
}

/* ---- the protected context --------------------------------------------------------------------- */

bool gpu_begin_protected(struct gpu *gpu, struct gpu_current *before)
{
	before->display = eglGetCurrentDisplay();
	before->context = eglGetCurrentContext();
	before->draw = eglGetCurrentSurface(EGL_DRAW);
	before->read = eglGetCurrentSurface(EGL_READ);
	return eglMakeCurrent(gpu->display, EGL_NO_SURFACE, EGL_NO_SURFACE, gpu->protected);
}

void gpu_end_protected(struct gpu *gpu, const struct gpu_current *before)
{
	EGLDisplay display = before->display == EGL_NO_DISPLAY ? gpu->display : before->display;

	eglMakeCurrent(display, before->draw, before->read, before->context);
}
