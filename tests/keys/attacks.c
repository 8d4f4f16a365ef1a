/* SPDX-License-Identifier: MIT */
/*
 * attacks [WEAKENED [still]]: attempts to get at a key that the CPU does not have, or at other protected memory, by a crypto
 * device and by whatever else leads there. Each attack says whether it was refused, or what it got. Without an
 * argument they must be refused. With the name of what somebody lacks (tests/keys/weaken), those that it lets through
 * must get what they are after, which shows that they are real; or with "still" must be refused, by somebody else.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "attacks.h"
#include "crypto.h"
#include "gpu.h"
#include "tap.h"

#define SLOT PROTEX_TA_CRYPTO_KEY_SLOT

static const uint8_t iv[BLOCK];
static const uint8_t block[BLOCK] = "a known plaintex";

void secret_make(uint8_t secret[16])
{
	struct protex_error error;

	if (crypto_random(secret, 16, &error) < 0)
		abort();
}

/* What AES-128 makes of the known block: software, to try keys. */
static void encrypt(const uint8_t key[16], uint8_t out[BLOCK])
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int size;

	if (!EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), NULL, key, NULL) ||
	    !EVP_CIPHER_CTX_set_padding(context, 0) || !EVP_EncryptUpdate(context, out, &size, block, BLOCK))
		abort();
	EVP_CIPHER_CTX_free(context);
}

/* What the device makes of it with the 16 bytes at offset of a buffer as the key. */
static int device_encrypts(int fd, uint64_t offset, uint8_t out[BLOCK])
{
	struct device device;
	int ret = device_open(&device, PROTECTED_CIPHER);

	if (ret < 0)
		return ret;
	ret = device_set_key(&device, fd, offset, 16);
	if (ret == 0)
		ret = device_crypt(&device, true, iv, block, out, BLOCK);
	device_close(&device);
	return ret;
}

/* Finds the one byte of guess that is not known, by what the device made of the known block. */
static bool find_byte(uint8_t guess[16], size_t unknown, const uint8_t made[BLOCK])
{
	for (int byte = 0; byte < 256; byte++) {
		uint8_t out[BLOCK];

		guess[unknown] = (uint8_t)byte;
		encrypt(guess, out);
		if (memcmp(out, made, BLOCK) == 0)
			return true;
	}
	return false;
}

static enum outcome refused_by(int ret, const char **why)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s", strerror(-ret));
	*why = text;
	return REFUSED;
}

static int fill(struct tee *t, int fd, uint64_t offset, uint64_t size, uint8_t byte)
{
	struct protex_memory *memory;
	int ret = protex_memory_import(&memory, t->tee, fd, NULL);

	if (ret == 0) {
		struct protex_range range = {memory, offset, size};

		ret = protex_ta_fill(t->session, &range, byte, NULL);
		protex_memory_close(memory);
	}
	return ret;
}

/* A byte of a film, of which the rest of a block is black: the device "encrypts" with it. */
static enum outcome a_frame_as_key(struct tee *t, const char **why)
{
	uint8_t guess[16] = {0}, made[BLOCK], secret[16];
	int fd = buffer_alloc(PROTEX_USE_SECURE_VIDEO, 4096), ret;
	enum outcome outcome;

	secret_make(secret);
	ret = fill(t, fd, 5, 1, secret[0]);
	if (ret == 0)
		ret = device_encrypts(fd, 0, made);
	if (ret < 0)
		outcome = refused_by(ret, why);
	else
		outcome = find_byte(guess, 5, made) && guess[5] == secret[0] ? LEAKED : NOTHING;
	close(fd);
	return outcome;
}

/* Memory that the CPU has, where somebody relies on it that it has not. */
static enum outcome ordinary_memory_as_key(struct tee *t, const char **why)
{
	int fd = buffer_alloc(PROTEX_USE_UNKNOWN, 4096), ret;
	uint8_t made[BLOCK], expected[BLOCK], zeros[16] = {0};

	(void)t;
	ret = device_encrypts(fd, 0, made);
	close(fd);
	if (ret < 0)
		return refused_by(ret, why);
	encrypt(zeros, expected);
	return memcmp(made, expected, BLOCK) == 0 ? LEAKED : NOTHING;
}

/* A key, byte by byte: in front of it is a slot of zeros, and the device is told to begin in there. */
static enum outcome beginning_before_a_key(struct tee *t, const char **why)
{
	uint8_t guess[16] = {0}, secret[16];
	int fd = buffer_alloc(PROTEX_USE_CRYPTO_KEY, 2 * SLOT);
	enum outcome outcome = LEAKED;

