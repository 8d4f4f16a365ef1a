/* SPDX-License-Identifier: MIT */
/* A queue of a virtio device, and as much of 9P2000.L as writes a file and reads it. */
#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include "device.h"

#define PAGE 4096u
/* As many descriptors as there is room for before the middle of a page. */
#define QUEUE 64u
enum { TVERSION = 100, TATTACH = 104, TWALK = 110, TLCREATE = 14, TREAD = 116, TWRITE = 118 };
enum { ROOT_FID, FILE_FID };

struct share {
	volatile struct virtio_pci_common_cfg *common;
	volatile uint16_t *doorbell;
	uint16_t done;
	/* Pages whose physical addresses are known. */
	struct memory {
		uint8_t *at;
		uint64_t address;
	} ring, used, request, reply, bytes;
	size_t length; /* of the request */
};

static bool get_page(struct memory *memory)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	memory->at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	if (memory->at == MAP_FAILED ||
	    pread(fd, &entry, 8, (off_t)((uintptr_t)memory->at / PAGE * 8)) != 8)
		entry = 0;
	close(fd);
	memory->address = (entry & ((1ull << 55) - 1)) * PAGE;
	return entry >> 63 && memory->address;
}

/* ---- requests ------------------------------------------------------------------------------------ */

static void put(struct share *s, uint64_t value, size_t size)
{
	value = htole64(value);
	memcpy(s->request.at + s->length, &value, size);
	s->length += size;
}

static void put_text(struct share *s, const char *text)
{
	put(s, strlen(text), 2);
	memcpy(s->request.at + s->length, text, strlen(text));
	s->length += strlen(text);
}

static void begin(struct share *s, uint8_t type)
{
	s->length = 0;
	put(s, 0, 4); /* its length, at the end */
	put(s, type, 1);
	put(s, type == TVERSION ? 0xffff : 1, 2);
}

struct part {
	uint64_t address;
	uint32_t length;
	bool written; /* by the device */
};

