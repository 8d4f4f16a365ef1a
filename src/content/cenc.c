/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cenc.h"

const char *cenc_scheme_name(enum protex_scheme scheme)
{
	switch (scheme) {
	case PROTEX_SCHEME_CENC:
		return "cenc";
	case PROTEX_SCHEME_CBCS:
		return "cbcs";
	default:
		return "none";
	}
}

void cenc_key_id_text(const uint8_t key_id[CENC_KEY_ID_SIZE], char text[CENC_KEY_ID_TEXT])
{
	for (unsigned i = 0; i < CENC_KEY_ID_SIZE; i++)
		sprintf(text + 2 * i, "%02x", key_id[i]);
}
