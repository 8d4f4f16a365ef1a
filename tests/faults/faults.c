/* SPDX-License-Identifier: MIT */
/*
 * Fails every allocation on the ways of a protected buffer, one at a time: the first of an operation,
 * then only the second, until the operation ends without having met the one that was to fail.
 *
 * An operation whose allocation failed either says so or did without; and then, with nothing failing,
 * it works. What it left behind is for the kernel's own checkers to find, and for the count of the
 * restricted memory at the end.
 *
 * Needs fault injection, and a machine whose display is free.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <linux/dma-heap.h>
#include <protex/protex.h>
#include <protex/ta.h>
#include <virtgpu_drm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "tap.h"

#define HEAP "/dev/dma_heap/protected,secure-video"
#define WIDTH 640u
#define HEIGHT 480u
#define SIZE (WIDTH * HEIGHT * 4)

/* Of the kernel's header when it is ours. */
#define EXECBUF_PROTECTED 0x08
#define CREATE_PROTECTED (1u << 31)

/* Of the virgl protocol. */
#define TEXTURE_2D 2
#define BGRX8888 2
#define RENDER_TARGET (1 << 1)
#define SCANOUT (1 << 18)

/* More than any operation allocates. */
#define FAILURES_MAX 1000

/* What operations work on; opened again for each, where being used first matters. */
static int card = -1;	/* its display is ours */
static int heap = -1;	/* of restricted memory */
static int memory = -1; /* restricted, a dma-buf */
static uint32_t memory_handle;
static uint32_t secret, secret_res; /* a protected object in the device's storage */
static uint32_t over;		    /* one over the memory */
static uint32_t secret_fb, memory_fb;
static uint32_t shown_fb;
static struct protex_tee *the_tee;
static struct protex_session *session;
static struct protex_memory *tee_memory;
static struct protex_error error; /* of libprotex, for what it did last */

/* What run() made, for undo() to take away. */
static uint32_t made;
static int made_fd = -1;
static struct protex_memory *made_memory;
static struct protex_session *made_session;

static int result(int ret)
{
	return ret ? -errno : 0;
}

static void close_fd(void)
{
	close(made_fd);
	made_fd = -1;
}

static void close_handle(void)
{
	drmCloseBufferHandle(card, made);
}

static int alloc(void)
{
	struct dma_heap_allocation_data data = { .len = SIZE, .fd_flags = O_RDWR | O_CLOEXEC };
	int ret = result(ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data));

	made_fd = data.fd;
	return ret;
}

/* Restricted memory that no file of the device has a handle of. */
static int prepare_import(void)
{
	return alloc();
}

static int import(void)
{
	return result(drmPrimeFDToHandle(card, made_fd, &made));
}

static void undo_import(void)
{
	close_handle();
}

static int create(int fd, uint32_t flags, uint32_t handle, uint32_t *object, uint32_t *res)
{
	struct drm_virtgpu_resource_create args = {
		.target = TEXTURE_2D, .format = BGRX8888, .bind = RENDER_TARGET | SCANOUT,
		.width = WIDTH, .height = HEIGHT, .depth = 1, .array_size = 1,
		.flags = flags, .bo_handle = handle, .size = SIZE,
	};
	int ret = result(ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &args));

	*object = args.bo_handle;
	*res = args.res_handle;
	return ret;
}

static int create_protected(void)
{
	uint32_t res;

	return create(card, CREATE_PROTECTED, 0, &made, &res);
}

static int create_over(void)
{
	uint32_t res;

	return create(card, 0, memory_handle, &made, &res);
}

