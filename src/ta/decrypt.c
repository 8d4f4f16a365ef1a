// SPDX-License-Identifier: MIT
/*
 * AES-128-CTR with subsamples (ISO/IEC 23001-7 "cenc"), from shared into protected memory.
 */
#include "protex_ta.h"

#define AES_BLOCK_SIZE 16u

/* Key stream position. The TEE's CTR mode carries over all 128 bits; ISO/IEC 23001-7 over 64. */
struct ctr {
	TEE_OperationHandle op;
	uint8_t block[AES_BLOCK_SIZE];
	uint64_t bytes_to_wrap; /* encrypted bytes until the low 64 bits of the counter are 0 */
};

static void ctr_start(struct ctr *ctr, TEE_OperationHandle op, const uint8_t *iv)
{
	uint64_t counter = 0;
	uint64_t blocks;
	unsigned int i;

	ctr->op = op;
	TEE_MemMove(ctr->block, iv, sizeof(ctr->block));
	for (i = 8; i < AES_BLOCK_SIZE; i++)
		counter = counter << 8 | iv[i];

	/* No command is long enough to get from a counter of 0 to the next one. */
	blocks = 0 - counter;
	if (counter && blocks <= PROTEX_TA_MAX_RANGE / AES_BLOCK_SIZE)
		ctr->bytes_to_wrap = blocks * AES_BLOCK_SIZE;
	else
		ctr->bytes_to_wrap = ~(uint64_t)0;

	TEE_CipherInit(op, ctr->block, sizeof(ctr->block));
}

static TEE_Result ctr_decrypt(struct ctr *ctr, const uint8_t *src, uint8_t *dst, size_t size)
{
	while (size) {
		size_t chunk = size < ctr->bytes_to_wrap ? size : (size_t)ctr->bytes_to_wrap;
		size_t written = chunk;
		TEE_Result res;

		res = TEE_CipherUpdate(ctr->op, src, chunk, dst, &written);
		if (res != TEE_SUCCESS)
			return res;
		if (written != chunk)
			return TEE_ERROR_GENERIC;

		src += chunk;
		dst += chunk;
		size -= chunk;
		ctr->bytes_to_wrap -= chunk;
		if (!ctr->bytes_to_wrap) {
			TEE_MemFill(ctr->block + 8, 0, 8);
			ctr_start(ctr, ctr->op, ctr->block);
		}
	}

	return TEE_SUCCESS;
}

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

static bool subsamples_add_up(const uint8_t *subsamples, uint32_t count, size_t size)
{
	uint64_t sum = 0;
	uint32_t i;

	/* 1024 times 2^33 is far from 2^64. */
	for (i = 0; i < count; i++, subsamples += PROTEX_TA_SUBSAMPLE_SIZE)
		sum += (uint64_t)protex_get_le32(subsamples) + protex_get_le32(subsamples + 4);

	return !count || sum == size;
}

static TEE_Result decrypt_subsamples(struct ctr *ctr, const uint8_t *subsamples, uint32_t count,
				     const uint8_t *src, uint8_t *dst)
{
	uint32_t i;

	for (i = 0; i < count; i++, subsamples += PROTEX_TA_SUBSAMPLE_SIZE) {
		size_t clear = protex_get_le32(subsamples);
		size_t cipher = protex_get_le32(subsamples + 4);
		TEE_Result res;

		TEE_MemMove(dst, src, clear);
		src += clear;
		dst += clear;
		res = ctr_decrypt(ctr, src, dst, cipher);
		if (res != TEE_SUCCESS)
			return res;
		src += cipher;
		dst += cipher;
	}

	return TEE_SUCCESS;
}

TEE_Result protex_decrypt(struct protex_session *session, uint32_t types,
			  TEE_Param params[TEE_NUM_PARAMS])
{
	uint8_t *descriptor = NULL;
	TEE_OperationHandle op;
	uint32_t count = 0;
	uint64_t offset;
	const uint8_t *src;
	const uint8_t *subsamples;
	struct ctr ctr;
	uint8_t *dst;
	size_t size;
	TEE_Result res;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_INOUT,
				     TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	res = protex_range_check_shared(&params[0], TEE_MEMORY_ACCESS_READ);
	if (res != TEE_SUCCESS)
		return res;
	res = protex_range_check_protected(&params[1], TEE_MEMORY_ACCESS_WRITE);
	if (res != TEE_SUCCESS)
		return res;
	res = protex_range_check_shared(&params[2], TEE_MEMORY_ACCESS_READ);
	if (res != TEE_SUCCESS)
		return res;

	res = copy_descriptor(&params[2], &descriptor, &count);
	if (res != TEE_SUCCESS)
		return res;
	subsamples = descriptor + PROTEX_TA_DECRYPT_SIZE;

	src = params[0].memref.buffer;
	size = params[0].memref.size;
	offset = protex_get_le64(descriptor + 24);
	if (offset > params[1].memref.size || size > params[1].memref.size - offset ||
	    !subsamples_add_up(subsamples, count, size)) {
		res = TEE_ERROR_BAD_PARAMETERS;
		goto out;
	}
	dst = (uint8_t *)params[1].memref.buffer + offset;
	if (protex_range_overlaps(src, size, dst, size)) {
		res = TEE_ERROR_BAD_PARAMETERS;
		goto out;
	}

	op = protex_key_find(session, protex_get_le32(descriptor));
	if (op == TEE_HANDLE_NULL) {
		res = TEE_ERROR_ITEM_NOT_FOUND;
		goto out;
	}

	ctr_start(&ctr, op, descriptor + 8);
	if (count)
		res = decrypt_subsamples(&ctr, subsamples, count, src, dst);
	else
		res = ctr_decrypt(&ctr, src, dst, size);
	/* The cipher itself failed, which no input can make it do: leave nothing half-made. */
	if (res != TEE_SUCCESS)
		TEE_MemFill(dst, 0, size);
out:
	TEE_Free(descriptor);
	return res;
}
