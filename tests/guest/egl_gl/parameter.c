/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "egl_gl.h"

static bool parameter_default(void)
{
	GLuint name;
	GLint value = -1;

	use(secure);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
	return value == GL_FALSE && error_is(GL_NO_ERROR);
}

static bool parameter_bad_value(void)
{
	const GLint two = 2;
	const GLfloat half = 0.5f;
	bool right;

	use(secure);
	texture(false);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, 2);
	right = error_is(GL_INVALID_VALUE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, -1);
	right &= error_is(GL_INVALID_VALUE);
	glTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &two);
	right &= error_is(GL_INVALID_VALUE);
	glTexParameterf(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, half);
	right &= error_is(GL_INVALID_VALUE);
	glTexParameterfv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &half);
	right &= error_is(GL_INVALID_VALUE);
	glTexParameterIiv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &two);
	return right & error_is(GL_INVALID_VALUE);
}

static bool parameter_unprotected_context(void)
{
	bool right;

	use(plain);
	texture(false);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	right = error_is(GL_INVALID_OPERATION);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, 2);
	right &= error_is(GL_INVALID_VALUE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_FALSE);
	return right & error_is(GL_NO_ERROR);
}

static bool parameter_every_entry_point(void)
{
	const GLint yes = GL_TRUE;
	const GLuint yes_unsigned = GL_TRUE;
	const GLfloat yes_float = 1.0f;
	bool right = true;

	use(secure);
	for (unsigned i = 0; i < 6; i++) {
		GLint got = -1;
		GLfloat got_float = -1;
		GLuint name;

		glGenTextures(1, &name);
		glBindTexture(GL_TEXTURE_2D, name);
		switch (i) {
		case 0: glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE); break;
		case 1: glTexParameterf(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, 1.0f); break;
		case 2: glTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &yes); break;
		case 3: glTexParameterfv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &yes_float); break;
		case 4: glTexParameterIiv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &yes); break;
		case 5: glTexParameterIuiv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &yes_unsigned); break;
		}
		glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &got);
		glGetTexParameterfv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &got_float);
		if (got != GL_TRUE || got_float != 1.0f) {
			note("entry point %u: %d, %g", i, got, got_float);
			right = false;
		}
	}
	return right & error_is(GL_NO_ERROR);
}

static bool storage_every_target(void)
{
	static const struct {
		const char *name;
		GLenum target, format;
		GLsizei levels;
	} kinds[] = {
		{ "2D", GL_TEXTURE_2D, GL_RGBA8, 1 },
		{ "2D, mipmapped", GL_TEXTURE_2D, GL_RGBA8, 5 },
		{ "2D, half float", GL_TEXTURE_2D, GL_RGBA16F, 1 },
		{ "2D, unsigned integer", GL_TEXTURE_2D, GL_RGBA8UI, 1 },
		{ "2D array", GL_TEXTURE_2D_ARRAY, GL_RGBA8, 2 },
		{ "3D", GL_TEXTURE_3D, GL_RGBA8, 1 },
		{ "cube", GL_TEXTURE_CUBE_MAP, GL_RGBA8, 1 },
		{ "cube array", GL_TEXTURE_CUBE_MAP_ARRAY, GL_RGBA8, 1 },
		{ "depth", GL_TEXTURE_2D, GL_DEPTH_COMPONENT16, 1 },
		{ "depth and stencil", GL_TEXTURE_2D, GL_DEPTH24_STENCIL8, 1 },
		{ "multisample", GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, 1 },
		{ "multisample array", GL_TEXTURE_2D_MULTISAMPLE_ARRAY, GL_RGBA8, 1 },
	};
	bool right = true;

	use(secure);
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		GLuint name = texture_of(kinds[i].target, kinds[i].format, kinds[i].levels, true);
		GLint value = -1;

		glTexParameteri(kinds[i].target, GL_TEXTURE_PROTECTED_EXT, GL_FALSE);
		glGetTexParameteriv(kinds[i].target, GL_TEXTURE_PROTECTED_EXT, &value);
		if (value != GL_TRUE || !error_is(GL_NO_ERROR)) {
			note("%s", kinds[i].name);
			right = false;
		}
		glDeleteTextures(1, &name);
	}
	return right;
}

static bool storage_too_late(void)
{
	GLint value = -1;
	GLuint name;

	use(secure);
	name = coloured(red);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
	return value == GL_FALSE && error_is(GL_NO_ERROR) && texture_holds(name, red);
}

static bool teximage_is_not_protected(void)
{
	uint8_t pixels[SIZE * SIZE][4];
	GLuint name;

	for (unsigned i = 0; i < SIZE * SIZE; i++)
		memcpy(pixels[i], red, 4);
	use(secure);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, SIZE, SIZE, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	return error_is(GL_NO_ERROR) && texture_holds(name, red);
}

