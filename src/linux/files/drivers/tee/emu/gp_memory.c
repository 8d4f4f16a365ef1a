// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulated TEE: memory for the trusted application, by the names that
 * GlobalPlatform's TEE Internal Core API gives them (section 4.11).
 */
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <tee_internal_api_extensions.h>

#include "tee_emu.h"

static LIST_HEAD(calls);
/* Protects calls. Their mappings do not change while they are in the list. */
static DEFINE_SPINLOCK(calls_lock);

/**
 * tee_emu_call_begin() - the current task enters the trusted application
 * @call:	the call, with all of its memory references mapped
 */
void tee_emu_call_begin(struct tee_emu_call *call)
{
	call->task = current;

	spin_lock(&calls_lock);
	list_add(&call->link, &calls);
	spin_unlock(&calls_lock);
}

/**
 * tee_emu_call_end() - the current task leaves the trusted application
 * @call:	the call
 */
void tee_emu_call_end(struct tee_emu_call *call)
{
	spin_lock(&calls_lock);
	list_del(&call->link);
	spin_unlock(&calls_lock);
}

static bool mapping_allows(const struct tee_emu_mapping *map, u32 flags,
			   const void *buffer, size_t size)
{
	size_t offset = (uintptr_t)buffer - (uintptr_t)map->buffer;

	if (!map->area || buffer < map->buffer || offset > map->size ||
	    size > map->size - offset)
		return false;

	if ((flags & TEE_MEMORY_ACCESS_SECURE) && !map->secure)
		return false;
	if ((flags & TEE_MEMORY_ACCESS_NONSECURE) && map->secure)
		return false;
	if ((flags & TEE_MEMORY_ACCESS_CRYPTO_KEY) && !map->for_keys)
		return false;
	if ((flags & TEE_MEMORY_ACCESS_WRITE) && !map->writable)
		return false;

	return true;
}

/* Only for memory references of the command, which is all the TA asks about */
TEE_Result TEE_CheckMemoryAccessRights(u32 flags, void *buffer,
				       size_t size)
{
	TEE_Result res = TEE_ERROR_ACCESS_DENIED;
	struct tee_emu_call *call;
	unsigned int i;

	/* They belong to the client. */
	if (!(flags & TEE_MEMORY_ACCESS_ANY_OWNER))
		return TEE_ERROR_ACCESS_DENIED;

	spin_lock(&calls_lock);
	list_for_each_entry(call, &calls, link) {
		if (call->task != current)
			continue;
		for (i = 0; i < TEE_NUM_PARAMS; i++)
			if (mapping_allows(&call->maps[i], flags, buffer,
					   size))
				res = TEE_SUCCESS;
	}
	spin_unlock(&calls_lock);

	return res;
}

/* The heaps suit devices with coherent DMA only: they see what is in the cache. */
TEE_Result TEE_CacheFlush(char *buf, size_t len)
{
	return TEE_SUCCESS;
}

TEE_Result TEE_CacheInvalidate(char *buf, size_t len)
{
	return TEE_SUCCESS;
}

void *TEE_Malloc(size_t size, u32 hint)
{
	/* The only hint that is specified for all TEEs */
	if (hint != TEE_MALLOC_FILL_ZERO)
		return NULL;

	return kvzalloc(size, GFP_KERNEL_ACCOUNT);
}

void TEE_Free(void *buffer)
{
	kvfree(buffer);
}

void *TEE_MemMove(void *dest, const void *src, size_t size)
{
	return memmove(dest, src, size);
}

void *TEE_MemFill(void *buffer, u32 x, size_t size)
{
	memset(buffer, x, size);
	/* It may be the last thing that happens to the buffer. */
	barrier_data(buffer);

	return buffer;
}
