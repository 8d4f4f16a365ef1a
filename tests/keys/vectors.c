/* SPDX-License-Identifier: MIT */
/*
 * What a crypto device makes with keys that the CPU does not have: NIST's vectors, and what it makes with the same
 * keys in the clear.
 *
 * With "clear", the kernel offers the device's ordinary cipher too, and both are compared.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto.h"
#include "device.h"
#include "tap.h"
#include "wrapped.h"

/* NIST SP 800-38A, F.2.1 to F.2.6: CBC-AES128, -192 and -256 */
static const uint8_t iv[BLOCK] = {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
				  0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};

static const char plaintext[] = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
				"30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

static const struct {
	size_t size;
	const char *key, *ciphertext;
} vectors[] = {
	{16, "2b7e151628aed2a6abf7158809cf4f3c",
	 "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
	 "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"},
	{24, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
	 "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
	 "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd"},
	{32, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
	 "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
	 "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b"},
};

#define SIZE 64

static void nist(struct tee *t, size_t i)
{
	uint8_t key[32], plain[SIZE], cipher[SIZE], out[SIZE];
	struct device device;
	int fd;

	crypto_read_hex(vectors[i].key, key, vectors[i].size);
	crypto_read_hex(plaintext, plain, SIZE);
	crypto_read_hex(vectors[i].ciphertext, cipher, SIZE);
	fd = key_buffer(t, key, vectors[i].size);
	if (device_open(&device, PROTECTED_CIPHER) < 0) {
		ok(false, "the kernel has a cipher %s", PROTECTED_CIPHER);
		close(fd);
		return;
	}
	ok(device_set_key(&device, fd, 0, (uint32_t)vectors[i].size) == 0, "AES-%zu: the device takes the key",
	   8 * vectors[i].size);
	/* It has read it. */
	close(fd);
	ok(device_crypt(&device, true, iv, plain, out, SIZE) == 0 && memcmp(out, cipher, SIZE) == 0,
	   "AES-%zu: encrypts NIST's vector", 8 * vectors[i].size);
	ok(device_crypt(&device, false, iv, cipher, out, SIZE) == 0 && memcmp(out, plain, SIZE) == 0,
	   "AES-%zu: decrypts NIST's vector", 8 * vectors[i].size);
	device_close(&device);
}

static void library(struct tee *t)
{
	uint8_t key[16], plain[SIZE], cipher[SIZE], out[SIZE], chain[BLOCK];
	struct protex_cipher *c;
	struct protex_error error = {0};
	int fd;

	crypto_read_hex(vectors[0].key, key, sizeof(key));
	crypto_read_hex(plaintext, plain, SIZE);
	crypto_read_hex(vectors[0].ciphertext, cipher, SIZE);
	fd = key_buffer(t, key, sizeof(key));
	if (!ok(protex_cipher_open(&c, fd, 0, sizeof(key), &error) == 0, "the library opens a cipher"))
		note("%s", error.message);
	else {
		memcpy(chain, iv, BLOCK);
		ok(protex_cipher_encrypt(c, chain, plain, out, 16, &error) == 0 &&
			   protex_cipher_encrypt(c, chain, plain + 16, out + 16, SIZE - 16, &error) == 0 &&
			   memcmp(out, cipher, SIZE) == 0,
		   "it encrypts in pieces that go on where the last one ended");
		memcpy(chain, iv, BLOCK);
		ok(protex_cipher_decrypt(c, chain, out, out, 48, &error) == 0 &&
			   protex_cipher_decrypt(c, chain, out + 48, out + 48, 16, &error) == 0 &&
			   memcmp(out, plain, SIZE) == 0,
		   "and decrypts so, in place");
		ok(protex_cipher_encrypt(c, chain, plain, out, 17, &error) == -EINVAL,
		   "it refuses what are not whole blocks");
		protex_cipher_close(c);
	}
	close(fd);
}

/* Random keys and data of many sizes: both of the device's ciphers, each way. */
static void compare(struct tee *t)
{
	static uint8_t plain[65536], a[65536], b[65536];
	unsigned same = 0, tried = 0;
	struct protex_error error;

	crypto_random(plain, sizeof(plain), &error);
	for (size_t size = 16; size <= 32; size += 8) {
		struct device protected, clear;
		uint8_t key[32];
		int fd;

		crypto_random(key, sizeof(key), &error);
		fd = key_buffer(t, key, size);
		if (device_open(&protected, PROTECTED_CIPHER) < 0 || device_open(&clear, CLEAR_CIPHER) < 0 ||
		    device_set_key(&protected, fd, 0, (uint32_t)size) < 0 ||
		    device_set_clear_key(&clear, key, size) < 0) {
			ok(false, "AES-%zu: both ciphers take the key", 8 * size);
			close(fd);
			continue;
		}
		close(fd);
		for (size_t length = 16; length <= sizeof(plain); length = length * 2 + 16 * (length % 7 == 0)) {
			tried += 2;
			same += device_crypt(&protected, true, iv, plain, a, length) == 0 &&
				device_crypt(&clear, true, iv, plain, b, length) == 0 && memcmp(a, b, length) == 0;
			same += device_crypt(&clear, false, iv, a, b, length) == 0 && memcmp(b, plain, length) == 0 &&
				device_crypt(&protected, false, iv, a, b, length) == 0 && memcmp(b, plain, length) == 0;
		}
		device_close(&protected);
		device_close(&clear);
	}
	ok(tried && same == tried, "the same device makes the same with the key in the clear (%u of %u)", same, tried);
}

int main(int argc, char **argv)
{
	struct tee t;

	tee_open(&t);
	if (argc > 1 && strcmp(argv[1], "clear") == 0) {
		compare(&t);
	} else {
		for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
			nist(&t, i);
		library(&t);
	}
	tee_close(&t);
	return tap_end();
}
