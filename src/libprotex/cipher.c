/* SPDX-License-Identifier: MIT */
/* Encrypting by a crypto device: the kernel's AF_ALG sockets, with a key in a protected dma-buf. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <protex/protex.h>

#include "error.h"
#include "uapi.h"

#ifndef AF_ALG
#define AF_ALG 38
#endif
#ifndef SOL_ALG
#define SOL_ALG 279
#endif

/* Drivers whose keys the CPU must not have are named so: "p" is for protected. */
#define CIPHER_NAME "cbc(paes)"

/* What one request can have: the kernel maps that many pages of ours at a time. */
#define CHUNK_SIZE (16u * 4096u)

struct protex_cipher {
	int socket; /* of the requests; its parent has the key */
	int parent;
};

static int explain_bind(int code, struct protex_error *error)
{
	switch (code) {
	case -ENOENT:
		return protex_fail(error, -ENODEV,
				   "the kernel has no cipher '" CIPHER_NAME "' for you: load the driver of a "
				   "crypto device that takes protected keys (virtio_crypto) and "
				   "algif_skcipher, and be root or have CAP_NET_ADMIN");
	default:
		return protex_fail(error, code, "the cipher '" CIPHER_NAME "': %s", strerror(-code));
	}
}

static int open_parent(struct protex_error *error)
{
	struct sockaddr_alg address = {
		.salg_family = AF_ALG,
		.salg_type = "skcipher",
		.salg_name = CIPHER_NAME,
	};
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), code;

	if (fd < 0)
		return protex_fail(error, errno == EAFNOSUPPORT ? -ENODEV : -errno,
				   "the kernel gives no socket for ciphers: %s; it needs "
				   "CONFIG_CRYPTO_USER_API_SKCIPHER, and sysctl crypto.af_alg_restrict to be "
				   "less than 2", strerror(errno));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	code = -errno;
	close(fd);
	return explain_bind(code, error);
}

static int explain_key(int code, size_t key_size, struct protex_error *error)
{
	switch (code) {
	case -ENOPROTOOPT:
		return protex_fail(error, -ENOTSUP,
				   "the kernel's '" CIPHER_NAME "' takes no key from a dma-buf: that needs "
				   "protex's patches, and a driver that can");
	case -EACCES:
		return protex_fail(error, code,
				   "the buffer is not for keys of crypto devices: allocate it for the "
				   "use crypto-key");
	case -EBADF:
		return protex_fail(error, code, "the key's file descriptor is not one of a dma-buf");
	case -EINVAL:
		return protex_fail(error, code,
				   "the device took no key of %zu bytes there: it has 16, 24 or 32, and "
				   "begins a slot of the buffer", key_size);
	default:
		return protex_fail(error, code, "the device took no key: %s", strerror(-code));
	}
}

int protex_cipher_open(struct protex_cipher **out, int key_fd, uint64_t offset, size_t key_size,
		       struct protex_error *error)
{
	struct af_alg_key_dmabuf key = {.offset = offset, .len = (uint32_t)key_size, .fd = key_fd};
	struct protex_cipher *cipher;
	int ret;

	if (key_size > UINT32_MAX)
		return explain_key(-EINVAL, key_size, error);
	cipher = calloc(1, sizeof(*cipher));
	if (!cipher)
		return protex_fail(error, -ENOMEM, "out of memory");
	cipher->parent = open_parent(error);
	if (cipher->parent < 0) {
		ret = cipher->parent;
		goto err_free;
	}
	if (setsockopt(cipher->parent, SOL_ALG, ALG_SET_KEY_DMABUF, &key, sizeof(key)) < 0) {
		ret = explain_key(-errno, key_size, error);
		goto err_close;
	}
	cipher->socket = accept4(cipher->parent, NULL, NULL, SOCK_CLOEXEC);
	if (cipher->socket < 0) {
		ret = protex_fail(error, -errno, "the cipher takes no requests: %s", strerror(errno));
		goto err_close;
	}
	*out = cipher;
	return 0;

err_close:
	close(cipher->parent);
err_free:
	free(cipher);
	return ret;
}

