// SPDX-License-Identifier: MIT
/*
 * Protected objects: what they can do, and how they come and go.
 *
 * The function table below has no mmap, vmap, pin or get_sg_table: what an
 * object cannot do needs no check. Where the DRM core would answer with another
 * error, or would go ahead without asking the object, the driver's entry points
 * answer -EACCES.
 */
#include <kunit/visibility.h>
#include <linux/export.h>

#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/virtgpu_drm.h>

#include "virtgpu_protected.h"
#include "virtgpu_protected_compat.h"
#include "virtgpu_virgl_resource.h"

/*
 * What objects can be for. Not for what the host keeps in plain memory and writes
 * back to the guest's (custom, staging), results of queries, parameters of
 * commands, and cursors.
 */
#define BIND_ALLOWED \
	(VIRGL_BIND_DEPTH_STENCIL | VIRGL_BIND_RENDER_TARGET | \
	 VIRGL_BIND_SAMPLER_VIEW | VIRGL_BIND_VERTEX_BUFFER | \
	 VIRGL_BIND_INDEX_BUFFER | VIRGL_BIND_CONSTANT_BUFFER | \
	 VIRGL_BIND_DISPLAY_TARGET | VIRGL_BIND_STREAM_OUTPUT | \
	 VIRGL_BIND_SHADER_BUFFER | VIRGL_BIND_SCANOUT | VIRGL_BIND_SHARED | \
	 VIRGL_BIND_EMULATED_BGRA | VIRGL_BIND_LINEAR)

/* Those that map the storage are not for us. */
#define FLAGS_ALLOWED		VIRGL_RESOURCE_Y_0_TOP

/**
 * virtio_gpu_protected_supported() - can this device have protected content
 * @vgdev: the device
 *
 * Return: true if its host speaks virgl, which is what the firewall knows.
 */
bool virtio_gpu_protected_supported(struct virtio_gpu_device *vgdev)
{
	const u64 virgl = BIT_ULL(VIRTGPU_DRM_CAPSET_VIRGL) |
			  BIT_ULL(VIRTGPU_DRM_CAPSET_VIRGL2);

	return vgdev->has_virgl_3d && (vgdev->capset_id_mask & virgl);
}

static void virtio_gpu_protected_free(struct drm_gem_object *obj)
{
	struct virtio_gpu_object *bo = gem_to_virtio_gpu_obj(obj);
	struct virtio_gpu_device *vgdev = obj->dev->dev_private;

	if (!bo->created) {
		virtio_gpu_cleanup_object(bo);
		return;
	}

	/*
	 * The host may read the memory underneath until it has answered; the
	 * answer calls virtio_gpu_cleanup_object().
	 */
	virtio_gpu_protected_unref(vgdev, bo);
	virtio_gpu_notify(vgdev);
}

static const struct drm_gem_object_funcs virtio_gpu_protected_funcs = {
	.free = virtio_gpu_protected_free,
	.close = virtio_gpu_protected_detach,
	.export = virtio_gpu_protected_export,
};

/**
 * virtio_gpu_protected_cleanup() - free a protected object
 * @bo: device storage or an object over memory, that the host no longer knows
 */
void virtio_gpu_protected_cleanup(struct virtio_gpu_object *bo)
{
	struct virtio_gpu_object_protected *protected =
		to_virtio_gpu_object_protected(bo);
	struct virtio_gpu_device *vgdev = bo->base.base.dev->dev_private;

	/*
	 * Unmapping the memory takes locks that fences may be waited for under,
	 * and we are where fences are signalled.
	 */
	if (protected->memory)
		virtio_gpu_array_put_free_delayed(vgdev, protected->memory);

	drm_gem_object_release(&bo->base.base);
	kfree(protected);
}

/**
 * virtio_gpu_protected_check_params() - can a protected object be like that
 * @params: what the host is to create
 * @over_memory: whether over a memory object, or device storage
 *
 * Return: 0 or -EINVAL.
 */
int virtio_gpu_protected_check_params(const struct virtio_gpu_object_params *params,
				      bool over_memory)
{
	if (params->bind & ~BIND_ALLOWED)
		return -EINVAL;
	if (params->flags & ~FLAGS_ALLOWED)
		return -EINVAL;

	if (!over_memory)
		return 0;

	/* To turn a picture, the host copies it to its heap. */
	if (params->flags)
		return -EINVAL;

	/* What a transfer from memory can be bounds-checked for. */
	if (params->target != VIRGL_TARGET_2D || params->depth > 1 ||
	    params->array_size > 1 || params->last_level ||
	    params->nr_samples > 1 || !params->width || !params->height)
		return -EINVAL;
	if (!virtio_gpu_protected_format_cpp(params->format))
		return -EINVAL;

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_check_params);

/**
 * virtio_gpu_protected_object_create() - create a protected resource
 * @vgdev: the device
 * @params: what the host is to create, which
 *	virtio_gpu_protected_check_params() has seen
 * @memory: memory object that transfers read from; the new object takes a
 *	reference of its own. NULL for device storage
 * @bo_ptr: set to the new object on success
 * @fence: signalled when the host has created it, or NULL
 *
 * Return: 0, -ENOSPC if there are no more numbers for resources, -ENOMEM, or
 * -EINTR.
 */
int virtio_gpu_protected_object_create(struct virtio_gpu_device *vgdev,
				       struct virtio_gpu_object_params *params,
				       struct drm_gem_object *memory,
				       struct virtio_gpu_object **bo_ptr,
				       struct virtio_gpu_fence *fence)
{
	struct virtio_gpu_object_protected *protected;
	struct virtio_gpu_object_array *objs = NULL;
	struct virtio_gpu_mem_entry *range = NULL;
	struct virtio_gpu_object *bo, *memory_bo;
	int ret;

