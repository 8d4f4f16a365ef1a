/* SPDX-License-Identifier: MIT */
/*
 * Buffers of a TEE, imported through EGL and sampled in a protected context: the
 * camera sees what the TEE wrote, also when it writes anew to the same buffer,
 * and the CPU sees nothing.
 *
 * Every picture is drawn with nearest sampling, each pixel of it as a large cell
 * whose centre is compared, so that a shifted plane, stride or offset shows.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <gbm.h>

#include <protex/protex.h>

#include "stage.h"
#include "tap.h"

enum { COLUMNS = 3, ROWS = 2 };

static struct protex_session *session;
static struct protex_tee *the_tee;
static GLuint external_program, plain_program;

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

/* ---- drawing ------------------------------------------------------------------------------------- */

static void cell_of(const struct picture *p, GLint cell[4])
{
	cell[2] = STAGE_WIDTH / COLUMNS;
	cell[3] = STAGE_HEIGHT / ROWS;
	cell[0] = p->cell % COLUMNS * cell[2];
	cell[1] = p->cell / COLUMNS * cell[3];
}

static void draw_picture(const struct picture *p)
{
	GLint cell[4];

	cell_of(p, cell);
	glViewport(cell[0], cell[1], cell[2], cell[3]);
	draw_program(external_program, GL_TEXTURE_EXTERNAL_OES, p->texture);
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
	glViewport(0, 0, STAGE_WIDTH, STAGE_HEIGHT);
	glClearColor(0, 0, 1, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	for (unsigned i = 0; i < count; i++)
		draw_picture(&pictures[i]);
	return stage_shoot(stage);
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
static void bad_layouts_are_refused(struct stage *stage, const struct picture *nv12)
{
	const uint32_t size = (nv12->layout.size + 4095) & ~4095u;
	struct protex_layout l;

#define REFUSED(what, ...)                                                     \
	do {                                                                   \
		l = nv12->layout;                                              \
		__VA_ARGS__;                                                   \
		ok(!stage_import(stage, &l, nv12->fd), "refused: %s", what);   \
	} while (0)

	REFUSED("an offset behind the end", l.planes[1].offset = size);
	REFUSED("a last row behind the end",
		l.planes[1].offset = size - l.planes[1].stride * (l.planes[1].height - 1) - l.width + 1);
	REFUSED("a stride that leads behind the end", l.planes[0].stride = size);
	REFUSED("a stride shorter than a row", l.planes[0].stride = l.width - 1);
	REFUSED("stride times height that wraps", l.planes[0].stride = 0x20000000);
	REFUSED("an offset that wraps", l.planes[1].offset = 0xffffff00);
	eglGetError();
}

/* The same dma-buf twice: one GEM handle underneath. */
static void shared_memory_is_counted(struct stage *stage, struct picture *nv12)
{
	EGLImageKHR second = stage_import(stage, &nv12->layout, nv12->fd);
	GLuint texture = nv12->texture;

	nv12->texture = create_texture(stage, GL_TEXTURE_EXTERNAL_OES, second);
	stage->destroy_image(stage->display, second);
	glDeleteTextures(1, &nv12->texture);
	glFinish();

	nv12->texture = texture;
	ok(second && show_pictures(stage, nv12, 1) && looks_right(nv12, &stage->screen),
	   "an image still works after another of the same dma-buf is gone");
}

static void export_is_the_original(struct stage *stage, const struct picture *p)
{
	struct stat original, exported;
	EGLint strides[4] = { 0 }, offsets[4] = { 0 };
	int fds[4] = { -1, -1, -1, -1 }, fourcc, planes = 0;
	bool passed;

	passed = stage->export_image_query(stage->display, p->image, &fourcc, &planes, NULL) &&
		 planes == 1 &&
		 stage->export_image(stage->display, p->image, fds, strides, offsets) && fds[0] >= 0 &&
		 !fstat(p->fd, &original) && !fstat(fds[0], &exported);
	ok(passed && original.st_ino == exported.st_ino &&
		   strides[0] == (EGLint)p->layout.planes[0].stride &&
		   offsets[0] == (EGLint)p->layout.planes[0].offset,
	   "%s is exported as the dma-buf that it was, with stride and offset", p->name);
	if (fds[0] >= 0)
		close(fds[0]);
}

/* An ordinary texture of one colour, to draw to and to read. */
static GLuint ordinary_texture(struct stage *stage, const uint8_t color[4])
{
	GLuint texture = create_texture(stage, GL_TEXTURE_2D, NULL);

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

	stage_make_current(stage, stage->unprotected);
	source = ordinary_texture(stage, green);
	destination = ordinary_texture(stage, red);
	framebuffer = create_framebuffer(GL_TEXTURE_2D, destination);
	glViewport(0, 0, 1, 1);

	draw_program(plain_program, GL_TEXTURE_2D, source);
	ok(reads(green), "an unprotected context draws and reads an ordinary texture");
	draw_program(external_program, GL_TEXTURE_EXTERNAL_OES, p->texture);
	ok(reads(black), "an unprotected context samples a protected texture as black");
	draw_program(plain_program, GL_TEXTURE_2D, source);
	ok(reads(green), "and goes on as before");

	while (glGetError())
		;
	glDeleteFramebuffers(1, &framebuffer);
	glDeleteTextures(2, (GLuint[]){ source, destination });
	stage_make_current(stage, stage->protected);
}

/* What the protected context does to an ordinary framebuffer. */
static void nothing_is_written_outside(struct stage *stage, const struct picture *p)
{
	GLuint texture, framebuffer, buffer, feedback;
	const uint8_t *mapped;

	texture = ordinary_texture(stage, red);
	framebuffer = create_framebuffer(GL_TEXTURE_2D, texture);
	glViewport(0, 0, 1, 1);

	ok(reads(red), "a protected context reads back an ordinary framebuffer");
	glClearColor(0, 1, 0, 1);
	glClear(GL_COLOR_BUFFER_BIT);
	draw_program(external_program, GL_TEXTURE_EXTERNAL_OES, p->texture);
	ok(reads(red), "a protected context does not draw to it");

	glBindFramebuffer(GL_READ_FRAMEBUFFER, stage->framebuffer);
	glBlitFramebuffer(0, 0, 1, 1, 0, 0, 1, 1, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glBindTexture(GL_TEXTURE_2D, texture);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, 1, 1);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer);
	ok(reads(red), "and does not copy to it what is protected");

	glGenBuffers(1, &buffer);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer);
	glBufferData(GL_PIXEL_PACK_BUFFER, 4, red, GL_STREAM_READ);
	glBindFramebuffer(GL_READ_FRAMEBUFFER, stage->framebuffer);
	glReadPixels(0, 0, 1, 1, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	mapped = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, 4, GL_MAP_READ_BIT);
	ok(mapped && !memcmp(mapped, red, 4), "nor to a pixel buffer");
	glUnmapBuffer(GL_PIXEL_PACK_BUFFER);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);

	/* The vertex shader's output is captured, or would be. */
	feedback = glCreateProgram();
	glAttachShader(feedback,
		       compile_shader(GL_VERTEX_SHADER, "#version 310 es\n"
						 "out float captured;\n"
						 "void main() {\n"
						 "  captured = 1.0;\n"
						 "  gl_Position = vec4(0.0);\n"
						 "}\n"));
	glAttachShader(feedback,
		       compile_shader(GL_FRAGMENT_SHADER, "#version 310 es\nvoid main() {}\n"));
	glTransformFeedbackVaryings(feedback, 1, (const char *[]){ "captured" },
				    GL_INTERLEAVED_ATTRIBS);
	glLinkProgram(feedback);
	glUseProgram(feedback);
	glBindBufferBase(GL_TRANSFORM_FEEDBACK_BUFFER, 0, buffer);
	glBindFramebuffer(GL_DRAW_FRAMEBUFFER, stage->framebuffer);
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
		       compile_shader(GL_COMPUTE_SHADER, "#version 310 es\n"
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
	glBindFramebuffer(GL_FRAMEBUFFER, stage->framebuffer);
	glDeleteTextures(1, &texture);
	glDeleteBuffers(1, &buffer);
}

