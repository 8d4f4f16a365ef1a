/* SPDX-License-Identifier: MIT */
/* A GL program stores what it reads from protected objects: to buffers, images, counters, and by
 * transform feedback. */
#include "gl.h"

#define SECRET "layout(binding = 1) uniform sampler2D secret;\n"
#define READ "word(texelFetch(secret, ivec2(3, 3), 0))"
#define STORE_BUFFER "layout(binding = 0, std430) buffer block { uint stored[]; };\n"
#define STORE_IMAGE "layout(binding = 0, r32ui) uniform uimage2D stored;\n"
#define PLACE "gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);"

static void bind_secret(struct attempt *attempt)
{
	GLuint name = secret_texture(attempt, GL_TEXTURE_2D, GL_RGBA8, 1);

	glActiveTexture(GL_TEXTURE1);
	glBindTexture(GL_TEXTURE_2D, name);
	glActiveTexture(GL_TEXTURE0);
}

/* Draws go to where protected content may. */
static void draw_to_own(struct attempt *attempt)
{
	draw_to(secret_texture(attempt, GL_TEXTURE_2D, GL_RGBA8, 1), GL_COLOR_ATTACHMENT0);
}

static void bind_ordinary_buffer(void)
{
	glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, ordinary_buffer());
}

static void bind_ordinary_image(void)
{
	glBindImageTexture(0, ordinary_texture(GL_TEXTURE_2D, GL_R32UI, 1), 0, GL_FALSE, 0, GL_READ_WRITE,
			   GL_R32UI);
}

/* ---- from each stage ----------------------------------------------------------------------------- */

enum stage { VERTEX, CONTROL, EVALUATION, GEOMETRY, FRAGMENT, COMPUTE };

#define PASS_CONTROL \
	"gl_out[gl_InvocationID].gl_Position = gl_in[gl_InvocationID].gl_Position;" \
	"gl_TessLevelOuter[0] = gl_TessLevelOuter[1] = gl_TessLevelOuter[2] = gl_TessLevelInner[0] = 1.0;"
#define PASS_EVALUATION \
	"gl_Position = gl_in[0].gl_Position * gl_TessCoord.x + gl_in[1].gl_Position * gl_TessCoord.y" \
	" + gl_in[2].gl_Position * gl_TessCoord.z;"
#define NO_COLOUR GLSL "out vec4 colour;\nvoid main() { colour = vec4(0.0); }\n"

#define STAGES(declarations, store) { \
	[VERTEX] = { GLSL GLSL_WORD SECRET declarations "void main() { " store PLACE " }\n", \
		     .fragment = NO_COLOUR }, \
	[CONTROL] = { whole_vertex, \
		.control = GLSL GLSL_WORD SECRET declarations "layout(vertices = 3) out;\n" \
			"void main() { " store PASS_CONTROL " }\n", \
		.evaluation = GLSL "layout(triangles) in;\nvoid main() { " PASS_EVALUATION " }\n", \
		.fragment = NO_COLOUR }, \
	[EVALUATION] = { whole_vertex, \
		.control = GLSL "layout(vertices = 3) out;\nvoid main() { " PASS_CONTROL " }\n", \
		.evaluation = GLSL GLSL_WORD SECRET declarations "layout(triangles) in;\n" \
			"void main() { " store PASS_EVALUATION " }\n", \
		.fragment = NO_COLOUR }, \
	[GEOMETRY] = { whole_vertex, \
		.geometry = GLSL GLSL_WORD SECRET declarations "layout(triangles) in;\n" \
			"layout(triangle_strip, max_vertices = 3) out;\n" \
			"void main() { " store "for (int i = 0; i < 3; i++) {" \
			" gl_Position = gl_in[i].gl_Position; EmitVertex(); } }\n", \
		.fragment = NO_COLOUR }, \
	[FRAGMENT] = { whole_vertex, \
		.fragment = GLSL GLSL_WORD SECRET declarations "out vec4 colour;\n" \
			"void main() { " store " colour = vec4(0.0); }\n" }, \
	[COMPUTE] = { .compute = GLSL GLSL_WORD SECRET declarations "layout(local_size_x = 1) in;\n" \
			"void main() { " store " }\n" }, \
}