	protected = kzalloc_obj(*protected);
	if (!protected)
		return -ENOMEM;

	bo = &protected->base;
	ret = virtio_gpu_resource_id_get(vgdev, &bo->hw_res_handle);
	if (ret) {
		kfree(protected);
		return ret;
	}

	bo->is_protected = true;
	bo->base.base.funcs = &virtio_gpu_protected_funcs;
	params->size = memory ? memory->size : PAGE_ALIGN(params->size);
	drm_gem_private_object_init(vgdev->ddev, &bo->base.base, params->size);

	if (memory) {
		protected->cpp = virtio_gpu_protected_format_cpp(params->format);
		protected->width = params->width;
		protected->height = params->height;

		protected->memory = virtio_gpu_array_alloc(1);
		if (!protected->memory) {
			ret = -ENOMEM;
			goto err_put_object;
		}
		virtio_gpu_array_add_obj(protected->memory, memory);

		memory_bo = gem_to_virtio_gpu_obj(memory);
		range = kmemdup(&to_virtio_gpu_object_protected(memory_bo)->range,
				sizeof(*range), GFP_KERNEL);
		if (!range) {
			ret = -ENOMEM;
			goto err_put_object;
		}
	}

	if (fence) {
		objs = virtio_gpu_array_alloc(1);
		if (!objs) {
			ret = -ENOMEM;
			goto err_free_range;
		}
		virtio_gpu_array_add_obj(objs, &bo->base.base);

		ret = virtio_gpu_array_lock_resv(objs);
		if (ret)
			goto err_put_objs;
	}

	virtio_gpu_cmd_resource_create_3d(vgdev, bo, params, objs, fence);
	if (range)
		virtio_gpu_object_attach(vgdev, bo, range, 1);

	*bo_ptr = bo;
	return 0;

err_put_objs:
	virtio_gpu_array_put_free(objs);
err_free_range:
	kfree(range);
err_put_object:
	drm_gem_object_put(&bo->base.base);
	return ret;
}

/**
 * virtio_gpu_protected_resource_create_ioctl() - RESOURCE_CREATE_PROTECTED
 * @dev: the device
 * @data: the ioctl's argument. Its memory_handle is 0 or a memory object
 * @file: who asks
 *
 * Return: 0 with the new object's handle and number in @data. -ENODEV if the
 * device cannot have protected content, -ENOENT if there is no object
 * memory_handle, -EINVAL if it is no memory object or the parameters are not
 * possible for a protected object, -ENOSPC if there are no more numbers for
 * resources, -ENOMEM, or -EINTR.
 */
int virtio_gpu_protected_resource_create_ioctl(struct drm_device *dev,
					       void *data,
					       struct drm_file *file)
{
	struct drm_virtgpu_resource_create_protected *rc = data;
	struct virtio_gpu_device *vgdev = dev->dev_private;
	struct virtio_gpu_object_params params = {
		.virgl = true,
		.target = rc->target,
		.format = rc->format,
		.bind = rc->bind,
		.width = rc->width,
		.height = rc->height,
		.depth = rc->depth,
		.array_size = rc->array_size,
		.last_level = rc->last_level,
		.nr_samples = rc->nr_samples,
		.flags = rc->flags,
		.size = rc->size ?: PAGE_SIZE,
	};
	struct drm_gem_object *memory = NULL;
	struct virtio_gpu_fence *fence;
	struct virtio_gpu_object *bo;
	u32 handle;
	int ret;

	if (!virtio_gpu_protected_supported(vgdev))
		return -ENODEV;

	if (rc->memory_handle) {
		memory = drm_gem_object_lookup(file, rc->memory_handle);
		if (!memory)
			return -ENOENT;
		if (!virtio_gpu_protected_is_memory(memory)) {
			ret = -EINVAL;
			goto out_put_memory;
		}
	}

	ret = virtio_gpu_protected_check_params(&params, memory);
	if (ret)
		goto out_put_memory;

	fence = virtio_gpu_fence_alloc(vgdev, vgdev->fence_drv.context, 0);
	if (!fence) {
		ret = -ENOMEM;
		goto out_put_memory;
	}

	ret = virtio_gpu_protected_object_create(vgdev, &params, memory, &bo,
						 fence);
	dma_fence_put(&fence->f);
	if (ret)
		goto out_put_memory;
	virtio_gpu_notify(vgdev);

	ret = drm_gem_handle_create(file, &bo->base.base, &handle);
	if (!ret) {
		rc->res_handle = bo->hw_res_handle;
		rc->bo_handle = handle;
	}
	/* The handle has a reference. It may be closed by now. */
	drm_gem_object_put(&bo->base.base);

out_put_memory:
	if (memory)
		drm_gem_object_put(memory);
	return ret;
}

/**
 * virtio_gpu_protected_map_offset() - where to mmap an object
 * @file: who asks
 * @dev: the device
 * @handle: an object
 * @offset: set to the offset in the device file on success
 *
 * Return: as drm_gem_dumb_map_offset(), but -EACCES for a protected object.
 */
int virtio_gpu_protected_map_offset(struct drm_file *file,
				    struct drm_device *dev,
				    u32 handle, u64 *offset)
{
	struct drm_gem_object *obj;
	bool is_protected;

	obj = drm_gem_object_lookup(file, handle);
	if (!obj)
		return -ENOENT;
	is_protected = gem_to_virtio_gpu_obj(obj)->is_protected;
	drm_gem_object_put(obj);

	if (is_protected)
		return -EACCES;

	/* If the handle means another object by now, that one has no mmap. */
	return drm_gem_dumb_map_offset(file, dev, handle, offset);
}
