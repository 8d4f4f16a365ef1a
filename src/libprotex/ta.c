/* SPDX-License-Identifier: MIT */
/* The protex TA's commands, typed. */
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <protex/protex.h>
#include <protex/ta.h>

#include "error.h"
#include "tee.h"

static const uint8_t ta_uuid[16] = PROTEX_TA_UUID_OCTETS;

int protex_ta_open(struct protex_tee **tee_out, struct protex_session **session_out,
		   struct protex_error *error)
{
	struct protex_error obstacle = {0}; /* what kept us from asking a TEE that is there */
	struct protex_error answer = {0};   /* what one that was asked said */

	for (unsigned i = 0; i < PROTEX_TEE_DEVICES; i++) {
		char path[PROTEX_TEE_PATH_SIZE];
		struct protex_error failure;
		struct protex_tee *tee;

		protex_tee_device_path(path, i);
		if (protex_tee_open(&tee, path, &failure) < 0) {
			if (failure.code != -ENODEV)
				obstacle = failure;
			continue;
		}
		if (protex_session_open(session_out, tee, ta_uuid, &failure) == 0) {
			*tee_out = tee;
			return 0;
		}
		if (failure.tee_result)
			answer = failure;
		else
			obstacle = failure;
		protex_tee_close(tee);
	}

	/* That one may have the TA. */
	if (obstacle.code) {
		if (error)
			*error = obstacle;
		return obstacle.code;
	}
	if (answer.code)
		return protex_fail(error, -ENODEV,
				   "no TEE of this machine has the protex TA; install it where the "
				   "TEE finds its TAs. Last answer: %.300s",
				   answer.message);
	return protex_fail(error, -ENODEV,
			   "this machine has no TEE (no /dev/tee0): boot a kernel with a TEE driver, "
			   "or with protex's emulated TEE (CONFIG_TEE_EMU)");
}

int protex_ta_unwrap_key(struct protex_session *session, const void *wrapped_key, size_t size,
			 uint32_t *key_id, struct protex_error *error)
{
	struct protex_parameter parameters[2] = {0};
	struct protex_memory *memory;
	int ret;

	if (size != PROTEX_TA_WRAPPED_KEY_SIZE)
		return protex_fail(error, -EBADMSG, "a wrapped key has %u bytes, not %zu",
				   PROTEX_TA_WRAPPED_KEY_SIZE, size);
	ret = protex_memory_alloc(&memory, protex_session_tee(session), size, error);
	if (ret < 0)
		return ret;
	memcpy(protex_memory_data(memory), wrapped_key, size);

	parameters[0].type = PROTEX_PARAMETER_MEMORY_INPUT;
	parameters[0].range = (struct protex_range){memory, 0, size};
	parameters[1].type = PROTEX_PARAMETER_VALUE_OUTPUT;
	ret = protex_session_invoke(session, PROTEX_TA_CMD_UNWRAP_KEY, parameters, 2, error);
	if (ret == 0)
		*key_id = parameters[1].value.a;
	protex_memory_close(memory);
	return ret;
}

int protex_ta_forget_key(struct protex_session *session, uint32_t key_id,
			 struct protex_error *error)
{
	struct protex_parameter parameter = {
		.type = PROTEX_PARAMETER_VALUE_INPUT,
		.value = {.a = key_id},
	};

	return protex_session_invoke(session, PROTEX_TA_CMD_FORGET_KEY, &parameter, 1, error);
}

int protex_ta_make_crypto_key(struct protex_session *session, size_t key_size, void *wrapped,
			      size_t size, struct protex_error *error)
{
	struct protex_parameter parameters[2] = {0};
	struct protex_memory *memory;
	int ret;

	if (size != PROTEX_TA_WRAPPED_CRYPTO_KEY_SIZE)
		return protex_fail(error, -EINVAL, "a wrapped key has %u bytes, not %zu",
				   PROTEX_TA_WRAPPED_CRYPTO_KEY_SIZE, size);
	if (key_size != 16 && key_size != 24 && key_size != 32)
		return protex_fail(error, -EINVAL, "a key of AES has 16, 24 or 32 bytes, not %zu",
				   key_size);
	ret = protex_memory_alloc(&memory, protex_session_tee(session), size, error);
	if (ret < 0)
		return ret;

	parameters[0].type = PROTEX_PARAMETER_VALUE_INPUT;
	parameters[0].value.a = (uint32_t)key_size;
	parameters[1].type = PROTEX_PARAMETER_MEMORY_OUTPUT;
	parameters[1].range = (struct protex_range){memory, 0, size};
	ret = protex_session_invoke(session, PROTEX_TA_CMD_MAKE_CRYPTO_KEY, parameters, 2, error);
	if (ret == 0)
		memcpy(wrapped, protex_memory_data(memory), size);
	protex_memory_close(memory);
	return ret;
}

