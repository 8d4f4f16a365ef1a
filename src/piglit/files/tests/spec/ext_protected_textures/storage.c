/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file storage.c
 *
 * TexStorage of each kind and format with TEXTURE_PROTECTED_EXT: the texture says
 * that it is protected, and behaves so: nobody may copy it to unprotected storage.
 */

#include "protected_common.h"

static struct piglit_subtest subtests[];

PIGLIT_GL_TEST_CONFIG_BEGIN

	protected_config(argc, argv);
	config.subtests = subtests;
	config.supports_gl_es_version = 30;
	config.window_visual = PIGLIT_GL_VISUAL_RGBA;
	config.khr_no_error_support = PIGLIT_HAS_ERRORS;

PIGLIT_GL_TEST_CONFIG_END

struct kind {
	GLenum target, format;
	GLsizei levels;
};

static bool
copy_is(GLenum error, GLuint from, const struct kind *kind, GLuint to)
{
	glCopyImageSubData(from, kind->target, 0, 0, 0, 0,
			   to, kind->target, 0, 0, 0, 0, 4, 4, 1);
	return error_is(error);
}

static enum piglit_result
storage(void *data)
{
	const struct kind *kind = data;
	GLuint name, other, open;
	bool right;

	if (!has_gles(gles_of_target(kind->target)))
		return PIGLIT_SKIP;
	use(PROTECTED);
	name = texture_of(PROTECTED, kind->target, kind->format, kind->levels);
	right = error_is(GL_NO_ERROR) & (is_protected(kind->target) == GL_TRUE);
	glFinish();

	/* The same copy is right between two that are not protected. */
	use(PLAIN);
	open = texture_of(PLAIN, kind->target, kind->format, kind->levels);
	other = texture_of(PLAIN, kind->target, kind->format, kind->levels);
	right &= error_is(GL_NO_ERROR);
	right &= copy_is(GL_NO_ERROR, open, kind, other);
	right &= copy_is(GL_INVALID_OPERATION, name, kind, other);
	glFinish();
	use(PROTECTED);
	right &= copy_is(GL_INVALID_OPERATION, name, kind, other);
	glDeleteTextures(1, &name);
	glDeleteTextures(1, &other);
	glDeleteTextures(1, &open);
	return verdict(right);
}

static enum piglit_result
immutable(void *data)
{
	use(PROTECTED);
	texture(PROTECTED);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIZE, SIZE);
	return verdict(error_is(GL_INVALID_OPERATION) & (is_protected(GL_TEXTURE_2D) == GL_TRUE));
}

static enum piglit_result
view(void *data)
{
	GLuint name, view;
	bool right;

	use(PROTECTED);
	name = texture_of(PROTECTED, GL_TEXTURE_2D_ARRAY, GL_RGBA8, 2);
	if (!piglit_is_extension_supported("GL_EXT_texture_view"))
		return PIGLIT_SKIP;
	glGenTextures(1, &view);
	glTextureViewEXT(view, GL_TEXTURE_2D, name, GL_RGBA8UI, 1, 1, 2, 1);
	glBindTexture(GL_TEXTURE_2D, view);
	right = error_is(GL_NO_ERROR) & (is_protected(GL_TEXTURE_2D) == GL_TRUE);
	return verdict(right);
}

static enum piglit_result
fails_cleanly(void *data)
{
	bool right;

	use(PROTECTED);
	texture_of(PROTECTED, GL_TEXTURE_2D, GL_RGBA, 1); /* not a sized format */
	right = error_is(GL_INVALID_ENUM);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIZE, SIZE);
	return verdict(error_is(GL_NO_ERROR) & (is_protected(GL_TEXTURE_2D) == GL_TRUE) & right);
}

#define KIND(what, target, format, levels) \
	SUBTEST_OF("TexStorage of " what " is protected", storage, \
		   (&(const struct kind){ target, format, levels }))
#define FORMAT(format) KIND(#format, GL_TEXTURE_2D, format, 1)

static struct piglit_subtest subtests[] = {
	KIND("a 2D texture with mipmaps", GL_TEXTURE_2D, GL_RGBA8, 5),
	KIND("a 2D array", GL_TEXTURE_2D_ARRAY, GL_RGBA8, 2),
	KIND("a 3D texture", GL_TEXTURE_3D, GL_RGBA8, 1),
	KIND("a cube", GL_TEXTURE_CUBE_MAP, GL_RGBA8, 1),
	KIND("a cube array", GL_TEXTURE_CUBE_MAP_ARRAY, GL_RGBA8, 1),
	KIND("a multisample texture", GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, 1),
	KIND("a multisample array", GL_TEXTURE_2D_MULTISAMPLE_ARRAY, GL_RGBA8, 1),
	FORMAT(GL_R8), FORMAT(GL_R8_SNORM), FORMAT(GL_R16F), FORMAT(GL_R32F),
	FORMAT(GL_R8UI), FORMAT(GL_R8I), FORMAT(GL_R16UI), FORMAT(GL_R16I),
	FORMAT(GL_R32UI), FORMAT(GL_R32I), FORMAT(GL_RG8), FORMAT(GL_RG16F),
	FORMAT(GL_RG32F), FORMAT(GL_RG8UI), FORMAT(GL_RG8I), FORMAT(GL_RG16UI),
	FORMAT(GL_RG32I), FORMAT(GL_RGB8), FORMAT(GL_SRGB8_ALPHA8), FORMAT(GL_RGB565),
	FORMAT(GL_RGB5_A1), FORMAT(GL_RGBA4), FORMAT(GL_RGBA8), FORMAT(GL_RGBA8_SNORM),
	FORMAT(GL_RGB10_A2), FORMAT(GL_RGB10_A2UI), FORMAT(GL_R11F_G11F_B10F),
	FORMAT(GL_RGB9_E5), FORMAT(GL_RGBA16F), FORMAT(GL_RGBA32F), FORMAT(GL_RGBA8UI),
	FORMAT(GL_RGBA8I), FORMAT(GL_RGBA16UI), FORMAT(GL_RGBA16I), FORMAT(GL_RGBA32UI),
	FORMAT(GL_RGBA32I), FORMAT(GL_DEPTH_COMPONENT16), FORMAT(GL_DEPTH_COMPONENT24),
	FORMAT(GL_DEPTH_COMPONENT32F), FORMAT(GL_DEPTH24_STENCIL8),
	FORMAT(GL_DEPTH32F_STENCIL8), FORMAT(GL_STENCIL_INDEX8),
	SUBTEST("protected storage is made once", immutable),
	SUBTEST("a view of protected storage is protected", view),
	SUBTEST("after an error of TexStorage the parameter still counts", fails_cleanly),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	protected_run(subtests);
}
