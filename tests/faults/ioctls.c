/* SPDX-License-Identifier: MIT */
/*
 * Random sequences of every ioctl that protected buffers can meet, from several processes that share
 * them: virtio-gpu's, PRIME, dma-buf, mode setting, dma-heap, udmabuf and the TEE's. Whatever can be
 * mapped or read is searched for the content of the protected objects.
 *
 * ioctls [COUNT [SEED]]: COUNT calls a process. The same seed makes the same calls; how those of the
 * processes mix is the scheduler's.
 *
 * A control comes first: with the same content in ordinary objects, it is found.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <drm/drm_fourcc.h>
#include <drm/drm_mode.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/tee.h>
#include <linux/udmabuf.h>
#include <xf86drm.h>

#include "gpu.h"
#include "restricted.h"
#include "tap.h"
#include "uapi.h"

#define PROCESSES 3

/* Every byte of the objects to look for, which nothing else here has; another in the control, since the
 * device hands out ordinary storage as it got it back. */
static uint8_t secret;
#define SECRET_RUN 16

static const char *const heaps[] = {
	"/dev/dma_heap/protected,secure-video",
	"/dev/dma_heap/protected,trusted-ui",
	"/dev/dma_heap/protected,secure-video-record",
	"/dev/dma_heap/system",
};

/* What one process has. */
struct world {
	uint64_t random;
	int drm[3];	 /* files of the device, the first with the display */
	int buffers[12]; /* dma-bufs, memfds, fences */
	int tee, udmabuf, heap[ARRAY_LENGTH(heaps)];
	uint32_t resources; /* the highest number of a resource seen */
	uint32_t fbs;	    /* the same of framebuffers */
	uint32_t crtc, connector;
	int memory; /* restricted memory with the secret, or -1 */
	bool protected; /* whether objects with it are */
	unsigned long called, worked, placed; /* calls; those that succeeded; after how many it was placed last */
	bool found;
};

static uint32_t rnd(struct world *w)
{
	w->random = w->random * 6364136223846793005u + 1442695040888963407u;
	return w->random >> 33;
}

static uint32_t below(struct world *w, uint32_t limit)
{
	return rnd(w) % limit;
}

static bool one_in(struct world *w, uint32_t n)
{
	return below(w, n) == 0;
}

/* Any number, now and then; else the one that makes sense. */
static uint32_t mostly(struct world *w, uint32_t value)
{
	static const uint32_t odd[] = { 0, 1, 0xffffffff, 0x80000000, 0x7fffffff, 4096, 0xfffff000 };

	if (!one_in(w, 16))
		return value;
	return one_in(w, 2) ? odd[below(w, ARRAY_LENGTH(odd))] : rnd(w);
}

static int call(struct world *w, int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	w->called++;
	w->worked += ret >= 0;
	return ret;
}

static int any_drm(struct world *w) { return w->drm[below(w, ARRAY_LENGTH(w->drm))]; }
static int any_buffer(struct world *w) { return w->buffers[below(w, ARRAY_LENGTH(w->buffers))]; }
/* Handles are small numbers, used again when closed. */
static uint32_t any_handle(struct world *w) { return mostly(w, 1 + below(w, 12)); }
/* The newest are the most likely to be alive; the first have the secret. */
static uint32_t any_resource(struct world *w)
{
	return mostly(w, one_in(w, 2) ? 1 + below(w, 16) : 1 + below(w, w->resources + 1));
}

static void keep(struct world *w, int fd)
{
	int *slot = &w->buffers[below(w, ARRAY_LENGTH(w->buffers))];

	if (fd < 0)
		return;
	close(*slot);
	*slot = fd;
}

/* A page at a time: a part of a mapping may not be there. */
static void search(struct world *w, const uint8_t *bytes, size_t length)
{
	unsigned run = 0;

	for (size_t i = 0; i < length && !w->found; i++) {
		run = bytes[i] == secret ? run + 1 : 0;
		w->found = run == SECRET_RUN;
	}
}

static void search_mapping(struct world *w, int fd, uint64_t offset)
{
	uint8_t *bytes = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, offset), copy[4096];
	int through[2];

	if (bytes == MAP_FAILED)
		return;
	/* The kernel reads it for us, and says EFAULT where we would get SIGBUS. */
	if (!pipe2(through, O_CLOEXEC | O_NONBLOCK)) {
		if (write(through[1], bytes, sizeof(copy)) == (ssize_t)sizeof(copy) &&
		    read(through[0], copy, sizeof(copy)) == (ssize_t)sizeof(copy))
			search(w, copy, sizeof(copy));
		close(through[0]);
		close(through[1]);
	}
	munmap(bytes, BYTES);
}

