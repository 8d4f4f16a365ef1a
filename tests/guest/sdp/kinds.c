/* SPDX-License-Identifier: MIT */
/* Memory of another kind than a command takes: the TA is who refuses, and nothing was written. */
#include <inttypes.h>
#include <string.h>

#include "../tap.h"
#include "sdp.h"

#define SIZE (64 * KIB)

struct memory {
	const struct sdp *sdp;
	struct buffer protected, other; /* of another heap */
	struct shm shared;
};

static uint32_t decrypt(struct memory *m, struct tee_ioctl_param from, struct tee_ioctl_param to,
			struct tee_ioctl_param what, uint32_t *origin)
{
	struct tee_ioctl_param params[] = { from, to, what };

	return invoke_from(&m->sdp->client, PROTEX_TA_CMD_DECRYPT, params, 3, origin);
}

static void refused_by_ta(const struct memory *m, const char *name, uint32_t result, uint32_t wanted, uint32_t origin)
{
	if (!ok(result == wanted && origin == ORIGIN_TRUSTED_APP, "%s: %s is refused by the TA", m->sdp->heap, name))
		note("result %#" PRIx32 ", origin %" PRIu32, result, origin);
}

/* Commands that want one kind and get the other. */
static void test_swapped(struct memory *m)
{
	const struct shm *args = &m->sdp->args, *shared = &m->shared, *protected = &m->protected.shm;
	struct tee_ioctl_param what = descriptor(args, m->sdp->key, 0);
	struct tee_ioctl_param in = IN(shared, 0, 4096), to = INOUT(protected, 0, SIZE);
	const uint32_t denied = PROTEX_TA_ERROR_ACCESS_DENIED;
	uint32_t origin = 0, result;

	result = decrypt(m, IN(protected, 0, 4096), to, what, &origin);
	refused_by_ta(m, "protected memory as ciphertext", result, denied, origin);
	result = decrypt(m, in, INOUT(shared, 0, SIZE), what, &origin);
	refused_by_ta(m, "shared memory as the destination", result, denied, origin);
	result = decrypt(m, in, to, IN(protected, 0, PROTEX_TA_DECRYPT_SIZE), &origin);
	refused_by_ta(m, "protected memory as the description", result, denied, origin);
	result = decrypt(m, IN(&m->other.shm, 0, 4096), to, what, &origin);
	refused_by_ta(m, "another heap's memory as ciphertext", result, denied, origin);

	struct tee_ioctl_param fill[] = { INOUT(shared, 0, SIZE), VALUE_IN(7) };
	result = invoke_from(&m->sdp->client, PROTEX_TA_CMD_FILL, fill, 2, &origin);
	refused_by_ta(m, "to fill shared memory", result, denied, origin);
	result = invoke_from(&m->sdp->client, PROTEX_TA_CMD_SCRUB, fill, 1, &origin);
	refused_by_ta(m, "to scrub shared memory", result, denied, origin);

	struct tee_ioctl_param digest[] = { IN(shared, 0, SIZE), OUT(args, 0, 32) };
	result = invoke_from(&m->sdp->client, PROTEX_TA_CMD_DIGEST, digest, 2, &origin);
	refused_by_ta(m, "the digest of shared memory", result, denied, origin);
	digest[0] = IN(protected, 0, SIZE);
	digest[1] = OUT(protected, 0, 32);
	result = invoke_from(&m->sdp->client, PROTEX_TA_CMD_DIGEST, digest, 2, &origin);
	refused_by_ta(m, "a digest into protected memory", result, denied, origin);
	digest[1] = OUT(&m->other.shm, 0, 32);
	result = invoke_from(&m->sdp->client, PROTEX_TA_CMD_DIGEST, digest, 2, &origin);
	refused_by_ta(m, "a digest into another heap's memory", result, denied, origin);

	struct tee_ioctl_param unwrapped[] = { IN(protected, 0, PROTEX_TA_WRAPPED_KEY_SIZE), VALUE_OUT };
	result = invoke_from(&m->sdp->client, PROTEX_TA_CMD_UNWRAP_KEY, unwrapped, 2, &origin);
	refused_by_ta(m, "a wrapped key in protected memory", result, denied, origin);
}

/* The right memory by the wrong type of parameter. */
static void test_types(struct memory *m)
{
	const struct shm *protected = &m->protected.shm;
	const uint32_t bad = PROTEX_TA_ERROR_BAD_PARAMETERS;
	struct tee_ioctl_param fill[] = { IN(protected, 0, 4096), VALUE_IN(7) };
	struct tee_ioctl_param digest[] = { INOUT(protected, 0, 4096), OUT(&m->sdp->args, 0, 32) };
	uint32_t origin = 0, result;

	result = invoke_from(&m->sdp->client, PROTEX_TA_CMD_FILL, fill, 2, &origin);
	refused_by_ta(m, "to fill what is only read", result, bad, origin);
	fill[0] = OUT(protected, 0, 4096);
	result = invoke_from(&m->sdp->client, PROTEX_TA_CMD_FILL, fill, 2, &origin);
	refused_by_ta(m, "to fill what is only written", result, bad, origin);
	fill[0] = VALUE_IN(0);
	result = invoke_from(&m->sdp->client, PROTEX_TA_CMD_FILL, fill, 2, &origin);
	refused_by_ta(m, "to fill a number", result, bad, origin);
	result = invoke_from(&m->sdp->client, PROTEX_TA_CMD_DIGEST, digest, 2, &origin);
	refused_by_ta(m, "the digest of what is written", result, bad, origin);
}

/* Protected memory of two heaps in one session: each command has the one that it names. */
static void test_both(struct memory *m)
{
	bool all = !buffer_fill(m->sdp, &m->protected, 0, SIZE, 0x11) && !buffer_fill(m->sdp, &m->other, 0, SIZE, 0x22) &&
		   !buffer_fill(m->sdp, &m->protected, 100, 300, 0x33);

	ok(all && buffer_is_its_twin(m->sdp, &m->protected) && buffer_is_its_twin(m->sdp, &m->other),
	   "%s: memory of two heaps is told apart", m->sdp->heap);
}

void test_kinds(const struct sdp *sdp, const char *other_heap)
{
	struct memory m = { .sdp = sdp };
	struct sdp on_other = *sdp;
	bool untouched = true;

	on_other.heap = other_heap;
	if (!ok(buffer_open(sdp, &m.protected, SIZE) && buffer_open(&on_other, &m.other, SIZE) &&
		shm_alloc(&sdp->client, &m.shared, SIZE), "%s: memory of two heaps, and shared", sdp->heap))
		return;
	memset(m.shared.data, 0x5a, SIZE);
	test_both(&m);
	test_swapped(&m);
	test_types(&m);
	for (unsigned i = 0; i < SIZE; i++)
		untouched &= m.shared.data[i] == 0x5a;
	ok(untouched && buffer_is_its_twin(sdp, &m.protected) && buffer_is_its_twin(sdp, &m.other),
	   "%s: what was refused has changed nothing", sdp->heap);
	shm_free(&m.shared);
	buffer_close(&m.other);
	buffer_close(&m.protected);
}
