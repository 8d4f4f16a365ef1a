/* SPDX-License-Identifier: MIT */
/* The GPU: a render node, EGL on it, and two contexts that share their objects. */
#ifndef PROTEX_KIOSK_GPU_H
#define PROTEX_KIOSK_GPU_H

#include <stdbool.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <GLES2/gl2ext.h>
#include <gbm.h>

struct wlr_dmabuf_attributes;

struct gpu {
	int fd;
	struct gbm_device *gbm;
	EGLDisplay display;
	EGLContext ordinary;
	EGLContext protected; /* EGL_NO_CONTEXT where nothing can be protected */
	PFNEGLCREATEIMAGEKHRPROC create_image;
	PFNEGLDESTROYIMAGEKHRPROC destroy_image;
	PFNEGLDEBUGMESSAGECONTROLKHRPROC debug_control; /* these two may be NULL */
	PFNEGLQUERYDEBUGKHRPROC query_debug;
	PFNGLEGLIMAGETARGETTEXTURE2DOESPROC image_to_texture;
	PFNGLEGLIMAGETARGETRENDERBUFFERSTORAGEOESPROC image_to_renderbuffer;
};

/* Opens the render node of a display's device, or, with -1, the first there is. Says what is missing on
 * standard error. Where only protection is missing, that is no failure. */
struct gpu *gpu_open(int drm_fd);

/* The ordinary context must have been destroyed: wlr_egl does it. */
void gpu_close(struct gpu *gpu);

enum gpu_import {
	GPU_IMPORTED,
	GPU_NOT_PROTECTED, /* an ordinary buffer */
	GPU_REFUSED,	   /* neither: no format or memory that the GPU reads, or out of memory */
};

/*
 * Imports a dma-buf to be used in the protected context. That also is how to learn whether it is
 * protected: EGL asks the kernel, and gives no image that may be used if not.
 */
enum gpu_import gpu_import_protected(struct gpu *gpu, const struct wlr_dmabuf_attributes *dmabuf,
				     EGLImageKHR *image);

/* What was current before the protected context was. */
struct gpu_current {
	EGLDisplay display;
	EGLContext context;
	EGLSurface draw, read;
};

bool gpu_begin_protected(struct gpu *gpu, struct gpu_current *before);
void gpu_end_protected(struct gpu *gpu, const struct gpu_current *before);

#endif