int protex_ta_unwrap_crypto_key(struct protex_session *session, const void *wrapped, size_t size,
				const struct protex_range *slot, size_t *key_size,
				struct protex_error *error)
{
	struct protex_parameter parameters[3] = {0};
	struct protex_memory *memory;
	int ret;

	if (size != PROTEX_TA_WRAPPED_CRYPTO_KEY_SIZE)
		return protex_fail(error, -EBADMSG, "a wrapped key has %u bytes, not %zu",
				   PROTEX_TA_WRAPPED_CRYPTO_KEY_SIZE, size);
	ret = protex_memory_alloc(&memory, protex_session_tee(session), size, error);
	if (ret < 0)
		return ret;
	memcpy(protex_memory_data(memory), wrapped, size);

	parameters[0].type = PROTEX_PARAMETER_MEMORY_INPUT;
	parameters[0].range = (struct protex_range){memory, 0, size};
	parameters[1].type = PROTEX_PARAMETER_MEMORY_INOUT;
	parameters[1].range = *slot;
	parameters[2].type = PROTEX_PARAMETER_VALUE_OUTPUT;
	ret = protex_session_invoke(session, PROTEX_TA_CMD_UNWRAP_CRYPTO_KEY, parameters, 3, error);
	if (ret == 0)
		*key_size = parameters[2].value.a;
	protex_memory_close(memory);
	return ret;
}

size_t protex_ta_descriptor_size(uint32_t subsample_count)
{
	return PROTEX_TA_DECRYPT_SIZE + (size_t)subsample_count * sizeof(struct protex_ta_subsample);
}

/* Where a descriptor of that many bytes can be written, in shared memory. */
static int descriptor_room(const struct protex_range *range, size_t size, uint8_t **to,
			   struct protex_error *error)
{
	uint64_t available;

	if (!range->memory || !protex_memory_data(range->memory))
		return protex_fail(error, -EINVAL, "the descriptor needs shared memory");
	available = protex_memory_size(range->memory);
	if (range->size < size || range->offset > available || size > available - range->offset)
		return protex_fail(error, -EINVAL, "the descriptor needs %zu bytes of room", size);
	*to = (uint8_t *)protex_memory_data(range->memory) + range->offset;
	return 0;
}

static uint8_t *write_subsamples(uint8_t *to, const struct protex_subsample *subsamples,
				 uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct protex_ta_subsample subsample = {
			.clear = htole32(subsamples[i].clear),
			.cipher = htole32(subsamples[i].cipher),
		};

		memcpy(to, &subsample, sizeof(subsample));
		to += sizeof(subsample);
	}
	return to;
}

static int check_subsamples(const struct protex_subsample *subsamples, uint32_t count, int code,
			    struct protex_error *error)
{
	if (count > PROTEX_TA_MAX_SUBSAMPLES)
		return protex_fail(error, code, "%u subsamples are more than the TA takes (%u)",
				   (unsigned)count, PROTEX_TA_MAX_SUBSAMPLES);
	if (count > 0 && !subsamples)
		return protex_fail(error, -EINVAL, "the subsamples are missing");
	return 0;
}

static int write_descriptor(const struct protex_decryption *d, struct protex_error *error)
{
	struct protex_ta_decrypt header = {
		.key_id = htole32(d->key_id),
		.subsample_count = htole32(d->subsample_count),
		.dst_offset = htole64(d->destination_offset),
	};
	uint8_t *to;
	int ret;

	ret = check_subsamples(d->subsamples, d->subsample_count, -EINVAL, error);
	if (ret == 0)
		ret = descriptor_room(&d->descriptor,
				      protex_ta_descriptor_size(d->subsample_count), &to, error);
	if (ret < 0)
		return ret;

	memcpy(header.iv, d->iv, sizeof(header.iv));
	memcpy(to, &header, sizeof(header));
	write_subsamples(to + sizeof(header), d->subsamples, d->subsample_count);
	return 0;
}

int protex_ta_decrypt(struct protex_session *session, const struct protex_decryption *d,
		      struct protex_error *error)
{
	struct protex_parameter parameters[3] = {0};
	int ret;

	if (!d->destination)
		return protex_fail(error, -EINVAL, "the decryption has no destination");
	ret = write_descriptor(d, error);
	if (ret < 0)
		return ret;

	parameters[0].type = PROTEX_PARAMETER_MEMORY_INPUT;
	parameters[0].range = d->source;
	parameters[1].type = PROTEX_PARAMETER_MEMORY_INOUT;
	parameters[1].range =
		(struct protex_range){d->destination, 0, protex_memory_size(d->destination)};
	parameters[2].type = PROTEX_PARAMETER_MEMORY_INPUT;
	parameters[2].range = d->descriptor;
	parameters[2].range.size = protex_ta_descriptor_size(d->subsample_count);
	return protex_session_invoke(session, PROTEX_TA_CMD_DECRYPT, parameters, 3, error);
}