static void run(struct attempt *attempt, const struct shaders *shaders)
{
	use_program(attempt, shaders);
	if (shaders->compute) {
		glDispatchCompute(1, 1, 1);
	} else if (shaders->control) {
		glPatchParameteri(GL_PATCH_VERTICES, 3);
		glDrawArrays(GL_PATCHES, 0, 3);
	} else {
		draw_whole();
	}
	glMemoryBarrier(GL_ALL_BARRIER_BITS);
}

static void store_in_buffer(struct attempt *attempt, unsigned long how)
{
	static const struct shaders stages[] = STAGES(STORE_BUFFER, "stored[7] = " READ ";");

	bind_secret(attempt);
	draw_to_own(attempt);
	bind_ordinary_buffer();
	run(attempt, &stages[how]);
}

static void store_in_image(struct attempt *attempt, unsigned long how)
{
	static const struct shaders stages[] =
		STAGES(STORE_IMAGE, "imageStore(stored, ivec2(7, 7), uvec4(" READ "));");

	bind_secret(attempt);
	draw_to_own(attempt);
	bind_ordinary_image();
	run(attempt, &stages[how]);
}

/* ---- by other instructions ----------------------------------------------------------------------- */

#define COMPUTE_SHADER(declarations, store) \
	{ .compute = GLSL GLSL_WORD declarations "layout(local_size_x = 1) in;\nvoid main() { " store " }\n" }

static void compute_to_buffer(struct attempt *attempt, unsigned long how)
{
	static const struct shaders programs[] = {
		COMPUTE_SHADER(SECRET STORE_BUFFER, "atomicExchange(stored[1], " READ ");"),
		COMPUTE_SHADER(SECRET STORE_BUFFER, "stored[2] = 0u; atomicOr(stored[2], " READ ");"),
		COMPUTE_SHADER(SECRET STORE_BUFFER, "stored[3] = 0u; atomicCompSwap(stored[3], 0u, " READ ");"),
		COMPUTE_SHADER(SECRET STORE_BUFFER "shared uint between;\n",
			       "between = " READ "; barrier(); stored[4] = between;"),
	};

	bind_secret(attempt);
	bind_ordinary_buffer();
	run(attempt, &programs[how]);
}

static void compute_to_image(struct attempt *attempt, unsigned long how)
{
	static const struct shaders programs[] = {
		COMPUTE_SHADER(SECRET STORE_IMAGE, "imageAtomicExchange(stored, ivec2(1, 0), " READ ");"),
		COMPUTE_SHADER(SECRET STORE_IMAGE, "imageStore(stored, ivec2(2, 0), uvec4(0u));"
			       "imageAtomicAdd(stored, ivec2(2, 0), " READ ");"),
		COMPUTE_SHADER(SECRET STORE_IMAGE, "for (int i = 0; i < 64; i++)"
			       " imageStore(stored, ivec2(i, 2), uvec4(" READ " + (i == 9 ? 0u : 1u)));"),
	};

	bind_secret(attempt);
	bind_ordinary_image();
	run(attempt, &programs[how]);
}

static void compute_to_image_kind(struct attempt *attempt, unsigned long how)
{
	static const struct shaders array = COMPUTE_SHADER(
		SECRET "layout(binding = 0, r32ui) uniform uimage2DArray stored;\n",
		"imageStore(stored, ivec3(1, 1, 2), uvec4(" READ "));"),
	volume = COMPUTE_SHADER(
		SECRET "layout(binding = 0, r32ui) uniform uimage3D stored;\n",
		"imageStore(stored, ivec3(1, 1, 2), uvec4(" READ "));"),
	buffer = COMPUTE_SHADER(
		SECRET "layout(binding = 0, r32ui) uniform uimageBuffer stored;\n",
		"imageStore(stored, 5, uvec4(" READ "));");
	GLuint name;

	bind_secret(attempt);
	if (how == GL_TEXTURE_BUFFER) {
		glGenTextures(1, &name);
		glBindTexture(GL_TEXTURE_BUFFER, name);
		glTexBuffer(GL_TEXTURE_BUFFER, GL_R32UI, ordinary_buffer());
	} else {
		name = ordinary_texture((GLenum)how, GL_R32UI, 1);
	}
	glBindImageTexture(0, name, 0, GL_TRUE, 0, GL_READ_WRITE, GL_R32UI);
	run(attempt, how == GL_TEXTURE_BUFFER ? &buffer : how == GL_TEXTURE_3D ? &volume : &array);
}

