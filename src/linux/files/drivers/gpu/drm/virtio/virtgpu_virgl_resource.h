/* SPDX-License-Identifier: MIT */
/*
 * How the virgl protocol describes a resource, as far as we make some: what it is
 * for, how it is made, and what kind it is. Values are the host's (virglrenderer's
 * virgl_hw.h and p_defines.h) and cannot change.
 */
#ifndef VIRTGPU_VIRGL_RESOURCE_H
#define VIRTGPU_VIRGL_RESOURCE_H

#include <linux/bits.h>

#define VIRGL_BIND_DEPTH_STENCIL	BIT(0)
#define VIRGL_BIND_RENDER_TARGET	BIT(1)
#define VIRGL_BIND_SAMPLER_VIEW		BIT(3)
#define VIRGL_BIND_VERTEX_BUFFER	BIT(4)
#define VIRGL_BIND_INDEX_BUFFER		BIT(5)
#define VIRGL_BIND_CONSTANT_BUFFER	BIT(6)
#define VIRGL_BIND_DISPLAY_TARGET	BIT(7)
#define VIRGL_BIND_STREAM_OUTPUT	BIT(11)
#define VIRGL_BIND_SHADER_BUFFER	BIT(14)
#define VIRGL_BIND_SCANOUT		BIT(18)
#define VIRGL_BIND_SHARED		BIT(20)
#define VIRGL_BIND_EMULATED_BGRA	BIT(21)
#define VIRGL_BIND_LINEAR		BIT(22)

#define VIRGL_RESOURCE_Y_0_TOP		BIT(0)

#define VIRGL_TARGET_2D			2

#endif
