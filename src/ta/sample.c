// SPDX-License-Identifier: MIT
/*
 * Samples of MP4 files, as a decoder takes them, from shared into protected memory.
 */
#include "protex_ta.h"

struct sample {
	struct protex_descriptor d; /* of struct protex_ta_decrypt_sample */
	struct protex_nals nals;
	unsigned int nal_length_size;
	struct protex_cipher cipher;
};

static TEE_Result set_scheme(struct sample *s, const struct protex_session *session)
{
	const uint8_t *header = s->d.header;
	uint32_t key_id = protex_get_le32(header);
	const uint8_t *iv = header + 8;
	const struct protex_key *key;
	unsigned int crypt_blocks = header[37];
	unsigned int skip_blocks = header[38];
	struct protex_cipher *cipher = &s->cipher;

	cipher->scheme = header[36];
	s->nal_length_size = header[39];
	if (s->nal_length_size > 4 || s->nal_length_size == 3)
		return TEE_ERROR_BAD_PARAMETERS;

	switch (cipher->scheme) {
	case PROTEX_TA_SCHEME_NONE:
		if (key_id)
			return TEE_ERROR_BAD_PARAMETERS;
		break;
	case PROTEX_TA_SCHEME_CENC:
		break;
	case PROTEX_TA_SCHEME_CBCS:
		if (crypt_blocks > 15 || skip_blocks > 15 || (!crypt_blocks && skip_blocks))
			return TEE_ERROR_BAD_PARAMETERS;
		break;
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
	if (cipher->scheme != PROTEX_TA_SCHEME_CBCS && (crypt_blocks || skip_blocks))
		return TEE_ERROR_BAD_PARAMETERS;
	if (cipher->scheme == PROTEX_TA_SCHEME_NONE)
		return TEE_SUCCESS;

	key = protex_key_find(session, key_id);
	if (!key)
		return TEE_ERROR_ITEM_NOT_FOUND;
	if (cipher->scheme == PROTEX_TA_SCHEME_CENC) {
		protex_ctr_start(&cipher->ctr, key->ctr, iv);
	} else {
		cipher->cbcs.op = key->cbc;
		cipher->cbcs.iv = iv;
		cipher->cbcs.crypt_blocks = crypt_blocks;
		cipher->cbcs.skip_blocks = skip_blocks;
	}
	return TEE_SUCCESS;
}

static TEE_Result find_nals(struct sample *s, const uint8_t *src, size_t size)
{
	struct protex_subsamples subsamples;

	if (!s->nal_length_size) {
		s->nals.total = size;
		return TEE_SUCCESS;
	}

	s->nals.sizes = TEE_Malloc(PROTEX_TA_MAX_NALS * sizeof(*s->nals.sizes),
				   TEE_MALLOC_FILL_ZERO);
	if (!s->nals.sizes)
		return TEE_ERROR_OUT_OF_MEMORY;
	protex_subsamples_start(&subsamples, s->d.subsamples, s->d.subsample_count);
	return protex_nals_find(&s->nals, src, size, s->nal_length_size, subsamples);
}

static TEE_Result write_sample(struct sample *s, const uint8_t *src, uint8_t *dst)
{
	static const uint8_t start_code[PROTEX_START_CODE_SIZE] = {0, 0, 0, 1};
	struct protex_subsamples subsamples;
	uint32_t i;

	TEE_MemMove(dst, s->d.head, s->d.head_size);
	dst += s->d.head_size;

	protex_subsamples_start(&subsamples, s->d.subsamples, s->d.subsample_count);
	if (!s->nal_length_size)
		return protex_cipher_decrypt(&s->cipher, &subsamples, src, dst, s->nals.total);

	for (i = 0; i < s->nals.count; i++) {
		uint32_t size = s->nals.sizes[i];
		TEE_Result res;

		protex_subsamples_skip(&subsamples, s->nal_length_size);
		src += s->nal_length_size;
		if (!size)
			continue;

		TEE_MemMove(dst, start_code, sizeof(start_code));
		dst += sizeof(start_code);
		res = protex_cipher_decrypt(&s->cipher, &subsamples, src, dst, size);
		if (res != TEE_SUCCESS)
			return res;
		src += size;
		dst += size;
	}

	return TEE_SUCCESS;
}

TEE_Result protex_decrypt_sample(struct protex_session *session, uint32_t types,
				 TEE_Param params[TEE_NUM_PARAMS])
{
	struct sample s = {0};
	uint8_t *dst = NULL;
	const uint8_t *src;
	size_t total = 0;
	size_t size;
	TEE_Result res;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_INOUT,
				     TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT))
		return TEE_ERROR_BAD_PARAMETERS;

	res = protex_range_check_decryption(params);
	if (res != TEE_SUCCESS)
		return res;
	src = params[0].memref.buffer;
	size = params[0].memref.size;

	res = protex_descriptor_copy(&s.d, &params[2], PROTEX_TA_DECRYPT_SAMPLE_SIZE,
				     TEE_ERROR_EXCESS_DATA);
	if (res == TEE_SUCCESS)
		res = set_scheme(&s, session);
	if (res == TEE_SUCCESS) {
		bool encrypted = s.cipher.scheme != PROTEX_TA_SCHEME_NONE;

		res = protex_descriptor_check_subsamples(&s.d, size, encrypted);
	}
	if (res == TEE_SUCCESS)
		res = find_nals(&s, src, size);
	if (res == TEE_SUCCESS) {
		total = s.d.head_size + s.nals.total;
		res = protex_range_destination(params, protex_get_le64(s.d.header + 24), total,
					       &dst);
	}
	if (res != TEE_SUCCESS)
		goto out;

	/* Nothing is refused from here on. */
	res = write_sample(&s, src, dst);
	/* The cipher itself failed, which no input can make it do. */
	if (res != TEE_SUCCESS)
		TEE_MemFill(dst, 0, total);
	res = protex_cache_written(dst, total, res);
	if (res != TEE_SUCCESS)
		goto out;
	params[3].value.a = (uint32_t)total;
	params[3].value.b = 0;
out:
	TEE_Free(s.nals.sizes);
	protex_descriptor_free(&s.d);
	return res;
}
