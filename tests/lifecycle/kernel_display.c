/* SPDX-License-Identifier: MIT */
/*
 * What the kernel puts on the display by itself, while and after protected objects are there: the panic screen
 * and the emulation of fbdev.
 *
 * Needs a machine to itself, whose kernel has both: drm_client_lib.active=fbdev. With "no-control", no
 * panic screen is drawn over an ordinary framebuffer: virtio-gpu allocates memory for that under a raw
 * lock, which lockdep reports.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/fb.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "gpu.h"
#include "shot.h"
#include "sysfs.h"
#include "tap.h"

#define RED 0xff0000u
#define GREEN 0x00ff00u
#define BLUE 0x0000ffu

struct display {
	int fd;
	uint32_t crtc, connector, width, height;
	uint8_t *pixels; /* what the camera saw */
};

static bool is_all(const struct display *display, uint32_t colour)
{
	for (size_t i = 0; i < (size_t)display->width * display->height; i++) {
		const uint8_t *p = display->pixels + 3 * i;

		if ((uint32_t)(p[0] << 16 | p[1] << 8 | p[2]) != colour) {
			note("pixel %zu, %zu is #%02x%02x%02x", i % display->width, i / display->width,
			     p[0], p[1], p[2]);
			return false;
		}
	}
	return true;
}

static bool see(const struct display *display, uint32_t fb)
{
	return shoot(display->fd, fb, display->width, display->height, display->pixels);
}

static bool show(const struct display *display, uint32_t fb)
{
	return !set_crtc(display->fd, display->crtc, display->connector, fb, display->width,
			 display->height);
}

/* Draws the panic screen over whatever the first plane shows. */
static bool panic_screen(void)
{
	glob_t found;
	bool drawn = !glob("/sys/kernel/debug/dri/*/drm_panic_plane_0", 0, NULL, &found) &&
		     !write_file(found.gl_pathv[0], "1");

	globfree(&found);
	return drawn;
}

/* A framebuffer that a process drew with the CPU. */
static uint32_t ordinary_framebuffer(const struct display *display, uint32_t colour)
{
	const size_t count = (size_t)display->width * display->height;
	struct drm_mode_create_dumb create = {
		.width = display->width, .height = display->height, .bpp = 32,
	};
	uint32_t *pixels, fb;
	uint64_t offset;

	if (try_ioctl(display->fd, DRM_IOCTL_MODE_CREATE_DUMB, &create) ||
	    dumb_map(display->fd, create.handle, &offset))
		return 0;
	pixels = mmap(NULL, count * 4, PROT_WRITE, MAP_SHARED, display->fd, offset);
	if (pixels == MAP_FAILED)
		return 0;
	for (size_t i = 0; i < count; i++)
		pixels[i] = colour;
	munmap(pixels, count * 4);
	if (add_fb(display->fd, create.handle, display->width, display->height, 0, create.pitch, &fb))
		return 0;
	return fb;
}

static uint32_t protected_framebuffer(const struct display *display)
{
	const uint32_t size = display->width * display->height * 4;
	struct object object;
	uint32_t fb;

	if (create_on(display->fd, &object, PROTECTED_OBJECT, 0, TEXTURE_2D, BGRA8888,
		      RENDER_TARGET | SCANOUT, display->width, display->height, size) ||
	    paint(display->fd, VIRTGPU_EXECBUF_PROTECTED, object, 1, 0, 0) ||
	    add_fb(display->fd, object.handle, display->width, display->height, 0, display->width * 4, &fb))
		return 0;
	return fb;
}

/* Leaves the ordinary framebuffer on the display. */
static uint32_t control_panic(const struct display *display)
{
	uint32_t ordinary = ordinary_framebuffer(display, BLUE);

	ok(ordinary && show(display, ordinary) && see(display, ordinary) && is_all(display, BLUE),
	   "an ordinary framebuffer is shown");
	ok(panic_screen() && see(display, ordinary) && !is_all(display, BLUE),
	   "control: the panic screen is drawn over it");
	return ordinary;
}

static void test_panic(const struct display *display, uint32_t secret, bool control)
{
	uint32_t ordinary = control ? control_panic(display) : 0;

	ok(show(display, secret) && see(display, secret) && is_all(display, RED),
	   "a protected framebuffer is shown");
	if (ordinary)
		drmModeRmFB(display->fd, ordinary);
	ok(panic_screen() && see(display, secret) && is_all(display, RED),
	   "the panic screen is not drawn over it");
}

