/* SPDX-License-Identifier: MIT */
/* Proves what libprotex asks of the kernel's TEE interface, and what it makes of the answers: with a
 * kernel made here, by way of the linker's --wrap. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <protex/protex.h>
#include <protex/ta.h>

#include "../../src/libprotex/uapi.h"

/* ---- the kernel -------------------------------------------------------------------------------- */

static struct {
	int device;	/* /dev/tee0, when it is open */
	int open_error; /* errno of opening it; 0: it is there */
	uint32_t session_ret, invoke_ret, ret_origin;
	bool has_rstmem, is_full;
	size_t largest_shm; /* 0: any size can be had */
	bool registers;	    /* memory of the program */

	/* what was asked of it */
	uint8_t uuid[16];
	unsigned open_sessions;
	struct tee_ioctl_invoke_arg invoked;
	struct tee_ioctl_param params[4];
	struct tee_ioctl_rstmem_alloc_data rstmem;
	struct tee_ioctl_shm_register_data registered;
	int memory[16]; /* by id */
	int32_t next_id;

	/* what it puts into output parameters */
	struct tee_ioctl_param answers[4];
	const void *answer_bytes; /* into the last parameter's memory */
	size_t answer_size;
} kernel;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);

static int open_fake(const char *path, int flags)
{
	if (strcmp(path, "/dev/tee0") == 0) {
		if (kernel.open_error) {
			errno = kernel.open_error;
			return -1;
		}
		return kernel.device = memfd_create("fake tee", MFD_CLOEXEC);
	}
	if (strncmp(path, "/dev/", 5) == 0) {
		errno = ENOENT;
		return -1;
	}
	return __real_open(path, flags, 0600);
}

int __wrap_open(const char *path, int flags, ...)
{
	return open_fake(path, flags);
}

int __wrap_open64(const char *path, int flags, ...)
{
	return open_fake(path, flags);
}

static int fake_shm_alloc(struct tee_ioctl_shm_alloc_data *data)
{
	int fd;

	if (kernel.largest_shm && data->size > kernel.largest_shm) {
		errno = ENOMEM;
		return -1;
	}
	fd = memfd_create("fake memory", 0);
	assert_true(kernel.next_id < 16);
	assert_int_equal(data->flags, 0);
	assert_int_equal(ftruncate(fd, (off_t)data->size), 0);
	data->id = kernel.next_id;
	kernel.memory[kernel.next_id++] = dup(fd);
	return fd;
}

static int fake_shm_register(struct tee_ioctl_shm_register_data *data)
{
	if (!kernel.registers) {
		errno = EOPNOTSUPP;
		return -1;
	}
	assert_int_equal(data->flags, 0);
	assert_int_equal(data->addr % (uint64_t)sysconf(_SC_PAGESIZE), 0);
	kernel.registered = *data;
	data->id = 7;
	return memfd_create("fake registration", 0);
}

static int fake_open_session(struct tee_ioctl_buf_data *buf)
{
	struct tee_ioctl_open_session_arg *arg = (void *)(uintptr_t)buf->buf_ptr;

	assert_int_equal(buf->buf_len, sizeof(*arg));
	assert_int_equal(arg->clnt_login, TEE_IOCTL_LOGIN_PUBLIC);
	assert_int_equal(arg->num_params, 0);
	memcpy(kernel.uuid, arg->uuid, 16);
	arg->ret = kernel.session_ret;
	arg->ret_origin = kernel.ret_origin;
	arg->session = 42;
	kernel.open_sessions += arg->ret == 0;
	return 0;
}

