/* SPDX-License-Identifier: MIT */
/*
 * Routes by way of OpenGL ES. Where a route says nothing else it is tried in both contexts: the one
 * that may use the content, and the one that may not but shares its objects.
 */
#include <string.h>
#include <unistd.h>

#include "gl.h"

/* The context in which this target may be drawn; where there are no protected ones, the other. */
static enum gl_context own_context(const struct gl *gl, const struct target *target)
{
	return target->is_protected && gl->contexts[GL_PROTECTED] != EGL_NO_CONTEXT ? GL_PROTECTED
										     : GL_ORDINARY;
}

/*
 * glReadPixels from what is bound for reading. That it returns an error is not enough: the memory
 * must be as it was.
 */
static void read_pixels(struct outcome *outcome)
{
	uint8_t seen[PATTERN_SIZE];

	memset(seen, 0, sizeof(seen));
	glReadPixels(0, 0, PATTERN_WIDTH, PATTERN_HEIGHT, GL_RGBA, GL_UNSIGNED_BYTE, seen);
	if (gl_check(outcome) || pattern_count(seen, sizeof(seen)) > 0)
		outcome_content(outcome, seen, sizeof(seen));
}

/* Reads a texture that anybody may read, in the ordinary context. */
static void read_ordinary_texture(struct gl *gl, GLuint texture, struct outcome *outcome)
{
	GLuint framebuffer;

	if (!gl_use(gl, GL_ORDINARY, outcome))
		return;
	framebuffer = gl_framebuffer(GL_READ_FRAMEBUFFER, texture);
	read_pixels(outcome);
	glDeleteFramebuffers(1, &framebuffer);
}

typedef void (*attempt_function)(struct gl *gl, const struct target *target,
				 enum gl_context context, GLuint texture, struct outcome *outcome);

/* The target as a texture, in the context that may use it, made current; 0 if there is none. */
static GLuint import_in_own_context(struct gl *gl, const struct target *target,
				    struct outcome *outcome)
{
	struct picture picture = gl_picture(target);
	enum gl_context own = own_context(gl, target);

	if (!gl_use(gl, own, outcome))
		return 0;
	return gl_import(gl, &picture, own == GL_PROTECTED, outcome);
}

static void in_own_context(struct gl *gl, const struct target *target, struct outcome *outcome,
			   attempt_function attempt)
{
	GLuint texture = import_in_own_context(gl, target, outcome);

	if (!texture)
		return;
	attempt(gl, target, own_context(gl, target), texture, outcome);
	glDeleteTextures(1, &texture);
}

/* In both contexts, or in the only one that makes sense of an ordinary target. */
static void in_contexts(struct gl *gl, const struct target *target, struct outcome *outcome,
			attempt_function attempt)
{
	GLuint texture = import_in_own_context(gl, target, outcome);

	if (!texture)
		return;
	attempt(gl, target, own_context(gl, target), texture, outcome);
	if (own_context(gl, target) != GL_ORDINARY && gl_use(gl, GL_ORDINARY, outcome))
		attempt(gl, target, GL_ORDINARY, texture, outcome);
	glDeleteTextures(1, &texture);
}

struct drawing {
	GLuint texture, framebuffer;
};

/* What a window's back buffer is: something of the same kind, that the content is drawn to. It is
 * bound as the framebuffer. */
static struct drawing draw_to_own_kind(struct gl *gl, enum gl_context context, GLuint texture)
{
	struct drawing drawing = {
		.texture = gl_texture(context == GL_PROTECTED),
	};

	drawing.framebuffer = gl_framebuffer(GL_FRAMEBUFFER, drawing.texture);
	gl_draw(gl, context, texture);
	return drawing;
}

static void delete_drawing(struct drawing *drawing)
{
	glDeleteFramebuffers(1, &drawing->framebuffer);
	glDeleteTextures(1, &drawing->texture);
}

static void read_drawing(struct gl *gl, const struct target *target, enum gl_context context,
			 GLuint texture, struct outcome *outcome)
{
	struct drawing drawing = draw_to_own_kind(gl, context, texture);

	(void)target;
	if (gl_check(outcome))
		read_pixels(outcome);
	delete_drawing(&drawing);
}

static void read_pixels_route(struct gl *gl, const struct target *target, struct outcome *outcome)
{
	in_contexts(gl, target, outcome, read_drawing);
}

static void read_texture(struct gl *gl, const struct target *target, enum gl_context context,
			 GLuint texture, struct outcome *outcome)
{
	GLuint framebuffer = gl_framebuffer(GL_READ_FRAMEBUFFER, texture);

	(void)gl, (void)target, (void)context;
	read_pixels(outcome);
	glDeleteFramebuffers(1, &framebuffer);
}

static void get_tex_image_route(struct gl *gl, const struct target *target,
				struct outcome *outcome)
{
	in_contexts(gl, target, outcome, read_texture);
}

