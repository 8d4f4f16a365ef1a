/* SPDX-License-Identifier: MIT */
/*
 * What the kernel alone brings to the display, without Mesa, seen by the camera: what a protected
 * submission drew, and restricted memory that goes straight to a plane.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <protex/protex.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "gpu.h"
#include "shot.h"
#include "tap.h"

#define WIDTH 640u
#define HEIGHT 480u
#define STRIDE 4096u
/* Where the last line ends is where the memory does. */
#define OFFSET (8192u + STRIDE - WIDTH * 4)

static int device;
static uint32_t crtc, connector;
static uint8_t picture[WIDTH * HEIGHT * 3];
static struct protex_tee *the_tee;
static struct protex_session *session;
static struct protex_memory *memory;

static bool show(uint32_t fb)
{
	return !set_crtc(device, crtc, connector, fb, WIDTH, HEIGHT);
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
	bool taken = shoot(device, fb, WIDTH, HEIGHT, picture);

	if (taken)
		quarters(seen);
	if (taken && memcmp(seen, expected, sizeof(seen)))
		note("seen: %06x %06x %06x %06x", seen[0], seen[1], seen[2], seen[3]);
	return ok(taken && !memcmp(seen, expected, sizeof(seen)), "%s", what);
}

/*
 * A protected submission draws, and what it drew is shown. The framebuffer stays until the file is closed:
 * without it the display would be off, and the next picture might not be seen (docs/development.md, The camera).
 */
static void test_drawn(void)
{
	static const uint32_t red[4] = { 0xff0000, 0xff0000, 0xff0000, 0xff0000 };
	struct object object;
	uint32_t fb;

	if (!ok(!create_on(device, &object, PROTECTED_OBJECT, 0, TEXTURE_2D, BGRA8888,
			   RENDER_TARGET | SAMPLER | SCANOUT, WIDTH, HEIGHT, WIDTH * HEIGHT * 4),
		"a protected object is created"))
		return;
	ok(!paint(device, VIRTGPU_EXECBUF_PROTECTED, object, 1, 0, 0),
	   "a protected submission draws to it");
	if (ok(!add_fb(device, object.handle, WIDTH, HEIGHT, 0, WIDTH * 4, &fb) && show(fb), "it is shown"))
		see("and is what was drawn", fb, red);
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

/*
 * What the kernel made to show restricted memory is for that only. Another framebuffer of it, as a compositor makes
 * that takes a display over, is checked as one of the memory.
 */
static void test_handed_out(uint32_t fb)
{
	struct drm_mode_fb_cmd2 get = { .fb_id = fb };
	struct drm_virtgpu_3d_transfer_to_host to = {
		.offset = OFFSET, .stride = STRIDE, .box = { .w = WIDTH, .h = HEIGHT, .d = 1 },
	};
	uint32_t again;

	if (!ok(!try_ioctl(device, DRM_IOCTL_MODE_GETFB2, &get), "GETFB2 gives a handle of it"))
		return;
	to.bo_handle = get.handles[0];
	ok(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to) == -EINVAL,
	   "by which it cannot be transferred");
	ok(add_fb(device, get.handles[0], WIDTH, HEIGHT, OFFSET + 4, STRIDE, &again) == -EINVAL,
	   "nor shown where it is not inside the memory");
	ok(!add_fb(device, get.handles[0], WIDTH, HEIGHT, OFFSET, STRIDE, &again), "but as it was");
	drmModeRmFB(device, again);
	close_handle(device, get.handles[0]);
}

/* Restricted memory on a plane, with an offset and a stride, and its next picture. */
static void test_memory(void)
{
	static const uint32_t before[4] = { 0x101010, 0x303030, 0x505050, 0x707070 };
	static const uint32_t after[4] = { 0x808080, 0xa0a0a0, 0xc0c0c0, 0xe0e0e0 };
	const uint64_t size = OFFSET + (uint64_t)STRIDE * (HEIGHT - 1) + WIDTH * 4;
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
	ok(add_fb(device, handle, WIDTH, HEIGHT, OFFSET + 4, STRIDE, &fb) == -EINVAL,
	   "a framebuffer that is not inside it is refused");
	if (ok(!add_fb(device, handle, WIDTH, HEIGHT, OFFSET, STRIDE, &fb) && show(fb), "it is shown")) {
		see("and is what is in memory", fb, before);
		test_handed_out(fb);
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
	if (device < 0 || find_display(device, &crtc, &connector))
		return tap_skip_all("there is no virtio-gpu with a display");

	test_drawn();
	test_memory();
	close(device);
	return tap_end();
}
