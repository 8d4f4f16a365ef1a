/* SPDX-License-Identifier: MIT */
/*
 * force_protected_content: what an application that knows nothing of protection draws off screen, and then
 * from. Each case does so in one of the ways there are and fills a cell of the display; the camera looks, and
 * the application itself gets an error when it reads back.
 */
#include <stdlib.h>
#include <string.h>

#include "stage.h"
#include "tap.h"

enum { COLUMNS = 7, ROWS = 3, SIDE = 16 };

static const uint8_t red[3] = { 255, 0, 0 }, green[3] = { 0, 255, 0 }, blue[3] = { 0, 0, 255 };

static GLuint flat_program, layer_program, slice_program, face_program;
static bool could_read;

static void upload(GLenum target, GLint level, unsigned side, const uint8_t rgb[3])
{
	uint8_t data[SIDE * SIDE][4];

	for (unsigned i = 0; i < side * side; i++) {
		memcpy(data[i], rgb, 3);
		data[i][3] = 255;
	}
	glTexImage2D(target, level, GL_RGBA, side, side, 0, GL_RGBA, GL_UNSIGNED_BYTE, data);
}

/* Of glTexImage2D; without a colour, nothing is uploaded. */
static GLuint texture(struct stage *stage, const uint8_t *rgb)
{
	GLuint name = create_texture(stage, GL_TEXTURE_2D, NULL);

	if (rgb)
		upload(GL_TEXTURE_2D, 0, SIDE, rgb);
	else
		glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, SIDE, SIDE, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	return name;
}

/* Of what is bound for reading. */
static void read_back(void)
{
	uint8_t pixel[4] = { 1, 2, 3, 4 };

	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	could_read |= glGetError() != GL_INVALID_OPERATION || pixel[0] != 1;
}

static void clear(const uint8_t rgb[3])
{
	glClearColor(rgb[0] / 255.0f, rgb[1] / 255.0f, rgb[2] / 255.0f, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	read_back();
}

static void draw_layer(struct stage *stage, GLuint program, GLenum target, GLuint name, float layer, float lod)
{
	glBindFramebuffer(GL_FRAMEBUFFER, stage->framebuffer);
	glUseProgram(program);
	glUniform1f(glGetUniformLocation(program, "layer"), layer);
	glUniform1f(glGetUniformLocation(program, "lod"), lod);
	draw_program(program, target, name);
}

static void draw_flat(struct stage *stage, GLuint name, float lod)
{
	draw_layer(stage, flat_program, GL_TEXTURE_2D, name, 0, lod);
}

/* Clears a part of what is attached, over all rows, from a column on. */
static void clear_columns(unsigned from, const uint8_t rgb[3])
{
	glEnable(GL_SCISSOR_TEST);
	glScissor(from, 0, SIDE, SIDE);
	clear(rgb);
	glDisable(GL_SCISSOR_TEST);
}

/* ---- cases: each draws one colour over the whole viewport --------------------------------------- */

static const uint8_t *drawn_to(struct stage *stage)
{
	GLuint name = texture(stage, NULL);

	create_framebuffer(GL_TEXTURE_2D, name);
	clear(green);
	draw_flat(stage, name, 0);
	return green;
}

static const uint8_t *sampled_first(struct stage *stage)
{
	GLuint name = texture(stage, red);

	draw_flat(stage, name, 0);
	create_framebuffer(GL_TEXTURE_2D, name);
	clear(green);
	draw_flat(stage, name, 0);
	return green;
}

/* The middle of the cell is what was uploaded, the edge what was drawn. */
static const uint8_t *uploaded_first(struct stage *stage)
{
	GLuint name = texture(stage, blue);

	create_framebuffer(GL_TEXTURE_2D, name);
	clear_columns(SIDE - 2, red);
	draw_flat(stage, name, 0);
	return blue;
}

static const uint8_t *uploaded_after(struct stage *stage)
{
	GLuint name = texture(stage, NULL);

	create_framebuffer(GL_TEXTURE_2D, name);
	clear(red);
	glBindTexture(GL_TEXTURE_2D, name);
	upload(GL_TEXTURE_2D, 0, SIDE, blue);
	draw_flat(stage, name, 0);
	return blue;
}

/* It is attached before it has storage, and then is another size. */
static const uint8_t *specified_after(struct stage *stage)
{
	GLuint name = create_texture(stage, GL_TEXTURE_2D, NULL);

	create_framebuffer(GL_TEXTURE_2D, name);
	for (unsigned side = SIDE; side >= SIDE / 4; side /= 2) {
		glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, side, side, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
		clear(side == SIDE / 4 ? green : red);
	}
	draw_flat(stage, name, 0);
	return green;
}

static const uint8_t *stored(struct stage *stage)
{
	GLuint name = create_texture(stage, GL_TEXTURE_2D, NULL);

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIDE, SIDE);
	create_framebuffer(GL_TEXTURE_2D, name);
	clear(blue);
	draw_flat(stage, name, 0);
	return blue;
}

