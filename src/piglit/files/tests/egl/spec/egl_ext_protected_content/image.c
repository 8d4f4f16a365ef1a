/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file image.c
 *
 * EGLImages of protected textures and buffers: who may have one, what it needs, and what
 * each kind of context can do with it.
 */

#include <sys/mman.h>
#include <unistd.h>

#include "protected_image.h"

static const struct piglit_subtest subtests[];

PIGLIT_GL_TEST_CONFIG_BEGIN

	protected_config(argc, argv);
	config.subtests = subtests;
	config.supports_gl_es_version = 30;
	config.window_visual = PIGLIT_GL_VISUAL_RGBA;
	config.khr_no_error_support = PIGLIT_HAS_ERRORS;

PIGLIT_GL_TEST_CONFIG_END

static PFNEGLEXPORTDMABUFIMAGEMESAPROC export_dmabuf;
static PFNEGLCREATEDRMIMAGEMESAPROC create_drm_image;

static enum piglit_result
unprotected_source(void *data)
{
	GLuint name;

	use(PROTECTED);
	name = coloured(red);
	return verdict(!image_of(PROTECTED, EGL_GL_TEXTURE_2D_KHR, name, EGL_TRUE) &&
		       piglit_check_egl_error(EGL_BAD_ACCESS));
}

