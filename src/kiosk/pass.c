/* SPDX-License-Identifier: MIT */
/* Drawing to a protected buffer, in the protected context. */
#include <stdlib.h>

#include <pixman.h>
#include <wlr/render/gles2.h>
#include <wlr/util/log.h>

#include "renderer_private.h"

struct pass {
	struct wlr_render_pass base;
	struct renderer *renderer;
	struct wlr_buffer *buffer;
	struct gpu_current before;
};

/* ---- programs ---------------------------------------------------------------------------------- */

static const char vertex_shader[] =
	"attribute vec2 position;\n"
	"attribute vec2 coordinate;\n"
	"varying vec2 place;\n"
	"void main()\n"
	"{\n"
	"	place = coordinate;\n"
	"	gl_Position = vec4(position, 0.0, 1.0);\n"
	"}\n";

static const char rectangle_shader[] =
	"precision mediump float;\n"
	"uniform vec4 color;\n"
	"void main()\n"
	"{\n"
	"	gl_FragColor = color;\n"
	"}\n";

/* A format without alpha has noise there; opaque is 1 for those. */
#define TEXTURE_SHADER(sampler)                                                                    \
	"precision highp float;\n"                                                                 \
	"uniform " sampler " picture;\n"                                                           \
	"uniform float alpha, opaque;\n"                                                           \
	"varying vec2 place;\n"                                                                    \
	"void main()\n"                                                                            \
	"{\n"                                                                                      \
	"	vec4 color = texture2D(picture, place);\n"                                         \
	"	gl_FragColor = vec4(color.rgb, max(color.a, opaque)) * alpha;\n"                   \
	"}\n"

static const char texture_2d_shader[] = TEXTURE_SHADER("sampler2D");
static const char texture_external_shader[] =
	"#extension GL_OES_EGL_image_external : require\n" TEXTURE_SHADER("samplerExternalOES");

static GLuint compile(GLuint program, GLenum type, const char *source)
{
	GLuint shader = glCreateShader(type);

	glShaderSource(shader, 1, &source, NULL);
	glCompileShader(shader);
	glAttachShader(program, shader);
	/* It goes when the program does. */
	glDeleteShader(shader);
	return shader;
}

static bool use_program(struct program *program, const char *fragment_shader)
{
	GLint linked = 0;

	if (!program->program) {
		program->program = glCreateProgram();
		compile(program->program, GL_VERTEX_SHADER, vertex_shader);
		compile(program->program, GL_FRAGMENT_SHADER, fragment_shader);
		glLinkProgram(program->program);
		program->position = glGetAttribLocation(program->program, "position");
		program->coordinate = glGetAttribLocation(program->program, "coordinate");
		program->color = glGetUniformLocation(program->program, "color");
		program->alpha = glGetUniformLocation(program->program, "alpha");
		program->opaque = glGetUniformLocation(program->program, "opaque");
	}
	glGetProgramiv(program->program, GL_LINK_STATUS, &linked);
	if (!linked) {
		wlr_log(WLR_ERROR, "a shader of protex-kiosk does not link");
		return false;
	}
	glUseProgram(program->program);
	return true;
}

void pass_destroy_programs(struct renderer *renderer)
{
	glDeleteProgram(renderer->rectangle.program);
	glDeleteProgram(renderer->texture_2d.program);
	glDeleteProgram(renderer->texture_external.program);
}

/* ---- drawing ----------------------------------------------------------------------------------- */

/* From a place in the box that is drawn, each way from 0 to 1, to the place in the texture, likewise. */
struct mapping {
	float origin[2];
	float along_x[2], along_y[2];
};

/* Draws the parts of a box that are in the clip region. */
static void draw(const struct pass *pass, const struct program *program, const struct wlr_box *box,
		 const pixman_region32_t *clip, const struct mapping *mapping)
{
	/* A triangle strip: its corners are the rectangle's, each with its place in the texture. */
	GLfloat corners[4][4];
	const pixman_box32_t *rectangles;
	pixman_region32_t region;
	int count;

	pixman_region32_init_rect(&region, box->x, box->y, (unsigned)box->width,
				  (unsigned)box->height);
	if (clip)
		pixman_region32_intersect(&region, &region, clip);
	rectangles = pixman_region32_rectangles(&region, &count);

	glVertexAttribPointer((GLuint)program->position, 2, GL_FLOAT, GL_FALSE, sizeof(corners[0]),
			      corners[0]);
	glEnableVertexAttribArray((GLuint)program->position);
	if (mapping) {
		glVertexAttribPointer((GLuint)program->coordinate, 2, GL_FLOAT, GL_FALSE,
				      sizeof(corners[0]), &corners[0][2]);
		glEnableVertexAttribArray((GLuint)program->coordinate);
	}
	for (int i = 0; i < count; i++) {
		for (int corner = 0; corner < 4; corner++) {
			int x = corner & 1 ? rectangles[i].x2 : rectangles[i].x1;
			int y = corner & 2 ? rectangles[i].y2 : rectangles[i].y1;
			float u = (float)(x - box->x) / (float)box->width;
			float v = (float)(y - box->y) / (float)box->height;

			/* The first row of a buffer is GL's lowest: nothing is turned around. */
			corners[corner][0] = 2.0f * (float)x / (float)pass->buffer->width - 1.0f;
			corners[corner][1] = 2.0f * (float)y / (float)pass->buffer->height - 1.0f;
			for (int axis = 0; mapping && axis < 2; axis++)
				corners[corner][2 + axis] = mapping->origin[axis] +
							    u * mapping->along_x[axis] +
							    v * mapping->along_y[axis];
		}
		glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
	}
	glDisableVertexAttribArray((GLuint)program->position);
	if (mapping)
		glDisableVertexAttribArray((GLuint)program->coordinate);
	pixman_region32_fini(&region);
}

