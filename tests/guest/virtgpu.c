/* SPDX-License-Identifier: MIT */
/*
 * The rules of the virtio-gpu firewall (docs/firewall.md), tried with raw
 * ioctls. Each refusal is next to the same thing done to an ordinary object, or
 * done as it is allowed, so that the check can fail.
 *
 * virtgpu [NAME…]: runs all tests, or those whose name begins with a NAME.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <drm/drm_fourcc.h>
#include <drm/drm_mode.h>
#include <drm/vgem_drm.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/sync_file.h>

#include "gpu.h"
#include "tap.h"

static int device = -1;
static struct object ordinary, secret, buffer, secret_buffer;

static bool
expect(const char *what, int got, int want)
{
   if (got != want)
      note("%s: %s, not %s", what, result_name(got), result_name(want));
   return got == want;
}

#define EXPECT(expression, want) (ok &= expect(#expression, (expression), (want)))
#define CHECK(condition) \
   (ok &= (condition) ? true : (note("line %d: %s is not so", __LINE__, #condition), false))

/* All four objects, which is as many as a test needs. */
static int
submit(uint32_t flags, const uint32_t *stream, size_t words)
{
   const uint32_t handles[] = { ordinary.handle, secret.handle, buffer.handle,
                                secret_buffer.handle };

   return submit_list(device, flags, stream, words * 4, handles, ARRAY_LENGTH(handles));
}

static int
submit_ordinary(const uint32_t *stream, size_t words)
{
   const uint32_t handles[] = { ordinary.handle, buffer.handle };

   return submit_list(device, 0, stream, words * 4, handles, ARRAY_LENGTH(handles));
}

#define PROTECTED(...) \
   submit(VIRTGPU_EXECBUF_PROTECTED, (uint32_t[]){ __VA_ARGS__ }, \
          sizeof((uint32_t[]){ __VA_ARGS__ }) / 4)
#define ORDINARY(...) \
   submit_ordinary((uint32_t[]){ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4)

/* What is in an ordinary object, as the device has it: its first pixel. */
static uint32_t
first_pixel(struct object object)
{
   uint64_t offset;
   uint32_t *pixels, pixel;

   if (transfer(device, false, object.handle) || map_offset(device, object.handle, &offset))
      return 0xbad;
   pixels = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, device, offset);
   if (pixels == MAP_FAILED)
      return 0xbad;
   pixel = pixels[0];
   munmap(pixels, BYTES);
   return pixel;
}

/* The kernel says that it can. */
static bool
test_param(void)
{
   bool ok = true;
   int value = 0;
   struct drm_virtgpu_getparam param = {
      .param = VIRTGPU_PARAM_PROTECTED_CONTENT, .value = (uintptr_t)&value,
   };

   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_GETPARAM, &param), 0);
   EXPECT(value, 1);
   return ok;
}

/* An object says whether it is protected. */
static bool
test_info(void)
{
   bool ok = true;
   struct resource_info i;

   EXPECT(info(device, secret.handle, &i), 0);
   CHECK(i.flags == VIRTGPU_RESOURCE_INFO_PROTECTED);
   CHECK(i.res_handle == secret.res);
   EXPECT(info(device, ordinary.handle, &i), 0);
   CHECK(i.flags == 0);

   /* As programs built with the old header ask. */
   struct { uint32_t bo_handle, res_handle, size, blob_mem; } old = { .bo_handle = secret.handle };
   EXPECT(try_ioctl(device, DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_RESOURCE_INFO, old), &old), 0);
   /* Who asks with something in the answer would take it for one, from a kernel that does not know the flags. */
   i = (struct resource_info){ .bo_handle = ordinary.handle, .flags = VIRTGPU_RESOURCE_INFO_PROTECTED };
   EXPECT(try_ioctl(device, IOCTL_RESOURCE_INFO, &i), -EINVAL);
   i = (struct resource_info){ .bo_handle = ordinary.handle, .pad = 1 };
   EXPECT(try_ioctl(device, IOCTL_RESOURCE_INFO, &i), -EINVAL);
   CHECK(old.res_handle == secret.res);
   return ok;
}

/* A protected object is created only for what a protected object is for. */
static bool
test_create(void)
{
   bool ok = true;
   struct object object;

   EXPECT(create_on(device, &object, PROTECTED_OBJECT, 0, TEXTURE_2D, BGRA8888,
                    CUSTOM, SIDE, SIDE, BYTES), -EINVAL);
   EXPECT(create_on(device, &object, 0, 0, BUFFER, R8, CUSTOM, 4096, 1, 4096), 0);
   close_handle(device, object.handle);

   /* 2 is a storage that is mapped for good. */
   EXPECT(create(device, &object, PROTECTED_OBJECT | 2), -EINVAL);
   EXPECT(create(device, &object, PROTECTED_OBJECT | 1), 0);
   close_handle(device, object.handle);

   /* Nothing but a memory object has memory to give. */
   EXPECT(create_on(device, &object, PROTECTED_OBJECT, ordinary.handle, TEXTURE_2D,
                    BGRA8888, SAMPLER, SIDE, SIDE, BYTES), -EINVAL);
   EXPECT(create_on(device, &object, PROTECTED_OBJECT, secret.handle, TEXTURE_2D,
                    BGRA8888, SAMPLER, SIDE, SIDE, BYTES), -EINVAL);
   EXPECT(create_on(device, &object, PROTECTED_OBJECT, 0xffff, TEXTURE_2D, BGRA8888,
                    SAMPLER, SIDE, SIDE, BYTES), -ENOENT);
   return ok;
}

/*
 * Without the flag, bo_handle is not read: a program may use the struct of its last call again, with
 * what that returned.
 */
