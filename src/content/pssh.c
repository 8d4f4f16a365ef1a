/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "pssh.h"

static const uint8_t system_id[16] = PROTEX_TA_UUID_OCTETS;

void pssh_write(struct bytes *bytes, const uint8_t key_id[16],
		const struct protex_ta_wrapped_key *key)
{
	size_t at = box_begin_full(bytes, "pssh", 1, 0);

	bytes_put(bytes, system_id, sizeof(system_id));
	bytes_put_uint(bytes, 1, 4);
	bytes_put(bytes, key_id, 16);
	bytes_put_uint(bytes, sizeof(*key), 4);
	bytes_put(bytes, key, sizeof(*key));
	box_end(bytes, at);
}

/* Whether a box is of version 1, for that key and our system, and what its data is. */
static bool matches(const struct box *box, const uint8_t key_id[16],
		    struct protex_ta_wrapped_key *key)
{
	const uint8_t *p = box->body;
	size_t left = box->body_size;
	bool has_id = false;
	uint32_t count;

	if (!box_is(box, "pssh") || left < 24 || p[0] != 1 || memcmp(p + 4, system_id, 16) != 0)
		return false;
	count = read_be32(p + 20);
	p += 24;
	left -= 24;
	for (; count > 0 && left >= 16; count--, p += 16, left -= 16)
		has_id |= memcmp(p, key_id, 16) == 0;
	if (count > 0 || !has_id || left != 4 + sizeof(*key) || read_be32(p) != sizeof(*key))
		return false;
	memcpy(key, p + 4, sizeof(*key));
	return true;
}

bool pssh_find(const uint8_t *data, size_t size, const uint8_t key_id[16],
	       struct protex_ta_wrapped_key *key)
{
	struct box box;

	for (; box_at(data, size, &box); data += box.size, size -= box.size)
		if (matches(&box, key_id, key))
			return true;
	return false;
}
