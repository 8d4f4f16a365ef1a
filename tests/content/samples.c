/* SPDX-License-Identifier: MIT */
/*
 * samples FILE [KEY]: an encrypted MP4 file up to the decoder, with the machine's TEE. The TA decrypts
 * each sample of the video into a protected buffer, and its digest of what it wrote is that of what a
 * decoder is to be handed, which this program makes in ordinary memory. The key is in the file,
 * wrapped, or, of a file of somebody else's, in KEY. Then it tries what must be refused. Prints TAP.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <protex/ta.h>

#include "crypto.h"
#include "demux.h"
#include "nal.h"
#include "packet_encryption.h"
#include "tap.h"

#define BUFFER_SIZE (4u << 20)
/* In shared memory: a sample, then its descriptor. */
#define SAMPLE_ROOM (2u << 20)
#define DESCRIPTOR_ROOM (64u << 10)

struct player {
	struct demux *demux;
	struct protex_allocator *allocator;
	struct protex_tee *tee;
	struct protex_session *session;
	struct protex_memory *shared, *buffer;
	int fd;
	uint8_t key[16];
	uint32_t key_id;
	unsigned nal_length_size;
	struct bytes head;
};

static struct protex_error error;

/* The key of the file, for this program and for the TA. */
static bool find_key(struct player *p, const uint8_t id[16], const char *key_file)
{
	struct protex_ta_wrapped_key wrapped;

	if (key_file) {
		if (crypto_read_key(key_file, p->key, &error) < 0 ||
		    crypto_wrap_key(crypto_development_kek, p->key, &wrapped, &error) < 0)
			return false;
	} else if (!packet_wrapped_key(demux_format(p->demux), id, &wrapped) ||
		   crypto_unwrap_key(crypto_development_kek, &wrapped, p->key, &error) < 0) {
		return false;
	}
	return protex_ta_unwrap_key(p->session, &wrapped, sizeof(wrapped), &p->key_id, &error) == 0;
}