static void look_at_pack_buffer(struct outcome *outcome)
{
	const void *mapping =
		glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, PATTERN_SIZE, GL_MAP_READ_BIT);

	if (!mapping) {
		gl_check(outcome);
		return;
	}
	if (pattern_count(mapping, PATTERN_SIZE) > 0 || outcome->text[0] == '\0')
		outcome_content(outcome, mapping, PATTERN_SIZE);
	glUnmapBuffer(GL_PIXEL_PACK_BUFFER);
}

static void read_into_pack_buffer(struct gl *gl, const struct target *target,
				  enum gl_context context, GLuint texture, struct outcome *outcome)
{
	static const uint8_t zeros[PATTERN_SIZE];
	struct drawing drawing = draw_to_own_kind(gl, context, texture);
	GLuint buffer;

	(void)target;
	glGenBuffers(1, &buffer);
	glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer);
	glBufferData(GL_PIXEL_PACK_BUFFER, PATTERN_SIZE, zeros, GL_STREAM_READ);
	if (gl_check(outcome)) {
		glReadPixels(0, 0, PATTERN_WIDTH, PATTERN_HEIGHT, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
		gl_check(outcome);
		look_at_pack_buffer(outcome);
		/* The other context sees the same buffer. */
		glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
		if (gl_use(gl, GL_ORDINARY, outcome)) {
			glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer);
			look_at_pack_buffer(outcome);
			glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
		}
	}
	gl_use(gl, context, outcome);
	glDeleteBuffers(1, &buffer);
	delete_drawing(&drawing);
}

static void pixel_pack_route(struct gl *gl, const struct target *target, struct outcome *outcome)
{
	in_contexts(gl, target, outcome, read_into_pack_buffer);
}

/* By every way there is into what an exported dma-buf holds, among them not to tell EGL that it is
 * protected when it is imported again. */
static void look_at_picture(struct gl *gl, const struct target *target,
			    const struct picture *picture, struct outcome *outcome)
{
	GLuint texture;

	look_through_gpu(outcome, target->gpu, picture->fd);
	if (!gl_use(gl, GL_ORDINARY, outcome))
		return;
	texture = gl_import(gl, picture, false, outcome);
	if (!texture)
		return;
	read_texture(gl, target, GL_ORDINARY, texture, outcome);
	glDeleteTextures(1, &texture);
}

static void export_drawing(struct gl *gl, const struct target *target, enum gl_context context,
			   GLuint texture, struct outcome *outcome)
{
	struct drawing drawing = draw_to_own_kind(gl, context, texture);
	struct picture picture;

	picture = gl_export(gl, context, drawing.texture, context == GL_PROTECTED, outcome);
	if (picture.fd >= 0) {
		look_at_picture(gl, target, &picture, outcome);
		close(picture.fd);
	}
	gl_use(gl, context, outcome);
	delete_drawing(&drawing);
}

static void export_drawing_route(struct gl *gl, const struct target *target,
				 struct outcome *outcome)
{
	in_own_context(gl, target, outcome, export_drawing);
}

static void copy_tex_sub_image(GLuint from, GLuint to)
{
	GLuint framebuffer = gl_framebuffer(GL_READ_FRAMEBUFFER, from);

	glBindTexture(GL_TEXTURE_2D, to);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, PATTERN_WIDTH, PATTERN_HEIGHT);
	glDeleteFramebuffers(1, &framebuffer);
}

static void blit(GLuint from, GLuint to)
{
	GLuint framebuffers[2] = {
		gl_framebuffer(GL_READ_FRAMEBUFFER, from),
		gl_framebuffer(GL_DRAW_FRAMEBUFFER, to),
	};

	glBlitFramebuffer(0, 0, PATTERN_WIDTH, PATTERN_HEIGHT, 0, 0, PATTERN_WIDTH, PATTERN_HEIGHT,
			  GL_COLOR_BUFFER_BIT, GL_NEAREST);
	glDeleteFramebuffers(2, framebuffers);
}

static void copy_image(GLuint from, GLuint to)
{
	glCopyImageSubData(from, GL_TEXTURE_2D, 0, 0, 0, 0, to, GL_TEXTURE_2D, 0, 0, 0, 0,
			   PATTERN_WIDTH, PATTERN_HEIGHT, 1);
}

static void copy_and_read(struct gl *gl, enum gl_context context, GLuint texture,
			  struct outcome *outcome, void (*copy)(GLuint from, GLuint to))
{
	GLuint ordinary = gl_texture(false);
	struct outcome what_is_there = {0};

	copy(texture, ordinary);
	bool copied = gl_check(outcome);

	read_ordinary_texture(gl, ordinary, &what_is_there);
	if (copied || what_is_there.reached)
		outcome_merge(outcome, &what_is_there);
	gl_use(gl, context, outcome);
	glDeleteTextures(1, &ordinary);
}

