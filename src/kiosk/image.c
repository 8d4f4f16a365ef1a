/* SPDX-License-Identifier: MIT */
/* Protected dma-bufs in the protected context: to sample, and to draw to. */
#include <stdlib.h>

#include "renderer_private.h"

static void on_buffer_destroy(struct wlr_addon *addon)
{
	struct image *image = wl_container_of(addon, image, addon);

	image_destroy(image);
}

static const struct wlr_addon_interface addon_interface = {
	.name = "protex-kiosk image",
	.destroy = on_buffer_destroy,
};

struct image *image_get(struct renderer *renderer, struct wlr_buffer *buffer)
{
	struct wlr_addon *addon = wlr_addon_find(&buffer->addons, renderer, &addon_interface);
	struct wlr_dmabuf_attributes dmabuf;
	struct image *image;

	if (addon)
		return wl_container_of(addon, image, addon);
	if (!wlr_buffer_get_dmabuf(buffer, &dmabuf))
		return NULL;
	image = calloc(1, sizeof(*image));
	if (!image)
		return NULL;
	image->renderer = renderer;
	image->verdict = gpu_import_protected(renderer->gpu, &dmabuf, &image->image);
	wlr_addon_init(&image->addon, &buffer->addons, renderer, &addon_interface);
	wl_list_insert(&renderer->images, &image->link);
	return image;
}

void image_destroy(struct image *image)
{
	struct gpu *gpu = image->renderer->gpu;
	struct gpu_current before;

	if (image->verdict == GPU_IMPORTED) {
		if (gpu_begin_protected(gpu, &before)) {
			glDeleteFramebuffers(1, &image->framebuffer);
			glDeleteRenderbuffers(1, &image->renderbuffer);
			glDeleteTextures(1, &image->texture);
			gpu_end_protected(gpu, &before);
		}
		gpu->destroy_image(gpu->display, image->image);
	}
	wlr_addon_finish(&image->addon);
	wl_list_remove(&image->link);
	free(image);
}

GLuint image_texture(struct image *image)
{
	if (image->texture)
		return image->texture;
	glGenTextures(1, &image->texture);
	glBindTexture(GL_TEXTURE_EXTERNAL_OES, image->texture);
	glTexParameteri(GL_TEXTURE_EXTERNAL_OES, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
	glTexParameteri(GL_TEXTURE_EXTERNAL_OES, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
	image->renderer->gpu->image_to_texture(GL_TEXTURE_EXTERNAL_OES, image->image);
	return image->texture;
}

GLuint image_framebuffer(struct image *image)
{
	GLuint framebuffer;

	if (image->framebuffer)
		return image->framebuffer;
	glGenRenderbuffers(1, &image->renderbuffer);
	glBindRenderbuffer(GL_RENDERBUFFER, image->renderbuffer);
	image->renderer->gpu->image_to_renderbuffer(GL_RENDERBUFFER, image->image);
	glBindRenderbuffer(GL_RENDERBUFFER, 0);
	glGenFramebuffers(1, &framebuffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER,
				  image->renderbuffer);
	if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
		glDeleteFramebuffers(1, &framebuffer);
		glDeleteRenderbuffers(1, &image->renderbuffer);
		image->renderbuffer = 0;
		return 0;
	}
	image->framebuffer = framebuffer;
	return framebuffer;
}
