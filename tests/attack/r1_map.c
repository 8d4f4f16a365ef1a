/* SPDX-License-Identifier: MIT */
/* R1: the CPU maps a protected object. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm_mode.h>

#include "attack.h"
#include "processes.h"

typedef int (*offset_function)(int fd, uint32_t handle, uint64_t *offset);

static void map_by_offset(struct attempt *attempt, offset_function function, int fd,
			  uint32_t handle, int flags)
{
	uint64_t offset;

	if (said(attempt, function(fd, handle, &offset)) == 0)
		look_at_mapping(attempt, fd, (off_t)offset, BYTES, flags, "a mapping of the device file");
}

#define OVER_MEMORY	1ul /* the object over memory, not the memory object */
#define DUMB		2ul
#define PRIVATE		4ul

static uint32_t handle_of(const struct scene *scene, unsigned long how)
{
	return how & OVER_MEMORY ? scene->over_memory.handle : scene->memory.handle;
}

static offset_function function_of(unsigned long how)
{
	return how & DUMB ? dumb_map : map_offset;
}

static int flags_of(unsigned long how)
{
	return how & PRIVATE ? MAP_PRIVATE : MAP_SHARED;
}

static void map_device(struct attempt *attempt, const struct attack *attack)
{
	struct scene scene;

	if (scene_open_memory(&scene, attempt))
		map_by_offset(attempt, function_of(attack->how), scene.fd,
			      handle_of(&scene, attack->how), flags_of(attack->how));
}

/* Another file of the device, which gets the object through a dma-buf. */
static void map_second_file(struct attempt *attempt, const struct attack *attack)
{
	struct scene scene;
	uint32_t handle;
	int second = open(attack->what, O_RDWR | O_CLOEXEC), dmabuf;

	if (!scene_open_memory(&scene, attempt))
		return;
	dmabuf = export(scene.fd, handle_of(&scene, attack->how));
	if (dmabuf < 0 || second < 0 || said(attempt, import(second, dmabuf, &handle)))
		return;
	map_by_offset(attempt, function_of(attack->how), second, handle, flags_of(attack->how));
}

static void map_exported(struct attempt *attempt, const struct attack *attack)
{
	struct scene scene;
	int dmabuf;

	if (!scene_open_memory(&scene, attempt))
		return;
	dmabuf = export(scene.fd, scene.over_memory.handle);
	if (said(attempt, dmabuf) >= 0)
		look_at_mapping(attempt, dmabuf, 0, BYTES, flags_of(attack->how),
				"a mapping of the dma-buf");
}

/* As a well-behaved program would: tells the exporter first. */
static void sync_and_map_exported(struct attempt *attempt, const struct attack *attack)
{
	struct scene scene;
	int dmabuf;

	(void)attack;
	if (!scene_open_memory(&scene, attempt))
		return;
	dmabuf = export(scene.fd, scene.over_memory.handle);
	if (said(attempt, dmabuf) >= 0 && said(attempt, sync_dmabuf(dmabuf)) == 0)
		look_at_mapping(attempt, dmabuf, 0, BYTES, MAP_SHARED, "a mapping of the dma-buf");
}

static void map_received(struct attempt *attempt, int fd, void *data)
{
	(void)data;
	look_at_mapping(attempt, fd, 0, BYTES, MAP_SHARED, "a mapping of the dma-buf that was sent");
}

static void map_received_handle(struct attempt *attempt, int fd, void *data)
{
	const struct scene *scene = data;

	map_by_offset(attempt, map_offset, fd, scene->over_memory.handle, MAP_SHARED);
}

static void import_and_map_received(struct attempt *attempt, int fd, void *data)
{
	int card = open_driver("virtio_gpu");
	uint32_t handle;

	(void)data;
	if (said(attempt, import(card, fd, &handle)) == 0)
		map_by_offset(attempt, map_offset, card, handle, MAP_SHARED);
}

/* how: 0, the dma-buf; 1, the file of the device; 2, the dma-buf, to be imported. */
static void map_elsewhere(struct attempt *attempt, const struct attack *attack)
{
	static const received_function functions[] = { map_received, map_received_handle,
						       import_and_map_received };
	bool (*elsewhere)(struct attempt *, int, received_function, void *) = attack->what;
	struct scene scene;
	int fd;

	if (!scene_open_memory(&scene, attempt))
		return;
	fd = attack->how == 1 ? scene.fd : export(scene.fd, scene.over_memory.handle);
	if (said(attempt, fd) < 0 || !elsewhere(attempt, fd, functions[attack->how], &scene))
		broken(attempt, "no other process");
}