static bool
test_create_stale_handle(void)
{
   bool ok = true;
   struct resource_info i;
   struct object object;
   uint64_t offset;
   const uint32_t stale[] = { ordinary.handle, secret.handle, 0xffff };

   for (size_t n = 0; n < ARRAY_LENGTH(stale); n++) {
      EXPECT(create_on(device, &object, 0, stale[n], TEXTURE_2D, BGRA8888, SAMPLER, SIDE, SIDE,
                       BYTES), 0);
      CHECK(object.handle && object.handle != stale[n]);
      EXPECT(info(device, object.handle, &i), 0);
      CHECK(i.flags == 0);
      EXPECT(map_offset(device, object.handle, &offset), 0);
      close_handle(device, object.handle);
   }
   return ok;
}

/* R1: reading a protected object's pages through the device file. */
static bool
test_r1_map(void)
{
   bool ok = true;
   uint64_t offset;

   EXPECT(map_offset(device, secret.handle, &offset), -EACCES);
   EXPECT(map_offset(device, ordinary.handle, &offset), 0);
   EXPECT(dumb_map(device, secret.handle, &offset), -EACCES);
   EXPECT(dumb_map(device, ordinary.handle, &offset), 0);
   return ok;
}

/* R1: reading a protected object's pages through its dma-buf. */
static bool
test_r1_dmabuf(void)
{
   bool ok = true;
   int mine = export(device, ordinary.handle), theirs = export(device, secret.handle);
   char byte;

   CHECK(mine >= 0 && theirs >= 0);
   EXPECT(map_dmabuf(theirs), -EACCES);
   EXPECT(map_dmabuf(mine), 0);
   EXPECT(sync_dmabuf(theirs), -EACCES);
   EXPECT(sync_dmabuf(mine), 0);
   CHECK(read(theirs, &byte, 1) < 0);
   close(mine);
   close(theirs);
   return ok;
}

/* R2: drawing with a protected object in an ordinary submission. */
static bool
test_r2_ordinary_submission(void)
{
   bool ok = true;

   EXPECT(paint(device, 0, secret, 1, 0, 0), -EACCES);
   EXPECT(paint(device, 0, ordinary, 1, 0, 0), 0);
   CHECK(first_pixel(ordinary) == 0xffff0000);
   EXPECT(paint(device, VIRTGPU_EXECBUF_PROTECTED, secret, 1, 0, 0), 0);
   EXPECT(submit(0, NULL, 0), -EACCES);
   return ok;
}

/* R2: naming a protected object by its number, without saying so. */
static bool
test_r2_not_listed(void)
{
   bool ok = true;
   const uint32_t stream[] = { HEADER(CREATE_OBJECT, SAMPLER_VIEW, 6), fresh(), secret.res,
                               BGRA8888, 0, 0, 0x688 };

   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, stream, sizeof(stream), NULL, 0), -EACCES);
   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, stream, sizeof(stream), &ordinary.handle, 1),
          -EACCES);
   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, stream, sizeof(stream), &secret.handle, 1), 0);
   return ok;
}

/* R2: the host does not let an ordinary context have it either. */
static bool
test_r2_host(void)
{
   bool ok = true;
   int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
   struct object target;

   EXPECT(create_on(fd, &target, 0, 0, TEXTURE_2D, BGRA8888, RENDER_TARGET | SAMPLER, SIDE, SIDE,
                    BYTES), 0);
   const uint32_t copy[] = { HEADER(COPY_REGION, 0, 13), target.res, 0, 0, 0, 0,
                             secret.res, 0, 0, 0, 0, SIDE, SIDE, 1 };
   struct drm_virtgpu_3d_transfer_from_host from = {
      .bo_handle = target.handle, .box = { .w = SIDE, .h = SIDE, .d = 1 },
   };
   struct drm_virtgpu_3d_wait wait = { .handle = target.handle };
   struct drm_virtgpu_map map = { .handle = target.handle };

   EXPECT(paint(device, VIRTGPU_EXECBUF_PROTECTED, secret, 0, 1, 0), 0);
   EXPECT(submit_list(fd, 0, copy, sizeof(copy), &target.handle, 1), 0);
   EXPECT(try_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from), 0);
   EXPECT(try_ioctl(fd, DRM_IOCTL_VIRTGPU_WAIT, &wait), 0);
   EXPECT(try_ioctl(fd, DRM_IOCTL_VIRTGPU_MAP, &map), 0);
   uint32_t *pixels = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, map.offset);
   CHECK(pixels != MAP_FAILED && pixels[0] != 0xff00ff00);
   close(fd);
   return ok;
}

/* R3: copying a protected object to an ordinary one. */
static bool
test_r3_copy(void)
{
   bool ok = true;

   EXPECT(paint(device, 0, ordinary, 0, 0, 1), 0);
   EXPECT(paint(device, VIRTGPU_EXECBUF_PROTECTED, secret, 1, 0, 0), 0);
   EXPECT(PROTECTED(HEADER(COPY_REGION, 0, 13), ordinary.res, 0, 0, 0, 0,
                    secret.res, 0, 0, 0, 0, SIDE, SIDE, 1), -EACCES);
   EXPECT(PROTECTED(HEADER(BLIT, 0, 21), 0xf, 0, 0,
                    ordinary.res, 0, BGRA8888, 0, 0, 0, SIDE, SIDE, 1,
                    secret.res, 0, BGRA8888, 0, 0, 0, SIDE, SIDE, 1), -EACCES);
   CHECK(first_pixel(ordinary) == 0xff0000ff);

   /* The other way round, and between two of the same kind. */
   EXPECT(PROTECTED(HEADER(COPY_REGION, 0, 13), secret.res, 0, 0, 0, 0,
                    ordinary.res, 0, 0, 0, 0, SIDE, SIDE, 1), 0);
   EXPECT(PROTECTED(HEADER(BLIT, 0, 21), 0xf, 0, 0,
                    secret.res, 0, BGRA8888, 0, 0, 0, SIDE, SIDE, 1,
                    ordinary.res, 0, BGRA8888, 0, 0, 0, SIDE, SIDE, 1), 0);
   EXPECT(ORDINARY(HEADER(COPY_REGION, 0, 13), ordinary.res, 0, 0, 0, 0,
                   ordinary.res, 0, 0, 32, 0, 32, 32, 1), 0);
   return ok;
}

