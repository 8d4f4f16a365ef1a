/* SPDX-License-Identifier: MIT */
/*
 * Inside the trusted application: what its files share.
 *
 * The same sources are compiled for OP-TEE, for the kernel's emulated TEE and for the host's unit
 * tests, so they use the GlobalPlatform Internal Core API (1.3) and nothing else: no libc, and no
 * static data that is written to.
 */
#ifndef PROTEX_TA_INTERNAL_H
#define PROTEX_TA_INTERNAL_H

#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

#include <protex/ta.h>

/* A content key: cipher operations that have the key set, and no other copy of it. */
struct protex_key {
	uint32_t id; /* 0: the slot is free */
	TEE_OperationHandle ctr;
	TEE_OperationHandle cbc;
};

struct protex_session {
	uint32_t last_key_id;
	struct protex_key keys[PROTEX_TA_MAX_KEYS];
};

/* key.c */
TEE_Result protex_key_unwrap(struct protex_session *session, uint32_t types,
			     TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result protex_key_forget(struct protex_session *session, uint32_t types,
			     TEE_Param params[TEE_NUM_PARAMS]);
const struct protex_key *protex_key_find(const struct protex_session *session, uint32_t id);
void protex_key_forget_all(struct protex_session *session);

#define PROTEX_WRAPPING_IV 12u
#define PROTEX_WRAPPING_TAG 16u

/*
 * Where a wrapped key has what: AES-128-GCM under the key-encryption key, with its first bytes as
 * additional authenticated data.
 */
struct protex_wrapping {
	const void *aad;
	size_t aad_size;
	const uint8_t *iv; /* PROTEX_WRAPPING_IV bytes */
	uint8_t *ciphertext;
	size_t size;  /* of the key and of the ciphertext */
	uint8_t *tag; /* PROTEX_WRAPPING_TAG bytes */
};

/* Of a struct of include/protex/ta.h, in private memory. */
#define PROTEX_WRAPPING(wrapped, wrapped_aad_size) { \
	.aad = &(wrapped), \
	.aad_size = (wrapped_aad_size), \
	.iv = (wrapped).iv, \
	.ciphertext = (wrapped).ciphertext, \
	.size = sizeof((wrapped).ciphertext), \
	.tag = (wrapped).tag, \
}

TEE_Result protex_wrapping_seal(const struct protex_wrapping *wrapping, const uint8_t *key);
/* SECURITY: not authentic. */
TEE_Result protex_wrapping_open(const struct protex_wrapping *wrapping, uint8_t *key);