void protex_cipher_close(struct protex_cipher *cipher)
{
	if (!cipher)
		return;
	close(cipher->socket);
	close(cipher->parent);
	free(cipher);
}

/* A request: what is to be done, with which IV, and the bytes. */
static int send_request(int fd, uint32_t operation, const uint8_t iv[16], const uint8_t *in, size_t size)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(operation)) +
			  CMSG_SPACE(sizeof(struct af_alg_iv) + PROTEX_CIPHER_BLOCK_SIZE)];
	} control = {0};
	struct af_alg_iv iv_header = {.ivlen = PROTEX_CIPHER_BLOCK_SIZE};
	struct iovec bytes = {.iov_base = (void *)in, .iov_len = size};
	struct msghdr message = {
		.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	ssize_t sent;

	c->cmsg_level = SOL_ALG;
	c->cmsg_type = ALG_SET_OP;
	c->cmsg_len = CMSG_LEN(sizeof(operation));
	memcpy(CMSG_DATA(c), &operation, sizeof(operation));
	c = CMSG_NXTHDR(&message, c);
	c->cmsg_level = SOL_ALG;
	c->cmsg_type = ALG_SET_IV;
	c->cmsg_len = CMSG_LEN(sizeof(iv_header) + PROTEX_CIPHER_BLOCK_SIZE);
	memcpy(CMSG_DATA(c), &iv_header, sizeof(iv_header));
	memcpy(CMSG_DATA(c) + sizeof(iv_header), iv, PROTEX_CIPHER_BLOCK_SIZE);

	do {
		sent = sendmsg(fd, &message, 0);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	/* Less means that the socket may hold less (net.core.wmem_default). */
	return (size_t)sent == size ? 0 : -EMSGSIZE;
}

static int receive(int fd, uint8_t *out, size_t size)
{
	while (size > 0) {
		ssize_t got = read(fd, out, size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		out += got;
		size -= (size_t)got;
	}
	return 0;
}

static int process(struct protex_cipher *cipher, uint32_t operation, uint8_t iv[16], const void *in,
		 void *out, size_t size, struct protex_error *error)
{
	const uint8_t *from = in;
	uint8_t *to = out;

	if (size % PROTEX_CIPHER_BLOCK_SIZE)
		return protex_fail(error, -EINVAL, "%zu bytes are not whole blocks of %d", size,
				   PROTEX_CIPHER_BLOCK_SIZE);

	while (size > 0) {
		size_t n = size < CHUNK_SIZE ? size : CHUNK_SIZE;
		uint8_t next[PROTEX_CIPHER_BLOCK_SIZE];
		int ret;

		/* CBC goes on with the last block of ciphertext. */
		memcpy(next, from + n - sizeof(next), sizeof(next));
		ret = send_request(cipher->socket, operation, iv, from, n);
		if (ret == 0)
			ret = receive(cipher->socket, to, n);
		if (ret < 0)
			return protex_fail(error, ret, "the crypto device: %s", strerror(-ret));
		memcpy(iv, operation == ALG_OP_ENCRYPT ? to + n - sizeof(next) : next, sizeof(next));
		from += n;
		to += n;
		size -= n;
	}
	return 0;
}

int protex_cipher_encrypt(struct protex_cipher *cipher, uint8_t iv[16], const void *in, void *out,
			  size_t size, struct protex_error *error)
{
	return process(cipher, ALG_OP_ENCRYPT, iv, in, out, size, error);
}

int protex_cipher_decrypt(struct protex_cipher *cipher, uint8_t iv[16], const void *in, void *out,
			  size_t size, struct protex_error *error)
{
	return process(cipher, ALG_OP_DECRYPT, iv, in, out, size, error);
}
