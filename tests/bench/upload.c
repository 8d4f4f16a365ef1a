/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>
#include <gbm.h>
#include <xf86drm.h>

#include "bench.h"
#include "container.h"
#include "egl_device.h"
#include "program.h"
#include "screen.h"
#include "upload.h"

enum { FRAMES = 10, BUFFERS = 3, PLANES = 2 };

struct uploader {
	struct container_reader *reader;
	const struct protex_layout *layout;
	struct screen *screen;
	struct gbm_surface *surface;
	struct gbm_bo *current, *pending;
	EGLDisplay display;
	EGLSurface window;
	GLuint textures[BUFFERS][PLANES];
	GLsync read[BUFFERS];
	uint8_t *frame;
	unsigned slot;
};

static const char vertex_shader[] =
	"#version 300 es\n"
	"out vec2 at;\n"
	"void main()\n"
	"{\n"
	"	vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
	"	at = corner;\n"
	"	gl_Position = vec4(corner.x * 2.0 - 1.0, 1.0 - corner.y * 2.0, 0.0, 1.0);\n"
	"}\n";

/* BT.601, limited range. */
static const char fragment_shader[] =
	"#version 300 es\n"
	"precision highp float;\n"
	"uniform sampler2D luma, chroma;\n"
	"in vec2 at;\n"
	"out vec4 color;\n"
	"void main()\n"
	"{\n"
	"	vec3 yuv = vec3(texture(luma, at).r - 0.0627, texture(chroma, at).rg - 0.5020);\n"
	"	color = vec4(yuv.x * 1.1644 + yuv.z * 1.5960,\n"
	"		     yuv.x * 1.1644 - yuv.y * 0.3918 - yuv.z * 0.8130,\n"
	"		     yuv.x * 1.1644 + yuv.y * 2.0172, 1.0);\n"
	"}\n";

static bool build(struct uploader *u)
{
	GLuint program = program_use(vertex_shader, fragment_shader);

	if (!program)
		return false;
	glUniform1i(glGetUniformLocation(program, "luma"), 0);
	glUniform1i(glGetUniformLocation(program, "chroma"), 1);

	glGenTextures(BUFFERS * PLANES, &u->textures[0][0]);
	for (unsigned i = 0; i < BUFFERS * PLANES; i++) {
		const struct protex_plane *plane = &u->layout->planes[i % PLANES];

		glBindTexture(GL_TEXTURE_2D, u->textures[i / PLANES][i % PLANES]);
		glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
		glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
		glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
		glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
		glTexStorage2D(GL_TEXTURE_2D, 1, i % PLANES ? GL_RG8 : GL_R8,
			       (GLsizei)plane->width, (GLsizei)plane->height);
	}
	glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
	return glGetError() == GL_NO_ERROR;
}

static void upload_planes(struct uploader *u, unsigned slot)
{
	static const GLenum formats[PLANES] = {GL_RED, GL_RG};

	for (unsigned i = 0; i < PLANES; i++) {
		const struct protex_plane *plane = &u->layout->planes[i];

		glActiveTexture(GL_TEXTURE0 + i);
		glBindTexture(GL_TEXTURE_2D, u->textures[slot][i]);
		glPixelStorei(GL_UNPACK_ROW_LENGTH,
			      (GLint)(plane->stride / plane->bytes_per_sample));
		glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, (GLsizei)plane->width,
				(GLsizei)plane->height, formats[i], GL_UNSIGNED_BYTE,
				u->frame + plane->offset);
	}
}

static int wait_for_flip(struct uploader *u, struct protex_error *error)
{
	int ret = 0;

	while (ret == 0 && screen_is_flipping(u->screen)) {
		struct pollfd fd = {.fd = screen_fd(u->screen), .events = POLLIN};

		poll(&fd, 1, -1);
		if (fd.revents)
			ret = screen_read_events(u->screen, error);
	}
	if (u->pending) {
		if (u->current)
			gbm_surface_release_buffer(u->surface, u->current);
		u->current = u->pending;
		u->pending = NULL;
	}
	return ret;
}

