/* SPDX-License-Identifier: MIT */
/*
 * marks BYTE…|blocks: does everything by which an ordinary context has the device write to the guest's memory, and
 * looks for these bytes there: those with which the device's heap overwrites blocks that are freed, and new ones;
 * or, with "blocks", for the words of a heap whose blocks tell who allocated them (scripts/vm --host-heap marked,
 * tests/tools/heap_marks.c). What has a mark was not written by the device: it is memory of its own.
 * Prints TAP, with a line for each way on which there is a mark, and for each block with what it is called.
 *
 * The host ends a context that asks for what it cannot do, so each try has a file of its own.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gpu.h"
#include "scatter.h"
#include "tap.h"

/* What is in the guest's memory before, and shorter runs than anybody has by chance. */
enum { BEFORE = 0x11, RUN = 32 };

enum way { BY_IOCTL, BY_STREAM, BY_COPY };
static const char *const way_names[] = { "TRANSFER_FROM_HOST", "TRANSFER3D", "COPY_TRANSFER3D" };

struct shape {
	uint32_t target, format, samples, level, array_size, width, height;
	uint32_t flags, stride, offset, x, y, w, h;
};

static uint8_t marks[8];
static int mark_count;

/* Of a heap whose blocks tell: the same word again and again. Its first half is MARK, its second a number. */
enum { MARK = 0xa55c, FREED = 0x8000, MOST_BLOCKS = 4 };
static bool by_block;
static unsigned blocks[MOST_BLOCKS];
static int block_count;

static void block_seen(unsigned number)
{
	for (int i = 0; i < block_count; i++) {
		if (blocks[i] == number)
			return;
	}
	if (block_count < MOST_BLOCKS)
		blocks[block_count++] = number;
}

static size_t marked_blocks(const uint8_t *bytes, size_t size)
{
	size_t found = 0;

	block_count = 0;
	for (size_t i = 0; i + RUN <= size;) {
		if ((bytes[i] | bytes[i + 1] << 8) == MARK && !memcmp(bytes + i, bytes + i + 4, RUN - 4)) {
			block_seen(bytes[i + 2] | (unsigned)bytes[i + 3] << 8);
			found += RUN;
			i += RUN;
		} else {
			i++;
		}
	}
	return found;
}

static void note_blocks(const char *way)
{
	for (int i = 0; i < block_count; i++)
		note("%s: a block %s %u", way, blocks[i] & FREED ? "that was freed at" : "of", blocks[i] & ~FREED);
}

static size_t marked(const uint8_t *bytes, size_t size, uint8_t except)
{
	size_t found = by_block ? marked_blocks(bytes, size) : 0;

	for (int m = 0; m < mark_count; m++) {
		size_t run = 0;

		if (marks[m] == except)
			continue;

		for (size_t i = 0; i < size; i++) {
			run = bytes[i] == marks[m] ? run + 1 : 0;
			found += run == RUN ? RUN : run > RUN;
		}
	}
	return found;
}

static int make(int fd, const struct shape *shape, size_t size, struct object *object)
{
	struct drm_virtgpu_resource_create create = {
		.target = shape->target, .format = shape->format,
		.bind = shape->target == BUFFER ? VERTEX_BUFFER : SAMPLER,
		.width = shape->width, .height = shape->height, .depth = 1,
		.array_size = shape->array_size, .last_level = shape->level,
		.nr_samples = shape->samples, .flags = shape->flags, .size = (uint32_t)size,
	};
	int ret = try_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create);

	*object = (struct object){ create.bo_handle, create.res_handle };
	return ret;
}

static int read_back(int fd, enum way way, const struct shape *s, struct object object, struct object staging)
{
	const struct drm_virtgpu_3d_box box = { s->x, s->y, 0, s->w, s->h, 1 };
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = object.handle, .level = s->level, .offset = s->offset, .stride = s->stride,
		.box = box,
	};
	const uint32_t transfer[] = {
		HEADER(TRANSFER3D, 0, 13), object.res, s->level, 0, s->stride, 0,
		s->x, s->y, 0, s->w, s->h, 1, s->offset, 2,
	};
	const uint32_t copy[] = {
		HEADER(COPY_TRANSFER3D, 0, 14), object.res, s->level, 0, s->stride ? s->stride : s->w * 4, 0,
		s->x, s->y, 0, s->w, s->h, 1, staging.res, s->offset, 3,
	};
	const uint32_t handles[] = { object.handle, staging.handle };

	switch (way) {
	case BY_IOCTL:
		return try_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from);
	case BY_STREAM:
		return submit_list(fd, 0, transfer, sizeof(transfer), handles, 1);
	case BY_COPY:
		return submit_list(fd, 0, copy, sizeof(copy), handles, 2);
	}
	return -1;
}