static int fake_invoke(struct tee_ioctl_buf_data *buf)
{
	struct tee_ioctl_invoke_arg *arg = (void *)(uintptr_t)buf->buf_ptr;

	/* As strict as tee_core.c. */
	assert_int_equal(buf->buf_len,
			 sizeof(*arg) + arg->num_params * sizeof(struct tee_ioctl_param));
	kernel.invoked = *arg;
	for (uint32_t i = 0; i < arg->num_params; i++) {
		kernel.params[i] = arg->params[i];
		arg->params[i].a = kernel.answers[i].a;
		arg->params[i].b = kernel.answers[i].b;
	}
	if (kernel.answer_bytes) {
		struct tee_ioctl_param *last = &kernel.params[arg->num_params - 1];

		assert_int_equal(pwrite(kernel.memory[last->c], kernel.answer_bytes,
					kernel.answer_size, (off_t)last->a),
				 kernel.answer_size);
	}
	arg->ret = kernel.invoke_ret;
	arg->ret_origin = kernel.ret_origin;
	return 0;
}

static int fake_rstmem_alloc(struct tee_ioctl_rstmem_alloc_data *data)
{
	if (!kernel.has_rstmem) {
		errno = EINVAL;
		return -1;
	}
	if (kernel.is_full) {
		errno = ENOMEM;
		return -1;
	}
	kernel.rstmem = *data;
	return memfd_create("fake restricted memory", 0);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (fd != kernel.device || kernel.device < 0)
		return __real_ioctl(fd, request, arg);

	switch (request) {
	case TEE_IOC_VERSION:
		*(struct tee_ioctl_version_data *)arg = (struct tee_ioctl_version_data){1, 2, 3};
		return 0;
	case TEE_IOC_SHM_ALLOC:
		return fake_shm_alloc(arg);
	case TEE_IOC_SHM_REGISTER:
		return fake_shm_register(arg);
	case TEE_IOC_OPEN_SESSION:
		return fake_open_session(arg);
	case TEE_IOC_CLOSE_SESSION:
		assert_int_equal(((struct tee_ioctl_close_session_arg *)arg)->session, 42);
		kernel.open_sessions--;
		return 0;
	case TEE_IOC_INVOKE:
		return fake_invoke(arg);
	case TEE_IOC_RSTMEM_ALLOC:
		return fake_rstmem_alloc(arg);
	default:
		errno = EINVAL;
		return -1;
	}
}

static int start(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	kernel.device = -1;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	for (int i = 0; i < kernel.next_id; i++)
		close(kernel.memory[i]);
	return kernel.open_sessions == 0 ? 0 : -1;
}

/* ---- the tests --------------------------------------------------------------------------------- */

static void open_ta(struct protex_tee **tee, struct protex_session **session)
{
	assert_int_equal(protex_ta_open(tee, session, NULL), 0);
}

static void close_ta(struct protex_tee *tee, struct protex_session *session)
{
	protex_session_close(session);
	protex_tee_close(tee);
	kernel.device = -1;
}

static void a_device_tells_what_it_is(void **state)
{
	struct protex_tee_info info;
	struct protex_tee *tee;

	(void)state;
	assert_int_equal(protex_tee_open(&tee, "/dev/tee0", NULL), 0);
	protex_tee_get_info(tee, &info);
	assert_int_equal(info.implementation, 1);
	assert_int_equal(info.implementation_capabilities, 2);
	assert_int_equal(info.capabilities, 3);
	assert_string_equal(protex_tee_path(tee), "/dev/tee0");
	protex_tee_close(tee);
}

static void the_ta_is_found_by_its_uuid(void **state)
{
	static const uint8_t uuid[16] = PROTEX_TA_UUID_OCTETS;
	struct protex_session *session;
	struct protex_tee *tee;

	(void)state;
	open_ta(&tee, &session);
	assert_memory_equal(kernel.uuid, uuid, 16);
	assert_int_equal(kernel.open_sessions, 1);
	close_ta(tee, session);
	assert_int_equal(kernel.open_sessions, 0);
}

static void a_tee_without_the_ta_is_told(void **state)
{
	struct protex_session *session = NULL;
	struct protex_tee *tee = NULL;
	struct protex_error error;

	(void)state;
	kernel.session_ret = PROTEX_TA_ERROR_ITEM_NOT_FOUND;
	kernel.ret_origin = 3;
	assert_int_equal(protex_ta_open(&tee, &session, &error), -ENODEV);
	assert_non_null(strstr(error.message, "no TEE of this machine has the protex TA"));
	assert_non_null(strstr(error.message, "0xffff0008"));
	assert_null(tee);
	assert_null(session);
}

