// SPDX-License-Identifier: MIT
/*
 * The trusted application, on the host: what it decrypts to, and what it refuses. A refused command
 * must leave protected memory as it was, so every refusal is checked for that too.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include <protex/ta.h>
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

#include "ta_host.h"

_Static_assert(sizeof(struct protex_ta_wrapped_key) == PROTEX_TA_WRAPPED_KEY_SIZE, "ABI");
_Static_assert(sizeof(struct protex_ta_wrapped_crypto_key) == PROTEX_TA_WRAPPED_CRYPTO_KEY_SIZE,
	       "ABI");
_Static_assert(sizeof(struct protex_ta_decrypt) == PROTEX_TA_DECRYPT_SIZE, "ABI");
_Static_assert(sizeof(struct protex_ta_decrypt_sample) == PROTEX_TA_DECRYPT_SAMPLE_SIZE, "ABI");
_Static_assert(sizeof(struct protex_ta_subsample) == PROTEX_TA_SUBSAMPLE_SIZE, "ABI");
_Static_assert(PROTEX_TA_ERROR_ACCESS_DENIED == TEE_ERROR_ACCESS_DENIED, "ABI");
_Static_assert(PROTEX_TA_ERROR_EXCESS_DATA == TEE_ERROR_EXCESS_DATA, "ABI");
_Static_assert(PROTEX_TA_ERROR_BAD_FORMAT == TEE_ERROR_BAD_FORMAT, "ABI");
_Static_assert(PROTEX_TA_ERROR_BAD_PARAMETERS == TEE_ERROR_BAD_PARAMETERS, "ABI");
_Static_assert(PROTEX_TA_ERROR_BAD_STATE == TEE_ERROR_BAD_STATE, "ABI");
_Static_assert(PROTEX_TA_ERROR_ITEM_NOT_FOUND == TEE_ERROR_ITEM_NOT_FOUND, "ABI");
_Static_assert(PROTEX_TA_ERROR_NOT_SUPPORTED == TEE_ERROR_NOT_SUPPORTED, "ABI");
_Static_assert(PROTEX_TA_ERROR_OUT_OF_MEMORY == TEE_ERROR_OUT_OF_MEMORY, "ABI");
_Static_assert(PROTEX_TA_ERROR_SECURITY == TEE_ERROR_SECURITY, "ABI");
_Static_assert(PROTEX_TA_ERROR_SHORT_BUFFER == TEE_ERROR_SHORT_BUFFER, "ABI");
_Static_assert(PROTEX_TA_ERROR_STORAGE_NO_SPACE == TEE_ERROR_STORAGE_NO_SPACE, "ABI");

/* NIST SP 800-38A, F.5.1: CTR-AES128.Encrypt */
static const uint8_t nist_key[16] = {
	0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
};
static const uint8_t nist_iv[16] = {
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};
static const uint8_t nist_plaintext[64] = {
	0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
	0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51,
	0x30, 0xc8, 0x1c, 0x46, 0xa3, 0x5c, 0xe4, 0x11, 0xe5, 0xfb, 0xc1, 0x19, 0x1a, 0x0a, 0x52, 0xef,
	0xf6, 0x9f, 0x24, 0x45, 0xdf, 0x4f, 0x9b, 0x17, 0xad, 0x2b, 0x41, 0x7b, 0xe6, 0x6c, 0x37, 0x10,
};
static const uint8_t nist_ciphertext[64] = {
	0x87, 0x4d, 0x61, 0x91, 0xb6, 0x20, 0xe3, 0x26, 0x1b, 0xef, 0x68, 0x64, 0x99, 0x0d, 0xb6, 0xce,
	0x98, 0x06, 0xf6, 0x6b, 0x79, 0x70, 0xfd, 0xff, 0x86, 0x17, 0x18, 0x7b, 0xb9, 0xff, 0xfd, 0xff,
	0x5a, 0xe4, 0xdf, 0x3e, 0xdb, 0xd5, 0xd3, 0x5e, 0x5b, 0x4f, 0x09, 0x02, 0x0d, 0xb0, 0x3e, 0xab,
	0x1e, 0x03, 0x1d, 0xda, 0x2f, 0xbe, 0x03, 0xd1, 0x79, 0x21, 0x70, 0xa0, 0xf3, 0x00, 0x9c, 0xee,
};

#define PROTECTED_SIZE 4096
#define SOURCE_SIZE 4096
#define PATTERN 0xe7

/* On the heap, each exactly as large as it says, so that a sanitizer sees every byte too many. */
struct world {
	void *session;
	uint32_t key;
	uint8_t *protected;
	uint8_t *source;
	uint8_t *args; /* as large as the largest description of a sample, and one byte */
	size_t args_size;
	uint8_t *digest;
};

static TEE_Param memref(void *buffer, size_t size)
{
	TEE_Param param = {.memref = {buffer, size}};

	return param;
}

static TEE_Param value(uint32_t a, uint32_t b)
{
	TEE_Param param = {.value = {a, b}};

	return param;
}

#define NONE TEE_PARAM_TYPE_NONE
#define IN TEE_PARAM_TYPE_MEMREF_INPUT
#define OUT TEE_PARAM_TYPE_MEMREF_OUTPUT
#define INOUT TEE_PARAM_TYPE_MEMREF_INOUT
#define VIN TEE_PARAM_TYPE_VALUE_INPUT
#define VOUT TEE_PARAM_TYPE_VALUE_OUTPUT
#define TYPES TEE_PARAM_TYPES

static void put_le(uint8_t *p, uint64_t v, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void wrap(const uint8_t key[16], uint8_t wrapped[PROTEX_TA_WRAPPED_KEY_SIZE])
{
	static const uint8_t kek[16] = PROTEX_TA_DEVELOPMENT_KEK;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int size;

	put_le(wrapped, PROTEX_TA_WRAPPED_KEY_MAGIC, 4);
	put_le(wrapped + 4, PROTEX_TA_WRAPPED_KEY_VERSION, 4);
	memcpy(wrapped + 8, "twelve bytes", 12);
	assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, kek, wrapped + 8), 1);
	EVP_EncryptUpdate(ctx, NULL, &size, wrapped, 8);
	EVP_EncryptUpdate(ctx, wrapped + 20, &size, key, 16);
	EVP_EncryptFinal_ex(ctx, wrapped + 36, &size);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, wrapped + 36);
	EVP_CIPHER_CTX_free(ctx);
}

static TEE_Result unwrap(struct world *w, const uint8_t *wrapped, size_t size, uint32_t *key)
{
	uint8_t *copy = malloc(size ? size : 1);
	TEE_Param params[4] = {memref(copy, size), value(0, 0)};
	TEE_Result res;

	memcpy(copy, wrapped, size);
	ta_host_map(copy, size, false, TA_HOST_READ);
	res = TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_UNWRAP_KEY,
					 TYPES(IN, VOUT, NONE, NONE), params);
	*key = params[1].value.a;
	free(copy);
	return res;
}

/* The client memory that all tests have. */
static void map_all(struct world *w)
{
	ta_host_unmap_all();
	ta_host_map(w->protected, PROTECTED_SIZE, true, TA_HOST_WRITE);
	ta_host_map(w->source, SOURCE_SIZE, false, TA_HOST_WRITE);
	ta_host_map(w->args, w->args_size, false, TA_HOST_READ);
	ta_host_map(w->digest, PROTEX_TA_DIGEST_SIZE, false, TA_HOST_WRITE);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	uint8_t wrapped[PROTEX_TA_WRAPPED_KEY_SIZE];
	TEE_Param params[4] = {0};

	w->protected = malloc(PROTECTED_SIZE);
	memset(w->protected, PATTERN, PROTECTED_SIZE);
	w->source = calloc(1, SOURCE_SIZE);
	memcpy(w->source, nist_ciphertext, sizeof(nist_ciphertext));
	w->args_size = PROTEX_TA_DECRYPT_SAMPLE_SIZE +
		       PROTEX_TA_MAX_SUBSAMPLES * PROTEX_TA_SUBSAMPLE_SIZE + PROTEX_TA_MAX_HEAD + 1;
	w->args = calloc(1, w->args_size);
	w->digest = calloc(1, PROTEX_TA_DIGEST_SIZE);
	map_all(w);

	assert_int_equal(TA_CreateEntryPoint(), TEE_SUCCESS);
	assert_int_equal(TA_OpenSessionEntryPoint(0, params, &w->session), TEE_SUCCESS);
	wrap(nist_key, wrapped);
	assert_int_equal(unwrap(w, wrapped, sizeof(wrapped), &w->key), TEE_SUCCESS);
	map_all(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	TA_CloseSessionEntryPoint(w->session);
	TA_DestroyEntryPoint();
	ta_host_unmap_all();
	ta_host_set_device(NULL, NULL, 0);
	free(w->protected);
	free(w->source);
	free(w->args);
	free(w->digest);
	free(w);
	return 0;
}

static bool untouched(const struct world *w)
{
	for (size_t i = 0; i < PROTECTED_SIZE; i++)
		if (w->protected[i] != PATTERN)
			return false;
	return true;
}

static size_t descriptor(struct world *w, uint32_t key, const uint8_t iv[16], uint64_t offset,
			 const uint32_t *subsamples, uint32_t count)
{
	put_le(w->args, key, 4);
	put_le(w->args + 4, count, 4);
	memcpy(w->args + 8, iv, 16);
	put_le(w->args + 24, offset, 8);
	for (uint32_t i = 0; i < 2 * count; i++)
		put_le(w->args + 32 + 4 * i, subsamples[i], 4);
	return PROTEX_TA_DECRYPT_SIZE + count * PROTEX_TA_SUBSAMPLE_SIZE;
}

static TEE_Result decrypt_params(struct world *w, TEE_Param p0, TEE_Param p1, TEE_Param p2)
{
	TEE_Param params[4] = {p0, p1, p2};

	return TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_DECRYPT,
					  TYPES(IN, INOUT, IN, NONE), params);
}

