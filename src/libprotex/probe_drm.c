/* SPDX-License-Identifier: MIT */
/* Routes to a buffer by way of the DRM devices that import it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm.h>
#include <drm/drm_mode.h>
#include <drm/virtgpu_drm.h>

#include "probe.h"

#define CARD_FIRST   0u
#define RENDER_FIRST 128u
#define MINORS	     64u

/* Of virtio-gpu's command stream, which has no header among the kernel's. */
#define VIRTGPU_TARGET_2D	  2u
#define VIRTGPU_FORMAT_R8_UNORM	  64u
#define VIRTGPU_BIND_SAMPLER_VIEW (1u << 3)

/* Of our kernel, which a distribution's header does not have. Other kernels refuse it. */
struct create_protected {
	uint32_t target, format, bind, width, height, depth, array_size, last_level, nr_samples, flags,
		memory_handle, size, bo_handle, res_handle;
};
#define CREATE_PROTECTED DRM_IOWR(DRM_COMMAND_BASE + 0x0c, struct create_protected)

struct device {
	int fd;
	const char *path;
	bool is_virtgpu;
	uint32_t handle; /* of the imported buffer; 0: the import was refused with import_errno */
	int import_errno;
};

static int drm_ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret;
}

static void close_handle(const struct device *device, uint32_t handle)
{
	struct drm_gem_close arg = {.handle = handle};

	drm_ioctl(device->fd, DRM_IOCTL_GEM_CLOSE, &arg);
}

/* Reports the route as refused, and returns false, if the device did not even import the buffer. */
static bool imported(struct probe *probe, const struct device *device,
		     struct protex_probe_result *result)
{
	result->device = device->path;
	if (device->handle != 0)
		return true;
	errno = device->import_errno;
	probe_refused(probe, result, "import");
	return false;
}

static void probe_dumb_map(struct probe *probe, const struct device *device)
{
	struct protex_probe_result result = {
		.route = "drm-dumb-map",
		.description = "import into a DRM device, map as a dumb buffer",
	};
	struct drm_mode_map_dumb map = {.handle = device->handle};

	if (!imported(probe, device, &result))
		return;
	if (drm_ioctl(device->fd, DRM_IOCTL_MODE_MAP_DUMB, &map) < 0) {
		probe_refused(probe, &result, "MODE_MAP_DUMB");
		return;
	}
	probe_mapping(probe, &result, device->fd, map.offset, PROT_READ, MAP_SHARED);
}

static void probe_virtgpu_map(struct probe *probe, const struct device *device)
{
	struct protex_probe_result result = {
		.route = "virtgpu-map",
		.description = "import into virtio-gpu, map with its own ioctl",
	};
	struct drm_virtgpu_map map = {.handle = device->handle};

	if (!imported(probe, device, &result))
		return;
	if (drm_ioctl(device->fd, DRM_IOCTL_VIRTGPU_MAP, &map) < 0) {
		probe_refused(probe, &result, "VIRTGPU_MAP");
		return;
	}
	probe_mapping(probe, &result, device->fd, map.offset, PROT_READ, MAP_SHARED);
}

static void probe_export(struct probe *probe, const struct device *device)
{
	struct protex_probe_result result = {
		.route = "drm-export-mmap",
		.description = "import into a DRM device, export again, map that",
	};
	struct drm_prime_handle prime = {
		.handle = device->handle,
		.flags = DRM_CLOEXEC | DRM_RDWR,
	};

	if (!imported(probe, device, &result))
		return;
	if (drm_ioctl(device->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) < 0) {
		probe_refused(probe, &result, "PRIME_HANDLE_TO_FD");
		return;
	}
	probe_mapping(probe, &result, prime.fd, 0, PROT_READ, MAP_SHARED);
	close(prime.fd);
}

/* An object over imported memory, of a row of bytes, so that it can be transferred. */
static int make_typed(const struct device *device, uint32_t width, uint32_t *handle)
{
	struct create_protected create = {
		.target = VIRTGPU_TARGET_2D,
		.format = VIRTGPU_FORMAT_R8_UNORM,
		.bind = VIRTGPU_BIND_SAMPLER_VIEW,
		.width = width,
		.height = 1,
		.depth = 1,
		.array_size = 1,
		.memory_handle = device->handle,
	};

	if (drm_ioctl(device->fd, CREATE_PROTECTED, &create) < 0)
		return -1;
	*handle = create.bo_handle;
	return 0;
}

