// SPDX-License-Identifier: MIT
/*
 * Memory for the trusted application on the host (TEE Internal Core API, 4.11).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

#include "ta_host.h"

static struct region {
	uintptr_t start;
	size_t size;
	bool secure;
	bool crypto_key;
	uint32_t access;
} regions[16];
static size_t region_count;

static struct {
	char *buffer;
	char *device;
	size_t size;
} cached;

static unsigned int allocations_to_failure;

void ta_host_map(void *buffer, size_t size, bool secure, enum ta_host_access access)
{
	assert(region_count < sizeof(regions) / sizeof(*regions));
	regions[region_count++] = (struct region){
		.start = (uintptr_t)buffer,
		.size = size,
		.secure = secure,
		.access = access,
	};
}

void ta_host_map_crypto_key(void *buffer, size_t size)
{
	ta_host_map(buffer, size, true, TA_HOST_WRITE);
	regions[region_count - 1].crypto_key = true;
}

void ta_host_unmap_all(void)
{
	region_count = 0;
}

void ta_host_set_device(void *buffer, void *device, size_t size)
{
	cached.buffer = buffer;
	cached.device = device;
	cached.size = size;
}

void ta_host_fail_allocation(unsigned int n)
{
	allocations_to_failure = n;
}

bool ta_host_may_allocate(void)
{
	return !allocations_to_failure || --allocations_to_failure;
}

TEE_Result TEE_CheckMemoryAccessRights(uint32_t accessFlags, void *buffer, size_t size)
{
	uint32_t access = accessFlags & (TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_WRITE);
	uintptr_t start = (uintptr_t)buffer;

	if (!size)
		return TEE_SUCCESS;
	/* All that is mapped is the client's. */
	if (!(accessFlags & TEE_MEMORY_ACCESS_ANY_OWNER))
		return TEE_ERROR_ACCESS_DENIED;

	for (size_t i = 0; i < region_count; i++) {
		const struct region *r = &regions[i];

		if (start < r->start || start - r->start > r->size ||
		    size > r->size - (start - r->start))
			continue;
		if ((accessFlags & TEE_MEMORY_ACCESS_SECURE && !r->secure) ||
		    (accessFlags & TEE_MEMORY_ACCESS_NONSECURE && r->secure) ||
		    (accessFlags & TEE_MEMORY_ACCESS_CRYPTO_KEY && !r->crypto_key) ||
		    (access & r->access) != access)
			continue;
		return TEE_SUCCESS;
	}

	return TEE_ERROR_ACCESS_DENIED;
}

static TEE_Result maintain(char *buf, size_t len, bool to_device)
{
	size_t offset = (uintptr_t)buf - (uintptr_t)cached.buffer;

	if (!cached.buffer)
		return TEE_SUCCESS;
	if (buf < cached.buffer || offset > cached.size || len > cached.size - offset)
		return TEE_ERROR_ACCESS_DENIED;

	if (to_device)
		memcpy(cached.device + offset, buf, len);
	else
		memcpy(buf, cached.device + offset, len);
	return TEE_SUCCESS;
}

TEE_Result TEE_CacheFlush(char *buf, size_t len)
{
	return maintain(buf, len, true);
}

TEE_Result TEE_CacheInvalidate(char *buf, size_t len)
{
	return maintain(buf, len, false);
}

void *TEE_Malloc(size_t size, uint32_t hint)
{
	if (hint != TEE_MALLOC_FILL_ZERO || !ta_host_may_allocate())
		return NULL;
	return calloc(1, size ? size : 1);
}

void TEE_Free(void *buffer)
{
	free(buffer);
}

void *TEE_MemMove(void *dest, const void *src, size_t size)
{
	return memmove(dest, src, size);
}

void *TEE_MemFill(void *buffer, uint32_t x, size_t size)
{
	return memset(buffer, (int)x, size);
}
