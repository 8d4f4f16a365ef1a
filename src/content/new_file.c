/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failure.h"
#include "new_file.h"

struct new_file {
	FILE *stream;
	char *temporary; /* NULL when there is nothing to remove */
	char path[];
};

/* In the directory of path, with the permissions any new file would get. */
static int open_temporary(struct new_file *file, struct protex_error *error)
{
	char *copy = strdup(file->path);
	mode_t mask;
	int fd;

	if (!copy || asprintf(&file->temporary, "%s/.protex-XXXXXX", dirname(copy)) < 0) {
		file->temporary = NULL;
		free(copy);
		return fail(error, -ENOMEM, "out of memory");
	}
	free(copy);
	fd = mkostemp(file->temporary, O_CLOEXEC);
	if (fd < 0) {
		int code = -errno;

		free(file->temporary);
		file->temporary = NULL;
		return fail(error, code, "cannot write where %s is to be: %s", file->path,
			    strerror(-code));
	}
	mask = umask(0);
	umask(mask);
	if (fchmod(fd, 0666 & ~mask) < 0 || !(file->stream = fdopen(fd, "w+"))) {
		int code = -errno;

		close(fd);
		return fail(error, code, "%s: %s", file->temporary, strerror(-code));
	}
	return 0;
}

int new_file_open(struct new_file **out, const char *path, const char *source,
		  struct protex_error *error)
{
	struct new_file *file;
	struct stat there, read;
	int ret;

	if (stat(path, &there) == 0) {
		/* Renaming onto a device or directory would replace it, or fail when all is done. */
		if (!S_ISREG(there.st_mode))
			return fail(error, -EINVAL,
				    "%s exists and is not a regular file: name another", path);
		if (source && stat(source, &read) == 0 && read.st_dev == there.st_dev &&
		    read.st_ino == there.st_ino)
			return fail(error, -EINVAL,
				    "%s is the file that is read, and would be replaced: name another",
				    path);
	}

	file = calloc(1, sizeof(*file) + strlen(path) + 1);
	if (!file)
		return fail(error, -ENOMEM, "out of memory");
	strcpy(file->path, path);
	ret = open_temporary(file, error);
	if (ret < 0) {
		new_file_abort(file);
		return ret;
	}
	*out = file;
	return 0;
}

FILE *new_file_stream(const struct new_file *file)
{
	return file->stream;
}

int new_file_finish(struct new_file *file, struct protex_error *error)
{
	int ret = 0;

	if (fflush(file->stream) != 0 || fsync(fileno(file->stream)) < 0 ||
	    rename(file->temporary, file->path) < 0)
		ret = fail(error, -errno, "%s: %s", file->path, strerror(errno));
	if (ret == 0) {
		free(file->temporary);
		file->temporary = NULL;
	}
	new_file_abort(file);
	return ret;
}

void new_file_abort(struct new_file *file)
{
	if (!file)
		return;
	if (file->temporary)
		unlink(file->temporary);
	if (file->stream)
		fclose(file->stream);
	free(file->temporary);
	free(file);
}
