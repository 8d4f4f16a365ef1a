/* SPDX-License-Identifier: MIT */
#ifndef PSNR_H
#define PSNR_H

#include <math.h>

/* Of identical pictures, whose PSNR is infinite. */
#define PSNR_MAX 100.0

/* The PSNR in dB of so many 8-bit samples with this sum of squared errors. */
static inline double psnr_of(double squared_error, double samples)
{
	if (squared_error <= 0)
		return PSNR_MAX;
	return fmin(PSNR_MAX, 10 * log10(255.0 * 255.0 * samples / squared_error));
}

#endif