static void copy_tex_sub_image_attempt(struct gl *gl, const struct target *target,
				       enum gl_context context, GLuint texture,
				       struct outcome *outcome)
{
	(void)target;
	copy_and_read(gl, context, texture, outcome, copy_tex_sub_image);
}

static void copy_tex_sub_image_route(struct gl *gl, const struct target *target,
				     struct outcome *outcome)
{
	in_contexts(gl, target, outcome, copy_tex_sub_image_attempt);
}

static void blit_attempt(struct gl *gl, const struct target *target, enum gl_context context,
			 GLuint texture, struct outcome *outcome)
{
	(void)target;
	copy_and_read(gl, context, texture, outcome, blit);
}

static void blit_route(struct gl *gl, const struct target *target, struct outcome *outcome)
{
	in_contexts(gl, target, outcome, blit_attempt);
}

/* A copy without conversion wants the same kind of texel, so it is of a drawing in RGBA8. */
static void copy_image_attempt(struct gl *gl, const struct target *target,
			       enum gl_context context, GLuint texture, struct outcome *outcome)
{
	struct drawing drawing = draw_to_own_kind(gl, context, texture);

	(void)target;
	if (gl_check(outcome))
		copy_and_read(gl, context, drawing.texture, outcome, copy_image);
	if (context != GL_ORDINARY && gl_use(gl, GL_ORDINARY, outcome))
		copy_and_read(gl, GL_ORDINARY, drawing.texture, outcome, copy_image);
	gl_use(gl, context, outcome);
	delete_drawing(&drawing);
}

static void copy_image_route(struct gl *gl, const struct target *target, struct outcome *outcome)
{
	in_own_context(gl, target, outcome, copy_image_attempt);
}

static void draw_and_read(struct gl *gl, enum gl_context context, GLuint texture,
			  struct outcome *outcome)
{
	GLuint ordinary = gl_texture(false);
	GLuint framebuffer = gl_framebuffer(GL_FRAMEBUFFER, ordinary);

	gl_draw(gl, context, texture);
	glDeleteFramebuffers(1, &framebuffer);
	gl_check(outcome);
	read_ordinary_texture(gl, ordinary, outcome);
	gl_use(gl, context, outcome);
	glDeleteTextures(1, &ordinary);
}

/* With a texture that came from the context that may use it, and with those it makes itself, telling
 * EGL that the source is protected, and not. */
static void ordinary_context_route(struct gl *gl, const struct target *target,
				   struct outcome *outcome)
{
	struct picture picture = gl_picture(target);
	GLuint texture = 0;

	if (own_context(gl, target) != GL_ORDINARY)
		texture = import_in_own_context(gl, target, outcome);
	if (!gl_use(gl, GL_ORDINARY, outcome))
		return;
	if (texture) {
		draw_and_read(gl, GL_ORDINARY, texture, outcome);
		glDeleteTextures(1, &texture);
	}
	for (int say_protected = 0; say_protected <= target->is_protected; say_protected++) {
		texture = gl_import(gl, &picture, say_protected, outcome);
		if (!texture)
			continue;
		draw_and_read(gl, GL_ORDINARY, texture, outcome);
		glDeleteTextures(1, &texture);
	}
}

static void ordinary_framebuffer(struct gl *gl, const struct target *target,
				 enum gl_context context, GLuint texture, struct outcome *outcome)
{
	(void)target;
	draw_and_read(gl, context, texture, outcome);
}

static void ordinary_framebuffer_route(struct gl *gl, const struct target *target,
				       struct outcome *outcome)
{
	in_own_context(gl, target, outcome, ordinary_framebuffer);
}

const struct route gl_routes[] = {
	{"read-pixels", "glReadPixels returns what was drawn from the content", NULL,
	 read_pixels_route},
	{"get-tex-image", "the texture itself, attached to a framebuffer, can be read", NULL,
	 get_tex_image_route},
	{"pixel-pack-buffer", "glMapBufferRange shows a pixel pack buffer that the drawing was read "
	 "into", NULL, pixel_pack_route},
	{"export-drawing", "the drawing, exported as a dma-buf, can be mapped, brought back or "
	 "imported again", NULL,
	 export_drawing_route},
	{"copy-tex-sub-image", "glCopyTexSubImage2D copies to a texture that anybody may read", NULL,
	 copy_tex_sub_image_route},
	{"blit-framebuffer", "glBlitFramebuffer copies to a texture that anybody may read", NULL,
	 blit_route},
	{"copy-image-sub-data", "glCopyImageSubData copies to a texture that anybody may read", NULL,
	 copy_image_route},
	{"draw-ordinary-context", "the same draw, in a context that is not protected, shows it", NULL,
	 ordinary_context_route},
	{"draw-ordinary-framebuffer",
	 "a protected context draws it to a framebuffer that anybody may read", NULL,
	 ordinary_framebuffer_route},
	{0},
};