static void a_tee_that_may_not_be_opened_is_told(void **state)
{
	struct protex_session *session;
	struct protex_error error;
	struct protex_tee *tee;

	(void)state;
	kernel.open_error = EACCES;
	assert_int_equal(protex_ta_open(&tee, &session, &error), -EACCES);
	assert_int_equal(strncmp(error.message, "/dev/tee0 may not be opened", 27), 0);
	kernel.open_error = EMFILE;
	assert_int_equal(protex_ta_open(&tee, &session, &error), -EMFILE);
	assert_non_null(strstr(error.message, "/dev/tee0"));
	kernel.open_error = ENOENT;
	assert_int_equal(protex_ta_open(&tee, &session, &error), -ENODEV);
	assert_non_null(strstr(error.message, "has no TEE"));
}

static void parameters_go_in_and_come_out(void **state)
{
	struct protex_parameter p[4] = {
		{.type = PROTEX_PARAMETER_VALUE_INOUT, .value = {1, 2}},
		{.type = PROTEX_PARAMETER_MEMORY_OUTPUT},
		{.type = PROTEX_PARAMETER_NONE},
		{.type = PROTEX_PARAMETER_VALUE_OUTPUT, .value = {77, 78}},
	};
	struct protex_session *session;
	struct protex_memory *memory;
	struct protex_tee *tee;

	(void)state;
	open_ta(&tee, &session);
	assert_int_equal(protex_memory_alloc(&memory, tee, 100, NULL), 0);
	memset(protex_memory_data(memory), 0, 100);
	p[1].range = (struct protex_range){memory, 10, 20};
	kernel.answers[0] = (struct tee_ioctl_param){.a = 3, .b = 4};
	kernel.answers[1] = (struct tee_ioctl_param){.a = 10, .b = 15};
	kernel.answers[3] = (struct tee_ioctl_param){.a = 5, .b = 6};
	assert_int_equal(protex_session_invoke(session, 9, p, 4, NULL), 0);

	assert_int_equal(kernel.invoked.func, 9);
	assert_int_equal(kernel.invoked.session, 42);
	assert_int_equal(kernel.invoked.num_params, 4);
	assert_int_equal(kernel.params[0].attr, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT);
	assert_int_equal(kernel.params[0].a, 1);
	assert_int_equal(kernel.params[0].b, 2);
	assert_int_equal(kernel.params[1].attr, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT);
	assert_int_equal(kernel.params[1].a, 10);
	assert_int_equal(kernel.params[1].b, 20);
	assert_int_equal(kernel.params[1].c, 0);
	assert_int_equal(kernel.params[2].attr, 0);
	assert_int_equal(kernel.params[3].a, 0); /* nothing goes in where only out is said */
	assert_int_equal(p[0].value.a, 3);
	assert_int_equal(p[0].value.b, 4);
	assert_int_equal(p[1].range.size, 15);
	assert_int_equal(p[3].value.a, 5);
	protex_memory_close(memory);
	close_ta(tee, session);
}

static void wrong_parameters_do_not_reach_the_kernel(void **state)
{
	struct protex_parameter p[5] = {{.type = PROTEX_PARAMETER_MEMORY_INPUT}};
	struct protex_session *session;
	struct protex_tee *tee;

	(void)state;
	open_ta(&tee, &session);
	assert_int_equal(protex_session_invoke(session, 9, p, 1, NULL), -EINVAL);
	assert_int_equal(protex_session_invoke(session, 9, p, 5, NULL), -EINVAL);
	p[0].type = (enum protex_parameter_type)4;
	assert_int_equal(protex_session_invoke(session, 9, p, 1, NULL), -EINVAL);
	assert_int_equal(kernel.invoked.func, 0);
	close_ta(tee, session);
}

