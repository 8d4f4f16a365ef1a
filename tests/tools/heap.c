/* SPDX-License-Identifier: MIT */
/*
 * Does this process's heap hand out what was in blocks that were freed? Prints a line for each size at
 * which it does; exit status 1 then. For the tunables that scripts/host/machine gives to the device.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 16
#define MARK 0x4b

/* How many bytes of the mark the worst of new blocks has. The compiler must not think that new blocks
 * have nothing in them. */
static size_t worst(size_t size, size_t alignment)
{
	void *(*volatile allocate)(size_t, size_t) = aligned_alloc;
	unsigned char *blocks[BLOCKS];
	size_t most = 0;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < BLOCKS; i++) {
			size_t marked = 0;

			blocks[i] = allocate(alignment, size);
			if (!blocks[i])
				abort();
			for (size_t at = 0; at < size; at++)
				marked += ((volatile unsigned char *)blocks[i])[at] == MARK;
			most = marked > most ? marked : most;
		}
		for (int i = 0; i < BLOCKS; i++) {
			memset(blocks[i], MARK, size);
			__asm__ volatile("" ::"r"(blocks[i]) : "memory");
			free(blocks[i]);
		}
	}
	return most;
}

int main(void)
{
	int status = 0;

	for (size_t alignment = 16; alignment <= 4096; alignment *= 256) {
		for (size_t size = 32; size <= 8 << 20; size *= 2) {
			size_t marked = worst(size, alignment);

			if (marked) {
				printf("%zu of %zu bytes, aligned to %zu\n", marked, size, alignment);
				status = 1;
			}
		}
	}
	return status;
}
