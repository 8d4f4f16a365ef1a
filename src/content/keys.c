/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "crypto.h"
#include "failure.h"
#include "keys.h"

int keys_add(struct keys *keys, const char *text, struct protex_error *error)
{
	bool has_id = strlen(text) > 33 && text[32] == ':';
	uint8_t id[16] = {0};
	int ret;

	if (keys->count == KEYS_MAX)
		return fail(error, -E2BIG, "there can be %d keys", KEYS_MAX);
	has_id = has_id && crypto_read_hex(text, id, sizeof(id));
	ret = crypto_read_key(has_id ? text + 33 : text, keys->items[keys->count].value, error);
	if (ret < 0)
		return ret;
	memcpy(keys->items[keys->count].id, id, sizeof(id));
	keys->items[keys->count].is_for_all = !has_id;
	keys->count++;
	return 0;
}

const uint8_t *keys_find(const struct keys *keys, const uint8_t id[16])
{
	const uint8_t *for_all = NULL;

	for (unsigned i = 0; i < keys->count; i++) {
		if (keys->items[i].is_for_all)
			for_all = keys->items[i].value;
		else if (memcmp(keys->items[i].id, id, 16) == 0)
			return keys->items[i].value;
	}
	return for_all;
}

void keys_wipe(struct keys *keys)
{
	crypto_wipe(keys, sizeof(*keys));
}
