/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm_fourcc.h>
#include <drm/drm_mode.h>
#include <linux/dma-buf.h>

#include "gpu.h"
#include "heap.h"
#include "tap.h"

int
try_ioctl(int fd, unsigned long request, void *arg)
{
   int ret;

   do
      ret = ioctl(fd, request, arg);
   while (ret < 0 && (errno == EINTR || errno == EAGAIN));
   return ret < 0 ? -errno : 0;
}

const char *
result_name(int result)
{
   static char buf[2][32];
   static int turn;
   char *s = buf[turn ^= 1];

   if (result < 0)
      snprintf(s, sizeof(buf[0]), "%s", strerrorname_np(-result) ?: "?");
   else
      snprintf(s, sizeof(buf[0]), "%d", result);
   return s;
}

int
create_on(int fd, struct object *object, uint32_t flags, uint32_t memory, uint32_t target,
          uint32_t format, uint32_t bind, uint32_t width, uint32_t height, uint32_t size)
{
   struct drm_virtgpu_resource_create create = {
      .target = target, .format = format, .bind = bind, .width = width, .height = height,
      .depth = 1, .array_size = 1, .flags = flags, .size = size,
   };
   struct resource_create_protected protected = {
      .target = target, .format = format, .bind = bind, .width = width, .height = height,
      .depth = 1, .array_size = 1, .flags = flags & ~PROTECTED_OBJECT, .memory_handle = memory,
      .size = size,
   };
   bool is_protected = flags & PROTECTED_OBJECT;
   int ret = is_protected ? try_ioctl(fd, IOCTL_RESOURCE_CREATE_PROTECTED, &protected)
                          : try_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create);

   object->handle = ret ? 0 : is_protected ? protected.bo_handle : create.bo_handle;
   object->res = ret ? 0 : is_protected ? protected.res_handle : create.res_handle;
   return ret;
}

int
create(int fd, struct object *object, uint32_t flags)
{
   return create_on(fd, object, flags, 0, TEXTURE_2D, BGRA8888,
                    RENDER_TARGET | SAMPLER | SCANOUT, SIDE, SIDE, BYTES);
}

int
create_buffer(int fd, struct object *object, uint32_t flags)
{
   /* The host wants to know one purpose, and lets it be used for any. */
   return create_on(fd, object, flags, 0, BUFFER, R8, VERTEX_BUFFER, 4096, 1, 4096);
}

void
close_handle(int fd, uint32_t handle)
{
   struct drm_gem_close close = { .handle = handle };

   try_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &close);
}

int
wait_for(int fd, uint32_t handle)
{
   struct drm_virtgpu_3d_wait wait = { .handle = handle };

   return try_ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait);
}

int
submit_list(int fd, uint32_t flags, const void *stream, size_t size, const uint32_t *handles,
            unsigned count)
{
   struct drm_virtgpu_execbuffer exec = {
      .flags = flags, .command = (uintptr_t)stream, .size = size,
      .bo_handles = (uintptr_t)handles, .num_bo_handles = count,
   };

   return try_ioctl(fd, DRM_IOCTL_VIRTGPU_EXECBUFFER, &exec);
}

uint32_t
fresh(void)
{
   static uint32_t last = 1000;

   return ++last;
}

int
paint(int fd, uint32_t flags, struct object object, float r, float g, float b)
{
   uint32_t surface = fresh(), colour[4];
   const float rgba[4] = { r, g, b, 1 };

   memcpy(colour, rgba, sizeof(colour));

   const uint32_t stream[] = {
      HEADER(CREATE_OBJECT, SURFACE, 5), surface, object.res, BGRA8888, 0, 0,
      HEADER(SET_FRAMEBUFFER, 0, 3), 1, 0, surface,
      HEADER(CLEAR, 0, 8), 1 << 2, colour[0], colour[1], colour[2], colour[3], 0, 0, 0,
      HEADER(SET_FRAMEBUFFER, 0, 2), 0, 0,
      HEADER(DESTROY_OBJECT, SURFACE, 1), surface,
   };
   int ret = submit_list(fd, flags, stream, sizeof(stream), &object.handle, 1);

   return ret ? ret : wait_for(fd, object.handle);
}

int
fill_texture(int fd, uint32_t flags, struct object object, uint32_t word)
{
   uint32_t stream[12 + SIDE * SIDE] = {
      HEADER(INLINE_WRITE, 0, 11 + SIDE * SIDE), object.res, 0, 0, SIDE * 4, 0,
      0, 0, 0, SIDE, SIDE, 1,
   };
   int ret;

   for (size_t i = 12; i < ARRAY_LENGTH(stream); i++)
      stream[i] = word;
   ret = submit_list(fd, flags, stream, sizeof(stream), &object.handle, 1);
   return ret ? ret : wait_for(fd, object.handle);
}