/* What GL does with ordinary textures alone gives nothing away, and has to work. */
static void ordinary_work_goes_on(struct stage *stage)
{
	static const uint8_t four[4][4] = { { 255, 0, 0, 255 }, { 255, 0, 0, 255 },
					    { 255, 0, 0, 255 }, { 255, 0, 0, 255 } };
	GLuint texture, other, framebuffer, buffers[2];
	const uint8_t *mapped;


	texture = create_texture(stage, GL_TEXTURE_2D, NULL);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, 2, 2, 0, GL_RGBA, GL_UNSIGNED_BYTE, four);
	glGenerateMipmap(GL_TEXTURE_2D);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 1);
	ok(reads(red), "a protected context generates mipmaps of an ordinary texture");

	other = ordinary_texture(stage, green);
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
	glBindFramebuffer(GL_FRAMEBUFFER, stage->framebuffer);
	glDeleteTextures(2, (GLuint[]){ texture, other });
}

static void queries_know_nothing(const struct picture *p)
{
	GLuint query, available = 0, result = 77;

	glGenQueries(1, &query);
	glBeginQuery(GL_ANY_SAMPLES_PASSED, query);
	glEnable(GL_SCISSOR_TEST);
	glScissor(0, 0, 0, 0);
	draw_picture(p);
	glDisable(GL_SCISSOR_TEST);
	glEndQuery(GL_ANY_SAMPLES_PASSED);
	glGetQueryObjectuiv(query, GL_QUERY_RESULT_AVAILABLE, &available);
	glGetQueryObjectuiv(query, GL_QUERY_RESULT, &result);
	ok(available && result == 1, "an occlusion query in a protected context ends, whatever is seen");
	glDeleteQueries(1, &query);
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
		p->image = stage_import(stage, &p->layout, p->fd);
		if (!ok(p->image, "%s is imported", p->name))
			return;
		p->texture = create_texture(stage, GL_TEXTURE_EXTERNAL_OES, p->image);
		ok(glGetError() == GL_NO_ERROR, "%s becomes a texture", p->name);
	}

	content_is_right(stage, pictures, COUNT, "as imported");
	for (unsigned i = 0; i < COUNT; i++)
		written &= write_picture(&pictures[i], 100 * i + 50);
	ok(written, "the TEE writes anew to all of them");
	content_is_right(stage, pictures, COUNT, "as written anew, without another import");

	bad_layouts_are_refused(stage, &pictures[NV12]);
	shared_memory_is_counted(stage, &pictures[NV12]);
	export_is_the_original(stage, &pictures[XRGB]);
	unprotected_context_sees_nothing(stage, &pictures[XRGB]);
	nothing_is_written_outside(stage, &pictures[XRGB]);
	queries_know_nothing(&pictures[NV12]);
	content_is_right(stage, pictures, COUNT, "after all that");

	for (unsigned i = 0; i < COUNT; i++) {
		glDeleteTextures(1, &pictures[i].texture);
		stage->destroy_image(stage->display, pictures[i].image);
		protex_memory_close(pictures[i].memory);
		close(pictures[i].fd);
		free(pictures[i].bytes);
	}
}

