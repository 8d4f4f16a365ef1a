/* SPDX-License-Identifier: MIT */
/* GL reads, copies and blits protected content to where the CPU can have it. */
#include <stdlib.h>
#include <string.h>

#include "gl.h"

static GLuint secret_2d(struct attempt *attempt)
{
	return secret_texture(attempt, GL_TEXTURE_2D, GL_RGBA8, 1);
}

/* ---- to memory of the program -------------------------------------------------------------------- */

static void look_at_bound(struct attempt *attempt, GLenum target, const char *where)
{
	const void *mapping = glMapBufferRange(target, 0, BUFFER_SIZE, GL_MAP_READ_BIT);

	if (mapping)
		look(attempt, mapping, BUFFER_SIZE, where);
	glUnmapBuffer(target);
}

static void read_pixels(struct attempt *attempt, unsigned long format)
{
	static uint8_t pixels[BYTES];

	read_from(secret_memory(attempt), GL_COLOR_ATTACHMENT0);
	glReadPixels(0, 0, SIDE, SIDE, (GLenum)format, GL_UNSIGNED_BYTE, pixels);
	look(attempt, pixels, sizeof(pixels), "what glReadPixels returned");
}

static void read_a_pixel(struct attempt *attempt, unsigned long how)
{
	uint32_t pixel = 0;

	(void)how;
	read_from(secret_memory(attempt), GL_COLOR_ATTACHMENT0);
	glReadPixels(SIDE / 2, SIDE / 2, 1, 1, GL_BGRA, GL_UNSIGNED_BYTE, &pixel);
	look(attempt, &pixel, sizeof(pixel), "what glReadPixels returned");
}

static void read_floats(struct attempt *attempt, unsigned long how)
{
	float pixel[4] = { 0 };
	uint8_t bytes[4];

	(void)how;
	read_from(secret_memory(attempt), GL_COLOR_ATTACHMENT0);
	glReadPixels(0, 0, 1, 1, GL_BGRA, GL_FLOAT, pixel);
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(pixel[i] * 255 + 0.5f);
	look(attempt, bytes, sizeof(bytes), "the floats that glReadPixels returned");
}

/* Mesa reads back only what something was drawn to: here, a pixel. */
static void draw_something(GLuint texture)
{
	draw_to(texture, GL_COLOR_ATTACHMENT0);
	glEnable(GL_SCISSOR_TEST);
	glScissor(0, 0, 1, 1);
	glClear(GL_COLOR_BUFFER_BIT);
}

/* how: whether the program looks, or only the device has it. */
static void read_to_pack_buffer(struct attempt *attempt, unsigned long how)
{
	read_from(secret_memory(attempt), GL_COLOR_ATTACHMENT0);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, ordinary_buffer());
	glReadPixels(0, 0, 16, 16, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	if (how)
		look_at_bound(attempt, GL_PIXEL_PACK_BUFFER, "a pack buffer");
}

static void get_tex_image(struct attempt *attempt, unsigned long format)
{
	static uint8_t pixels[BYTES];

	draw_something(secret_memory(attempt));
	glGetTexImage(GL_TEXTURE_2D, 0, (GLenum)format, GL_UNSIGNED_BYTE, pixels);
	look(attempt, pixels, sizeof(pixels), "what glGetTexImage returned");
}

static void get_tex_image_to_buffer(struct attempt *attempt, unsigned long how)
{
	(void)how;
	draw_something(secret_memory(attempt));
	glBindBuffer(GL_PIXEL_PACK_BUFFER, ordinary_buffer());
	glBufferData(GL_PIXEL_PACK_BUFFER, BYTES, NULL, GL_STREAM_READ);
	glGetTexImage(GL_TEXTURE_2D, 0, GL_BGRA, GL_UNSIGNED_BYTE, NULL);
	look_at_bound(attempt, GL_PIXEL_PACK_BUFFER, "a pack buffer");
}

/* ---- to a texture -------------------------------------------------------------------------------- */

static void copy_tex_image(struct attempt *attempt, unsigned long format)
{
	GLuint name;

	read_from(secret_2d(attempt), GL_COLOR_ATTACHMENT0);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glCopyTexImage2D(GL_TEXTURE_2D, 0, (GLenum)format, 0, 0, SIDE, SIDE, 0);
}

