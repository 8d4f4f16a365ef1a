/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <gbm.h>

#include "gl.h"
#include "restricted.h"

const char whole_vertex[] = GLSL
	"void main() {\n"
	"	gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);\n"
	"}\n";

const char fetch_fragment[] = GLSL
	"uniform sampler2D secret;\n"
	"out vec4 colour;\n"
	"void main() { colour = texelFetch(secret, ivec2(gl_FragCoord.xy), 0); }\n";

static bool open_context(void)
{
	static const EGLint attributes[] = {
		EGL_CONTEXT_MAJOR_VERSION, 4, EGL_CONTEXT_MINOR_VERSION, 3,
		EGL_CONTEXT_OPENGL_PROFILE_MASK, EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT, EGL_NONE,
	};
	struct gbm_device *gbm = gbm_create_device(open_driver("virtio_gpu"));
	EGLDisplay display;
	EGLContext context;
	GLuint array;

	if (!gbm)
		return false;
	/* The hook is called by one thread. */
	setenv("mesa_glthread", "false", 1);
	display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gbm, NULL);
	if (!eglInitialize(display, NULL, NULL) || !eglBindAPI(EGL_OPENGL_API))
		return false;
	context = eglCreateContext(display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (!eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
		return false;
	glGenVertexArrays(1, &array);
	glBindVertexArray(array);
	return true;
}

void gl_load(void)
{
	EGLDisplay display = eglGetPlatformDisplay(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);

	if (eglInitialize(display, NULL, NULL))
		eglTerminate(display);
}

static void attack_by(struct attempt *attempt, const struct attack *attack, bool protected)
{
	gl_route route = (gl_route)attack->what;
	GLenum error;
	char text[24];

	/* From the beginning: what a context is made of is on the host in the context that uses it. */
	hook_begin(attempt);
	hook_submissions(protected);
	if (!open_context()) {
		broken(attempt, "no GL");
		return;
	}
	/* Mesa says of each refusal that it expects bad rendering. */
	if (!freopen("/dev/null", "w", stderr))
		broken(attempt, "no /dev/null");
	route(attempt, attack->how);
	glFinish();
	error = glGetError();
	/* As there is behind a refusal. */
	if (error) {
		snprintf(text, sizeof(text), "GL error 0x%04x", error);
		noticed(attempt, text);
	}
	hook_look(attempt);
}

void gl_ordinary(struct attempt *attempt, const struct attack *attack)
{
	attack_by(attempt, attack, false);
}

void gl_protected(struct attempt *attempt, const struct attack *attack)
{
	attack_by(attempt, attack, true);
}

/* ---- objects ----------------------------------------------------------------------------------- */

static GLuint make_texture(GLenum target, GLenum format, GLsizei levels)
{
	GLuint name;

	glGenTextures(1, &name);
	glBindTexture(target, name);
	switch (target) {
	case GL_TEXTURE_1D:
		glTexStorage1D(target, levels, format, SIDE);
		break;
	case GL_TEXTURE_1D_ARRAY:
		glTexStorage2D(target, levels, format, SIDE, LAYERS);
		break;
	case GL_TEXTURE_2D_ARRAY:
	case GL_TEXTURE_3D:
		glTexStorage3D(target, levels, format, SIDE, SIDE, LAYERS);
		break;
	case GL_TEXTURE_CUBE_MAP_ARRAY:
		glTexStorage3D(target, levels, format, SIDE, SIDE, CUBE_LAYERS);
		break;
	case GL_TEXTURE_2D_MULTISAMPLE:
		glTexStorage2DMultisample(target, SAMPLES, format, SIDE, SIDE, GL_TRUE);
		return name;
	case GL_TEXTURE_2D_MULTISAMPLE_ARRAY:
		glTexStorage3DMultisample(target, SAMPLES, format, SIDE, SIDE, LAYERS, GL_TRUE);
		return name;
	default:
		glTexStorage2D(target, levels, format, SIDE, SIDE);
	}
	if (target != GL_TEXTURE_RECTANGLE) {
		glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
		glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	}
	return name;
}

/* Behind Mesa's back, by a protected submission: what the CPU knows may go into any object. */
static bool upload(const struct hooked_object *object, unsigned z, const uint32_t *words, uint32_t count)
{
	uint32_t stream[12 + SIDE * SIDE] = {
		HEADER(INLINE_WRITE, 0, 11 + count), object->res, 0, 0,
		object->target == BUFFER ? 0 : 4 * count / object->height, 0, 0, 0, z,
		object->target == BUFFER ? 4 * count : object->width,
		object->target == BUFFER ? 1 : object->height, 1,
	};

	memcpy(stream + 12, words, 4 * count);
	return submit_list(hook_device(), VIRTGPU_EXECBUF_PROTECTED, stream, 48 + 4 * count,
			   &object->handle, 1) == 0 && wait_for(hook_device(), object->handle) == 0;
}

/* Samples cannot be uploaded, so they are drawn. */
static bool clear(const struct hooked_object *object, uint32_t key, bool depth)
{
	uint32_t surface = fresh(), colour[4], z[2];
	double depth_value;
	float depth_key;

	memcpy(&depth_key, &key, 4);
	depth_value = depth_key;
	for (unsigned i = 0; i < 4; i++) {
		float value = (float)(key >> (i == 3 ? 24 : 16 - 8 * i) & 0xff) / 255;

		memcpy(&colour[i], &value, 4);
	}
	memcpy(z, &depth_value, 8);

	const uint32_t stream[] = {
		HEADER(CREATE_OBJECT, SURFACE, 5), surface, object->res, object->format, 0,
		(object->layers - 1) << 16,
		HEADER(SET_FRAMEBUFFER, 0, depth ? 2 : 3), !depth, depth ? surface : 0,
		depth ? HEADER(NOP, 0, 0) : surface,
		HEADER(CLEAR, 0, 8), depth ? 1 : 1 << 2, colour[0], colour[1], colour[2], colour[3],
		z[0], z[1], 0,
		HEADER(SET_FRAMEBUFFER, 0, 2), 0, 0,
		HEADER(DESTROY_OBJECT, SURFACE, 1), surface,
	};

	return submit_list(hook_device(), VIRTGPU_EXECBUF_PROTECTED, stream, sizeof(stream),
			   &object->handle, 1) == 0 && wait_for(hook_device(), object->handle) == 0;
}

static bool fill(const struct hooked_object *object, uint32_t key, GLenum format)
{
	unsigned layers = object->layers > 1 ? object->layers : object->depth;
	uint32_t words[SIDE * SIDE];
	uint32_t count = object->width * object->height;

	if (object->samples > 1)
		return clear(object, key, format == GL_DEPTH_COMPONENT32F);
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
		words[i] = key;
	for (unsigned z = 0; z < layers; z++) {
		if (!upload(object, z, words, count))
			return false;
	}
	return true;
}

GLuint secret_texture(struct attempt *attempt, GLenum target, GLenum format, GLsizei levels)
{
	GLuint name;

	/* What the format can hold: a depth between a half and one. */
	if (format == GL_DEPTH_COMPONENT32F)
		attempt->key = 0x3f000000u | (attempt->key & 0x7fffff);
	hook_protect_next(false, 0);
	name = make_texture(target, format, levels);
	if (!hook_protected() || !fill(hook_protected(), attempt->key, format))
		broken(attempt, "no protected texture");
	return name;
}

GLuint secret_memory(struct attempt *attempt)
{
	struct drm_virtgpu_3d_transfer_to_host to = { .box = { .w = SIDE, .h = SIDE, .d = 1 } };
	int memory = alloc_protected(BYTES);
	uint32_t handle = 0;
	GLuint name = 0;

	/* The TEE fills with a byte. */
	attempt->key = (attempt->key & 0xff) * 0x01010101u;
	if (memory < 0 || !fill_protected(memory, BYTES, (uint8_t)attempt->key) ||
	    import(hook_device(), memory, &handle)) {
		broken(attempt, "no restricted memory");
		return 0;
	}
	hook_protect_next(false, handle);
	name = make_texture(GL_TEXTURE_2D, GL_RGBA8, 1);
	to.bo_handle = hook_protected() ? hook_protected()->handle : 0;
	if (try_ioctl(hook_device(), DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to) ||
	    wait_for(hook_device(), to.bo_handle))
		broken(attempt, "no texture over restricted memory");
	return name;
}

GLuint ordinary_texture(GLenum target, GLenum format, GLsizei levels)
{
	return make_texture(target, format, levels);
}

GLuint secret_buffer(struct attempt *attempt, const uint32_t *words, size_t count)
{
	uint32_t keys[BUFFER_SIZE / 4];
	GLuint name;

	for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
		keys[i] = attempt->key;
	hook_protect_next(true, 0);
	name = ordinary_buffer();
	if (!hook_protected() || !upload(hook_protected(), 0, words ? words : keys,
					 words ? (uint32_t)count : BUFFER_SIZE / 4))
		broken(attempt, "no protected buffer");
	return name;
}

GLuint ordinary_buffer(void)
{
	GLuint name;

	glGenBuffers(1, &name);
	glBindBuffer(GL_COPY_WRITE_BUFFER, name);
	glBufferData(GL_COPY_WRITE_BUFFER, BUFFER_SIZE, NULL, GL_STATIC_DRAW);
	return name;
}

static void attach(GLenum target, GLuint texture, GLenum attachment)
{
	GLuint name;

	glGenFramebuffers(1, &name);
	glBindFramebuffer(target, name);
	glFramebufferTexture(target, attachment, texture, 0);
}

void read_from(GLuint texture, GLenum attachment)
{
	attach(GL_READ_FRAMEBUFFER, texture, attachment);
	glReadBuffer(attachment == GL_COLOR_ATTACHMENT0 ? attachment : GL_NONE);
}

void draw_to(GLuint texture, GLenum attachment)
{
	attach(GL_DRAW_FRAMEBUFFER, texture, attachment);
	glDrawBuffer(attachment == GL_COLOR_ATTACHMENT0 ? attachment : GL_NONE);
	glViewport(0, 0, SIDE, SIDE);
}

GLuint ordinary_target(void)
{
	GLuint name = ordinary_texture(GL_TEXTURE_2D, GL_RGBA8, 1);

	draw_to(name, GL_COLOR_ATTACHMENT0);
	return name;
}

GLuint ordinary_renderbuffer(void)
{
	GLuint name;

	glGenRenderbuffers(1, &name);
	glBindRenderbuffer(GL_RENDERBUFFER, name);
	glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, SIDE, SIDE);
	return name;
}

