/* SPDX-License-Identifier: MIT */
/*
 * What becomes of protected objects when the display changes hands and when the device goes away:
 * whoever comes next shows or frees them, and nobody reads them.
 *
 * Needs a machine to itself: it unbinds the driver, and binds it again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <unistd.h>

#include <protex/protex.h>
#include <virtgpu_drm.h>
#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "tap.h"

#define DRIVER_FOLDER "/sys/bus/virtio/drivers/virtio_gpu"

#define WIDTH 640u
#define HEIGHT 480u
#define SIZE (WIDTH * HEIGHT * 4)
#define RED 0xff0000u

/* Of the kernel's header when it is ours. */
#define EXECBUF_PROTECTED 0x08
#define CREATE_PROTECTED (1u << 31)

/* Of the virgl protocol. */
#define TEXTURE_2D 2
#define BGRX8888 2
#define RENDER_TARGET (1 << 1)
#define SCANOUT (1 << 18)

struct picture {
	uint32_t handle, res, fb;
};

static int create_picture(int fd, struct picture *picture, uint32_t flags, uint32_t memory)
{
	struct drm_virtgpu_resource_create create = {
		.target = TEXTURE_2D, .format = BGRX8888, .bind = RENDER_TARGET | SCANOUT,
		.width = WIDTH, .height = HEIGHT, .depth = 1, .array_size = 1,
		.flags = flags, .bo_handle = memory, .size = SIZE,
	};

	if (drmIoctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create))
		return -errno;
	picture->handle = create.bo_handle;
	picture->res = create.res_handle;
	return 0;
}

/* Clears it to red with a submission of its own kind. */
static int draw(int fd, const struct picture *picture, uint32_t flags)
{
	const uint32_t stream[] = {
		1 | 8 << 8 | 5 << 16, 1, picture->res, BGRX8888, 0, 0, /* create a surface */
		5 | 3 << 16, 1, 0, 1,				       /* set the framebuffer */
		7 | 8 << 16, 4, 0x3f800000, 0, 0, 0x3f800000, 0, 0, 0, /* clear it */
		5 | 2 << 16, 0, 0,
		3 | 8 << 8 | 1 << 16, 1,
	};
	struct drm_virtgpu_execbuffer exec = {
		.flags = flags, .command = (uintptr_t)stream, .size = sizeof(stream),
		.bo_handles = (uintptr_t)&picture->handle, .num_bo_handles = 1,
	};
	struct drm_virtgpu_3d_wait wait = { .handle = picture->handle };

	if (drmIoctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec))
		return -errno;
	return drmIoctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait) ? -errno : 0;
}

static bool add_fb(int fd, struct picture *picture)
{
	uint32_t handles[4] = { picture->handle }, strides[4] = { WIDTH * 4 }, offsets[4] = { 0 };

	return !drmModeAddFB2(fd, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, handles, strides, offsets,
			      &picture->fb, 0);
}

static bool make_picture(int fd, struct picture *picture, bool protected)
{
	return !create_picture(fd, picture, protected ? CREATE_PROTECTED : 0, 0) &&
	       !draw(fd, picture, protected ? EXECBUF_PROTECTED : 0) && add_fb(fd, picture);
}

enum outcome { REFUSED, NOTHING, READ_IT };

/* Tries to get at what was drawn, as far as a handle of it allows. */
static enum outcome read_back(int fd, uint32_t handle)
{
	struct drm_virtgpu_3d_transfer_from_host get = {
		.bo_handle = handle, .box = { .w = WIDTH, .h = HEIGHT, .d = 1 },
	};
	struct drm_virtgpu_3d_wait wait = { .handle = handle };
	struct drm_virtgpu_map map = { .handle = handle };
	const uint32_t *pixels;
	enum outcome outcome;
	int got, mapped;

	got = drmIoctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &get) ? errno : 0;
	mapped = drmIoctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map) ? errno : 0;
	if (got == EACCES && mapped == EACCES)
		return REFUSED;
	if (mapped || drmIoctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait))
		return NOTHING;
	pixels = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, map.offset);
	if (pixels == MAP_FAILED)
		return NOTHING;
	outcome = (pixels[SIZE / 8] & 0xffffff) == RED ? READ_IT : NOTHING;
	munmap((void *)pixels, SIZE);
	return outcome;
}

