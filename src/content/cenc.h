/* SPDX-License-Identifier: MIT */
/* Common Encryption (ISO/IEC 23001-7) of a sample. */
#ifndef PROTEX_CONTENT_CENC_H
#define PROTEX_CONTENT_CENC_H

#include <stddef.h>
#include <stdint.h>

#include <protex/protex.h>

#define CENC_KEY_ID_SIZE 16
#define CENC_KEY_ID_TEXT 33 /* as hexadecimal digits, and an end */

struct cenc_sample {
	enum protex_scheme scheme; /* PROTEX_SCHEME_NONE: not encrypted, and the rest means nothing */
	uint8_t crypt_blocks, skip_blocks;
	uint8_t key_id[CENC_KEY_ID_SIZE];
	uint8_t iv[16]; /* one of 8 bytes is followed by 8 of 0 */
	struct protex_subsample *subsamples;
	uint32_t subsample_count; /* 0: all of the sample is encrypted */
};

/* Decrypts size bytes in place. -EBADMSG: the subsamples do not add up to them. */
int cenc_decrypt(const uint8_t key[16], const struct cenc_sample *sample, uint8_t *data, size_t size,
		 struct protex_error *error);

/* The reverse. */
int cenc_encrypt(const uint8_t key[16], const struct cenc_sample *sample, uint8_t *data, size_t size,
		 struct protex_error *error);

/* "cenc", "cbcs" or "none". */
const char *cenc_scheme_name(enum protex_scheme scheme);

void cenc_key_id_text(const uint8_t key_id[CENC_KEY_ID_SIZE], char text[CENC_KEY_ID_TEXT]);

#endif
