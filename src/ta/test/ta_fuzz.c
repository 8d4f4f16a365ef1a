// SPDX-License-Identifier: MIT
/*
 * Any sequence of commands, from any bytes. Besides what sanitizers find, it looks for the leak that
 * matters: protected memory is full of a secret, and shared memory must not come to hold any of it.
 * And what a command writes must be inside of the range it was given.
 *
 * With clang: -fsanitize=fuzzer -DPROTEX_TA_LIBFUZZER. Otherwise main() makes inputs up, always the
 * same ones, or runs the files it is given.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <protex/ta.h>
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

#include "ta_host.h"

#define MEMORY_SIZE 512u
#define SECRET 0xd7 /* shared memory has none of it before a command */
#define RUN_OF_SECRET 4u

struct input {
	const uint8_t *data;
	size_t size;
};

static uint8_t next(struct input *in)
{
	if (!in->size)
		return 0;
	in->size--;
	return *in->data++;
}

static uint32_t next_u32(struct input *in)
{
	static const uint32_t edges[] = {0, 1, 15, 16, 17, 32, 52, MEMORY_SIZE - 1, MEMORY_SIZE,
					 MEMORY_SIZE + 1, 0x3fffffff, 0x40000000, 0x40000001,
					 0x7fffffff, 0x80000000, 0xffffffff};
	uint8_t kind = next(in);

	if (kind < 64)
		return edges[kind % (sizeof(edges) / sizeof(*edges))];
	if (kind < 192)
		return next(in);
	return (uint32_t)next(in) | (uint32_t)next(in) << 8 | (uint32_t)next(in) << 16 |
	       (uint32_t)next(in) << 24;
}

static void put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* A descriptor that has a chance to be accepted, or to be nearly accepted. */
static void put_descriptor(struct input *in, uint8_t *p)
{
	uint32_t count = next(in) % 8;

	put_le32(p, next(in) % 4);
	put_le32(p + 4, next(in) < 224 ? count : next_u32(in));
	for (int i = 8; i < 24; i++)
		p[i] = next(in) < 128 ? 0xff : next(in);
	put_le32(p + 24, next_u32(in));
	put_le32(p + 28, next(in) < 224 ? 0 : next_u32(in));
	for (uint32_t i = 0; i < 2 * count; i++)
		put_le32(p + 32 + 4 * i, next_u32(in));
}

/* A sample of at most half the memory, often a sequence of NAL units. Returns its size. */
static uint32_t put_sample(struct input *in, uint8_t *p, unsigned int length_size)
{
	uint32_t size = 0;

	if (!length_size || length_size > 4)
		return 1 + next(in) % (MEMORY_SIZE / 2);
	do {
		uint8_t length = next(in) % 32;

		for (unsigned int i = 1; i < length_size; i++)
			p[size++] = 0;
		p[size++] = length;
		size += length;
	} while (size < MEMORY_SIZE / 2 - 36 && next(in) < 224);
	return size;
}

/* How a sample of that size may be decrypted. Returns the size of the descriptor. */
static size_t put_sample_descriptor(struct input *in, uint8_t *p, unsigned int length_size, uint32_t size)
{
	uint32_t count = next(in) % 4, head = next(in) % 16, left = size;

	put_le32(p, next(in) % 3);
	put_le32(p + 4, next(in) < 224 ? count : next_u32(in));
	for (int i = 8; i < 24; i++)
		p[i] = next(in);
	put_le32(p + 24, next(in) < 224 ? next(in) % 64 : next_u32(in));
	put_le32(p + 28, next(in) < 224 ? 0 : next_u32(in));
	put_le32(p + 32, next(in) < 224 ? head : next_u32(in));
	p[36] = next(in) % 4;
	p[37] = p[36] == PROTEX_TA_SCHEME_CBCS ? next(in) % 4 : 0;
	p[38] = p[36] == PROTEX_TA_SCHEME_CBCS ? next(in) % 4 : 0;
	p[39] = (uint8_t)length_size;
	for (uint32_t i = 0; i < 2 * count; i++) {
		uint32_t part = next(in) < 16 ? next_u32(in) : next(in) % (left + 1);

		put_le32(p + PROTEX_TA_DECRYPT_SAMPLE_SIZE + 4 * i, i + 1 == 2 * count ? left : part);
		left -= part < left ? part : left;
	}
	return PROTEX_TA_DECRYPT_SAMPLE_SIZE + count * PROTEX_TA_SUBSAMPLE_SIZE + head;
}