/* What an ordinary image holds is loaded from a protected one. */
static void load_image(struct attempt *attempt, unsigned long how)
{
	static const struct shaders program = COMPUTE_SHADER(
		"layout(binding = 1, r32ui) readonly uniform uimage2D secret;\n" STORE_BUFFER,
		"stored[0] = imageLoad(secret, ivec2(3, 3)).r;");

	(void)how;
	glBindImageTexture(1, secret_texture(attempt, GL_TEXTURE_2D, GL_R32UI, 1), 0, GL_FALSE, 0,
			   GL_READ_ONLY, GL_R32UI);
	bind_ordinary_buffer();
	run(attempt, &program);
}

static void load_buffer(struct attempt *attempt, unsigned long how)
{
	static const struct shaders program = COMPUTE_SHADER(
		"layout(binding = 1, std430) buffer other { uint secret[]; };\n" STORE_BUFFER,
		"stored[0] = secret[9];");

	(void)how;
	glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 1, secret_buffer(attempt, NULL, 0));
	bind_ordinary_buffer();
	run(attempt, &program);
}

static void load_uniforms(struct attempt *attempt, unsigned long how)
{
	static const struct shaders program = COMPUTE_SHADER(
		"layout(binding = 0, std140) uniform other { uvec4 secret; };\n" STORE_BUFFER,
		"stored[0] = secret.x;");

	(void)how;
	glBindBufferBase(GL_UNIFORM_BUFFER, 0, secret_buffer(attempt, NULL, 0));
	bind_ordinary_buffer();
	run(attempt, &program);
}

/* Counts to each byte of the key. */
static void count(struct attempt *attempt, unsigned long how)
{
	static const struct shaders program = COMPUTE_SHADER(
		SECRET "layout(binding = 0, offset = 0) uniform atomic_uint c0;\n"
		"layout(binding = 0, offset = 4) uniform atomic_uint c1;\n"
		"layout(binding = 0, offset = 8) uniform atomic_uint c2;\n"
		"layout(binding = 0, offset = 12) uniform atomic_uint c3;\n",
		"uint key = " READ ";\n"
		"for (uint i = 0u; i < (key & 255u); i++) atomicCounterIncrement(c0);\n"
		"for (uint i = 0u; i < (key >> 8 & 255u); i++) atomicCounterIncrement(c1);\n"
		"for (uint i = 0u; i < (key >> 16 & 255u); i++) atomicCounterIncrement(c2);\n"
		"for (uint i = 0u; i < (key >> 24); i++) atomicCounterIncrement(c3);\n");
	static const GLuint zeros[4];
	const GLuint *counters;
	uint32_t key = 0;

	(void)how;
	bind_secret(attempt);
	glBindBufferBase(GL_ATOMIC_COUNTER_BUFFER, 0, ordinary_buffer());
	glBufferSubData(GL_ATOMIC_COUNTER_BUFFER, 0, sizeof(zeros), zeros);
	run(attempt, &program);
	counters = glMapBufferRange(GL_ATOMIC_COUNTER_BUFFER, 0, 16, GL_MAP_READ_BIT);
	for (unsigned i = 0; counters && i < 4; i++)
		key |= (counters[i] & 0xff) << 8 * i;
	look(attempt, &key, sizeof(key), "four counters");
}

/* ---- transform feedback -------------------------------------------------------------------------- */

static void capture(struct attempt *attempt, const struct shaders *shaders, GLenum mode)
{
	draw_to_own(attempt);
	use_program(attempt, shaders);
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, ordinary_buffer());
	if (shaders->fragment == NULL)
		glEnable(GL_RASTERIZER_DISCARD);
	glBeginTransformFeedback(mode);
}

#define CAPTURE GLSL GLSL_WORD SECRET "flat out uint captured;\n"