/* The console of fbdev, as the CPU has it. */
struct console {
	int fd;
	uint32_t *pixels;
	size_t size;
};

static bool open_console(struct console *console)
{
	struct fb_fix_screeninfo fix;

	console->fd = open("/dev/fb0", O_RDWR | O_CLOEXEC);
	if (console->fd < 0 || ioctl(console->fd, FBIOGET_FSCREENINFO, &fix))
		return false;
	console->size = fix.smem_len;
	console->pixels = mmap(NULL, fix.smem_len, PROT_READ | PROT_WRITE, MAP_SHARED, console->fd, 0);
	return console->pixels != MAP_FAILED;
}

static bool has(const uint32_t *pixels, size_t size, uint32_t colour)
{
	for (size_t i = 0; i < size / 4; i++) {
		if ((pixels[i] & 0xffffff) == colour)
			return true;
	}
	return false;
}

/* In what is mapped, or in what read() gives. */
static bool console_has(const struct console *console, uint32_t colour)
{
	uint32_t *copy = malloc(console->size);
	ssize_t got = copy ? pread(console->fd, copy, console->size, 0) : -1;
	bool found = got != (ssize_t)console->size || has(copy, console->size, colour) ||
		     has(console->pixels, console->size, colour);

	free(copy);
	return found;
}

/* All of it, by the call after which the kernel flushes. */
static bool fill_console(const struct console *console, uint32_t colour)
{
	uint32_t *copy = malloc(console->size);
	bool filled;

	if (!copy)
		return false;
	for (size_t i = 0; i < console->size / 4; i++)
		copy[i] = colour;
	filled = pwrite(console->fd, copy, console->size, 0) == (ssize_t)console->size;
	free(copy);
	return filled;
}

/* The console's picture comes with a flush, of which the kernel tells nobody. */
static bool see_console(const struct display *display, const struct console *console, uint32_t colour)
{
	for (unsigned i = 0; i < 20; i++) {
		if (fill_console(console, colour) && see(display, 0) && is_all(display, colour))
			return true;
	}
	return false;
}

static void test_console(struct display *display, uint32_t secret)
{
	struct console console;

	if (!ok(open_console(&console), "there is a console"))
		return;
	ok(show(display, secret) && see(display, secret) && is_all(display, RED),
	   "a protected framebuffer is shown");
	ok(!console_has(&console, RED), "the console has nothing of it");
	ok(fill_console(&console, GREEN) && console_has(&console, GREEN),
	   "control: what is written to the console can be read");
	ok(see(display, secret) && is_all(display, RED), "the protected framebuffer stays on the display");
	ioctl(console.fd, FBIOBLANK, FB_BLANK_POWERDOWN);
	ok(see(display, secret) && is_all(display, RED), "also when the console is to be blank");
	ioctl(console.fd, FBIOBLANK, FB_BLANK_UNBLANK);

	close(display->fd);
	display->fd = -1;
	ok(see_console(display, &console, GREEN), "the console is back when its master is gone");
	ok(!console_has(&console, RED), "and has nothing of what was shown");
	munmap(console.pixels, console.size);
	close(console.fd);
}

static bool open_display(struct display *display)
{
	struct fb_var_screeninfo var;
	int console = open("/dev/fb0", O_RDWR | O_CLOEXEC);

	if (console < 0 || ioctl(console, FBIOGET_VSCREENINFO, &var))
		return false;
	close(console);
	/* So that one size of picture does for all. */
	display->width = var.xres;
	display->height = var.yres;
	display->pixels = malloc((size_t)display->width * display->height * 3);

	display->fd = drmOpen("virtio_gpu", NULL);
	return display->pixels && !find_display(display->fd, &display->crtc, &display->connector);
}

int main(int argc, char **argv)
{
	const bool control = !(argc == 2 && !strcmp(argv[1], "no-control"));
	struct display display = { 0 };
	uint32_t secret;

	if (!ok(open_display(&display), "there is a display with a console"))
		return tap_end();
	secret = protected_framebuffer(&display);
	if (ok(secret, "there is a protected framebuffer")) {
		test_panic(&display, secret, control);
		test_console(&display, secret); /* closes it */
	}
	free(display.pixels);
	return tap_end();
}
