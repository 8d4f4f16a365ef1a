/* SPDX-License-Identifier: MIT */
/*
 * EGL_EXT_protected_content, GL_EXT_protected_textures and GBM_BO_USE_PROTECTED:
 * what a call returns, which error it leaves, what it tells by KHR_debug, and what
 * an unprotected context then finds in unprotected storage.
 *
 * docs/egl-gl.md has the table; each function here is a line of it. What can only be
 * seen (that protected content is right) is left to the tests that use the camera.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl32.h>
#include <GLES2/gl2ext.h>
#include <drm_fourcc.h>
#include <gbm.h>

#include "tap.h"

#ifndef GBM_BO_USE_PROTECTED
#define GBM_BO_USE_PROTECTED (1 << 5)
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum { SIZE = 16 };

static EGLDisplay display;
static EGLConfig config;
static EGLContext plain, secure; /* one share group */
static struct gbm_device *gbm;   /* of the GBM platform, or NULL */

static PFNEGLCREATEIMAGEKHRPROC create_image;
static PFNEGLDESTROYIMAGEKHRPROC destroy_image;
static PFNGLEGLIMAGETARGETTEXTURE2DOESPROC image_target_texture;
static PFNGLEGLIMAGETARGETRENDERBUFFERSTORAGEOESPROC image_target_renderbuffer;
static PFNGLEGLIMAGETARGETTEXSTORAGEEXTPROC image_target_storage;
static PFNGLTEXTUREVIEWEXTPROC texture_view;
static PFNEGLEXPORTDMABUFIMAGEMESAPROC export_dmabuf;

/* ---- what GL says -------------------------------------------------------------------------------- */

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

/* Whether there was exactly one message since the last call, and it holds text. */
static bool told(const char *text)
{
	bool right = messages.count == 1 && strstr(messages.text, text);

	if (!right)
		note("%u messages, the last: %s", messages.count, messages.count ? messages.text : "-");
	messages.count = 0;
	return right;
}

static bool told_nothing(void)
{
	bool right = !messages.count;

	if (!right)
		note("%u messages, the last: %s", messages.count, messages.text);
	messages.count = 0;
	return right;
}

static bool error_is(GLenum wanted)
{
	GLenum got = glGetError();

	if (got != wanted)
		note("GL error 0x%04x, not 0x%04x", got, wanted);
	while (glGetError())
		;
	return got == wanted;
}

static bool egl_error_is(EGLint wanted)
{
	EGLint got = eglGetError();

	if (got != wanted)
		note("EGL error 0x%04x, not 0x%04x", got, wanted);
	return got == wanted;
}

static void use(EGLContext context)
{
	if (!eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
		note("eglMakeCurrent: 0x%04x", eglGetError());
	glEnable(GL_DEBUG_OUTPUT);
	glEnable(GL_DEBUG_OUTPUT_SYNCHRONOUS);
	glDebugMessageCallback(on_message, NULL);
	messages.count = 0;
}

/* ---- things to work on --------------------------------------------------------------------------- */

static const uint8_t red[4] = { 255, 0, 0, 255 }, black[4] = { 0, 0, 0, 255 }, green[4] = { 0, 255, 0, 255 };

static GLuint texture_of(GLenum target, GLenum format, GLsizei levels, bool protected_)
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

static GLuint texture(bool protected_)
{
	return texture_of(GL_TEXTURE_2D, GL_RGBA8, 1, protected_);
}

static void fill(GLuint name, const uint8_t colour[4])
{
	uint8_t pixels[SIZE * SIZE][4];

	for (unsigned i = 0; i < SIZE * SIZE; i++)
		memcpy(pixels[i], colour, 4);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
}

/* An unprotected texture full of one colour. */
static GLuint coloured(const uint8_t colour[4])
{
	GLuint name = texture(false);

	fill(name, colour);
	return name;
}

static GLuint framebuffer(GLuint first, GLuint second)
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

static bool pixels_are(const uint8_t colour[4])
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

/* What an unprotected context reads from a texture. */
static bool texture_holds(GLuint name, const uint8_t colour[4])
{
	bool right;

	glFinish();
	use(plain);
	framebuffer(name, 0);
	right = pixels_are(colour) && error_is(GL_NO_ERROR);
	return right;
}

static GLuint program_of(const char *vertex, const char *fragment, const char *captured)
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

#define HEADER "#version 320 es\nprecision highp float; precision highp int;\n"

/* Two triangles over everything. */
static const char quad[] = HEADER "out vec4 varying_position;\n"
				  "void main() {\n"
				  "  vec2 p = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;\n"
				  "  gl_Position = varying_position = vec4(p, 0.0, 1.0);\n"
				  "}\n";

static const char paint_green[] = HEADER "layout(location = 0) out vec4 a; layout(location = 1) out vec4 b;\n"
					 "void main() { a = b = vec4(0.0, 1.0, 0.0, 1.0); }\n";

static void draw_quad(void)
{
	GLuint array;

	glGenVertexArrays(1, &array);
	glBindVertexArray(array);
	glViewport(0, 0, SIZE, SIZE);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
	glDeleteVertexArrays(1, &array);
}

/* ---- contexts ------------------------------------------------------------------------------------ */

static bool context_query(void)
{
	EGLint a = -1, b = -1;

	return eglQueryContext(display, plain, EGL_PROTECTED_CONTENT_EXT, &a) &&
	       eglQueryContext(display, secure, EGL_PROTECTED_CONTENT_EXT, &b) && a == EGL_FALSE && b == EGL_TRUE;
}

static bool context_flags(void)
{
	GLint a = 0, b = 0;

	use(plain);
	glGetIntegerv(GL_CONTEXT_FLAGS, &a);
	use(secure);
	glGetIntegerv(GL_CONTEXT_FLAGS, &b);
	return !(a & GL_CONTEXT_FLAG_PROTECTED_CONTENT_BIT_EXT) && (b & GL_CONTEXT_FLAG_PROTECTED_CONTENT_BIT_EXT) &&
	       error_is(GL_NO_ERROR);
}

static bool context_bad_value(void)
{
	const EGLint attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 3, EGL_PROTECTED_CONTENT_EXT, 2, EGL_NONE };

	return eglCreateContext(display, config, EGL_NO_CONTEXT, attributes) == EGL_NO_CONTEXT &&
	       egl_error_is(EGL_BAD_ATTRIBUTE);
}

static bool context_extension(void)
{
	use(plain);
	return strstr((const char *)glGetString(GL_EXTENSIONS), "GL_EXT_protected_textures");
}

static bool context_share(void)
{
	GLuint name;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	return glIsTexture(name) && texture_holds(name, red);
}

/* ---- the texture parameter ------------------------------------------------------------------------ */

static bool parameter_default(void)
{
	GLuint name;
	GLint value = -1;

	use(secure);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
	return value == GL_FALSE && error_is(GL_NO_ERROR);
}

static bool parameter_bad_value(void)
{
	const GLint two = 2;
	const GLfloat half = 0.5f;
	bool right;

	use(secure);
	texture(false);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, 2);
	right = error_is(GL_INVALID_VALUE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, -1);
	right &= error_is(GL_INVALID_VALUE);
	glTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &two);
	right &= error_is(GL_INVALID_VALUE);
	glTexParameterf(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, half);
	right &= error_is(GL_INVALID_VALUE);
	glTexParameterfv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &half);
	right &= error_is(GL_INVALID_VALUE);
	glTexParameterIiv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &two);
	return right & error_is(GL_INVALID_VALUE);
}

static bool parameter_unprotected_context(void)
{
	bool right;

	use(plain);
	texture(false);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	right = error_is(GL_INVALID_OPERATION);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, 2);
	right &= error_is(GL_INVALID_VALUE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_FALSE);
	return right & error_is(GL_NO_ERROR);
}

static bool parameter_every_entry_point(void)
{
	const GLint yes = GL_TRUE;
	const GLuint yes_unsigned = GL_TRUE;
	const GLfloat yes_float = 1.0f;
	bool right = true;

	use(secure);
	for (unsigned i = 0; i < 6; i++) {
		GLint got = -1;
		GLfloat got_float = -1;
		GLuint name;

		glGenTextures(1, &name);
		glBindTexture(GL_TEXTURE_2D, name);
		switch (i) {
		case 0: glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE); break;
		case 1: glTexParameterf(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, 1.0f); break;
		case 2: glTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &yes); break;
		case 3: glTexParameterfv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &yes_float); break;
		case 4: glTexParameterIiv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &yes); break;
		case 5: glTexParameterIuiv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &yes_unsigned); break;
		}
		glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &got);
		glGetTexParameterfv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &got_float);
		if (got != GL_TRUE || got_float != 1.0f) {
			note("entry point %u: %d, %g", i, got, got_float);
			right = false;
		}
	}
	return right & error_is(GL_NO_ERROR);
}

static bool storage_every_target(void)
{
	static const struct {
		const char *name;
		GLenum target, format;
		GLsizei levels;
	} kinds[] = {
		{ "2D", GL_TEXTURE_2D, GL_RGBA8, 1 },
		{ "2D, mipmapped", GL_TEXTURE_2D, GL_RGBA8, 5 },
		{ "2D, half float", GL_TEXTURE_2D, GL_RGBA16F, 1 },
		{ "2D, unsigned integer", GL_TEXTURE_2D, GL_RGBA8UI, 1 },
		{ "2D array", GL_TEXTURE_2D_ARRAY, GL_RGBA8, 2 },
		{ "3D", GL_TEXTURE_3D, GL_RGBA8, 1 },
		{ "cube", GL_TEXTURE_CUBE_MAP, GL_RGBA8, 1 },
		{ "cube array", GL_TEXTURE_CUBE_MAP_ARRAY, GL_RGBA8, 1 },
		{ "depth", GL_TEXTURE_2D, GL_DEPTH_COMPONENT16, 1 },
		{ "depth and stencil", GL_TEXTURE_2D, GL_DEPTH24_STENCIL8, 1 },
		{ "multisample", GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, 1 },
		{ "multisample array", GL_TEXTURE_2D_MULTISAMPLE_ARRAY, GL_RGBA8, 1 },
	};
	bool right = true;

	use(secure);
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		GLuint name = texture_of(kinds[i].target, kinds[i].format, kinds[i].levels, true);
		GLint value = -1;

		glTexParameteri(kinds[i].target, GL_TEXTURE_PROTECTED_EXT, GL_FALSE);
		glGetTexParameteriv(kinds[i].target, GL_TEXTURE_PROTECTED_EXT, &value);
		if (value != GL_TRUE || !error_is(GL_NO_ERROR)) {
			note("%s", kinds[i].name);
			right = false;
		}
		glDeleteTextures(1, &name);
	}
	return right;
}

