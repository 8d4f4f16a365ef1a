/* SPDX-License-Identifier: MIT */
/* Keys of crypto devices: wrapped in files, unwrapped in protected memory. */
#ifndef PROTEX_CLI_KEY_MEMORY_H
#define PROTEX_CLI_KEY_MEMORY_H

#include <protex/protex.h>
#include <protex/ta.h>

/* Reads what 'protex key' wrote from fd, whose name is path. -EBADMSG: it is something else. */
int key_read(int fd, const char *path, struct protex_ta_wrapped_crypto_key *wrapped,
	     struct protex_error *error);

/*
 * Reads such a file by its name, allocates a buffer for keys, and has the TA unwrap the key to its begin. Returns the buffer, which is
 * the caller's; the key is gone when nobody has it open.
 */
int key_file_unwrap(const char *path, struct protex_ta_wrapped_crypto_key *wrapped, size_t *key_size,
		    struct protex_error *error);

#endif
