/* SPDX-License-Identifier: MIT */
/* Sessions with a trusted application. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/tee.h>

#include "error.h"
#include "tee.h"

struct protex_session {
	struct protex_tee *tee;
	uint32_t id;
};

int protex_session_open(struct protex_session **out, struct protex_tee *tee, const uint8_t uuid[16],
			struct protex_error *error)
{
	struct tee_ioctl_open_session_arg arg = {.clnt_login = TEE_IOCTL_LOGIN_PUBLIC};
	struct tee_ioctl_buf_data buf = {
		.buf_ptr = (uintptr_t)&arg,
		.buf_len = sizeof(arg),
	};
	struct protex_session *session;
	char what[96];

	session = calloc(1, sizeof(*session));
	if (!session)
		return protex_fail(error, -ENOMEM, "out of memory");

	memcpy(arg.uuid, uuid, sizeof(arg.uuid));
	snprintf(what, sizeof(what),
		 "opening TA %02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x on "
		 "%s",
		 uuid[0], uuid[1], uuid[2], uuid[3], uuid[4], uuid[5], uuid[6], uuid[7], uuid[8],
		 uuid[9], uuid[10], uuid[11], uuid[12], uuid[13], uuid[14], uuid[15],
		 protex_tee_path(tee));

	if (ioctl(protex_tee_fd(tee), TEE_IOC_OPEN_SESSION, &buf) < 0) {
		int code = -errno;

		free(session);
		return protex_fail(error, code, "%s: %s", what, strerror(-code));
	}
	if (arg.ret != 0) {
		free(session);
		return protex_fail_tee(error, arg.ret, arg.ret_origin, what);
	}
	session->tee = tee;
	session->id = arg.session;
	*out = session;
	return 0;
}

void protex_session_close(struct protex_session *session)
{
	if (!session)
		return;

	struct tee_ioctl_close_session_arg arg = {.session = session->id};

	ioctl(protex_tee_fd(session->tee), TEE_IOC_CLOSE_SESSION, &arg);
	free(session);
}

struct protex_tee *protex_session_tee(const struct protex_session *session)
{
	return session->tee;
}

/* The ioctl's argument with room for every parameter. */
#define INVOCATION_SIZE                                                                            \
	(sizeof(struct tee_ioctl_invoke_arg) +                                                     \
	 PROTEX_MAX_PARAMETERS * sizeof(struct tee_ioctl_param))

static int encode(const struct protex_parameter *in, struct tee_ioctl_param *out,
		  struct protex_error *error)
{
	out->attr = (uint64_t)in->type;
	switch (in->type) {
	case PROTEX_PARAMETER_NONE:
	case PROTEX_PARAMETER_VALUE_OUTPUT:
		return 0;
	case PROTEX_PARAMETER_VALUE_INPUT:
	case PROTEX_PARAMETER_VALUE_INOUT:
		out->a = in->value.a;
		out->b = in->value.b;
		return 0;
	case PROTEX_PARAMETER_MEMORY_INPUT:
	case PROTEX_PARAMETER_MEMORY_OUTPUT:
	case PROTEX_PARAMETER_MEMORY_INOUT:
		if (!in->range.memory)
			return protex_fail(error, -EINVAL, "a parameter names no memory");
		out->a = in->range.offset;
		out->b = in->range.size;
		out->c = (uint64_t)protex_memory_id(in->range.memory);
		return 0;
	default:
		return protex_fail(error, -EINVAL, "parameter type %d does not exist",
				   (int)in->type);
	}
}

static void decode(const struct tee_ioctl_param *in, struct protex_parameter *out)
{
	switch (out->type) {
	case PROTEX_PARAMETER_VALUE_OUTPUT:
	case PROTEX_PARAMETER_VALUE_INOUT:
		out->value.a = (uint32_t)in->a;
		out->value.b = (uint32_t)in->b;
		break;
	case PROTEX_PARAMETER_MEMORY_OUTPUT:
	case PROTEX_PARAMETER_MEMORY_INOUT:
		out->range.size = in->b;
		break;
	default:
		break;
	}
}

int protex_session_invoke(struct protex_session *session, uint32_t command,
			  struct protex_parameter *parameters, size_t count,
			  struct protex_error *error)
{
	_Alignas(struct tee_ioctl_invoke_arg) uint8_t invocation[INVOCATION_SIZE] = {0};
	struct tee_ioctl_invoke_arg *arg = (struct tee_ioctl_invoke_arg *)invocation;
	struct tee_ioctl_buf_data buf = {
		.buf_ptr = (uintptr_t)arg,
		.buf_len = sizeof(*arg) + count * sizeof(arg->params[0]),
	};
	char what[48];
	int ret;

	if (count > PROTEX_MAX_PARAMETERS)
		return protex_fail(error, -EINVAL, "%zu parameters are more than the %d there can be",
				   count, PROTEX_MAX_PARAMETERS);
	arg->func = command;
	arg->session = session->id;
	arg->num_params = (uint32_t)count;
	for (size_t i = 0; i < count; i++) {
		ret = encode(&parameters[i], &arg->params[i], error);
		if (ret < 0)
			return ret;
	}

	snprintf(what, sizeof(what), "TA command %u", (unsigned)command);
	if (ioctl(protex_tee_fd(session->tee), TEE_IOC_INVOKE, &buf) < 0)
		return protex_fail(error, -errno, "%s on %s: %s", what,
				   protex_tee_path(session->tee), strerror(errno));
	if (arg->ret != 0)
		return protex_fail_tee(error, arg->ret, arg->ret_origin, what);

	for (size_t i = 0; i < count; i++)
		decode(&arg->params[i], &parameters[i]);
	return 0;
}
