/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file memory-object.c
 *
 * PROTECTED_MEMORY_OBJECT_EXT of EXT_memory_object: protected memory is for protected
 * textures, and other memory for others. The memory is that of a texture, by way of a
 * dma-buf.
 */

#include "protected_common.h"

static const struct piglit_subtest subtests[];

PIGLIT_GL_TEST_CONFIG_BEGIN

	protected_config(argc, argv);
	config.subtests = subtests;
	config.supports_gl_es_version = 30;
	config.window_visual = PIGLIT_GL_VISUAL_RGBA;
	config.khr_no_error_support = PIGLIT_HAS_ERRORS;

PIGLIT_GL_TEST_CONFIG_END

static PFNEGLCREATEIMAGEKHRPROC create_image;
static PFNEGLDESTROYIMAGEKHRPROC destroy_image;
static PFNEGLEXPORTDMABUFIMAGEMESAPROC export_image;

static GLint
parameter(GLuint memory)
{
	GLint value = -1;

	glGetMemoryObjectParameterivEXT(memory, GL_PROTECTED_MEMORY_OBJECT_EXT, &value);
	return value;
}

static GLuint
memory_object(GLint is_protected)
{
	GLuint name;

	glCreateMemoryObjectsEXT(1, &name);
	glMemoryObjectParameterivEXT(name, GL_PROTECTED_MEMORY_OBJECT_EXT, &is_protected);
	return name;
}

/* A memory object that has memory; the protected context is current then. */
static GLuint
imported(enum which which)
{
	const EGLint attributes[] = {
		EGL_PROTECTED_CONTENT_EXT, which == PROTECTED, EGL_NONE
	};
	GLuint name, memory;
	EGLint stride, offset;
	EGLImageKHR image;
	int fd = -1;

	use(PROTECTED);
	name = texture(which);
	image = create_image(dpy, contexts[PROTECTED], EGL_GL_TEXTURE_2D_KHR,
			     (EGLClientBuffer)(uintptr_t)name, attributes);
	if (!export_image(dpy, image, &fd, &stride, &offset) || fd < 0) {
		piglit_loge("no dma-buf: 0x%x", eglGetError());
		piglit_report_result(PIGLIT_FAIL);
	}
	memory = memory_object(which == PROTECTED);
	/* The file descriptor is the memory object's from here on. */
	glImportMemoryFdEXT(memory, stride * SIZE, GL_HANDLE_TYPE_OPAQUE_FD_EXT, fd);
	destroy_image(dpy, image);
	return memory;
}

/* A texture without storage, bound. */
static GLuint
bare_texture(GLenum target, enum which which)
{
	GLuint name;

	glGenTextures(1, &name);
	glBindTexture(target, name);
	glTexParameteri(target, GL_TEXTURE_PROTECTED_EXT, which == PROTECTED);
	return name;
}

static enum piglit_result
query(void *data)
{
	GLuint name;
	bool right;

	use((uintptr_t)data);
	glCreateMemoryObjectsEXT(1, &name);
	right = parameter(name) == GL_FALSE;
	right &= parameter(memory_object(GL_TRUE)) == GL_TRUE;
	right &= parameter(memory_object(GL_FALSE)) == GL_FALSE;
	return verdict(right & error_is(GL_NO_ERROR));
}

static enum piglit_result
bad_value(void *data)
{
	const GLint two = 2;
	GLuint name;
	bool right;

	use(PROTECTED);
	name = memory_object(GL_TRUE);
	glMemoryObjectParameterivEXT(name, GL_PROTECTED_MEMORY_OBJECT_EXT, &two);
	right = error_is(GL_INVALID_VALUE);
	return verdict(right & (parameter(name) == GL_TRUE));
}

