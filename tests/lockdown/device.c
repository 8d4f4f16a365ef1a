/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>

#include "sysfs.h"

#define DRIVER "/sys/bus/virtio/drivers/9pnet_virtio/"

static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

	close(fd);
	text[length < 0 ? 0 : length] = '\0';
	return length > 0;
}

/* Nobody uses what it shares any more. */
static void leave_folder(const char *tag)
{
	char line[1024], from[256], where[512];
	FILE *mounts = fopen("/proc/mounts", "re");

	while (mounts && fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%255s %511s", from, where) == 2 && !strcmp(from, tag))
			umount(where);
	}
	if (mounts)
		fclose(mounts);
}

static bool find_pci(struct device *device, const char *tag)
{
	DIR *folder = opendir(DRIVER);
	struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder))) {
		char path[600], real[PATH_MAX], text[64];

		snprintf(path, sizeof(path), DRIVER "%s/mount_tag", entry->d_name);
		if (!read_text(path, text, sizeof(text)) || strncmp(text, tag, strlen(tag)))
			continue;
		snprintf(path, sizeof(path), DRIVER "%s/..", entry->d_name);
		found = realpath(path, real) && strlen(real) < sizeof(device->pci);
		if (found)
			strcpy(device->pci, real);
	}
	if (folder)
		closedir(folder);
	return found;
}

static bool find_registers(struct device *device)
{
	uint8_t config[256];
	char path[600];
	int fd;
	bool all;

	snprintf(path, sizeof(path), "%s/config", device->pci);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	all = fd >= 0 && read(fd, config, sizeof(config)) == sizeof(config);
	close(fd);
	device->bar = -1;
	for (unsigned at = all ? config[PCI_CAPABILITY_LIST] : 0; at >= 64 && at <= 236; at = config[at + 1]) {
		const uint8_t *cap = config + at;
		uint32_t offset;

		memcpy(&offset, cap + 8, 4);
		if (cap[0] != PCI_CAP_ID_VNDR)
			continue;
		if (cap[3] == VIRTIO_PCI_CAP_COMMON_CFG) {
			device->bar = cap[4];
			device->common = offset;
		} else if (cap[3] == VIRTIO_PCI_CAP_NOTIFY_CFG) {
			device->notify = offset;
			memcpy(&device->notify_multiplier, cap + 16, 4);
		}
	}
	return device->bar >= 0 && device->bar < 6;
}

static bool find_bar(struct device *device)
{
	char path[600];
	unsigned long long start = 0, end = 0;
	FILE *file;
	int found = 0;

	snprintf(path, sizeof(path), "%s/resource", device->pci);
	file = fopen(path, "re");
	for (int i = 0; file && i <= device->bar; i++)
		found = fscanf(file, "%llx %llx %*x", &start, &end);
	if (file)
		fclose(file);
	device->bar_address = start;
	device->bar_size = end - start + 1;
	return found == 2 && start;
}

bool device_find(struct device *device, const char *tag)
{
	char unbind[600];

	if (!find_pci(device, tag))
		return false;
	leave_folder(tag);
	snprintf(unbind, sizeof(unbind), "%s/driver/unbind", device->pci);
	return !write_file(unbind, strrchr(device->pci, '/') + 1) && find_registers(device) && find_bar(device);
}

int device_let_use_memory(const struct device *device)
{
	const uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE;
	char path[600];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "%s/config", device->pci);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, &command, 2, PCI_COMMAND) != 2)
		ret = -errno;
	close(fd);
	return ret;
}
