/* SPDX-License-Identifier: MIT */
/*
 * What the kernel alone brings to the display, without Mesa, seen by the camera: what a protected
 * submission drew, and restricted memory that goes straight to a plane.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <protex/protex.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "tap.h"

#define WIDTH 640u
#define HEIGHT 480u
#define STRIDE 4096u
#define OFFSET 8192u

#define EXECBUF_PROTECTED 0x08
#define CREATE_PROTECTED (1u << 31)

/* As in <drm/virtgpu_drm.h>, whose C library copy may be older than these. */
struct execbuffer {
	uint32_t flags, size;
	uint64_t command, bo_handles;
	uint32_t num_bo_handles;
	int32_t fence_fd;
	uint32_t ring_idx, syncobj_stride, num_in_syncobjs, num_out_syncobjs;
	uint64_t in_syncobjs, out_syncobjs;
};

struct resource_create {
	uint32_t target, format, bind, width, height, depth, array_size, last_level, nr_samples;
	uint32_t flags, bo_handle, res_handle, size, stride;
};

#define IOCTL_EXECBUFFER DRM_IOWR(DRM_COMMAND_BASE + 0x02, struct execbuffer)
#define IOCTL_RESOURCE_CREATE DRM_IOWR(DRM_COMMAND_BASE + 0x04, struct resource_create)

extern char **environ;

static int device;
static uint32_t crtc, connector;
static uint8_t picture[WIDTH * HEIGHT * 3];
static struct protex_tee *the_tee;
static struct protex_session *session;
static struct protex_memory *memory;

static bool find_display(void)
{
	drmModeRes *resources = drmModeGetResources(device);
	bool found = resources && resources->count_crtcs && resources->count_connectors;

	if (found) {
		crtc = resources->crtcs[0];
		connector = resources->connectors[0];
	}
	drmModeFreeResources(resources);
	return found;
}

static int add_fb(uint32_t handle, uint32_t stride, uint32_t offset, uint32_t *fb)
{
	uint32_t handles[4] = { handle }, strides[4] = { stride }, offsets[4] = { offset };

	return drmModeAddFB2(device, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, handles, strides, offsets,
			     fb, 0);
}

static bool show(uint32_t fb)
{
	drmModeModeInfo mode = {
		.clock = WIDTH * HEIGHT * 60 / 1000,
		.hdisplay = WIDTH,
		.hsync_start = WIDTH,
		.hsync_end = WIDTH,
		.htotal = WIDTH,
		.vdisplay = HEIGHT,
		.vsync_start = HEIGHT,
		.vsync_end = HEIGHT,
		.vtotal = HEIGHT,
		.vrefresh = 60,
	};

	return !drmModeSetCrtc(device, crtc, fb, 0, 0, &connector, 1, &mode);
}

/* The host paints at the next flush: flush until the camera is done. */
static bool shoot(uint32_t fb)
{
	char path[] = "/tmp/virtgpu-XXXXXX.png", command[64];
	char *argv[] = { "camera", path, NULL };
	struct pollfd child = { .events = POLLIN };
	int status = 1, file = mkstemps(path, 4);
	size_t got = 0;
	FILE *pipe;
	pid_t pid;

	if (file < 0 || posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ))
		return false;
	close(file);
	child.fd = syscall(SYS_pidfd_open, pid, 0);
	while (poll(&child, 1, 50) == 0)
		drmModeDirtyFB(device, fb, NULL, 0);
	close(child.fd);
	waitpid(pid, &status, 0);
	snprintf(command, sizeof(command), "convert %s -depth 8 rgb:-", path);
	pipe = status ? NULL : popen(command, "r");
	if (pipe) {
		got = fread(picture, 1, sizeof(picture), pipe);
		pclose(pipe);
	}
	unlink(path);
	return got == sizeof(picture);
}

/* Colours of the picture's four quarters, as 0xRRGGBB; 0x1000000 if a quarter is not of one. */
static void quarters(uint32_t colours[4])
{
	for (unsigned q = 0; q < 4; q++) {
		uint32_t x0 = q % 2 * (WIDTH / 2), y0 = q / 2 * (HEIGHT / 2);

		colours[q] = ~0u;
		for (uint32_t y = y0; y < y0 + HEIGHT / 2; y++) {
			for (uint32_t x = x0; x < x0 + WIDTH / 2; x++) {
				const uint8_t *p = &picture[(y * WIDTH + x) * 3];
				uint32_t colour = p[0] << 16 | p[1] << 8 | p[2];

				if (colours[q] == ~0u)
					colours[q] = colour;
				if (colours[q] != colour)
					colours[q] = 0x1000000;
			}
		}
	}
}