static bool transfer(struct share *s, const struct part *parts, unsigned count)
{
	struct vring_desc *descriptors = (struct vring_desc *)s->ring.at;
	struct vring_avail *avail = (struct vring_avail *)(s->ring.at + PAGE / 2);
	volatile struct vring_used *used = (volatile struct vring_used *)s->used.at;
	time_t end = time(NULL) + 10;

	for (unsigned i = 0; i < count; i++)
		descriptors[i] = (struct vring_desc){
			.addr = htole64(parts[i].address), .len = htole32(parts[i].length),
			.flags = htole16((parts[i].written ? VRING_DESC_F_WRITE : 0) |
					 (i + 1 < count ? VRING_DESC_F_NEXT : 0)),
			.next = htole16((uint16_t)(i + 1)),
		};
	avail->flags = htole16(VRING_AVAIL_F_NO_INTERRUPT);
	avail->ring[s->done % QUEUE] = 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	avail->idx = htole16(++s->done);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*s->doorbell = 0;
	/* There is no interrupt for us. */
	while (le16toh(used->idx) != s->done) {
		if (time(NULL) > end)
			return false;
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return true;
}

/* Sends the request, with data behind it or to come; true: the answer is of that kind, not an error. */
static bool ask(struct share *s, const struct part *data)
{
	uint32_t length = (uint32_t)s->length + (data && !data->written ? data->length : 0);
	struct part parts[3] = { { s->request.address, (uint32_t)s->length, false } };
	unsigned count = 1;
	/* What comes before the data of an answer, or all of it. */
	uint32_t head = data && data->written ? 11 : 128;

	length = htole32(length);
	memcpy(s->request.at, &length, 4);
	if (data && !data->written)
		parts[count++] = *data;
	parts[count++] = (struct part){ s->reply.address, head, true };
	if (data && data->written)
		parts[count++] = *data;
	return transfer(s, parts, count) && s->reply.at[4] == s->request.at[4] + 1;
}

static bool move(struct share *s, uint8_t type, uint64_t address, size_t size)
{
	const struct part data = { address, (uint32_t)size, type == TREAD };
	uint32_t count;

	begin(s, type);
	put(s, FILE_FID, 4);
	put(s, 0, 8);
	put(s, size, 4);
	if (!ask(s, &data))
		return false;
	memcpy(&count, s->reply.at + 7, 4);
	return le32toh(count) == size;
}

bool share_read(struct share *s, uint64_t address, void *bytes, size_t size)
{
	memset(s->bytes.at, 0, PAGE);
	if (size > PAGE || !move(s, TWRITE, address, size) || !move(s, TREAD, s->bytes.address, size))
		return false;
	memcpy(bytes, s->bytes.at, size);
	return true;
}

bool share_write(struct share *s, uint64_t address, const void *bytes, size_t size)
{
	if (size > PAGE)
		return false;
	memcpy(s->bytes.at, bytes, size);
	return move(s, TWRITE, s->bytes.address, size) && move(s, TREAD, address, size);
}

/* ---- the device ---------------------------------------------------------------------------------- */

static bool begin_device(struct share *s)
{
	volatile struct virtio_pci_common_cfg *c = s->common;

	c->device_status = 0;
	while (c->device_status)
		;
	c->device_status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;
	c->guest_feature_select = 0;
	c->guest_feature = 0;
	c->guest_feature_select = 1;
	c->guest_feature = htole32(1u << (VIRTIO_F_VERSION_1 - 32));
	c->device_status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK;
	if (!(c->device_status & VIRTIO_CONFIG_S_FEATURES_OK))
		return false;

	c->queue_select = 0;
	if (le16toh(c->queue_size) < QUEUE)
		return false;
	c->queue_size = htole16(QUEUE);
	c->queue_desc_lo = htole32((uint32_t)s->ring.address);
	c->queue_desc_hi = htole32((uint32_t)(s->ring.address >> 32));
	c->queue_avail_lo = htole32((uint32_t)(s->ring.address + PAGE / 2));
	c->queue_avail_hi = htole32((uint32_t)((s->ring.address + PAGE / 2) >> 32));
	c->queue_used_lo = htole32((uint32_t)s->used.address);
	c->queue_used_hi = htole32((uint32_t)(s->used.address >> 32));
	c->queue_enable = htole16(1);
	c->device_status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER | VIRTIO_CONFIG_S_FEATURES_OK |
			   VIRTIO_CONFIG_S_DRIVER_OK;
	return true;
}

static bool open_file(struct share *s)
{
	begin(s, TVERSION);
	put(s, 8192, 4);
	put_text(s, "9P2000.L");
	if (!ask(s, NULL))
		return false;
	begin(s, TATTACH);
	put(s, ROOT_FID, 4);
	put(s, UINT32_MAX, 4);
	put_text(s, "root");
	put_text(s, "");
	put(s, 0, 4);
	if (!ask(s, NULL))
		return false;
	begin(s, TWALK);
	put(s, ROOT_FID, 4);
	put(s, FILE_FID, 4);
	put(s, 0, 2);
	if (!ask(s, NULL))
		return false;
	begin(s, TLCREATE);
	put(s, FILE_FID, 4);
	put_text(s, "copied");
	put(s, O_RDWR | O_CREAT | O_TRUNC, 4);
	put(s, 0600, 4);
	put(s, 0, 4);
	return ask(s, NULL);
}

struct share *share_open(const struct device *device, volatile uint8_t *registers)
{
	struct share *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->common = (volatile struct virtio_pci_common_cfg *)(registers + device->common);
	if (!get_page(&s->ring) || !get_page(&s->used) || !get_page(&s->request) || !get_page(&s->reply) ||
	    !get_page(&s->bytes) || !begin_device(s)) {
		free(s);
		return NULL;
	}
	s->doorbell = (volatile uint16_t *)(registers + device->notify +
					    le16toh(s->common->queue_notify_off) * device->notify_multiplier);
	if (open_file(s))
		return s;
	share_close(s);
	return NULL;
}

void share_close(struct share *s)
{
	s->common->device_status = 0;
	while (s->common->device_status)
		;
	free(s);
}
