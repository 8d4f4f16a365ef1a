/* SPDX-License-Identifier: MIT */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest_memory.h"

static void parse_layout(struct guest_memory *m, const char *layout)
{
	const char *at = layout;
	char *end;

	do {
		struct memory_range *r = &m->ranges[m->range_count];

		if (m->range_count == MAX_MEMORY_RANGES)
			errx(2, "--memory-layout has more than %d ranges", MAX_MEMORY_RANGES);
		errno = 0;
		r->address = strtoull(at, &end, 0);
		if (errno || end == at || *end != ':')
			errx(2, "--memory-layout takes ADDRESS:SIZE[,ADDRESS:SIZE…], not %s", layout);
		at = end + 1;
		r->size = strtoull(at, &end, 0);
		if (errno || end == at || (*end && *end != ',') || !r->size || r->address + r->size < r->address ||
		    m->size + r->size < m->size)
			errx(2, "--memory-layout takes ADDRESS:SIZE[,ADDRESS:SIZE…], not %s", layout);
		r->offset = m->size;
		m->size += r->size;
		m->range_count++;
		at = end + 1;
	} while (*end);
}

void guest_memory_create(struct guest_memory *m, const char *path, const char *layout)
{
	int fd;

	*m = (struct guest_memory){0};
	parse_layout(m, layout);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		err(1, "%s", path);
	if (m->size > INT64_MAX || ftruncate(fd, (off_t)m->size) < 0)
		err(1, "%s: %llu bytes", path, (unsigned long long)m->size);
	m->data = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (m->data == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	/* What crashes here has other people's films in it. */
	madvise(m->data, m->size, MADV_DONTDUMP);
}

uint8_t *guest_memory_at(const struct guest_memory *m, uint64_t address, uint64_t size)
{
	for (unsigned i = 0; i < m->range_count; i++) {
		const struct memory_range *r = &m->ranges[i];

		if (address >= r->address && address - r->address < r->size &&
		    size <= r->size - (address - r->address))
			return m->data + r->offset + (address - r->address);
	}
	return NULL;
}
