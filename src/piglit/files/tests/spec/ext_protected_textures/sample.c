/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file sample.c
 *
 * What an unprotected context samples from protected textures is (0, 0, 0, 1), of
 * every kind and in every stage; what it samples from others is right.
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

struct sampler {
	int gles;
	GLenum target, format;
	const char *type, *expression;
};

static void
use_sampler(const struct sampler *s)
{
	char source[512];

	snprintf(source, sizeof(source),
		 "#version %d0 es\nprecision highp float;\n"
		 "precision highp %s; uniform %s s; out vec4 colour;\n"
		 "void main() { colour = %s; }\n", s->gles, s->type, s->type, s->expression);
	program(source);
}

static enum piglit_result
black_from(void *data)
{
	const struct sampler *s = data;
	GLuint name, output;
	bool right;

	if (!has_gles(s->gles))
		return PIGLIT_SKIP;
	use(PROTECTED);
	name = texture_of(PROTECTED, s->target, s->format, 1);
	glFinish();
	use(PLAIN);
	output = coloured(red);
	framebuffer(output, 0);
	use_sampler(s);
	glBindTexture(s->target, name);
	draw();
	draw();
	right = error_is(GL_NO_ERROR) & told(TOLD_TEXTURE);
	glBindTexture(s->target, 0);
	return verdict(holds(output, black) & right);
}

/* Protected content that was put there is not what is sampled. */
static enum piglit_result
filled(void *data)
{
	GLuint name, output;
	bool right;

	use(PROTECTED);
	name = texture(PROTECTED);
	framebuffer(name, 0);
	paint_green();
	draw();
	glFinish();
	use(PLAIN);
	output = sampled(name);
	right = error_is(GL_NO_ERROR) & told(TOLD_TEXTURE);
	return verdict(holds(output, black) & right);
}

static enum piglit_result
ordinary(void *data)
{
	GLuint output;
	bool right;

	use(PLAIN);
	output = sampled(coloured(green));
	right = error_is(GL_NO_ERROR) & told_nothing();
	return verdict(holds(output, green) & right);
}

static enum piglit_result
in_protected(void *data)
{
	GLuint name;

	use(PROTECTED);
	name = data ? coloured(green) : texture(PROTECTED);
	framebuffer(texture(PROTECTED), 0);
	sample(name);
	glFinish();
	return verdict(error_is(GL_NO_ERROR) & told_nothing());
}

static enum piglit_result
vertex_stage(void *data)
{
	static const char vertex[] = GLSL
		"uniform sampler2D s; out vec4 v;\n"
		"void main() {\n"
		"	vec2 p = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
		"	v = texelFetch(s, ivec2(3, 3), 0);\n"
		"	gl_Position = vec4(p * 2.0 - 1.0, 0.0, 1.0);\n"
		"}\n";
	static const char fragment[] = GLSL
		"in vec4 v; out vec4 colour; void main() { colour = v; }\n";
	GLuint name, output;
	bool right;

	use(PROTECTED);
	name = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	output = coloured(red);
	framebuffer(output, 0);
	glUseProgram(piglit_build_simple_program(vertex, fragment));
	glBindTexture(GL_TEXTURE_2D, name);
	draw();
	right = error_is(GL_NO_ERROR) & told(TOLD_TEXTURE);
	return verdict(holds(output, black) & right);
}

static enum piglit_result
compute_stage(void *data)
{
	static const char source[] = GLSL_31
		"layout(local_size_x = 1) in; uniform sampler2D s;\n"
		"layout(std430, binding = 0) buffer B { vec4 v; };\n"
		"void main() { v = texelFetch(s, ivec2(3, 3), 0); }\n";
	const float before[4] = { 5, 5, 5, 5 };
	GLuint name, buffer;
	const float *map;
	bool right;

	if (!has_gles(31))
		return PIGLIT_SKIP;
	use(PROTECTED);
	name = texture(PROTECTED);
	framebuffer(name, 0);
	paint_green();
	draw();
	glFinish();
	use(PLAIN);
	compute_program(source);
	glGenBuffers(1, &buffer);
	glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, buffer);
	glBufferData(GL_SHADER_STORAGE_BUFFER, sizeof(before), before, GL_STATIC_READ);
	glBindTexture(GL_TEXTURE_2D, name);
	glDispatchCompute(1, 1, 1);
	glMemoryBarrier(GL_ALL_BARRIER_BITS);
	map = glMapBufferRange(GL_SHADER_STORAGE_BUFFER, 0, sizeof(before), GL_MAP_READ_BIT);
	right = map && !memcmp(map, black, sizeof(black));
	glUnmapBuffer(GL_SHADER_STORAGE_BUFFER);
	return verdict(right & error_is(GL_NO_ERROR) & told(TOLD_TEXTURE));
}

