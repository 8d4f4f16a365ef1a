/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file side-effects.c
 *
 * What a shader or the pipeline leaves beside the framebuffer: queries, transform
 * feedback, storage, counters and images.
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

static GLuint
result_of_query(enum which which, GLenum target)
{
	GLuint name, available = 0, result = 77;

	use(which);
	framebuffer(which == PROTECTED ? texture(PROTECTED) : coloured(red), 0);
	paint_green();
	glGenQueries(1, &name);
	glBeginQuery(target, name);
	draw();
	glEndQuery(target);
	glGetQueryObjectuiv(name, GL_QUERY_RESULT, &result);
	glGetQueryObjectuiv(name, GL_QUERY_RESULT_AVAILABLE, &available);
	return available ? result : 77;
}

static enum piglit_result
query(void *data)
{
	const GLenum target = (uintptr_t)data;
	/* What is not seen is left out, so all is said to be. */
	const bool of_samples = target == GL_ANY_SAMPLES_PASSED || target == GL_ANY_SAMPLES_PASSED_CONSERVATIVE;
	GLuint result;
	bool right;

	if (target == GL_PRIMITIVES_GENERATED && !has_geometry_shaders())
		return PIGLIT_SKIP;
	result = result_of_query(PROTECTED, target);
	right = error_is(GL_NO_ERROR) & told("query in a protected context") & (result == of_samples);

	/* Elsewhere it has a result, but for the one that is about feedback. */
	result = result_of_query(PLAIN, target);
	right &= target == GL_TRANSFORM_FEEDBACK_PRIMITIVES_WRITTEN ? result == 0 : result > 0 && result != 77;
	return verdict(right & error_is(GL_NO_ERROR) & told_nothing());
}

/* Storage of one word, 42, bound. */
static GLuint
bind_word(GLenum target)
{
	const GLuint before = 42;
	GLuint name;

	glGenBuffers(1, &name);
	glBindBufferBase(target, 0, name);
	glBufferData(target, sizeof(before), &before, GL_STATIC_READ);
	return name;
}

static bool
word_is(GLenum target, GLuint after)
{
	const GLuint *map;
	bool right;

	glMemoryBarrier(GL_ALL_BARRIER_BITS);
	map = glMapBufferRange(target, 0, sizeof(after), GL_MAP_READ_BIT);
	right = map && *map == after;
	glUnmapBuffer(target);
	glBindBufferBase(target, 0, 0);
	return right & error_is(GL_NO_ERROR);
}

static bool
stored(enum which which, const char *source, GLenum target, GLuint after)
{
	use(which);
	compute_program(source);
	bind_word(target);
	glDispatchCompute(1, 1, 1);
	return word_is(target, after);
}

struct store {
	GLenum target;
	const char *source;
	GLuint after;
	const char *message;
};

static enum piglit_result
store(void *data)
{
	const struct store *s = data;
	bool right;

	if (!has_gles(31))
		return PIGLIT_SKIP;
	right = stored(PROTECTED, s->source, s->target, 42);
	/* Storage is told of once a context: whoever comes second hears nothing. */
	if (s->message)
		right &= told(s->message);
	right &= stored(PLAIN, s->source, s->target, s->after);
	return verdict(told_nothing() & right);
}

static enum piglit_result
fragment_store(void *data)
{
	static const char source[] = GLSL_31
		"layout(std430, binding = 0) buffer B { uint word; };\n"
		"layout(location = 0) out vec4 colour;\n"
		"void main() { word = 7u; colour = vec4(0.0, 1.0, 0.0, 1.0); }\n";
	bool right = true;

	if (!has_gles(31))
		return PIGLIT_SKIP;
	for (enum which which = PLAIN; which <= PROTECTED; which++) {
		use(which);
		framebuffer(which == PROTECTED ? texture(PROTECTED) : coloured(red), 0);
		program(source);
		bind_word(GL_SHADER_STORAGE_BUFFER);
		draw();
		right &= word_is(GL_SHADER_STORAGE_BUFFER, which == PROTECTED ? 42 : 7);
	}
	return verdict(right);
}

