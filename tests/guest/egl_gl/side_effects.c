/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "egl_gl.h"

static GLuint samples_passed(EGLContext context, bool protected_, bool any)
{
	GLuint query, available = 0, result = 77;

	use(context);
	framebuffer(texture(protected_), 0);
	program_of(quad, paint_green, NULL);
	glGenQueries(1, &query);
	glBeginQuery(GL_ANY_SAMPLES_PASSED, query);
	if (any)
		draw_quad();
	glEndQuery(GL_ANY_SAMPLES_PASSED);
	glGetQueryObjectuiv(query, GL_QUERY_RESULT, &result);
	glGetQueryObjectuiv(query, GL_QUERY_RESULT_AVAILABLE, &available);
	return available ? result : 77;
}

static bool query_sees_all(void)
{
	/* Whoever leaves out what is not seen must not leave out all. */
	bool right = samples_passed(secure, true, false) == 1;

	right &= error_is(GL_NO_ERROR) & told("query in a protected context");
	right &= samples_passed(plain, false, true) == 1;
	return right & (samples_passed(plain, false, false) == 0);
}

static bool has_extension(const char *name)
{
	return strstr((const char *)glGetString(GL_EXTENSIONS), name);
}

static bool performance_monitor(void)
{
	PFNGLGENPERFMONITORSAMDPROC generate = (void *)eglGetProcAddress("glGenPerfMonitorsAMD");
	PFNGLSELECTPERFMONITORCOUNTERSAMDPROC choose = (void *)eglGetProcAddress("glSelectPerfMonitorCountersAMD");
	PFNGLBEGINPERFMONITORAMDPROC begin = (void *)eglGetProcAddress("glBeginPerfMonitorAMD");
	PFNGLENDPERFMONITORAMDPROC end = (void *)eglGetProcAddress("glEndPerfMonitorAMD");
	GLuint name, counter = 0;
	bool right = true;

	for (unsigned i = 0; i < 2; i++) {
		use(i ? plain : secure);
		if (!has_extension("GL_AMD_performance_monitor"))
			return note("no GL_AMD_performance_monitor"), true;
		generate(1, &name);
		choose(name, GL_TRUE, 0, 1, &counter);
		right &= error_is(GL_NO_ERROR);
		begin(name);
		right &= error_is(i ? GL_NO_ERROR : GL_INVALID_OPERATION);
		if (i)
			end(name);
	}
	return right & error_is(GL_NO_ERROR);
}

static bool performance_query(void)
{
	PFNGLCREATEPERFQUERYINTELPROC create = (void *)eglGetProcAddress("glCreatePerfQueryINTEL");
	PFNGLDELETEPERFQUERYINTELPROC delete = (void *)eglGetProcAddress("glDeletePerfQueryINTEL");
	PFNGLBEGINPERFQUERYINTELPROC begin = (void *)eglGetProcAddress("glBeginPerfQueryINTEL");
	bool right = true;
	GLuint handle;

	for (unsigned i = 0; i < 2; i++) {
		use(i ? plain : secure);
		if (!has_extension("GL_INTEL_performance_query"))
			return note("no GL_INTEL_performance_query"), true;
		create(1, &handle);
		right &= error_is(GL_NO_ERROR);
		begin(handle);
		right &= error_is(i ? GL_NO_ERROR : GL_INVALID_OPERATION);
		delete(handle);
	}
	return right & error_is(GL_NO_ERROR);
}

static bool captured(EGLContext context, bool protected_, bool *written)
{
	GLfloat data[16];
	const GLfloat *map;
	GLuint buffer;

	for (unsigned i = 0; i < ARRAY_SIZE(data); i++)
		data[i] = 42;
	use(context);
	framebuffer(texture(protected_), 0);
	program_of(quad, paint_green, "varying_position");
	glGenBuffers(1, &buffer);
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, buffer);
	glBufferData(GL_TRANSFORM_FEEDBACK_BUFFER, sizeof(data), data, GL_STATIC_READ);
	glBeginTransformFeedback(GL_POINTS);
	glViewport(0, 0, SIZE, SIZE);
	glDrawArrays(GL_POINTS, 0, 4);
	glEndTransformFeedback();
	map = glMapBufferRange(GL_TRANSFORM_FEEDBACK_BUFFER, 0, sizeof(data), GL_MAP_READ_BIT);
	*written = map && memcmp(map, data, sizeof(data));
	glUnmapBuffer(GL_TRANSFORM_FEEDBACK_BUFFER);
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, 0);
	return map && error_is(GL_NO_ERROR);
}

static bool transform_feedback(void)
{
	bool written, right = captured(secure, true, &written) && !written;

	right &= told("transform feedback in a protected context");
	right &= captured(plain, false, &written);
	return right & written;
}

static void use_compute_shader(const char *source)
{
	GLuint program = glCreateProgram(), shader = glCreateShader(GL_COMPUTE_SHADER);

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glAttachShader(program, shader);
	glLinkProgram(program);
	glUseProgram(program);
}

