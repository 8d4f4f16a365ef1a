/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <protex/protex.h>

#include "allocator.h"
#include "error.h"

static const char *const use_names[] = {
	[PROTEX_USE_UNKNOWN] = "unknown",
	[PROTEX_USE_SECURE_VIDEO] = "secure-video",
	[PROTEX_USE_TRUSTED_UI] = "trusted-ui",
	[PROTEX_USE_SECURE_VIDEO_RECORD] = "secure-video-record",
	[PROTEX_USE_GPU] = "gpu",
	[PROTEX_USE_CRYPTO_KEY] = "crypto-key",
};

#define USE_COUNT (sizeof(use_names) / sizeof(use_names[0]))

const char *protex_use_name(enum protex_use use)
{
	return (unsigned)use < USE_COUNT ? use_names[use] : "unknown";
}

int protex_use_from_name(const char *name, enum protex_use *use, struct protex_error *error)
{
	for (unsigned i = 0; i < USE_COUNT; i++) {
		if (strcmp(use_names[i], name) == 0) {
			*use = (enum protex_use)i;
			return 0;
		}
	}
	return protex_fail(error, -EINVAL,
			   "'%s' is not a use: say secure-video, trusted-ui, "
			   "secure-video-record or crypto-key",
			   name);
}

int protex_allocator_create(struct protex_allocator **allocator, enum protex_use use,
			    struct protex_error *error)
{
	struct protex_error heap_error, rstmem_error;
	int heap_ret, ret;

	heap_ret = protex_allocator_create_heap(allocator, use, &heap_error);
	if (heap_ret == 0)
		return 0;
	/* The other interface never had this use. */
	if (use == PROTEX_USE_CRYPTO_KEY) {
		if (error)
			*error = heap_error;
		return heap_ret;
	}
	ret = protex_allocator_create_rstmem(allocator, use, &rstmem_error);
	if (ret == 0)
		return 0;

	/* A heap that exists but may not be opened is the thing to report. */
	if (heap_ret != -ENODEV || ret == -ENODEV) {
		if (error)
			*error = heap_error;
		return heap_ret;
	}
	if (error)
		*error = rstmem_error;
	return ret;
}

int protex_allocator_create_ordinary(struct protex_allocator **allocator,
				     struct protex_error *error)
{
	struct protex_error heap_error;
	int ret = protex_heap_open(allocator, "system", false, &heap_error);

	if (ret < 0 && protex_udmabuf_open(allocator, NULL) == 0)
		return 0;
	if (ret < 0 && error)
		*error = heap_error;
	return ret;
}

void protex_allocator_destroy(struct protex_allocator *allocator)
{
	if (allocator)
		allocator->interface->destroy(allocator);
}

const char *protex_allocator_name(const struct protex_allocator *allocator)
{
	return allocator->name;
}

bool protex_allocator_is_protected(const struct protex_allocator *allocator)
{
	return allocator->is_protected;
}

int protex_allocator_alloc(struct protex_allocator *allocator, uint64_t size,
			   struct protex_error *error)
{
	if (size == 0)
		return protex_fail(error, -EINVAL, "cannot allocate a buffer of 0 bytes");
	return allocator->interface->alloc(allocator, size, error);
}