static void create_resource(struct world *w)
{
	bool buffer = one_in(w, 3);
	struct drm_virtgpu_resource_create args = {
		.target = mostly(w, buffer ? BUFFER : TEXTURE_2D), .format = mostly(w, buffer ? R8 : BGRX8888),
		.bind = mostly(w, buffer ? VERTEX_BUFFER : RENDER_TARGET | SAMPLER | SCANOUT),
		.width = mostly(w, buffer ? BYTES : SIDE), .height = mostly(w, buffer ? 1 : SIDE),
		.depth = 1, .array_size = mostly(w, 1), .flags = mostly(w, 0), .size = BYTES,
	};
	struct resource_create_protected protected = {
		.target = args.target, .format = args.format, .bind = args.bind, .width = args.width,
		.height = args.height, .depth = 1, .array_size = args.array_size, .flags = args.flags,
		.memory_handle = one_in(w, 4) ? any_handle(w) : 0, .size = BYTES,
	};
	uint32_t number;

	/* The device has to find the memory for what is odd. */
	if (args.width > 4096 * 4 || args.height > 4096 || args.array_size > 64)
		return;
	if (one_in(w, 2) ? call(w, any_drm(w), IOCTL_RESOURCE_CREATE_PROTECTED, &protected)
			 : call(w, any_drm(w), DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &args))
		return;
	number = args.res_handle ?: protected.res_handle;
	if (number > w->resources)
		w->resources = number;
}

static void create_blob(struct world *w)
{
	struct drm_virtgpu_resource_create_blob args = {
		.blob_mem = mostly(w, 1 + below(w, 3)), .blob_flags = mostly(w, below(w, 8)),
		.size = mostly(w, 1) == 1 ? BYTES : 4096ull * below(w, 64), .blob_id = below(w, 4),
	};

	if (!call(w, any_drm(w), DRM_IOCTL_VIRTGPU_RESOURCE_CREATE_BLOB, &args) &&
	    args.res_handle > w->resources)
		w->resources = args.res_handle;
}

static void map_object(struct world *w)
{
	struct drm_virtgpu_map args = { .handle = any_handle(w) };
	int fd = any_drm(w);

	if (!call(w, fd, DRM_IOCTL_VIRTGPU_MAP, &args))
		search_mapping(w, fd, args.offset);
}

static void map_as_dumb(struct world *w)
{
	struct drm_mode_map_dumb args = { .handle = any_handle(w) };
	int fd = any_drm(w);

	if (!call(w, fd, DRM_IOCTL_MODE_MAP_DUMB, &args))
		search_mapping(w, fd, args.offset);
}

static void map_anywhere(struct world *w)
{
	search_mapping(w, any_drm(w), 0x10000000ull + 4096ull * below(w, 4096));
}

static void ask_of_object(struct world *w)
{
	struct drm_virtgpu_resource_info args = { .bo_handle = any_handle(w) };

	call(w, any_drm(w), DRM_IOCTL_VIRTGPU_RESOURCE_INFO, &args);
}

static void transfer_object(struct world *w)
{
	/* Both directions have the same arguments. */
	struct drm_virtgpu_3d_transfer_to_host args = {
		.bo_handle = any_handle(w),
		.box = { .w = mostly(w, SIDE), .h = mostly(w, SIDE), .d = mostly(w, 1) },
		.level = mostly(w, 0), .offset = mostly(w, 0),
	};

	call(w, any_drm(w), one_in(w, 2) ? DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST
					 : DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &args);
}

/* What the device has of an object, as an ordinary program reads it. */
static void read_object(struct world *w)
{
	struct drm_virtgpu_3d_transfer_from_host get = {
		.bo_handle = any_handle(w), .box = { .w = SIDE, .h = SIDE, .d = 1 },
	};
	struct drm_virtgpu_3d_wait wait = { .handle = get.bo_handle };
	struct drm_virtgpu_map args = { .handle = get.bo_handle };
	int fd = any_drm(w);

	call(w, fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &get);
	call(w, fd, DRM_IOCTL_VIRTGPU_WAIT, &wait);
	if (!call(w, fd, DRM_IOCTL_VIRTGPU_MAP, &args))
		search_mapping(w, fd, args.offset);
}

