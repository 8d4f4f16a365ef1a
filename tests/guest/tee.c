// SPDX-License-Identifier: MIT
/*
 * The TEE and its protected heaps as the kernel presents them: nothing but ioctls, and the TA's
 * commands. Works with any TEE that has the protex TA; scrubbing and digests are checked through the
 * TA, since nothing else can look into protected memory.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/tee.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <protex/ta.h>

#include "tap.h"
#include "tee_client.h"

#define MIB (1024u * 1024u)

/* NIST SP 800-38A, F.5.1: CTR-AES128. The key is that of unwrap(). */
static const uint8_t nist_iv[16] = {
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
	0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};
static const uint8_t nist_ciphertext[64] = {
	0x87, 0x4d, 0x61, 0x91, 0xb6, 0x20, 0xe3, 0x26, 0x1b, 0xef, 0x68, 0x64, 0x99, 0x0d, 0xb6, 0xce,
	0x98, 0x06, 0xf6, 0x6b, 0x79, 0x70, 0xfd, 0xff, 0x86, 0x17, 0x18, 0x7b, 0xb9, 0xff, 0xfd, 0xff,
	0x5a, 0xe4, 0xdf, 0x3e, 0xdb, 0xd5, 0xd3, 0x5e, 0x5b, 0x4f, 0x09, 0x02, 0x0d, 0xb0, 0x3e, 0xab,
	0x1e, 0x03, 0x1d, 0xda, 0x2f, 0xbe, 0x03, 0xd1, 0x79, 0x21, 0x70, 0xa0, 0xf3, 0x00, 0x9c, 0xee,
};

/* SHA-256 of what the tests put into protected memory */
static const char nist_plaintext_digest[] = /* of the vector above */
	"d1960c02a724b54ba53df3e4e6ae97b8d72b874e4007839aaf37bf8112067b9a";
static const char keystream_digest[] = /* of the key stream's first 3 MiB and 17 bytes */
	"d0ad2b4da332b8fb39d24f6ec14136dc3d3e382c3255c48ba2150ae351bb3566";
static const char zero_digest[] = /* of 1 MiB of zeros */
	"30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58";
static const char fill_digest[] = /* of 64 KiB of 0x5a */
	"944044fe482bc4e91085c15c5a923a1b9e02eac98d3bce04997d6dbecd2a5b8d";

static const char *const heaps[] = {
	"protected,secure-video",
	"protected,trusted-ui",
	"protected,secure-video-record",
};

static struct client client;

static uint32_t decrypt(const struct shm *src, uint64_t size, const struct shm *dst,
			uint64_t offset, const struct shm *args, uint32_t key)
{
	struct protex_ta_decrypt descriptor = {
		.key_id = htole32(key),
		.dst_offset = htole64(offset),
	};
	struct tee_ioctl_param params[] = {
		IN(src, 0, size),
		INOUT(dst, 0, dst->size),
		IN(args, 0, sizeof(descriptor)),
	};

	memcpy(descriptor.iv, nist_iv, sizeof(nist_iv));
	memcpy(args->data, &descriptor, sizeof(descriptor));
	return invoke(&client, PROTEX_TA_CMD_DECRYPT, params, 3);
}