static int show_frame(struct uploader *u, struct protex_error *error)
{
	struct gbm_bo *drawn;
	int ret;

	u->slot = (u->slot + 1) % BUFFERS;
	if (u->read[u->slot]) {
		glClientWaitSync(u->read[u->slot], GL_SYNC_FLUSH_COMMANDS_BIT, 10000000000u);
		glDeleteSync(u->read[u->slot]);
	}
	upload_planes(u, u->slot);
	glViewport(0, 0, (GLsizei)screen_width(u->screen), (GLsizei)screen_height(u->screen));
	glClear(GL_COLOR_BUFFER_BIT);
	glViewport((GLint)(screen_width(u->screen) - u->layout->width) / 2,
		   (GLint)(screen_height(u->screen) - u->layout->height) / 2,
		   (GLsizei)u->layout->width, (GLsizei)u->layout->height);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
	u->read[u->slot] = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
	if (!eglSwapBuffers(u->display, u->window))
		return -EIO;
	drawn = gbm_surface_lock_front_buffer(u->surface);
	ret = drawn ? wait_for_flip(u, error) : -EIO;
	if (ret == 0)
		ret = screen_show(u->screen, drawn, error);
	if (ret == 0)
		u->pending = drawn;
	return ret;
}

static double run(void *state)
{
	struct uploader *u = state;
	struct protex_error error = {.message = "no buffer to draw into"};
	uint64_t begin;
	int ret = 0;

	if (drmSetMaster(screen_fd(u->screen)) < 0)
		return -bench_fail("the display is not to be had");
	begin = bench_now();
	for (unsigned i = 0; i < FRAMES && ret == 0; i++)
		ret = show_frame(u, &error);
	if (ret == 0)
		ret = wait_for_flip(u, &error);
	begin = bench_now() - begin;
	drmDropMaster(screen_fd(u->screen));
	if (ret < 0)
		return -bench_fail("%s", error.message);
	return (double)begin / FRAMES;
}

/* Its objects go with the process. */
static void close_uploader(void *state)
{
	struct uploader *u = state;

	eglTerminate(u->display);
	if (u->surface)
		gbm_surface_destroy(u->surface);
	screen_close(u->screen);
	container_reader_close(u->reader);
	free(u->frame);
	free(u);
}

static int prepare(struct uploader *u, const char *clip, struct protex_error *error)
{
	struct container_frame frame;
	EGLContext context;
	EGLConfig config;
	int ret = container_reader_open(&u->reader, clip, error);

	if (ret < 0)
		return ret;
	u->layout = &container_reader_header(u->reader)->layout;
	u->frame = malloc(u->layout->size);
	/* What is encrypted is a picture, too. */
	ret = u->frame ? container_reader_next(u->reader, &frame, u->frame, error) : -ENOMEM;
	if (ret >= 0)
		ret = screen_open(&u->screen, NULL, NULL, error);
	if (ret >= 0)
		ret = egl_open_display(&u->display, EGL_PLATFORM_GBM_KHR, screen_device(u->screen),
				       error);
	if (ret >= 0)
		ret = egl_create_context(u->display, false, &config, &context, error);
	if (ret < 0)
		return ret;
	u->surface = gbm_surface_create(screen_device(u->screen), screen_width(u->screen),
					screen_height(u->screen), GBM_FORMAT_XRGB8888,
					GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING);
	u->window = u->surface ? eglCreateWindowSurface(u->display, config,
							(EGLNativeWindowType)u->surface, NULL)
			       : EGL_NO_SURFACE;
	if (u->window == EGL_NO_SURFACE ||
	    !eglMakeCurrent(u->display, u->window, u->window, context) || !build(u))
		return -EIO;
	drmDropMaster(screen_fd(u->screen));
	return 0;
}

static void *open_uploader(const void *clip)
{
	struct uploader *u = calloc(1, sizeof(*u));
	struct protex_error error = {.message = "OpenGL ES does not do it"};

	if (!u)
		return NULL;
	if (prepare(u, clip, &error) >= 0)
		return u;
	bench_fail("%s", error.message);
	close_uploader(u);
	return NULL;
}

const struct worker_job upload_job = {open_uploader, run, close_uploader};