/* Through GETFB2, which gives the display's master a handle of what another file shows. */
static enum outcome read_framebuffer(int fd, uint32_t fb)
{
	drmModeFB2 *info = drmModeGetFB2(fd, fb);
	enum outcome outcome = NOTHING;

	if (info && info->handles[0]) {
		outcome = read_back(fd, info->handles[0]);
		drmCloseBufferHandle(fd, info->handles[0]);
	}
	drmModeFreeFB2(info);
	return outcome;
}

static bool show(int fd, uint32_t fb)
{
	drmModeRes *resources = drmModeGetResources(fd);
	drmModeModeInfo mode = {
		.clock = WIDTH * HEIGHT * 60 / 1000,
		.hdisplay = WIDTH, .hsync_start = WIDTH, .hsync_end = WIDTH, .htotal = WIDTH,
		.vdisplay = HEIGHT, .vsync_start = HEIGHT, .vsync_end = HEIGHT, .vtotal = HEIGHT,
		.vrefresh = 60,
	};
	bool shown = resources && resources->count_crtcs && resources->count_connectors &&
		     !drmModeSetCrtc(fd, resources->crtcs[0], fb, 0, 0, resources->connectors, 1,
				     &mode);
	int error = errno;

	drmModeFreeResources(resources);
	errno = error;
	return shown;
}

/* A file of the same card, that is not its master. */
static int open_again(int fd)
{
	char *path = drmGetDeviceNameFromFd2(fd);
	int again = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

	free(path);
	return again;
}

static void test_master(int first, struct picture *secret, struct picture *ordinary)
{
	int second = open_again(first);

	ok(show(first, secret->fb), "a master shows a protected object");
	ok(read_framebuffer(first, secret->fb) == REFUSED, "and cannot read it back");
	ok(read_framebuffer(first, ordinary->fb) == READ_IT, "control: it can read an ordinary one");
	ok(!drmDropMaster(first) && !drmSetMaster(second), "another file becomes master");
	ok(!show(first, secret->fb) && errno == EACCES, "the first cannot show anything any more");
	ok(read_framebuffer(second, secret->fb) == REFUSED, "the new master cannot read what is shown");
	ok(read_framebuffer(second, ordinary->fb) == READ_IT, "control: it can read an ordinary one");
	ok(show(second, secret->fb), "it can go on showing it");
	ok(read_back(first, secret->handle) == REFUSED, "whose it is still cannot read it");
	close(second);
	ok(!drmSetMaster(first) && show(first, secret->fb),
	   "the first takes the display back and shows it");
}

static void test_lease(int lessor, struct picture *secret, struct picture *ordinary)
{
	drmModePlaneRes *planes;
	drmModeRes *resources;
	uint32_t objects[3], lessee;
	int fd = -1;

	drmSetClientCap(lessor, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1);
	resources = drmModeGetResources(lessor);
	planes = drmModeGetPlaneResources(lessor);
	if (resources && planes && planes->count_planes) {
		objects[0] = resources->crtcs[0];
		objects[1] = resources->connectors[0];
		objects[2] = planes->planes[0];
		fd = drmModeCreateLease(lessor, objects, 3, O_CLOEXEC, &lessee);
	}
	drmModeFreePlaneResources(planes);
	drmModeFreeResources(resources);
	if (!ok(fd >= 0, "the display is leased"))
		return;

	ok(show(fd, secret->fb), "the lessee shows the lessor's protected object");
	ok(read_framebuffer(fd, secret->fb) == REFUSED, "and cannot read it back");
	ok(read_framebuffer(fd, ordinary->fb) == READ_IT, "control: it can read an ordinary one");
	ok(!drmModeRevokeLease(lessor, lessee), "the lease is revoked");
	ok(!show(fd, secret->fb), "the lessee cannot show anything any more");
	ok(read_back(lessor, secret->handle) == REFUSED, "the lessor still cannot read it");
	close(fd);
	ok(show(lessor, secret->fb), "and shows it again");
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* The driver's only device. */
static bool find_device(char name[256])
{
	DIR *folder = opendir(DRIVER_FOLDER);
	struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		found = !strncmp(entry->d_name, "virtio", 6);
		snprintf(name, 256, "%s", entry->d_name);
	}
	if (folder)
		closedir(folder);
	return found;
}

