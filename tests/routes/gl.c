/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <drm/drm_fourcc.h>
#include <gbm.h>

#include "fail.h"
#include "gl.h"
#include "virtgpu.h"

static PFNEGLCREATEIMAGEKHRPROC create_image;
static PFNEGLDESTROYIMAGEKHRPROC destroy_image;
static PFNEGLEXPORTDMABUFIMAGEMESAPROC export_image;
static void (*image_target_texture)(GLenum target, void *image);

static EGLContext create_context(struct gl *gl, bool is_protected, EGLContext share)
{
	EGLint attributes[] = {
		EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 2,
		is_protected ? EGL_PROTECTED_CONTENT_EXT : EGL_NONE, EGL_TRUE, EGL_NONE,
	};

	return eglCreateContext(gl->display, EGL_NO_CONFIG_KHR, share, attributes);
}

static GLuint compile(GLenum type, const char *source)
{
	GLuint shader = glCreateShader(type);

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	return shader;
}

static GLuint create_program(void)
{
	GLuint program = glCreateProgram();
	GLint linked = GL_FALSE;

	/* One triangle that covers everything; its texels are fetched, so nothing is filtered. */
	glAttachShader(program, compile(GL_VERTEX_SHADER,
					"#version 300 es\n"
					"void main() {\n"
					"  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0,\n"
					"                     gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);\n"
					"}\n"));
	glAttachShader(program, compile(GL_FRAGMENT_SHADER,
					"#version 300 es\n"
					"precision highp float;\n"
					"uniform sampler2D content;\n"
					"out vec4 colour;\n"
					"void main() {\n"
					"  colour = texelFetch(content, ivec2(gl_FragCoord.xy), 0);\n"
					"}\n"));
	glLinkProgram(program);
	glGetProgramiv(program, GL_LINK_STATUS, &linked);
	return linked ? program : 0;
}

static int open_render_node(void)
{
	char path[32];
	int card = drm_open(VIRTGPU_DRIVER, path);
	unsigned number;

	if (card < 0)
		return card;
	close(card);
	if (sscanf(path, "/dev/dri/card%u", &number) != 1)
		return -ENODEV;
	snprintf(path, sizeof(path), "/dev/dri/renderD%u", 128 + number);
	card = open(path, O_RDWR | O_CLOEXEC);
	return card < 0 ? -errno : card;
}

static int open_display(struct gl *gl, struct protex_error *error)
{
	gl->device = open_render_node();
	if (gl->device < 0)
		return fail(error, gl->device, "no render node of a virtio-gpu device: %s",
			    strerror(-gl->device));
	gl->gbm = gbm_create_device(gl->device);
	if (!gl->gbm)
		return fail(error, -ENODEV, "GBM does not know the device");
	gl->display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gl->gbm, NULL);
	if (gl->display == EGL_NO_DISPLAY || !eglInitialize(gl->display, NULL, NULL))
		return fail(error, -ENODEV, "EGL does not know the device");
	create_image = (PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR");
	destroy_image = (PFNEGLDESTROYIMAGEKHRPROC)eglGetProcAddress("eglDestroyImageKHR");
	export_image =
		(PFNEGLEXPORTDMABUFIMAGEMESAPROC)eglGetProcAddress("eglExportDMABUFImageMESA");
	image_target_texture =
		(void (*)(GLenum, void *))eglGetProcAddress("glEGLImageTargetTexture2DOES");
	if (!create_image || !destroy_image || !export_image || !image_target_texture)
		return fail(error, -ENOTSUP, "EGL cannot import and export dma-bufs");
	return 0;
}

int gl_open(struct gl *gl, struct protex_error *error)
{
	int ret;

	*gl = (struct gl){.device = -1};
	ret = open_display(gl, error);
	if (ret < 0)
		return ret;
	gl->contexts[GL_ORDINARY] = create_context(gl, false, EGL_NO_CONTEXT);
	if (gl->contexts[GL_ORDINARY] == EGL_NO_CONTEXT)
		return fail(error, -ENOTSUP, "no context of OpenGL ES 3.2");
	gl->contexts[GL_PROTECTED] = create_context(gl, true, gl->contexts[GL_ORDINARY]);

	for (unsigned i = 0; i < GL_CONTEXTS; i++) {
		if (gl->contexts[i] == EGL_NO_CONTEXT)
			continue;
		if (!eglMakeCurrent(gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, gl->contexts[i]))
			return fail(error, -ENOTSUP, "no context without a surface");
		gl->programs[i] = create_program();
		if (!gl->programs[i])
			return fail(error, -EIO, "the shaders do not compile");
	}
	return 0;
}

