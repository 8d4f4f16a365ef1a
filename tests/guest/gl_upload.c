/* SPDX-License-Identifier: MIT */
/*
 * Protected textures that a protected context fills by itself: uploaded, copied,
 * drawn to. Each case fills a cell of the display, and the camera looks.
 */
#include <stdlib.h>
#include <string.h>

#include "stage.h"
#include "tap.h"

#ifndef GL_TEXTURE_PROTECTED_EXT
#define GL_TEXTURE_PROTECTED_EXT 0x8BFA
#endif

enum { COLUMNS = 5, ROWS = 4 };

static const uint8_t red[3] = { 255, 0, 0 }, green[3] = { 0, 255, 0 }, blue[3] = { 0, 0, 255 };

static GLuint flat_program, layer_program, slice_program, face_program;

static GLuint protected_texture(struct stage *stage, GLenum target)
{
	GLuint texture = create_texture(stage, target, NULL);

	glTexParameteri(target, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	return texture;
}

/* width * height pixels of one colour; the caller frees them */
static uint8_t *pixels(const uint8_t rgb[3], unsigned width, unsigned height)
{
	uint8_t *data = malloc(width * height * 4);

	for (unsigned i = 0; i < width * height; i++) {
		memcpy(data + i * 4, rgb, 3);
		data[i * 4 + 3] = 255;
	}
	return data;
}

static void upload(GLenum target, GLint level, GLint x, GLint y, GLint z, unsigned width,
		   unsigned height, const uint8_t rgb[3])
{
	uint8_t *data = pixels(rgb, width, height);

	if (target == GL_TEXTURE_2D_ARRAY || target == GL_TEXTURE_3D)
		glTexSubImage3D(target, level, x, y, z, width, height, 1, GL_RGBA,
				GL_UNSIGNED_BYTE, data);
	else
		glTexSubImage2D(target, level, x, y, width, height, GL_RGBA, GL_UNSIGNED_BYTE,
				data);
	free(data);
}

static void draw_layer(GLuint program, GLenum target, GLuint texture, float layer, float lod)
{
	glUseProgram(program);
	glUniform1f(glGetUniformLocation(program, "layer"), layer);
	glUniform1f(glGetUniformLocation(program, "lod"), lod);
	draw_program(program, target, texture);
}

static void draw_flat(GLuint texture, float lod)
{
	draw_layer(flat_program, GL_TEXTURE_2D, texture, 0, lod);
}

/* ---- cases: each draws one colour over the whole viewport --------------------------------------- */

static const uint8_t *whole(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D);

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 37, 19);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 37, 19, green);
	draw_flat(texture, 0);
	return green;
}

/* While the device may still be busy with what was there before. */
static const uint8_t *again(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D);

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 64, 64);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 64, 64, red);
	draw_flat(texture, 0);
	glFlush();
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 64, 32, blue);
	upload(GL_TEXTURE_2D, 0, 0, 32, 0, 64, 32, blue);
	draw_flat(texture, 0);
	return blue;
}

static const uint8_t *from_pixel_buffer(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D), buffer;
	uint8_t *data = pixels(green, 16, 16);

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 16, 16);
	glGenBuffers(1, &buffer);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffer);
	glBufferData(GL_PIXEL_UNPACK_BUFFER, 16 * 16 * 4, data, GL_STREAM_DRAW);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 16, 16, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
	free(data);
	draw_flat(texture, 0);
	return green;
}

static const uint8_t *small_format(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D);
	uint16_t data[5 * 3];

	for (unsigned i = 0; i < 15; i++)
		data[i] = 0xf800;
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGB565, 5, 3);
	glPixelStorei(GL_UNPACK_ALIGNMENT, 2);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 5, 3, GL_RGB, GL_UNSIGNED_SHORT_5_6_5, data);
	glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
	draw_flat(texture, 0);
	return red;
}

