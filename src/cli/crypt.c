/* SPDX-License-Identifier: MIT */
/*
 * protex crypt: a file encrypted by a crypto device. What comes out is the IV, 16 random bytes, then
 * AES-CBC of the file, padded as PKCS #7 has it: what libcrypto's EVP_DecryptUpdate() takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "crypto.h"
#include "failure.h"
#include "json.h"
#include "key_memory.h"
#include "new_file.h"

#define BLOCK PROTEX_CIPHER_BLOCK_SIZE

/* A multiple of BLOCK */
#define BUFFER_SIZE (1024u * 1024u)

struct options {
	const char *key, *in, *out;
	int key_fd; /* -1: none */
	unsigned long bits;
	bool have_direction, decrypt, json;
};

static const struct argp_option option_table[] = {
	{"key", 'K', "FILE", 0, "The wrapped key, as 'protex key' writes it", 0},
	{"key-fd", 'f', "FD", 0,
	 "Or: a buffer with the key, inherited, as from 'protex key unwrap FILE -- protex crypt --key-fd 3 ...'", 0},
	{"bits", 'b', "N", 0, "Size of the key in that buffer (default: $PROTEX_KEY_BITS, or 128)", 0},
	{"json", 'j', NULL, 0, "Print what was done as JSON", 0},
	{0},
};

static unsigned long bits_of(struct argp_state *state, const char *option, const char *text)
{
	unsigned long bits = option_number(state, option, text, 128, 256);

	if (bits % 64)
		argp_error(state, "%s is 128, 192 or 256, not '%s'", option, text);
	return bits;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	const char *bits = getenv("PROTEX_KEY_BITS");

	switch (key) {
	case 'K':
		options->key = arg;
		return 0;
	case 'f':
		options->key_fd = (int)option_number(state, "--key-fd", arg, 0, INT32_MAX);
		return 0;
	case 'b':
		options->bits = bits_of(state, "--bits", arg);
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!options->have_direction) {
			options->have_direction = true;
			options->decrypt = strcmp(arg, "decrypt") == 0;
			if (!options->decrypt && strcmp(arg, "encrypt") != 0)
				argp_error(state, "say encrypt or decrypt, not '%s'", arg);
		} else if (!options->in) {
			options->in = arg;
		} else if (!options->out) {
			options->out = arg;
		} else {
			argp_error(state, "'%s' is one argument too many", arg);
		}
		return 0;
	case ARGP_KEY_END:
		if (!options->out)
			argp_error(state, "say encrypt or decrypt, a file, and where the result is to be");
		if (!options->key == (options->key_fd < 0))
			argp_error(state, "say --key or --key-fd");
		if (!options->bits)
			options->bits = bits ? bits_of(state, "PROTEX_KEY_BITS", bits) : 128;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.args_doc = "encrypt|decrypt IN OUT",
	.doc = "Encrypts or decrypts IN to OUT by a crypto device, which reads the key from memory that the CPU cannot."
	       "\vIt is AES-CBC with padding, after a random IV of 16 bytes. Nothing tells whether the encrypted file "
	       "was altered: sign it, or keep it where nobody can.",
};

static int open_cipher(const struct options *options, struct protex_cipher **cipher,
		       struct protex_error *error)
{
	struct protex_ta_wrapped_crypto_key wrapped;
	size_t key_size = options->bits / 8;
	int fd = options->key_fd, ret;

	if (options->key) {
		fd = key_file_unwrap(options->key, &wrapped, &key_size, error);
		if (fd < 0)
			return fd;
	}
	ret = protex_cipher_open(cipher, fd, 0, key_size, error);
	/* The device has the key. */
	if (options->key)
		close(fd);
	return ret;
}

static int stopped(struct protex_error *error)
{
	return fail(error, -EINTR, "interrupted");
}

static int write_all(FILE *to, const char *name, const uint8_t *bytes, size_t size,
		     struct protex_error *error)
{
	if (size > 0 && fwrite(bytes, 1, size, to) != size)
		return fail(error, -errno, "%s: %s", name, strerror(errno));
	return 0;
}