static void
store_image_here(GLuint name)
{
	compute_program(GLSL_31
		"layout(local_size_x = 16, local_size_y = 16) in;\n"
		"layout(rgba8, binding = 0) writeonly uniform highp image2D image;\n"
		"void main() { imageStore(image, ivec2(gl_LocalInvocationID.xy),\n"
		"			  vec4(0.0, 1.0, 0.0, 1.0)); }\n");
	glBindImageTexture(0, name, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	glDispatchCompute(1, 1, 1);
	glMemoryBarrier(GL_ALL_BARRIER_BITS);
	glBindImageTexture(0, 0, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
}

static void
store_image(enum which which, GLuint name)
{
	use(which);
	store_image_here(name);
}

static enum piglit_result
image_ordinary(void *data)
{
	GLuint name;
	bool right;

	if (!has_gles(31))
		return PIGLIT_SKIP;
	use(PLAIN);
	name = coloured(red);
	store_image(PLAIN, name);
	right = told_nothing();
	return verdict(holds(name, green) & right);
}

static enum piglit_result
image_unprotected(void *data)
{
	GLuint name;
	bool right;

	if (!has_gles(31))
		return PIGLIT_SKIP;
	use(PLAIN);
	name = coloured(red);
	store_image(PROTECTED, name);
	right = error_is(GL_NO_ERROR) & told("unprotected image in a protected context");
	return verdict(holds(name, red) & right);
}

/* In a context of its own, which would be told if it might not. */
static enum piglit_result
image_protected(void *data)
{
	EGLContext second;
	bool right;

	if (!has_gles(31))
		return PIGLIT_SKIP;
	second = create_context(dpy, PROTECTED, contexts[PROTECTED]);
	use(PROTECTED);
	use_context(second);
	store_image_here(texture(PROTECTED));
	glFinish();
	right = error_is(GL_NO_ERROR) & told_nothing();
	use(PLAIN);
	eglDestroyContext(dpy, second);
	return verdict(right);
}

static enum piglit_result
image_protected_in_unprotected(void *data)
{
	GLuint name;

	if (!has_gles(31))
		return PIGLIT_SKIP;
	use(PROTECTED);
	name = texture(PROTECTED);
	glFinish();
	store_image(PLAIN, name);
	return verdict(error_is(GL_NO_ERROR) & told("protected image in an unprotected context"));
}

static enum piglit_result
image_load(void *data)
{
	GLuint name, output;
	bool right;

	if (!has_gles(31))
		return PIGLIT_SKIP;
	use(data ? PROTECTED : PLAIN);
	name = data ? texture(PROTECTED) : coloured(green);
	glFinish();
	use(PLAIN);
	output = coloured(red);
	framebuffer(output, 0);
	program(GLSL_31
		"layout(rgba8, binding = 0) readonly uniform highp image2D image;\n"
		"out vec4 colour;\n"
		"void main() { colour = imageLoad(image, ivec2(1)); }\n");
	glBindImageTexture(0, name, 0, GL_FALSE, 0, GL_READ_ONLY, GL_RGBA8);
	draw();
	right = error_is(GL_NO_ERROR);
	right &= holds(output, data ? (const float[4]){ 0, 0, 0, 0 } : green);
	glBindImageTexture(0, 0, 0, GL_FALSE, 0, GL_READ_ONLY, GL_RGBA8);
	return verdict(right);
}

/* A word of a buffer, which is the texture of an image unit. */
static enum piglit_result
image_of_buffer(void *data)
{
	const enum which which = (uintptr_t)data;
	GLuint name;
	bool right;

	if (!has_gles(32))
		return PIGLIT_SKIP;
	use(which);
	compute_program(GLSL_32
		"layout(local_size_x = 1) in;\n"
		"layout(r32ui, binding = 0) writeonly uniform highp uimageBuffer image;\n"
		"void main() { imageStore(image, 0, uvec4(7u)); }\n");
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_BUFFER, name);
	/* A binding that no shader looks at. */
	glTexBuffer(GL_TEXTURE_BUFFER, GL_R32UI, bind_word(GL_UNIFORM_BUFFER));
	glBindImageTexture(0, name, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_R32UI);
	glDispatchCompute(1, 1, 1);
	right = word_is(GL_UNIFORM_BUFFER, which == PROTECTED ? 42 : 7);
	glBindImageTexture(0, 0, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_R32UI);
	return verdict(right);
}

static bool
feedback(enum which which, bool *written)
{
	static const char vertex[] = GLSL
		"out vec4 position;\n"
		"void main() { gl_PointSize = 1.0; gl_Position = position = vec4(7.0); }\n";
	static const char fragment[] = GLSL
		"out vec4 colour; void main() { colour = vec4(0.0, 1.0, 0.0, 1.0); }\n";
	const char *varying = "position";
	float data[16];
	const float *map;
	GLuint buffer, prog, array;

	for (unsigned i = 0; i < 16; i++)
		data[i] = 42;
	use(which);
	framebuffer(which == PROTECTED ? texture(PROTECTED) : coloured(red), 0);
	prog = glCreateProgram();
	glAttachShader(prog, piglit_compile_shader_text(GL_VERTEX_SHADER, vertex));
	glAttachShader(prog, piglit_compile_shader_text(GL_FRAGMENT_SHADER, fragment));
	glTransformFeedbackVaryings(prog, 1, &varying, GL_INTERLEAVED_ATTRIBS);
	glLinkProgram(prog);
	glUseProgram(prog);
	glGenVertexArrays(1, &array);
	glBindVertexArray(array);
	glGenBuffers(1, &buffer);
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, buffer);
	glBufferData(GL_TRANSFORM_FEEDBACK_BUFFER, sizeof(data), data, GL_STATIC_READ);
	glBeginTransformFeedback(GL_POINTS);
	glDrawArrays(GL_POINTS, 0, 4);
	glEndTransformFeedback();
	map = glMapBufferRange(GL_TRANSFORM_FEEDBACK_BUFFER, 0, sizeof(data), GL_MAP_READ_BIT);
	*written = map && memcmp(map, data, sizeof(data));
	glUnmapBuffer(GL_TRANSFORM_FEEDBACK_BUFFER);
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, 0);
	return map && error_is(GL_NO_ERROR);
}

