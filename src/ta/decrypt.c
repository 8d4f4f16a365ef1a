// SPDX-License-Identifier: MIT
/*
 * AES-128-CTR with subsamples (ISO/IEC 23001-7 "cenc"), from shared into protected memory.
 */
#include "protex_ta.h"

TEE_Result protex_decrypt(struct protex_session *session, uint32_t types,
			  TEE_Param params[TEE_NUM_PARAMS])
{
	struct protex_cipher cipher = {.scheme = PROTEX_TA_SCHEME_CENC};
	struct protex_descriptor d = {0};
	struct protex_subsamples subsamples;
	const struct protex_key *key;
	uint8_t *dst = NULL;
	size_t size;
	TEE_Result res;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_INOUT,
				     TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	res = protex_range_check_decryption(params);
	if (res != TEE_SUCCESS)
		return res;
	size = params[0].memref.size;

	res = protex_descriptor_copy(&d, &params[2], PROTEX_TA_DECRYPT_SIZE,
				     TEE_ERROR_BAD_PARAMETERS);
	if (res != TEE_SUCCESS)
		return res;
	res = protex_range_destination(params, protex_get_le64(d.header + 24), size, &dst);
	if (res == TEE_SUCCESS)
		res = protex_descriptor_check_subsamples(&d, size, true);
	if (res != TEE_SUCCESS)
		goto out;

	key = protex_key_find(session, protex_get_le32(d.header));
	if (!key) {
		res = TEE_ERROR_ITEM_NOT_FOUND;
		goto out;
	}

	protex_ctr_start(&cipher.ctr, key->ctr, d.header + 8);
	protex_subsamples_start(&subsamples, d.subsamples, d.subsample_count);
	res = protex_cipher_decrypt(&cipher, &subsamples, params[0].memref.buffer, dst, size);
	/* The cipher itself failed, which no input can make it do: leave nothing half-made. */
	if (res != TEE_SUCCESS)
		TEE_MemFill(dst, 0, size);
	res = protex_cache_written(dst, size, res);
out:
	protex_descriptor_free(&d);
	return res;
}
