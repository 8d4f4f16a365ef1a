/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 *
 * Protected resources of the virtio-gpu kernel driver.
 *
 * There are two kinds. Some have storage on the device only: they are made by
 * virgl_drm_protected_create(). Others are typed views, one for each plane, of
 * restricted memory that a TEE handed out as a dma-buf: they are made by
 * virgl_drm_protected_import(). Neither kind can be mapped.
 */
#ifndef VIRGL_DRM_PROTECTED_H
#define VIRGL_DRM_PROTECTED_H

#include <stdbool.h>
#include <stdint.h>

struct pipe_resource;
struct virgl_drm_cmd_buf;
struct virgl_drm_winsys;
struct virgl_hw_res;
struct virgl_winsys;
struct winsys_handle;

/**
 * Imported restricted memory: an untyped GEM object, which all the planes
 * imported from the same dma-buf share.
 *
 * PRIME_FD_TO_HANDLE returns the same handle for the same dma-buf, and one
 * GEM_CLOSE closes it for everybody, so that the planes have to be counted.
 * Guarded by virgl_drm_winsys::bo_handles_mutex.
 */
struct virgl_drm_memory {
   uint32_t bo_handle;
   unsigned plane_count;
};

/** Where in its memory the plane lies that a typed resource shows. */
struct virgl_drm_plane {
   struct virgl_drm_memory *memory;
   uint32_t offset; /* bytes */
   uint32_t stride; /* bytes */
   uint32_t width;  /* pixels */
   uint32_t height; /* pixels */
};

/**
 * Create a protected resource with storage on the device only.
 *
 * \param bind  VIRGL_BIND_* for the host; there is none for protection, which
 *              is between the guest's userspace and its kernel
 * \param size  of the GEM object in bytes
 * \return a resource with one reference, or NULL
 */
struct virgl_hw_res *
virgl_drm_protected_create(struct virgl_winsys *vws,
                           const struct pipe_resource *templ,
                           uint32_t bind, uint32_t size);

/**
 * Create a typed resource over one plane of imported restricted memory.
 *
 * \param handle  GEM handle of the memory, as PRIME_FD_TO_HANDLE returned it;
 *                it is owned by this function from here on, even on failure
 * \param size    of the memory in bytes
 * \param templ   format, width and height of the plane; a multi-planar format
 *                stands for the format of its plane whandle->plane
 * \param whandle offset, stride, modifier and index of the plane
 * \return a resource with one reference, or NULL
 *
 * Called with virgl_drm_winsys::bo_handles_mutex held.
 */
struct virgl_hw_res *
virgl_drm_protected_import(struct virgl_drm_winsys *qdws, uint32_t handle,
                           uint32_t size, const struct pipe_resource *templ,
                           const struct winsys_handle *whandle);

/**
 * Give up the plane of a resource that is about to be freed. The caller closes
 * the handle of the resource itself.
 *
 * Called with virgl_drm_winsys::bo_handles_mutex held.
 */
void
virgl_drm_protected_release_plane(struct virgl_drm_winsys *qdws,
                                  struct virgl_hw_res *res);

/**
 * Export a plane of imported memory as winsys_handle::type asks.
 *
 * \return whether there is such an export
 */
bool
virgl_drm_protected_get_handle(struct virgl_drm_winsys *qdws,
                               struct virgl_hw_res *res,
                               struct winsys_handle *whandle);

/**
 * Bring the device's copies of imported memory up to date for a submission.
 */
void
virgl_drm_protected_refresh(struct virgl_drm_winsys *qdws,
                            struct virgl_drm_cmd_buf *cbuf);

#endif
