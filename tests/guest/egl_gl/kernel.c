/* SPDX-License-Identifier: MIT */
/* What the program asks of the kernel: all of Mesa's calls to the device come by here. */
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <virtgpu_drm.h>
#include <xf86drm.h>

#include "egl_gl.h"

#ifndef DRM_VIRTGPU_RESOURCE_CREATE_BLOB
#define DRM_VIRTGPU_RESOURCE_CREATE_BLOB 0x0a
#endif

static atomic_uint refused;
static atomic_bool no_resources;

/* The structs, whose sizes are in the requests, differ between versions of the header. */
static bool is(unsigned long request, unsigned command)
{
	return _IOC_TYPE(request) == DRM_IOCTL_BASE && _IOC_NR(request) == DRM_COMMAND_BASE + command;
}

/* It stands in for the C library's, which libdrm would call. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	int result;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);

	if (no_resources && (is(request, DRM_VIRTGPU_RESOURCE_CREATE) || is(request, DRM_VIRTGPU_RESOURCE_CREATE_BLOB))) {
		errno = ENOMEM;
		return -1;
	}
	result = syscall(SYS_ioctl, fd, request, argument);
	if (result < 0 && is(request, DRM_VIRTGPU_EXECBUFFER) && errno != EINTR && errno != EAGAIN)
		refused++;
	return result;
}

bool kernel_refused_nothing(void)
{
	unsigned count = atomic_exchange(&refused, 0);

	if (count)
		note("the kernel refused %u submissions", count);
	return !count;
}

void kernel_gives_resources(bool gives)
{
	no_resources = !gives;
}
