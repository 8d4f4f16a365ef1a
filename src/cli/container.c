/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "container.h"
#include "crypto.h"
#include "fail.h"
#include "new_file.h"

#define VERSION		1u
#define FRAME_MAGIC	0x46585450u /* "PTXF" */
#define FLAG_DIGESTS	(1u << 0)
#define FLAG_FULL_RANGE (1u << 1)
#define KNOWN_FLAGS	(FLAG_DIGESTS | FLAG_FULL_RANGE)

/* As PNG's: a byte with the high bit, both kinds of line end, and a control-Z, so that a transfer
 * that mangles any of these is noticed. */
static const uint8_t magic[8] = {0x8f, 'P', 'T', 'X', '\r', '\n', 0x1a, '\n'};

/* Both as they are in the file; integers are little-endian. */
struct file_header {
	uint8_t magic[8];
	uint32_t version;
	uint32_t header_size;
	uint32_t flags;
	uint32_t fourcc;
	uint64_t modifier;
	uint32_t width, height;
	uint32_t visible_width, visible_height;
	uint32_t stride_align;
	uint32_t rate_numerator, rate_denominator;
	uint32_t frame_count;
	uint64_t frame_size;
	uint8_t matrix;
	uint8_t siting;
	uint8_t reserved[2];
	uint32_t wrapped_key_size;
	struct protex_ta_wrapped_key wrapped_key;
	uint8_t padding[92];
	uint8_t checksum[32]; /* SHA-256 of what comes before */
};

struct file_frame {
	uint32_t magic;
	uint32_t index;
	uint64_t size;
	uint8_t iv[16];
	uint8_t digest[32];
	uint8_t checksum[32]; /* SHA-256 of what comes before, and of the ciphertext */
};

_Static_assert(sizeof(struct file_header) == CONTAINER_HEADER_SIZE, "no padding");
_Static_assert(sizeof(struct file_frame) == CONTAINER_FRAME_HEADER_SIZE, "no padding");

#define CHECKED_HEADER (sizeof(struct file_header) - 32)
#define CHECKED_FRAME  (sizeof(struct file_frame) - 32)

struct container_reader {
	FILE *file;
	struct container_header header;
	uint32_t next;
	char path[];
};

static bool all_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static int damaged(const char *path, struct protex_error *error, const char *what)
{
	return fail(error, -EBADMSG, "%s is damaged: %s; pack the clip again", path, what);
}

static bool known_matrix(uint8_t matrix)
{
	return matrix == CONTAINER_MATRIX_BT709 || matrix == CONTAINER_MATRIX_BT601 ||
	       matrix == CONTAINER_MATRIX_BT2020;
}

/* Checks everything, and believes nothing before it is checked. */
static int decode_header(const char *path, const struct file_header *f, struct container_header *h,
			 struct protex_error *error)
{
	uint8_t checksum[32];
	uint32_t flags = le32toh(f->flags);
	int ret;

	if (memcmp(f->magic, magic, sizeof(magic)) != 0)
		return fail(error, -EBADMSG,
			    "%s is not a protex container; make one from a video with 'protex pack "
			    "--raw'",
			    path);
	if (le32toh(f->version) != VERSION)
		return fail(error, -EBADMSG,
			    "%s is a protex container of version %" PRIu32
			    ", which this program does not know, or it is damaged",
			    path, le32toh(f->version));
	ret = crypto_sha256(f, CHECKED_HEADER, NULL, 0, checksum, error);
	if (ret < 0)
		return ret;
	if (memcmp(checksum, f->checksum, sizeof(checksum)) != 0)
		return damaged(path, error, "the checksum of its header is wrong");

	/* From here on it is what its maker wrote, but its maker may mean harm. */
	if (le32toh(f->header_size) != sizeof(*f) || (flags & ~KNOWN_FLAGS) != 0 ||
	    !all_zero(f->reserved, sizeof(f->reserved)) ||
	    !all_zero(f->padding, sizeof(f->padding)) ||
	    le32toh(f->wrapped_key_size) != PROTEX_TA_WRAPPED_KEY_SIZE)
		return damaged(path, error, "its header has fields that version 1 does not have");

