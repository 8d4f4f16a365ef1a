/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <gbm.h>

#include <protex/protex.h>

#include "tap.h"

#ifndef GBM_BO_USE_PROTECTED
#define GBM_BO_USE_PROTECTED (1 << 5)
#endif

/* Mesa says on standard error when the kernel refused a submission. */
static bool catch_stderr(struct stage *stage)
{
	stage->stderr_before = dup(STDERR_FILENO);
	stage->stderr_caught = memfd_create("stderr", MFD_CLOEXEC);
	return stage->stderr_before >= 0 && stage->stderr_caught >= 0 &&
	       dup2(stage->stderr_caught, STDERR_FILENO) >= 0;
}

static unsigned count_refusals(struct stage *stage)
{
	static const char needle[] = "got error from kernel";
	unsigned count = 0;
	char line[512];
	FILE *file;

	fflush(stderr);
	dup2(stage->stderr_before, STDERR_FILENO);
	file = fdopen(stage->stderr_caught, "r");
	if (!file)
		return ~0u;
	rewind(file);
	while (fgets(line, sizeof(line), file)) {
		count += strstr(line, needle) != NULL;
		fputs(line, stderr);
	}
	fclose(file);
	return count;
}

static bool has_extension(struct stage *stage, const char *name)
{
	const char *all = eglQueryString(stage->display, EGL_EXTENSIONS);

	return all && strstr(all, name);
}

bool stage_make_current(struct stage *stage, EGLContext context)
{
	return eglMakeCurrent(stage->display, EGL_NO_SURFACE, EGL_NO_SURFACE, context);
}

static bool create_contexts(struct stage *stage)
{
	static const EGLint protected[] = { EGL_CONTEXT_MAJOR_VERSION, 3, EGL_PROTECTED_CONTENT_EXT,
					    EGL_TRUE, EGL_NONE };
	static const EGLint unprotected[] = { EGL_CONTEXT_MAJOR_VERSION, 3, EGL_NONE };
	EGLint value = EGL_FALSE;

	stage->protected =
		eglCreateContext(stage->display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, protected);
	stage->unprotected = eglCreateContext(stage->display, EGL_NO_CONFIG_KHR, stage->protected,
					      unprotected);
	eglQueryContext(stage->display, stage->protected, EGL_PROTECTED_CONTENT_EXT, &value);
	return ok(stage->protected && stage->unprotected && value == EGL_TRUE &&
			  stage_make_current(stage, stage->unprotected) &&
			  stage_make_current(stage, stage->protected),
		  "a protected and an unprotected context share objects");
}

/* Also an import of what the GPU itself allocated. */
static bool create_target(struct stage *stage)
{
	struct protex_layout layout = {
		.width = STAGE_WIDTH,
		.height = STAGE_HEIGHT,
		.fourcc = DRM_FORMAT_XRGB8888,
		.plane_count = 1,
	};
	EGLImageKHR image;
	GLuint texture;
	bool passed;
	int fd;

	stage->target = gbm_bo_create(stage->gbm, STAGE_WIDTH, STAGE_HEIGHT, GBM_FORMAT_XRGB8888,
				      GBM_BO_USE_RENDERING | GBM_BO_USE_SCANOUT |
					      GBM_BO_USE_PROTECTED);
	if (!ok(stage->target, "GBM allocates a protected buffer"))
		return false;

	layout.planes[0].stride = gbm_bo_get_stride(stage->target);
	fd = gbm_bo_get_fd(stage->target);
	image = fd >= 0 ? stage_import(stage, &layout, fd) : NULL;
	ok(fd >= 0 && mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED,
	   "its dma-buf cannot be mapped (%s)", strerror(errno));
	if (fd >= 0)
		close(fd);
	if (!ok(image, "its dma-buf is imported as protected"))
		return false;

	texture = create_texture(stage, GL_TEXTURE_2D, image);
	stage->framebuffer = create_framebuffer(GL_TEXTURE_2D, texture);
	passed = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	stage->destroy_image(stage->display, image);
	return ok(passed && glGetError() == GL_NO_ERROR, "and can be drawn to");
}

const char *stage_init(struct stage *stage, bool *usable)
{
	int card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);

	*usable = false;
	*stage = (struct stage){ 0 };
	if (card < 0)
		return "no /dev/dri/card0";
	if (!catch_stderr(stage))
		return "standard error cannot be caught";
	stage->gbm = gbm_create_device(card);
	stage->display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, stage->gbm, NULL);
	if (!eglInitialize(stage->display, NULL, NULL) || !eglBindAPI(EGL_OPENGL_ES_API))
		return "no EGL";
	if (!has_extension(stage, "EGL_EXT_protected_content"))
		return "no EGL_EXT_protected_content";

	stage->create_image = (void *)eglGetProcAddress("eglCreateImageKHR");
	stage->destroy_image = (void *)eglGetProcAddress("eglDestroyImageKHR");
	stage->export_image = (void *)eglGetProcAddress("eglExportDMABUFImageMESA");
	stage->export_image_query = (void *)eglGetProcAddress("eglExportDMABUFImageQueryMESA");
	stage->image_target_texture = (void *)eglGetProcAddress("glEGLImageTargetTexture2DOES");

	*usable = ok(!screen_init(&stage->screen, card, STAGE_WIDTH, STAGE_HEIGHT),
		     "there is a display") &&
		  create_contexts(stage) && create_target(stage);
	return NULL;
}

