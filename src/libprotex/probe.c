/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "error.h"
#include "probe.h"

void probe_report(struct probe *probe, const struct protex_probe_result *result)
{
	if (result->error == 0)
		probe->reached++;
	if (probe->function)
		probe->function(result, probe->data);
}

void probe_refused(struct probe *probe, struct protex_probe_result *result, const char *step)
{
	result->error = -errno;
	result->refused_by = step;
	result->bytes = 0;
	result->sample_size = 0;
	probe_report(probe, result);
}

size_t probe_length(const struct probe *probe)
{
	return probe->size < PROTEX_PROBE_BYTES ? (size_t)probe->size : PROTEX_PROBE_BYTES;
}

/* Reports what a step that moves bytes returned: their number, or -1 with errno. */
static void report_bytes(struct probe *probe, struct protex_probe_result *result,
			 const void *bytes, ssize_t count, const char *step)
{
	if (count < 0) {
		probe_refused(probe, result, step);
		return;
	}
	result->bytes = (uint64_t)count;
	result->sample_size = (size_t)count < sizeof(result->sample)
				      ? (uint32_t)count
				      : (uint32_t)sizeof(result->sample);
	memcpy(result->sample, bytes, result->sample_size);
	probe_report(probe, result);
}

static void drain(struct probe *probe)
{
	char rest[PROTEX_PROBE_BYTES];

	while (read(probe->pipe[0], rest, sizeof(rest)) > 0)
		;
}

void probe_mapping(struct probe *probe, struct protex_probe_result *result, int file,
		   uint64_t offset, int protection, int flags)
{
	size_t length = probe_length(probe);
	char bytes[PROTEX_PROBE_BYTES];
	const char *step = "mmap";
	ssize_t count = -1;
	void *mapping;

	mapping = mmap(NULL, length, protection, flags, file, (off_t)offset);
	if (mapping == MAP_FAILED) {
		probe_refused(probe, result, step);
		return;
	}

	step = "reading the mapping";
	count = write(probe->pipe[1], mapping, length);
	if (count > 0)
		count = read(probe->pipe[0], bytes, (size_t)count);
	if (count > 0 && result->writes) {
		step = "writing the mapping";
		if (write(probe->pipe[1], bytes, (size_t)count) == count)
			count = read(probe->pipe[0], mapping, (size_t)count);
		else
			count = -1;
	}
	report_bytes(probe, result, bytes, count, step);
	munmap(mapping, length);
	drain(probe);
}