static void capture_stage(struct attempt *attempt, unsigned long how)
{
	static const struct shaders stages[] = {
		[VERTEX] = { CAPTURE "void main() { captured = " READ "; gl_Position = vec4(0.0); }\n",
			     .captured = "captured" },
		[EVALUATION] = { whole_vertex,
			.control = GLSL "layout(vertices = 3) out;\nvoid main() { " PASS_CONTROL " }\n",
			.evaluation = CAPTURE "layout(triangles) in;\nvoid main() { captured = " READ "; "
				PASS_EVALUATION " }\n", .captured = "captured" },
		[GEOMETRY] = { whole_vertex,
			.geometry = CAPTURE "layout(triangles) in;\nlayout(points, max_vertices = 1) out;\n"
				"void main() { captured = " READ "; gl_Position = vec4(0.0); EmitVertex(); }\n",
			.captured = "captured" },
	};

	bind_secret(attempt);
	capture(attempt, &stages[how], how == EVALUATION ? GL_TRIANGLES : GL_POINTS);
	if (how == EVALUATION) {
		glPatchParameteri(GL_PATCH_VERTICES, 3);
		glDrawArrays(GL_PATCHES, 0, 3);
	} else {
		glDrawArrays(how == VERTEX ? GL_POINTS : GL_TRIANGLES, 0, 3);
	}
	glEndTransformFeedback();
}

/* The vertices are the content. */
static void capture_vertices(struct attempt *attempt, unsigned long how)
{
	(void)how;
	glBindBuffer(GL_ARRAY_BUFFER, secret_buffer(attempt, NULL, 0));
	glVertexAttribIPointer(0, 1, GL_UNSIGNED_INT, 4, NULL);
	glEnableVertexAttribArray(0);
	capture(attempt, &(struct shaders){ GLSL "layout(location = 0) in uint content;\n"
			"flat out uint captured;\nvoid main() { captured = content; gl_Position = vec4(0.0); }\n",
			.captured = "captured" }, GL_POINTS);
	glDrawArrays(GL_POINTS, 0, 16);
	glEndTransformFeedback();
}

static const struct shaders number = {
	GLSL "flat out uint captured;\nvoid main() { captured = uint(gl_VertexID); gl_Position = vec4(0.0); }\n",
	.captured = "captured",
};

/* The numbers of the vertices are the content. */
static void capture_indices(struct attempt *attempt, unsigned long how)
{
	(void)how;
	glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, secret_buffer(attempt, NULL, 0));
	capture(attempt, &number, GL_POINTS);
	glDrawElements(GL_POINTS, 16, GL_UNSIGNED_INT, NULL);
	glEndTransformFeedback();
}

/* The parameters of the draw are: here, where its vertices begin. */
static void capture_indirect(struct attempt *attempt, unsigned long how)
{
	/* A vertex number has no sign. */
	const uint32_t parameters[4] = { 1, 1, attempt->key &= 0x7fffffff };

	(void)how;
	glBindBuffer(GL_DRAW_INDIRECT_BUFFER, secret_buffer(attempt, parameters, 4));
	capture(attempt, &number, GL_POINTS);
	glDrawArraysIndirect(GL_POINTS, NULL);
	glEndTransformFeedback();
}

/* How many groups there are is. */
static void dispatch_indirect(struct attempt *attempt, unsigned long how)
{
	static const struct shaders program = COMPUTE_SHADER(STORE_BUFFER,
		"stored[0] = gl_NumWorkGroups.x | gl_NumWorkGroups.y << 8 | gl_NumWorkGroups.z << 16 | 0x5a000000u;");
	const uint32_t groups[3] = { 1 + (attempt->key & 7), 1 + (attempt->key >> 8 & 15),
				     1 + (attempt->key >> 16 & 15) };

	(void)how;
	attempt->key = groups[0] | groups[1] << 8 | groups[2] << 16 | 0x5a000000u;
	glBindBuffer(GL_DISPATCH_INDIRECT_BUFFER, secret_buffer(attempt, groups, 3));
	bind_ordinary_buffer();
	use_program(attempt, &program);
	glDispatchComputeIndirect(0);
	glMemoryBarrier(GL_ALL_BARRIER_BITS);
}