static int encrypt(const struct options *options, struct protex_cipher *cipher, FILE *from, FILE *to,
		   uint8_t *buffer, uint64_t *total, struct protex_error *error)
{
	uint8_t iv[BLOCK];
	bool last = false;
	int ret;

	ret = crypto_random(iv, sizeof(iv), error);
	if (ret == 0)
		ret = write_all(to, options->out, iv, sizeof(iv), error);
	while (ret == 0 && !last) {
		size_t size = fread(buffer, 1, BUFFER_SIZE, from);

		if (stop_signal)
			return stopped(error);
		if (ferror(from))
			return fail(error, -errno, "%s: %s", options->in, strerror(errno));
		*total += size;
		last = size < BUFFER_SIZE;
		if (last) {
			uint8_t padding = (uint8_t)(BLOCK - size % BLOCK);

			memset(buffer + size, padding, padding);
			size += padding;
		}
		ret = protex_cipher_encrypt(cipher, iv, buffer, buffer, size, error);
		if (ret == 0)
			ret = write_all(to, options->out, buffer, size, error);
	}
	return ret;
}

/* How much of the last block is padding; 0: it is no padding. */
static size_t padding_of(const uint8_t block[BLOCK])
{
	uint8_t padding = block[BLOCK - 1];

	if (padding < 1 || padding > BLOCK)
		return 0;
	for (size_t i = BLOCK - padding; i < BLOCK; i++)
		if (block[i] != padding)
			return 0;
	return padding;
}

static int decrypt(const struct options *options, struct protex_cipher *cipher, FILE *from, FILE *to,
		   uint8_t *buffer, uint64_t *total, struct protex_error *error)
{
	uint8_t iv[BLOCK], last[BLOCK]; /* a block that may be the last: what of it is padding is not known yet */
	bool have_last = false;
	size_t size;
	int ret = 0;

	if (fread(iv, 1, sizeof(iv), from) != sizeof(iv))
		return fail(error, -EBADMSG, "%s is too short for what 'protex crypt' writes", options->in);
	while (ret == 0 && (size = fread(buffer, 1, BUFFER_SIZE, from)) > 0) {
		if (stop_signal)
			return stopped(error);
		if (size % BLOCK)
			return fail(error, -EBADMSG, "%s is cut off: it has no whole number of blocks",
				    options->in);
		ret = protex_cipher_decrypt(cipher, iv, buffer, buffer, size, error);
		if (ret == 0 && have_last)
			ret = write_all(to, options->out, last, BLOCK, error);
		if (ret == 0)
			ret = write_all(to, options->out, buffer, size - BLOCK, error);
		if (ret == 0)
			memcpy(last, buffer + size - BLOCK, BLOCK);
		*total += size;
		have_last = true;
	}
	if (ret < 0)
		return ret;
	if (ferror(from))
		return fail(error, -errno, "%s: %s", options->in, strerror(errno));
	size = have_last ? padding_of(last) : 0;
	if (!size)
		return fail(error, -EBADMSG, "%s was encrypted with another key, or altered, or cut off",
			    options->in);
	*total -= size;
	return write_all(to, options->out, last, BLOCK - size, error);
}

static int crypt_file(const struct options *options, struct protex_cipher *cipher, uint64_t *total,
		      struct protex_error *error)
{
	uint8_t *buffer = malloc(BUFFER_SIZE + BLOCK);
	struct new_file *to;
	FILE *from;
	int ret;

	if (!buffer)
		return fail(error, -ENOMEM, "out of memory");
	from = fopen(options->in, "re");
	if (!from) {
		ret = fail(error, -errno, "%s: %s", options->in, strerror(errno));
		goto out;
	}
	ret = new_file_open(&to, options->out, options->in, error);
	if (ret < 0)
		goto out_close;
	ret = options->decrypt
		      ? decrypt(options, cipher, from, new_file_stream(to), buffer, total, error)
		      : encrypt(options, cipher, from, new_file_stream(to), buffer, total, error);
	if (ret == 0)
		ret = new_file_finish(to, error);
	else
		new_file_abort(to);
out_close:
	fclose(from);
out:
	free(buffer);
	return ret;
}

int command_crypt(int argc, char **argv)
{
	struct options options = {.key_fd = -1};
	struct protex_cipher *cipher;
	struct protex_error error;
	uint64_t total = 0;
	int ret;

	argp_parse(&parser, argc, argv, 0, NULL, &options);
	watch_signals();
	ret = open_cipher(&options, &cipher, &error);
	if (ret < 0)
		return (int)report_failure("crypt", &error);
	ret = crypt_file(&options, cipher, &total, &error);
	protex_cipher_close(cipher);
	if (stop_signal)
		return STATUS_SIGNAL + stop_signal;
	if (ret < 0)
		return (int)report_failure("crypt", &error);
	if (options.json) {
		cJSON *json = json_object();

		json_string(json, "file", options.out);
		json_number(json, "bytes", (double)total);
		json_print_and_free(json);
	}
	return STATUS_OK;
}