/* R3: drawing to an ordinary object in a protected submission. */
static bool
test_r3_draw(void)
{
   bool ok = true;

   EXPECT(paint(device, 0, ordinary, 0, 0, 1), 0);
   EXPECT(paint(device, VIRTGPU_EXECBUF_PROTECTED, ordinary, 1, 0, 0), -EACCES);
   CHECK(first_pixel(ordinary) == 0xff0000ff);
   EXPECT(paint(device, VIRTGPU_EXECBUF_PROTECTED, secret, 1, 0, 0), 0);

   EXPECT(PROTECTED(HEADER(CREATE_OBJECT, MSAA_SURFACE, 6), fresh(), ordinary.res, BGRA8888, 0, 0,
                    1), -EACCES);
   EXPECT(PROTECTED(HEADER(CLEAR_TEXTURE, 0, 12), ordinary.res, 0, 0, 0, 0, SIDE, SIDE, 1,
                    0, 0, 0, 0), -EACCES);
   EXPECT(PROTECTED(HEADER(CLEAR_TEXTURE, 0, 12), secret.res, 0, 0, 0, 0, SIDE, SIDE, 1,
                    0, 0, 0, 0), 0);
   CHECK(first_pixel(ordinary) == 0xff0000ff);
   return ok;
}

/* R3: writing from shaders to an ordinary object in a protected submission. */
static bool
test_r3_shader_writes(void)
{
   bool ok = true;

   EXPECT(PROTECTED(HEADER(SET_SHADER_BUFFERS, 0, 5), 1, 0, 0, 4096, buffer.res), -EACCES);
   EXPECT(PROTECTED(HEADER(SET_SHADER_BUFFERS, 0, 5), 1, 0, 0, 4096, secret_buffer.res), 0);
   EXPECT(PROTECTED(HEADER(SET_SHADER_BUFFERS, 0, 5), 1, 0, 0, 0, 0), 0);
   EXPECT(PROTECTED(HEADER(SET_SHADER_IMAGES, 0, 7), 1, 0, BGRA8888, 1, 0, 0, ordinary.res), -EACCES);
   EXPECT(PROTECTED(HEADER(SET_SHADER_IMAGES, 0, 7), 1, 0, BGRA8888, 2, 0, 0, ordinary.res), -EACCES);
   EXPECT(PROTECTED(HEADER(SET_SHADER_IMAGES, 0, 7), 1, 0, 0, 0, 0, 0, 0), 0);
   EXPECT(PROTECTED(HEADER(SET_ATOMIC_BUFFERS, 0, 4), 0, 0, 4096, buffer.res), -EACCES);
   EXPECT(PROTECTED(HEADER(CREATE_OBJECT, STREAMOUT_TARGET, 4), fresh(), buffer.res, 0, 4096),
          -EACCES);
   EXPECT(PROTECTED(HEADER(CREATE_OBJECT, STREAMOUT_TARGET, 4), fresh(), secret_buffer.res, 0, 4096),
          0);
   EXPECT(ORDINARY(HEADER(SET_SHADER_BUFFERS, 0, 5), 1, 0, 0, 4096, buffer.res), 0);
   EXPECT(ORDINARY(HEADER(CREATE_OBJECT, STREAMOUT_TARGET, 4), fresh(), buffer.res, 0, 4096), 0);
   return ok;
}

/* R3: what the CPU knows may be uploaded to any object. */
static bool
test_r3_uploads(void)
{
   bool ok = true;

   EXPECT(paint(device, 0, ordinary, 0, 0, 1), 0);
   EXPECT(PROTECTED(HEADER(INLINE_WRITE, 0, 12), ordinary.res, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1,
                    0x12345678), 0);
   CHECK(first_pixel(ordinary) == 0x12345678);
   EXPECT(PROTECTED(HEADER(INLINE_WRITE, 0, 12), secret.res, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1,
                    0x12345678), 0);
   EXPECT(PROTECTED(HEADER(TRANSFER3D, 0, 13), ordinary.res, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1), 0);
   EXPECT(PROTECTED(HEADER(TRANSFER3D, 0, 13), secret.res, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1), -EACCES);
   EXPECT(PROTECTED(HEADER(COPY_TRANSFER3D, 0, 14), secret.res, 0, 0, SIDE * 4, 0, 0, 0, 0, SIDE, 1,
                    1, ordinary.res, 0, 1), 0);
   return ok;
}

/* R3: parameters of draws must not come from a protected object. */
static bool
test_r3_indirect(void)
{
   bool ok = true;
   uint32_t draw[21] = { HEADER(DRAW_VBO, 0, 20), [3] = 4, [5] = 1, [18] = 1 };
   uint32_t grid[9] = { HEADER(LAUNCH_GRID, 0, 8), 1, 1, 1, 1, 1, 1 };

   draw[15] = secret_buffer.res;
   EXPECT(submit(VIRTGPU_EXECBUF_PROTECTED, draw, 21), -EACCES);
   draw[15] = buffer.res;
   draw[20] = secret_buffer.res;
   EXPECT(submit(VIRTGPU_EXECBUF_PROTECTED, draw, 21), -EACCES);
   grid[7] = secret_buffer.res;
   EXPECT(submit(VIRTGPU_EXECBUF_PROTECTED, grid, 9), -EACCES);
   return ok;
}

