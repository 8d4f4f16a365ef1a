/* SPDX-License-Identifier: MIT */
/*
 * virtio-gpu by raw ioctls, for tests that do what no driver would. Results are the kernel's: 0 or
 * a negative errno.
 */
#ifndef GPU_H
#define GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <drm/drm.h>
#include <drm/virtgpu_drm.h>

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

/* What the kernel's header has when it is ours, for when it is not. */
#ifndef VIRTGPU_EXECBUF_PROTECTED
#define VIRTGPU_EXECBUF_PROTECTED 0x08
#define VIRTGPU_PARAM_PROTECTED_CONTENT 10
#define VIRTGPU_RESOURCE_INFO_PROTECTED 0x1
#endif

struct resource_create_protected {
   uint32_t target, format, bind, width, height, depth, array_size, last_level, nr_samples, flags,
      memory_handle, size, bo_handle, res_handle;
};

struct resource_info {
   uint32_t bo_handle, res_handle, size, blob_mem, flags, pad;
};
#define IOCTL_RESOURCE_CREATE_PROTECTED \
   DRM_IOWR(DRM_COMMAND_BASE + 0x0c, struct resource_create_protected)
#define IOCTL_RESOURCE_INFO \
   DRM_IOWR(DRM_COMMAND_BASE + DRM_VIRTGPU_RESOURCE_INFO, struct resource_info)

/* Of the virgl protocol: commands, objects, formats, targets, binds. */
enum { NOP, CREATE_OBJECT, BIND_OBJECT, DESTROY_OBJECT, SET_VIEWPORT, SET_FRAMEBUFFER,
       SET_VERTEX_BUFFERS, CLEAR, DRAW_VBO, INLINE_WRITE, SET_SAMPLER_VIEWS, SET_INDEX_BUFFER,
       SET_CONSTANT_BUFFER, BLIT = 16, COPY_REGION, BIND_SAMPLER_STATES, BEGIN_QUERY, END_QUERY,
       GET_QUERY_RESULT, SET_STREAMOUT_TARGETS = 25, SET_RENDER_CONDITION, SET_UNIFORM_BUFFER,
       SET_SUB_CTX, CREATE_SUB_CTX, DESTROY_SUB_CTX, BIND_SHADER, SET_SHADER_BUFFERS = 34,
       SET_SHADER_IMAGES, LAUNCH_GRID = 37, SET_ATOMIC_BUFFERS = 40, SET_DEBUG_FLAGS,
       GET_QUERY_RESULT_QBO, TRANSFER3D, COPY_TRANSFER3D = 45, CLEAR_TEXTURE = 47, RESOURCE_CREATE,
       RESOURCE_SET_TYPE, GET_MEMORY_INFO, CREATE_VIDEO_CODEC = 53 };
enum { SAMPLER_VIEW = 6, SURFACE = 8, QUERY, STREAMOUT_TARGET, MSAA_SURFACE };
enum { BGRA8888 = 1, BGRX8888 = 2, R8 = 64 };
enum { BUFFER = 0, TEXTURE_2D = 2 };
enum { RENDER_TARGET = 1 << 1, SAMPLER = 1 << 3, VERTEX_BUFFER = 1 << 4, STREAM_OUTPUT = 1 << 11,
       SHADER_BUFFER = 1 << 14, CUSTOM = 1 << 17, SCANOUT = 1 << 18 };

#define HEADER(command, object, length) \
   ((uint32_t)(command) | (uint32_t)(object) << 8 | (uint32_t)(length) << 16)

/* Textures of these tests are squares of 4-byte pixels. */
#define SIDE 64u
#define BYTES (SIDE * SIDE * 4)

struct object {
   uint32_t handle; /* GEM */
   uint32_t res;    /* what streams call it */
};

int try_ioctl(int fd, unsigned long request, void *arg);

/* The name of a result; two are remembered. */
const char *result_name(int result);

/*
 * RESOURCE_CREATE, or with PROTECTED_OBJECT among the protocol's flags RESOURCE_CREATE_PROTECTED; memory is the handle of
 * a memory object, or 0.
 */
#define PROTECTED_OBJECT (1u << 31)
int create_on(int fd, struct object *object, uint32_t flags, uint32_t memory, uint32_t target,
              uint32_t format, uint32_t bind, uint32_t width, uint32_t height, uint32_t size);
/* A texture that can be drawn to, drawn from, and shown; a buffer of a page. */
int create(int fd, struct object *object, uint32_t flags);
int create_buffer(int fd, struct object *object, uint32_t flags);
void close_handle(int fd, uint32_t handle);
int wait_for(int fd, uint32_t handle);
int info(int fd, uint32_t handle, struct resource_info *i);

int submit_list(int fd, uint32_t flags, const void *stream, size_t size, const uint32_t *handles,
                unsigned count);

/* Object handles of the host's contexts: one for each creation. */
uint32_t fresh(void);

/* Fills a texture with a colour by drawing, in a submission of these flags. */
int paint(int fd, uint32_t flags, struct object object, float r, float g, float b);

/* Puts a word into each pixel of a texture that create() made, in a submission of these flags. */
int fill_texture(int fd, uint32_t flags, struct object object, uint32_t word);

/* Of a whole texture. */
int transfer(int fd, bool to_host, uint32_t handle);
int map_offset(int fd, uint32_t handle, uint64_t *offset);
int dumb_map(int fd, uint32_t handle, uint64_t *offset);

/* export: a dma-buf, or a negative errno. */
int export(int fd, uint32_t handle);
int import(int fd, int dmabuf, uint32_t *handle);
int map_dmabuf(int dmabuf);
int sync_dmabuf(int dmabuf);

/* A dma-buf of the TEE's heap for video, or a negative errno. */
int alloc_protected(size_t size);

/* The largest one there is, in steps of a MiB. */
uint64_t largest_protected(void);

/*
 * Waits until it is of this size again; after ten seconds, says what it is and gives up. The driver gives memory
 * back once the device has answered, which nobody can wait for.
 */
bool protected_is_free(uint64_t size);

/* Opens the card of a driver; -1: there is none. */
int open_driver(const char *name);

/* The first CRTC and the first connector of a card. -ENODEV: it has none. */
int find_display(int fd, uint32_t *crtc, uint32_t *connector);

/* Shows a framebuffer that fills the display, in a mode of its size. */
int set_crtc(int fd, uint32_t crtc, uint32_t connector, uint32_t fb, uint32_t width,
             uint32_t height);

int add_fb(int fd, uint32_t handle, uint32_t width, uint32_t height, uint32_t offset, uint32_t pitch,
           uint32_t *id);

#endif
