/* SPDX-License-Identifier: MIT */
/*
 * What differs between the kernels that the files beside this one are built in.
 * Not for upstream, where there is only one.
 */
#ifndef VIRTGPU_PROTECTED_COMPAT_H
#define VIRTGPU_PROTECTED_COMPAT_H

#include <linux/version.h>

#include "virtgpu_drv.h"

static inline void virtio_gpu_protected_unref(struct virtio_gpu_device *vgdev,
					      struct virtio_gpu_object *bo)
{
	/* 7.3 can hibernate, which unrefs objects that live on. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 3, 0)
	virtio_gpu_cmd_unref_resource(vgdev, bo);
#else
	virtio_gpu_cmd_unref_resource(vgdev, bo, false);
#endif
}

#endif
