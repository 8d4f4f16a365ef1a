/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 *
 * What contexts do about protected resources.
 *
 * The kernel refuses a submission as a whole if it names a protected resource
 * and is not protected itself, or if it is and would write to an unprotected
 * resource or ask for a result. Applications must not be able to run into that,
 * since everything else in the submission would be lost as well.
 *
 * So on a screen that can do protected content a layer of pipe_context
 * functions lies on those of the driver, and keeps back what the kernel would
 * refuse: the operation has no effect, and the application gets one debug
 * message of each kind. The driver's own functions, and other screens, are
 * left as they are.
 */
#ifndef VIRGL_PROTECTED_H
#define VIRGL_PROTECTED_H

#include <stdbool.h>

struct virgl_context;

/**
 * Put the layer on the functions of a context. To be called when they are all
 * set, and nothing has been called yet.
 *
 * \return whether there was memory for it
 */
bool
virgl_init_protection(struct virgl_context *vctx);

/** To be called when nothing of the context is left but its memory. */
void
virgl_fini_protection(struct virgl_context *vctx);

#endif
