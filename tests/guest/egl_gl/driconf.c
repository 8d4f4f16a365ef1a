/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "egl_gl.h"

/* Runs in a process of its own, in which force_protected_content is true. */
bool forced(void)
{
	const EGLint attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 3, EGL_NONE };
	EGLContext context = eglCreateContext(display, config, EGL_NO_CONTEXT, attributes);
	EGLint value = -1;
	GLint flags = 0;
	bool right;

	eglQueryContext(display, context, EGL_PROTECTED_CONTENT_EXT, &value);
	use(context);
	glGetIntegerv(GL_CONTEXT_FLAGS, &flags);
	right = value == EGL_TRUE && (flags & GL_CONTEXT_FLAG_PROTECTED_CONTENT_BIT_EXT);
	right &= window(0, -1);

	/* It does not ask for the surface's protection, either. */
	if (!gbm) {
		const EGLint size[] = { EGL_WIDTH, SIZE, EGL_HEIGHT, SIZE, EGL_NONE };
		EGLSurface surface = eglCreatePbufferSurface(display, config, size);

		value = -1;
		right &= eglQuerySurface(display, surface, EGL_PROTECTED_CONTENT_EXT, &value) && value == EGL_TRUE;
		right &= eglMakeCurrent(display, surface, surface, context);
		glBindFramebuffer(GL_FRAMEBUFFER, 0);
		glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
		right &= error_is(GL_NO_ERROR) & told_nothing();
		use(context);
		eglDestroySurface(display, surface);
	}

	/* Nor for the buffer's. */
	if (gbm) {
		struct gbm_bo *bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_RENDERING);
		uint32_t stride;
		void *mapped = NULL;

		errno = 0;
		right &= bo && !gbm_bo_map(bo, 0, 0, SIZE, SIZE, GBM_BO_TRANSFER_READ, &stride, &mapped) &&
			 errno == EACCES;
		if (bo)
			gbm_bo_destroy(bo);
	}

	/* Nobody asked for the image's content, and it is there. */
	EGLImageKHR image;
	use(secure);
	image = image_of_texture(secure, texture(true), -1);
	framebuffer(texture_of_image(image), 0);
	program_of(quad, paint_green, NULL);
	draw_quad();
	return right & error_is(GL_NO_ERROR) & told_nothing();
}

/* Runs in a process of its own, in which it is false. */
bool unforced(void)
{
	EGLint value = -1;

	return eglQueryContext(display, plain, EGL_PROTECTED_CONTENT_EXT, &value) && value == EGL_FALSE;
}

/* Runs in a process of its own, in which force_protected_content_check is true. */
bool checked(void)
{
	bool right = true;

	for (EGLint is_protected = EGL_FALSE; is_protected <= EGL_TRUE; is_protected++) {
		struct gbm_bo *bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888,
						  GBM_BO_USE_RENDERING | (is_protected ? GBM_BO_USE_PROTECTED : 0));
		int fd = gbm_bo_get_fd(bo);

		for (EGLint attribute = EGL_FALSE; attribute <= EGL_TRUE; attribute++) {
			EGLImageKHR image = import(fd, gbm_bo_get_stride(bo), attribute);

			right &= !image == (attribute != is_protected);
			if (image)
				destroy_image(display, image);
		}
		close(fd);
		gbm_bo_destroy(bo);
	}
	return right;
}

static bool write_driconf(const char *folder, const char *executable, const char *option)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/00-test.conf", folder);
	file = fopen(path, "w");
	if (!file)
		return false;
	fprintf(file, "<driconf><device><application name=\"test\" executable=\"%s\">"
		      "<option name=\"%s\" value=\"true\"/></application></device></driconf>\n",
		executable, option);
	return !fclose(file);
}

bool run_as(const char *role, const char *option, const char *environment, const char *executable)
{
	char folder[] = "/tmp/driconf.XXXXXX", path[128];
	int status = -1;
	pid_t child;

	if (!mkdtemp(folder) || (executable && !write_driconf(folder, executable, option)))
		return note("%s: %s", folder, strerror(errno)), false;
	child = fork();
	if (!child) {
		if (environment)
			setenv(option, environment, 1);
		setenv("DRIRC_CONFIGDIR", folder, 1);
		execl("/proc/self/exe", "egl_gl", role, gbm ? "gbm" : "surfaceless", NULL);
		_exit(1);
	}
	waitpid(child, &status, 0);
	snprintf(path, sizeof(path), "%s/00-test.conf", folder);
	unlink(path);
	rmdir(folder);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static const char force_option[] = "force_protected_content", check_option[] = "force_protected_content_check";

static bool force(void)
{
	return run_as("forced", force_option, "true", NULL);
}

static bool force_by_driconf(void)
{
	return run_as("forced", force_option, NULL, "egl_gl") && run_as("unforced", force_option, NULL, "weston");
}

static bool force_environment_first(void)
{
	return run_as("unforced", force_option, "false", "egl_gl");
}

static bool check(void)
{
	return run_as("checked", check_option, "true", NULL) && !run_as("checked", check_option, NULL, NULL);
}

static bool check_by_driconf(void)
{
	return run_as("checked", check_option, NULL, "egl_gl") &&
	       !run_as("checked", check_option, "false", "egl_gl");
}

const struct test driconf_tests[] = {
	{ ON_BOTH, force, "force_protected_content protects contexts, windows and imports" },
	{ ON_BOTH, force_by_driconf, "also by a driconf file, for the application that it names" },
	{ ON_BOTH, force_environment_first, "which the environment overrides" },
	{ ON_GBM, check, "force_protected_content_check refuses images of what is not what they ask for" },
	{ ON_GBM, check_by_driconf, "also by a driconf file, which the environment overrides" },
	{ 0 },
};
