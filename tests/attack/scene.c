/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attack.h"
#include "restricted.h"

#define BUFFER_WORDS 1024u

/* Puts a word everywhere in a buffer, by a protected submission. */
static int fill_buffer(int fd, struct object object, uint32_t word)
{
	uint32_t stream[12 + BUFFER_WORDS] = {
		HEADER(INLINE_WRITE, 0, 11 + BUFFER_WORDS), object.res, 0, 0, 0, 0,
		0, 0, 0, 4 * BUFFER_WORDS, 1, 1,
	};
	int ret;

	for (size_t i = 0; i < BUFFER_WORDS; i++)
		stream[12 + i] = word;
	ret = submit_list(fd, VIRTGPU_EXECBUF_PROTECTED, stream, sizeof(stream), &object.handle, 1);
	return ret ? ret : wait_for(fd, object.handle);
}

/* A buffer that the host lets be used for everything. */
static int create_texels(int fd, struct object *object, uint32_t flags)
{
	return create_on(fd, object, flags, 0, BUFFER, R8, SAMPLER, 4 * BUFFER_WORDS, 1,
			 4 * BUFFER_WORDS);
}

bool scene_open(struct scene *scene, struct attempt *attempt)
{
	*scene = (struct scene){ .fd = open_driver("virtio_gpu"), .dmabuf = -1 };
	if (scene->fd < 0 || create(scene->fd, &scene->ordinary, 0) ||
	    create(scene->fd, &scene->secret, PROTECTED_OBJECT) ||
	    create_texels(scene->fd, &scene->buffer, 0) ||
	    create_texels(scene->fd, &scene->secret_buffer, PROTECTED_OBJECT) ||
	    fill_texture(scene->fd, VIRTGPU_EXECBUF_PROTECTED, scene->secret, attempt->key) ||
	    fill_buffer(scene->fd, scene->secret_buffer, attempt->key)) {
		broken(attempt, "no scene");
		return false;
	}
	return true;
}

bool scene_open_memory(struct scene *scene, struct attempt *attempt)
{
	struct drm_virtgpu_3d_transfer_to_host to = { .box = { .w = SIDE, .h = SIDE, .d = 1 } };

	/* The TEE fills with a byte; the rest of the memory's key is that, too. */
	attempt->key = (attempt->key & 0xff) * 0x01010101u;
	if (!scene_open(scene, attempt))
		return false;
	scene->dmabuf = alloc_protected(BYTES);
	if (scene->dmabuf < 0 || !fill_protected(scene->dmabuf, BYTES, (uint8_t)attempt->key) ||
	    import(scene->fd, scene->dmabuf, &scene->memory.handle) ||
	    create_on(scene->fd, &scene->over_memory, PROTECTED_OBJECT,
		      scene->memory.handle, TEXTURE_2D, BGRA8888, RENDER_TARGET | SAMPLER | SCANOUT, SIDE,
		      SIDE, 0)) {
		broken(attempt, "no restricted memory");
		return false;
	}
	to.bo_handle = scene->over_memory.handle;
	if (try_ioctl(scene->fd, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &to) ||
	    wait_for(scene->fd, to.bo_handle)) {
		broken(attempt, "no transfer");
		return false;
	}
	return true;
}

int scene_submit(const struct scene *scene, uint32_t flags, const uint32_t *stream, size_t words)
{
	const uint32_t handles[] = { scene->ordinary.handle, scene->buffer.handle,
				     scene->secret.handle, scene->secret_buffer.handle,
				     scene->over_memory.handle };

	return submit_list(scene->fd, flags, stream, words * 4, handles,
			   scene->over_memory.handle ? 5 : 4);
}

static void look_at_object(struct attempt *attempt, int fd, uint32_t handle, uint32_t width,
			   uint32_t height, size_t size, const char *where)
{
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = handle, .box = { .w = width, .h = height, .d = 1 },
	};
	uint64_t offset;

	if (try_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from) || wait_for(fd, handle) ||
	    map_offset(fd, handle, &offset)) {
		broken(attempt, "an ordinary object cannot be looked at");
		return;
	}
	look_at_mapping(attempt, fd, (off_t)offset, size, MAP_SHARED, where);
}

void look_at_texture(struct attempt *attempt, int fd, uint32_t handle)
{
	look_at_object(attempt, fd, handle, SIDE, SIDE, BYTES, "an ordinary texture");
}

void look_at_buffer(struct attempt *attempt, int fd, uint32_t handle)
{
	look_at_object(attempt, fd, handle, 4 * BUFFER_WORDS, 1, 4 * BUFFER_WORDS,
		       "an ordinary buffer");
}

void look_at_memory(struct attempt *attempt, int fd, uint32_t handle, size_t size)
{
	uint64_t offset;

	if (wait_for(fd, handle) || map_offset(fd, handle, &offset)) {
		broken(attempt, "an ordinary object cannot be mapped");
		return;
	}
	look_at_mapping(attempt, fd, (off_t)offset, size, MAP_SHARED, "an ordinary object's memory");
}

void scene_look(struct attempt *attempt, const struct scene *scene)
{
	look_at_texture(attempt, scene->fd, scene->ordinary.handle);
	look_at_buffer(attempt, scene->fd, scene->buffer.handle);
}
