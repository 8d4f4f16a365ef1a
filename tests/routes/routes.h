/* SPDX-License-Identifier: MIT */
/*
 * Routes by which the CPU might get at the content of a buffer.
 *
 * Every route is tried on a target: a buffer that holds a known pattern, once a protected one, once an
 * ordinary one. What counts is content: the attacker has won if any of the pattern turns up in memory
 * that the program can read, whatever the calls on the way returned.
 */
#ifndef PROTEX_TESTS_ROUTES_H
#define PROTEX_TESTS_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <protex/protex.h>

/* ---- pattern.c: what the buffers hold ---------------------------------------------------------- */

#define PATTERN_WIDTH  64u
#define PATTERN_HEIGHT 64u
#define PATTERN_PIXELS (PATTERN_WIDTH * PATTERN_HEIGHT)
#define PATTERN_STRIDE (PATTERN_WIDTH * 4u)
#define PATTERN_SIZE   (PATTERN_STRIDE * PATTERN_HEIGHT)

/* Writes the whole pattern: DRM_FORMAT_XRGB8888, PATTERN_SIZE bytes. */
void pattern_write(uint8_t *bytes);

/*
 * How many bytes of the pattern are in memory: at any offset, in any order of rows or columns, as
 * XRGB8888 or as the RGBA bytes that GL returns. What could be chance (fewer than four neighbouring
 * pixels) does not count.
 */
size_t pattern_count(const void *memory, size_t size);

/* ---- outcome.c: what an attempt came to -------------------------------------------------------- */

/* A route may make several attempts; their outcomes add up, but one that reached the pattern is all
 * there is to say. */
struct outcome {
	bool reached; /* some of the pattern was there */
	char text[160]; /* for people: "EACCES", "4096 bytes of the pattern"; several are separated by ", " */
};

/* Adds what an attempt got, unless another got the same. */
void outcome_add(struct outcome *outcome, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds the name of errno. */
void outcome_errno(struct outcome *outcome);

/* Adds another attempt's outcome. */
void outcome_merge(struct outcome *outcome, const struct outcome *attempt);

/* Looks for the pattern in what an attempt brought; without it the outcome is "nothing of it". */
void outcome_content(struct outcome *outcome, const void *memory, size_t size);

/* ---- target.c: the buffers --------------------------------------------------------------------- */

#define TARGET_MAX_OBJECTS 2

struct target {
	bool is_protected;
	int dmabuf;	/* of the heap */
	int memory_file; /* what an ordinary dma-buf was made from, where it was made from a file; or -1 */
	int gpu;	/* the virtio-gpu device, opened by its primary node */

	/*
	 * The buffer as objects of that device. Protected: the imported memory, and a resource over it.
	 * Ordinary: a resource.
	 */
	uint32_t objects[TARGET_MAX_OBJECTS];
	unsigned object_count;
	uint32_t resource; /* the one of them that the device can draw from */
	int image; /* a dma-buf for EGL to import, the program's own */
};

/*
 * Makes a buffer with the pattern in it. In a protected one it comes from the trusted application,
 * which decrypts it into place, and was proven to be there by its digest.
 */
int target_create_protected(struct target *target, struct protex_error *error);
int target_create_ordinary(struct target *target, struct protex_error *error);
void target_destroy(struct target *target);

/* Whether the protected buffer still holds the pattern. */
int target_verify(const struct target *target, struct protex_error *error);

/* ---- drm.c: devices ---------------------------------------------------------------------------- */

int drm_call(int fd, unsigned long request, void *argument);

/* Opens the primary node of the first device of a driver, and makes sure not to be its master.
 * -ENODEV: there is none. */
int drm_open(const char *driver, char path[32]);

/* ---- the routes -------------------------------------------------------------------------------- */

/* Maps PATTERN_SIZE bytes of a file and looks for the pattern; in buffer_routes.c. */
void look_at_mapping(struct outcome *outcome, int fd, off_t offset);

/* Maps a dma-buf of the GPU's, and has the GPU bring its copy to it; in drm_routes.c. */
void look_through_gpu(struct outcome *outcome, int gpu, int fd);

struct gl;

struct route {
	const char *name;
	const char *leak; /* in one line, what would be wrong */
	void (*attempt)(const struct target *target, struct outcome *outcome);
	void (*attempt_gl)(struct gl *gl, const struct target *target, struct outcome *outcome);
};

/* Each table ends with a route without a name. */
extern const struct route buffer_routes[], drm_routes[], gl_routes[];

#endif
