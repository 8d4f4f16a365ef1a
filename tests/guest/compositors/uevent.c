/* SPDX-License-Identifier: MIT */
/*
 * uevent: tells all who listen to udev that the connectors of card0 have changed.
 *
 * The guest has no udevd, which would say so when the kernel does; and the kernel of virtio-gpu
 * says nothing of a connector that was forced by its file "status". The message is what libudev
 * reads: a header, by which the kernel already filters, and the properties of the event.
 */
#include <arpa/inet.h>
#include <err.h>
#include <limits.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define UDEV_GROUP 2
#define UDEV_MAGIC 0xfeedcafeu

struct header {
	char prefix[8];
	uint32_t magic; /* this and the hashes are big-endian */
	uint32_t size, properties_offset, properties_size;
	uint32_t subsystem_hash, devtype_hash;
	uint32_t tag_bloom[2];
};

/* MurmurHash2 with seed 0, of a string. */
static uint32_t hash(const char *string)
{
	const uint32_t m = 0x5bd1e995;
	size_t length = strlen(string);
	uint32_t h = (uint32_t)length;

	for (; length >= 4; length -= 4, string += 4) {
		uint32_t k;

		memcpy(&k, string, 4);
		k *= m;
		k ^= k >> 24;
		h = (h * m) ^ (k * m);
	}
	if (length > 0) {
		while (length-- > 0)
			h ^= (uint32_t)(unsigned char)string[length] << (8 * length);
		h *= m;
	}
	h ^= h >> 13;
	h *= m;
	return h ^ h >> 15;
}

int main(void)
{
	struct sockaddr_nl udev = {.nl_family = AF_NETLINK, .nl_groups = UDEV_GROUP};
	struct {
		struct header header;
		char properties[1024];
	} message = {0};
	char path[PATH_MAX], *device;
	struct stat status;
	size_t size;
	int fd, length;

	device = realpath("/sys/class/drm/card0", path);
	if (!device || stat("/dev/dri/card0", &status) < 0)
		err(1, "card0");
	device += strlen("/sys");
	/* It has always been the latest event: nobody else sends any. */
	length = snprintf(message.properties, sizeof(message.properties),
			  "ACTION=change%cDEVPATH=%s%cSUBSYSTEM=drm%cDEVTYPE=drm_minor%c"
			  "DEVNAME=/dev/dri/card0%cMAJOR=%u%cMINOR=%u%cSEQNUM=1%cHOTPLUG=1%c",
			  0, device, 0, 0, 0, 0, major(status.st_rdev), 0, minor(status.st_rdev), 0,
			  0, 0);
	message.header = (struct header){
		.prefix = "libudev",
		.magic = htonl(UDEV_MAGIC),
		.size = sizeof(message.header),
		.properties_offset = sizeof(message.header),
		.properties_size = (uint32_t)length,
		.subsystem_hash = htonl(hash("drm")),
		.devtype_hash = htonl(hash("drm_minor")),
	};
	size = sizeof(message.header) + (size_t)length;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	if (fd < 0 || sendto(fd, &message, size, 0, (struct sockaddr *)&udev, sizeof(udev)) < 0)
		err(1, "cannot tell udev's listeners");
	close(fd);
	return 0;
}