/* R4: asking for a protected object by ioctl. */
static bool
test_r4_transfer(void)
{
   bool ok = true;

   EXPECT(transfer(device, false, secret.handle), -EACCES);
   EXPECT(transfer(device, false, ordinary.handle), 0);
   /* Device storage has nothing to transfer from. */
   EXPECT(transfer(device, true, secret.handle), -EINVAL);
   EXPECT(transfer(device, true, ordinary.handle), 0);
   return ok;
}

/* R4: asking for any object inside a protected stream. */
static bool
test_r4_stream_transfer(void)
{
   bool ok = true;

   EXPECT(PROTECTED(HEADER(TRANSFER3D, 0, 13), secret.res, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 2),
          -EACCES);
   EXPECT(PROTECTED(HEADER(TRANSFER3D, 0, 13), ordinary.res, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 2),
          -EACCES);
   EXPECT(ORDINARY(HEADER(TRANSFER3D, 0, 13), ordinary.res, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 2), 0);
   EXPECT(PROTECTED(HEADER(COPY_TRANSFER3D, 0, 14), secret.res, 0, 0, SIDE * 4, 0, 0, 0, 0, SIDE, 1,
                    1, ordinary.res, 0, 3), -EACCES);
   EXPECT(PROTECTED(HEADER(COPY_TRANSFER3D, 0, 14), secret.res, 0, 0, SIDE * 4, 0, 0, 0, 0, SIDE, 1,
                    1, ordinary.res, 0, 5), -EINVAL);
   return ok;
}

/* R4: asking how many pixels were drawn. */
static bool
test_r4_queries(void)
{
   bool ok = true;
   uint32_t query = fresh();

   EXPECT(PROTECTED(HEADER(CREATE_OBJECT, QUERY, 4), query, 0, 0, buffer.res), -EACCES);
   EXPECT(PROTECTED(HEADER(CREATE_OBJECT, QUERY, 4), query, 0, 0, secret_buffer.res), -EACCES);
   EXPECT(PROTECTED(HEADER(BEGIN_QUERY, 0, 1), query), -EACCES);
   EXPECT(PROTECTED(HEADER(END_QUERY, 0, 1), query), -EACCES);
   EXPECT(PROTECTED(HEADER(GET_QUERY_RESULT, 0, 2), query, 1), -EACCES);
   EXPECT(PROTECTED(HEADER(GET_QUERY_RESULT_QBO, 0, 6), query, buffer.res, 1, 0, 0, 0), -EACCES);
   EXPECT(PROTECTED(HEADER(GET_MEMORY_INFO, 0, 1), buffer.res), -EACCES);
   EXPECT(ORDINARY(HEADER(CREATE_OBJECT, QUERY, 4), query, 0, 0, buffer.res,
                   HEADER(BEGIN_QUERY, 0, 1), query, HEADER(END_QUERY, 0, 1), query), 0);
   return ok;
}

/* R5: the same device gets the same object back. */
static bool
test_r5_same_device(void)
{
   bool ok = true;
   struct resource_info i;
   uint32_t handle, other_handle;
   int dmabuf = export(device, secret.handle);
   int other = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);

   EXPECT(import(device, dmabuf, &handle), 0);
   CHECK(handle == secret.handle);
   EXPECT(import(other, dmabuf, &other_handle), 0);
   EXPECT(info(other, other_handle, &i), 0);
   CHECK(i.flags == VIRTGPU_RESOURCE_INFO_PROTECTED && i.res_handle == secret.res);
   close(dmabuf);
   close(other);
   return ok;
}

/* R5: another device does not. */
static bool
test_r5_other_device(void)
{
   bool ok = true;
   int mine = export(device, ordinary.handle), theirs = export(device, secret.handle);
   int vgem = open_driver("vgem");
   uint32_t handle;

   CHECK(vgem >= 0);
   EXPECT(import(vgem, theirs, &handle), -EACCES);
   EXPECT(import(vgem, mine, &handle), 0);
   close(vgem);
   close(mine);
   close(theirs);
   return ok;
}

/* How many pixels of an ordinary object are of a colour, as the device has it. */
static unsigned
count_pixels(struct object object, uint32_t colour)
{
   unsigned count = 0;
   uint64_t offset;
   uint32_t *pixels;

   if (transfer(device, false, object.handle) || map_offset(device, object.handle, &offset))
      return ~0u;
   pixels = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, device, offset);
   if (pixels == MAP_FAILED)
      return ~0u;
   for (unsigned i = 0; i < SIDE * SIDE; i++)
      count += pixels[i] == colour;
   munmap(pixels, BYTES);
   return count;
}

/* R7: looking for what protected objects left behind in the device's storage. */
static bool
test_r7_storage(void)
{
   bool ok = true;
   struct object objects[32];

   for (size_t i = 0; i < ARRAY_LENGTH(objects); i++) {
      EXPECT(create(device, &objects[i], PROTECTED_OBJECT), 0);
      EXPECT(paint(device, VIRTGPU_EXECBUF_PROTECTED, objects[i], 1, 0, 1), 0);
   }
   for (size_t i = 0; i < ARRAY_LENGTH(objects); i++)
      close_handle(device, objects[i].handle);
   for (size_t i = 0; i < ARRAY_LENGTH(objects); i++) {
      EXPECT(create(device, &objects[i], 0), 0);
      CHECK(count_pixels(objects[i], 0xffff00ff) == 0);
   }

   EXPECT(paint(device, 0, objects[0], 1, 0, 1), 0);
   CHECK(count_pixels(objects[0], 0xffff00ff) == SIDE * SIDE);
   return ok;
}

