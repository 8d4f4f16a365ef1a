// SPDX-License-Identifier: MIT
/*
 * Protected objects on a plane. The display is where protected content may go.
 *
 * A resource is shown as any other. A memory object is not known to the host,
 * so its framebuffer gets a resource over it, which is transferred from memory
 * whenever it is flipped to.
 */
#include <kunit/visibility.h>
#include <linux/export.h>

#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_rect.h>
#include <drm/virtgpu_drm.h>

#include "virtgpu_protected.h"
#include "virtgpu_virgl_resource.h"

/*
 * The memory that a framebuffer of @obj shows, if that is what it shows. GETFB
 * hands out the resource of a framebuffer: one that is made of that is as if
 * made of the memory.
 */
static struct drm_gem_object *
virtio_gpu_protected_shown_memory(struct drm_gem_object *obj)
{
	struct virtio_gpu_object *bo = gem_to_virtio_gpu_obj(obj);

	if (!bo->is_protected)
		return NULL;
	if (virtio_gpu_protected_is_memory(obj))
		return obj;
	if (to_virtio_gpu_object_protected(bo)->upload_on_flip)
		return to_virtio_gpu_object_protected(bo)->memory->objs[0];

	return NULL;
}

/**
 * virtio_gpu_protected_framebuffer() - what to show for a framebuffer
 * @dev: the device
 * @mode_cmd: the framebuffer to create, of a format that planes have
 * @obj: its object, with a reference. If it is a memory object, or the resource
 *	of a framebuffer of one, it is replaced by a resource over the memory,
 *	also with a reference
 *
 * Return: 0 with *@obj usable, -EINVAL if the framebuffer is not inside the
 * memory, or -ENOMEM; then *@obj is untouched.
 */
int virtio_gpu_protected_framebuffer(struct drm_device *dev,
				     const struct drm_mode_fb_cmd2 *mode_cmd,
				     struct drm_gem_object **obj)
{
	struct virtio_gpu_device *vgdev = dev->dev_private;
	struct drm_virtgpu_3d_transfer_to_host whole = {
		.box = {
			.w = mode_cmd->width,
			.h = mode_cmd->height,
			.d = 1,
		},
		.offset = mode_cmd->offsets[0],
		.stride = mode_cmd->pitches[0],
	};
	struct virtio_gpu_object_params params = {
		.virgl = true,
		.target = VIRGL_TARGET_2D,
		.format = virtio_gpu_translate_format(mode_cmd->pixel_format),
		.bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW |
			VIRGL_BIND_SCANOUT,
		.width = mode_cmd->width,
		.height = mode_cmd->height,
		.depth = 1,
		.array_size = 1,
	};
	struct drm_gem_object *memory = virtio_gpu_protected_shown_memory(*obj);
	struct virtio_gpu_object *bo;
	int ret;

	if (!memory)
		return 0;

	ret = virtio_gpu_protected_check_params(&params, true);
	if (ret)
		return ret;

	ret = virtio_gpu_protected_transfer_check(memory->size, params.width,
						  params.height,
						  virtio_gpu_protected_format_cpp(params.format),
						  &whole);
	if (ret)
		return ret;

	/*
	 * What users may not have: without, the host shows it upside down.
	 * It turns it in its heap, which it must clear then.
	 */
	params.flags = VIRGL_RESOURCE_Y_0_TOP;
	ret = virtio_gpu_protected_object_create(vgdev, &params, memory, &bo,
						 NULL);
	if (ret)
		return ret;
	virtio_gpu_notify(vgdev);

	to_virtio_gpu_object_protected(bo)->upload_on_flip = true;

	drm_gem_object_put(*obj);
	*obj = &bo->base.base;
	return 0;
}