static void copy_tex_sub_image(struct attempt *attempt, unsigned long target)
{
	read_from(secret_2d(attempt), GL_COLOR_ATTACHMENT0);
	ordinary_texture((GLenum)target, GL_RGBA8, 1);
	switch (target) {
	case GL_TEXTURE_1D:
		glCopyTexSubImage1D(GL_TEXTURE_1D, 0, 0, 0, 0, SIDE);
		break;
	case GL_TEXTURE_CUBE_MAP:
		glCopyTexSubImage2D(GL_TEXTURE_CUBE_MAP_NEGATIVE_Y, 0, 0, 0, 0, 0, SIDE, SIDE);
		break;
	case GL_TEXTURE_2D:
	case GL_TEXTURE_1D_ARRAY:
		glCopyTexSubImage2D((GLenum)target, 0, 0, 0, 0, 0, SIDE, LAYERS);
		break;
	default:
		glCopyTexSubImage3D((GLenum)target, 0, 0, 0, 2, 0, 0, SIDE, SIDE);
	}
}

/* how: the target of the secret one. */
static void copy_image(struct attempt *attempt, unsigned long how)
{
	GLenum target = (GLenum)how;
	GLuint secret = secret_texture(attempt, target, GL_RGBA8, 1);
	GLuint ordinary = ordinary_texture(target, GL_RGBA8, 1);

	glCopyImageSubData(secret, target, 0, 0, 0, 1, ordinary, target, 0, 0, 0, 1, SIDE, SIDE, 1);
}

static void copy_image_flat(struct attempt *attempt, unsigned long format)
{
	GLuint secret = secret_texture(attempt, GL_TEXTURE_2D, (GLenum)format, 1);
	GLuint ordinary = ordinary_texture(GL_TEXTURE_2D, format == GL_RGBA8 ? GL_R32UI : (GLenum)format, 1);

	glCopyImageSubData(secret, GL_TEXTURE_2D, 0, 0, 0, 0, ordinary, GL_TEXTURE_2D, 0, 0, 0, 0,
			   SIDE, SIDE, 1);
}

static void copy_image_to_renderbuffer(struct attempt *attempt, unsigned long how)
{
	GLuint secret = secret_2d(attempt), ordinary = ordinary_renderbuffer();

	(void)how;
	glCopyImageSubData(secret, GL_TEXTURE_2D, 0, 0, 0, 0, ordinary, GL_RENDERBUFFER, 0, 0, 0, 0,
			   SIDE, SIDE, 1);
}

enum blit { PLAIN, LINEAR, SMALLER, MIRRORED, SCISSORED, TO_LAYER, TO_LEVEL, TO_RENDERBUFFER, TO_SAMPLES };

static void blit(struct attempt *attempt, unsigned long how)
{
	GLuint name;

	read_from(secret_2d(attempt), GL_COLOR_ATTACHMENT0);
	switch (how) {
	case TO_LAYER:
		draw_to(ordinary_texture(GL_TEXTURE_2D_ARRAY, GL_RGBA8, 1), GL_COLOR_ATTACHMENT0);
		break;
	case TO_LEVEL:
		name = ordinary_texture(GL_TEXTURE_2D, GL_RGBA8, 3);
		draw_to(name, GL_COLOR_ATTACHMENT0);
		glFramebufferTexture(GL_DRAW_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, name, 1);
		break;
	case TO_RENDERBUFFER:
		draw_to_renderbuffer();
		break;
	default:
		ordinary_target();
	}
	if (how == SCISSORED) {
		glEnable(GL_SCISSOR_TEST);
		glScissor(5, 5, 7, 7);
	}
	glBlitFramebuffer(0, 0, SIDE, SIDE, how == MIRRORED ? SIDE : 0, 0,
			  how == MIRRORED ? 0 : how == SMALLER ? SIDE / 3 : SIDE,
			  how == SMALLER ? SIDE / 3 : SIDE, GL_COLOR_BUFFER_BIT,
			  how == LINEAR || how == SMALLER ? GL_LINEAR : GL_NEAREST);
}

