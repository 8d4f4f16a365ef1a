/* SPDX-License-Identifier: MIT */
/*
 * Searching for a key by the CPU. The program never has it, or it would find its own copy: the host wrapped it, and
 * left it in KEYS_HIDDEN wrapped, and masked to be compared with.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>

#include "attacks.h"
#include "tap.h"

#define MASK 0xa5
#define CHUNK (1u << 20)
#define SEGMENTS 64

static struct hidden {
	struct protex_ta_wrapped_crypto_key wrapped;
	uint8_t masked[16];
} hidden;

static bool load(void)
{
	const char *path = getenv("KEYS_HIDDEN");
	FILE *file = path ? fopen(path, "re") : NULL;
	bool loaded = file && fread(&hidden, sizeof(hidden), 1, file) == 1;

	if (file)
		fclose(file);
	return loaded;
}

/* The key in protected memory, and in a device. */
static int hidden_in_use(struct tee *t, struct device *device)
{
	int fd = buffer_alloc(PROTEX_USE_CRYPTO_KEY, PROTEX_TA_CRYPTO_KEY_SLOT);
	struct protex_memory *memory;
	size_t size = 0;
	int ret = protex_memory_import(&memory, t->tee, fd, NULL);

	if (ret == 0) {
		struct protex_range slot = {memory, 0, PROTEX_TA_CRYPTO_KEY_SLOT};

		ret = protex_ta_unwrap_crypto_key(t->session, &hidden.wrapped, sizeof(hidden.wrapped), &slot,
						  &size, NULL);
		protex_memory_close(memory);
	}
	if (ret < 0 || size != 16 || device_open(device, PROTECTED_CIPHER) < 0 ||
	    device_set_key(device, fd, 0, 16) < 0) {
		printf("Bail out! the hidden key cannot be used\n");
		exit(1);
	}
	return fd;
}

static void unmask(uint8_t key[16])
{
	for (int i = 0; i < 16; i++)
		key[i] = hidden.masked[i] ^ MASK;
}

/* ---- routes ------------------------------------------------------------------------------------- */

static void note_reached(const struct protex_probe_result *r, void *data)
{
	(void)data;
	if (!r->error)
		note("reached by %s (%s)", r->route, r->description);
}

enum outcome routes_to_a_key(struct tee *t, const char **why)
{
	struct protex_error error;
	struct device device;
	unsigned reached = 0;
	int fd, ret;

	if (!load()) {
		*why = "KEYS_HIDDEN names no hidden key";
		return NOTHING;
	}
	fd = hidden_in_use(t, &device);
	ret = protex_probe(fd, note_reached, NULL, &reached, &error);
	device_close(&device);
	close(fd);
	*why = "all of protex probe's";
	return ret < 0 ? NOTHING : reached ? LEAKED : REFUSED;
}

/* ---- memory ------------------------------------------------------------------------------------- */

static unsigned matches(const uint8_t *bytes, size_t size)
{
	unsigned count = 0;
	uint32_t first;

	memcpy(&first, hidden.masked, sizeof(first));
	first ^= MASK * 0x01010101u;
	for (size_t i = 0; i + 16 <= size; i += 4) {
		uint32_t word;
		int same = 4;

		memcpy(&word, bytes + i, sizeof(word));
		if (word != first)
			continue;
		while (same < 16 && (bytes[i + same] ^ MASK) == hidden.masked[same])
			same++;
		count += same == 16;
	}
	return count;
}

/* How often the key is in what the kernel has mapped, at multiples of 4, which all that is allocated begins with.
 * Sets the number of MiB that could be read. */
static unsigned search_kcore(unsigned *mib)
{
	static uint8_t chunk[CHUNK];
	Elf64_Phdr segments[SEGMENTS];
	unsigned count = 0;
	Elf64_Ehdr header;
	uint64_t total = 0;
	int kcore = open("/proc/kcore", O_RDONLY | O_CLOEXEC);

	*mib = 0;
	if (kcore < 0 || pread(kcore, &header, sizeof(header), 0) != sizeof(header) ||
	    header.e_phnum > SEGMENTS ||
	    pread(kcore, segments, header.e_phnum * sizeof(*segments), (off_t)header.e_phoff) !=
		    (ssize_t)(header.e_phnum * sizeof(*segments)))
		return 0;
	for (int s = 0; s < header.e_phnum; s++) {
		/* All of memory, but not where some of it is mapped a second time, among terabytes of nothing. */
		if (segments[s].p_type != PT_LOAD || segments[s].p_paddr == UINT64_MAX)
			continue;
		for (uint64_t at = 0; at < segments[s].p_filesz; at += CHUNK) {
			uint64_t left = segments[s].p_filesz - at;
			ssize_t got;

			got = pread(kcore, chunk, left < CHUNK ? left : CHUNK, (off_t)(segments[s].p_offset + at));
			if (got > 0) {
				count += matches(chunk, (size_t)got);
				total += (uint64_t)got;
			}
			/* It has been here. */
			memset(chunk, 0, sizeof(chunk));
		}
	}
	close(kcore);
	*mib = (unsigned)(total >> 20);
	return count;
}

