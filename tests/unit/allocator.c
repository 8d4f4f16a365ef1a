/* SPDX-License-Identifier: MIT */
/* Proves what allocators say where they cannot, and that what they give is there where they can. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <protex/protex.h>

static void uses_have_names(void **state)
{
	struct protex_error error;
	enum protex_use use;

	(void)state;
	for (int i = PROTEX_USE_UNKNOWN; i <= PROTEX_USE_GPU; i++) {
		assert_int_equal(
			protex_use_from_name(protex_use_name((enum protex_use)i), &use, NULL), 0);
		assert_int_equal(use, i);
	}
	assert_int_equal(protex_use_from_name("video", &use, &error), -EINVAL);
	assert_non_null(strstr(error.message, "'video'"));
	assert_non_null(strstr(error.message, "secure-video"));
	assert_string_equal(protex_use_name((enum protex_use)99), "unknown");
}

static void buffers_of_a_gpu_cannot_be_asked_of_a_tee(void **state)
{
	struct protex_allocator *allocator = NULL;
	struct protex_error error;

	(void)state;
	assert_int_equal(protex_allocator_create(&allocator, PROTEX_USE_GPU, &error), -EINVAL);
	assert_int_equal(protex_allocator_create(&allocator, PROTEX_USE_UNKNOWN, &error), -EINVAL);
	assert_int_equal(protex_allocator_create_rstmem(&allocator, PROTEX_USE_GPU, &error), -EINVAL);
	assert_null(allocator);
}

static void without_a_heap_the_error_says_what_is_missing(void **state)
{
	struct protex_allocator *allocator = NULL;
	struct protex_error error;

	(void)state;
	if (access("/dev/dma_heap/protected,secure-video", F_OK) == 0)
		skip();
	assert_int_equal(protex_allocator_create_heap(&allocator, PROTEX_USE_SECURE_VIDEO, &error),
			 -ENODEV);
	assert_non_null(strstr(error.message, "/dev/dma_heap/protected,secure-video"));
	assert_non_null(strstr(error.message, "CONFIG_TEE_DMABUF_HEAPS"));
	assert_null(allocator);
	assert_int_equal(protex_allocator_create(&allocator, PROTEX_USE_SECURE_VIDEO, NULL), -ENODEV);
}

static void ordinary_buffers_can_be_allocated(void **state)
{
	struct protex_allocator *allocator;
	struct protex_error error;
	int fd;

	(void)state;
	if (protex_allocator_create_ordinary(&allocator, &error) < 0) {
		assert_true(strlen(error.message) > 10);
		skip();
	}
	assert_false(protex_allocator_is_protected(allocator));
	assert_int_equal(protex_allocator_alloc(allocator, 0, &error), -EINVAL);
	assert_true(protex_allocator_alloc(allocator, UINT64_MAX, &error) < 0);
	fd = protex_allocator_alloc(allocator, 1, &error);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
	protex_allocator_destroy(allocator);
}

static void a_full_pool_is_an_error_and_recovers(void **state)
{
	struct protex_allocator *allocator;
	struct protex_error error;
	int fd;

	(void)state;
	if (protex_allocator_create(&allocator, PROTEX_USE_SECURE_VIDEO, NULL) < 0)
		skip();
	assert_int_equal(protex_allocator_alloc(allocator, UINT64_C(1) << 40, &error), -ENOMEM);
	fd = protex_allocator_alloc(allocator, 4096, &error);
	assert_true(fd >= 0);
	close(fd);
	protex_allocator_destroy(allocator);
}

static void nothing_is_destroyed_safely(void **state)
{
	(void)state;
	protex_allocator_destroy(NULL);
	protex_tee_close(NULL);
	protex_memory_close(NULL);
	protex_session_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uses_have_names),
		cmocka_unit_test(buffers_of_a_gpu_cannot_be_asked_of_a_tee),
		cmocka_unit_test(without_a_heap_the_error_says_what_is_missing),
		cmocka_unit_test(ordinary_buffers_can_be_allocated),
		cmocka_unit_test(a_full_pool_is_an_error_and_recovers),
		cmocka_unit_test(nothing_is_destroyed_safely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
