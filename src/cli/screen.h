/* SPDX-License-Identifier: MIT */
/* A monitor, by KMS. */
#ifndef PROTEX_CLI_SCREEN_H
#define PROTEX_CLI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include <gbm.h>

#include <protex/protex.h>

struct screen;

/*
 * Opens a DRM device (path NULL: the first that has a monitor), and chooses its first monitor and
 * that one's preferred mode, or the given mode ("1280x800", or NULL). Shows nothing yet.
 */
int screen_open(struct screen **screen, const char *path, const char *mode,
		struct protex_error *error);

/* Shows again what was shown before, as far as that is still there. */
void screen_close(struct screen *screen);

struct gbm_device *screen_device(const struct screen *screen);
const char *screen_path(const struct screen *screen);
uint32_t screen_width(const struct screen *screen);
uint32_t screen_height(const struct screen *screen);
uint32_t screen_refresh(const struct screen *screen); /* in Hz */

/* Becomes readable when a flip is complete; then call screen_read_events(). */
int screen_fd(const struct screen *screen);
int screen_read_events(struct screen *screen, struct protex_error *error);

/* Whether a flip is under way; until it is complete there cannot be another. */
bool screen_is_flipping(const struct screen *screen);

/* Begins to show a buffer of XRGB8888 pixels and the size of the screen, at the next refresh. The
 * buffer must live until another one is shown, and the screen until all buffers are gone. */
int screen_show(struct screen *screen, struct gbm_bo *buffer, struct protex_error *error);

#endif
