/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hook.h"

/* What a protected object can be for, of VIRGL_BIND_*. Mesa asks for more than it needs. */
#define BIND_ALLOWED (0x744800u | 0xfbu)

static struct {
	struct attempt *attempt;
	struct hooked_object objects[256], *protected;
	unsigned count;
	bool protect_texture, protect_buffer, protect_submissions;
	uint32_t memory;
	int device;
} hook = { .device = -1 };

void hook_begin(struct attempt *attempt)
{
	hook.attempt = attempt;
}

void hook_protect_next(bool buffer, uint32_t memory)
{
	hook.protect_buffer = buffer;
	hook.protect_texture = !buffer;
	hook.memory = memory;
	hook.protected = NULL;
}

const struct hooked_object *hook_protected(void)
{
	return hook.protected;
}

void hook_submissions(bool protected)
{
	hook.protect_submissions = protected;
}

int hook_device(void)
{
	return hook.device;
}

static int create_resource(int fd, struct drm_virtgpu_resource_create *create)
{
	bool *wanted = create->target == BUFFER ? &hook.protect_buffer : &hook.protect_texture;
	uint32_t size = create->width * create->height * (create->depth ?: 1) *
			(create->array_size ?: 1) * 4;
	struct resource_create_protected protected;
	bool is_secret = *wanted;
	struct hooked_object *object;
	int ret;

	*wanted = false;
	/* Mesa gives textures next to no memory, and reads them by way of buffers; we do not. */
	if (create->target != BUFFER && create->size < size)
		create->size = size;
	if (is_secret) {
		create->bind &= BIND_ALLOWED;
		/* The host wants to know one purpose. */
		if (!create->bind)
			create->bind = VERTEX_BUFFER;
		protected = (struct resource_create_protected){
			create->target, create->format, create->bind, create->width, create->height,
			create->depth, create->array_size, create->last_level, create->nr_samples, 0,
			hook.memory, create->size,
		};
		ret = (int)syscall(SYS_ioctl, fd, IOCTL_RESOURCE_CREATE_PROTECTED, &protected);
		create->bo_handle = protected.bo_handle;
		create->res_handle = protected.res_handle;
	} else {
		ret = (int)syscall(SYS_ioctl, fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, create);
	}
	if (ret || hook.count == ARRAY_LENGTH(hook.objects))
		return ret;
	object = &hook.objects[hook.count++];
	*object = (struct hooked_object){
		create->bo_handle, create->res_handle, create->target, create->format,
		create->width, create->height, create->depth, create->array_size,
		create->last_level + 1, create->nr_samples, create->size, is_secret,
	};
	if (is_secret)
		hook.protected = object;
	return ret;
}

static void forget(const struct drm_gem_close *close)
{
	for (unsigned i = 0; i < hook.count; i++) {
		if (hook.objects[i].handle == close->handle)
			hook.objects[i].handle = 0;
	}
}

/* The C library's name: the dynamic linker finds it here first. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;
	int ret;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);

	/* The attacks' own ioctls come this way, too. */
	if (!hook.attempt)
		return (int)syscall(SYS_ioctl, fd, request, arg);
	if (request == DRM_IOCTL_VIRTGPU_GETPARAM)
		hook.device = fd;
	if (request == DRM_IOCTL_VIRTGPU_RESOURCE_CREATE)
		return create_resource(fd, arg);
	if (request == DRM_IOCTL_VIRTGPU_EXECBUFFER && hook.protect_submissions)
		((struct drm_virtgpu_execbuffer *)arg)->flags |= VIRTGPU_EXECBUF_PROTECTED;
	if (request == DRM_IOCTL_GEM_CLOSE)
		forget(arg);
	ret = (int)syscall(SYS_ioctl, fd, request, arg);
	if (ret && (request == DRM_IOCTL_VIRTGPU_EXECBUFFER || request == DRM_IOCTL_VIRTGPU_MAP ||
		    request == DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST) &&
	    (errno == EACCES || errno == EINVAL)) {
		int error = errno;

		said(hook.attempt, -error);
		errno = error;
	}
	return ret;
}

static void look_at(struct attempt *attempt, const struct hooked_object *object)
{
	unsigned layers = object->layers > 1 ? object->layers : object->depth ? object->depth : 1;
	uint64_t offset;

	if (map_offset(hook.device, object->handle, &offset))
		return;
	for (unsigned level = 0; level < object->levels; level++) {
		for (unsigned z = 0; z < layers; z++) {
			struct drm_virtgpu_3d_transfer_from_host from = {
				.bo_handle = object->handle, .level = level,
				.box = { .z = z, .d = 1, .w = object->width >> level ?: 1,
					 .h = object->height >> level ?: 1 },
			};

			/* Each to the beginning of its memory, which is large enough. */
			if (try_ioctl(hook.device, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from) ||
			    wait_for(hook.device, object->handle))
				continue;
			look_at_mapping(attempt, hook.device, (off_t)offset, object->size, MAP_SHARED,
					object->target == BUFFER ? "an ordinary buffer of Mesa"
								 : "an ordinary texture of Mesa");
			if (attempt->leaked)
				return;
		}
	}
}

void hook_look(struct attempt *attempt)
{
	/* What is refused from here on is not of the attack. */
	hook.attempt = NULL;
	for (unsigned i = 0; i < hook.count && !attempt->leaked; i++) {
		const struct hooked_object *object = &hook.objects[i];

		if (object->handle && !object->is_secret && object->samples <= 1)
			look_at(attempt, object);
	}
}
