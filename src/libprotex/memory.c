/* SPDX-License-Identifier: MIT */
/* Memory that a TEE knows. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "error.h"
#include "tee.h"
#include "uapi.h"

struct protex_memory {
	int fd; /* the kernel frees the memory when this and the mapping are gone */
	int32_t id;
	void *data; /* NULL: imported */
	uint64_t size;
};

static int memory_create(struct protex_memory **out, int fd, int32_t id, void *data, uint64_t size,
			 struct protex_error *error)
{
	struct protex_memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return protex_fail(error, -ENOMEM, "out of memory");
	memory->fd = fd;
	memory->id = id;
	memory->data = data;
	memory->size = size;
	*out = memory;
	return 0;
}

/* The TEE's driver allocates memory in one piece, of which there may be none of the size. */
static int alloc_in_kernel(int tee, size_t size, void **data, int32_t *id)
{
	struct tee_ioctl_shm_alloc_data request = {.size = size};
	int fd = ioctl(tee, TEE_IOC_SHM_ALLOC, &request);

	if (fd < 0)
		return -errno;
	/* The kernel may have rounded up; what was asked for is what can be relied on. */
	*data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*data == MAP_FAILED) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	*id = request.id;
	return fd;
}

/* Memory of the program, in any number of pieces. Not all drivers take it. */
static int register_own(int tee, size_t size, void **data, int32_t *id)
{
	struct tee_ioctl_shm_register_data request = {.length = size};
	int fd;

	*data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (*data == MAP_FAILED)
		return -errno;
	request.addr = (uintptr_t)*data;
	fd = ioctl(tee, TEE_IOC_SHM_REGISTER, &request);
	if (fd < 0) {
		int ret = -errno;

		munmap(*data, size);
		return ret;
	}
	*id = request.id;
	return fd;
}

int protex_memory_alloc(struct protex_memory **out, struct protex_tee *tee, size_t size,
			struct protex_error *error)
{
	int fd, registered, ret;
	int32_t id;
	void *data;

	if (size == 0)
		return protex_fail(error, -EINVAL, "cannot share 0 bytes with a TEE");

	fd = alloc_in_kernel(protex_tee_fd(tee), size, &data, &id);
	if (fd == -ENOMEM) {
		registered = register_own(protex_tee_fd(tee), size, &data, &id);
		if (registered >= 0)
			fd = registered;
	}
	if (fd < 0)
		return protex_fail(error, fd, "%s gave no %zu bytes of shared memory: %s",
				   protex_tee_path(tee), size, strerror(-fd));
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		ret = protex_fail(error, -errno, "fcntl: %s", strerror(errno));
	else
		ret = memory_create(out, fd, id, data, size, error);
	if (ret < 0) {
		munmap(data, size);
		close(fd);
	}
	return ret;
}

int protex_memory_import(struct protex_memory **out, struct protex_tee *tee, int dma_buf,
			 struct protex_error *error)
{
	struct tee_ioctl_shm_register_fd_data request = {.fd = dma_buf};
	struct protex_buffer_info info = {.exporter = "?"};
	int fd, ret;

	/* Says it better than the kernel, which has EINVAL for this and for much else. */
	ret = protex_buffer_query(dma_buf, &info, error);
	if (ret < 0 && ret != -ENOENT)
		return ret;

	fd = ioctl(protex_tee_fd(tee), TEE_IOC_SHM_REGISTER_FD, &request);
	if (fd < 0) {
		ret = -errno;
		if (ret == -ENOTTY || ret == -EOPNOTSUPP)
			return protex_fail(error, -ENOTSUP,
					   "%s cannot import dma-bufs: that takes Linux 6.18 or "
					   "later and a TEE driver that does it",
					   protex_tee_path(tee));
		return protex_fail(error, ret,
				   "%s does not import this buffer, which '%s' exported: %s; it "
				   "takes those that come from its own protected heaps",
				   protex_tee_path(tee), info.exporter, strerror(-ret));
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		ret = protex_fail(error, -errno, "fcntl: %s", strerror(errno));
		close(fd);
		return ret;
	}
	ret = memory_create(out, fd, request.id, NULL, request.size, error);
	if (ret < 0)
		close(fd);
	return ret;
}

void protex_memory_close(struct protex_memory *memory)
{
	if (!memory)
		return;
	if (memory->data)
		munmap(memory->data, (size_t)memory->size);
	close(memory->fd);
	free(memory);
}

void *protex_memory_data(const struct protex_memory *memory)
{
	return memory->data;
}

uint64_t protex_memory_size(const struct protex_memory *memory)
{
	return memory->size;
}

int32_t protex_memory_id(const struct protex_memory *memory)
{
	return memory->id;
}
