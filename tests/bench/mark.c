/* SPDX-License-Identifier: MIT */
/*
 * Tells the host's trace where in it we are, in the order of all that the device is asked for:
 *
 *	bench-mark N
 *
 * by a texture that nobody else would make, 3 high and MARK_WIDTH + N wide (scripts/lib/bench.py looks for it).
 */
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "gpu.h"

enum { MARK_WIDTH = 7000, MARK_HEIGHT = 3 };

int main(int argc, char **argv)
{
	uint32_t width = MARK_WIDTH + (argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0);
	int fd = open_driver("virtio_gpu");
	struct object object;
	int ret;

	if (fd < 0)
		return bench_fail("there is no virtio-gpu");
	ret = create_on(fd, &object, 0, 0, TEXTURE_2D, BGRA8888, SAMPLER, width, MARK_HEIGHT,
			width * MARK_HEIGHT * 4);
	close(fd);
	return ret < 0 ? bench_fail("%s", result_name(ret)) : 0;
}
