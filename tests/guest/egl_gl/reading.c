/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "egl_gl.h"

static bool read_pixels(void)
{
	uint8_t pixels[SIZE * SIZE * 4], before[sizeof(pixels)];
	bool right;

	use(secure);
	framebuffer(texture(true), 0);
	memset(pixels, 0x5a, sizeof(pixels));
	memcpy(before, pixels, sizeof(pixels));
	glReadPixels(0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	right = error_is(GL_INVALID_OPERATION);
	glReadnPixels(0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, sizeof(pixels), pixels);
	right &= error_is(GL_INVALID_OPERATION);
	return right & !memcmp(pixels, before, sizeof(pixels));
}

static bool read_pixels_to_buffer(void)
{
	uint8_t bytes[SIZE * SIZE * 4];
	GLuint buffer;
	const uint8_t *map;
	bool right;

	memset(bytes, 0x5a, sizeof(bytes));
	use(secure);
	framebuffer(texture(true), 0);
	glGenBuffers(1, &buffer);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer);
	glBufferData(GL_PIXEL_PACK_BUFFER, sizeof(bytes), bytes, GL_STREAM_READ);
	glReadPixels(0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	right = error_is(GL_INVALID_OPERATION);
	map = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, sizeof(bytes), GL_MAP_READ_BIT);
	right &= map && !memcmp(map, bytes, sizeof(bytes));
	glUnmapBuffer(GL_PIXEL_PACK_BUFFER);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
	return right & error_is(GL_NO_ERROR);
}

static bool copy_texture(void)
{
	GLuint source, name;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	source = texture(true);
	framebuffer(source, 0);
	glBindTexture(GL_TEXTURE_2D, name);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	right = error_is(GL_INVALID_OPERATION) & texture_holds(name, red);

	use(secure);
	framebuffer(texture(true), 0);
	glBindTexture(GL_TEXTURE_2D, texture(true));
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	return right & error_is(GL_NO_ERROR);
}

static bool copy_texture_image(void)
{
	uint8_t pixels[SIZE * SIZE][4];
	GLuint name;

	for (unsigned i = 0; i < SIZE * SIZE; i++)
		memcpy(pixels[i], red, 4);
	use(secure);
	framebuffer(texture(true), 0);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, SIZE, SIZE, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	glCopyTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, 0, 0, SIZE, SIZE, 0);
	return error_is(GL_INVALID_OPERATION) & texture_holds(name, red);
}