/* crypto_key.c */
TEE_Result protex_crypto_key_make(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result protex_crypto_key_unwrap(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);

#define PROTEX_AES_BLOCK_SIZE 16u

/*
 * ctr.c: AES-128-CTR as ISO/IEC 23001-7 has it. The key stream runs on from one call to the next.
 */
struct protex_ctr {
	TEE_OperationHandle op;
	uint8_t block[PROTEX_AES_BLOCK_SIZE];
	uint64_t bytes_to_wrap; /* encrypted bytes until the low 64 bits of the counter are 0 */
};

void protex_ctr_start(struct protex_ctr *ctr, TEE_OperationHandle op, const uint8_t *iv);
TEE_Result protex_ctr_decrypt(struct protex_ctr *ctr, const uint8_t *src, uint8_t *dst,
			      size_t size);

/* cbcs.c: the encrypted bytes of one subsample. */
struct protex_cbcs {
	TEE_OperationHandle op;
	const uint8_t *iv;
	unsigned int crypt_blocks;
	unsigned int skip_blocks;
};

TEE_Result protex_cbcs_decrypt(const struct protex_cbcs *cbcs, const uint8_t *src, uint8_t *dst,
			       size_t size);

/* subsamples.c: a way through clear and encrypted bytes, as a checked descriptor has them. */
struct protex_subsamples {
	const uint8_t *next; /* struct protex_ta_subsample */
	uint32_t left;	     /* after the current one */
	size_t clear;	     /* what is left of the current one */
	size_t cipher;
};

bool protex_subsamples_add_up(const uint8_t *subsamples, uint32_t count, size_t size);
void protex_subsamples_start(struct protex_subsamples *subsamples, const uint8_t *list,
			     uint32_t count);
/* The most bytes, up to limit, that are all clear or all encrypted bytes of one subsample. */
size_t protex_subsamples_take(struct protex_subsamples *subsamples, size_t limit, bool *encrypted);
/* Goes on by size bytes, which may be of both kinds. */
void protex_subsamples_skip(struct protex_subsamples *subsamples, size_t size);

/* cipher.c: how the encrypted bytes of a sample are encrypted. */
struct protex_cipher {
	uint32_t scheme; /* PROTEX_TA_SCHEME_*, which says which of the others is used */
	struct protex_ctr ctr;
	struct protex_cbcs cbcs;
};

/* Decrypts size bytes, and copies those that are clear. */
TEE_Result protex_cipher_decrypt(struct protex_cipher *cipher, struct protex_subsamples *subsamples,
				 const uint8_t *src, uint8_t *dst, size_t size);

/* descriptor.c: a private copy of what the client says is to be decrypted, and how. */
struct protex_descriptor {
	/* struct protex_ta_decrypt or _decrypt_sample, whose first fields are the same */
	uint8_t *header;
	const uint8_t *subsamples;
	uint32_t subsample_count;
	const uint8_t *head;
	uint32_t head_size;
	uint8_t whole[PROTEX_TA_SUBSAMPLE_SIZE]; /* where there are no subsamples */
};

/*
 * Copies p2, all of which is a header of that size and what that says follows it. excess is the
 * answer to more than the TA takes. d is zero before; protex_descriptor_free() in any case.
 */
TEE_Result protex_descriptor_copy(struct protex_descriptor *d, const TEE_Param *param,
				  size_t header_size, TEE_Result excess);
/* Whether the subsamples add up to size. Without any, there is one after that, of all of it. */
TEE_Result protex_descriptor_check_subsamples(struct protex_descriptor *d, size_t size,
					      bool encrypted);
void protex_descriptor_free(struct protex_descriptor *d);

#define PROTEX_START_CODE_SIZE 4u

/* nal.c: the lengths of a sample's NAL units, and the bytes that they come to with start codes. */
struct protex_nals {
	uint32_t *sizes; /* the caller's, room for PROTEX_TA_MAX_NALS */
	uint32_t count;
	size_t total;
};

TEE_Result protex_nals_find(struct protex_nals *nals, const uint8_t *src, size_t size,
			    unsigned int length_size, struct protex_subsamples subsamples);

/* decrypt.c */
TEE_Result protex_decrypt(struct protex_session *session, uint32_t types,
			  TEE_Param params[TEE_NUM_PARAMS]);

/* sample.c */
TEE_Result protex_decrypt_sample(struct protex_session *session, uint32_t types,
				 TEE_Param params[TEE_NUM_PARAMS]);

/* digest.c */
TEE_Result protex_digest(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);

/* fill.c */
TEE_Result protex_fill(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result protex_scrub(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);

/*
 * range.c: is all of a memory reference of the kind it has to be?
 * access is TEE_MEMORY_ACCESS_READ, TEE_MEMORY_ACCESS_WRITE or both. Memory for crypto keys is not
 * "protected" here, but a kind of its own, to be read and written.
 */
TEE_Result protex_range_check_shared(const TEE_Param *param, uint32_t access);
TEE_Result protex_range_check_protected(const TEE_Param *param, uint32_t access);
TEE_Result protex_range_check_crypto_key(const TEE_Param *param);
/* What is decrypted from (p0), to (p1), and a description of it (p2). */
TEE_Result protex_range_check_decryption(const TEE_Param params[TEE_NUM_PARAMS]);
/* Where size bytes at offset of p1 are, if there is room for them and nothing of p0. */
TEE_Result protex_range_destination(const TEE_Param params[TEE_NUM_PARAMS], uint64_t offset,
				    size_t size, uint8_t **dst);

/*
 * cache.c: protected memory is for devices, which need not see the TA's cache. result is the
 * outcome of what wrote to [buffer, buffer + size), and is returned if the flush succeeds.
 */
TEE_Result protex_cache_written(void *buffer, size_t size, TEE_Result result);
/* Before the TA reads what a device may have written. */
TEE_Result protex_cache_read(const void *buffer, size_t size);

/* Little-endian integers at any alignment, on any machine. */
static inline uint32_t protex_get_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t protex_get_le64(const uint8_t *p)
{
	return (uint64_t)protex_get_le32(p + 4) << 32 | protex_get_le32(p);
}

#endif
