/* SPDX-License-Identifier: MIT */
/* Routes by way of ioctls of DRM devices. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "routes.h"
#include "virtgpu.h"

static void map_object(const struct target *target, struct outcome *outcome)
{
	for (unsigned i = 0; i < target->object_count; i++) {
		struct drm_virtgpu_map map = {.handle = target->objects[i]};

		if (drm_call(target->gpu, DRM_IOCTL_VIRTGPU_MAP, &map) < 0)
			outcome_errno(outcome);
		else
			look_at_mapping(outcome, target->gpu, (off_t)map.offset);
	}
}

static void map_object_as_dumb(const struct target *target, struct outcome *outcome)
{
	for (unsigned i = 0; i < target->object_count; i++) {
		struct drm_mode_map_dumb map = {.handle = target->objects[i]};

		if (drm_call(target->gpu, DRM_IOCTL_MODE_MAP_DUMB, &map) < 0)
			outcome_errno(outcome);
		else
			look_at_mapping(outcome, target->gpu, (off_t)map.offset);
	}
}

/* Where the CPU can see the object, what it sees is cleared first: what is there then came back. */
static uint8_t *clear_view(int gpu, uint32_t handle)
{
	struct drm_virtgpu_map map = {.handle = handle};
	uint8_t *view;

	if (drm_call(gpu, DRM_IOCTL_VIRTGPU_MAP, &map) < 0)
		return NULL;
	view = mmap(NULL, PATTERN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, gpu,
		    (off_t)map.offset);
	if (view == MAP_FAILED)
		return NULL;
	memset(view, 0, PATTERN_SIZE);
	return view;
}

static void transfer_from(int gpu, uint32_t handle, struct outcome *outcome)
{
	struct drm_virtgpu_3d_transfer_from_host transfer = {
		.bo_handle = handle,
		.box = {.w = PATTERN_WIDTH, .h = PATTERN_HEIGHT, .d = 1},
	};
	struct drm_virtgpu_3d_wait wait = {.handle = handle};
	uint8_t *view = clear_view(gpu, handle);

	if (drm_call(gpu, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &transfer) < 0) {
		outcome_errno(outcome);
	} else {
		drm_call(gpu, DRM_IOCTL_VIRTGPU_WAIT, &wait);
		if (view)
			outcome_content(outcome, view, PATTERN_SIZE);
		else
			outcome_add(outcome, "done, to where nobody sees it");
	}
	if (view)
		munmap(view, PATTERN_SIZE);
}

static void transfer_from_device(const struct target *target, struct outcome *outcome)
{
	for (unsigned i = 0; i < target->object_count; i++)
		transfer_from(target->gpu, target->objects[i], outcome);
}

void look_through_gpu(struct outcome *outcome, int gpu, int fd)
{
	struct drm_prime_handle prime = {.fd = fd};
	struct drm_gem_close close_handle = {0};

	look_at_mapping(outcome, fd, 0);
	if (drm_call(gpu, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime) < 0) {
		outcome_errno(outcome);
		return;
	}
	transfer_from(gpu, prime.handle, outcome);
	close_handle.handle = prime.handle;
	drm_call(gpu, DRM_IOCTL_GEM_CLOSE, &close_handle);
}

/* What another device makes of a dma-buf: a dumb buffer to map, or a dma-buf of its own. */
static void look_through_device(int device, int fd, struct outcome *outcome)
{
	struct drm_prime_handle prime = {.fd = fd, .flags = DRM_CLOEXEC | DRM_RDWR};
	struct drm_mode_map_dumb map = {0};
	struct drm_gem_close close_handle = {0};

	if (drm_call(device, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime) < 0) {
		outcome_errno(outcome);
		return;
	}
	map.handle = close_handle.handle = prime.handle;
	if (drm_call(device, DRM_IOCTL_MODE_MAP_DUMB, &map) == 0)
		look_at_mapping(outcome, device, (off_t)map.offset);
	else
		outcome_errno(outcome);

	prime.fd = -1;
	if (drm_call(device, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) == 0) {
		look_at_mapping(outcome, prime.fd, 0);
		close(prime.fd);
	} else {
		outcome_errno(outcome);
	}
	drm_call(device, DRM_IOCTL_GEM_CLOSE, &close_handle);
}

static void import_into_vgem(const struct target *target, struct outcome *outcome)
{
	char path[32];
	int device = drm_open("vgem", path);

	if (device < 0) {
		outcome_add(outcome, "no vgem device (modprobe vgem)");
		return;
	}
	look_through_device(device, target->dmabuf, outcome);
	for (unsigned i = 0; i < target->object_count; i++) {
		struct drm_prime_handle prime = {
			.handle = target->objects[i],
			.flags = DRM_CLOEXEC | DRM_RDWR,
		};

		if (drm_call(target->gpu, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) < 0) {
			outcome_errno(outcome);
			continue;
		}
		look_through_device(device, prime.fd, outcome);
		close(prime.fd);
	}
	close(device);
}

const struct route drm_routes[] = {
	{"gem-map", "the imported object can be mapped by the GPU's own ioctl", map_object, NULL},
	{"gem-map-dumb", "the imported object can be mapped as if it were a dumb buffer",
	 map_object_as_dumb, NULL},
	{"transfer-from-host", "the GPU brings its copy back to memory that the CPU sees",
	 transfer_from_device, NULL},
	{"second-device", "another device (vgem) imports the buffer and lets the CPU map it",
	 import_into_vgem, NULL},
	{0},
};