static bool storage_too_late(void)
{
	GLint value = -1;
	GLuint name;

	use(secure);
	name = coloured(red);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
	return value == GL_FALSE && error_is(GL_NO_ERROR) && texture_holds(name, red);
}

static bool teximage_is_not_protected(void)
{
	uint8_t pixels[SIZE * SIZE][4];
	GLuint name;

	for (unsigned i = 0; i < SIZE * SIZE; i++)
		memcpy(pixels[i], red, 4);
	use(secure);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, SIZE, SIZE, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	return error_is(GL_NO_ERROR) && texture_holds(name, red);
}

static bool texsubimage(void)
{
	GLuint name;
	bool right;

	use(secure);
	name = texture(true);
	fill(name, red);
	right = error_is(GL_NO_ERROR);
	glFinish();
	use(plain);
	fill(name, green);
	return right & error_is(GL_INVALID_OPERATION);
}

static bool texsubimage_from_buffer(void)
{
	static const uint8_t bytes[SIZE * SIZE * 4];
	GLuint name, buffer;

	use(secure);
	name = texture(true);
	glGenBuffers(1, &buffer);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffer);
	glBufferData(GL_PIXEL_UNPACK_BUFFER, sizeof(bytes), bytes, GL_STATIC_DRAW);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
	glDeleteBuffers(1, &buffer);
	return error_is(GL_NO_ERROR);
}

/* ---- framebuffers --------------------------------------------------------------------------------- */

static bool draw_protected(void)
{
	use(secure);
	framebuffer(texture(true), texture(true));
	program_of(quad, paint_green, NULL);
	glClear(GL_COLOR_BUFFER_BIT);
	draw_quad();
	glFinish();
	return error_is(GL_NO_ERROR) & told_nothing();
}

static bool draw_unprotected_in_protected(void)
{
	GLuint name;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	framebuffer(name, 0);
	program_of(quad, paint_green, NULL);
	glClearColor(0, 0, 1, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	draw_quad();
	draw_quad();
	right = error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	return texture_holds(name, red) & right;
}

static bool draw_mixed(void)
{
	GLuint name;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	framebuffer(texture(true), name);
	program_of(quad, paint_green, NULL);
	glClear(GL_COLOR_BUFFER_BIT);
	draw_quad();
	right = error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	return texture_holds(name, red) & right;
}

/* Clearing one buffer is a command of its own. */
static bool clear_buffer_unprotected_in_protected(void)
{
	const GLfloat blue[] = { 0, 0, 1, 1 };
	GLuint name;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	framebuffer(name, 0);
	glClearBufferfv(GL_COLOR, 0, blue);
	glEnable(GL_SCISSOR_TEST);
	glScissor(0, 0, 4, 4);
	glClearBufferfv(GL_COLOR, 0, blue);
	glDisable(GL_SCISSOR_TEST);
	right = error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	return texture_holds(name, red) & right;
}

static bool draw_renderbuffer_in_protected(void)
{
	GLuint buffer, name;
	bool right;

	use(secure);
	glGenRenderbuffers(1, &buffer);
	glBindRenderbuffer(GL_RENDERBUFFER, buffer);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, SIZE, SIZE);
	right = error_is(GL_NO_ERROR);
	glFinish();

	use(plain);
	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_FRAMEBUFFER, name);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
	glClearColor(1, 0, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glFinish();

	use(secure);
	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_FRAMEBUFFER, name);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
	right &= glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	glClearColor(0, 0, 1, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	program_of(quad, paint_green, NULL);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	right &= pixels_are(red) && error_is(GL_NO_ERROR); /* it may be read, it is not protected */
	glFinish();

	use(plain);
	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_FRAMEBUFFER, name);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
	return pixels_are(red) & right;
}

static bool draw_with_unprotected_depth(void)
{
	GLuint buffer;

	use(secure);
	framebuffer(texture(true), 0);
	glGenRenderbuffers(1, &buffer);
	glBindRenderbuffer(GL_RENDERBUFFER, buffer);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_DEPTH24_STENCIL8, SIZE, SIZE);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_RENDERBUFFER, buffer);
	program_of(quad, paint_green, NULL);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	draw_quad();
	return error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
}

static bool draw_with_protected_depth(void)
{
	GLuint depth;

	use(secure);
	depth = texture_of(GL_TEXTURE_2D, GL_DEPTH24_STENCIL8, 1, true);
	framebuffer(texture(true), 0);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_TEXTURE_2D, depth, 0);
	program_of(quad, paint_green, NULL);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	draw_quad();
	glFinish();
	return error_is(GL_NO_ERROR) & told_nothing();
}

static bool draw_protected_in_unprotected(void)
{
	GLuint name, other;
	uint8_t pixel[4] = { 1, 2, 3, 4 };
	const uint8_t untouched[4] = { 1, 2, 3, 4 };
	bool right;

	use(secure);
	name = texture(true);
	glFinish();
	use(plain);
	other = coloured(red);
	framebuffer(name, other);
	right = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	program_of(quad, paint_green, NULL);
	glClear(GL_COLOR_BUFFER_BIT);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told("framebuffer with a protected attachment in an unprotected context");
	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	right &= error_is(GL_INVALID_OPERATION) & !memcmp(pixel, untouched, 4);
	return texture_holds(other, red) & right;
}

/* After trouble the context works. */
static bool context_survives(void)
{
	GLuint name;

	use(plain);
	name = coloured(red);
	framebuffer(name, 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	return error_is(GL_NO_ERROR) & told_nothing() & texture_holds(name, green);
}

/* ---- sampling -------------------------------------------------------------------------------------- */

static const struct sampler {
	const char *name;
	GLenum target, format;
	const char *declaration, *expression;
} samplers[] = {
	{ "2D", GL_TEXTURE_2D, GL_RGBA8, "sampler2D", "texture(s, vec2(0.5))" },
	{ "2D, fetched", GL_TEXTURE_2D, GL_RGBA8, "sampler2D", "texelFetch(s, ivec2(9, 9), 0)" },
	{ "2D array", GL_TEXTURE_2D_ARRAY, GL_RGBA8, "sampler2DArray", "texture(s, vec3(0.5, 0.5, 1.0))" },
	{ "3D", GL_TEXTURE_3D, GL_RGBA8, "sampler3D", "texture(s, vec3(0.5))" },
	{ "cube", GL_TEXTURE_CUBE_MAP, GL_RGBA8, "samplerCube", "texture(s, vec3(0.5, 0.1, 0.1))" },
	{ "unsigned integer", GL_TEXTURE_2D, GL_RGBA8UI, "usampler2D", "vec4(texture(s, vec2(0.5)))" },
	{ "signed integer", GL_TEXTURE_2D, GL_RGBA8I, "isampler2D", "vec4(texture(s, vec2(0.5)))" },
	{ "depth", GL_TEXTURE_2D, GL_DEPTH_COMPONENT24, "sampler2D", "texture(s, vec2(0.5))" },
	{ "multisample", GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, "sampler2DMS", "texelFetch(s, ivec2(3, 3), 1)" },
};

static bool sample_in_unprotected(const struct sampler *s)
{
	char source[512];
	GLuint name, output;
	bool right;

	use(secure);
	name = texture_of(s->target, s->format, 1, true);
	if (s->target == GL_TEXTURE_2D && s->format == GL_RGBA8)
		fill(name, red);
	glFinish();

	use(plain);
	output = coloured(red);
	framebuffer(output, 0);
	snprintf(source, sizeof(source),
		 HEADER "precision highp %s; uniform %s s; out vec4 colour;\nvoid main() { colour = %s; }\n",
		 s->declaration, s->declaration, s->expression);
	program_of(quad, source, NULL);
	glBindTexture(s->target, name);
	draw_quad();
	draw_quad();
	right = error_is(GL_NO_ERROR) & told("protected texture in an unprotected context");
	glBindTexture(s->target, 0);
	return texture_holds(output, black) & right;
}

static bool sample_every_kind(void)
{
	bool right = true;

	for (unsigned i = 0; i < ARRAY_SIZE(samplers); i++) {
		if (!sample_in_unprotected(&samplers[i])) {
			note("%s", samplers[i].name);
			right = false;
		}
	}
	return right;
}

static bool sample_view(void)
{
	GLuint name, view, output;
	GLint value = -1;
	bool right;

	use(secure);
	name = texture(true);
	fill(name, red);
	glGenTextures(1, &view);
	texture_view(view, GL_TEXTURE_2D, name, GL_RGBA8, 0, 1, 0, 1);
	glBindTexture(GL_TEXTURE_2D, view);
	glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
	right = error_is(GL_NO_ERROR) & (value == GL_TRUE);
	glFinish();

	use(plain);
	output = coloured(red);
	framebuffer(output, 0);
	program_of(quad, HEADER "uniform sampler2D s; out vec4 colour;\n"
				"void main() { colour = texture(s, vec2(0.5)); }\n", NULL);
	glBindTexture(GL_TEXTURE_2D, view);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told("protected texture in an unprotected context");
	return texture_holds(output, black) & right;
}

/* The same with ordinary textures: the check can fail. */
static bool sample_ordinary(void)
{
	GLuint name, output;

	use(plain);
	name = coloured(red);
	output = coloured(black);
	framebuffer(output, 0);
	program_of(quad, HEADER "uniform sampler2D s; out vec4 colour;\n"
				"void main() { colour = texture(s, vec2(0.5)); }\n", NULL);
	glBindTexture(GL_TEXTURE_2D, name);
	draw_quad();
	return error_is(GL_NO_ERROR) & told_nothing() & texture_holds(output, red);
}

/* ---- reading back ----------------------------------------------------------------------------------- */

static bool read_pixels(void)
{
	uint8_t pixels[SIZE * SIZE * 4], before[sizeof(pixels)];
	bool right;

	use(secure);
	framebuffer(texture(true), 0);
	memset(pixels, 0x5a, sizeof(pixels));
	memcpy(before, pixels, sizeof(pixels));
	glReadPixels(0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	right = error_is(GL_INVALID_OPERATION);
	glReadnPixels(0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, sizeof(pixels), pixels);
	right &= error_is(GL_INVALID_OPERATION);
	return right & !memcmp(pixels, before, sizeof(pixels));
}

static bool read_pixels_to_buffer(void)
{
	uint8_t bytes[SIZE * SIZE * 4];
	GLuint buffer;
	const uint8_t *map;
	bool right;

	memset(bytes, 0x5a, sizeof(bytes));
	use(secure);
	framebuffer(texture(true), 0);
	glGenBuffers(1, &buffer);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer);
	glBufferData(GL_PIXEL_PACK_BUFFER, sizeof(bytes), bytes, GL_STREAM_READ);
	glReadPixels(0, 0, SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	right = error_is(GL_INVALID_OPERATION);
	map = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, sizeof(bytes), GL_MAP_READ_BIT);
	right &= map && !memcmp(map, bytes, sizeof(bytes));
	glUnmapBuffer(GL_PIXEL_PACK_BUFFER);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
	return right & error_is(GL_NO_ERROR);
}

static bool copy_texture(void)
{
	GLuint source, name;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	source = texture(true);
	framebuffer(source, 0);
	glBindTexture(GL_TEXTURE_2D, name);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	right = error_is(GL_INVALID_OPERATION) & texture_holds(name, red);

	use(secure);
	framebuffer(texture(true), 0);
	glBindTexture(GL_TEXTURE_2D, texture(true));
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	return right & error_is(GL_NO_ERROR);
}

static bool copy_texture_image(void)
{
	uint8_t pixels[SIZE * SIZE][4];
	GLuint name;

	for (unsigned i = 0; i < SIZE * SIZE; i++)
		memcpy(pixels[i], red, 4);
	use(secure);
	framebuffer(texture(true), 0);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, SIZE, SIZE, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	glCopyTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, 0, 0, SIZE, SIZE, 0);
	return error_is(GL_INVALID_OPERATION) & texture_holds(name, red);
}

