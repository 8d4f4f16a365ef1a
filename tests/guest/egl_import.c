/* SPDX-License-Identifier: MIT */
/*
 * Buffers of a TEE, imported through EGL and sampled in a protected context: the
 * camera sees what the TEE wrote, also when it writes anew to the same buffer,
 * and the CPU sees nothing.
 *
 * Every picture is drawn with nearest sampling, each pixel of it as a large cell
 * whose centre is compared, so that a shifted plane, stride or offset shows.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl31.h>
#include <GLES2/gl2ext.h>
#include <drm_fourcc.h>
#include <gbm.h>

#include <protex/protex.h>

#include "screen.h"
#include "tap.h"

#ifndef GBM_BO_USE_PROTECTED
#define GBM_BO_USE_PROTECTED (1 << 5)
#endif

enum { WIDTH = 640, HEIGHT = 360, COLUMNS = 3, ROWS = 2 };

static PFNEGLCREATEIMAGEKHRPROC create_image;
static PFNEGLDESTROYIMAGEKHRPROC destroy_image;
static PFNEGLEXPORTDMABUFIMAGEMESAPROC export_image;
static PFNEGLEXPORTDMABUFIMAGEQUERYMESAPROC export_image_query;
static PFNGLEGLIMAGETARGETTEXTURE2DOESPROC image_target_texture;

static EGLDisplay display;
static struct protex_session *session;
static struct protex_tee *the_tee;

/* ---- what the kernel refused -------------------------------------------------------------------- */

/* Mesa says on standard error when the kernel refused a submission. */
static int real_stderr, caught_stderr;

static bool catch_stderr(void)
{
	real_stderr = dup(STDERR_FILENO);
	caught_stderr = memfd_create("stderr", MFD_CLOEXEC);
	return real_stderr >= 0 && caught_stderr >= 0 && dup2(caught_stderr, STDERR_FILENO) >= 0;
}

