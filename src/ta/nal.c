// SPDX-License-Identifier: MIT
/*
 * NAL units of a sample, each after its length (ISO/IEC 14496-15).
 */
#include "protex_ta.h"

/*
 * The caller can change src at any time: each length is read here, once, and what is done later
 * goes by the table. A length that were decrypted to be read would tell the caller of plaintext, by
 * what is refused and by the total.
 */
TEE_Result protex_nals_find(struct protex_nals *nals, const uint8_t *src, size_t size,
			    unsigned int length_size, struct protex_subsamples subsamples)
{
	nals->count = 0;
	nals->total = 0;

	while (size) {
		uint32_t length = 0;
		bool encrypted;
		unsigned int i;

		if (size < length_size)
			return TEE_ERROR_BAD_PARAMETERS;
		for (i = 0; i < length_size; i++) {
			protex_subsamples_take(&subsamples, 1, &encrypted);
			if (encrypted)
				return TEE_ERROR_BAD_PARAMETERS;
			length = length << 8 | src[i];
		}
		src += length_size;
		size -= length_size;

		if (length > size)
			return TEE_ERROR_BAD_PARAMETERS;
		protex_subsamples_skip(&subsamples, length);
		src += length;
		size -= length;

		if (nals->count == PROTEX_TA_MAX_NALS)
			return TEE_ERROR_EXCESS_DATA;
		nals->sizes[nals->count++] = length;
		if (length)
			nals->total += PROTEX_START_CODE_SIZE + length;
	}

	return TEE_SUCCESS;
}
