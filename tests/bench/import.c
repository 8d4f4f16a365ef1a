/* SPDX-License-Identifier: MIT */
/*
 * What it takes to have a picture of a TEE's as a texture, of NV12 and 1280×720: an EGLImage of its dma-buf, made, bound and
 * destroyed; beside an upload of the same picture.
 */
#include <stdlib.h>
#include <string.h>

#include <protex/protex.h>

#include "bench.h"
#include "contexts.h"

enum { WIDTH = 1280, HEIGHT = 720, TIMES = 16 };

struct scene {
	struct contexts contexts;
	struct protex_layout layout;
	int picture; /* dma-buf */
	uint8_t *plain;
};

static bool import(void *data)
{
	struct scene *s = data;
	const struct protex_plane *luma = &s->layout.planes[0], *chroma = &s->layout.planes[1];
	const EGLint attributes[] = {
		EGL_WIDTH, WIDTH,
		EGL_HEIGHT, HEIGHT,
		EGL_LINUX_DRM_FOURCC_EXT, (EGLint)s->layout.fourcc,
		EGL_DMA_BUF_PLANE0_FD_EXT, s->picture,
		EGL_DMA_BUF_PLANE0_OFFSET_EXT, (EGLint)luma->offset,
		EGL_DMA_BUF_PLANE0_PITCH_EXT, (EGLint)luma->stride,
		EGL_DMA_BUF_PLANE1_FD_EXT, s->picture,
		EGL_DMA_BUF_PLANE1_OFFSET_EXT, (EGLint)chroma->offset,
		EGL_DMA_BUF_PLANE1_PITCH_EXT, (EGLint)chroma->stride,
		EGL_PROTECTED_CONTENT_EXT, EGL_TRUE,
		EGL_NONE,
	};
	bool good = contexts_use(&s->contexts, s->contexts.is_protected);

	for (int i = 0; i < TIMES && good; i++) {
		EGLImageKHR image = s->contexts.create_image(s->contexts.display, EGL_NO_CONTEXT,
							     EGL_LINUX_DMA_BUF_EXT, NULL, attributes);
		GLuint texture;

		glGenTextures(1, &texture);
		glBindTexture(GL_TEXTURE_EXTERNAL_OES, texture);
		s->contexts.image_target_texture(GL_TEXTURE_EXTERNAL_OES, image);
		glDeleteTextures(1, &texture);
		good = image != EGL_NO_IMAGE_KHR && glGetError() == GL_NO_ERROR &&
		       s->contexts.destroy_image(s->contexts.display, image);
	}
	glFinish();
	return good || !bench_fail("the picture cannot be imported");
}

static bool upload(void *data)
{
	static const GLenum formats[2][2] = {{GL_R8, GL_RED}, {GL_RG8, GL_RG}};
	struct scene *s = data;
	bool good = contexts_use(&s->contexts, s->contexts.ordinary);

	glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
	for (int i = 0; i < TIMES && good; i++) {
		GLuint textures[2];

		glGenTextures(2, textures);
		for (int plane = 0; plane < 2; plane++) {
			const struct protex_plane *p = &s->layout.planes[plane];

			glBindTexture(GL_TEXTURE_2D, textures[plane]);
			glTexImage2D(GL_TEXTURE_2D, 0, (GLint)formats[plane][0], (GLsizei)p->width,
				     (GLsizei)p->height, 0, formats[plane][1], GL_UNSIGNED_BYTE,
				     s->plain + p->offset);
		}
		glDeleteTextures(2, textures);
		good = glGetError() == GL_NO_ERROR;
	}
	glFinish();
	return good || !bench_fail("the picture cannot be uploaded");
}

int main(void)
{
	struct scene s = {0};
	struct protex_allocator *allocator;
	struct protex_error error;

	if (!contexts_open(&s.contexts))
		return 1;
	if (protex_layout_init(&s.layout, WIDTH, HEIGHT, PROTEX_FORMAT_NV12, PROTEX_MODIFIER_LINEAR,
			       0, &error) < 0 ||
	    protex_allocator_create(&allocator, PROTEX_USE_SECURE_VIDEO, &error) < 0)
		return bench_fail("%s", error.message);
	s.picture = protex_allocator_alloc(allocator, s.layout.size, &error);
	s.plain = calloc(1, s.layout.size);
	if (s.picture < 0 || !s.plain)
		return bench_fail("there is no memory for a picture");
	return !bench_compare("import", bench_rounds(60), TIMES, (struct bench_side){import, &s},
			      (struct bench_side){upload, &s});
}
