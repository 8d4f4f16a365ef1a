/* SPDX-License-Identifier: MIT */
/*
 * What the tests of EGL and GLES have in common: a GBM display, a protected and
 * an unprotected context that share objects, and a protected framebuffer that
 * the camera can see.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl32.h>
#include <GLES2/gl2ext.h>

#include "screen.h"

struct protex_layout;

enum { STAGE_WIDTH = 640, STAGE_HEIGHT = 360 };

struct stage {
	struct gbm_device *gbm;
	struct gbm_bo *target;
	EGLDisplay display;
	EGLContext protected, unprotected; /* the first is current */
	GLuint framebuffer;		   /* of the target; is bound */
	struct screen screen;
	int stderr_before, stderr_caught;

	PFNEGLCREATEIMAGEKHRPROC create_image;
	PFNEGLDESTROYIMAGEKHRPROC destroy_image;
	PFNEGLEXPORTDMABUFIMAGEMESAPROC export_image;
	PFNEGLEXPORTDMABUFIMAGEQUERYMESAPROC export_image_query;
	PFNGLEGLIMAGETARGETTEXTURE2DOESPROC image_target_texture;
};

/* Sets the stage, in some tests. NULL, or what is missing on this machine: then
 * there have been no tests. After a failed test, *usable is false. */
const char *stage_init(struct stage *stage, bool *usable);

/* The last test: whether the kernel refused something on the way. */
void stage_fini(struct stage *stage);

bool stage_make_current(struct stage *stage, EGLContext context);

/* Shows what was drawn to the framebuffer, and lets the camera look. */
bool stage_shoot(struct stage *stage);

/* A protected image of a dma-buf, or NULL. */
EGLImageKHR stage_import(struct stage *stage, const struct protex_layout *layout, int fd);

GLuint compile_shader(GLenum type, const char *source);

/* Draws over the whole viewport what "color = ..." says, where "at" goes from 0
 * to 1, rows downward as the camera sees them. */
GLuint link_program(const char *declarations, const char *color);

void draw_program(GLuint program, GLenum target, GLuint texture);

/* A texture with nearest sampling, and an image as its storage if there is one. */
GLuint create_texture(struct stage *stage, GLenum target, EGLImageKHR image);

/* Draws one color over the whole viewport, and returns it: three bytes. */
struct stage_case {
	const char *name;
	const uint8_t *(*draw)(struct stage *stage);
};

enum { STAGE_CASES = 64 };

/*
 * A test of each of columns * rows cases, STAGE_CASES at most. Each has a part of the framebuffer for its own: there
 * were no errors, and the camera sees its color there, with a difference of so much at most. when_drawn, unless it is
 * NULL, is called before the camera looks.
 */
void stage_run_cases(struct stage *stage, const struct stage_case *cases, unsigned columns, unsigned rows,
		     int tolerance, void (*when_drawn)(void));

/* A framebuffer, which is bound. */
GLuint create_framebuffer(GLenum target, GLuint texture);

#endif
