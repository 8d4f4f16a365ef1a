/* SPDX-License-Identifier: MIT */
/* Proves that a container comes back as it was written, and that nothing damaged, cut short, or made
 * to harm is believed. */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "container.h"
#include "crypto.h"

#define FRAMES 3u
#define SIDE   6u
#define SIZE   54u /* of a frame: 6x6 luma, 3 rows of 6 chroma */
#define RECORD (CONTAINER_FRAME_HEADER_SIZE + SIZE)
#define WHOLE  (CONTAINER_HEADER_SIZE + FRAMES * RECORD)

struct folder {
	char path[64];
	char file[80];
};

static int make_folder(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	strcpy(folder->path, "/tmp/protex-test-XXXXXX");
	if (!mkdtemp(folder->path))
		return -1;
	snprintf(folder->file, sizeof(folder->file), "%s/clip", folder->path);
	*state = folder;
	return 0;
}

static int remove_folder(void **state)
{
	struct folder *folder = *state;

	unlink(folder->file);
	if (rmdir(folder->path) < 0) {
		print_error("%s is not empty\n", folder->path);
		return -1;
	}
	free(folder);
	return 0;
}

static struct container_header make_header(void)
{
	struct container_header header = {
		.stride_align = 2,
		.visible_width = 5,
		.visible_height = SIDE,
		.rate_numerator = 30000,
		.rate_denominator = 1001,
		.matrix = CONTAINER_MATRIX_BT709,
		.siting = CONTAINER_SITING_LEFT,
		.full_range = true,
		.has_digests = true,
	};

	assert_int_equal(
		protex_layout_init(&header.layout, SIDE, SIDE, PROTEX_FORMAT_NV12, 0, 2, NULL), 0);
	assert_int_equal(header.layout.size, SIZE);
	memset(&header.wrapped_key, 0x11, sizeof(header.wrapped_key));
	return header;
}

static void make_frame(uint32_t index, struct container_frame *frame, uint8_t *ciphertext)
{
	memset(frame, 0, sizeof(*frame));
	memset(frame->iv, (int)(0x20 + index), sizeof(frame->iv));
	memset(frame->digest, (int)(0x40 + index), sizeof(frame->digest));
	memset(ciphertext, (int)(0x60 + index), SIZE);
}

static void write_clip(const char *path)
{
	struct container_header header = make_header();
	struct container_writer *writer;

	assert_int_equal(container_writer_open(&writer, path, NULL, &header, NULL), 0);
	for (uint32_t i = 0; i < FRAMES; i++) {
		struct container_frame frame;
		uint8_t ciphertext[SIZE];

		make_frame(i, &frame, ciphertext);
		assert_int_equal(container_writer_append(writer, &frame, ciphertext, NULL), 0);
		assert_int_equal(frame.index, i);
	}
	assert_int_equal(container_writer_finish(writer, NULL), 0);
}