static bool blit(void)
{
	GLuint name, from, to;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	from = framebuffer(texture(true), 0);
	to = framebuffer(name, 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	right = error_is(GL_INVALID_OPERATION);
	glFinish();
	right &= texture_holds(name, red);

	use(secure);
	from = framebuffer(texture(true), 0);
	to = framebuffer(texture(true), 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	from = framebuffer(name, 0);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glFinish();
	return right & error_is(GL_NO_ERROR) & told_nothing();
}

static bool blit_unprotected_in_protected(void)
{
	GLuint source, name, from, to;
	bool right;

	use(plain);
	name = coloured(red);
	source = coloured(green);
	glFinish();
	use(secure);
	from = framebuffer(source, 0);
	to = framebuffer(name, 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	right = error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	return texture_holds(name, red) & right;
}

static bool blit_resolve(void)
{
	GLuint from, to, name;

	use(secure);
	name = texture_of(GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, 1, true);
	glGenFramebuffers(1, &from);
	glBindFramebuffer(GL_FRAMEBUFFER, from);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D_MULTISAMPLE, name, 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	to = framebuffer(texture(true), 0);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, from);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, to);
	glBlitFramebuffer(0, 0, SIZE, SIZE, 0, 0, SIZE, SIZE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glFinish();
	return error_is(GL_NO_ERROR) & told_nothing();
}

static bool copy_image(void)
{
	GLuint name, source;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	use(secure);
	source = texture(true);
	glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, name, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	right = error_is(GL_INVALID_OPERATION) & texture_holds(name, red);
	use(secure);
	glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, texture(true), GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	glCopyImageSubData(name, GL_TEXTURE_2D, 0, 0, 0, 0, texture(true), GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	return right & error_is(GL_NO_ERROR);
}

static bool copy_unprotected_in_protected(void)
{
	GLuint source, by_image, by_framebuffer;
	bool right;

	use(plain);
	source = coloured(green);
	by_image = coloured(red);
	by_framebuffer = coloured(red);
	glFinish();
	use(secure);
	glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, by_image, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	framebuffer(source, 0);
	glBindTexture(GL_TEXTURE_2D, by_framebuffer);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	right = error_is(GL_NO_ERROR) & pixels_are(green) & error_is(GL_NO_ERROR);
	right &= texture_holds(by_image, green);
	return texture_holds(by_framebuffer, green) & right;
}

static bool copy_from_unprotected_context(void)
{
	GLuint source, name;
	bool right;

	use(secure);
	source = texture(true);
	glFinish();
	use(plain);
	name = coloured(red);
	glCopyImageSubData(source, GL_TEXTURE_2D, 0, 0, 0, 0, name, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	right = error_is(GL_INVALID_OPERATION);
	framebuffer(source, 0);
	glBindTexture(GL_TEXTURE_2D, name);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	right &= error_is(GL_INVALID_OPERATION);
	return texture_holds(name, red) & right;
}

static bool generate_mipmap(void)
{
	uint8_t pixels[SIZE * SIZE][4];
	GLuint name, target;
	bool right;

	use(secure);
	name = texture_of(GL_TEXTURE_2D, GL_RGBA8, 5, true);
	glGenerateMipmap(GL_TEXTURE_2D);
	right = error_is(GL_NO_ERROR);
	glFinish();
	use(plain);
	glBindTexture(GL_TEXTURE_2D, name);
	glGenerateMipmap(GL_TEXTURE_2D);
	right &= error_is(GL_INVALID_OPERATION);

	/* An ordinary texture gets its levels in a protected context, too. */
	for (unsigned i = 0; i < SIZE * SIZE; i++)
		memcpy(pixels[i], green, 4);
	use(secure);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, SIZE, SIZE, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	glGenerateMipmap(GL_TEXTURE_2D);
	right &= error_is(GL_NO_ERROR);
	glFinish();
	use(plain);
	target = coloured(red);
	framebuffer(target, 0);
	program_of(quad, HEADER "uniform sampler2D s; out vec4 colour;\n"
				"void main() { colour = textureLod(s, vec2(0.5), 2.0); }\n", NULL);
	glBindTexture(GL_TEXTURE_2D, name);
	draw_quad();
	return texture_holds(target, green) & right;
}

static bool copy_buffers(void)
{
	const uint32_t words[2] = { 0x12345678, 0x9abcdef0 };
	GLuint buffers[2];
	const uint32_t *map;
	bool right;

	use(secure);
	glGenBuffers(2, buffers);
	glBindBuffer(GL_COPY_READ_BUFFER, buffers[0]);
	glBufferData(GL_COPY_READ_BUFFER, sizeof(words), words, GL_STATIC_DRAW);
	glBindBuffer(GL_COPY_WRITE_BUFFER, buffers[1]);
	glBufferData(GL_COPY_WRITE_BUFFER, sizeof(words), NULL, GL_STATIC_DRAW);
	glCopyBufferSubData(GL_COPY_READ_BUFFER, GL_COPY_WRITE_BUFFER, 0, 0, sizeof(words));
	map = glMapBufferRange(GL_COPY_WRITE_BUFFER, 0, sizeof(words), GL_MAP_READ_BIT);
	right = map && !memcmp(map, words, sizeof(words));
	glUnmapBuffer(GL_COPY_WRITE_BUFFER);
	return right & error_is(GL_NO_ERROR);
}

/* ---- queries and shader writes ------------------------------------------------------------------------ */

static GLuint samples_passed(EGLContext context, bool protected_)
{
	GLuint query, available = 0, result = 77;

	use(context);
	framebuffer(texture(protected_), 0);
	program_of(quad, paint_green, NULL);
	glGenQueries(1, &query);
	glBeginQuery(GL_ANY_SAMPLES_PASSED, query);
	draw_quad();
	glEndQuery(GL_ANY_SAMPLES_PASSED);
	glGetQueryObjectuiv(query, GL_QUERY_RESULT, &result);
	glGetQueryObjectuiv(query, GL_QUERY_RESULT_AVAILABLE, &available);
	return available ? result : 77;
}

static bool query_has_no_result(void)
{
	bool right = samples_passed(secure, true) == 0;

	right &= error_is(GL_NO_ERROR) & told("query in a protected context");
	return right & (samples_passed(plain, false) == 1);
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
	return right & captured(plain, false, &written) & written;
}

static bool stored(EGLContext context, const char *source, GLenum target, bool *written)
{
	const uint32_t before = 42;
	const uint32_t *map;
	GLuint program, shader, buffer;

	use(context);
	program = glCreateProgram();
	shader = glCreateShader(GL_COMPUTE_SHADER);
	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glAttachShader(program, shader);
	glLinkProgram(program);
	glUseProgram(program);
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
	return right & stored(plain, source, GL_SHADER_STORAGE_BUFFER, &written) & written;
}

static bool atomic_counter(void)
{
	static const char source[] = HEADER "layout(local_size_x = 1) in;\n"
					    "layout(binding = 0, offset = 0) uniform atomic_uint counter;\n"
					    "void main() { atomicCounterIncrement(counter); }\n";
	bool written, right = stored(secure, source, GL_ATOMIC_COUNTER_BUFFER, &written) && !written;

	right &= told("atomic counter buffer in a protected context");
	return right & stored(plain, source, GL_ATOMIC_COUNTER_BUFFER, &written) & written;
}

static void store_image(EGLContext context, GLuint name)
{
	static const char source[] = HEADER "layout(local_size_x = 16, local_size_y = 16) in;\n"
					    "layout(rgba8, binding = 0) writeonly uniform highp image2D image;\n"
					    "void main() { imageStore(image, ivec2(gl_LocalInvocationID.xy),\n"
					    "                         vec4(0.0, 1.0, 0.0, 1.0)); }\n";
	const char *sources = source;
	GLuint program, shader;

	use(context);
	program = glCreateProgram();
	shader = glCreateShader(GL_COMPUTE_SHADER);
	glShaderSource(shader, 1, &sources, NULL);
	glCompileShader(shader);
	glAttachShader(program, shader);
	glLinkProgram(program);
	glUseProgram(program);
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
	right = error_is(GL_NO_ERROR) & told("unprotected image in a protected context") & texture_holds(name, red);
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

/* ---- EGLImages ------------------------------------------------------------------------------------------ */

static EGLImageKHR image_of_texture(EGLContext context, GLuint name, EGLint attribute)
{
	const EGLint attributes[] = { EGL_PROTECTED_CONTENT_EXT, attribute, EGL_NONE };

	return create_image(display, context, EGL_GL_TEXTURE_2D_KHR, (EGLClientBuffer)(uintptr_t)name,
			    attribute < 0 ? NULL : attributes);
}

static bool image_needs_protected_source(void)
{
	GLuint name;

	use(secure);
	name = coloured(red);
	return image_of_texture(secure, name, EGL_TRUE) == EGL_NO_IMAGE_KHR && egl_error_is(EGL_BAD_ACCESS);
}

static bool image_bad_value(void)
{
	GLuint name;

	use(secure);
	name = texture(true);
	return image_of_texture(secure, name, 2) == EGL_NO_IMAGE_KHR && egl_error_is(EGL_BAD_PARAMETER);
}

static bool image_needs_protected_context(void)
{
	GLuint name;

	use(secure);
	name = texture(true);
	glFinish();
	use(plain);
	return image_of_texture(plain, name, EGL_TRUE) == EGL_NO_IMAGE_KHR && egl_error_is(EGL_BAD_ACCESS);
}

/* A new texture that shows the image. */
static GLuint texture_of_image(EGLImageKHR image)
{
	GLuint name;

	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	image_target_texture(GL_TEXTURE_2D, image);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	return name;
}

static const char sample_2d[] = HEADER "uniform sampler2D s; layout(location = 0) out vec4 colour;\n"
				       "void main() { colour = texture(s, vec2(0.5)); }\n";

static bool image_protected(void)
{
	EGLImageKHR image;
	GLint value = -1;
	GLuint name;
	bool right;

	use(secure);
	image = image_of_texture(secure, texture(true), EGL_TRUE);
	if (!image)
		return egl_error_is(EGL_SUCCESS), false;
	name = texture_of_image(image);
	glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
	framebuffer(name, 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	framebuffer(texture(true), 0);
	program_of(quad, sample_2d, NULL);
	glBindTexture(GL_TEXTURE_2D, name);
	draw_quad();
	glFinish();
	right = value == GL_TRUE && error_is(GL_NO_ERROR);
	right &= told_nothing();
	destroy_image(display, image);
	return right;
}

static GLuint framebuffer_of_image(EGLImageKHR image)
{
	GLuint buffer, name;

	glGenRenderbuffers(1, &buffer);
	glBindRenderbuffer(GL_RENDERBUFFER, buffer);
	image_target_renderbuffer(GL_RENDERBUFFER, image);
	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_FRAMEBUFFER, name);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
	return name;
}

static bool image_renderbuffer(void)
{
	EGLImageKHR image, closed;
	uint8_t pixel[4] = { 1, 2, 3, 4 };
	GLuint name;
	bool right;

	use(secure);
	name = texture(true);
	image = image_of_texture(secure, name, EGL_TRUE);
	closed = image_of_texture(secure, name, EGL_FALSE);
	framebuffer_of_image(image);
	program_of(quad, paint_green, NULL);
	draw_quad();
	glFinish();
	right = error_is(GL_NO_ERROR) & told_nothing();
	framebuffer_of_image(closed);
	draw_quad();
	right &= error_is(GL_NO_ERROR) &
		 told("EGLImage of a protected source, created without EGL_PROTECTED_CONTENT_EXT");
	use(plain);
	framebuffer_of_image(image);
	program_of(quad, paint_green, NULL);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told("framebuffer with a protected attachment in an unprotected context");
	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	right &= error_is(GL_INVALID_OPERATION) & (pixel[0] == 1);
	destroy_image(display, image);
	destroy_image(display, closed);
	return right;
}

/* An image of an unprotected texture, as a renderbuffer that a protected context may only read. */
static bool image_renderbuffer_unprotected(void)
{
	EGLImageKHR image;
	GLuint name;
	bool right;

	use(plain);
	name = coloured(red);
	glFinish();
	image = image_of_texture(plain, name, EGL_FALSE);
	use(secure);
	framebuffer_of_image(image);
	program_of(quad, paint_green, NULL);
	draw_quad();
	right = error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	right &= pixels_are(red);
	destroy_image(display, image);
	return texture_holds(name, red) & right;
}

static bool image_storage(void)
{
	EGLImageKHR image;
	GLint value = -1;
	GLuint name;
	bool right;

	use(secure);
	image = image_of_texture(secure, texture(true), EGL_TRUE);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	image_target_storage(GL_TEXTURE_2D, image, NULL);
	glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
	framebuffer(name, 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	glFinish();
	right = (value == GL_TRUE) & error_is(GL_NO_ERROR) & told_nothing();
	destroy_image(display, image);
	return right;
}

static bool inaccessible(EGLImageKHR image)
{
	GLuint name, output;
	bool right;

	/* Drawing to it in a protected context. */
	use(secure);
	name = texture_of_image(image);
	right = error_is(GL_NO_ERROR);
	framebuffer(name, 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	right &= told("EGLImage of a protected source, created without EGL_PROTECTED_CONTENT_EXT");
	/* Sampling it there. */
	framebuffer(texture(true), 0);
	program_of(quad, sample_2d, NULL);
	glBindTexture(GL_TEXTURE_2D, name);
	draw_quad();
	right &= told("EGLImage of a protected source, created without EGL_PROTECTED_CONTENT_EXT");
	/* Copying it there. */
	glCopyImageSubData(name, GL_TEXTURE_2D, 0, 0, 0, 0, texture(true), GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	right &= error_is(GL_INVALID_OPERATION);
	glFinish();
	/* And in an unprotected one. */
	use(plain);
	name = texture_of_image(image);
	output = coloured(red);
	framebuffer(output, 0);
	program_of(quad, sample_2d, NULL);
	glBindTexture(GL_TEXTURE_2D, name);
	draw_quad();
	right &= error_is(GL_NO_ERROR);
	return texture_holds(output, black) & right;
}

static bool image_inaccessible(void)
{
	bool right = true;

	for (EGLint attribute = -1; attribute <= EGL_FALSE; attribute++) {
		EGLImageKHR image;

		use(secure);
		image = image_of_texture(secure, texture(true), attribute);
		if (!image)
			return egl_error_is(EGL_SUCCESS), false;
		right &= inaccessible(image);
		destroy_image(display, image);
	}
	return right;
}

static EGLImageKHR import_format(uint32_t format, int fd, EGLint stride, EGLint attribute)
{
	const EGLint attributes[] = {
		EGL_WIDTH, SIZE,
		EGL_HEIGHT, SIZE,
		EGL_LINUX_DRM_FOURCC_EXT, (EGLint)format,
		EGL_DMA_BUF_PLANE0_FD_EXT, fd,
		EGL_DMA_BUF_PLANE0_OFFSET_EXT, 0,
		EGL_DMA_BUF_PLANE0_PITCH_EXT, stride,
		attribute < 0 ? EGL_NONE : EGL_PROTECTED_CONTENT_EXT, attribute,
		EGL_NONE,
	};

	return create_image(display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, attributes);
}

static EGLImageKHR import(int fd, EGLint stride, EGLint attribute)
{
	return import_format(DRM_FORMAT_ARGB8888, fd, stride, attribute);
}

static bool image_export(void)
{
	EGLImageKHR image, again;
	EGLint stride = 0, offset = 0;
	void *map;
	int fd = -1;
	bool right;

	if (!gbm)
		return true;
	struct gbm_bo *bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888,
					  GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED);
	if (!bo) {
		note("gbm_bo_create: %s", strerror(errno));
		return false;
	}
	image = create_image(display, EGL_NO_CONTEXT, EGL_NATIVE_PIXMAP_KHR, bo,
			     (const EGLint[]){ EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE });
	right = image && export_dmabuf(display, image, &fd, &stride, &offset) && fd >= 0;
	if (!right)
		return egl_error_is(EGL_SUCCESS), false;
	map = mmap(NULL, SIZE * stride, PROT_READ, MAP_SHARED, fd, 0);
	right &= map == MAP_FAILED;

	again = import(fd, stride, EGL_TRUE);
	right &= again != EGL_NO_IMAGE_KHR;
	destroy_image(display, again);
	again = import(fd, stride, -1);
	right &= again != EGL_NO_IMAGE_KHR && inaccessible(again);
	destroy_image(display, again);
	close(fd);
	destroy_image(display, image);
	gbm_bo_destroy(bo);
	return right;
}

/* Of a format that Mesa copies to another one by way of a third. */
static bool copy_by_temporary(void)
{
	GLuint name, other;
	EGLImageKHR image;
	struct gbm_bo *bo;
	bool right;
	int fd;

	if (!gbm)
		return true;
	bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB2101010, GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED);
	if (!bo)
		return note("no buffers with ten bits"), true;
	fd = gbm_bo_get_fd(bo);
	image = import_format(DRM_FORMAT_ARGB2101010, fd, gbm_bo_get_stride(bo), EGL_TRUE);
	use(secure);
	name = texture_of_image(image);
	other = texture(true);
	glCopyImageSubData(name, GL_TEXTURE_2D, 0, 0, 0, 0, other, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	glCopyImageSubData(other, GL_TEXTURE_2D, 0, 0, 0, 0, name, GL_TEXTURE_2D, 0, 0, 0, 0, SIZE, SIZE, 1);
	right = error_is(GL_NO_ERROR) & told_nothing();
	glFinish();
	destroy_image(display, image);
	close(fd);
	gbm_bo_destroy(bo);
	return right;
}

static bool image_import_unprotected(void)
{
	EGLImageKHR image;
	struct gbm_bo *bo;
	bool right;
	int fd;

	if (!gbm)
		return true;
	bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_RENDERING);
	fd = gbm_bo_get_fd(bo);
	image = import(fd, gbm_bo_get_stride(bo), EGL_TRUE);
	right = image == EGL_NO_IMAGE_KHR && egl_error_is(EGL_BAD_ACCESS);
	image = import(fd, gbm_bo_get_stride(bo), EGL_FALSE);
	right &= image != EGL_NO_IMAGE_KHR;
	destroy_image(display, image);
	close(fd);
	gbm_bo_destroy(bo);
	return right;
}

/* An image of two planes, each of a buffer of its own, goes by another way to the sampler. */
static bool sample_planes(void)
{
	static const char external[] = "#version 320 es\n#extension GL_OES_EGL_image_external_essl3 : require\n"
				       "precision highp float; uniform samplerExternalOES s; out vec4 colour;\n"
				       "void main() { colour = texture(s, vec2(0.5)); }\n";
	const uint32_t usage = GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED;
	struct gbm_bo *bos[2];
	EGLImageKHR image;
	GLuint name, output;
	int fds[2];
	bool right;

	if (!gbm)
		return true;
	bos[0] = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_R8, usage);
	bos[1] = gbm_bo_create(gbm, SIZE / 2, SIZE / 2, GBM_FORMAT_GR88, usage);
	if (!bos[0] || !bos[1])
		return note("gbm_bo_create: %s", strerror(errno)), false;
	for (unsigned i = 0; i < 2; i++)
		fds[i] = gbm_bo_get_fd(bos[i]);
	const EGLint attributes[] = {
		EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE, EGL_LINUX_DRM_FOURCC_EXT, DRM_FORMAT_NV12,
		EGL_DMA_BUF_PLANE0_FD_EXT, fds[0], EGL_DMA_BUF_PLANE0_OFFSET_EXT, 0,
		EGL_DMA_BUF_PLANE0_PITCH_EXT, (EGLint)gbm_bo_get_stride(bos[0]),
		EGL_DMA_BUF_PLANE1_FD_EXT, fds[1], EGL_DMA_BUF_PLANE1_OFFSET_EXT, 0,
		EGL_DMA_BUF_PLANE1_PITCH_EXT, (EGLint)gbm_bo_get_stride(bos[1]),
		EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE,
	};
	image = create_image(display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, attributes);
	if (!image)
		return egl_error_is(EGL_SUCCESS), false;

	use(plain);
	output = coloured(red);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_EXTERNAL_OES, name);
	image_target_texture(GL_TEXTURE_EXTERNAL_OES, image);
	framebuffer(output, 0);
	program_of(quad, external, NULL);
	draw_quad();
	right = error_is(GL_NO_ERROR) & told("protected texture in an unprotected context");
	right &= texture_holds(output, black);

	use(secure);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_EXTERNAL_OES, name);
	image_target_texture(GL_TEXTURE_EXTERNAL_OES, image);
	framebuffer(texture(true), 0);
	program_of(quad, external, NULL);
	draw_quad();
	glFinish();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	for (unsigned i = 0; i < 2; i++) {
		close(fds[i]);
		gbm_bo_destroy(bos[i]);
	}
	destroy_image(display, image);
	return right;
}

/* ---- desktop GL ---------------------------------------------------------------------------------------------- */

/* What GLES does not have: GetTexImage, and the pixel commands with their CPU paths. */
static EGLContext desktop_context(EGLint is_protected, EGLContext share)
{
	const EGLint attributes[] = { EGL_PROTECTED_CONTENT_EXT, is_protected, EGL_NONE };
	EGLContext context;

	eglBindAPI(EGL_OPENGL_API);
	context = eglCreateContext(display, config, share, attributes);
	if (!context)
		eglBindAPI(EGL_OPENGL_ES_API);
	return context;
}

/* Leaves an unprotected context of GLES current. */
static void desktop_done(EGLContext context)
{
	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglDestroyContext(display, context);
	eglBindAPI(EGL_OPENGL_ES_API);
	use(plain);
}

static bool word_is(GLenum target, uint32_t value)
{
	const uint32_t *map = glMapBufferRange(target, 0, sizeof(*map), GL_MAP_READ_BIT);
	bool right = map && *map == value;

	glUnmapBuffer(target);
	return right;
}

static bool desktop_buffers(void)
{
	void (*clear_buffer)(GLenum, GLenum, GLenum, GLenum, const void *) =
		(void *)eglGetProcAddress("glClearBufferData");
	enum { SAMPLES_PASSED = 0x8914, QUERY_BUFFER = 0x9192 };
	const uint32_t words[2] = { 0x12345678, 42 };
	EGLContext context = desktop_context(EGL_TRUE, EGL_NO_CONTEXT);
	GLuint buffers[2], query;
	bool right;

	if (!context)
		return note("no desktop GL"), true;
	use(context);
	glGenBuffers(2, buffers);
	glBindBuffer(GL_ARRAY_BUFFER, buffers[0]);
	glBufferData(GL_ARRAY_BUFFER, sizeof(words[1]), &words[1], GL_STATIC_READ);
	clear_buffer(GL_ARRAY_BUFFER, GL_R32UI, GL_RED_INTEGER, GL_UNSIGNED_INT, &words[0]);
	right = error_is(GL_NO_ERROR) & word_is(GL_ARRAY_BUFFER, words[0]);

	/* A query's result, written to a buffer without a wait. */
	glGenQueries(1, &query);
	glBeginQuery(SAMPLES_PASSED, query);
	glEndQuery(SAMPLES_PASSED);
	right &= told("query in a protected context");
	glBindBuffer(QUERY_BUFFER, buffers[1]);
	if (glGetError() == GL_NO_ERROR) {
		glBufferData(QUERY_BUFFER, sizeof(words[1]), &words[1], GL_STATIC_READ);
		glGetQueryObjectuiv(query, GL_QUERY_RESULT, NULL);
		right &= error_is(GL_NO_ERROR) & word_is(QUERY_BUFFER, 0);
	} else {
		note("no GL_ARB_query_buffer_object");
	}
	desktop_done(context);
	return right;
}

static bool desktop_selection(void)
{
	void (*select_buffer)(GLsizei, GLuint *) = (void *)eglGetProcAddress("glSelectBuffer");
	void (*init_names)(void) = (void *)eglGetProcAddress("glInitNames");
	void (*push_name)(GLuint) = (void *)eglGetProcAddress("glPushName");
	void (*rectangle)(GLfloat, GLfloat, GLfloat, GLfloat) = (void *)eglGetProcAddress("glRectf");
	GLint (*render_mode)(GLenum) = (void *)eglGetProcAddress("glRenderMode");
	enum { SELECT = 0x1c02, RENDER = 0x1c00 };
	bool right = true;
	GLuint hits[16], frame;

	for (EGLint is_protected = EGL_FALSE; is_protected <= EGL_TRUE; is_protected++) {
		EGLContext context = desktop_context(is_protected, EGL_NO_CONTEXT);
		GLint count;

		if (!context)
			return note("no desktop GL"), true;
		use(context);
		glGenFramebuffers(1, &frame);
		glBindFramebuffer(GL_FRAMEBUFFER, frame);
		glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_WIDTH, SIZE);
		glFramebufferParameteri(GL_FRAMEBUFFER, GL_FRAMEBUFFER_DEFAULT_HEIGHT, SIZE);
		glViewport(0, 0, SIZE, SIZE);
		select_buffer(ARRAY_SIZE(hits), hits);
		render_mode(SELECT);
		init_names();
		push_name(7);
		rectangle(-1, -1, 1, 1);
		count = render_mode(RENDER);
		right &= count == !is_protected && error_is(GL_NO_ERROR);
		right &= is_protected ? told("query in a protected context") : told_nothing();
		desktop_done(context);
	}
	return right;
}

/* DrawPixels of stencil is done with the CPU: it is a draw all the same. */
static bool desktop_stencil(void)
{
	void (*draw_pixels)(GLsizei, GLsizei, GLenum, GLenum, const void *) =
		(void *)eglGetProcAddress("glDrawPixels");
	EGLContext ordinary = desktop_context(EGL_FALSE, EGL_NO_CONTEXT), context;
	uint8_t sevens[SIZE * SIZE], got[SIZE * SIZE] = { 0 };
	GLuint names[2], frame;
	bool right = true;

	if (!ordinary)
		return note("no desktop GL"), true;
	context = desktop_context(EGL_TRUE, ordinary);
	use(ordinary);
	glGenRenderbuffers(2, names);
	glBindRenderbuffer(GL_RENDERBUFFER, names[0]);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, SIZE, SIZE);
	glBindRenderbuffer(GL_RENDERBUFFER, names[1]);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_DEPTH24_STENCIL8, SIZE, SIZE);
	for (unsigned i = 0; i < 2; i++) {
		glGenFramebuffers(1, &frame);
		glBindFramebuffer(GL_FRAMEBUFFER, frame);
		glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, names[0]);
		glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_STENCIL_ATTACHMENT, GL_RENDERBUFFER, names[1]);
		if (i == 0) {
			glClearStencil(3);
			glClear(GL_STENCIL_BUFFER_BIT);
			glFinish();
			use(context);
		} else {
			memset(sevens, 7, sizeof(sevens));
			draw_pixels(SIZE, SIZE, GL_STENCIL_INDEX, GL_UNSIGNED_BYTE, sevens);
			right &= error_is(GL_NO_ERROR);
			right &= told("framebuffer with an unprotected attachment in a protected context");
			glFinish();
		}
	}
	use(ordinary);
	glReadPixels(0, 0, SIZE, SIZE, GL_STENCIL_INDEX, GL_UNSIGNED_BYTE, got);
	for (unsigned i = 0; i < sizeof(got); i++)
		right &= got[i] == 3;
	desktop_done(context);
	eglBindAPI(EGL_OPENGL_API);
	eglDestroyContext(display, ordinary);
	eglBindAPI(EGL_OPENGL_ES_API);
	return right;
}

