/* SPDX-License-Identifier: MIT */
/*
 * Files that are switches of the kernel's.
 */
#ifndef SYSFS_H
#define SYSFS_H

#include <stdbool.h>

/* 0 or a negative errno. */
int write_file(const char *path, const char *text);

#define VIRTIO_GPU "/sys/bus/virtio/drivers/virtio_gpu/"

/* The name of the only device of virtio-gpu, to be written to VIRTIO_GPU "unbind" and "bind". */
bool find_virtio_gpu(char name[256]);

#endif
