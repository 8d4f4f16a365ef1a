/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>

#include <GLES2/gl2ext.h> /* after gl3.h, which it needs */

#include "egl_device.h"
#include "egl_extension.h"
#include "fail.h"
#include "renderer.h"

struct renderer {
	bool is_protected;
	EGLDisplay display;
	EGLConfig config;
	EGLContext context;
	EGLSurface surface;
	GLuint program;
	GLint crop;
	PFNEGLCREATEIMAGEKHRPROC create_image;
	PFNEGLDESTROYIMAGEKHRPROC destroy_image;
	PFNEGLCREATESYNCKHRPROC create_sync;
	PFNEGLDESTROYSYNCKHRPROC destroy_sync;
	PFNEGLCLIENTWAITSYNCKHRPROC client_wait_sync;
	PFNGLEGLIMAGETARGETTEXTURE2DOESPROC image_target_texture;
	char name[200];
};

struct picture {
	struct renderer *renderer;
	EGLImageKHR image;
	GLuint texture;
	EGLSyncKHR last_read; /* of the last draw, or EGL_NO_SYNC_KHR */
	float crop[2];	      /* the visible part of the texture */
};

/* A triangle strip over the viewport; the top row of a picture comes first in memory. */
static const char vertex_shader[] =
	"#version 300 es\n"
	"uniform vec2 crop;\n"
	"out vec2 position;\n"
	"void main()\n"
	"{\n"
	"	vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
	"	position = corner * crop;\n"
	"	gl_Position = vec4(corner.x * 2.0 - 1.0, 1.0 - corner.y * 2.0, 0.0, 1.0);\n"
	"}\n";

static const char fragment_shader[] =
	"#version 300 es\n"
	"#extension GL_OES_EGL_image_external_essl3 : require\n"
	"precision highp float;\n"
	"uniform samplerExternalOES picture;\n"
	"in vec2 position;\n"
	"out vec4 color;\n"
	"void main()\n"
	"{\n"
	"	color = vec4(texture(picture, position).rgb, 1.0);\n"
	"}\n";

static int compile(GLenum type, const char *source, GLuint *out, struct protex_error *error)
{
	GLuint shader = glCreateShader(type);
	char log[256] = "";
	GLint ok = 0;

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &ok);
	if (!ok) {
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		glDeleteShader(shader);
		return fail(error, -ENODEV, "the driver does not compile a shader: %s", log);
	}
	*out = shader;
	return 0;
}

static int build_program(struct renderer *r, struct protex_error *error)
{
	GLuint vertex, fragment;
	GLint ok = 0;
	int ret;

	ret = compile(GL_VERTEX_SHADER, vertex_shader, &vertex, error);
	if (ret < 0)
		return ret;
	ret = compile(GL_FRAGMENT_SHADER, fragment_shader, &fragment, error);
	if (ret < 0) {
		glDeleteShader(vertex);
		return ret;
	}
	r->program = glCreateProgram();
	glAttachShader(r->program, vertex);
	glAttachShader(r->program, fragment);
	glLinkProgram(r->program);
	glDeleteShader(vertex);
	glDeleteShader(fragment);
	glGetProgramiv(r->program, GL_LINK_STATUS, &ok);
	if (!ok)
		return fail(error, -ENODEV, "the driver does not link the shaders");
	r->crop = glGetUniformLocation(r->program, "crop");
	glUseProgram(r->program);
	glUniform1i(glGetUniformLocation(r->program, "picture"), 0);
	return 0;
}

static int find_functions(struct renderer *r, struct protex_error *error)
{
	const char *extensions = eglQueryString(r->display, EGL_EXTENSIONS);

	if (!egl_has_extension(extensions, "EGL_EXT_image_dma_buf_import") ||
	    !egl_has_extension(extensions, "EGL_KHR_fence_sync"))
		return fail(error, -ENODEV, "EGL lacks EGL_EXT_image_dma_buf_import or "
					    "EGL_KHR_fence_sync on this device; see 'protex info'");
	r->create_image = (PFNEGLCREATEIMAGEKHRPROC)eglGetProcAddress("eglCreateImageKHR");
	r->destroy_image = (PFNEGLDESTROYIMAGEKHRPROC)eglGetProcAddress("eglDestroyImageKHR");
	r->create_sync = (PFNEGLCREATESYNCKHRPROC)eglGetProcAddress("eglCreateSyncKHR");
	r->destroy_sync = (PFNEGLDESTROYSYNCKHRPROC)eglGetProcAddress("eglDestroySyncKHR");
	r->client_wait_sync =
		(PFNEGLCLIENTWAITSYNCKHRPROC)eglGetProcAddress("eglClientWaitSyncKHR");
	r->image_target_texture = (PFNGLEGLIMAGETARGETTEXTURE2DOESPROC)eglGetProcAddress(
		"glEGLImageTargetTexture2DOES");
	if (!r->create_image || !r->destroy_image || !r->create_sync || !r->destroy_sync ||
	    !r->client_wait_sync || !r->image_target_texture)
		return fail(error, -ENODEV, "EGL lacks functions of the extensions it names");
	return 0;
}