static void blit_depth(struct attempt *attempt, unsigned long format)
{
	GLenum attachment = format == GL_STENCIL_INDEX8 ? GL_STENCIL_ATTACHMENT :
			    format == GL_DEPTH24_STENCIL8 ? GL_DEPTH_STENCIL_ATTACHMENT :
			    GL_DEPTH_ATTACHMENT;

	read_from(secret_texture(attempt, GL_TEXTURE_2D, (GLenum)format, 1), attachment);
	draw_to(ordinary_texture(GL_TEXTURE_2D, (GLenum)format, 1), attachment);
	glBlitFramebuffer(0, 0, SIDE, SIDE, 0, 0, SIDE, SIDE,
			  format == GL_STENCIL_INDEX8 ? GL_STENCIL_BUFFER_BIT :
			  format == GL_DEPTH24_STENCIL8 ? GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT :
			  GL_DEPTH_BUFFER_BIT, GL_NEAREST);
}

static void resolve(struct attempt *attempt, unsigned long format)
{
	GLenum attachment = format == GL_RGBA8 ? GL_COLOR_ATTACHMENT0 : GL_DEPTH_ATTACHMENT;

	read_from(secret_texture(attempt, GL_TEXTURE_2D_MULTISAMPLE, (GLenum)format, 1), attachment);
	draw_to(ordinary_texture(GL_TEXTURE_2D, (GLenum)format, 1), attachment);
	glBlitFramebuffer(0, 0, SIDE, SIDE, 0, 0, SIDE, SIDE,
			  format == GL_RGBA8 ? GL_COLOR_BUFFER_BIT : GL_DEPTH_BUFFER_BIT, GL_NEAREST);
}

/* The level is computed from protected content; it is no secret that was put there. */
static void copy_generated_level(struct attempt *attempt, unsigned long how)
{
	GLuint secret = secret_texture(attempt, GL_TEXTURE_2D, GL_RGBA8, 4);
	GLuint ordinary;

	(void)how;
	glGenerateMipmap(GL_TEXTURE_2D);
	ordinary = ordinary_texture(GL_TEXTURE_2D, GL_RGBA8, 4);
	glCopyImageSubData(secret, GL_TEXTURE_2D, 2, 0, 0, 0, ordinary, GL_TEXTURE_2D, 2, 0, 0, 0,
			   SIDE / 4, SIDE / 4, 1);
}

/* ---- buffers ------------------------------------------------------------------------------------- */

static void copy_buffer(struct attempt *attempt, unsigned long how)
{
	glBindBuffer(GL_COPY_READ_BUFFER, secret_buffer(attempt, NULL, 0));
	ordinary_buffer();
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, 0, 128, (GLsizeiptr)how);
}

/* In a protected context, the way back is a transfer. */
#define READ(name, leak, ...) ORDINARY(name, leak, __VA_ARGS__), RESULT(name, leak, __VA_ARGS__)