enum outcome key_in_kcore(struct tee *t, const char **why)
{
	static char text[64];
	struct device device;
	unsigned mib, count;
	int fd;

	if (!load()) {
		*why = "KEYS_HIDDEN names no hidden key";
		return NOTHING;
	}
	fd = hidden_in_use(t, &device);
	count = search_kcore(&mib);
	device_close(&device);
	close(fd);
	snprintf(text, sizeof(text), "%u MiB of it were searched", mib);
	*why = text;
	return count ? LEAKED : mib ? REFUSED : NOTHING;
}

/* ---- words -------------------------------------------------------------------------------------- */

static bool tells(const char *text, size_t size)
{
	char hex[33];
	uint8_t key[16];
	bool found;

	unmask(key);
	for (int i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", key[i]);
	/* Half a key is too much as well. */
	found = memmem(text, size, key, 8) || memmem(text, size, key + 8, 8) || memmem(text, size, hex, 16) ||
		memmem(text, size, hex + 16, 16);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(hex, sizeof(hex));
	return found;
}

static bool file_tells(const char *path, bool *readable)
{
	static char text[1 << 20];
	size_t size = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*readable = fd >= 0;
	if (fd < 0)
		return false;
	/* A record of the log at a time; one that was overwritten meanwhile is an error of that read. */
	while (size < sizeof(text) - 8192 &&
	       ((got = read(fd, text + size, sizeof(text) - size)) > 0 || (got < 0 && errno == EPIPE)))
		size += got > 0 ? (size_t)got : 0;
	close(fd);
	return tells(text, size);
}

enum outcome key_in_words(struct tee *t, const char **why)
{
	const char *paths[] = {"/dev/kmsg", "/proc/crypto", "/sys/kernel/debug/dma_buf/bufinfo", NULL};
	struct device device, other;
	char fdinfo[64];
	unsigned told = 0, read = 0;
	bool readable;
	int fd;

	if (!load()) {
		*why = "KEYS_HIDDEN names no hidden key";
		return NOTHING;
	}
	fd = hidden_in_use(t, &device);
	/* Errors, of which the kernel may say something. */
	if (device_open(&other, PROTECTED_CIPHER) == 0) {
		device_set_key(&other, fd, 8, 16);
		device_set_key(&other, fd, 0, 64);
		device_set_key(&other, fd, 0, 17);
		device_set_clear_key(&other, &hidden, 16);
		device_close(&other);
	}
	snprintf(fdinfo, sizeof(fdinfo), "/proc/self/fdinfo/%d", fd);
	for (const char **path = paths; *path; path++) {
		told += file_tells(*path, &readable);
		read += readable;
	}
	told += file_tells(fdinfo, &readable);
	read += readable;
	device_close(&device);
	close(fd);
	*why = "nothing is said of it";
	return told ? LEAKED : read == 4 ? REFUSED : NOTHING;
}

/* ---- controls ----------------------------------------------------------------------------------- */

static void ignore(const struct protex_probe_result *r, void *data)
{
	(void)r;
	(void)data;
}

void control_tests(struct tee *t)
{
	uint8_t *copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned mib, reached = 0;
	char name[17], fdinfo[64];
	bool readable;
	int fd;

	(void)t;
	if (copy == MAP_FAILED || !load()) {
		ok(false, "controls: there is a hidden key");
		return;
	}
	fd = buffer_alloc(PROTEX_USE_UNKNOWN, 4096);
	ok(protex_probe(fd, ignore, NULL, &reached, NULL) == 0 && reached > 0,
	   "control: the routes lead to a key in ordinary memory");

	unmask(copy);
	ok(search_kcore(&mib) > 0, "control: a key that a process has is found in /proc/kcore");

	/* The name that anybody can give a buffer, as far as there is room. */
	for (int i = 0; i < 8; i++)
		snprintf(name + 2 * i, 3, "%02x", copy[i]);
	explicit_bzero(copy, 16);
	snprintf(fdinfo, sizeof(fdinfo), "/proc/self/fdinfo/%d", fd);
	ok(ioctl(fd, DMA_BUF_SET_NAME_B, name) == 0 && file_tells(fdinfo, &readable),
	   "control: half a key that the kernel says somewhere is found");
	close(fd);
	munmap(copy, 4096);
}