	*h = (struct container_header){
		.stride_align = le32toh(f->stride_align),
		.visible_width = le32toh(f->visible_width),
		.visible_height = le32toh(f->visible_height),
		.rate_numerator = le32toh(f->rate_numerator),
		.rate_denominator = le32toh(f->rate_denominator),
		.frame_count = le32toh(f->frame_count),
		.matrix = f->matrix,
		.siting = f->siting,
		.full_range = flags & FLAG_FULL_RANGE,
		.has_digests = flags & FLAG_DIGESTS,
		.wrapped_key = f->wrapped_key,
	};
	if (le32toh(f->width) > CONTAINER_MAX_SIDE || le32toh(f->height) > CONTAINER_MAX_SIDE)
		return damaged(path, error, "its picture is larger than 16384 pixels a side");
	if ((le32toh(f->width) | le32toh(f->height)) & 1)
		return damaged(path, error, "its picture has an odd number of pixels a side");
	if (le32toh(f->fourcc) != PROTEX_FORMAT_NV12 && le32toh(f->fourcc) != PROTEX_FORMAT_XRGB8888)
		return fail(error, -EBADMSG, "%s contains neither NV12 nor XRGB8888, which are what "
					     "this version plays", path);
	ret = protex_layout_init(&h->layout, le32toh(f->width), le32toh(f->height),
				 le32toh(f->fourcc), le64toh(f->modifier), h->stride_align, error);
	if (ret < 0)
		return damaged(path, error, "its picture has no possible layout");
	if (h->layout.size != le64toh(f->frame_size))
		return damaged(path, error, "its frames are not of the size of its pictures");
	if (h->visible_width == 0 || h->visible_width > h->layout.width ||
	    h->visible_height == 0 || h->visible_height > h->layout.height)
		return damaged(path, error, "its visible picture is empty or larger than its frames");
	if (h->rate_numerator == 0 || h->rate_denominator == 0 ||
	    h->rate_numerator > UINT64_C(1000) * h->rate_denominator)
		return damaged(path, error, "its frame rate is not between 0 and 1000");
	if (!known_matrix(h->matrix) || h->siting > CONTAINER_SITING_TOP_LEFT)
		return damaged(path, error, "its colours are of no kind that is known");
	if (h->frame_count == 0)
		return damaged(path, error, "it has no frames");
	return 0;
}

static void encode_header(const struct container_header *h, struct file_header *f)
{
	memset(f, 0, sizeof(*f));
	memcpy(f->magic, magic, sizeof(magic));
	f->version = htole32(VERSION);
	f->header_size = htole32(sizeof(*f));
	f->flags = htole32((h->has_digests ? FLAG_DIGESTS : 0) |
			   (h->full_range ? FLAG_FULL_RANGE : 0));
	f->fourcc = htole32(h->layout.fourcc);
	f->modifier = htole64(h->layout.modifier);
	f->width = htole32(h->layout.width);
	f->height = htole32(h->layout.height);
	f->visible_width = htole32(h->visible_width);
	f->visible_height = htole32(h->visible_height);
	f->stride_align = htole32(h->stride_align);
	f->rate_numerator = htole32(h->rate_numerator);
	f->rate_denominator = htole32(h->rate_denominator);
	f->frame_count = htole32(h->frame_count);
	f->frame_size = htole64(h->layout.size);
	f->matrix = h->matrix;
	f->siting = h->siting;
	f->wrapped_key_size = htole32(PROTEX_TA_WRAPPED_KEY_SIZE);
	f->wrapped_key = h->wrapped_key;
}

