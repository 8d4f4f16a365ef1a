/* SPDX-License-Identifier: MIT */
/*
 * What it costs that a program goes back and forth between a protected and an ordinary context with each frame: the same
 * frames, of each context one after the other.
 */
#include <stddef.h>

#include "bench.h"
#include "contexts.h"
#include "program.h"

enum { SIDE = 256, FRAMES = 16 };

struct scene {
	struct contexts contexts;
	GLuint framebuffers[2];
};

static EGLContext context_of(struct scene *s, int which)
{
	return which ? s->contexts.ordinary : s->contexts.is_protected;
}

static const char vertex_shader[] =
	"#version 300 es\n"
	"void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0, 0.0, 1.0); }\n";
static const char fragment_shader[] =
	"#version 300 es\n"
	"precision mediump float;\n"
	"out vec4 color;\n"
	"void main() { color = vec4(gl_FragCoord.xy / 256.0, 0.5, 1.0); }\n";

static bool prepare(struct scene *s, int which)
{
	GLuint texture;

	if (!contexts_use(&s->contexts, context_of(s, which)) || !program_use(vertex_shader, fragment_shader))
		return false;
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	if (which == 0)
		glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIDE, SIDE);
	glGenFramebuffers(1, &s->framebuffers[which]);
	glBindFramebuffer(GL_FRAMEBUFFER, s->framebuffers[which]);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
	glViewport(0, 0, SIDE, SIDE);
	return glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE &&
	       glGetError() == GL_NO_ERROR;
}

static void draw(void)
{
	glClear(GL_COLOR_BUFFER_BIT);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
	/* As what shows a frame does, and as a change of contexts does. */
	glFlush();
}

static bool finish(struct scene *s)
{
	bool good = true;

	for (int which = 0; which < 2 && good; which++) {
		good = contexts_use(&s->contexts, context_of(s, which));
		glFinish();
		good = good && glGetError() == GL_NO_ERROR;
	}
	return good;
}

static bool alternate(void *data)
{
	struct scene *s = data;
	bool good = true;

	for (int i = 0; i < 2 * FRAMES && good; i++) {
		good = contexts_use(&s->contexts, context_of(s, i % 2));
		draw();
	}
	return good && finish(s);
}

static bool one_after_the_other(void *data)
{
	struct scene *s = data;
	bool good = true;

	for (int which = 0; which < 2 && good; which++) {
		good = contexts_use(&s->contexts, context_of(s, which));
		for (int i = 0; i < FRAMES; i++)
			draw();
	}
	return good && finish(s);
}

int main(void)
{
	struct scene s = {0};

	if (!contexts_open(&s.contexts))
		return 1;
	if (!prepare(&s, 0) || !prepare(&s, 1))
		return bench_fail("there is nothing to draw to");
	return !bench_compare("switch", bench_rounds(100), 2 * FRAMES,
			      (struct bench_side){alternate, &s},
			      (struct bench_side){one_after_the_other, &s});
}
