/* SPDX-License-Identifier: MIT */
/*
 * Page flips as wlroots makes them: each turns the cursor plane off, which is off, and the next comes as soon as
 * the event of the one before does. The kernel must not call that too early.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "gpu.h"
#include "tap.h"

#define WIDTH 64u
#define HEIGHT 64u
/* Many, and many a second: what is looked for is rare. */
#define FLIPS 3000
#define RATE 10000
#define PROCESSORS_MAX 64

static int device;
static uint32_t crtc, connector, fbs[2];
static uint32_t primary, primary_fb, cursor, cursor_fb, cursor_crtc;

/* A property of a plane, and its value; 0: it has none of that name. */
static uint32_t property(uint32_t plane, const char *name, uint64_t *value)
{
	drmModeObjectProperties *all = drmModeObjectGetProperties(device, plane, DRM_MODE_OBJECT_PLANE);
	uint32_t id = 0;

	for (uint32_t i = 0; all && i < all->count_props && !id; i++) {
		drmModePropertyRes *one = drmModeGetProperty(device, all->props[i]);

		if (one && !strcmp(one->name, name)) {
			id = one->prop_id;
			*value = all->prop_values[i];
		}
		drmModeFreeProperty(one);
	}
	drmModeFreeObjectProperties(all);
	return id;
}

/* The planes of the first CRTC. */
static bool find_planes(void)
{
	drmModePlaneRes *all = drmModeGetPlaneResources(device);
	uint64_t value;

	for (uint32_t i = 0; all && i < all->count_planes; i++) {
		drmModePlane *plane = drmModeGetPlane(device, all->planes[i]);
		uint64_t type = DRM_PLANE_TYPE_OVERLAY;

		property(all->planes[i], "type", &type);
		if (plane && plane->possible_crtcs & 1) {
			if (type == DRM_PLANE_TYPE_PRIMARY)
				primary = all->planes[i];
			if (type == DRM_PLANE_TYPE_CURSOR)
				cursor = all->planes[i];
		}
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(all);
	if (!primary || !cursor)
		return false;
	primary_fb = property(primary, "FB_ID", &value);
	cursor_fb = property(cursor, "FB_ID", &value);
	cursor_crtc = property(cursor, "CRTC_ID", &value);
	return primary_fb && cursor_fb && cursor_crtc;
}

/* At so many flips a second. */
static bool show(unsigned rate)
{
	drmModeModeInfo mode = {
		.clock = WIDTH * HEIGHT * rate / 1000,
		.hdisplay = WIDTH,
		.hsync_start = WIDTH,
		.hsync_end = WIDTH,
		.htotal = WIDTH,
		.vdisplay = HEIGHT,
		.vsync_start = HEIGHT,
		.vsync_end = HEIGHT,
		.vtotal = HEIGHT,
		.vrefresh = rate,
	};

	if (drmModeSetCrtc(device, crtc, fbs[0], 0, 0, &connector, 1, &mode)) {
		note("SetCrtc: %s", strerror(errno));
		return false;
	}
	return true;
}

static bool set_up(void)
{
	if (find_display(device, &crtc, &connector) ||
	    drmSetClientCap(device, DRM_CLIENT_CAP_ATOMIC, 1) ||
	    drmSetClientCap(device, DRM_CLIENT_CAP_CURSOR_PLANE_HOTSPOT, 1) || !find_planes()) {
		note("no display of atomic planes: %s", strerror(errno));
		return false;
	}
	for (unsigned i = 0; i < ARRAY_LENGTH(fbs); i++) {
		uint32_t handle, pitch;
		uint64_t size;

		if (drmModeCreateDumbBuffer(device, WIDTH, HEIGHT, 32, 0, &handle, &pitch, &size) ||
		    drmModeAddFB(device, WIDTH, HEIGHT, 24, 32, pitch, handle, &fbs[i])) {
			note("no framebuffer: %s", strerror(errno));
			return false;
		}
	}
	return true;
}

static int flip(unsigned number, uint32_t flags)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	int ret;

	drmModeAtomicAddProperty(request, primary, primary_fb, fbs[number % 2]);
	drmModeAtomicAddProperty(request, cursor, cursor_fb, 0);
	drmModeAtomicAddProperty(request, cursor, cursor_crtc, 0);
	ret = drmModeAtomicCommit(device, request, flags | DRM_MODE_PAGE_FLIP_EVENT, NULL);
	drmModeAtomicFree(request);
	return ret;
}