static enum piglit_result
view(void *data)
{
	GLuint name, view, output;
	bool right;

	if (!piglit_is_extension_supported("GL_EXT_texture_view"))
		return PIGLIT_SKIP;
	use(PROTECTED);
	name = texture_of(PROTECTED, GL_TEXTURE_2D_ARRAY, GL_RGBA8, 1);
	glGenTextures(1, &view);
	glTextureViewEXT(view, GL_TEXTURE_2D, name, GL_RGBA8, 0, 1, 2, 1);
	right = error_is(GL_NO_ERROR);
	glFinish();
	use(PLAIN);
	output = sampled(view);
	right &= error_is(GL_NO_ERROR) & told(TOLD_TEXTURE);
	return verdict(holds(output, black) & right);
}

/* Neither a comparison nor a border of the sampler's own makes it brighter. */
static enum piglit_result
shadow(void *data)
{
	GLuint name, output;
	bool right;

	use(PROTECTED);
	name = texture_of(PROTECTED, GL_TEXTURE_2D, GL_DEPTH_COMPONENT24, 1);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_COMPARE_MODE, GL_COMPARE_REF_TO_TEXTURE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_COMPARE_FUNC, GL_ALWAYS);
	glFinish();
	use(PLAIN);
	output = coloured(red);
	framebuffer(output, 0);
	program(GLSL "precision highp sampler2DShadow; uniform sampler2DShadow s; out vec4 colour;\n"
		"void main() { colour = vec4(vec3(texture(s, vec3(0.5))), 1.0); }\n");
	glBindTexture(GL_TEXTURE_2D, name);
	draw();
	right = error_is(GL_NO_ERROR) & told(TOLD_TEXTURE);
	return verdict(holds(output, black) & right);
}

static enum piglit_result
sampler_object(void *data)
{
	static const float white[4] = { 1, 1, 1, 1 };
	const enum which which = (uintptr_t)data;
	GLuint name, output, sampler;
	bool right;

	if (!has_gles(32))
		return PIGLIT_SKIP;
	use(which);
	name = which == PROTECTED ? texture(PROTECTED) : coloured(green);
	glFinish();
	use(PLAIN);
	output = coloured(red);
	framebuffer(output, 0);
	glGenSamplers(1, &sampler);
	glSamplerParameteri(sampler, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_BORDER);
	glSamplerParameteri(sampler, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glSamplerParameterfv(sampler, GL_TEXTURE_BORDER_COLOR, white);
	glBindSampler(0, sampler);
	program(GLSL "uniform sampler2D s; out vec4 colour;\n"
		"void main() { colour = texture(s, vec2(7.5, 0.5)); }\n");
	glBindTexture(GL_TEXTURE_2D, name);
	draw();
	glBindSampler(0, 0);
	right = error_is(GL_NO_ERROR) & (which == PROTECTED ? told(TOLD_TEXTURE) : told_nothing());
	return verdict(holds(output, which == PROTECTED ? black : white) & right);
}

/* Buffers are not protected, so any context samples them. */
static enum piglit_result
buffer_texture(void *data)
{
	const enum which which = (uintptr_t)data;
	static const GLubyte texel[4] = { 0, 255, 0, 255 };
	GLuint name, buffer, output;
	bool right;

	if (!has_gles(32))
		return PIGLIT_SKIP;
	use(which);
	output = which == PROTECTED ? texture(PROTECTED) : coloured(red);
	framebuffer(output, 0);
	glGenBuffers(1, &buffer);
	glBindBuffer(GL_TEXTURE_BUFFER, buffer);
	glBufferData(GL_TEXTURE_BUFFER, sizeof(texel), texel, GL_STATIC_DRAW);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_BUFFER, name);
	glTexBuffer(GL_TEXTURE_BUFFER, GL_RGBA8, buffer);
	program(GLSL_32 "uniform highp samplerBuffer s; out vec4 colour;\n"
		"void main() { colour = texelFetch(s, 0); }\n");
	draw();
	glFinish();
	right = error_is(GL_NO_ERROR) & told_nothing();
	return verdict(right && (which == PROTECTED || holds(output, green)));
}

static enum piglit_result
per_texture(void *data)
{
	GLuint names[2];
	bool right;

	use(PROTECTED);
	names[0] = texture(PROTECTED);
	names[1] = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	sampled(names[0]);
	right = told(TOLD_TEXTURE);
	sampled(names[0]);
	right &= told_nothing();
	sampled(names[1]);
	return verdict(told(TOLD_TEXTURE) & right);
}

static enum piglit_result
size(void *data)
{
	GLuint name, output;

	use(PROTECTED);
	name = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	output = coloured(red);
	framebuffer(output, 0);
	program(GLSL "uniform sampler2D s; out vec4 colour;\n"
		"void main() { ivec2 n = textureSize(s, 0);\n"
		"	colour = n.x > 0 && n.y > 0 ? vec4(0.0, 1.0, 0.0, 1.0) : vec4(1.0); }\n");
	glBindTexture(GL_TEXTURE_2D, name);
	draw();
	return verdict(holds(output, green));
}

