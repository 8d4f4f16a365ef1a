// SPDX-License-Identifier: MIT
/*
 * A file's protected context: a second context on the host, where protected
 * submissions run. An ordinary context never has a protected object, so what
 * ordinary submissions may do needs no check.
 */
#include <kunit/visibility.h>
#include <linux/export.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/sort.h>
#include <linux/xarray.h>

#include <drm/drm_file.h>

#include "virtgpu_protected.h"
#include "virtgpu_protected_stream.h"

/*
 * The check runs to its end once it has begun, so a stream must not be as long
 * as anybody likes. Mesa's have 256 KiB at most.
 */
#define STREAM_SIZE_MAX		SZ_1M

/**
 * struct virtio_gpu_protected_context - a second context of a file
 * @ctx_id: its number on the host
 * @lock: held from attaching objects until the commands that need them are
 *	queued, so that closing a handle cannot get in between
 * @attached: the objects that the context has, by number
 */
struct virtio_gpu_protected_context {
	u32 ctx_id;
	struct mutex lock; /* see above */
	struct xarray attached;
};

static int virtio_gpu_stream_object_compare(const void *a, const void *b)
{
	const struct virtio_gpu_stream_object *x = a, *y = b;

	if (x->res_handle == y->res_handle)
		return 0;
	return x->res_handle < y->res_handle ? -1 : 1;
}

/**
 * virtio_gpu_protected_check() - may a protected submission run
 * @stream: the kernel's copy of its commands, which is what will be queued
 * @size: of @stream, in bytes
 * @objs: the objects it may name, with references, or NULL
 *
 * Return: 0 or -EACCES or -EINVAL, as virtio_gpu_protected_stream_check() and
 * the documentation of the interface say, -E2BIG if it is too long to be
 * checked, or -ENOMEM.
 */
int virtio_gpu_protected_check(const void *stream, u32 size,
			       struct virtio_gpu_object_array *objs)
{
	struct virtio_gpu_stream_object *objects = NULL;
	u32 i, count = objs ? objs->nents : 0;
	int ret;

	if (size % sizeof(u32))
		return -EINVAL;
	if (size > STREAM_SIZE_MAX)
		return -E2BIG;

	if (count) {
		objects = kvcalloc(count, sizeof(*objects), GFP_KERNEL);
		if (!objects)
			return -ENOMEM;
	}

	for (i = 0; i < count; i++) {
		struct virtio_gpu_object *bo =
			gem_to_virtio_gpu_obj(objs->objs[i]);

		/* A memory object is nothing that a command could use. */
		if (!bo->hw_res_handle) {
			ret = -EINVAL;
			goto out;
		}
		objects[i].res_handle = bo->hw_res_handle;
		objects[i].is_protected = bo->is_protected;
	}
	sort(objects, count, sizeof(*objects),
	     virtio_gpu_stream_object_compare, NULL);

	ret = virtio_gpu_protected_stream_check(stream, size / sizeof(u32),
						objects, count);
out:
	kvfree(objects);
	return ret;
}

/**
 * virtio_gpu_protected_check_ordinary() - may an ordinary submission run
 * @objs: the objects it names, or NULL
 *
 * Return: 0, or -EACCES if there is a protected one among them.
 */
int virtio_gpu_protected_check_ordinary(struct virtio_gpu_object_array *objs)
{
	u32 i;

	for (i = 0; objs && i < objs->nents; i++) {
		if (gem_to_virtio_gpu_obj(objs->objs[i])->is_protected)
			return -EACCES;
	}

	return 0;
}

/**
 * virtio_gpu_protected_context_init() - what a protected context is to be for
 * @capsets: those that the device has, a bit each
 * @can_choose: whether the device can be told which one a context is for
 * @context_init: of the file's ordinary context
 *
 * It must be virgl, which is what the firewall knows. What the device makes of
 * capability set 0 is its own affair where it has others, so it is told.
 *
 * Return: what the device is told, or -EINVAL if that would not be virgl.
 */
