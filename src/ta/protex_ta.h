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

/* A content key: a cipher operation that has the key set, and no other copy of it. */
struct protex_key {
	uint32_t id; /* 0: the slot is free */
	TEE_OperationHandle ctr;
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
TEE_OperationHandle protex_key_find(const struct protex_session *session, uint32_t id);
void protex_key_forget_all(struct protex_session *session);

/* decrypt.c */
TEE_Result protex_decrypt(struct protex_session *session, uint32_t types,
			  TEE_Param params[TEE_NUM_PARAMS]);

/* digest.c */
TEE_Result protex_digest(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);

/* fill.c */
TEE_Result protex_fill(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result protex_scrub(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);

/*
 * range.c: is all of a memory reference of the kind it has to be?
 * access is TEE_MEMORY_ACCESS_READ, TEE_MEMORY_ACCESS_WRITE or both.
 */
TEE_Result protex_range_check_shared(const TEE_Param *param, uint32_t access);
TEE_Result protex_range_check_protected(const TEE_Param *param, uint32_t access);
bool protex_range_overlaps(const void *a, size_t a_size, const void *b, size_t b_size);

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