static bool desktop_gl(void)
{
	void (*get_tex_image)(GLenum, GLint, GLenum, GLenum, void *) = (void *)eglGetProcAddress("glGetTexImage");
	void (*draw_pixels)(GLsizei, GLsizei, GLenum, GLenum, const void *) = (void *)eglGetProcAddress("glDrawPixels");
	void (*copy_pixels)(GLint, GLint, GLsizei, GLsizei, GLenum) = (void *)eglGetProcAddress("glCopyPixels");
	void (*feedback_buffer)(GLsizei, GLenum, GLfloat *) = (void *)eglGetProcAddress("glFeedbackBuffer");
	GLint (*render_mode)(GLenum) = (void *)eglGetProcAddress("glRenderMode");
	void (*pixel_transfer)(GLenum, GLfloat) = (void *)eglGetProcAddress("glPixelTransferf");
	const EGLint attributes[] = { EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE };
	enum { COLOR = 0x1800, FEEDBACK = 0x1c01, RENDER = 0x1c00, THREE_D = 0x0601, RED_SCALE = 0x0d14 };
	uint8_t pixels[SIZE * SIZE * 4], before[sizeof(pixels)];
	GLfloat vertices[64];
	GLuint buffer, name;
	EGLContext context;
	EGLImageKHR image, other;
	bool right;

	memset(pixels, 0x5a, sizeof(pixels));
	memcpy(before, pixels, sizeof(pixels));
	for (unsigned i = 0; i < ARRAY_SIZE(vertices); i++)
		vertices[i] = 42;

	use(secure);
	image = image_of_texture(secure, texture(true), EGL_TRUE);
	other = image_of_texture(secure, texture(true), EGL_TRUE);
	glFinish();
	eglBindAPI(EGL_OPENGL_API);
	context = eglCreateContext(display, config, EGL_NO_CONTEXT, attributes);
	if (!context) {
		eglBindAPI(EGL_OPENGL_ES_API);
		return note("no desktop GL"), true;
	}
	use(context);
	name = texture_of_image(image);
	get_tex_image(GL_TEXTURE_2D, 0, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	right = error_is(GL_INVALID_OPERATION) & !memcmp(pixels, before, sizeof(pixels));

	framebuffer(name, 0);
	glViewport(0, 0, SIZE, SIZE);
	draw_pixels(SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	copy_pixels(0, 0, SIZE / 2, SIZE / 2, COLOR);
	glFinish();
	right &= error_is(GL_NO_ERROR) & told_nothing();

	/* The CPU would have to scale it. */
	pixel_transfer(RED_SCALE, 0.5f);
	glBindTexture(GL_TEXTURE_2D, texture_of_image(other));
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	right &= error_is(GL_INVALID_OPERATION);
	pixel_transfer(RED_SCALE, 1.0f);

	feedback_buffer(ARRAY_SIZE(vertices), THREE_D, vertices);
	render_mode(FEEDBACK);
	glDrawArrays(GL_TRIANGLES, 0, 3);
	right &= render_mode(RENDER) == 0 && vertices[0] == 42;
	right &= told("query in a protected context");

	/* Drawing to and from something unprotected. */
	glGenRenderbuffers(1, &buffer);
	glBindRenderbuffer(GL_RENDERBUFFER, buffer);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, SIZE, SIZE);
	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, name);
	glFramebufferRenderbuffer(GL_DRAW_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, buffer);
	copy_pixels(0, 0, SIZE, SIZE, COLOR);
	right &= error_is(GL_INVALID_OPERATION);
	right &= told("framebuffer with an unprotected attachment in a protected context");
	draw_pixels(SIZE, SIZE, GL_RGBA, GL_UNSIGNED_BYTE, pixels);
	right &= error_is(GL_NO_ERROR) & told_nothing();

	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	eglDestroyContext(display, context);
	eglBindAPI(EGL_OPENGL_ES_API);
	use(plain);
	destroy_image(display, image);
	destroy_image(display, other);
	return right;
}

