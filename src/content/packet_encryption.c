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

static bool key_in(const AVEncryptionInitInfo *info, const uint8_t key_id[CENC_KEY_ID_SIZE],
		   struct protex_ta_wrapped_key *key)
{
	static const uint8_t system_id[16] = PROTEX_TA_UUID_OCTETS;

	for (; info; info = info->next) {
		if (info->system_id_size != sizeof(system_id) ||
		    memcmp(info->system_id, system_id, sizeof(system_id)) != 0 ||
		    info->key_id_size != CENC_KEY_ID_SIZE || info->data_size != sizeof(*key))
			continue;
		for (uint32_t i = 0; i < info->num_key_ids; i++) {
			if (memcmp(info->key_ids[i], key_id, CENC_KEY_ID_SIZE) == 0) {
				memcpy(key, info->data, sizeof(*key));
				return true;
			}
		}
	}
	return false;
}

bool packet_wrapped_key(const AVFormatContext *format, const uint8_t key_id[CENC_KEY_ID_SIZE],
			struct protex_ta_wrapped_key *key)
{
	bool found = false;

	/* It says so of any stream, not of the one that is encrypted. */
	for (unsigned i = 0; i < format->nb_streams && !found; i++) {
		const AVCodecParameters *parameters = format->streams[i]->codecpar;
		const AVPacketSideData *side =
			av_packet_side_data_get(parameters->coded_side_data,
						parameters->nb_coded_side_data,
						AV_PKT_DATA_ENCRYPTION_INIT_INFO);
		AVEncryptionInitInfo *info =
			side ? av_encryption_init_info_get_side_data(side->data, side->size) : NULL;

		found = key_in(info, key_id, key);
		av_encryption_init_info_free(info);
	}
	return found;
}

int packet_decrypt(AVPacket *packet, const struct keys *keys, struct protex_error *error)
{
	struct cenc_sample sample;
	char key_id[CENC_KEY_ID_TEXT];
	const uint8_t *key;
	int ret = packet_encryption(packet, &sample, error);

	if (ret < 0 || sample.scheme == PROTEX_SCHEME_NONE)
		return ret;
	key = keys_find(keys, sample.key_id);
	if (!key) {
		cenc_key_id_text(sample.key_id, key_id);
		ret = fail(error, -EACCES, "it is encrypted (%s) with key %s: give that with --key",
			   cenc_scheme_name(sample.scheme), key_id);
	} else if (av_packet_make_writable(packet) < 0) {
		ret = fail(error, -ENOMEM, "out of memory");
	} else {
		ret = cenc_decrypt(key, &sample, packet->data, (size_t)packet->size, error);
	}
	free(sample.subsamples);
	av_packet_side_data_remove(packet->side_data, &packet->side_data_elems,
				   AV_PKT_DATA_ENCRYPTION_INFO);
	return ret;
}
