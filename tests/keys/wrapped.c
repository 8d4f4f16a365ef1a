/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "crypto.h"
#include "wrapped.h"

static void require(int ret, const struct protex_error *error)
{
	if (ret < 0) {
		printf("Bail out! %s\n", error->message);
		exit(1);
	}
}

void tee_open(struct tee *t)
{
	struct protex_error error;

	require(protex_ta_open(&t->tee, &t->session, &error), &error);
}

void tee_close(struct tee *t)
{
	protex_session_close(t->session);
	protex_tee_close(t->tee);
}

int buffer_alloc(enum protex_use use, size_t size)
{
	struct protex_allocator *allocator;
	struct protex_error error;
	int fd;

	if (use == PROTEX_USE_UNKNOWN)
		require(protex_allocator_create_ordinary(&allocator, &error), &error);
	else
		require(protex_allocator_create(&allocator, use, &error), &error);
	fd = protex_allocator_alloc(allocator, size, &error);
	require(fd, &error);
	protex_allocator_destroy(allocator);
	return fd;
}

int key_place(struct tee *t, int fd, uint64_t offset, const void *key, size_t size)
{
	struct protex_ta_wrapped_crypto_key wrapped;
	struct protex_memory *memory;
	struct protex_error error;
	size_t key_size;
	int ret;

	require(crypto_wrap_crypto_key(crypto_development_kek, key, size, &wrapped, &error), &error);
	ret = protex_memory_import(&memory, t->tee, fd, &error);
	if (ret == 0) {
		struct protex_range slot = {memory, offset, PROTEX_TA_CRYPTO_KEY_SLOT};

		ret = protex_ta_unwrap_crypto_key(t->session, &wrapped, sizeof(wrapped), &slot, &key_size,
						  &error);
		protex_memory_close(memory);
	}
	return ret;
}

int key_buffer(struct tee *t, const void *key, size_t size)
{
	struct protex_error error = {.message = "the TA did not take the key"};
	int fd = buffer_alloc(PROTEX_USE_CRYPTO_KEY, PROTEX_TA_CRYPTO_KEY_SLOT);

	require(key_place(t, fd, 0, key, size), &error);
	return fd;
}
