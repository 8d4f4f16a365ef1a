// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated TEE: pools of protected memory.
 *
 * A pool is physically contiguous and outside of the kernel's direct map.
 * Whatever is free in it is zero: it is when the pool is created, and buffers
 * are scrubbed when they are freed.
 */
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/genalloc.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#include <kunit/visibility.h>

#include "tee_emu.h"

struct tee_emu_pool {
	struct tee_protmem_pool pool;
	struct list_head link;
	enum tee_dma_heap_id use;
	struct gen_pool *gen_pool;
	phys_addr_t base;
	size_t size;
	struct page **pages;
	struct tee_emu_window *window;
};

static LIST_HEAD(pools);
/* Protects pools. A pool with allocations stays in the list. */
static DEFINE_SPINLOCK(pools_lock);

static struct tee_emu_pool *to_tee_emu_pool(struct tee_protmem_pool *pool)
{
	return container_of(pool, struct tee_emu_pool, pool);
}

/**
 * tee_emu_map() - map pages for the trusted application
 * @pages:	the pages
 * @nr_pages:	number of pages
 * @writable:	whether it can write to them
 *
 * Return: the address, to be given to vunmap(), or NULL.
 */
void *tee_emu_map(struct page **pages, unsigned int nr_pages, bool writable)
{
	/* /proc/kcore leaves out what looks like the memory of a device. */
	return vmap(pages, nr_pages, VM_MAP | VM_IOREMAP,
		    writable ? PAGE_KERNEL : PAGE_KERNEL_RO);
}

static int tee_emu_pool_alloc(struct tee_protmem_pool *pool,
			      struct sg_table *sgt, size_t size, size_t *offs)
{
	struct tee_emu_pool *p = to_tee_emu_pool(pool);
	phys_addr_t paddr;
	int ret;

	if (!size || !PAGE_ALIGNED(size))
		return -EINVAL;

	/* Unloading would wait for the buffer; let it be refused instead. */
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;

	paddr = gen_pool_alloc(p->gen_pool, size);
	if (!paddr) {
		ret = -ENOMEM;
		goto err_module_put;
	}

	ret = sg_alloc_table(sgt, 1, GFP_KERNEL);
	if (ret)
		goto err_free;

	sg_set_page(sgt->sgl, phys_to_page(paddr), size, 0);
	*offs = paddr - p->base;

	return 0;

err_free:
	gen_pool_free(p->gen_pool, paddr, size);
err_module_put:
	module_put(THIS_MODULE);
	return ret;
}

static void tee_emu_pool_free(struct tee_protmem_pool *pool,
			      struct sg_table *sgt)
{
	struct tee_emu_pool *p = to_tee_emu_pool(pool);
	phys_addr_t paddr = sg_phys(sgt->sgl);
	size_t size = sgt->sgl->length;

	sg_free_table(sgt);
	/* What could not be cleared is nobody's any more, and we stay. */
	if (tee_emu_window_clear(p->window,
				 p->pages + PHYS_PFN(paddr - p->base),
				 size >> PAGE_SHIFT))
		return;

	gen_pool_free(p->gen_pool, paddr, size);
	module_put(THIS_MODULE);
}

static int tee_emu_pool_update_shm(struct tee_protmem_pool *pool,
				   struct sg_table *sgt, size_t offs,
				   struct tee_shm *shm,
				   struct tee_shm **parent_shm)
{
	shm->paddr = to_tee_emu_pool(pool)->base + offs;
	*parent_shm = NULL;

	return 0;
}

static void tee_emu_pool_destroy(struct tee_protmem_pool *pool)
{
	struct tee_emu_pool *p = to_tee_emu_pool(pool);
	unsigned long nr_pages = p->size >> PAGE_SHIFT;

	spin_lock(&pools_lock);
	list_del(&p->link);
	spin_unlock(&pools_lock);

	gen_pool_destroy(p->gen_pool);
	/* It is zero already, or something has gone very wrong. */
	if (!tee_emu_window_clear(p->window, p->pages, nr_pages)) {
		tee_direct_map_restore(p->pages[0], nr_pages);
		free_contig_range(PHYS_PFN(p->base), nr_pages);
	}
	tee_emu_window_destroy(p->window);
	tee_emu_hibernation_unblock();
	kvfree(p->pages);
	kfree(p);
}