static int submit(int fd, uint32_t flags, uint32_t handle, uint32_t res, int *fence)
{
	const uint32_t stream[] = {
		1 | 8 << 8 | 5 << 16, 1, res, BGRX8888, 0, 0, /* create a surface */
		5 | 3 << 16, 1, 0, 1,			      /* set the framebuffer */
		7 | 8 << 16, 4, 0, 0, 0, 0, 0, 0, 0,	      /* clear it */
		5 | 2 << 16, 0, 0,
		3 | 8 << 8 | 1 << 16, 1,
	};
	struct drm_virtgpu_execbuffer exec = {
		.flags = EXECBUF_PROTECTED | flags, .command = (uintptr_t)stream,
		.size = sizeof(stream), .bo_handles = (uintptr_t)&handle, .num_bo_handles = 1,
		.fence_fd = -1,
	};
	int ret = result(ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec));

	*fence = exec.fence_fd;
	return ret;
}

static int submit_again(void)
{
	int fence;

	return submit(card, 0, secret, secret_res, &fence);
}

static int submit_with_fence(void)
{
	return submit(card, VIRTGPU_EXECBUF_FENCE_FD_OUT, secret, secret_res, &made_fd);
}

/* The first protected submission of a file makes its second context. */
static uint32_t first_handle, first_res;

static int prepare_first(void)
{
	made_fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	return made_fd < 0 ? -errno : create(made_fd, CREATE_PROTECTED, 0, &first_handle, &first_res);
}

static int submit_first(void)
{
	int fence;

	return submit(made_fd, 0, first_handle, first_res, &fence);
}

static int open_render(void)
{
	made_fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	return made_fd < 0 ? -errno : 0;
}

/* A file that has everything, which has to go while nothing can be allocated. */
static int prepare_close(void)
{
	uint32_t imported;
	int ret = prepare_first();

	ret = ret ?: submit_first();
	return ret ?: result(drmPrimeFDToHandle(made_fd, memory, &imported));
}

static int close_all(void)
{
	return result(close(made_fd));
}

static int transfer(void)
{
	struct drm_virtgpu_3d_transfer_to_host args = {
		.bo_handle = over, .box = { .w = WIDTH, .h = HEIGHT, .d = 1 },
	};

	return result(ioctl(card, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &args));
}

static int export(void)
{
	return result(drmPrimeHandleToFD(card, secret, O_CLOEXEC, &made_fd));
}

/* An object of one file, in another. */
static int other = -1;

static int prepare_share(void)
{
	int ret = export();

	other = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	return ret ?: other < 0 ? -errno : 0;
}

static int share(void)
{
	return result(drmPrimeFDToHandle(other, made_fd, &made));
}

static void undo_share(void)
{
	drmCloseBufferHandle(other, made);
}

static void close_share(void)
{
	close(other);
	close_fd();
}

static int add_fb(uint32_t handle, uint32_t *fb)
{
	uint32_t handles[4] = { handle }, strides[4] = { WIDTH * 4 }, offsets[4] = { 0 };

	return result(drmModeAddFB2(card, WIDTH, HEIGHT, DRM_FORMAT_XRGB8888, handles, strides,
				    offsets, fb, 0));
}

static int add_secret_fb(void)
{
	return add_fb(secret, &made);
}

static int add_memory_fb(void)
{
	return add_fb(memory_handle, &made);
}

static void remove_fb(void)
{
	drmModeRmFB(card, made);
}

static drmModeRes *display;

static int show(uint32_t fb)
{
	drmModeModeInfo mode = {
		.clock = WIDTH * HEIGHT * 60 / 1000,
		.hdisplay = WIDTH, .hsync_start = WIDTH, .hsync_end = WIDTH, .htotal = WIDTH,
		.vdisplay = HEIGHT, .vsync_start = HEIGHT, .vsync_end = HEIGHT, .vtotal = HEIGHT,
		.vrefresh = 60,
	};

	return result(drmModeSetCrtc(card, display->crtcs[0], fb, 0, 0, display->connectors, 1,
				     &mode));
}

/* Another one than is shown, or nothing would be done. */
static int show_other(void)
{
	uint32_t fb = shown_fb == secret_fb ? memory_fb : secret_fb;
	int ret = show(fb);

	if (!ret)
		shown_fb = fb;
	return ret;
}

static int flush(void)
{
	return result(drmModeDirtyFB(card, memory_fb, NULL, 0));
}