static bool texsubimage(void)
{
	GLuint name;
	bool right;

	use(secure);
	name = texture(true);
	fill(name, red);
	right = error_is(GL_NO_ERROR);
	glFinish();
	use(plain);
	fill(name, green);
	return right & error_is(GL_INVALID_OPERATION);
}

static bool texsubimage_from_buffer(void)
{
	static const uint8_t bytes[SIZE * SIZE * 4];
	GLuint name, buffer;

	use(secure);
	name = texture(true);
	glGenBuffers(1, &buffer);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffer);
	glBufferData(GL_PIXEL_UNPACK_BUFFER, sizeof(bytes), bytes, GL_STATIC_DRAW);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
	glDeleteBuffers(1, &buffer);
	return error_is(GL_NO_ERROR);
}

/*
 * Runs in a process of its own, in which Mesa stores ASTC as DXT5, which it would do with
 * the GPU: each block is of one colour.
 */
bool transcoded(void)
{
	static const uint8_t block[16] = {
		0xfc, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff,
	};
	uint8_t blocks[SIZE * SIZE / 16][16];
	GLuint name, output;
	bool right;

	for (unsigned i = 0; i < ARRAY_SIZE(blocks); i++)
		memcpy(blocks[i], block, sizeof(block));
	use(secure);
	name = texture_of(GL_TEXTURE_2D, GL_COMPRESSED_RGBA_ASTC_4x4, 1, false);
	glCompressedTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_COMPRESSED_RGBA_ASTC_4x4, sizeof(blocks),
				  blocks);
	right = error_is(GL_NO_ERROR) & told_nothing();
	glFinish();
	use(plain);
	output = coloured(red);
	framebuffer(output, 0);
	program_of(quad, sample_2d, NULL);
	glBindTexture(GL_TEXTURE_2D, name);
	draw_quad();
	return texture_holds(output, green) & right;
}

static bool transcode(void)
{
	return run_as("transcoded", "transcode_astc", "true", NULL);
}

/* GLES has no TexImage of samples, but desktop GL has, which can share the texture. */
static bool teximage_multisample(void)
{
	void (*image)(GLenum, GLsizei, GLenum, GLsizei, GLsizei, GLboolean) =
		(void *)eglGetProcAddress("glTexImage2DMultisample");
	EGLContext desktop = desktop_context(EGL_FALSE, secure);
	GLuint name, frame;
	bool right;

	if (!desktop)
		return note("no desktop GL"), true;
	use(secure);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D_MULTISAMPLE, name);
	glTexParameteri(GL_TEXTURE_2D_MULTISAMPLE, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	right = error_is(GL_NO_ERROR);
	eglBindAPI(EGL_OPENGL_API);
	use(desktop);
	glBindTexture(GL_TEXTURE_2D_MULTISAMPLE, name);
	image(GL_TEXTURE_2D_MULTISAMPLE, 4, GL_RGBA8, SIZE, SIZE, GL_TRUE);
	glGenFramebuffers(1, &frame);
	glBindFramebuffer(GL_FRAMEBUFFER, frame);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D_MULTISAMPLE, name, 0);
	glClear(GL_COLOR_BUFFER_BIT);
	right &= error_is(GL_NO_ERROR) & told_nothing();
	desktop_done(desktop);
	return right;
}

const struct test parameter_tests[] = {
	{ ON_BOTH, parameter_default, "TEXTURE_PROTECTED_EXT is FALSE at first" },
	{ ON_BOTH, parameter_bad_value, "TEXTURE_PROTECTED_EXT other than TRUE or FALSE is INVALID_VALUE" },
	{ ON_BOTH, parameter_unprotected_context, "TEXTURE_PROTECTED_EXT in an unprotected context is INVALID_OPERATION" },
	{ ON_BOTH, parameter_every_entry_point, "TEXTURE_PROTECTED_EXT can be set by each TexParameter" },
	{ ON_BOTH, storage_every_target, "TexStorage makes protected textures of every kind, and the query says so" },
	{ ON_BOTH, storage_too_late, "TEXTURE_PROTECTED_EXT after TexStorage changes nothing" },
	{ ON_BOTH, teximage_is_not_protected, "TexImage does not look at TEXTURE_PROTECTED_EXT" },
	{ ON_BOTH, teximage_multisample, "neither does that of samples, in desktop GL" },
	{ ON_BOTH, texsubimage, "TexSubImage to a protected texture works in a protected context only" },
	{ ON_BOTH, texsubimage_from_buffer, "TexSubImage from a buffer to a protected texture works" },
	{ ON_BOTH, transcode, "ASTC that Mesa stores in another format is uploaded in a protected context" },
	{ 0 },
};