static unsigned count_refusals(void)
{
	static const char needle[] = "got error from kernel";
	unsigned count = 0;
	char line[512];
	FILE *file;

	fflush(stderr);
	dup2(real_stderr, STDERR_FILENO);
	file = fdopen(caught_stderr, "r");
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

/* ---- pictures ------------------------------------------------------------------------------------ */

struct picture {
	const char *name;
	struct protex_layout layout;
	int fd;
	struct protex_memory *memory;
	uint8_t *bytes; /* what the TEE was told to write */
	EGLImageKHR image;
	GLuint texture;
	unsigned cell; /* where it is drawn */
};

static uint32_t noise(uint32_t x, uint32_t y, uint32_t seed)
{
	uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ seed * 0xc2b2ae3du;

	h ^= h >> 15;
	h *= 0x2c1b3c6du;
	return h ^ h >> 12;
}

/* Noise as content, other noise as padding. */
static void draw_noise(struct picture *p, uint32_t seed)
{
	for (uint64_t i = 0; i < p->layout.size; i++)
		p->bytes[i] = noise(i, 77, seed);

	for (unsigned n = 0; n < p->layout.plane_count; n++) {
		const struct protex_plane *plane = &p->layout.planes[n];

		for (uint32_t y = 0; y < plane->height; y++) {
			uint8_t *row = p->bytes + plane->offset + y * plane->stride;

			for (uint32_t x = 0; x < plane->row_size; x++)
				row[x] = noise(x, y, seed + n);
			/* The low 6 bits of P010 are zero. */
			for (uint32_t x = 0; x < plane->row_size; x += 2) {
				if (p->layout.fourcc == PROTEX_FORMAT_P010)
					row[x] &= 0xc0;
			}
		}
	}
}

/* The TA fills ranges; that is enough to write anything. */
static bool write_picture(struct picture *p, uint32_t seed)
{
	struct protex_error error;

	draw_noise(p, seed);
	for (uint64_t start = 0, end; start < p->layout.size; start = end) {
		struct protex_range range = { .memory = p->memory, .offset = start };

		for (end = start + 1; end < p->layout.size && p->bytes[end] == p->bytes[start];)
			end++;
		range.size = end - start;
		if (protex_ta_fill(session, &range, p->bytes[start], &error)) {
			note("%s", error.message);
			return false;
		}
	}
	return true;
}

static uint8_t to_byte(double v)
{
	return v <= 0 ? 0 : v >= 1 ? 255 : (uint8_t)lrint(v * 255);
}

/* BT.601, limited range. */
static void yuv_to_rgb(double y, double u, double v, uint8_t rgb[3])
{
	y = (y * 255 - 16) / 219;
	u = (u * 255 - 128) / 224;
	v = (v * 255 - 128) / 224;
	rgb[0] = to_byte(y + 1.402 * v);
	rgb[1] = to_byte(y - 0.344136 * u - 0.714136 * v);
	rgb[2] = to_byte(y + 1.772 * u);
}

static void reference_pixel(const struct picture *p, uint32_t x, uint32_t y, uint8_t rgb[3])
{
	const struct protex_plane *planes = p->layout.planes;
	const uint8_t *a = p->bytes + planes[0].offset + y * planes[0].stride;
	const uint8_t *b = p->bytes + planes[1].offset + y / 2 * planes[1].stride;
	unsigned v;

	switch (p->layout.fourcc) {
	case PROTEX_FORMAT_NV12:
		b += x / 2 * 2;
		yuv_to_rgb(a[x] / 255.0, b[0] / 255.0, b[1] / 255.0, rgb);
		break;
	case PROTEX_FORMAT_P010:
		/* 10 bits, and 8-bit levels times 4 */
		a += x * 2;
		b += x / 2 * 4;
#define TEN(c) (((c)[0] >> 6 | (c)[1] << 2) / 4.0 / 255.0)
		yuv_to_rgb(TEN(a), TEN(b), TEN(b + 2), rgb);
		break;
	case PROTEX_FORMAT_RGB565:
		v = a[x * 2] | a[x * 2 + 1] << 8;
		rgb[0] = to_byte((v >> 11) / 31.0);
		rgb[1] = to_byte((v >> 5 & 63) / 63.0);
		rgb[2] = to_byte((v & 31) / 31.0);
		break;
	default:
		rgb[0] = a[x * 4 + 2];
		rgb[1] = a[x * 4 + 1];
		rgb[2] = a[x * 4];
	}
}

static bool allocate(struct picture *p, struct protex_allocator *allocator)
{
	struct protex_error error;

	p->fd = protex_allocator_alloc(allocator, p->layout.size, &error);
	if (p->fd < 0 || protex_memory_import(&p->memory, the_tee, p->fd, &error)) {
		note("%s", error.message);
		return false;
	}
	p->bytes = malloc(p->layout.size);
	return p->bytes;
}

static EGLImageKHR import(const struct protex_layout *layout, int fd)
{
	static const EGLint names[2][5] = {
		{ EGL_DMA_BUF_PLANE0_FD_EXT, EGL_DMA_BUF_PLANE0_OFFSET_EXT,
		  EGL_DMA_BUF_PLANE0_PITCH_EXT, EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT,
		  EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT },
		{ EGL_DMA_BUF_PLANE1_FD_EXT, EGL_DMA_BUF_PLANE1_OFFSET_EXT,
		  EGL_DMA_BUF_PLANE1_PITCH_EXT, EGL_DMA_BUF_PLANE1_MODIFIER_LO_EXT,
		  EGL_DMA_BUF_PLANE1_MODIFIER_HI_EXT },
	};
	EGLint list[64] = {
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
	return create_image(display, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT, NULL, list);
}

/* ---- drawing ------------------------------------------------------------------------------------- */

static GLuint compile(GLenum type, const char *source)
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

/* Draws a texture over the whole viewport. */
static GLuint link_program(const char *sampler)
{
	static const char vertex[] =
		"#version 310 es\n"
		"out vec2 at;\n"
		"void main() {\n"
		"  at = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
		"  gl_Position = vec4(at * 2.0 - 1.0, 0.0, 1.0);\n"
		"}\n";
	char fragment[512];
	GLuint program = glCreateProgram();

	snprintf(fragment, sizeof(fragment),
		 "#version 310 es\n"
		 "#extension GL_OES_EGL_image_external_essl3 : require\n"
		 "precision highp float;\n"
		 "uniform %s picture;\n"
		 "in vec2 at;\n"
		 "out vec4 color;\n"
		 "void main() { color = vec4(texture(picture, at).rgb, 1.0); }\n",
		 sampler);
	glAttachShader(program, compile(GL_VERTEX_SHADER, vertex));
	glAttachShader(program, compile(GL_FRAGMENT_SHADER, fragment));
	glLinkProgram(program);
	return program;
}

static GLuint texture_of(GLenum target, EGLImageKHR image)
{
	GLuint texture;

	glGenTextures(1, &texture);
	glBindTexture(target, texture);
	glTexParameteri(target, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(target, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glTexParameteri(target, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glTexParameteri(target, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	if (image)
		image_target_texture(target, image);
	return texture;
}

static GLuint framebuffer_of(GLenum target, GLuint texture)
{
	GLuint framebuffer;

	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, target, texture, 0);
	return framebuffer;
}

static void draw(GLuint program, GLenum target, GLuint texture)
{
	glUseProgram(program);
	glBindTexture(target, texture);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
}

static void cell_of(const struct picture *p, GLint cell[4])
{
	cell[2] = WIDTH / COLUMNS;
	cell[3] = HEIGHT / ROWS;
	cell[0] = p->cell % COLUMNS * cell[2];
	cell[1] = p->cell / COLUMNS * cell[3];
}

static void draw_picture(const struct picture *p, GLuint program)
{
	GLint cell[4];

	cell_of(p, cell);
	glViewport(cell[0], cell[1], cell[2], cell[3]);
	draw(program, GL_TEXTURE_EXTERNAL_OES, p->texture);
}

/* Compares the camera's picture with the reference, at the centre of each pixel. */
static bool looks_right(const struct picture *p, const struct screen *screen)
{
	unsigned wrong = 0, worst = 0;
	GLint cell[4];

	cell_of(p, cell);
	for (uint32_t y = 0; y < p->layout.height; y++) {
		for (uint32_t x = 0; x < p->layout.width; x++) {
			uint32_t sx = cell[0] + (2 * x + 1) * cell[2] / (2 * p->layout.width);
			uint32_t sy = cell[1] + (2 * y + 1) * cell[3] / (2 * p->layout.height);
			const uint8_t *seen = screen->picture + (sy * screen->width + sx) * 3;
			uint8_t wanted[3];
			unsigned worst_here = 0;

			reference_pixel(p, x, y, wanted);
			for (unsigned i = 0; i < 3; i++) {
				unsigned difference = abs(seen[i] - wanted[i]);

				if (difference > worst_here)
					worst_here = difference;
			}
			if (worst_here > 2 && !wrong++)
				note("%s: at %u,%u %u %u %u instead of %u %u %u", p->name, x, y,
				     seen[0], seen[1], seen[2], wanted[0], wanted[1], wanted[2]);
			if (worst_here > worst)
				worst = worst_here;
		}
	}
	note("%s: %u of %u pixels are wrong, the worst by %u", p->name, wrong,
	     p->layout.width * p->layout.height, worst);
	return !wrong;
}

/* ---- tests --------------------------------------------------------------------------------------- */

struct stage {
	struct gbm_device *gbm;
	struct gbm_bo *target; /* GPU-allocated, protected, scanned out */
	GLuint target_texture;
	EGLContext protected, unprotected; /* of one share group */
	GLuint program, plain_program;
	struct screen screen;
};

static bool make_current(EGLContext context)
{
	return eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context);
}

static bool create_contexts(struct stage *stage)
{
	static const EGLint protected[] = { EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION,
					    1, EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE };
	static const EGLint unprotected[] = { EGL_CONTEXT_MAJOR_VERSION, 3,
					      EGL_CONTEXT_MINOR_VERSION, 1, EGL_NONE };
	EGLint value = EGL_FALSE;

	stage->protected =
		eglCreateContext(display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, protected);
	stage->unprotected =
		eglCreateContext(display, EGL_NO_CONFIG_KHR, stage->protected, unprotected);
	eglQueryContext(display, stage->protected, EGL_PROTECTED_CONTENT_EXT, &value);
	return ok(stage->protected && stage->unprotected && value == EGL_TRUE &&
			  make_current(stage->unprotected) && make_current(stage->protected),
		  "a protected and an unprotected context share objects");
}

/* Also an import of what the GPU itself allocated. */
static bool create_target(struct stage *stage)
{
	struct protex_layout layout = {
		.width = WIDTH, .height = HEIGHT, .fourcc = DRM_FORMAT_XRGB8888, .plane_count = 1,
	};
	EGLImageKHR image;
	bool passed;
	int fd;

	stage->target = gbm_bo_create(stage->gbm, WIDTH, HEIGHT, GBM_FORMAT_XRGB8888,
				      GBM_BO_USE_RENDERING | GBM_BO_USE_SCANOUT |
					      GBM_BO_USE_PROTECTED);
	if (!ok(stage->target, "GBM allocates a protected buffer"))
		return false;

	layout.planes[0].stride = gbm_bo_get_stride(stage->target);
	fd = gbm_bo_get_fd(stage->target);
	image = fd >= 0 ? import(&layout, fd) : NULL;
	ok(fd >= 0 && mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED,
	   "its dma-buf cannot be mapped (%s)", strerror(errno));
	if (fd >= 0)
		close(fd);
	if (!ok(image, "its dma-buf is imported as protected"))
		return false;

	stage->target_texture = texture_of(GL_TEXTURE_2D, image);
	framebuffer_of(GL_TEXTURE_2D, stage->target_texture);
	passed = glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
	destroy_image(display, image);
	return ok(passed && glGetError() == GL_NO_ERROR, "and can be drawn to");
}

static void cannot_be_mapped(struct stage *stage)
{
	uint32_t stride;
	void *data = NULL;

	ok(!gbm_bo_map(stage->target, 0, 0, 1, 1, GBM_BO_TRANSFER_READ, &stride, &data) &&
		   !gbm_bo_map(stage->target, 0, 0, 1, 1, GBM_BO_TRANSFER_WRITE, &stride, &data),
	   "gbm_bo_map of the protected buffer fails, to read and to write");
}

static bool show_pictures(struct stage *stage, struct picture *pictures, unsigned count)
{
	GLenum error;

	glViewport(0, 0, WIDTH, HEIGHT);
	glClearColor(0, 0, 1, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	for (unsigned i = 0; i < count; i++) {
		if (pictures[i].texture)
			draw_picture(&pictures[i], stage->program);
	}
	glFinish();
	error = glGetError();
	if (error)
		note("GL error 0x%x", error);
	return !screen_shoot(&stage->screen, stage->target) && !error;
}

static void content_is_right(struct stage *stage, struct picture *pictures, unsigned count,
			     const char *when)
{
	bool shot = show_pictures(stage, pictures, count);

	for (unsigned i = 0; i < count; i++)
		ok(shot && looks_right(&pictures[i], &stage->screen), "%s is right %s",
		   pictures[i].name, when);
}

/* A layout that ends beyond the buffer, or wraps, gets no image. */
static void bad_layouts_are_refused(const struct picture *nv12)
{
	const uint32_t size = (nv12->layout.size + 4095) & ~4095u;
	struct protex_layout l;

#define REFUSED(what, ...)                                             \
	do {                                                           \
		l = nv12->layout;                                      \
		__VA_ARGS__;                                           \
		ok(!import(&l, nv12->fd), "refused: %s", what);        \
	} while (0)

	REFUSED("an offset behind the end", l.planes[1].offset = size);
	REFUSED("a last row behind the end",
		l.planes[1].offset = size - l.planes[1].stride * l.planes[1].height + 1);
	REFUSED("a stride that leads behind the end", l.planes[0].stride = size);
	REFUSED("a stride shorter than a row", l.planes[0].stride = l.width - 1);
	REFUSED("stride times height that wraps", l.planes[0].stride = 0x20000000);
	REFUSED("an offset that wraps", l.planes[1].offset = 0xffffff00);
	eglGetError();
}

/* The same dma-buf twice: one GEM handle underneath. */
static void shared_memory_is_counted(struct stage *stage, struct picture *nv12)
{
	EGLImageKHR second = import(&nv12->layout, nv12->fd);
	GLuint texture = nv12->texture;

	nv12->texture = texture_of(GL_TEXTURE_EXTERNAL_OES, second);
	destroy_image(display, second);
	glDeleteTextures(1, &nv12->texture);
	glFinish();

	nv12->texture = texture;
	ok(second && show_pictures(stage, nv12, 1) && looks_right(nv12, &stage->screen),
	   "an image still works after another of the same dma-buf is gone");
}

static void export_is_the_original(const struct picture *p)
{
	struct stat original, exported;
	EGLint strides[4] = { 0 }, offsets[4] = { 0 };
	int fds[4] = { -1, -1, -1, -1 }, fourcc, planes = 0;
	bool passed;

	passed = export_image_query(display, p->image, &fourcc, &planes, NULL) && planes == 1 &&
		 export_image(display, p->image, fds, strides, offsets) && fds[0] >= 0 &&
		 !fstat(p->fd, &original) && !fstat(fds[0], &exported);
	ok(passed && original.st_ino == exported.st_ino &&
		   strides[0] == (EGLint)p->layout.planes[0].stride &&
		   offsets[0] == (EGLint)p->layout.planes[0].offset,
	   "%s is exported as the dma-buf that it was, with stride and offset", p->name);
	if (fds[0] >= 0)
		close(fds[0]);
}

/* An ordinary texture of one colour, to draw to and to read. */
static GLuint ordinary_texture(const uint8_t color[4])
{
	GLuint texture = texture_of(GL_TEXTURE_2D, 0);

	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, 1, 1, 0, GL_RGBA, GL_UNSIGNED_BYTE, color);
	return texture;
}

static const uint8_t red[4] = { 255, 0, 0, 255 }, green[4] = { 0, 255, 0, 255 },
		     black[4] = { 0, 0, 0, 255 };

static bool reads(const uint8_t color[4])
{
	uint8_t got[4] = { 1, 2, 3, 4 };

	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, got);
	if (memcmp(got, color, 4))
		note("read %u %u %u %u, not %u %u %u %u", got[0], got[1], got[2], got[3], color[0],
		     color[1], color[2], color[3]);
	return !memcmp(got, color, 4);
}

static void unprotected_context_sees_nothing(struct stage *stage, const struct picture *p)
{
	GLuint source, destination, framebuffer;

	make_current(stage->unprotected);
	source = ordinary_texture(green);
	destination = ordinary_texture(red);
	framebuffer = framebuffer_of(GL_TEXTURE_2D, destination);
	glViewport(0, 0, 1, 1);

	draw(stage->plain_program, GL_TEXTURE_2D, source);
	ok(reads(green), "an unprotected context draws and reads an ordinary texture");
	draw(stage->program, GL_TEXTURE_EXTERNAL_OES, p->texture);
	ok(reads(black), "an unprotected context samples a protected texture as black");
	draw(stage->plain_program, GL_TEXTURE_2D, source);
	ok(reads(green), "and goes on as before");

	while (glGetError())
		;
	glDeleteFramebuffers(1, &framebuffer);
	glDeleteTextures(2, (GLuint[]){ source, destination });
	make_current(stage->protected);
}

/* What the protected context does to an ordinary framebuffer. */
static void nothing_is_written_outside(struct stage *stage, const struct picture *p)
{
	GLuint target_framebuffer, texture, framebuffer, buffer, feedback;
	const uint8_t *mapped;

	glGetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, (GLint *)&target_framebuffer);
	texture = ordinary_texture(red);
	framebuffer = framebuffer_of(GL_TEXTURE_2D, texture);
	glViewport(0, 0, 1, 1);

	ok(reads(red), "a protected context reads back an ordinary framebuffer");
	glClearColor(0, 1, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	draw(stage->program, GL_TEXTURE_EXTERNAL_OES, p->texture);
	ok(reads(red), "a protected context does not draw to it");

	glBindFramebuffer(GL_READ_FRAMEBUFFER, target_framebuffer);
	glBlitFramebuffer(0, 0, 1, 1, 0, 0, 1, 1, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glBindTexture(GL_TEXTURE_2D, texture);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, 1, 1);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer);
	ok(reads(red), "and does not copy to it what is protected");

	glGenBuffers(1, &buffer);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer);
	glBufferData(GL_PIXEL_PACK_BUFFER, 4, red, GL_STREAM_READ);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, target_framebuffer);
	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	mapped = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, 4, GL_MAP_READ_BIT);
	ok(mapped && !memcmp(mapped, red, 4), "nor to a pixel buffer");
	glUnmapBuffer(GL_PIXEL_PACK_BUFFER);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);

	/* The vertex shader's output is captured, or would be. */
	feedback = glCreateProgram();
	glAttachShader(feedback,
		       compile(GL_VERTEX_SHADER, "#version 310 es\n"
						 "out float captured;\n"
						 "void main() {\n"
						 "  captured = 1.0;\n"
						 "  gl_Position = vec4(0.0);\n"
						 "}\n"));
	glAttachShader(feedback,
		       compile(GL_FRAGMENT_SHADER, "#version 310 es\nvoid main() {}\n"));
	glTransformFeedbackVaryings(feedback, 1, (const char *[]){ "captured" },
				    GL_INTERLEAVED_ATTRIBS);
	glLinkProgram(feedback);
	glUseProgram(feedback);
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, buffer);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, target_framebuffer);
	glBeginTransformFeedback(GL_POINTS);
	glDrawArrays(GL_POINTS, 0, 1);
	glEndTransformFeedback();
	mapped = glMapBufferRange(GL_TRANSFORM_FEEDBACK_BUFFER, 0, 4, GL_MAP_READ_BIT);
	ok(mapped && !memcmp(mapped, red, 4), "nor by transform feedback");
	glUnmapBuffer(GL_TRANSFORM_FEEDBACK_BUFFER);
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, 0);

	/* The same for a storage buffer. */
	feedback = glCreateProgram();
	glAttachShader(feedback,
		       compile(GL_COMPUTE_SHADER, "#version 310 es\n"
						  "layout(local_size_x = 1) in;\n"
						  "layout(binding = 0) buffer b { float stored; };\n"
						  "void main() { stored = 1.0; }\n"));
	glLinkProgram(feedback);
	glUseProgram(feedback);
	glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, buffer);
	glDispatchCompute(1, 1, 1);
	glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT);
	mapped = glMapBufferRange(GL_SHADER_STORAGE_BUFFER, 0, 4, GL_MAP_READ_BIT);
	ok(mapped && !memcmp(mapped, red, 4), "nor to a storage buffer");
	glUnmapBuffer(GL_SHADER_STORAGE_BUFFER);

	while (glGetError())
		;
	glDeleteFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, target_framebuffer);
	glDeleteTextures(1, &texture);
	glDeleteBuffers(1, &buffer);
}

