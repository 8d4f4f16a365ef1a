/* SPDX-License-Identifier: MIT */
/* Proves that the probe reaches what nobody protects, sees the true bytes, and changes nothing. */
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

#define SIZE 10000u

struct seen {
	const char *route;
	int error;
	uint64_t bytes;
	uint8_t first;
	unsigned count;
};

static void look_for(const struct protex_probe_result *result, void *data)
{
	struct seen *seen = data;

	if (strcmp(result->route, seen->route) != 0)
		return;
	seen->count++;
	seen->error = result->error;
	seen->bytes = result->bytes;
	seen->first = result->sample_size ? result->sample[0] : 0;
}

static int make_file(void)
{
	int file = memfd_create("probe test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	uint8_t bytes[SIZE];

	assert_true(file >= 0);
	for (unsigned i = 0; i < SIZE; i++)
		bytes[i] = (uint8_t)(0x42 + i);
	assert_int_equal(write(file, bytes, SIZE), SIZE);
	assert_int_equal(lseek(file, 123, SEEK_SET), 123);
	return file;
}

static void every_file_route_reaches_a_memory_file(void **state)
{
	static const char *const reading[] = {
		"mmap-shared-read", "mmap-private-read", "mmap-shared-write", "read", "pread",
		"sendfile",	    "splice",		 "copy-file-range",   "reopen",
	};
	int file = make_file();
	unsigned reached = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(reading) / sizeof(reading[0]); i++) {
		struct seen seen = {.route = reading[i]};

		assert_int_equal(protex_probe(file, look_for, &seen, &reached, NULL), 0);
		assert_int_equal(seen.count, 1);
		assert_int_equal(seen.error, 0);
		assert_true(seen.bytes == 4096);
		assert_int_equal(seen.first, 0x42);
		assert_true(reached >= 10);
	}
	close(file);
}

static void a_memory_file_has_no_dma_buf_route(void **state)
{
	struct seen seen = {.route = "dma-buf-sync"};
	int file = make_file();

	(void)state;
	assert_int_equal(protex_probe(file, look_for, &seen, NULL, NULL), 0);
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.error, -ENOTTY);
	close(file);
}

static void probing_changes_nothing(void **state)
{
	int file = make_file();
	uint8_t bytes[SIZE];

	(void)state;
	assert_int_equal(protex_probe(file, NULL, NULL, NULL, NULL), 0);
	assert_int_equal(lseek(file, 0, SEEK_CUR), 123);
	assert_int_equal(pread(file, bytes, SIZE, 0), SIZE);
	for (unsigned i = 0; i < SIZE; i++)
		assert_int_equal(bytes[i], (uint8_t)(0x42 + i));
	assert_int_equal(lseek(file, 0, SEEK_END), SIZE);
	close(file);
}

/* What is written to such a file goes to its end. */
static void probing_adds_nothing_to_a_file_for_appending(void **state)
{
	struct seen written = {.route = "pwrite"};
	int file = make_file();

	(void)state;
	assert_int_equal(fcntl(file, F_SETFL, O_APPEND), 0);
	assert_int_equal(protex_probe(file, look_for, &written, NULL, NULL), 0);
	assert_int_equal(written.error, 0);
	assert_int_equal(lseek(file, 0, SEEK_END), SIZE);
	close(file);
}

static void a_sealed_file_refuses_writes_only(void **state)
{
	struct seen mapped = {.route = "mmap-shared-write"};
	struct seen written = {.route = "pwrite"};
	struct seen read = {.route = "mmap-shared-read"};
	int file = make_file();

	(void)state;
	assert_int_equal(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE), 0);
	assert_int_equal(protex_probe(file, look_for, &mapped, NULL, NULL), 0);
	assert_int_equal(mapped.error, -EPERM);
	assert_int_equal(protex_probe(file, look_for, &written, NULL, NULL), 0);
	assert_int_equal(written.error, -EPERM);
	assert_int_equal(protex_probe(file, look_for, &read, NULL, NULL), 0);
	assert_int_equal(read.error, 0);
	close(file);
}

/* The pages beyond the end of the file fault; the probe must survive that. */
static void a_small_file_is_read_to_its_end(void **state)
{
	struct seen seen = {.route = "mmap-shared-read"};
	int file = memfd_create("small", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(write(file, "abc", 3), 3);
	assert_int_equal(protex_probe(file, look_for, &seen, NULL, NULL), 0);
	assert_int_equal(seen.error, 0);
	assert_true(seen.bytes == 3);
	assert_int_equal(seen.first, 'a');
	close(file);
}

static void what_is_no_buffer_is_refused(void **state)
{
	struct protex_error error;
	int ends[2], empty, device;

	(void)state;
	assert_int_equal(protex_probe(-1, NULL, NULL, NULL, &error), -EBADF);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(protex_probe(ends[0], NULL, NULL, NULL, &error), -EINVAL);
	assert_non_null(strstr(error.message, "not a buffer"));
	close(ends[0]);
	close(ends[1]);
	device = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	assert_int_equal(protex_probe(device, NULL, NULL, NULL, &error), -EINVAL);
	close(device);
	empty = memfd_create("empty", MFD_CLOEXEC);
	assert_int_equal(protex_probe(empty, NULL, NULL, NULL, &error), -EINVAL);
	assert_non_null(strstr(error.message, "no content"));
	close(empty);
}

/* Of a buffer that a TEE protects, where there is one. */
static void nothing_reaches_a_protected_buffer(void **state)
{
	struct protex_allocator *allocator;
	unsigned reached = 99;
	int fd;

	(void)state;
	if (protex_allocator_create(&allocator, PROTEX_USE_SECURE_VIDEO, NULL) < 0)
		skip();
	fd = protex_allocator_alloc(allocator, 65536, NULL);
	assert_true(fd >= 0);
	assert_int_equal(protex_probe(fd, NULL, NULL, &reached, NULL), 0);
	assert_int_equal(reached, 0);
	close(fd);
	protex_allocator_destroy(allocator);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_file_route_reaches_a_memory_file),
		cmocka_unit_test(a_memory_file_has_no_dma_buf_route),
		cmocka_unit_test(probing_changes_nothing),
		cmocka_unit_test(probing_adds_nothing_to_a_file_for_appending),
		cmocka_unit_test(a_sealed_file_refuses_writes_only),
		cmocka_unit_test(a_small_file_is_read_to_its_end),
		cmocka_unit_test(what_is_no_buffer_is_refused),
		cmocka_unit_test(nothing_reaches_a_protected_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
