/* SPDX-License-Identifier: MIT */
/* What DRM devices say of themselves, by the kernel's own interface. */
#ifndef PROTEX_CLI_DRM_NODE_H
#define PROTEX_CLI_DRM_NODE_H

#include <stdbool.h>
#include <stddef.h>

struct drm_node {
	char driver[32];
	bool can_protect; /* the driver keeps protected objects from the CPU */
	char reason[128]; /* why not */
	/* Names of the dma-heaps whose memory the device may have, where the kernel says so, sorted. */
	char heaps[8][64];
	size_t heap_count;
};

/* Asks an open DRM device. */
void drm_node_query(int fd, struct drm_node *node);

#endif