static void read_file(const char *path, uint8_t *bytes, size_t size)
{
	int fd = open(path, O_RDONLY);

	assert_int_equal(read(fd, bytes, size), size);
	close(fd);
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

/* Opens the file and reads it to its end. Returns the first failure, or the number of frames. */
static int read_clip(const char *path, struct protex_error *error)
{
	struct container_reader *reader;
	int frames = 0, ret = container_reader_open(&reader, path, error);

	if (ret < 0)
		return ret;
	for (;;) {
		struct container_frame frame, expected;
		uint8_t ciphertext[SIZE], wanted[SIZE];

		/* Whatever a header says, this test's buffer is no larger. */
		assert_int_equal(container_reader_header(reader)->layout.size, SIZE);
		ret = container_reader_next(reader, &frame, ciphertext, error);
		if (ret <= 0)
			break;
		make_frame((uint32_t)frames, &expected, wanted);
		assert_int_equal(frame.index, frames);
		assert_memory_equal(frame.iv, expected.iv, sizeof(frame.iv));
		assert_memory_equal(frame.digest, expected.digest, sizeof(frame.digest));
		assert_memory_equal(ciphertext, wanted, SIZE);
		frames++;
	}
	container_reader_close(reader);
	return ret < 0 ? ret : frames;
}

static void what_is_written_comes_back(void **state)
{
	struct folder *folder = *state;
	struct container_header wanted = make_header();
	const struct container_header *h;
	struct container_reader *reader;
	struct stat st;

	write_clip(folder->file);
	assert_int_equal(stat(folder->file, &st), 0);
	assert_int_equal(st.st_size, WHOLE);
	assert_int_equal(container_reader_open(&reader, folder->file, NULL), 0);
	h = container_reader_header(reader);
	assert_memory_equal(&h->layout, &wanted.layout, sizeof(wanted.layout));
	assert_int_equal(h->visible_width, 5);
	assert_int_equal(h->visible_height, SIDE);
	assert_int_equal(h->rate_numerator, 30000);
	assert_int_equal(h->rate_denominator, 1001);
	assert_int_equal(h->frame_count, FRAMES);
	assert_int_equal(h->matrix, CONTAINER_MATRIX_BT709);
	assert_true(h->full_range && h->has_digests);
	assert_memory_equal(&h->wrapped_key, &wanted.wrapped_key, sizeof(h->wrapped_key));
	container_reader_close(reader);
	assert_int_equal(read_clip(folder->file, NULL), FRAMES);
}

static void xrgb8888_comes_back(void **state)
{
	struct folder *folder = *state;
	struct container_header wanted = make_header();
	struct container_frame frame = {0};
	struct container_writer *writer;
	struct container_reader *reader;
	uint8_t ciphertext[SIDE * SIDE * 4], read[sizeof(ciphertext)];

	assert_int_equal(protex_layout_init(&wanted.layout, SIDE, SIDE, PROTEX_FORMAT_XRGB8888, 0, 2,
					    NULL), 0);
	assert_int_equal(wanted.layout.size, sizeof(ciphertext));
	memset(ciphertext, 0x5a, sizeof(ciphertext));
	assert_int_equal(container_writer_open(&writer, folder->file, NULL, &wanted, NULL), 0);
	assert_int_equal(container_writer_append(writer, &frame, ciphertext, NULL), 0);
	assert_int_equal(container_writer_finish(writer, NULL), 0);

	assert_int_equal(container_reader_open(&reader, folder->file, NULL), 0);
	assert_memory_equal(&container_reader_header(reader)->layout, &wanted.layout,
			    sizeof(wanted.layout));
	assert_int_equal(container_reader_next(reader, &frame, read, NULL), 1);
	assert_memory_equal(read, ciphertext, sizeof(ciphertext));
	assert_int_equal(container_reader_next(reader, &frame, read, NULL), 0);
	container_reader_close(reader);
}

static void every_flipped_bit_of_a_header_is_noticed(void **state)
{
	struct folder *folder = *state;
	uint8_t bytes[WHOLE];

	write_clip(folder->file);
	read_file(folder->file, bytes, WHOLE);
	for (unsigned i = 0; i < CONTAINER_HEADER_SIZE; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct protex_error error = {0};

			bytes[i] ^= (uint8_t)(1u << bit);
			write_file(folder->file, bytes, WHOLE);
			assert_int_equal(read_clip(folder->file, &error), -EBADMSG);
			assert_true(strlen(error.message) > 20);
			bytes[i] ^= (uint8_t)(1u << bit);
		}
	}
}

static void every_damaged_byte_of_a_frame_is_noticed(void **state)
{
	struct folder *folder = *state;
	struct protex_error error;
	uint8_t bytes[WHOLE];

	write_clip(folder->file);
	read_file(folder->file, bytes, WHOLE);
	for (unsigned i = CONTAINER_HEADER_SIZE; i < WHOLE; i++) {
		char frame[32];

		bytes[i] ^= 0x80;
		write_file(folder->file, bytes, WHOLE);
		assert_int_equal(read_clip(folder->file, &error), -EBADMSG);
		snprintf(frame, sizeof(frame), "frame %u", (i - CONTAINER_HEADER_SIZE) / RECORD);
		assert_non_null(strstr(error.message, frame));
		bytes[i] ^= 0x80;
	}
}

static void every_truncation_is_noticed_at_once(void **state)
{
	struct folder *folder = *state;
	struct protex_error error;
	uint8_t bytes[WHOLE + 1] = {0};

	write_clip(folder->file);
	read_file(folder->file, bytes, WHOLE);
	for (unsigned size = 0; size < WHOLE; size++) {
		struct container_reader *reader;

		write_file(folder->file, bytes, size);
		assert_int_equal(container_reader_open(&reader, folder->file, &error), -EBADMSG);
		assert_non_null(strstr(error.message, size < CONTAINER_HEADER_SIZE ? "too short"
										   : "truncated"));
	}
	write_file(folder->file, bytes, WHOLE + 1);
	assert_int_equal(read_clip(folder->file, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "follows its last frame"));
}

