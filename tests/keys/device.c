/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_alg.h>

#include "device.h"

#ifndef SOL_ALG
#define SOL_ALG 279
#endif
#ifndef ALG_SET_KEY_DMABUF
#define ALG_SET_KEY_DMABUF 8
struct af_alg_key_dmabuf {
	__u64 offset;
	__u32 len;
	__s32 fd;
};
#endif

int device_open(struct device *device, const char *cipher)
{
	struct sockaddr_alg address = {.salg_family = AF_ALG, .salg_type = "skcipher"};
	int code;

	snprintf((char *)address.salg_name, sizeof(address.salg_name), "%s", cipher);
	device->socket = -1;
	device->parent = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (device->parent < 0)
		return -errno;
	if (bind(device->parent, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	code = -errno;
	close(device->parent);
	return code;
}

void device_close(struct device *device)
{
	if (device->socket >= 0)
		close(device->socket);
	close(device->parent);
}

int device_set_key(struct device *device, int fd, uint64_t offset, uint32_t size)
{
	struct af_alg_key_dmabuf key = {.offset = offset, .len = size, .fd = fd};

	return setsockopt(device->parent, SOL_ALG, ALG_SET_KEY_DMABUF, &key, sizeof(key)) < 0 ? -errno : 0;
}

int device_set_clear_key(struct device *device, const void *key, size_t size)
{
	return setsockopt(device->parent, SOL_ALG, ALG_SET_KEY, key, (socklen_t)size) < 0 ? -errno : 0;
}

int device_crypt(struct device *device, bool encrypt, const uint8_t iv[BLOCK], const void *in, void *out,
		 size_t size)
{
	uint32_t operation = encrypt ? ALG_OP_ENCRYPT : ALG_OP_DECRYPT, iv_size = BLOCK;
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(operation)) + CMSG_SPACE(sizeof(iv_size) + BLOCK)];
	} control = {0};
	struct iovec bytes = {.iov_base = (void *)in, .iov_len = size};
	struct msghdr message = {
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	ssize_t count;

	if (device->socket < 0)
		device->socket = accept4(device->parent, NULL, NULL, SOCK_CLOEXEC);
	if (device->socket < 0)
		return -errno;

	c->cmsg_level = SOL_ALG;
	c->cmsg_type = ALG_SET_OP;
	c->cmsg_len = CMSG_LEN(sizeof(operation));
	memcpy(CMSG_DATA(c), &operation, sizeof(operation));
	c = CMSG_NXTHDR(&message, c);
	c->cmsg_level = SOL_ALG;
	c->cmsg_type = ALG_SET_IV;
	c->cmsg_len = CMSG_LEN(sizeof(iv_size) + BLOCK);
	memcpy(CMSG_DATA(c), &iv_size, sizeof(iv_size));
	memcpy(CMSG_DATA(c) + sizeof(iv_size), iv, BLOCK);

	count = sendmsg(device->socket, &message, 0);
	if (count < 0)
		return -errno;
	count = read(device->socket, out, size);
	if (count < 0)
		return -errno;
	return (size_t)count == size ? 0 : -EIO;
}