const struct attack gl_copy_attacks[] = {
	READ("glReadPixels", "glReadPixels returns protected pixels", read_pixels, GL_RGBA),
	READ("glReadPixels, BGRA", "glReadPixels returns them when it has to convert",
	     read_pixels, GL_BGRA),
	READ("glReadPixels, one pixel", "glReadPixels returns a single protected pixel", read_a_pixel),
	READ("glReadPixels, floats", "glReadPixels returns protected pixels as other numbers", read_floats),
	READ("glReadPixels, pack buffer", "glReadPixels puts protected pixels in a pack buffer that is mapped",
	     read_to_pack_buffer, 1),
	READ("glGetTexImage", "glGetTexImage returns a protected texture", get_tex_image, GL_BGRA),
	READ("glGetTexImage, RGBA", "glGetTexImage returns a protected texture as it is", get_tex_image, GL_RGBA),
	READ("glGetTexImage, pack buffer", "glGetTexImage puts a protected texture in a pack buffer",
	     get_tex_image_to_buffer),
	BOTH("glCopyTexImage2D", "glCopyTexImage2D makes an ordinary texture of protected pixels",
	     copy_tex_image, GL_RGBA8),
	PROTECTED("glCopyTexSubImage1D", "glCopyTexSubImage1D copies a line of protected pixels",
	     copy_tex_sub_image, GL_TEXTURE_1D),
	BOTH("glCopyTexSubImage2D", "glCopyTexSubImage2D copies protected pixels",
	     copy_tex_sub_image, GL_TEXTURE_2D),
	PROTECTED("glCopyTexSubImage2D, lines", "glCopyTexSubImage2D copies protected pixels to layers of lines",
	     copy_tex_sub_image, GL_TEXTURE_1D_ARRAY),
	PROTECTED("glCopyTexSubImage2D, cube", "glCopyTexSubImage2D copies protected pixels to the face of a cube",
	     copy_tex_sub_image, GL_TEXTURE_CUBE_MAP),
	PROTECTED("glCopyTexSubImage3D, layer", "glCopyTexSubImage3D copies protected pixels to a layer",
	     copy_tex_sub_image, GL_TEXTURE_2D_ARRAY),
	PROTECTED("glCopyTexSubImage3D, slice", "glCopyTexSubImage3D copies protected pixels to a slice of a volume",
	     copy_tex_sub_image, GL_TEXTURE_3D),
	BOTH("glCopyImageSubData, layer", "glCopyImageSubData copies a layer", copy_image, GL_TEXTURE_2D_ARRAY),
	PROTECTED("glCopyImageSubData, slice", "glCopyImageSubData copies a slice of a volume",
	     copy_image, GL_TEXTURE_3D),
	PROTECTED("glCopyImageSubData, face", "glCopyImageSubData copies the face of a cube",
	     copy_image, GL_TEXTURE_CUBE_MAP),
	PROTECTED("glCopyImageSubData, other format", "glCopyImageSubData copies to a texture of integers",
	     copy_image_flat, GL_RGBA8),
	PROTECTED("glCopyImageSubData, depth", "glCopyImageSubData copies protected depth",
	     copy_image_flat, GL_DEPTH_COMPONENT32F),
	BOTH("glCopyImageSubData, depth and stencil", "glCopyImageSubData copies protected depth and stencil",
	     copy_image_flat, GL_DEPTH24_STENCIL8),
	PROTECTED("glCopyImageSubData, renderbuffer", "glCopyImageSubData copies to a renderbuffer",
	     copy_image_to_renderbuffer),
	BOTH("glBlitFramebuffer", "glBlitFramebuffer copies protected pixels", blit, PLAIN),
	PROTECTED("glBlitFramebuffer, linear", "glBlitFramebuffer that filters copies protected pixels", blit, LINEAR),
	PROTECTED("glBlitFramebuffer, scaled", "glBlitFramebuffer that scales copies protected pixels", blit, SMALLER),
	PROTECTED("glBlitFramebuffer, mirrored", "glBlitFramebuffer that mirrors copies protected pixels",
	     blit, MIRRORED),
	PROTECTED("glBlitFramebuffer, scissors", "glBlitFramebuffer with scissors copies some of them", blit, SCISSORED),
	PROTECTED("glBlitFramebuffer, layer", "glBlitFramebuffer copies protected pixels to a layer", blit, TO_LAYER),
	PROTECTED("glBlitFramebuffer, level", "glBlitFramebuffer copies protected pixels to a mipmap level",
	     blit, TO_LEVEL),
	PROTECTED("glBlitFramebuffer, renderbuffer", "glBlitFramebuffer copies protected pixels to a renderbuffer",
	     blit, TO_RENDERBUFFER),
	BOTH("glBlitFramebuffer, depth", "glBlitFramebuffer copies protected depth",
	     blit_depth, GL_DEPTH_COMPONENT32F),
	PROTECTED("glBlitFramebuffer, depth and stencil", "glBlitFramebuffer copies protected depth and stencil",
	     blit_depth, GL_DEPTH24_STENCIL8),
	BOTH("glBlitFramebuffer, resolve", "glBlitFramebuffer resolves protected samples", resolve, GL_RGBA8),
	PROTECTED("glBlitFramebuffer, resolve depth", "glBlitFramebuffer resolves samples of protected depth",
	     resolve, GL_DEPTH_COMPONENT32F),
	BOTH("glGenerateMipmap", "a level that was computed from a protected one is ordinary", copy_generated_level),
	BOTH("glCopyBufferSubData", "glCopyBufferSubData copies a protected buffer", copy_buffer, 2048),
	PROTECTED("glCopyBufferSubData, a word", "glCopyBufferSubData copies a word of a protected buffer",
	     copy_buffer, 4),
	{ 0 },
};
