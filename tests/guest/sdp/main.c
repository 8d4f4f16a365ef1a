/* SPDX-License-Identifier: MIT */
/* What OP-TEE's tests do with secure data paths, and more, on each heap; works with any TEE that has the protex TA. */
#include <errno.h>
#include <string.h>

#include "../tap.h"
#include "sdp.h"

static const char *const heaps[] = {
	"protected,secure-video",
	"protected,trusted-ui",
	"protected,secure-video-record",
};
#define HEAPS (sizeof(heaps) / sizeof(*heaps))

int main(void)
{
	struct sdp sdp = { 0 };
	uint32_t result = client_open(&sdp.client);

	if (result == REFUSED(ENOENT))
		return tap_skip_all("no TEE");
	if (result || !shm_alloc(&sdp.client, &sdp.args, 4096) || unwrap(&sdp.client, &sdp.args, &sdp.key))
		return tap_bail_out("no session with a key: %#x", result);
	for (unsigned i = 0; i < HEAPS; i++) {
		sdp.heap = heaps[i];
		test_bounds(&sdp);
		test_kinds(&sdp, heaps[(i + 1) % HEAPS]);
		test_content(&sdp);
		test_cpu(&sdp);
		test_lifetime(&sdp);
		test_concurrency(&sdp);
		test_throughput(&sdp);
	}
	shm_free(&sdp.args);
	client_close(&sdp.client);
	return tap_end();
}
