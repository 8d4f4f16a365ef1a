/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pass.h"

enum { SET_TESS_STATE = 32, SET_FRAMEBUFFER_NO_ATTACH = 38, MEMORY_BARRIER = 36 };
enum { BLEND = 1, RASTERIZER, DSA, SHADER, VERTEX_ELEMENTS };
enum { RGBA8888 = 67, R32_UINT = 193 };
enum { POINTS = 0, TRIANGLES = 4, PATCHES = 14 };

#define IDENTITY (0 | 1 << 3 | 2 << 6 | 3 << 9)

/* A slot that the source does not have. */
static unsigned sink_slot(const struct pass *pass)
{
	bool image = pass->sink == TO_IMAGE || pass->sink == TO_IMAGE_ATOMIC;

	return pass->source == (image ? FROM_IMAGE : FROM_STORAGE);
}

uint32_t secret_of(const struct scene *scene, enum source source)
{
	return source == FROM_TEXTURE || source == FROM_IMAGE ? scene->secret.res
							       : scene->secret_buffer.res;
}

uint32_t target_of(const struct scene *scene, enum sink sink)
{
	return sink == TO_SURFACE || sink == TO_IMAGE || sink == TO_IMAGE_ATOMIC ? scene->ordinary.res
										  : scene->buffer.res;
}

void put_words(struct stream *stream, const uint32_t *words, size_t count)
{
	/* Streams of attacks are short, and too long a one must not pass for an attack. */
	if (stream->count + count > ARRAY_LENGTH(stream->words))
		__builtin_trap();
	memcpy(stream->words + stream->count, words, count * 4);
	stream->count += count;
}

/* How a vertex's key leaves a shader whose outputs are streamed out. */
static void put_shader(struct stream *stream, enum stage stage, const char *text, bool outputs)
{
	uint32_t padded[1024] = { 0 }, shader = fresh(), header = outputs ? 11 : 5;
	size_t bytes = strlen(text) + 1, words = (bytes + 3) / 4;

	if (words > ARRAY_LENGTH(padded))
		__builtin_trap();
	memcpy(padded, text, bytes);
	PUT(stream, HEADER(CREATE_OBJECT, SHADER, header + words), shader, stage, (uint32_t)bytes, 1000,
	    outputs);
	if (outputs) /* four components of output 1 to the first target */
		PUT(stream, 4, 0, 0, 0, 1 | 4 << 10, 0);
	put_words(stream, padded, words);
	PUT(stream, HEADER(BIND_SHADER, 0, 2), shader, stage);
}

static void put_state(struct stream *stream)
{
	uint32_t blend = fresh(), rasterizer = fresh(), dsa = fresh(), elements = fresh();
	float half = SIDE / 2.0f, depth = 0.5f, one = 1.0f;
	uint32_t half_bits, depth_bits, one_bits;

	memcpy(&half_bits, &half, 4);
	memcpy(&depth_bits, &depth, 4);
	memcpy(&one_bits, &one, 4);
	PUT(stream, HEADER(CREATE_OBJECT, BLEND, 11), blend, 0, 0, 0xfu << 27, 0xfu << 27, 0xfu << 27,
	    0xfu << 27, 0xfu << 27, 0xfu << 27, 0xfu << 27, 0xfu << 27);
	PUT(stream, HEADER(BIND_OBJECT, BLEND, 1), blend);
	PUT(stream, HEADER(CREATE_OBJECT, RASTERIZER, 9), rasterizer, 1u << 1 | 1u << 29, one_bits, 0, 0,
	    one_bits, 0, 0, 0);
	PUT(stream, HEADER(BIND_OBJECT, RASTERIZER, 1), rasterizer);
	PUT(stream, HEADER(CREATE_OBJECT, DSA, 5), dsa, 0, 0, 0, 0);
	PUT(stream, HEADER(BIND_OBJECT, DSA, 1), dsa);
	PUT(stream, HEADER(CREATE_OBJECT, VERTEX_ELEMENTS, 1), elements);
	PUT(stream, HEADER(BIND_OBJECT, VERTEX_ELEMENTS, 1), elements);
	PUT(stream, HEADER(SET_VIEWPORT, 0, 7), 0, half_bits, half_bits, depth_bits, half_bits, half_bits,
	    depth_bits);
}

