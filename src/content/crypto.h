/* SPDX-License-Identifier: MIT */
/*
 * The cryptography of packing, and of playing on ordinary memory. On the protected path it is the
 * TA's, not this. Needs libcrypto.
 */
#ifndef PROTEX_CONTENT_CRYPTO_H
#define PROTEX_CONTENT_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protex/protex.h>
#include <protex/ta.h>

/* Fills bytes with random ones that nobody can predict. */
int crypto_random(void *bytes, size_t size, struct protex_error *error);

/* AES-128-CTR from in to out, which may be the same. Encrypting and decrypting are one. The last
 * eight bytes of iv must be 0, so that all views of the counter's width agree. */
int crypto_ctr(const uint8_t key[16], const uint8_t iv[16], const void *in, void *out, size_t size,
	       struct protex_error *error);

/* SHA-256 of first and then second; second may be NULL. */
int crypto_sha256(const void *first, size_t first_size, const void *second, size_t second_size,
		  uint8_t digest[32], struct protex_error *error);

/* Wraps a content key for the TA, with the key-encryption key of that TA. */
int crypto_wrap_key(const uint8_t kek[16], const uint8_t key[16],
		    struct protex_ta_wrapped_key *wrapped, struct protex_error *error);

/* The reverse. -EBADMSG: not authentic. */
int crypto_unwrap_key(const uint8_t kek[16], const struct protex_ta_wrapped_key *wrapped,
		      uint8_t key[16], struct protex_error *error);

/* Wraps a crypto device's key, of 16, 24 or 32 bytes, likewise. */
int crypto_wrap_crypto_key(const uint8_t kek[16], const uint8_t *key, size_t key_size,
			   struct protex_ta_wrapped_crypto_key *wrapped,
			   struct protex_error *error);

/* Overwrites a key, in a way that the compiler does not remove. */
void crypto_wipe(void *bytes, size_t size);

/* The public key-encryption key of development builds. */
extern const uint8_t crypto_development_kek[16];

/* Reads a key: a file of 16 bytes, or of 32 hexadecimal digits. */
int crypto_read_key(const char *path, uint8_t key[16], struct protex_error *error);

/* Reads a crypto device's key: a file of 16, 24 or 32 bytes, or of two hexadecimal digits for each. */
int crypto_read_crypto_key(const char *path, uint8_t key[PROTEX_TA_CRYPTO_KEY_MAX],
			   size_t *key_size, struct protex_error *error);

/* Reads size bytes of two hexadecimal digits each. */
bool crypto_read_hex(const char *text, uint8_t *bytes, size_t size);

#endif
