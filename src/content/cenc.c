/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "cenc.h"
#include "failure.h"

#define BLOCK 16u

struct cipher {
	EVP_CIPHER_CTX *context;
	const struct cenc_sample *sample;
	uint8_t counter[BLOCK];
	uint64_t bytes_to_wrap; /* until the low 64 bits of the counter are 0 */
};

/* libcrypto's counter has 128 bits, that of ISO/IEC 23001-7 64: where that wraps, it is set anew. */
static bool start_counter(struct cipher *c)
{
	uint64_t low = 0;

	for (unsigned i = 8; i < BLOCK; i++)
		low = low << 8 | c->counter[i];
	c->bytes_to_wrap = low != 0 && -low <= UINT64_MAX / BLOCK ? -low * BLOCK : UINT64_MAX;
	return EVP_CipherInit_ex(c->context, NULL, NULL, NULL, c->counter, -1) == 1;
}

static bool update(struct cipher *c, uint8_t *data, size_t size)
{
	int done = 0;

	return size == 0 || (size <= INT_MAX && EVP_CipherUpdate(c->context, data, &done, data,
								 (int)size) == 1 && done == (int)size);
}

static bool apply_cenc(struct cipher *c, uint8_t *data, size_t size)
{
	while (size >= c->bytes_to_wrap) {
		size_t part = (size_t)c->bytes_to_wrap;

		if (!update(c, data, part))
			return false;
		data += part;
		size -= part;
		memset(c->counter + 8, 0, 8);
		if (!start_counter(c))
			return false;
	}
	c->bytes_to_wrap -= size;
	return update(c, data, size);
}

/* Each subsample begins with the vector anew, and with the pattern. */
static bool apply_cbcs(struct cipher *c, uint8_t *data, size_t size)
{
	size_t crypt = c->sample->crypt_blocks * BLOCK, skip = c->sample->skip_blocks * BLOCK;

	if (EVP_CipherInit_ex(c->context, NULL, NULL, NULL, c->sample->iv, -1) != 1)
		return false;
	if (skip == 0)
		return update(c, data, size / BLOCK * BLOCK);
	while (size >= crypt) {
		if (!update(c, data, crypt))
			return false;
		data += crypt;
		size -= crypt;
		if (size <= skip)
			break;
		data += skip;
		size -= skip;
	}
	return true;
}

static bool apply(struct cipher *c, uint8_t *data, size_t size)
{
	return c->sample->scheme == PROTEX_SCHEME_CBCS ? apply_cbcs(c, data, size)
						       : apply_cenc(c, data, size);
}

static bool apply_subsamples(struct cipher *c, uint8_t *data, size_t size)
{
	const struct cenc_sample *sample = c->sample;

	if (sample->subsample_count == 0)
		return apply(c, data, size);
	for (uint32_t i = 0; i < sample->subsample_count; i++) {
		data += sample->subsamples[i].clear;
		if (!apply(c, data, sample->subsamples[i].cipher))
			return false;
		data += sample->subsamples[i].cipher;
	}
	return true;
}

static bool adds_up(const struct cenc_sample *sample, size_t size)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < sample->subsample_count; i++)
		sum += (uint64_t)sample->subsamples[i].clear + sample->subsamples[i].cipher;
	return sample->subsample_count == 0 || sum == size;
}

static int run(const uint8_t key[16], const struct cenc_sample *sample, uint8_t *data, size_t size,
	       bool encrypt, struct protex_error *error)
{
	bool is_cbcs = sample->scheme == PROTEX_SCHEME_CBCS;
	struct cipher c = {.sample = sample};
	bool good;

	if (sample->scheme == PROTEX_SCHEME_NONE)
		return 0;
	if (!adds_up(sample, size) || (sample->crypt_blocks == 0 && sample->skip_blocks > 0))
		return fail(error, -EBADMSG, "its subsamples are not those of the sample");
	memcpy(c.counter, sample->iv, sizeof(c.counter));
	c.context = EVP_CIPHER_CTX_new();
	good = c.context &&
	       EVP_CipherInit_ex(c.context, is_cbcs ? EVP_aes_128_cbc() : EVP_aes_128_ctr(), NULL,
				 key, sample->iv, encrypt) == 1 &&
	       EVP_CIPHER_CTX_set_padding(c.context, 0) == 1 && start_counter(&c) &&
	       apply_subsamples(&c, data, size);
	EVP_CIPHER_CTX_free(c.context);
	return good ? 0 : fail(error, -EIO, "AES-128 failed in libcrypto");
}

int cenc_decrypt(const uint8_t key[16], const struct cenc_sample *sample, uint8_t *data, size_t size,
		 struct protex_error *error)
{
	return run(key, sample, data, size, false, error);
}

int cenc_encrypt(const uint8_t key[16], const struct cenc_sample *sample, uint8_t *data, size_t size,
		 struct protex_error *error)
{
	return run(key, sample, data, size, true, error);
}

const char *cenc_scheme_name(enum protex_scheme scheme)
{
	switch (scheme) {
	case PROTEX_SCHEME_CENC:
		return "cenc";
	case PROTEX_SCHEME_CBCS:
		return "cbcs";
	default:
		return "none";
	}
}

void cenc_key_id_text(const uint8_t key_id[CENC_KEY_ID_SIZE], char text[CENC_KEY_ID_TEXT])
{
	for (unsigned i = 0; i < CENC_KEY_ID_SIZE; i++)
		sprintf(text + 2 * i, "%02x", key_id[i]);
}
