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

#include "crypto.h"
#include "packet_encryption.h"
#include "player.h"
#include "tap.h"

static struct protex_error error;

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
	struct protex_sample s = player_describe(p, packet, sample, offset);
	struct bytes wanted = {0};
	uint64_t written = 0;
	bool good = player_expect(p, packet, sample, &wanted, &error) &&
		    protex_ta_decrypt_sample(p->session, &s, &written, &error) == 0 &&
		    written == wanted.size && digest_is(p, offset, &wanted);

	bytes_free(&wanted);
	return good;
}

/* What a caller could try, to learn something or to get at the content. What is refused changes nothing. */
static void attack(struct player *p, const AVPacket *packet, const struct cenc_sample *sample)
{
	struct protex_subsample many[PROTEX_TA_MAX_SUBSAMPLES + 1] = {0};
	struct protex_sample good = player_describe(p, packet, sample, 0), s;
	struct protex_memory *ordinary;
	struct bytes wanted = {0};
	uint64_t written;
	unsigned reached;

	player_expect(p, packet, sample, &wanted, &error);
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
	if (!ok(player_open(&p, argv[1], &error), "open the file, the TEE and a protected buffer")) {
		note("%s", error.message);
		return tap_end();
	}
	while ((ret = demux_read(p.demux, packet, &error)) > 0) {
		struct cenc_sample sample;

		if (packet->stream_index == demux_video(p.demux)->index &&
		    packet_encryption(packet, &sample, &error) == 0) {
			if (sample.scheme && !p.key_id &&
			    !ok(player_find_key(&p, sample.key_id, argc > 2 ? argv[2] : NULL, &error),
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

	player_close(&p);
	av_packet_free(&packet);
	return tap_end();
}
