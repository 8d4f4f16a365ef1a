/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attack.h"

void noticed(struct attempt *attempt, const char *text)
{
	size_t used = strlen(attempt->text);

	if (!strstr(attempt->text, text))
		snprintf(attempt->text + used, sizeof(attempt->text) - used, "%s%s",
			 used ? ", " : "", text);
}

int said(struct attempt *attempt, int result)
{
	if (result < 0)
		noticed(attempt, result_name(result));
	if (result == -EACCES || result == -EINVAL)
		attempt->refused = true;
	return result;
}

void broken(struct attempt *attempt, const char *what)
{
	noticed(attempt, what);
	attempt->broken = true;
}

static void leak(struct attempt *attempt, const char *format, ...)
{
	va_list args;

	if (attempt->leaked)
		return;
	attempt->leaked = true;
	va_start(args, format);
	vsnprintf(attempt->text, sizeof(attempt->text), format, args);
	va_end(args);
}

void look(struct attempt *attempt, const void *memory, size_t size, const char *where)
{
	uint32_t key = attempt->key;
	/* The same with red and blue exchanged, which is what GL and DRM do not agree on. */
	uint32_t turned = (key & 0xff00ff00) | (key & 0xff) << 16 | (key >> 16 & 0xff);
	const uint8_t *bytes = memory;
	bool found = false;

	for (size_t i = 0; i + 4 <= size && !found; i++) {
		uint32_t word;

		memcpy(&word, bytes + i, 4);
		found = word == key || word == turned;
	}
	if (found)
		leak(attempt, "the key in %s", where);
}

void look_for_run(struct attempt *attempt, const void *memory, size_t size, uint8_t byte,
		  const char *where)
{
	const uint8_t *bytes = memory;
	size_t run = 0, found = 0;

	for (size_t i = 0; i < size; i++) {
		run = bytes[i] == byte ? run + 1 : 0;
		found += run == 64 ? 64 : run > 64;
	}
	if (found)
		leak(attempt, "%zu of %zu bytes in %s", found, size, where);
}

void look_at_mapping(struct attempt *attempt, int fd, off_t offset, size_t size, int flags,
		     const char *where)
{
	uint8_t seen[4096];
	int ends[2];
	uint8_t *mapping = mmap(NULL, size, PROT_READ, flags, fd, offset);

	if (mapping == MAP_FAILED) {
		said(attempt, -errno);
		return;
	}
	if (pipe(ends)) {
		broken(attempt, "pipe");
		return;
	}
	for (size_t at = 0; at < size; at += sizeof(seen)) {
		size_t piece = size - at < sizeof(seen) ? size - at : sizeof(seen);
		ssize_t moved = write(ends[1], mapping + at, piece);

		if (moved < 0) {
			said(attempt, -errno);
			break;
		}
		if (read(ends[0], seen, (size_t)moved) == moved)
			look(attempt, seen, (size_t)moved, where);
	}
	close(ends[0]);
	close(ends[1]);
	munmap(mapping, size);
}