/* ---- surfaces ----------------------------------------------------------------------------------------------- */

static EGLSurface pbuffer(EGLint protected_)
{
	const EGLint attributes[] = {
		EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE, EGL_PROTECTED_CONTENT_EXT, protected_, EGL_NONE,
	};

	return eglCreatePbufferSurface(display, config, attributes);
}

static bool use_surface(EGLSurface surface, EGLContext context)
{
	use(context);
	if (!eglMakeCurrent(display, surface, surface, context))
		return note("eglMakeCurrent: 0x%04x", eglGetError()), false;
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	return true;
}

static bool surface_is_protected(EGLSurface surface)
{
	EGLint value = -1;
	bool right;

	if (surface == EGL_NO_SURFACE)
		return egl_error_is(EGL_SUCCESS), false;
	right = eglQuerySurface(display, surface, EGL_PROTECTED_CONTENT_EXT, &value) && value == EGL_TRUE;
	right &= use_surface(surface, secure);
	glClearColor(0, 1, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
	program_of(quad, HEADER "out vec4 colour; void main() { colour = vec4(0.0, 1.0, 0.0, 1.0); }\n", NULL);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	uint8_t pixel[4] = { 1, 2, 3, 4 };
	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	right &= error_is(GL_INVALID_OPERATION) & (pixel[0] == 1);
	right &= eglSwapBuffers(display, surface) == EGL_TRUE;
	use(plain);
	return right;
}

static bool pbuffer_protected(void)
{
	EGLSurface surface = pbuffer(EGL_TRUE);
	bool right = surface_is_protected(surface);

	eglDestroySurface(display, surface);
	return right;
}

static bool pbuffer_bad_value(void)
{
	return pbuffer(2) == EGL_NO_SURFACE && egl_error_is(EGL_BAD_ATTRIBUTE);
}

static bool pbuffer_protected_in_unprotected(void)
{
	EGLSurface surface = pbuffer(EGL_TRUE);
	bool right = use_surface(surface, plain);
	uint8_t pixel[4] = { 1, 2, 3, 4 };

	glClear(GL_COLOR_BUFFER_BIT);
	right &= error_is(GL_NO_ERROR) & told("framebuffer with a protected attachment in an unprotected context");
	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	right &= error_is(GL_INVALID_OPERATION) & (pixel[0] == 1);
	use(plain);
	eglDestroySurface(display, surface);
	return right;
}

static bool pbuffer_unprotected_in_protected(void)
{
	EGLSurface surface = pbuffer(EGL_FALSE);
	bool right = use_surface(surface, plain);

	glClearColor(1, 0, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	glFinish();
	right &= use_surface(surface, secure);
	glClearColor(0, 0, 1, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	program_of(quad, HEADER "out vec4 colour; void main() { colour = vec4(0.0, 1.0, 0.0, 1.0); }\n", NULL);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told("framebuffer with an unprotected attachment in a protected context");
	glFinish();
	right &= use_surface(surface, plain);
	right &= pixels_are(red);
	use(plain);
	eglDestroySurface(display, surface);
	return right;
}

/* Depth, stencil and samples are in buffers that nobody sees. */
static bool pbuffer_multisample(void)
{
	static const EGLint wanted[] = {
		EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_ALPHA_SIZE, 8,
		EGL_DEPTH_SIZE, 24, EGL_STENCIL_SIZE, 8, EGL_SAMPLES, 4, EGL_NONE,
	};
	const EGLint attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 3, EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE };
	const EGLConfig single = config;
	EGLContext contexts[2];
	EGLSurface surface;
	EGLint count = 0;
	bool right;

	if (!eglChooseConfig(display, wanted, &config, 1, &count) || !count) {
		config = single;
		return note("no multisample configuration"), true;
	}
	surface = pbuffer(EGL_TRUE);
	contexts[0] = eglCreateContext(display, config, plain, (const EGLint[]){ EGL_CONTEXT_CLIENT_VERSION, 3, EGL_NONE });
	contexts[1] = eglCreateContext(display, config, plain, attributes);
	config = single;
	right = use_surface(surface, contexts[1]);
	glClearColor(0, 1, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	program_of(quad, HEADER "out vec4 colour; void main() { colour = vec4(0.0, 1.0, 0.0, 1.0); }\n", NULL);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told_nothing();
	right &= eglSwapBuffers(display, surface) == EGL_TRUE;
	glFinish();
	right &= use_surface(surface, contexts[0]);
	glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT | GL_STENCIL_BUFFER_BIT);
	right &= error_is(GL_NO_ERROR) & told("framebuffer with a protected attachment in an unprotected context");
	right &= eglSwapBuffers(display, surface) == EGL_TRUE;
	use(plain);
	eglDestroySurface(display, surface);
	eglDestroyContext(display, contexts[0]);
	eglDestroyContext(display, contexts[1]);
	return right & error_is(GL_NO_ERROR);
}

static bool make_current_mixed(void)
{
	EGLSurface draw = pbuffer(EGL_FALSE), read = pbuffer(EGL_TRUE);
	bool right;

	use(secure);
	right = !eglMakeCurrent(display, draw, read, secure) && egl_error_is(EGL_BAD_ACCESS);
	use(plain);
	eglDestroySurface(display, draw);
	eglDestroySurface(display, read);
	return right;
}

static bool window(uint32_t flags, EGLint attribute)
{
	const EGLint attributes[] = { EGL_PROTECTED_CONTENT_EXT, attribute, EGL_NONE };
	struct gbm_surface *native;
	struct gbm_bo *bo;
	EGLSurface surface;
	uint32_t stride;
	void *data = NULL;
	bool right;
	int fd;

	if (!gbm)
		return true;
	native = gbm_surface_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_RENDERING | flags);
	surface = eglCreateWindowSurface(display, config, (EGLNativeWindowType)native, attribute < 0 ? NULL : attributes);
	right = surface_is_protected(surface);
	bo = gbm_surface_lock_front_buffer(native);
	right &= bo && !gbm_bo_map(bo, 0, 0, SIZE, SIZE, GBM_BO_TRANSFER_READ, &stride, &data) && errno == EACCES;
	fd = bo ? gbm_bo_get_fd(bo) : -1;
	right &= fd >= 0;
	if (fd >= 0)
		close(fd);
	if (bo)
		gbm_surface_release_buffer(native, bo);
	eglDestroySurface(display, surface);
	gbm_surface_destroy(native);
	return right;
}

static bool window_by_attribute(void)
{
	return window(0, EGL_TRUE);
}

static bool window_by_gbm_flag(void)
{
	return window(GBM_BO_USE_PROTECTED, -1);
}

/* What a compositor goes by when it chooses between a 2D and an external texture. */
static bool yuv_external(void)
{
	PFNEGLQUERYDMABUFMODIFIERSEXTPROC query = (void *)eglGetProcAddress("eglQueryDmaBufModifiersEXT");
	EGLuint64KHR modifiers[8];
	EGLBoolean external[8] = { 0 };
	EGLint count = 0;
	bool right;

	right = query && query(display, GBM_FORMAT_NV12, 8, modifiers, external, &count) && count;
	for (EGLint i = 0; i < count; i++)
		right &= external[i];
	right &= query && query(display, GBM_FORMAT_XRGB8888, 8, modifiers, external, &count);
	for (EGLint i = 0; i < count; i++)
		right &= !external[i];
	return right;
}

/* ---- GBM ------------------------------------------------------------------------------------------------------ */

static bool bo_protected(void)
{
	struct gbm_import_fd_data again = { .width = SIZE, .height = SIZE, .format = GBM_FORMAT_ARGB8888 };
	struct gbm_bo *bo, *imported;
	uint32_t stride;
	void *data = NULL;
	bool right;

	if (!gbm)
		return true;
	bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED);
	if (!bo)
		return note("gbm_bo_create: %s", strerror(errno)), false;
	right = !gbm_bo_map(bo, 0, 0, SIZE, SIZE, GBM_BO_TRANSFER_READ, &stride, &data) && errno == EACCES;
	right &= !gbm_bo_map(bo, 0, 0, SIZE, SIZE, GBM_BO_TRANSFER_WRITE, &stride, &data) && errno == EACCES;
	right &= gbm_bo_write(bo, black, sizeof(black)) < 0 && errno == EACCES;
	right &= gbm_bo_get_handle(bo).u32 != 0;
	again.fd = gbm_bo_get_fd(bo);
	again.stride = gbm_bo_get_stride(bo);
	right &= again.fd >= 0;
	imported = gbm_bo_import(gbm, GBM_BO_IMPORT_FD, &again, GBM_BO_USE_PROTECTED);
	right &= imported && !gbm_bo_map(imported, 0, 0, SIZE, SIZE, GBM_BO_TRANSFER_READ, &stride, &data) &&
		 errno == EACCES;
	if (imported)
		gbm_bo_destroy(imported);
	imported = gbm_bo_import(gbm, GBM_BO_IMPORT_FD, &again, 0);
	right &= imported && !gbm_bo_map(imported, 0, 0, SIZE, SIZE, GBM_BO_TRANSFER_READ, &stride, &data) &&
		 errno == EACCES;
	if (imported)
		gbm_bo_destroy(imported);
	close(again.fd);
	gbm_bo_destroy(bo);
	return right;
}