/* ---- Text of shaders --------------------------------------------------------------------------- */

/*
 * The key goes from stage to stage as a colour: its bytes are what the components are in 255ths.
 * So it is in TEMP[0]; as a word, it is in TEMP[1].x.
 */

struct text {
	char chars[4096];
	size_t length;
};

static void __attribute__((format(printf, 2, 3))) add(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text->length += (size_t)vsnprintf(text->chars + text->length, sizeof(text->chars) - text->length,
					  format, args);
	va_end(args);
	if (text->length >= sizeof(text->chars))
		__builtin_trap();
}

static void declare_source(struct text *text, enum source source)
{
	switch (source) {
	case FROM_TEXTURE:
		add(text, "DCL SAMP[0]\nDCL SVIEW[0], 2D, FLOAT\n");
		break;
	case FROM_UNIFORMS:
		add(text, "DCL CONST[1][0]\n");
		break;
	case FROM_STORAGE:
		add(text, "DCL BUFFER[0]\n");
		break;
	case FROM_IMAGE:
		add(text, "DCL IMAGE[0], 2D, PIPE_FORMAT_R32_UINT\n");
		break;
	case FROM_COUNTER:
		add(text, "DCL HWATOMIC[0]\n");
		break;
	case FROM_VERTICES:
		add(text, "DCL IN[0]\n");
		break;
	case FROM_INDICES:
		break;
	}
}

static void declare_sink(struct text *text, const struct pass *pass)
{
	switch (pass->sink) {
	case TO_STORAGE:
	case TO_STORAGE_ATOMIC:
		add(text, "DCL BUFFER[%u]\n", sink_slot(pass));
		break;
	case TO_IMAGE:
	case TO_IMAGE_ATOMIC:
		add(text, "DCL IMAGE[%u], 2D, PIPE_FORMAT_R32_UINT, WR\n", sink_slot(pass));
		break;
	case TO_COUNTER:
		add(text, "DCL HWATOMIC[0]\n");
		break;
	default:
		break;
	}
}

static void declare_rest(struct text *text, bool gate)
{
	if (gate)
		add(text, "DCL CONST[0]\n");
	add(text, "DCL TEMP[0..3]\n"
		  "IMM[0] UINT32 {0, 8, 16, 24}\n"
		  "IMM[1] UINT32 {255, 1, 0, 0}\n"
		  "IMM[2] FLT32 {0.00392156886, 255.0, 0.5, 0.0}\n"
		  "IMM[3] FLT32 {4.0, -1.0, 0.0, 1.0}\n");
}

static void word_to_colour(struct text *text)
{
	add(text, "USHR TEMP[2], TEMP[1].xxxx, IMM[0]\n"
		  "AND TEMP[2], TEMP[2], IMM[1].xxxx\n"
		  "U2F TEMP[2], TEMP[2]\n"
		  "MUL TEMP[0], TEMP[2], IMM[2].xxxx\n");
}

static void colour_to_word(struct text *text)
{
	add(text, "MAD TEMP[2], TEMP[0], IMM[2].yyyy, IMM[2].zzzz\n"
		  "F2U TEMP[2], TEMP[2]\n"
		  "SHL TEMP[2], TEMP[2], IMM[0]\n"
		  "OR TEMP[1].x, TEMP[2].xxxx, TEMP[2].yyyy\n"
		  "OR TEMP[1].x, TEMP[1].xxxx, TEMP[2].zzzz\n"
		  "OR TEMP[1].x, TEMP[1].xxxx, TEMP[2].wwww\n");
}

static void read_source(struct text *text, enum source source)
{
	switch (source) {
	case FROM_TEXTURE:
		add(text, "TXF TEMP[0], IMM[1].zzzz, SAMP[0], 2D\n");
		return;
	case FROM_VERTICES:
		add(text, "MOV TEMP[0], IN[0]\n");
		return;
	case FROM_UNIFORMS:
		add(text, "MOV TEMP[1], CONST[1][0]\n");
		break;
	case FROM_STORAGE:
		add(text, "LOAD TEMP[1].x, BUFFER[0], IMM[1].zzzz\n");
		break;
	case FROM_IMAGE:
		add(text, "LOAD TEMP[1], IMAGE[0], IMM[1].zzzz, 2D, PIPE_FORMAT_R32_UINT\n");
		break;
	case FROM_COUNTER:
		add(text, "LOAD TEMP[1].x, HWATOMIC[0], IMM[1].zzzz\n");
		break;
	case FROM_INDICES:
		add(text, "MOV TEMP[1], SV[0].xxxx\n");
		break;
	}
	word_to_colour(text);
}

