/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

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
	if (strcmp(node->driver, "virtio_gpu") == 0)
		query_virtgpu(fd, node);
	else
		snprintf(node->reason, sizeof(node->reason),
			 "protex has no way to ask this driver; EGL may still offer it");
}
