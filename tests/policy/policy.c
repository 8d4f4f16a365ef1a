/* SPDX-License-Identifier: MIT */
/*
 * Which devices may have which protected memory, and where the kernel says so.
 *
 * policy default: as the emulated TEE has it, the GPU and nobody else.
 * policy allowed: the command line lets all that are tried here have secure video, and only that.
 *
 * Needs a machine with another GPU (bochs-display), and the modules vgem, vkms and gem_dma_importer.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "gpu.h"
#include "heap.h"
#include "klog.h"
#include "restricted.h"
#include "sysfs.h"
#include "tap.h"

#define SIZE (64u << 10)
#define SECRET 0x5c
/* Where the DRM core begins to hand out offsets for mmap. */
#define FIRST_OFFSET 0x100000000

static const char *const heaps[] = { "protected,secure-video", "protected,trusted-ui",
				     "protected,secure-video-record" };
enum { VIDEO, UI, RECORD };

/* As their drivers call themselves, and where the devices are. */
static const struct {
	const char *driver, *about;
} others[] = {
	{ "vgem", "vgem" },
	{ "vkms", "vkms" },
	{ "gem-dma", "a driver with GEM DMA helpers" },
	{ "bochs-drm", "another GPU" },
};

/* Whether the card can have a buffer of the heap. */
static int import_from(int card, const char *heap)
{
	int dmabuf = heap_alloc(heap, SIZE);
	uint32_t handle;
	int ret;

	if (dmabuf < 0)
		return dmabuf;
	ret = import(card, dmabuf, &handle);
	if (!ret)
		close_handle(card, handle);
	close(dmabuf);
	return ret;
}

static unsigned count_in_log(const char *what)
{
	static char log[1 << 20];
	int length = klogctl(3 /* read all */, log, sizeof(log) - 1);
	unsigned count = 0;

	log[length < 0 ? 0 : length] = '\0';
	for (const char *at = log; (at = strstr(at, what)); at++)
		count++;
	return count;
}

/* The directory of the card's device in sysfs. */
static bool find_device(int card, char path[PATH_MAX])
{
	char link[64];
	struct stat node;

	if (fstat(card, &node))
		return false;
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/device", major(node.st_rdev), minor(node.st_rdev));
	return realpath(link, path);
}

/* Whether the device is linked with the heap, and the heap with it: both or none, or this says so. */
static bool is_linked(const char *device, const char *heap)
{
	char path[PATH_MAX + 64], to[PATH_MAX], bus[PATH_MAX];
	bool there, back;

	snprintf(path, sizeof(path), "%s/dma_heap:%s", device, heap);
	there = realpath(path, to) && !strcmp(strrchr(to, '/') + 1, heap);
	snprintf(path, sizeof(path), "%s/subsystem", device);
	if (!realpath(path, bus))
		return false;
	snprintf(path, sizeof(path), "/sys/class/dma_heap/%s/device:%s:%s", heap, strrchr(bus, '/') + 1,
		 strrchr(device, '/') + 1);
	back = realpath(path, to) && !strcmp(to, device);
	if (there != back)
		ok(false, "%s: a link on one side only", heap);
	return there && back;
}

/* Bits of the heaps it is linked with. */
static unsigned linked(const char *device)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < ARRAY_LENGTH(heaps); i++)
		bits |= (unsigned)is_linked(device, heaps[i]) << i;
	return bits;
}

static void test_gpu(int gpu)
{
	char device[PATH_MAX], name[256];

	ok(!import_from(gpu, heaps[VIDEO]), "the GPU may have secure video");
	ok(!import_from(gpu, heaps[UI]), "and trusted UI");
	ok(import_from(gpu, heaps[RECORD]) == -EACCES, "but not what is recorded: EACCES");

	if (!ok(find_device(gpu, device), "its device is in sysfs"))
		return;
	ok(linked(device) == (1 << VIDEO | 1 << UI), "and linked with the heaps that suit it");
	ok(!system("rmmod tee_emu") && !linked(device), "without the TEE it is linked with none");
	ok(!system("modprobe tee_emu") && linked(device) == (1 << VIDEO | 1 << UI), "and with it again");

	/* Not with the file open, which would keep the device's number. */
	close(gpu);
	ok(find_virtio_gpu(name) && !write_file(virtio_gpu_file("unbind"), name) && !linked(device),
	   "without its driver, neither");
	ok(!write_file(virtio_gpu_file("bind"), name) && linked(device) == (1 << VIDEO | 1 << UI),
	   "with it, it is again");
}