static void write_sink(struct text *text, const struct pass *pass)
{
	colour_to_word(text);
	switch (pass->sink) {
	case TO_STORAGE:
		add(text, "STORE BUFFER[%u].x, IMM[1].zzzz, TEMP[1].xxxx\n", sink_slot(pass));
		break;
	case TO_STORAGE_ATOMIC:
		add(text, "ATOMXCHG TEMP[2].x, BUFFER[%u], IMM[1].zzzz, TEMP[1].xxxx\n", sink_slot(pass));
		break;
	case TO_IMAGE:
		add(text, "STORE IMAGE[%u], IMM[1].zzzz, TEMP[1].xxxx, 2D, PIPE_FORMAT_R32_UINT\n",
		    sink_slot(pass));
		break;
	case TO_IMAGE_ATOMIC:
		add(text, "ATOMXCHG TEMP[2].x, IMAGE[%u], IMM[1].zzzz, TEMP[1].xxxx, 2D, "
			  "PIPE_FORMAT_R32_UINT\n", sink_slot(pass));
		break;
	case TO_COUNTER:
		add(text, "ATOMXCHG TEMP[2].x, HWATOMIC[0], IMM[1].zzzz, TEMP[1].xxxx\n");
		break;
	default:
		break;
	}
}

/* What a stage does with the key, when it is the one. */
static void declare(struct text *text, const struct pass *pass, enum stage stage)
{
	if (stage == pass->stage) {
		declare_source(text, pass->source);
		declare_sink(text, pass);
	}
	declare_rest(text, pass->gate && stage == pass->stage);
}

static void move(struct text *text, const struct pass *pass, enum stage stage)
{
	if (stage != pass->stage)
		return;
	read_source(text, pass->source);
	write_sink(text, pass);
	if (pass->gate) /* all ones in TEMP[2].x if the bit is set */
		add(text, "AND TEMP[2].x, TEMP[1].xxxx, CONST[0].xxxx\n"
			  "USNE TEMP[2].x, TEMP[2].xxxx, IMM[1].zzzz\n");
}

static bool is_gate(const struct pass *pass, enum stage stage)
{
	return pass->gate && stage == pass->stage;
}

/* Without the bit, all vertices are in one place outside. */
static void move_away(struct text *text)
{
	add(text, "USEQ TEMP[2].x, TEMP[2].xxxx, IMM[1].zzzz\n"
		  "UIF TEMP[2].xxxx\n"
		  "MOV TEMP[3], IMM[3].xxxw\n"
		  "ENDIF\n");
}

/* As a word where it is streamed out, because that is what is looked for. */
static const char *carried(const struct pass *pass)
{
	return pass->sink == TO_STREAMOUT ? "TEMP[1].xxxx" : "TEMP[0]";
}

static void vertex_shader(struct text *text, const struct pass *pass)
{
	bool carries = pass->stage == VERTEX;

	add(text, "VERT\nDCL SV[0], VERTEXID\nDCL OUT[0], POSITION\n");
	if (carries)
		add(text, "DCL OUT[1], GENERIC[0]\n");
	declare(text, pass, VERTEX);
	move(text, pass, VERTEX);
	if (pass->source == FROM_INDICES)
		add(text, "MOV OUT[0], IMM[3].zzzw\n");
	else
		add(text, "AND TEMP[3].x, SV[0].xxxx, IMM[1].yyyy\n"
			  "USHR TEMP[3].y, SV[0].xxxx, IMM[1].yyyy\n"
			  "U2F TEMP[3].xy, TEMP[3].xyyy\n"
			  "MAD TEMP[3].xy, TEMP[3].xyyy, IMM[3].xxxx, IMM[3].yyyy\n"
			  "MOV TEMP[3].zw, IMM[3].zzzw\n");
	if (is_gate(pass, VERTEX))
		move_away(text);
	if (pass->source != FROM_INDICES)
		add(text, "MOV OUT[0], TEMP[3]\n");
	if (carries)
		add(text, "MOV OUT[1], %s\n", carried(pass));
	add(text, "END\n");
}

