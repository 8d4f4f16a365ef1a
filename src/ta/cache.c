// SPDX-License-Identifier: MIT
/*
 * Cache maintenance of protected memory (OP-TEE's extension).
 *
 * What the TA has written is flushed before its command ends, so no line of its cache is ever
 * dirty when a device writes, and invalidating loses nothing of a neighbour's.
 */
#include "protex_ta.h"

TEE_Result protex_cache_written(void *buffer, size_t size, TEE_Result result)
{
	TEE_Result res = TEE_CacheFlush(buffer, size);

	return result == TEE_SUCCESS ? res : result;
}

TEE_Result protex_cache_read(const void *buffer, size_t size)
{
	return TEE_CacheInvalidate((char *)buffer, size);
}