/* The display's master gets handles of what is shown. */
static void map_framebuffer(struct attempt *attempt, const struct attack *attack)
{
	struct drm_mode_fb_cmd2 get2 = { 0 };
	struct drm_mode_fb_cmd get = { 0 };
	struct scene scene;
	uint32_t fb, handle;
	int ret;

	if (!scene_open_memory(&scene, attempt) ||
	    add_fb(scene.fd, handle_of(&scene, attack->how), SIDE, SIDE, 0, SIDE * 4, &fb))
		return;
	if (attack->what) {
		get2.fb_id = fb;
		ret = try_ioctl(scene.fd, DRM_IOCTL_MODE_GETFB2, &get2);
		handle = get2.handles[0];
	} else {
		get.fb_id = fb;
		ret = try_ioctl(scene.fd, DRM_IOCTL_MODE_GETFB, &get);
		handle = get.handle;
	}
	if (said(attempt, ret) == 0)
		map_by_offset(attempt, function_of(attack->how), scene.fd, handle, MAP_SHARED);
}

/* The offset of an ordinary object whose handle is the protected one's next. */
static void map_recycled_handle(struct attempt *attempt, const struct attack *attack)
{
	struct scene scene;
	struct object first;
	uint64_t offset;

	(void)attack;
	if (!scene_open_memory(&scene, attempt) || create(scene.fd, &first, 0) ||
	    map_offset(scene.fd, first.handle, &offset))
		return;
	close_handle(scene.fd, first.handle);
	if (create_on(scene.fd, &first, PROTECTED_OBJECT, scene.memory.handle, TEXTURE_2D,
		      BGRA8888, SAMPLER, SIDE, SIDE, 0))
		return;
	/* What there was at the old offset; and where the new one is. */
	look_at_mapping(attempt, scene.fd, (off_t)offset, BYTES, MAP_SHARED, "the old mapping");
	map_by_offset(attempt, map_offset, scene.fd, first.handle, MAP_SHARED);
}

/* The kernel reads the mapping for the process. */
static void read_through_proc_mem(struct attempt *attempt, const struct attack *attack)
{
	struct scene scene;
	uint64_t offset;
	uint8_t seen[4096];
	void *mapping;

	(void)attack;
	if (!scene_open_memory(&scene, attempt) ||
	    said(attempt, map_offset(scene.fd, scene.memory.handle, &offset)))
		return;
	mapping = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, scene.fd, (off_t)offset);
	if (mapping == MAP_FAILED) {
		said(attempt, -errno);
		return;
	}
	/* Devices' memory cannot be read so, and that it is one is nothing to count on. */
	if (pread(open("/proc/self/mem", O_RDONLY | O_CLOEXEC), seen, sizeof(seen),
		  (off_t)(uintptr_t)mapping) == sizeof(seen))
		look(attempt, seen, sizeof(seen), "/proc/self/mem");
	memcpy(seen, mapping, sizeof(seen));
	look(attempt, seen, sizeof(seen), "a mapping");
}

/* Closes the handle first: the mapping keeps the object. */
static void map_and_close(struct attempt *attempt, const struct attack *attack)
{
	struct scene scene;
	uint64_t offset;
	void *mapping;

	(void)attack;
	if (!scene_open_memory(&scene, attempt) ||
	    said(attempt, map_offset(scene.fd, scene.over_memory.handle, &offset)))
		return;
	mapping = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, scene.fd, (off_t)offset);
	if (mapping == MAP_FAILED) {
		said(attempt, -errno);
		return;
	}
	close_handle(scene.fd, scene.over_memory.handle);
	close_handle(scene.fd, scene.memory.handle);
	close(scene.dmabuf);
	close(scene.fd);
	look(attempt, mapping, BYTES, "a mapping that outlives its handle");
}

/* Two objects over one memory: what one may not, the other might. */
static void map_sibling(struct attempt *attempt, const struct attack *attack)
{
	struct object sibling;
	struct scene scene;

	if (scene_open_memory(&scene, attempt) &&
	    said(attempt, create_on(scene.fd, &sibling, PROTECTED_OBJECT,
				    scene.memory.handle, TEXTURE_2D, R8, SAMPLER, SIDE * 4, SIDE,
				    0)) == 0)
		map_by_offset(attempt, function_of(attack->how), scene.fd, sibling.handle, MAP_SHARED);
}