int virtio_gpu_protected_context_init(u64 capsets, bool can_choose,
				      u32 context_init)
{
	const u64 virgl = BIT_ULL(VIRTGPU_DRM_CAPSET_VIRGL) |
			  BIT_ULL(VIRTGPU_DRM_CAPSET_VIRGL2);
	u32 capset = context_init & VIRTIO_GPU_CONTEXT_INIT_CAPSET_ID_MASK;

	if (capset == VIRTGPU_DRM_CAPSET_VIRGL ||
	    capset == VIRTGPU_DRM_CAPSET_VIRGL2)
		return context_init;
	if (capset)
		return -EINVAL;

	if (!(capsets & ~virgl))
		return context_init;
	if (!can_choose)
		return -EINVAL;
	if (capsets & BIT_ULL(VIRTGPU_DRM_CAPSET_VIRGL2))
		return context_init | VIRTGPU_DRM_CAPSET_VIRGL2;
	if (capsets & BIT_ULL(VIRTGPU_DRM_CAPSET_VIRGL))
		return context_init | VIRTGPU_DRM_CAPSET_VIRGL;
	return -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_context_init);

static struct virtio_gpu_protected_context *
virtio_gpu_protected_context_create(struct virtio_gpu_device *vgdev,
				    struct virtio_gpu_fpriv *vfpriv)
{
	struct virtio_gpu_protected_context *context;
	char name[TASK_COMM_LEN];
	int context_init;
	int handle;

	context_init = virtio_gpu_protected_context_init(vgdev->capset_id_mask,
							 vgdev->has_context_init,
							 vfpriv->context_init);
	if (context_init < 0)
		return ERR_PTR(context_init);

	context = kzalloc_obj(*context);
	if (!context)
		return ERR_PTR(-ENOMEM);

	handle = ida_alloc(&vgdev->ctx_id_ida, GFP_KERNEL);
	if (handle < 0) {
		kfree(context);
		return ERR_PTR(handle);
	}

	context->ctx_id = handle + 1;
	mutex_init(&context->lock);
	xa_init(&context->attached);

	get_task_comm(name, current);
	virtio_gpu_cmd_context_create(vgdev, context->ctx_id, context_init,
				      strlen(name), name);

	return context;
}

static struct virtio_gpu_protected_context *
virtio_gpu_protected_context_get(struct drm_device *dev, struct drm_file *file)
{
	struct virtio_gpu_device *vgdev = dev->dev_private;
	struct virtio_gpu_fpriv *vfpriv = file->driver_priv;
	struct virtio_gpu_protected_context *context;

	if (!virtio_gpu_protected_supported(vgdev))
		return ERR_PTR(-ENODEV);

	/* Fixes what kind of context the file has. */
	virtio_gpu_create_context(dev, file);

	mutex_lock(&vfpriv->context_lock);
	context = vfpriv->protected_context;
	if (!context) {
		context = virtio_gpu_protected_context_create(vgdev, vfpriv);
		if (!IS_ERR(context)) {
			/* Pairs with that in virtio_gpu_protected_detach(). */
			smp_store_release(&vfpriv->protected_context, context);
		}
	}
	mutex_unlock(&vfpriv->context_lock);

	return context;
}

static int
virtio_gpu_protected_attach_object(struct virtio_gpu_device *vgdev,
				   struct virtio_gpu_protected_context *context,
				   struct drm_gem_object *obj)
{
	u32 handle = gem_to_virtio_gpu_obj(obj)->hw_res_handle;
	struct virtio_gpu_object_array *objs;
	int ret;

	if (xa_load(&context->attached, handle))
		return 0;

	objs = virtio_gpu_array_alloc(1);
	if (!objs)
		return -ENOMEM;

	ret = xa_insert(&context->attached, handle, xa_mk_value(1), GFP_KERNEL);
	if (ret) {
		virtio_gpu_array_put_free(objs);
		return ret;
	}

	virtio_gpu_array_add_obj(objs, obj);
	virtio_gpu_cmd_context_attach_resource(vgdev, context->ctx_id, objs);

	return 0;
}