/* One channel, and rows that do not end at a multiple of the alignment. */
static const uint8_t *unaligned_rows(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D);
	uint8_t data[7 * 5];

	memset(data, 255, sizeof(data));
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_R8, 7, 5);
	glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 7, 5, GL_RED, GL_UNSIGNED_BYTE, data);
	glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
	draw_flat(texture, 0);
	return red;
}

/* The middle of a texture, out of the middle of a larger picture. */
static const uint8_t *part(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D);
	uint8_t *data = pixels(red, 32, 32);

	for (unsigned i = 0; i < 10 * 10; i++)
		memcpy(data + ((11 + i / 10) * 32 + 11 + i % 10) * 4, blue, 3);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 16, 16);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 16, 16, green);
	glPixelStorei(GL_UNPACK_ROW_LENGTH, 32);
	glPixelStorei(GL_UNPACK_SKIP_ROWS, 11);
	glPixelStorei(GL_UNPACK_SKIP_PIXELS, 11);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 3, 3, 10, 10, GL_RGBA, GL_UNSIGNED_BYTE, data);
	glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
	glPixelStorei(GL_UNPACK_SKIP_ROWS, 0);
	glPixelStorei(GL_UNPACK_SKIP_PIXELS, 0);
	free(data);
	draw_flat(texture, 0);
	return blue;
}

/* Blocks of one green, less 2: a modifier of 0 does not exist. */
static const uint8_t *compressed(struct stage *stage)
{
	static const uint8_t block[8] = { 0, 0xff, 0, 0, 0xff, 0xff, 0, 0 };
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D);
	uint8_t data[4][8];

	for (unsigned i = 0; i < 4; i++)
		memcpy(data[i], block, sizeof(block));
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_COMPRESSED_RGB8_ETC2, 8, 8);
	glCompressedTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 8, 8, GL_COMPRESSED_RGB8_ETC2,
				  sizeof(data), data);
	draw_flat(texture, 0);
	return green;
}

/* In an unprotected context, whatever it tries: what was there stays. */
static const uint8_t *left_alone(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D);

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 8, 8);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8, blue);
	glFinish();

	stage_make_current(stage, stage->unprotected);
	glBindTexture(GL_TEXTURE_2D, texture);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8, red);
	create_framebuffer(GL_TEXTURE_2D, texture);
	glClearColor(1, 0, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glGenerateMipmap(GL_TEXTURE_2D);
	glFinish();
	while (glGetError())
		;

	stage_make_current(stage, stage->protected);
	draw_flat(texture, 0);
	return blue;
}

static const uint8_t *float_format(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D);
	static const float data[4][4] = { { 0, 0, 1, 1 }, { 0, 0, 1, 1 }, { 0, 0, 1, 1 },
					  { 0, 0, 1, 1 } };

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA16F, 2, 2);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 2, 2, GL_RGBA, GL_FLOAT, data);
	draw_flat(texture, 0);
	return blue;
}

static const uint8_t *array_layer(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D_ARRAY);

	glTexStorage3D(GL_TEXTURE_2D_ARRAY, 1, GL_RGBA8, 8, 8, 3);
	upload(GL_TEXTURE_2D_ARRAY, 0, 0, 0, 0, 8, 8, red);
	upload(GL_TEXTURE_2D_ARRAY, 0, 0, 0, 1, 8, 8, green);
	upload(GL_TEXTURE_2D_ARRAY, 0, 0, 0, 2, 8, 8, blue);
	draw_layer(layer_program, GL_TEXTURE_2D_ARRAY, texture, 1, 0);
	return green;
}

static const uint8_t *slice(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_3D);

	glTexStorage3D(GL_TEXTURE_3D, 1, GL_RGBA8, 8, 8, 4);
	for (unsigned z = 0; z < 4; z++)
		upload(GL_TEXTURE_3D, 0, 0, 0, z, 8, 8, z == 2 ? blue : red);
	draw_layer(slice_program, GL_TEXTURE_3D, texture, 2.5 / 4, 0);
	return blue;
}