/* Two levels were uploaded, and one is drawn to. */
static const uint8_t *level(struct stage *stage)
{
	GLuint name = create_texture(stage, GL_TEXTURE_2D, NULL), framebuffer;

	upload(GL_TEXTURE_2D, 0, SIDE, red);
	upload(GL_TEXTURE_2D, 1, SIDE / 2, red);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 1);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST_MIPMAP_NEAREST);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, name, 1);
	clear(green);
	draw_flat(stage, name, 1);
	return green;
}

static const uint8_t *other_level(struct stage *stage)
{
	GLuint name = create_texture(stage, GL_TEXTURE_2D, NULL);

	upload(GL_TEXTURE_2D, 0, SIDE, red);
	upload(GL_TEXTURE_2D, 1, SIDE / 2, blue);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, 1);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST_MIPMAP_NEAREST);
	create_framebuffer(GL_TEXTURE_2D, name);
	clear(green);
	draw_flat(stage, name, 1);
	return blue;
}

static const uint8_t *generated_level(struct stage *stage)
{
	GLuint name = texture(stage, red);

	create_framebuffer(GL_TEXTURE_2D, name);
	clear(blue);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST_MIPMAP_NEAREST);
	glGenerateMipmap(GL_TEXTURE_2D);
	draw_flat(stage, name, 2);
	return blue;
}

static const uint8_t *layer(struct stage *stage)
{
	static uint8_t data[3][SIDE * SIDE][4];
	GLuint name = create_texture(stage, GL_TEXTURE_2D_ARRAY, NULL), framebuffer;

	glTexImage3D(GL_TEXTURE_2D_ARRAY, 0, GL_RGBA8, SIDE, SIDE, 3, 0, GL_RGBA, GL_UNSIGNED_BYTE, data);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	for (unsigned i = 0; i < 3; i++) {
		glFramebufferTextureLayer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, name, 0, i);
		clear(i == 1 ? green : red);
	}
	draw_layer(stage, layer_program, GL_TEXTURE_2D_ARRAY, name, 1, 0);
	return green;
}

/* The other slices are as they were uploaded. */
static const uint8_t *slice(struct stage *stage)
{
	static uint8_t data[4][SIDE * SIDE][4];
	GLuint name = create_texture(stage, GL_TEXTURE_3D, NULL), framebuffer;

	for (unsigned i = 0; i < SIDE * SIDE; i++)
		data[2][i][2] = data[2][i][3] = 255;
	glTexImage3D(GL_TEXTURE_3D, 0, GL_RGBA8, SIDE, SIDE, 4, 0, GL_RGBA, GL_UNSIGNED_BYTE, data);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTextureLayer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, name, 0, 1);
	clear(red);
	draw_layer(stage, slice_program, GL_TEXTURE_3D, name, 2.5 / 4, 0);
	return blue;
}

static const uint8_t *cube_face(struct stage *stage)
{
	GLuint name = create_texture(stage, GL_TEXTURE_CUBE_MAP, NULL), framebuffer;

	for (unsigned i = 0; i < 6; i++)
		upload(GL_TEXTURE_CUBE_MAP_POSITIVE_X + i, 0, SIDE, red);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_CUBE_MAP_NEGATIVE_X, name, 0);
	clear(green);
	draw_layer(stage, face_program, GL_TEXTURE_CUBE_MAP, name, 1, 0);
	return green;
}

