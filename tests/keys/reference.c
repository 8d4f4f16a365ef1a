/* SPDX-License-Identifier: MIT */
/* reference KEY IV: decrypts standard input by libcrypto, AES-CBC with padding. KEY and IV are hexadecimal. */
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "crypto.h"

int main(int argc, char **argv)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	size_t size = argc == 3 ? strlen(argv[1]) / 2 : 0, got;
	const EVP_CIPHER *cipher = size == 16	? EVP_aes_128_cbc()
				   : size == 24 ? EVP_aes_192_cbc()
				   : size == 32 ? EVP_aes_256_cbc()
						: NULL;
	uint8_t key[32], iv[16], in[4096], out[4096 + 16];
	int length;

	if (!cipher || !crypto_read_hex(argv[1], key, size) || strlen(argv[2]) != 32 ||
	    !crypto_read_hex(argv[2], iv, 16) || !EVP_DecryptInit_ex(context, cipher, NULL, key, iv))
		return 2;
	while ((got = fread(in, 1, sizeof(in), stdin)) > 0) {
		if (!EVP_DecryptUpdate(context, out, &length, in, (int)got))
			return 1;
		fwrite(out, 1, (size_t)length, stdout);
	}
	if (EVP_DecryptFinal_ex(context, out, &length) != 1)
		return 1;
	fwrite(out, 1, (size_t)length, stdout);
	return 0;
}