static enum piglit_result
transform_feedback(void *data)
{
	bool written, right;

	right = feedback(PROTECTED, &written) & !written;
	right &= told("transform feedback in a protected context");
	right &= feedback(PLAIN, &written) & written;
	return verdict(right & told_nothing());
}

/* The message about storage is given once a context. */
static enum piglit_result
message_once(void *data)
{
	static const char source[] = GLSL_31
		"layout(local_size_x = 1) in;\n"
		"layout(std430, binding = 0) buffer B { uint word; };\n"
		"void main() { word = 7u; }\n";
	EGLContext second;
	bool right;

	if (!has_gles(31))
		return PIGLIT_SKIP;
	second = create_context(dpy, PROTECTED, contexts[PROTECTED]);
	use(PROTECTED);
	use_context(second);
	bind_word(GL_SHADER_STORAGE_BUFFER);
	compute_program(source);
	glDispatchCompute(1, 1, 1);
	right = told("shader storage buffer in a protected context");
	glDispatchCompute(1, 1, 1);
	compute_program(source);
	glDispatchCompute(1, 1, 1);
	right &= told_nothing();
	use(PLAIN);
	eglDestroyContext(dpy, second);
	return verdict(right);
}

#define STORE(what, ...) SUBTEST_OF(what, store, (&(const struct store){ __VA_ARGS__ }))
#define BUFFER "layout(local_size_x = 1) in; layout(std430, binding = 0) buffer B { uint word; };\n"

static const struct piglit_subtest subtests[] = {
	SUBTEST_OF("ANY_SAMPLES_PASSED is 1", query, GL_ANY_SAMPLES_PASSED),
	SUBTEST_OF("ANY_SAMPLES_PASSED_CONSERVATIVE is 1", query, GL_ANY_SAMPLES_PASSED_CONSERVATIVE),
	SUBTEST_OF("PRIMITIVES_GENERATED is 0", query, GL_PRIMITIVES_GENERATED),
	SUBTEST_OF("TRANSFORM_FEEDBACK_PRIMITIVES_WRITTEN is 0", query, GL_TRANSFORM_FEEDBACK_PRIMITIVES_WRITTEN),
	STORE("a compute shader writes no storage", GL_SHADER_STORAGE_BUFFER,
	      GLSL_31 BUFFER "void main() { word = 7u; }\n", 7, "shader storage buffer in a protected context"),
	STORE("a compute shader adds nothing to storage", GL_SHADER_STORAGE_BUFFER,
	      GLSL_31 BUFFER "void main() { atomicAdd(word, 3u); }\n", 45, NULL),
	STORE("an atomic counter does not count", GL_ATOMIC_COUNTER_BUFFER,
	      GLSL_31 "layout(local_size_x = 1) in;\nlayout(binding = 0, offset = 0) uniform atomic_uint counter;\n"
	      "void main() { atomicCounterIncrement(counter); }\n", 43,
	      "atomic counter buffer in a protected context"),
	SUBTEST("a fragment shader writes no storage", fragment_store),
	SUBTEST("the message about storage is given once", message_once),
	SUBTEST("control: an image store writes an unprotected texture", image_ordinary),
	SUBTEST("a protected context stores to no unprotected image", image_unprotected),
	SUBTEST("a protected context stores to a protected image", image_protected),
	SUBTEST("an unprotected context stores to no protected image", image_protected_in_unprotected),
	SUBTEST_OF("control: an image load reads an unprotected texture", image_load, 0),
	SUBTEST_OF("an unprotected context loads 0 from a protected image", image_load, 1),
	SUBTEST_OF("control: an image store writes a buffer", image_of_buffer, PLAIN),
	SUBTEST_OF("a protected context stores to no image of a buffer", image_of_buffer, PROTECTED),
	SUBTEST("transform feedback writes nothing", transform_feedback),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	protected_run(subtests);
}
