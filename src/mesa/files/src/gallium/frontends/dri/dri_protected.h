/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file dri_protected.h
 * Protected images and drawables: EGL_EXT_protected_content and
 * GBM_BO_USE_PROTECTED.
 */

#ifndef DRI_PROTECTED_H
#define DRI_PROTECTED_H

#include <stdbool.h>

#include "util/macros.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dri_context;
struct dri_image;
struct dri_screen;
struct pipe_resource;

PUBLIC bool
dri_screen_enforces_protection(struct dri_screen *screen);

PUBLIC bool
dri_screen_forces_protected_content(struct dri_screen *screen);

PUBLIC bool
dri_image_is_protected(const struct dri_image *image);

PUBLIC bool
dri_image_set_protected_access(struct dri_image *image, bool asked);

bool
dri_may_blit(const struct dri_context *ctx, const struct pipe_resource *dst,
             const struct pipe_resource *src);

#ifdef __cplusplus
}
#endif

#endif /* DRI_PROTECTED_H */
