/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file context.c
 *
 * EGL_PROTECTED_CONTENT_EXT as an attribute of contexts, what can be shared, and that one
 * context's protection is not another's.
 */

#include <pthread.h>

#include "../../../spec/ext_protected_textures/protected_common.h"

static const struct piglit_subtest subtests[];

PIGLIT_GL_TEST_CONFIG_BEGIN

	protected_config(argc, argv);
	config.subtests = subtests;
	config.supports_gl_es_version = 30;
	config.window_visual = PIGLIT_GL_VISUAL_RGBA;
	config.khr_no_error_support = PIGLIT_HAS_ERRORS;

PIGLIT_GL_TEST_CONFIG_END

static EGLContext
create(EGLint value)
{
	const EGLint attributes[] = {
		EGL_CONTEXT_CLIENT_VERSION, 3, EGL_PROTECTED_CONTENT_EXT, value, EGL_NONE
	};

	eglBindAPI(EGL_OPENGL_ES_API);
	return eglCreateContext(dpy, EGL_NO_CONFIG_KHR, contexts[PROTECTED], attributes);
}

static enum piglit_result
attribute(void *data)
{
	const EGLint value = (intptr_t)data;
	EGLContext context = create(value);
	EGLint got = -1;
	bool right;

	right = context && eglQueryContext(dpy, context, EGL_PROTECTED_CONTENT_EXT, &got);
	eglDestroyContext(dpy, context);
	return verdict(right && got == value);
}

static enum piglit_result
no_attribute(void *data)
{
	EGLint got = -1;

	return verdict(eglQueryContext(dpy, contexts[PLAIN], EGL_PROTECTED_CONTENT_EXT, &got) &&
		       got == EGL_FALSE);
}

static enum piglit_result
bad_attribute(void *data)
{
	return verdict(!create((intptr_t)data) && piglit_check_egl_error(EGL_BAD_ATTRIBUTE));
}

