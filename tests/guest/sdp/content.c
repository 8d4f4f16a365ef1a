/* SPDX-License-Identifier: MIT */
/* What the TEE is told to write is what protected memory holds, wherever it begins. */
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "sdp.h"

#define SIZE (20 * KIB)
#define ROUNDS 1000u
#define LENGTH 17000u
/* Of 256 offsets in a page and lengths that are no multiple of anything, all pages of the buffer are touched. */
#define OFFSETS 256u

static bool rounds_are_right(const struct sdp *sdp, struct buffer *buffer, const struct shm *source)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t offset = random_number() % OFFSETS;
		uint32_t result;

		/* New ciphertext in one place each time; the rest is that of rounds before. */
		random_bytes(source->data + round % 4 * 4 * KIB, KIB);
		if (random_number() & 1)
			result = buffer_decrypt(sdp, buffer, offset, source, LENGTH);
		else
			result = buffer_fill(sdp, buffer, offset, LENGTH, (uint8_t)random_number());
		if (result || !buffer_is_its_twin(sdp, buffer)) {
			note("round %u, offset %u: %#x", round, (unsigned)offset, result);
			return false;
		}
	}
	return true;
}

/* One page in the middle of many is written to, and no other changes. */
static bool others_stay(const struct sdp *sdp, struct buffer *buffer)
{
	return !buffer_fill(sdp, buffer, 0, SIZE, 0xa5) && !buffer_fill(sdp, buffer, 8 * KIB, 4 * KIB, 0x5a) &&
	       !buffer_fill(sdp, buffer, 12 * KIB - 1, 1, 0) && buffer_is_its_twin(sdp, buffer);
}

void test_content(const struct sdp *sdp)
{
	struct buffer buffer = { 0 };
	struct shm source = { 0 };

	if (!ok(buffer_open(sdp, &buffer, SIZE) && shm_alloc(&sdp->client, &source, SIZE), "%s: memory", sdp->heap))
		return;
	random_bytes(source.data, SIZE);
	ok(buffer_is_its_twin(sdp, &buffer), "%s: a new buffer is zeros", sdp->heap);
	ok(others_stay(sdp, &buffer), "%s: what is not written to stays", sdp->heap);
	ok(rounds_are_right(sdp, &buffer, &source), "%s: %u rounds of %u bytes at offsets up to %u", sdp->heap, ROUNDS,
	   LENGTH, OFFSETS - 1);
	buffer.twin[SIZE / 2] ^= 1;
	ok(!buffer_is_its_twin(sdp, &buffer), "%s: control: one bit that differs is noticed", sdp->heap);
	shm_free(&source);
	buffer_close(&buffer);
}