static void refusals_have_the_nearest_errno_and_leave_outputs(void **state)
{
	static const struct {
		uint32_t result;
		int code;
	} results[] = {
		{PROTEX_TA_ERROR_ACCESS_DENIED, -EACCES},
		{PROTEX_TA_ERROR_BAD_FORMAT, -EBADMSG},
		{PROTEX_TA_ERROR_BAD_PARAMETERS, -EINVAL},
		{PROTEX_TA_ERROR_ITEM_NOT_FOUND, -ENOENT},
		{PROTEX_TA_ERROR_NOT_SUPPORTED, -ENOTSUP},
		{PROTEX_TA_ERROR_OUT_OF_MEMORY, -ENOMEM},
		{PROTEX_TA_ERROR_SECURITY, -EBADMSG},
		{PROTEX_TA_ERROR_SHORT_BUFFER, -EINVAL},
		{PROTEX_TA_ERROR_STORAGE_NO_SPACE, -ENOSPC},
		{0x12345678, -EIO},
	};
	struct protex_session *session;
	struct protex_tee *tee;

	(void)state;
	open_ta(&tee, &session);
	kernel.ret_origin = 4;
	kernel.answers[0] = (struct tee_ioctl_param){.a = 3};
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		struct protex_parameter p = {.type = PROTEX_PARAMETER_VALUE_OUTPUT, .value = {7, 0}};
		struct protex_error error;

		kernel.invoke_ret = results[i].result;
		assert_int_equal(protex_session_invoke(session, 1, &p, 1, &error), results[i].code);
		assert_int_equal(error.tee_result, results[i].result);
		assert_int_equal(error.tee_origin, 4);
		assert_non_null(strstr(error.message, "the TA answered"));
		assert_int_equal(p.value.a, 7);
	}
	close_ta(tee, session);
}

static void a_wrapped_key_arrives_as_it_is(void **state)
{
	uint8_t wrapped[PROTEX_TA_WRAPPED_KEY_SIZE], arrived[PROTEX_TA_WRAPPED_KEY_SIZE];
	struct protex_session *session;
	struct protex_tee *tee;
	uint32_t id = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof(wrapped); i++)
		wrapped[i] = (uint8_t)i;
	open_ta(&tee, &session);
	kernel.answers[1].a = 5;
	assert_int_equal(protex_ta_unwrap_key(session, wrapped, sizeof(wrapped), &id, NULL), 0);
	assert_int_equal(id, 5);
	assert_int_equal(kernel.invoked.func, PROTEX_TA_CMD_UNWRAP_KEY);
	assert_int_equal(kernel.params[0].b, sizeof(wrapped));
	assert_int_equal(pread(kernel.memory[0], arrived, sizeof(arrived), 0), sizeof(arrived));
	assert_memory_equal(arrived, wrapped, sizeof(wrapped));
	assert_int_equal(protex_ta_unwrap_key(session, wrapped, 51, &id, NULL), -EBADMSG);
	close_ta(tee, session);
}

