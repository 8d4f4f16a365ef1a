/* SPDX-License-Identifier: MIT */
/*
 * What becomes of protected objects when the display changes hands and when the device goes away:
 * whoever comes next shows or frees them, and nobody reads them.
 *
 * Needs a machine to itself: it unbinds the driver, and binds it again.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/pci_regs.h>
#include <linux/sync_file.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "gpu.h"
#include "klog.h"
#include "picture.h"
#include "sysfs.h"
#include "tap.h"

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

	ok(!show(first, secret->fb), "a master shows a protected object");
	ok(read_framebuffer(first, secret->fb) == REFUSED, "and cannot read it back");
	ok(read_framebuffer(first, ordinary->fb) == READ_IT, "control: it can read an ordinary one");
	ok(!drmDropMaster(first) && !drmSetMaster(second), "another file becomes master");
	ok(show(first, secret->fb) == -EACCES, "the first cannot show anything any more");
	ok(read_framebuffer(second, secret->fb) == REFUSED, "the new master cannot read what is shown");
	ok(read_framebuffer(second, ordinary->fb) == READ_IT, "control: it can read an ordinary one");
	ok(!show(second, secret->fb), "it can go on showing it");
	ok(read_back(first, secret->object.handle) == REFUSED, "whose it is still cannot read it");
	close(second);
	ok(!drmSetMaster(first) && !show(first, secret->fb),
	   "the first takes the display back and shows it");
}

static void test_lease(int lessor, struct picture *secret, struct picture *ordinary)
{
	drmModePlaneRes *planes;
	uint32_t objects[3], lessee;
	int fd = -1;

	drmSetClientCap(lessor, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1);
	planes = drmModeGetPlaneResources(lessor);
	if (planes && planes->count_planes && !find_display(lessor, &objects[0], &objects[1])) {
		objects[2] = planes->planes[0];
		fd = drmModeCreateLease(lessor, objects, 3, O_CLOEXEC, &lessee);
	}
	drmModeFreePlaneResources(planes);
	if (!ok(fd >= 0, "the display is leased"))
		return;

	ok(!show(fd, secret->fb), "the lessee shows the lessor's protected object");
	ok(read_framebuffer(fd, secret->fb) == REFUSED, "and cannot read it back");
	ok(read_framebuffer(fd, ordinary->fb) == READ_IT, "control: it can read an ordinary one");
	ok(!drmModeRevokeLease(lessor, lessee), "the lease is revoked");
	ok(show(fd, secret->fb), "the lessee cannot show anything any more");
	ok(read_back(lessor, secret->object.handle) == REFUSED, "the lessor still cannot read it");
	close(fd);
	ok(!show(lessor, secret->fb), "and shows it again");
}

/* Everything that can be alive is, and the device goes away. */
static void test_removal(int fd, struct picture *secret)
{
	struct picture again = { 0 }, over = { 0 };
	uint64_t before;
	int exported = -1, restricted, second;
	uint32_t memory, handle;
	char name[256];

	if (!ok(find_virtio_gpu(name), "the device is found"))
		return;
	before = largest_protected();
	if (!ok(before, "there is restricted memory"))
		return;

	restricted = alloc_protected(PICTURE_SIZE);
	ok(restricted >= 0 && !drmPrimeFDToHandle(fd, restricted, &memory) &&
		   !create_picture(fd, &over, PROTECTED_OBJECT, memory),
	   "restricted memory is imported, and an object is made over it");
	ok(!drmPrimeHandleToFD(fd, secret->object.handle, O_CLOEXEC, &exported) && !show(fd, secret->fb),
	   "a protected object is exported, and shown");

	ok(!write_file(virtio_gpu_file("unbind"), name), "the device goes away");
	ok(draw(fd, secret, VIRTGPU_EXECBUF_PROTECTED) == -ENODEV, "a protected submission: ENODEV");
	ok(read_back(fd, secret->object.handle) != READ_IT, "its content cannot be read");
	ok(mmap(NULL, PICTURE_SIZE, PROT_READ, MAP_SHARED, exported, 0) == MAP_FAILED && errno == EACCES,
	   "nor through its dma-buf: EACCES");
	ok(mmap(NULL, PICTURE_SIZE, PROT_READ, MAP_SHARED, restricted, 0) == MAP_FAILED,
	   "nor restricted memory");

	ok(!write_file(virtio_gpu_file("bind"), name), "it comes back");
	second = drmOpen("virtio_gpu", NULL);
	ok(second >= 0 && make_picture(second, &again, true) && !show(second, again.fb),
	   "protected content works again");
	ok(read_framebuffer(second, again.fb) == REFUSED, "and cannot be read");
	ok(drmPrimeFDToHandle(second, exported, &handle) && errno == EACCES,
	   "the old device's dma-buf is none of the new one's: EACCES");
	ok(!drmPrimeFDToHandle(second, restricted, &handle), "restricted memory is, still");

	close(exported);
	close(fd);
	close(restricted);
	close(second);
	ok(protected_is_free(before), "all restricted memory is free again");
}

