/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cenc.h"
#include "failure.h"
#include "nal.h"
#include "protect_mp4.h"
#include "pssh.h"

/* What Apple's players and others take: one block of ten. */
#define CRYPT_BLOCKS 1
#define SKIP_BLOCKS 9
/* As many bytes of an entry for a visual sample come before the boxes in it. */
#define VISUAL_ENTRY_SIZE 78

#define TFHD_BASE_DATA_OFFSET 0x000001u
#define TFHD_DESCRIPTION 0x000002u
#define TFHD_DURATION 0x000008u
#define TFHD_SIZE 0x000010u
#define TFHD_BASE_IS_MOOF 0x020000u
#define TRUN_DATA_OFFSET 0x000001u
#define TRUN_FIRST_FLAGS 0x000004u
#define TRUN_DURATION 0x000100u
#define TRUN_SIZE 0x000200u
#define TRUN_FLAGS 0x000400u
#define TRUN_COMPOSITION 0x000800u
#define SENC_SUBSAMPLES 0x000002u

static int unexpected(struct protex_error *error, const char *what)
{
	return fail(error, -EIO, "this libavformat writes %s in a way that is not known here", what);
}

/* ---- the header ---------------------------------------------------------------------------------- */

static void put_scheme(const struct mp4_protection *p, const uint8_t format[4], struct bytes *out)
{
	bool is_cbcs = p->scheme == PROTEX_SCHEME_CBCS;
	size_t sinf = box_begin(out, "sinf"), schi, at;

	at = box_begin(out, "frma");
	bytes_put(out, format, 4);
	box_end(out, at);

	at = box_begin_full(out, "schm", 0, 0);
	bytes_put(out, cenc_scheme_name(p->scheme), 4);
	bytes_put_uint(out, 0x10000, 4);
	box_end(out, at);

	schi = box_begin(out, "schi");
	at = box_begin_full(out, "tenc", is_cbcs, 0);
	bytes_put_uint(out, 0, 1);
	bytes_put_uint(out, is_cbcs ? CRYPT_BLOCKS << 4 | SKIP_BLOCKS : 0, 1);
	bytes_put_uint(out, 1, 1); /* encrypted */
	bytes_put_uint(out, is_cbcs ? 0 : 8, 1); /* octets of each sample's vector */
	bytes_put(out, p->key_id, sizeof(p->key_id));
	if (is_cbcs) {
		bytes_put_uint(out, sizeof(p->iv), 1);
		bytes_put(out, p->iv, sizeof(p->iv));
	}
	box_end(out, at);
	box_end(out, schi);
	box_end(out, sinf);
}

/* Learns how samples of an entry of the table of formats are to be read. */
static bool learn_codec(struct mp4_protection *p, const struct box *entry)
{
	const uint8_t *boxes = entry->body + VISUAL_ENTRY_SIZE;
	size_t size = entry->body_size - VISUAL_ENTRY_SIZE;
	struct bytes head = {0};
	struct box config;
	bool good;

	if (entry->body_size < VISUAL_ENTRY_SIZE)
		return false;
	if (box_find(boxes, size, "avcC", &config)) {
		p->codec = SUBSAMPLES_H264;
		good = nal_read_avcc(config.body, config.body_size, &p->nal_length_size, &head);
	} else if (box_find(boxes, size, "hvcC", &config)) {
		p->codec = SUBSAMPLES_HEVC;
		good = nal_read_hvcc(config.body, config.body_size, &p->nal_length_size, &head);
	} else {
		p->codec = box_is(entry, "av01") ? SUBSAMPLES_AV1 : SUBSAMPLES_VP9;
		good = box_is(entry, "av01") || box_is(entry, "vp09");
	}
	bytes_free(&head);
	return good;
}

