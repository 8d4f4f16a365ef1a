// SPDX-License-Identifier: MIT
/*
 * What a decryption is to do, as the client describes it: a header, subsamples, and with some
 * commands a head.
 */
#include "protex_ta.h"

/*
 * The client can change its own at any time. So the header, which says how large the rest is, is
 * read once, and the rest is copied behind that copy.
 */
TEE_Result protex_descriptor_copy(struct protex_descriptor *d, const TEE_Param *param,
				  size_t header_size, TEE_Result excess)
{
	uint8_t header[PROTEX_TA_DECRYPT_SAMPLE_SIZE];
	size_t size = param->memref.size;
	size_t needed;

	if (size < header_size)
		return TEE_ERROR_SHORT_BUFFER;
	TEE_MemMove(header, param->memref.buffer, header_size);

	d->subsample_count = protex_get_le32(header + 4);
	d->head_size = header_size < sizeof(header) ? 0 : protex_get_le32(header + 32);
	if (d->subsample_count > PROTEX_TA_MAX_SUBSAMPLES || d->head_size > PROTEX_TA_MAX_HEAD)
		return excess;
	needed = header_size + d->subsample_count * PROTEX_TA_SUBSAMPLE_SIZE + d->head_size;
	if (size != needed)
		return size < needed ? TEE_ERROR_SHORT_BUFFER : TEE_ERROR_BAD_PARAMETERS;

	d->header = TEE_Malloc(size, TEE_MALLOC_FILL_ZERO);
	if (!d->header)
		return TEE_ERROR_OUT_OF_MEMORY;
	TEE_MemMove(d->header, header, header_size);
	TEE_MemMove(d->header + header_size, (uint8_t *)param->memref.buffer + header_size,
		    size - header_size);
	d->subsamples = d->header + header_size;
	d->head = d->subsamples + d->subsample_count * PROTEX_TA_SUBSAMPLE_SIZE;
	return TEE_SUCCESS;
}

static void put_le32(uint8_t *p, uint32_t v)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

TEE_Result protex_descriptor_check_subsamples(struct protex_descriptor *d, size_t size,
					      bool encrypted)
{
	if (!d->subsample_count) {
		/* A range is below 4 GiB. */
		put_le32(d->whole + (encrypted ? 4 : 0), (uint32_t)size);
		d->subsamples = d->whole;
		d->subsample_count = 1;
	}
	if (!protex_subsamples_add_up(d->subsamples, d->subsample_count, size))
		return TEE_ERROR_BAD_PARAMETERS;
	return TEE_SUCCESS;
}

void protex_descriptor_free(struct protex_descriptor *d)
{
	TEE_Free(d->header);
}
