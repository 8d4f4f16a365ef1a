/* SPDX-License-Identifier: MIT */
/* Two GL contexts that share objects, an ordinary one and, where there is one, a protected one. */
#ifndef PROTEX_TESTS_GL_H
#define PROTEX_TESTS_GL_H

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl32.h>

#include "routes.h"

#ifndef EGL_PROTECTED_CONTENT_EXT
#define EGL_PROTECTED_CONTENT_EXT 0x32C0
#endif
#ifndef GL_TEXTURE_PROTECTED_EXT
#define GL_TEXTURE_PROTECTED_EXT 0x8BFA
#endif

struct gbm_device;

enum gl_context {
	GL_ORDINARY,
	GL_PROTECTED,
	GL_CONTEXTS,
};

struct gl {
	int device;
	struct gbm_device *gbm;
	EGLDisplay display;
	EGLContext contexts[GL_CONTEXTS]; /* EGL_NO_CONTEXT: there is none of this kind */
	GLuint programs[GL_CONTEXTS];
};

int gl_open(struct gl *gl, struct protex_error *error);
void gl_close(struct gl *gl);

/* Makes a context current and forgets its old errors. False, and says so, if there is none. */
bool gl_use(struct gl *gl, enum gl_context context, struct outcome *outcome);

/* A picture of the pattern's size in a dma-buf. */
struct picture {
	int fd;
	EGLint fourcc, stride, offset;
};

/* The target's dma-buf as a picture, which does not own it. */
struct picture gl_picture(const struct target *target);

/*
 * A texture made from a picture, in the current context; 0, and says why, if there is none.
 * say_protected: with EGL_PROTECTED_CONTENT_EXT.
 */
GLuint gl_import(struct gl *gl, const struct picture *picture, bool say_protected,
		 struct outcome *outcome);

/* A picture made from a texture of the context made current: the caller closes its fd, which is -1,
 * and says why, if there is none. */
struct picture gl_export(struct gl *gl, enum gl_context context, GLuint texture, bool say_protected,
			 struct outcome *outcome);

/* An RGBA8 texture of the pattern's size, all zeros where it is not protected. */
GLuint gl_texture(bool is_protected);

/* A framebuffer with one texture; it is bound to target (GL_READ_FRAMEBUFFER...). */
GLuint gl_framebuffer(GLenum target, GLuint texture);

/* Draws texture to what is bound for drawing, pixel for pixel, in a context made current. */
void gl_draw(struct gl *gl, enum gl_context context, GLuint texture);

/* Adds the name of a GL error, if there was one. Returns whether there was none. */
bool gl_check(struct outcome *outcome);

#endif