/* How many bytes have a mark; -1: nothing could be tried. */
static long try_shape(enum way way, const struct shape *shape)
{
	const size_t size = 16 * 4096;
	struct object object, staging;
	int fd = open_driver("virtio_gpu");
	uint32_t seen;
	uint64_t offset;
	uint8_t *memory;
	long found = -1;

	if (fd < 0)
		return -1;
	if (make(fd, shape, size, &object) ||
	    create_on(fd, &staging, 0, 0, BUFFER, R8, CUSTOM, (uint32_t)size, 1, (uint32_t)size))
		goto out;
	seen = way == BY_COPY ? staging.handle : object.handle;
	if (map_offset(fd, seen, &offset))
		goto out;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
	if (memory == MAP_FAILED)
		goto out;
	memset(memory, BEFORE, size);
	found = 0;
	if (!read_back(fd, way, shape, object, staging) && !wait_for(fd, seen))
		found = (long)marked(memory, size, BEFORE);
	munmap(memory, size);
out:
	close(fd);
	return found;
}

static unsigned tried, ways_found;

static void try_all_ways(const struct shape *shape)
{
	for (enum way way = BY_IOCTL; way <= BY_COPY; way++) {
		long found = try_shape(way, shape);

		tried += found >= 0;
		if (found <= 0)
			continue;
		ways_found++;
		note("%s: %ld bytes: target %u, format %u, %u samples, level %u, %u layers, flags %#x, stride %u, offset %u, box %u,%u %ux%u",
		     way_names[way], found, shape->target, shape->format, shape->samples, shape->level,
		     shape->array_size, shape->flags, shape->stride, shape->offset, shape->x, shape->y,
		     shape->w, shape->h);
		note_blocks(way_names[way]);
	}
}

static void caps(void)
{
	for (uint32_t set = 1; set <= 2; set++) {
		static uint8_t memory[65536];
		struct drm_virtgpu_get_caps get = {
			.cap_set_id = set, .cap_set_ver = set, .addr = (uintptr_t)memory, .size = sizeof(memory),
		};
		int fd = open_driver("virtio_gpu");
		size_t found;

		memset(memory, BEFORE, sizeof(memory));
		if (fd >= 0 && !try_ioctl(fd, DRM_IOCTL_VIRTGPU_GET_CAPS, &get)) {
			tried++;
			/* A set has a bit a format, and all of them for some purposes. */
			found = marked(memory, sizeof(memory), 0xff);
			ways_found += found > 0;
			if (found)
				note("GET_CAPS: %zu bytes of set %u", found, set);
			note_blocks("GET_CAPS");
		}
		close(fd);
	}
}

int main(int argc, char **argv)
{
	const struct shape plain = { .target = TEXTURE_2D, .format = 67, .array_size = 1, .width = 64,
				     .height = 64, .w = 64, .h = 64 };

	by_block = argc == 2 && !strcmp(argv[1], "blocks");
	for (int i = 1; i < argc && mark_count < 8 && !by_block; i++)
		marks[mark_count++] = (uint8_t)strtoul(argv[i], NULL, 0);
	if ((!mark_count && !by_block) || !scatter_free_pages()) {
		fprintf(stderr, "Usage: marks BYTE…|blocks\n");
		return 64;
	}
	caps();
	/* The host's formats, and how many samples. */
	for (uint32_t format = 1; format < 220; format++) {
		for (uint32_t samples = 0; samples <= 4; samples += 4) {
			struct shape shape = plain;

			shape.format = format;
			shape.samples = samples;
			if (!samples || format < 80)
				try_all_ways(&shape);
		}
	}
	for (uint32_t target = 0; target <= 9; target++) {
		for (uint32_t level = 0; level <= 1; level++) {
			struct shape shape = plain;

			shape.target = target;
			shape.level = level;
			if (target == BUFFER)
				shape.width = 4096, shape.height = 1, shape.w = 4096, shape.h = 1, shape.format = R8;
			if (target == 6)
				shape.array_size = 6;
			try_all_ways(&shape);
		}
	}
	for (uint32_t flags = 0; flags <= 1; flags++) {
		static const struct shape boxes[] = {
			{ .stride = 1024, .w = 64, .h = 16 }, { .offset = 4096, .w = 16, .h = 16 },
			{ .x = 1, .y = 1, .w = 63, .h = 63 }, { .x = 32, .w = 64, .h = 64 },
			{ .w = 128, .h = 64 }, { .w = 64, .h = 128 }, { .stride = 16, .w = 64, .h = 64 },
		};

		for (size_t i = 0; i < ARRAY_LENGTH(boxes); i++) {
			struct shape shape = plain;

			shape.flags = flags;
			shape.stride = boxes[i].stride;
			shape.offset = boxes[i].offset;
			shape.x = boxes[i].x;
			shape.y = boxes[i].y;
			shape.w = boxes[i].w;
			shape.h = boxes[i].h;
			try_all_ways(&shape);
		}
	}
	note("%u ways tried, %u have a mark", tried, ways_found);
	ok(tried > 100, "the device was asked for something");
	ok(!ways_found, "none of what it wrote is memory of its own");
	return tap_end();
}
