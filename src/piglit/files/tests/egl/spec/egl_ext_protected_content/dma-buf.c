/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file dma-buf.c
 *
 * EGL_EXT_image_dma_buf_import of buffers that a TEE has restricted, and of others, with
 * each value of EGL_PROTECTED_CONTENT_EXT.
 */

#include <fcntl.h>
#include <linux/dma-heap.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drm-uapi/drm_fourcc.h"
#include "protected_image.h"

static const struct piglit_subtest subtests[];

PIGLIT_GL_TEST_CONFIG_BEGIN

	protected_config(argc, argv);
	config.subtests = subtests;
	config.supports_gl_es_version = 30;
	config.window_visual = PIGLIT_GL_VISUAL_RGBA;
	config.khr_no_error_support = PIGLIT_HAS_ERRORS;

PIGLIT_GL_TEST_CONFIG_END

enum { PITCH = 256, BYTES = 64 * 1024 };

static PFNEGLCREATEIMAGEKHRPROC create_image;
static PFNEGLEXPORTDMABUFIMAGEMESAPROC export_dmabuf;
static int heap = -1;

struct plane {
	int fd;
	EGLint offset, pitch;
};

/* A buffer of the TEE, which is closed when the test ends. */
static int
tee_buffer(void)
{
	struct dma_heap_allocation_data data = { .len = BYTES, .fd_flags = O_RDWR | O_CLOEXEC };

	if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data)) {
		piglit_loge("no buffer of the TEE");
		piglit_report_result(PIGLIT_FAIL);
	}
	return data.fd;
}

/* The dma-buf of a new unprotected texture, of one colour if that is given. */
static struct plane
ordinary_plane(GLenum format, const float *colour)
{
	struct plane plane = { .fd = -1 };
	EGLImageKHR image;
	GLuint name;

	use(PLAIN);
	name = colour ? coloured(colour) : texture_of(PLAIN, GL_TEXTURE_2D, format, 1);
	image = image_of(PLAIN, EGL_GL_TEXTURE_2D_KHR, name, EGL_FALSE);
	if (!export_dmabuf(dpy, image, &plane.fd, &plane.pitch, &plane.offset) || plane.fd < 0) {
		piglit_loge("no dma-buf: 0x%x", eglGetError());
		piglit_report_result(PIGLIT_FAIL);
	}
	glFinish();
	destroy_image(dpy, image);
	return plane;
}

static EGLImageKHR
import_planes(EGLint fourcc, const struct plane planes[2], const uint64_t *modifier, EGLint value)
{
	const EGLint names[2][5] = {
		{ EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT, EGL_DMA_BUF_PLANE0_PITCH_EXT,
		  EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT },
		{ EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT, EGL_DMA_BUF_PLANE1_PITCH_EXT,
		  EGL_DMA_BUF_PLANE1_MODIFIER_LO_EXT, EGL_DMA_BUF_PLANE1_MODIFIER_HI_EXT },
	};
	EGLint attributes[64] = {
		EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE, EGL_LINUX_DRM_FOURCC_EXT, fourcc,
	};
	unsigned n = 6;

	for (unsigned i = 0; i < (fourcc == DRM_FORMAT_NV12 || fourcc == DRM_FORMAT_P010 ? 2 : 1); i++) {
		const EGLint values[5] = {
			planes[i].fd, planes[i].offset, planes[i].pitch,
			modifier ? *modifier & 0xffffffff : 0, modifier ? *modifier >> 32 : 0,
		};

		for (unsigned k = 0; k < (modifier ? 5 : 3); k++) {
			attributes[n++] = names[i][k];
			attributes[n++] = values[k];
		}
	}
	if (value != NO_ATTRIBUTE) {
		attributes[n++] = EGL_PROTECTED_CONTENT_EXT;
		attributes[n++] = value;
	}
	attributes[n] = EGL_NONE;
	return create_image(dpy, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, attributes);
}