/* Decrypts the start of w->source to offset, with the NIST key unless told otherwise. */
static TEE_Result decrypt_with(struct world *w, uint32_t key, const uint8_t iv[16], size_t size,
			       uint64_t offset, const uint32_t *subsamples, uint32_t count)
{
	size_t args = descriptor(w, key, iv, offset, subsamples, count);

	return decrypt_params(w, memref(w->source, size), memref(w->protected, PROTECTED_SIZE),
			      memref(w->args, args));
}

static TEE_Result decrypt(struct world *w, size_t size, uint64_t offset,
			  const uint32_t *subsamples, uint32_t count)
{
	return decrypt_with(w, w->key, nist_iv, size, offset, subsamples, count);
}

static void decrypts_nist_vector(void **state)
{
	struct world *w = *state;

	assert_int_equal(decrypt(w, 64, 0, NULL, 0), TEE_SUCCESS);
	assert_memory_equal(w->protected, nist_plaintext, 64);
	for (size_t i = 64; i < PROTECTED_SIZE; i++)
		assert_int_equal(w->protected[i], PATTERN);
}

static void decrypts_to_any_offset(void **state)
{
	static const uint64_t offsets[] = {1, 15, 16, 17, PROTECTED_SIZE - 64};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		memset(w->protected, PATTERN, PROTECTED_SIZE);
		assert_int_equal(decrypt(w, 64, offsets[i], NULL, 0), TEE_SUCCESS);
		assert_memory_equal(w->protected + offsets[i], nist_plaintext, 64);
		assert_int_equal(w->protected[offsets[i] - 1], PATTERN);
		memset(w->protected + offsets[i], PATTERN, 64);
		assert_true(untouched(w));
	}
}

static void decrypts_any_size(void **state)
{
	struct world *w = *state;

	for (size_t size = 1; size <= 64; size++) {
		memset(w->protected, PATTERN, PROTECTED_SIZE);
		assert_int_equal(decrypt(w, size, 0, NULL, 0), TEE_SUCCESS);
		assert_memory_equal(w->protected, nist_plaintext, size);
		assert_int_equal(w->protected[size], PATTERN);
	}
}

/* Splits the vector at every place, with clear bytes before, between and after. */
static void decrypts_subsamples(void **state)
{
	struct world *w = *state;

	for (uint32_t split = 0; split <= 64; split++) {
		const uint32_t subsamples[] = {3, split, 5, 64 - split, 7, 0};
		uint8_t *p = w->source;
		uint8_t expected[79];

		memcpy(p, "abc", 3);
		memcpy(p + 3, nist_ciphertext, split);
		memcpy(p + 3 + split, "defgh", 5);
		memcpy(p + 8 + split, nist_ciphertext + split, 64 - split);
		memcpy(p + 72, "ijklmno", 7);
		memcpy(expected, p, 79);
		memcpy(expected + 3, nist_plaintext, split);
		memcpy(expected + 8 + split, nist_plaintext + split, 64 - split);

		assert_int_equal(decrypt(w, 79, 11, subsamples, 3), TEE_SUCCESS);
		assert_memory_equal(w->protected + 11, expected, 79);
	}
}

static void decrypts_all_clear(void **state)
{
	static const uint32_t subsamples[] = {64, 0};
	struct world *w = *state;

	assert_int_equal(decrypt(w, 64, 0, subsamples, 1), TEE_SUCCESS);
	assert_memory_equal(w->protected, nist_ciphertext, 64);
}

static void decrypts_most_subsamples(void **state)
{
	static uint32_t subsamples[2 * (PROTEX_TA_MAX_SUBSAMPLES + 1)];
	struct world *w = *state;

	for (uint32_t i = 0; i < PROTEX_TA_MAX_SUBSAMPLES; i++) {
		subsamples[2 * i] = i >= 64;
		subsamples[2 * i + 1] = i < 64;
	}
	assert_int_equal(decrypt(w, PROTEX_TA_MAX_SUBSAMPLES, 0, subsamples,
				 PROTEX_TA_MAX_SUBSAMPLES), TEE_SUCCESS);
	assert_memory_equal(w->protected, nist_plaintext, 64);
	assert_memory_equal(w->protected + 64, w->source + 64, PROTEX_TA_MAX_SUBSAMPLES - 64);
}

static void key_block(const uint8_t counter[16], uint8_t out[16])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int size;

	EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, nist_key, NULL);
	EVP_EncryptUpdate(ctx, out, &size, counter, 16);
	EVP_CIPHER_CTX_free(ctx);
}

/* ISO/IEC 23001-7, 9.2: the block counter is the low 64 bits, and wraps without a carry. */
static void counter_wraps_at_64_bits(void **state)
{
	struct world *w = *state;
	uint8_t counter[16], iv[16], expected[64];

	memset(w->source, 0, 64);
	for (unsigned int before = 0; before <= 5; before++) {
		memset(iv, 0xff, 16);
		iv[7] = 0x41;
		put_le(iv + 8, ~(uint64_t)0, 8);
		iv[15] = (uint8_t)(0x100 - before);
		if (!before)
			memset(iv + 8, 0, 8);

		memcpy(counter, iv, 16);
		for (unsigned int block = 0; block < 4; block++) {
			key_block(counter, expected + 16 * block);
			for (int i = 15; i >= 8 && !++counter[i]; i--)
				;
		}
		assert_int_equal(decrypt_with(w, w->key, iv, 64, 0, NULL, 0), TEE_SUCCESS);
		assert_memory_equal(w->protected, expected, 64);

		/* The wrap is where it is whatever the subsamples are. */
		for (uint32_t split = 1; split < 64; split++) {
			const uint32_t subsamples[] = {0, split, 0, 64 - split};

			memset(w->protected, PATTERN, 64);
			assert_int_equal(decrypt_with(w, w->key, iv, 64, 0, subsamples, 2),
					 TEE_SUCCESS);
			assert_memory_equal(w->protected, expected, 64);
		}
	}
}

/* Sizes that files in the field have: parts of no whole block, and clear ones of more than 65,535 bytes. */
static void decrypts_odd_and_large_parts(void **state)
{
	static const struct {
		uint32_t count;
		uint32_t subsamples[6];
		size_t size;
	} cases[] = {
		{0, {0}, 17000},
		{1, {17000, 0}, 17000},
		{3, {5, 17, 0, 15, 70000, 1}, 70038},
	};
	static const uint8_t iv[16] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t size = cases[i].size, at = 0;
		uint8_t *source = malloc(size), *expected = malloc(size), *protected = malloc(size + 2);
		EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
		int done;

		for (size_t n = 0; n < size; n++)
			source[n] = expected[n] = (uint8_t)(n * 7 >> 2);
		memset(protected, PATTERN, size + 2);
		EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, nist_key, iv);
		if (!cases[i].count)
			EVP_EncryptUpdate(ctx, expected, &done, expected, (int)size);
		for (uint32_t n = 0; n < cases[i].count; n++) {
			at += cases[i].subsamples[2 * n];
			EVP_EncryptUpdate(ctx, expected + at, &done, expected + at,
					  (int)cases[i].subsamples[2 * n + 1]);
			at += cases[i].subsamples[2 * n + 1];
		}
		EVP_CIPHER_CTX_free(ctx);

		ta_host_map(source, size, false, TA_HOST_READ);
		ta_host_map(protected, size + 2, true, TA_HOST_WRITE);
		assert_int_equal(
			decrypt_params(w, memref(source, size), memref(protected, size + 2),
				       memref(w->args, descriptor(w, w->key, iv, 1, cases[i].subsamples,
								  cases[i].count))),
			TEE_SUCCESS);
		assert_memory_equal(protected + 1, expected, size);
		assert_int_equal(protected[0], PATTERN);
		assert_int_equal(protected[size + 1], PATTERN);
		map_all(w);
		free(source);
		free(expected);
		free(protected);
	}
}

static void keys_do_not_mix(void **state)
{
	uint8_t wrapped[PROTEX_TA_WRAPPED_KEY_SIZE];
	struct world *w = *state;
	uint32_t other;

	wrap((const uint8_t *)"another key, yes", wrapped);
	assert_int_equal(unwrap(w, wrapped, sizeof(wrapped), &other), TEE_SUCCESS);
	assert_int_not_equal(other, w->key);
	assert_int_equal(decrypt_with(w, other, nist_iv, 64, 0, NULL, 0), TEE_SUCCESS);
	assert_memory_not_equal(w->protected, nist_plaintext, 64);
	assert_int_equal(decrypt(w, 64, 0, NULL, 0), TEE_SUCCESS);
	assert_memory_equal(w->protected, nist_plaintext, 64);
}

