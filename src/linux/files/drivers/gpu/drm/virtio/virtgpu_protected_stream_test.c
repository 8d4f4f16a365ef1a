// SPDX-License-Identifier: MIT
/*
 * KUnit tests of the firewall of protected submissions.
 */
#include <kunit/test.h>

#include "virtgpu_protected_stream.h"
#include "virtgpu_virgl_stream.h"

/* The objects of every submission here. */
#define ORDINARY	10
#define PROTECTED	20
#define UNLISTED	15

static const struct virtio_gpu_stream_object stream_test_objects[] = {
	{ .res_handle = 5 },
	{ .res_handle = ORDINARY },
	{ .res_handle = ORDINARY },
	{ .res_handle = PROTECTED, .is_protected = true },
	{ .res_handle = U32_MAX, .is_protected = true },
};

static int stream_test_check(const u32 *stream, size_t words)
{
	return virtio_gpu_protected_stream_check(stream, words,
						 stream_test_objects,
						 ARRAY_SIZE(stream_test_objects));
}

#define COMMAND(command, length)	VIRGL_HEADER(VIRGL_##command, 0, length)
#define OBJECT(command, object, length) \
	VIRGL_HEADER(VIRGL_##command, VIRGL_OBJECT_##object, length)

/*
 * A command that is allowed. @word is where it names a resource, if it does,
 * and the results are what becomes of it with one of another kind there.
 */
struct stream_test_command {
	const char *name;
	/* Is it still allowed with a word more? */
	bool longer;
	u32 words[34];
	u32 word;
	int ordinary;
	int protected;
	int zero;
};

static const struct stream_test_command stream_test_commands[] = {
	{ .name = "nop", .words = { COMMAND(NOP, 2) }, .longer = true },
	{ .name = "end transfers", .words = { COMMAND(END_TRANSFERS, 3) },
	  .longer = true },
	{ .name = "bind blend", .words = { OBJECT(BIND_OBJECT, BLEND, 1), 1 } },
	{ .name = "bind rasterizer",
	  .words = { OBJECT(BIND_OBJECT, RASTERIZER, 1), 1 } },
	{ .name = "bind dsa", .words = { OBJECT(BIND_OBJECT, DSA, 1), 1 } },
	{ .name = "bind vertex elements",
	  .words = { OBJECT(BIND_OBJECT, VERTEX_ELEMENTS, 1), 1 } },
	{ .name = "destroy", .words = { OBJECT(DESTROY_OBJECT, SURFACE, 1), 1 } },
	{ .name = "viewport", .words = { COMMAND(SET_VIEWPORT_STATE, 7) } },
	{ .name = "framebuffer",
	  .words = { COMMAND(SET_FRAMEBUFFER_STATE, 4), 2, 0, 1, 2 } },
	{ .name = "sampler views", .words = { COMMAND(SET_SAMPLER_VIEWS, 3) },
	  .longer = true },
	{ .name = "constant buffer", .words = { COMMAND(SET_CONSTANT_BUFFER, 6) },
	  .longer = true },
	{ .name = "stencil reference", .words = { COMMAND(SET_STENCIL_REF, 1) } },
	{ .name = "blend colour", .words = { COMMAND(SET_BLEND_COLOR, 4) } },
	{ .name = "scissor", .words = { COMMAND(SET_SCISSOR_STATE, 3) } },
	{ .name = "sampler states", .words = { COMMAND(BIND_SAMPLER_STATES, 3) },
	  .longer = true },
	{ .name = "polygon stipple",
	  .words = { COMMAND(SET_POLYGON_STIPPLE, 32) } },
	{ .name = "clip planes", .words = { COMMAND(SET_CLIP_STATE, 32) } },
	{ .name = "sample mask", .words = { COMMAND(SET_SAMPLE_MASK, 1) } },
	{ .name = "stream-out targets",
	  .words = { COMMAND(SET_STREAMOUT_TARGETS, 2), 0, 1 }, .longer = true },
	{ .name = "no render condition",
	  .words = { COMMAND(SET_RENDER_CONDITION, 3) } },
	{ .name = "set sub-context", .words = { COMMAND(SET_SUB_CTX, 1), 1 } },
	{ .name = "create sub-context",
	  .words = { COMMAND(CREATE_SUB_CTX, 1), 1 } },
	{ .name = "destroy sub-context",
	  .words = { COMMAND(DESTROY_SUB_CTX, 1), 1 } },
	{ .name = "bind shader", .words = { COMMAND(BIND_SHADER, 2), 1, 0 } },
	{ .name = "tessellation", .words = { COMMAND(SET_TESS_STATE, 6) } },
	{ .name = "min samples", .words = { COMMAND(SET_MIN_SAMPLES, 1) } },
	{ .name = "memory barrier", .words = { COMMAND(MEMORY_BARRIER, 1) } },
	{ .name = "no attachments",
	  .words = { COMMAND(SET_FRAMEBUFFER_STATE_NO_ATTACH, 2) } },
	{ .name = "texture barrier", .words = { COMMAND(TEXTURE_BARRIER, 1) } },
	{ .name = "link shader", .words = { COMMAND(LINK_SHADER, 6) } },
	{ .name = "tweak", .words = { COMMAND(SET_TWEAKS, 2), 2, 1 } },
	{ .name = "string marker",
	  .words = { COMMAND(EMIT_STRING_MARKER, 3), 8 }, .longer = true },
	{ .name = "clear", .words = { COMMAND(CLEAR, 8) } },
	{ .name = "clear surface", .words = { COMMAND(CLEAR_SURFACE, 10) } },
	{ .name = "draw", .words = { COMMAND(DRAW_VBO, 12) } },
	{ .name = "draw patches", .words = { COMMAND(DRAW_VBO, 14) } },
	{ .name = "draw indirect", .words = { COMMAND(DRAW_VBO, 20) },
	  .word = 15, .ordinary = 0, .protected = -EACCES, .zero = 0 },
	{ .name = "draw count", .words = { COMMAND(DRAW_VBO, 20) },
	  .word = 20, .ordinary = 0, .protected = -EACCES, .zero = 0 },
	{ .name = "launch grid", .words = { COMMAND(LAUNCH_GRID, 8) },
	  .word = 7, .ordinary = 0, .protected = -EACCES, .zero = 0 },
	{ .name = "vertex buffers", .words = { COMMAND(SET_VERTEX_BUFFERS, 6) },
	  .word = 6, .ordinary = 0, .protected = 0, .zero = 0 },
	{ .name = "no index buffer", .words = { COMMAND(SET_INDEX_BUFFER, 1) } },
	{ .name = "index buffer", .words = { COMMAND(SET_INDEX_BUFFER, 3) },
	  .word = 1, .ordinary = 0, .protected = 0, .zero = 0 },
	{ .name = "uniform buffer", .words = { COMMAND(SET_UNIFORM_BUFFER, 5) },
	  .word = 5, .ordinary = 0, .protected = 0, .zero = 0 },
	{ .name = "shader buffer", .words = { COMMAND(SET_SHADER_BUFFERS, 5) },
	  .word = 5, .ordinary = -EACCES, .protected = 0, .zero = 0 },
	{ .name = "second shader buffer",
	  .words = { COMMAND(SET_SHADER_BUFFERS, 8), [5] = PROTECTED },
	  .word = 8, .ordinary = -EACCES, .protected = 0, .zero = 0 },
	{ .name = "shader image", .words = { COMMAND(SET_SHADER_IMAGES, 7) },
	  .word = 7, .ordinary = -EACCES, .protected = 0, .zero = 0 },
	{ .name = "second shader image",
	  .words = { COMMAND(SET_SHADER_IMAGES, 12), [7] = PROTECTED },
	  .word = 12, .ordinary = -EACCES, .protected = 0, .zero = 0 },
	{ .name = "atomic buffer", .words = { COMMAND(SET_ATOMIC_BUFFERS, 4) },
	  .word = 4, .ordinary = -EACCES, .protected = 0, .zero = 0 },
	{ .name = "clear texture", .words = { COMMAND(CLEAR_TEXTURE, 12) },
	  .word = 1, .ordinary = -EACCES, .protected = 0, .zero = -EINVAL },
	{ .name = "blit to", .words = { COMMAND(BLIT, 21), [13] = PROTECTED },
	  .word = 4, .ordinary = -EACCES, .protected = 0, .zero = -EINVAL },
	{ .name = "blit from", .words = { COMMAND(BLIT, 21), [4] = PROTECTED },
	  .word = 13, .ordinary = 0, .protected = 0, .zero = -EINVAL },
	{ .name = "copy to",
	  .words = { COMMAND(RESOURCE_COPY_REGION, 13), [6] = PROTECTED },
	  .word = 1, .ordinary = -EACCES, .protected = 0, .zero = -EINVAL },
	{ .name = "copy from",
	  .words = { COMMAND(RESOURCE_COPY_REGION, 13), PROTECTED },
	  .word = 6, .ordinary = 0, .protected = 0, .zero = -EINVAL },
	{ .name = "inline write",
	  .words = { COMMAND(RESOURCE_INLINE_WRITE, 13) }, .longer = true,
	  .word = 1, .ordinary = 0, .protected = 0, .zero = -EINVAL },
	{ .name = "transfer to host",
	  .words = { COMMAND(TRANSFER3D, 13), [13] = 1 },
	  .word = 1, .ordinary = 0, .protected = -EACCES, .zero = -EINVAL },
	{ .name = "copy transfer, to",
	  .words = { COMMAND(COPY_TRANSFER3D, 14), [12] = ORDINARY, [14] = 1 },
	  .word = 1, .ordinary = 0, .protected = 0, .zero = -EINVAL },
	{ .name = "copy transfer, from, to ordinary",
	  .words = { COMMAND(COPY_TRANSFER3D, 14), [1] = ORDINARY },
	  .word = 12, .ordinary = 0, .protected = -EACCES, .zero = -EINVAL },
	{ .name = "copy transfer, from, to protected",
	  .words = { COMMAND(COPY_TRANSFER3D, 14), [1] = PROTECTED },
	  .word = 12, .ordinary = 0, .protected = -EACCES, .zero = -EINVAL },
	{ .name = "create blend", .words = { OBJECT(CREATE_OBJECT, BLEND, 11), 1 } },
	{ .name = "create rasterizer",
	  .words = { OBJECT(CREATE_OBJECT, RASTERIZER, 9), 1 } },
	{ .name = "create dsa", .words = { OBJECT(CREATE_OBJECT, DSA, 5), 1 } },
	{ .name = "create shader",
	  .words = { OBJECT(CREATE_OBJECT, SHADER, 8), 1, 1, 4, 1 },
	  .longer = true },
	{ .name = "create shader with outputs",
	  .words = { OBJECT(CREATE_OBJECT, SHADER, 11), 1, 0, 4, 1, 1 },
	  .longer = true },
	{ .name = "create compute shader",
	  .words = { OBJECT(CREATE_OBJECT, SHADER, 8), 1, 5, 4, 1, 1 << 16 },
	  .longer = true },
	{ .name = "create vertex elements",
	  .words = { OBJECT(CREATE_OBJECT, VERTEX_ELEMENTS, 5), 1 } },
	{ .name = "create sampler state",
	  .words = { OBJECT(CREATE_OBJECT, SAMPLER_STATE, 9), 1 } },
	{ .name = "create sampler view",
	  .words = { OBJECT(CREATE_OBJECT, SAMPLER_VIEW, 6), 1 },
	  .word = 2, .ordinary = 0, .protected = 0, .zero = -EINVAL },
	{ .name = "create surface",
	  .words = { OBJECT(CREATE_OBJECT, SURFACE, 5), 1 },
	  .word = 2, .ordinary = -EACCES, .protected = 0, .zero = -EINVAL },
	{ .name = "create multisampled surface",
	  .words = { OBJECT(CREATE_OBJECT, MSAA_SURFACE, 6), 1 },
	  .word = 2, .ordinary = -EACCES, .protected = 0, .zero = -EINVAL },
	{ .name = "create stream-out target",
	  .words = { OBJECT(CREATE_OBJECT, STREAMOUT_TARGET, 4), 1 },
	  .word = 2, .ordinary = -EACCES, .protected = 0, .zero = -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(stream_test_command, stream_test_commands, name);

static void stream_test_allowed_command(struct kunit *test)
{
	const struct stream_test_command *command = test->param_value;
	u32 length = VIRGL_HEADER_LENGTH(command->words[0]);
	u32 words[ARRAY_SIZE(command->words) + 2];
	u32 i;

	memset(words, 0, sizeof(words));
	memcpy(words, command->words, sizeof(command->words));

	if (command->word) {
		words[command->word] = 0;
		KUNIT_EXPECT_EQ(test, stream_test_check(words, length + 1),
				command->zero);
		words[command->word] = ORDINARY;
		KUNIT_EXPECT_EQ(test, stream_test_check(words, length + 1),
				command->ordinary);
		words[command->word] = UNLISTED;
		KUNIT_EXPECT_EQ(test, stream_test_check(words, length + 1),
				-EACCES);
		words[command->word] = PROTECTED;
		KUNIT_EXPECT_EQ(test, stream_test_check(words, length + 1),
				command->protected);
		words[command->word] = command->protected ? ORDINARY : PROTECTED;
	}
	KUNIT_EXPECT_EQ(test, stream_test_check(words, length + 1), 0);

	/* The buffer ends before the command does. */
	for (i = 1; i <= length; i++)
		KUNIT_EXPECT_EQ(test, stream_test_check(words, i), -EINVAL);

	/* The buffer has a word more, which is no command. */
	words[length + 1] = VIRGL_HEADER(0xff, 0, 0);
	KUNIT_EXPECT_EQ(test, stream_test_check(words, length + 2), -EINVAL);
	words[length + 1] = 0;
	KUNIT_EXPECT_EQ(test, stream_test_check(words, length + 2), 0);

	/* The command has a word more. */
	words[0] += VIRGL_HEADER(0, 0, 1);
	KUNIT_EXPECT_EQ(test, stream_test_check(words, length + 2),
			command->longer ? 0 : -EINVAL);
}

struct stream_test_refusal {
	const char *name;
	int result;
	u32 words[24];
};

static const struct stream_test_refusal stream_test_refusals[] = {
	{ "begin query", -EACCES, { COMMAND(BEGIN_QUERY, 1), 1 } },
	{ "end query", -EACCES, { COMMAND(END_QUERY, 1), 1 } },
	{ "query result", -EACCES, { COMMAND(GET_QUERY_RESULT, 2), 1 } },
	{ "query result to buffer", -EACCES,
	  { COMMAND(GET_QUERY_RESULT_QBO, 6), 1, PROTECTED } },
	{ "create query", -EACCES,
	  { OBJECT(CREATE_OBJECT, QUERY, 4), 1, 0, 0, PROTECTED } },
	{ "render condition", -EACCES, { COMMAND(SET_RENDER_CONDITION, 3), 1 } },
	{ "memory info", -EACCES, { COMMAND(GET_MEMORY_INFO, 1), ORDINARY } },
	{ "create resource", -EACCES, { COMMAND(PIPE_RESOURCE_CREATE, 11) } },
	{ "type resource", -EACCES,
	  { COMMAND(PIPE_RESOURCE_SET_TYPE, 10), PROTECTED } },
	{ "debug flags", -EACCES, { COMMAND(SET_DEBUG_FLAGS, 2) } },
	{ "create codec", -EACCES, { COMMAND(CREATE_VIDEO_CODEC, 8) } },
	{ "destroy codec", -EACCES, { COMMAND(DESTROY_VIDEO_CODEC, 1) } },
	{ "create video buffer", -EACCES, { COMMAND(CREATE_VIDEO_BUFFER, 5) } },
	{ "destroy video buffer", -EACCES, { COMMAND(DESTROY_VIDEO_BUFFER, 1) } },
	{ "begin frame", -EACCES, { COMMAND(BEGIN_FRAME, 2) } },
	{ "decode macroblock", -EACCES, { COMMAND(DECODE_MACROBLOCK, 0) } },
	{ "decode bitstream", -EACCES, { COMMAND(DECODE_BITSTREAM, 5) } },
	{ "encode bitstream", -EACCES, { COMMAND(ENCODE_BITSTREAM, 5) } },
	{ "end frame", -EACCES, { COMMAND(END_FRAME, 2) } },
	{ "transfer from host", -EACCES,
	  { COMMAND(TRANSFER3D, 13), ORDINARY, [13] = 2 } },
	{ "transfer nowhere", -EINVAL,
	  { COMMAND(TRANSFER3D, 13), ORDINARY, [13] = 3 } },
	{ "copy transfer from host", -EACCES,
	  { COMMAND(COPY_TRANSFER3D, 14), PROTECTED, [12] = ORDINARY, [14] = 3 } },
	{ "copy transfer with a new flag", -EINVAL,
	  { COMMAND(COPY_TRANSFER3D, 14), PROTECTED, [12] = ORDINARY, [14] = 4 } },
	{ "first command after the last", -EINVAL, { VIRGL_HEADER(63, 0, 1) } },
	{ "last command there can be", -EINVAL, { VIRGL_HEADER(255, 0, 1) } },
	{ "create nothing", -EINVAL, { OBJECT(CREATE_OBJECT, NONE, 1), 1 } },
	{ "create the unknown", -EINVAL,
	  { VIRGL_HEADER(VIRGL_CREATE_OBJECT, VIRGL_OBJECTS, 5), 1, PROTECTED } },
	{ "create without a handle", -EINVAL,
	  { OBJECT(CREATE_OBJECT, SURFACE, 5), 0, PROTECTED } },
	{ "create without a word", -EINVAL, { OBJECT(CREATE_OBJECT, BLEND, 0) } },
	{ "bind a surface", -EINVAL, { OBJECT(BIND_OBJECT, SURFACE, 1), 1 } },
	{ "destroy nothing", -EINVAL, { OBJECT(DESTROY_OBJECT, NONE, 1), 1 } },
	{ "destroy the unknown", -EINVAL,
	  { VIRGL_HEADER(VIRGL_DESTROY_OBJECT, VIRGL_OBJECTS, 1), 1 } },
	{ "object type where there is none", -EINVAL,
	  { VIRGL_HEADER(VIRGL_CLEAR, VIRGL_OBJECT_SURFACE, 8) } },
	{ "shader of no stage", -EINVAL,
	  { OBJECT(CREATE_OBJECT, SHADER, 8), 1, 6, 4, 1 } },
	{ "shader with too many outputs", -EINVAL,
	  { OBJECT(CREATE_OBJECT, SHADER, 20), 1, 0, 4, 1, 65 } },
	{ "shader with outputs to overflow", -EINVAL,
	  { OBJECT(CREATE_OBJECT, SHADER, 20), 1, 0, 4, 1, 0x7fffffff } },
	{ "shader with outputs behind its end", -EINVAL,
	  { OBJECT(CREATE_OBJECT, SHADER, 10), 1, 0, 4, 1, 1 } },
	{ "framebuffer of fewer buffers", -EINVAL,
	  { COMMAND(SET_FRAMEBUFFER_STATE, 4), 1, 0, 1, 2 } },
	{ "framebuffer of buffers to overflow", -EINVAL,
	  { COMMAND(SET_FRAMEBUFFER_STATE, 2), U32_MAX - 1 } },
	{ "framebuffer of nine buffers", -EINVAL,
	  { COMMAND(SET_FRAMEBUFFER_STATE, 11), 9 } },
	{ "string marker behind its end", -EINVAL,
	  { COMMAND(EMIT_STRING_MARKER, 3), 9 } },
	{ "tweak that is none", -EINVAL, { COMMAND(SET_TWEAKS, 2), 3 } },
	{ "draw of odd length", -EINVAL, { COMMAND(DRAW_VBO, 13) } },
	{ "index buffer of two words", -EINVAL,
	  { COMMAND(SET_INDEX_BUFFER, 2), PROTECTED } },
	{ "part of a vertex buffer", -EINVAL, { COMMAND(SET_VERTEX_BUFFERS, 5) } },
	{ "part of a shader buffer", -EINVAL, { COMMAND(SET_SHADER_BUFFERS, 4) } },
	{ "part of a shader image", -EINVAL, { COMMAND(SET_SHADER_IMAGES, 6) } },
	{ "part of an atomic buffer", -EINVAL, { COMMAND(SET_ATOMIC_BUFFERS, 3) } },
	{ "inline write of nothing", -EINVAL,
	  { COMMAND(RESOURCE_INLINE_WRITE, 11), PROTECTED } },
};

KUNIT_ARRAY_PARAM_DESC(stream_test_refusal, stream_test_refusals, name);

static void stream_test_refused_command(struct kunit *test)
{
	const struct stream_test_refusal *refusal = test->param_value;
	u32 length = VIRGL_HEADER_LENGTH(refusal->words[0]);

	KUNIT_EXPECT_EQ(test, stream_test_check(refusal->words, length + 1),
			refusal->result);
}

/* One bad command spoils the stream, wherever it is. */
static void stream_test_sequence(struct kunit *test)
{
	u32 stream[] = {
		OBJECT(CREATE_OBJECT, SURFACE, 5), 1, PROTECTED, 0, 0, 0,
		COMMAND(NOP, 1), COMMAND(GET_QUERY_RESULT, 2),
		COMMAND(RESOURCE_COPY_REGION, 13), PROTECTED, 0, 0, 0, 0,
		ORDINARY, 0, 0, 0, 0, 0, 0, 0,
	};

	KUNIT_EXPECT_EQ(test, stream_test_check(stream, ARRAY_SIZE(stream)), 0);

	stream[9] = ORDINARY;
	KUNIT_EXPECT_EQ(test, stream_test_check(stream, ARRAY_SIZE(stream)),
			-EACCES);
	stream[9] = PROTECTED;
	stream[2] = ORDINARY;
	KUNIT_EXPECT_EQ(test, stream_test_check(stream, ARRAY_SIZE(stream)),
			-EACCES);
}

static void stream_test_nothing(struct kunit *test)
{
	static const u32 view[] = { OBJECT(CREATE_OBJECT, SAMPLER_VIEW, 6), 1,
				    PROTECTED, 0, 0, 0, 0 };

	KUNIT_EXPECT_EQ(test, stream_test_check(NULL, 0), 0);
	KUNIT_EXPECT_EQ(test,
			virtio_gpu_protected_stream_check(view, ARRAY_SIZE(view),
							  NULL, 0), -EACCES);
}

/* The first and the last number, and one above all. */
static void stream_test_find(struct kunit *test)
{
	u32 view[] = { OBJECT(CREATE_OBJECT, SAMPLER_VIEW, 6), 1, 0, 0, 0, 0, 0 };
	static const struct {
		u32 res_handle;
		int result;
	} cases[] = {
		{ 1, -EACCES }, { 4, -EACCES }, { 5, 0 }, { 6, -EACCES },
		{ ORDINARY, 0 }, { UNLISTED, -EACCES }, { PROTECTED, 0 },
		{ PROTECTED + 1, -EACCES }, { U32_MAX - 1, -EACCES },
		{ U32_MAX, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		view[2] = cases[i].res_handle;
		KUNIT_EXPECT_EQ(test, stream_test_check(view, ARRAY_SIZE(view)),
				cases[i].result);
	}
}

static struct kunit_case stream_test_cases[] = {
	KUNIT_CASE_PARAM(stream_test_allowed_command, stream_test_command_gen_params),
	KUNIT_CASE_PARAM(stream_test_refused_command, stream_test_refusal_gen_params),
	KUNIT_CASE(stream_test_sequence),
	KUNIT_CASE(stream_test_nothing),
	KUNIT_CASE(stream_test_find),
	{}
};

static struct kunit_suite stream_test_suite = {
	.name = "virtio_gpu_protected_stream",
	.test_cases = stream_test_cases,
};

kunit_test_suite(stream_test_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit tests of protected content in virtio-gpu");
MODULE_LICENSE("GPL and additional rights");
