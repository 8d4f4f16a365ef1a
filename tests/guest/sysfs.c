/* SPDX-License-Identifier: MIT */
#include "sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written;
	int ret;

	if (fd < 0)
		return -errno;
	written = write(fd, text, strlen(text));
	ret = written < 0 ? -errno : written == (ssize_t)strlen(text) ? 0 : -EIO;
	close(fd);
	return ret;
}

const char *virtio_gpu_file(const char *name)
{
	const char *driver = getenv("PROTEX_DRIVER");
	static char path[256];

	snprintf(path, sizeof(path), "/sys/bus/virtio/drivers/%s/%s", driver ? driver : "virtio_gpu", name);
	return path;
}

bool find_virtio_gpu(char name[256])
{
	DIR *folder = opendir(virtio_gpu_file(""));
	struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		found = !strncmp(entry->d_name, "virtio", 6);
		snprintf(name, 256, "%s", entry->d_name);
	}
	if (folder)
		closedir(folder);
	return found;
}