/* R8: what is not known is refused. */
static bool
test_r8_unknown(void)
{
   bool ok = true;

   for (uint32_t command = 63; command < 256; command++)
      EXPECT(PROTECTED(HEADER(command, 0, 1), 0), -EINVAL);
   for (uint32_t object = 12; object < 256; object++)
      EXPECT(PROTECTED(HEADER(CREATE_OBJECT, object, 1), fresh()), -EINVAL);
   EXPECT(PROTECTED(HEADER(CREATE_VIDEO_CODEC, 0, 8), 1, 0, 0, 0, 0, 0, 0, 0), -EACCES);
   EXPECT(PROTECTED(HEADER(RESOURCE_CREATE, 0, 11), 2, 1, 2, 64, 64, 1, 1, 0, 0, 0, 1), -EACCES);
   EXPECT(PROTECTED(HEADER(SET_DEBUG_FLAGS, 0, 2), 0, 0), -EACCES);
   /* The object byte of a command that has none. */
   EXPECT(PROTECTED(HEADER(NOP, 1, 1), 0), -EINVAL);
   EXPECT(PROTECTED(HEADER(NOP, 0, 1), 0), 0);
   return ok;
}

/* R8: what does not parse exactly is refused. */
static bool
test_r8_malformed(void)
{
   bool ok = true;
   const uint32_t nop = HEADER(NOP, 0, 0);

   EXPECT(PROTECTED(HEADER(NOP, 0, 2), 0), -EINVAL);
   EXPECT(PROTECTED(HEADER(NOP, 0, 0xffff)), -EINVAL);
   EXPECT(PROTECTED(HEADER(CLEAR, 0, 7), 0, 0, 0, 0, 0, 0, 0), -EINVAL);
   EXPECT(PROTECTED(HEADER(CLEAR, 0, 9), 0, 0, 0, 0, 0, 0, 0, 0, 0), -EINVAL);
   EXPECT(PROTECTED(HEADER(SET_VERTEX_BUFFERS, 0, 4), 0, 0, 0, 0), -EINVAL);
   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, &nop, 3, NULL, 0), -EINVAL);
   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, &nop, 4, NULL, 0), 0);
   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED | VIRTGPU_EXECBUF_RING_IDX, &nop, 4, NULL, 0),
          -EINVAL);
   EXPECT(submit_list(device, 0x10, &nop, 4, NULL, 0), -EINVAL);

   /* As long as it may be, of nothing; and longer. */
   static const uint32_t nops[(1 << 20) / 4 + 1];

   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, nops, sizeof(nops) - 4, NULL, 0), 0);
   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, nops, sizeof(nops), NULL, 0), -E2BIG);
   return ok;
}

/* A refused submission leaves the context as it was. */
static bool
test_refusal_has_no_effect(void)
{
   bool ok = true;
   uint32_t surface = fresh();

   /* The first command alone would do; the second spoils both. */
   EXPECT(PROTECTED(HEADER(CREATE_OBJECT, SURFACE, 5), surface, secret.res, BGRA8888, 0, 0,
                    HEADER(CREATE_OBJECT, SURFACE, 5), fresh(), ordinary.res, BGRA8888, 0, 0),
          -EACCES);
   EXPECT(PROTECTED(HEADER(CREATE_OBJECT, SURFACE, 5), surface, secret.res, BGRA8888, 0, 0), 0);
   EXPECT(paint(device, VIRTGPU_EXECBUF_PROTECTED, secret, 0, 1, 0), 0);
   return ok;
}

/* Handles can be closed while submissions with them are under way. */
static bool
test_close_in_flight(void)
{
   bool ok = true;

   for (int i = 0; i < 100; i++) {
      struct object object;
      uint32_t surface = fresh();

      EXPECT(create(device, &object, PROTECTED_OBJECT), 0);
      const uint32_t stream[] = { HEADER(CREATE_OBJECT, SURFACE, 5), surface, object.res, BGRA8888,
                                  0, 0, HEADER(SET_FRAMEBUFFER, 0, 3), 1, 0, surface,
                                  HEADER(CLEAR, 0, 8), 4, 0, 0, 0, 0, 0, 0, 0,
                                  HEADER(SET_FRAMEBUFFER, 0, 2), 0, 0,
                                  HEADER(DESTROY_OBJECT, SURFACE, 1), surface };
      EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, stream, sizeof(stream), &object.handle, 1),
             0);
      close_handle(device, object.handle);
      if (!ok)
         break;
   }
   return ok;
}

struct race {
   volatile bool stop;
   volatile uint32_t *word;
   uint32_t values[2];
};

static void *
keep_changing_word(void *data)
{
   struct race *race = data;

   for (unsigned i = 0; !race->stop; i++)
      *race->word = race->values[i & 1];
   return NULL;
}

/* Changing the destination in user memory, between the check and the host. */
static bool
test_race_stream(void)
{
   bool ok = true;
   unsigned accepted = 0, refused = 0;
   pthread_t thread;

   EXPECT(paint(device, 0, ordinary, 0, 0, 1), 0);
   EXPECT(paint(device, VIRTGPU_EXECBUF_PROTECTED, secret, 1, 0, 0), 0);

   /* Much in front, so that there is time while it is copied and checked. */
   static uint32_t stream[40000];
   const uint32_t copy[] = { HEADER(COPY_REGION, 0, 13), secret.res, 0, 0, 0, 0,
                             secret.res, 0, 0, 0, 0, SIDE, SIDE, 1 };
   size_t at = ARRAY_LENGTH(stream) - ARRAY_LENGTH(copy);
   struct race race = { .word = &stream[at + 1], .values = { secret.res, ordinary.res } };

   memcpy(&stream[at], copy, sizeof(copy));
   pthread_create(&thread, NULL, keep_changing_word, &race);
   for (int i = 0; i < 400 || (i < 4000 && (!accepted || !refused)); i++) {
      int ret = submit(VIRTGPU_EXECBUF_PROTECTED, stream, ARRAY_LENGTH(stream));

      accepted += ret == 0;
      refused += ret == -EACCES;
      CHECK(ret == 0 || ret == -EACCES);
   }
   race.stop = true;
   pthread_join(thread, NULL);
   note("%u accepted, %u refused", accepted, refused);
   CHECK(accepted && refused);
   CHECK(first_pixel(ordinary) == 0xff0000ff);
   return ok;
}