void stage_fini(struct stage *stage)
{
	stage_make_current(stage, EGL_NO_CONTEXT);
	eglDestroyContext(stage->display, stage->protected);
	eglDestroyContext(stage->display, stage->unprotected);
	eglTerminate(stage->display);
	ok(count_refusals(stage) == 0, "the kernel refused no submission of all this");

	screen_fini(&stage->screen);
	gbm_bo_destroy(stage->target);
	gbm_device_destroy(stage->gbm);
}

bool stage_shoot(struct stage *stage)
{
	GLenum error;

	glFinish();
	error = glGetError();
	if (error)
		note("GL error 0x%x", error);
	return !screen_shoot(&stage->screen, stage->target) && !error;
}

EGLImageKHR stage_import(struct stage *stage, const struct protex_layout *layout, int fd)
{
	static const EGLint names[2][3] = {
		{ EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT,
		  EGL_DMA_BUF_PLANE0_PITCH_EXT },
		{ EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT,
		  EGL_DMA_BUF_PLANE1_PITCH_EXT },
	};
	EGLint list[32] = {
		EGL_WIDTH, layout->width,
		EGL_HEIGHT, layout->height,
		EGL_LINUX_DRM_FOURCC_EXT, layout->fourcc,
		EGL_YUV_COLOR_SPACE_HINT_EXT, EGL_ITU_REC601_EXT,
		EGL_SAMPLE_RANGE_HINT_EXT, EGL_YUV_NARROW_RANGE_EXT,
		EGL_PROTECTED_CONTENT_EXT, EGL_TRUE,
	};
	unsigned n = 12;

	for (unsigned i = 0; i < layout->plane_count; i++) {
		list[n++] = names[i][0];
		list[n++] = fd;
		list[n++] = names[i][1];
		list[n++] = layout->planes[i].offset;
		list[n++] = names[i][2];
		list[n++] = layout->planes[i].stride;
	}
	list[n] = EGL_NONE;
	return stage->create_image(stage->display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL,
				   list);
}

GLuint compile_shader(GLenum type, const char *source)
{
	GLuint shader = glCreateShader(type);
	char log[512];
	GLint status;

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glGetShaderiv(shader, GL_COMPILE_STATUS, &status);
	if (!status) {
		glGetShaderInfoLog(shader, sizeof(log), NULL, log);
		note("%s", log);
	}
	return shader;
}

GLuint link_program(const char *declarations, const char *color)
{
	static const char vertex[] =
		"#version 310 es\n"
		"uniform float depth;\n"
		"out vec2 at;\n"
		"void main() {\n"
		"  at = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
		"  gl_Position = vec4(at * 2.0 - 1.0, depth, 1.0);\n"
		"}\n";
	char fragment[1024];
	GLuint program = glCreateProgram();

	snprintf(fragment, sizeof(fragment),
		 "#version 310 es\n"
		 "#extension GL_OES_EGL_image_external_essl3 : require\n"
		 "precision highp float;\n"
		 "precision highp sampler2DArray;\n"
		 "precision highp sampler3D;\n"
		 "precision highp sampler2DMS;\n"
		 "%s\n"
		 "in vec2 at;\n"
		 "out vec4 color;\n"
		 "void main() { color = %s; }\n",
		 declarations, color);
	glAttachShader(program, compile_shader(GL_VERTEX_SHADER, vertex));
	glAttachShader(program, compile_shader(GL_FRAGMENT_SHADER, fragment));
	glLinkProgram(program);
	return program;
}

void draw_program(GLuint program, GLenum target, GLuint texture)
{
	glUseProgram(program);
	if (target)
		glBindTexture(target, texture);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

GLuint create_texture(struct stage *stage, GLenum target, EGLImageKHR image)
{
	GLuint texture;

	glGenTextures(1, &texture);
	glBindTexture(target, texture);
	if (target != GL_TEXTURE_2D_MULTISAMPLE) {
		glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
		glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
		glTexParameteri(target, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
		glTexParameteri(target, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	}
	if (image)
		stage->image_target_texture(target, image);
	return texture;
}

GLuint create_framebuffer(GLenum target, GLuint texture)
{
	GLuint framebuffer;

	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, target, texture, 0);
	return framebuffer;
}

static bool is_close(const uint8_t *seen, const uint8_t *wanted, int tolerance)
{
	return abs(seen[0] - wanted[0]) <= tolerance && abs(seen[1] - wanted[1]) <= tolerance &&
	       abs(seen[2] - wanted[2]) <= tolerance;
}

void stage_run_cases(struct stage *stage, const struct stage_case *cases, unsigned columns, unsigned rows,
		     int tolerance, void (*when_drawn)(void))
{
	const unsigned width = STAGE_WIDTH / columns, height = STAGE_HEIGHT / rows;
	const uint8_t *wanted[STAGE_CASES];
	GLenum errors[STAGE_CASES];
	bool shot;

	glViewport(0, 0, STAGE_WIDTH, STAGE_HEIGHT);
	glClearColor(0.5, 0.5, 0.5, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	for (unsigned i = 0; i < columns * rows; i++) {
		glViewport(i % columns * width, i / columns * height, width, height);
		wanted[i] = cases[i].draw(stage);
		errors[i] = glGetError();
	}
	if (when_drawn)
		when_drawn();

	shot = stage_shoot(stage);
	for (unsigned i = 0; i < columns * rows; i++) {
		unsigned x = i % columns * width + width / 2, y = i / columns * height + height / 2;
		const uint8_t *seen = stage->screen.picture + (y * STAGE_WIDTH + x) * 3;

		if (!ok(shot && !errors[i] && is_close(seen, wanted[i], tolerance), "%s", cases[i].name))
			note("error 0x%x, %u %u %u instead of %u %u %u", errors[i], seen[0], seen[1], seen[2],
			     wanted[i][0], wanted[i][1], wanted[i][2]);
	}
}
