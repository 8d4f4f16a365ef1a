/* SPDX-License-Identifier: MIT */
/* A device that root drives by hand reads and writes all memory, and asks nobody. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __x86_64__
#include <sys/io.h>
#endif

#include <linux/pci_regs.h>

#include "device.h"
#include "tap.h"
#include "way.h"

/* It is taken from its driver once. */
static struct device *device(void)
{
	static struct device found;

	return found.pci[0] || device_find(&found, "write0") ? &found : NULL;
}

static bool find_secret(struct share *share, uint64_t *address)
{
	uint8_t page[4096];
	uint64_t start, end;

	/* The memory is as large as this is a step. */
	for (unsigned i = 0; next_memory(i, &start, &end); i++) {
		for (uint64_t at = start & ~(uint64_t)4095; at < end; at += SECRET_SIZE / 2) {
			if (at >= 1 << 20 && share_read(share, at, page, sizeof(page)) && is_full_of(page, SECRET)) {
				*address = at;
				return true;
			}
		}
	}
	return false;
}

/* Reads protected memory, and changes it. */
static enum outcome drive(volatile uint8_t *registers)
{
	struct share *share;
	uint8_t page[4096], other[4096];
	uint64_t address;
	bool changed;

	if (device_let_use_memory(device()))
		return broken("the device may not use memory");
	share = share_open(device(), registers);
	if (!share)
		return broken("the device does not answer");
	if (!find_secret(share, &address)) {
		share_close(share);
		return broken("it is nowhere in memory");
	}
	memset(other, OVERWRITTEN, sizeof(other));
	memset(page, SECRET, sizeof(page));
	changed = share_write(share, address, other, sizeof(other)) &&
		  share_read(share, address, other, sizeof(other)) && is_full_of(other, OVERWRITTEN) &&
		  share_write(share, address, page, sizeof(page));
	share_close(share);
	note("found at %#llx", (unsigned long long)address);
	return changed ? GOT_IT : broken("it could not be changed");
}

static enum outcome by_file(const char *path, off_t offset)
{
	enum outcome outcome;
	void *registers;
	int fd = open(path, O_RDWR | O_SYNC | O_CLOEXEC);

	if (fd < 0)
		return refused();
	registers = mmap(NULL, device()->bar_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	outcome = registers == MAP_FAILED ? refused() : drive(registers);
	close(fd);
	if (registers != MAP_FAILED)
		munmap(registers, device()->bar_size);
	return outcome;
}

static enum outcome by_sysfs(int restricted)
{
	char path[600];

	(void)restricted;
	if (!device())
		return broken("there is no device");
	snprintf(path, sizeof(path), "%s/resource%d", device()->pci, device()->bar);
	return by_file(path, 0);
}

static enum outcome by_dev_mem(int restricted)
{
	(void)restricted;
	return device() ? by_file("/dev/mem", (off_t)device()->bar_address) : broken("there is no device");
}

static enum outcome by_configuration(int restricted)
{
	int ret = device() ? device_let_use_memory(device()) : -ENODEV;

	(void)restricted;
	errno = -ret;
	return ret ? refused() : GOT_IT;
}

#ifdef __x86_64__
/* PCI's ports, at which all of a device's configuration is read and written. */
static enum outcome by_ports(int restricted)
{
	unsigned bus, slot, function;
	uint32_t word;

	(void)restricted;
	if (!device() || sscanf(strrchr(device()->pci, '/') + 1, "%*x:%x:%x.%x", &bus, &slot, &function) != 3)
		return broken("there is no device");
	if (iopl(3))
		return refused();
	outl(1u << 31 | bus << 16 | slot << 11 | function << 8 | PCI_VENDOR_ID, 0xcf8);
	word = inl(0xcfc);
	iopl(0);
	return (word & 0xffff) == 0x1af4 ? GOT_IT : broken("the device is %#x", word);
}
#endif

const struct way device_ways[] = {
	{ "root maps a device's registers in sysfs, and has it read and write protected memory", EPERM, by_sysfs },
	{ "root maps them by /dev/mem, and does the same", EPERM, by_dev_mem },
	{ "root writes to a device's configuration, which lets it use memory", EPERM, by_configuration },
#ifdef __x86_64__
	{ "root drives PCI by the processor's ports", EPERM, by_ports },
#endif
	{ 0 },
};