static void *
keep_closing(void *data)
{
   struct race *race = data;

   while (!race->stop) {
      struct object object;

      if (create(device, &object, PROTECTED_OBJECT))
         continue;
      *race->word = object.handle;
      close_handle(device, object.handle);
      /* The number is free, and the next to be given out. */
      if (create(device, &object, 0))
         continue;
      close_handle(device, object.handle);
   }
   return NULL;
}

/* Closing a handle, and using its number again, while it is submitted. */
static bool
test_race_handle(void)
{
   bool ok = true;
   struct race race = { .word = (uint32_t[1]){ secret.handle } };
   const uint32_t nop = HEADER(NOP, 0, 0);
   pthread_t thread;

   pthread_create(&thread, NULL, keep_closing, &race);
   for (int i = 0; i < 1000; i++) {
      uint32_t handle = *race.word;
      int ret = submit_list(device, i & 1 ? VIRTGPU_EXECBUF_PROTECTED : 0, &nop, 4, &handle, 1);

      CHECK(ret == 0 || ret == -ENOENT || (ret == -EACCES && !(i & 1)));
   }
   race.stop = true;
   pthread_join(thread, NULL);
   return ok;
}

/* A TEE's dma-buf is imported as memory, typed, and transferred. */
static bool
test_memory_import(void)
{
   bool ok = true;
   struct resource_info i;
   struct object luma, chroma;
   uint32_t memory, uv = 256 * 64;
   struct stat a, b;
   int dmabuf = alloc_protected(256 * 128), again;

   CHECK(dmabuf >= 0);

   EXPECT(import(device, dmabuf, &memory), 0);
   EXPECT(info(device, memory, &i), 0);
   CHECK(i.flags == VIRTGPU_RESOURCE_INFO_PROTECTED && i.res_handle == 0 && i.size == 256 * 128);

   again = export(device, memory);
   CHECK(again >= 0 && !fstat(dmabuf, &a) && !fstat(again, &b) && a.st_ino == b.st_ino);

   EXPECT(create_on(device, &luma, PROTECTED_OBJECT, memory, TEXTURE_2D, R8, SAMPLER,
                    200, 64, 0), 0);
   EXPECT(create_on(device, &chroma, PROTECTED_OBJECT, memory, TEXTURE_2D, 65,
                    SAMPLER, 100, 32, 0), 0);
   EXPECT(info(device, luma.handle, &i), 0);
   CHECK(i.flags == VIRTGPU_RESOURCE_INFO_PROTECTED && i.res_handle == luma.res);

   struct drm_virtgpu_3d_transfer_to_host y = {
      .bo_handle = luma.handle, .box = { .w = 200, .h = 64, .d = 1 }, .stride = 256,
   }, c = {
      .bo_handle = chroma.handle, .box = { .w = 100, .h = 32, .d = 1 }, .offset = uv, .stride = 256,
   }, bad;
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &y), 0);
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &c), 0);
   EXPECT(wait_for(device, chroma.handle), 0);

   /* The last line ends where the memory does. */
   c.offset = 256 * 128 - 31 * 256 - 200;
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &c), 0);
   bad = c, bad.offset++;
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &bad), -EINVAL);

   /* Outside the memory, outside the object, and around the end of numbers. */
   bad = c, bad.offset = 256 * 128;
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &bad), -EINVAL);
   bad = c, bad.offset = ~0u;
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &bad), -EINVAL);
   bad = c, bad.stride = 199;
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &bad), -EINVAL);
   bad = c, bad.stride = ~0u;
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &bad), -EINVAL);
   bad = c, bad.layer_stride = 1;
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &bad), -EINVAL);
   bad = c, bad.box.w = 101;
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &bad), -EINVAL);
   bad = c, bad.box.y = ~0u;
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &bad), -EINVAL);
   bad = c, bad.level = 1;
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &bad), -EINVAL);

   /* A memory object can do nothing else. */
   uint64_t offset;
   const uint32_t nop = HEADER(NOP, 0, 0);
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &y), -EACCES);
   EXPECT(transfer(device, false, memory), -EACCES);
   EXPECT(transfer(device, true, memory), -EINVAL);
   EXPECT(map_offset(device, memory, &offset), -EACCES);
   EXPECT(dumb_map(device, memory, &offset), -EACCES);
   EXPECT(map_offset(device, luma.handle, &offset), -EACCES);
   EXPECT(submit_list(device, 0, &nop, 4, &memory, 1), -EACCES);
   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, &nop, 4, &memory, 1), -EINVAL);
   CHECK(map_dmabuf(dmabuf) < 0);

   /* Both planes in one submission. What transfers read from is nothing that streams do. */
   const uint32_t planes[] = { luma.handle, chroma.handle, ordinary.handle };
   uint32_t copy[] = { HEADER(COPY_TRANSFER3D, 0, 14), ordinary.res, 0, 0, 256, 0, 0, 0, 0,
                       SIDE, 1, 1, luma.res, 0, 1 };
   const uint32_t to_host[] = { HEADER(TRANSFER3D, 0, 13), luma.res, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1 };
   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, &nop, 4, planes, 3), 0);
   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, copy, sizeof(copy), planes, 3), -EACCES);
   copy[1] = chroma.res;
   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, copy, sizeof(copy), planes, 3), -EACCES);
   EXPECT(submit_list(device, VIRTGPU_EXECBUF_PROTECTED, to_host, sizeof(to_host), planes, 3), -EACCES);

   /* The planes keep the memory. */
   close_handle(device, memory);
   close(again);
   close(dmabuf);
   EXPECT(try_ioctl(device, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &y), 0);
   close_handle(device, luma.handle);
   close_handle(device, chroma.handle);
   return ok;
}

