// SPDX-License-Identifier: MIT
/*
 * AES-128-CTR with subsamples (ISO/IEC 23001-7 "cenc"), from shared into protected memory.
 */
#include "protex_ta.h"

/* A private copy of p2, its counts checked against its size. The caller frees it. */
static TEE_Result copy_descriptor(const TEE_Param *param, uint8_t **descriptor,
				  uint32_t *subsample_count)
{
	size_t size = param->memref.size;
	uint8_t *copy;
	uint32_t count;
	size_t needed;

	if (size < PROTEX_TA_DECRYPT_SIZE)
		return TEE_ERROR_SHORT_BUFFER;
	if (size > PROTEX_TA_DECRYPT_SIZE + PROTEX_TA_MAX_SUBSAMPLES * PROTEX_TA_SUBSAMPLE_SIZE)
		return TEE_ERROR_BAD_PARAMETERS;

	copy = TEE_Malloc(size, TEE_MALLOC_FILL_ZERO);
	if (!copy)
		return TEE_ERROR_OUT_OF_MEMORY;
	TEE_MemMove(copy, param->memref.buffer, size);

	count = protex_get_le32(copy + 4);
	if (count > PROTEX_TA_MAX_SUBSAMPLES) {
		TEE_Free(copy);
		return TEE_ERROR_BAD_PARAMETERS;
	}
	needed = PROTEX_TA_DECRYPT_SIZE + (size_t)count * PROTEX_TA_SUBSAMPLE_SIZE;
	if (size != needed) {
		TEE_Free(copy);
		return size < needed ? TEE_ERROR_SHORT_BUFFER : TEE_ERROR_BAD_PARAMETERS;
	}

	*descriptor = copy;
	*subsample_count = count;
	return TEE_SUCCESS;
}

static TEE_Result decrypt_subsamples(struct protex_ctr *ctr, const uint8_t *list, uint32_t count,
				     const uint8_t *src, uint8_t *dst, size_t size)
{
	struct protex_subsamples subsamples;

	protex_subsamples_start(&subsamples, list, count);
	while (size) {
		TEE_Result res = TEE_SUCCESS;
		bool encrypted;
		size_t n = protex_subsamples_take(&subsamples, size, &encrypted);

		if (encrypted)
			res = protex_ctr_decrypt(ctr, src, dst, n);
		else
			TEE_MemMove(dst, src, n);
		if (res != TEE_SUCCESS)
			return res;
		src += n;
		dst += n;
		size -= n;
	}

	return TEE_SUCCESS;
}

TEE_Result protex_decrypt(struct protex_session *session, uint32_t types,
			  TEE_Param params[TEE_NUM_PARAMS])
{
	uint8_t *descriptor = NULL;
	const struct protex_key *key;
	uint32_t count = 0;
	const uint8_t *src;
	const uint8_t *subsamples;
	struct protex_ctr ctr;
	uint8_t *dst = NULL;
	size_t size;
	TEE_Result res;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_INOUT,
				     TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	res = protex_range_check_decryption(params);
	if (res != TEE_SUCCESS)
		return res;

	res = copy_descriptor(&params[2], &descriptor, &count);
	if (res != TEE_SUCCESS)
		return res;
	subsamples = descriptor + PROTEX_TA_DECRYPT_SIZE;

	src = params[0].memref.buffer;
	size = params[0].memref.size;
	res = protex_range_destination(params, protex_get_le64(descriptor + 24), size, &dst);
	if (res == TEE_SUCCESS && !protex_subsamples_add_up(subsamples, count, size))
		res = TEE_ERROR_BAD_PARAMETERS;
	if (res != TEE_SUCCESS)
		goto out;

	key = protex_key_find(session, protex_get_le32(descriptor));
	if (!key) {
		res = TEE_ERROR_ITEM_NOT_FOUND;
		goto out;
	}

	protex_ctr_start(&ctr, key->ctr, descriptor + 8);
	if (count)
		res = decrypt_subsamples(&ctr, subsamples, count, src, dst, size);
	else
		res = protex_ctr_decrypt(&ctr, src, dst, size);
	/* The cipher itself failed, which no input can make it do: leave nothing half-made. */
	if (res != TEE_SUCCESS)
		TEE_MemFill(dst, 0, size);
	res = protex_cache_written(dst, size, res);
out:
	TEE_Free(descriptor);
	return res;
}