static bool protect_formats(struct mp4_protection *p, const struct box *stsd, struct bytes *out)
{
	const uint8_t *data = stsd->body + 8;
	size_t size = stsd->body_size - 8, at;
	struct box entry;

	/* One format: libavformat does not write more. */
	if (stsd->body_size < 8 || read_be32(stsd->body + 4) != 1 || !box_at(data, size, &entry) ||
	    !learn_codec(p, &entry))
		return false;
	at = box_begin(out, "stsd");
	bytes_put(out, stsd->body, 8);
	size = box_begin(out, "encv");
	bytes_put(out, entry.body, entry.body_size);
	put_scheme(p, entry.start + 4, out);
	box_end(out, size);
	box_end(out, at);
	return true;
}

static bool is_video(const struct box *trak)
{
	struct box mdia, hdlr;

	return box_find(trak->body, trak->body_size, "mdia", &mdia) &&
	       box_find(mdia.body, mdia.body_size, "hdlr", &hdlr) && hdlr.body_size >= 12 &&
	       memcmp(hdlr.body + 8, "vide", 4) == 0;
}

static bool learn_track(struct mp4_protection *p, const struct box *trak)
{
	struct box tkhd;

	if (!box_find(trak->body, trak->body_size, "tkhd", &tkhd) || tkhd.body_size < 24)
		return false;
	p->track_id = read_be32(tkhd.body + (tkhd.body[0] ? 20 : 12));
	return true;
}

/* Copies boxes, and changes the formats of the video's. */
static bool protect_boxes(struct mp4_protection *p, const uint8_t *data, size_t size,
			  struct bytes *out)
{
	struct box box;

	for (; box_at(data, size, &box); data += box.size, size -= box.size) {
		bool inside = box_is(&box, "mdia") || box_is(&box, "minf") || box_is(&box, "stbl");
		size_t at;

		if (box_is(&box, "trak") && is_video(&box)) {
			if (p->track_id || !learn_track(p, &box))
				return false;
			inside = true;
		}
		if (box_is(&box, "stsd")) {
			if (!protect_formats(p, &box, out))
				return false;
		} else if (inside) {
			at = box_begin(out, (const char *)box.start + 4);
			if (!protect_boxes(p, box.body, box.body_size, out))
				return false;
			box_end(out, at);
		} else {
			bytes_put(out, box.start, box.size);
		}
	}
	return size == 0;
}

int mp4_protect_header(struct mp4_protection *p, const struct box *moov, struct bytes *out,
		       struct protex_error *error)
{
	size_t at = box_begin(out, "moov");

	if (!protect_boxes(p, moov->body, moov->body_size, out) || !p->track_id)
		return unexpected(error, "the header of an MP4 file");
	pssh_write(out, p->key_id, &p->wrapped_key);
	box_end(out, at);
	return out->failed ? fail(error, -ENOMEM, "out of memory") : 0;
}

/* ---- fragments ----------------------------------------------------------------------------------- */

/* The tables that tell of a fragment's samples. */
struct tables {
	struct bytes entries; /* of 'senc' */
	struct bytes sizes;   /* of those, for 'saiz' */
	uint32_t count;
};

static int encrypt_sample(struct mp4_protection *p, uint8_t *data, size_t size,
			  struct tables *tables, struct protex_error *error)
{
	struct protex_subsample subsamples[SUBSAMPLES_MAX];
	struct cenc_sample sample = {.scheme = p->scheme, .subsamples = subsamples};
	size_t before = tables->entries.size;
	int count = subsamples_find(p->codec, p->nal_length_size, data, size, subsamples), ret;

	if (count == -E2BIG)
		return fail(error, count,
			    "picture %" PRIu64 " has more slices than the %d that an encrypted MP4 "
			    "file can tell of; encode it anew with --codec h264",
			    p->samples, SUBSAMPLES_MAX);
	/* What cannot be read is encrypted as one piece: nothing of it stays clear by mistake. */
	if (count < 0) {
		p->damaged++;
		subsamples[0].cipher = (uint32_t)(size / 16 * 16);
		subsamples[0].clear = (uint32_t)(size % 16);
		count = 1;
	}