const struct attack gl_store_attacks[] = {
	PROTECTED("store in a buffer, vertex shader", "a vertex shader stores in an ordinary buffer",
	     store_in_buffer, VERTEX),
	PROTECTED("store in a buffer, control shader", "a tessellation control shader stores in an ordinary buffer",
	     store_in_buffer, CONTROL),
	PROTECTED("store in a buffer, evaluation shader", "a tessellation evaluation shader stores in an ordinary buffer",
	     store_in_buffer, EVALUATION),
	PROTECTED("store in a buffer, geometry shader", "a geometry shader stores in an ordinary buffer",
	     store_in_buffer, GEOMETRY),
	PROTECTED("store in a buffer, fragment shader", "a fragment shader stores in an ordinary buffer",
	     store_in_buffer, FRAGMENT),
	PROTECTED("store in a buffer, compute shader", "a compute shader stores in an ordinary buffer",
	     store_in_buffer, COMPUTE),
	PROTECTED("store in an image, vertex shader", "a vertex shader stores in an ordinary image",
	     store_in_image, VERTEX),
	PROTECTED("store in an image, control shader", "a tessellation control shader stores in an ordinary image",
	     store_in_image, CONTROL),
	PROTECTED("store in an image, evaluation shader", "a tessellation evaluation shader stores in an ordinary image",
	     store_in_image, EVALUATION),
	PROTECTED("store in an image, geometry shader", "a geometry shader stores in an ordinary image",
	     store_in_image, GEOMETRY),
	PROTECTED("store in an image, fragment shader", "a fragment shader stores in an ordinary image",
	     store_in_image, FRAGMENT),
	PROTECTED("store in an image, compute shader", "a compute shader stores in an ordinary image",
	     store_in_image, COMPUTE),
	PROTECTED("exchange with a buffer", "atomicExchange puts the content in an ordinary buffer", compute_to_buffer, 0),
	PROTECTED("or into a buffer", "atomicOr puts the content in an ordinary buffer", compute_to_buffer, 1),
	PROTECTED("compare and swap a buffer", "atomicCompSwap puts the content in an ordinary buffer",
	     compute_to_buffer, 2),
	PROTECTED("by shared memory to a buffer", "the content goes through the shared memory of a group",
	     compute_to_buffer, 3),
	PROTECTED("exchange with an image", "imageAtomicExchange puts the content in an ordinary image",
	     compute_to_image, 0),
	PROTECTED("add to an image", "imageAtomicAdd puts the content in an ordinary image", compute_to_image, 1),
	PROTECTED("once among many stores", "one of many stores to an image is the content", compute_to_image, 2),
	PROTECTED("store in an image of layers", "a shader stores in a layer of an ordinary image",
	     compute_to_image_kind, GL_TEXTURE_2D_ARRAY),
	PROTECTED("store in a volume", "a shader stores in an ordinary volume", compute_to_image_kind, GL_TEXTURE_3D),
	PROTECTED("store in an image of a buffer", "a shader stores in an image that is a buffer",
	     compute_to_image_kind, GL_TEXTURE_BUFFER),
	ORDINARY("load from an image", "a protected image that is only read is copied to a buffer", load_image),
	ORDINARY("load from a storage buffer", "a protected storage buffer is copied to an ordinary one", load_buffer),
	ORDINARY("load from uniforms", "a protected buffer of uniforms is copied to an ordinary one", load_uniforms),
	PROTECTED("count", "atomic counters count to what was read", count),
	PROTECTED("feedback, vertex shader", "transform feedback captures what a vertex shader read",
	     capture_stage, VERTEX),
	PROTECTED("feedback, evaluation shader", "transform feedback captures what an evaluation shader read",
	     capture_stage, EVALUATION),
	PROTECTED("feedback, geometry shader", "transform feedback captures what a geometry shader read",
	     capture_stage, GEOMETRY),
	PROTECTED("feedback, vertices", "transform feedback captures protected vertices", capture_vertices),
	PROTECTED("feedback, indices", "transform feedback captures the numbers that protected indices are",
	     capture_indices),
	PROTECTED("indirect draw", "a draw takes its first vertex from a protected buffer, and its shader tells",
	     capture_indirect),
	PROTECTED("indirect dispatch", "a dispatch takes its groups from a protected buffer, and its shader tells",
	     dispatch_indirect),
	{ 0 },
};
