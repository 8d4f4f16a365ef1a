/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/encryption_info.h>
#include <libavutil/macros.h>

#include "failure.h"
#include "packet_encryption.h"

static int convert(const AVEncryptionInfo *info, struct cenc_sample *sample,
		   struct protex_error *error)
{
	switch (info->scheme) {
	case MKBETAG('c', 'e', 'n', 'c'):
		sample->scheme = PROTEX_SCHEME_CENC;
		break;
	case MKBETAG('c', 'b', 'c', 's'):
		sample->scheme = PROTEX_SCHEME_CBCS;
		sample->crypt_blocks = (uint8_t)info->crypt_byte_block;
		sample->skip_blocks = (uint8_t)info->skip_byte_block;
		break;
	default:
		return fail(error, -ENOTSUP, "encrypted by the scheme '%c%c%c%c', not 'cenc' or 'cbcs'",
			    (int)(info->scheme >> 24 & 0x7f), (int)(info->scheme >> 16 & 0x7f),
			    (int)(info->scheme >> 8 & 0x7f), (int)(info->scheme & 0x7f));
	}
	if (info->key_id_size != sizeof(sample->key_id) || info->iv_size > sizeof(sample->iv) ||
	    info->crypt_byte_block > 15 || info->skip_byte_block > 15)
		return fail(error, -EBADMSG, "what it says of its encryption is damaged");
	memcpy(sample->key_id, info->key_id, sizeof(sample->key_id));
	memcpy(sample->iv, info->iv, info->iv_size);

	if (info->subsample_count == 0)
		return 0;
	sample->subsamples = calloc(info->subsample_count, sizeof(*sample->subsamples));
	if (!sample->subsamples)
		return fail(error, -ENOMEM, "out of memory");
	sample->subsample_count = info->subsample_count;
	for (uint32_t i = 0; i < info->subsample_count; i++) {
		sample->subsamples[i].clear = info->subsamples[i].bytes_of_clear_data;
		sample->subsamples[i].cipher = info->subsamples[i].bytes_of_protected_data;
	}
	return 0;
}

int packet_encryption(const AVPacket *packet, struct cenc_sample *sample, struct protex_error *error)
{
	AVEncryptionInfo *info;
	const uint8_t *data;
	size_t size;
	int ret;

	memset(sample, 0, sizeof(*sample));
	data = av_packet_get_side_data(packet, AV_PKT_DATA_ENCRYPTION_INFO, &size);
	if (!data)
		return 0;
	info = av_encryption_info_get_side_data(data, size);
	if (!info)
		return fail(error, -EBADMSG, "what it says of its encryption is damaged");
	ret = convert(info, sample, error);
	av_encryption_info_free(info);
	return ret;
}
