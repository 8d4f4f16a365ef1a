/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file st_protected.h
 * Protected contexts and resources in the state tracker.  The rules are in
 * main/protected_textures.h.
 */

#ifndef ST_PROTECTED_H
#define ST_PROTECTED_H

#include <stdbool.h>

#include "main/protected_textures.h"

struct gl_framebuffer;
struct gl_renderbuffer;
struct gl_texture_object;
struct pipe_resource;
struct pipe_sampler_view;
struct st_context;

void
st_init_protection(struct st_context *st, bool is_protected);

void
st_destroy_protection(struct st_context *st);

#endif /* ST_PROTECTED_H */