/* From a pipe the length is not known in advance; then the end must be noticed. */
static void a_truncated_pipe_is_noticed(void **state)
{
	struct folder *folder = *state;
	struct protex_error error;
	uint8_t bytes[WHOLE];
	char path[32];
	int ends[2];

	write_clip(folder->file);
	read_file(folder->file, bytes, WHOLE);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], bytes, WHOLE - 1), WHOLE - 1);
	close(ends[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	assert_int_equal(read_clip(path, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "ends in frame 2"));
	close(ends[0]);
}

static void frames_out_of_order_are_noticed(void **state)
{
	struct folder *folder = *state;
	uint8_t bytes[WHOLE], first[RECORD];

	write_clip(folder->file);
	read_file(folder->file, bytes, WHOLE);
	memcpy(first, bytes + CONTAINER_HEADER_SIZE, RECORD);
	memmove(bytes + CONTAINER_HEADER_SIZE, bytes + CONTAINER_HEADER_SIZE + RECORD, RECORD);
	memcpy(bytes + CONTAINER_HEADER_SIZE + RECORD, first, RECORD);
	write_file(folder->file, bytes, WHOLE);
	assert_int_equal(read_clip(folder->file, NULL), -EBADMSG);
}

/* A header whose checksum is right, because who made it means harm. */
static void assert_hostile(const char *path, const uint8_t *clip, size_t offset, size_t size,
			   uint64_t value)
{
	uint8_t bytes[WHOLE];
	struct container_reader *reader;
	struct protex_error error;

	memcpy(bytes, clip, WHOLE);
	for (size_t i = 0; i < size; i++)
		bytes[offset + i] = (uint8_t)(value >> (8 * i));
	assert_int_equal(crypto_sha256(bytes, CONTAINER_HEADER_SIZE - 32, NULL, 0,
				       bytes + CONTAINER_HEADER_SIZE - 32, NULL),
			 0);
	write_file(path, bytes, WHOLE);
	assert_int_equal(container_reader_open(&reader, path, &error), -EBADMSG);
	assert_true(strlen(error.message) > 20);
}

static void hostile_headers_are_refused(void **state)
{
	static const struct {
		size_t offset, size;
		uint64_t value;
	} fields[] = {
		{8, 4, 2},			/* version */
		{12, 4, 255},			/* header size */
		{16, 4, 4},			/* an unknown flag */
		{20, 4, PROTEX_FORMAT_P010},	/* another format */
		{20, 4, PROTEX_FORMAT_XRGB8888}, /* not of the frame's size */
		{20, 4, 0},			/* no format */
		{24, 8, 1},			/* a modifier */
		{32, 4, 0},			/* width */
		{32, 4, 7},			/* not of the frame's size */
		{32, 4, UINT32_MAX},
		{36, 4, 0},			/* height */
		{36, 4, 16385},
		{40, 4, 0},			/* visible width */
		{40, 4, 7},
		{44, 4, 0},			/* visible height */
		{44, 4, UINT32_MAX},
		{48, 4, 3},			/* stride alignment */
		{48, 4, UINT32_MAX},
		{52, 4, 0},			/* rate */
		{52, 4, UINT32_MAX},
		{52, 4, 1000 * 1001 + 1},	/* of 1001ths */
		{56, 4, 0},
		{60, 4, 0},			/* frame count */
		{60, 4, UINT32_MAX},
		{60, 4, FRAMES - 1},
		{64, 8, SIZE + 1},		/* frame size */
		{64, 8, UINT64_MAX},
		{72, 1, 2},			/* matrix */
		{73, 1, 3},			/* siting */
		{74, 1, 1},			/* reserved */
		{76, 4, 51},			/* wrapped key size */
		{76, 4, UINT32_MAX},
		{132, 1, 1},			/* padding */
		{223, 1, 1},
	};
	struct folder *folder = *state;
	uint8_t clip[WHOLE];

	write_clip(folder->file);
	read_file(folder->file, clip, WHOLE);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		assert_hostile(folder->file, clip, fields[i].offset, fields[i].size,
			       fields[i].value);
}

/* Whatever passes the checks can be read into a buffer of the size that it says. */
static void random_headers_do_no_harm(void **state)
{
	struct folder *folder = *state;
	uint8_t clip[WHOLE], bytes[WHOLE];
	unsigned opened = 0;

	write_clip(folder->file);
	read_file(folder->file, clip, WHOLE);
	srand(7);
	for (unsigned round = 0; round < 3000; round++) {
		struct container_reader *reader;
		struct container_frame frame;
		void *ciphertext;

		memcpy(bytes, clip, WHOLE);
		for (int i = rand() % 4; i >= 0; i--)
			bytes[8 + rand() % 72] = rand() % 3 ? (uint8_t)(rand() % 8) : (uint8_t)rand();
		crypto_sha256(bytes, CONTAINER_HEADER_SIZE - 32, NULL, 0,
			      bytes + CONTAINER_HEADER_SIZE - 32, NULL);
		write_file(folder->file, bytes, WHOLE);
		if (container_reader_open(&reader, folder->file, NULL) < 0)
			continue;
		opened++;
		ciphertext = malloc((size_t)container_reader_header(reader)->layout.size);
		while (container_reader_next(reader, &frame, ciphertext, NULL) > 0)
			;
		free(ciphertext);
		container_reader_close(reader);
	}
	assert_true(opened > 50); /* else nothing was tried */
}

static void other_files_are_refused(void **state)
{
	struct container_reader *reader;
	struct folder *folder = *state;
	struct protex_error error;
	uint8_t bytes[WHOLE] = {0};

	assert_int_equal(container_reader_open(&reader, folder->file, &error), -ENOENT);
	assert_int_equal(container_reader_open(&reader, folder->path, &error), -EISDIR);
	write_file(folder->file, bytes, WHOLE);
	assert_int_equal(container_reader_open(&reader, folder->file, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "protex pack"));
}

static unsigned count_files(const char *path)
{
	DIR *directory = opendir(path);
	unsigned count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2; /* . and .. */
}

static void an_unfinished_file_leaves_the_old_one(void **state)
{
	struct container_header header = make_header();
	struct container_writer *writer;
	struct folder *folder = *state;
	struct protex_error error;
	struct container_frame frame;
	uint8_t ciphertext[SIZE];

	write_clip(folder->file);
	assert_int_equal(container_writer_open(&writer, folder->file, NULL, &header, NULL), 0);
	make_frame(0, &frame, ciphertext);
	assert_int_equal(container_writer_append(writer, &frame, ciphertext, NULL), 0);
	container_writer_abort(writer);
	assert_int_equal(read_clip(folder->file, NULL), FRAMES);
	assert_int_equal(count_files(folder->path), 1);

	assert_int_equal(container_writer_open(&writer, folder->file, NULL, &header, NULL), 0);
	assert_int_equal(container_writer_finish(writer, &error), -EINVAL);
	assert_non_null(strstr(error.message, "no frames"));
	assert_int_equal(count_files(folder->path), 1);
}

static void what_cannot_be_written_is_told_before(void **state)
{
	struct container_header header = make_header();
	struct container_writer *writer;
	struct folder *folder = *state;
	struct protex_error error;

	assert_int_equal(container_writer_open(&writer, folder->path, NULL, &header, &error), -EINVAL);
	assert_int_equal(container_writer_open(&writer, "/dev/null", NULL, &header, &error), -EINVAL);
	assert_int_equal(container_writer_open(&writer, "/nonexistent/x", NULL, &header, &error), -ENOENT);
	assert_non_null(strstr(error.message, "/nonexistent/x"));
}

/* By any of its names. */
static void the_file_that_is_read_is_not_replaced(void **state)
{
	struct container_header header = make_header();
	struct container_writer *writer;
	struct folder *folder = *state;
	struct protex_error error;
	char *link_name;

	write_clip(folder->file);
	assert_true(asprintf(&link_name, "%s/link", folder->path) > 0);
	assert_int_equal(link(folder->file, link_name), 0);
	assert_int_equal(container_writer_open(&writer, folder->file, folder->file, &header, &error),
			 -EINVAL);
	assert_int_equal(container_writer_open(&writer, link_name, folder->file, &header, &error),
			 -EINVAL);
	assert_non_null(strstr(error.message, "is the file that is read"));
	unlink(link_name);
	assert_int_equal(symlink(folder->file, link_name), 0);
	assert_int_equal(container_writer_open(&writer, link_name, folder->file, &header, &error),
			 -EINVAL);
	unlink(link_name);
	free(link_name);
	assert_int_equal(read_clip(folder->file, NULL), FRAMES);
	assert_int_equal(count_files(folder->path), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_comes_back),
		TEST(xrgb8888_comes_back),
		TEST(every_flipped_bit_of_a_header_is_noticed),
		TEST(every_damaged_byte_of_a_frame_is_noticed),
		TEST(every_truncation_is_noticed_at_once),
		TEST(a_truncated_pipe_is_noticed),
		TEST(frames_out_of_order_are_noticed),
		TEST(hostile_headers_are_refused),
		TEST(random_headers_do_no_harm),
		TEST(other_files_are_refused),
		TEST(an_unfinished_file_leaves_the_old_one),
		TEST(what_cannot_be_written_is_told_before),
		TEST(the_file_that_is_read_is_not_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