static bool stored(EGLContext context, const char *source, GLenum target, bool *written)
{
	const uint32_t before = 42;
	const uint32_t *map;
	GLuint buffer;

	use(context);
	use_compute_shader(source);
	glGenBuffers(1, &buffer);
	glBindBufferBase(target, 0, buffer);
	glBufferData(target, 4, &before, GL_STATIC_READ);
	glDispatchCompute(1, 1, 1);
	glMemoryBarrier(GL_ALL_BARRIER_BITS);
	map = glMapBufferRange(target, 0, 4, GL_MAP_READ_BIT);
	*written = map && *map != before;
	glUnmapBuffer(target);
	glBindBufferBase(target, 0, 0);
	return map && error_is(GL_NO_ERROR);
}

static bool shader_storage(void)
{
	static const char source[] = HEADER "layout(local_size_x = 1) in;\n"
					    "layout(std430, binding = 0) buffer B { uint word; };\n"
					    "void main() { word = 7u; }\n";
	bool written, right = stored(secure, source, GL_SHADER_STORAGE_BUFFER, &written) && !written;

	right &= told("shader storage buffer in a protected context");
	right &= stored(plain, source, GL_SHADER_STORAGE_BUFFER, &written);
	return right & written;
}

static bool atomic_counter(void)
{
	static const char source[] = HEADER "layout(local_size_x = 1) in;\n"
					    "layout(binding = 0, offset = 0) uniform atomic_uint counter;\n"
					    "void main() { atomicCounterIncrement(counter); }\n";
	bool written, right = stored(secure, source, GL_ATOMIC_COUNTER_BUFFER, &written) && !written;

	right &= told("atomic counter buffer in a protected context");
	right &= stored(plain, source, GL_ATOMIC_COUNTER_BUFFER, &written);
	return right & written;
}

static void store_image(EGLContext context, GLuint name)
{
	static const char source[] = HEADER "layout(local_size_x = 16, local_size_y = 16) in;\n"
					    "layout(rgba8, binding = 0) writeonly uniform highp image2D image;\n"
					    "void main() { imageStore(image, ivec2(gl_LocalInvocationID.xy),\n"
					    "                         vec4(0.0, 1.0, 0.0, 1.0)); }\n";

	use(context);
	use_compute_shader(source);
	glBindImageTexture(0, name, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	glDispatchCompute(1, 1, 1);
	glMemoryBarrier(GL_ALL_BARRIER_BITS);
	glBindImageTexture(0, 0, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
}

static bool image_store(void)
{
	GLuint name;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	store_image(secure, name);
	right = error_is(GL_NO_ERROR) & told("unprotected image in a protected context");
	right &= texture_holds(name, red);
	store_image(plain, name);
	right &= texture_holds(name, green);

	use(secure);
	name = texture(true);
	store_image(secure, name);
	right &= error_is(GL_NO_ERROR) & told_nothing();
	glFinish();
	store_image(plain, name);
	return right & error_is(GL_NO_ERROR) & told("protected image in an unprotected context");
}

/* Both shaders of a program have an image, and only one of them is there. */
static bool image_of_one_stage(bool of_vertex_shader)
{
	static const char vertex[] = HEADER
		"layout(rgba8, binding = 0) writeonly uniform highp image2D first;\n"
		"void main() {\n"
		"  vec2 p = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;\n"
		"  for (int i = 0; i < 256; i++)\n"
		"    imageStore(first, ivec2(i & 15, i >> 4), vec4(0.0, 1.0, 0.0, 1.0));\n"
		"  gl_Position = vec4(p, 0.0, 1.0);\n"
		"}\n";
	static const char fragment[] = HEADER
		"layout(rgba8, binding = 1) writeonly uniform highp image2D second; out vec4 colour;\n"
		"void main() {\n"
		"  imageStore(second, ivec2(gl_FragCoord.xy), vec4(0.0, 1.0, 0.0, 1.0)); colour = vec4(1.0);\n"
		"}\n";
	GLuint name, used;

	use(plain);
	name = coloured(red);
	used = coloured(red);
	framebuffer(texture(false), 0);
	program_of(vertex, fragment, NULL);
	/* The unit of each was used once. */
	glBindImageTexture(0, used, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	glBindImageTexture(1, used, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	draw_quad();
	glBindImageTexture(!of_vertex_shader, name, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	glBindImageTexture(of_vertex_shader, 0, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	draw_quad();
	glBindImageTexture(!of_vertex_shader, 0, 0, GL_FALSE, 0, GL_WRITE_ONLY, GL_RGBA8);
	return texture_holds(name, green);
}

static bool image_units_of_stages(void)
{
	GLint count = 0;
	bool right;

	use(plain);
	glGetIntegerv(GL_MAX_VERTEX_IMAGE_UNIFORMS, &count);
	if (!count)
		return note("no images in vertex shaders"), true;
	right = image_of_one_stage(false);
	return image_of_one_stage(true) & right;
}

const struct test side_effects_tests[] = {
	{ ON_BOTH, query_sees_all, "a query in a protected context finds all that it asks about visible" },
	{ ON_BOTH, performance_monitor, "a performance monitor does not begin in a protected context" },
	{ ON_BOTH, performance_query, "neither does a performance query" },
	{ ON_BOTH, transform_feedback, "transform feedback in a protected context writes nothing" },
	{ ON_BOTH, shader_storage, "shader storage in a protected context is not written" },
	{ ON_BOTH, atomic_counter, "atomic counters in a protected context are not written" },
	{ ON_BOTH, image_store, "image stores go to storage that the context may write to only" },
	{ ON_BOTH, image_units_of_stages, "an image of one shader is not lost because another's is not there" },
	{ 0 },
};