static unsigned add_command(struct world *w, uint32_t *s)
{
	uint32_t to = any_resource(w), from = any_resource(w), surface = 1 + below(w, 1000);

	switch (below(w, 7)) {
	case 0: {
		const uint32_t copy[] = { HEADER(COPY_REGION, 0, 13), to, 0, 0, 0, 0,
					  from, 0, 0, 0, 0, SIDE, SIDE, 1 };
		memcpy(s, copy, sizeof(copy));
		return ARRAY_LENGTH(copy);
	}
	case 1: {
		const uint32_t draw[] = {
			HEADER(CREATE_OBJECT, SURFACE, 5), surface, to, BGRX8888, 0, 0,
			HEADER(SET_FRAMEBUFFER, 0, 3), 1, 0, surface,
			HEADER(CLEAR, 0, 8), 4, 0, 0, 0, 0, 0, 0, 0,
			HEADER(SET_FRAMEBUFFER, 0, 2), 0, 0,
			HEADER(DESTROY_OBJECT, SURFACE, 1), surface };
		memcpy(s, draw, sizeof(draw));
		return ARRAY_LENGTH(draw);
	}
	case 2: {
		const uint32_t get[] = { HEADER(TRANSFER3D, 0, 13), to, 0, 0, SIDE * 4, 0,
					 0, 0, 0, SIDE, SIDE, 1, 0, 1 + below(w, 2) };
		memcpy(s, get, sizeof(get));
		return ARRAY_LENGTH(get);
	}
	case 3: {
		const uint32_t put[] = { HEADER(COPY_TRANSFER3D, 0, 14), to, 0, 0, SIDE * 4, 0,
					 0, 0, 0, SIDE, SIDE, 1, from, 0, mostly(w, 1) & 3 };
		memcpy(s, put, sizeof(put));
		return ARRAY_LENGTH(put);
	}
	case 4: {
		const uint32_t blit[] = { HEADER(BLIT, 0, 21), 0xf, 0, 0,
					  to, 0, BGRX8888, 0, 0, 0, SIDE, SIDE, 1,
					  from, 0, BGRX8888, 0, 0, 0, SIDE, SIDE, 1 };
		memcpy(s, blit, sizeof(blit));
		return ARRAY_LENGTH(blit);
	}
	case 5: {
		const uint32_t clear[] = { HEADER(CLEAR_TEXTURE, 0, 12), to, 0, 0, 0, 0,
					   SIDE, SIDE, 1, 0, 0, 0, 0 };
		memcpy(s, clear, sizeof(clear));
		return ARRAY_LENGTH(clear);
	}
	default: {
		/* Any command, short. */
		uint32_t length = below(w, 24);

		s[0] = HEADER(below(w, 70), below(w, 14), length);
		for (uint32_t i = 1; i <= length; i++)
			s[i] = one_in(w, 2) ? any_resource(w) : below(w, SIDE);
		return 1 + length;
	}
	}
}

static void submit(struct world *w)
{
	uint32_t stream[128], handles[8], words = 0;
	struct drm_virtgpu_execbuffer args = {
		.flags = mostly(w, one_in(w, 2) ? VIRTGPU_EXECBUF_PROTECTED : 0),
		.command = (uintptr_t)stream, .bo_handles = (uintptr_t)handles,
		.num_bo_handles = below(w, ARRAY_LENGTH(handles) + 1), .fence_fd = any_buffer(w),
	};

	/* An unprotected context takes what it is given, and so would the host's: only what is well-formed
	 * goes there, or this would be a test of the host. */
	for (unsigned n = 1 + below(w, 4); n; n--) {
		unsigned added = add_command(w, &stream[words]);

		if ((args.flags & VIRTGPU_EXECBUF_PROTECTED) ||
		    (stream[words] & 0xff) == COPY_REGION || (stream[words] & 0xff) == CREATE_OBJECT)
			words += added;
	}
	args.size = words * 4;
	for (unsigned i = 0; i < ARRAY_LENGTH(handles); i++)
		handles[i] = any_handle(w);
	if (one_in(w, 8))
		args.flags |= VIRTGPU_EXECBUF_FENCE_FD_OUT;
	if (!call(w, any_drm(w), DRM_IOCTL_VIRTGPU_EXECBUFFER, &args) &&
	    (args.flags & VIRTGPU_EXECBUF_FENCE_FD_OUT))
		keep(w, args.fence_fd);
}

