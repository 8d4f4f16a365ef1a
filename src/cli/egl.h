/* SPDX-License-Identifier: MIT */
/* An EGL display on a DRM device, and an OpenGL ES 3 context that is protected or not. */
#ifndef PROTEX_CLI_EGL_H
#define PROTEX_CLI_EGL_H

#include <stdbool.h>
#include <stddef.h>

#include <protex/protex.h>

#define EGL_FEATURES_MAX 12

struct egl_features {
	char renderer[160];
	size_t count;
	struct {
		const char *name;
		bool present;
		char reason[PROTEX_ERROR_MESSAGE_SIZE];
	} features[EGL_FEATURES_MAX];
	bool can_play; /* all that protex play needs is there */
};

/* Asks EGL what it offers on a DRM device. */
int egl_query_features(const char *device, struct egl_features *features,
		       struct protex_error *error);

#endif