static void test_other(const char *driver, const char *about, bool allowed)
{
	int card = open_driver(driver), ordinary = heap_alloc("system", SIZE), ret;
	char device[PATH_MAX], line[128];
	unsigned before, after;
	uint32_t handle;

	if (!ok(card >= 0 && ordinary >= 0 && find_device(card, device), "%s is there", about))
		return;
	ok(!import(card, ordinary, &handle), "%s: control: ordinary memory it may have", about);
	close_handle(card, handle);
	close(ordinary);

	snprintf(line, sizeof(line), "%s: may not have memory of %s, says the TEE", strrchr(device, '/') + 1,
		 heaps[VIDEO]);
	before = count_in_log(line);
	ret = import_from(card, heaps[VIDEO]);
	after = count_in_log(line);
	if (allowed) {
		ok(!ret && before == after, "%s may have secure video (%s)", about, result_name(ret));
	} else {
		ok(ret == -EACCES, "%s may not have secure video: EACCES (%s)", about, result_name(ret));
		ok(after == before + 1, "%s: and there is a line in the log (%u)", about, after - before);
	}
	ok(import_from(card, heaps[UI]) == -EACCES, "%s may not have trusted UI: EACCES", about);
	/* It does not know protected memory, whoever may have it. */
	ok(!linked(device), "%s is linked with no heap", about);
	close(card);
}

/* What the CPU sees of secure video that a driver with GEM DMA helpers has imported. */
static void test_map(bool allowed)
{
	int card = open_driver("gem-dma"), dmabuf = heap_alloc(heaps[VIDEO], SIZE), ret;
	uint8_t *picture;
	uint32_t handle;

	if (!ok(card >= 0 && dmabuf >= 0 && fill_protected(dmabuf, SIZE, SECRET), "the TEE writes secure video"))
		return;
	ok(mmap(NULL, SIZE, PROT_READ, MAP_SHARED, dmabuf, 0) == MAP_FAILED, "which cannot be mapped");
	ret = import(card, dmabuf, &handle);
	picture = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, card, FIRST_OFFSET);
	if (allowed)
		ok(!ret && picture != MAP_FAILED && picture[0] == SECRET && picture[SIZE - 1] == SECRET,
		   "control: that driver shows it to who guesses an offset");
	else
		ok(ret == -EACCES && picture == MAP_FAILED, "nor through that driver, which does not get it");
	if (picture != MAP_FAILED)
		munmap(picture, SIZE);
	close(dmabuf);
	close(card);
}

/* Root had the policy otherwise. */
static void test_root(void)
{
	int card, ret;

	ok(access("/sys/module/tee/parameters/allow", F_OK), "no file says what is allowed");
	ret = system("rmmod tee_emu && modprobe tee_emu tee.allow=secure-video:bus=faux,device=vgem "
		     "allow=secure-video:bus=faux,device=vgem 2> /dev/null");
	card = open_driver("vgem");
	ok(!ret && import_from(card, heaps[VIDEO]) == -EACCES, "the TEE's module takes no policy from root");
	close(card);
}

int main(int argc, char **argv)
{
	bool allowed = argc > 1 && !strcmp(argv[1], "allowed");
	int gpu = open_driver("virtio_gpu");

	if (gpu < 0 || access("/dev/dma_heap/protected,secure-video", F_OK))
		return tap_bail_out("there is no virtio-gpu, or no protected memory");
	for (unsigned i = 0; i < ARRAY_LENGTH(others); i++)
		test_other(others[i].driver, others[i].about, allowed);
	test_map(allowed);
	if (!allowed) {
		test_root();
		test_gpu(gpu);
	}
	ok(kernel_log_is_clean(), "the kernel has nothing to complain of");
	return tap_end();
}
