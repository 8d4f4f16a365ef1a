/* SPDX-License-Identifier: MIT */
/*
 * Many streams at once, each decrypted into memory of its own and drawn by a protected context:
 *
 *	bench-streams CLIP
 *
 * streams-N: what a frame of a stream takes in a program that has N, beside as many frames of one stream. processes-N:
 * likewise, where each stream is another process's. memory-pool: what a stream has of protected memory,
 * beside what its frames are.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench.h"
#include "container.h"
#include "content.h"
#include "contexts.h"
#include "program.h"
#include "worker.h"

enum { MOST = 64, MOST_PROCESSES = 16 };

struct stream {
	struct content *content;
	GLuint textures[CONTENT_BUFFERS];
	unsigned slot;
};

struct scene {
	struct contexts contexts;
	struct container_header header;
	uint8_t iv[16];
	void *ciphertext;
	struct stream streams[MOST];
	unsigned count;
};

static struct protex_error error;

static bool failed(void)
{
	return !bench_fail("%s", error.message);
}

static const char vertex_shader[] =
	"#version 300 es\n"
	"out vec2 at;\n"
	"void main()\n"
	"{\n"
	"	at = vec2(gl_VertexID & 1, gl_VertexID >> 1);\n"
	"	gl_Position = vec4(at * 2.0 - 1.0, 0.0, 1.0);\n"
	"}\n";
static const char fragment_shader[] =
	"#version 300 es\n"
	"#extension GL_OES_EGL_image_external_essl3 : require\n"
	"precision mediump float;\n"
	"uniform samplerExternalOES picture;\n"
	"in vec2 at;\n"
	"out vec4 color;\n"
	"void main() { color = vec4(texture(picture, at).rgb, 1.0); }\n";

static bool prepare_target(const struct scene *s)
{
	GLuint texture, framebuffer;

	if (!program_use(vertex_shader, fragment_shader))
		return false;
	glGenTextures(1, &texture);
	glBindTexture(GL_TEXTURE_2D, texture);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, GL_TRUE);
	glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, (GLsizei)s->header.layout.width,
		       (GLsizei)s->header.layout.height);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
	glViewport(0, 0, (GLsizei)s->header.layout.width, (GLsizei)s->header.layout.height);
	return glGetError() == GL_NO_ERROR &&
	       glCheckFramebufferStatus(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
}

static bool import(struct scene *s, const struct content *content, unsigned buffer, GLuint texture)
{
	const struct content_plane *luma = &content->planes[buffer][0];
	const struct content_plane *chroma = &content->planes[buffer][1];
	const EGLint attributes[] = {
		EGL_WIDTH, (EGLint)s->header.layout.width,
		EGL_HEIGHT, (EGLint)s->header.layout.height,
		EGL_LINUX_DRM_FOURCC_EXT, (EGLint)content->fourcc,
		EGL_DMA_BUF_PLANE0_FD_EXT, luma->dma_buf,
		EGL_DMA_BUF_PLANE0_OFFSET_EXT, (EGLint)luma->offset,
		EGL_DMA_BUF_PLANE0_PITCH_EXT, (EGLint)luma->stride,
		EGL_DMA_BUF_PLANE1_FD_EXT, chroma->dma_buf,
		EGL_DMA_BUF_PLANE1_OFFSET_EXT, (EGLint)chroma->offset,
		EGL_DMA_BUF_PLANE1_PITCH_EXT, (EGLint)chroma->stride,
		EGL_PROTECTED_CONTENT_EXT, EGL_TRUE,
		EGL_NONE,
	};
	EGLImageKHR image = s->contexts.create_image(s->contexts.display, EGL_NO_CONTEXT,
						     EGL_LINUX_DMA_BUF_EXT, NULL, attributes);

	glBindTexture(GL_TEXTURE_EXTERNAL_OES, texture);
	s->contexts.image_target_texture(GL_TEXTURE_EXTERNAL_OES, image);
	return image != EGL_NO_IMAGE_KHR && s->contexts.destroy_image(s->contexts.display, image) &&
	       glGetError() == GL_NO_ERROR;
}

static bool add_stream(struct scene *s)
{
	struct stream *stream = &s->streams[s->count];

	if (content_create_protected(&stream->content, &s->header, &error) < 0)
		return failed();
	memcpy(stream->content->ciphertext, s->ciphertext, (size_t)stream->content->frame_size);
	glGenTextures(CONTENT_BUFFERS, stream->textures);
	for (unsigned i = 0; i < CONTENT_BUFFERS; i++)
		if (!import(s, stream->content, i, stream->textures[i]))
			return !bench_fail("a picture cannot be imported");
	s->count++;
	return true;
}

static bool open_scene(struct scene *s, const char *clip)
{
	struct container_reader *reader;
	struct container_frame frame;

	if (container_reader_open(&reader, clip, &error) < 0)
		return failed();
	s->header = *container_reader_header(reader);
	s->ciphertext = malloc((size_t)s->header.layout.size);
	if (!s->ciphertext || container_reader_next(reader, &frame, s->ciphertext, &error) <= 0)
		return failed();
	memcpy(s->iv, frame.iv, sizeof(s->iv));
	container_reader_close(reader);
	if (!contexts_open(&s->contexts) || !contexts_use(&s->contexts, s->contexts.is_protected))
		return false;
	return prepare_target(s) || !bench_fail("there is nothing to draw to");
}

static bool show_frame(struct scene *s, struct stream *stream)
{
	stream->slot = (stream->slot + 1) % CONTENT_BUFFERS;
	if (content_decrypt(stream->content, stream->slot, s->iv, &error) < 0)
		return failed();
	glBindTexture(GL_TEXTURE_EXTERNAL_OES, stream->textures[stream->slot]);
	glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
	glFlush();
	return true;
}

static bool finish(void)
{
	glFinish();
	return glGetError() == GL_NO_ERROR;
}

static bool all_streams(void *data)
{
	struct scene *s = data;

	for (unsigned i = 0; i < s->count; i++)
		if (!show_frame(s, &s->streams[i]))
			return false;
	return finish();
}

static bool one_stream(void *data)
{
	struct scene *s = data;

	for (unsigned i = 0; i < s->count; i++)
		if (!show_frame(s, &s->streams[0]))
			return false;
	return finish();
}

/* ---- memory --------------------------------------------------------------------------------------------- */