/* Blue in front, drawn first; and the renderbuffers of colour and depth are blitted to a texture. */
static const uint8_t *renderbuffers(struct stage *stage)
{
	GLuint name = texture(stage, red), buffers[2], framebuffers[2];

	framebuffers[0] = create_framebuffer(GL_TEXTURE_2D, name);
	glGenRenderbuffers(2, buffers);
	glGenFramebuffers(1, &framebuffers[1]);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffers[1]);
	for (unsigned i = 0; i < 2; i++) {
		glBindRenderbuffer(GL_RENDERBUFFER, buffers[i]);
		glRenderbufferStorage(GL_RENDERBUFFER, i ? GL_DEPTH24_STENCIL8 : GL_RGBA8, SIDE, SIDE);
		glFramebufferRenderbuffer(GL_FRAMEBUFFER, i ? GL_DEPTH_STENCIL_ATTACHMENT : GL_COLOR_ATTACHMENT0,
					  GL_RENDERBUFFER, buffers[i]);
	}
	glEnable(GL_DEPTH_TEST);
	glClear(GL_DEPTH_BUFFER_BIT);
	clear(green);
	GLuint source = texture(stage, blue);
	GLint viewport[4];
	glGetIntegerv(GL_VIEWPORT, viewport);
	glViewport(0, 0, SIDE, SIDE);
	glUseProgram(flat_program);
	glUniform1f(glGetUniformLocation(flat_program, "depth"), -0.5);
	draw_program(flat_program, GL_TEXTURE_2D, source);
	upload(GL_TEXTURE_2D, 0, SIDE, red);
	glUniform1f(glGetUniformLocation(flat_program, "depth"), 0.5);
	draw_program(flat_program, GL_TEXTURE_2D, source);
	glUniform1f(glGetUniformLocation(flat_program, "depth"), 0);
	glDisable(GL_DEPTH_TEST);
	glViewport(viewport[0], viewport[1], viewport[2], viewport[3]);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, framebuffers[0]);
	glBlitFramebuffer(0, 0, SIDE, SIDE, 0, 0, SIDE, SIDE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	draw_flat(stage, name, 0);
	return blue;
}

static const uint8_t *resolve(struct stage *stage, bool of_texture)
{
	GLuint name = texture(stage, red), framebuffers[2], many;

	framebuffers[0] = create_framebuffer(GL_TEXTURE_2D, name);
	if (of_texture) {
		many = create_texture(stage, GL_TEXTURE_2D_MULTISAMPLE, NULL);
		glTexStorage2DMultisample(GL_TEXTURE_2D_MULTISAMPLE, 4, GL_RGBA8, SIDE, SIDE, GL_TRUE);
		framebuffers[1] = create_framebuffer(GL_TEXTURE_2D_MULTISAMPLE, many);
	} else {
		glGenRenderbuffers(1, &many);
		glBindRenderbuffer(GL_RENDERBUFFER, many);
		glRenderbufferStorageMultisample(GL_RENDERBUFFER, 4, GL_RGBA8, SIDE, SIDE);
		glGenFramebuffers(1, &framebuffers[1]);
		glBindFramebuffer(GL_FRAMEBUFFER, framebuffers[1]);
		glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, many);
	}
	glClearColor(0, 1, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, framebuffers[0]);
	glBlitFramebuffer(0, 0, SIDE, SIDE, 0, 0, SIDE, SIDE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	draw_flat(stage, name, 0);
	return green;
}

static const uint8_t *resolved_texture(struct stage *stage)
{
	return resolve(stage, true);
}

static const uint8_t *resolved_renderbuffer(struct stage *stage)
{
	return resolve(stage, false);
}

static const uint8_t *copied_to_new(struct stage *stage)
{
	GLuint name;

	create_framebuffer(GL_TEXTURE_2D, texture(stage, NULL));
	clear(blue);
	name = create_texture(stage, GL_TEXTURE_2D, NULL);
	glCopyTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, 0, 0, SIDE, SIDE, 0);
	draw_flat(stage, name, 0);
	return blue;
}

/* What is not copied to stays as it was uploaded. */
static const uint8_t *copied_to_part(struct stage *stage)
{
	GLuint name;

	create_framebuffer(GL_TEXTURE_2D, texture(stage, NULL));
	clear(red);
	name = texture(stage, green);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, 2, 2);
	draw_flat(stage, name, 0);
	return green;
}

static const uint8_t *copied_image(struct stage *stage)
{
	GLuint source = texture(stage, NULL), name;

	create_framebuffer(GL_TEXTURE_2D, source);
	clear(blue);
	name = texture(stage, red);
	glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, name, GL_TEXTURE_2D, 0, 0, 0, 0, SIDE, SIDE, 1);
	draw_flat(stage, name, 0);
	return blue;
}