/**
 * virtio_gpu_protected_prepare_fb() - before a commit that shows an object
 * @vgdev: the device
 * @vgplane_st: the new state. If the object is transferred when it is shown, it
 *	gets what this needs, and the commit waits for those who write to the
 *	memory by now, unless userspace said what to wait for
 * @bo: a protected object
 *
 * Nobody learns of the commit yet. That comes with
 * virtio_gpu_protected_begin_fb_access(), when all planes of the commit have
 * been prepared: or it might wait for what another plane of itself is to do.
 *
 * Return: 0 or -ENOMEM.
 */
int virtio_gpu_protected_prepare_fb(struct virtio_gpu_device *vgdev,
				    struct virtio_gpu_plane_state *vgplane_st,
				    struct virtio_gpu_object *bo)
{
	struct virtio_gpu_object_protected *protected =
		to_virtio_gpu_object_protected(bo);
	struct dma_fence **writers = &vgplane_st->base.fence;
	struct virtio_gpu_protected_read *read;

	if (!protected->upload_on_flip)
		return 0;

	read = virtio_gpu_protected_read_prepare(vgdev,
						 protected->memory->objs[0]->resv,
						 *writers ? NULL : writers);
	if (IS_ERR(read))
		return PTR_ERR(read);

	vgplane_st->read = read;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_prepare_fb);

/**
 * virtio_gpu_protected_begin_fb_access() - a commit will show an object
 * @vgplane_st: the new state, when those of all planes of the commit have been
 *	prepared
 *
 * Return: 0 or -ENOMEM.
 */
int virtio_gpu_protected_begin_fb_access(struct virtio_gpu_plane_state *vgplane_st)
{
	return vgplane_st->read ?
	       virtio_gpu_protected_read_begin(vgplane_st->read) : 0;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_begin_fb_access);

/**
 * virtio_gpu_protected_plane_update() - transfer what is about to be shown
 * @vgdev: the device
 * @vgplane_st: the state, of a framebuffer of a protected object
 * @rect: the part that is new
 *
 * Does nothing if the device has the content already.
 */
void virtio_gpu_protected_plane_update(struct virtio_gpu_device *vgdev,
				       struct virtio_gpu_plane_state *vgplane_st,
				       const struct drm_rect *rect)
{
	struct drm_framebuffer *fb = vgplane_st->base.fb;
	/* Whole lines. All of the framebuffer is inside the memory, so this is. */
	const struct drm_virtgpu_3d_transfer_to_host args = {
		.box = {
			.y = rect->y1,
			.w = fb->width,
			.h = drm_rect_height(rect),
			.d = 1,
		},
		.offset = fb->offsets[0] + rect->y1 * fb->pitches[0],
		.stride = fb->pitches[0],
	};

	if (!vgplane_st->read)
		return;

	/* Context 0 is the host's own, and has every resource. */
	virtio_gpu_protected_queue_transfer(vgdev, 0,
					    gem_to_virtio_gpu_obj(fb->obj[0]),
					    &args, NULL,
					    vgplane_st->read->transfer);
}

/**
 * virtio_gpu_protected_plane_updated() - the host has been told what to show
 * @vgplane_st: the state
 *
 * Waits for the transfer, if there is one, but not for longer than a flip may
 * take: who fills one buffer again and again does not look at fences.
 */
void virtio_gpu_protected_plane_updated(struct virtio_gpu_plane_state *vgplane_st)
{
	struct virtio_gpu_protected_read *read = vgplane_st->read;

	if (read && read->transfer->fence_id)
		dma_fence_wait_timeout(&read->transfer->f, false,
				       msecs_to_jiffies(50));

	virtio_gpu_protected_cleanup_fb(vgplane_st);
}

/**
 * virtio_gpu_protected_cleanup_fb() - after a commit, or instead of it
 * @vgplane_st: the state
 */
void virtio_gpu_protected_cleanup_fb(struct virtio_gpu_plane_state *vgplane_st)
{
	if (!vgplane_st->read)
		return;

	virtio_gpu_protected_read_end(vgplane_st->read);
	vgplane_st->read = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_cleanup_fb);