/* What GL does with ordinary textures alone gives nothing away, and has to work. */
static void ordinary_work_goes_on(struct stage *stage)
{
	static const uint8_t four[4][4] = { { 255, 0, 0, 255 }, { 255, 0, 0, 255 },
					    { 255, 0, 0, 255 }, { 255, 0, 0, 255 } };
	GLuint target_framebuffer, texture, other, framebuffer, buffers[2];
	const uint8_t *mapped;

	(void)stage;
	glGetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, (GLint *)&target_framebuffer);

	texture = texture_of(GL_TEXTURE_2D, 0);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, 2, 2, 0, GL_RGBA, GL_UNSIGNED_BYTE, four);
	glGenerateMipmap(GL_TEXTURE_2D);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 1);
	ok(reads(red), "a protected context generates mipmaps of an ordinary texture");

	other = ordinary_texture(green);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, 1, 1);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, other, 0);
	ok(reads(red), "and copies one to another");

	glGenBuffers(2, buffers);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, buffers[0]);
	glBufferData(GL_PIXEL_UNPACK_BUFFER, 4, green, GL_STREAM_DRAW);
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	ok(reads(green), "and uploads to one from a pixel buffer");

	glBindBuffer(GL_COPY_WRITE_BUFFER, buffers[1]);
	glBufferData(GL_COPY_WRITE_BUFFER, 4, red, GL_STREAM_READ);
	glCopyBufferSubData(GL_PIXEL_UNPACK_BUFFER, GL_COPY_WRITE_BUFFER, 0, 0, 4);
	mapped = glMapBufferRange(GL_COPY_WRITE_BUFFER, 0, 4, GL_MAP_READ_BIT);
	ok(mapped && !memcmp(mapped, green, 4), "and copies one buffer to another");
	glUnmapBuffer(GL_COPY_WRITE_BUFFER);
	glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);

	ok(glGetError() == GL_NO_ERROR, "without an error");
	glDeleteBuffers(2, buffers);
	glDeleteFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, target_framebuffer);
	glDeleteTextures(2, (GLuint[]){ texture, other });
}

