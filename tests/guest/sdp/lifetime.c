/* SPDX-License-Identifier: MIT */
/* Memory and its registrations come and go, also while the TEE uses them. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tap.h"
#include "sdp.h"

#define SIZE (64 * KIB)

static void test_registrations(const struct sdp *sdp)
{
	struct client stranger = { .device = -1 };
	struct buffer buffer = { 0 };
	struct shm again;
	struct tee_ioctl_param fill[] = { { 0 }, VALUE_IN(7) };
	int fd = heap_alloc(sdp->heap, SIZE);
	bool registered = fd >= 0 && shm_register_fd(&sdp->client, &buffer.shm, fd) && shm_register_fd(&sdp->client, &again, fd);

	if (!ok(registered && again.id != buffer.shm.id, "%s: a buffer is registered twice", sdp->heap))
		return;
	close(fd);
	close(again.fd);
	fill[0] = INOUT(&again, 0, SIZE);
	ok(invoke(&sdp->client, PROTEX_TA_CMD_FILL, fill, 2) == REFUSED(EINVAL), "%s: one that is gone is refused", sdp->heap);
	fill[0] = INOUT(&buffer.shm, 0, SIZE);
	ok(!invoke(&sdp->client, PROTEX_TA_CMD_FILL, fill, 2), "%s: the other has the memory still", sdp->heap);
	if (ok(!client_open(&stranger), "%s: another open file of the TEE", sdp->heap)) {
		ok(invoke(&stranger, PROTEX_TA_CMD_FILL, fill, 2) == REFUSED(EINVAL), "%s: there it is not known", sdp->heap);
		client_close(&stranger);
	}
	close(buffer.shm.fd);
}

static void test_other_files(const struct sdp *sdp)
{
	struct shm shm;
	int system = heap_alloc("system", SIZE), file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	ok(!shm_register_fd(&sdp->client, &shm, -1) && errno == EINVAL, "%s: no file is not registered", sdp->heap);
	ok(file >= 0 && !shm_register_fd(&sdp->client, &shm, file) && errno == EINVAL, "%s: nor what is no dma-buf", sdp->heap);
	ok(system >= 0 && !shm_register_fd(&sdp->client, &shm, system) && errno == EINVAL, "%s: nor another heap's", sdp->heap);
	close(file);
	close(system);
}

static void test_sizes(const struct sdp *sdp)
{
	int none = heap_alloc(sdp->heap, 0), huge = heap_alloc(sdp->heap, UINT64_C(1) << 40), one = heap_alloc(sdp->heap, 1);

	ok(none == -EINVAL, "%s: no bytes are not allocated", sdp->heap);
	ok(huge == -ENOMEM, "%s: nor more than there can be", sdp->heap);
	ok(one >= 0 && lseek(one, 0, SEEK_END) == 4096, "%s: control: one byte is, and is a page", sdp->heap);
	if (one >= 0)
		close(one);
}

/* As much as was freed is had again, so that it is the same memory where nobody else takes any. */
static bool comes_back_clear(const struct sdp *sdp, uint64_t size)
{
	struct buffer buffer = { 0 };
	bool clear = true;

	for (unsigned round = 0; round < 8 && clear; round++) {
		clear = buffer_open(sdp, &buffer, size) && buffer_is_its_twin(sdp, &buffer) &&
			!buffer_fill(sdp, &buffer, 0, buffer.shm.size, 0xff) && buffer_is_its_twin(sdp, &buffer);
		buffer_close(&buffer);
	}
	return clear;
}

/*
 * The last that holds the memory is dropped while the TEE writes to it. What is allocated then, perhaps the same
 * memory, is zeros, and stays so until the TEE is done.
 */
struct writer {
	const struct sdp *sdp;
	struct shm shm;
	uint32_t result;
	pthread_barrier_t begin;
};

static void *write_all(void *data)
{
	struct writer *writer = data;
	struct tee_ioctl_param params[] = { INOUT(&writer->shm, 0, writer->shm.size), VALUE_IN(0xee) };

	pthread_barrier_wait(&writer->begin);
	writer->result = invoke(&writer->sdp->client, PROTEX_TA_CMD_FILL, params, 2);
	return NULL;
}

static void test_dropped(const struct sdp *sdp)
{
	enum { ROUNDS = 40 };
	unsigned written = 0, late = 0, other = 0, dirty = 0;
	struct client watcher;
	struct sdp beside = *sdp;

	/* A session does one thing at a time, so who looks has another. */
	if (!ok(!client_open(&watcher), "%s: a session beside", sdp->heap))
		return;
	beside.client = watcher;
	if (!ok(shm_alloc(&watcher, &beside.args, 4096), "%s: its memory", sdp->heap))
		return;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct writer writer = { .sdp = sdp };
		struct buffer next = { 0 };
		pthread_t thread;
		int fd = heap_alloc(sdp->heap, MIB);

		if (fd < 0 || !shm_register_fd(&sdp->client, &writer.shm, fd))
			break;
		close(fd);
		pthread_barrier_init(&writer.begin, NULL, 2);
		pthread_create(&thread, NULL, write_all, &writer);
		pthread_barrier_wait(&writer.begin);
		/* From before the call to after it. */
		for (unsigned spin = random_number() % 200000; spin; spin--)
			__asm__ volatile("" ::: "memory");
		close(writer.shm.fd);
		if (buffer_open(&beside, &next, MIB))
			dirty += !buffer_is_its_twin(&beside, &next);
		pthread_join(thread, NULL);
		if (next.twin)
			dirty += !buffer_is_its_twin(&beside, &next);
		buffer_close(&next);
		pthread_barrier_destroy(&writer.begin);
		written += writer.result == PROTEX_TA_SUCCESS;
		late += writer.result == REFUSED(EINVAL);
		other += writer.result != PROTEX_TA_SUCCESS && writer.result != REFUSED(EINVAL);
	}
	note("%u written, %u dropped before", written, late);
	ok(written + late == ROUNDS && !other, "%s: memory that is dropped in a call is written, or not found", sdp->heap);
	ok(!dirty, "%s: nobody else's memory is", sdp->heap);
	shm_free(&beside.args);
	client_close(&watcher);
}

void test_lifetime(const struct sdp *sdp)
{
	static const unsigned pages[] = { 1, 16, 256, 257, 1000 };

	test_registrations(sdp);
	test_other_files(sdp);
	test_sizes(sdp);
	for (unsigned i = 0; i < sizeof(pages) / sizeof(*pages); i++)
		ok(comes_back_clear(sdp, pages[i] * UINT64_C(4096)), "%s: %u pages come back clear", sdp->heap, pages[i]);
	test_dropped(sdp);
}
