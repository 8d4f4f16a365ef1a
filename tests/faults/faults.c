/* SPDX-License-Identifier: MIT */
/*
 * Fails every allocation on the ways of a protected buffer, one at a time: the first of an operation,
 * then only the second, until the operation ends without having met the one that was to fail.
 *
 * An operation whose allocation failed either says so or did without; and then, with nothing failing,
 * it works. What it left behind is for the kernel's own checkers to find, and for the count of the
 * restricted memory at the end; but whether it closed a file of the caller's is looked at each time.
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

#include <protex/protex.h>
#include <protex/ta.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "gpu.h"
#include "sysfs.h"
#include "tap.h"

/* More than any operation allocates. */
#define FAILURES_MAX 1000

/* What operations work on; opened again for each, where being used first matters. */
static int card = -1;	/* its display is ours */
static int memory = -1; /* restricted, a dma-buf */
static uint32_t memory_handle;
static struct object secret; /* a protected object in the device's storage */
static struct object over;   /* one over the memory */
static uint32_t secret_fb, memory_fb, shown_fb;
static uint32_t crtc, connector;
static struct protex_tee *the_tee;
static struct protex_session *session;
static struct protex_memory *tee_memory;
static struct protex_error error; /* of libprotex, for what it did last */

/* What run() made, for undo() to take away. */
static uint32_t made;
static int made_fd = -1;
static struct protex_memory *made_memory;
static struct protex_session *made_session;

/* A file descriptor or a negative error: remembers the first. */
static int keep_fd(int fd)
{
	made_fd = fd;
	return fd < 0 ? fd : 0;
}

static void close_fd(void)
{
	close(made_fd);
	made_fd = -1;
}

static void close_made(void)
{
	close_handle(card, made);
}

static int alloc(void)
{
	return keep_fd(alloc_protected(BYTES));
}

static int import_memory(void)
{
	return import(card, made_fd, &made);
}

static int create_secret(void)
{
	struct object object;
	int ret = create(card, &object, PROTECTED_OBJECT);

	made = object.handle;
	return ret;
}

static int create_over_memory(struct object *object)
{
	return create_on(card, object, PROTECTED_OBJECT, memory_handle, TEXTURE_2D,
			 BGRA8888, RENDER_TARGET | SAMPLER | SCANOUT, SIDE, SIDE, BYTES);
}

static int create_another(void)
{
	struct object object;
	int ret = create_over_memory(&object);

	made = object.handle;
	return ret;
}

static int paint_black(int fd, struct object object)
{
	return paint(fd, VIRTGPU_EXECBUF_PROTECTED, object, 0, 0, 0);
}

static int submit_again(void)
{
	return paint_black(card, secret);
}

static int submit_with_fence(void)
{
	const uint32_t stream[] = { HEADER(NOP, 0, 0) };
	struct drm_virtgpu_execbuffer exec = {
		.flags = VIRTGPU_EXECBUF_PROTECTED | VIRTGPU_EXECBUF_FENCE_FD_OUT,
		.command = (uintptr_t)stream, .size = sizeof(stream),
		.bo_handles = (uintptr_t)&secret.handle, .num_bo_handles = 1, .fence_fd = -1,
	};
	int ret = try_ioctl(card, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);

	made_fd = exec.fence_fd;
	return ret;
}

static int open_render(void)
{
	int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);

	return keep_fd(fd < 0 ? -errno : fd);
}

/* The first protected submission of a file makes its second context. */
static struct object first;

static int prepare_first(void)
{
	return open_render() ?: create(made_fd, &first, PROTECTED_OBJECT);
}

static int submit_first(void)
{
	return paint_black(made_fd, first);
}

/* A file that has everything, which has to go while nothing can be allocated. */
static int prepare_close(void)
{
	uint32_t imported;

	return prepare_first() ?: submit_first() ?: import(made_fd, memory, &imported);
}

static int close_all(void)
{
	return close(made_fd) ? -errno : 0;
}

static int transfer_memory(void)
{
	return transfer(card, true, over.handle);
}

static int export_secret(void)
{
	return keep_fd(export(card, secret.handle));
}

/* An object of one file, in another. */
static int other = -1;

static int prepare_share(void)
{
	other = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	return other < 0 ? -errno : export_secret();
}

static int share(void)
{
	return import(other, made_fd, &made);
}

static void undo_share(void)
{
	close_handle(other, made);
}

static void close_share(void)
{
	close(other);
	close_fd();
}

static int add_picture(uint32_t handle, uint32_t *fb)
{
	return add_fb(card, handle, SIDE, SIDE, 0, SIDE * 4, fb);
}

static int add_secret_fb(void)
{
	return add_picture(secret.handle, &made);
}

static int add_memory_fb(void)
{
	return add_picture(memory_handle, &made);
}

static void remove_fb(void)
{
	drmModeRmFB(card, made);
}

static int show(uint32_t fb)
{
	int ret = set_crtc(card, crtc, connector, fb, SIDE, SIDE);

	if (!ret)
		shown_fb = fb;
	return ret;
}

