/* SPDX-License-Identifier: MIT */
/* The CPU's ways to a dma-buf of protected memory, and to its registration. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "../tap.h"
#include "sdp.h"

#define SIZE (64 * KIB)

static bool is_mapped(int fd, int protection, int flags)
{
	void *memory = mmap(NULL, SIZE, protection, flags, fd, 0);

	if (memory == MAP_FAILED)
		return false;
	munmap(memory, SIZE);
	return true;
}

static bool is_sent(int fd)
{
	int pipes[2];
	ssize_t sent = -1;

	if (!pipe(pipes)) {
		sent = sendfile(pipes[1], fd, NULL, 4096);
		close(pipes[0]);
		close(pipes[1]);
	}
	return sent > 0;
}

/* By its name in /proc, which opens what a file is of anew. */
static bool opens_again(int fd)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	if (again < 0)
		return false;
	close(again);
	return true;
}

static bool syncs(int fd, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	return !ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

void test_cpu(const struct sdp *sdp)
{
	struct buffer buffer = { 0 };
	char bytes[16] = "bytes";
	int fd = heap_alloc(sdp->heap, SIZE), ordinary = heap_alloc("system", SIZE);

	if (!ok(fd >= 0 && shm_register_fd(&sdp->client, &buffer.shm, fd), "%s: a buffer that is registered", sdp->heap))
		return;
	ok(!is_mapped(fd, PROT_READ, MAP_SHARED), "%s: mmap to read is refused", sdp->heap);
	ok(!is_mapped(fd, PROT_READ | PROT_WRITE, MAP_SHARED), "%s: mmap to write is refused", sdp->heap);
	ok(!is_mapped(fd, PROT_READ, MAP_PRIVATE), "%s: mmap of a copy is refused", sdp->heap);
	ok(!is_mapped(buffer.shm.fd, PROT_READ, MAP_SHARED), "%s: mmap of the registration is refused", sdp->heap);
	ok(read(fd, bytes, sizeof(bytes)) < 0 && pread(fd, bytes, sizeof(bytes), 0) < 0, "%s: read is refused", sdp->heap);
	ok(write(fd, bytes, sizeof(bytes)) < 0 && pwrite(fd, bytes, sizeof(bytes), 0) < 0, "%s: write is refused", sdp->heap);
	ok(!is_sent(fd), "%s: sendfile is refused", sdp->heap);
	ok(!opens_again(fd), "%s: it is not opened anew by its name in /proc", sdp->heap);
	ok(!syncs(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ) && !syncs(fd, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE),
	   "%s: to begin an access of the CPU is refused", sdp->heap);
	ok(ordinary >= 0 && is_mapped(ordinary, PROT_READ | PROT_WRITE, MAP_SHARED) &&
	   syncs(ordinary, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ), "%s: control: an ordinary one is mapped", sdp->heap);
	close(ordinary);
	close(buffer.shm.fd);
	close(fd);
}