static void blend(enum wlr_render_blend_mode mode, bool is_opaque)
{
	if (mode == WLR_RENDER_BLEND_MODE_NONE || is_opaque)
		glDisable(GL_BLEND);
	else
		glEnable(GL_BLEND);
}

static struct mapping map_source(const struct wlr_render_texture_options *options)
{
	/* Where the axes of the box lie in the texture, for each wl_output_transform. */
	static const signed char axes[8][4] = {
		{1, 0, 0, 1},	{0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0},
		{-1, 0, 0, 1},	{0, 1, 1, 0},  {1, 0, 0, -1},  {0, -1, -1, 0},
	};
	const signed char *axis = axes[options->transform];
	float width = (float)options->texture->width, height = (float)options->texture->height;
	struct wlr_fbox source;
	struct mapping mapping;

	wlr_render_texture_options_get_src_box(options, &source);
	mapping.along_x[0] = (float)axis[0] * (float)source.width / width;
	mapping.along_x[1] = (float)axis[1] * (float)source.height / height;
	mapping.along_y[0] = (float)axis[2] * (float)source.width / width;
	mapping.along_y[1] = (float)axis[3] * (float)source.height / height;
	/* An axis that runs backwards begins at the far end. */
	mapping.origin[0] = (float)source.x / width - (axis[0] < 0 ? mapping.along_x[0] : 0.0f) -
			    (axis[2] < 0 ? mapping.along_y[0] : 0.0f);
	mapping.origin[1] = (float)source.y / height - (axis[1] < 0 ? mapping.along_x[1] : 0.0f) -
			    (axis[3] < 0 ? mapping.along_y[1] : 0.0f);
	return mapping;
}

static void add_texture(struct wlr_render_pass *wlr_pass,
			const struct wlr_render_texture_options *options)
{
	struct pass *pass = wl_container_of(wlr_pass, pass, base);
	struct texture *texture = texture_from_wlr(options->texture);
	float alpha = wlr_render_texture_options_get_alpha(options);
	struct mapping mapping = map_source(options);
	struct wlr_gles2_texture_attribs attribs;
	bool is_external;
	struct program *program;
	struct wlr_box box;
	GLint filter;

	wlr_gles2_texture_get_attribs(texture->ordinary, &attribs);
	if (texture->image) {
		attribs.target = GL_TEXTURE_EXTERNAL_OES;
		attribs.tex = image_texture(texture->image);
	}
	is_external = attribs.target == GL_TEXTURE_EXTERNAL_OES;
	program = is_external ? &pass->renderer->texture_external : &pass->renderer->texture_2d;
	if (!use_program(program, is_external ? texture_external_shader : texture_2d_shader))
		return;
	glActiveTexture(GL_TEXTURE0);
	glBindTexture(attribs.target, attribs.tex);
	filter = options->filter_mode == WLR_SCALE_FILTER_NEAREST ? GL_NEAREST : GL_LINEAR;
	glTexParameteri(attribs.target, GL_TEXTURE_MIN_FILTER, filter);
	glTexParameteri(attribs.target, GL_TEXTURE_MAG_FILTER, filter);
	glUniform1f(program->alpha, alpha);
	glUniform1f(program->opaque, attribs.has_alpha ? 0.0f : 1.0f);
	blend(options->blend_mode, !attribs.has_alpha && alpha == 1.0f);
	wlr_render_texture_options_get_dst_box(options, &box);
	draw(pass, program, &box, options->clip, &mapping);
	glBindTexture(attribs.target, 0);
}

static void add_rectangle(struct wlr_render_pass *wlr_pass,
			  const struct wlr_render_rect_options *options)
{
	struct pass *pass = wl_container_of(wlr_pass, pass, base);
	const struct wlr_render_color *color = &options->color;
	struct wlr_box box;

	if (!use_program(&pass->renderer->rectangle, rectangle_shader))
		return;
	glUniform4f(pass->renderer->rectangle.color, color->r, color->g, color->b, color->a);
	blend(options->blend_mode, color->a == 1.0f);
	wlr_render_rect_options_get_box(options, pass->buffer, &box);
	draw(pass, &pass->renderer->rectangle, &box, options->clip, NULL);
}

static bool submit(struct wlr_render_pass *wlr_pass)
{
	struct pass *pass = wl_container_of(wlr_pass, pass, base);
	bool ok;

	glFlush();
	glBindFramebuffer(GL_FRAMEBUFFER, 0);
	ok = glGetError() == GL_NO_ERROR;
	gpu_end_protected(pass->renderer->gpu, &pass->before);
	wlr_buffer_unlock(pass->buffer);
	free(pass);
	return ok;
}

static const struct wlr_render_pass_impl implementation = {
	.submit = submit,
	.add_texture = add_texture,
	.add_rect = add_rectangle,
};

struct wlr_render_pass *pass_begin(struct renderer *renderer, struct image *target,
				   struct wlr_buffer *buffer)
{
	struct pass *pass = calloc(1, sizeof(*pass));
	GLuint framebuffer = 0;

	if (!pass)
		return NULL;
	if (!gpu_begin_protected(renderer->gpu, &pass->before)) {
		free(pass);
		return NULL;
	}
	framebuffer = image_framebuffer(target);
	if (!framebuffer) {
		gpu_end_protected(renderer->gpu, &pass->before);
		free(pass);
		return NULL;
	}
	wlr_render_pass_init(&pass->base, &implementation);
	pass->renderer = renderer;
	pass->buffer = wlr_buffer_lock(buffer);
	glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
	glViewport(0, 0, buffer->width, buffer->height);
	glDisable(GL_SCISSOR_TEST);
	/* Colors come multiplied by their alpha. */
	glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
	return &pass->base;
}