	sample.subsample_count = (uint32_t)count;
	if (p->scheme == PROTEX_SCHEME_CBCS) {
		sample.crypt_blocks = CRYPT_BLOCKS;
		sample.skip_blocks = SKIP_BLOCKS;
		memcpy(sample.iv, p->iv, sizeof(sample.iv));
	} else {
		memcpy(sample.iv, p->iv, 8);
		bytes_put(&tables->entries, p->iv, 8);
		for (int i = 7; i >= 0 && ++p->iv[i] == 0; i--)
			;
	}
	ret = cenc_encrypt(p->key, &sample, data, size, error);
	if (ret < 0)
		return ret;

	bytes_put_uint(&tables->entries, sample.subsample_count, 2);
	for (int i = 0; i < count; i++) {
		bytes_put_uint(&tables->entries, subsamples[i].clear, 2);
		bytes_put_uint(&tables->entries, subsamples[i].cipher, 4);
	}
	bytes_put_uint(&tables->sizes, tables->entries.size - before, 1);
	tables->count++;
	p->samples++;
	return 0;
}

/* What a run of samples says of each, where it says it. */
struct run {
	const uint8_t *sizes; /* the first sample's size, or NULL: all have the same */
	uint32_t stride;      /* to the next one's */
	uint32_t count;
	uint32_t offset; /* of the first sample, from the start of 'moof' */
};

static bool read_run(const struct box *trun, struct run *run)
{
	uint32_t flags, header = 8;

	if (trun->body_size < 12)
		return false;
	flags = read_be32(trun->body) & 0xffffff;
	if (!(flags & TRUN_DATA_OFFSET))
		return false;
	run->count = read_be32(trun->body + 4);
	run->offset = read_be32(trun->body + 8);
	header += 4 + (flags & TRUN_FIRST_FLAGS ? 4 : 0);
	run->stride = (flags & TRUN_DURATION ? 4 : 0) + (flags & TRUN_SIZE ? 4 : 0) +
		      (flags & TRUN_FLAGS ? 4 : 0) + (flags & TRUN_COMPOSITION ? 4 : 0);
	run->sizes = flags & TRUN_SIZE ? trun->body + header + (flags & TRUN_DURATION ? 4 : 0) : NULL;
	return trun->body_size == header + (uint64_t)run->count * run->stride;
}

static bool read_track_header(const struct box *traf, uint32_t *track_id, uint32_t *sample_size)
{
	struct box tfhd;
	const uint8_t *p;
	uint32_t flags;

	if (!box_find(traf->body, traf->body_size, "tfhd", &tfhd) || tfhd.body_size < 8)
		return false;
	flags = read_be32(tfhd.body) & 0xffffff;
	*track_id = read_be32(tfhd.body + 4);
	p = tfhd.body + 8 + (flags & TFHD_DESCRIPTION ? 4 : 0) + (flags & TFHD_DURATION ? 4 : 0);
	if (flags & TFHD_BASE_DATA_OFFSET || !(flags & TFHD_BASE_IS_MOOF) ||
	    (flags & TFHD_SIZE && p + 4 > tfhd.body + tfhd.body_size))
		return false;
	*sample_size = flags & TFHD_SIZE ? read_be32(p) : 0;
	return true;
}

/* The samples of one run, which lie in mdat. */
static int encrypt_run(struct mp4_protection *p, const struct run *run, uint32_t sample_size,
		       size_t moof_size, uint8_t *mdat, size_t mdat_size, struct tables *tables,
		       struct protex_error *error)
{
	size_t at;

	if (run->offset < moof_size || run->offset - moof_size > mdat_size)
		return unexpected(error, "fragments");
	at = run->offset - moof_size;
	for (uint32_t i = 0; i < run->count; i++) {
		uint32_t size = run->sizes ? read_be32(run->sizes + (size_t)i * run->stride)
					   : sample_size;
		int ret;

		if (size > mdat_size - at)
			return unexpected(error, "fragments");
		ret = encrypt_sample(p, mdat + at, size, tables, error);
		if (ret < 0)
			return ret;
		at += size;
	}
	return 0;
}

