/* SPDX-License-Identifier: MIT */
/*
 * Files that are switches of the kernel's.
 */
#ifndef SYSFS_H
#define SYSFS_H

#include <stdbool.h>

/* 0 or a negative errno. */
int write_file(const char *path, const char *text);

/* The path of a file of virtio-gpu's driver, or of that which PROTEX_DRIVER names in its place; until the next call. */
const char *virtio_gpu_file(const char *name);

/* The name of the driver's only device, to be written to its "unbind" and "bind". */
bool find_virtio_gpu(char name[256]);

#endif