static double pool_bytes(const struct stream *stream)
{
	double bytes = 0;
	struct stat st;

	/* All planes of a picture are in one dma-buf. */
	for (unsigned i = 0; i < CONTENT_BUFFERS; i++)
		if (fstat(stream->content->planes[i][0].dma_buf, &st) == 0)
			bytes += (double)st.st_size;
	return bytes;
}

/* ---- in one process --------------------------------------------------------------------------------------- */

static bool compare_in_one(const char *clip)
{
	static struct scene s;

	if (!open_scene(&s, clip) || !add_stream(&s))
		return false;
	bench_pair("memory-pool", pool_bytes(&s.streams[0]),
		   (double)s.header.layout.size * CONTENT_BUFFERS);
	for (unsigned n = 4; n <= MOST; n *= 4) {
		char metric[32];

		while (s.count < n)
			if (!add_stream(&s))
				return false;
		snprintf(metric, sizeof(metric), "streams-%u", n);
		if (!bench_compare(metric, bench_rounds(160 / n + 20), n,
				   (struct bench_side){all_streams, &s},
				   (struct bench_side){one_stream, &s}))
			return false;
	}
	return true;
}

/* ---- in as many ----------------------------------------------------------------------------------------------- */

enum { FRAMES = 8 };

static void *open_one(const void *clip)
{
	struct scene *s = calloc(1, sizeof(*s));

	return s && open_scene(s, clip) && add_stream(s) ? s : NULL;
}

static double run_one(void *data)
{
	struct scene *s = data;
	uint64_t begin = bench_now();

	for (unsigned i = 0; i < FRAMES; i++)
		if (!show_frame(s, &s->streams[0]))
			return -1;
	return finish() ? (double)(bench_now() - begin) : -1;
}

/* All of it goes with the process. */
static void close_one(void *data)
{
	(void)data;
}

static const struct worker_job stream_job = {open_one, run_one, close_one};

struct workers {
	struct worker workers[MOST_PROCESSES];
	unsigned count;
};

/* All at once, and one as often. */
static bool all_workers(void *data)
{
	struct workers *w = data;

	return workers_run(w->workers, w->count);
}

static bool one_worker(void *data)
{
	struct workers *w = data;

	for (unsigned i = 0; i < w->count; i++)
		if (worker_run(&w->workers[0]) < 0)
			return false;
	return true;
}

static bool compare_in_many(const char *clip)
{
	struct workers w = {0};
	bool good = true;

	for (unsigned n = 4; n <= MOST_PROCESSES && good; n *= 4) {
		char metric[32];

		while (w.count < n && good)
			good = worker_start(&w.workers[w.count++], &stream_job, clip);
		snprintf(metric, sizeof(metric), "processes-%u", n);
		good = good && bench_compare(metric, bench_rounds(20), n * FRAMES,
					     (struct bench_side){all_workers, &w},
					     (struct bench_side){one_worker, &w});
	}
	while (w.count > 0)
		good = worker_end(&w.workers[--w.count]) && good;
	return good;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return bench_fail("takes a clip");
	/* Before there is anything of EGL's, which does not go on in another process. */
	return !(compare_in_many(argv[1]) && compare_in_one(argv[1]));
}