static int check_length(struct container_reader *reader, struct protex_error *error)
{
	const struct container_header *h = &reader->header;
	/* Below 2^62: a frame has at most 16384^2 samples of 65536-aligned rows. */
	uint64_t record = CONTAINER_FRAME_HEADER_SIZE + h->layout.size;
	uint64_t expected;
	struct stat st;

	if (fstat(fileno(reader->file), &st) < 0)
		return fail(error, -errno, "%s: %s", reader->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return 0;
	if (__builtin_mul_overflow(record, (uint64_t)h->frame_count, &expected) ||
	    __builtin_add_overflow(expected, CONTAINER_HEADER_SIZE, &expected))
		return damaged(reader->path, error, "it claims to be longer than a file can be");
	if ((uint64_t)st.st_size < expected)
		return fail(error, -EBADMSG,
			    "%s is truncated: it has %" PRIu64 " of %" PRIu64
			    " bytes, so the last %" PRIu64 " of its %" PRIu32
			    " frames are missing; copy it again",
			    reader->path, (uint64_t)st.st_size, expected,
			    (expected - (uint64_t)st.st_size + record - 1) / record,
			    h->frame_count);
	if ((uint64_t)st.st_size > expected)
		return damaged(reader->path, error, "something follows its last frame");
	return 0;
}

int container_reader_open(struct container_reader **out, const char *path,
			  struct protex_error *error)
{
	struct container_reader *reader;
	struct file_header header;
	int ret;

	reader = calloc(1, sizeof(*reader) + strlen(path) + 1);
	if (!reader)
		return fail(error, -ENOMEM, "out of memory");
	strcpy(reader->path, path);
	reader->file = fopen(path, "re");
	if (!reader->file) {
		ret = fail(error, -errno, "%s: %s", path, strerror(errno));
		goto closed;
	}
	errno = 0;
	if (fread(&header, sizeof(header), 1, reader->file) != 1) {
		if (errno != 0)
			ret = fail(error, -errno, "%s: %s", path, strerror(errno));
		else
			ret = fail(error, -EBADMSG,
				   "%s is too short to be a protex container; make one from a "
				   "video with 'protex pack --raw'",
				   path);
		goto closed;
	}
	ret = decode_header(path, &header, &reader->header, error);
	if (ret == 0)
		ret = check_length(reader, error);
	if (ret == 0) {
		*out = reader;
		return 0;
	}
closed:
	container_reader_close(reader);
	return ret;
}

void container_reader_close(struct container_reader *reader)
{
	if (!reader)
		return;
	if (reader->file)
		fclose(reader->file);
	free(reader);
}

const struct container_header *container_reader_header(const struct container_reader *reader)
{
	return &reader->header;
}

int container_reader_next(struct container_reader *reader, struct container_frame *frame,
			  void *ciphertext, struct protex_error *error)
{
	const struct container_header *h = &reader->header;
	struct file_frame f;
	uint8_t checksum[32];
	int ret;

	if (reader->next == h->frame_count)
		return 0;
	errno = 0;
	if (fread(&f, sizeof(f), 1, reader->file) != 1 ||
	    fread(ciphertext, (size_t)h->layout.size, 1, reader->file) != 1) {
		if (errno != 0)
			return fail(error, -errno, "%s: %s", reader->path, strerror(errno));
		return fail(error, -EBADMSG, "%s is truncated: it ends in frame %" PRIu32,
			    reader->path, reader->next);
	}
	ret = crypto_sha256(&f, CHECKED_FRAME, ciphertext, (size_t)h->layout.size, checksum, error);
	if (ret < 0)
		return ret;
	if (le32toh(f.magic) != FRAME_MAGIC || le64toh(f.size) != h->layout.size ||
	    le32toh(f.index) != reader->next ||
	    memcmp(checksum, f.checksum, sizeof(checksum)) != 0)
		return fail(error, -EBADMSG,
			    "%s is damaged in frame %" PRIu32 "; pack the clip again", reader->path,
			    reader->next);

	frame->index = reader->next++;
	memcpy(frame->iv, f.iv, sizeof(frame->iv));
	memcpy(frame->digest, f.digest, sizeof(frame->digest));
	return 1;
}

struct container_writer {
	struct new_file *file;
	struct container_header header;
	char path[];
};

static int write_header(struct container_writer *writer, struct protex_error *error)
{
	FILE *file = new_file_stream(writer->file);
	struct file_header header;
	int ret;

	encode_header(&writer->header, &header);
	ret = crypto_sha256(&header, CHECKED_HEADER, NULL, 0, header.checksum, error);
	if (ret < 0)
		return ret;
	if (fseeko(file, 0, SEEK_SET) < 0 || fwrite(&header, sizeof(header), 1, file) != 1)
		return fail(error, -errno, "%s: %s", writer->path, strerror(errno));
	return 0;
}

int container_writer_open(struct container_writer **out, const char *path, const char *source,
			  const struct container_header *header, struct protex_error *error)
{
	struct container_writer *writer;
	int ret;

	writer = calloc(1, sizeof(*writer) + strlen(path) + 1);
	if (!writer)
		return fail(error, -ENOMEM, "out of memory");
	strcpy(writer->path, path);
	writer->header = *header;
	writer->header.frame_count = 0;
	ret = new_file_open(&writer->file, path, source, error);
	if (ret == 0)
		ret = write_header(writer, error);
	if (ret < 0) {
		container_writer_abort(writer);
		return ret;
	}
	*out = writer;
	return 0;
}

int container_writer_append(struct container_writer *writer, struct container_frame *frame,
			    const void *ciphertext, struct protex_error *error)
{
	struct container_header *h = &writer->header;
	FILE *file = new_file_stream(writer->file);
	struct file_frame f = {
		.magic = htole32(FRAME_MAGIC),
		.index = htole32(h->frame_count),
		.size = htole64(h->layout.size),
	};
	int ret;

	if (h->frame_count == UINT32_MAX)
		return fail(error, -EOVERFLOW, "the clip has more frames than a container can");
	memcpy(f.iv, frame->iv, sizeof(f.iv));
	if (h->has_digests)
		memcpy(f.digest, frame->digest, sizeof(f.digest));
	ret = crypto_sha256(&f, CHECKED_FRAME, ciphertext, (size_t)h->layout.size, f.checksum,
			    error);
	if (ret < 0)
		return ret;
	if (fwrite(&f, sizeof(f), 1, file) != 1 ||
	    fwrite(ciphertext, (size_t)h->layout.size, 1, file) != 1)
		return fail(error, -errno, "%s: %s", writer->path, strerror(errno));
	frame->index = h->frame_count++;
	return 0;
}

void container_writer_set_rate(struct container_writer *writer, uint32_t numerator,
			       uint32_t denominator)
{
	writer->header.rate_numerator = numerator;
	writer->header.rate_denominator = denominator;
}

int container_writer_finish(struct container_writer *writer, struct protex_error *error)
{
	int ret = 0;

	if (writer->header.frame_count == 0)
		ret = fail(error, -EINVAL, "the clip has no frames");
	if (ret == 0)
		ret = write_header(writer, error);
	if (ret == 0) {
		ret = new_file_finish(writer->file, error);
		writer->file = NULL;
	}
	container_writer_abort(writer);
	return ret;
}

void container_writer_abort(struct container_writer *writer)
{
	if (!writer)
		return;
	new_file_abort(writer->file);
	free(writer);
}
