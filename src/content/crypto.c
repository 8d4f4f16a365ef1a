/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "crypto.h"
#include "failure.h"

const uint8_t crypto_development_kek[16] = PROTEX_TA_DEVELOPMENT_KEK;

static int failed(struct protex_error *error, const char *what)
{
	return fail(error, -EIO, "%s failed in libcrypto", what);
}

void crypto_wipe(void *bytes, size_t size)
{
	OPENSSL_cleanse(bytes, size);
}

int crypto_random(void *bytes, size_t size, struct protex_error *error)
{
	return RAND_bytes(bytes, (int)size) == 1 ? 0 : failed(error, "making random bytes");
}

int crypto_ctr(const uint8_t key[16], const uint8_t iv[16], const void *in, void *out, size_t size,
	       struct protex_error *error)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	bool ok = context &&
		  EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), NULL, key, iv) == 1;

	while (ok && size > 0) {
		int piece = size < (1 << 30) ? (int)size : 1 << 30, done = 0;

		ok = EVP_EncryptUpdate(context, out, &done, in, piece) == 1 && done == piece;
		in = (const uint8_t *)in + piece;
		out = (uint8_t *)out + piece;
		size -= (size_t)piece;
	}
	EVP_CIPHER_CTX_free(context);
	return ok ? 0 : failed(error, "AES-128-CTR");
}

int crypto_sha256(const void *first, size_t first_size, const void *second, size_t second_size,
		  uint8_t digest[32], struct protex_error *error)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ok = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
		  EVP_DigestUpdate(context, first, first_size) == 1 &&
		  (!second || EVP_DigestUpdate(context, second, second_size) == 1) &&
		  EVP_DigestFinal_ex(context, digest, NULL) == 1;

	EVP_MD_CTX_free(context);
	return ok ? 0 : failed(error, "SHA-256");
}

/* AES-128-GCM from plain to cipher, and the tag. */
static int gcm_encrypt(const uint8_t kek[16], const uint8_t iv[12], const void *aad, int aad_size,
		       const uint8_t *plain, uint8_t *cipher, int size, uint8_t tag[16],
		       struct protex_error *error)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int length = 0;
	bool ok = context && EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, kek, iv) == 1 &&
		  EVP_EncryptUpdate(context, NULL, &length, aad, aad_size) == 1 &&
		  EVP_EncryptUpdate(context, cipher, &length, plain, size) == 1 &&
		  EVP_EncryptFinal_ex(context, cipher + length, &length) == 1 &&
		  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1;

	EVP_CIPHER_CTX_free(context);
	return ok ? 0 : failed(error, "AES-128-GCM");
}

int crypto_wrap_key(const uint8_t kek[16], const uint8_t key[16],
		    struct protex_ta_wrapped_key *wrapped, struct protex_error *error)
{
	struct protex_ta_wrapped_key w = {
		.magic = htole32(PROTEX_TA_WRAPPED_KEY_MAGIC),
		.version = htole32(PROTEX_TA_WRAPPED_KEY_VERSION),
	};
	int ret;

	ret = crypto_random(w.iv, sizeof(w.iv), error);
	if (ret == 0)
		ret = gcm_encrypt(kek, w.iv, &w, PROTEX_TA_WRAPPED_KEY_AAD_SIZE, key, w.ciphertext,
				  sizeof(w.ciphertext), w.tag, error);
	if (ret == 0)
		*wrapped = w;
	return ret;
}

int crypto_wrap_crypto_key(const uint8_t kek[16], const uint8_t *key, size_t key_size,
			   struct protex_ta_wrapped_crypto_key *wrapped, struct protex_error *error)
{
	struct protex_ta_wrapped_crypto_key w = {
		.magic = htole32(PROTEX_TA_WRAPPED_CRYPTO_KEY_MAGIC),
		.version = htole32(PROTEX_TA_WRAPPED_CRYPTO_KEY_VERSION),
		.key_size = htole32((uint32_t)key_size),
	};
	uint8_t plain[PROTEX_TA_CRYPTO_KEY_MAX] = {0};
	int ret;

	ret = crypto_random(w.iv, sizeof(w.iv), error);
	if (ret < 0)
		return ret;
	memcpy(plain, key, key_size);
	ret = gcm_encrypt(kek, w.iv, &w, PROTEX_TA_WRAPPED_CRYPTO_KEY_AAD_SIZE, plain, w.ciphertext,
			  sizeof(w.ciphertext), w.tag, error);
	crypto_wipe(plain, sizeof(plain));
	if (ret == 0)
		*wrapped = w;
	return ret;
}

