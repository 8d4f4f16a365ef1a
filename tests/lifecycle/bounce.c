/* SPDX-License-Identifier: MIT */
/*
 * A device whose every access goes through a bounce buffer: it cannot have the memory of the emulated TEE, which the
 * CPU would have to copy, and is told so.
 *
 * For a machine of its own, with swiotlb=force.
 */
#include <errno.h>
#include <unistd.h>

#include "gpu.h"
#include "klog.h"
#include "tap.h"

int main(void)
{
	int fd = open_driver("virtio_gpu"), restricted = alloc_protected(BYTES), ret;
	struct object secret;
	uint32_t memory;

	if (fd < 0 || restricted < 0)
		return tap_skip_all("there is no virtio-gpu, or no restricted memory");
	ret = import(fd, restricted, &memory);
	ok(ret == -EIO, "restricted memory is not imported: EIO (%s)", result_name(ret));
	ok(!create(fd, &secret, PROTECTED_OBJECT) &&
		   !paint(fd, VIRTGPU_EXECBUF_PROTECTED, secret, 1, 0, 0),
	   "control: the device's own storage can be drawn to");
	close(restricted);
	ok(kernel_log_is_clean(), "the kernel has nothing to complain of");
	return tap_end();
}