static void export_object(struct world *w)
{
	struct drm_prime_handle args = {
		.handle = any_handle(w), .flags = mostly(w, DRM_CLOEXEC | DRM_RDWR),
	};

	if (!call(w, any_drm(w), DRM_IOCTL_PRIME_HANDLE_TO_FD, &args))
		keep(w, args.fd);
}

static void import_buffer(struct world *w)
{
	struct drm_prime_handle args = { .fd = any_buffer(w) };

	call(w, any_drm(w), DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);
}

static void close_object(struct world *w)
{
	struct drm_gem_close args = { .handle = any_handle(w) };

	/* Seldom, or there would be little left to work on. */
	if (one_in(w, 3))
		call(w, any_drm(w), DRM_IOCTL_GEM_CLOSE, &args);
}

static void flink(struct world *w)
{
	struct drm_gem_flink name = { .handle = any_handle(w) };
	struct drm_gem_open open = { 0 };

	if (call(w, any_drm(w), DRM_IOCTL_GEM_FLINK, &name))
		return;
	open.name = name.name;
	call(w, any_drm(w), DRM_IOCTL_GEM_OPEN, &open);
}

static void access_buffer(struct world *w)
{
	struct dma_buf_sync sync = { .flags = mostly(w, below(w, 8)) };
	struct dma_buf_export_sync_file fence = { .flags = mostly(w, 1 + below(w, 3)) };
	int fd = any_buffer(w);
	uint8_t bytes[4096];
	ssize_t got;

	switch (below(w, 5)) {
	case 0:
		search_mapping(w, fd, 4096ull * below(w, 2));
		break;
	case 1:
		call(w, fd, DMA_BUF_IOCTL_SYNC, &sync);
		break;
	case 2:
		if (!call(w, fd, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &fence))
			keep(w, fence.fd);
		break;
	case 3:
		call(w, fd, DMA_BUF_SET_NAME, "name");
		break;
	default:
		/* Not of fences and pipes, which would wait. */
		if (lseek(fd, 0, SEEK_END) > 0) {
			got = pread(fd, bytes, sizeof(bytes), 0);
			search(w, bytes, got < 0 ? 0 : got);
		}
	}
}

static void alloc(struct world *w)
{
	struct dma_heap_allocation_data args = {
		.len = mostly(w, 1) == 1 ? BYTES : 4096u * below(w, 64),
		.fd_flags = O_RDWR | O_CLOEXEC,
	};

	if (!call(w, w->heap[below(w, ARRAY_LENGTH(heaps))], DMA_HEAP_IOCTL_ALLOC, &args))
		keep(w, args.fd);
}

static void alloc_shared(struct world *w)
{
	int fd = memfd_create("shared", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct udmabuf_create args = {
		.memfd = one_in(w, 4) ? any_buffer(w) : fd, .flags = UDMABUF_FLAGS_CLOEXEC,
		.size = BYTES,
	};

	if (ftruncate(fd, BYTES) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK))
		w->called++;
	keep(w, call(w, w->udmabuf, UDMABUF_CREATE, &args));
	close(fd);
}

static void tell_tee(struct world *w)
{
	struct tee_ioctl_shm_register_fd_data import = { .fd = any_buffer(w) };
	struct tee_ioctl_shm_alloc_data shared = { .size = mostly(w, BYTES) & 0xfffff };
	uint64_t garbage[16];
	struct tee_ioctl_buf_data any = { .buf_ptr = (uintptr_t)garbage, .buf_len = sizeof(garbage) };
	int fd = -1;

	switch (below(w, 4)) {
	case 0:
		fd = call(w, w->tee, TEE_IOC_SHM_REGISTER_FD, &import);
		break;
	case 1:
		fd = call(w, w->tee, TEE_IOC_SHM_ALLOC, &shared);
		break;
	default:
		for (unsigned i = 0; i < ARRAY_LENGTH(garbage); i++)
			garbage[i] = one_in(w, 2) ? below(w, 16) : mostly(w, 1);
		call(w, w->tee, one_in(w, 2) ? TEE_IOC_INVOKE : TEE_IOC_OPEN_SESSION, &any);
	}
	if (fd >= 0) {
		search_mapping(w, fd, 0);
		keep(w, fd);
	}
}