/* As a compositor asks before it tries a plane of the display. */
static bool bo_planes(void)
{
	struct gbm_import_fd_modifier_data data = {
		.width = SIZE, .height = SIZE, .format = GBM_FORMAT_NV12, .num_fds = 2, .modifier = 0 /* linear */,
	};
	struct gbm_bo *planes[2], *bo = NULL;
	bool right = true;

	if (!gbm)
		return true;
	planes[0] = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_R8, GBM_BO_USE_RENDERING);
	planes[1] = gbm_bo_create(gbm, SIZE / 2, SIZE / 2, GBM_FORMAT_GR88, GBM_BO_USE_RENDERING);
	for (int i = 0; i < 2; i++) {
		data.fds[i] = planes[i] ? gbm_bo_get_fd(planes[i]) : -1;
		data.strides[i] = planes[i] ? (int)gbm_bo_get_stride(planes[i]) : 0;
		right &= data.fds[i] >= 0;
	}
	if (right)
		bo = gbm_bo_import(gbm, GBM_BO_IMPORT_FD_MODIFIER, &data, 0);
	right = bo && gbm_bo_get_plane_count(bo) == 2 && gbm_bo_get_handle_for_plane(bo, 0).s32 > 0 &&
		gbm_bo_get_handle_for_plane(bo, 1).s32 > 0;
	if (bo)
		gbm_bo_destroy(bo);
	for (int i = 0; i < 2; i++) {
		if (data.fds[i] >= 0)
			close(data.fds[i]);
		if (planes[i])
			gbm_bo_destroy(planes[i]);
	}
	return right;
}