static bool open_player(struct player *p, const char *path)
{
	const AVCodecParameters *parameters;

	if (demux_open(&p->demux, path, NULL, &error) < 0 ||
	    protex_allocator_create(&p->allocator, PROTEX_USE_SECURE_VIDEO, &error) < 0 ||
	    protex_ta_open(&p->tee, &p->session, &error) < 0 ||
	    protex_memory_alloc(&p->shared, p->tee, SAMPLE_ROOM + DESCRIPTOR_ROOM, &error) < 0)
		return false;
	p->fd = protex_allocator_alloc(p->allocator, BUFFER_SIZE, &error);
	if (p->fd < 0 || protex_memory_import(&p->buffer, p->tee, p->fd, &error) < 0)
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

static struct protex_sample describe(struct player *p, const AVPacket *packet,
				     const struct cenc_sample *sample, uint64_t offset)
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

/* What the decoder is to be handed. */
static bool expect(struct player *p, const AVPacket *packet, const struct cenc_sample *sample,
		   struct bytes *to)
{
	size_t size = (size_t)packet->size;
	uint8_t *data = malloc(size);
	bool good;

	memcpy(data, packet->data, size);
	good = cenc_decrypt(p->key, sample, data, size, &error) == 0;
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

static bool digest_is(struct player *p, uint64_t offset, const struct bytes *wanted)
{
	struct protex_range range = {p->buffer, offset, wanted->size};
	uint8_t is[32], should[32];

	return crypto_sha256(wanted->data, wanted->size, NULL, 0, should, &error) == 0 &&
	       protex_ta_digest(p->session, &range, is, &error) == 0 && memcmp(is, should, 32) == 0;
}

static bool play(struct player *p, const AVPacket *packet, const struct cenc_sample *sample,
		 uint64_t offset)
{
	struct protex_sample s = describe(p, packet, sample, offset);
	struct bytes wanted = {0};
	uint64_t written = 0;
	bool good = expect(p, packet, sample, &wanted) &&
		    protex_ta_decrypt_sample(p->session, &s, &written, &error) == 0 &&
		    written == wanted.size && digest_is(p, offset, &wanted);

	bytes_free(&wanted);
	return good;
}

/* What a caller could try, to learn something or to get at the content. What is refused changes nothing. */
static void attack(struct player *p, const AVPacket *packet, const struct cenc_sample *sample)
{
	struct protex_subsample many[PROTEX_TA_MAX_SUBSAMPLES + 1] = {0};
	struct protex_sample good = describe(p, packet, sample, 0), s;
	struct protex_memory *ordinary;
	struct bytes wanted = {0};
	uint64_t written;
	unsigned reached;

	expect(p, packet, sample, &wanted);
	if (!ok(protex_ta_decrypt_sample(p->session, &good, &written, &error) == 0,
		"control: the sample is decrypted as it is"))
		return;

	if (ok(protex_memory_alloc(&ordinary, p->tee, BUFFER_SIZE, &error) == 0, "ordinary memory")) {
		s = good;
		s.destination = ordinary;
		ok(protex_ta_decrypt_sample(p->session, &s, &written, &error) == -EACCES,
		   "it is not decrypted to ordinary memory");
		ok(!memmem(protex_memory_data(ordinary), BUFFER_SIZE, wanted.data, 64),
		   "which has none of it");
		protex_memory_close(ordinary);
	}
	s = good;
	s.subsample_count = 0;
	if (p->nal_length_size)
		ok(protex_ta_decrypt_sample(p->session, &s, &written, &error) == -EINVAL,
		   "lengths that are encrypted are refused");
	s = good;
	s.source.size--;
	ok(protex_ta_decrypt_sample(p->session, &s, &written, &error) == -EINVAL,
	   "a sample that is cut off is refused");
	s = good;
	s.destination_offset = BUFFER_SIZE - wanted.size + 1;
	ok(protex_ta_decrypt_sample(p->session, &s, &written, &error) == -EINVAL,
	   "so is one that goes beyond the buffer");
	s = good;
	s.key_id = p->key_id + 1;
	ok(protex_ta_decrypt_sample(p->session, &s, &written, &error) == -ENOENT,
	   "and one of a key that was not given");
	s = good;
	s.subsamples = many;
	s.subsample_count = PROTEX_TA_MAX_SUBSAMPLES + 1;
	ok(protex_ta_decrypt_sample(p->session, &s, &written, &error) == -E2BIG,
	   "more subsamples than the TA takes are refused by that name");
	ok(digest_is(p, 0, &wanted), "what was refused has changed nothing");
	ok(protex_probe(p->fd, NULL, NULL, &reached, &error) == 0 && reached == 0,
	   "the CPU has no way to the buffer");
	bytes_free(&wanted);
}

int main(int argc, char **argv)
{
	AVPacket *packet = av_packet_alloc();
	unsigned samples = 0, right = 0, encrypted = 0;
	struct player p = {0};
	int ret;

	if (argc < 2 || !packet)
		return 2;
	if (!ok(open_player(&p, argv[1]), "open the file, the TEE and a protected buffer")) {
		note("%s", error.message);
		return tap_end();
	}
	while ((ret = demux_read(p.demux, packet, &error)) > 0) {
		struct cenc_sample sample;

		if (packet->stream_index == demux_video(p.demux)->index &&
		    packet_encryption(packet, &sample, &error) == 0) {
			if (sample.scheme && !p.key_id &&
			    !ok(find_key(&p, sample.key_id, argc > 2 ? argv[2] : NULL),
				"the TA takes the key")) {
				note("%s", error.message);
				return tap_end();
			}
			right += play(&p, packet, &sample, samples * 4099 % 65536);
			if (sample.scheme && encrypted++ == 0)
				attack(&p, packet, &sample);
			samples++;
			p.head.size = 0;
			free(sample.subsamples);
		}
		av_packet_unref(packet);
	}
	ok(ret == 0 && encrypted > 0, "the file is read to its end, and is encrypted");
	if (!ok(right == samples, "%u of %u samples are what a decoder is to be handed", right, samples))
		note("%s", error.message);

	close(p.fd);
	protex_memory_close(p.buffer);
	protex_memory_close(p.shared);
	protex_session_close(p.session);
	protex_tee_close(p.tee);
	protex_allocator_destroy(p.allocator);
	demux_close(p.demux);
	bytes_free(&p.head);
	av_packet_free(&packet);
	return tap_end();
}
