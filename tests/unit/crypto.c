/* SPDX-License-Identifier: MIT */
/* Proves that packing encrypts by the standards, and what the TA will decrypt. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto.h"

/* FIPS 180-4's example, in one piece and in two. */
static void sha256_is_the_standards(void **state)
{
	static const uint8_t abc[32] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
		0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
		0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	uint8_t digest[32];

	(void)state;
	assert_int_equal(crypto_sha256("abc", 3, NULL, 0, digest, NULL), 0);
	assert_memory_equal(digest, abc, 32);
	assert_int_equal(crypto_sha256("a", 1, "bc", 2, digest, NULL), 0);
	assert_memory_equal(digest, abc, 32);
}

/* NIST SP 800-38A, F.5.1, first block. */
static void ctr_is_the_standards(void **state)
{
	static const uint8_t key[16] = {0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
					0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c};
	static const uint8_t iv[16] = {0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
				       0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff};
	static const uint8_t plain[16] = {0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
					  0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a};
	static const uint8_t cipher[16] = {0x87, 0x4d, 0x61, 0x91, 0xb6, 0x20, 0xe3, 0x26,
					   0x1b, 0xef, 0x68, 0x64, 0x99, 0x0d, 0xb6, 0xce};
	uint8_t out[16];

	(void)state;
	assert_int_equal(crypto_ctr(key, iv, plain, out, 16, NULL), 0);
	assert_memory_equal(out, cipher, 16);
	assert_int_equal(crypto_ctr(key, iv, out, out, 16, NULL), 0);
	assert_memory_equal(out, plain, 16);
}

static void keys_are_unwrapped_as_they_were(void **state)
{
	struct protex_ta_wrapped_key wrapped;
	uint8_t key[16], out[16];

	(void)state;
	assert_int_equal(crypto_random(key, 16, NULL), 0);
	assert_int_equal(crypto_wrap_key(crypto_development_kek, key, &wrapped, NULL), 0);
	assert_int_equal(crypto_unwrap_key(crypto_development_kek, &wrapped, out, NULL), 0);
	assert_memory_equal(key, out, 16);
	assert_memory_equal(&wrapped, "OXWK", 4);
}

static void altered_keys_are_refused(void **state)
{
	struct protex_ta_wrapped_key wrapped;
	uint8_t key[16] = {1}, out[16] = {0x5a}, other[16] = {0};
	struct protex_error error;
	uint8_t *bytes = (uint8_t *)&wrapped;

	(void)state;
	assert_int_equal(crypto_wrap_key(crypto_development_kek, key, &wrapped, NULL), 0);
	for (size_t i = 0; i < sizeof(wrapped); i++) {
		bytes[i] ^= 1;
		assert_int_equal(crypto_unwrap_key(crypto_development_kek, &wrapped, out, &error),
				 -EBADMSG);
		assert_int_equal(out[0], 0x5a);
		bytes[i] ^= 1;
	}
	assert_int_equal(crypto_unwrap_key(other, &wrapped, out, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "--kek"));
}

static void write_file(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "we");

	assert_int_equal(fwrite(text, 1, size, file), size);
	fclose(file);
}

static void key_files_are_bytes_or_digits(void **state)
{
	static const char digits[] = "000102030405060708090A0b0c0d0e0f\n";
	char path[] = "/tmp/protex-kek-XXXXXX";
	struct protex_error error;
	uint8_t kek[16];
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	write_file(path, digits, strlen(digits));
	assert_int_equal(crypto_read_key(path, kek, NULL), 0);
	for (unsigned i = 0; i < 16; i++)
		assert_int_equal(kek[i], i);
	write_file(path, "sixteen bytes of", 16);
	assert_int_equal(crypto_read_key(path, kek, NULL), 0);
	assert_memory_equal(kek, "sixteen bytes of", 16);
	write_file(path, "fifteen bytes o", 15);
	assert_int_equal(crypto_read_key(path, kek, &error), -EINVAL);
	write_file(path, "0001020304050607_8090A0b0c0d0e0f", 32);
	assert_int_equal(crypto_read_key(path, kek, &error), -EINVAL);
	assert_non_null(strstr(error.message, "32 hexadecimal digits"));
	unlink(path);
	assert_int_equal(crypto_read_key(path, kek, &error), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_is_the_standards),
		cmocka_unit_test(ctr_is_the_standards),
		cmocka_unit_test(keys_are_unwrapped_as_they_were),
		cmocka_unit_test(altered_keys_are_refused),
		cmocka_unit_test(key_files_are_bytes_or_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