static const uint8_t *cube_face(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_CUBE_MAP);

	glTexStorage2D(GL_TEXTURE_CUBE_MAP, 1, GL_RGBA8, 8, 8);
	for (unsigned i = 0; i < 6; i++)
		upload(GL_TEXTURE_CUBE_MAP_POSITIVE_X + i, 0, 0, 0, 0, 8, 8, i == 1 ? green : red);
	draw_layer(face_program, GL_TEXTURE_CUBE_MAP, texture, 1, 0); /* -X */
	return green;
}

static const uint8_t *level(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D);

	glTexStorage2D(GL_TEXTURE_2D, 3, GL_RGBA8, 8, 8);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST_MIPMAP_NEAREST);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8, red);
	upload(GL_TEXTURE_2D, 1, 0, 0, 0, 4, 4, green);
	upload(GL_TEXTURE_2D, 2, 0, 0, 0, 2, 2, blue);
	draw_flat(texture, 1);
	return green;
}

static const uint8_t *generated_level(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D);

	glTexStorage2D(GL_TEXTURE_2D, 4, GL_RGBA8, 8, 8);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST_MIPMAP_NEAREST);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8, blue);
	glGenerateMipmap(GL_TEXTURE_2D);
	draw_flat(texture, 2);
	return blue;
}

/* Draws to a protected texture, and then from it. */
static const uint8_t *drawn_to(struct stage *stage)
{
	GLuint texture = protected_texture(stage, GL_TEXTURE_2D), framebuffer;

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 8, 8);
	framebuffer = create_framebuffer(GL_TEXTURE_2D, texture);
	glClearColor(1, 0, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glBindFramebuffer(GL_FRAMEBUFFER, stage->framebuffer);
	glDeleteFramebuffers(1, &framebuffer);
	draw_flat(texture, 0);
	return red;
}

static const uint8_t *copied_from_framebuffer(struct stage *stage)
{
	GLuint source = protected_texture(stage, GL_TEXTURE_2D), framebuffer, copy;

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 8, 8);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8, green);
	framebuffer = create_framebuffer(GL_TEXTURE_2D, source);
	copy = protected_texture(stage, GL_TEXTURE_2D);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 8, 8);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8, red);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, 8, 8);
	glBindFramebuffer(GL_FRAMEBUFFER, stage->framebuffer);
	glDeleteFramebuffers(1, &framebuffer);
	draw_flat(copy, 0);
	return green;
}

static const uint8_t *copied_image(struct stage *stage)
{
	GLuint source = protected_texture(stage, GL_TEXTURE_2D), copy;

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 8, 8);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8, blue);
	copy = protected_texture(stage, GL_TEXTURE_2D);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 8, 8);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8, red);
	glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, copy, GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8,
			   1);
	draw_flat(copy, 0);
	return blue;
}

/* An unprotected texture can be copied into a protected one. */
static const uint8_t *copied_from_ordinary(struct stage *stage)
{
	GLuint source = create_texture(stage, GL_TEXTURE_2D, NULL), copy;

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 8, 8);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8, green);
	copy = protected_texture(stage, GL_TEXTURE_2D);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 8, 8);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8, red);
	glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, copy, GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8,
			   1);
	draw_flat(copy, 0);
	return green;
}

/* Red behind, blue in front and drawn first. */
static const uint8_t *depth_tested(struct stage *stage)
{
	static const float depths[2] = { -0.5, 0.5 };
	GLuint color = protected_texture(stage, GL_TEXTURE_2D), depth, framebuffer, source;
	GLint viewport[4];

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 8, 8);
	framebuffer = create_framebuffer(GL_TEXTURE_2D, color);
	depth = protected_texture(stage, GL_TEXTURE_2D);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_DEPTH_COMPONENT24, 8, 8);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_TEXTURE_2D, depth, 0);
	glGetIntegerv(GL_VIEWPORT, viewport);
	glViewport(0, 0, 8, 8);
	glEnable(GL_DEPTH_TEST);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);

	source = create_texture(stage, GL_TEXTURE_2D, NULL);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 1, 1);
	for (unsigned i = 0; i < 2; i++) {
		upload(GL_TEXTURE_2D, 0, 0, 0, 0, 1, 1, i ? red : blue);
		glUseProgram(flat_program);
		glUniform1f(glGetUniformLocation(flat_program, "depth"), depths[i]);
		draw_flat(source, 0);
	}
	glUniform1f(glGetUniformLocation(flat_program, "depth"), 0);

	glDisable(GL_DEPTH_TEST);
	glViewport(viewport[0], viewport[1], viewport[2], viewport[3]);
	glBindFramebuffer(GL_FRAMEBUFFER, stage->framebuffer);
	glDeleteFramebuffers(1, &framebuffer);
	draw_flat(color, 0);
	return blue;
}