static void geometry_shader(struct text *text, const struct pass *pass)
{
	add(text, "GEOM\n"
		  "PROPERTY GS_INPUT_PRIMITIVE TRIANGLES\n"
		  "PROPERTY GS_OUTPUT_PRIMITIVE TRIANGLE_STRIP\n"
		  "PROPERTY GS_MAX_OUTPUT_VERTICES 3\n"
		  "PROPERTY GS_INVOCATIONS 1\n"
		  "DCL IN[][0], POSITION\n"
		  "DCL OUT[0], POSITION\n"
		  "DCL OUT[1], GENERIC[0]\n");
	declare(text, pass, GEOMETRY);
	move(text, pass, GEOMETRY);
	if (pass->gate)
		add(text, "UIF TEMP[2].xxxx\n");
	for (int i = 0; i < 3; i++)
		add(text, "MOV OUT[0], IN[%d][0]\nMOV OUT[1], %s\nEMIT IMM[1].zzzz\n", i, carried(pass));
	add(text, "ENDPRIM IMM[1].zzzz\n%sEND\n", pass->gate ? "ENDIF\n" : "");
}

static void control_shader(struct text *text, const struct pass *pass)
{
	add(text, "TESS_CTRL\n"
		  "PROPERTY TCS_VERTICES_OUT 3\n"
		  "DCL IN[][0], POSITION\n"
		  "DCL SV[0], INVOCATIONID\n"
		  "DCL OUT[][0], POSITION\n"
		  "DCL OUT[1], TESSOUTER\n"
		  "DCL OUT[2], TESSINNER\n"
		  "DCL OUT[3], PATCH[0]\n"
		  "DCL ADDR[0]\n");
	declare(text, pass, TESS_CONTROL);
	move(text, pass, TESS_CONTROL);
	/* A patch whose levels are 0 is dropped. */
	if (is_gate(pass, TESS_CONTROL))
		add(text, "AND TEMP[3].x, TEMP[2].xxxx, IMM[3].wwww\n");
	else
		add(text, "MOV TEMP[3].x, IMM[3].wwww\n");
	add(text, "UARL ADDR[0].x, SV[0].xxxx\n"
		  "MOV OUT[ADDR[0].x][0], IN[ADDR[0].x][0]\n"
		  "MOV OUT[1].x, TEMP[3].xxxx\n"
		  "MOV OUT[1].y, TEMP[3].xxxx\n"
		  "MOV OUT[1].z, TEMP[3].xxxx\n"
		  "MOV OUT[2].x, TEMP[3].xxxx\n"
		  "MOV OUT[3], %s\n"
		  "END\n", pass->stage == TESS_CONTROL ? carried(pass) : "IMM[3].wwww");
}

static void evaluation_shader(struct text *text, const struct pass *pass)
{
	add(text, "TESS_EVAL\n"
		  "PROPERTY TES_PRIM_MODE 4\n"
		  "PROPERTY TES_SPACING 2\n"
		  "PROPERTY TES_VERTEX_ORDER_CW 0\n"
		  "PROPERTY TES_POINT_MODE 0\n"
		  "DCL IN[][0], POSITION\n"
		  "DCL IN[1], PATCH[0]\n"
		  "DCL SV[0], TESSCOORD\n"
		  "DCL OUT[0], POSITION\n"
		  "DCL OUT[1], GENERIC[0]\n");
	declare(text, pass, TESS_EVALUATION);
	move(text, pass, TESS_EVALUATION);
	add(text, "MUL TEMP[3], IN[0][0], SV[0].xxxx\n"
		  "MAD TEMP[3], IN[1][0], SV[0].yyyy, TEMP[3]\n"
		  "MAD TEMP[3], IN[2][0], SV[0].zzzz, TEMP[3]\n");
	if (is_gate(pass, TESS_EVALUATION))
		move_away(text);
	add(text, "MOV OUT[0], TEMP[3]\n"
		  "MOV OUT[1], %s\n"
		  "END\n", pass->stage == TESS_EVALUATION ? carried(pass) : "IN[1]");
}