static void a_decryption_is_described_in_little_endian(void **state)
{
	static const uint8_t wanted[48] = {
		0x04, 0x03, 0x02, 0x01, 2, 0, 0, 0, /* key, subsamples */
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, /* iv */
		0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, /* offset */
		1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0, 0,
	};
	static const struct protex_subsample subsamples[] = {{1, 2}, {3, 0x400}};
	struct protex_decryption d = {
		.key_id = 0x01020304,
		.iv = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		.destination_offset = UINT64_C(0x0102030405060708),
		.subsamples = subsamples,
		.subsample_count = 2,
	};
	struct protex_session *session;
	struct protex_memory *source, *destination;
	struct protex_tee *tee;

	(void)state;
	open_ta(&tee, &session);
	assert_int_equal(protex_memory_alloc(&source, tee, 100, NULL), 0);
	assert_int_equal(protex_memory_alloc(&destination, tee, 50, NULL), 0);
	d.source = (struct protex_range){source, 0, 40};
	d.descriptor = (struct protex_range){source, 41, 59};
	d.destination = destination;
	assert_int_equal(protex_ta_decrypt(session, &d, NULL), 0);
	assert_memory_equal((uint8_t *)protex_memory_data(source) + 41, wanted, sizeof(wanted));
	assert_int_equal(kernel.invoked.func, PROTEX_TA_CMD_DECRYPT);
	assert_int_equal(kernel.params[0].attr, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT);
	assert_int_equal(kernel.params[0].b, 40);
	assert_int_equal(kernel.params[1].attr, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT);
	assert_int_equal(kernel.params[1].b, 50);
	assert_int_equal(kernel.params[1].c, 1);
	assert_int_equal(kernel.params[2].a, 41);
	assert_int_equal(kernel.params[2].b, 48);

	/* Room that is not there is not written to. */
	memset(&kernel.invoked, 0, sizeof(kernel.invoked));
	d.descriptor.size = 47;
	assert_int_equal(protex_ta_decrypt(session, &d, NULL), -EINVAL);
	d.descriptor = (struct protex_range){source, 60, UINT64_MAX};
	assert_int_equal(protex_ta_decrypt(session, &d, NULL), -EINVAL);
	d.descriptor = (struct protex_range){source, UINT64_MAX, 48};
	assert_int_equal(protex_ta_decrypt(session, &d, NULL), -EINVAL);
	d.descriptor = (struct protex_range){source, 41, 59};
	d.subsample_count = PROTEX_TA_MAX_SUBSAMPLES + 1;
	assert_int_equal(protex_ta_decrypt(session, &d, NULL), -EINVAL);
	d.subsample_count = 1;
	d.subsamples = NULL;
	assert_int_equal(protex_ta_decrypt(session, &d, NULL), -EINVAL);
	d.destination = NULL;
	assert_int_equal(protex_ta_decrypt(session, &d, NULL), -EINVAL);
	assert_int_equal(kernel.invoked.func, 0);
	protex_memory_close(source);
	protex_memory_close(destination);
	close_ta(tee, session);
}

static void a_sample_is_described_in_little_endian(void **state)
{
	static const uint8_t wanted[51] = {
		0x04, 0x03, 0x02, 0x01, 1, 0, 0, 0, /* key, subsamples */
		1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, /* iv */
		0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01, /* offset */
		3, 0, 0, 0, 2, 1, 9, 4, /* head, scheme, pattern, length of lengths */
		1, 0, 0, 0, 0, 4, 0, 0, 'S', 'P', 'S',
	};
	static const struct protex_subsample subsamples[] = {{1, 0x400}};
	struct protex_sample good = {
		.key_id = 0x01020304,
		.scheme = PROTEX_SCHEME_CBCS,
		.crypt_blocks = 1,
		.skip_blocks = 9,
		.nal_length_size = 4,
		.iv = {1, 2, 3, 4, 5, 6, 7, 8},
		.destination_offset = UINT64_C(0x0102030405060708),
		.subsamples = subsamples,
		.subsample_count = 1,
		.head = "SPS",
		.head_size = 3,
	};
	struct protex_sample s;
	struct protex_session *session;
	struct protex_memory *source, *destination;
	struct protex_tee *tee;
	struct protex_error error;
	uint64_t written = 0;

	(void)state;
	open_ta(&tee, &session);
	assert_int_equal(protex_memory_alloc(&source, tee, 100, NULL), 0);
	assert_int_equal(protex_memory_alloc(&destination, tee, 50, NULL), 0);
	good.source = (struct protex_range){source, 0, 40};
	good.descriptor = (struct protex_range){source, 41, 51};
	good.destination = destination;
	kernel.answers[3].a = 1234;
	assert_int_equal(protex_ta_decrypt_sample(session, &good, &written, NULL), 0);
	assert_int_equal(written, 1234);
	assert_memory_equal((uint8_t *)protex_memory_data(source) + 41, wanted, sizeof(wanted));
	assert_int_equal(kernel.invoked.func, PROTEX_TA_CMD_DECRYPT_SAMPLE);
	assert_int_equal(kernel.params[0].b, 40);
	assert_int_equal(kernel.params[1].attr, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT);
	assert_int_equal(kernel.params[1].b, 50);
	assert_int_equal(kernel.params[2].a, 41);
	assert_int_equal(kernel.params[2].b, 51);
	assert_int_equal(kernel.params[3].attr, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT);

	/* What cannot be described is not sent. */
	memset(&kernel.invoked, 0, sizeof(kernel.invoked));
	s = good;
	s.descriptor.size = 50;
	assert_int_equal(protex_ta_decrypt_sample(session, &s, &written, NULL), -EINVAL);
	s = good;
	s.subsample_count = PROTEX_TA_MAX_SUBSAMPLES + 1;
	assert_int_equal(protex_ta_decrypt_sample(session, &s, &written, &error), -E2BIG);
	assert_non_null(strstr(error.message, "1025 subsamples"));
	s = good;
	s.head_size = PROTEX_TA_MAX_HEAD + 1;
	assert_int_equal(protex_ta_decrypt_sample(session, &s, &written, &error), -E2BIG);
	assert_non_null(strstr(error.message, "8193 bytes"));
	s = good;
	s.head = NULL;
	assert_int_equal(protex_ta_decrypt_sample(session, &s, &written, NULL), -EINVAL);
	s = good;
	s.subsamples = NULL;
	assert_int_equal(protex_ta_decrypt_sample(session, &s, &written, NULL), -EINVAL);
	s = good;
	s.destination = NULL;
	assert_int_equal(protex_ta_decrypt_sample(session, &s, &written, NULL), -EINVAL);
	assert_int_equal(kernel.invoked.func, 0);

	kernel.invoke_ret = PROTEX_TA_ERROR_EXCESS_DATA;
	assert_int_equal(protex_ta_decrypt_sample(session, &good, &written, NULL), -E2BIG);
	protex_memory_close(source);
	protex_memory_close(destination);
	close_ta(tee, session);
}

