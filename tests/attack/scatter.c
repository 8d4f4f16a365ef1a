/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <sys/mman.h>

#include "scatter.h"

bool scatter_free_pages(void)
{
	const size_t size = 64 << 20, page = 4096;
	char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return false;
	/* Where the kernel has no huge pages, it need not be told. */
	madvise(pages, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += page)
		pages[at] = 1;
	for (size_t at = 0; at < size; at += 2 * page)
		if (madvise(pages + at, page, MADV_DONTNEED))
			return false;
	return true;
}
