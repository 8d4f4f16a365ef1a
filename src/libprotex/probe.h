/* SPDX-License-Identifier: MIT */
/*
 * A probe under way. probe.c has the routes through the file descriptor itself, probe_drm.c those
 * through DRM devices, probe_tee.c those through TEE devices.
 *
 * Mapped memory is read and written by the kernel, into and out of a pipe: an access that the
 * exporter does not allow is then EFAULT, not a signal.
 */
#ifndef LIBPROTEX_PROBE_H
#define LIBPROTEX_PROBE_H

#include <protex/protex.h>

#define PROTEX_PROBE_BYTES 4096u /* as much as is moved on each route, at most */

struct probe {
	int fd;
	uint64_t size; /* of the buffer; at least 1 */
	int pipe[2];   /* not blocking, empty between routes */
	protex_probe_function function;
	void *data;
	unsigned reached;
};

/* Reports a route. */
void probe_report(struct probe *probe, const struct protex_probe_result *result);

/* Reports that a route was refused at a step, with errno. */
void probe_refused(struct probe *probe, struct protex_probe_result *result, const char *step);

/* Maps file (at offset), reads, if result->writes puts back what was read, unmaps, and reports. */
void probe_mapping(struct probe *probe, struct protex_probe_result *result, int file,
		   uint64_t offset, int protection, int flags);

/* Bytes to move: PROTEX_PROBE_BYTES, or the size of a smaller buffer. */
size_t probe_length(const struct probe *probe);

void probe_drm_devices(struct probe *probe);
void probe_tee_devices(struct probe *probe);

#endif
