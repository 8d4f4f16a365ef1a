/* SPDX-License-Identifier: MIT */
/* Proves that our own view of the kernel's interface has the kernel's sizes, and what a machine
 * without a TEE is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <protex/protex.h>
#include <protex/ta.h>

#include "../../src/libprotex/uapi.h"

static void structures_have_the_sizes_of_the_kernel(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct tee_ioctl_shm_register_fd_data), 24);
	assert_int_equal(offsetof(struct tee_ioctl_shm_register_fd_data, size), 8);
	assert_int_equal(offsetof(struct tee_ioctl_shm_register_fd_data, id), 20);
	assert_int_equal(TEE_IOC_SHM_REGISTER_FD & 0xffff, 0xa408);
	assert_int_equal(sizeof(struct tee_ioctl_rstmem_alloc_data), 24);
	assert_int_equal(offsetof(struct tee_ioctl_rstmem_alloc_data, use_case), 12);
	assert_int_equal(TEE_IOC_RSTMEM_ALLOC & 0xffff, 0xa40a);
	assert_int_equal(sizeof(struct protex_ta_wrapped_key), PROTEX_TA_WRAPPED_KEY_SIZE);
	assert_int_equal(sizeof(struct protex_ta_decrypt), PROTEX_TA_DECRYPT_SIZE);
	assert_int_equal(sizeof(struct protex_ta_subsample), 8);
}

static void parameter_types_are_those_of_the_kernel(void **state)
{
	(void)state;
	assert_int_equal(PROTEX_PARAMETER_NONE, TEE_IOCTL_PARAM_ATTR_TYPE_NONE);
	assert_int_equal(PROTEX_PARAMETER_VALUE_INPUT, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT);
	assert_int_equal(PROTEX_PARAMETER_VALUE_OUTPUT, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT);
	assert_int_equal(PROTEX_PARAMETER_VALUE_INOUT, TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT);
	assert_int_equal(PROTEX_PARAMETER_MEMORY_INPUT, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT);
	assert_int_equal(PROTEX_PARAMETER_MEMORY_OUTPUT, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT);
	assert_int_equal(PROTEX_PARAMETER_MEMORY_INOUT, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT);
}

static void the_error_keeps_its_size(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct protex_error), 512); /* it is in callers' frames */
}

static void a_file_that_is_no_tee_is_told(void **state)
{
	struct protex_tee *tee = NULL;
	struct protex_error error;

	(void)state;
	assert_int_equal(protex_tee_open(&tee, "/dev/null", &error), -ENODEV);
	assert_non_null(strstr(error.message, "not a TEE device"));
	assert_int_equal(protex_tee_open(&tee, "/nonexistent", &error), -ENODEV);
	assert_non_null(strstr(error.message, "/nonexistent"));
	assert_null(tee);
}

static void without_a_tee_the_error_says_what_to_do(void **state)
{
	struct protex_session *session = NULL;
	struct protex_tee *tee = NULL;
	struct protex_error error;

	(void)state;
	if (access("/dev/tee0", F_OK) == 0)
		skip();
	assert_int_equal(protex_ta_open(&tee, &session, &error), -ENODEV);
	assert_non_null(strstr(error.message, "no TEE"));
	assert_non_null(strstr(error.message, "boot a kernel"));
	assert_null(tee);
	assert_null(session);
}

static void implementations_have_names(void **state)
{
	(void)state;
	assert_string_equal(protex_tee_implementation_name(1), "OP-TEE");
	assert_string_equal(protex_tee_implementation_name(5), "emulated");
	assert_string_equal(protex_tee_implementation_name(12345), "unknown");
}

static void descriptors_count_their_subsamples(void **state)
{
	(void)state;
	assert_int_equal(protex_ta_descriptor_size(0), 32);
	assert_int_equal(protex_ta_descriptor_size(3), 56);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structures_have_the_sizes_of_the_kernel),
		cmocka_unit_test(parameter_types_are_those_of_the_kernel),
		cmocka_unit_test(the_error_keeps_its_size),
		cmocka_unit_test(a_file_that_is_no_tee_is_told),
		cmocka_unit_test(without_a_tee_the_error_says_what_to_do),
		cmocka_unit_test(implementations_have_names),
		cmocka_unit_test(descriptors_count_their_subsamples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
