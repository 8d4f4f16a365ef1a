/* SPDX-License-Identifier: MIT */
/*
 * A protected context asks how many. What protected pixels decide is put together to the key again, a
 * byte or a bit a query.
 */
#include <string.h>

#include "gl.h"

#define SECRET "layout(binding = 1) uniform sampler2D secret;\nuniform int which;\n"
#define WORD GLSL_WORD "uint key() { return word(texelFetch(secret, ivec2(3, 3), 0)); }\n"
/* The query's part of the key. */
#define BYTE "(key() >> uint(8 * which) & 255u)"
#define BIT "(key() >> uint(which) & 1u)"

enum { BYTES_OF_KEY = 4, BITS_OF_KEY = 32, SQUARE = 16 };

/* Waits as long as there is hope: Mesa's own way to wait never ends when a submission was refused. */
static uint64_t result_of(struct attempt *attempt, GLuint query)
{
	GLuint available = 0;
	GLuint64 result = 0;

	while (!available) {
		if (attempt->refused)
			return 0;
		glGetQueryObjectuiv(query, GL_QUERY_RESULT_AVAILABLE, &available);
	}
	glGetQueryObjectui64v(query, GL_QUERY_RESULT, &result);
	return result;
}

static void bind_secret(struct attempt *attempt)
{
	GLuint name = secret_texture(attempt, GL_TEXTURE_2D, GL_RGBA8, 1);

	draw_to(secret_texture(attempt, GL_TEXTURE_2D, GL_RGBA8, 1), GL_COLOR_ATTACHMENT0);
	glViewport(0, 0, SQUARE, SQUARE);
	glActiveTexture(GL_TEXTURE1);
	glBindTexture(GL_TEXTURE_2D, name);
	glActiveTexture(GL_TEXTURE0);
}

/* ---- how many ------------------------------------------------------------------------------------ */

struct question {
	GLenum target;
	bool bits;      /* each query tells a bit, not a byte */
	bool feedback;  /* counts what is captured */
	struct shaders shaders;
};

#define COUNT_FRAGMENTS { whole_vertex, .fragment = GLSL SECRET WORD "out vec4 colour;\n" \
	"void main() { if (uint(gl_FragCoord.x) + 16u * uint(gl_FragCoord.y) >= " BYTE ") discard;" \
	" colour = vec4(0.0); }\n" }
#define ANY_FRAGMENT { whole_vertex, .fragment = GLSL SECRET WORD "out vec4 colour;\n" \
	"void main() { if (" BIT " == 0u) discard; colour = vec4(0.0); }\n" }
#define COUNT_POINTS { GLSL "void main() { gl_Position = vec4(0.0, 0.0, 0.0, 1.0); }\n", \
	.geometry = GLSL SECRET WORD "layout(points) in;\nlayout(points, max_vertices = 1) out;\n" \
		"out float captured;\n" \
		"void main() { if (uint(gl_PrimitiveIDIn) < " BYTE ") { captured = 1.0;" \
		" gl_Position = gl_in[0].gl_Position; EmitVertex(); } }\n", \
	.fragment = GLSL "out vec4 colour;\nvoid main() { colour = vec4(0.0); }\n", \
	.captured = "captured" }

static const struct question questions[] = {
	{ GL_SAMPLES_PASSED, false, false, COUNT_FRAGMENTS },
	{ GL_ANY_SAMPLES_PASSED, true, false, ANY_FRAGMENT },
	{ GL_ANY_SAMPLES_PASSED_CONSERVATIVE, true, false, ANY_FRAGMENT },
	{ GL_PRIMITIVES_GENERATED, false, false, COUNT_POINTS },
	{ GL_TRANSFORM_FEEDBACK_PRIMITIVES_WRITTEN, false, true, COUNT_POINTS },
};

static void ask(const struct question *question, GLuint program, GLuint query, unsigned which)
{
	glUniform1i(glGetUniformLocation(program, "which"), (GLint)which);
	glBeginQuery(question->target, query);
	if (question->feedback)
		glBeginTransformFeedback(GL_POINTS);
	if (question->shaders.geometry)
		glDrawArrays(GL_POINTS, 0, 256);
	else
		draw_whole();
	if (question->feedback)
		glEndTransformFeedback();
	glEndQuery(question->target);
}

static unsigned ask_all(struct attempt *attempt, const struct question *question, GLuint queries[BITS_OF_KEY])
{
	unsigned count = question->bits ? BITS_OF_KEY : BYTES_OF_KEY;
	GLuint program;

	bind_secret(attempt);
	program = use_program(attempt, &question->shaders);
	if (question->feedback) {
		glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, secret_buffer(attempt, NULL, 0));
		glEnable(GL_RASTERIZER_DISCARD);
	}
	glGenQueries((GLsizei)count, queries);
	for (unsigned i = 0; i < count; i++)
		ask(question, program, queries[i], i);
	return count;
}

static void query(struct attempt *attempt, unsigned long how)
{
	const struct question *question = &questions[how];
	GLuint queries[BITS_OF_KEY];
	unsigned count = ask_all(attempt, question, queries);
	uint32_t key = 0;

	glFlush();
	for (unsigned i = 0; i < count; i++)
		key |= (uint32_t)result_of(attempt, queries[i]) << (question->bits ? i : 8 * i);
	look(attempt, &key, sizeof(key), "the results of queries");
}

/* Results that decide what is drawn, and other queries that count it. */
static void conditional(struct attempt *attempt, unsigned long how)
{
	static const struct shaders plain = {
		whole_vertex, .fragment = GLSL "out vec4 colour;\nvoid main() { colour = vec4(0.0); }\n",
	};
	GLuint conditions[BITS_OF_KEY], queries[BITS_OF_KEY];
	uint32_t key = 0;

	ask_all(attempt, &questions[how], conditions);
	use_program(attempt, &plain);
	glGenQueries(BITS_OF_KEY, queries);
	for (unsigned i = 0; i < BITS_OF_KEY; i++) {
		glBeginQuery(GL_SAMPLES_PASSED, queries[i]);
		glBeginConditionalRender(conditions[i], GL_QUERY_WAIT);
		draw_whole();
		glEndConditionalRender();
		glEndQuery(GL_SAMPLES_PASSED);
	}
	glFlush();
	for (unsigned i = 0; i < BITS_OF_KEY; i++)
		key |= (uint32_t)!!result_of(attempt, queries[i]) << i;
	look(attempt, &key, sizeof(key), "what was drawn under conditions");
}

const struct attack gl_query_attacks[] = {
	RESULT("samples passed", "four queries count as many pixels as the bytes of the key say", query, 0),
	RESULT("any samples passed", "32 queries tell a bit of the key each", query, 1),
	RESULT("any samples passed, conservative", "32 conservative queries tell a bit of the key each", query, 2),
	RESULT("primitives generated", "a geometry shader makes as many primitives as protected content says",
	       query, 3),
	RESULT("primitives written", "as many primitives are captured as protected content says", query, 4),
	RESULT("conditional rendering", "results decide what is drawn, and that is counted", conditional, 1),
	{ 0 },
};