static bool bo_ordinary(void)
{
	struct gbm_import_fd_data again = { .width = SIZE, .height = SIZE, .format = GBM_FORMAT_ARGB8888 };
	struct gbm_bo *bo;
	uint32_t stride;
	void *data = NULL, *map;
	bool right;

	if (!gbm)
		return true;
	bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_RENDERING);
	map = gbm_bo_map(bo, 0, 0, SIZE, SIZE, GBM_BO_TRANSFER_READ, &stride, &data);
	right = map;
	if (map)
		gbm_bo_unmap(bo, data);
	again.fd = gbm_bo_get_fd(bo);
	again.stride = gbm_bo_get_stride(bo);
	errno = 0;
	right &= !gbm_bo_import(gbm, GBM_BO_IMPORT_FD, &again, GBM_BO_USE_PROTECTED) && errno == EACCES;
	close(again.fd);
	gbm_bo_destroy(bo);
	errno = 0;
	right &= !gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_WRITE | GBM_BO_USE_PROTECTED) &&
		 errno == EINVAL;
	errno = 0;
	right &= !gbm_bo_create(gbm, 64, 64, GBM_FORMAT_ARGB8888,
				GBM_BO_USE_CURSOR | GBM_BO_USE_WRITE | GBM_BO_USE_PROTECTED) && errno == EINVAL;
	return right;
}

/* Every other way to a buffer that the flag can be given to. */
static bool bo_other_ways(void)
{
	const uint32_t usage = GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED;
	bool right;

	if (!gbm)
		return true;
	right = gbm_device_is_format_supported(gbm, GBM_FORMAT_ARGB8888, usage) &&
		!gbm_device_is_format_supported(gbm, GBM_FORMAT_ARGB8888, usage | GBM_BO_USE_WRITE);
	for (int is_protected = 0; is_protected < 2; is_protected++) {
		struct gbm_bo *bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888,
						  is_protected ? usage : GBM_BO_USE_RENDERING);
		struct gbm_import_fd_modifier_data planes = {
			.width = SIZE, .height = SIZE, .format = GBM_FORMAT_ARGB8888, .num_fds = 1,
			.fds = { gbm_bo_get_fd_for_plane(bo, 0) }, .strides = { gbm_bo_get_stride(bo) },
			.modifier = DRM_FORMAT_MOD_LINEAR,
		};
		EGLImageKHR image = import(planes.fds[0], planes.strides[0], is_protected);
		const struct {
			uint32_t type;
			void *buffer;
		} ways[] = { { GBM_BO_IMPORT_FD_MODIFIER, &planes }, { GBM_BO_IMPORT_EGL_IMAGE, image } };

		right &= planes.fds[0] >= 0 && image && gbm_bo_get_handle_for_plane(bo, 0).u32 != 0;
		for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
			struct gbm_bo *again;
			uint32_t stride;
			void *data = NULL;

			errno = 0;
			again = gbm_bo_import(gbm, ways[i].type, ways[i].buffer, usage);
			if (!is_protected) {
				right &= !again && errno == EACCES;
			} else if (!again || gbm_bo_map(again, 0, 0, SIZE, SIZE, GBM_BO_TRANSFER_READ, &stride, &data) ||
				   errno != EACCES) {
				note("way %u: %s", i, strerror(errno));
				right = false;
			}
			if (again)
				gbm_bo_destroy(again);
		}
		destroy_image(display, image);
		close(planes.fds[0]);
		gbm_bo_destroy(bo);
	}
	return right;
}

/* ---- force_protected_content ------------------------------------------------------------------------------------ */

/* Runs in a process of its own, in which force_protected_content is true. */
static bool forced(void)
{
	const EGLint attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 3, EGL_NONE };
	EGLContext context = eglCreateContext(display, config, EGL_NO_CONTEXT, attributes);
	EGLint value = -1;
	GLint flags = 0;
	bool right;

	eglQueryContext(display, context, EGL_PROTECTED_CONTENT_EXT, &value);
	use(context);
	glGetIntegerv(GL_CONTEXT_FLAGS, &flags);
	right = value == EGL_TRUE && (flags & GL_CONTEXT_FLAG_PROTECTED_CONTENT_BIT_EXT);
	right &= window(0, -1);

	/* Nor for the buffer's. */
	if (gbm) {
		struct gbm_bo *bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_RENDERING);
		uint32_t stride;
		void *mapped = NULL;

		errno = 0;
		right &= bo && !gbm_bo_map(bo, 0, 0, SIZE, SIZE, GBM_BO_TRANSFER_READ, &stride, &mapped) &&
			 errno == EACCES;
		if (bo)
			gbm_bo_destroy(bo);
	}

	/* Nobody asked for the image's content, and it is there. */
	EGLImageKHR image;
	use(secure);
	image = image_of_texture(secure, texture(true), -1);
	framebuffer(texture_of_image(image), 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	return right & error_is(GL_NO_ERROR) & told_nothing();
}

/* Runs in a process of its own, in which it is false. */
static bool unforced(void)
{
	EGLint value = -1;

	return eglQueryContext(display, plain, EGL_PROTECTED_CONTENT_EXT, &value) && value == EGL_FALSE;
}

/* Runs in a process of its own, in which force_protected_content_check is true. */
static bool checked(void)
{
	bool right = true;

	for (EGLint is_protected = EGL_FALSE; is_protected <= EGL_TRUE; is_protected++) {
		struct gbm_bo *bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888,
						  GBM_BO_USE_RENDERING | (is_protected ? GBM_BO_USE_PROTECTED : 0));
		int fd = gbm_bo_get_fd(bo);

		for (EGLint attribute = EGL_FALSE; attribute <= EGL_TRUE; attribute++) {
			EGLImageKHR image = import(fd, gbm_bo_get_stride(bo), attribute);

			right &= !image == (attribute != is_protected);
			if (image)
				destroy_image(display, image);
		}
		close(fd);
		gbm_bo_destroy(bo);
	}
	return right;
}

static bool write_driconf(const char *folder, const char *executable, const char *option)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/00-test.conf", folder);
	file = fopen(path, "w");
	if (!file)
		return false;
	fprintf(file, "<driconf><device><application name=\"test\" executable=\"%s\">"
		      "<option name=\"%s\" value=\"true\"/></application></device></driconf>\n",
		executable, option);
	return !fclose(file);
}

/*
 * Runs this program again in a role, with an option set in the environment, and to true
 * by a driconf file for an executable, where these are given.
 */
static bool run_as(const char *role, const char *option, const char *environment, const char *executable)
{
	char folder[] = "/tmp/driconf.XXXXXX", path[128];
	int status = -1;
	pid_t child;

	if (!mkdtemp(folder) || (executable && !write_driconf(folder, executable, option)))
		return note("%s: %s", folder, strerror(errno)), false;
	child = fork();
	if (!child) {
		if (environment)
			setenv(option, environment, 1);
		setenv("DRIRC_CONFIGDIR", folder, 1);
		execl("/proc/self/exe", "egl_gl", role, gbm ? "gbm" : "surfaceless", NULL);
		_exit(1);
	}
	waitpid(child, &status, 0);
	snprintf(path, sizeof(path), "%s/00-test.conf", folder);
	unlink(path);
	rmdir(folder);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static const char force_option[] = "force_protected_content", check_option[] = "force_protected_content_check";

static bool force(void)
{
	return run_as("forced", force_option, "true", NULL);
}

static bool force_by_driconf(void)
{
	return run_as("forced", force_option, NULL, "egl_gl") && run_as("unforced", force_option, NULL, "weston");
}

static bool force_environment_first(void)
{
	return run_as("unforced", force_option, "false", "egl_gl");
}

static bool check(void)
{
	return run_as("checked", check_option, "true", NULL) && !run_as("checked", check_option, NULL, NULL);
}

static bool check_by_driconf(void)
{
	return run_as("checked", check_option, NULL, "egl_gl") &&
	       !run_as("checked", check_option, "false", "egl_gl");
}

/* ---- without the extension ------------------------------------------------------------------------------------- */

/* Runs in a process of its own, in which there is GLES 3.0 without the extension. */
static bool knows_nothing(void)
{
	GLint flags = 0;
	bool right;

	use(plain);
	glGetIntegerv(GL_CONTEXT_FLAGS, &flags);
	right = error_is(GL_INVALID_ENUM);
	texture(false);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_FALSE);
	return right & error_is(GL_INVALID_ENUM);
}

static bool without_extension(void)
{
	bool right;

	setenv("MESA_GLES_VERSION_OVERRIDE", "3.0", 1);
	right = run_as("knows-nothing", "MESA_EXTENSION_OVERRIDE", "-GL_EXT_protected_textures", NULL);
	unsetenv("MESA_GLES_VERSION_OVERRIDE");
	return right;
}

/* ---- sparse textures -------------------------------------------------------------------------------------------- */

#define TEXTURE_SPARSE_ARB 0x91A6

/*
 * Runs in a process of its own, in which desktop GL has sparse textures.  GLES has none,
 * but a texture can be shared.
 */
static bool sparse_texture(void)
{
	EGLContext desktop = desktop_context(EGL_FALSE, secure);
	GLuint name;
	GLint value = 0;
	bool right;

	if (!desktop)
		return note("no desktop GL"), false;
	use(desktop);
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexParameteri(GL_TEXTURE_2D, TEXTURE_SPARSE_ARB, GL_TRUE);
	glGetTexParameteriv(GL_TEXTURE_2D, TEXTURE_SPARSE_ARB, &value);
	right = value == GL_TRUE && error_is(GL_NO_ERROR);
	desktop_done(desktop);
	use(secure);
	glBindTexture(GL_TEXTURE_2D, name);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	right &= error_is(GL_NO_ERROR);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, SIZE, SIZE);
	return right & error_is(GL_INVALID_OPERATION);
}

static bool sparse(void)
{
	return run_as("sparse", "MESA_EXTENSION_OVERRIDE", "+GL_ARB_sparse_texture", NULL);
}

/* -------------------------------------------------------------------------------------------------------------------- */