static bool until_flipped(void)
{
	struct pollfd event = { .fd = device, .events = POLLIN };
	drmEventContext context = { .version = 2 };

	return poll(&event, 1, 60000) == 1 && !drmHandleEvent(device, &context);
}

static void test_flips(void)
{
	struct sched_param first = { .sched_priority = 1 };
	unsigned flips = 0, busy = 0;
	int ret = 0;

	/* Before what the kernel does after the event. */
	sched_setscheduler(0, SCHED_FIFO, &first);

	if (!ok(show(RATE), "a mode of many flips a second"))
		return;
	while (flips < FLIPS) {
		ret = flip(flips, DRM_MODE_ATOMIC_NONBLOCK);
		if (ret == -EBUSY) {
			busy++;
			/* One that blocks waits until the one before has ended. */
			ret = flip(flips, 0);
		}
		if (ret || !until_flipped())
			break;
		flips++;
	}
	note("%u flips, %u times %s, at last %s", flips, busy, result_name(-EBUSY), result_name(ret));
	ok(flips == FLIPS, "the display flips again and again");
	ok(!busy, "no flip is too early after the event of the one before");
}

/* One that does not wait for the event is, unless half a second goes by in between. */
static void test_ahead(void)
{
	bool works = show(2);
	int ret = 0;

	for (unsigned i = 0; i < 20 && works && ret != -EBUSY; i++) {
		works = !flip(0, DRM_MODE_ATOMIC_NONBLOCK);
		ret = flip(1, DRM_MODE_ATOMIC_NONBLOCK);
		works = works && (ret || until_flipped()) && until_flipped();
	}
	ok(works && ret == -EBUSY, "control: a flip before that event is too early");
}

/* Turns the cursor plane off, which is off, and nothing else. */
static int turn_off(uint32_t flags)
{
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	int ret;

	drmModeAtomicAddProperty(request, cursor, cursor_fb, 0);
	drmModeAtomicAddProperty(request, cursor, cursor_crtc, 0);
	ret = drmModeAtomicCommit(device, request, flags, NULL);
	drmModeAtomicFree(request);
	return ret;
}

static atomic_uint held;
static atomic_bool released;

/* Nothing but what is more urgent than this runs on its processor. */
static void *hold_processor(void *arg)
{
	(void)arg;
	atomic_fetch_add(&held, 1);
	while (!atomic_load(&released))
		;
	return NULL;
}

static unsigned hold_processors(pthread_t *threads, unsigned count)
{
	struct sched_param urgent = { .sched_priority = 1 };
	pthread_attr_t attributes;
	unsigned started = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
	pthread_attr_setschedparam(&attributes, &urgent);
	while (started < count && !pthread_create(&threads[started], &attributes, hold_processor, NULL))
		started++;
	while (atomic_load(&held) < started)
		sched_yield();
	return started;
}

/*
 * A commit that flips nothing has no event, and no CRTC of which there is one: nothing would limit how many of them
 * wait. The kernel cannot do the first of them while we have all processors.
 */
static void test_no_flip(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t others[PROCESSORS_MAX];
	unsigned holders = 0, accepted = 0, busy = 0;

	ok(!turn_off(0), "a commit that only turns a plane off, which is off");
	if (processors > 1 && processors <= PROCESSORS_MAX)
		holders = hold_processors(others, (unsigned)processors - 1);
	for (unsigned i = 0; i < 20; i++) {
		int ret = turn_off(DRM_MODE_ATOMIC_NONBLOCK);

		accepted += !ret;
		busy += ret == -EBUSY;
	}
	atomic_store(&released, true);
	for (unsigned i = 0; i < holders; i++)
		pthread_join(others[i], NULL);
	ok(accepted == 1 && busy == 19, "of 20 at once one is accepted (%u), and the others are too early (%u)",
	   accepted, busy);
}

int main(void)
{
	if (!access("/proc/lockdep_stats", F_OK))
		return tap_skip_all("the debug kernel is too slow for so many flips a second");
	device = open_driver("virtio_gpu");
	if (device < 0)
		return tap_skip_all("there is no virtio-gpu");
	if (!ok(set_up(), "a display, with a primary and a cursor plane"))
		return tap_end();
	test_flips();
	test_ahead();
	test_no_flip();
	close(device);
	return tap_end();
}