/* The heap gets its memory back when everything is closed. */
static bool
test_memory_comes_back(void)
{
   bool ok = true;

   for (int i = 0; i < 64; i++) {
      int dmabuf = alloc_protected(8 << 20);
      struct object object;
      uint32_t memory;

      for (int tries = 0; dmabuf == -ENOMEM && tries < 100; tries++) {
         /* What is not needed any more goes when the host has answered. */
         poll(NULL, 0, 10);
         dmabuf = alloc_protected(8 << 20);
      }
      CHECK(dmabuf >= 0);
      EXPECT(import(device, dmabuf, &memory), 0);
      EXPECT(create_on(device, &object, PROTECTED_OBJECT, memory, TEXTURE_2D,
                       BGRA8888, SAMPLER, 1024, 1024, 0), 0);
      close_handle(device, memory);
      close_handle(device, object.handle);
      close(dmabuf);
      if (!ok)
         break;
   }
   return ok;
}

/* A fence that is signalled when we say so, as a program's that is about to write: vgem has such, for ten seconds. */
struct writer {
   int vgem;
   uint32_t fence;
};

static bool
begin_to_write(struct writer *writer, int dmabuf)
{
   struct drm_mode_create_dumb buffer = { .width = SIDE, .height = SIDE, .bpp = 32 };
   struct drm_vgem_fence_attach attach = { .flags = VGEM_FENCE_WRITE };
   struct dma_buf_export_sync_file fence = { .flags = DMA_BUF_SYNC_READ };
   struct dma_buf_import_sync_file write = { .flags = DMA_BUF_SYNC_WRITE };
   int exported;
   bool done;

   writer->vgem = open_driver("vgem");
   if (writer->vgem < 0 || try_ioctl(writer->vgem, DRM_IOCTL_MODE_CREATE_DUMB, &buffer))
      return false;
   attach.handle = buffer.handle;
   exported = export(writer->vgem, buffer.handle);
   if (exported < 0 || try_ioctl(writer->vgem, DRM_IOCTL_VGEM_FENCE_ATTACH, &attach) ||
       try_ioctl(exported, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &fence))
      return false;
   writer->fence = attach.out_fence;
   write.fd = fence.fd;
   done = !try_ioctl(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &write);
   close(fence.fd);
   close(exported);
   return done;
}

static void
end_writing(const struct writer *writer)
{
   struct drm_vgem_fence_signal signal = { .fence = writer->fence };

   try_ioctl(writer->vgem, DRM_IOCTL_VGEM_FENCE_SIGNAL, &signal);
   close(writer->vgem);
}

/* Whom one has to wait for who wants to write next. */
static int
users_of(int dmabuf)
{
   struct dma_buf_export_sync_file users = { .flags = DMA_BUF_SYNC_WRITE };
   struct sync_file_info info = { 0 };
   int ret = try_ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &users);

   if (ret)
      return ret;
   ret = try_ioctl(users.fd, SYNC_IOC_FILE_INFO, &info);
   close(users.fd);
   return ret ? ret : (int)info.num_fences;
}

/* What waits for the writer. */
struct waiting {
   uint32_t object, fb, crtc, connector;
   pthread_t thread;
   int ret;
   atomic_bool done;
};

static void *
transfer_in_turn(void *arg)
{
   struct waiting *w = arg;

   w->ret = transfer(device, true, w->object);
   atomic_store(&w->done, true);
   return NULL;
}

static void *
flip_in_turn(void *arg)
{
   struct waiting *w = arg;

   w->ret = set_crtc(device, w->crtc, w->connector, w->fb, 640, 480);
   atomic_store(&w->done, true);
   return NULL;
}

/* Transfers and flips read the memory after those who write to it, and before those who do next. */
static bool
test_memory_fences(void)
{
   static void *(*const all[])(void *) = { transfer_in_turn, flip_in_turn };
   bool ok = true;
   int dmabuf = alloc_protected(640 * 480 * 4);
   struct waiting w = { 0 };
   struct object object;
   uint32_t memory;

   CHECK(dmabuf >= 0);
   CHECK(!find_display(device, &w.crtc, &w.connector));
   EXPECT(import(device, dmabuf, &memory), 0);
   EXPECT(add_fb(device, memory, 640, 480, 0, 640 * 4, &w.fb), 0);
   EXPECT(create_on(device, &object, PROTECTED_OBJECT, memory, TEXTURE_2D, BGRA8888,
                    SAMPLER, SIDE, SIDE, 0), 0);
   w.object = object.handle;
   for (size_t i = 0; i < ARRAY_LENGTH(all); i++) {
      struct pollfd all_done = { .fd = dmabuf, .events = POLLOUT };
      struct writer writer;

      CHECK(begin_to_write(&writer, dmabuf));
      atomic_store(&w.done, false);
      pthread_create(&w.thread, NULL, all[i], &w);
      poll(NULL, 0, 300);
      CHECK(!atomic_load(&w.done));
      /* The writer, and the device, which has not been told to read yet. */
      EXPECT(users_of(dmabuf), 2);
      end_writing(&writer);
      pthread_join(w.thread, NULL);
      EXPECT(w.ret, 0);
      CHECK(poll(&all_done, 1, 5000) == 1);
   }
   close(dmabuf);
   return ok;
}

