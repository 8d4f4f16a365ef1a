/* SPDX-License-Identifier: MIT */
/* What this needs of virtio-gpu beyond the <drm/virtgpu_drm.h> that distributions have. */
#ifndef PROTEX_TESTS_VIRTGPU_H
#define PROTEX_TESTS_VIRTGPU_H

#include <stdint.h>

#include <drm/drm.h>
#include <drm/virtgpu_drm.h>

#define VIRTGPU_DRIVER "virtio_gpu"

/* Whether the kernel has protected content. */
#ifndef VIRTGPU_PARAM_PROTECTED_CONTENT
#define VIRTGPU_PARAM_PROTECTED_CONTENT 10
#endif

/* An object over memory, which those headers do not have yet. */
struct resource_create_protected {
	uint32_t target, format, bind, width, height, depth, array_size, last_level, nr_samples, flags,
		memory_handle, size, bo_handle, res_handle;
};
#define IOCTL_RESOURCE_CREATE_PROTECTED \
	DRM_IOWR(DRM_COMMAND_BASE + 0x0c, struct resource_create_protected)

/* Of virgl, whose names are not among the kernel's headers. */
#define VIRGL_TARGET_2D		  2u
#define VIRGL_FORMAT_B8G8R8X8	  2u
#define VIRGL_BIND_RENDER_TARGET  (1u << 1)
#define VIRGL_BIND_SAMPLER_VIEW	  (1u << 3)

#endif
