/* SPDX-License-Identifier: MIT */
/* Proves that a file descriptor is called protected only if the kernel says so of a dma-buf. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <protex/protex.h>

static void a_closed_descriptor_is_told(void **state)
{
	struct protex_buffer_info info;
	struct protex_error error;

	(void)state;
	assert_int_equal(protex_buffer_query(-1, &info, &error), -EBADF);
	assert_int_equal(protex_buffer_query(1 << 20, &info, &error), -EBADF);
	assert_non_null(strstr(error.message, "not open"));
}

static void other_files_are_no_dma_bufs(void **state)
{
	struct protex_buffer_info info;
	struct protex_error error;
	int file = memfd_create("x", MFD_CLOEXEC);

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(protex_buffer_query(file, &info, &error), -EINVAL);
	assert_non_null(strstr(error.message, "not a dma-buf"));
	close(file);

	file = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_int_equal(protex_buffer_query(file, &info, &error), -EINVAL);
	close(file);
}

static void a_name_cannot_imitate_a_dma_buf(void **state)
{
	struct protex_buffer_info info;
	int file = memfd_create("/dmabuf:", MFD_CLOEXEC);

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(protex_buffer_query(file, &info, NULL), -EINVAL);
	close(file);
}

static void ordinary_buffers_are_not_protected(void **state)
{
	struct protex_allocator *allocator;
	struct protex_buffer_info info;
	int fd;

	(void)state;
	if (protex_allocator_create_ordinary(&allocator, NULL) < 0)
		skip(); /* this machine makes no dma-bufs */
	fd = protex_allocator_alloc(allocator, 5000, NULL);
	assert_true(fd >= 0);
	assert_int_equal(protex_buffer_query(fd, &info, NULL), 0);
	assert_false(info.is_protected);
	assert_int_equal(info.size, 8192);
	close(fd);
	protex_allocator_destroy(allocator);
}

static void protected_buffers_are(void **state)
{
	struct protex_allocator *allocator;
	struct protex_buffer_info info;
	int fd;

	(void)state;
	if (protex_allocator_create(&allocator, PROTEX_USE_TRUSTED_UI, NULL) < 0)
		skip(); /* this machine has no TEE that offers them */
	fd = protex_allocator_alloc(allocator, 4096, NULL);
	assert_true(fd >= 0);
	assert_int_equal(protex_buffer_query(fd, &info, NULL), 0);
	assert_true(info.is_protected);
	if (strcmp(info.exporter, "tee") != 0)
		assert_int_equal(info.use, PROTEX_USE_TRUSTED_UI);
	close(fd);
	protex_allocator_destroy(allocator);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_closed_descriptor_is_told),
		cmocka_unit_test(other_files_are_no_dma_bufs),
		cmocka_unit_test(a_name_cannot_imitate_a_dma_buf),
		cmocka_unit_test(ordinary_buffers_are_not_protected),
		cmocka_unit_test(protected_buffers_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
