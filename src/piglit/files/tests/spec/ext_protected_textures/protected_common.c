/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

#include "protected_common.h"

EGLDisplay dpy;
EGLContext contexts[2];

const float red[4] = { 1, 0, 0, 1 };
const float green[4] = { 0, 1, 0, 1 };
const float blue[4] = { 0, 0, 1, 1 };
const float black[4] = { 0, 0, 0, 1 };

static int gles_version = 32;

static struct {
	unsigned count;
	char text[256];
} messages;

static void APIENTRY
on_message(GLenum source, GLenum type, GLuint id, GLenum severity,
	   GLsizei length, const GLchar *text, void *user)
{
	if (type != GL_DEBUG_TYPE_UNDEFINED_BEHAVIOR)
		return;
	if (source != GL_DEBUG_SOURCE_API || severity != GL_DEBUG_SEVERITY_HIGH)
		messages.count += 100;
	messages.count++;
	snprintf(messages.text, sizeof(messages.text), "%s", text);
}

bool
told(const char *text)
{
	bool right = messages.count == 1 && strstr(messages.text, text);

	if (!right)
		printf("%u messages, the last: %s\n", messages.count,
		       messages.count ? messages.text : "-");
	messages.count = 0;
	return right;
}

bool
told_nothing(void)
{
	bool right = !messages.count;

	if (!right)
		printf("%u messages, the last: %s\n", messages.count,
		       messages.text);
	messages.count = 0;
	return right;
}

bool
error_is(GLenum error)
{
	bool right = piglit_check_gl_error(error);

	piglit_reset_gl_error();
	return right;
}

void
use_context(EGLContext context)
{
	if (!eglMakeCurrent(dpy, EGL_NO_SURFACE, EGL_NO_SURFACE, context)) {
		piglit_loge("eglMakeCurrent: 0x%x", eglGetError());
		piglit_report_result(PIGLIT_FAIL);
	}
	glEnable(GL_DEBUG_OUTPUT);
	glEnable(GL_DEBUG_OUTPUT_SYNCHRONOUS);
	glDebugMessageCallback(on_message, NULL);
}

void
use(enum which which)
{
	use_context(contexts[which]);
	messages.count = 0;
	piglit_reset_gl_error();
}

EGLContext
create_context(EGLDisplay display, enum which which, EGLContext share)
{
	const EGLint attributes[] = {
		EGL_CONTEXT_MAJOR_VERSION, gles_version / 10,
		EGL_CONTEXT_MINOR_VERSION, gles_version % 10,
		which == PROTECTED ? EGL_PROTECTED_CONTENT_EXT : EGL_NONE, EGL_TRUE,
		EGL_NONE
	};

	eglBindAPI(EGL_OPENGL_ES_API);
	return eglCreateContext(display, EGL_NO_CONFIG_KHR, share, attributes);
}

void
protected_config(int argc, char **argv)
{
	int major, minor;

	for (int i = 1; i < argc; i++) {
		if (sscanf(argv[i], "gles%d.%d", &major, &minor) != 2)
			continue;
		gles_version = major * 10 + minor;
		/* EGL may give a newer version than was asked for, which Mesa
		 * does unless it is told not to.
		 */
		setenv("MESA_GLES_VERSION_OVERRIDE", argv[i] + strlen("gles"), 1);
	}
}

bool
has_gles(int version)
{
	return gles_version >= version;
}

bool
has_geometry_shaders(void)
{
	return has_gles(32) || piglit_is_extension_supported("GL_EXT_geometry_shader");
}

int
gles_of_target(GLenum target)
{
	switch (target) {
	case GL_TEXTURE_CUBE_MAP_ARRAY:
	case GL_TEXTURE_2D_MULTISAMPLE_ARRAY:
		return 32;
	case GL_TEXTURE_2D_MULTISAMPLE:
		return 31;
	default:
		return 30;
	}
}

void
protected_init(void)
{
	dpy = eglGetCurrentDisplay();
	piglit_require_egl_extension(dpy, "EGL_EXT_protected_content");
	piglit_require_egl_extension(dpy, "EGL_KHR_surfaceless_context");
	piglit_require_egl_extension(dpy, "EGL_KHR_no_config_context");

	contexts[PROTECTED] = create_context(dpy, PROTECTED, EGL_NO_CONTEXT);
	contexts[PLAIN] = create_context(dpy, PLAIN, contexts[PROTECTED]);
	if (!contexts[PLAIN] || !contexts[PROTECTED]) {
		piglit_loge("no contexts of GLES %d: 0x%x", gles_version, eglGetError());
		piglit_report_result(PIGLIT_SKIP);
	}
	use(PLAIN);
	if (piglit_get_gl_version() != gles_version) {
		piglit_loge("a context of GLES %d, not %d", piglit_get_gl_version(), gles_version);
		piglit_report_result(PIGLIT_SKIP);
	}
	piglit_require_extension("GL_EXT_protected_textures");
}

void
protected_run(const struct piglit_subtest *subtests)
{
	const char **selected = NULL;
	size_t count = piglit_get_selected_tests(&selected);

	piglit_report_result(piglit_run_selected_subtests(subtests, selected,
							  count, PIGLIT_SKIP));
}