size_t protex_ta_sample_descriptor_size(uint32_t subsample_count, uint32_t head_size)
{
	return PROTEX_TA_DECRYPT_SAMPLE_SIZE +
	       (size_t)subsample_count * sizeof(struct protex_ta_subsample) + head_size;
}

static int write_sample_descriptor(const struct protex_sample *s, struct protex_error *error)
{
	struct protex_ta_decrypt_sample header = {
		.key_id = htole32(s->key_id),
		.subsample_count = htole32(s->subsample_count),
		.dst_offset = htole64(s->destination_offset),
		.head_size = htole32(s->head_size),
		.scheme = (uint8_t)s->scheme,
		.crypt_blocks = s->crypt_blocks,
		.skip_blocks = s->skip_blocks,
		.nal_length_size = s->nal_length_size,
	};
	uint8_t *to;
	int ret;

	ret = check_subsamples(s->subsamples, s->subsample_count, -E2BIG, error);
	if (ret < 0)
		return ret;
	if (s->head_size > PROTEX_TA_MAX_HEAD)
		return protex_fail(error, -E2BIG,
				   "%u bytes of parameter sets are more than the TA takes (%u)",
				   (unsigned)s->head_size, PROTEX_TA_MAX_HEAD);
	if (s->head_size > 0 && !s->head)
		return protex_fail(error, -EINVAL, "the head is missing");
	ret = descriptor_room(&s->descriptor,
			      protex_ta_sample_descriptor_size(s->subsample_count, s->head_size), &to,
			      error);
	if (ret < 0)
		return ret;

	memcpy(header.iv, s->iv, sizeof(header.iv));
	memcpy(to, &header, sizeof(header));
	to = write_subsamples(to + sizeof(header), s->subsamples, s->subsample_count);
	if (s->head_size > 0)
		memcpy(to, s->head, s->head_size);
	return 0;
}

int protex_ta_decrypt_sample(struct protex_session *session, const struct protex_sample *s,
			     uint64_t *written, struct protex_error *error)
{
	struct protex_parameter parameters[4] = {0};
	int ret;

	if (!s->destination)
		return protex_fail(error, -EINVAL, "the decryption has no destination");
	ret = write_sample_descriptor(s, error);
	if (ret < 0)
		return ret;

	parameters[0].type = PROTEX_PARAMETER_MEMORY_INPUT;
	parameters[0].range = s->source;
	parameters[1].type = PROTEX_PARAMETER_MEMORY_INOUT;
	parameters[1].range =
		(struct protex_range){s->destination, 0, protex_memory_size(s->destination)};
	parameters[2].type = PROTEX_PARAMETER_MEMORY_INPUT;
	parameters[2].range = s->descriptor;
	parameters[2].range.size =
		protex_ta_sample_descriptor_size(s->subsample_count, s->head_size);
	parameters[3].type = PROTEX_PARAMETER_VALUE_OUTPUT;
	ret = protex_session_invoke(session, PROTEX_TA_CMD_DECRYPT_SAMPLE, parameters, 4, error);
	if (ret == 0)
		*written = parameters[3].value.a;
	return ret;
}

int protex_ta_digest(struct protex_session *session, const struct protex_range *range,
		     uint8_t digest[32], struct protex_error *error)
{
	struct protex_parameter parameters[2] = {0};
	struct protex_memory *memory;
	int ret;

	ret = protex_memory_alloc(&memory, protex_session_tee(session), PROTEX_TA_DIGEST_SIZE,
				  error);
	if (ret < 0)
		return ret;

	parameters[0].type = PROTEX_PARAMETER_MEMORY_INPUT;
	parameters[0].range = *range;
	parameters[1].type = PROTEX_PARAMETER_MEMORY_OUTPUT;
	parameters[1].range = (struct protex_range){memory, 0, PROTEX_TA_DIGEST_SIZE};
	ret = protex_session_invoke(session, PROTEX_TA_CMD_DIGEST, parameters, 2, error);
	if (ret == 0)
		memcpy(digest, protex_memory_data(memory), PROTEX_TA_DIGEST_SIZE);
	protex_memory_close(memory);
	return ret;
}

int protex_ta_fill(struct protex_session *session, const struct protex_range *range, uint8_t byte,
		   struct protex_error *error)
{
	struct protex_parameter parameters[2] = {0};

	parameters[0].type = PROTEX_PARAMETER_MEMORY_INOUT;
	parameters[0].range = *range;
	parameters[1].type = PROTEX_PARAMETER_VALUE_INPUT;
	parameters[1].value.a = byte;
	return protex_session_invoke(session, PROTEX_TA_CMD_FILL, parameters, 2, error);
}

int protex_ta_scrub(struct protex_session *session, const struct protex_range *range,
		    struct protex_error *error)
{
	struct protex_parameter parameter = {
		.type = PROTEX_PARAMETER_MEMORY_INOUT,
		.range = *range,
	};

	return protex_session_invoke(session, PROTEX_TA_CMD_SCRUB, &parameter, 1, error);
}
