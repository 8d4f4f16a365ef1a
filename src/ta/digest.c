// SPDX-License-Identifier: MIT
/*
 * SHA-256 of protected memory, so that a test can prove its content without reading it. A caller
 * can make a plaintext oracle of it, see <protex/ta.h>: for development builds only.
 */
#include "protex_ta.h"

#ifdef PROTEX_TA_WITH_DIGEST
TEE_Result protex_digest(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_OperationHandle sha256 = TEE_HANDLE_NULL;
	uint8_t digest[PROTEX_TA_DIGEST_SIZE];
	size_t size = sizeof(digest);
	TEE_Result res;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT,
				     TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	res = protex_range_check_protected(&params[0], TEE_MEMORY_ACCESS_READ);
	if (res != TEE_SUCCESS)
		return res;
	res = protex_range_check_shared(&params[1], TEE_MEMORY_ACCESS_WRITE);
	if (res != TEE_SUCCESS)
		return res;
	if (params[1].memref.size < sizeof(digest)) {
		params[1].memref.size = sizeof(digest);
		return TEE_ERROR_SHORT_BUFFER;
	}

	res = protex_cache_read(params[0].memref.buffer, params[0].memref.size);
	if (res != TEE_SUCCESS)
		return res;

	res = TEE_AllocateOperation(&sha256, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);
	if (res != TEE_SUCCESS)
		return res;

	res = TEE_DigestDoFinal(sha256, params[0].memref.buffer, params[0].memref.size, digest,
				&size);
	TEE_FreeOperation(sha256);
	if (res != TEE_SUCCESS)
		return res;

	TEE_MemMove(params[1].memref.buffer, digest, sizeof(digest));
	params[1].memref.size = sizeof(digest);
	return TEE_SUCCESS;
}
#else
TEE_Result protex_digest(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	(void)types;
	(void)params;

	return TEE_ERROR_NOT_SUPPORTED;
}
#endif