static void refuses_unknown_keys(void **state)
{
	struct world *w = *state;

	assert_int_equal(decrypt_with(w, w->key + 1, nist_iv, 64, 0, NULL, 0),
			 TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(decrypt_with(w, 0, nist_iv, 64, 0, NULL, 0), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(decrypt_with(w, UINT32_MAX, nist_iv, 64, 0, NULL, 0),
			 TEE_ERROR_ITEM_NOT_FOUND);
	assert_true(untouched(w));
}

static void refuses_out_of_bounds(void **state)
{
	static const uint64_t offsets[] = {
		PROTECTED_SIZE - 63,
		PROTECTED_SIZE,
		PROTECTED_SIZE + 1,
		UINT32_MAX,
		(uint64_t)UINT32_MAX + 1,
		UINT64_MAX - 63, /* plus 64 is 0 */
		UINT64_MAX - 31,
		UINT64_MAX,
		INT64_MAX,
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		assert_int_equal(decrypt(w, 64, offsets[i], NULL, 0), TEE_ERROR_BAD_PARAMETERS);
		assert_true(untouched(w));
	}
}

static void refuses_zero_and_huge_sizes(void **state)
{
	struct world *w = *state;
	size_t args = descriptor(w, w->key, nist_iv, 0, NULL, 0);
	TEE_Param src = memref(w->source, 64), dst = memref(w->protected, PROTECTED_SIZE);
	TEE_Param desc = memref(w->args, args);
	static const size_t sizes[] = {0, (size_t)PROTEX_TA_MAX_RANGE + 1, SIZE_MAX, SIZE_MAX - 4096};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		assert_int_equal(decrypt_params(w, memref(w->source, sizes[i]), dst, desc),
				 TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(decrypt_params(w, src, memref(w->protected, sizes[i]), desc),
				 TEE_ERROR_BAD_PARAMETERS);
		assert_int_equal(decrypt_params(w, src, dst, memref(w->args, sizes[i])),
				 TEE_ERROR_BAD_PARAMETERS);
	}
	/* Larger than what is mapped, without being huge */
	assert_int_equal(decrypt_params(w, memref(w->source, SOURCE_SIZE + 1), dst, desc),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(decrypt_params(w, src, memref(w->protected, PROTECTED_SIZE + 1), desc),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(decrypt_params(w, memref(NULL, 64), dst, desc), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(decrypt_params(w, src, memref(NULL, 64), desc), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(decrypt_params(w, src, dst, memref(NULL, args)), TEE_ERROR_BAD_PARAMETERS);
	assert_true(untouched(w));
}

static void refuses_memory_of_the_wrong_kind(void **state)
{
	struct world *w = *state;
	size_t args = descriptor(w, w->key, nist_iv, 0, NULL, 0);
	TEE_Param src = memref(w->source, 64), dst = memref(w->protected, PROTECTED_SIZE);
	TEE_Param desc = memref(w->args, args);
	uint8_t outside[64] = {0};

	/* Destination not protected, source protected, descriptor protected, all the same memory */
	assert_int_equal(decrypt_params(w, src, memref(w->source + 64, 64), desc),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(decrypt_params(w, memref(w->protected, 64), dst, desc),
			 TEE_ERROR_ACCESS_DENIED);
	memcpy(w->protected, w->args, args);
	assert_int_equal(decrypt_params(w, src, dst, memref(w->protected, args)),
			 TEE_ERROR_ACCESS_DENIED);
	memset(w->protected, PATTERN, args);
	assert_int_equal(decrypt_params(w, dst, dst, desc), TEE_ERROR_ACCESS_DENIED);

	/* The TA's own memory */
	assert_int_equal(decrypt_params(w, memref(outside, 64), dst, desc), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(decrypt_params(w, src, memref(outside, 64), desc), TEE_ERROR_ACCESS_DENIED);

	/* Protected memory that is mapped for reading only */
	ta_host_unmap_all();
	ta_host_map(w->protected, PROTECTED_SIZE, true, TA_HOST_READ);
	ta_host_map(w->source, SOURCE_SIZE, false, TA_HOST_READ);
	ta_host_map(w->args, w->args_size, false, TA_HOST_READ);
	assert_int_equal(decrypt_params(w, src, dst, desc), TEE_ERROR_ACCESS_DENIED);

	assert_true(untouched(w));
	assert_memory_equal(w->source, nist_ciphertext, 64);
}

/* Where a TEE maps one memory as both kinds, the TA still does not decrypt onto its source. */
static void refuses_overlap(void **state)
{
	struct world *w = *state;
	size_t args = descriptor(w, w->key, nist_iv, 0, NULL, 0);
	TEE_Param desc = memref(w->args, args);

	ta_host_map(w->source, SOURCE_SIZE, true, TA_HOST_WRITE);
	assert_int_equal(decrypt_params(w, memref(w->source, 64), memref(w->source, 64), desc),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(decrypt_params(w, memref(w->source, 64), memref(w->source + 63, 64), desc),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(decrypt_params(w, memref(w->source + 63, 64), memref(w->source, 64), desc),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_memory_equal(w->source, nist_ciphertext, 64);
	assert_int_equal(decrypt_params(w, memref(w->source, 64), memref(w->source + 64, 64), desc),
			 TEE_SUCCESS);
	assert_memory_equal(w->source + 64, nist_plaintext, 64);
}

static void refuses_subsamples_that_do_not_add_up(void **state)
{
	static const struct {
		uint32_t count;
		uint32_t subsamples[4];
	} cases[] = {
		{1, {0, 63}},
		{1, {0, 65}},
		{1, {0, 0}},
		{2, {32, 0, 32, 1}},
		{2, {UINT32_MAX, 1, 0, 64}},	       /* wraps in 32 bits */
		{2, {UINT32_MAX, UINT32_MAX, 33, 33}}, /* wraps in 32 bits */
		{1, {UINT32_MAX, UINT32_MAX}},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(decrypt(w, 64, 0, cases[i].subsamples, cases[i].count),
				 TEE_ERROR_BAD_PARAMETERS);
		assert_true(untouched(w));
	}
}

static void refuses_descriptors_of_the_wrong_size(void **state)
{
	static const uint32_t subsamples[] = {0, 32, 0, 32};
	struct world *w = *state;
	TEE_Param src = memref(w->source, 64), dst = memref(w->protected, PROTECTED_SIZE);
	size_t size = descriptor(w, w->key, nist_iv, 0, subsamples, 2);

	for (size_t i = 1; i < size; i++)
		assert_int_equal(decrypt_params(w, src, dst, memref(w->args, i)),
				 TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(decrypt_params(w, src, dst, memref(w->args, size + 1)),
			 TEE_ERROR_BAD_PARAMETERS);

	/* Counts that are too large, or whose size wraps in 32 bits */
	put_le(w->args + 4, PROTEX_TA_MAX_SUBSAMPLES + 1, 4);
	assert_int_equal(decrypt_params(w, src, dst, memref(w->args, size)),
			 TEE_ERROR_BAD_PARAMETERS);
	put_le(w->args + 4, 0x20000002, 4);
	assert_int_equal(decrypt_params(w, src, dst, memref(w->args, size)),
			 TEE_ERROR_BAD_PARAMETERS);
	put_le(w->args + 4, UINT32_MAX, 4);
	assert_int_equal(decrypt_params(w, src, dst, memref(w->args, size)),
			 TEE_ERROR_BAD_PARAMETERS);
	put_le(w->args + 4, PROTEX_TA_MAX_SUBSAMPLES, 4);
	assert_int_equal(decrypt_params(w, src, dst,
					memref(w->args, PROTEX_TA_DECRYPT_SIZE +
							PROTEX_TA_MAX_SUBSAMPLES *
								PROTEX_TA_SUBSAMPLE_SIZE + 1)),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_true(untouched(w));
}

/* Every command with every type in every place: only the one that is specified gets through. */
static void refuses_wrong_types(void **state)
{
	static const struct {
		uint32_t command;
		uint32_t types;
	} commands[] = {
		{PROTEX_TA_CMD_UNWRAP_KEY, TYPES(IN, VOUT, NONE, NONE)},
		{PROTEX_TA_CMD_FORGET_KEY, TYPES(VIN, NONE, NONE, NONE)},
		{PROTEX_TA_CMD_DECRYPT, TYPES(IN, INOUT, IN, NONE)},
		{PROTEX_TA_CMD_DIGEST, TYPES(IN, OUT, NONE, NONE)},
		{PROTEX_TA_CMD_FILL, TYPES(INOUT, VIN, NONE, NONE)},
		{PROTEX_TA_CMD_SCRUB, TYPES(INOUT, NONE, NONE, NONE)},
		{PROTEX_TA_CMD_DECRYPT_SAMPLE, TYPES(IN, INOUT, IN, VOUT)},
	};
	struct world *w = *state;

	descriptor(w, w->key, nist_iv, 0, NULL, 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		for (uint32_t types = 0; types <= 0xffff; types++) {
			TEE_Param params[4] = {
				memref(w->source, 64),
				memref(w->protected, PROTECTED_SIZE),
				memref(w->args, PROTEX_TA_DECRYPT_SIZE),
			};

			if (types == commands[i].types)
				continue;
			assert_int_equal(TA_InvokeCommandEntryPoint(w->session, commands[i].command,
								    types, params),
					 TEE_ERROR_BAD_PARAMETERS);
		}
	}
	assert_true(untouched(w));
}

static void refuses_unknown_commands(void **state)
{
	static const uint32_t commands[] = {9, 10, 0x7fffffff, UINT32_MAX};
	struct world *w = *state;
	TEE_Param params[4] = {0};

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		assert_int_equal(TA_InvokeCommandEntryPoint(w->session, commands[i], 0, params),
				 TEE_ERROR_NOT_SUPPORTED);
}

static void refuses_parameters_when_opening(void **state)
{
	TEE_Param params[4] = {0};
	void *session = NULL;

	(void)state;
	for (uint32_t types = 1; types <= 0xffff; types++)
		assert_int_equal(TA_OpenSessionEntryPoint(types, params, &session),
				 TEE_ERROR_BAD_PARAMETERS);
	assert_null(session);
}

static void refuses_tampered_keys(void **state)
{
	uint8_t wrapped[PROTEX_TA_WRAPPED_KEY_SIZE];
	struct world *w = *state;
	uint32_t key;

	wrap(nist_key, wrapped);
	for (size_t i = 0; i < sizeof(wrapped); i++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			wrapped[i] ^= 1u << bit;
			map_all(w);
			assert_int_equal(unwrap(w, wrapped, sizeof(wrapped), &key),
					 i < PROTEX_TA_WRAPPED_KEY_AAD_SIZE
						 ? TEE_ERROR_BAD_FORMAT
						 : TEE_ERROR_SECURITY);
			assert_int_equal(key, 0);
			wrapped[i] ^= 1u << bit;
		}
	}
	map_all(w);
	assert_int_equal(unwrap(w, wrapped, sizeof(wrapped), &key), TEE_SUCCESS);
}

static void refuses_keys_of_the_wrong_size(void **state)
{
	uint8_t wrapped[PROTEX_TA_WRAPPED_KEY_SIZE + 1] = {0};
	struct world *w = *state;
	uint32_t key;

	wrap(nist_key, wrapped);
	for (size_t size = 0; size <= sizeof(wrapped); size++) {
		map_all(w);
		if (size == PROTEX_TA_WRAPPED_KEY_SIZE)
			continue;
		assert_int_equal(unwrap(w, wrapped, size, &key),
				 size && size < PROTEX_TA_WRAPPED_KEY_SIZE
					 ? TEE_ERROR_SHORT_BUFFER
					 : TEE_ERROR_BAD_PARAMETERS);
	}
}

/* A wrapped key in protected memory would tell whether that memory is what the caller guesses. */
static void refuses_protected_wrapped_key(void **state)
{
	struct world *w = *state;
	TEE_Param params[4] = {memref(w->protected, PROTEX_TA_WRAPPED_KEY_SIZE)};

	wrap(nist_key, w->protected);
	assert_int_equal(TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_UNWRAP_KEY,
						    TYPES(IN, VOUT, NONE, NONE), params),
			 TEE_ERROR_ACCESS_DENIED);
}

static TEE_Result forget(struct world *w, uint32_t id, uint32_t b)
{
	TEE_Param params[4] = {value(id, b)};

	return TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_FORGET_KEY,
					  TYPES(VIN, NONE, NONE, NONE), params);
}

static void keys_have_slots(void **state)
{
	uint8_t wrapped[PROTEX_TA_WRAPPED_KEY_SIZE];
	struct world *w = *state;
	uint32_t key, last = w->key;

	wrap(nist_key, wrapped);
	for (unsigned int i = 1; i < PROTEX_TA_MAX_KEYS; i++) {
		map_all(w);
		assert_int_equal(unwrap(w, wrapped, sizeof(wrapped), &key), TEE_SUCCESS);
		assert_true(key > last);
		last = key;
	}
	map_all(w);
	assert_int_equal(unwrap(w, wrapped, sizeof(wrapped), &key), TEE_ERROR_STORAGE_NO_SPACE);

	assert_int_equal(forget(w, w->key, 1), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(forget(w, 0, 0), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(forget(w, last + 1, 0), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(forget(w, w->key, 0), TEE_SUCCESS);
	assert_int_equal(forget(w, w->key, 0), TEE_ERROR_ITEM_NOT_FOUND);
	assert_int_equal(decrypt(w, 64, 0, NULL, 0), TEE_ERROR_ITEM_NOT_FOUND);
	assert_true(untouched(w));

	/* The slot is free, its old id is not used again. */
	map_all(w);
	assert_int_equal(unwrap(w, wrapped, sizeof(wrapped), &key), TEE_SUCCESS);
	assert_int_equal(key, last + 1);
}

static TEE_Result digest(struct world *w, void *src, size_t src_size, void *dst, size_t *dst_size)
{
	TEE_Param params[4] = {memref(src, src_size), memref(dst, *dst_size)};
	TEE_Result res = TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_DIGEST,
						    TYPES(IN, OUT, NONE, NONE), params);

	*dst_size = params[1].memref.size;
	return res;
}

static void digests(void **state)
{
	/* FIPS 180-4, "abc" */
	static const uint8_t abc[32] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	struct world *w = *state;
	size_t size = PROTEX_TA_DIGEST_SIZE;

	memcpy(w->protected + 5, "abc", 3);
	assert_int_equal(digest(w, w->protected + 5, 3, w->digest, &size), TEE_SUCCESS);
	assert_int_equal(size, PROTEX_TA_DIGEST_SIZE);
	assert_memory_equal(w->digest, abc, 32);

	size = SOURCE_SIZE;
	assert_int_equal(digest(w, w->protected + 5, 3, w->source, &size), TEE_SUCCESS);
	assert_int_equal(size, PROTEX_TA_DIGEST_SIZE);
	assert_memory_equal(w->source, abc, 32);
}

static void refuses_digests(void **state)
{
	struct world *w = *state;
	size_t size = PROTEX_TA_DIGEST_SIZE - 1;

	assert_int_equal(digest(w, w->protected, 64, w->digest, &size), TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(size, PROTEX_TA_DIGEST_SIZE);
	size = 0;
	assert_int_equal(digest(w, w->protected, 64, w->digest, &size), TEE_ERROR_BAD_PARAMETERS);
	size = PROTEX_TA_DIGEST_SIZE;
	assert_int_equal(digest(w, w->protected, 0, w->digest, &size), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(digest(w, w->protected, PROTECTED_SIZE + 1, w->digest, &size),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(digest(w, w->source, 64, w->digest, &size), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(digest(w, w->protected, 64, w->protected + 64, &size),
			 TEE_ERROR_ACCESS_DENIED);
	/* args is mapped for reading only. */
	assert_int_equal(digest(w, w->protected, 64, w->args, &size), TEE_ERROR_ACCESS_DENIED);
	assert_true(untouched(w));
	for (size_t i = 0; i < PROTEX_TA_DIGEST_SIZE; i++)
		assert_int_equal(w->digest[i], 0);
}

static TEE_Result fill(struct world *w, void *dst, size_t size, uint32_t a, uint32_t b)
{
	TEE_Param params[4] = {memref(dst, size), value(a, b)};

	return TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_FILL,
					  TYPES(INOUT, VIN, NONE, NONE), params);
}

static TEE_Result scrub(struct world *w, void *dst, size_t size)
{
	TEE_Param params[4] = {memref(dst, size)};

	return TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_SCRUB,
					  TYPES(INOUT, NONE, NONE, NONE), params);
}

static void fills_and_scrubs(void **state)
{
	struct world *w = *state;

	assert_int_equal(fill(w, w->protected + 10, 100, 0xff, 0), TEE_SUCCESS);
	for (size_t i = 0; i < PROTECTED_SIZE; i++)
		assert_int_equal(w->protected[i], i < 10 || i >= 110 ? PATTERN : 0xff);
	assert_int_equal(scrub(w, w->protected + 20, 1000), TEE_SUCCESS);
	for (size_t i = 0; i < PROTECTED_SIZE; i++)
		assert_int_equal(w->protected[i], i >= 20 && i < 1020 ? 0
						  : i >= 10 && i < 20 ? 0xff
								      : PATTERN);
}

static void refuses_fills_and_scrubs(void **state)
{
	struct world *w = *state;

	assert_int_equal(fill(w, w->protected, 64, 256, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fill(w, w->protected, 64, UINT32_MAX, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fill(w, w->protected, 64, 0, 1), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fill(w, w->protected, 0, 0, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fill(w, w->protected, SIZE_MAX, 0, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(fill(w, w->protected, PROTECTED_SIZE + 1, 0, 0), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(fill(w, w->source, 64, 0, 0), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(scrub(w, w->protected, 0), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(scrub(w, w->protected, SIZE_MAX), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(scrub(w, w->protected + 1, PROTECTED_SIZE), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(scrub(w, w->source, 64), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(scrub(w, NULL, 64), TEE_ERROR_BAD_PARAMETERS);
	assert_true(untouched(w));
	assert_memory_equal(w->source, nist_ciphertext, 64);
}

/* ---- samples ------------------------------------------------------------------------------------- */

/* NIST SP 800-38A, F.2.1: CBC-AES128.Encrypt, of nist_plaintext and with nist_key */
static const uint8_t cbc_iv[16] = {
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
};
static const uint8_t cbc_ciphertext[64] = {
	0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46, 0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d,
	0x50, 0x86, 0xcb, 0x9b, 0x50, 0x72, 0x19, 0xee, 0x95, 0xdb, 0x11, 0x3a, 0x91, 0x76, 0x78, 0xb2,
	0x73, 0xbe, 0xd6, 0xb8, 0xe3, 0xc1, 0x74, 0x3b, 0x71, 0x16, 0xe6, 0x9e, 0x22, 0x22, 0x95, 0x16,
	0x3f, 0xf1, 0xca, 0xa1, 0x68, 0x1f, 0xac, 0x09, 0x12, 0x0e, 0xca, 0x30, 0x75, 0x86, 0xe1, 0xa7,
};

struct request {
	size_t size; /* of the start of w->source */
	uint32_t key;
	uint8_t scheme, crypt, skip, nal_length_size;
	const uint8_t *iv;
	uint64_t offset;
	const uint32_t *subsamples;
	uint32_t subsample_count;
	const void *head;
	uint32_t head_size;
};

static size_t describe(struct world *w, const struct request *r)
{
	uint8_t *p = w->args;

	put_le(p, r->key, 4);
	put_le(p + 4, r->subsample_count, 4);
	memset(p + 8, 0, 16);
	if (r->iv)
		memcpy(p + 8, r->iv, 16);
	put_le(p + 24, r->offset, 8);
	put_le(p + 32, r->head_size, 4);
	p[36] = r->scheme;
	p[37] = r->crypt;
	p[38] = r->skip;
	p[39] = r->nal_length_size;
	p += PROTEX_TA_DECRYPT_SAMPLE_SIZE;
	for (uint32_t i = 0; i < 2 * r->subsample_count; i++, p += 4)
		put_le(p, r->subsamples[i], 4);
	if (r->head)
		memcpy(p, r->head, r->head_size);
	return (size_t)(p - w->args) + r->head_size;
}

static TEE_Result sample_params(struct world *w, TEE_Param p0, TEE_Param p1, TEE_Param p2,
				uint32_t *written)
{
	TEE_Param params[4] = {p0, p1, p2, value(0xdead, 0xdead)};
	TEE_Result res = TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_DECRYPT_SAMPLE,
						    TYPES(IN, INOUT, IN, VOUT), params);

	if (res == TEE_SUCCESS)
		assert_int_equal(params[3].value.b, 0);
	if (written)
		*written = params[3].value.a;
	return res;
}

static TEE_Result decrypt_sample(struct world *w, struct request r, uint32_t *written)
{
	size_t args = describe(w, &r);

	return sample_params(w, memref(w->source, r.size), memref(w->protected, PROTECTED_SIZE),
			     memref(w->args, args), written);
}

/* "abc" in the clear, as one NAL unit. */
static struct request clear_sample(struct world *w)
{
	memcpy(w->source, "\0\0\0\3abc", 7);
	return (struct request){.size = 7, .nal_length_size = 4};
}

/* The 64 bytes of the vector as the end of a NAL unit that begins with "type", before it one of "sei". */
static struct request cenc_sample(struct world *w)
{
	static const uint32_t subsamples[] = {15, 64};

	memcpy(w->source, "\0\0\0\3sei" "\0\0\0\104type", 15);
	memcpy(w->source + 15, nist_ciphertext, 64);
	return (struct request){
		.size = 79, .key = w->key, .scheme = PROTEX_TA_SCHEME_CENC, .nal_length_size = 4,
		.iv = nist_iv, .subsamples = subsamples, .subsample_count = 1,
	};
}

static void writes_start_codes_and_a_head(void **state)
{
	struct world *w = *state;
	struct request r = cenc_sample(w);
	uint32_t written;

	r.head = "parameter sets";
	r.head_size = 14;
	r.offset = 100;
	assert_int_equal(decrypt_sample(w, r, &written), TEE_SUCCESS);
	assert_int_equal(written, 14 + 79);
	assert_memory_equal(w->protected + 100, "parameter sets", 14);
	assert_memory_equal(w->protected + 114, "\0\0\0\1sei" "\0\0\0\1type", 15);
	assert_memory_equal(w->protected + 129, nist_plaintext, 64);
	memset(w->protected + 100, PATTERN, written);
	assert_true(untouched(w));
}

/* Devices need not see the TA's cache: what they see is in device. */
static void devices_see_what_is_written(void **state)
{
	struct world *w = *state;
	uint8_t *device = malloc(PROTECTED_SIZE);
	struct request r = cenc_sample(w);

	memset(device, PATTERN, PROTECTED_SIZE);
	ta_host_set_device(w->protected, device, PROTECTED_SIZE);
	r.head = "parameter sets";
	r.head_size = 14;
	r.offset = 100;
	assert_int_equal(decrypt_sample(w, r, NULL), TEE_SUCCESS);
	assert_memory_equal(device + 100, "parameter sets", 14);
	assert_memory_equal(device + 129, nist_plaintext, 64);

	memcpy(w->source, nist_ciphertext, sizeof(nist_ciphertext));
	assert_int_equal(decrypt(w, 64, 1000, NULL, 0), TEE_SUCCESS);
	assert_memory_equal(device + 1000, nist_plaintext, 64);
	assert_int_equal(fill(w, w->protected + 2000, 10, 0xff, 0), TEE_SUCCESS);
	assert_int_equal(scrub(w, w->protected + 3000, 10), TEE_SUCCESS);
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(device[2000 + i], 0xff);
		assert_int_equal(device[3000 + i], 0);
	}

	/* And nothing else of it was written. */
	assert_memory_equal(device, w->protected, PROTECTED_SIZE);
	free(device);
}

static void what_devices_wrote_is_read(void **state)
{
	struct world *w = *state;
	uint8_t *device = calloc(1, PROTECTED_SIZE);
	uint8_t expected[PROTEX_TA_DIGEST_SIZE];
	size_t size = PROTEX_TA_DIGEST_SIZE;

	memcpy(device + 5, "what a device wrote", 19);
	EVP_Digest(device + 5, 19, expected, NULL, EVP_sha256(), NULL);
	ta_host_set_device(w->protected, device, PROTECTED_SIZE);
	assert_int_equal(digest(w, w->protected + 5, 19, w->digest, &size), TEE_SUCCESS);
	assert_memory_equal(w->digest, expected, sizeof(expected));
	free(device);
}

/* A TEE that maintains no cache for the TA: the caller must not think that a device sees it. */
static void a_flush_that_fails_is_told(void **state)
{
	struct world *w = *state;
	size_t size = PROTEX_TA_DIGEST_SIZE;
	uint8_t device[1];

	ta_host_set_device(w->protected, device, sizeof(device));
	assert_int_equal(decrypt_sample(w, cenc_sample(w), NULL), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(decrypt(w, 64, 0, NULL, 0), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(fill(w, w->protected, 64, 1, 0), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(scrub(w, w->protected, 64), TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(digest(w, w->protected, 64, w->digest, &size), TEE_ERROR_ACCESS_DENIED);
}

static void writes_start_codes_of_four_bytes_for_shorter_lengths(void **state)
{
	struct world *w = *state;
	uint32_t written;

	memcpy(w->source, "\3abc\0\1d\0", 8); /* one empty between, one at the end */
	assert_int_equal(decrypt_sample(w, (struct request){.size = 8, .nal_length_size = 1}, &written),
			 TEE_SUCCESS);
	assert_int_equal(written, 12);
	assert_memory_equal(w->protected, "\0\0\0\1abc\0\0\0\1d", 12);
	assert_int_equal(w->protected[12], PATTERN);

	memcpy(w->source, "\0\1a\1\1", 5);
	memset(w->source + 5, 'b', 257);
	assert_int_equal(decrypt_sample(w, (struct request){.size = 262, .nal_length_size = 2}, &written),
			 TEE_SUCCESS);
	assert_int_equal(written, 5 + 4 + 257);
	assert_memory_equal(w->protected, "\0\0\0\1a\0\0\0\1", 9);
	assert_memory_equal(w->protected + 9, w->source + 5, 257);
}

static void copies_what_has_no_nal_units(void **state)
{
	struct world *w = *state;
	struct request r = cenc_sample(w);
	uint32_t written;

	r.nal_length_size = 0;
	assert_int_equal(decrypt_sample(w, r, &written), TEE_SUCCESS);
	assert_int_equal(written, 79);
	assert_memory_equal(w->protected, w->source, 15);
	assert_memory_equal(w->protected + 15, nist_plaintext, 64);

	/* All of it encrypted, without a table; all of it clear, likewise. */
	memcpy(w->source, nist_ciphertext, 64);
	r.size = 64;
	r.subsample_count = 0;
	assert_int_equal(decrypt_sample(w, r, &written), TEE_SUCCESS);
	assert_int_equal(written, 64);
	assert_memory_equal(w->protected, nist_plaintext, 64);
	r.scheme = PROTEX_TA_SCHEME_NONE;
	r.key = 0;
	assert_int_equal(decrypt_sample(w, r, &written), TEE_SUCCESS);
	assert_memory_equal(w->protected, nist_ciphertext, 64);
}

/* The key stream goes on from one NAL unit to the next, wherever a subsample ends. */
static void key_stream_runs_through_nal_units(void **state)
{
	struct world *w = *state;

	for (uint8_t split = 1; split < 64; split++) {
		const uint32_t subsamples[] = {1, split, 1, 64u - split};
		struct request r = {
			.size = 66, .key = w->key, .scheme = PROTEX_TA_SCHEME_CENC,
			.nal_length_size = 1, .iv = nist_iv, .subsamples = subsamples,
			.subsample_count = 2,
		};
		uint32_t written;

		w->source[0] = split;
		memcpy(w->source + 1, nist_ciphertext, split);
		w->source[1 + split] = (uint8_t)(64 - split);
		memcpy(w->source + 2 + split, nist_ciphertext + split, 64u - split);
		assert_int_equal(decrypt_sample(w, r, &written), TEE_SUCCESS);
		assert_int_equal(written, 72);
		assert_memory_equal(w->protected, "\0\0\0\1", 4);
		assert_memory_equal(w->protected + 4, nist_plaintext, split);
		assert_memory_equal(w->protected + 4 + split, "\0\0\0\1", 4);
		assert_memory_equal(w->protected + 8 + split, nist_plaintext + split, 64u - split);
	}
}

/* Encrypts in place, as ISO/IEC 23001-7 has it, with libcrypto: the pattern and the vector anew. */
static void encrypt_cbcs(uint8_t *p, size_t size, size_t crypt, size_t skip)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int done;

	assert_int_equal(EVP_EncryptInit_ex(ctx, EVP_aes_128_cbc(), NULL, nist_key, cbc_iv), 1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	while (size >= 16 * crypt) {
		EVP_EncryptUpdate(ctx, p, &done, p, (int)(16 * crypt));
		assert_int_equal(done, 16 * crypt);
		p += 16 * crypt;
		size -= 16 * crypt;
		p += size < 16 * skip ? size : 16 * skip;
		size -= size < 16 * skip ? size : 16 * skip;
	}
	EVP_CIPHER_CTX_free(ctx);
}

static void decrypts_cbcs(void **state)
{
	static const struct {
		uint8_t crypt, skip;
		uint32_t size;
	} cases[] = {
		{1, 9, 1600}, {1, 9, 1759}, {1, 9, 15}, {1, 9, 16}, {5, 5, 799}, {3, 1, 79}, {15, 15, 1000},
		{1, 0, 64},   {1, 0, 70},
	};
	struct world *w = *state;
	struct request r = {
		.size = 64, .key = w->key, .scheme = PROTEX_TA_SCHEME_CBCS, .iv = cbc_iv,
	};
	uint8_t expected[2 * 2048];
	uint32_t written;

	memcpy(w->source, cbc_ciphertext, 64);
	assert_int_equal(decrypt_sample(w, r, NULL), TEE_SUCCESS);
	assert_memory_equal(w->protected, nist_plaintext, 64);
	/* Without a pattern, what is no whole block is clear. */
	r.size = 63;
	assert_int_equal(decrypt_sample(w, r, NULL), TEE_SUCCESS);
	assert_memory_equal(w->protected, nist_plaintext, 48);
	assert_memory_equal(w->protected + 48, cbc_ciphertext + 48, 15);

	/* Two subsamples: each begins with the vector and the pattern. */
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint32_t size = cases[i].size;
		const uint32_t subsamples[] = {7, size, 3, size};

		r.size = 10 + 2 * size;
		r.crypt = cases[i].crypt;
		r.skip = cases[i].skip;
		r.subsamples = subsamples;
		r.subsample_count = 2;
		for (size_t n = 0; n < r.size; n++)
			w->source[n] = (uint8_t)(n * n >> 3);
		memcpy(expected, w->source, r.size);
		encrypt_cbcs(w->source + 7, size, r.crypt, r.skip);
		encrypt_cbcs(w->source + 10 + size, size, r.crypt, r.skip);
		assert_int_equal(decrypt_sample(w, r, &written), TEE_SUCCESS);
		assert_int_equal(written, r.size);
		assert_memory_equal(w->protected, expected, r.size);
	}
}

/*
 * What is refused must not depend on what is decrypted: a length that were, would tell it. The last byte of
 * the length is encrypted here, and every plaintext that it can have gets the same answer.
 */
static void lengths_that_are_encrypted_tell_nothing(void **state)
{
	struct world *w = *state;

	for (uint32_t clear = 0; clear < 4; clear++) {
		const uint32_t subsamples[] = {clear, 79 - clear};

		for (unsigned int plain = 0; plain < 256; plain++) {
			struct request r = cenc_sample(w);
			uint32_t written;

			r.subsamples = subsamples;
			w->source[clear] ^= (uint8_t)plain;
			assert_int_equal(decrypt_sample(w, r, &written), TEE_ERROR_BAD_PARAMETERS);
			assert_int_equal(written, 0xdead);
		}
	}
	/* Nor in the second NAL unit, and not without a table. */
	for (uint32_t end = 7; end < 11; end++) {
		const uint32_t subsamples[] = {end, 79 - end};
		struct request r = cenc_sample(w);

		r.subsamples = subsamples;
		assert_int_equal(decrypt_sample(w, r, NULL), TEE_ERROR_BAD_PARAMETERS);
		r.subsample_count = 0;
		assert_int_equal(decrypt_sample(w, r, NULL), TEE_ERROR_BAD_PARAMETERS);
	}
	assert_true(untouched(w));
}

/* Long clear parts take more than one subsample in a file, which can end in a length. */
static void lengths_can_lie_in_several_clear_parts(void **state)
{
	static const uint32_t subsamples[] = {1, 0, 8, 0, 0, 0, 1, 0, 5, 64};
	struct world *w = *state;
	struct request r = cenc_sample(w);

	r.subsamples = subsamples;
	r.subsample_count = 5;
	assert_int_equal(decrypt_sample(w, r, NULL), TEE_SUCCESS);
	assert_memory_equal(w->protected, "\0\0\0\1sei" "\0\0\0\1type", 15);
	assert_memory_equal(w->protected + 15, nist_plaintext, 64);
}

static void refuses_lengths_that_do_not_add_up(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		uint8_t length_size;
	} cases[] = {
		{"\0\0\0\4abc", 7, 4},	    {"\0\0\0\2abc", 7, 4}, {"\377\377\377\377abc", 7, 4},
		{"\200\0\0\3abc", 7, 4}, {"\0\0\0", 3, 4},	      {"\0\3ab", 4, 2},
		{"\0\1a\0", 4, 2},	    {"\2a", 2, 1},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memcpy(w->source, cases[i].bytes, cases[i].size);
		assert_int_equal(decrypt_sample(w, (struct request){
							.size = cases[i].size,
							.nal_length_size = cases[i].length_size}, NULL),
				 TEE_ERROR_BAD_PARAMETERS);
	}
	assert_true(untouched(w));
}

static void refuses_more_than_its_tables_hold(void **state)
{
	static uint32_t subsamples[2 * (PROTEX_TA_MAX_SUBSAMPLES + 1)];
	static uint8_t head[PROTEX_TA_MAX_HEAD + 1];
	struct world *w = *state;
	struct request r = {.size = PROTEX_TA_MAX_NALS + 1, .nal_length_size = 1};
	uint32_t written;

	memset(w->source, 0, r.size);
	assert_int_equal(decrypt_sample(w, r, NULL), TEE_ERROR_EXCESS_DATA);
	r = clear_sample(w);
	r.subsamples = subsamples;
	subsamples[2 * PROTEX_TA_MAX_SUBSAMPLES] = 7;
	r.subsample_count = PROTEX_TA_MAX_SUBSAMPLES + 1;
	/* Without the room for it, too: the count is what is judged. */
	describe(w, &(struct request){.subsamples = subsamples, .subsample_count = 0});
	put_le(w->args + 4, r.subsample_count, 4);
	assert_int_equal(sample_params(w, memref(w->source, 7), memref(w->protected, PROTECTED_SIZE),
				       memref(w->args, PROTEX_TA_DECRYPT_SAMPLE_SIZE), NULL),
			 TEE_ERROR_EXCESS_DATA);
	assert_int_equal(decrypt_sample(w, r, NULL), TEE_ERROR_EXCESS_DATA);
	r = clear_sample(w);
	r.head = head;
	r.head_size = sizeof(head);
	assert_int_equal(decrypt_sample(w, r, NULL), TEE_ERROR_EXCESS_DATA);
	assert_true(untouched(w));

	/* As much as they hold */
	memset(w->source, 0, PROTEX_TA_MAX_NALS);
	r = (struct request){.size = PROTEX_TA_MAX_NALS, .nal_length_size = 1};
	assert_int_equal(decrypt_sample(w, r, &written), TEE_SUCCESS);
	assert_int_equal(written, 0);
	assert_true(untouched(w));
	subsamples[0] = 7;
	r = clear_sample(w);
	r.subsamples = subsamples;
	r.subsample_count = PROTEX_TA_MAX_SUBSAMPLES;
	assert_int_equal(decrypt_sample(w, r, &written), TEE_SUCCESS);
	assert_int_equal(written, 7);
}

static void refuses_samples_out_of_bounds(void **state)
{
	struct world *w = *state;
	struct request r = cenc_sample(w);
	static const uint64_t offsets[] = {PROTECTED_SIZE - 78 - 4, PROTECTED_SIZE - 3, PROTECTED_SIZE,
					   PROTECTED_SIZE + 1, UINT32_MAX, UINT64_MAX, UINT64_MAX - 82};

	r.head = "head";
	r.head_size = 4;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		r.offset = offsets[i];
		assert_int_equal(decrypt_sample(w, r, NULL), TEE_ERROR_BAD_PARAMETERS);
		assert_true(untouched(w));
	}
	/* What start codes add counts. */
	r = (struct request){.size = 64, .nal_length_size = 1};
	memset(w->source, 1, 64);
	r.offset = PROTECTED_SIZE - 64;
	assert_int_equal(decrypt_sample(w, r, NULL), TEE_ERROR_BAD_PARAMETERS);
	r.offset = PROTECTED_SIZE - 32 * 5 + 1;
	assert_int_equal(decrypt_sample(w, r, NULL), TEE_ERROR_BAD_PARAMETERS);
	assert_true(untouched(w));
	r.offset--;
	assert_int_equal(decrypt_sample(w, r, NULL), TEE_SUCCESS);
}

static void refuses_what_a_sample_cannot_be(void **state)
{
	static const uint32_t wrong_sums[][4] = {{15, 63}, {15, 65}, {UINT32_MAX, 80}, {0, 0}};
	struct world *w = *state;
	struct request r, good = cenc_sample(w);
	size_t size = describe(w, &good);
	TEE_Param src = memref(w->source, good.size), dst = memref(w->protected, PROTECTED_SIZE);

#define REFUSED(result, ...) do { \
		r = good; \
		__VA_ARGS__; \
		assert_int_equal(decrypt_sample(w, r, NULL), result); \
		assert_true(untouched(w)); \
	} while (0)
	REFUSED(TEE_ERROR_ITEM_NOT_FOUND, r.key++);
	REFUSED(TEE_ERROR_ITEM_NOT_FOUND, r.key = 0);
	REFUSED(TEE_ERROR_BAD_PARAMETERS, r.scheme = PROTEX_TA_SCHEME_NONE);
	REFUSED(TEE_ERROR_BAD_PARAMETERS, r.scheme = 3);
	REFUSED(TEE_ERROR_BAD_PARAMETERS, r.scheme = 255);
	REFUSED(TEE_ERROR_BAD_PARAMETERS, r.crypt = 1);
	REFUSED(TEE_ERROR_BAD_PARAMETERS, r.skip = 9);
	REFUSED(TEE_ERROR_BAD_PARAMETERS, r.scheme = PROTEX_TA_SCHEME_CBCS; r.skip = 9);
	REFUSED(TEE_ERROR_BAD_PARAMETERS, r.scheme = PROTEX_TA_SCHEME_CBCS; r.crypt = 16; r.skip = 1);
	REFUSED(TEE_ERROR_BAD_PARAMETERS, r.scheme = PROTEX_TA_SCHEME_CBCS; r.crypt = 1; r.skip = 16);
	REFUSED(TEE_ERROR_BAD_PARAMETERS, r.nal_length_size = 3);
	REFUSED(TEE_ERROR_BAD_PARAMETERS, r.nal_length_size = 5);
	REFUSED(TEE_ERROR_BAD_PARAMETERS, r.nal_length_size = 255);
	for (size_t i = 0; i < 4; i++)
		REFUSED(TEE_ERROR_BAD_PARAMETERS, r.subsamples = wrong_sums[i]);
#undef REFUSED

	describe(w, &good);
	for (size_t i = 1; i < size; i++)
		assert_int_equal(sample_params(w, src, dst, memref(w->args, i), NULL),
				 TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(sample_params(w, src, dst, memref(w->args, size + 1), NULL),
			 TEE_ERROR_BAD_PARAMETERS);

	/* Memory of the wrong kind */
	assert_int_equal(sample_params(w, src, memref(w->source + 1024, 1024), memref(w->args, size),
				       NULL),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(sample_params(w, memref(w->protected, 79), dst, memref(w->args, size), NULL),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(sample_params(w, src, dst, memref(w->protected, size), NULL),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(sample_params(w, memref(w->source, 0), dst, memref(w->args, size), NULL),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_true(untouched(w));

	/* Memory of both kinds: not onto the source. */
	ta_host_map(w->source, SOURCE_SIZE, true, TA_HOST_WRITE);
	assert_int_equal(sample_params(w, src, memref(w->source, 1024), memref(w->args, size), NULL),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(sample_params(w, src, memref(w->source + 78, 1024), memref(w->args, size),
				       NULL),
			 TEE_ERROR_BAD_PARAMETERS);
}

struct meddler {
	volatile uint8_t *length;
	volatile bool stop;
};

/* Makes the sample one NAL unit of 3 bytes, or many empty ones, as fast as it can. */
static void *meddle(void *data)
{
	struct meddler *m = data;

	while (!m->stop) {
		*m->length = 3;
		*m->length = 0;
	}
	return NULL;
}

/*
 * The caller changes lengths while the TA works. Whatever it made of them, it wrote as much as it said, and
 * that is one of the two: 7 bytes, or none.
 */
static void lengths_that_change_meanwhile_are_read_once(void **state)
{
	struct world *w = *state;
	struct meddler m = {.length = w->source};
	pthread_t thread;

	memset(w->source, 0, 4);
	assert_int_equal(pthread_create(&thread, NULL, meddle, &m), 0);
	for (unsigned int i = 0; i < 20000; i++) {
		struct request r = {.size = 4, .nal_length_size = 1, .offset = PROTECTED_SIZE - 7};
		uint32_t written;

		memset(w->protected + PROTECTED_SIZE - 7, PATTERN, 7);
		assert_int_equal(decrypt_sample(w, r, &written), TEE_SUCCESS);
		if (written == 0) {
			assert_true(untouched(w));
		} else {
			assert_int_equal(written, 7);
			assert_memory_equal(w->protected + PROTECTED_SIZE - 7, "\0\0\0\1\0\0\0", 7);
		}
	}
	m.stop = true;
	pthread_join(thread, NULL);
}

/* Each allocation of each command fails once: an error, no leak, and the next attempt succeeds. */
static void survives_lack_of_memory(void **state)
{
	uint8_t wrapped[PROTEX_TA_WRAPPED_KEY_SIZE];
	size_t size = PROTEX_TA_DIGEST_SIZE;
	struct world *w = *state;
	TEE_Param params[4] = {0};
	unsigned int n;
	void *session;
	uint32_t key;

	wrap(nist_key, wrapped);
	for (n = 1; n <= 6; n++) {
		map_all(w);
		ta_host_fail_allocation(n);
		assert_int_equal(unwrap(w, wrapped, sizeof(wrapped), &key),
				 TEE_ERROR_OUT_OF_MEMORY);
	}
	ta_host_fail_allocation(n);
	map_all(w);
	assert_int_equal(unwrap(w, wrapped, sizeof(wrapped), &key), TEE_SUCCESS);
	assert_int_equal(key, w->key + 1);

	map_all(w);
	ta_host_fail_allocation(1);
	assert_int_equal(decrypt(w, 64, 0, NULL, 0), TEE_ERROR_OUT_OF_MEMORY);
	for (n = 1; n <= 2; n++) {
		ta_host_fail_allocation(n);
		assert_int_equal(decrypt_sample(w, clear_sample(w), NULL), TEE_ERROR_OUT_OF_MEMORY);
	}
	memcpy(w->source, nist_ciphertext, 64);
	ta_host_fail_allocation(1);
	assert_int_equal(digest(w, w->protected, 64, w->digest, &size), TEE_ERROR_OUT_OF_MEMORY);
	assert_true(untouched(w));
	ta_host_fail_allocation(1);
	assert_int_equal(TA_OpenSessionEntryPoint(0, params, &session), TEE_ERROR_OUT_OF_MEMORY);
	ta_host_fail_allocation(0);
	assert_int_equal(decrypt(w, 64, 0, NULL, 0), TEE_SUCCESS);
	assert_memory_equal(w->protected, nist_plaintext, 64);
}

/* ---- keys for crypto devices -------------------------------------------------------------------- */

#define SLOT PROTEX_TA_CRYPTO_KEY_SLOT
#define WRAPPED PROTEX_TA_WRAPPED_CRYPTO_KEY_SIZE

/* Memory for keys is new: zeros. */
struct key_memory {
	uint8_t *bytes;
	size_t size;
};

static struct key_memory map_key_memory(struct world *w, size_t slots)
{
	struct key_memory m = {.size = slots * SLOT};

	m.bytes = aligned_alloc(SLOT, m.size);
	memset(m.bytes, 0, m.size);
	map_all(w);
	ta_host_map_crypto_key(m.bytes, m.size);
	return m;
}

static TEE_Result make_key(struct world *w, uint32_t size, uint8_t wrapped[WRAPPED])
{
	TEE_Param params[4] = {value(size, 0), memref(w->source, WRAPPED)};
	TEE_Result res = TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_MAKE_CRYPTO_KEY,
						    TYPES(VIN, OUT, NONE, NONE), params);

	if (res == TEE_SUCCESS) {
		assert_int_equal(params[1].memref.size, WRAPPED);
		memcpy(wrapped, w->source, WRAPPED);
	}
	return res;
}

static TEE_Result unwrap_key(struct world *w, const uint8_t *wrapped, size_t size, uint8_t *slot,
			     size_t slot_size, uint32_t *key_size)
{
	TEE_Param params[4] = {memref(w->source, size), memref(slot, slot_size), value(7, 7)};
	TEE_Result res;

	memcpy(w->source, wrapped, size);
	res = TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_UNWRAP_CRYPTO_KEY,
					 TYPES(IN, INOUT, VOUT, NONE), params);
	*key_size = params[2].value.a;
	return res;
}

static bool is_blank(const struct key_memory *m)
{
	for (size_t i = 0; i < m->size; i++)
		if (m->bytes[i])
			return false;
	return true;
}

static size_t zeros(const uint8_t *p, size_t size)
{
	size_t count = 0;

	while (size--)
		count += !*p++;
	return count;
}

/* What a key-encryption key's owner can do: look into it. */
static void open_wrapped(const uint8_t wrapped[WRAPPED], uint8_t key[PROTEX_TA_CRYPTO_KEY_MAX])
{
	static const uint8_t kek[16] = PROTEX_TA_DEVELOPMENT_KEK;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t tag[16], rest[16];
	int size;

	memcpy(tag, wrapped + WRAPPED - 16, 16);
	EVP_DecryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, kek, wrapped + 12);
	EVP_DecryptUpdate(ctx, NULL, &size, wrapped, PROTEX_TA_WRAPPED_CRYPTO_KEY_AAD_SIZE);
	EVP_DecryptUpdate(ctx, key, &size, wrapped + 24, PROTEX_TA_CRYPTO_KEY_MAX);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, 16, tag);
	assert_int_equal(EVP_DecryptFinal_ex(ctx, rest, &size), 1);
	EVP_CIPHER_CTX_free(ctx);
}

static void makes_and_unwraps_crypto_keys(void **state)
{
	static const uint32_t sizes[] = {16, 24, 32};
	struct world *w = *state;
	struct key_memory m = map_key_memory(w, 3);

	for (size_t i = 0; i < 3; i++) {
		uint8_t wrapped[WRAPPED], other[WRAPPED], key[PROTEX_TA_CRYPTO_KEY_MAX];
		uint8_t *slot = m.bytes + i * SLOT;
		uint32_t size;

		assert_int_equal(make_key(w, sizes[i], wrapped), TEE_SUCCESS);
		assert_int_equal(make_key(w, sizes[i], other), TEE_SUCCESS);
		assert_memory_not_equal(wrapped + 12, other + 12, 12);
		assert_memory_not_equal(wrapped + 24, other + 24, sizes[i]);
		assert_int_equal(unwrap_key(w, wrapped, WRAPPED, slot, SLOT, &size), TEE_SUCCESS);
		assert_int_equal(size, sizes[i]);
		open_wrapped(wrapped, key);
		assert_memory_equal(slot, key, size);
		/* Behind the key is nothing that anybody knows. */
		assert_true(zeros(slot + size, SLOT - size) < 8);
		for (size_t j = (i + 1) * SLOT; j < m.size; j++)
			assert_int_equal(m.bytes[j], 0);
	}
	assert_true(untouched(w));
	free(m.bytes);
}

/* Once: or there could be a mixture of two keys, of which the caller knows one. */
static void a_slot_takes_one_key(void **state)
{
	struct world *w = *state;
	struct key_memory m = map_key_memory(w, 2);
	uint8_t wrapped[WRAPPED], before[2 * SLOT];
	uint32_t size;

	assert_int_equal(make_key(w, 16, wrapped), TEE_SUCCESS);
	assert_int_equal(unwrap_key(w, wrapped, WRAPPED, m.bytes, SLOT, &size), TEE_SUCCESS);
	memcpy(before, m.bytes, m.size);
	assert_int_equal(unwrap_key(w, wrapped, WRAPPED, m.bytes, SLOT, &size), TEE_ERROR_BAD_STATE);
	assert_memory_equal(m.bytes, before, m.size);
	free(m.bytes);
}

/* Any of them would let a known byte stand beside a key, or tell about it. */
static void crypto_key_memory_is_for_nothing_else(void **state)
{
	struct world *w = *state;
	struct key_memory m = map_key_memory(w, 1);
	TEE_Param fill[4] = {memref(m.bytes, 1), value(0x55, 0)};
	TEE_Param scrub[4] = {memref(m.bytes + 1, 15)};
	TEE_Param d[4] = {memref(m.bytes, SLOT), memref(w->digest, PROTEX_TA_DIGEST_SIZE)};
	size_t args = descriptor(w, w->key, nist_iv, 0, NULL, 0);
	TEE_Param decrypt_to[4] = {memref(w->source, 16), memref(m.bytes, SLOT),
				   memref(w->args, args)};

	assert_int_equal(TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_FILL,
						    TYPES(INOUT, VIN, NONE, NONE), fill),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_SCRUB,
						    TYPES(INOUT, NONE, NONE, NONE), scrub),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_DIGEST,
						    TYPES(IN, OUT, NONE, NONE), d),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_DECRYPT,
						    TYPES(IN, INOUT, IN, NONE), decrypt_to),
			 TEE_ERROR_ACCESS_DENIED);
	assert_true(is_blank(&m));
	free(m.bytes);
}

static void refuses_crypto_keys_elsewhere(void **state)
{
	struct world *w = *state;
	struct key_memory m = map_key_memory(w, 2);
	uint8_t wrapped[WRAPPED + 1] = {0}, content[PROTEX_TA_WRAPPED_KEY_SIZE], altered[WRAPPED];
	TEE_Param params[4] = {value(16, 0), memref(w->protected, WRAPPED)};
	uint32_t size;

	assert_int_equal(make_key(w, 16, wrapped), TEE_SUCCESS);
	/* in video memory, in ordinary memory */
	assert_int_equal(unwrap_key(w, wrapped, WRAPPED, w->protected, SLOT, &size),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(unwrap_key(w, wrapped, WRAPPED, w->args, SLOT, &size),
			 TEE_ERROR_ACCESS_DENIED);
	/* not in a slot */
	assert_int_equal(unwrap_key(w, wrapped, WRAPPED, m.bytes + 1, SLOT, &size),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(unwrap_key(w, wrapped, WRAPPED, m.bytes, SLOT - 1, &size),
			 TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(unwrap_key(w, wrapped, WRAPPED, m.bytes, 2 * SLOT, &size),
			 TEE_ERROR_BAD_PARAMETERS);
	/* what is no key */
	assert_int_equal(unwrap_key(w, wrapped, WRAPPED - 1, m.bytes, SLOT, &size),
			 TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(unwrap_key(w, wrapped, WRAPPED + 1, m.bytes, SLOT, &size),
			 TEE_ERROR_BAD_PARAMETERS);
	for (size_t i = 0; i < WRAPPED; i++) {
		memcpy(altered, wrapped, WRAPPED);
		altered[i] ^= 0x40;
		assert_int_equal(unwrap_key(w, altered, WRAPPED, m.bytes, SLOT, &size),
				 i < 12 ? TEE_ERROR_BAD_FORMAT : TEE_ERROR_SECURITY);
	}
	/* a size that it was not made with, though one that there is */
	memcpy(altered, wrapped, WRAPPED);
	altered[8] = 32;
	assert_int_equal(unwrap_key(w, altered, WRAPPED, m.bytes, SLOT, &size), TEE_ERROR_SECURITY);
	/* a content key, by which the device would decrypt the content; and the other way round */
	wrap(nist_key, content);
	memcpy(altered, wrapped, WRAPPED);
	memcpy(altered + 12, content + 8, 44);
	assert_int_equal(unwrap_key(w, altered, WRAPPED, m.bytes, SLOT, &size), TEE_ERROR_SECURITY);
	assert_int_equal(unwrap_key(w, content, sizeof(content), m.bytes, SLOT, &size),
			 TEE_ERROR_SHORT_BUFFER);
	assert_int_equal(unwrap(w, wrapped, PROTEX_TA_WRAPPED_KEY_SIZE, &size), TEE_ERROR_BAD_FORMAT);
	assert_true(is_blank(&m));
	/* made into protected memory, of a size that there is not, into too little */
	map_all(w);
	assert_int_equal(TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_MAKE_CRYPTO_KEY,
						    TYPES(VIN, OUT, NONE, NONE), params),
			 TEE_ERROR_ACCESS_DENIED);
	assert_int_equal(make_key(w, 0, wrapped), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(make_key(w, 17, wrapped), TEE_ERROR_BAD_PARAMETERS);
	assert_int_equal(make_key(w, 64, wrapped), TEE_ERROR_BAD_PARAMETERS);
	params[1] = memref(w->source, WRAPPED - 1);
	assert_int_equal(TA_InvokeCommandEntryPoint(w->session, PROTEX_TA_CMD_MAKE_CRYPTO_KEY,
						    TYPES(VIN, OUT, NONE, NONE), params),
			 TEE_ERROR_SHORT_BUFFER);
	assert_true(untouched(w));
	free(m.bytes);
}

struct slot_race {
	struct world *w;
	void *session;
	const uint8_t *wrapped;
	uint8_t *shared;
	uint8_t *slot;
	pthread_barrier_t *start;
	TEE_Result result;
};

static void *race_for_slot(void *data)
{
	struct slot_race *r = data;
	TEE_Param params[4] = {memref(r->shared, WRAPPED), memref(r->slot, SLOT)};

	pthread_barrier_wait(r->start);
	r->result = TA_InvokeCommandEntryPoint(r->session, PROTEX_TA_CMD_UNWRAP_CRYPTO_KEY,
					       TYPES(IN, INOUT, VOUT, NONE), params);
	return NULL;
}

/* Sessions run at the same time: one of them gets the slot, and its key is there whole. */
static void one_session_wins_a_slot(void **state)
{
	struct world *w = *state;

	for (int round = 0; round < 200; round++) {
		struct key_memory m = map_key_memory(w, 1);
		uint8_t wrapped[2][WRAPPED], key[PROTEX_TA_CRYPTO_KEY_MAX];
		struct slot_race races[2];
		pthread_barrier_t start;
		pthread_t threads[2];
		int winner;

		pthread_barrier_init(&start, NULL, 2);
		for (int i = 0; i < 2; i++) {
			TEE_Param none[4] = {0};

			assert_int_equal(make_key(w, 16, wrapped[i]), TEE_SUCCESS);
			races[i] = (struct slot_race){.w = w, .slot = m.bytes, .start = &start};
			races[i].shared = w->source + 1024 * (i + 1);
			memcpy(races[i].shared, wrapped[i], WRAPPED);
			assert_int_equal(TA_OpenSessionEntryPoint(0, none, &races[i].session), TEE_SUCCESS);
		}
		for (int i = 0; i < 2; i++)
			pthread_create(&threads[i], NULL, race_for_slot, &races[i]);
		for (int i = 0; i < 2; i++) {
			pthread_join(threads[i], NULL);
			TA_CloseSessionEntryPoint(races[i].session);
		}
		pthread_barrier_destroy(&start);
		winner = races[0].result == TEE_SUCCESS ? 0 : 1;
		assert_int_equal(races[winner].result, TEE_SUCCESS);
		assert_int_equal(races[!winner].result, TEE_ERROR_BAD_STATE);
		open_wrapped(wrapped[winner], key);
		assert_memory_equal(m.bytes, key, 16);
		free(m.bytes);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(decrypts_nist_vector),
		T(decrypts_to_any_offset),
		T(decrypts_any_size),
		T(decrypts_subsamples),
		T(decrypts_all_clear),
		T(decrypts_most_subsamples),
		T(counter_wraps_at_64_bits),
		T(decrypts_odd_and_large_parts),
		T(keys_do_not_mix),
		T(refuses_unknown_keys),
		T(refuses_out_of_bounds),
		T(refuses_zero_and_huge_sizes),
		T(refuses_memory_of_the_wrong_kind),
		T(refuses_overlap),
		T(refuses_subsamples_that_do_not_add_up),
		T(refuses_descriptors_of_the_wrong_size),
		T(refuses_wrong_types),
		T(refuses_unknown_commands),
		T(refuses_parameters_when_opening),
		T(refuses_tampered_keys),
		T(refuses_keys_of_the_wrong_size),
		T(refuses_protected_wrapped_key),
		T(keys_have_slots),
		T(digests),
		T(refuses_digests),
		T(fills_and_scrubs),
		T(refuses_fills_and_scrubs),
		T(writes_start_codes_and_a_head),
		T(devices_see_what_is_written),
		T(what_devices_wrote_is_read),
		T(a_flush_that_fails_is_told),
		T(writes_start_codes_of_four_bytes_for_shorter_lengths),
		T(copies_what_has_no_nal_units),
		T(key_stream_runs_through_nal_units),
		T(decrypts_cbcs),
		T(lengths_that_are_encrypted_tell_nothing),
		T(lengths_can_lie_in_several_clear_parts),
		T(refuses_lengths_that_do_not_add_up),
		T(refuses_more_than_its_tables_hold),
		T(refuses_samples_out_of_bounds),
		T(refuses_what_a_sample_cannot_be),
		T(lengths_that_change_meanwhile_are_read_once),
		T(survives_lack_of_memory),
		T(makes_and_unwraps_crypto_keys),
		T(a_slot_takes_one_key),
		T(crypto_key_memory_is_for_nothing_else),
		T(refuses_crypto_keys_elsewhere),
		T(one_session_wins_a_slot),
	};

	return cmocka_run_group_tests_name("ta", tests, NULL, NULL);
}