static enum piglit_result
unprotected_source_false(void *data)
{
	EGLImageKHR image;
	GLuint name, output;
	bool right;

	use(PLAIN);
	name = coloured(green);
	image = image_of(PLAIN, EGL_GL_TEXTURE_2D_KHR, name, (intptr_t)data);
	output = sampled(texture_of_image(image));
	right = image && told_nothing() && holds(output, green);
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
bad_attribute(void *data)
{
	use(PROTECTED);
	return verdict(!image_of(PROTECTED, EGL_GL_TEXTURE_2D_KHR, texture(PROTECTED), (intptr_t)data) &&
		       piglit_check_egl_error(EGL_BAD_PARAMETER));
}

static enum piglit_result
needs_protected_context(void *data)
{
	GLuint name;

	use(PROTECTED);
	name = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	return verdict(!image_of(PLAIN, EGL_GL_TEXTURE_2D_KHR, name, (intptr_t)data) &&
		       piglit_check_egl_error(EGL_BAD_ACCESS));
}

static enum piglit_result
draw_and_sample(void *data)
{
	EGLImageKHR image = protected_image(EGL_TRUE);
	GLuint name;
	bool right;

	if (!image)
		return PIGLIT_FAIL;
	use(PROTECTED);
	name = texture_of_image(image);
	right = is_protected(GL_TEXTURE_2D) == GL_TRUE;
	framebuffer(name, 0);
	paint_green();
	draw();
	framebuffer(texture(PROTECTED), 0);
	sample(name);
	glFinish();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
in_unprotected(void *data)
{
	EGLImageKHR image = protected_image(EGL_TRUE);
	GLuint output;
	bool right;

	use(PLAIN);
	output = sampled(texture_of_image(image));
	right = image && told(TOLD_TEXTURE);
	right &= holds(output, black);
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
as_renderbuffer(void *data)
{
	EGLImageKHR image = protected_image(EGL_TRUE);
	bool right;

	use(PROTECTED);
	framebuffer_of_image(image);
	paint_green();
	draw();
	glFinish();
	right = error_is(GL_NO_ERROR) & told_nothing();
	use(PLAIN);
	framebuffer_of_image(image);
	paint_green();
	draw();
	right &= told(TOLD_PROTECTED);
	right &= cannot_read(0, 0);
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
as_external(void *data)
{
	if (!piglit_is_extension_supported("GL_OES_EGL_image_external_essl3"))
		return PIGLIT_SKIP;
	return verdict(external_samples(protected_image(EGL_TRUE), NULL, TOLD_TEXTURE, black));
}

/* What a framebuffer knew of a level of another texture is not true of what the texture
 * is given instead, which a protected context may only read. */
static enum piglit_result
other_storage(void *data)
{
	const EGLint attributes[] = {
		EGL_GL_TEXTURE_LEVEL_KHR, 1, EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE
	};
	PFNEGLCREATEIMAGEKHRPROC create = (void *)eglGetProcAddress("eglCreateImageKHR");
	GLubyte pixels[SIZE * SIZE][4];
	EGLImageKHR image;
	GLuint name;
	bool right;

	fill(pixels, green);
	use(PROTECTED);
	name = texture_of(PROTECTED, GL_TEXTURE_2D, GL_RGBA8, 5);
	image = create(dpy, contexts[PROTECTED], EGL_GL_TEXTURE_2D_KHR, (EGLClientBuffer)(uintptr_t)name, attributes);
	name = texture_of_image(image);
	framebuffer(name, 0);
	paint_green();
	draw();
	right = image && error_is(GL_NO_ERROR) & told_nothing();
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, SIZE, SIZE, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	draw();
	right &= told(TOLD_UNPROTECTED);
	right &= pixels_are(green) & error_is(GL_NO_ERROR);
	destroy_image(dpy, image);
	return verdict(right);
}

/* There are no levels to fill, and none are made that would be unprotected. */
static enum piglit_result
mipmap(void *data)
{
	EGLImageKHR image = protected_image(EGL_TRUE);
	GLuint name = texture_of_image(image);
	bool right;

	glGenerateMipmap(GL_TEXTURE_2D);
	right = image && error_is(GL_INVALID_OPERATION);
	right &= is_protected(GL_TEXTURE_2D) == GL_TRUE;
	framebuffer(name, 0);
	paint_green();
	draw();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	destroy_image(dpy, image);
	return verdict(right);
}

struct part {
	const char *extension;
	GLenum target;
	EGLenum egl_target;
};

/* A blit to a renderbuffer of a layer goes to that layer. */
static enum piglit_result
blit_to_part(void *data)
{
	const struct part *part = data;
	const EGLint attributes[] = {
		part->target == GL_TEXTURE_3D ? EGL_GL_TEXTURE_ZOFFSET_KHR : EGL_NONE, 2, EGL_NONE
	};
	PFNEGLCREATEIMAGEKHRPROC create = (void *)eglGetProcAddress("eglCreateImageKHR");
	EGLImageKHR image;
	GLuint name, from, to;
	bool right;

	if (!piglit_is_egl_extension_supported(dpy, part->extension))
		return PIGLIT_SKIP;
	use(PLAIN);
	name = texture_of(PLAIN, part->target, GL_RGBA8, 1);
	image = create(dpy, contexts[PLAIN], part->egl_target, (EGLClientBuffer)(uintptr_t)name, attributes);
	from = framebuffer(coloured(green), 0);
	to = framebuffer_of_image(image);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	right = image && error_is(GL_NO_ERROR);
	framebuffer(0, 0);
	if (part->target == GL_TEXTURE_3D)
		glFramebufferTextureLayer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, name, 0, 2);
	else
		glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_CUBE_MAP_NEGATIVE_Y, name, 0);
	right &= pixels_are(green) & error_is(GL_NO_ERROR);
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
as_storage(void *data)
{
	EGLImageKHR image = protected_image(EGL_TRUE);
	GLuint name;
	bool right;

	use(PROTECTED);
	if (!piglit_is_extension_supported("GL_EXT_EGL_image_storage"))
		return PIGLIT_SKIP;
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glEGLImageTargetTexStorageEXT(GL_TEXTURE_2D, image, NULL);
	right = is_protected(GL_TEXTURE_2D) == GL_TRUE;
	framebuffer(name, 0);
	paint_green();
	draw();
	glFinish();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
closed_sample(void *data)
{
	EGLImageKHR image = protected_image((intptr_t)data);
	GLuint output;
	bool right;

	if (!image)
		return PIGLIT_FAIL;
	use(PLAIN);
	output = sampled(texture_of_image(image));
	right = error_is(GL_NO_ERROR);
	right &= holds(output, black);
	use(PROTECTED);
	framebuffer(texture(PROTECTED), 0);
	sample(texture_of_image(image));
	right &= error_is(GL_NO_ERROR) & told(TOLD_CLOSED);
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
closed_draw(void *data)
{
	EGLImageKHR image = protected_image((intptr_t)data);
	bool right;

	use(PROTECTED);
	framebuffer(texture_of_image(image), 0);
	paint_green();
	draw();
	right = image && told(TOLD_CLOSED);
	framebuffer_of_image(image);
	draw();
	right &= told(TOLD_CLOSED) & error_is(GL_NO_ERROR);
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
closed_copy(void *data)
{
	EGLImageKHR image = protected_image((intptr_t)data);
	static const GLubyte pixels[4];
	GLuint name;
	bool right;

	use(PROTECTED);
	name = texture_of_image(image);
	glCopyImageSubData(name, GL_TEXTURE_2D, 0, 0, 0, 0, texture(PROTECTED), GL_TEXTURE_2D, 0, 0, 0, 0,
			   SIZE, SIZE, 1);
	right = image && error_is(GL_INVALID_OPERATION);
	glCopyImageSubData(texture(PROTECTED), GL_TEXTURE_2D, 0, 0, 0, 0, name, GL_TEXTURE_2D, 0, 0, 0, 0,
			   SIZE, SIZE, 1);
	right &= error_is(GL_INVALID_OPERATION);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	right &= error_is(GL_INVALID_OPERATION);
	glGenerateMipmap(GL_TEXTURE_2D);
	right &= error_is(GL_INVALID_OPERATION);
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
closed_blit(void *data)
{
	EGLImageKHR image = protected_image((intptr_t)data);
	GLuint from, to;
	bool right;

	use(PROTECTED);
	from = framebuffer(texture_of_image(image), 0);
	to = framebuffer(texture(PROTECTED), 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	right = image && error_is(GL_INVALID_OPERATION);
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
exported(void *data)
{
	EGLint stride = 0, offset = 0;
	EGLImageKHR image = protected_image(EGL_TRUE);
	int fd = -1;
	void *map;
	bool right;

	if (!export_dmabuf)
		return PIGLIT_SKIP;
	right = image && export_dmabuf(dpy, image, &fd, &stride, &offset) && fd >= 0;
	if (!right)
		return PIGLIT_FAIL;
	map = mmap(NULL, SIZE * stride, PROT_READ, MAP_SHARED, fd, 0);
	right = map == MAP_FAILED;
	close(fd);
	destroy_image(dpy, image);
	return verdict(right);
}

static EGLImageKHR
drm_image(EGLint value)
{
	const EGLint attributes[] = {
		EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE,
		EGL_DRM_BUFFER_FORMAT_MESA, EGL_DRM_BUFFER_FORMAT_ARGB32_MESA,
		EGL_DRM_BUFFER_USE_MESA, EGL_DRM_BUFFER_USE_SHARE_MESA,
		value == NO_ATTRIBUTE ? EGL_NONE : EGL_PROTECTED_CONTENT_EXT, value, EGL_NONE
	};

	return create_drm_image(dpy, attributes);
}

static enum piglit_result
drm_image_protected(void *data)
{
	EGLImageKHR image;
	GLuint output;
	bool right;

	if (!create_drm_image)
		return PIGLIT_SKIP;
	image = drm_image(EGL_TRUE);
	use(PROTECTED);
	framebuffer(texture_of_image(image), 0);
	paint_green();
	draw();
	right = image && error_is(GL_NO_ERROR) & told_nothing();
	glFinish();
	use(PLAIN);
	output = sampled(texture_of_image(image));
	right &= told(TOLD_TEXTURE);
	right &= holds(output, black);
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
drm_image_unprotected(void *data)
{
	EGLImageKHR image;
	GLuint name;
	bool right;

	if (!create_drm_image)
		return PIGLIT_SKIP;
	image = drm_image((intptr_t)data);
	use(PLAIN);
	name = texture_of_image(image);
	framebuffer(name, 0);
	paint_green();
	draw();
	right = image && error_is(GL_NO_ERROR) & told_nothing();
	right &= holds(name, green);
	destroy_image(dpy, image);
	return verdict(right);
}

static enum piglit_result
drm_image_bad_value(void *data)
{
	if (!create_drm_image)
		return PIGLIT_SKIP;
	return verdict(!drm_image(2) && piglit_check_egl_error(EGL_BAD_PARAMETER));
}

#define CLOSED(what, func) \
	SUBTEST_OF("made with EGL_FALSE: " what, func, EGL_FALSE), \
	SUBTEST_OF("made without the attribute: " what, func, NO_ATTRIBUTE)

#define PART(what, ...) SUBTEST_OF(what, blit_to_part, (&(const struct part){ __VA_ARGS__ }))

static const struct piglit_subtest subtests[] = {
	SUBTEST("EGL_TRUE of an unprotected texture is EGL_BAD_ACCESS", unprotected_source),
	SUBTEST_OF("EGL_FALSE of an unprotected texture shows it", unprotected_source_false, EGL_FALSE),
	SUBTEST_OF("no attribute and an unprotected texture shows it", unprotected_source_false, NO_ATTRIBUTE),
	SUBTEST_OF("2 is EGL_BAD_PARAMETER", bad_attribute, 2),
	SUBTEST_OF("-1 is EGL_BAD_PARAMETER", bad_attribute, -1),
	SUBTEST_OF("EGL_TRUE in an unprotected context is EGL_BAD_ACCESS", needs_protected_context, EGL_TRUE),
	SUBTEST_OF("EGL_FALSE in an unprotected context is EGL_BAD_ACCESS", needs_protected_context, EGL_FALSE),
	SUBTEST("EGL_TRUE: a protected context draws to it and samples it", draw_and_sample),
	SUBTEST("EGL_TRUE: an unprotected context samples black", in_unprotected),
	SUBTEST("EGL_TRUE: as a renderbuffer, the rules for framebuffers hold", as_renderbuffer),
	SUBTEST("EGL_TRUE: as texture storage, it is protected", as_storage),
	SUBTEST("EGL_TRUE: as an external texture, the rules for sampling hold", as_external),
	SUBTEST("EGL_TRUE: of one level, until the texture gets other storage", other_storage),
	SUBTEST("EGL_TRUE: a texture of it has no mipmaps", mipmap),
	PART("control: a renderbuffer of a face is blitted to", "EGL_KHR_gl_texture_cubemap_image",
	     GL_TEXTURE_CUBE_MAP, EGL_GL_TEXTURE_CUBE_MAP_NEGATIVE_Y_KHR),
	PART("control: a renderbuffer of a slice is blitted to", "EGL_KHR_gl_texture_3D_image",
	     GL_TEXTURE_3D, EGL_GL_TEXTURE_3D_KHR),
	CLOSED("black in any context", closed_sample),
	CLOSED("not drawn to", closed_draw),
	CLOSED("neither copied nor changed", closed_copy),
	CLOSED("not blitted", closed_blit),
	SUBTEST("eglExportDMABUFImageMESA gives what cannot be mapped", exported),
	SUBTEST("eglCreateDRMImageMESA with EGL_TRUE is protected", drm_image_protected),
	SUBTEST_OF("eglCreateDRMImageMESA with EGL_FALSE is not", drm_image_unprotected, EGL_FALSE),
	SUBTEST_OF("eglCreateDRMImageMESA without the attribute is not", drm_image_unprotected, NO_ATTRIBUTE),
	SUBTEST("eglCreateDRMImageMESA with 2 is EGL_BAD_PARAMETER", drm_image_bad_value),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_image_init();
	if (piglit_is_egl_extension_supported(dpy, "EGL_MESA_image_dma_buf_export"))
		export_dmabuf = (void *)eglGetProcAddress("eglExportDMABUFImageMESA");
	if (piglit_is_egl_extension_supported(dpy, "EGL_MESA_drm_image"))
		create_drm_image = (void *)eglGetProcAddress("eglCreateDRMImageMESA");
	protected_run(subtests);
}