static void queries_have_no_result(struct stage *stage, const struct picture *p)
{
	GLuint query, available = 0, result = 77;

	glGenQueries(1, &query);
	glBeginQuery(GL_ANY_SAMPLES_PASSED, query);
	draw_picture(p, stage->program);
	glEndQuery(GL_ANY_SAMPLES_PASSED);
	glGetQueryObjectuiv(query, GL_QUERY_RESULT_AVAILABLE, &available);
	glGetQueryObjectuiv(query, GL_QUERY_RESULT, &result);
	ok(available && !result, "an occlusion query in a protected context ends, with no result");
	glDeleteQueries(1, &query);
}

/* ---- main ---------------------------------------------------------------------------------------- */

static bool has_extension(const char *name)
{
	const char *all = eglQueryString(display, EGL_EXTENSIONS);

	return all && strstr(all, name);
}

/* Padding in every row, and planes that do not begin where one would guess. */
static void set_layout(struct picture *p, uint32_t fourcc)
{
	struct protex_layout *l = &p->layout;

	protex_layout_init(l, 16, 8, fourcc, DRM_FORMAT_MOD_LINEAR, 64, NULL);
	for (unsigned i = 0; i < l->plane_count; i++) {
		l->planes[i].stride += 64;
		l->planes[i].offset = i ? l->planes[i - 1].offset +
						  l->planes[i - 1].stride * l->planes[i - 1].height + 192
					: 128;
		l->size = l->planes[i].offset + l->planes[i].stride * l->planes[i].height;
	}
}

