/* SPDX-License-Identifier: MIT */
/*
 * A virtio device over PCI, driven by hand: by whoever can map its registers. It is one of the host's that
 * shares a folder (9p), since that reads memory as well as it writes it.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device {
	char pci[512]; /* its folder in sysfs */
	int bar;       /* what its registers are in */
	size_t bar_size;
	uint64_t bar_address;
	/* Where in there, and how far from each other those are that tell of queues. */
	uint32_t common, notify, notify_multiplier;
};

/* Finds the one that shares a folder as this, and takes it from its driver. */
bool device_find(struct device *device, const char *tag);

/* Lets it read and write memory. 0 or a negative errno. */
int device_let_use_memory(const struct device *device);

struct share;
/* Begins with the registers mapped there; NULL: it does not answer as it should. */
struct share *share_open(const struct device *device, volatile uint8_t *registers);
/* The device copies this many bytes of memory, at most a page, to a file and back to the page "bytes". */
bool share_read(struct share *share, uint64_t address, void *bytes, size_t size);
/* And these bytes of a page to memory. */
bool share_write(struct share *share, uint64_t address, const void *bytes, size_t size);
void share_close(struct share *share);

#endif