/* A device that may not use memory finds no commands there: what is queued stays under way. */
static bool let_use_memory(const char *name, bool may)
{
	char path[300];
	uint8_t command;
	bool done;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/virtio/devices/%s/../config", name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = pread(fd, &command, 1, PCI_COMMAND) == 1;
	command = (uint8_t)(may ? command | PCI_COMMAND_MASTER : command & ~PCI_COMMAND_MASTER);
	done = done && pwrite(fd, &command, 1, PCI_COMMAND) == 1;
	close(fd);
	return done;
}

/* All who use the memory have done so, or do so in this time. */
static bool is_unused(int restricted, int milliseconds)
{
	struct pollfd writable = { .fd = restricted, .events = POLLOUT };

	return poll(&writable, 1, milliseconds) == 1;
}

/* What the memory's users have to do yet, as a sync_file. */
static int export_users(int restricted)
{
	struct dma_buf_export_sync_file users = { .flags = DMA_BUF_SYNC_RW };

	return try_ioctl(restricted, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &users) ? -1 : users.fd;
}

/* 1: done; 0: under way; or a negative errno. */
static int status_of(int sync_file)
{
	struct sync_file_info info = { 0 };
	int ret = try_ioctl(sync_file, SYNC_IOC_FILE_INFO, &info);

	return ret ? ret : info.status;
}

static int transfer_picture(int fd, const struct picture *picture)
{
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = picture->object.handle,
		.box = { .w = PICTURE_WIDTH, .h = PICTURE_HEIGHT, .d = 1 },
	};

	return try_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to);
}

/* Transfers again and again, until the queue has no room: then the last one waits for it. */
struct filler {
	pthread_t thread;
	int fd, ret;
	const struct picture *picture;
	atomic_uint queued;
};

static void *fill(void *arg)
{
	struct filler *filler = arg;

	while (!(filler->ret = transfer_picture(filler->fd, filler->picture)))
		atomic_fetch_add(&filler->queued, 1);
	return NULL;
}

static bool fill_queue(struct filler *filler)
{
	unsigned before, now = 0;

	if (pthread_create(&filler->thread, NULL, fill, filler))
		return false;
	do {
		before = now;
		usleep(500000);
		now = atomic_load(&filler->queued);
	} while (now != before);
	note("%u transfers are queued", now);
	return now > 0;
}

/* A thread that has the driver wait for room in the queue. */
struct waiter {
	pthread_t thread;
	atomic_int task;
	int fd, ret;
	uint32_t crtc, cursor;
};

static void *submit(void *arg)
{
	struct waiter *waiter = arg;
	const uint32_t nop = HEADER(NOP, 0, 0);
	struct drm_virtgpu_execbuffer exec = {
		.flags = VIRTGPU_EXECBUF_FENCE_FD_OUT, .command = (uintptr_t)&nop, .size = sizeof(nop),
		.fence_fd = -1,
	};

	atomic_store(&waiter->task, gettid());
	waiter->ret = try_ioctl(waiter->fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);
	return NULL;
}

static void *set_cursor(void *arg)
{
	struct waiter *waiter = arg;

	atomic_store(&waiter->task, gettid());
	waiter->ret = drmModeSetCursor(waiter->fd, waiter->crtc, waiter->cursor, 64, 64);
	return NULL;
}

/* Not for a moment only, as for memory. */
static bool is_asleep(const struct waiter *waiter)
{
	int seen = 0;

	for (int i = 0; i < 100 && seen < 5; i++) {
		char path[64], text[128] = "", *state;
		int fd;

		usleep(50000);
		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", atomic_load(&waiter->task));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		state = read(fd, text, sizeof(text) - 1) > 0 ? strrchr(text, ')') : NULL;
		seen = state && !strncmp(state, ") D", 3) ? seen + 1 : 0;
		close(fd);
	}
	return seen == 5;
}

static bool begin_to_wait(struct waiter *waiter, void *(*how)(void *))
{
	return !pthread_create(&waiter->thread, NULL, how, waiter) && is_asleep(waiter);
}

static bool make_cursor(struct waiter *waiter)
{
	struct drm_mode_create_dumb dumb = { .width = 64, .height = 64, .bpp = 32 };
	uint32_t connector;

	if (find_display(waiter->fd, &waiter->crtc, &connector) ||
	    try_ioctl(waiter->fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb))
		return false;
	waiter->cursor = dumb.handle;
	return true;
}

