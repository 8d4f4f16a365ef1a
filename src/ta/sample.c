// SPDX-License-Identifier: MIT
/*
 * Samples of MP4 files, as a decoder takes them, from shared into protected memory.
 */
#include "protex_ta.h"

/* Both copies are private: the caller can change its own meanwhile. */
struct sample {
	uint8_t *descriptor; /* struct protex_ta_decrypt_sample, then subsamples, then head */
	const uint8_t *subsamples;
	uint32_t subsample_count;
	const uint8_t *head;
	uint32_t head_size;
	struct protex_nals nals;
	uint32_t scheme;
	unsigned int nal_length_size;
	struct protex_ctr ctr;
	struct protex_cbcs cbcs;
	uint8_t whole[PROTEX_TA_SUBSAMPLE_SIZE]; /* where there are no subsamples */
};

static TEE_Result copy_descriptor(struct sample *s, const TEE_Param *param)
{
	size_t size = param->memref.size;
	uint8_t header[PROTEX_TA_DECRYPT_SAMPLE_SIZE];
	size_t needed;

	if (size < sizeof(header))
		return TEE_ERROR_SHORT_BUFFER;
	TEE_MemMove(header, param->memref.buffer, sizeof(header));

	s->subsample_count = protex_get_le32(header + 4);
	s->head_size = protex_get_le32(header + 32);
	if (s->subsample_count > PROTEX_TA_MAX_SUBSAMPLES || s->head_size > PROTEX_TA_MAX_HEAD)
		return TEE_ERROR_EXCESS_DATA;
	needed = sizeof(header) + s->subsample_count * PROTEX_TA_SUBSAMPLE_SIZE + s->head_size;
	if (size != needed)
		return size < needed ? TEE_ERROR_SHORT_BUFFER : TEE_ERROR_BAD_PARAMETERS;

	s->descriptor = TEE_Malloc(size, TEE_MALLOC_FILL_ZERO);
	if (!s->descriptor)
		return TEE_ERROR_OUT_OF_MEMORY;
	TEE_MemMove(s->descriptor, header, sizeof(header));
	TEE_MemMove(s->descriptor + sizeof(header),
		    (uint8_t *)param->memref.buffer + sizeof(header), size - sizeof(header));
	s->subsamples = s->descriptor + sizeof(header);
	s->head = s->subsamples + s->subsample_count * PROTEX_TA_SUBSAMPLE_SIZE;
	return TEE_SUCCESS;
}

static TEE_Result set_scheme(struct sample *s, const struct protex_session *session)
{
	uint32_t key_id = protex_get_le32(s->descriptor);
	const uint8_t *iv = s->descriptor + 8;
	const struct protex_key *key;
	unsigned int crypt_blocks = s->descriptor[37];
	unsigned int skip_blocks = s->descriptor[38];

	s->scheme = s->descriptor[36];
	s->nal_length_size = s->descriptor[39];
	if (s->nal_length_size > 4 || s->nal_length_size == 3)
		return TEE_ERROR_BAD_PARAMETERS;

	switch (s->scheme) {
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
	if (s->scheme != PROTEX_TA_SCHEME_CBCS && (crypt_blocks || skip_blocks))
		return TEE_ERROR_BAD_PARAMETERS;
	if (s->scheme == PROTEX_TA_SCHEME_NONE)
		return TEE_SUCCESS;

	key = protex_key_find(session, key_id);
	if (!key)
		return TEE_ERROR_ITEM_NOT_FOUND;
	if (s->scheme == PROTEX_TA_SCHEME_CENC) {
		protex_ctr_start(&s->ctr, key->ctr, iv);
	} else {
		s->cbcs.op = key->cbc;
		s->cbcs.iv = iv;
		s->cbcs.crypt_blocks = crypt_blocks;
		s->cbcs.skip_blocks = skip_blocks;
	}
	return TEE_SUCCESS;
}

static void put_le32(uint8_t *p, uint32_t v)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static TEE_Result set_subsamples(struct sample *s, size_t size)
{
	if (!s->subsample_count) {
		/* A range is below 4 GiB. */
		put_le32(s->whole + (s->scheme == PROTEX_TA_SCHEME_NONE ? 0 : 4), (uint32_t)size);
		s->subsamples = s->whole;
		s->subsample_count = 1;
	}
	if (!protex_subsamples_add_up(s->subsamples, s->subsample_count, size))
		return TEE_ERROR_BAD_PARAMETERS;
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
	protex_subsamples_start(&subsamples, s->subsamples, s->subsample_count);
	return protex_nals_find(&s->nals, src, size, s->nal_length_size, subsamples);
}

static TEE_Result copy_bytes(struct sample *s, struct protex_subsamples *subsamples,
			     const uint8_t *src, uint8_t *dst, size_t size)
{
	while (size) {
		TEE_Result res = TEE_SUCCESS;
		bool encrypted;
		size_t n = protex_subsamples_take(subsamples, size, &encrypted);

		if (!encrypted || s->scheme == PROTEX_TA_SCHEME_NONE)
			TEE_MemMove(dst, src, n);
		else if (s->scheme == PROTEX_TA_SCHEME_CENC)
			res = protex_ctr_decrypt(&s->ctr, src, dst, n);
		else
			res = protex_cbcs_decrypt(&s->cbcs, src, dst, n);
		if (res != TEE_SUCCESS)
			return res;
		src += n;
		dst += n;
		size -= n;
	}

	return TEE_SUCCESS;
}

static TEE_Result write_sample(struct sample *s, const uint8_t *src, uint8_t *dst)
{
	static const uint8_t start_code[] = {0, 0, 0, 1};
	struct protex_subsamples subsamples;
	uint32_t i;

	TEE_MemMove(dst, s->head, s->head_size);
	dst += s->head_size;

	protex_subsamples_start(&subsamples, s->subsamples, s->subsample_count);
	if (!s->nal_length_size)
		return copy_bytes(s, &subsamples, src, dst, s->nals.total);

	for (i = 0; i < s->nals.count; i++) {
		uint32_t size = s->nals.sizes[i];
		unsigned int left = s->nal_length_size;
		TEE_Result res;
		bool encrypted;

		while (left)
			left -= (unsigned int)protex_subsamples_take(&subsamples, left, &encrypted);
		src += s->nal_length_size;
		if (!size)
			continue;

		TEE_MemMove(dst, start_code, sizeof(start_code));
		dst += sizeof(start_code);
		res = copy_bytes(s, &subsamples, src, dst, size);
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

	res = copy_descriptor(&s, &params[2]);
	if (res == TEE_SUCCESS)
		res = set_scheme(&s, session);
	if (res == TEE_SUCCESS)
		res = set_subsamples(&s, size);
	if (res == TEE_SUCCESS)
		res = find_nals(&s, src, size);
	if (res == TEE_SUCCESS) {
		total = s.head_size + s.nals.total;
		res = protex_range_destination(params, protex_get_le64(s.descriptor + 24), total,
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
	TEE_Free(s.descriptor);
	return res;
}
