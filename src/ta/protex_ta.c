// SPDX-License-Identifier: MIT
/*
 * The trusted application's entry points (GlobalPlatform TEE Internal Core API 1.3, 4.3).
 */
#include "protex_ta.h"

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types, TEE_Param params[TEE_NUM_PARAMS],
				    void **context)
{
	struct protex_session *session;

	(void)params;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE,
				     TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	session = TEE_Malloc(sizeof(*session), TEE_MALLOC_FILL_ZERO);
	if (!session)
		return TEE_ERROR_OUT_OF_MEMORY;

	*context = session;
	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *context)
{
	struct protex_session *session = context;

	protex_key_forget_all(session);
	TEE_Free(session);
}

TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t command, uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	struct protex_session *session = context;

	switch (command) {
	case PROTEX_TA_CMD_UNWRAP_KEY:
		return protex_key_unwrap(session, types, params);
	case PROTEX_TA_CMD_FORGET_KEY:
		return protex_key_forget(session, types, params);
	case PROTEX_TA_CMD_DECRYPT:
		return protex_decrypt(session, types, params);
	case PROTEX_TA_CMD_DIGEST:
		return protex_digest(types, params);
	case PROTEX_TA_CMD_FILL:
		return protex_fill(types, params);
	case PROTEX_TA_CMD_SCRUB:
		return protex_scrub(types, params);
	case PROTEX_TA_CMD_DECRYPT_SAMPLE:
		return protex_decrypt_sample(session, types, params);
	case PROTEX_TA_CMD_MAKE_CRYPTO_KEY:
		return protex_crypto_key_make(types, params);
	case PROTEX_TA_CMD_UNWRAP_CRYPTO_KEY:
		return protex_crypto_key_unwrap(types, params);
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}