static bool digest_is(const struct shm *protected, uint64_t offset, uint64_t size,
		      const struct shm *out, const char *expected)
{
	struct tee_ioctl_param params[] = {IN(protected, offset, size), OUT(out, 0, 32)};
	char hex[2 * PROTEX_TA_DIGEST_SIZE + 1];
	uint32_t res;

	memset(out->data, 0, 32);
	res = invoke(&client, PROTEX_TA_CMD_DIGEST, params, 2);
	if (res) {
		note("digest: %#x", res);
		return false;
	}
	for (unsigned i = 0; i < PROTEX_TA_DIGEST_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", out->data[i]);
	if (strcmp(hex, expected))
		note("digest %s, expected %s", hex, expected);
	return !strcmp(hex, expected);
}

static bool exp_name_is(int fd, const char *expected)
{
	char path[64], line[256], want[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	snprintf(want, sizeof(want), "exp_name:\t%s\n", expected);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		found |= !strcmp(line, want);
	if (file)
		fclose(file);
	return found;
}

static void test_heap(const char *name)
{
	struct dma_buf_sync sync = {.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ};
	struct shm shm = {0};
	char byte;
	int fd = heap_alloc(name, 100000);

	if (!ok(fd >= 0, "%s: allocate", name)) {
		note("%s", strerror(-fd));
		return;
	}
	ok(exp_name_is(fd, name), "%s: fdinfo names the heap", name);
	ok(lseek(fd, 0, SEEK_END) == 102400, "%s: size is rounded up to pages", name);
	ok(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED, "%s: mmap refused", name);
	ok(read(fd, &byte, 1) < 0, "%s: read refused", name);
	ok(ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) && errno == EACCES, "%s: sync refused", name);
	ok(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED,
	   "%s: mmap refused after sync", name);

	if (ok(shm_register_fd(&client, &shm, fd), "%s: register with the TEE", name)) {
		ok(shm.size == 102400, "%s: the TEE sees its size", name);
		ok(mmap(NULL, 4096, PROT_READ, MAP_SHARED, shm.fd, 0) == MAP_FAILED,
		   "%s: mmap of the registered memory refused", name);
		close(shm.fd);
	}
	close(fd);
}

static void test_foreign_dma_buf(void)
{
	struct shm shm = {0};
	int fd = heap_alloc("system", 4096);

	if (fd < 0) {
		note("no system heap");
		return;
	}
	ok(!shm_register_fd(&client, &shm, fd) && errno == EINVAL, "dma-buf of another heap is not registered");
	close(fd);
}

static void test_decrypt(const struct shm *prot, const struct shm *args, uint32_t key)
{
	const uint64_t size = 3 * MIB + 17;
	struct timespec start, end;
	struct shm src = {0}, big = {0};
	uint8_t *memory;

	if (!ok(shm_alloc(&client, &src, 65536), "allocate shared memory"))
		return;
	memcpy(src.data, nist_ciphertext, sizeof(nist_ciphertext));
	ok(decrypt(&src, 64, prot, 4093, args, key) == PROTEX_TA_SUCCESS,
	   "decrypt from allocated shared memory");
	ok(digest_is(prot, 4093, 64, args, nist_plaintext_digest), "NIST vector: digest of plaintext");

	memory = aligned_alloc(4096, 4 * MIB);
	memset(memory, 0, 4 * MIB);
	if (ok(shm_register(&client, &big, memory + 1000, size), "register memory of the process")) {
		clock_gettime(CLOCK_MONOTONIC, &start);
		ok(decrypt(&big, size, prot, 12345, args, key) == PROTEX_TA_SUCCESS,
		   "decrypt from registered memory");
		clock_gettime(CLOCK_MONOTONIC, &end);
		note("%.1f ms for 3 MiB", (end.tv_sec - start.tv_sec) * 1e3 +
					  (end.tv_nsec - start.tv_nsec) * 1e-6);
		ok(digest_is(prot, 12345, size, args, keystream_digest), "3 MiB: digest of plaintext");

		/* Registered memory is only readable through its pages: nothing was written to it. */
		ok(!memory[0] && !memcmp(memory, memory + 1, 4 * MIB - 1), "source is untouched");
		close(big.fd);
	}
	free(memory);

	ok(decrypt(&src, 64, prot, prot->size - 63, args, key) == PROTEX_TA_ERROR_BAD_PARAMETERS,
	   "decrypt beyond the end refused");
	ok(decrypt(&src, 64, prot, UINT64_MAX - 31, args, key) == PROTEX_TA_ERROR_BAD_PARAMETERS,
	   "decrypt to a wrapping offset refused");
	ok(decrypt(&src, 0, prot, 0, args, key) == PROTEX_TA_ERROR_BAD_PARAMETERS,
	   "decrypt of nothing refused");
	ok(decrypt(&src, 65537, prot, 0, args, key) == REFUSED(EINVAL),
	   "decrypt of more than the source has refused");
	ok(decrypt(&src, 64, prot, 0, args, key + 1000) == PROTEX_TA_ERROR_ITEM_NOT_FOUND,
	   "decrypt with an unknown key refused");
	ok(decrypt(&src, 64, &src, 0, args, key) == PROTEX_TA_ERROR_ACCESS_DENIED,
	   "decrypt to shared memory refused");
	ok(!memcmp(src.data, nist_ciphertext, 64), "shared memory is untouched");
	ok(decrypt(prot, 64, prot, 4096, args, key) == PROTEX_TA_ERROR_ACCESS_DENIED,
	   "decrypt from protected memory refused");

	munmap(src.data, src.size);
	close(src.fd);
}

static void test_fill(const struct shm *prot, const struct shm *args)
{
	struct tee_ioctl_param params[] = {
		INOUT(prot, 0, MIB),
		{.attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT},
		{.attr = TEE_IOCTL_PARAM_ATTR_TYPE_NONE},
	};

	ok(invoke(&client, PROTEX_TA_CMD_SCRUB, params, 1) == PROTEX_TA_SUCCESS, "scrub");
	ok(digest_is(prot, 0, MIB, args, zero_digest), "scrubbed memory is zero");

	params[0] = INOUT(prot, 77, 65536);
	params[1].a = 0x5a;
	ok(invoke(&client, PROTEX_TA_CMD_FILL, params, 2) == PROTEX_TA_SUCCESS, "fill");
	ok(digest_is(prot, 77, 65536, args, fill_digest), "filled memory has the byte");
	ok(!digest_is(prot, 76, 65536, args, fill_digest), "the byte before has not");

	params[0] = INOUT(args, 0, args->size);
	ok(invoke(&client, PROTEX_TA_CMD_FILL, params, 2) == PROTEX_TA_ERROR_ACCESS_DENIED,
	   "fill of shared memory refused");
	ok(invoke(&client, PROTEX_TA_CMD_SCRUB, params, 1) == PROTEX_TA_ERROR_ACCESS_DENIED,
	   "scrub of shared memory refused");
	params[0] = INOUT(prot, 0, prot->size + 1);
	ok(invoke(&client, PROTEX_TA_CMD_SCRUB, params, 1) == REFUSED(EINVAL), "scrub beyond the end refused");
	params[0] = INOUT(prot, UINT64_MAX, 2);
	ok(invoke(&client, PROTEX_TA_CMD_SCRUB, params, 1) == REFUSED(EINVAL), "scrub of a wrapping range refused");
	params[0] = INOUT(prot, 0, 0);
	ok(invoke(&client, PROTEX_TA_CMD_SCRUB, params, 1) == PROTEX_TA_ERROR_BAD_PARAMETERS,
	   "scrub of nothing refused");
	params[0] = IN(prot, 0, 4096);
	ok(invoke(&client, PROTEX_TA_CMD_SCRUB, params, 1) == PROTEX_TA_ERROR_BAD_PARAMETERS,
	   "scrub of an input refused");
	params[0] = INOUT(prot, 0, 4096);
	params[1].a = 0;
	ok(invoke(&client, PROTEX_TA_CMD_SCRUB, params, 2) == PROTEX_TA_ERROR_BAD_PARAMETERS,
	   "scrub with a parameter too many refused");
	ok(invoke(&client, PROTEX_TA_CMD_SCRUB, params, 0) == PROTEX_TA_ERROR_BAD_PARAMETERS,
	   "scrub without parameters refused");
	params[0].c = 1000000;
	ok(invoke(&client, PROTEX_TA_CMD_SCRUB, params, 1) == REFUSED(EINVAL), "unknown memory id refused");
	params[0].c = TEE_MEMREF_NULL;
	ok(invoke(&client, PROTEX_TA_CMD_SCRUB, params, 1) == PROTEX_TA_ERROR_BAD_PARAMETERS,
	   "null memory refused");
	ok(invoke(&client, 1000, NULL, 0) == PROTEX_TA_ERROR_NOT_SUPPORTED, "unknown command refused");
}

static void test_digest_refusals(const struct shm *prot, const struct shm *args)
{
	struct tee_ioctl_param params[] = {IN(args, 0, 32), OUT(args, 0, 32)};

	ok(invoke(&client, PROTEX_TA_CMD_DIGEST, params, 2) == PROTEX_TA_ERROR_ACCESS_DENIED,
	   "digest of shared memory refused");
	params[0] = IN(prot, 0, 32);
	params[1] = OUT(prot, 4096, 32);
	ok(invoke(&client, PROTEX_TA_CMD_DIGEST, params, 2) == PROTEX_TA_ERROR_ACCESS_DENIED,
	   "digest into protected memory refused");
	params[1] = OUT(args, 0, 31);
	ok(invoke(&client, PROTEX_TA_CMD_DIGEST, params, 2) == PROTEX_TA_ERROR_SHORT_BUFFER &&
		   params[1].b == PROTEX_TA_DIGEST_SIZE,
	   "digest into a short buffer refused, which says the size");
}

/* Writes to all of a pool, frees it, and takes it again. */
static void test_pool(const char *heap, const struct shm *args)
{
	enum { MAX = 2048 };
	static int fds[MAX];
	unsigned count, zero = 0, again;
	int error = 0;

	for (count = 0; count < MAX; count++) {
		struct shm shm;
		struct tee_ioctl_param params[] = {
			{0},
			{.attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, .a = 0xff},
		};

		fds[count] = heap_alloc(heap, MIB);
		if (fds[count] < 0) {
			error = fds[count];
			break;
		}
		if (!shm_register_fd(&client, &shm, fds[count]))
			break;
		params[0] = INOUT(&shm, 0, MIB);
		invoke(&client, PROTEX_TA_CMD_FILL, params, 2);
		close(shm.fd);
	}
	note("%s: %u MiB", heap, count);
	ok(count && error == -ENOMEM, "%s: a full pool says ENOMEM", heap);
	for (unsigned i = 0; i < count; i++)
		close(fds[i]);

	for (again = 0; again < count; again++) {
		struct shm shm;

		fds[again] = heap_alloc(heap, MIB);
		if (fds[again] < 0)
			break;
		if (!shm_register_fd(&client, &shm, fds[again]))
			continue;
		zero += digest_is(&shm, 0, MIB, args, zero_digest);
		close(shm.fd);
	}
	ok(again == count, "%s: all of it can be had again", heap);
	ok(zero == count, "%s: freed memory comes back as zeros", heap);
	for (unsigned i = 0; i < again; i++)
		close(fds[i]);
}

static void test_sessions(const struct shm *prot, const struct shm *args, uint32_t key)
{
	static const uint8_t ta[] = PROTEX_TA_UUID_OCTETS;
	static const uint8_t nobody[16] = {1, 2, 3};
	struct tee_ioctl_param param = {.attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, .a = key};
	uint32_t first = client.session, second = 0;

	ok(open_session(client.device, nobody, &second) == PROTEX_TA_ERROR_ITEM_NOT_FOUND, "no such TA");
	ok(open_session(client.device, ta, &second) == PROTEX_TA_SUCCESS && second != first, "second session");
	client.session = second;
	ok(decrypt(args, 32, prot, 0, args, key) == PROTEX_TA_ERROR_ITEM_NOT_FOUND,
	   "a key is not known in another session");
	ok(close_session(&client, second), "close session");
	ok(decrypt(args, 32, prot, 0, args, key) == REFUSED(EINVAL), "a closed session is gone");
	client.session = first;
	ok(invoke(&client, PROTEX_TA_CMD_FORGET_KEY, &param, 1) == PROTEX_TA_SUCCESS, "forget key");
	ok(invoke(&client, PROTEX_TA_CMD_FORGET_KEY, &param, 1) == PROTEX_TA_ERROR_ITEM_NOT_FOUND,
	   "a forgotten key is gone");
	param.a = key | 1ull << 32;
	ok(invoke(&client, PROTEX_TA_CMD_FORGET_KEY, &param, 1) != PROTEX_TA_SUCCESS,
	   "a key id of more than 32 bits refused");
}

int main(void)
{
	static const uint8_t ta[] = PROTEX_TA_UUID_OCTETS;
	struct tee_ioctl_version_data version;
	struct shm args = {0}, prot = {0};
	uint32_t key, other;
	int fd;

	client.device = open("/dev/tee0", O_RDWR | O_CLOEXEC);
	if (client.device < 0) {
		note("/dev/tee0: %s", strerror(errno));
		return tap_skip_all("no TEE");
	}

	ok(!ioctl(client.device, TEE_IOC_VERSION, &version), "version");
	note("implementation %u, capabilities %#x", version.impl_id, version.gen_caps);
	ok(version.gen_caps & TEE_GEN_CAP_GP, "GlobalPlatform TEE");
	ok(version.gen_caps & TEE_GEN_CAP_REG_MEM, "registers memory");

	for (unsigned i = 0; i < sizeof(heaps) / sizeof(*heaps); i++)
		test_heap(heaps[i]);
	test_foreign_dma_buf();

	if (!ok(open_session(client.device, ta, &client.session) == PROTEX_TA_SUCCESS, "open session"))
		return tap_end();
	if (!ok(shm_alloc(&client, &args, 4096), "shared memory for arguments"))
		return tap_end();
	fd = heap_alloc("protected,secure-video", 8 * MIB);
	if (!ok(fd >= 0 && shm_register_fd(&client, &prot, fd), "protected memory"))
		return tap_end();
	close(fd);

	ok(unwrap(&client, &args, &key) == PROTEX_TA_SUCCESS && key, "unwrap key");
	ok(unwrap(&client, &args, &other) == PROTEX_TA_SUCCESS && other != key, "unwrap it again: another id");
	test_decrypt(&prot, &args, key);
	test_fill(&prot, &args);
	test_digest_refusals(&prot, &args);
	test_sessions(&prot, &args, key);
	close(prot.fd);

	for (unsigned i = 0; i < sizeof(heaps) / sizeof(*heaps); i++)
		test_pool(heaps[i], &args);

	return tap_end();
}
