/* SPDX-License-Identifier: MIT */
/* The kernel's log. */
#ifndef KLOG_H
#define KLOG_H

#include <stdbool.h>

/* Whether it has no warning, oops or bug; if it has, a line of TAP says which. */
bool kernel_log_is_clean(void);

#endif