static enum piglit_result
desktop(void *data)
{
	const EGLint attributes[] = { EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE };
	EGLint got = -1;
	EGLContext context;

	if (!eglBindAPI(EGL_OPENGL_API))
		return PIGLIT_SKIP;
	context = eglCreateContext(dpy, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	eglBindAPI(EGL_OPENGL_ES_API);
	if (!context)
		return PIGLIT_SKIP;
	eglQueryContext(dpy, context, EGL_PROTECTED_CONTENT_EXT, &got);
	eglDestroyContext(dpy, context);
	return verdict(got == EGL_TRUE);
}

/* Objects of one kind of context are there in the other. */
static enum piglit_result
share(void *data)
{
	GLuint name;

	use((uintptr_t)data);
	name = coloured(green);
	use((uintptr_t)data == PLAIN ? PROTECTED : PLAIN);
	return verdict(glIsTexture(name) && holds(name, green));
}

/* An unprotected context that was created first can be shared with. */
static enum piglit_result
share_with_unprotected(void *data)
{
	EGLContext first = create_context(dpy, PLAIN, EGL_NO_CONTEXT);
	EGLContext second = create_context(dpy, PROTECTED, first);
	GLuint name;
	bool right;

	if (!first || !second)
		return PIGLIT_FAIL;
	use_context(first);
	name = texture(PLAIN);
	glFinish();
	use_context(second);
	right = glIsTexture(name) && is_protected(GL_TEXTURE_2D) == GL_FALSE;
	texture(PROTECTED);
	right &= is_protected(GL_TEXTURE_2D) == GL_TRUE;
	right &= error_is(GL_NO_ERROR);
	use(PLAIN);
	eglDestroyContext(dpy, first);
	eglDestroyContext(dpy, second);
	return verdict(right);
}

/* What was protected stays so when the context that made it is gone. */
static enum piglit_result
outlives(void *data)
{
	EGLContext second = create_context(dpy, PROTECTED, contexts[PROTECTED]);
	GLuint name, output;
	bool right;

	use_context(second);
	name = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	eglDestroyContext(dpy, second);
	output = sampled(name);
	right = told(TOLD_TEXTURE);
	return verdict(holds(output, black) & right);
}

static enum piglit_result
no_error(void *data)
{
	const EGLint attributes[] = {
		EGL_CONTEXT_CLIENT_VERSION, 3, EGL_PROTECTED_CONTENT_EXT, EGL_TRUE,
		EGL_CONTEXT_OPENGL_NO_ERROR_KHR, EGL_TRUE, EGL_NONE
	};
	EGLContext context;
	bool right;

	if (!piglit_is_egl_extension_supported(dpy, "EGL_KHR_create_context_no_error"))
		return PIGLIT_SKIP;
	context = eglCreateContext(dpy, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (!context)
		return PIGLIT_SKIP;
	use_context(context);
	framebuffer(texture(PROTECTED), 0);
	right = cannot_read(0, 0);
	use(PLAIN);
	eglDestroyContext(dpy, context);
	return verdict(right);
}

/* Many switches between the two: each keeps its rules. */
static enum piglit_result
switches(void *data)
{
	GLuint open, closed;
	bool right = true;

	use(PROTECTED);
	closed = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	open = coloured(red);
	for (unsigned i = 0; i < 16; i++) {
		use(PROTECTED);
		framebuffer(i & 1 ? open : closed, 0);
		paint_green();
		draw();
		right &= i & 1 ? told(TOLD_UNPROTECTED) : told_nothing();
		glFinish();
		use(PLAIN);
		framebuffer(open, 0);
		right &= pixels_are(red);
	}
	return verdict(right & error_is(GL_NO_ERROR));
}

struct thread {
	pthread_t id;
	EGLContext context;
	GLuint open, closed;
	bool is_protected, right;
};

/* A protected context draws to what it may draw to and to what it may not, and an
 * unprotected one samples the protected texture to a texture of its own. */
static void *
run_thread(void *data)
{
	struct thread *thread = data;
	GLuint output;

	use_context(thread->context);
	output = coloured(red);
	thread->right = true;
	for (unsigned i = 0; i < 32; i++) {
		if (thread->is_protected) {
			paint_green();
			framebuffer(i & 1 ? thread->open : thread->closed, 0);
			draw();
		} else {
			framebuffer(output, 0);
			glClearColor(0, 0, 1, 1);
			glClear(GL_COLOR_BUFFER_BIT);
			thread->right &= pixels_are(blue);
			sample(thread->closed);
			thread->right &= pixels_are(black);
		}
	}
	glFinish();
	thread->right &= glGetError() == GL_NO_ERROR;
	eglMakeCurrent(dpy, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	return NULL;
}

static enum piglit_result
threads(void *data)
{
	struct thread all[4];
	bool right = true;
	GLuint open, closed;

	use(PROTECTED);
	closed = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	open = coloured(red);
	for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
		all[i] = (struct thread){ .open = open, .closed = closed, .is_protected = i & 1 };
		all[i].context = create_context(dpy, all[i].is_protected ? PROTECTED : PLAIN, contexts[PLAIN]);
		if (!all[i].context || pthread_create(&all[i].id, NULL, run_thread, &all[i])) {
			piglit_loge("no context or no thread");
			piglit_report_result(PIGLIT_FAIL);
		}
	}
	for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
		pthread_join(all[i].id, NULL);
		right &= all[i].right;
		eglDestroyContext(dpy, all[i].context);
	}
	return verdict(holds(open, red) & right);
}

/* What a context must not do loses nothing but that. */
static enum piglit_result
not_lost(void *data)
{
	GLuint open, closed;
	bool right = true;

	if (!has_gles(32))
		return PIGLIT_SKIP;
	use(PROTECTED);
	closed = texture(PROTECTED);
	glFinish();
	use(PLAIN);
	open = coloured(red);
	for (enum which which = PLAIN; which <= PROTECTED; which++) {
		use(which);
		framebuffer(which == PROTECTED ? open : closed, 0);
		paint_green();
		draw();
		right &= told(which == PROTECTED ? TOLD_UNPROTECTED : TOLD_PROTECTED);
		framebuffer(closed, 0);
		right &= cannot_read(0, 0);
		glFinish();
		right &= glGetGraphicsResetStatus() == GL_NO_ERROR;

		framebuffer(which == PROTECTED ? closed : open, 0);
		paint_green();
		draw();
		right &= error_is(GL_NO_ERROR) & told_nothing();
	}
	return verdict(right);
}

static bool
can_be_lost(EGLint is_protected)
{
	const EGLint attributes[] = {
		EGL_CONTEXT_CLIENT_VERSION, 3, EGL_PROTECTED_CONTENT_EXT, is_protected,
		EGL_CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY_EXT, EGL_LOSE_CONTEXT_ON_RESET_EXT,
		EGL_NONE
	};
	EGLContext context = eglCreateContext(dpy, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);

	if (!context)
		return false;
	use_context(context);
	if (glGetGraphicsResetStatus() != GL_NO_ERROR)
		piglit_report_result(PIGLIT_FAIL);
	use(PLAIN);
	eglDestroyContext(dpy, context);
	return true;
}

static enum piglit_result
reset_notification(void *data)
{
	return verdict(can_be_lost(EGL_FALSE) == can_be_lost(EGL_TRUE));
}

static const struct piglit_subtest subtests[] = {
	SUBTEST_OF("eglCreateContext with EGL_TRUE, and the query", attribute, EGL_TRUE),
	SUBTEST_OF("eglCreateContext with EGL_FALSE, and the query", attribute, EGL_FALSE),
	SUBTEST("eglCreateContext without the attribute is unprotected", no_attribute),
	SUBTEST_OF("eglCreateContext with 2 is EGL_BAD_ATTRIBUTE", bad_attribute, 2),
	SUBTEST_OF("eglCreateContext with -1 is EGL_BAD_ATTRIBUTE", bad_attribute, -1),
	SUBTEST_OF("eglCreateContext with EGL_DONT_CARE is EGL_BAD_ATTRIBUTE", bad_attribute, EGL_DONT_CARE),
	SUBTEST("a context of desktop GL can be protected", desktop),
	SUBTEST_OF("a protected context's textures are there in an unprotected one", share, PROTECTED),
	SUBTEST_OF("an unprotected context's textures are there in a protected one", share, PLAIN),
	SUBTEST("a protected context can join the share group of an unprotected one", share_with_unprotected),
	SUBTEST("a protected texture outlives the context that made it", outlives),
	SUBTEST("a protected context without errors still has those of protection", no_error),
	SUBTEST("each context keeps its rules when they take turns", switches),
	SUBTEST("each context keeps its rules in a thread of its own", threads),
	SUBTEST("no context is lost by what it must not do", not_lost),
	SUBTEST("a protected context has notification of resets where any has", reset_notification),
	{ NULL },
};

void
piglit_init(int argc, char **argv)
{
	protected_init();
	protected_run(subtests);
}