void draw_to_renderbuffer(void)
{
	ordinary_target();
	glFramebufferRenderbuffer(GL_DRAW_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER,
				  ordinary_renderbuffer());
}

/* ---- programs ---------------------------------------------------------------------------------- */

static void add_shader(struct attempt *attempt, GLuint program, GLenum type, const char *source)
{
	GLuint shader;
	GLint compiled;

	if (!source)
		return;
	shader = glCreateShader(type);
	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &compiled);
	if (!compiled) {
		char log[80];

		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		broken(attempt, log);
	}
	glAttachShader(program, shader);
}

GLuint use_program(struct attempt *attempt, const struct shaders *shaders)
{
	GLuint program = glCreateProgram();
	GLint linked;

	add_shader(attempt, program, GL_VERTEX_SHADER, shaders->vertex);
	add_shader(attempt, program, GL_TESS_CONTROL_SHADER, shaders->control);
	add_shader(attempt, program, GL_TESS_EVALUATION_SHADER, shaders->evaluation);
	add_shader(attempt, program, GL_GEOMETRY_SHADER, shaders->geometry);
	add_shader(attempt, program, GL_FRAGMENT_SHADER, shaders->fragment);
	add_shader(attempt, program, GL_COMPUTE_SHADER, shaders->compute);
	if (shaders->captured)
		glTransformFeedbackVaryings(program, 1, &shaders->captured, GL_INTERLEAVED_ATTRIBS);
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &linked);
	if (!linked)
		broken(attempt, "the program does not link");
	glUseProgram(program);
	return program;
}

void draw_whole(void)
{
	glDrawArrays(GL_TRIANGLES, 0, 3);
}