static bool blit(void)
{
	GLuint name, from, to;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	from = framebuffer(texture(true), 0);
	to = framebuffer(name, 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	right = error_is(GL_INVALID_OPERATION);
	glFinish();
	right &= texture_holds(name, red);

	use(secure);
	from = framebuffer(texture(true), 0);
	to = framebuffer(texture(true), 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	from = framebuffer(name, 0);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glFinish();
	return right & error_is(GL_NO_ERROR) & told_nothing();
}

static bool blit_unprotected_in_protected(void)
{
	GLuint source, name, from, to;
	bool right;

	use(plain);
	name = coloured(red);
	source = coloured(green);
	glFinish();
	use(secure);
	from = framebuffer(source, 0);
	to = framebuffer(name, 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	right = error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	return texture_holds(name, red) & right;
}

static bool blit_resolve(void)
{
	GLuint from, to, name;

	use(secure);
	name = texture_of(GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, 1, true);
	glGenFramebuffers(1, &from);
	glBindFramebuffer(GL_FRAMEBUFFER, from);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D_MULTISAMPLE, name, 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	to = framebuffer(texture(true), 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glFinish();
	return error_is(GL_NO_ERROR) & told_nothing();
}

static bool copy_image(void)
{
	GLuint name, source;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	source = texture(true);
	glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, name, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	right = error_is(GL_INVALID_OPERATION) & texture_holds(name, red);
	use(secure);
	glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, texture(true), GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	glCopyImageSubData(name, GL_TEXTURE_2D, 0, 0, 0, 0, texture(true), GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	return right & error_is(GL_NO_ERROR);
}

static bool copy_unprotected_in_protected(void)
{
	GLuint source, by_image, by_framebuffer;
	bool right;

	use(plain);
	source = coloured(green);
	by_image = coloured(red);
	by_framebuffer = coloured(red);
	glFinish();
	use(secure);
	glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, by_image, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	framebuffer(source, 0);
	glBindTexture(GL_TEXTURE_2D, by_framebuffer);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	right = error_is(GL_NO_ERROR) & pixels_are(green) & error_is(GL_NO_ERROR);
	right &= texture_holds(by_image, green);
	return texture_holds(by_framebuffer, green) & right;
}

static bool copy_from_unprotected_context(void)
{
	GLuint source, name;
	bool right;

	use(secure);
	source = texture(true);
	glFinish();
	use(plain);
	name = coloured(red);
	glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, name, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	right = error_is(GL_INVALID_OPERATION);
	framebuffer(source, 0);
	glBindTexture(GL_TEXTURE_2D, name);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	right &= error_is(GL_INVALID_OPERATION);
	return texture_holds(name, red) & right;
}

static bool generate_mipmap(void)
{
	uint8_t pixels[SIZE * SIZE][4];
	GLuint name, target;
	bool right;

	use(secure);
	name = texture_of(GL_TEXTURE_2D, GL_RGBA8, 5, true);
	glGenerateMipmap(GL_TEXTURE_2D);
	right = error_is(GL_NO_ERROR);
	glFinish();
	use(plain);
	glBindTexture(GL_TEXTURE_2D, name);
	glGenerateMipmap(GL_TEXTURE_2D);
	right &= error_is(GL_INVALID_OPERATION);

	/* An ordinary texture gets its levels in a protected context, too. */
	for (unsigned i = 0; i < SIZE * SIZE; i++)
		memcpy(pixels[i], green, 4);
	use(secure);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, SIZE, SIZE, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	glGenerateMipmap(GL_TEXTURE_2D);
	right &= error_is(GL_NO_ERROR);
	glFinish();
	use(plain);
	target = coloured(red);
	framebuffer(target, 0);
	program_of(quad, HEADER "uniform sampler2D s; out vec4 colour;\n"
				"void main() { colour = textureLod(s, vec2(0.5), 2.0); }\n", NULL);
	glBindTexture(GL_TEXTURE_2D, name);
	draw_quad();
	return texture_holds(target, green) & right;
}

static bool copy_buffers(void)
{
	const uint32_t words[2] = { 0x12345678, 0x9abcdef0 };
	GLuint buffers[2];
	const uint32_t *map;
	bool right;

	use(secure);
	glGenBuffers(2, buffers);
	glBindBuffer(GL_COPY_READ_BUFFER, buffers[0]);
	glBufferData(GL_COPY_READ_BUFFER, sizeof(words), words, GL_STATIC_DRAW);
	glBindBuffer(GL_COPY_WRITE_BUFFER, buffers[1]);
	glBufferData(GL_COPY_WRITE_BUFFER, sizeof(words), NULL, GL_STATIC_DRAW);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, 0, 0, sizeof(words));
	map = glMapBufferRange(GL_COPY_WRITE_BUFFER, 0, sizeof(words), GL_MAP_READ_BIT);
	right = map && !memcmp(map, words, sizeof(words));
	glUnmapBuffer(GL_COPY_WRITE_BUFFER);
	return right & error_is(GL_NO_ERROR);
}

const struct test reading_tests[] = {
	{ ON_BOTH, read_pixels, "ReadPixels of protected content is INVALID_OPERATION" },
	{ ON_BOTH, read_pixels_to_buffer, "ReadPixels to a buffer, too" },
	{ ON_BOTH, copy_texture, "CopyTexSubImage of protected content needs a protected destination" },
	{ ON_BOTH, copy_texture_image, "CopyTexImage of protected content has none" },
	{ ON_BOTH, blit, "BlitFramebuffer of protected content needs a protected destination" },
	{ ON_BOTH, blit_unprotected_in_protected, "BlitFramebuffer of other content writes nothing to an unprotected one" },
	{ ON_BOTH, blit_resolve, "protected multisample content can be resolved" },
	{ ON_BOTH, copy_image, "CopyImageSubData of protected content needs a protected destination" },
	{ ON_BOTH, copy_unprotected_in_protected, "unprotected content can be copied and read in a protected context" },
	{ ON_BOTH, copy_from_unprotected_context, "an unprotected context copies no protected content" },
	{ ON_BOTH, generate_mipmap, "GenerateMipmap works where the texture may be written" },
	{ ON_BOTH, copy_buffers, "buffers can be copied in a protected context" },
	{ 0 },
};
