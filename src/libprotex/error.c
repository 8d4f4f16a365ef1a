/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <protex/ta.h>

#include "error.h"

int protex_fail(struct protex_error *error, int code, const char *format, ...)
{
	if (!error)
		return code;

	int saved_errno = errno;
	va_list args;

	memset(error, 0, sizeof(*error));
	error->code = code;
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	errno = saved_errno;
	return code;
}

/* Codes of the GlobalPlatform TEE Client API that are not among the TA's own. */
#define TEEC_ERROR_COMMUNICATION 0xFFFF000Eu
#define TEEC_ERROR_BUSY		 0xFFFF000Du
#define TEEC_ERROR_TARGET_DEAD	 0xFFFF3024u

static const struct {
	uint32_t result;
	int code;
	const char *meaning;
} tee_results[] = {
	{PROTEX_TA_ERROR_ACCESS_DENIED, -EACCES,
	 "access denied: a buffer is of the wrong kind (protected where it must not be, or not "
	 "protected where it must be)"},
	{PROTEX_TA_ERROR_EXCESS_DATA, -E2BIG,
	 "too much: more subsamples, NAL units or parameter sets than it takes in one sample"},
	{PROTEX_TA_ERROR_BAD_FORMAT, -EBADMSG, "bad format: not a structure this TA knows"},
	{PROTEX_TA_ERROR_BAD_PARAMETERS, -EINVAL,
	 "bad parameters: a size, offset or range is wrong"},
	{PROTEX_TA_ERROR_BAD_STATE, -EBUSY, "there is a key in that slot: allocate another buffer"},
	{PROTEX_TA_ERROR_ITEM_NOT_FOUND, -ENOENT, "not found"},
	{PROTEX_TA_ERROR_NOT_SUPPORTED, -ENOTSUP, "not supported by this TA"},
	{PROTEX_TA_ERROR_OUT_OF_MEMORY, -ENOMEM, "the TEE is out of memory"},
	{PROTEX_TA_ERROR_SECURITY, -EBADMSG,
	 "not authentic: altered, or made with another key-encryption key than the TA's"},
	{PROTEX_TA_ERROR_SHORT_BUFFER, -EINVAL, "a buffer is too short"},
	{PROTEX_TA_ERROR_STORAGE_NO_SPACE, -ENOSPC, "the session holds as many keys as it can"},
	{TEEC_ERROR_COMMUNICATION, -EIO, "communication with the TEE failed"},
	{TEEC_ERROR_BUSY, -EBUSY, "the TEE is busy"},
	{TEEC_ERROR_TARGET_DEAD, -EIO, "the TA has crashed"},
};

static const char *origin_name(uint32_t origin)
{
	switch (origin) {
	case 1:
		return "the TEE driver";
	case 2:
		return "the channel to the TEE";
	case 3:
		return "the TEE";
	case 4:
		return "the TA";
	default:
		return "an unknown origin";
	}
}

int protex_fail_tee(struct protex_error *error, uint32_t result, uint32_t origin, const char *what)
{
	const char *meaning = "see the TEE's documentation";
	int code = -EIO;

	for (size_t i = 0; i < sizeof(tee_results) / sizeof(tee_results[0]); i++) {
		if (tee_results[i].result == result) {
			meaning = tee_results[i].meaning;
			code = tee_results[i].code;
		}
	}

	protex_fail(error, code, "%s: %s answered 0x%08x (%s)", what, origin_name(origin),
		    (unsigned)result, meaning);
	if (error) {
		error->tee_result = result;
		error->tee_origin = origin;
	}
	return code;
}
