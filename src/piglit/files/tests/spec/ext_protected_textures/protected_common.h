/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file protected_common.h
 *
 * What the tests of protected content share: a protected context and an
 * unprotected one in one share group, and ways to judge without reading what
 * cannot be read: what an unprotected context finds in unprotected storage,
 * which error was left, and what KHR_debug told.
 */

#ifndef PROTECTED_COMMON_H
#define PROTECTED_COMMON_H

#include "piglit-util-gl.h"
#include "piglit-util-egl.h"

#ifndef EGL_PROTECTED_CONTENT_EXT
#define EGL_PROTECTED_CONTENT_EXT 0x32C0
#endif

#define SIZE 16

#define GLSL_OF(version) \
	"#version " version " es\nprecision highp float; precision highp int;\n"
#define GLSL GLSL_OF("300")
#define GLSL_31 GLSL_OF("310")
#define GLSL_32 GLSL_OF("320")

/** What the messages begin with, which applications may look for. */
#define TOLD_UNPROTECTED "framebuffer with an unprotected attachment in a protected context"
#define TOLD_PROTECTED "framebuffer with a protected attachment in an unprotected context"
#define TOLD_TEXTURE "protected texture in an unprotected context"

enum which { PLAIN, PROTECTED };

extern EGLDisplay dpy;
extern EGLContext contexts[2];

extern const float red[4], green[4], blue[4], black[4];

/** Looks for the version of GLES that the contexts shall have, as "gles3.0". */
void
protected_config(int argc, char **argv);

/** Whether the contexts have at least this version of GLES, 31 for 3.1. */
bool
has_gles(int version);

/** Whether there are geometry shaders, and what came with them. */
bool
has_geometry_shaders(void);

/** The version of GLES that a kind of texture came with. */
int
gles_of_target(GLenum target);

/** Makes the contexts, or skips the test when there is no protected content. */
void
protected_init(void);

/** Runs the subtests that were asked for, and reports. */
void
protected_run(const struct piglit_subtest *subtests);

/** A context, or EGL_NO_CONTEXT. */
EGLContext
create_context(EGLDisplay display, enum which which, EGLContext share);

void
use_context(EGLContext context);

/** Forgets the messages, errors and bindings of before. */
void
use(enum which which);

/** Whether exactly one message of undefined behaviour came, and it has text. */
bool
told(const char *text);

bool
told_nothing(void);

bool
error_is(GLenum error);

/** A texture of SIZE x SIZE, bound; four layers where it has such. */
GLuint
texture_of(enum which which, GLenum target, GLenum format, GLsizei levels);

/** One of GL_TEXTURE_2D and GL_RGBA8. */
GLuint
texture(enum which which);

/** Fills SIZE x SIZE pixels of four bytes. */
void
fill(GLubyte (*pixels)[4], const float colour[4]);

/** One that is unprotected and holds a colour. */
GLuint
coloured(const float colour[4]);

/** A framebuffer, bound, with up to two colour attachments. */
GLuint
framebuffer(GLuint first, GLuint second);

GLuint
renderbuffer(GLenum format, GLsizei samples);

/** A framebuffer, bound, with a renderbuffer. */
GLuint
framebuffer_of_renderbuffer(GLuint buffer);

/** Uses a program that draws over everything; its vertex shader is of the same version. */
GLuint
program(const char *fragment);

/** Uses a program of one compute shader. */
void
compute_program(const char *source);

/** Uses a program that draws over everything, in green. */
GLuint
paint_green(void);

void
draw(void);

/** Whether all of what is bound for reading has a colour. */
bool
pixels_are(const float colour[4]);

/** Whether ReadPixels of one pixel is refused, and leaves memory as it was. */
bool
cannot_read(GLint x, GLint y);

/** What the unprotected context finds in a texture; it is current then. */
bool
holds(GLuint name, const float colour[4]);

/** Draws what is sampled from a 2D texture, which stays bound. */
void
sample(GLuint name);

/** Samples a 2D texture over an unprotected one, and returns that. */
GLuint
sampled(GLuint name);

GLint
is_protected(GLenum target);

enum piglit_result
verdict(bool right);

#define SUBTEST(name, func) { name, name, func, NULL }
#define SUBTEST_OF(name, func, data) { name, name, func, (void *)(data) }

#endif