int renderer_create(struct renderer **out, unsigned platform, void *native_display, bool is_protected,
		    struct protex_error *error)
{
	struct renderer *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return fail(error, -ENOMEM, "out of memory");
	r->is_protected = is_protected;
	r->context = EGL_NO_CONTEXT;
	r->surface = EGL_NO_SURFACE;
	ret = egl_open_display(&r->display, platform, native_display, error);
	if (ret < 0) {
		free(r);
		return ret;
	}

	ret = find_functions(r, error);
	if (ret == 0)
		ret = egl_create_context(r->display, is_protected, &r->config, &r->context, error);
	if (ret < 0) {
		renderer_destroy(r);
		return ret;
	}
	*out = r;
	return 0;
}

int renderer_attach(struct renderer *r, void *native_window, struct protex_error *error)
{
	const EGLint attributes[] = {
		r->is_protected ? EGL_PROTECTED_CONTENT_EXT : EGL_NONE,
		EGL_TRUE,
		EGL_NONE,
	};

	r->surface = eglCreateWindowSurface(r->display, r->config,
					    (EGLNativeWindowType)native_window, attributes);
	if (r->surface == EGL_NO_SURFACE)
		return fail(error, -ENODEV, "EGL gave no %swindow surface: %s",
			    r->is_protected ? "protected " : "", egl_error_name(eglGetError()));
	if (!eglMakeCurrent(r->display, r->surface, r->surface, r->context))
		return fail(error, -ENODEV, "EGL does not draw to the surface: %s",
			    egl_error_name(eglGetError()));
	/* On Wayland EGL would wait for the compositor, with signals held back: the caller does it. */
	eglSwapInterval(r->display, 0);
	snprintf(r->name, sizeof(r->name), "%s, %s", (const char *)glGetString(GL_RENDERER),
		 (const char *)glGetString(GL_VERSION));
	return build_program(r, error);
}

