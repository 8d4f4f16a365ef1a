/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tee_internal_api.h>

#include "error.h"
#include "fake_tee.h"
#include "ta_host.h"
#include "tee.h"

struct protex_tee {
	char path[8];
};

struct protex_session {
	struct protex_tee *tee;
	void *context;
};

struct protex_memory {
	uint8_t *data;
	size_t size;
	bool secure;
};

struct protex_allocator {
	size_t used;
};

size_t fake_heap_size = SIZE_MAX;
unsigned fake_allocations, fake_imports;
bool fake_no_tee;

int protex_allocator_create(struct protex_allocator **allocator, enum protex_use use,
			    struct protex_error *error)
{
	if (use != PROTEX_USE_SECURE_VIDEO)
		return protex_fail(error, -EINVAL, "it is video");
	*allocator = calloc(1, sizeof(**allocator));
	return 0;
}

void protex_allocator_destroy(struct protex_allocator *allocator)
{
	free(allocator);
}

/* The room is never given back: what a test does is small, and recycles. */
int protex_allocator_alloc(struct protex_allocator *allocator, uint64_t size,
			   struct protex_error *error)
{
	int fd;

	if (size > fake_heap_size - allocator->used)
		return protex_fail(error, -ENOMEM, "the heap is full");
	fd = memfd_create("protected", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return protex_fail(error, -errno, "memfd_create: %s", strerror(errno));
	allocator->used += size;
	__atomic_fetch_add(&fake_allocations, 1, __ATOMIC_RELAXED);
	return fd;
}

void protex_tee_device_path(char *path, unsigned index)
{
	snprintf(path, PROTEX_TEE_PATH_SIZE, "tee%u", index);
}

int protex_tee_open(struct protex_tee **tee, const char *path, struct protex_error *error)
{
	if (fake_no_tee || strcmp(path, "tee0") != 0)
		return protex_fail(error, -ENODEV, "%s is not there", path);
	*tee = calloc(1, sizeof(**tee));
	return 0;
}

void protex_tee_close(struct protex_tee *tee)
{
	free(tee);
}

int protex_session_open(struct protex_session **out, struct protex_tee *tee, const uint8_t uuid[16],
			struct protex_error *error)
{
	struct protex_session *session = calloc(1, sizeof(*session));
	TEE_Param none[4] = {0};

	(void)uuid;
	(void)error;
	session->tee = tee;
	TA_OpenSessionEntryPoint(0, none, &session->context);
	*out = session;
	return 0;
}

void protex_session_close(struct protex_session *session)
{
	if (!session)
		return;
	TA_CloseSessionEntryPoint(session->context);
	free(session);
}

struct protex_tee *protex_session_tee(const struct protex_session *session)
{
	return session->tee;
}

int protex_memory_alloc(struct protex_memory **out, struct protex_tee *tee, size_t size,
			struct protex_error *error)
{
	struct protex_memory *memory = calloc(1, sizeof(*memory));

	(void)tee;
	(void)error;
	memory->data = calloc(1, size);
	memory->size = size;
	*out = memory;
	return 0;
}

int protex_memory_import(struct protex_memory **out, struct protex_tee *tee, int fd,
			 struct protex_error *error)
{
	struct protex_memory *memory = calloc(1, sizeof(*memory));
	struct stat status;

	(void)tee;
	if (fstat(fd, &status) < 0)
		return protex_fail(error, -errno, "fstat: %s", strerror(errno));
	memory->size = (size_t)status.st_size;
	memory->data = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memory->secure = true;
	__atomic_fetch_add(&fake_imports, 1, __ATOMIC_RELAXED);
	*out = memory;
	return 0;
}

void protex_memory_close(struct protex_memory *memory)
{
	if (!memory)
		return;
	if (memory->secure)
		munmap(memory->data, memory->size);
	else
		free(memory->data);
	free(memory);
}

void *protex_memory_data(const struct protex_memory *memory)
{
	return memory->secure ? NULL : memory->data;
}

uint64_t protex_memory_size(const struct protex_memory *memory)
{
	return memory->size;
}

static int code_of(TEE_Result result)
{
	switch (result) {
	case TEE_ERROR_ACCESS_DENIED:
		return -EACCES;
	case TEE_ERROR_SECURITY:
	case TEE_ERROR_BAD_FORMAT:
		return -EBADMSG;
	case TEE_ERROR_ITEM_NOT_FOUND:
		return -ENOENT;
	case TEE_ERROR_STORAGE_NO_SPACE:
		return -ENOSPC;
	case TEE_ERROR_EXCESS_DATA:
		return -E2BIG;
	default:
		return -EINVAL;
	}
}

/* A TEE checks the bounds of what it is told of before the TA sees any of it. */
static bool to_memref(const struct protex_range *range, TEE_Param *param)
{
	if (range->offset > range->memory->size || range->size > range->memory->size - range->offset)
		return false;
	param->memref.buffer = range->memory->data + range->offset;
	param->memref.size = (size_t)range->size;
	ta_host_map(param->memref.buffer, param->memref.size, range->memory->secure, TA_HOST_WRITE);
	return true;
}

int protex_session_invoke(struct protex_session *session, uint32_t command,
			  struct protex_parameter *parameters, size_t count,
			  struct protex_error *error)
{
	TEE_Param params[4] = {0};
	uint32_t types = 0;
	TEE_Result result;

	ta_host_unmap_all();
	for (size_t i = 0; i < count; i++) {
		types |= (uint32_t)parameters[i].type << (4 * i);
		if (parameters[i].type >= PROTEX_PARAMETER_MEMORY_INPUT) {
			if (!to_memref(&parameters[i].range, &params[i]))
				return protex_fail(error, -EINVAL, "out of bounds");
		} else {
			params[i].value.a = parameters[i].value.a;
			params[i].value.b = parameters[i].value.b;
		}
	}
	result = TA_InvokeCommandEntryPoint(session->context, command, types, params);
	if (result != TEE_SUCCESS)
		return protex_fail(error, code_of(result), "the TA refuses it: 0x%08x", result);
	for (size_t i = 0; i < count; i++) {
		if (parameters[i].type == PROTEX_PARAMETER_VALUE_OUTPUT) {
			parameters[i].value.a = params[i].value.a;
			parameters[i].value.b = params[i].value.b;
		}
	}
	return 0;
}
