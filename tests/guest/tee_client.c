/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tee_client.h"

/* Linux 6.18; the C library's headers can be older than the kernel. */
#ifndef TEE_IOC_SHM_REGISTER_FD
struct tee_ioctl_shm_register_fd_data {
	__s64 fd;
	__u64 size;
	__u32 flags;
	__s32 id;
};
#define TEE_IOC_SHM_REGISTER_FD \
	_IOWR(TEE_IOC_MAGIC, TEE_IOC_BASE + 8, struct tee_ioctl_shm_register_fd_data)
#endif

/* NIST SP 800-38A, F.5.1, wrapped for TAs with the development key. */
static const uint8_t wrapped_key[PROTEX_TA_WRAPPED_KEY_SIZE] = {
	0x4f, 0x58, 0x57, 0x4b, 0x01, 0x00, 0x00, 0x00, 0x70, 0x72, 0x6f, 0x74, 0x65, 0x78, 0x20, 0x6b,
	0x75, 0x6e, 0x69, 0x74, 0x8b, 0x86, 0x70, 0x0a, 0xd8, 0xd5, 0x04, 0x84, 0xd5, 0xf9, 0x3f, 0x78,
	0x3f, 0xd3, 0xc6, 0xd9, 0xf3, 0x4b, 0xb2, 0x7f, 0x0e, 0xe0, 0x1e, 0x71, 0x92, 0xf4, 0x65, 0xf7,
	0x45, 0xe5, 0x3a, 0x93,
};

bool shm_alloc(const struct client *client, struct shm *shm, uint64_t size)
{
	struct tee_ioctl_shm_alloc_data data = {.size = size};

	shm->fd = ioctl(client->device, TEE_IOC_SHM_ALLOC, &data);
	if (shm->fd < 0)
		return false;
	shm->id = data.id;
	shm->size = size;
	shm->data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, shm->fd, 0);
	return shm->data != MAP_FAILED;
}

bool shm_register(const struct client *client, struct shm *shm, void *memory, uint64_t size)
{
	struct tee_ioctl_shm_register_data data = {.addr = (uintptr_t)memory, .length = size};

	shm->fd = ioctl(client->device, TEE_IOC_SHM_REGISTER, &data);
	if (shm->fd < 0)
		return false;
	shm->id = data.id;
	shm->size = size;
	shm->data = memory;
	return true;
}

bool shm_register_fd(const struct client *client, struct shm *shm, int fd)
{
	struct tee_ioctl_shm_register_fd_data data = {.fd = fd};

	shm->fd = ioctl(client->device, TEE_IOC_SHM_REGISTER_FD, &data);
	if (shm->fd < 0)
		return false;
	shm->id = data.id;
	shm->size = data.size;
	shm->data = NULL;
	return true;
}

void shm_free(struct shm *shm)
{
	munmap(shm->data, shm->size);
	close(shm->fd);
}

struct tee_ioctl_param memref(uint64_t attr, const struct shm *shm, uint64_t offset, uint64_t size)
{
	return (struct tee_ioctl_param){.attr = attr, .a = offset, .b = size, .c = shm->id};
}

uint32_t open_session(int device, const uint8_t uuid[16], uint32_t *id)
{
	struct tee_ioctl_open_session_arg arg = {0};
	struct tee_ioctl_buf_data buf = {.buf_ptr = (uintptr_t)&arg, .buf_len = sizeof(arg)};

	memcpy(arg.uuid, uuid, 16);
	if (ioctl(device, TEE_IOC_OPEN_SESSION, &buf))
		return REFUSED(errno);
	*id = arg.session;
	return arg.ret;
}

bool close_session(const struct client *client, uint32_t id)
{
	struct tee_ioctl_close_session_arg arg = {.session = id};

	return !ioctl(client->device, TEE_IOC_CLOSE_SESSION, &arg);
}

uint32_t client_open(struct client *client)
{
	static const uint8_t ta[] = PROTEX_TA_UUID_OCTETS;

	client->device = open("/dev/tee0", O_RDWR | O_CLOEXEC);
	if (client->device < 0)
		return REFUSED(errno);
	return open_session(client->device, ta, &client->session);
}

void client_close(struct client *client)
{
	close_session(client, client->session);
	close(client->device);
}

uint32_t invoke_from(const struct client *client, uint32_t command, struct tee_ioctl_param *params,
		     unsigned count, uint32_t *origin)
{
	struct {
		struct tee_ioctl_invoke_arg arg;
		struct tee_ioctl_param params[4];
	} call = {.arg = {.func = command, .session = client->session, .num_params = count}};
	struct tee_ioctl_buf_data buf = {
		.buf_ptr = (uintptr_t)&call,
		.buf_len = sizeof(call.arg) + count * sizeof(*params),
	};

	if (count)
		memcpy(call.params, params, count * sizeof(*params));
	if (ioctl(client->device, TEE_IOC_INVOKE, &buf))
		return REFUSED(errno);
	if (count)
		memcpy(params, call.params, count * sizeof(*params));
	if (origin)
		*origin = call.arg.ret_origin;
	return call.arg.ret;
}

uint32_t invoke(const struct client *client, uint32_t command, struct tee_ioctl_param *params,
		unsigned count)
{
	return invoke_from(client, command, params, count, NULL);
}

uint32_t unwrap(const struct client *client, const struct shm *args, uint32_t *key)
{
	struct tee_ioctl_param params[] = { IN(args, 0, sizeof(wrapped_key)), VALUE_OUT };
	uint32_t result;

	memcpy(args->data, wrapped_key, sizeof(wrapped_key));
	result = invoke(client, PROTEX_TA_CMD_UNWRAP_KEY, params, 2);
	*key = (uint32_t)params[1].a;
	return result;
}
