// SPDX-License-Identifier: MIT
/*
 * The trusted application, on the host: what it decrypts to, and what it refuses. A refused command
 * must leave protected memory as it was, so every refusal is checked for that too.
 */
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
_Static_assert(sizeof(struct protex_ta_decrypt) == PROTEX_TA_DECRYPT_SIZE, "ABI");
_Static_assert(sizeof(struct protex_ta_subsample) == PROTEX_TA_SUBSAMPLE_SIZE, "ABI");
_Static_assert(PROTEX_TA_ERROR_ACCESS_DENIED == TEE_ERROR_ACCESS_DENIED, "ABI");
_Static_assert(PROTEX_TA_ERROR_BAD_FORMAT == TEE_ERROR_BAD_FORMAT, "ABI");
_Static_assert(PROTEX_TA_ERROR_BAD_PARAMETERS == TEE_ERROR_BAD_PARAMETERS, "ABI");
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
	uint8_t *args; /* as large as the largest descriptor, and one byte */
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
	w->args_size = PROTEX_TA_DECRYPT_SIZE +
		       PROTEX_TA_MAX_SUBSAMPLES * PROTEX_TA_SUBSAMPLE_SIZE + 1;
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
	assert_int_equal(decrypt_params(w, src, dst, memref(w->args, w->args_size)),
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
	static const uint32_t commands[] = {6, 7, 0x7fffffff, UINT32_MAX};
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
	for (n = 1; n <= 4; n++) {
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
	ta_host_fail_allocation(1);
	assert_int_equal(digest(w, w->protected, 64, w->digest, &size), TEE_ERROR_OUT_OF_MEMORY);
	assert_true(untouched(w));
	ta_host_fail_allocation(1);
	assert_int_equal(TA_OpenSessionEntryPoint(0, params, &session), TEE_ERROR_OUT_OF_MEMORY);
	ta_host_fail_allocation(0);
	assert_int_equal(decrypt(w, 64, 0, NULL, 0), TEE_SUCCESS);
	assert_memory_equal(w->protected, nist_plaintext, 64);
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
		T(survives_lack_of_memory),
	};

	return cmocka_run_group_tests_name("ta", tests, NULL, NULL);
}