/*
 * Asks the device for what it has of the object. If that is imported memory, which a device knows
 * only by its pages, it is sent there first: so that what comes back leaves the content as it was.
 */
static void probe_virtgpu_transfer(struct probe *probe, const struct device *device)
{
	struct protex_probe_result result = {
		.route = "virtgpu-transfer-from-host",
		.description = "import into virtio-gpu, transfer from the device",
	};
	struct drm_virtgpu_resource_info info = {.bo_handle = device->handle};
	struct drm_virtgpu_3d_transfer_to_host to = {.box = {.h = 1, .d = 1}};
	struct drm_virtgpu_3d_transfer_from_host from = {.box = {.w = 1, .h = 1, .d = 1}};
	struct drm_virtgpu_3d_wait wait = {0};
	uint32_t width = (uint32_t)probe_length(probe);
	const char *step = NULL;
	bool typed;

	if (!imported(probe, device, &result))
		return;
	typed = drm_ioctl(device->fd, DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &info) == 0 &&
		info.res_handle != 0;
	from.bo_handle = device->handle;
	if (!typed) {
		if (make_typed(device, width, &from.bo_handle) < 0) {
			probe_refused(probe, &result, "VIRTGPU_RESOURCE_CREATE_PROTECTED");
			return;
		}
		to.bo_handle = from.bo_handle;
		to.box.w = from.box.w = width;
		if (drm_ioctl(device->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to) < 0)
			step = "VIRTGPU_TRANSFER_TO_HOST";
	}
	wait.handle = from.bo_handle;
	if (!step && drm_ioctl(device->fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from) < 0)
		step = "VIRTGPU_TRANSFER_FROM_HOST";
	if (!step && drm_ioctl(device->fd, DRM_IOCTL_VIRTGPU_WAIT, &wait) < 0)
		step = "VIRTGPU_WAIT";
	if (step) {
		probe_refused(probe, &result, step);
	} else {
		result.bytes = from.box.w; /* or more, of larger pixels */
		probe_report(probe, &result);
	}
	if (!typed)
		close_handle(device, from.bo_handle);
}

static bool is_virtgpu(int fd)
{
	char name[32] = "";
	struct drm_version version = {.name = name, .name_len = sizeof(name) - 1};

	return drm_ioctl(fd, DRM_IOCTL_VERSION, &version) == 0 && strcmp(name, "virtio_gpu") == 0;
}

static void probe_device(struct probe *probe, const char *path)
{
	struct drm_prime_handle prime = {.fd = probe->fd};
	struct device device = {.path = path};

	device.fd = open(path, O_RDWR | O_CLOEXEC);
	if (device.fd < 0)
		return;
	/* Who opens a device that nobody displays on becomes its master: that is not wanted here. */
	ioctl(device.fd, DRM_IOCTL_DROP_MASTER, 0);

	device.is_virtgpu = is_virtgpu(device.fd);
	if (drm_ioctl(device.fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime) == 0)
		device.handle = prime.handle;
	else
		device.import_errno = errno;

	probe_dumb_map(probe, &device);
	probe_export(probe, &device);
	if (device.is_virtgpu) {
		probe_virtgpu_map(probe, &device);
		probe_virtgpu_transfer(probe, &device);
	}
	if (device.handle != 0)
		close_handle(&device, device.handle);
	close(device.fd);
}

void probe_drm_devices(struct probe *probe)
{
	char path[32];

	for (unsigned i = 0; i < MINORS; i++) {
		snprintf(path, sizeof(path), "/dev/dri/card%u", CARD_FIRST + i);
		probe_device(probe, path);
	}
	for (unsigned i = 0; i < MINORS; i++) {
		snprintf(path, sizeof(path), "/dev/dri/renderD%u", RENDER_FIRST + i);
		probe_device(probe, path);
	}
}
