// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks for pages that are full of a byte in a range of page frames. It is not
 * signed: tests load it, or try to.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define BATCH	256u

static unsigned long first;
module_param(first, ulong, 0444);
MODULE_PARM_DESC(first, "First page frame");

static unsigned long last;
module_param(last, ulong, 0444);
MODULE_PARM_DESC(last, "The one after the last");

static unsigned int byte;
module_param(byte, uint, 0444);
MODULE_PARM_DESC(byte, "What pages are full of");

static unsigned int found;
module_param(found, uint, 0444);
MODULE_PARM_DESC(found, "How many are");

static int __init reader_init(void)
{
	static struct page *pages[BATCH];
	unsigned long at;

	for (at = first; at < last; at += BATCH) {
		unsigned int i, n = min(BATCH, last - at);
		void *mapping;

		for (i = 0; i < n; i++)
			pages[i] = pfn_to_page(at + i);
		mapping = vmap(pages, n, VM_MAP, PAGE_KERNEL_RO);
		if (!mapping)
			return -ENOMEM;
		for (i = 0; i < n; i++)
			found += !memchr_inv(mapping + i * PAGE_SIZE, byte, PAGE_SIZE);
		vunmap(mapping);
		cond_resched();
	}

	return 0;
}
module_init(reader_init);

static void __exit reader_exit(void)
{
}
module_exit(reader_exit);

MODULE_DESCRIPTION("Looks for pages that are full of a byte");
MODULE_LICENSE("GPL");
