/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/klog.h>

#include "gpu.h"
#include "klog.h"
#include "tap.h"

bool kernel_log_is_clean(void)
{
	static const char *const complaints[] = { "WARNING:", "BUG:", "Oops", "refcount_t", "UBSAN",
						   "INFO: possible", "INFO: trying" };
	static char log[1 << 20];
	int length = klogctl(3 /* read all */, log, sizeof(log) - 1);

	log[length < 0 ? 0 : length] = '\0';
	for (size_t i = 0; i < ARRAY_LENGTH(complaints); i++) {
		const char *at = strstr(log, complaints[i]);

		if (at) {
			note("the kernel's log has: %.120s", at);
			return false;
		}
	}
	return length > 0;
}