static int open_session(void)
{
	static const uint8_t uuid[16] = PROTEX_TA_UUID_OCTETS;
	return protex_session_open(&made_session, the_tee, uuid, &error);
}

static void close_session(void)
{
	protex_session_close(made_session);
}

static int register_memory(void)
{
	return protex_memory_import(&made_memory, the_tee, memory, &error);
}

static void forget_memory(void)
{
	protex_memory_close(made_memory);
}

static int fill(void)
{
	struct protex_range all = { tee_memory, 0, SIZE };

	return protex_ta_fill(session, &all, 0x55, &error);
}

static void nothing(void)
{
}

static int no_preparation(void)
{
	return 0;
}

/* How an operation may end. */
enum ending {
	SAYS_ENOMEM,
	/* Or ENOENT: looking up handles, the driver does not tell the two apart, for ordinary
	 * submissions either. */
	SAYS_ENOENT,
	/* Or EINVAL, which the TEE core makes of every error there. */
	SAYS_EINVAL,
	WORKS,
};

static const struct operation {
	const char *name;
	int (*prepare)(void);	 /* with nothing failing; 0, or a negative error */
	int (*run)(void);	 /* with an allocation failing; 0, or a negative error */
	void (*undo)(void);	 /* what run did */
	void (*clean_up)(void); /* what prepare did */
	enum ending ending;
} operations[] = {
	{ "allocate from the heap", no_preparation, alloc, close_fd, nothing, SAYS_ENOMEM },
	{ "import restricted memory", prepare_import, import, undo_import, close_fd, SAYS_ENOMEM },
	{ "create a protected object", no_preparation, create_protected, close_handle, nothing,
	  SAYS_ENOMEM },
	{ "create one over restricted memory", no_preparation, create_over, close_handle, nothing,
	  SAYS_ENOMEM },
	{ "open a file of the device", no_preparation, open_render, close_fd, nothing,
	  SAYS_ENOMEM },
	{ "a file's first protected submission", prepare_first, submit_first, nothing, close_fd,
	  SAYS_ENOENT },
	{ "another protected submission", no_preparation, submit_again, nothing, nothing,
	  SAYS_ENOENT },
	{ "one with a fence", no_preparation, submit_with_fence, close_fd, nothing, SAYS_ENOENT },
	{ "transfer from restricted memory", no_preparation, transfer, nothing, nothing,
	  SAYS_ENOENT },
	{ "export a protected object", no_preparation, export, close_fd, nothing, SAYS_ENOMEM },
	{ "import it into another file", prepare_share, share, undo_share, close_share,
	  SAYS_ENOMEM },
	{ "a framebuffer of a protected object", no_preparation, add_secret_fb, remove_fb, nothing,
	  SAYS_ENOMEM },
	{ "a framebuffer of restricted memory", no_preparation, add_memory_fb, remove_fb, nothing,
	  SAYS_ENOMEM },
	{ "show a framebuffer", no_preparation, show_other, nothing, nothing, SAYS_ENOMEM },
	{ "flush one of restricted memory", no_preparation, flush, nothing, nothing, SAYS_ENOMEM },
	{ "open a session with the TEE", no_preparation, open_session, close_session, nothing,
	  SAYS_ENOMEM },
	{ "register restricted memory with the TEE", no_preparation, register_memory, forget_memory,
	  nothing, SAYS_EINVAL },
	{ "have the TEE write to it", no_preparation, fill, nothing, nothing, SAYS_ENOMEM },
	{ "close a file that has all of it", prepare_close, close_all, nothing, nothing, WORKS },
};

/* The n-th allocation from now on fails; 0: none. */
static int fail_nth_fd = -1;

static bool fail_nth(unsigned n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", n);

	return pwrite(fail_nth_fd, text, length, 0) == length;
}

