/* SPDX-License-Identifier: MIT */
/*
 * What becomes of protected objects when the machine is suspended: the device is reset, so that what it had is gone;
 * every refusal stays.
 *
 * Needs a machine to itself, and ends it: the root file system is on virtio-9p, which does not come back, nor do
 * virtio's ports. From the suspend on, everything this needs is in memory, in devtmpfs or in sysfs; standard
 * output has to be the console.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xf86drm.h>

#include "gpu.h"
#include "klog.h"
#include "picture.h"
#include "sysfs.h"
#include "tap.h"

/* A root whose folders can be looked up without the file server. */
static bool leave_root(void)
{
	static const char *const folders[] = { "/dev", "/proc", "/sys" };
	char to[32] = "/tmp/root";

	if (mkdir(to, 0700) || mount("none", to, "tmpfs", 0, NULL))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
		strcpy(to + strlen("/tmp/root"), folders[i]);
		if (mkdir(to, 0700) || mount(folders[i], to, NULL, MS_BIND | MS_REC, NULL))
			return false;
	}
	return !chroot("/tmp/root") && !chdir("/");
}

/* All devices go to sleep and wake up; the machine itself does not. */
static int sleep_and_wake(void)
{
	int ret = write_file("/sys/power/pm_test", "devices");

	if (!ret)
		ret = write_file("/sys/module/suspend/parameters/pm_test_delay", "0");
	return ret ? ret : write_file("/sys/power/state", "freeze");
}

static void test_old(int fd, struct picture *secret, struct picture *ordinary)
{
	int dmabuf;

	ok(read_back(fd, secret->object.handle) == REFUSED, "a protected object is still refused to readers");
	ok(read_back(fd, ordinary->object.handle) == NOTHING, "what the device had is gone");
	dmabuf = export(fd, secret->object.handle);
	ok(dmabuf >= 0 && map_dmabuf(dmabuf) == -EACCES, "its dma-buf cannot be mapped");
	close(dmabuf);
	draw(fd, secret, VIRTGPU_EXECBUF_PROTECTED);
	ok(read_back(fd, secret->object.handle) == REFUSED, "nor when it is drawn to again");
}

static void test_new(int fd, int restricted)
{
	struct picture secret, ordinary, blank, over;
	uint32_t memory;

	ok(!create_picture(fd, &blank, 0, 0) && read_back(fd, blank.object.handle) == NOTHING,
	   "a new object has nothing of what was there before");
	ok(make_picture(fd, &ordinary, false) && !show(fd, ordinary.fb) &&
		   read_back(fd, ordinary.object.handle) == READ_IT,
	   "control: another file can draw, show and read");
	ok(make_picture(fd, &secret, true) && !show(fd, secret.fb) &&
		   read_back(fd, secret.object.handle) == REFUSED,
	   "it can draw and show protected content, and not read it");
	ok(!drmPrimeFDToHandle(fd, restricted, &memory) &&
		   !create_picture(fd, &over, PROTECTED_OBJECT, memory) &&
		   read_back(fd, over.object.handle) == REFUSED,
	   "and import restricted memory from before, as protected as ever");
}

int main(void)
{
	struct picture secret, ordinary, over;
	int fd = drmOpen("virtio_gpu", NULL), second, restricted;
	uint64_t before = largest_protected();
	uint32_t memory;

	if (fd < 0 || !drmIsMaster(fd) || !before)
		return tap_skip_all("there is no virtio-gpu whose display is free, or no restricted memory");
	restricted = alloc_protected(PICTURE_SIZE);
	if (!ok(make_picture(fd, &secret, true) && make_picture(fd, &ordinary, false) &&
			!drmPrimeFDToHandle(fd, restricted, &memory) &&
			!create_picture(fd, &over, PROTECTED_OBJECT, memory) &&
			!show(fd, secret.fb),
		"protected and ordinary objects, one over restricted memory; one is shown"))
		return tap_end();
	ok(read_back(fd, secret.object.handle) == REFUSED, "the protected one cannot be read");
	ok(read_back(fd, ordinary.object.handle) == READ_IT, "control: an ordinary one can");
	/* What was read is now in memory; only the device may say so again. */
	if (!ok(!create_picture(fd, &ordinary, 0, 0) && !draw(fd, &ordinary, 0) &&
			!wait_for(fd, ordinary.object.handle),
		"an ordinary one that was never read"))
		return tap_end();

	if (!ok(leave_root() && !mlockall(MCL_CURRENT | MCL_FUTURE), "nothing needs the file server"))
		return tap_end();
	ok(!sleep_and_wake(), "the devices are suspended, and resume");
	test_old(fd, &secret, &ordinary);

	drmDropMaster(fd);
	second = drmOpen("virtio_gpu", NULL);
	test_new(second, restricted);
	close(second);
	close(fd);
	close(restricted);
	ok(protected_is_free(before), "all restricted memory is free again");
	ok(kernel_log_is_clean(), "the kernel has nothing to complain of");
	tap_end();
	fflush(stdout);
	return reboot(RB_POWER_OFF);
}