static const struct {
	bool (*run)(void);
	const char *statement;
} tests[] = {
	{ context_query, "eglQueryContext tells a protected context from another" },
	{ context_flags, "GL_CONTEXT_FLAGS has bit 0x10 in a protected context only" },
	{ context_bad_value, "a context attribute that is no boolean is EGL_BAD_ATTRIBUTE" },
	{ context_extension, "GL_EXT_protected_textures is there" },
	{ context_share, "a protected and an unprotected context share textures" },
	{ parameter_default, "TEXTURE_PROTECTED_EXT is FALSE at first" },
	{ parameter_bad_value, "TEXTURE_PROTECTED_EXT other than TRUE or FALSE is INVALID_VALUE" },
	{ parameter_unprotected_context, "TEXTURE_PROTECTED_EXT in an unprotected context is INVALID_OPERATION" },
	{ parameter_every_entry_point, "TEXTURE_PROTECTED_EXT can be set by each TexParameter" },
	{ storage_every_target, "TexStorage makes protected textures of every kind, and the query says so" },
	{ storage_too_late, "TEXTURE_PROTECTED_EXT after TexStorage changes nothing" },
	{ teximage_is_not_protected, "TexImage does not look at TEXTURE_PROTECTED_EXT" },
	{ texsubimage, "TexSubImage to a protected texture works in a protected context only" },
	{ texsubimage_from_buffer, "TexSubImage from a buffer to a protected texture works" },
	{ draw_protected, "a protected context draws to protected textures" },
	{ draw_unprotected_in_protected, "a protected context writes nothing to an unprotected texture" },
	{ clear_buffer_unprotected_in_protected, "ClearBuffer neither" },
	{ draw_mixed, "a protected context writes nothing to mixed attachments" },
	{ draw_with_unprotected_depth, "unprotected depth and stencil make a framebuffer mixed" },
	{ draw_with_protected_depth, "protected depth and stencil do not" },
	{ draw_renderbuffer_in_protected, "renderbuffers are not protected: a protected context may only read them" },
	{ draw_protected_in_unprotected, "an unprotected context does not access protected attachments" },
	{ context_survives, "and draws to others as ever" },
	{ sample_ordinary, "an unprotected context samples what an unprotected texture holds" },
	{ sample_every_kind, "and (0, 0, 0, 1) from a protected one" },
	{ sample_view, "and from a view of one" },
	{ read_pixels, "ReadPixels of protected content is INVALID_OPERATION" },
	{ read_pixels_to_buffer, "ReadPixels to a buffer, too" },
	{ copy_texture, "CopyTexSubImage of protected content needs a protected destination" },
	{ copy_texture_image, "CopyTexImage of protected content has none" },
	{ blit, "BlitFramebuffer of protected content needs a protected destination" },
	{ blit_unprotected_in_protected, "BlitFramebuffer of other content writes nothing to an unprotected one" },
	{ blit_resolve, "protected multisample content can be resolved" },
	{ copy_image, "CopyImageSubData of protected content needs a protected destination" },
	{ copy_unprotected_in_protected, "unprotected content can be copied and read in a protected context" },
	{ copy_from_unprotected_context, "an unprotected context copies no protected content" },
	{ generate_mipmap, "GenerateMipmap works where the texture may be written" },
	{ copy_buffers, "buffers can be copied in a protected context" },
	{ query_has_no_result, "a query in a protected context has the result 0" },
	{ transform_feedback, "transform feedback in a protected context writes nothing" },
	{ shader_storage, "shader storage in a protected context is not written" },
	{ atomic_counter, "atomic counters in a protected context are not written" },
	{ image_store, "image stores go to storage that the context may write to only" },
	{ image_needs_protected_source, "an image with EGL_TRUE of unprotected content is EGL_BAD_ACCESS" },
	{ image_bad_value, "an image attribute that is no boolean is EGL_BAD_PARAMETER" },
	{ image_needs_protected_context, "an image of a protected texture needs a protected context" },
	{ image_protected, "an image with EGL_TRUE of protected content can be drawn to and sampled" },
	{ image_storage, "or give a texture its storage" },
	{ image_renderbuffer, "or be a renderbuffer, which the rules for framebuffers apply to" },
	{ image_renderbuffer_unprotected, "a renderbuffer of an unprotected image can be read in a protected context" },
	{ image_inaccessible, "an image with EGL_FALSE of protected content is of no use to any context" },
	{ image_export, "an exported protected image cannot be mapped, and comes back protected" },
	{ copy_by_temporary, "a protected context copies between formats by way of a third" },
	{ image_import_unprotected, "an unprotected dma-buf is not imported as a protected one" },
	{ desktop_buffers, "desktop GL clears buffers, and reads a query's 0 to one" },
	{ desktop_selection, "desktop GL selects nothing in a protected context" },
	{ desktop_stencil, "desktop GL draws no stencil pixels to a framebuffer that must not be written" },
	{ desktop_gl, "desktop GL reads nothing back either, nor do its pixel commands write elsewhere" },
	{ pbuffer_protected, "a protected pbuffer is drawn to and swapped, but not read" },
	{ pbuffer_bad_value, "a surface attribute that is no boolean is EGL_BAD_ATTRIBUTE" },
	{ pbuffer_protected_in_unprotected, "an unprotected context does not access a protected pbuffer" },
	{ pbuffer_unprotected_in_protected, "a protected context writes nothing to an unprotected pbuffer" },
	{ pbuffer_multisample, "the private buffers of a protected pbuffer are protected" },
	{ make_current_mixed, "protected read and unprotected draw surfaces are EGL_BAD_ACCESS" },
	{ window_by_attribute, "a protected window surface is drawn to, swapped and exported, but not read" },
	{ window_by_gbm_flag, "so is one of a protected GBM surface" },
	{ bo_protected, "a protected GBM buffer is exported and imported, but not mapped" },
	{ bo_planes, "a GBM buffer of YUV has a handle for each plane" },
	{ yuv_external, "YUV is for external textures only, and RGB is not" },
	{ bo_ordinary, "an ordinary GBM buffer is mapped, and not imported as a protected one" },
	{ bo_other_ways, "so it is for every way to import a buffer, or to ask for it" },
	{ sample_planes, "an unprotected context samples black from planes, a protected one their content" },
	{ force, "force_protected_content protects contexts, windows and imports" },
	{ force_by_driconf, "also by a driconf file, for the application that it names" },
	{ force_environment_first, "which the environment overrides" },
	{ check, "force_protected_content_check refuses images of what is not what they ask for" },
	{ check_by_driconf, "also by a driconf file, which the environment overrides" },
	{ without_extension, "without GL_EXT_protected_textures, GLES 3.0 knows none of its names" },
	{ sparse, "TexStorage of a texture that is to be sparse and protected is INVALID_OPERATION" },
};

static bool open_display(bool use_gbm)
{
	static const EGLint config_attributes[] = {
		EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_SURFACE_TYPE, 0, EGL_RED_SIZE, 8,
		EGL_ALPHA_SIZE, 8, EGL_DEPTH_SIZE, 24, EGL_NONE,
	};
	EGLint attributes[ARRAY_SIZE(config_attributes)];
	EGLConfig configs[64];
	EGLint count = 0;

	gbm = NULL;
	if (use_gbm) {
		int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);

		gbm = fd < 0 ? NULL : gbm_create_device(fd);
		if (!gbm)
			return false;
		display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gbm, NULL);
	} else {
		display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
	}
	if (!eglInitialize(display, NULL, NULL) || !eglBindAPI(EGL_OPENGL_ES_API))
		return false;
	memcpy(attributes, config_attributes, sizeof(attributes));
	attributes[3] = use_gbm ? EGL_WINDOW_BIT : EGL_PBUFFER_BIT;
	eglChooseConfig(display, attributes, configs, ARRAY_SIZE(configs), &count);
	for (EGLint i = 0; i < count; i++) {
		EGLint visual = 0, samples = 0;

		eglGetConfigAttrib(display, configs[i], EGL_NATIVE_VISUAL_ID, &visual);
		eglGetConfigAttrib(display, configs[i], EGL_SAMPLES, &samples);
		if (samples || (use_gbm && visual != GBM_FORMAT_ARGB8888))
			continue;
		config = configs[i];
		return true;
	}
	return false;
}

static bool start(bool use_gbm)
{
	EGLint attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 3, EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE };

	if (!open_display(use_gbm) || !strstr(eglQueryString(display, EGL_EXTENSIONS), "EGL_EXT_protected_content"))
		return false;
	create_image = (void *)eglGetProcAddress("eglCreateImageKHR");
	destroy_image = (void *)eglGetProcAddress("eglDestroyImageKHR");
	image_target_texture = (void *)eglGetProcAddress("glEGLImageTargetTexture2DOES");
	export_dmabuf = (void *)eglGetProcAddress("eglExportDMABUFImageMESA");
	image_target_renderbuffer = (void *)eglGetProcAddress("glEGLImageTargetRenderbufferStorageOES");
	image_target_storage = (void *)eglGetProcAddress("glEGLImageTargetTexStorageEXT");
	texture_view = (void *)eglGetProcAddress("glTextureViewEXT");

	secure = eglCreateContext(display, config, EGL_NO_CONTEXT, attributes);
	attributes[2] = EGL_NONE;
	plain = eglCreateContext(display, config, secure, attributes);
	return secure && plain;
}

static bool is_surface_test(bool (*run)(void), bool use_gbm)
{
	bool pbuffers = run == pbuffer_protected || run == pbuffer_bad_value || run == pbuffer_protected_in_unprotected ||
			run == pbuffer_unprotected_in_protected || run == pbuffer_multisample ||
			run == make_current_mixed;
	bool buffers = run == window_by_attribute || run == window_by_gbm_flag || run == bo_protected ||
		       run == bo_ordinary || run == bo_planes || run == image_export || run == image_import_unprotected ||
		       run == copy_by_temporary || run == bo_other_ways || run == sample_planes || run == check ||
		       run == check_by_driconf;

	return use_gbm ? pbuffers : buffers;
}

int main(int argc, char **argv)
{
	static const char *const platforms[] = { "surfaceless", "gbm" };
	static const struct {
		const char *name;
		bool (*run)(void);
	} roles[] = {
		{ "forced", forced }, { "unforced", unforced }, { "checked", checked }, { "sparse", sparse_texture },
		{ "knows-nothing", knows_nothing },
	};

	for (unsigned i = 0; argc == 3 && i < ARRAY_SIZE(roles); i++) {
		if (!strcmp(argv[1], roles[i].name))
			return start(!strcmp(argv[2], "gbm")) && roles[i].run() ? 0 : 1;
	}

	for (unsigned platform = 0; platform < 2; platform++) {
		if (!start(platform == 1)) {
			tap_skip(platforms[platform], "no EGL_EXT_protected_content");
			continue;
		}
		for (unsigned i = 0; i < ARRAY_SIZE(tests); i++) {
			/* Each platform has one kind of surface only. */
			if (is_surface_test(tests[i].run, platform == 1) ||
			    (argc == 2 && !strstr(tests[i].statement, argv[1])))
				continue;
			ok(tests[i].run(), "%s: %s", platforms[platform], tests[i].statement);
		}
		eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
		eglTerminate(display);
	}
	return tap_end();
}
