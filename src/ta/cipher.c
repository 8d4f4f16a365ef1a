// SPDX-License-Identifier: MIT
/*
 * Bytes of a sample, of which some are encrypted, from shared into protected memory.
 */
#include "protex_ta.h"

TEE_Result protex_cipher_decrypt(struct protex_cipher *cipher, struct protex_subsamples *subsamples,
				 const uint8_t *src, uint8_t *dst, size_t size)
{
	while (size) {
		TEE_Result res = TEE_SUCCESS;
		bool encrypted;
		size_t n = protex_subsamples_take(subsamples, size, &encrypted);

		if (!encrypted || cipher->scheme == PROTEX_TA_SCHEME_NONE)
			TEE_MemMove(dst, src, n);
		else if (cipher->scheme == PROTEX_TA_SCHEME_CENC)
			res = protex_ctr_decrypt(&cipher->ctr, src, dst, n);
		else
			res = protex_cbcs_decrypt(&cipher->cbcs, src, dst, n);
		if (res != TEE_SUCCESS)
			return res;
		src += n;
		dst += n;
		size -= n;
	}

	return TEE_SUCCESS;
}
