// SPDX-License-Identifier: MIT
/*
 * Checks of memory references.
 *
 * Which memory is protected is not for the caller to say: the TEE knows, from what it mapped
 * (TEE_CheckMemoryAccessRights with the extensions that OP-TEE has for this).
 */
#include "protex_ta.h"

/* Whether it is memory of the use "crypto-key", which is for keys and nothing else. */
static bool is_for_crypto_keys(const TEE_Param *param)
{
#ifdef PROTEX_TA_WITH_CRYPTO_KEYS
	return TEE_CheckMemoryAccessRights(TEE_MEMORY_ACCESS_ANY_OWNER |
						   TEE_MEMORY_ACCESS_CRYPTO_KEY,
					   param->memref.buffer,
					   param->memref.size) == TEE_SUCCESS;
#else
	(void)param;
	return false;
#endif
}

static TEE_Result check(const TEE_Param *param, uint32_t flags)
{
	/* The TEE calls an empty range accessible, whatever it points to. */
	if (!param->memref.buffer || !param->memref.size ||
	    param->memref.size > PROTEX_TA_MAX_RANGE)
		return TEE_ERROR_BAD_PARAMETERS;

	/* The parameter's owner is the client, not this TA. */
	if (TEE_CheckMemoryAccessRights(flags | TEE_MEMORY_ACCESS_ANY_OWNER, param->memref.buffer,
					param->memref.size) != TEE_SUCCESS)
		return TEE_ERROR_ACCESS_DENIED;

	return TEE_SUCCESS;
}

TEE_Result protex_range_check_shared(const TEE_Param *param, uint32_t access)
{
	return check(param, access | TEE_MEMORY_ACCESS_NONSECURE);
}

TEE_Result protex_range_check_protected(const TEE_Param *param, uint32_t access)
{
	TEE_Result res = check(param, access | TEE_MEMORY_ACCESS_SECURE);

	if (res == TEE_SUCCESS && is_for_crypto_keys(param))
		res = TEE_ERROR_ACCESS_DENIED;
	return res;
}

TEE_Result protex_range_check_crypto_key(const TEE_Param *param)
{
	TEE_Result res = check(param, TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_WRITE |
					      TEE_MEMORY_ACCESS_SECURE);

	if (res == TEE_SUCCESS && !is_for_crypto_keys(param))
		res = TEE_ERROR_ACCESS_DENIED;
	return res;
}

TEE_Result protex_range_check_decryption(const TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Result res;

	res = protex_range_check_shared(&params[0], TEE_MEMORY_ACCESS_READ);
	if (res != TEE_SUCCESS)
		return res;
	res = protex_range_check_protected(&params[1], TEE_MEMORY_ACCESS_WRITE);
	if (res != TEE_SUCCESS)
		return res;
	return protex_range_check_shared(&params[2], TEE_MEMORY_ACCESS_READ);
}

static bool overlaps(const void *a, size_t a_size, const void *b, size_t b_size)
{
	uintptr_t a_start = (uintptr_t)a;
	uintptr_t b_start = (uintptr_t)b;

	/* Neither range wraps: each is inside one mapping. */
	return a_start < b_start + b_size && b_start < a_start + a_size;
}

TEE_Result protex_range_destination(const TEE_Param params[TEE_NUM_PARAMS], uint64_t offset,
				    size_t size, uint8_t **dst)
{
	uint8_t *start;

	if (offset > params[1].memref.size || size > params[1].memref.size - offset)
		return TEE_ERROR_BAD_PARAMETERS;
	start = (uint8_t *)params[1].memref.buffer + offset;
	if (overlaps(params[0].memref.buffer, params[0].memref.size, start, size))
		return TEE_ERROR_BAD_PARAMETERS;

	*dst = start;
	return TEE_SUCCESS;
}