static void test_imports(struct stage *stage, struct protex_allocator *allocator)
{
	static const uint32_t formats[] = { PROTEX_FORMAT_NV12, PROTEX_FORMAT_P010,
					    PROTEX_FORMAT_XRGB8888, PROTEX_FORMAT_ARGB8888,
					    PROTEX_FORMAT_RGB565 };
	enum { COUNT = 5, NV12 = 0, XRGB = 2 };
	struct picture pictures[COUNT] = { 0 };
	bool written = true;

	for (unsigned i = 0; i < COUNT; i++) {
		struct picture *p = &pictures[i];

		p->name = protex_format_name(formats[i]);
		p->cell = i;
		set_layout(p, formats[i]);
		if (!ok(allocate(p, allocator) && write_picture(p, 100 * i),
			"the TEE has a buffer for %s and writes to it", p->name))
			return;
		p->image = import(&p->layout, p->fd);
		if (!ok(p->image, "%s is imported", p->name))
			return;
		p->texture = texture_of(GL_TEXTURE_EXTERNAL_OES, p->image);
		ok(glGetError() == GL_NO_ERROR, "%s becomes a texture", p->name);
	}

	content_is_right(stage, pictures, COUNT, "as imported");
	for (unsigned i = 0; i < COUNT; i++)
		written &= write_picture(&pictures[i], 100 * i + 50);
	ok(written, "the TEE writes anew to all of them");
	content_is_right(stage, pictures, COUNT, "as written anew, without another import");

	bad_layouts_are_refused(&pictures[NV12]);
	shared_memory_is_counted(stage, &pictures[NV12]);
	export_is_the_original(&pictures[XRGB]);
	unprotected_context_sees_nothing(stage, &pictures[XRGB]);
	nothing_is_written_outside(stage, &pictures[XRGB]);
	queries_have_no_result(stage, &pictures[NV12]);
	content_is_right(stage, pictures, COUNT, "after all that");

	for (unsigned i = 0; i < COUNT; i++) {
		glDeleteTextures(1, &pictures[i].texture);
		destroy_image(display, pictures[i].image);
		protex_memory_close(pictures[i].memory);
		close(pictures[i].fd);
		free(pictures[i].bytes);
	}
}

