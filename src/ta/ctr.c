// SPDX-License-Identifier: MIT
/*
 * AES-128-CTR with a block counter of 64 bits (ISO/IEC 23001-7). The TEE's CTR mode carries over
 * all 128 bits.
 */
#include "protex_ta.h"

void protex_ctr_start(struct protex_ctr *ctr, TEE_OperationHandle op, const uint8_t *iv)
{
	uint64_t counter = 0;
	uint64_t blocks;
	unsigned int i;

	ctr->op = op;
	TEE_MemMove(ctr->block, iv, sizeof(ctr->block));
	for (i = 8; i < PROTEX_AES_BLOCK_SIZE; i++)
		counter = counter << 8 | iv[i];

	/* No command is long enough to get from a counter of 0 to the next one. */
	blocks = 0 - counter;
	if (counter && blocks <= PROTEX_TA_MAX_RANGE / PROTEX_AES_BLOCK_SIZE)
		ctr->bytes_to_wrap = blocks * PROTEX_AES_BLOCK_SIZE;
	else
		ctr->bytes_to_wrap = ~(uint64_t)0;

	TEE_CipherInit(op, ctr->block, sizeof(ctr->block));
}

TEE_Result protex_ctr_decrypt(struct protex_ctr *ctr, const uint8_t *src, uint8_t *dst, size_t size)
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
			protex_ctr_start(ctr, ctr->op, ctr->block);
		}
	}

	return TEE_SUCCESS;
}