GLuint
texture_of(enum which which, GLenum target, GLenum format, GLsizei levels)
{
	GLuint name;

	glGenTextures(1, &name);
	glBindTexture(target, name);
	if (which == PROTECTED)
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
		return name;
	case GL_TEXTURE_2D_MULTISAMPLE_ARRAY:
		glTexStorage3DMultisample(target, 4, format, SIZE, SIZE, 4, GL_TRUE);
		return name;
	default:
		glTexStorage2D(target, levels, format, SIZE, SIZE);
	}
	glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	return name;
}

GLuint
texture(enum which which)
{
	return texture_of(which, GL_TEXTURE_2D, GL_RGBA8, 1);
}

void
fill(GLubyte (*pixels)[4], const float colour[4])
{
	for (unsigned i = 0; i < SIZE * SIZE * 4; i++)
		pixels[i / 4][i % 4] = colour[i % 4] * 255;
}

GLuint
coloured(const float colour[4])
{
	GLubyte pixels[SIZE * SIZE][4];
	GLuint name = texture(PLAIN);

	fill(pixels, colour);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, SIZE, SIZE, GL_RGBA,
			GL_UNSIGNED_BYTE, pixels);
	glFinish();
	return name;
}

GLuint
framebuffer(GLuint first, GLuint second)
{
	static const GLenum both[] = {
		GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1
	};
	GLuint name;

	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_FRAMEBUFFER, name);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0,
			       GL_TEXTURE_2D, first, 0);
	if (second)
		glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT1,
				       GL_TEXTURE_2D, second, 0);
	glDrawBuffers(second ? 2 : 1, both);
	return name;
}

GLuint
renderbuffer(GLenum format, GLsizei samples)
{
	GLuint name;

	glGenRenderbuffers(1, &name);
	glBindRenderbuffer(GL_RENDERBUFFER, name);
	glRenderbufferStorageMultisample(GL_RENDERBUFFER, samples, format,
					 SIZE, SIZE);
	return name;
}

GLuint
framebuffer_of_renderbuffer(GLuint buffer)
{
	GLuint name;

	glGenFramebuffers(1, &name);
	glBindFramebuffer(GL_FRAMEBUFFER, name);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0,
				  GL_RENDERBUFFER, buffer);
	return name;
}

GLuint
program(const char *fragment)
{
	static const char body[] =
		"out vec4 position;\n"
		"void main() {\n"
		"	vec2 p = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
		"	gl_Position = position = vec4(p * 2.0 - 1.0, 0.0, 1.0);\n"
		"}\n";
	const char *end_of_line = strchr(fragment, '\n');
	char vertex[512];
	GLuint name;

	snprintf(vertex, sizeof(vertex), "%.*s\n%s", (int)(end_of_line - fragment),
		 fragment, body);
	name = piglit_build_simple_program(vertex, fragment);
	glUseProgram(name);
	return name;
}

void
compute_program(const char *source)
{
	GLuint name = glCreateProgram();

	glAttachShader(name, piglit_compile_shader_text(GL_COMPUTE_SHADER, source));
	glLinkProgram(name);
	glUseProgram(name);
}

GLuint
paint_green(void)
{
	return program(GLSL
		       "layout(location = 0) out vec4 a;\n"
		       "layout(location = 1) out vec4 b;\n"
		       "void main() { a = b = vec4(0.0, 1.0, 0.0, 1.0); }\n");
}

void
draw(void)
{
	GLuint array;

	glGenVertexArrays(1, &array);
	glBindVertexArray(array);
	glViewport(0, 0, SIZE, SIZE);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
	glDeleteVertexArrays(1, &array);
}

bool
pixels_are(const float colour[4])
{
	return piglit_probe_rect_rgba(0, 0, SIZE, SIZE, colour);
}

bool
cannot_read(GLint x, GLint y)
{
	GLubyte pixel[4] = { 1, 2, 3, 4 };

	glReadPixels(x, y, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, pixel);
	return error_is(GL_INVALID_OPERATION) & !memcmp(pixel, "\1\2\3\4", 4);
}

bool
holds(GLuint name, const float colour[4])
{
	glFinish();
	use(PLAIN);
	framebuffer(name, 0);
	return pixels_are(colour) && error_is(GL_NO_ERROR);
}

void
sample(GLuint name)
{
	program(GLSL
		"uniform sampler2D s; out vec4 colour;\n"
		"void main() { colour = texture(s, vec2(0.5)); }\n");
	glBindTexture(GL_TEXTURE_2D, name);
	draw();
}

GLuint
sampled(GLuint name)
{
	GLuint output = coloured(red);

	framebuffer(output, 0);
	sample(name);
	return output;
}

GLint
is_protected(GLenum target)
{
	GLint value = -1;

	glGetTexParameteriv(target, GL_TEXTURE_PROTECTED_EXT, &value);
	return value;
}

enum piglit_result
verdict(bool right)
{
	return right ? PIGLIT_PASS : PIGLIT_FAIL;
}

/* All is done by the subtests. */
enum piglit_result
piglit_display(void)
{
	return PIGLIT_FAIL;
}