static void add_framebuffer(struct world *w)
{
	struct drm_mode_fb_cmd2 args = {
		.width = mostly(w, SIDE), .height = mostly(w, SIDE),
		.pixel_format = mostly(w, DRM_FORMAT_XRGB8888), .handles = { any_handle(w) },
		.pitches = { mostly(w, SIDE * 4) }, .offsets = { mostly(w, 0) },
	};

	if (!call(w, any_drm(w), DRM_IOCTL_MODE_ADDFB2, &args))
		w->fbs = args.fb_id;
}

static uint32_t any_framebuffer(struct world *w)
{
	return mostly(w, w->fbs > 8 ? w->fbs - below(w, 8) : w->fbs);
}

static void get_framebuffer(struct world *w)
{
	struct drm_mode_fb_cmd2 args = { .fb_id = any_framebuffer(w) };

	call(w, any_drm(w), DRM_IOCTL_MODE_GETFB2, &args);
}

static void remove_framebuffer(struct world *w)
{
	uint32_t fb = any_framebuffer(w);

	if (one_in(w, 4))
		call(w, any_drm(w), DRM_IOCTL_MODE_RMFB, &fb);
}

static void show(struct world *w)
{
	struct drm_mode_fb_dirty_cmd dirty = { .fb_id = any_framebuffer(w) };
	struct drm_mode_cursor cursor = {
		.flags = DRM_MODE_CURSOR_BO, .crtc_id = w->crtc, .width = SIDE, .height = SIDE,
		.handle = any_handle(w),
	};
	struct drm_mode_crtc crtc = {
		.crtc_id = w->crtc, .fb_id = any_framebuffer(w), .count_connectors = 1,
		.set_connectors_ptr = (uintptr_t)&w->connector, .mode_valid = 1,
		.mode = { .clock = 4000, .hdisplay = SIDE, .hsync_start = SIDE, .hsync_end = SIDE,
			  .htotal = SIDE, .vdisplay = SIDE, .vsync_start = SIDE, .vsync_end = SIDE,
			  .vtotal = SIDE, .vrefresh = 60 },
	};

	switch (below(w, 3)) {
	case 0:
		call(w, any_drm(w), DRM_IOCTL_MODE_DIRTYFB, &dirty);
		break;
	case 1:
		call(w, any_drm(w), DRM_IOCTL_MODE_CURSOR, &cursor);
		break;
	default:
		call(w, any_drm(w), DRM_IOCTL_MODE_SETCRTC, &crtc);
	}
}

static void change_master(struct world *w)
{
	call(w, any_drm(w), one_in(w, 4) ? DRM_IOCTL_DROP_MASTER : DRM_IOCTL_SET_MASTER, NULL);
}

/* Not the first, which has the display. */
static void open_again(struct world *w)
{
	unsigned i = 1 + below(w, ARRAY_LENGTH(w->drm) - 1);
	int fd = open(one_in(w, 2) ? "/dev/dri/card0" : "/dev/dri/renderD128", O_RDWR | O_CLOEXEC);

	if (fd < 0 || !one_in(w, 4)) {
		close(fd);
		return;
	}
	close(w->drm[i]);
	w->drm[i] = fd;
}

static void ask(struct world *w)
{
	uint64_t value[64];
	struct drm_virtgpu_getparam param = { .param = mostly(w, 1 + below(w, 12)),
					      .value = (uintptr_t)value };
	struct drm_virtgpu_get_caps caps = { .cap_set_id = mostly(w, 1 + below(w, 4)),
					     .cap_set_ver = mostly(w, below(w, 3)),
					     .addr = (uintptr_t)value, .size = sizeof(value) };

	if (one_in(w, 2))
		call(w, any_drm(w), DRM_IOCTL_VIRTGPU_GETPARAM, &param);
	else
		call(w, any_drm(w), DRM_IOCTL_VIRTGPU_GET_CAPS, &caps);
}

/* An object with the secret. */
static bool place(struct world *w, int drm)
{
	struct object object;

	if (create(drm, &object, w->protected ? PROTECTED_OBJECT : 0) ||
	    fill_texture(drm, w->protected ? VIRTGPU_EXECBUF_PROTECTED : 0, object, secret * 0x01010101u))
		return false;
	if (object.res > w->resources)
		w->resources = object.res;
	w->placed = w->called;
	return true;
}

/* The others close what has it, draw over it, and open files again: without this there would soon be nothing
 * to find. */
static void place_again(struct world *w)
{
	if (!one_in(w, 4))
		return;
	place(w, any_drm(w));
	if (w->memory >= 0)
		keep(w, fcntl(w->memory, F_DUPFD_CLOEXEC, 0));
}

