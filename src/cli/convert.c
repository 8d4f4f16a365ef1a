/* SPDX-License-Identifier: MIT */
#include "container.h"
#include "convert.h"

/* Fixed point: chroma is interpolated in 16ths, and coefficients have 13 more bits. */
#define CHROMA_BITS	 4
#define COEFFICIENT_BITS 13
#define BITS		 (CHROMA_BITS + COEFFICIENT_BITS)

struct coefficients {
	int32_t black; /* of luma, 0 to 255 */
	int32_t y, rv, gu, gv, bu;
};

static int32_t fixed(double value)
{
	return (int32_t)(value * (1 << COEFFICIENT_BITS) + (value < 0 ? -0.5 : 0.5));
}

/* ITU-R BT.601, BT.709 and BT.2020: luma is kr R + (1 - kr - kb) G + kb B. */
static struct coefficients coefficients_of(uint8_t matrix, bool full_range)
{
	double kr = 0.299, kb = 0.114, kg;
	double luma = full_range ? 1.0 : 255.0 / 219.0;
	double chroma = full_range ? 1.0 : 255.0 / 224.0;

	if (matrix == CONTAINER_MATRIX_BT709) {
		kr = 0.2126;
		kb = 0.0722;
	} else if (matrix == CONTAINER_MATRIX_BT2020) {
		kr = 0.2627;
		kb = 0.0593;
	}
	kg = 1.0 - kr - kb;
	return (struct coefficients){
		.black = full_range ? 0 : 16,
		.y = fixed(luma),
		.rv = fixed(2.0 * (1.0 - kr) * chroma),
		.gu = fixed(-2.0 * (1.0 - kb) * kb / kg * chroma),
		.gv = fixed(-2.0 * (1.0 - kr) * kr / kg * chroma),
		.bu = fixed(2.0 * (1.0 - kb) * chroma),
	};
}

static uint8_t to_byte(int32_t value)
{
	value = (value + (1 << (BITS - 1))) >> BITS;
	return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

/* The two chroma samples around a pixel along one axis: the nearer counts three quarters. */
static void neighbours(uint32_t pixel, uint32_t count, uint32_t *near, uint32_t *far)
{
	*near = pixel / 2;
	if (pixel & 1)
		*far = *near + 1 < count ? *near + 1 : *near;
	else
		*far = *near > 0 ? *near - 1 : 0;
}

void convert_nv12_to_xrgb(const struct protex_layout *layout, const uint8_t *frame, uint8_t matrix,
			  bool full_range, uint32_t width, uint32_t height, uint8_t *out,
			  uint32_t out_stride)
{
	const struct protex_plane *luma = &layout->planes[0], *chroma = &layout->planes[1];
	const struct coefficients c = coefficients_of(matrix, full_range);

	for (uint32_t y = 0; y < height; y++) {
		const uint8_t *luma_row = frame + luma->offset + (size_t)y * luma->stride;
		const uint8_t *near_row, *far_row;
		uint8_t *to = out + (size_t)y * out_stride;
		uint32_t near_y, far_y;

		neighbours(y, chroma->height, &near_y, &far_y);
		near_row = frame + chroma->offset + (size_t)near_y * chroma->stride;
		far_row = frame + chroma->offset + (size_t)far_y * chroma->stride;
		for (uint32_t x = 0; x < width; x++, to += 4) {
			int32_t l = (luma_row[x] - c.black) * (1 << CHROMA_BITS);
			int32_t uv[2];
			uint32_t near, far;

			neighbours(x, chroma->width, &near, &far);
			for (unsigned i = 0; i < 2; i++)
				uv[i] = 9 * near_row[2 * near + i] + 3 * near_row[2 * far + i] +
					3 * far_row[2 * near + i] + far_row[2 * far + i] -
					(128 << CHROMA_BITS);
			to[0] = to_byte(c.y * l + c.bu * uv[0]);
			to[1] = to_byte(c.y * l + c.gu * uv[0] + c.gv * uv[1]);
			to[2] = to_byte(c.y * l + c.rv * uv[1]);
			to[3] = 255;
		}
	}
}