static void a_digest_comes_back(void **state)
{
	struct protex_session *session;
	struct protex_memory *memory;
	struct protex_tee *tee;
	uint8_t wanted[32], digest[32];

	(void)state;
	memset(wanted, 0xd1, sizeof(wanted));
	open_ta(&tee, &session);
	assert_int_equal(protex_memory_alloc(&memory, tee, 50, NULL), 0);
	kernel.answer_bytes = wanted;
	kernel.answer_size = sizeof(wanted);
	assert_int_equal(protex_ta_digest(session, &(struct protex_range){memory, 1, 2}, digest,
					  NULL),
			 0);
	assert_memory_equal(digest, wanted, sizeof(wanted));
	assert_int_equal(kernel.params[0].a, 1);
	assert_int_equal(kernel.params[0].b, 2);
	assert_int_equal(kernel.params[1].b, 32);
	protex_memory_close(memory);
	close_ta(tee, session);
}

static void keys_are_forgotten_and_ranges_scrubbed(void **state)
{
	struct protex_session *session;
	struct protex_memory *memory;
	struct protex_tee *tee;

	(void)state;
	open_ta(&tee, &session);
	assert_int_equal(protex_ta_forget_key(session, 77, NULL), 0);
	assert_int_equal(kernel.invoked.func, PROTEX_TA_CMD_FORGET_KEY);
	assert_int_equal(kernel.invoked.num_params, 1);
	assert_int_equal(kernel.params[0].attr, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT);
	assert_int_equal(kernel.params[0].a, 77);
	assert_int_equal(kernel.params[0].b, 0);

	assert_int_equal(protex_memory_alloc(&memory, tee, 50, NULL), 0);
	assert_int_equal(protex_ta_scrub(session, &(struct protex_range){memory, 3, 4}, NULL), 0);
	assert_int_equal(kernel.invoked.func, PROTEX_TA_CMD_SCRUB);
	assert_int_equal(kernel.invoked.num_params, 1);
	assert_int_equal(kernel.params[0].attr, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT);
	assert_int_equal(kernel.params[0].a, 3);
	assert_int_equal(kernel.params[0].b, 4);
	protex_memory_close(memory);
	close_ta(tee, session);
}

