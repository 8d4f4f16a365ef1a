/* SPDX-License-Identifier: MIT */
/* A protected and an ordinary context of OpenGL ES 3 on the first render node, without a display. */
#ifndef CONTEXTS_H
#define CONTEXTS_H

#include <stdbool.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>

#include <GLES2/gl2ext.h> /* after gl3.h, which it needs */

struct contexts {
	EGLDisplay display;
	EGLContext is_protected, ordinary;
	PFNEGLCREATEIMAGEKHRPROC create_image;
	PFNEGLDESTROYIMAGEKHRPROC destroy_image;
	PFNGLEGLIMAGETARGETTEXTURE2DOESPROC image_target_texture;
};

/* False, and what is missing is said on standard error. They go with the process. */
bool contexts_open(struct contexts *contexts);

bool contexts_use(struct contexts *contexts, EGLContext context);

#endif
