/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto.h"
#include "nal.h"
#include "packet_encryption.h"
#include "player.h"

/* In shared memory: a sample, then its descriptor. */
#define SAMPLE_ROOM (2u << 20)
#define DESCRIPTOR_ROOM (64u << 10)


bool player_find_key(struct player *p, const uint8_t id[16], const char *key_file, struct protex_error *error)
{
	struct protex_ta_wrapped_key wrapped;

	if (key_file) {
		if (crypto_read_key(key_file, p->key, error) < 0 ||
		    crypto_wrap_key(crypto_development_kek, p->key, &wrapped, error) < 0)
			return false;
	} else if (!packet_wrapped_key(demux_format(p->demux), id, &wrapped) ||
		   crypto_unwrap_key(crypto_development_kek, &wrapped, p->key, error) < 0) {
		return false;
	}
	return protex_ta_unwrap_key(p->session, &wrapped, sizeof(wrapped), &p->key_id, error) == 0;
}

bool player_open(struct player *p, const char *path, struct protex_error *error)
{
	const AVCodecParameters *parameters;

	if (demux_open(&p->demux, path, NULL, error) < 0 ||
	    protex_allocator_create(&p->allocator, PROTEX_USE_SECURE_VIDEO, error) < 0 ||
	    protex_ta_open(&p->tee, &p->session, error) < 0 ||
	    protex_memory_alloc(&p->shared, p->tee, SAMPLE_ROOM + DESCRIPTOR_ROOM, error) < 0)
		return false;
	p->fd = protex_allocator_alloc(p->allocator, BUFFER_SIZE, error);
	if (p->fd < 0 || protex_memory_import(&p->buffer, p->tee, p->fd, error) < 0)
		return false;
	parameters = demux_video(p->demux)->codecpar;
	if (parameters->codec_id == AV_CODEC_ID_H264)
		return nal_read_avcc(parameters->extradata, (size_t)parameters->extradata_size,
				     &p->nal_length_size, &p->head);
	if (parameters->codec_id == AV_CODEC_ID_HEVC)
		return nal_read_hvcc(parameters->extradata, (size_t)parameters->extradata_size,
				     &p->nal_length_size, &p->head);
	return true;
}

struct protex_sample player_describe(struct player *p, const AVPacket *packet, const struct cenc_sample *sample,
				     uint64_t offset)
{
	struct protex_sample s = {
		.key_id = sample->scheme ? p->key_id : 0,
		.scheme = sample->scheme,
		.crypt_blocks = sample->crypt_blocks,
		.skip_blocks = sample->skip_blocks,
		.nal_length_size = (uint8_t)p->nal_length_size,
		.source = {p->shared, 0, (uint64_t)packet->size},
		.destination = p->buffer,
		.destination_offset = offset,
		.subsamples = sample->subsamples,
		.subsample_count = sample->subsample_count,
		.head = p->head.data,
		.head_size = (uint32_t)p->head.size,
		.descriptor = {p->shared, SAMPLE_ROOM, DESCRIPTOR_ROOM},
	};

	memcpy(s.iv, sample->iv, sizeof(s.iv));
	memcpy(protex_memory_data(p->shared), packet->data, (size_t)packet->size);
	return s;
}

bool player_expect(struct player *p, const AVPacket *packet, const struct cenc_sample *sample, struct bytes *to,
		   struct protex_error *error)
{
	size_t size = (size_t)packet->size;
	uint8_t *data = malloc(size);
	bool good;

	memcpy(data, packet->data, size);
	good = cenc_decrypt(p->key, sample, data, size, error) == 0;
	bytes_put(to, p->head.data, p->head.size);
	if (!p->nal_length_size)
		bytes_put(to, data, size);
	for (size_t at = 0; good && p->nal_length_size && at < size;) {
		size_t length = 0;

		for (unsigned i = 0; i < p->nal_length_size; i++)
			length = length << 8 | data[at++];
		bytes_put_uint(to, 1, 4);
		bytes_put(to, data + at, length);
		at += length;
	}
	free(data);
	return good;
}

void player_close(struct player *p)
{
	close(p->fd);
	protex_memory_close(p->buffer);
	protex_memory_close(p->shared);
	protex_session_close(p->session);
	protex_tee_close(p->tee);
	protex_allocator_destroy(p->allocator);
	demux_close(p->demux);
	bytes_free(&p->head);
}