static void restricted_memory_comes_from_the_device_where_there_is_no_heap(void **state)
{
	struct protex_allocator *allocator;
	struct protex_error error;
	int fd;

	(void)state;
	assert_int_equal(protex_allocator_create(&allocator, PROTEX_USE_TRUSTED_UI, &error), -ENODEV);
	assert_non_null(strstr(error.message, "/dev/dma_heap/protected,trusted-ui"));

	kernel.has_rstmem = true;
	assert_int_equal(protex_allocator_create(&allocator, PROTEX_USE_TRUSTED_UI, NULL), 0);
	assert_string_equal(protex_allocator_name(allocator), "/dev/tee0");
	assert_true(protex_allocator_is_protected(allocator));
	fd = protex_allocator_alloc(allocator, 12345, NULL);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(kernel.rstmem.size, 12345);
	assert_int_equal(kernel.rstmem.use_case, TEE_IOC_UC_TRUSTED_UI);
	assert_int_equal(kernel.rstmem.flags, 0);
	close(fd);
	protex_allocator_destroy(allocator);
}

static void a_pool_that_is_full_is_no_pool_that_is_missing(void **state)
{
	struct protex_allocator *allocator;
	struct protex_error error;

	(void)state;
	kernel.has_rstmem = true;
	kernel.is_full = true;
	assert_int_equal(protex_allocator_create_rstmem(&allocator, PROTEX_USE_SECURE_VIDEO, NULL), 0);
	assert_int_equal(protex_allocator_alloc(allocator, 1, &error), -ENOMEM);
	assert_non_null(strstr(error.message, "/dev/tee0 gave no protected buffer"));
	protex_allocator_destroy(allocator);
}

/* What the driver cannot allocate in one piece, the program does. */
static void memory_that_is_too_large_for_the_driver_is_registered(void **state)
{
	const size_t size = 3 * 4096 + 1;
	struct protex_session *session;
	struct protex_memory *memory;
	struct protex_error error;
	struct protex_tee *tee;

	(void)state;
	open_ta(&tee, &session);
	kernel.largest_shm = 4096;
	assert_int_equal(protex_memory_alloc(&memory, tee, size, &error), -ENOMEM);
	assert_non_null(strstr(error.message, "no 12289 bytes of shared memory"));

	kernel.registers = true;
	assert_int_equal(protex_memory_alloc(&memory, tee, size, NULL), 0);
	assert_int_equal(kernel.registered.length, size);
	assert_ptr_equal((void *)(uintptr_t)kernel.registered.addr, protex_memory_data(memory));
	assert_int_equal(protex_memory_size(memory), size);
	memset(protex_memory_data(memory), 1, size);
	protex_memory_close(memory);

	/* What it can, it does. */
	kernel.registered = (struct tee_ioctl_shm_register_data){0};
	assert_int_equal(protex_memory_alloc(&memory, tee, 4096, NULL), 0);
	assert_int_equal(kernel.registered.length, 0);
	protex_memory_close(memory);
	close_ta(tee, session);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_tells_what_it_is),
		TEST(the_ta_is_found_by_its_uuid),
		TEST(a_tee_without_the_ta_is_told),
		TEST(a_tee_that_may_not_be_opened_is_told),
		TEST(parameters_go_in_and_come_out),
		TEST(wrong_parameters_do_not_reach_the_kernel),
		TEST(refusals_have_the_nearest_errno_and_leave_outputs),
		TEST(a_wrapped_key_arrives_as_it_is),
		TEST(a_decryption_is_described_in_little_endian),
		TEST(a_sample_is_described_in_little_endian),
		TEST(a_digest_comes_back),
		TEST(keys_are_forgotten_and_ranges_scrubbed),
		TEST(memory_that_is_too_large_for_the_driver_is_registered),
		TEST(restricted_memory_comes_from_the_device_where_there_is_no_heap),
		TEST(a_pool_that_is_full_is_no_pool_that_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