static const uint8_t *resolved(struct stage *stage)
{
	GLuint many = create_texture(stage, GL_TEXTURE_2D_MULTISAMPLE, NULL), one, framebuffers[2];

	glTexParameteri(GL_TEXTURE_2D_MULTISAMPLE, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	glTexStorage2DMultisample(GL_TEXTURE_2D_MULTISAMPLE, 4, GL_RGBA8, 8, 8, GL_TRUE);
	one = protected_texture(stage, GL_TEXTURE_2D);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, 8, 8);
	upload(GL_TEXTURE_2D, 0, 0, 0, 0, 8, 8, red);
	framebuffers[0] = create_framebuffer(GL_TEXTURE_2D, one);
	framebuffers[1] = create_framebuffer(GL_TEXTURE_2D_MULTISAMPLE, many);
	glClearColor(0, 1, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, framebuffers[0]);
	glBlitFramebuffer(0, 0, 8, 8, 0, 0, 8, 8, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glBindFramebuffer(GL_FRAMEBUFFER, stage->framebuffer);
	glDeleteFramebuffers(2, framebuffers);
	draw_flat(one, 0);
	return green;
}

static const struct stage_case cases[COLUMNS * ROWS] = {
	{ "a texture uploaded as a whole", whole },
	{ "a texture uploaded again while in use", again },
	{ "a texture uploaded from a pixel buffer", from_pixel_buffer },
	{ "RGB565", small_format },
	{ "a part of a texture", part },
	{ "R8 with unaligned rows", unaligned_rows },
	{ "RGBA16F", float_format },
	{ "ETC2", compressed },
	{ "a layer of an array", array_layer },
	{ "a slice of a 3D texture", slice },
	{ "a face of a cube", cube_face },
	{ "an uploaded mipmap level", level },
	{ "a generated mipmap level", generated_level },
	{ "a texture drawn to", drawn_to },
	{ "a texture copied from a framebuffer", copied_from_framebuffer },
	{ "a texture copied from another", copied_image },
	{ "a texture copied from an unprotected one", copied_from_ordinary },
	{ "a texture drawn to with a protected depth texture", depth_tested },
	{ "a resolved multisample texture", resolved },
	{ "a texture that an unprotected context tried to change", left_alone },
};

int main(void)
{
	struct stage stage;
	const char *missing;
	bool usable;

	missing = stage_init(&stage, &usable);
	if (missing)
		return tap_skip_all(missing);
	if (!usable)
		return tap_end();

	flat_program = link_program("uniform sampler2D picture; uniform float lod;",
				    "textureLod(picture, at, lod)");
	layer_program = link_program("uniform sampler2DArray picture; uniform float layer;",
				     "texture(picture, vec3(at, layer))");
	slice_program = link_program("uniform sampler3D picture; uniform float layer;",
				     "texture(picture, vec3(at, layer))");
	face_program =
		link_program("uniform samplerCube picture; uniform float layer;",
			     "texture(picture, vec3(1.0 - 2.0 * layer, at * 1.8 - 0.9))");

	if (!strstr((const char *)glGetString(GL_EXTENSIONS), "GL_EXT_protected_textures"))
		tap_skip("uploads", "no GL_EXT_protected_textures");
	else
		/* ETC2 cannot say exactly what we want. */
		stage_run_cases(&stage, cases, COLUMNS, ROWS, 2, NULL);
	stage_fini(&stage);
	return tap_end();
}