static void fragment_shader(struct text *text, const struct pass *pass)
{
	bool carries = pass->stage != FRAGMENT;

	add(text, "FRAG\nPROPERTY FS_COLOR0_WRITES_ALL_CBUFS 1\nDCL OUT[0], COLOR\n");
	if (carries)
		add(text, "DCL IN[0], GENERIC[0], PERSPECTIVE\n");
	declare(text, pass, FRAGMENT);
	move(text, pass, FRAGMENT);
	if (is_gate(pass, FRAGMENT))
		add(text, "USEQ TEMP[2].x, TEMP[2].xxxx, IMM[1].zzzz\nUIF TEMP[2].xxxx\nKILL\nENDIF\n");
	add(text, "MOV OUT[0], %s\nEND\n", carries ? "IN[0]" : "TEMP[0]");
}

static void compute_shader(struct text *text, const struct pass *pass)
{
	add(text, "COMP\n"
		  "PROPERTY CS_FIXED_BLOCK_WIDTH 1\n"
		  "PROPERTY CS_FIXED_BLOCK_HEIGHT 1\n"
		  "PROPERTY CS_FIXED_BLOCK_DEPTH 1\n");
	declare(text, pass, COMPUTE);
	move(text, pass, COMPUTE);
	add(text, "END\n");
}

static void put_text(struct stream *stream, const struct pass *pass, enum stage stage,
		     void (*write)(struct text *, const struct pass *), bool last)
{
	struct text text = { 0 };

	write(&text, pass);
	put_shader(stream, stage, text.chars, last && pass->sink == TO_STREAMOUT);
}

/* ---- Bindings ---------------------------------------------------------------------------------- */

static void bind_source(struct stream *stream, const struct pass *pass)
{
	uint32_t object = fresh();

	switch (pass->source) {
	case FROM_TEXTURE:
		if (!pass->view)
			PUT(stream, HEADER(CREATE_OBJECT, SAMPLER_VIEW, 6), object, pass->from,
			    BGRA8888 | TEXTURE_2D << 24, 0, 0, IDENTITY);
		PUT(stream, HEADER(SET_SAMPLER_VIEWS, 0, 3), pass->stage, 0,
		    pass->view ? pass->view : object);
		break;
	case FROM_UNIFORMS:
		PUT(stream, HEADER(SET_UNIFORM_BUFFER, 0, 5), pass->stage, 1, 0, 4096, pass->from);
		break;
	case FROM_STORAGE:
		PUT(stream, HEADER(SET_SHADER_BUFFERS, 0, 5), pass->stage, 0, 0, 4096, pass->from);
		break;
	case FROM_IMAGE:
		PUT(stream, HEADER(SET_SHADER_IMAGES, 0, 7), pass->stage, 0, R32_UINT, 1, 0, 0, pass->from);
		break;
	case FROM_COUNTER:
		PUT(stream, HEADER(SET_ATOMIC_BUFFERS, 0, 4), 0, 0, 4096, pass->from);
		break;
	case FROM_VERTICES:
		PUT(stream, HEADER(CREATE_OBJECT, VERTEX_ELEMENTS, 5), object, 0, 0, 0, RGBA8888);
		PUT(stream, HEADER(BIND_OBJECT, VERTEX_ELEMENTS, 1), object);
		PUT(stream, HEADER(SET_VERTEX_BUFFERS, 0, 3), 4, 0, pass->from);
		break;
	case FROM_INDICES:
		PUT(stream, HEADER(SET_INDEX_BUFFER, 0, 3), pass->from, 4, 0);
		break;
	}
}

static void bind_surface(struct stream *stream, const struct pass *pass)
{
	uint32_t surface = pass->object ? pass->object : fresh();

	if (!pass->object)
		PUT(stream, HEADER(CREATE_OBJECT, SURFACE, 5), surface, pass->to, BGRA8888, pass->level,
		    pass->layer | pass->layer << 16);
	if (pass->first) {
		uint32_t first = fresh();

		PUT(stream, HEADER(CREATE_OBJECT, SURFACE, 5), first, pass->first, BGRA8888, 0, 0,
		    HEADER(SET_FRAMEBUFFER, 0, 4), 2, 0, first, surface);
	} else {
		PUT(stream, HEADER(SET_FRAMEBUFFER, 0, 3), 1, 0, surface);
	}
}