static enum piglit_result
too_late(void *data)
{
	const GLint no = GL_FALSE;
	GLuint memory = imported(PROTECTED);
	bool right;

	glMemoryObjectParameterivEXT(memory, GL_PROTECTED_MEMORY_OBJECT_EXT, &no);
	right = error_is(GL_INVALID_OPERATION);
	return verdict(right & (parameter(memory) == GL_TRUE));
}

struct pair {
	enum which memory, texture;
	GLenum target;
};

static enum piglit_result
storage(void *data)
{
	const struct pair *pair = data;
	const bool good = pair->memory == pair->texture;
	GLuint memory, name;
	bool right;

	if (!has_gles(gles_of_target(pair->target)))
		return PIGLIT_SKIP;
	memory = imported(pair->memory);
	name = bare_texture(pair->target, pair->texture);
	if (pair->target == GL_TEXTURE_2D)
		glTexStorageMem2DEXT(pair->target, 1, GL_RGBA8, SIZE, SIZE, memory, 0);
	else
		glTexStorageMem2DMultisampleEXT(pair->target, 4, GL_RGBA8, SIZE, SIZE,
						GL_TRUE, memory, 0);
	right = error_is(good ? GL_NO_ERROR : GL_INVALID_OPERATION);
	right &= is_protected(pair->target) == (pair->texture == PROTECTED);
	if (good && pair->target == GL_TEXTURE_2D) {
		static const GLubyte pixel[4];

		glFinish();
		use(PLAIN);
		glBindTexture(GL_TEXTURE_2D, name);
		glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
		right &= error_is(pair->texture == PROTECTED ? GL_INVALID_OPERATION : GL_NO_ERROR);
	}
	return verdict(right);
}

static enum piglit_result
buffer(void *data)
{
	const enum which which = (uintptr_t)data;
	GLuint memory = imported(which), name;

	glGenBuffers(1, &name);
	glBindBuffer(GL_ARRAY_BUFFER, name);
	glBufferStorageMemEXT(GL_ARRAY_BUFFER, SIZE, memory, 0);
	return verdict(error_is(which == PROTECTED ? GL_INVALID_OPERATION : GL_NO_ERROR));
}

#define STORAGE(what, ...) SUBTEST_OF(what, storage, (&(const struct pair){ __VA_ARGS__ }))

static const struct piglit_subtest subtests[] = {
	SUBTEST_OF("a protected context can set and query it", query, PROTECTED),
	SUBTEST_OF("an unprotected context can set and query it", query, PLAIN),
	SUBTEST("2 is INVALID_VALUE", bad_value),
	SUBTEST("it cannot be changed when there is memory", too_late),
	STORAGE("control: unprotected memory is storage of an unprotected texture", PLAIN, PLAIN, GL_TEXTURE_2D),
	STORAGE("protected memory is storage of a protected texture", PROTECTED, PROTECTED, GL_TEXTURE_2D),
	STORAGE("protected memory is no storage of an unprotected texture", PROTECTED, PLAIN, GL_TEXTURE_2D),
	STORAGE("unprotected memory is no storage of a protected texture", PLAIN, PROTECTED, GL_TEXTURE_2D),
	STORAGE("protected memory is no storage of an unprotected multisample texture",
		PROTECTED, PLAIN, GL_TEXTURE_2D_MULTISAMPLE),
	SUBTEST_OF("control: unprotected memory is storage of a buffer", buffer, PLAIN),
	SUBTEST_OF("protected memory is no storage of a buffer", buffer, PROTECTED),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	piglit_require_extension("GL_EXT_memory_object_fd");
	piglit_require_egl_extension(dpy, "EGL_KHR_gl_texture_2D_image");
	piglit_require_egl_extension(dpy, "EGL_MESA_image_dma_buf_export");
	create_image = (void *)eglGetProcAddress("eglCreateImageKHR");
	destroy_image = (void *)eglGetProcAddress("eglDestroyImageKHR");
	export_image = (void *)eglGetProcAddress("eglExportDMABUFImageMESA");
	protected_run(subtests);
}
