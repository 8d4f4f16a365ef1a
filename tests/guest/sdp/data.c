/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "../tap.h"
#include "sdp.h"

/* What unwrap() unwraps. */
static const uint8_t key[PROTEX_TA_KEY_SIZE] = {
	0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
};
static const uint8_t iv[PROTEX_TA_IV_SIZE] = { 'p', 'r', 'o', 't', 'e', 'c', 't', 'e', 'd' };

uint32_t random_number(void)
{
	static uint32_t state = 0x2545f491;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

void random_bytes(uint8_t *bytes, uint64_t size)
{
	for (uint64_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(random_number() >> 11);
}

bool buffer_open(const struct sdp *sdp, struct buffer *buffer, uint64_t size)
{
	int fd = heap_alloc(sdp->heap, size);
	bool opened = fd >= 0 && shm_register_fd(&sdp->client, &buffer->shm, fd);

	if (fd >= 0)
		close(fd);
	buffer->twin = opened ? calloc(1, buffer->shm.size) : NULL;
	return buffer->twin;
}

void buffer_close(struct buffer *buffer)
{
	if (!buffer->twin)
		return;
	close(buffer->shm.fd);
	free(buffer->twin);
	buffer->twin = NULL;
}

uint32_t buffer_fill(const struct sdp *sdp, struct buffer *buffer, uint64_t offset, uint64_t size, uint8_t byte)
{
	struct tee_ioctl_param params[] = { INOUT(&buffer->shm, offset, size), VALUE_IN(byte) };
	uint32_t result = invoke(&sdp->client, PROTEX_TA_CMD_FILL, params, 2);

	if (!result)
		memset(buffer->twin + offset, byte, size);
	return result;
}

struct tee_ioctl_param descriptor(const struct shm *args, uint32_t id, uint64_t offset)
{
	struct protex_ta_decrypt decrypt = { .key_id = htole32(id), .dst_offset = htole64(offset) };

	memcpy(decrypt.iv, iv, sizeof(iv));
	memcpy(args->data + DESCRIPTOR_AT, &decrypt, sizeof(decrypt));
	return IN(args, DESCRIPTOR_AT, sizeof(decrypt));
}

/* Counter mode: to decrypt is to encrypt. */
static void decrypt_here(const uint8_t *from, uint8_t *to, uint64_t size)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int written;

	EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), NULL, key, iv);
	EVP_EncryptUpdate(context, to, &written, from, (int)size);
	EVP_CIPHER_CTX_free(context);
}

uint32_t buffer_decrypt(const struct sdp *sdp, struct buffer *buffer, uint64_t offset, const struct shm *source, uint64_t size)
{
	struct tee_ioctl_param params[] = {
		IN(source, 0, size),
		INOUT(&buffer->shm, 0, buffer->shm.size),
		descriptor(&sdp->args, sdp->key, offset),
	};
	uint32_t result = invoke(&sdp->client, PROTEX_TA_CMD_DECRYPT, params, 3);

	if (!result)
		decrypt_here(source->data, buffer->twin + offset, size);
	return result;
}

bool buffer_is_its_twin(const struct sdp *sdp, const struct buffer *buffer)
{
	struct tee_ioctl_param params[] = {
		IN(&buffer->shm, 0, buffer->shm.size),
		OUT(&sdp->args, 0, PROTEX_TA_DIGEST_SIZE),
	};
	uint8_t digest[PROTEX_TA_DIGEST_SIZE];
	uint32_t result;

	EVP_Digest(buffer->twin, buffer->shm.size, digest, NULL, EVP_sha256(), NULL);
	memset(sdp->args.data, 0, sizeof(digest));
	result = invoke(&sdp->client, PROTEX_TA_CMD_DIGEST, params, 2);
	if (result)
		note("digest: %#x", result);
	return !result && !memcmp(sdp->args.data, digest, sizeof(digest));
}
