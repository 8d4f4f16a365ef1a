/* SPDX-License-Identifier: MIT */
#ifndef LIBPROTEX_TEE_H
#define LIBPROTEX_TEE_H

#include <stdint.h>

#include <protex/protex.h>

/* The kernel makes /dev/tee0 to /dev/tee15 for clients. */
#define PROTEX_TEE_DEVICES   16u
#define PROTEX_TEE_PATH_SIZE 24u

/* Writes the path of the index-th TEE device to path, of PROTEX_TEE_PATH_SIZE bytes. */
void protex_tee_device_path(char *path, unsigned index);

/* The file descriptor of the device; it stays the TEE's. */
int protex_tee_fd(const struct protex_tee *tee);

/* The TEE that the session is with. */
struct protex_tee *protex_session_tee(const struct protex_session *session);

/* What parameters call the memory. */
int32_t protex_memory_id(const struct protex_memory *memory);

#endif
