/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "crypto.h"
#include "fail.h"
#include "routes.h"
#include "virtgpu.h"

static const struct target nothing = {
	.dmabuf = -1,
	.memory_file = -1,
	.gpu = -1,
	.image = -1,
};

static int failed(struct protex_error *error, const char *what)
{
	return fail(error, -errno, "%s: %s", what, strerror(errno));
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void target_destroy(struct target *target)
{
	/* Closing the device closes its objects. */
	close_if_open(target->image);
	close_if_open(target->gpu);
	close_if_open(target->memory_file);
	close_if_open(target->dmabuf);
	*target = nothing;
}

/* ---- the trusted application ------------------------------------------------------------------- */

struct ta {
	struct protex_tee *tee;
	struct protex_session *session;
	struct protex_memory *destination, *source;
};

static void ta_close(struct ta *ta)
{
	protex_memory_close(ta->source);
	protex_memory_close(ta->destination);
	protex_session_close(ta->session);
	protex_tee_close(ta->tee);
}

static int ta_open(struct ta *ta, int dmabuf, struct protex_error *error)
{
	int ret = protex_ta_open(&ta->tee, &ta->session, error);

	return ret < 0 ? ret : protex_memory_import(&ta->destination, ta->tee, dmabuf, error);
}

/* The pattern in clear never leaves this function but encrypted. */
static int encrypt_pattern(uint8_t *ciphertext, const uint8_t iv[16],
			   struct protex_ta_wrapped_key *wrapped, struct protex_error *error)
{
	uint8_t plain[PATTERN_SIZE], key[PROTEX_TA_KEY_SIZE];
	int ret = crypto_random(key, sizeof(key), error);

	pattern_write(plain);
	if (ret == 0)
		ret = crypto_ctr(key, iv, plain, ciphertext, sizeof(plain), error);
	if (ret == 0)
		ret = crypto_wrap_key(crypto_development_kek, key, wrapped, error);
	crypto_wipe(key, sizeof(key));
	crypto_wipe(plain, sizeof(plain));
	return ret;
}

static int decrypt_into(struct ta *ta, struct protex_error *error)
{
	struct protex_ta_wrapped_key wrapped;
	struct protex_decryption decryption = {.destination = ta->destination};
	size_t descriptor_size = protex_ta_descriptor_size(0);
	int ret;

	ret = protex_memory_alloc(&ta->source, ta->tee, PATTERN_SIZE + descriptor_size, error);
	if (ret < 0)
		return ret;
	ret = encrypt_pattern(protex_memory_data(ta->source), decryption.iv, &wrapped, error);
	if (ret == 0)
		ret = protex_ta_unwrap_key(ta->session, &wrapped, sizeof(wrapped),
					   &decryption.key_id, error);
	if (ret < 0)
		return ret;
	decryption.source = (struct protex_range){ta->source, 0, PATTERN_SIZE};
	decryption.descriptor =
		(struct protex_range){ta->source, PATTERN_SIZE, descriptor_size};
	return protex_ta_decrypt(ta->session, &decryption, error);
}

static int check_digest(struct ta *ta, struct protex_error *error)
{
	struct protex_range range = {ta->destination, 0, PATTERN_SIZE};
	uint8_t plain[PATTERN_SIZE], got[32], wanted[32];
	int ret = protex_ta_digest(ta->session, &range, got, error);

	if (ret < 0)
		return ret;
	pattern_write(plain);
	ret = crypto_sha256(plain, sizeof(plain), NULL, 0, wanted, error);
	crypto_wipe(plain, sizeof(plain));
	if (ret == 0 && memcmp(got, wanted, sizeof(got)) != 0)
		ret = fail(error, -EBADMSG,
			   "the protected buffer does not hold the pattern (its digest differs)");
	return ret;
}

int target_verify(const struct target *target, struct protex_error *error)
{
	struct ta ta = {0};
	int ret = ta_open(&ta, target->dmabuf, error);

	if (ret == 0)
		ret = check_digest(&ta, error);
	ta_close(&ta);
	return ret;
}

/* ---- objects of the GPU ------------------------------------------------------------------------ */

static int open_gpu(struct target *target, struct protex_error *error)
{
	char path[32];

	target->gpu = drm_open(VIRTGPU_DRIVER, path);
	if (target->gpu < 0)
		return fail(error, target->gpu, "no virtio-gpu device among /dev/dri/card*: %s",
			    strerror(-target->gpu));
	return 0;
}

/* A resource that looks like the pattern, over memory (0: over pages of its own). */
static int create_resource(struct target *target, uint32_t memory, struct protex_error *error)
{
	struct drm_virtgpu_resource_create create = {
		.target = VIRGL_TARGET_2D,
		.format = VIRGL_FORMAT_B8G8R8X8,
		.bind = VIRGL_BIND_SAMPLER_VIEW | VIRGL_BIND_RENDER_TARGET,
		.width = PATTERN_WIDTH,
		.height = PATTERN_HEIGHT,
		.depth = 1,
		.array_size = 1,
		.size = PATTERN_SIZE,
		.stride = PATTERN_STRIDE,
	};
	struct resource_create_protected over = {
		.target = create.target,
		.format = create.format,
		.bind = create.bind,
		.width = create.width,
		.height = create.height,
		.depth = 1,
		.array_size = 1,
		.memory_handle = memory,
	};

	if (memory) {
		if (drm_call(target->gpu, IOCTL_RESOURCE_CREATE_PROTECTED, &over) < 0)
			return failed(error, "VIRTGPU_RESOURCE_CREATE_PROTECTED");
		create.bo_handle = over.bo_handle;
	} else if (drm_call(target->gpu, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create) < 0) {
		return failed(error, "VIRTGPU_RESOURCE_CREATE");
	}
	target->resource = create.bo_handle;
	target->objects[target->object_count++] = create.bo_handle;
	return 0;
}

/* Has the device read the resource's memory, so that a copy of the pattern is there, too. */
static int transfer_to_device(struct target *target, struct protex_error *error)
{
	struct drm_virtgpu_3d_transfer_to_host transfer = {
		.bo_handle = target->resource,
		.box = {.w = PATTERN_WIDTH, .h = PATTERN_HEIGHT, .d = 1},
	};
	struct drm_virtgpu_3d_wait wait = {.handle = target->resource};

	if (drm_call(target->gpu, DRM_IOCTL_VIRTGPU_TRANSFER_TO_HOST, &transfer) < 0)
		return failed(error, "VIRTGPU_TRANSFER_TO_HOST");
	if (drm_call(target->gpu, DRM_IOCTL_VIRTGPU_WAIT, &wait) < 0)
		return failed(error, "VIRTGPU_WAIT");
	return 0;
}

/* ---- the protected one ------------------------------------------------------------------------- */

static int allocate_protected(struct target *target, struct protex_error *error)
{
	struct protex_allocator *allocator;
	int ret = protex_allocator_create(&allocator, PROTEX_USE_SECURE_VIDEO, error);

	if (ret < 0)
		return ret;
	ret = protex_allocator_alloc(allocator, PATTERN_SIZE, error);
	protex_allocator_destroy(allocator);
	if (ret < 0)
		return ret;
	target->dmabuf = ret;
	target->image = dup(ret);
	return target->image < 0 ? failed(error, "dup") : 0;
}

static int fill_protected(struct target *target, struct protex_error *error)
{
	struct ta ta = {0};
	int ret = ta_open(&ta, target->dmabuf, error);

	if (ret == 0)
		ret = decrypt_into(&ta, error);
	if (ret == 0)
		ret = check_digest(&ta, error);
	ta_close(&ta);
	return ret;
}

static int import_protected(struct target *target, struct protex_error *error)
{
	struct drm_prime_handle prime = {.fd = target->dmabuf};
	int ret = open_gpu(target, error);

	if (ret < 0)
		return ret;
	if (drm_call(target->gpu, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime) < 0)
		return failed(error, "importing the protected buffer into virtio-gpu");
	target->objects[target->object_count++] = prime.handle;
	ret = create_resource(target, prime.handle, error);
	return ret < 0 ? ret : transfer_to_device(target, error);
}

int target_create_protected(struct target *target, struct protex_error *error)
{
	int ret;

	*target = nothing;
	target->is_protected = true;
	ret = allocate_protected(target, error);
	if (ret == 0)
		ret = fill_protected(target, error);
	if (ret == 0)
		ret = import_protected(target, error);
	if (ret < 0)
		target_destroy(target);
	return ret;
}

/* ---- the ordinary one -------------------------------------------------------------------------- */

static int write_pattern(int fd, off_t offset, struct protex_error *error)
{
	uint8_t *mapping =
		mmap(NULL, PATTERN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	if (mapping == MAP_FAILED)
		return failed(error, "mapping an ordinary buffer");
	pattern_write(mapping);
	munmap(mapping, PATTERN_SIZE);
	return 0;
}

static int fill_ordinary_dmabuf(struct target *target, struct protex_error *error)
{
	struct protex_allocator *allocator;
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE};
	int ret = protex_allocator_create_ordinary(&allocator, error);

	if (ret < 0)
		return ret;
	ret = protex_allocator_alloc(allocator, PATTERN_SIZE, error);
	protex_allocator_destroy(allocator);
	if (ret < 0)
		return ret;
	target->dmabuf = ret;

	if (drm_call(target->dmabuf, DMA_BUF_IOCTL_SYNC, &sync) < 0)
		return failed(error, "DMA_BUF_IOCTL_SYNC");
	ret = write_pattern(target->dmabuf, 0, error);
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE;
	drm_call(target->dmabuf, DMA_BUF_IOCTL_SYNC, &sync);
	return ret;
}

static int fill_memory_file(struct target *target, struct protex_error *error)
{
	target->memory_file = memfd_create("protex routes", MFD_CLOEXEC);
	if (target->memory_file < 0 || ftruncate(target->memory_file, PATTERN_SIZE) < 0)
		return failed(error, "memfd");
	return write_pattern(target->memory_file, 0, error);
}

static int fill_ordinary_resource(struct target *target, struct protex_error *error)
{
	struct drm_prime_handle prime = {.flags = DRM_CLOEXEC | DRM_RDWR};
	struct drm_virtgpu_map map = {0};
	int ret = open_gpu(target, error);

	if (ret == 0)
		ret = create_resource(target, 0, error);
	if (ret < 0)
		return ret;
	map.handle = prime.handle = target->resource;
	if (drm_call(target->gpu, DRM_IOCTL_VIRTGPU_MAP, &map) < 0)
		return failed(error, "VIRTGPU_MAP");
	ret = write_pattern(target->gpu, (off_t)map.offset, error);
	if (ret == 0)
		ret = transfer_to_device(target, error);
	if (ret < 0)
		return ret;
	if (drm_call(target->gpu, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) < 0)
		return failed(error, "PRIME_HANDLE_TO_FD");
	target->image = prime.fd;
	return 0;
}

int target_create_ordinary(struct target *target, struct protex_error *error)
{
	int ret;

	*target = nothing;
	ret = fill_ordinary_dmabuf(target, error);
	if (ret == 0)
		ret = fill_memory_file(target, error);
	if (ret == 0)
		ret = fill_ordinary_resource(target, error);
	if (ret < 0)
		target_destroy(target);
	return ret;
}
