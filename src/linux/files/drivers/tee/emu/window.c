// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated TEE: a window through which protected pages are cleared.
 *
 * Clearing comes with freeing, which must not fail, so all that mapping needs is
 * had before: a range of addresses, and its page tables.
 *
 * The functions that do this are not for modules, so this file is built in even
 * where the rest of the driver is a module.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "tee_emu.h"

/* As large as is worth a flush of the TLBs, and small enough for the tables. */
#define WINDOW_PAGES	128u

struct tee_emu_window {
	struct mutex lock; /* held while something is mapped */
	/* A sparse area, which /proc/kcore reads as a hole */
	struct vm_struct *area;
	unsigned int nr_pages;
};

static int map(struct tee_emu_window *w, struct page **pages, unsigned int n)
{
	unsigned long start = (unsigned long)w->area->addr;

	return vm_area_map_pages(w->area, start, start + n * PAGE_SIZE, pages);
}

static void unmap(struct tee_emu_window *w, unsigned int n)
{
	unsigned long start = (unsigned long)w->area->addr;

	vm_area_unmap_pages(w->area, start, start + n * PAGE_SIZE);
}

/**
 * tee_emu_window_create() - reserve a window
 * @pages:	those to be cleared through it, which are mapped for a moment
 * @nr_pages:	number of pages
 *
 * Return: the window or an ERR_PTR.
 */
struct tee_emu_window *tee_emu_window_create(struct page **pages,
					     unsigned int nr_pages)
{
	struct tee_emu_window *w = kzalloc_obj(*w);
	int ret;

	if (!w)
		return ERR_PTR(-ENOMEM);

	mutex_init(&w->lock);
	w->nr_pages = min(nr_pages, WINDOW_PAGES);
	w->area = get_vm_area(w->nr_pages * PAGE_SIZE, VM_SPARSE);
	if (!w->area) {
		kfree(w);
		return ERR_PTR(-ENOMEM);
	}

	/* This makes the page tables, which stay as long as the area does. */
	ret = map(w, pages, w->nr_pages);
	if (ret) {
		tee_emu_window_destroy(w);
		return ERR_PTR(ret);
	}
	unmap(w, w->nr_pages);

	return w;
}
EXPORT_SYMBOL_FOR_MODULES(tee_emu_window_create, "tee_emu");

/**
 * tee_emu_window_destroy() - give a window back
 * @w:		the window
 */
void tee_emu_window_destroy(struct tee_emu_window *w)
{
	unmap(w, w->nr_pages);
	free_vm_area(w->area);
	mutex_destroy(&w->lock);
	kfree(w);
}
EXPORT_SYMBOL_FOR_MODULES(tee_emu_window_destroy, "tee_emu");

/**
 * tee_emu_window_clear() - clear pages
 * @w:		the window
 * @pages:	the pages
 * @nr_pages:	number of pages
 *
 * Needs no memory, and cannot fail for any other reason that is known.
 *
 * Return: 0, or an error, and then the pages must not be used again.
 */
int tee_emu_window_clear(struct tee_emu_window *w, struct page **pages,
			 unsigned int nr_pages)
{
	while (nr_pages) {
		unsigned int n = min(nr_pages, w->nr_pages);
		int ret;

		mutex_lock(&w->lock);
		ret = map(w, pages, n);
		if (!ret) {
			memset(w->area->addr, 0, n * PAGE_SIZE);
			unmap(w, n);
		}
		mutex_unlock(&w->lock);
		if (WARN_ON(ret))
			return ret;

		pages += n;
		nr_pages -= n;
		cond_resched();
	}

	return 0;
}
EXPORT_SYMBOL_FOR_MODULES(tee_emu_window_clear, "tee_emu");
