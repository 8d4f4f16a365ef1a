/* SPDX-License-Identifier: MIT */
/*
 * The ordinary way of showing a frame at its best: the plaintext is in the program's memory, as NV12; it is uploaded into two
 * textures, of luma and of chroma, and the shader converts. No byte more is moved than the frame has.
 */
#ifndef UPLOAD_H
#define UPLOAD_H

#include "worker.h"

/* Its option is the path of a clip, for the size. A run is of ten frames. */
extern const struct worker_job upload_job;

#endif