#define KIND_SINCE(gles, what, target, format, type, expression) \
	SUBTEST_OF("black from " what, black_from, \
		   (&(const struct sampler){ gles, target, format, type, expression }))
#define KIND(...) KIND_SINCE(30, __VA_ARGS__)

static const struct piglit_subtest subtests[] = {
	SUBTEST("control: an unprotected texture is sampled as it is", ordinary),
	SUBTEST("black from a texture that was drawn to", filled),
	KIND("texture()", GL_TEXTURE_2D, GL_RGBA8, "sampler2D", "texture(s, vec2(0.5))"),
	KIND("textureLod()", GL_TEXTURE_2D, GL_RGBA8, "sampler2D", "textureLod(s, vec2(0.5), 0.0)"),
	KIND("textureGrad()", GL_TEXTURE_2D, GL_RGBA8, "sampler2D",
	     "textureGrad(s, vec2(0.5), vec2(0.1), vec2(0.1))"),
	KIND("textureProj()", GL_TEXTURE_2D, GL_RGBA8, "sampler2D", "textureProj(s, vec3(0.5, 0.5, 1.0))"),
	KIND("textureOffset()", GL_TEXTURE_2D, GL_RGBA8, "sampler2D",
	     "textureOffset(s, vec2(0.5), ivec2(1))"),
	KIND("texelFetch()", GL_TEXTURE_2D, GL_RGBA8, "sampler2D", "texelFetch(s, ivec2(9), 0)"),
	KIND_SINCE(31, "textureGather()", GL_TEXTURE_2D, GL_RGBA8, "sampler2D",
	     "vec4(textureGather(s, vec2(0.5)).rgb, 1.0)"),
	KIND("a 2D array", GL_TEXTURE_2D_ARRAY, GL_RGBA8, "sampler2DArray", "texture(s, vec3(0.5, 0.5, 2.0))"),
	KIND("a 3D texture", GL_TEXTURE_3D, GL_RGBA8, "sampler3D", "texture(s, vec3(0.5))"),
	KIND("a cube", GL_TEXTURE_CUBE_MAP, GL_RGBA8, "samplerCube", "texture(s, vec3(0.5, 0.1, 0.1))"),
	KIND_SINCE(32, "a cube array", GL_TEXTURE_CUBE_MAP_ARRAY, GL_RGBA8, "samplerCubeArray",
	     "texture(s, vec4(0.5, 0.1, 0.1, 0.0))"),
	KIND("unsigned integers", GL_TEXTURE_2D, GL_RGBA8UI, "usampler2D", "vec4(texture(s, vec2(0.5)))"),
	KIND("signed integers", GL_TEXTURE_2D, GL_RGBA16I, "isampler2D", "vec4(texture(s, vec2(0.5)))"),
	KIND("half floats", GL_TEXTURE_2D, GL_RGBA16F, "sampler2D", "texture(s, vec2(0.5))"),
	KIND("one channel", GL_TEXTURE_2D, GL_R8, "sampler2D", "texture(s, vec2(0.5))"),
	KIND("sRGB", GL_TEXTURE_2D, GL_SRGB8_ALPHA8, "sampler2D", "texture(s, vec2(0.5))"),
	KIND("depth", GL_TEXTURE_2D, GL_DEPTH_COMPONENT24, "sampler2D", "texture(s, vec2(0.5))"),
	KIND("depth with stencil", GL_TEXTURE_2D, GL_DEPTH24_STENCIL8, "sampler2D", "texture(s, vec2(0.5))"),
	KIND_SINCE(31, "multisample", GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, "sampler2DMS", "texelFetch(s, ivec2(3), 1)"),
	KIND_SINCE(32, "a multisample array", GL_TEXTURE_2D_MULTISAMPLE_ARRAY, GL_RGBA8, "sampler2DMSArray",
	     "texelFetch(s, ivec3(3, 3, 1), 1)"),
	SUBTEST("black from a comparison", shadow),
	SUBTEST_OF("control: a sampler's border is sampled", sampler_object, PLAIN),
	SUBTEST_OF("black beside a texture, whatever the sampler's border", sampler_object, PROTECTED),
	SUBTEST("black in the vertex stage", vertex_stage),
	SUBTEST("black in the compute stage", compute_stage),
	SUBTEST("black from a view", view),
	SUBTEST("a texture's size is not refused", size),
	SUBTEST("there is one message for a texture", per_texture),
	SUBTEST_OF("a protected context samples what is protected", in_protected, 0),
	SUBTEST_OF("a protected context samples what is unprotected", in_protected, 1),
	SUBTEST_OF("an unprotected context samples a buffer", buffer_texture, PLAIN),
	SUBTEST_OF("a protected context samples a buffer", buffer_texture, PROTECTED),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	protected_run(subtests);
}
