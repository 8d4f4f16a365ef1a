/* SPDX-License-Identifier: MIT */
/*
 * The crypto device as its driver offers it, by the kernel's sockets and nothing else: what an attacker has. libprotex's
 * cipher is tested as well, but makes no mistakes on purpose.
 */
#ifndef KEYS_DEVICE_H
#define KEYS_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCK 16

struct device {
	int parent; /* has the key */
	int socket; /* of the requests, or -1 */
};

/* By names of the crypto API: that of keys which the CPU does not have, and of the same device's ordinary ones.
 * Negative errno. The latter needs an algif_skcipher that was weakened: Linux 7.3 offers no device's. */
#define PROTECTED_CIPHER "cbc(paes)"
#define CLEAR_CIPHER "virtio_crypto_aes_cbc"
int device_open(struct device *device, const char *cipher);
void device_close(struct device *device);

/* Sets a key, by reference or by bytes. Negative errno. */
int device_set_key(struct device *device, int fd, uint64_t offset, uint32_t size);
int device_set_clear_key(struct device *device, const void *key, size_t size);

/* One request of whole blocks, at most 64 KiB. Negative errno. */
int device_crypt(struct device *device, bool encrypt, const uint8_t iv[BLOCK], const void *in, void *out,
		 size_t size);

#endif