#define R1 "R1", "r1"
#define RENDER_NODE "/dev/dri/renderD128"
#define CARD "/dev/dri/card0"

const struct attack map_attacks[] = {
	{ R1, "map ioctl, memory", "VIRTGPU_MAP gives an offset where imported memory can be mapped",
	  map_device, NULL, 0 },
	{ R1, "map ioctl, object", "VIRTGPU_MAP gives an offset for an object over memory",
	  map_device, NULL, OVER_MEMORY },
	{ R1, "map ioctl, memory, private", "a private mapping of imported memory copies what it shows",
	  map_device, NULL, PRIVATE },
	{ R1, "map dumb, memory", "MODE_MAP_DUMB does not care what kind of buffer it maps",
	  map_device, NULL, DUMB },
	{ R1, "map dumb, object", "MODE_MAP_DUMB maps an object over memory",
	  map_device, NULL, DUMB | OVER_MEMORY },
	{ R1, "map dumb, object, private", "a private mapping by MODE_MAP_DUMB copies the object",
	  map_device, NULL, DUMB | OVER_MEMORY | PRIVATE },
	{ R1, "second file, object", "another file of the card imports the object and maps it",
	  map_second_file, CARD, OVER_MEMORY },
	{ R1, "second file, dumb", "another file of the card imports the object and maps it as dumb",
	  map_second_file, CARD, OVER_MEMORY | DUMB },
	{ R1, "second file, memory", "another file of the card imports the memory and maps it",
	  map_second_file, CARD, 0 },
	{ R1, "render node, object", "a render node imports the object and maps it",
	  map_second_file, RENDER_NODE, OVER_MEMORY },
	{ R1, "render node, memory", "a render node imports the memory and maps it",
	  map_second_file, RENDER_NODE, 0 },
	{ R1, "dma-buf mmap", "the exported dma-buf can be mapped",
	  map_exported, NULL, 0 },
	{ R1, "dma-buf mmap, private", "a private mapping of the exported dma-buf copies it",
	  map_exported, NULL, PRIVATE },
	{ R1, "dma-buf sync, mmap", "DMA_BUF_IOCTL_SYNC makes the dma-buf one for the CPU",
	  sync_and_map_exported, NULL, 0 },
	{ R1, "fork, dma-buf", "a child maps the dma-buf that it inherits",
	  map_elsewhere, in_child, 0 },
	{ R1, "fork, device", "a child maps by the file of the device that it inherits",
	  map_elsewhere, in_child, 1 },
	{ R1, "SCM_RIGHTS, dma-buf", "a process that is sent the dma-buf maps it",
	  map_elsewhere, in_receiver, 0 },
	{ R1, "SCM_RIGHTS, device", "a process that is sent the file of the device maps by it",
	  map_elsewhere, in_receiver, 1 },
	{ R1, "SCM_RIGHTS, import", "a process that is sent the dma-buf imports it and maps the object",
	  map_elsewhere, in_receiver, 2 },
	{ R1, "GETFB, memory", "GETFB gives a handle of imported memory that can be mapped",
	  map_framebuffer, NULL, 0 },
	{ R1, "GETFB, object", "GETFB gives a handle of what is shown that can be mapped",
	  map_framebuffer, NULL, OVER_MEMORY },
	{ R1, "GETFB2, memory", "GETFB2 gives a handle of imported memory that can be mapped",
	  map_framebuffer, "2", 0 },
	{ R1, "GETFB2, object, dumb", "GETFB2 gives a handle that can be mapped as a dumb buffer",
	  map_framebuffer, "2", OVER_MEMORY | DUMB },
	{ R1, "recycled handle", "the offset of an ordinary object becomes that of the protected one "
	  "with its handle", map_recycled_handle },
	{ R1, "proc mem", "a mapping is read through /proc/self/mem", read_through_proc_mem },
	{ R1, "mapping outlives handle", "a mapping made before the handle was closed shows the memory",
	  map_and_close },
	{ R1, "sibling plane", "a second object over the memory, of another format, can be mapped",
	  map_sibling, NULL, 0 },
	{ R1, "sibling plane, dumb", "a second object over the memory can be mapped as a dumb buffer",
	  map_sibling, NULL, DUMB },
	{ 0 },
};