/* An image of a new buffer of the TEE, one plane after the other. */
static EGLImageKHR
import(EGLint fourcc, const uint64_t *modifier, EGLint value)
{
	const int fd = tee_buffer();
	const struct plane planes[2] = { { fd, 0, PITCH }, { fd, PITCH * SIZE, PITCH } };
	EGLImageKHR image = import_planes(fourcc, planes, modifier, value);

	close(fd);
	return image;
}

static enum piglit_result
of_tee(void *data)
{
	return verdict(external_samples(import((intptr_t)data, NULL, EGL_TRUE), NULL, TOLD_TEXTURE, black));
}

static enum piglit_result
of_tee_linear(void *data)
{
	const uint64_t linear = DRM_FORMAT_MOD_LINEAR;

	if (!piglit_is_egl_extension_supported(dpy, "EGL_EXT_image_dma_buf_import_modifiers"))
		return PIGLIT_SKIP;
	return verdict(external_samples(import((intptr_t)data, &linear, EGL_TRUE), NULL, TOLD_TEXTURE, black));
}

/* Who fills the TEE's buffers knows nothing of a GPU's layouts. */
static enum piglit_result
of_tee_tiled(void *data)
{
	const uint64_t tiled = I915_FORMAT_MOD_X_TILED;

	if (!piglit_is_egl_extension_supported(dpy, "EGL_EXT_image_dma_buf_import_modifiers"))
		return PIGLIT_SKIP;
	return verdict(!import(DRM_FORMAT_XRGB8888, &tiled, EGL_TRUE));
}

static enum piglit_result
closed(void *data)
{
	return verdict(external_samples(import(DRM_FORMAT_NV12, NULL, (intptr_t)data), TOLD_CLOSED, TOLD_CLOSED, black));
}

static enum piglit_result
bad_value(void *data)
{
	return verdict(!import(DRM_FORMAT_ARGB8888, NULL, (intptr_t)data) &&
		       piglit_check_egl_error(EGL_BAD_PARAMETER));
}

static enum piglit_result
ordinary(void *data)
{
	const struct plane plane = ordinary_plane(GL_RGBA8, green);
	EGLImageKHR image = import_planes(DRM_FORMAT_ABGR8888, &plane, NULL, (intptr_t)data);

	close(plane.fd);
	return verdict(external_samples(image, NULL, NULL, green));
}

static enum piglit_result
ordinary_as_protected(void *data)
{
	const struct plane plane = ordinary_plane(GL_RGBA8, green);

	return verdict(!import_planes(DRM_FORMAT_ABGR8888, &plane, NULL, EGL_TRUE) &&
		       piglit_check_egl_error(EGL_BAD_ACCESS));
}

/* All planes have to be protected, and one that is closes the image. */
static enum piglit_result
mixed_planes(void *data)
{
	struct plane planes[2] = { { tee_buffer(), 0, PITCH }, { tee_buffer(), 0, PITCH } };
	const unsigned unprotected = (uintptr_t)data;
	bool right;

	close(planes[unprotected].fd);
	planes[unprotected] = ordinary_plane(unprotected ? GL_RG8 : GL_R8, NULL);
	right = !import_planes(DRM_FORMAT_NV12, planes, NULL, EGL_TRUE) && piglit_check_egl_error(EGL_BAD_ACCESS);
	right &= external_samples(import_planes(DRM_FORMAT_NV12, planes, NULL, EGL_FALSE), TOLD_CLOSED, TOLD_CLOSED, black);
	close(planes[0].fd);
	close(planes[1].fd);
	return verdict(right);
}

static enum piglit_result
behind_the_end(void *data)
{
	const int fd = tee_buffer();
	const struct plane planes[2] = { { fd, 0, PITCH }, { fd, BYTES - PITCH, PITCH } };
	bool right = !import_planes(DRM_FORMAT_NV12, planes, NULL, EGL_TRUE);

	close(fd);
	return verdict(right);
}

