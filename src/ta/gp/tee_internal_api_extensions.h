/* SPDX-License-Identifier: MIT */
/*
 * What the protex TA uses of OP-TEE's extensions to GlobalPlatform's TEE Internal Core API, and one
 * that OP-TEE has not.
 */
#ifndef TEE_INTERNAL_API_EXTENSIONS_H
#define TEE_INTERNAL_API_EXTENSIONS_H

#include <tee_internal_api.h>

/* Further flags of TEE_CheckMemoryAccessRights: the memory is of this kind, all of it. */
#define TEE_MEMORY_ACCESS_NONSECURE 0x10000000
#define TEE_MEMORY_ACCESS_SECURE 0x20000000
/*
 * It is secure memory of the pool for crypto devices' keys. OP-TEE ignores what it does not know:
 * only for a TA that is built with PROTEX_TA_WITH_CRYPTO_KEYS.
 */
#define TEE_MEMORY_ACCESS_CRYPTO_KEY 0x40000000

/* For a TA that has the flag for it. */
TEE_Result TEE_CacheFlush(char *buf, size_t len);
TEE_Result TEE_CacheInvalidate(char *buf, size_t len);

#endif