static void (*const operations[])(struct world *w) = {
	create_resource, create_blob, map_object, map_as_dumb, map_anywhere, ask_of_object, transfer_object, read_object,
	read_object, submit, submit, submit, export_object, import_buffer, import_buffer, close_object, flink, access_buffer,
	alloc, alloc_shared, tell_tee, add_framebuffer, get_framebuffer, remove_framebuffer, show,
	change_master, open_again, ask, place_again,
};

static bool open_world(struct world *w, int card, int memory, bool protected, uint64_t seed)
{
	*w = (struct world){
		.random = seed, .memory = memory, .protected = protected, .tee = open("/dev/tee0", O_RDWR | O_CLOEXEC),
		.udmabuf = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), .drm = { card },
	};
	for (unsigned i = 0; i < ARRAY_LENGTH(heaps); i++)
		w->heap[i] = open(heaps[i], O_RDWR | O_CLOEXEC);
	for (unsigned i = 1; i < ARRAY_LENGTH(w->drm); i++)
		w->drm[i] = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
	for (unsigned i = 0; i < ARRAY_LENGTH(w->buffers); i++)
		w->buffers[i] = i < 4 && memory >= 0 ? fcntl(memory, F_DUPFD_CLOEXEC, 0) : -1;
	for (unsigned i = 0; i < ARRAY_LENGTH(w->drm); i++)
		if (!place(w, w->drm[i]))
			return false;
	return !find_display(card, &w->crtc, &w->connector) && w->tee >= 0 && w->udmabuf >= 0;
}

enum { FOUND = 10, NOT_FOUND, BROKEN };

/* One process; the exit status says what it found, and a line what it did. It begins when start is closed,
 * and has closed ready before. */
static int run(int card, int memory, bool protected, unsigned long count, uint64_t seed, int ready,
	       int start)
{
	struct world w;
	bool opened = open_world(&w, card, memory, protected, seed);
	char nothing;

	close(ready);
	if (!opened || read(start, &nothing, 1))
		return BROKEN;
	close(start);
	while (w.called < count && !w.found)
		operations[below(&w, ARRAY_LENGTH(operations))](&w);
	note("seed %llu: %lu calls, %lu of them succeeded; the content was placed last before number %lu%s",
	     (unsigned long long)seed, w.called, w.worked, w.placed, w.found ? ", and seen" : "");
	/* Or nothing was tried, or there was nothing to find. */
	return w.found ? FOUND
	       : w.worked > w.called / 8 && w.placed > w.called / 4 * 3 ? NOT_FOUND : BROKEN;
}

/* How many processes ended with a status. They share the card's handles, so none begins before all have
 * placed their secret. */
static unsigned run_all(int card, int memory, bool protected, unsigned long count, uint64_t seed,
			int status)
{
	int ready[2], start[2];
	unsigned matching = 0;
	char nothing;

	if (pipe(ready) || pipe(start))
		return 0;
	fflush(stdout);
	for (unsigned i = 0; i < PROCESSES; i++) {
		if (!fork()) {
			int result;

			close(ready[0]);
			close(start[1]);
			result = run(card, memory, protected, count, seed + i, ready[1], start[0]);
			fflush(stdout);
			_exit(result);
		}
	}
	close(ready[1]);
	close(start[0]);
	if (read(ready[0], &nothing, 1))
		return 0;
	close(ready[0]);
	close(start[1]);
	for (unsigned i = 0; i < PROCESSES; i++) {
		int ended;

		if (wait(&ended) > 0)
			matching += WIFEXITED(ended) && WEXITSTATUS(ended) == status;
	}
	return matching;
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	int card = open_driver("virtio_gpu"), memory = alloc_protected(BYTES);

	if (card < 0 || memory < 0 || !fill_protected(memory, BYTES, 0xa5))
		return tap_skip_all("there is no virtio-gpu, or no restricted memory");
	signal(SIGPIPE, SIG_IGN);
	secret = 0x5a;
	ok(run_all(card, -1, false, count, seed, FOUND) == PROCESSES,
	   "control: the content of ordinary objects is found");
	secret = 0xa5;
	ok(run_all(card, memory, true, count, seed, NOT_FOUND) == PROCESSES,
	   "%u processes with %lu random calls each do not find that of protected ones", PROCESSES,
	   count);
	return tap_end();
}
