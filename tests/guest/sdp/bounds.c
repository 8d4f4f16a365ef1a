/* SPDX-License-Identifier: MIT */
/* Parts of memory that reach its end are let through to the TEE, and those that go beyond are not. */
#include <errno.h>
#include <inttypes.h>

#include "../tap.h"
#include "sdp.h"

#define SIZE (20 * KIB)
/* In each part here the size of the memory, which is N in names, is SIZE. */
static const struct part {
	const char *name;
	uint64_t offset, size;
	bool inside;
} parts[] = {
	{ "0, N", 0, SIZE, true },
	{ "N-1, 1", SIZE - 1, 1, true },
	{ "0, N+1", 0, SIZE + 1, false },
	{ "N-1, 2", SIZE - 1, 2, false },
	{ "N-1, 5000", SIZE - 1, 5000, false },
	{ "N, 1", SIZE, 1, false },
	{ "N, 4096", SIZE, 4096, false },
	{ "2, 2^64-1", 2, UINT64_MAX, false },
	{ "2^64-1, 1", UINT64_MAX, 1, false },
	{ "2^63, 2^63", UINT64_C(1) << 63, UINT64_C(1) << 63, false },
};

struct memory {
	const struct sdp *sdp;
	struct buffer protected;
	struct shm shared;
};

/* Each hands one part to the TEE, and all other parameters are right. */
static uint32_t filled(struct memory *m, const struct part *p)
{
	struct tee_ioctl_param params[] = { INOUT(&m->protected.shm, p->offset, p->size), VALUE_IN(0) };

	return invoke(&m->sdp->client, PROTEX_TA_CMD_FILL, params, 2);
}

static uint32_t digested(struct memory *m, const struct part *p)
{
	struct tee_ioctl_param params[] = { IN(&m->protected.shm, p->offset, p->size), OUT(&m->sdp->args, 0, 32) };

	return invoke(&m->sdp->client, PROTEX_TA_CMD_DIGEST, params, 2);
}

static uint32_t decrypted_from(struct memory *m, const struct part *p)
{
	struct tee_ioctl_param params[] = {
		IN(&m->shared, p->offset, p->size),
		INOUT(&m->protected.shm, 0, SIZE),
		descriptor(&m->sdp->args, m->sdp->key, 0),
	};

	return invoke(&m->sdp->client, PROTEX_TA_CMD_DECRYPT, params, 3);
}

static uint32_t decrypted_to(struct memory *m, const struct part *p)
{
	struct tee_ioctl_param params[] = {
		IN(&m->shared, 0, 1),
		INOUT(&m->protected.shm, p->offset, p->size),
		descriptor(&m->sdp->args, m->sdp->key, 0),
	};

	return invoke(&m->sdp->client, PROTEX_TA_CMD_DECRYPT, params, 3);
}

static uint32_t digest_written(struct memory *m, const struct part *p)
{
	struct tee_ioctl_param params[] = { IN(&m->protected.shm, 0, SIZE), OUT(&m->shared, p->offset, p->size) };
	uint32_t result = invoke(&m->sdp->client, PROTEX_TA_CMD_DIGEST, params, 2);

	/* It has been there, and does not fit in a byte. */
	return p->size == 1 && result == PROTEX_TA_ERROR_SHORT_BUFFER ? PROTEX_TA_SUCCESS : result;
}

static const struct {
	const char *name;
	uint32_t (*try)(struct memory *m, const struct part *part);
} uses[] = {
	{ "fill", filled },
	{ "digest of", digested },
	{ "decrypt from", decrypted_from },
	{ "decrypt to", decrypted_to },
	{ "digest to", digest_written },
};

void test_bounds(const struct sdp *sdp)
{
	struct memory m = { .sdp = sdp };

	if (!ok(buffer_open(sdp, &m.protected, SIZE) && shm_alloc(&sdp->client, &m.shared, SIZE),
		"%s: memory of %u bytes", sdp->heap, SIZE))
		return;
	for (unsigned u = 0; u < sizeof(uses) / sizeof(*uses); u++)
		for (unsigned i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
			uint32_t result = uses[u].try(&m, &parts[i]);

			if (parts[i].inside)
				ok(result == PROTEX_TA_SUCCESS, "%s: %s (%s)", sdp->heap, uses[u].name, parts[i].name);
			else
				ok(result == REFUSED(EINVAL), "%s: %s (%s) is refused by the kernel", sdp->heap,
				   uses[u].name, parts[i].name);
			if (result && result != REFUSED(EINVAL))
				note("%#" PRIx32, result);
		}
	shm_free(&m.shared);
	buffer_close(&m.protected);
}
