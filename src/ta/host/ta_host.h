/* SPDX-License-Identifier: MIT */
/*
 * The trusted application on the host, for tests: a TEE in the same process, made of libcrypto.
 * Not thread-safe.
 */
#ifndef PROTEX_TA_HOST_H
#define PROTEX_TA_HOST_H

#include <tee_internal_api.h>

enum ta_host_access {
	TA_HOST_READ = TEE_MEMORY_ACCESS_READ,
	TA_HOST_WRITE = TEE_MEMORY_ACCESS_READ | TEE_MEMORY_ACCESS_WRITE,
};

/* From now on, the TA sees [buffer, buffer + size) as client memory of the given kind. Up to 16. */
void ta_host_map(void *buffer, size_t size, bool secure, enum ta_host_access access);

/* The same for protected memory of the use "crypto-key", readable and writable. */
void ta_host_map_crypto_key(void *buffer, size_t size);

/* The TA sees no client memory any more. */
void ta_host_unmap_all(void);

/*
 * From now on there is a cache between the TA's [buffer, buffer + size) and what a device sees of it, which is
 * device. NULL: none. Cache maintenance outside of it is refused.
 */
void ta_host_set_device(void *buffer, void *device, size_t size);

/* The n-th allocation from now on fails, and the ones after it succeed again. 0: none fails. */
void ta_host_fail_allocation(unsigned int n);

/* Whether an allocation may go on; for the files of this directory. */
bool ta_host_may_allocate(void);

#endif
