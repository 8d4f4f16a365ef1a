/* SPDX-License-Identifier: MIT */
/*
 * From NV12 to RGB as Mesa's external sampling does it, shown 1:1: the reference that tests compare
 * the screen with, and what playing without protection shows.
 *
 * Chroma is interpolated between the four nearest samples, as if each lay in the middle of its four
 * pixels, whatever the clip's siting: Mesa ignores EGL's siting hints and samples all planes at the
 * same place (nir_lower_tex.c, sample_plane). At the edges the outermost sample counts.
 */
#ifndef PROTEX_CLI_CONVERT_H
#define PROTEX_CLI_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include <protex/protex.h>

/* Converts the top left width x height pixels of an NV12 frame, of a layout that is large enough,
 * to bytes B, G, R, 255 each: XRGB8888. The matrix is a CONTAINER_MATRIX_*. */
void convert_nv12_to_xrgb(const struct protex_layout *layout, const uint8_t *frame, uint8_t matrix,
			  bool full_range, uint32_t width, uint32_t height, uint8_t *out,
			  uint32_t out_stride);

#endif
