/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file protected_image.h
 *
 * EGLImages of protected textures, and what GL makes of an EGLImage.
 */

#ifndef PROTECTED_IMAGE_H
#define PROTECTED_IMAGE_H

#include "../../../spec/ext_protected_textures/protected_common.h"

#define TOLD_CLOSED "EGLImage of a protected source, created without EGL_PROTECTED_CONTENT_EXT"

/** In place of a value: the image is created without the attribute. */
#define NO_ATTRIBUTE (-2)

extern PFNEGLDESTROYIMAGEKHRPROC destroy_image;

/** protected_init(), and skips the test when there are no images of textures. */
void
protected_image_init(void);

/** An image of a texture or a renderbuffer, or EGL_NO_IMAGE_KHR. */
EGLImageKHR
image_of(enum which which, EGLenum target, GLuint name, EGLint value);

/** One of a new protected texture; the protected context is current then. */
EGLImageKHR
protected_image(EGLint value);

/** A texture of an image, bound. */
GLuint
texture_of_image(EGLImageKHR image);

/**
 * Whether each context, sampling an external texture of the image, gets what it should:
 * this message, or none if that is NULL, and the unprotected one this colour.  Destroys the
 * image.
 */
bool
external_samples(EGLImageKHR image, const char *in_protected, const char *in_unprotected,
		 const float colour[4]);

/** A renderbuffer of an image, bound. */
GLuint
renderbuffer_of_image(EGLImageKHR image);

/** A framebuffer, bound, with a renderbuffer of an image. */
GLuint
framebuffer_of_image(EGLImageKHR image);

#endif