static void bind_sink(struct stream *stream, const struct pass *pass)
{
	uint32_t target = pass->object ? pass->object : fresh();

	switch (pass->sink) {
	case TO_SURFACE:
		bind_surface(stream, pass);
		return;
	case TO_STORAGE:
	case TO_STORAGE_ATOMIC:
		PUT(stream, HEADER(SET_SHADER_BUFFERS, 0, 5), pass->stage, sink_slot(pass), 0, 4096, pass->to);
		break;
	case TO_IMAGE:
	case TO_IMAGE_ATOMIC:
		PUT(stream, HEADER(SET_SHADER_IMAGES, 0, 7), pass->stage, sink_slot(pass), R32_UINT, 3, 0, 0,
		    pass->to);
		break;
	case TO_COUNTER:
		PUT(stream, HEADER(SET_ATOMIC_BUFFERS, 0, 4), 0, 0, 4096, pass->to);
		break;
	case TO_NOTHING:
		break;
	case TO_STREAMOUT:
		if (!pass->object)
			PUT(stream, HEADER(CREATE_OBJECT, STREAMOUT_TARGET, 4), target, pass->to, 0,
			    pass->size ? pass->size : 4096);
		PUT(stream, HEADER(SET_STREAMOUT_TARGETS, 0, 2), 0, target);
		break;
	}
	if (pass->stage != COMPUTE) {
		PUT(stream, HEADER(SET_FRAMEBUFFER, 0, 2), 0, 0);
		PUT(stream, HEADER(SET_FRAMEBUFFER_NO_ATTACH, 0, 2), SIDE | SIDE << 16, 1);
	}
}

static bool tessellates(const struct pass *pass)
{
	return pass->stage == TESS_CONTROL || pass->stage == TESS_EVALUATION;
}

void put_pipeline(struct stream *stream, const struct pass *pass)
{
	put_state(stream);
	bind_source(stream, pass);
	bind_sink(stream, pass);
	if (pass->stage == COMPUTE) {
		put_text(stream, pass, COMPUTE, compute_shader, false);
	} else {
		put_text(stream, pass, VERTEX, vertex_shader, pass->stage == VERTEX);
		if (tessellates(pass)) {
			put_text(stream, pass, TESS_CONTROL, control_shader, false);
			put_text(stream, pass, TESS_EVALUATION, evaluation_shader, true);
		}
		if (pass->stage == GEOMETRY)
			put_text(stream, pass, GEOMETRY, geometry_shader, true);
		put_text(stream, pass, FRAGMENT, fragment_shader, false);
	}
}

void put_draw(struct stream *stream, const struct pass *pass)
{
	if (pass->stage == COMPUTE)
		PUT(stream, HEADER(LAUNCH_GRID, 0, 8), 1, 1, 1, 1, 1, 1, 0, 0);
	else if (pass->source == FROM_INDICES)
		PUT(stream, HEADER(DRAW_VBO, 0, 12), 0, 1, POINTS, 1, 1, 0, 0, 0, 0, 0, ~0u, 0);
	else if (tessellates(pass))
		PUT(stream, HEADER(DRAW_VBO, 0, 14), 0, 3, PATCHES, 0, 1, 0, 0, 0, 0, 0, 2, 0, 3, 0);
	else
		PUT(stream, HEADER(DRAW_VBO, 0, 12), 0, 3, TRIANGLES, 0, 1, 0, 0, 0, 0, 0, 2, 0);
}

void put_pass(struct stream *stream, const struct pass *pass)
{
	put_pipeline(stream, pass);
	put_draw(stream, pass);
	/* Ends what is streamed out. */
	if (pass->sink == TO_STREAMOUT)
		PUT(stream, HEADER(SET_STREAMOUT_TARGETS, 0, 1), 0);
	PUT(stream, HEADER(MEMORY_BARRIER, 0, 1), ~0u);
}
