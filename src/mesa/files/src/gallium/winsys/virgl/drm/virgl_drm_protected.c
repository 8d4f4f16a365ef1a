/*
 * Copyright 2026 protex developers
 * SPDX-License-Identifier: MIT
 */

#include "virgl_drm_protected.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <libsync.h>
#include <xf86drm.h>

#include "drm-uapi/drm_fourcc.h"
#include "drm-uapi/virtgpu_drm.h"
#include "frontend/winsys_handle.h"
#include "pipe/p_state.h"
#include "util/format/u_format.h"
#include "util/hash_table.h"
#include "util/u_atomic.h"
#include "util/u_debug.h"
#include "util/u_hash_table.h"
#include "util/u_inlines.h"
#include "util/u_memory.h"

#include "virgl_drm_winsys.h"

static void
close_handle(struct virgl_drm_winsys *qdws, uint32_t handle)
{
   struct drm_gem_close args = { .handle = handle };

   drmIoctl(qdws->fd, DRM_IOCTL_GEM_CLOSE, &args);
}

/* Returns the hw_res for what the kernel filled in, or NULL after closing it. */
static struct virgl_hw_res *
wrap_resource(struct virgl_drm_winsys *qdws,
              const struct drm_virtgpu_resource_create_protected *args)
{
   struct virgl_hw_res *res = CALLOC_STRUCT(virgl_hw_res);

   if (!res) {
      close_handle(qdws, args->bo_handle);
      return NULL;
   }

   pipe_reference_init(&res->reference, 1);
   res->target = args->target;
   res->res_handle = args->res_handle;
   res->bo_handle = args->bo_handle;
   res->bind = args->bind;
   res->size = args->size;
   res->is_protected = true;
   return res;
}

struct virgl_hw_res *
virgl_drm_protected_create(struct virgl_winsys *vws,
                           const struct pipe_resource *templ,
                           uint32_t bind, uint32_t size)
{
   struct virgl_drm_winsys *qdws = virgl_drm_winsys(vws);
   struct drm_virtgpu_resource_create_protected args = {
      .target = templ->target,
      .format = pipe_to_virgl_format(templ->format),
      .bind = bind,
      .width = templ->width0,
      .height = templ->height0,
      .depth = templ->depth0,
      .array_size = templ->array_size,
      .last_level = templ->last_level,
      .nr_samples = templ->nr_samples,
      .size = size,
   };

   if (drmIoctl(qdws->fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_PROTECTED, &args))
      return NULL;

   return wrap_resource(qdws, &args);
}

static struct virgl_drm_memory *
memory_get(struct virgl_drm_winsys *qdws, uint32_t handle)
{
   void *key = (void *)(uintptr_t)handle;
   struct virgl_drm_memory *memory =
      util_hash_table_get(qdws->protected_memory, key);

   if (!memory) {
      memory = CALLOC_STRUCT(virgl_drm_memory);
      if (!memory) {
         close_handle(qdws, handle);
         return NULL;
      }
      memory->bo_handle = handle;
      _mesa_hash_table_insert(qdws->protected_memory, key, memory);
   }

   memory->plane_count++;
   return memory;
}

static void
memory_put(struct virgl_drm_winsys *qdws, struct virgl_drm_memory *memory)
{
   assert(memory->plane_count);
   if (--memory->plane_count)
      return;

   _mesa_hash_table_remove_key(qdws->protected_memory,
                               (void *)(uintptr_t)memory->bo_handle);
   close_handle(qdws, memory->bo_handle);
   FREE(memory);
}

static bool
plane_fits(enum pipe_format format, const struct virgl_drm_plane *plane,
           uint32_t size)
{
   const uint64_t row =
      (uint64_t)plane->width * util_format_get_blocksize(format);

   return plane->width && plane->height && plane->stride >= row &&
          plane->offset + (uint64_t)plane->stride * (plane->height - 1) + row <=
             size;
}

static struct virgl_hw_res *
import_plane(struct virgl_drm_winsys *qdws, struct virgl_drm_memory *memory,
             uint32_t size, const struct pipe_resource *templ,
             const struct winsys_handle *whandle)
{
   struct virgl_drm_plane *plane;
   struct virgl_hw_res *res;
   enum pipe_format format = templ->format;

   /* The TEE and its decoders know nothing of the host's tilings. */
   if (whandle->modifier != DRM_FORMAT_MOD_LINEAR &&
       whandle->modifier != DRM_FORMAT_MOD_INVALID)
      return NULL;

   if (templ->target != PIPE_TEXTURE_2D || templ->depth0 != 1 ||
       templ->array_size != 1 || templ->last_level || templ->nr_samples > 1)
      return NULL;

   /* Every plane becomes a texture of its own, also on a host that could
    * sample the multi-planar format: it would expect all the planes in one
    * resource, and we have no way to transfer into that.
    */
   if (util_format_get_num_planes(format) > 1)
      format = util_format_get_plane_format(format, whandle->plane);
   if (format == PIPE_FORMAT_NONE || util_format_get_blockwidth(format) != 1 ||
       util_format_get_blockheight(format) != 1)
      return NULL;

   plane = CALLOC_STRUCT(virgl_drm_plane);
   if (!plane)
      return NULL;
   plane->memory = memory;
   plane->offset = whandle->offset;
   plane->stride = whandle->stride;
   plane->width = templ->width0;
   plane->height = templ->height0;

   if (!plane_fits(format, plane, size)) {
      _debug_printf("virgl: plane %u (%ux%u, offset %u, stride %u) is not "
                    "within the %u bytes of its protected dma-buf\n",
                    whandle->plane, plane->width, plane->height, plane->offset,
                    plane->stride, size);
      goto fail;
   }

   /* The device only reads restricted memory: what it would write into its
    * copy could not be transferred back. So no bind for rendering.
    */
   struct drm_virtgpu_resource_create_protected args = {
      .target = templ->target,
      .format = pipe_to_virgl_format(format),
      .bind = VIRGL_BIND_SAMPLER_VIEW,
      .width = plane->width,
      .height = plane->height,
      .depth = 1,
      .array_size = 1,
      .memory_handle = memory->bo_handle,
      .size = size,
   };

   if (drmIoctl(qdws->fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_PROTECTED, &args)) {
      _debug_printf("virgl: cannot create a resource over protected memory: "
                    "%s\n", strerror(errno));
      goto fail;
   }

   res = wrap_resource(qdws, &args);
   if (!res)
      goto fail;

   res->plane = plane;
   p_atomic_set(&res->external, true);
   return res;

fail:
   FREE(plane);
   return NULL;
}

