/* SPDX-License-Identifier: MIT */
/* Content keys that somebody gave, by their ids. */
#ifndef PROTEX_CONTENT_KEYS_H
#define PROTEX_CONTENT_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include <protex/protex.h>

#define KEYS_MAX 16

struct keys {
	struct {
		bool is_for_all; /* it was given without an id */
		uint8_t id[16], value[16];
	} items[KEYS_MAX];
	unsigned count;
};

/* Reads one: FILE, or KID:FILE, where KID has 32 hexadecimal digits, and FILE is as
 * crypto_read_key() takes. */
int keys_add(struct keys *keys, const char *text, struct protex_error *error);

/* The key of that id, or the one for all, or NULL. */
const uint8_t *keys_find(const struct keys *keys, const uint8_t id[16]);

void keys_wipe(struct keys *keys);

#endif
