/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

#include "protected_image.h"

static PFNEGLCREATEIMAGEKHRPROC create_image;
PFNEGLDESTROYIMAGEKHRPROC destroy_image;

void
protected_image_init(void)
{
	protected_init();
	piglit_require_egl_extension(dpy, "EGL_KHR_gl_texture_2D_image");
	create_image = (void *)eglGetProcAddress("eglCreateImageKHR");
	destroy_image = (void *)eglGetProcAddress("eglDestroyImageKHR");
}

EGLImageKHR
image_of(enum which which, EGLenum target, GLuint name, EGLint value)
{
	const EGLint attributes[] = {
		value == NO_ATTRIBUTE ? EGL_NONE : EGL_PROTECTED_CONTENT_EXT, value, EGL_NONE
	};

	return create_image(dpy, contexts[which], target, (EGLClientBuffer)(uintptr_t)name, attributes);
}

EGLImageKHR
protected_image(EGLint value)
{
	EGLImageKHR image;

	use(PROTECTED);
	image = image_of(PROTECTED, EGL_GL_TEXTURE_2D_KHR, texture(PROTECTED), value);
	glFinish();
	return image;
}

GLuint
texture_of_image(EGLImageKHR image)
{
	GLuint name;

	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_2D, name);
	glEGLImageTargetTexture2DOES(GL_TEXTURE_2D, image);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	return name;
}

/* Draws what is sampled from an external texture of an image. */
static void
sample_external(EGLImageKHR image)
{
	GLuint name;

	program("#version 300 es\n#extension GL_OES_EGL_image_external_essl3 : require\n"
		"precision highp float; uniform samplerExternalOES s; out vec4 colour;\n"
		"void main() { colour = texture(s, vec2(0.5)); }\n");
	glGenTextures(1, &name);
	glBindTexture(GL_TEXTURE_EXTERNAL_OES, name);
	glEGLImageTargetTexture2DOES(GL_TEXTURE_EXTERNAL_OES, image);
	draw();
}

bool
external_samples(EGLImageKHR image, const char *in_protected, const char *in_unprotected, const float colour[4])
{
	GLuint output;
	bool right = image != EGL_NO_IMAGE_KHR;

	use(PROTECTED);
	framebuffer(texture(PROTECTED), 0);
	sample_external(image);
	glFinish();
	right &= error_is(GL_NO_ERROR) & (in_protected ? told(in_protected) : told_nothing());
	use(PLAIN);
	output = coloured(red);
	framebuffer(output, 0);
	sample_external(image);
	right &= error_is(GL_NO_ERROR) & (in_unprotected ? told(in_unprotected) : told_nothing());
	destroy_image(dpy, image);
	return holds(output, colour) & right;
}

GLuint
renderbuffer_of_image(EGLImageKHR image)
{
	GLuint name;

	glGenRenderbuffers(1, &name);
	glBindRenderbuffer(GL_RENDERBUFFER, name);
	glEGLImageTargetRenderbufferStorageOES(GL_RENDERBUFFER, image);
	return name;
}

GLuint
framebuffer_of_image(EGLImageKHR image)
{
	return framebuffer_of_renderbuffer(renderbuffer_of_image(image));
}
