/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

/**
 * \file noop_protection.h
 * Protected content in a driver that does nothing: it looks at what it is asked
 * for, and says on stderr what a device that enforces protection would refuse.
 * It is threaded and all its buffers are busy, so that a frontend is led into
 * all that u_threaded_context does about that.
 */

#ifndef NOOP_PROTECTION_H
#define NOOP_PROTECTION_H

#include <stdbool.h>

#include "pipe/p_context.h"

struct noop_context {
   struct pipe_context base;

   /** Created with PIPE_CONTEXT_PROTECTED. */
   bool is_protected;

   /** The functions of base before they were made to look. */
   struct pipe_context unchecked;
};

/**
 * Have a new context's functions look at what they are given.
 *
 * \param flags  what the context was created with
 */
void
noop_check_protection(struct noop_context *ctx, unsigned flags);

#endif /* NOOP_PROTECTION_H */