void renderer_destroy(struct renderer *r)
{
	if (!r)
		return;
	if (r->program)
		glDeleteProgram(r->program);
	eglMakeCurrent(r->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	if (r->surface != EGL_NO_SURFACE)
		eglDestroySurface(r->display, r->surface);
	if (r->context != EGL_NO_CONTEXT)
		eglDestroyContext(r->display, r->context);
	eglTerminate(r->display);
	eglReleaseThread();
	free(r);
}

const char *renderer_name(const struct renderer *r)
{
	return r->name;
}

static EGLint color_space(uint8_t matrix)
{
	switch (matrix) {
	case CONTAINER_MATRIX_BT709:
		return EGL_ITU_REC709_EXT;
	case CONTAINER_MATRIX_BT2020:
		return EGL_ITU_REC2020_EXT;
	default:
		return EGL_ITU_REC601_EXT;
	}
}

/* Appends an attribute to a list that has room for it. */
static void add_attribute(EGLint *list, unsigned *count, EGLint name, EGLint value)
{
	list[(*count)++] = name;
	list[(*count)++] = value;
	list[*count] = EGL_NONE;
}

#define MAX_ATTRIBUTES 32

static void list_attributes(EGLint list[MAX_ATTRIBUTES + 1], const struct content *content,
			    unsigned buffer, const struct container_header *h, bool is_protected)
{
	static const EGLint names[2][3] = {
		{EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT,
		 EGL_DMA_BUF_PLANE0_PITCH_EXT},
		{EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT,
		 EGL_DMA_BUF_PLANE1_PITCH_EXT},
	};
	unsigned n = 0;

	add_attribute(list, &n, EGL_WIDTH, (EGLint)h->layout.width);
	add_attribute(list, &n, EGL_HEIGHT, (EGLint)h->layout.height);
	add_attribute(list, &n, EGL_LINUX_DRM_FOURCC_EXT, (EGLint)content->fourcc);
	for (uint32_t i = 0; i < content->plane_count && i < 2; i++) {
		const struct content_plane *plane = &content->planes[buffer][i];

		add_attribute(list, &n, names[i][0], plane->dma_buf);
		add_attribute(list, &n, names[i][1], (EGLint)plane->offset);
		add_attribute(list, &n, names[i][2], (EGLint)plane->stride);
	}
	add_attribute(list, &n, EGL_YUV_COLOR_SPACE_HINT_EXT, color_space(h->matrix));
	add_attribute(list, &n, EGL_SAMPLE_RANGE_HINT_EXT,
		      h->full_range ? EGL_YUV_FULL_RANGE_EXT : EGL_YUV_NARROW_RANGE_EXT);
	add_attribute(list, &n, EGL_YUV_CHROMA_HORIZONTAL_SITING_HINT_EXT,
		      h->siting == CONTAINER_SITING_CENTER ? EGL_YUV_CHROMA_SITING_0_5_EXT
							   : EGL_YUV_CHROMA_SITING_0_EXT);
	add_attribute(list, &n, EGL_YUV_CHROMA_VERTICAL_SITING_HINT_EXT,
		      h->siting == CONTAINER_SITING_TOP_LEFT ? EGL_YUV_CHROMA_SITING_0_EXT
							     : EGL_YUV_CHROMA_SITING_0_5_EXT);
	if (is_protected)
		add_attribute(list, &n, EGL_PROTECTED_CONTENT_EXT, EGL_TRUE);
}

int picture_import(struct picture **out, struct renderer *r, const struct content *content,
		   unsigned buffer, const struct container_header *h, struct protex_error *error)
{
	EGLint attributes[MAX_ATTRIBUTES + 1];
	struct picture *p = calloc(1, sizeof(*p));

	if (!p)
		return fail(error, -ENOMEM, "out of memory");
	p->renderer = r;
	p->last_read = EGL_NO_SYNC_KHR;
	p->crop[0] = (float)h->visible_width / (float)h->layout.width;
	p->crop[1] = (float)h->visible_height / (float)h->layout.height;
	list_attributes(attributes, content, buffer, h, r->is_protected);
	p->image = r->create_image(r->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL,
				   attributes);
	if (p->image == EGL_NO_IMAGE_KHR) {
		free(p);
		return fail(error, -ENODEV, "EGL does not import the %s picture: %s",
			    r->is_protected ? "protected" : "ordinary",
			    egl_error_name(eglGetError()));
	}

	glGenTextures(1, &p->texture);
	glBindTexture(GL_TEXTURE_EXTERNAL_OES, p->texture);
	/* Shown 1:1, luma is sampled at its centres, and chroma interpolated. */
	glTexParameteri(GL_TEXTURE_EXTERNAL_OES, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
	glTexParameteri(GL_TEXTURE_EXTERNAL_OES, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
	glTexParameteri(GL_TEXTURE_EXTERNAL_OES, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glTexParameteri(GL_TEXTURE_EXTERNAL_OES, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	r->image_target_texture(GL_TEXTURE_EXTERNAL_OES, p->image);
	if (glGetError() != GL_NO_ERROR) {
		picture_destroy(p);
		return fail(error, -ENODEV, "OpenGL ES makes no external texture of the picture");
	}
	*out = p;
	return 0;
}

void picture_destroy(struct picture *p)
{
	if (!p)
		return;

	struct renderer *r = p->renderer;

	if (p->last_read != EGL_NO_SYNC_KHR)
		r->destroy_sync(r->display, p->last_read);
	glDeleteTextures(1, &p->texture);
	r->destroy_image(r->display, p->image);
	free(p);
}

int picture_wait(struct picture *p, struct protex_error *error)
{
	struct renderer *r = p->renderer;
	const EGLTimeKHR patience = 10ull * 1000 * 1000 * 1000; /* ns */
	EGLint ret;

	if (p->last_read == EGL_NO_SYNC_KHR)
		return 0;
	ret = r->client_wait_sync(r->display, p->last_read, EGL_SYNC_FLUSH_COMMANDS_BIT_KHR,
				  patience);
	if (ret != EGL_CONDITION_SATISFIED_KHR)
		return fail(error, -ETIMEDOUT, "the GPU does not finish drawing");
	r->destroy_sync(r->display, p->last_read);
	p->last_read = EGL_NO_SYNC_KHR;
	return 0;
}

int renderer_draw(struct renderer *r, struct picture *p, const struct region *region, uint32_t height,
		  struct protex_error *error)
{
	GLenum gl_error;

	/* Clearing is not clipped to the viewport. */
	glClearColor(0.0f, 0.0f, 0.0f, 1.0f);
	glClear(GL_COLOR_BUFFER_BIT);

	/* OpenGL counts rows from the bottom. */
	glViewport((GLint)region->x, (GLint)(height - region->y - region->height),
		   (GLsizei)region->width, (GLsizei)region->height);
	/* Binding makes OpenGL look at the image's content as it is now. */
	glBindTexture(GL_TEXTURE_EXTERNAL_OES, p->texture);
	glUniform2f(r->crop, p->crop[0], p->crop[1]);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);

	if (p->last_read != EGL_NO_SYNC_KHR)
		r->destroy_sync(r->display, p->last_read);
	p->last_read = r->create_sync(r->display, EGL_SYNC_FENCE_KHR, NULL);
	gl_error = glGetError();
	if (gl_error != GL_NO_ERROR || p->last_read == EGL_NO_SYNC_KHR)
		return fail(error, -EIO, "drawing failed: OpenGL ES error 0x%04x", gl_error);
	return 0;
}

int renderer_swap(struct renderer *r, struct protex_error *error)
{
	if (!eglSwapBuffers(r->display, r->surface))
		return fail(error, -EIO, "eglSwapBuffers: %s", egl_error_name(eglGetError()));
	return 0;
}
