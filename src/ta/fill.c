// SPDX-License-Identifier: MIT
/*
 * Overwriting protected memory.
 */
#include "protex_ta.h"

TEE_Result protex_fill(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Result res;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, TEE_PARAM_TYPE_VALUE_INPUT,
				     TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE) ||
	    params[1].value.a > 255 || params[1].value.b)
		return TEE_ERROR_BAD_PARAMETERS;

	res = protex_range_check_protected(&params[0], TEE_MEMORY_ACCESS_WRITE);
	if (res != TEE_SUCCESS)
		return res;

	TEE_MemFill(params[0].memref.buffer, params[1].value.a, params[0].memref.size);
	return protex_cache_written(params[0].memref.buffer, params[0].memref.size, TEE_SUCCESS);
}

TEE_Result protex_scrub(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Result res;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, TEE_PARAM_TYPE_NONE,
				     TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	res = protex_range_check_protected(&params[0], TEE_MEMORY_ACCESS_WRITE);
	if (res != TEE_SUCCESS)
		return res;

	TEE_MemFill(params[0].memref.buffer, 0, params[0].memref.size);
	return protex_cache_written(params[0].memref.buffer, params[0].memref.size, TEE_SUCCESS);
}