static void probe_mappings(struct probe *probe)
{
	struct protex_probe_result shared = {
		.route = "mmap-shared-read",
		.description = "map the descriptor, shared, and read",
	};
	struct protex_probe_result private = {
		.route = "mmap-private-read",
		.description = "map the descriptor, private, and read",
	};
	struct protex_probe_result writing = {
		.route = "mmap-shared-write",
		.description = "map the descriptor, shared, and write",
		.writes = true,
	};

	probe_mapping(probe, &shared, probe->fd, 0, PROT_READ, MAP_SHARED);
	probe_mapping(probe, &private, probe->fd, 0, PROT_READ, MAP_PRIVATE);
	probe_mapping(probe, &writing, probe->fd, 0, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static void probe_read(struct probe *probe)
{
	struct protex_probe_result result = {
		.route = "read",
		.description = "read() from the start",
	};
	off_t before = lseek(probe->fd, 0, SEEK_CUR);
	char bytes[PROTEX_PROBE_BYTES];
	ssize_t count;

	/* Where one cannot seek, reading tells. */
	if (before >= 0)
		lseek(probe->fd, 0, SEEK_SET);
	count = read(probe->fd, bytes, probe_length(probe));
	report_bytes(probe, &result, bytes, count, "read");
	if (before >= 0)
		lseek(probe->fd, before, SEEK_SET);
}

static void probe_pread_pwrite(struct probe *probe)
{
	struct protex_probe_result reading = {
		.route = "pread",
		.description = "pread() at offset 0",
	};
	struct protex_probe_result writing = {
		.route = "pwrite",
		.description = "pwrite() at offset 0",
		.writes = true,
	};
	char bytes[PROTEX_PROBE_BYTES];
	ssize_t count = pread(probe->fd, bytes, probe_length(probe), 0);

	report_bytes(probe, &reading, bytes, count, "pread");
	/* Where nothing was read, or what is written would not go back to where it came from but to the
	 * end, ask only whether it would write. */
	if (count < 0 || fcntl(probe->fd, F_GETFL) & O_APPEND)
		count = 0;
	count = pwrite(probe->fd, bytes, (size_t)count, 0);
	if (count < 0) {
		probe_refused(probe, &writing, "pwrite");
	} else {
		writing.bytes = (uint64_t)count;
		probe_report(probe, &writing);
	}
}

/* Moves bytes into the pipe with a function of the kernel, and looks at what arrived. */
static void probe_through_pipe(struct probe *probe, struct protex_probe_result *result,
			       ssize_t moved, const char *step)
{
	char bytes[PROTEX_PROBE_BYTES];

	if (moved > 0) {
		moved = read(probe->pipe[0], bytes, sizeof(bytes));
		step = "reading the pipe";
	}
	report_bytes(probe, result, bytes, moved, step);
	drain(probe);
}

static void probe_sendfile_splice(struct probe *probe)
{
	struct protex_probe_result sending = {
		.route = "sendfile",
		.description = "sendfile() into a pipe",
	};
	struct protex_probe_result splicing = {
		.route = "splice",
		.description = "splice() into a pipe",
	};
	size_t length = probe_length(probe);
	off_t offset = 0;
	loff_t splice_offset = 0;

	probe_through_pipe(probe, &sending, sendfile(probe->pipe[1], probe->fd, &offset, length),
			   "sendfile");
	probe_through_pipe(probe, &splicing,
			   splice(probe->fd, &splice_offset, probe->pipe[1], NULL, length,
				  SPLICE_F_NONBLOCK),
			   "splice");
}

static void probe_copy_file_range(struct probe *probe)
{
	struct protex_probe_result result = {
		.route = "copy-file-range",
		.description = "copy_file_range() into a memory file",
	};
	int file = memfd_create("protex probe", MFD_CLOEXEC);
	char bytes[PROTEX_PROBE_BYTES];
	loff_t from = 0, to = 0;
	ssize_t count;

	if (file < 0) {
		probe_refused(probe, &result, "memfd_create");
		return;
	}
	count = copy_file_range(probe->fd, &from, file, &to, probe_length(probe), 0);
	if (count > 0)
		count = pread(file, bytes, (size_t)count, 0);
	report_bytes(probe, &result, bytes, count, "copy_file_range");
	close(file);
}

static void probe_reopen(struct probe *probe)
{
	struct protex_probe_result result = {
		.route = "reopen",
		.description = "open /proc/self/fd/N anew and read",
	};
	char bytes[PROTEX_PROBE_BYTES];
	char path[64];
	ssize_t count;
	int file;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", probe->fd);
	file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file < 0) {
		probe_refused(probe, &result, "open");
		return;
	}
	count = pread(file, bytes, probe_length(probe), 0);
	report_bytes(probe, &result, bytes, count, "pread");
	close(file);
}

/* An exporter that keeps the CPU out by having no operation for it lets the ioctl through, which then
 * does nothing: what counts is what can be seen after it. */
static void probe_dma_buf_sync(struct probe *probe)
{
	struct protex_probe_result result = {
		.route = "dma-buf-sync",
		.description = "begin an access by the CPU with DMA_BUF_IOCTL_SYNC, map and read",
	};
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW};

	if (ioctl(probe->fd, DMA_BUF_IOCTL_SYNC, &sync) < 0) {
		probe_refused(probe, &result, "DMA_BUF_IOCTL_SYNC");
		return;
	}
	probe_mapping(probe, &result, probe->fd, 0, PROT_READ, MAP_SHARED);
	sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW;
	ioctl(probe->fd, DMA_BUF_IOCTL_SYNC, &sync);
}

static int size_of(int fd, uint64_t *size, struct protex_error *error)
{
	struct stat st;
	off_t before, end;

	if (fstat(fd, &st) < 0)
		return protex_fail(error, -errno, "file descriptor %d: %s", fd, strerror(errno));
	/* Reading these would wait, or take what belongs to others; and a disk that is in use is no place
	 * to write to, be it what was there. */
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || S_ISCHR(st.st_mode) ||
	    S_ISBLK(st.st_mode) || S_ISDIR(st.st_mode))
		return protex_fail(error, -EINVAL,
				   "file descriptor %d is not a buffer but a pipe, socket, device "
				   "or directory",
				   fd);

	before = lseek(fd, 0, SEEK_CUR);
	end = lseek(fd, 0, SEEK_END);
	if (end < 0)
		end = st.st_size;
	if (before >= 0)
		lseek(fd, before, SEEK_SET);
	if (end <= 0)
		return protex_fail(error, -EINVAL, "file descriptor %d has no content to probe",
				   fd);
	*size = (uint64_t)end;
	return 0;
}

int protex_probe(int fd, protex_probe_function function, void *data, unsigned *reached,
		 struct protex_error *error)
{
	struct probe probe = {.fd = fd, .function = function, .data = data};
	int ret;

	ret = size_of(fd, &probe.size, error);
	if (ret < 0)
		return ret;
	if (pipe2(probe.pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return protex_fail(error, -errno, "pipe: %s", strerror(errno));

	probe_mappings(&probe);
	probe_read(&probe);
	probe_pread_pwrite(&probe);
	probe_sendfile_splice(&probe);
	probe_copy_file_range(&probe);
	probe_reopen(&probe);
	probe_dma_buf_sync(&probe);
	probe_drm_devices(&probe);
	probe_tee_devices(&probe);

	close(probe.pipe[0]);
	close(probe.pipe[1]);
	if (reached)
		*reached = probe.reached;
	return 0;
}
