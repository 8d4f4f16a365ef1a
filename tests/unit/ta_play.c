/* SPDX-License-Identifier: MIT */
/*
 * ta-play FILE OUT: what a secure player does with an MP4 file up to its decoder, with the TA in this process. The
 * key comes from the file, wrapped; the TA unwraps it and decrypts each sample of the video, with start codes and, in
 * front of the first, parameter sets. OUT gets what a decoder would.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tee_internal_api.h>

#include "demux.h"
#include "nal.h"
#include "packet_encryption.h"
#include "ta_host.h"

#define TYPES TEE_PARAM_TYPES
#define IN TEE_PARAM_TYPE_MEMREF_INPUT
#define INOUT TEE_PARAM_TYPE_MEMREF_INOUT
#define VOUT TEE_PARAM_TYPE_VALUE_OUTPUT

static void *session;
static uint32_t key_handle;

static void die(const char *what, uint32_t code)
{
	fprintf(stderr, "ta-play: %s (0x%x)\n", what, code);
	exit(1);
}

static void unwrap(const AVFormatContext *format, const uint8_t key_id[16])
{
	struct protex_ta_wrapped_key wrapped;
	TEE_Param params[4] = {{{&wrapped, sizeof(wrapped)}}};
	TEE_Result res;

	if (!packet_wrapped_key(format, key_id, &wrapped))
		die("the file has no key for the TA", 0);
	ta_host_unmap_all();
	ta_host_map(&wrapped, sizeof(wrapped), false, TA_HOST_READ);
	res = TA_InvokeCommandEntryPoint(session, PROTEX_TA_CMD_UNWRAP_KEY, TYPES(IN, VOUT, 0, 0),
					 params);
	if (res != TEE_SUCCESS)
		die("the TA does not take the key", res);
	key_handle = params[1].value.a;
}

/* The TA's description of a sample, as libprotex writes it. */
static void describe(struct bytes *to, const struct cenc_sample *sample, unsigned nal_length_size,
		     const struct bytes *head)
{
	struct protex_ta_decrypt_sample d = {
		.key_id = htole32(sample->scheme ? key_handle : 0),
		.subsample_count = htole32(sample->subsample_count),
		.head_size = htole32((uint32_t)head->size),
		.scheme = (uint8_t)sample->scheme,
		.crypt_blocks = sample->crypt_blocks,
		.skip_blocks = sample->skip_blocks,
		.nal_length_size = (uint8_t)nal_length_size,
	};

	memcpy(d.iv, sample->iv, sizeof(d.iv));
	bytes_put(to, &d, sizeof(d));
	for (uint32_t i = 0; i < sample->subsample_count; i++) {
		const struct protex_ta_subsample s = {htole32(sample->subsamples[i].clear),
						      htole32(sample->subsamples[i].cipher)};

		bytes_put(to, &s, sizeof(s));
	}
	bytes_put(to, head->data, head->size);
}

static void play(const AVPacket *packet, const struct cenc_sample *sample, unsigned nal_length_size,
		 const struct bytes *head, FILE *out)
{
	size_t room = (size_t)packet->size * 4 + head->size;
	uint8_t *protected = malloc(room);
	struct bytes description = {0};
	TEE_Param params[4] = {{{packet->data, (size_t)packet->size}}, {{protected, room}}};
	TEE_Result res;

	describe(&description, sample, nal_length_size, head);
	params[2].memref.buffer = description.data;
	params[2].memref.size = description.size;
	ta_host_unmap_all();
	ta_host_map(packet->data, (size_t)packet->size, false, TA_HOST_READ);
	ta_host_map(description.data, description.size, false, TA_HOST_READ);
	ta_host_map(protected, room, true, TA_HOST_WRITE);
	res = TA_InvokeCommandEntryPoint(session, PROTEX_TA_CMD_DECRYPT_SAMPLE,
					 TYPES(IN, INOUT, IN, VOUT), params);
	if (res != TEE_SUCCESS)
		die("the TA does not take a sample", res);
	fwrite(protected, 1, params[3].value.a, out);
	bytes_free(&description);
	free(protected);
}

int main(int argc, char **argv)
{
	TEE_Param none[4] = {0};
	AVPacket *packet = av_packet_alloc();
	struct bytes head = {0};
	unsigned nal_length_size = 0, samples = 0;
	const AVCodecParameters *parameters;
	struct protex_error error;
	struct demux *demux;
	FILE *out;
	int ret;

	if (argc != 3 || !packet || TA_OpenSessionEntryPoint(0, none, &session) != TEE_SUCCESS)
		die("usage: ta-play FILE OUT", 0);
	if (demux_open(&demux, argv[1], NULL, &error) < 0)
		die(error.message, 0);
	parameters = demux_video(demux)->codecpar;
	if (parameters->codec_id == AV_CODEC_ID_H264 &&
	    !nal_read_avcc(parameters->extradata, (size_t)parameters->extradata_size, &nal_length_size,
			   &head))
		die("no avcC", 0);
	if (parameters->codec_id == AV_CODEC_ID_HEVC &&
	    !nal_read_hvcc(parameters->extradata, (size_t)parameters->extradata_size, &nal_length_size,
			   &head))
		die("no hvcC", 0);
	out = fopen(argv[2], "wb");
	if (!out)
		die("cannot write", 0);

	while ((ret = demux_read(demux, packet, &error)) > 0) {
		struct cenc_sample sample;

		if (packet->stream_index == demux_video(demux)->index) {
			if (packet_encryption(packet, &sample, &error) < 0)
				die(error.message, 0);
			if (sample.scheme && !key_handle)
				unwrap(demux_format(demux), sample.key_id);
			play(packet, &sample, nal_length_size, &head, out);
			head.size = 0;
			samples += sample.scheme != PROTEX_SCHEME_NONE;
			free(sample.subsamples);
		}
		av_packet_unref(packet);
	}
	if (ret < 0)
		die(error.message, 0);
	if (!samples)
		die("nothing was encrypted", 0);
	TA_CloseSessionEntryPoint(session);
	ta_host_unmap_all();
	bytes_free(&head);
	av_packet_free(&packet);
	demux_close(demux);
	return fclose(out) != 0;
}
