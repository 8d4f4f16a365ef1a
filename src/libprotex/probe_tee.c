/* SPDX-License-Identifier: MIT */
/* Routes to a buffer by way of the TEE devices that import it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "probe.h"
#include "tee.h"
#include "uapi.h"

void probe_tee_devices(struct probe *probe)
{
	for (unsigned i = 0; i < PROTEX_TEE_DEVICES; i++) {
		struct tee_ioctl_shm_register_fd_data request = {.fd = probe->fd};
		struct protex_probe_result result = {
			.route = "tee-register-mmap",
			.description = "register with a TEE device, map what it returns",
		};
		char path[PROTEX_TEE_PATH_SIZE];
		int device, memory;

		protex_tee_device_path(path, i);
		device = open(path, O_RDWR | O_CLOEXEC);
		if (device < 0)
			continue;
		result.device = path;
		memory = ioctl(device, TEE_IOC_SHM_REGISTER_FD, &request);
		if (memory < 0) {
			probe_refused(probe, &result, "TEE_IOC_SHM_REGISTER_FD");
		} else {
			probe_mapping(probe, &result, memory, 0, PROT_READ, MAP_SHARED);
			close(memory);
		}
		close(device);
	}
}
