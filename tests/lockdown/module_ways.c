/* SPDX-License-Identifier: MIT */
/* Code of one's own in the kernel: module/reader.c reads all memory. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tap.h"
#include "way.h"

static bool was_found(void)
{
	FILE *file = fopen("/sys/module/reader/parameters/found", "re");
	unsigned pages = 0;

	if (!file || fscanf(file, "%u", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	note("%u pages", pages);
	return pages == SECRET_SIZE / 4096;
}

static enum outcome unsigned_module(int restricted)
{
	char path[512], parameters[128];
	uint64_t start = 0, end = 0;
	unsigned pages = 0;
	bool found = false;
	int fd;

	(void)restricted;
	snprintf(path, sizeof(path), "%s/reader.ko", modules);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return broken("there is no module");
	for (unsigned i = 0; !found && next_memory(i, &start, &end); i++) {
		snprintf(parameters, sizeof(parameters), "first=%llu last=%llu byte=%u",
			 (unsigned long long)(start + 4095) / 4096, (unsigned long long)end / 4096, SECRET);
		if (syscall(SYS_finit_module, fd, parameters, 0)) {
			close(fd);
			return refused();
		}
		found = was_found();
		pages++;
		syscall(SYS_delete_module, "reader", 0);
	}
	close(fd);
	return found ? GOT_IT : broken("it found nothing in %u parts of memory", pages);
}

static int load(char *bytes, size_t size)
{
	if (syscall(SYS_init_module, bytes, size, ""))
		return errno;
	syscall(SYS_delete_module, "vgem", 0);
	return 0;
}

/* One of this build with another bit in it, and then as it was. */
static enum outcome altered_module(int restricted)
{
	const size_t most = 1 << 22, text = 1024;
	char *bytes = malloc(most);
	ssize_t size = -1;
	int fd, altered, whole;
	glob_t all;

	(void)restricted;
	if (glob("/lib/modules/*/kernel/drivers/gpu/drm/vgem/vgem.ko", 0, NULL, &all)) {
		free(bytes);
		return broken("there is no module");
	}
	fd = open(all.gl_pathv[0], O_RDONLY | O_CLOEXEC);
	globfree(&all);
	if (fd >= 0 && bytes)
		size = read(fd, bytes, most);
	close(fd);
	if (size <= (ssize_t)text || size == (ssize_t)most) {
		free(bytes);
		return broken("it cannot be read");
	}
	bytes[text] ^= 1;
	altered = load(bytes, (size_t)size);
	bytes[text] ^= 1;
	whole = load(bytes, (size_t)size);
	free(bytes);
	if (whole)
		return broken("as it was, it is not loaded either");
	errno = altered == EBADMSG ? EKEYREJECTED : altered;
	return altered ? refused() : GOT_IT;
}

const struct way module_ways[] = {
	{ "root loads a module that is not signed and reads protected memory", EKEYREJECTED, unsigned_module },
	{ 0 },
};
const struct way altered_ways[] = {
	{ "root loads a module of this build that was altered", EKEYREJECTED, altered_module },
	{ 0 },
};