/* By an image unit, of a compute shader. */
static const uint8_t *image_stored(struct stage *stage)
{
	static const char source[] =
		"#version 310 es\n"
		"layout(local_size_x = 16) in;\n"
		"layout(rgba8, binding = 0) writeonly uniform highp image2D image;\n"
		"void main() { for (int y = 0; y < 16; y++) imageStore(image, ivec2(gl_GlobalInvocationID.x, y),\n"
		"                                                     vec4(0.0, 1.0, 0.0, 1.0)); }\n";
	GLuint name = create_texture(stage, GL_TEXTURE_2D, NULL), program = glCreateProgram();

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIDE, SIDE);
	glAttachShader(program, compile_shader(GL_COMPUTE_SHADER, source));
	glLinkProgram(program);
	glUseProgram(program);
	glBindImageTexture(0, name, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	glDispatchCompute(1, 1, 1);
	glMemoryBarrier(GL_TEXTURE_FETCH_BARRIER_BIT);
	glBindImageTexture(0, 0, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	draw_flat(stage, name, 0);
	return green;
}

/* Drawn to through an EGLImage of the texture, and sampled as the texture. */
static const uint8_t *through_image(struct stage *stage)
{
	GLuint name = texture(stage, red);
	EGLImageKHR image = stage->create_image(stage->display, stage->protected, EGL_GL_TEXTURE_2D,
						(EGLClientBuffer)(uintptr_t)name, NULL);

	create_framebuffer(GL_TEXTURE_2D, create_texture(stage, GL_TEXTURE_2D, image));
	clear(blue);
	stage->destroy_image(stage->display, image);
	draw_flat(stage, name, 0);
	return blue;
}

/* The same by a view. */
static const uint8_t *through_view(struct stage *stage)
{
	PFNGLTEXTUREVIEWEXTPROC view_texture = (void *)eglGetProcAddress("glTextureViewEXT");
	GLuint name = create_texture(stage, GL_TEXTURE_2D, NULL), view;

	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIDE, SIDE);
	glGenTextures(1, &view);
	view_texture(view, GL_TEXTURE_2D, name, GL_RGBA8, 0, 1, 0, 1);
	create_framebuffer(GL_TEXTURE_2D, view);
	clear(green);
	draw_flat(stage, name, 0);
	return green;
}

static const struct stage_case cases[COLUMNS * ROWS] = {
	{ "a texture that was drawn to", drawn_to },
	{ "a texture that was sampled before it was drawn to", sampled_first },
	{ "what was uploaded before it was drawn to", uploaded_first },
	{ "what was uploaded after it was drawn to", uploaded_after },
	{ "a texture that gets storage when it is attached", specified_after },
	{ "a texture of glTexStorage", stored },
	{ "a level", level },
	{ "another level than the one drawn to", other_level },
	{ "a generated level", generated_level },
	{ "a layer", layer },
	{ "a face of a cube", cube_face },
	{ "another slice than the one drawn to", slice },
	{ "renderbuffers of colour and depth, blitted", renderbuffers },
	{ "a multisample texture, resolved", resolved_texture },
	{ "a multisample renderbuffer, resolved", resolved_renderbuffer },
	{ "glCopyTexImage2D", copied_to_new },
	{ "glCopyTexSubImage2D to a part", copied_to_part },
	{ "glCopyImageSubData", copied_image },
	{ "an image store", image_stored },
	{ "what was drawn through an EGLImage", through_image },
	{ "what was drawn through a view", through_view },
};

static void test_reading(void)
{
	read_back();
	ok(!could_read, "nothing of what was drawn can be read back");
}

int main(void)
{
	struct stage stage;
	const char *missing;
	EGLint value = EGL_FALSE;
	bool usable;

	setenv("force_protected_content", "true", 1);
	missing = stage_init(&stage, &usable);
	if (missing)
		return tap_skip_all(missing);
	if (!usable)
		return tap_end();

	flat_program = link_program("uniform sampler2D picture; uniform float lod;", "textureLod(picture, at, lod)");
	layer_program = link_program("uniform sampler2DArray picture; uniform float layer;",
				     "texture(picture, vec3(at, layer))");
	slice_program = link_program("uniform sampler3D picture; uniform float layer;",
				     "texture(picture, vec3(at, layer))");
	face_program = link_program("uniform samplerCube picture; uniform float layer;",
				    "texture(picture, vec3(1.0 - 2.0 * layer, at * 1.8 - 0.9))");

	eglQueryContext(stage.display, stage.unprotected, EGL_PROTECTED_CONTENT_EXT, &value);
	ok(value == EGL_TRUE, "a context that did not ask for it is protected");
	stage_run_cases(&stage, cases, COLUMNS, ROWS, 0, test_reading);
	stage_fini(&stage);
	return tap_end();
}
