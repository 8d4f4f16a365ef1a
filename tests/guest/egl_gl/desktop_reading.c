/* SPDX-License-Identifier: MIT */
/* The ways to get a texture's image, of which GLES has none. */
#include <string.h>

#include "egl_gl.h"

enum way {
	IMAGE, IMAGE_N, TEXTURE, PART, COMPRESSED, COMPRESSED_N, COMPRESSED_TEXTURE, COMPRESSED_PART, WAYS,
};

static void get_image(enum way way, GLuint name, GLsizei size, void *to)
{
	void (*image)(GLenum, GLint, GLenum, GLenum, void *) = (void *)eglGetProcAddress("glGetTexImage");
	void (*image_n)(GLenum, GLint, GLenum, GLenum, GLsizei, void *) = (void *)eglGetProcAddress("glGetnTexImageARB");
	void (*texture)(GLuint, GLint, GLenum, GLenum, GLsizei, void *) =
		(void *)eglGetProcAddress("glGetTextureImage");
	void (*part)(GLuint, GLint, GLint, GLint, GLint, GLsizei, GLsizei, GLsizei, GLenum, GLenum, GLsizei, void *) =
		(void *)eglGetProcAddress("glGetTextureSubImage");
	void (*compressed)(GLenum, GLint, void *) = (void *)eglGetProcAddress("glGetCompressedTexImage");
	void (*compressed_n)(GLenum, GLint, GLsizei, void *) = (void *)eglGetProcAddress("glGetnCompressedTexImageARB");
	void (*compressed_texture)(GLuint, GLint, GLsizei, void *) =
		(void *)eglGetProcAddress("glGetCompressedTextureImage");
	void (*compressed_part)(GLuint, GLint, GLint, GLint, GLint, GLsizei, GLsizei, GLsizei, GLsizei, void *) =
		(void *)eglGetProcAddress("glGetCompressedTextureSubImage");

	glBindTexture(GL_TEXTURE_2D, name);
	switch (way) {
	case IMAGE: image(GL_TEXTURE_2D, 0, GL_RGBA, GL_UNSIGNED_BYTE, to); break;
	case IMAGE_N: image_n(GL_TEXTURE_2D, 0, GL_RGBA, GL_UNSIGNED_BYTE, size, to); break;
	case TEXTURE: texture(name, 0, GL_RGBA, GL_UNSIGNED_BYTE, size, to); break;
	case PART: part(name, 0, 0, 0, 0, SIZE, SIZE, 1, GL_RGBA, GL_UNSIGNED_BYTE, size, to); break;
	case COMPRESSED: compressed(GL_TEXTURE_2D, 0, to); break;
	case COMPRESSED_N: compressed_n(GL_TEXTURE_2D, 0, size, to); break;
	case COMPRESSED_TEXTURE: compressed_texture(name, 0, size, to); break;
	case COMPRESSED_PART: compressed_part(name, 0, 0, 0, 0, SIZE, SIZE, 1, size, to); break;
	case WAYS: break;
	}
}

enum { BYTES = SIZE * SIZE * 4 };

/* Whether the image of a protected texture, and not of the ordinary one, is refused, and memory left as it was. */
static bool refused(enum way way, const GLuint names[2], bool to_buffer, bool *is_there)
{
	uint8_t before[BYTES], memory[BYTES];
	const uint8_t *after = memory;
	GLuint buffer = 0;
	bool right;

	memset(before, 0x5a, sizeof(before));
	if (to_buffer) {
		glGenBuffers(1, &buffer);
		glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer);
		glBufferData(GL_PIXEL_PACK_BUFFER, sizeof(before), before, GL_STREAM_READ);
	}
	get_image(way, names[0], sizeof(memory), to_buffer ? NULL : memory);
	*is_there = glGetError() == GL_NO_ERROR;
	memcpy(memory, before, sizeof(memory));
	if (to_buffer)
		glBufferSubData(GL_PIXEL_PACK_BUFFER, 0, sizeof(before), before);
	get_image(way, names[1], sizeof(memory), to_buffer ? NULL : memory);
	right = error_is(GL_INVALID_OPERATION);
	if (to_buffer)
		after = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, sizeof(before), GL_MAP_READ_BIT);
	right &= after && !memcmp(after, before, sizeof(before));
	if (to_buffer) {
		glUnmapBuffer(GL_PIXEL_PACK_BUFFER);
		glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
		glDeleteBuffers(1, &buffer);
	}
	return right;
}

static bool get_images(void)
{
	bool right = true;

	for (EGLint is_protected = EGL_FALSE; is_protected <= EGL_TRUE; is_protected++) {
		GLuint names[2][2]; /* of each kind: an ordinary and a protected one */
		EGLContext context;

		use(secure);
		for (unsigned i = 0; i < 2; i++) {
			names[0][i] = texture(i);
			names[1][i] = texture_of(GL_TEXTURE_2D, GL_COMPRESSED_RGBA8_ETC2_EAC, 1, i);
		}
		glFinish();
		context = desktop_context(is_protected, secure);
		if (!context)
			return note("no desktop GL"), true;
		use(context);
		for (unsigned n = 0; n < 2 * WAYS; n++) {
			const enum way way = n / 2;
			bool is_there;

			right &= refused(way, names[way >= COMPRESSED], n & 1, &is_there);
			/* Some came with later versions, but these two were always there. */
			right &= is_there || (way != IMAGE && way != COMPRESSED);
			if (!is_there)
				note("this GL has no way %u to get an image", way);
		}
		desktop_done(context);
	}
	return right;
}

/* A protected context decompresses an unprotected texture, as any other does. */
static bool get_compressed_image(void)
{
	enum { DXT1 = 0x83F0 };
	static const uint8_t block[8] = { 0xe0, 0x07, 0xe0, 0x07 };
	uint8_t blocks[SIZE * SIZE / 2], pixels[BYTES];
	bool right = true;

	for (unsigned i = 0; i < sizeof(blocks); i++)
		blocks[i] = block[i % sizeof(block)];
	for (EGLint is_protected = EGL_FALSE; is_protected <= EGL_TRUE; is_protected++) {
		EGLContext context = desktop_context(is_protected, secure);
		GLuint name;

		if (!context)
			return note("no desktop GL"), true;
		use(context);
		glGenTextures(1, &name);
		glBindTexture(GL_TEXTURE_2D, name);
		glCompressedTexImage2D(GL_TEXTURE_2D, 0, DXT1, SIZE, SIZE, 0, sizeof(blocks), blocks);
		memset(pixels, 0x5a, sizeof(pixels));
		get_image(IMAGE, name, sizeof(pixels), pixels);
		right &= error_is(GL_NO_ERROR) & told_nothing();
		for (unsigned i = 0; i < sizeof(pixels); i += 4)
			right &= !memcmp(pixels + i, green, 4);
		desktop_done(context);
	}
	return right;
}

const struct test desktop_reading_tests[] = {
	{ ON_BOTH, get_images, "desktop GL gets no image of a protected texture, to memory or to a buffer" },
	{ ON_BOTH, get_compressed_image, "it gets the image of an unprotected compressed one, also in a protected context" },
	{ 0 },
};
