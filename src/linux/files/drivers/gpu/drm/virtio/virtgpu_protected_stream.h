/* SPDX-License-Identifier: MIT */
/*
 * Checks a virgl command stream before it runs in a protected context.
 *
 * Needs nothing of the kernel but fixed-width types and error numbers, so that
 * it can be fuzzed in userspace.
 */
#ifndef VIRTGPU_PROTECTED_STREAM_H
#define VIRTGPU_PROTECTED_STREAM_H

#ifdef __KERNEL__
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

/**
 * struct virtio_gpu_stream_object - an object that a stream may name
 * @res_handle: what the stream calls it
 * @is_protected: whether it is a protected object
 */
struct virtio_gpu_stream_object {
	u32 res_handle;
	bool is_protected;
};

int virtio_gpu_protected_stream_check(const u32 *stream, size_t words,
				      const struct virtio_gpu_stream_object *objects,
				      size_t num_objects);

#endif