struct virgl_hw_res *
virgl_drm_protected_import(struct virgl_drm_winsys *qdws, uint32_t handle,
                           uint32_t size, const struct pipe_resource *templ,
                           const struct winsys_handle *whandle)
{
   struct virgl_drm_memory *memory = memory_get(qdws, handle);
   struct virgl_hw_res *res;

   if (!memory)
      return NULL;

   res = import_plane(qdws, memory, size, templ, whandle);
   if (!res)
      memory_put(qdws, memory);
   return res;
}

void
virgl_drm_protected_release_plane(struct virgl_drm_winsys *qdws,
                                  struct virgl_hw_res *res)
{
   if (!res->plane)
      return;

   memory_put(qdws, res->plane->memory);
   FREE(res->plane);
   res->plane = NULL;
}

bool
virgl_drm_protected_get_handle(struct virgl_drm_winsys *qdws,
                               struct virgl_hw_res *res,
                               struct winsys_handle *whandle)
{
   const struct virgl_drm_plane *plane = res->plane;

   switch (whandle->type) {
   case WINSYS_HANDLE_TYPE_KMS:
      /* The kernel makes a framebuffer of memory, and transfers it whenever
       * it is flipped to. It would show our resource as it is, and nobody
       * might have had a reason to refresh that.
       */
      whandle->handle = plane->memory->bo_handle;
      break;
   case WINSYS_HANDLE_TYPE_FD:
      /* The dma-buf that came in. */
      if (drmPrimeHandleToFD(qdws->fd, plane->memory->bo_handle, DRM_CLOEXEC,
                             (int *)&whandle->handle))
         return false;
      break;
   default:
      return false;
   }

   whandle->offset = plane->offset;
   whandle->stride = plane->stride;
   whandle->modifier = DRM_FORMAT_MOD_LINEAR;
   return true;
}

static void
refresh_plane(struct virgl_drm_winsys *qdws, struct virgl_hw_res *res)
{
   const struct virgl_drm_plane *plane = res->plane;
   struct drm_virtgpu_3d_transfer_to_host args = {
      .bo_handle = res->bo_handle,
      .box = { .w = plane->width, .h = plane->height, .d = 1 },
      .offset = plane->offset,
      .stride = plane->stride,
   };

   p_atomic_set(&res->maybe_busy, true);
   if (drmIoctl(qdws->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &args))
      _debug_printf("virgl: cannot refresh a protected resource: %s\n",
                    strerror(errno));
}

/*
 * The device does not sample restricted memory in place: the texture is a copy
 * of it. The producer, a decoder in the TEE, fills its buffers again and again
 * without anybody importing them anew, and nobody can be asked whether it did:
 * there is no fence for it, and the CPU cannot look. So the copy is made right
 * before each submission that names the resource, once for each submission.
 * That is no more than what is needed to be right, and no less:
 *
 * - The resources named are those of the views bound when the batch draws, so
 *   that an idle stock of imported buffers costs nothing.
 * - Two draws of one batch see the same contents, as they would if the device
 *   read the memory itself: the producer must not write to a buffer before the
 *   consumer's fence has signalled, and that is the fence of this batch.
 * - Nothing is copied at import, since no one can look before there is a batch.
 *
 * The transfers and the submission go through the same queue, and the device
 * handles that in order.
 */
void
virgl_drm_protected_refresh(struct virgl_drm_winsys *qdws,
                            struct virgl_drm_cmd_buf *cbuf)
{
   bool must_wait = cbuf->in_fence_fd >= 0;

   for (unsigned i = 0; i < cbuf->cres; i++) {
      struct virgl_hw_res *res = cbuf->res_bo[i];

      if (!res->plane)
         continue;

      /* The fence that the submission has to wait for may be the one of the
       * producer, but transfers have no fence to wait for.
       */
      if (must_wait) {
         sync_wait(cbuf->in_fence_fd, -1);
         must_wait = false;
      }
      refresh_plane(qdws, res);
   }
}
