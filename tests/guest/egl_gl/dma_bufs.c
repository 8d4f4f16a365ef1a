/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "egl_gl.h"

static EGLImageKHR import_format(uint32_t format, int fd, EGLint stride, EGLint attribute)
{
	const EGLint attributes[] = {
		EGL_WIDTH, SIZE,
		EGL_HEIGHT, SIZE,
		EGL_LINUX_DRM_FOURCC_EXT, (EGLint)format,
		EGL_DMA_BUF_PLANE0_FD_EXT, fd,
		EGL_DMA_BUF_PLANE0_OFFSET_EXT, 0,
		EGL_DMA_BUF_PLANE0_PITCH_EXT, stride,
		attribute < 0 ? EGL_NONE : EGL_PROTECTED_CONTENT_EXT, attribute,
		EGL_NONE,
	};

	return create_image(display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, attributes);
}

EGLImageKHR import(int fd, EGLint stride, EGLint attribute)
{
	return import_format(DRM_FORMAT_ARGB8888, fd, stride, attribute);
}

static bool image_export(void)
{
	EGLImageKHR image, again;
	EGLint stride = 0, offset = 0;
	void *map;
	int fd = -1;
	bool right;

	if (!gbm)
		return true;
	struct gbm_bo *bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888,
					  GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED);
	if (!bo) {
		note("gbm_bo_create: %s", strerror(errno));
		return false;
	}
	image = create_image(display, EGL_NO_CONTEXT, EGL_NATIVE_PIXMAP_KHR, bo,
			     (const EGLint[]){ EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE });
	right = image && export_dmabuf(display, image, &fd, &stride, &offset) && fd >= 0;
	if (!right)
		return egl_error_is(EGL_SUCCESS), false;
	map = mmap(NULL, SIZE * stride, PROT_READ, MAP_SHARED, fd, 0);
	right &= map == MAP_FAILED;

	again = import(fd, stride, EGL_TRUE);
	right &= again != EGL_NO_IMAGE_KHR;
	destroy_image(display, again);
	again = import(fd, stride, -1);
	right &= again != EGL_NO_IMAGE_KHR && inaccessible(again);
	destroy_image(display, again);
	close(fd);
	destroy_image(display, image);
	gbm_bo_destroy(bo);
	return right;
}

/* Of a format that Mesa copies to another one by way of a third. */
static bool copy_by_temporary(void)
{
	GLuint name, other;
	EGLImageKHR image;
	struct gbm_bo *bo;
	bool right;
	int fd;

	if (!gbm)
		return true;
	bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB2101010, GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED);
	if (!bo)
		return note("no buffers with ten bits"), true;
	fd = gbm_bo_get_fd(bo);
	image = import_format(DRM_FORMAT_ARGB2101010, fd, gbm_bo_get_stride(bo), EGL_TRUE);
	use(secure);
	name = texture_of_image(image);
	other = texture(true);
	glCopyImageSubData(name, GL_TEXTURE_2D, 0, 0, 0, 0, other, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	glCopyImageSubData(other, GL_TEXTURE_2D, 0, 0, 0, 0, name, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	right = error_is(GL_NO_ERROR) & told_nothing();
	glFinish();
	destroy_image(display, image);
	close(fd);
	gbm_bo_destroy(bo);
	return right;
}

static bool image_import_unprotected(void)
{
	EGLImageKHR image;
	struct gbm_bo *bo;
	bool right;
	int fd;

	if (!gbm)
		return true;
	bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_RENDERING);
	fd = gbm_bo_get_fd(bo);
	image = import(fd, gbm_bo_get_stride(bo), EGL_TRUE);
	right = image == EGL_NO_IMAGE_KHR && egl_error_is(EGL_BAD_ACCESS);
	image = import(fd, gbm_bo_get_stride(bo), EGL_FALSE);
	right &= image != EGL_NO_IMAGE_KHR;
	destroy_image(display, image);
	close(fd);
	gbm_bo_destroy(bo);
	return right;
}

/* An image of two planes, each of a buffer of its own, goes by another way to the sampler. */
static bool sample_planes(void)
{
	static const char external[] = "#version 320 es\n#extension GL_OES_EGL_image_external_essl3 : require\n"
				       "precision highp float; uniform samplerExternalOES s; out vec4 colour;\n"
				       "void main() { colour = texture(s, vec2(0.5)); }\n";
	const uint32_t usage = GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED;
	struct gbm_bo *bos[2];
	EGLImageKHR image;
	GLuint name, output;
	int fds[2];
	bool right;

	if (!gbm)
		return true;
	bos[0] = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_R8, usage);
	bos[1] = gbm_bo_create(gbm, SIZE / 2, SIZE / 2, GBM_FORMAT_GR88, usage);
	if (!bos[0] || !bos[1])
		return note("gbm_bo_create: %s", strerror(errno)), false;
	for (unsigned i = 0; i < 2; i++)
		fds[i] = gbm_bo_get_fd(bos[i]);
	const EGLint attributes[] = {
		EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE, EGL_LINUX_DRM_FOURCC_EXT, DRM_FORMAT_NV12,
		EGL_DMA_BUF_PLANE0_FD_EXT, fds[0], EGL_DMA_BUF_PLANE0_OFFSET_EXT, 0,
		EGL_DMA_BUF_PLANE0_PITCH_EXT, (EGLint)gbm_bo_get_stride(bos[0]),
		EGL_DMA_BUF_PLANE1_FD_EXT, fds[1], EGL_DMA_BUF_PLANE1_OFFSET_EXT, 0,
		EGL_DMA_BUF_PLANE1_PITCH_EXT, (EGLint)gbm_bo_get_stride(bos[1]),
		EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE,
	};
	image = create_image(display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, attributes);
	if (!image)
		return egl_error_is(EGL_SUCCESS), false;

	use(plain);
	output = coloured(red);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_EXTERNAL_OES, name);
	image_target_texture(GL_TEXTURE_EXTERNAL_OES, image);
	framebuffer(output, 0);
	program_of(quad, external, NULL);
	draw_quad();
	right = error_is(GL_NO_ERROR) & told("protected texture in an unprotected context");
	right &= texture_holds(output, black);

	use(secure);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_EXTERNAL_OES, name);
	image_target_texture(GL_TEXTURE_EXTERNAL_OES, image);
	framebuffer(texture(true), 0);
	program_of(quad, external, NULL);
	draw_quad();
	glFinish();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	for (unsigned i = 0; i < 2; i++) {
		close(fds[i]);
		gbm_bo_destroy(bos[i]);
	}
	destroy_image(display, image);
	return right;
}

const struct test dma_bufs_tests[] = {
	{ ON_GBM, image_export, "an exported protected image cannot be mapped, and comes back protected" },
	{ ON_GBM, copy_by_temporary, "a protected context copies between formats by way of a third" },
	{ ON_GBM, image_import_unprotected, "an unprotected dma-buf is not imported as a protected one" },
	{ ON_GBM, sample_planes, "an unprotected context samples black from planes, a protected one their content" },
	{ 0 },
};