	secret_make(secret);
	if (key_place(t, fd, SLOT, secret, sizeof(secret)) < 0)
		outcome = NOTHING;
	for (size_t known = 0; known < 16 && outcome == LEAKED; known++) {
		uint8_t made[BLOCK];
		int ret = device_encrypts(fd, SLOT - 15 + known, made);

		if (ret < 0)
			outcome = refused_by(ret, why);
		else if (!find_byte(guess, 15, made))
			outcome = NOTHING;
		else if (known < 15)
			memmove(guess, guess + 1, 15);
	}
	close(fd);
	return outcome == LEAKED && memcmp(guess, secret, 16) ? NOTHING : outcome;
}

/* A key, byte by byte: all but one are overwritten with what the attacker knows. */
static enum outcome known_bytes_over_a_key(struct tee *t, const char **why)
{
	uint8_t found[16], secret[16];

	secret_make(secret);
	for (size_t i = 0; i < 16; i++) {
		int fd = key_buffer(t, secret, sizeof(secret)), ret = 0;
		uint8_t guess[16] = {0}, made[BLOCK];

		if (i > 0)
			ret = fill(t, fd, 0, i, 0);
		if (ret == 0 && i < 15)
			ret = fill(t, fd, i + 1, 15 - i, 0);
		if (ret == 0)
			ret = device_encrypts(fd, 0, made);
		close(fd);
		if (ret < 0)
			return refused_by(ret, why);
		if (!find_byte(guess, i, made))
			return NOTHING;
		found[i] = guess[i];
	}
	return memcmp(found, secret, 16) ? NOTHING : LEAKED;
}

/* A key, byte by byte, by the digest that a TA for development has. */
static enum outcome digests_of_a_key(struct tee *t, const char **why)
{
	uint8_t found[16], secret[16];
	enum outcome outcome = LEAKED;
	struct protex_memory *memory;
	int fd;

	secret_make(secret);
	fd = key_buffer(t, secret, sizeof(secret));
	if (protex_memory_import(&memory, t->tee, fd, NULL) < 0)
		return NOTHING;
	for (size_t i = 0; i < 16 && outcome == LEAKED; i++) {
		struct protex_range range = {memory, i, 1};
		uint8_t digest[32], other[32];
		int ret = protex_ta_digest(t->session, &range, digest, NULL), byte;

		if (ret < 0) {
			outcome = refused_by(ret, why);
			break;
		}
		for (byte = 0; byte < 256; byte++) {
			found[i] = (uint8_t)byte;
			crypto_sha256(&found[i], 1, NULL, 0, other, NULL);
			if (memcmp(digest, other, 32) == 0)
				break;
		}
		if (byte == 256)
			outcome = NOTHING;
	}
	protex_memory_close(memory);
	close(fd);
	return outcome == LEAKED && memcmp(found, secret, 16) ? NOTHING : outcome;
}

/* A key that somebody has, where others think that nobody does. */
static enum outcome bytes_as_key(struct tee *t, const char **why)
{
	uint8_t secret[16], made[BLOCK], expected[BLOCK];
	struct device device;
	int ret = device_open(&device, PROTECTED_CIPHER);

	(void)t;
	secret_make(secret);
	if (ret == 0) {
		ret = device_set_clear_key(&device, secret, sizeof(secret));
		if (ret == 0)
			ret = device_crypt(&device, true, iv, block, made, BLOCK);
		device_close(&device);
	}
	if (ret < 0)
		return refused_by(ret, why);
	encrypt(secret, expected);
	return memcmp(made, expected, BLOCK) == 0 ? LEAKED : NOTHING;
}

/* The key of a film, as the key of a device that would decrypt it to ordinary memory. */
static enum outcome content_key_as_key(struct tee *t, const char **why)
{
	struct protex_ta_wrapped_key content;
	uint8_t padded[PROTEX_TA_WRAPPED_CRYPTO_KEY_SIZE] = {0}, secret[16];
	int fd = buffer_alloc(PROTEX_USE_CRYPTO_KEY, SLOT), ret;
	struct protex_memory *memory;

	secret_make(secret);
	crypto_wrap_key(crypto_development_kek, secret, &content, NULL);
	memcpy(padded, &content, sizeof(content));
	ret = protex_memory_import(&memory, t->tee, fd, NULL);
	if (ret == 0) {
		struct protex_range slot = {memory, 0, SLOT};
		size_t size;

		ret = protex_ta_unwrap_crypto_key(t->session, padded, sizeof(padded), &slot, &size, NULL);
		protex_memory_close(memory);
	}
	close(fd);
	return ret < 0 ? refused_by(ret, why) : NOTHING;
}