static bool see(const char *what, uint32_t fb, const uint32_t expected[4])
{
	uint32_t seen[4] = { 0 };
	bool taken = shoot(fb);

	if (taken)
		quarters(seen);
	if (!taken)
		note("no picture of the right size");
	else if (memcmp(seen, expected, sizeof(seen)))
		note("seen: %06x %06x %06x %06x", seen[0], seen[1], seen[2], seen[3]);
	return ok(taken && !memcmp(seen, expected, sizeof(seen)), "%s", what);
}

/* A protected submission draws, and what it drew is shown. */
static void test_drawn(void)
{
	static const uint32_t red[4] = { 0xff0000, 0xff0000, 0xff0000, 0xff0000 };
	struct resource_create create = {
		.target = 2, .format = 2, .bind = 1 << 1 | 1 << 3 | 1 << 18,
		.width = WIDTH, .height = HEIGHT, .depth = 1, .array_size = 1,
		.flags = CREATE_PROTECTED, .size = WIDTH * HEIGHT * 4,
	};
	uint32_t fb;

	if (!ok(!ioctl(device, IOCTL_RESOURCE_CREATE, &create), "a protected object is created"))
		return;

	const uint32_t stream[] = {
		1 | 8 << 8 | 5 << 16, 1, create.res_handle, 2, 0, 0, /* create a surface */
		5 | 3 << 16, 1, 0, 1,				     /* set the framebuffer */
		7 | 8 << 16, 4, 0x3f800000, 0, 0, 0x3f800000, 0, 0, 0, /* clear it */
		5 | 2 << 16, 0, 0,
		3 | 8 << 8 | 1 << 16, 1,
	};
	struct execbuffer exec = {
		.flags = EXECBUF_PROTECTED, .command = (uintptr_t)stream, .size = sizeof(stream),
		.bo_handles = (uintptr_t)&create.bo_handle, .num_bo_handles = 1,
	};

	ok(!ioctl(device, IOCTL_EXECBUFFER, &exec), "a protected submission draws to it");
	if (ok(!add_fb(create.bo_handle, WIDTH * 4, 0, &fb) && show(fb), "it is shown")) {
		see("and is what was drawn", fb, red);
		drmModeRmFB(device, fb);
	}
}

/* Restricted memory: each quarter of a picture of its own grey. */
static bool fill(uint8_t first)
{
	struct protex_error error;

	for (uint32_t y = 0; y < HEIGHT; y++) {
		for (unsigned half = 0; half < 2; half++) {
			struct protex_range part = {
				memory, OFFSET + (uint64_t)y * STRIDE + half * WIDTH / 2 * 4,
				WIDTH / 2 * 4,
			};

			if (protex_ta_fill(session, &part,
					   first + 0x20 * (2 * (y >= HEIGHT / 2) + half), &error)) {
				note("%s", error.message);
				return false;
			}
		}
	}
	return true;
}

/* Restricted memory on a plane, with an offset and a stride, and its next picture. */
static void test_memory(void)
{
	static const uint32_t before[4] = { 0x101010, 0x303030, 0x505050, 0x707070 };
	static const uint32_t after[4] = { 0x808080, 0xa0a0a0, 0xc0c0c0, 0xe0e0e0 };
	const uint64_t size = OFFSET + (uint64_t)STRIDE * HEIGHT;
	struct protex_allocator *allocator = NULL;
	struct protex_error error;
	uint32_t handle, fb;
	int fd;

	if (protex_allocator_create_heap(&allocator, PROTEX_USE_SECURE_VIDEO, &error) ||
	    protex_ta_open(&the_tee, &session, &error)) {
		tap_skip("restricted memory on a plane", error.message);
		protex_allocator_destroy(allocator);
		return;
	}
	fd = protex_allocator_alloc(allocator, size, &error);
	ok(fd >= 0 && !protex_memory_import(&memory, the_tee, fd, &error) && fill(0x10),
	   "restricted memory is filled");
	ok(!drmPrimeFDToHandle(device, fd, &handle), "it is imported");
	ok(add_fb(handle, STRIDE, OFFSET + 4096, &fb) && errno == EINVAL,
	   "a framebuffer that is not inside it is refused");
	if (ok(!add_fb(handle, STRIDE, OFFSET, &fb) && show(fb), "it is shown")) {
		see("and is what is in memory", fb, before);
		ok(fill(0x80), "restricted memory is filled again");
		see("and the next flush shows that", fb, after);
		ok(drmModeSetCursor(device, crtc, handle, 64, 64) && errno == EACCES,
		   "it is refused as a cursor");
		drmModeRmFB(device, fb);
	}
	drmCloseBufferHandle(device, handle);
	protex_memory_close(memory);
	close(fd);
	protex_session_close(session);
	protex_tee_close(the_tee);
	protex_allocator_destroy(allocator);
}

int main(void)
{
	device = drmOpen("virtio_gpu", NULL);
	if (device < 0 || !find_display())
		return tap_skip_all("there is no virtio-gpu with a display");

	test_drawn();
	test_memory();
	close(device);
	return tap_end();
}
