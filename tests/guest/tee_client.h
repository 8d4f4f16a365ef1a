/* SPDX-License-Identifier: MIT */
/* The TEE by raw ioctls, for tests that do what no library would. */
#ifndef TEE_CLIENT_H
#define TEE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/tee.h>

#include <protex/ta.h>

#include "heap.h"

/* What invoke() returns when the kernel refused the ioctl; no TEE result looks like it. */
#define REFUSED(error) (0x10000u | (uint32_t)(error))

/* Who says what invoke_from() returns. */
#define ORIGIN_TRUSTED_APP 4u

/* An open file of the TEE, and a session with the TA in it. */
struct client {
	int device;
	uint32_t session;
};

/* Memory the TEE can reach: id for parameters, fd to drop it again. */
struct shm {
	int fd;
	int id;
	uint64_t size;
	uint8_t *data; /* not of protected memory */
};

/* These return false with errno set. What shm_alloc() gave is unmapped by shm_free(). */
bool shm_alloc(const struct client *client, struct shm *shm, uint64_t size);
bool shm_register(const struct client *client, struct shm *shm, void *memory, uint64_t size);
bool shm_register_fd(const struct client *client, struct shm *shm, int fd);
void shm_free(struct shm *shm);

struct tee_ioctl_param memref(uint64_t attr, const struct shm *shm, uint64_t offset, uint64_t size);
#define IN(...) memref(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, __VA_ARGS__)
#define OUT(...) memref(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT, __VA_ARGS__)
#define INOUT(...) memref(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT, __VA_ARGS__)
#define VALUE_IN(value) ((struct tee_ioctl_param){.attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT, .a = (value)})
#define VALUE_OUT ((struct tee_ioctl_param){.attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT})

/* Opens /dev/tee0 and a session with the TA; the result is the TEE's. */
uint32_t client_open(struct client *client);
void client_close(struct client *client);
uint32_t open_session(int device, const uint8_t uuid[16], uint32_t *id);
bool close_session(const struct client *client, uint32_t id);

/* The result is the TEE's, and its origin goes to *origin unless that is NULL. */
uint32_t invoke_from(const struct client *client, uint32_t command, struct tee_ioctl_param *params,
		     unsigned count, uint32_t *origin);
uint32_t invoke(const struct client *client, uint32_t command, struct tee_ioctl_param *params,
		unsigned count);

/* PROTEX_TA_CMD_UNWRAP_KEY with the key of NIST SP 800-38A, F.5.1; args has room for what is wrapped. */
uint32_t unwrap(const struct client *client, const struct shm *args, uint32_t *key);

#endif