/* R6: a protected object, and protected memory, can be shown. */
static bool
test_r6_scan_out(void)
{
   bool ok = true;
   int dmabuf = alloc_protected(256 * SIDE), exported = export(device, secret.handle);
   uint32_t handle, memory, fb;
   struct drm_mode_fb_cmd back;
   struct resource_info i;

   int card = open_driver("virtio_gpu");
   CHECK(card >= 0);
   EXPECT(import(card, exported, &handle), 0);
   EXPECT(add_fb(card, handle, SIDE, SIDE, 0, SIDE * 4, &fb), 0);
   EXPECT(try_ioctl(card, DRM_IOCTL_MODE_RMFB, &fb), 0);
   close(exported);

   CHECK(dmabuf >= 0);
   EXPECT(import(card, dmabuf, &memory), 0);
   EXPECT(add_fb(card, memory, SIDE, SIDE, 0, 256, &fb), 0);

   /* What a framebuffer gives back is protected, too. */
   back = (struct drm_mode_fb_cmd){ .fb_id = fb };
   EXPECT(try_ioctl(card, DRM_IOCTL_MODE_GETFB, &back), 0);
   if (back.handle) {
      EXPECT(info(card, back.handle, &i), 0);
      CHECK(i.flags == VIRTGPU_RESOURCE_INFO_PROTECTED);
   }

   /* Two of the same memory can be in one submission. */
   uint32_t second, handles[2] = { back.handle };
   const uint32_t nothing[] = { HEADER(NOP, 0, 0) };

   EXPECT(add_fb(card, memory, SIDE, SIDE, 0, 256, &second), 0);
   back = (struct drm_mode_fb_cmd){ .fb_id = second };
   EXPECT(try_ioctl(card, DRM_IOCTL_MODE_GETFB, &back), 0);
   handles[1] = back.handle;
   CHECK(handles[0] && handles[1] && handles[0] != handles[1]);
   EXPECT(submit_list(card, VIRTGPU_EXECBUF_PROTECTED, nothing, sizeof(nothing), handles, 2), 0);
   EXPECT(try_ioctl(card, DRM_IOCTL_MODE_RMFB, &fb), 0);
   EXPECT(try_ioctl(card, DRM_IOCTL_MODE_RMFB, &second), 0);

   EXPECT(add_fb(card, memory, SIDE, SIDE, 4, 256, &fb), -EINVAL);
   EXPECT(add_fb(card, memory, SIDE, SIDE + 1, 0, 256, &fb), -EINVAL);
   EXPECT(add_fb(card, memory, SIDE, SIDE, 0, 252, &fb), -EINVAL);
   EXPECT(add_fb(card, memory, SIDE, SIDE, 1u << 31, 256, &fb), -EINVAL);
   close(dmabuf);
   close(card);
   return ok;
}

static const struct {
   const char *name;
   bool (*run)(void);
} all[] = {
   { "param: the kernel has protected content", test_param },
   { "info: an object says whether it is protected", test_info },
   { "create: only what a protected object is for", test_create },
   { "create: an ordinary object, whatever bo_handle says", test_create_stale_handle },
   { "R1: no mapping by map ioctl nor by dumb map", test_r1_map },
   { "R1: no CPU access through the dma-buf", test_r1_dmabuf },
   { "R2: an ordinary submission cannot name a protected object", test_r2_ordinary_submission },
   { "R2: a stream cannot name what the submission does not", test_r2_not_listed },
   { "R2: the host's ordinary context does not have it", test_r2_host },
   { "R3: no copy to an ordinary object", test_r3_copy },
   { "R3: no drawing to an ordinary object", test_r3_draw },
   { "R3: no shader writes to an ordinary object", test_r3_shader_writes },
   { "R3: uploads are allowed", test_r3_uploads },
   { "R3: no parameters from a protected object", test_r3_indirect },
   { "R4: no transfer from the device by ioctl", test_r4_transfer },
   { "R4: no transfer from the device in a stream", test_r4_stream_transfer },
   { "R4: no results of queries", test_r4_queries },
   { "R5: the same device gets the same object back", test_r5_same_device },
   { "R5: another device cannot attach", test_r5_other_device },
   { "R6: scan-out is allowed", test_r6_scan_out },
   { "R7: storage is handed out without old content", test_r7_storage },
   { "R8: the unknown is refused", test_r8_unknown },
   { "R8: the malformed is refused", test_r8_malformed },
   { "refusal: has no effect", test_refusal_has_no_effect },
   { "close: while submissions are under way", test_close_in_flight },
   { "race: changing a stream while it is checked", test_race_stream },
   { "race: closing handles while they are submitted", test_race_handle },
   { "memory: a protected dma-buf is imported, typed, transferred", test_memory_import },
   { "memory: is read after those who write to it", test_memory_fences },
   { "memory: comes back", test_memory_comes_back },
};

/* A file for each test: the host gives up on a context that makes an error. */
static bool
set_up(void)
{
   /* The card's node, since dumb buffers are none of a render node's business. */
   device = open_driver("virtio_gpu");
   return device >= 0 && !create(device, &ordinary, 0) &&
          !create(device, &secret, PROTECTED_OBJECT) &&
          !create_buffer(device, &buffer, 0) &&
          !create_buffer(device, &secret_buffer, PROTECTED_OBJECT);
}

static bool
wanted(const char *name, int argc, char **argv)
{
   for (int i = 1; i < argc; i++) {
      if (!strncmp(name, argv[i], strlen(argv[i])))
         return true;
   }
   return argc < 2;
}

int
main(int argc, char **argv)
{
   for (size_t i = 0; i < ARRAY_LENGTH(all); i++) {
      if (!wanted(all[i].name, argc, argv))
         continue;
      if (!set_up()) {
         return tap_bail_out("no virtio-gpu with protected content: %s", strerror(errno));
      }
      ok(all[i].run(), "%s", all[i].name);
      close(device);
   }
   return tap_end();
}
