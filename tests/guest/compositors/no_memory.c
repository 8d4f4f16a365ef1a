/* SPDX-License-Identifier: MIT */
/*
 * Loaded before a compositor: GBM has no protected memory for it while /tmp/no-memory exists. The GPU
 * of the guest, whose storage is the host's, would not run out of it otherwise.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <gbm.h>

static bool refuses(uint32_t flags)
{
	if (!(flags & GBM_BO_USE_PROTECTED) || access("/tmp/no-memory", F_OK) < 0)
		return false;
	errno = ENOMEM;
	return true;
}

struct gbm_bo *gbm_bo_create(struct gbm_device *gbm, uint32_t width, uint32_t height,
			     uint32_t format, uint32_t flags)
{
	struct gbm_bo *(*create)(struct gbm_device *, uint32_t, uint32_t, uint32_t, uint32_t) =
		dlsym(RTLD_NEXT, "gbm_bo_create");

	return refuses(flags) ? NULL : create(gbm, width, height, format, flags);
}

struct gbm_bo *gbm_bo_create_with_modifiers2(struct gbm_device *gbm, uint32_t width,
					     uint32_t height, uint32_t format,
					     const uint64_t *modifiers, unsigned int count,
					     uint32_t flags)
{
	struct gbm_bo *(*create)(struct gbm_device *, uint32_t, uint32_t, uint32_t,
				 const uint64_t *, unsigned int, uint32_t) =
		dlsym(RTLD_NEXT, "gbm_bo_create_with_modifiers2");

	return refuses(flags)
		       ? NULL
		       : create(gbm, width, height, format, modifiers, count, flags);
}
