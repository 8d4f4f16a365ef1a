/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <drm/drm.h>
#include <drm/virtgpu_drm.h>

#include "drm_node.h"

/* Of a kernel with protex's patches. */
#ifndef VIRTGPU_PARAM_PROTECTED_CONTENT
#define VIRTGPU_PARAM_PROTECTED_CONTENT 10
#endif

static void query_virtgpu(int fd, struct drm_node *node)
{
	int value = 0;
	struct drm_virtgpu_getparam param = {
		.param = VIRTGPU_PARAM_PROTECTED_CONTENT,
		.value = (uintptr_t)&value,
	};

	if (ioctl(fd, DRM_IOCTL_VIRTGPU_GETPARAM, &param) < 0)
		snprintf(node->reason, sizeof(node->reason),
			 "the kernel's virtio-gpu driver does not know protected content: it needs "
			 "protex's series");
	else if (value == 0)
		snprintf(node->reason, sizeof(node->reason),
			 "the driver knows protected content, but the device has no virgl (QEMU: "
			 "-device virtio-gpu-gl-pci)");
	else
		node->can_protect = true;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The kernel links a device with the heaps that suit it; one without protex's series does not. */
static void find_heaps(int fd, struct drm_node *node)
{
	static const char prefix[] = "dma_heap:";
	struct dirent *entry;
	struct stat file;
	char path[64];
	DIR *device;

	if (fstat(fd, &file) < 0)
		return;
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device", major(file.st_rdev),
		 minor(file.st_rdev));
	device = opendir(path);
	if (!device)
		return;
	while (node->heap_count < sizeof(node->heaps) / sizeof(node->heaps[0]) &&
	       (entry = readdir(device))) {
		const char *name = entry->d_name + sizeof(prefix) - 1;

		if (strncmp(entry->d_name, prefix, sizeof(prefix) - 1) == 0 &&
		    strlen(name) < sizeof(node->heaps[0]))
			strcpy(node->heaps[node->heap_count++], name);
	}
	closedir(device);
	qsort(node->heaps, node->heap_count, sizeof(node->heaps[0]), compare_names);
}

void drm_node_query(int fd, struct drm_node *node)
{
	struct drm_version version = {0};

	memset(node, 0, sizeof(*node));
	version.name = node->driver;
	version.name_len = sizeof(node->driver) - 1;
	if (ioctl(fd, DRM_IOCTL_VERSION, &version) < 0) {
		snprintf(node->reason, sizeof(node->reason), "it is not a DRM device: %s",
			 strerror(errno));
		return;
	}
	find_heaps(fd, node);
	if (strcmp(node->driver, "virtio_gpu") == 0)
		query_virtgpu(fd, node);
	else
		snprintf(node->reason, sizeof(node->reason),
			 "protex has no way to ask this driver; EGL may still offer it");
}