static struct tee_protmem_pool_ops tee_emu_pool_ops = {
	.alloc = tee_emu_pool_alloc,
	.free = tee_emu_pool_free,
	.update_shm = tee_emu_pool_update_shm,
	.may_attach = tee_emu_may_attach,
	.destroy_pool = tee_emu_pool_destroy,
};

/**
 * tee_emu_pool_create() - take memory from the kernel and make a pool of it
 * @use:	what its memory is for
 * @size:	size in bytes, a multiple of the page size, below 4 GiB
 *
 * Destroying the pool gives the memory back.
 *
 * Return: the pool or an ERR_PTR, which is -ENOMEM when there is no contiguous
 * memory of that size, -EOPNOTSUPP when memory cannot leave the direct map,
 * -EBUSY when the machine is about to hibernate.
 */
struct tee_protmem_pool *tee_emu_pool_create(enum tee_dma_heap_id use,
					     size_t size)
{
	unsigned long nr_pages = size >> PAGE_SHIFT;
	struct tee_emu_pool *p;
	struct page *first;
	unsigned long i;
	int ret;

	/* A scatterlist entry cannot describe more. */
	if (!size || !PAGE_ALIGNED(size) || size > UINT_MAX)
		return ERR_PTR(-EINVAL);

	p = kzalloc_obj(*p);
	if (!p)
		return ERR_PTR(-ENOMEM);
	p->pool.ops = &tee_emu_pool_ops;
	/* Bounce buffers are filled from the direct map. */
	p->pool.dma_attrs = DMA_ATTR_REQUIRE_COHERENT;
	p->use = use;
	p->size = size;

	p->pages = kvmalloc_array(nr_pages, sizeof(*p->pages), GFP_KERNEL);
	if (!p->pages) {
		ret = -ENOMEM;
		goto err_free_pool;
	}

	first = alloc_contig_pages(nr_pages, GFP_KERNEL | __GFP_NOWARN,
				   numa_mem_id(), NULL);
	if (!first) {
		ret = -ENOMEM;
		goto err_free_array;
	}
	p->base = page_to_phys(first);
	for (i = 0; i < nr_pages; i++) {
		p->pages[i] = first + i;
		clear_page(page_address(first + i));
	}

	p->window = tee_emu_window_create(p->pages, nr_pages);
	if (IS_ERR(p->window)) {
		ret = PTR_ERR(p->window);
		goto err_free_pages;
	}

	p->gen_pool = gen_pool_create(PAGE_SHIFT, NUMA_NO_NODE);
	if (!p->gen_pool) {
		ret = -ENOMEM;
		goto err_destroy_window;
	}
	ret = gen_pool_add(p->gen_pool, p->base, size, NUMA_NO_NODE);
	if (ret)
		goto err_destroy_gen_pool;

	ret = tee_emu_hibernation_block();
	if (ret)
		goto err_destroy_gen_pool;

	ret = tee_direct_map_remove(first, nr_pages);
	if (ret)
		goto err_unblock;

	spin_lock(&pools_lock);
	list_add(&p->link, &pools);
	spin_unlock(&pools_lock);

	return &p->pool;

err_unblock:
	tee_emu_hibernation_unblock();
err_destroy_gen_pool:
	gen_pool_destroy(p->gen_pool);
err_destroy_window:
	tee_emu_window_destroy(p->window);
err_free_pages:
	free_contig_range(page_to_pfn(first), nr_pages);
err_free_array:
	kvfree(p->pages);
err_free_pool:
	kfree(p);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_IF_KUNIT(tee_emu_pool_create);

/**
 * tee_emu_pool_pages() - the pages of a range of protected memory
 * @paddr:	first byte
 * @size:	size in bytes, not 0
 * @use:	set to what the memory is for, or NULL
 *
 * The caller holds something that keeps the range allocated.
 *
 * Return: an array of as many pages as the range touches, which lives as long
 * as the pool, or NULL if not all of the range is in one pool.
 */
struct page **tee_emu_pool_pages(phys_addr_t paddr, size_t size,
				 enum tee_dma_heap_id *use)
{
	struct page **pages = NULL;
	struct tee_emu_pool *p;

	spin_lock(&pools_lock);
	list_for_each_entry(p, &pools, link) {
		if (paddr >= p->base && paddr - p->base < p->size &&
		    size <= p->size - (paddr - p->base)) {
			pages = p->pages + PHYS_PFN(paddr - p->base);
			if (use)
				*use = p->use;
			break;
		}
	}
	spin_unlock(&pools_lock);

	return pages;
}
EXPORT_SYMBOL_IF_KUNIT(tee_emu_pool_pages);