/* Whether the one that was to fail did. */
static bool has_failed(void)
{
	char text[16] = "";

	return pread(fail_nth_fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;
}

static bool allowed(enum ending ending, int ret)
{
	switch (ret) {
	case -ENOMEM:
		return ending != WORKS;
	case -ENOENT:
		return ending == SAYS_ENOENT;
	case -EINVAL:
		return ending == SAYS_EINVAL;
	default:
		return false;
	}
}

static void test(const struct operation *operation)
{
	unsigned errors = 0, failed = 0, wrong = 0;
	bool injected = true;
	int ret = 0;

	for (unsigned n = 1; injected && n <= FAILURES_MAX; n++) {
		ret = operation->prepare();
		if (ret) {
			note("preparing to %s: %s", operation->name, strerror(-ret));
			break;
		}
		error.message[0] = '\0';
		fail_nth(n);
		ret = operation->run();
		injected = has_failed();
		fail_nth(0);
		failed += injected;
		errors += injected && ret;
		if (ret && (!injected || !allowed(operation->ending, ret))) {
			if (!wrong++)
				note("%s, allocation %u: %s %s", operation->name, n, strerror(-ret),
				     error.message);
		}
		if (!ret)
			operation->undo();
		operation->clean_up();
	}
	ok(failed && !wrong && !injected && !ret,
	   "%s: %u allocations failed, %u times it said so, and then it worked", operation->name,
	   failed, errors);
}

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Allocations that may sleep, too, which are most of ours; and no word of each. */
static bool set_up_failures(void)
{
	static const char *const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },	   { "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" }, { "fail_page_alloc/verbose", "0" },
		{ "fail_page_alloc/min-order", "0" },
	};
	char path[128];

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s", settings[i][0]);
		if (!write_file(path, settings[i][1]))
			return false;
	}
	fail_nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return fail_nth_fd >= 0;
}

/* The largest piece of restricted memory there is, in steps of a MiB. */
static uint64_t largest(void)
{
	for (uint64_t size = 64 << 20; size; size -= 1 << 20) {
		struct dma_heap_allocation_data data = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };

		if (!ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data)) {
			close(data.fd);
			return size;
		}
	}
	return 0;
}

static bool set_up(void)
{
	uint32_t res;

	if (alloc())
		return false;
	memory = made_fd;
	display = drmModeGetResources(card);
	return display && display->count_crtcs && display->count_connectors &&
	       !drmPrimeFDToHandle(card, memory, &memory_handle) &&
	       !create(card, CREATE_PROTECTED, 0, &secret, &secret_res) &&
	       !create(card, 0, memory_handle, &over, &res) && !submit_again() &&
	       !add_fb(secret, &secret_fb) && !add_fb(memory_handle, &memory_fb) &&
	       !show_other() && !protex_ta_open(&the_tee, &session, &error) &&
	       !protex_memory_import(&tee_memory, the_tee, memory, &error) && !fill();
}

int main(void)
{
	uint64_t before, after = 0;

	if (!set_up_failures())
		return tap_skip_all("this kernel injects no faults; try scripts/test --kernel debug");
	card = drmOpen("virtio_gpu", NULL);
	heap = open(HEAP, O_RDWR | O_CLOEXEC);
	if (!ok(card >= 0 && drmIsMaster(card) && heap >= 0, "there are a display and restricted memory"))
		return tap_end();
	before = largest();
	if (!ok(set_up(), "with nothing failing, everything works"))
		return tap_end();

	/* Our own page faults are not what is to fail. */
	mlockall(MCL_CURRENT | MCL_FUTURE);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		test(&operations[i]);

	protex_memory_close(tee_memory);
	protex_session_close(session);
	protex_tee_close(the_tee);
	drmModeFreeResources(display);
	close(memory);
	close(card);
	/* The driver gives it back once the device has answered, which nobody can wait for. */
	for (int tries = 0; tries < 1000 && (after = largest()) != before; tries++)
		usleep(10000);
	if (!ok(after == before, "all restricted memory is free again"))
		note("%llu of %llu MiB", (unsigned long long)after >> 20,
		     (unsigned long long)before >> 20);
	return tap_end();
}
