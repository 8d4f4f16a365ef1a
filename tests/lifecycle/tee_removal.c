/* SPDX-License-Identifier: MIT */
/*
 * A TEE that goes away: its buffers keep it, whoever holds them; it goes when the last one has, and when it comes
 * back its memory works as before.
 *
 * Needs a machine to itself, whose emulated TEE is a module.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xf86drm.h>

#include "gpu.h"
#include "klog.h"
#include "picture.h"
#include "tap.h"

#define MODULE "tee_emu"

/* 0 or a negative errno; does not wait for those who use it. */
static int unload(void)
{
	return syscall(SYS_delete_module, MODULE, O_NONBLOCK) ? -errno : 0;
}

static bool is_there(void)
{
	int fd = alloc_protected(PICTURE_SIZE);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* What holds it is given back when the device has answered, for which there is no event. */
static bool goes_away(void)
{
	int ret = -EAGAIN;

	for (int tries = 0; tries < 1000 && ret == -EAGAIN; tries++) {
		ret = unload();
		if (ret == -EAGAIN)
			usleep(10000);
	}
	if (ret)
		note("%s", result_name(ret));
	return !ret;
}

static bool import_over(int fd, int restricted, struct picture *over, uint32_t *memory)
{
	return restricted >= 0 && !drmPrimeFDToHandle(fd, restricted, memory) &&
	       !create_picture(fd, over, PROTECTED_OBJECT, *memory);
}

int main(void)
{
	int fd = drmOpen("virtio_gpu", NULL), restricted;
	struct picture over;
	uint32_t memory;
	uint64_t before;

	if (fd < 0 || access("/sys/module/" MODULE "/refcnt", F_OK))
		return tap_skip_all("there is no virtio-gpu, or no TEE that can be unloaded");
	before = largest_protected();
	restricted = alloc_protected(PICTURE_SIZE);
	ok(restricted >= 0 && unload() == -EAGAIN, "a buffer keeps its TEE");
	if (!ok(import_over(fd, restricted, &over, &memory) &&
			!draw(fd, &over, VIRTGPU_EXECBUF_PROTECTED) && !wait_for(fd, over.object.handle),
		"it is imported, and drawn to"))
		return tap_end();
	close(restricted);
	ok(unload() == -EAGAIN, "a GPU's import keeps it");
	ok(read_back(fd, over.object.handle) == REFUSED, "and cannot be read");
	close_handle(fd, memory);
	ok(unload() == -EAGAIN && !draw(fd, &over, VIRTGPU_EXECBUF_PROTECTED),
	   "so does an object over it, which can still be drawn to");
	close_handle(fd, over.object.handle);
	ok(goes_away(), "when nothing holds it, it goes away");
	ok(!is_there(), "and so does its memory");

	ok(!system("modprobe " MODULE), "it comes back");
	ok(protected_is_free(before), "with all its memory");
	restricted = alloc_protected(PICTURE_SIZE);
	ok(import_over(fd, restricted, &over, &memory) &&
		   !draw(fd, &over, VIRTGPU_EXECBUF_PROTECTED) &&
		   read_back(fd, over.object.handle) == REFUSED,
	   "which works, and cannot be read");
	ok(kernel_log_is_clean(), "the kernel has nothing to complain of");
	return tap_end();
}