void gl_close(struct gl *gl)
{
	if (gl->display != EGL_NO_DISPLAY) {
		eglMakeCurrent(gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
		for (unsigned i = 0; i < GL_CONTEXTS; i++) {
			if (gl->contexts[i] != EGL_NO_CONTEXT)
				eglDestroyContext(gl->display, gl->contexts[i]);
		}
		eglTerminate(gl->display);
	}
	if (gl->gbm)
		gbm_device_destroy(gl->gbm);
	if (gl->device >= 0)
		close(gl->device);
	*gl = (struct gl){.device = -1};
}

bool gl_use(struct gl *gl, enum gl_context context, struct outcome *outcome)
{
	if (gl->contexts[context] == EGL_NO_CONTEXT) {
		outcome_add(outcome, "no %s context",
			    context == GL_PROTECTED ? "protected" : "ordinary");
		return false;
	}
	/* What the other one drew is there when this one looks. */
	if (eglGetCurrentContext() != EGL_NO_CONTEXT)
		glFinish();
	eglMakeCurrent(gl->display, EGL_NO_SURFACE, EGL_NO_SURFACE, gl->contexts[context]);
	while (glGetError() != GL_NO_ERROR)
		;
	return true;
}

static const char *egl_error_name(EGLint error)
{
	switch (error) {
	case EGL_BAD_ACCESS:
		return "EGL_BAD_ACCESS";
	case EGL_BAD_ALLOC:
		return "EGL_BAD_ALLOC";
	case EGL_BAD_ATTRIBUTE:
		return "EGL_BAD_ATTRIBUTE";
	case EGL_BAD_MATCH:
		return "EGL_BAD_MATCH";
	case EGL_BAD_PARAMETER:
		return "EGL_BAD_PARAMETER";
	default:
		return "no EGL image";
	}
}

struct picture gl_picture(const struct target *target)
{
	return (struct picture){
		.fd = target->image,
		.fourcc = (EGLint)DRM_FORMAT_XRGB8888,
		.stride = PATTERN_STRIDE,
	};
}

GLuint gl_import(struct gl *gl, const struct picture *picture, bool say_protected,
		 struct outcome *outcome)
{
	const EGLint attributes[] = {
		EGL_WIDTH, PATTERN_WIDTH, EGL_HEIGHT, PATTERN_HEIGHT,
		EGL_LINUX_DRM_FOURCC_EXT, picture->fourcc,
		EGL_DMA_BUF_PLANE0_FD_EXT, picture->fd,
		EGL_DMA_BUF_PLANE0_OFFSET_EXT, picture->offset,
		EGL_DMA_BUF_PLANE0_PITCH_EXT, picture->stride,
		say_protected ? EGL_PROTECTED_CONTENT_EXT : EGL_NONE, EGL_TRUE,
		EGL_NONE,
	};
	EGLImageKHR image = create_image(gl->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL,
					 attributes);
	GLuint texture;

	if (image == EGL_NO_IMAGE_KHR) {
		outcome_add(outcome, "%s", egl_error_name(eglGetError()));
		return 0;
	}
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	image_target_texture(GL_TEXTURE_2D, image);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	destroy_image(gl->display, image);
	if (gl_check(outcome))
		return texture;
	glDeleteTextures(1, &texture);
	return 0;
}

struct picture gl_export(struct gl *gl, enum gl_context context, GLuint texture, bool say_protected,
			 struct outcome *outcome)
{
	const EGLint attributes[] = {
		say_protected ? EGL_PROTECTED_CONTENT_EXT : EGL_NONE,
		EGL_TRUE,
		EGL_NONE,
	};
	EGLImageKHR image =
		create_image(gl->display, gl->contexts[context], EGL_GL_TEXTURE_2D_KHR,
			     (EGLClientBuffer)(uintptr_t)texture, attributes);
	struct picture picture = {.fd = -1, .fourcc = (EGLint)DRM_FORMAT_ABGR8888};

	if (image == EGL_NO_IMAGE_KHR) {
		outcome_add(outcome, "%s", egl_error_name(eglGetError()));
		return picture;
	}
	glFinish();
	if (!export_image(gl->display, image, &picture.fd, &picture.stride, &picture.offset)) {
		outcome_add(outcome, "%s", egl_error_name(eglGetError()));
		picture.fd = -1;
	}
	destroy_image(gl->display, image);
	return picture;
}

GLuint gl_texture(bool is_protected)
{
	static const uint8_t zeros[PATTERN_SIZE];
	GLuint texture;

	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	if (is_protected)
		glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, PATTERN_WIDTH, PATTERN_HEIGHT);
	if (!is_protected)
		glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, PATTERN_WIDTH, PATTERN_HEIGHT, GL_RGBA,
				GL_UNSIGNED_BYTE, zeros);
	return texture;
}

GLuint gl_framebuffer(GLenum target, GLuint texture)
{
	GLuint framebuffer;

	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(target, framebuffer);
	glFramebufferTexture2D(target, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
	return framebuffer;
}

void gl_draw(struct gl *gl, enum gl_context context, GLuint texture)
{
	glViewport(0, 0, PATTERN_WIDTH, PATTERN_HEIGHT);
	glUseProgram(gl->programs[context]);
	glActiveTexture(GL_TEXTURE0);
	glBindTexture(GL_TEXTURE_2D, texture);
	glDrawArrays(GL_TRIANGLES, 0, 3);
}

bool gl_check(struct outcome *outcome)
{
	GLenum error = glGetError();

	switch (error) {
	case GL_NO_ERROR:
		return true;
	case GL_INVALID_OPERATION:
		outcome_add(outcome, "INVALID_OPERATION");
		break;
	case GL_INVALID_FRAMEBUFFER_OPERATION:
		outcome_add(outcome, "INVALID_FRAMEBUFFER_OPERATION");
		break;
	default:
		outcome_add(outcome, "GL error 0x%04x", error);
		break;
	}
	return false;
}
