/* SPDX-License-Identifier: MIT */
/* Keys in protected memory, for tests: known ones, wrapped with the public key-encryption key. */
#ifndef KEYS_WRAPPED_H
#define KEYS_WRAPPED_H

#include <protex/protex.h>
#include <protex/ta.h>

/* The TEE, opened once; ends the program if there is none. */
struct tee {
	struct protex_tee *tee;
	struct protex_session *session;
};
void tee_open(struct tee *t);
void tee_close(struct tee *t);

/* A buffer of a use; ends the program if there is none. */
int buffer_alloc(enum protex_use use, size_t size);

/* Wraps a known key, and has the TA unwrap it to a slot of a buffer. Negative errno. */
int key_place(struct tee *t, int fd, uint64_t offset, const void *key, size_t size);

/* A new buffer with such a key at its begin; ends the program if there is none. */
int key_buffer(struct tee *t, const void *key, size_t size);

#endif
