/* SPDX-License-Identifier: MIT */
/*
 * The camera, from a program that has something on the display.
 */
#ifndef SHOT_H
#define SHOT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Takes a picture of the display, which shows the framebuffer fb of fd, or whatever it likes if fb is 0.
 * Puts width * height times R, G, B into pixels; false, after a line of TAP, if the picture is not
 * of that size.
 */
bool shoot(int fd, uint32_t fb, uint32_t width, uint32_t height, uint8_t *pixels);

#endif