int main(void)
{
	struct protex_allocator *allocator = NULL;
	struct stage stage = { 0 };
	struct protex_error error;
	int card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);

	if (card < 0)
		return tap_skip_all("no /dev/dri/card0");
	if (!catch_stderr())
		return 1;
	stage.gbm = gbm_create_device(card);
	display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, stage.gbm, NULL);
	if (!eglInitialize(display, NULL, NULL) || !eglBindAPI(EGL_OPENGL_ES_API))
		return tap_skip_all("no EGL");
	if (!has_extension("EGL_EXT_protected_content"))
		return tap_skip_all("no EGL_EXT_protected_content");

	create_image = (void *)eglGetProcAddress("eglCreateImageKHR");
	destroy_image = (void *)eglGetProcAddress("eglDestroyImageKHR");
	export_image = (void *)eglGetProcAddress("eglExportDMABUFImageMESA");
	export_image_query = (void *)eglGetProcAddress("eglExportDMABUFImageQueryMESA");
	image_target_texture = (void *)eglGetProcAddress("glEGLImageTargetTexture2DOES");

	if (!ok(!screen_init(&stage.screen, card, WIDTH, HEIGHT), "there is a display") ||
	    !create_contexts(&stage) || !create_target(&stage))
		return tap_end();
	cannot_be_mapped(&stage);
	stage.program = link_program("samplerExternalOES");
	stage.plain_program = link_program("sampler2D");
	ordinary_work_goes_on(&stage);

	if (protex_allocator_create_heap(&allocator, PROTEX_USE_SECURE_VIDEO, &error) ||
	    protex_ta_open(&the_tee, &session, &error))
		tap_skip("imports", error.message);
	else
		test_imports(&stage, allocator);

	make_current(EGL_NO_CONTEXT);
	eglDestroyContext(display, stage.protected);
	eglDestroyContext(display, stage.unprotected);
	eglTerminate(display);
	ok(count_refusals() == 0, "the kernel refused no submission of all this");

	screen_fini(&stage.screen);
	gbm_bo_destroy(stage.target);
	gbm_device_destroy(stage.gbm);
	protex_session_close(session);
	protex_tee_close(the_tee);
	protex_allocator_destroy(allocator);
	return tap_end();
}