static TEE_Param next_memref(struct input *in, uint8_t *shared, uint8_t *protected, uint32_t type)
{
	uint8_t *base = next(in) % 4 == type % 4 ? protected : shared;
	TEE_Param param;

	/* The TEE gives the TA nothing but mapped ranges; their ends are for the TA to know. */
	param.memref.buffer = base + next_u32(in) % MEMORY_SIZE;
	param.memref.size = next_u32(in);
	if (next(in) < 192)
		param.memref.size %= MEMORY_SIZE + 1;
	return param;
}

static void check_no_secret(const uint8_t *shared)
{
	unsigned int run = 0;

	for (unsigned int i = 0; i < MEMORY_SIZE; i++) {
		run = shared[i] == SECRET ? run + 1 : 0;
		if (run >= RUN_OF_SECRET)
			abort();
	}
}

static void check_written(const uint8_t *before, const uint8_t *protected, uint32_t types,
			  const TEE_Param params[TEE_NUM_PARAMS])
{
	for (unsigned int i = 0; i < MEMORY_SIZE; i++) {
		bool given = before[i] == protected[i];

		for (unsigned int n = 0; n < TEE_NUM_PARAMS && !given; n++)
			given = TEE_PARAM_TYPE_GET(types, n) == TEE_PARAM_TYPE_MEMREF_INOUT &&
				protected + i - (uint8_t *)params[n].memref.buffer >= 0 &&
				(size_t)(protected + i - (uint8_t *)params[n].memref.buffer) <
					params[n].memref.size;
		if (!given)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint32_t usual_types[] = {
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT, 0, 0),
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, 0, 0, 0),
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_INOUT,
				TEE_PARAM_TYPE_MEMREF_INPUT, 0),
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, TEE_PARAM_TYPE_VALUE_INPUT, 0, 0),
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INOUT, 0, 0, 0),
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_INOUT,
				TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_VALUE_OUTPUT),
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_VALUE_INPUT, TEE_PARAM_TYPE_MEMREF_OUTPUT, 0, 0),
		TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_INPUT, TEE_PARAM_TYPE_MEMREF_INOUT,
				TEE_PARAM_TYPE_VALUE_OUTPUT, 0),
	};
	const uint32_t command_count = sizeof(usual_types) / sizeof(*usual_types);
	/* The first key of the tests: what a session needs to get anywhere. */
	static const uint8_t wrapped[PROTEX_TA_WRAPPED_KEY_SIZE] = {
		0x4f, 0x58, 0x57, 0x4b, 0x01, 0x00, 0x00, 0x00, 0x70, 0x72, 0x6f, 0x74, 0x65,
		0x78, 0x20, 0x6b, 0x75, 0x6e, 0x69, 0x74, 0x8b, 0x86, 0x70, 0x0a, 0xd8, 0xd5,
		0x04, 0x84, 0xd5, 0xf9, 0x3f, 0x78, 0x3f, 0xd3, 0xc6, 0xd9, 0xf3, 0x4b, 0xb2,
		0x7f, 0x0e, 0xe0, 0x1e, 0x71, 0x92, 0xf4, 0x65, 0xf7, 0x45, 0xe5, 0x3a, 0x93,
	};
	uint8_t *shared = calloc(1, MEMORY_SIZE), *protected = malloc(MEMORY_SIZE);
	uint8_t before[MEMORY_SIZE];
	struct input in = {data, size};
	TEE_Param params[TEE_NUM_PARAMS] = {{{NULL, 0}}};
	void *session;

	if (!shared || !protected || TA_OpenSessionEntryPoint(0, params, &session) != TEE_SUCCESS)
		abort();
	memset(protected, SECRET, MEMORY_SIZE);
	ta_host_map(shared, MEMORY_SIZE, false, TA_HOST_WRITE);
	ta_host_map(protected, MEMORY_SIZE, true, TA_HOST_WRITE);

	memcpy(shared, wrapped, sizeof(wrapped));
	params[0].memref.buffer = shared;
	params[0].memref.size = sizeof(wrapped);
	if (TA_InvokeCommandEntryPoint(session, PROTEX_TA_CMD_UNWRAP_KEY, usual_types[0], params))
		abort();

	while (in.size) {
		uint32_t command = next(&in) < 248 ? next(&in) % command_count
						      : next_u32(&in);
		uint32_t types = command < command_count && next(&in) < 224 ? usual_types[command]
								: next_u32(&in);

		for (unsigned int i = 0; i < MEMORY_SIZE; i += 1 + next(&in))
			shared[i] = next(&in);
		for (unsigned int i = 0; i < TEE_NUM_PARAMS; i++) {
			uint32_t type = TEE_PARAM_TYPE_GET(types, i);

			if (type >= TEE_PARAM_TYPE_MEMREF_INPUT) {
				params[i] = next_memref(&in, shared, protected, type);
			} else {
				params[i].value.a = next_u32(&in);
				params[i].value.b = next(&in) < 192 ? 0 : next_u32(&in);
			}
		}
		if (command == PROTEX_TA_CMD_DECRYPT && next(&in) < 224) {
			uint32_t count;

			put_descriptor(&in, shared);
			count = shared[4];
			params[2].memref.buffer = shared;
			params[2].memref.size = PROTEX_TA_DECRYPT_SIZE +
						(count % 8) * PROTEX_TA_SUBSAMPLE_SIZE;
		} else if (command == PROTEX_TA_CMD_DECRYPT_SAMPLE && next(&in) < 224) {
			unsigned int length_size = next(&in) % 6;
			uint32_t size = put_sample(&in, shared + MEMORY_SIZE / 2, length_size);

			params[2].memref.buffer = shared;
			params[2].memref.size = put_sample_descriptor(&in, shared, length_size, size);
			params[0].memref.buffer = shared + MEMORY_SIZE / 2;
			params[0].memref.size = size;
			if (next(&in) < 192) {
				params[1].memref.buffer = protected;
				params[1].memref.size = MEMORY_SIZE;
			}
		} else if (command == PROTEX_TA_CMD_UNWRAP_KEY && next(&in) < 224) {
			memcpy(shared, wrapped, sizeof(wrapped));
			params[0].memref.buffer = shared;
			params[0].memref.size = sizeof(wrapped);
		}

		for (unsigned int i = 0; i < MEMORY_SIZE; i++)
			shared[i] ^= shared[i] == SECRET;

		memcpy(before, protected, MEMORY_SIZE);
		TA_InvokeCommandEntryPoint(session, command, types, params);
		check_no_secret(shared);
		check_written(before, protected, types, params);
	}

	TA_CloseSessionEntryPoint(session);
	ta_host_unmap_all();
	free(shared);
	free(protected);
	return 0;
}

#ifndef PROTEX_TA_LIBFUZZER
static int run_file(const char *path)
{
	static uint8_t data[65536];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file) {
		perror(path);
		return 1;
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	return LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
	uint64_t random = 0x9e3779b97f4a7c15;
	uint8_t data[2048];

	for (int i = 1; i < argc; i++)
		if (run_file(argv[i]))
			return 1;

	for (unsigned int run = 0; argc == 1 && run < 20000; run++) {
		for (size_t i = 0; i < sizeof(data); i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			data[i] = (uint8_t)(random >> 32);
		}
		LLVMFuzzerTestOneInput(data, sizeof(data));
	}
	return 0;
}
#endif
