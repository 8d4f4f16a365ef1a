/* SPDX-License-Identifier: MIT */
/* What the kernel says of a file descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <protex/protex.h>

#include "error.h"

static const struct {
	const char *exporter;
	enum protex_use use;
} protected_exporters[] = {
	{"protected,secure-video", PROTEX_USE_SECURE_VIDEO},
	{"protected,trusted-ui", PROTEX_USE_TRUSTED_UI},
	{"protected,secure-video-record", PROTEX_USE_SECURE_VIDEO_RECORD},
	{"protected,crypto-key", PROTEX_USE_CRYPTO_KEY},
	{"protected,virtio-gpu", PROTEX_USE_GPU},
	{"tee", PROTEX_USE_UNKNOWN}, /* a kernel that names the module, not the heap */
};

static void classify(struct protex_buffer_info *info)
{
	for (size_t i = 0; i < sizeof(protected_exporters) / sizeof(protected_exporters[0]); i++) {
		if (strcmp(info->exporter, protected_exporters[i].exporter) == 0) {
			info->is_protected = true;
			info->use = protected_exporters[i].use;
			return;
		}
	}
	/* A kernel that is newer than this library may have more of them. */
	info->is_protected = strncmp(info->exporter, "protected,", strlen("protected,")) == 0;
	info->use = PROTEX_USE_UNKNOWN;
}

/* Only dma-bufs have this link: those of other files carry a prefix that their kind gives them. */
static bool link_is_dma_buf(const char *link)
{
	return strncmp(link, "/dmabuf:", strlen("/dmabuf:")) == 0;
}

int protex_buffer_query(int fd, struct protex_buffer_info *info, struct protex_error *error)
{
	struct protex_buffer_info result = {0};
	bool have_size = false, have_exporter = false;
	char path[64], link[128], line[256];
	ssize_t length;
	FILE *file;

	if (fcntl(fd, F_GETFD) < 0)
		return protex_fail(error, -EBADF, "file descriptor %d is not open", fd);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return protex_fail(error, -errno, "%s: %s; is /proc mounted?", path,
				   strerror(errno));
	link[length] = '\0';
	if (!link_is_dma_buf(link))
		return protex_fail(error, -EINVAL,
				   "file descriptor %d is not a dma-buf but '%s': only what a "
				   "dma-heap or a device exported can be protected",
				   fd, link);

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	if (!file)
		return protex_fail(error, -errno, "%s: %s; is /proc mounted?", path,
				   strerror(errno));
	/* The exporter's name comes before the name that any user may give to a buffer, which could
	 * imitate it: so the first one counts. */
	while (fgets(line, sizeof(line), file)) {
		if (!have_size && sscanf(line, "size: %" SCNu64, &result.size) == 1)
			have_size = true;
		if (!have_exporter && sscanf(line, "exp_name: %63[^\n]", result.exporter) == 1)
			have_exporter = true;
	}
	if (ferror(file)) {
		int ret = protex_fail(error, -errno, "%s: %s", path, strerror(errno));

		fclose(file);
		return ret;
	}
	fclose(file);
	if (!have_size || !have_exporter)
		return protex_fail(error, -EINVAL,
				   "the kernel says nothing of dma-bufs in %s: it needs to be 5.3 "
				   "or later",
				   path);

	classify(&result);
	*info = result;
	return 0;
}
