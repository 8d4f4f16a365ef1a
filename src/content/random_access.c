/* SPDX-License-Identifier: MIT */
#include <stdbool.h>

#include "random_access.h"

#define TFHD_BASE_DATA_OFFSET 0x000001u
#define TFHD_DESCRIPTION 0x000002u
#define TFHD_DURATION 0x000008u
#define TFHD_SIZE 0x000010u
#define TFHD_FLAGS 0x000020u
#define TRUN_DATA_OFFSET 0x000001u
#define TRUN_FIRST_FLAGS 0x000004u
#define TRUN_DURATION 0x000100u
#define TRUN_SIZE 0x000200u
#define TRUN_FLAGS 0x000400u
#define TRUN_COMPOSITION 0x000800u
#define SAMPLE_IS_NON_SYNC 0x10000u

/* A full box, read field by field. What is not there is 0, and failed is set. */
struct fields {
	const uint8_t *p;
	size_t left;
	uint32_t version, flags;
	bool failed;
};

static uint32_t take(struct fields *f)
{
	uint32_t value = 0;

	f->failed |= f->left < 4;
	if (!f->failed) {
		value = read_be32(f->p);
		f->p += 4;
		f->left -= 4;
	}
	return value;
}

static struct fields read_full(const struct box *box)
{
	struct fields f = {box->body, box->body_size, 0, 0, false};
	uint32_t word = take(&f);

	f.version = word >> 24;
	f.flags = word & 0xffffff;
	return f;
}

static bool read_header(const struct box *traf, uint32_t *track_id, uint32_t *flags)
{
	struct box box;
	struct fields f;

	if (!box_find(traf->body, traf->body_size, "tfhd", &box))
		return false;
	f = read_full(&box);
	*track_id = take(&f);
	if (f.flags & TFHD_BASE_DATA_OFFSET) {
		take(&f);
		take(&f);
	}
	for (uint32_t flag = TFHD_DESCRIPTION; flag <= TFHD_SIZE; flag <<= 1)
		if (f.flags & flag & (TFHD_DESCRIPTION | TFHD_DURATION | TFHD_SIZE))
			take(&f);
	*flags = f.flags & TFHD_FLAGS ? take(&f) : 0;
	return !f.failed;
}

/* The first sample: its flags, which are those of the header if it has none, and how much later it is shown. */
static bool read_first_sample(const struct box *traf, uint32_t *flags, int64_t *composition)
{
	struct box box;
	struct fields f;
	bool has_first_flags;

	if (!box_find(traf->body, traf->body_size, "trun", &box))
		return false;
	f = read_full(&box);
	if (take(&f) == 0)
		return false;
	if (f.flags & TRUN_DATA_OFFSET)
		take(&f);
	has_first_flags = f.flags & TRUN_FIRST_FLAGS;
	if (has_first_flags)
		*flags = take(&f);
	if (f.flags & TRUN_DURATION)
		take(&f);
	if (f.flags & TRUN_SIZE)
		take(&f);
	if (f.flags & TRUN_FLAGS) {
		uint32_t own = take(&f);

		if (!has_first_flags)
			*flags = own;
	}
	*composition = 0;
	if (f.flags & TRUN_COMPOSITION) {
		uint32_t offset = take(&f);

		*composition = f.version ? (int32_t)offset : (int64_t)offset;
	}
	return !f.failed;
}

static bool read_time(const struct box *traf, uint64_t *time)
{
	struct box box;
	struct fields f;

	if (!box_find(traf->body, traf->body_size, "tfdt", &box))
		return false;
	f = read_full(&box);
	*time = take(&f);
	if (f.version)
		*time = *time << 32 | take(&f);
	return !f.failed;
}

void random_access_note(struct random_access *index, const struct box *moof, uint32_t track_id, uint64_t offset)
{
	const uint8_t *data = moof->body;
	size_t size = moof->body_size;
	unsigned number = 0;
	struct box box;

	for (; box_at(data, size, &box); data += box.size, size -= box.size) {
		uint32_t id, flags;
		int64_t composition;
		uint64_t time;

		if (!box_is(&box, "traf"))
			continue;
		number++;
		if (!read_header(&box, &id, &flags) || id != track_id)
			continue;
		/* Its number has one octet in the entry. */
		if (number > UINT8_MAX || !read_first_sample(&box, &flags, &composition) ||
		    flags & SAMPLE_IS_NON_SYNC || !read_time(&box, &time))
			return;
		index->track_id = track_id;
		index->count++;
		bytes_put_uint(&index->entries, time + (uint64_t)composition, 8);
		bytes_put_uint(&index->entries, offset, 8);
		bytes_put_uint(&index->entries, number, 1); /* of 'traf' */
		bytes_put_uint(&index->entries, 1, 1);	    /* of 'trun' in it */
		bytes_put_uint(&index->entries, 1, 1);	    /* of the sample in that */
		return;
	}
}

void random_access_write(const struct random_access *index, struct bytes *out)
{
	size_t mfra = box_begin(out, "mfra"), at;

	if (index->count > 0) {
		at = box_begin_full(out, "tfra", 1, 0);
		bytes_put_uint(out, index->track_id, 4);
		bytes_put_uint(out, 0, 4); /* numbers have one octet */
		bytes_put_uint(out, index->count, 4);
		bytes_put(out, index->entries.data, index->entries.size);
		box_end(out, at);
	}
	/* How far before the end of the file the index begins. */
	at = box_begin_full(out, "mfro", 0, 0);
	bytes_put_uint(out, out->size + 4 - mfra, 4);
	box_end(out, at);
	box_end(out, mfra);
	out->failed |= index->entries.failed;
}

void random_access_free(struct random_access *index)
{
	bytes_free(&index->entries);
}