/**
 * virtio_gpu_protected_begin() - prepare to queue commands
 * @dev: the device
 * @file: whose protected context they are for; it is created if need be
 * @objs: the objects that they use, each of which has a host resource, or NULL
 * @ctx_id: set to the context's number
 *
 * On success, the commands must be queued or given up, and then
 * virtio_gpu_protected_end() called. Reservations are to be locked after this.
 *
 * Return: 0, -ENODEV if the device cannot, -EINVAL if the file's context is not
 * for virgl, or -ENOMEM.
 */
int virtio_gpu_protected_begin(struct drm_device *dev, struct drm_file *file,
			       struct virtio_gpu_object_array *objs,
			       u32 *ctx_id)
{
	struct virtio_gpu_device *vgdev = dev->dev_private;
	struct virtio_gpu_protected_context *context;
	int ret;
	u32 i;

	context = virtio_gpu_protected_context_get(dev, file);
	if (IS_ERR(context))
		return PTR_ERR(context);

	mutex_lock(&context->lock);

	for (i = 0; objs && i < objs->nents; i++) {
		ret = virtio_gpu_protected_attach_object(vgdev, context,
							 objs->objs[i]);
		if (ret) {
			virtio_gpu_protected_end(file);
			return ret;
		}
	}

	*ctx_id = context->ctx_id;
	return 0;
}

/**
 * virtio_gpu_protected_end() - commands are queued, or not to be
 * @file: as given to virtio_gpu_protected_begin()
 */
void virtio_gpu_protected_end(struct drm_file *file)
{
	struct virtio_gpu_fpriv *vfpriv = file->driver_priv;

	mutex_unlock(&vfpriv->protected_context->lock);
	/* Even if there is no submission, objects may have been attached. */
	virtio_gpu_notify(file->minor->dev->dev_private);
}

/**
 * virtio_gpu_protected_detach() - a handle is closed
 * @obj: of any kind
 * @file: whose handle it was
 *
 * Commands that use the object and are queued come before this on the host. If
 * the file has another handle of it, the next submission attaches it again.
 *
 * A submission that has looked the object up already, and attaches it after
 * this, leaves it attached. The host detaches it when the resource goes; only
 * its number remains here, until the file is closed. An object that gets the
 * same number again (virglhack=0) is then not attached, and cannot be used.
 */
void virtio_gpu_protected_detach(struct drm_gem_object *obj,
				 struct drm_file *file)
{
	struct virtio_gpu_device *vgdev = obj->dev->dev_private;
	struct virtio_gpu_fpriv *vfpriv = file->driver_priv;
	struct virtio_gpu_protected_context *context;
	struct virtio_gpu_object_array *objs;

	/* Pairs with that in virtio_gpu_protected_context_get(). */
	context = smp_load_acquire(&vfpriv->protected_context);
	if (!context)
		return;

	mutex_lock(&context->lock);
	if (!xa_erase(&context->attached,
		      gem_to_virtio_gpu_obj(obj)->hw_res_handle))
		goto out_unlock;

	/* Without memory, the host detaches it when the resource goes. */
	objs = virtio_gpu_array_alloc(1);
	if (!objs)
		goto out_unlock;

	virtio_gpu_array_add_obj(objs, obj);
	virtio_gpu_cmd_context_detach_resource(vgdev, context->ctx_id, objs);
	virtio_gpu_notify(vgdev);

out_unlock:
	mutex_unlock(&context->lock);
}

/**
 * virtio_gpu_protected_postclose() - a file is closed
 * @vgdev: the device
 * @vfpriv: the file's data; all its handles are closed
 */
void virtio_gpu_protected_postclose(struct virtio_gpu_device *vgdev,
				    struct virtio_gpu_fpriv *vfpriv)
{
	struct virtio_gpu_protected_context *context =
		vfpriv->protected_context;

	if (!context)
		return;

	virtio_gpu_cmd_context_destroy(vgdev, context->ctx_id);
	virtio_gpu_notify(vgdev);

	ida_free(&vgdev->ctx_id_ida, context->ctx_id - 1);
	xa_destroy(&context->attached);
	mutex_destroy(&context->lock);
	kfree(context);
}