/* Whether the kernel complained of anything. */
static bool log_is_clean(void)
{
	static const char *const complaints[] = { "WARNING:", "BUG:", "Oops", "refcount_t" };
	static char log[1 << 20];
	int length = klogctl(3 /* read all */, log, sizeof(log) - 1);

	log[length < 0 ? 0 : length] = '\0';
	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		const char *at = strstr(log, complaints[i]);

		if (at) {
			note("the kernel's log has: %.120s", at);
			return false;
		}
	}
	return length > 0;
}

/* The largest piece of restricted memory there is, in steps of a MiB. */
static uint64_t largest(struct protex_allocator *allocator)
{
	struct protex_error error;

	for (uint64_t size = 64 << 20; size; size -= 1 << 20) {
		int fd = protex_allocator_alloc(allocator, size, &error);

		if (fd >= 0) {
			close(fd);
			return size;
		}
	}
	return 0;
}

/* Everything that can be alive is, and the device goes away. */
static void test_removal(int fd, struct picture *secret)
{
	struct protex_allocator *allocator = NULL;
	struct picture again = { 0 }, over = { 0 };
	struct protex_error error;
	uint64_t before, after;
	int exported = -1, restricted, second;
	uint32_t memory, handle;
	char name[256];

	if (!ok(find_device(name), "the device is found"))
		return;
	if (!ok(!protex_allocator_create_heap(&allocator, PROTEX_USE_SECURE_VIDEO, &error),
		"there is restricted memory"))
		return;
	before = largest(allocator);

	restricted = protex_allocator_alloc(allocator, SIZE, &error);
	ok(restricted >= 0 && !drmPrimeFDToHandle(fd, restricted, &memory) &&
		   !create_picture(fd, &over, 0, memory),
	   "restricted memory is imported, and an object is made over it");
	ok(!drmPrimeHandleToFD(fd, secret->handle, O_CLOEXEC, &exported) && show(fd, secret->fb),
	   "a protected object is exported, and shown");

	ok(write_file(DRIVER_FOLDER "/unbind", name), "the device goes away");
	ok(draw(fd, secret, EXECBUF_PROTECTED) == -ENODEV, "a protected submission: ENODEV");
	ok(read_back(fd, secret->handle) != READ_IT, "its content cannot be read");
	ok(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, exported, 0) == MAP_FAILED && errno == EACCES,
	   "nor through its dma-buf: EACCES");
	ok(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, restricted, 0) == MAP_FAILED,
	   "nor restricted memory");

	ok(write_file(DRIVER_FOLDER "/bind", name), "it comes back");
	second = drmOpen("virtio_gpu", NULL);
	ok(second >= 0 && make_picture(second, &again, true) && show(second, again.fb),
	   "protected content works again");
	ok(read_framebuffer(second, again.fb) == REFUSED, "and cannot be read");
	ok(drmPrimeFDToHandle(second, exported, &handle) && errno == EACCES,
	   "the old device's dma-buf is none of the new one's: EACCES");
	ok(!drmPrimeFDToHandle(second, restricted, &handle), "restricted memory is, still");

	close(exported);
	close(fd);
	close(restricted);
	close(second);
	after = largest(allocator);
	if (!ok(before && after == before, "all restricted memory is free again"))
		note("%llu MiB before, %llu MiB after", (unsigned long long)before >> 20,
		     (unsigned long long)after >> 20);
	protex_allocator_destroy(allocator);
}

int main(void)
{
	struct picture secret, ordinary;
	int fd = drmOpen("virtio_gpu", NULL);

	if (fd < 0 || !drmIsMaster(fd))
		return tap_skip_all("there is no virtio-gpu whose display is free");
	if (!ok(make_picture(fd, &secret, true) && make_picture(fd, &ordinary, false),
		"a protected and an ordinary object are drawn to"))
		return tap_end();

	test_master(fd, &secret, &ordinary);
	test_lease(fd, &secret, &ordinary);
	test_removal(fd, &secret); /* closes it */
	ok(log_is_clean(), "the kernel has nothing to complain of");
	return tap_end();
}
