/* SPDX-License-Identifier: MIT */
/*
 * Protected content: objects that the CPU cannot read, and submissions that can.
 *
 * There are three kinds of protected objects:
 *
 * - a memory object is an imported TEE-protected dma-buf. The host has no
 *   resource for it (res_handle 0);
 * - an object over memory is a resource that uses a range of a memory object
 *   as its backing. The host reads it by DMA when told to (transfer to host);
 * - device storage is a resource without any backing.
 *
 * An object is created as one of these and remains it: whether an object is
 * protected never changes, so a check of it is good for as long as a reference
 * is held.
 */
#ifndef VIRTGPU_PROTECTED_H
#define VIRTGPU_PROTECTED_H

#include "virtgpu_drv.h"

/**
 * struct virtio_gpu_object_protected - a protected object
 * @base: the object; &virtio_gpu_object.is_protected is set
 * @memory: the memory object underneath, with a reference, or NULL
 * @range: where the device finds it, for a memory object
 * @cpp: bytes per pixel, for an object over memory
 * @width: in pixels, for an object over memory
 * @height: in lines, for an object over memory
 * @upload_on_flip: whether showing it transfers it first, and nothing else
 *	does: it was made for a framebuffer of a memory object
 */
struct virtio_gpu_object_protected {
	struct virtio_gpu_object base;
	struct virtio_gpu_object_array *memory;
	struct virtio_gpu_mem_entry range;
	u32 cpp;
	u32 width;
	u32 height;
	bool upload_on_flip;
};

/**
 * struct virtio_gpu_protected_read - the device is to read memory, and others wait
 * @base: in the memory's reservation until that is over; first, to be freed by
 *	the core
 * @lock: of @base
 * @memory: the reservation, until then
 * @cb: tells @base that @transfer is over
 * @transfer: for the command that reads
 */
struct virtio_gpu_protected_read {
	struct dma_fence base;
	spinlock_t lock; /* see above */
	struct dma_resv *memory;
	struct dma_fence_cb cb;
	struct virtio_gpu_fence *transfer;
};

#define to_virtio_gpu_object_protected(bo) \
	container_of((bo), struct virtio_gpu_object_protected, base)

/* virtgpu_protected_object.c */
bool virtio_gpu_protected_supported(struct virtio_gpu_device *vgdev);
int virtio_gpu_protected_check_params(const struct virtio_gpu_object_params *params,
				      bool over_memory);
int virtio_gpu_protected_resource_create_ioctl(struct drm_device *dev,
					       void *data,
					       struct drm_file *file);
int virtio_gpu_protected_object_create(struct virtio_gpu_device *vgdev,
				       struct virtio_gpu_object_params *params,
				       struct drm_gem_object *memory,
				       struct virtio_gpu_object **bo_ptr,
				       struct virtio_gpu_fence *fence);
void virtio_gpu_protected_cleanup(struct virtio_gpu_object *bo);
int virtio_gpu_protected_map_offset(struct drm_file *file,
				    struct drm_device *dev,
				    u32 handle, u64 *offset);

/* virtgpu_protected_import.c */
bool virtio_gpu_protected_is_memory(struct drm_gem_object *obj);
struct drm_gem_object *virtio_gpu_protected_import(struct drm_device *dev,
						   struct dma_buf *buf);
int virtio_gpu_protected_memory_range(struct sg_table *sgt, bool use_dma_api,
				      struct virtio_gpu_mem_entry *range);
void virtio_gpu_protected_init(struct drm_device *dev);

/* virtgpu_protected_export.c */
struct dma_buf *virtio_gpu_protected_export(struct drm_gem_object *obj,
					    int flags);
struct drm_gem_object *virtio_gpu_protected_import_own(struct drm_device *dev,
						       struct dma_buf *buf);

/* virtgpu_protected_context.c */
int virtio_gpu_protected_check(const void *stream, u32 size,
			       struct virtio_gpu_object_array *objs);
int virtio_gpu_protected_context_init(u64 capsets, bool can_choose,
				      u32 context_init);
int virtio_gpu_protected_check_ordinary(struct virtio_gpu_object_array *objs);
int virtio_gpu_protected_begin(struct drm_device *dev, struct drm_file *file,
			       struct virtio_gpu_object_array *objs,
			       u32 *ctx_id);
void virtio_gpu_protected_end(struct drm_file *file);
void virtio_gpu_protected_detach(struct drm_gem_object *obj,
				 struct drm_file *file);
void virtio_gpu_protected_postclose(struct virtio_gpu_device *vgdev,
				    struct virtio_gpu_fpriv *vfpriv);

/* virtgpu_protected_transfer.c */
u32 virtio_gpu_protected_format_cpp(u32 format);
int virtio_gpu_protected_transfer_check(u64 memory_size,
					u32 width, u32 height, u32 cpp,
					const struct drm_virtgpu_3d_transfer_to_host *args);
void virtio_gpu_protected_queue_transfer(struct virtio_gpu_device *vgdev,
					 u32 ctx_id,
					 struct virtio_gpu_object *bo,
					 const struct drm_virtgpu_3d_transfer_to_host *args,
					 struct virtio_gpu_object_array *objs,
					 struct virtio_gpu_fence *fence);
int virtio_gpu_protected_transfer_to_host(struct drm_device *dev,
					  struct drm_file *file,
					  struct virtio_gpu_object *bo,
					  struct drm_virtgpu_3d_transfer_to_host *args);

/* virtgpu_protected_read.c */
struct virtio_gpu_protected_read *
virtio_gpu_protected_read_prepare(struct virtio_gpu_device *vgdev,
				  struct dma_resv *memory,
				  struct dma_fence **writers);
int virtio_gpu_protected_read_begin(struct virtio_gpu_protected_read *read);
int virtio_gpu_protected_read_end(struct virtio_gpu_protected_read *read);

/* virtgpu_protected_plane.c */
int virtio_gpu_protected_framebuffer(struct drm_device *dev,
				     const struct drm_mode_fb_cmd2 *mode_cmd,
				     struct drm_gem_object **obj);
int virtio_gpu_protected_prepare_fb(struct virtio_gpu_device *vgdev,
				    struct virtio_gpu_plane_state *vgplane_st,
				    struct virtio_gpu_object *bo);
int virtio_gpu_protected_begin_fb_access(struct virtio_gpu_plane_state *vgplane_st);
void virtio_gpu_protected_plane_update(struct virtio_gpu_device *vgdev,
				       struct virtio_gpu_plane_state *vgplane_st,
				       const struct drm_rect *rect);
void virtio_gpu_protected_plane_updated(struct virtio_gpu_plane_state *vgplane_st);
void virtio_gpu_protected_cleanup_fb(struct virtio_gpu_plane_state *vgplane_st);

#endif