static enum piglit_result
not_read(void *data)
{
	EGLImageKHR image = import(DRM_FORMAT_ABGR8888, NULL, EGL_TRUE);
	GLuint name, open;
	bool right;

	use(PLAIN);
	open = coloured(red);
	use(PROTECTED);
	name = texture_of_image(image);
	framebuffer(name, 0);
	right = image && cannot_read(0, 0);
	glCopyImageSubData(name, GL_TEXTURE_2D, 0, 0, 0, 0, open, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	right &= error_is(GL_INVALID_OPERATION);
	glBindTexture(GL_TEXTURE_2D, open);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	right &= error_is(GL_INVALID_OPERATION);
	destroy_image(dpy, image);
	return verdict(holds(open, red) & right);
}

static enum piglit_result
exported(void *data)
{
	EGLImageKHR image = import(DRM_FORMAT_ABGR8888, NULL, EGL_TRUE);
	struct plane plane = { .fd = -1 };
	bool right;

	right = image && export_dmabuf(dpy, image, &plane.fd, &plane.pitch, &plane.offset) && plane.fd >= 0;
	right &= plane.pitch == PITCH;
	right &= mmap(NULL, BYTES, PROT_READ, MAP_SHARED, plane.fd, 0) == MAP_FAILED;
	destroy_image(dpy, image);
	image = import_planes(DRM_FORMAT_ABGR8888, &plane, NULL, EGL_TRUE);
	close(plane.fd);
	return verdict(external_samples(image, NULL, TOLD_TEXTURE, black) & right);
}

#define FORMAT(format) \
	SUBTEST_OF("EGL_TRUE of the TEE's " #format ": the rules for sampling hold", of_tee, DRM_FORMAT_##format), \
	SUBTEST_OF("EGL_TRUE of the TEE's " #format ", linear: the rules for sampling hold", of_tee_linear, \
		   DRM_FORMAT_##format)

static const struct piglit_subtest subtests[] = {
	SUBTEST_OF("control: EGL_FALSE of an ordinary buffer shows it", ordinary, EGL_FALSE),
	SUBTEST_OF("control: no attribute and an ordinary buffer shows it", ordinary, NO_ATTRIBUTE),
	SUBTEST("EGL_TRUE of an ordinary buffer is EGL_BAD_ACCESS", ordinary_as_protected),
	FORMAT(NV12),
	FORMAT(P010),
	FORMAT(XRGB8888),
	FORMAT(ARGB8888),
	FORMAT(RGB565),
	SUBTEST("EGL_TRUE of the TEE's, tiled, is refused", of_tee_tiled),
	SUBTEST_OF("EGL_FALSE of the TEE's: black in any context", closed, EGL_FALSE),
	SUBTEST_OF("no attribute and the TEE's: black in any context", closed, NO_ATTRIBUTE),
	SUBTEST_OF("2 is EGL_BAD_PARAMETER", bad_value, 2),
	SUBTEST_OF("-1 is EGL_BAD_PARAMETER", bad_value, -1),
	SUBTEST_OF("an ordinary plane of luma makes an image that is not protected, nor accessible", mixed_planes, 0),
	SUBTEST_OF("an ordinary plane of chroma makes an image that is not protected, nor accessible", mixed_planes, 1),
	SUBTEST("a plane that ends behind the buffer is refused", behind_the_end),
	SUBTEST("the TEE's is neither read nor copied to unprotected storage", not_read),
	SUBTEST("the TEE's is exported as what it is", exported),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_image_init();
	piglit_require_egl_extension(dpy, "EGL_EXT_image_dma_buf_import");
	piglit_require_egl_extension(dpy, "EGL_MESA_image_dma_buf_export");
	piglit_require_extension("GL_OES_EGL_image_external_essl3");
	create_image = (void *)eglGetProcAddress("eglCreateImageKHR");
	export_dmabuf = (void *)eglGetProcAddress("eglExportDMABUFImageMESA");
	/* Not any heap of protected memory: each is for devices of its own. */
	heap = open("/dev/dma_heap/protected,secure-video", O_RDWR | O_CLOEXEC);
	if (heap < 0)
		piglit_report_result(PIGLIT_SKIP);
	protected_run(subtests);
}
