/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "failure.h"
#include "key_memory.h"
#include "ta_memory.h"

int key_read(int fd, const char *path, struct protex_ta_wrapped_crypto_key *wrapped,
	     struct protex_error *error)
{
	struct protex_ta_wrapped_crypto_key w;
	uint8_t bytes[sizeof(w) + 1]; /* one more tells that there is more */
	size_t size = 0;
	ssize_t got;

	do {
		got = read(fd, bytes + size, sizeof(bytes) - size);
		if (got < 0)
			return fail(error, -errno, "%s: %s", path, strerror(errno));
		size += (size_t)got;
	} while (got > 0 && size < sizeof(bytes));
	memcpy(&w, bytes, sizeof(w));
	if (size != sizeof(w) || le32toh(w.magic) != PROTEX_TA_WRAPPED_CRYPTO_KEY_MAGIC)
		return fail(error, -EBADMSG,
			    "%s is not a wrapped key: 'protex key make' and 'protex key wrap' write them",
			    path);
	if (le32toh(w.version) != PROTEX_TA_WRAPPED_CRYPTO_KEY_VERSION)
		return fail(error, -EBADMSG, "%s is of version %u, and this protex knows %u", path,
			    le32toh(w.version), PROTEX_TA_WRAPPED_CRYPTO_KEY_VERSION);
	*wrapped = w;
	return 0;
}

static int unwrap_to(int fd, const struct protex_ta_wrapped_crypto_key *wrapped, size_t *key_size,
		     struct protex_error *error)
{
	struct ta_memory m;
	struct protex_range slot;
	int ret = ta_memory_open(&m, fd, error);

	if (ret < 0)
		return ret;
	slot = (struct protex_range){m.memory, 0, PROTEX_TA_CRYPTO_KEY_SLOT};
	ret = protex_ta_unwrap_crypto_key(m.session, wrapped, sizeof(*wrapped), &slot, key_size, error);
	ta_memory_close(&m);
	return ret;
}

int key_file_unwrap(const char *path, struct protex_ta_wrapped_crypto_key *wrapped, size_t *key_size,
		    struct protex_error *error)
{
	struct protex_allocator *allocator;
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return fail(error, -errno, "%s: %s", path, strerror(errno));
	ret = key_read(fd, path, wrapped, error);
	close(fd);
	if (ret == 0)
		ret = protex_allocator_create(&allocator, PROTEX_USE_CRYPTO_KEY, error);
	if (ret < 0)
		return ret;
	fd = protex_allocator_alloc(allocator, PROTEX_TA_CRYPTO_KEY_SLOT, error);
	protex_allocator_destroy(allocator);
	if (fd < 0)
		return fd;

	ret = unwrap_to(fd, wrapped, key_size, error);
	if (ret < 0) {
		close(fd);
		return ret;
	}
	return fd;
}
