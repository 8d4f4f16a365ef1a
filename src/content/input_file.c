/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavutil/error.h>
#include <libavutil/mem.h>

#include "failure.h"
#include "input_file.h"

#define BUFFER_SIZE (64 * 1024)

struct input_file {
	int fd;
	const volatile sig_atomic_t *stop;
};

static int read_bytes(void *data, uint8_t *to, int size)
{
	struct input_file *file = data;

	for (;;) {
		ssize_t got;

		if (file->stop && *file->stop)
			return AVERROR_EXIT;
		got = read(file->fd, to, (size_t)size);
		if (got > 0)
			return (int)got;
		if (got == 0)
			return AVERROR_EOF;
		if (errno != EINTR)
			return AVERROR(errno);
	}
}

static int64_t seek(void *data, int64_t offset, int whence)
{
	struct input_file *file = data;
	struct stat st;
	off_t at;

	if (whence & AVSEEK_SIZE)
		return fstat(file->fd, &st) == 0 ? st.st_size : AVERROR(errno);
	at = lseek(file->fd, offset, whence & ~AVSEEK_FORCE);
	return at < 0 ? AVERROR(errno) : at;
}

int input_file_open(AVIOContext **io, const char *path, const volatile sig_atomic_t *stop,
		    struct protex_error *error)
{
	struct input_file *file = calloc(1, sizeof(*file));
	uint8_t *buffer = av_malloc(BUFFER_SIZE);
	struct stat st;
	int ret = 0;

	if (!file || !buffer) {
		free(file);
		av_free(buffer);
		return fail(error, -ENOMEM, "out of memory");
	}
	file->stop = stop;
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0 || fstat(file->fd, &st) < 0)
		ret = -errno;
	else if (S_ISDIR(st.st_mode))
		ret = -EISDIR;
	if (ret == 0) {
		*io = avio_alloc_context(buffer, BUFFER_SIZE, 0, file, read_bytes, NULL,
					 S_ISREG(st.st_mode) ? seek : NULL);
		if (*io)
			return 0;
		ret = -ENOMEM;
	}
	if (file->fd >= 0)
		close(file->fd);
	free(file);
	av_free(buffer);
	return fail(error, ret, "%s: %s", path, strerror(-ret));
}

void input_file_close(AVIOContext *io)
{
	struct input_file *file;

	if (!io)
		return;
	file = io->opaque;
	close(file->fd);
	free(file);
	av_free(io->buffer);
	avio_context_free(&io);
}

static int is_one_of(uint32_t type, const char *const types[])
{
	for (; *types; types++)
		if (type == MKTAG((*types)[0], (*types)[1], (*types)[2], (*types)[3]))
			return 1;
	return 0;
}

void input_file_check_boxes(AVIOContext *io, int *cut_off, int *no_index)
{
	/* The first may be another in old QuickTime files; what follows the last may be anybody's. */
	static const char *const first[] = {"ftyp", "moov", "mdat", "wide", NULL};
	static const char *const known[] = {"moov", "mdat", "moof", "mfra", "sidx", "free", NULL};
	int64_t size = avio_size(io), at = 0;
	int is_mp4 = 0, has_index = 0, ends_early = 0;

	*cut_off = 0;
	*no_index = 0;
	while (size > 0 && at < size) {
		uint64_t length;
		uint32_t type;

		if (size - at < 8 || avio_seek(io, at, SEEK_SET) < 0) {
			ends_early = 1;
			break;
		}
		length = avio_rb32(io);
		type = avio_rl32(io);
		if (length == 1)
			length = size - at < 16 ? 0 : avio_rb64(io);
		else if (length == 0) /* to the end */
			length = (uint64_t)(size - at);
		if (at == 0 && !is_one_of(type, first))
			return;
		is_mp4 = 1;
		if (type == MKTAG('m', 'o', 'o', 'v'))
			has_index = 1;
		if (length < 8 || length > (uint64_t)(size - at)) {
			ends_early = is_one_of(type, known);
			break;
		}
		at += (int64_t)length;
	}
	if (is_mp4) {
		*cut_off = ends_early;
		*no_index = !has_index;
	}
}