/* A key into memory that others read: a GPU's. */
static enum outcome key_into_video_memory(struct tee *t, const char **why)
{
	int fd = buffer_alloc(PROTEX_USE_SECURE_VIDEO, 4096), ret;
	uint8_t secret[16];

	secret_make(secret);
	ret = key_place(t, fd, 0, secret, sizeof(secret));
	close(fd);
	return ret < 0 ? refused_by(ret, why) : LEAKED;
}

/* A key as a picture: the GPU would draw it, and the display show it. */
static enum outcome key_as_picture(struct tee *t, const char **why)
{
	int fd, card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC), ret;
	uint8_t secret[16];
	uint32_t handle;

	if (card < 0) {
		*why = "there is no GPU";
		return NOTHING;
	}
	secret_make(secret);
	fd = key_buffer(t, secret, sizeof(secret));
	ret = import(card, fd, &handle);
	if (ret == 0)
		close_handle(card, handle);
	close(fd);
	close(card);
	return ret < 0 ? refused_by(ret, why) : LEAKED;
}

static enum outcome key_out_of_bounds(struct tee *t, const char **why)
{
	static const struct {
		uint64_t offset;
		uint32_t size;
	} wrong[] = {{4096, 16}, {4096 - SLOT + 56, 16}, {UINT64_MAX - 63, 16}, {1ull << 63, 16}, {0, 0},
		     {0, 64}, {0, UINT32_MAX}, {8, 16}, {0, 17}};
	uint8_t secret[16];
	int fd, ret = 0;

	secret_make(secret);
	fd = key_buffer(t, secret, sizeof(secret));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]) && (!i || ret == -EINVAL); i++) {
		struct device device;

		if (device_open(&device, PROTECTED_CIPHER) < 0)
			break;
		ret = device_set_key(&device, fd, wrong[i].offset, wrong[i].size);
		device_close(&device);
	}
	close(fd);
	return ret == -EINVAL ? refused_by(ret, why) : LEAKED;
}

static const struct {
	const char *name;
	enum outcome (*run)(struct tee *t, const char **why);
	const char *weakened; /* what has to be lacking, or NULL */
} attacks[] = {
	{"a frame of a film as the key", a_frame_as_key, "use"},
	{"ordinary memory as the key", ordinary_memory_as_key, "protected"},
	{"a key from where it does not begin", beginning_before_a_key, "slot"},
	{"known bytes written over a key", known_bytes_over_a_key, "fill"},
	{"digests of a key's bytes", digests_of_a_key, "fill"},
	{"bytes as the key", bytes_as_key, "bytes"},
	{"a content key as a device's key", content_key_as_key, NULL},
	{"a key unwrapped into memory for video", key_into_video_memory, "unwrap"},
	{"a key as a picture for the GPU", key_as_picture, "policy"},
	{"keys out of bounds, and of sizes that there are not", key_out_of_bounds, NULL},
	{"every route of the CPU to a key", routes_to_a_key, NULL},
	{"the kernel's memory, by /proc/kcore", key_in_kcore, NULL},
	{"what the kernel says: its log, /proc/crypto, debugfs", key_in_words, NULL},
};

int main(int argc, char **argv)
{
	const char *weakened = argc > 1 ? argv[1] : NULL;
	bool still = argc > 2 && strcmp(argv[2], "still") == 0;
	struct tee t;

	tee_open(&t);
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		const char *why = "it got nothing, but was not refused";
		enum outcome outcome;

		if (weakened && (!attacks[i].weakened || strcmp(attacks[i].weakened, weakened) != 0))
			continue;
		outcome = attacks[i].run(&t, &why);
		if (still) {
			if (!ok(outcome == REFUSED, "without '%s' it is still refused: %s", weakened, attacks[i].name))
				note("%s", outcome == LEAKED ? "it got what it was after" : why);
		} else if (weakened) {
			if (!ok(outcome == LEAKED, "without '%s' it works: %s", weakened, attacks[i].name))
				note("%s", why);
		} else if (ok(outcome == REFUSED, "%s", attacks[i].name)) {
			note("refused: %s", why);
		} else {
			note("%s", outcome == LEAKED ? "it got what it was after" : why);
		}
	}
	if (!weakened)
		control_tests(&t);
	tee_close(&t);
	return tap_end();
}
