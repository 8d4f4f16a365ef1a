/* SPDX-License-Identifier: MIT */
#ifndef FRAMES_H
#define FRAMES_H

#include "bitmap.h"

/*
 * How much a part of each picture looks like a frame of a video, of the part's size. The file has one frame of 8-bit planar
 * 4:2:0 for each picture, one after the other, as a decoder of its own gave them. The matrix is BT.601, BT.709 or BT.2020,
 * the range limited or full: of the frames. Prints JSON: the PSNR of each picture in dB, over all its red, green and blue
 * values. An exit status.
 */
int compare_with_frames(const char *matrix, const char *range, const struct region *region, const char *frames,
			char *const pictures[], size_t count);

#endif
