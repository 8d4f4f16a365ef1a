/* SPDX-License-Identifier: MIT */
/*
 * EGL_EXT_protected_content, GL_EXT_protected_textures and GBM_BO_USE_PROTECTED:
 * what a call returns, which error it leaves, what it tells by KHR_debug, and what
 * an unprotected context then finds in unprotected storage.
 *
 * docs/egl-gl.md has the table; each test here is a line of it. What can only be
 * seen (that protected content is right) is left to the tests that use the camera.
 */
#ifndef EGL_GL_H
#define EGL_GL_H

#include <stdint.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl32.h>
#include <GLES2/gl2ext.h>
#include <gbm.h>

#include "tap.h"

#ifndef GBM_BO_USE_PROTECTED
#define GBM_BO_USE_PROTECTED (1 << 5)
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Each file has a table of its tests, which ends with one that has no function. */
struct test {
	enum { ON_BOTH, ON_SURFACELESS, ON_GBM } platform; /* they have one kind of surface each */
	bool (*run)(void);
	const char *statement;
};

extern const struct test contexts_tests[], parameter_tests[], framebuffers_tests[], sampling_tests[], reading_tests[],
	side_effects_tests[], images_tests[], dma_bufs_tests[], desktop_tests[], desktop_reading_tests[], surfaces_tests[],
	gbm_tests[], driconf_tests[], missing_tests[];

/* ---- main.c: the platform under test --------------------------------------------------------------- */

extern EGLDisplay display;
extern EGLConfig config;
extern EGLContext plain, secure; /* one share group */
extern struct gbm_device *gbm;	 /* of the GBM platform, or NULL */

extern PFNEGLCREATEIMAGEKHRPROC create_image;
extern PFNEGLDESTROYIMAGEKHRPROC destroy_image;
extern PFNGLEGLIMAGETARGETTEXTURE2DOESPROC image_target_texture;
extern PFNGLEGLIMAGETARGETRENDERBUFFERSTORAGEOESPROC image_target_renderbuffer;
extern PFNGLEGLIMAGETARGETTEXSTORAGEEXTPROC image_target_storage;
extern PFNGLTEXTUREVIEWEXTPROC texture_view;
extern PFNEGLEXPORTDMABUFIMAGEMESAPROC export_dmabuf;

/* ---- gl.c: what GL says, and things to work on ----------------------------------------------------- */

enum { SIZE = 16 }; /* of textures: width and height */

extern const uint8_t red[4], black[4], green[4];

#define HEADER "#version 320 es\nprecision highp float; precision highp int;\n"

/* Vertex shader: with draw_quad(), two triangles over everything. */
extern const char quad[];
/* Fragment shaders. */
extern const char paint_green[], sample_2d[];

/* Whether there was exactly one message since the last call or use(), and it holds text. */
bool told(const char *text);
bool told_nothing(void);
bool error_is(GLenum wanted);
bool egl_error_is(EGLint wanted);
void use(EGLContext context);

GLuint texture_of(GLenum target, GLenum format, GLsizei levels, bool protected_);
GLuint texture(bool protected_);
void fill(GLuint name, const uint8_t colour[4]);
/* An unprotected texture full of one colour. */
GLuint coloured(const uint8_t colour[4]);
/* Bound, with one texture or two. */
GLuint framebuffer(GLuint first, GLuint second);
bool pixels_are(const uint8_t colour[4]);
/* What an unprotected context, used from then on, reads from a texture. */
bool texture_holds(GLuint name, const uint8_t colour[4]);
/* Whether the device still does what a protected context asks: it drops all that comes after what it rejects. */
bool device_listens(void);
/* In use; captured is a varying for transform feedback, or NULL. */
GLuint program_of(const char *vertex, const char *fragment, const char *captured);
void draw_quad(void);

/* ---- kernel.c: what the device is asked for ---------------------------------------------------------- */

/* Whether it took all submissions since the last call. */
bool kernel_refused_nothing(void);
/* Whether it gives new storage; at first it does. */
void kernel_gives_resources(bool gives);

/* ---- what one file has for others ------------------------------------------------------------------- */

/* images.c. attribute is EGL_PROTECTED_CONTENT_EXT's value, or -1 for none. */
EGLImageKHR image_of_texture(EGLContext context, GLuint name, EGLint attribute);
/* Whether no context can do anything with the image. */
bool inaccessible(EGLImageKHR image);
/* A new texture that shows the image. */
GLuint texture_of_image(EGLImageKHR image);

/* dma_bufs.c: of ARGB8888. */
EGLImageKHR import(int fd, EGLint stride, EGLint attribute);

/* desktop.c */
EGLContext desktop_context(EGLint is_protected, EGLContext share);
void desktop_done(EGLContext context);

/* surfaces.c: whether a window surface with this EGL_PROTECTED_CONTENT_EXT (-1: none) of a GBM surface is protected. */
bool window(uint32_t flags, EGLint attribute);

/*
 * driconf.c: runs this program again in a role, with an option set in the environment,
 * and to true by a driconf file for an executable, where these are given.
 */
bool run_as(const char *role, const char *option, const char *environment, const char *executable);

/* The roles: in driconf.c the first three, in parameter.c sparse_texture(), in framebuffers.c the last. */
bool forced(void);
bool unforced(void);
bool checked(void);
bool sparse_texture(void);
bool knows_nothing(void);
bool transcoded(void);
bool inherited_surfaces(void);

#endif
