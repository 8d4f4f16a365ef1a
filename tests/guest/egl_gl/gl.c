/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "egl_gl.h"

static struct {
	unsigned count;
	char text[256];
} messages;

static void GL_APIENTRY on_message(GLenum source, GLenum type, GLuint id, GLenum severity, GLsizei length,
				   const GLchar *text, const void *user)
{
	(void)source, (void)id, (void)severity, (void)length, (void)user;
	if (type != GL_DEBUG_TYPE_UNDEFINED_BEHAVIOR)
		return;
	messages.count++;
	snprintf(messages.text, sizeof(messages.text), "%s", text);
}

bool told(const char *text)
{
	bool right = messages.count == 1 && strstr(messages.text, text);

	if (!right)
		note("%u messages, the last: %s", messages.count, messages.count ? messages.text : "-");
	messages.count = 0;
	return right;
}

bool told_nothing(void)
{
	bool right = !messages.count;

	if (!right)
		note("%u messages, the last: %s", messages.count, messages.text);
	messages.count = 0;
	return right;
}

bool error_is(GLenum wanted)
{
	GLenum got = glGetError();

	if (got != wanted)
		note("GL error 0x%04x, not 0x%04x", got, wanted);
	while (glGetError())
		;
	return got == wanted;
}

bool egl_error_is(EGLint wanted)
{
	EGLint got = eglGetError();

	if (got != wanted)
		note("EGL error 0x%04x, not 0x%04x", got, wanted);
	return got == wanted;
}

void use(EGLContext context)
{
	if (!eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
		note("eglMakeCurrent: 0x%04x", eglGetError());
	glEnable(GL_DEBUG_OUTPUT);
	glEnable(GL_DEBUG_OUTPUT_SYNCHRONOUS);
	glDebugMessageCallback(on_message, NULL);
	messages.count = 0;
}

const uint8_t red[4] = { 255, 0, 0, 255 }, black[4] = { 0, 0, 0, 255 }, green[4] = { 0, 255, 0, 255 };

GLuint texture_of(GLenum target, GLenum format, GLsizei levels, bool protected_)
{
	GLuint name;

	glGenTextures(1, &name);
	glBindTexture(target, name);
	if (protected_)
		glTexParameteri(target, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	switch (target) {
	case GL_TEXTURE_2D_ARRAY:
	case GL_TEXTURE_3D:
		glTexStorage3D(target, levels, format, SIZE, SIZE, 4);
		break;
	case GL_TEXTURE_CUBE_MAP_ARRAY:
		glTexStorage3D(target, levels, format, SIZE, SIZE, 6);
		break;
	case GL_TEXTURE_2D_MULTISAMPLE:
		glTexStorage2DMultisample(target, 4, format, SIZE, SIZE, GL_TRUE);
		break;
	case GL_TEXTURE_2D_MULTISAMPLE_ARRAY:
		glTexStorage3DMultisample(target, 4, format, SIZE, SIZE, 2, GL_TRUE);
		break;
	default:
		glTexStorage2D(target, levels, format, SIZE, SIZE);
	}
	if (target != GL_TEXTURE_2D_MULTISAMPLE && target != GL_TEXTURE_2D_MULTISAMPLE_ARRAY) {
		glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
		glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	}
	return name;
}

GLuint texture(bool protected_)
{
	return texture_of(GL_TEXTURE_2D, GL_RGBA8, 1, protected_);
}

void fill(GLuint name, const uint8_t colour[4])
{
	uint8_t pixels[SIZE * SIZE][4];

	for (unsigned i = 0; i < SIZE * SIZE; i++)
		memcpy(pixels[i], colour, 4);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
}

GLuint coloured(const uint8_t colour[4])
{
	GLuint name = texture(false);

	fill(name, colour);
	return name;
}

GLuint framebuffer(GLuint first, GLuint second)
{
	static const GLenum both[] = { GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1 };
	GLuint name;

	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_FRAMEBUFFER, name);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, first, 0);
	if (second)
		glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT1, GL_TEXTURE_2D, second, 0);
	glDrawBuffers(second ? 2 : 1, both);
	return name;
}

bool pixels_are(const uint8_t colour[4])
{
	uint8_t pixels[SIZE * SIZE][4];

	memset(pixels, 0x5a, sizeof(pixels));
	glReadPixels(0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	for (unsigned i = 0; i < SIZE * SIZE; i++) {
		if (memcmp(pixels[i], colour, 4)) {
			note("pixel %u is %u,%u,%u,%u", i, pixels[i][0], pixels[i][1], pixels[i][2], pixels[i][3]);
			return false;
		}
	}
	return true;
}

bool texture_holds(GLuint name, const uint8_t colour[4])
{
	bool right;

	glFinish();
	use(plain);
	framebuffer(name, 0);
	right = pixels_are(colour) && error_is(GL_NO_ERROR);
	return right;
}

bool device_listens(void)
{
	GLuint name;
	bool right;

	use(secure);
	name = coloured(green);
	glFinish();
	right = texture_holds(name, green);
	glDeleteTextures(1, &name);
	return right;
}

GLuint program_of(const char *vertex, const char *fragment, const char *captured)
{
	const char *sources[] = { vertex, fragment };
	const GLenum stages[] = { GL_VERTEX_SHADER, GL_FRAGMENT_SHADER };
	GLuint program = glCreateProgram();
	char log[512] = "";
	GLint linked;

	for (unsigned i = 0; i < 2; i++) {
		GLuint shader = glCreateShader(stages[i]);

		glShaderSource(shader, 1, &sources[i], NULL);
		glCompileShader(shader);
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		if (log[0])
			note("%s", log);
		glAttachShader(program, shader);
	}
	if (captured)
		glTransformFeedbackVaryings(program, 1, &captured, GL_INTERLEAVED_ATTRIBS);
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &linked);
	if (!linked) {
		glGetProgramInfoLog(program, sizeof(log), NULL, log);
		note("%s", log);
	}
	glUseProgram(program);
	return program;
}

const char quad[] = HEADER "out vec4 varying_position;\n"
				  "void main() {\n"
				  "  vec2 p = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;\n"
				  "  gl_Position = varying_position = vec4(p, 0.0, 1.0);\n"
				  "}\n";

const char sample_2d[] = HEADER "uniform sampler2D s; layout(location = 0) out vec4 colour;\n"
				"void main() { colour = texture(s, vec2(0.5)); }\n";

const char paint_green[] = HEADER "layout(location = 0) out vec4 a; layout(location = 1) out vec4 b;\n"
					 "void main() { a = b = vec4(0.0, 1.0, 0.0, 1.0); }\n";

void draw_quad(void)
{
	GLuint array;

	glGenVertexArrays(1, &array);
	glBindVertexArray(array);
	glViewport(0, 0, SIZE, SIZE);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
	glDeleteVertexArrays(1, &array);
}
