/* SPDX-License-Identifier: MIT */
/*
 * To be preloaded into a program: counts what it asks of the kernel, and at its end appends a line to the file that
 * $BENCH_COUNTS names:
 *
 *	NAME ioctls copied commands waits
 *
 * all ioctls; bytes that the device is told to copy out of the guest's memory into its own, by ioctl and in command
 * streams; bytes of command streams, which the kernel copies; and ioctls that wait for the device. NAME is $BENCH_NAME.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gpu.h"

typedef int (*ioctl_function)(int, unsigned long, ...);

/* Other threads have some, too. */
static _Atomic uint64_t ioctls, copied, commands, waits;

/* Bytes a pixel of resources, by number: the stride of a transfer may be left to the device. */
enum { RESOURCES = 4096, R8G8 = 65 };
static _Atomic uint8_t pixel_sizes[RESOURCES];

static void count_resource(const struct drm_virtgpu_resource_create *create)
{
	if (create->res_handle < RESOURCES)
		pixel_sizes[create->res_handle] = create->format == R8	   ? 1
						  : create->format == R8G8 ? 2
									   : 4;
}

/* Words of TRANSFER3D: resource, level, usage, stride, layer stride, x, y, z, width, height, depth, offset, direction. */
enum { TRANSFER_WORDS = 13 };

static uint64_t transfer_size(const uint32_t *payload)
{
	uint64_t rows = (uint64_t)payload[9] * payload[10];
	uint32_t pixel = payload[0] < RESOURCES ? pixel_sizes[payload[0]] : 4;

	return payload[3] ? payload[3] * rows : (uint64_t)payload[8] * pixel * rows;
}

static void count_stream(const uint32_t *words, size_t count)
{
	for (size_t at = 0; at < count;) {
		uint32_t command = words[at] & 0xff, length = words[at] >> 16;

		if (command == TRANSFER3D && length >= TRANSFER_WORDS && at + length < count)
			copied += transfer_size(words + at + 1);
		else if (command == INLINE_WRITE && length > 11)
			copied += (length - 11) * 4;
		at += 1 + (size_t)length;
	}
}

static void count_ioctl(unsigned long request, const void *argument)
{
	const struct drm_virtgpu_3d_transfer_to_host *transfer = argument;
	const struct drm_virtgpu_execbuffer *submission = argument;

	ioctls++;
	if (_IOC_TYPE(request) != DRM_IOCTL_BASE)
		return;
	switch (_IOC_NR(request) - DRM_COMMAND_BASE) {
	case DRM_VIRTGPU_EXECBUFFER:
		commands += submission->size;
		count_stream((const uint32_t *)(uintptr_t)submission->command, submission->size / 4);
		break;
	case DRM_VIRTGPU_TRANSFER_TO_HOST:
		copied += (uint64_t)transfer->stride * transfer->box.h * transfer->box.d;
		break;
	case DRM_VIRTGPU_WAIT:
		waits++;
		break;
	}
}

__attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, ...)
{
	static ioctl_function real;
	va_list arguments;
	void *argument;
	int ret;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (!real)
		real = (ioctl_function)dlsym(RTLD_NEXT, "ioctl");
	count_ioctl(request, argument);
	ret = real(fd, request, argument);
	if (ret == 0 && request == DRM_IOCTL_VIRTGPU_RESOURCE_CREATE)
		count_resource(argument);
	return ret;
}

__attribute__((destructor)) static void report(void)
{
	const char *path = getenv("BENCH_COUNTS"), *name = getenv("BENCH_NAME");
	FILE *file = path ? fopen(path, "a") : NULL;

	if (!file)
		return;
	fprintf(file, "%s %llu %llu %llu %llu\n", name ? name : "-", (unsigned long long)ioctls,
		(unsigned long long)copied, (unsigned long long)commands, (unsigned long long)waits);
	fclose(file);
}