static uint32_t property_of(int fd, uint32_t plane, const char *name)
{
	drmModeObjectProperties *all = drmModeObjectGetProperties(fd, plane, DRM_MODE_OBJECT_PLANE);
	uint32_t id = 0;

	for (uint32_t i = 0; all && i < all->count_props && !id; i++) {
		drmModePropertyRes *property = drmModeGetProperty(fd, all->props[i]);

		if (property && !strcmp(property->name, name))
			id = property->prop_id;
		drmModeFreeProperty(property);
	}
	drmModeFreeObjectProperties(all);
	return id;
}

/* Shows what is shown, when the fence has signalled; returns at once. */
static bool flip_after(int fd, uint32_t fb, int fence)
{
	drmModePlaneRes *planes;
	drmModeAtomicReq *request = drmModeAtomicAlloc();
	bool done = false;

	drmSetClientCap(fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1);
	drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1);
	planes = drmModeGetPlaneResources(fd);
	if (request && planes && planes->count_planes) {
		uint32_t plane = planes->planes[0];

		drmModeAtomicAddProperty(request, plane, property_of(fd, plane, "FB_ID"), fb);
		drmModeAtomicAddProperty(request, plane, property_of(fd, plane, "IN_FENCE_FD"),
					 (uint64_t)fence);
		done = !drmModeAtomicCommit(fd, request, DRM_MODE_ATOMIC_NONBLOCK, NULL);
	}
	drmModeFreePlaneResources(planes);
	drmModeAtomicFree(request);
	return done;
}

static bool import_picture(int fd, int restricted, struct picture *over)
{
	uint32_t memory;

	return !drmPrimeFDToHandle(fd, restricted, &memory) &&
	       !create_picture(fd, over, PROTECTED_OBJECT, memory) &&
	       !add_fb(fd, memory, PICTURE_WIDTH, PICTURE_HEIGHT, 0, PICTURE_WIDTH * 4, &over->fb) &&
	       !show(fd, over->fb) && !transfer_picture(fd, over) && !wait_for(fd, over->object.handle);
}

/* What the display does when the device goes. */
enum display { FLIPS, SETS_CURSOR };

/* The device goes away while it has to read restricted memory, which stays. */
static void test_removal_under_way(enum display display)
{
	int fd = drmOpen("virtio_gpu", NULL), restricted, users;
	uint64_t before = largest_protected();
	struct picture over = { 0 };
	struct filler filler = { .fd = fd, .picture = &over };
	struct waiter submission = { .fd = fd }, cursor = { .fd = fd };
	char name[256];

	restricted = alloc_protected(PICTURE_SIZE);
	if (!ok(fd >= 0 && restricted >= 0 && find_virtio_gpu(name) && import_picture(fd, restricted, &over) &&
			is_unused(restricted, 1000),
		"restricted memory is shown, and transferred"))
		return;

	ok(let_use_memory(name, false) && !transfer_picture(fd, &over),
	   "a transfer is queued that the device does not come to do");
	users = export_users(restricted);
	ok(status_of(users) == 0, "and so is under way");
	ok(!drmModeDirtyFB(fd, over.fb, NULL, 0) && !is_unused(restricted, 0),
	   "and what is shown is to be shown again");
	if (display == FLIPS)
		ok(flip_after(fd, over.fb, users), "a flip waits for the transfer");
	else
		ok(make_cursor(&cursor), "there is a cursor");
	ok(fill_queue(&filler), "and more transfers, the last of which waits for room");
	ok(begin_to_wait(&submission, submit), "and so does a submission");
	if (display == SETS_CURSOR)
		ok(begin_to_wait(&cursor, set_cursor), "and the cursor");
	ok(!write_file(virtio_gpu_file("unbind"), name), "the device goes away");
	pthread_join(filler.thread, NULL);
	ok(filler.ret == -ENODEV, "what waited is refused: ENODEV (%s)", result_name(filler.ret));
	pthread_join(submission.thread, NULL);
	ok(submission.ret == -ENODEV, "so is the submission, with no fence: ENODEV (%s)",
	   result_name(submission.ret));
	if (display == SETS_CURSOR)
		pthread_join(cursor.thread, NULL);
	close(fd);
	ok(status_of(users) == -ENODEV, "the transfer is over: ENODEV");
	close(users);
	if (!ok(is_unused(restricted, 1000), "nobody waits for the device"))
		return;

	ok(let_use_memory(name, true) && !write_file(virtio_gpu_file("bind"), name), "it comes back");
	fd = drmOpen("virtio_gpu", NULL);
	ok(fd >= 0 && import_picture(fd, restricted, &over) && is_unused(restricted, 1000),
	   "the memory is shown, and transferred again");
	close(fd);
	close(restricted);
	ok(protected_is_free(before), "all restricted memory is free again");
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
	test_removal_under_way(FLIPS);
	test_removal_under_way(SETS_CURSOR);
	ok(kernel_log_is_clean(), "the kernel has nothing to complain of");
	return tap_end();
}