int
transfer(int fd, bool to_host, uint32_t handle)
{
   struct drm_virtgpu_3d_transfer_from_host args = {
      .bo_handle = handle, .box = { .w = SIDE, .h = SIDE, .d = 1 },
   };
   int ret = try_ioctl(fd, to_host ? DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST
                                   : DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &args);

   return ret ? ret : wait_for(fd, handle);
}

int
map_offset(int fd, uint32_t handle, uint64_t *offset)
{
   struct drm_virtgpu_map map = { .handle = handle };
   int ret = try_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map);

   *offset = map.offset;
   return ret;
}

int
dumb_map(int fd, uint32_t handle, uint64_t *offset)
{
   struct drm_mode_map_dumb map = { .handle = handle };
   int ret = try_ioctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map);

   *offset = map.offset;
   return ret;
}

int
export(int fd, uint32_t handle)
{
   struct drm_prime_handle prime = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };
   int ret = try_ioctl(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime);

   return ret ? ret : prime.fd;
}

int
import(int fd, int dmabuf, uint32_t *handle)
{
   struct drm_prime_handle prime = { .fd = dmabuf };
   int ret = try_ioctl(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);

   *handle = prime.handle;
   return ret;
}

int
info(int fd, uint32_t handle, struct resource_info *i)
{
   *i = (struct resource_info){ .bo_handle = handle };
   return try_ioctl(fd, IOCTL_RESOURCE_INFO, i);
}

int
map_dmabuf(int dmabuf)
{
   void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, dmabuf, 0);
   int ret = p == MAP_FAILED ? -errno : 0;

   if (!ret)
      munmap(p, 4096);
   return ret;
}

int
sync_dmabuf(int dmabuf)
{
   struct dma_buf_sync sync = { .flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ };

   return try_ioctl(dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
}

int
alloc_protected(size_t size)
{
   return heap_alloc("protected,secure-video", size);
}

uint64_t
largest_protected(void)
{
   for (uint64_t size = 64 << 20; size; size -= 1 << 20) {
      int fd = alloc_protected(size);

      if (fd >= 0) {
         close(fd);
         return size;
      }
   }
   return 0;
}

bool
protected_is_free(uint64_t size)
{
   uint64_t now = 0;

   for (int tries = 0; tries < 1000; tries++) {
      now = largest_protected();
      if (now == size)
         return true;
      usleep(10000);
   }
   note("%llu of %llu MiB", (unsigned long long)now >> 20, (unsigned long long)size >> 20);
   return false;
}

int
open_driver(const char *name)
{
   for (int minor = 0; minor < 16; minor++) {
      char path[32], driver[32] = "";
      struct drm_version version = { .name = driver, .name_len = sizeof(driver) - 1 };
      int fd;

      snprintf(path, sizeof(path), "/dev/dri/card%d", minor);
      fd = open(path, O_RDWR | O_CLOEXEC);
      if (fd < 0)
         continue;
      if (!try_ioctl(fd, DRM_IOCTL_VERSION, &version) && !strcmp(driver, name))
         return fd;
      close(fd);
   }
   return -1;
}

int
find_display(int fd, uint32_t *crtc, uint32_t *connector)
{
   struct drm_mode_card_res resources = {
      .crtc_id_ptr = (uintptr_t)crtc, .count_crtcs = 1,
      .connector_id_ptr = (uintptr_t)connector, .count_connectors = 1,
   };
   int ret = try_ioctl(fd, DRM_IOCTL_MODE_GETRESOURCES, &resources);

   return ret ? ret : resources.count_crtcs && resources.count_connectors ? 0 : -ENODEV;
}

int
set_crtc(int fd, uint32_t crtc, uint32_t connector, uint32_t fb, uint32_t width, uint32_t height)
{
   struct drm_mode_crtc args = {
      .crtc_id = crtc, .fb_id = fb, .count_connectors = 1,
      .set_connectors_ptr = (uintptr_t)&connector, .mode_valid = 1,
      .mode = {
         .clock = width * height * 60 / 1000,
         .hdisplay = width, .hsync_start = width, .hsync_end = width, .htotal = width,
         .vdisplay = height, .vsync_start = height, .vsync_end = height, .vtotal = height,
         .vrefresh = 60,
      },
   };

   return try_ioctl(fd, DRM_IOCTL_MODE_SETCRTC, &args);
}

int
add_fb(int fd, uint32_t handle, uint32_t width, uint32_t height, uint32_t offset, uint32_t pitch,
       uint32_t *id)
{
   struct drm_mode_fb_cmd2 cmd = {
      .width = width, .height = height, .pixel_format = DRM_FORMAT_XRGB8888,
      .handles = { handle }, .pitches = { pitch }, .offsets = { offset },
   };
   int ret = try_ioctl(fd, DRM_IOCTL_MODE_ADDFB2, &cmd);

   *id = cmd.fb_id;
   return ret;
}
