/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Emulated TEE: what its files share.
 */
#ifndef TEE_EMU_H
#define TEE_EMU_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/tee_core.h>

#include <tee_internal_api.h>

struct page;

/* hibernation.c: always built in */
int tee_emu_hibernation_block(void);
void tee_emu_hibernation_unblock(void);

/* window.c: always built in */
struct tee_emu_window;
struct tee_emu_window *tee_emu_window_create(struct page **pages,
					     unsigned int nr_pages);
void tee_emu_window_destroy(struct tee_emu_window *w);
int tee_emu_window_clear(struct tee_emu_window *w, struct page **pages,
			 unsigned int nr_pages);

/* pool.c */
struct tee_protmem_pool *tee_emu_pool_create(enum tee_dma_heap_id use,
					     size_t size);
struct page **tee_emu_pool_pages(phys_addr_t paddr, size_t size,
				 enum tee_dma_heap_id *use);
void *tee_emu_map(struct page **pages, unsigned int nr_pages, bool writable);

/* policy.c */
bool tee_emu_may_attach(struct tee_protmem_pool *pool,
			enum tee_dma_heap_id use_case, struct device *dev);

/* session.c */
int tee_emu_open(struct tee_context *ctx);
void tee_emu_close_context(struct tee_context *ctx);
void tee_emu_release(struct tee_context *ctx);
int tee_emu_open_session(struct tee_context *ctx,
			 struct tee_ioctl_open_session_arg *arg,
			 struct tee_param *param);
int tee_emu_close_session(struct tee_context *ctx, u32 session);
int tee_emu_invoke_func(struct tee_context *ctx,
			struct tee_ioctl_invoke_arg *arg,
			struct tee_param *param);

/**
 * struct tee_emu_mapping - a memory reference while a command can use it
 * @area:	what tee_emu_map() returned, or NULL when nothing is mapped
 * @buffer:	first byte of the memory reference
 * @size:	its size in bytes
 * @secure:	it is protected memory
 * @for_keys:	it is of the pool for keys of crypto devices
 * @writable:	it is mapped for writing
 */
struct tee_emu_mapping {
	void *area;
	void *buffer;
	size_t size;
	bool secure;
	bool for_keys;
	bool writable;
};

/**
 * struct tee_emu_call - a command that the trusted application executes
 * @link:	in the list of all calls
 * @task:	the task that executes it
 * @maps:	its memory references
 */
struct tee_emu_call {
	struct list_head link;
	struct task_struct *task;
	struct tee_emu_mapping maps[TEE_NUM_PARAMS];
};

/* gp_memory.c */
void tee_emu_call_begin(struct tee_emu_call *call);
void tee_emu_call_end(struct tee_emu_call *call);

#endif
