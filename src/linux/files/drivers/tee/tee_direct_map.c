// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that a TEE protects leaves the kernel's direct map, and enters it again.
 *
 * Where a firewall keeps the CPU away from such memory, an access that the CPU
 * speculates on is enough for an error that nobody can recover from. Where none
 * does, the kernel can at least not reach it by accident, and nobody else by
 * way of the kernel.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <linux/tee_core.h>

#include <asm/tlbflush.h>

static void flush(struct page *page, unsigned int nr_pages)
{
	unsigned long start = (unsigned long)page_address(page);

	flush_tlb_kernel_range(start, start + nr_pages * PAGE_SIZE);
}

/**
 * tee_direct_map_remove() - take pages out of the direct map
 * @page:	first of the pages, which are contiguous
 * @nr_pages:	number of pages
 *
 * Afterwards the kernel can access the pages only through a mapping of its own.
 *
 * Return: 0, -EOPNOTSUPP if the machine cannot do it, or the error of the
 * architecture's code. On error the pages are in the direct map.
 */
int tee_direct_map_remove(struct page *page, unsigned int nr_pages)
{
	unsigned int i;
	int ret;

	/* Otherwise the functions below do nothing, and report success. */
	if (!can_set_direct_map())
		return -EOPNOTSUPP;

	ret = set_direct_map_valid_noflush(page, nr_pages, false);
	if (ret)
		goto err_restore;

	for (i = 0; i < nr_pages; i++) {
		if (kernel_page_present(page + i)) {
			ret = -EOPNOTSUPP;
			goto err_restore;
		}
	}

	flush(page, nr_pages);

	return 0;

err_restore:
	tee_direct_map_restore(page, nr_pages);
	return ret;
}
EXPORT_SYMBOL_FOR_MODULES(tee_direct_map_remove, "tee_emu");

/**
 * tee_direct_map_restore() - put pages back into the direct map
 * @page:	first of the pages, which are contiguous
 * @nr_pages:	number of pages
 */
void tee_direct_map_restore(struct page *page, unsigned int nr_pages)
{
	/* No page table is split or allocated on the way back. */
	WARN_ON(set_direct_map_valid_noflush(page, nr_pages, true));
	flush(page, nr_pages);
}
EXPORT_SYMBOL_FOR_MODULES(tee_direct_map_restore, "tee_emu");