int crypto_unwrap_key(const uint8_t kek[16], const struct protex_ta_wrapped_key *wrapped,
		      uint8_t key[16], struct protex_error *error)
{
	struct protex_ta_wrapped_key w = *wrapped;
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	uint8_t plain[sizeof(w.ciphertext)];
	int length = 0;
	bool ok;

	if (le32toh(w.magic) != PROTEX_TA_WRAPPED_KEY_MAGIC ||
	    le32toh(w.version) != PROTEX_TA_WRAPPED_KEY_VERSION) {
		EVP_CIPHER_CTX_free(context);
		return fail(error, -EBADMSG, "the wrapped key is not one this version knows");
	}
	ok = context && EVP_DecryptInit_ex(context, EVP_aes_128_gcm(), NULL, kek, w.iv) == 1 &&
	     EVP_DecryptUpdate(context, NULL, &length, (const uint8_t *)&w,
			       PROTEX_TA_WRAPPED_KEY_AAD_SIZE) == 1 &&
	     EVP_DecryptUpdate(context, plain, &length, w.ciphertext, sizeof(w.ciphertext)) == 1 &&
	     EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof(w.tag), w.tag) == 1 &&
	     EVP_DecryptFinal_ex(context, plain + length, &length) == 1;
	EVP_CIPHER_CTX_free(context);
	if (ok)
		memcpy(key, plain, sizeof(plain));
	crypto_wipe(plain, sizeof(plain));
	if (!ok)
		return fail(error, -EBADMSG,
			    "the wrapped key is not authentic: altered, or made with another "
			    "key-encryption key (--kek)");
	return 0;
}

static int hex_value(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool crypto_read_hex(const char *text, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		int high = hex_value(text[2 * i]), low;

		if (high < 0)
			return false;
		low = hex_value(text[2 * i + 1]);
		if (low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/*
 * Reads a file of two hexadecimal digits for each of at most max bytes, or of the bytes, and says how many. Digits come first:
 * 32 of them are AES-128's key, and not the 32 bytes of an AES-256 key that has 128 bits.
 */
static int read_bytes(const char *path, uint8_t *bytes, size_t max, size_t *count,
		      bool (*is_count)(size_t count), struct protex_error *error)
{
	FILE *file = fopen(path, "re");
	uint8_t text[2 * PROTEX_TA_CRYPTO_KEY_MAX + 16];
	size_t size, digits;
	int ret = 0;

	if (!file)
		return fail(error, -errno, "%s: %s", path, strerror(errno));
	/* Not through a buffer of the C library's, which would keep the key. */
	setvbuf(file, NULL, _IONBF, 0);
	size = fread(text, 1, sizeof(text), file);
	fclose(file);

	for (digits = size; digits > 0 && isspace(text[digits - 1]);)
		digits--;
	if (digits % 2 == 0 && digits / 2 <= max && is_count(digits / 2) &&
	    crypto_read_hex((const char *)text, bytes, digits / 2)) {
		*count = digits / 2;
	} else if (size <= max && is_count(size)) {
		memcpy(bytes, text, size);
		*count = size;
	} else {
		ret = -EINVAL;
	}
	crypto_wipe(text, sizeof(text));
	return ret;
}

static bool is_key_size(size_t size)
{
	return size == 16;
}

int crypto_read_key(const char *path, uint8_t key[16], struct protex_error *error)
{
	size_t size;
	int ret = read_bytes(path, key, 16, &size, is_key_size, error);

	if (ret == -EINVAL)
		return fail(error, ret,
			    "%s is not a key: it must have 16 bytes, or 32 hexadecimal digits",
			    path);
	return ret;
}

static bool is_crypto_key_size(size_t size)
{
	return size == 16 || size == 24 || size == 32;
}

int crypto_read_crypto_key(const char *path, uint8_t key[PROTEX_TA_CRYPTO_KEY_MAX],
			   size_t *key_size, struct protex_error *error)
{
	int ret = read_bytes(path, key, PROTEX_TA_CRYPTO_KEY_MAX, key_size, is_crypto_key_size,
			     error);

	if (ret == -EINVAL)
		return fail(error, ret,
			    "%s is not a key: it must have 16, 24 or 32 bytes, or two hexadecimal "
			    "digits for each",
			    path);
	return ret;
}