static int encrypt_track(struct mp4_protection *p, const struct box *traf, uint32_t sample_size,
			 size_t moof_size, uint8_t *mdat, size_t mdat_size, struct tables *tables,
			 struct protex_error *error)
{
	const uint8_t *data = traf->body;
	size_t size = traf->body_size;
	struct box box;
	int ret = 0;

	for (; ret == 0 && box_at(data, size, &box); data += box.size, size -= box.size) {
		struct run run;

		if (!box_is(&box, "trun"))
			continue;
		if (!read_run(&box, &run))
			return unexpected(error, "fragments");
		ret = encrypt_run(p, &run, sample_size, moof_size, mdat, mdat_size, tables, error);
	}
	return ret;
}

/* Appends the tables; moof is where the box that they are in begins in out. */
static void put_tables(const struct tables *tables, size_t moof, struct bytes *out)
{
	size_t entries, at;

	at = box_begin_full(out, "senc", 0, SENC_SUBSAMPLES);
	bytes_put_uint(out, tables->count, 4);
	entries = out->size - moof;
	bytes_put(out, tables->entries.data, tables->entries.size);
	box_end(out, at);

	at = box_begin_full(out, "saiz", 0, 0);
	bytes_put_uint(out, 0, 1); /* sizes differ */
	bytes_put_uint(out, tables->count, 4);
	bytes_put(out, tables->sizes.data, tables->sizes.size);
	box_end(out, at);

	at = box_begin_full(out, "saio", 0, 0);
	bytes_put_uint(out, 1, 4);
	bytes_put_uint(out, entries, 4);
	box_end(out, at);
}

/* The samples lie as many bytes further away as the 'moof' box grew. */
static void move_runs(uint8_t *moof_body, size_t size, uint32_t growth)
{
	struct box traf, trun;

	for (; box_at(moof_body, size, &traf); moof_body += traf.size, size -= traf.size) {
		uint8_t *data = moof_body + 8;
		size_t left = traf.body_size;

		if (!box_is(&traf, "traf"))
			continue;
		for (; box_at(data, left, &trun); data += trun.size, left -= trun.size)
			if (box_is(&trun, "trun"))
				write_be32(data + 16, read_be32(data + 16) + growth);
	}
}

static int protect_tracks(struct mp4_protection *p, const struct box *moof, uint8_t *mdat,
			  size_t mdat_size, struct bytes *out, struct protex_error *error)
{
	const uint8_t *data = moof->body;
	size_t size = moof->body_size, start = out->size;
	struct box box;

	box_begin(out, "moof");
	for (; box_at(data, size, &box); data += box.size, size -= box.size) {
		struct tables tables = {0};
		uint32_t track_id, sample_size;
		size_t at;
		int ret;

		if (!box_is(&box, "traf")) {
			bytes_put(out, box.start, box.size);
			continue;
		}
		if (!read_track_header(&box, &track_id, &sample_size))
			return unexpected(error, "fragments");
		at = box_begin(out, "traf");
		bytes_put(out, box.body, box.body_size);
		if (track_id == p->track_id) {
			ret = encrypt_track(p, &box, sample_size, moof->size, mdat, mdat_size,
					    &tables, error);
			put_tables(&tables, start, out);
			out->failed |= tables.entries.failed || tables.sizes.failed;
			bytes_free(&tables.entries);
			bytes_free(&tables.sizes);
			if (ret < 0)
				return ret;
		}
		box_end(out, at);
	}
	box_end(out, start);
	return size == 0 ? 0 : unexpected(error, "fragments");
}

int mp4_protect_fragment(struct mp4_protection *p, const struct box *moof, uint8_t *mdat,
			 size_t mdat_size, struct bytes *out, struct protex_error *error)
{
	size_t start = out->size;
	int ret = protect_tracks(p, moof, mdat, mdat_size, out, error);

	if (ret < 0)
		return ret;
	if (!out->failed)
		move_runs(out->data + start + 8, out->size - start - 8,
			  (uint32_t)(out->size - start - moof->size));
	bytes_put(out, mdat, mdat_size);
	return out->failed ? fail(error, -ENOMEM, "out of memory") : 0;
}
