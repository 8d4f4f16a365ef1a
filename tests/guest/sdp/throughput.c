/* SPDX-License-Identifier: MIT */
/* What it costs to decrypt from memory that the TEE gave, from memory that is registered once, and each time. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../tap.h"
#include "sdp.h"

enum { CALLS = 16 };
#define SIZE (512 * KIB)

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

struct source {
	const char *name;
	struct shm shm; /* without data: registered for each call */
	uint8_t *memory;
};

static bool decrypt_all(const struct sdp *sdp, struct buffer *buffer, const struct source *source)
{
	for (unsigned i = 0; i < CALLS; i++) {
		struct shm shm = source->shm;

		if (!shm.data && !shm_register(&sdp->client, &shm, source->memory, SIZE))
			return false;
		if (buffer_decrypt(sdp, buffer, 0, &shm, SIZE))
			return false;
		if (!source->shm.data)
			close(shm.fd);
	}
	return true;
}

void test_throughput(const struct sdp *sdp)
{
	uint8_t *memory = aligned_alloc(4096, 2 * SIZE);
	struct source sources[] = {
		{ .name = "given by the TEE" },
		{ .name = "registered once", .memory = memory },
		{ .name = "registered for each call", .memory = memory + SIZE },
	};
	struct buffer buffer = { 0 };
	unsigned count = sizeof(sources) / sizeof(*sources);

	random_bytes(memory, 2 * SIZE);
	if (!ok(buffer_open(sdp, &buffer, SIZE) && shm_alloc(&sdp->client, &sources[0].shm, SIZE) &&
		shm_register(&sdp->client, &sources[1].shm, memory, SIZE), "%s: memory to decrypt", sdp->heap))
		return;
	for (unsigned i = 0; i < count; i++) {
		double begin = now();
		bool decrypted = decrypt_all(sdp, &buffer, &sources[i]);
		double end = now();

		ok(decrypted && buffer_is_its_twin(sdp, &buffer), "%s: decrypted from memory that is %s", sdp->heap, sources[i].name);
		note("%-25s %7.2f MiB/s", sources[i].name, CALLS * (double)SIZE / MIB / (end - begin));
	}
	shm_free(&sources[0].shm);
	close(sources[1].shm.fd);
	buffer_close(&buffer);
	free(memory);
}
