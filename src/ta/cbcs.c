// SPDX-License-Identifier: MIT
/*
 * AES-128-CBC by a pattern (ISO/IEC 23001-7 "cbcs").
 */
#include "protex_ta.h"

TEE_Result protex_cbcs_decrypt(const struct protex_cbcs *cbcs, const uint8_t *src, uint8_t *dst,
			       size_t size)
{
	size_t skip = cbcs->skip_blocks * PROTEX_AES_BLOCK_SIZE;
	size_t crypt = cbcs->crypt_blocks * PROTEX_AES_BLOCK_SIZE;

	/* The pattern without a gap: one run of all whole blocks. */
	if (!skip)
		crypt = size - size % PROTEX_AES_BLOCK_SIZE;

	TEE_CipherInit(cbcs->op, cbcs->iv, PROTEX_AES_BLOCK_SIZE);
	while (crypt && size >= crypt) {
		size_t written = crypt;
		TEE_Result res;
		size_t n;

		res = TEE_CipherUpdate(cbcs->op, src, crypt, dst, &written);
		if (res != TEE_SUCCESS)
			return res;
		if (written != crypt)
			return TEE_ERROR_GENERIC;
		src += crypt;
		dst += crypt;
		size -= crypt;

		n = size < skip ? size : skip;
		TEE_MemMove(dst, src, n);
		src += n;
		dst += n;
		size -= n;
	}
	TEE_MemMove(dst, src, size);

	return TEE_SUCCESS;
}