/* Another one than is shown, or nothing would be done. */
static int show_other(void)
{
	return show(shown_fb == secret_fb ? memory_fb : secret_fb);
}

static int show_secret(void)
{
	return shown_fb == secret_fb ? 0 : show(secret_fb);
}

/* The first flip of memory is where there is no room yet for the fence of who reads it. */
static uint32_t new_fb;

static int prepare_first_flip(void)
{
	uint32_t handle = 0;
	int ret = show_secret() ?: alloc() ?: import(card, made_fd, &handle) ?: add_picture(handle, &new_fb);

	if (handle)
		close_handle(card, handle);
	return ret;
}

static int flip_first(void)
{
	return show(new_fb);
}

static void show_again(void)
{
	show_secret();
}

static void remove_new_fb(void)
{
	drmModeRmFB(card, new_fb);
	close_fd();
}

static int flush(void)
{
	return drmModeDirtyFB(card, memory_fb, NULL, 0) ? -errno : 0;
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
	struct protex_range all = { tee_memory, 0, BYTES };

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
	{ "import restricted memory", alloc, import_memory, close_made, close_fd, SAYS_ENOMEM },
	{ "create a protected object", no_preparation, create_secret, close_made, nothing,
	  SAYS_ENOMEM },
	{ "create one over restricted memory", no_preparation, create_another, close_made, nothing,
	  SAYS_ENOMEM },
	{ "open a file of the device", no_preparation, open_render, close_fd, nothing,
	  SAYS_ENOMEM },
	{ "a file's first protected submission", prepare_first, submit_first, nothing, close_fd,
	  SAYS_ENOENT },
	{ "another protected submission", no_preparation, submit_again, nothing, nothing,
	  SAYS_ENOENT },
	{ "one with a fence", no_preparation, submit_with_fence, close_fd, nothing, SAYS_ENOENT },
	{ "transfer from restricted memory", no_preparation, transfer_memory, nothing, nothing,
	  SAYS_ENOENT },
	{ "export a protected object", no_preparation, export_secret, close_fd, nothing, SAYS_ENOMEM },
	{ "import it into another file", prepare_share, share, undo_share, close_share,
	  SAYS_ENOMEM },
	{ "a framebuffer of a protected object", no_preparation, add_secret_fb, remove_fb, nothing,
	  SAYS_ENOMEM },
	{ "a framebuffer of restricted memory", no_preparation, add_memory_fb, remove_fb, nothing,
	  SAYS_ENOMEM },
	{ "show a framebuffer", no_preparation, show_other, nothing, nothing, SAYS_ENOMEM },
	{ "show restricted memory for the first time", prepare_first_flip, flip_first, show_again,
	  remove_new_fb, SAYS_ENOMEM },
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

/* Nobody but us closes our file descriptors: the lowest that is free is none of those we began with. */
static bool has_standard_files(void)
{
	int lowest = dup(STDERR_FILENO);

	if (lowest < 0)
		return false;
	close(lowest);
	return lowest > STDERR_FILENO;
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
		if (!has_standard_files() && !wrong++)
			note("%s, allocation %u: a file of ours is closed", operation->name, n);
		if (!ret)
			operation->undo();
		operation->clean_up();
	}
	ok(failed && !wrong && !injected && !ret,
	   "%s: %u allocations failed, %u times it said so, and then it worked", operation->name,
	   failed, errors);
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
		if (write_file(path, settings[i][1]))
			return false;
	}
	fail_nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	return fail_nth_fd >= 0;
}

static bool set_up(void)
{
	memory = alloc_protected(BYTES);
	return memory >= 0 && !find_display(card, &crtc, &connector) && !import(card, memory, &memory_handle) &&
	       !create(card, &secret, PROTECTED_OBJECT) &&
	       !create_over_memory(&over) && !submit_again() &&
	       !add_picture(secret.handle, &secret_fb) && !add_picture(memory_handle, &memory_fb) &&
	       !show_other() && !protex_ta_open(&the_tee, &session, &error) &&
	       !protex_memory_import(&tee_memory, the_tee, memory, &error) && !fill();
}

int main(void)
{
	uint64_t before;

	if (!set_up_failures())
		return tap_skip_all("this kernel injects no faults; try scripts/test --kernel debug");
	card = open_driver("virtio_gpu");
	before = largest_protected();
	if (!ok(card >= 0 && drmIsMaster(card) && before, "there are a display and restricted memory"))
		return tap_end();
	if (!ok(set_up(), "with nothing failing, everything works"))
		return tap_end();

	/* Our own page faults are not what is to fail. */
	mlockall(MCL_CURRENT | MCL_FUTURE);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		test(&operations[i]);

	protex_memory_close(tee_memory);
	protex_session_close(session);
	protex_tee_close(the_tee);
	close(memory);
	close(card);
	ok(protected_is_free(before), "all restricted memory is free again");
	return tap_end();
}