/* From the TEE to the display without the GPU: each row is of one grey. */
static void scans_out_directly(struct stage *stage, struct protex_allocator *allocator)
{
	const uint32_t stride = STAGE_WIDTH * 4;
	struct picture p = { .layout.size = stride * STAGE_HEIGHT };
	struct gbm_bo *before = stage->target;
	struct gbm_import_fd_modifier_data data = {
		.width = STAGE_WIDTH,
		.height = STAGE_HEIGHT,
		.format = GBM_FORMAT_XRGB8888,
		.num_fds = 1,
		.strides = { stride },
		.modifier = DRM_FORMAT_MOD_LINEAR,
	};
	struct gbm_bo *bo = NULL;
	unsigned wrong = 0;
	bool passed;

	passed = allocate(&p, allocator);
	for (uint32_t y = 0; passed && y < STAGE_HEIGHT; y++) {
		struct protex_range row = { p.memory, y * stride, stride };

		passed = !protex_ta_fill(session, &row, noise(0, y, 9), NULL);
	}
	if (passed) {
		data.fds[0] = p.fd;
		bo = gbm_bo_import(stage->gbm, GBM_BO_IMPORT_FD_MODIFIER, &data,
				   GBM_BO_USE_SCANOUT);
	}
	if (ok(bo, "GBM imports a buffer of the TEE for scan-out")) {
		stage->target = bo;
		passed = stage_shoot(stage);
		stage->target = before;
		for (uint32_t i = 0; passed && i < STAGE_WIDTH * STAGE_HEIGHT * 3; i++)
			wrong += stage->screen.picture[i] !=
				 (uint8_t)noise(0, i / (STAGE_WIDTH * 3), 9);
		ok(passed && !wrong, "and it is on the display as the TEE wrote it (%u bytes differ)",
		   wrong);
		gbm_bo_destroy(bo);
	}
	protex_memory_close(p.memory);
	close(p.fd);
	free(p.bytes);
}

int main(void)
{
	struct protex_allocator *allocator = NULL;
	struct protex_error error;
	struct stage stage;
	const char *missing;
	bool usable;

	missing = stage_init(&stage, &usable);
	if (missing)
		return tap_skip_all(missing);
	if (!usable)
		return tap_end();

	external_program = link_program("uniform samplerExternalOES picture;",
					"vec4(texture(picture, at).rgb, 1.0)");
	plain_program = link_program("uniform sampler2D picture;", "texture(picture, at)");
	cannot_be_mapped(&stage);
	ordinary_work_goes_on(&stage);

	if (protex_allocator_create_heap(&allocator, PROTEX_USE_SECURE_VIDEO, &error) ||
	    protex_ta_open(&the_tee, &session, &error)) {
		tap_skip("imports", error.message);
	} else {
		test_imports(&stage, allocator);
		scans_out_directly(&stage, allocator);
	}

	stage_fini(&stage);
	protex_session_close(session);
	protex_tee_close(the_tee);
	protex_allocator_destroy(allocator);
	return tap_end();
}
