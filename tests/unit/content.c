/* SPDX-License-Identifier: MIT */
/*
 * Common Encryption, byte by byte: what of a sample is encrypted, by known vectors, and what travels with it.
 * Every input is of its own allocation, exactly as large as it says, so that a sanitizer sees a byte too many.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cenc.h"
#include "nal.h"
#include "pssh.h"
#include "subsamples.h"

/* NIST SP 800-38A, F.2.1 and F.5.1 */
static const uint8_t key[16] = {
	0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
};
static const uint8_t ctr_iv[16] = {
	0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
};
static const uint8_t cbc_iv[16] = {
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
};
static const uint8_t plain[32] = {
	0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
	0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c, 0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51,
};
static const uint8_t ctr_cipher[32] = {
	0x87, 0x4d, 0x61, 0x91, 0xb6, 0x20, 0xe3, 0x26, 0x1b, 0xef, 0x68, 0x64, 0x99, 0x0d, 0xb6, 0xce,
	0x98, 0x06, 0xf6, 0x6b, 0x79, 0x70, 0xfd, 0xff, 0x86, 0x17, 0x18, 0x7b, 0xb9, 0xff, 0xfd, 0xff,
};
static const uint8_t cbc_cipher[32] = {
	0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46, 0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d,
	0x50, 0x86, 0xcb, 0x9b, 0x50, 0x72, 0x19, 0xee, 0x95, 0xdb, 0x11, 0x3a, 0x91, 0x76, 0x78, 0xb2,
};

static uint8_t *copy(const void *data, size_t size)
{
	uint8_t *p = malloc(size ? size : 1);

	memcpy(p, data, size);
	return p;
}

/* Always the same numbers. */
static uint32_t random_number(void)
{
	static uint32_t state = 2463534242;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static void known_vectors(void **state)
{
	struct protex_subsample subsamples[] = {{3, 20}, {2, 12}};
	struct cenc_sample sample = {.scheme = PROTEX_SCHEME_CENC, .subsamples = subsamples};
	uint8_t bytes[37], *p = copy(plain, 32);

	(void)state;
	memcpy(sample.iv, ctr_iv, 16);
	assert_int_equal(cenc_encrypt(key, &sample, p, 32, NULL), 0);
	assert_memory_equal(p, ctr_cipher, 32);
	assert_int_equal(cenc_decrypt(key, &sample, p, 32, NULL), 0);
	assert_memory_equal(p, plain, 32);

	/* The key stream runs on from one subsample to the next. */
	memcpy(bytes, "abc", 3);
	memcpy(bytes + 3, ctr_cipher, 20);
	memcpy(bytes + 23, "de", 2);
	memcpy(bytes + 25, ctr_cipher + 20, 12);
	sample.subsample_count = 2;
	assert_int_equal(cenc_decrypt(key, &sample, bytes, 37, NULL), 0);
	assert_memory_equal(bytes, "abc", 3);
	assert_memory_equal(bytes + 3, plain, 20);
	assert_memory_equal(bytes + 23, "de", 2);
	assert_memory_equal(bytes + 25, plain + 20, 12);

	/* CBC begins anew, and leaves what is no whole block. */
	sample.scheme = PROTEX_SCHEME_CBCS;
	memcpy(sample.iv, cbc_iv, 16);
	memcpy(bytes, "abc", 3);
	memcpy(bytes + 3, plain, 20);
	memcpy(bytes + 23, "de", 2);
	memcpy(bytes + 25, plain, 12);
	assert_int_equal(cenc_encrypt(key, &sample, bytes, 37, NULL), 0);
	assert_memory_equal(bytes + 3, cbc_cipher, 16);
	assert_memory_equal(bytes + 19, plain + 16, 4);
	assert_memory_equal(bytes + 25, plain, 12);
	sample.subsample_count = 0;
	assert_int_equal(cenc_encrypt(key, &sample, p, 32, NULL), 0);
	assert_memory_equal(p, cbc_cipher, 32);
	free(p);
}

/* ISO/IEC 23001-7: the block counter has 64 bits. libcrypto's would carry into the other 64. */
static void the_counter_wraps_at_64_bits(void **state)
{
	struct cenc_sample sample = {.scheme = PROTEX_SCHEME_CENC};
	uint8_t *whole = calloc(1, 64), *piece = calloc(1, 16);

	(void)state;
	memset(sample.iv, 0xff, 16);
	sample.iv[15] = 0xfe;
	assert_int_equal(cenc_encrypt(key, &sample, whole, 64, NULL), 0);
	for (unsigned i = 0; i < 4; i++) {
		memset(piece, 0, 16);
		if (i < 2) {
			sample.iv[15] = (uint8_t)(0xfe + i);
		} else {
			memset(sample.iv + 8, 0, 8);
			sample.iv[15] = (uint8_t)(i - 2);
		}
		assert_int_equal(cenc_encrypt(key, &sample, piece, 16, NULL), 0);
		assert_memory_equal(piece, whole + 16 * i, 16);
	}
	free(whole);
	free(piece);
}

static void a_pattern_leaves_what_it_skips(void **state)
{
	struct cenc_sample sample = {.scheme = PROTEX_SCHEME_CBCS, .crypt_blocks = 2, .skip_blocks = 3};
	uint8_t *p = malloc(16 * 9 + 5), *before = malloc(16 * 9 + 5);

	(void)state;
	for (unsigned i = 0; i < 16 * 9 + 5; i++)
		p[i] = before[i] = (uint8_t)i;
	assert_int_equal(cenc_encrypt(key, &sample, p, 16 * 9 + 5, NULL), 0);
	/* Two encrypted, three not, two encrypted, two and a piece not. */
	for (unsigned block = 0; block < 9; block++) {
		if (block % 5 < 2)
			assert_memory_not_equal(p + 16 * block, before + 16 * block, 16);
		else
			assert_memory_equal(p + 16 * block, before + 16 * block, 16);
	}
	assert_memory_equal(p + 16 * 9, before + 16 * 9, 5);
	assert_int_equal(cenc_decrypt(key, &sample, p, 16 * 9 + 5, NULL), 0);
	assert_memory_equal(p, before, 16 * 9 + 5);
	/* One block is no two. */
	assert_int_equal(cenc_encrypt(key, &sample, p, 31, NULL), 0);
	assert_memory_equal(p, before, 31);
	free(p);
	free(before);
}

static void subsamples_of_another_sample_are_refused(void **state)
{
	struct protex_subsample subsamples[] = {{UINT32_MAX, UINT32_MAX}, {2, 16}};
	struct cenc_sample sample = {
		.scheme = PROTEX_SCHEME_CENC, .subsamples = subsamples, .subsample_count = 2,
	};
	uint8_t *p = copy(plain, 16);

	(void)state;
	assert_int_equal(cenc_decrypt(key, &sample, p, 16, NULL), -EBADMSG);
	sample.subsample_count = 1;
	assert_int_equal(cenc_decrypt(key, &sample, p, 16, NULL), -EBADMSG);
	subsamples[0] = (struct protex_subsample){0, 15};
	assert_int_equal(cenc_decrypt(key, &sample, p, 16, NULL), -EBADMSG);
	sample = (struct cenc_sample){.scheme = PROTEX_SCHEME_CBCS, .skip_blocks = 1};
	assert_int_equal(cenc_decrypt(key, &sample, p, 16, NULL), -EBADMSG);
	assert_memory_equal(p, plain, 16);
	free(p);
}

/* ---- which bytes --------------------------------------------------------------------------------- */

/* Checks what must hold of any, and returns how many there are. */
static int find(enum subsamples_codec codec, unsigned length_size, const uint8_t *data, size_t size,
		struct protex_subsample found[SUBSAMPLES_MAX])
{
	uint8_t *p = copy(data, size);
	int count = subsamples_find(codec, length_size, p, size, found);
	uint64_t sum = 0;

	free(p);
	for (int i = 0; i < count; i++) {
		assert_true(found[i].clear <= 65535);
		assert_int_equal(found[i].cipher % 16, 0);
		sum += (uint64_t)found[i].clear + found[i].cipher;
	}
	if (count >= 0)
		assert_int_equal(sum, size);
	return count;
}

/* A NAL unit of size bytes after its length, of as many octets. Returns what follows. */
static uint8_t *put_nal(uint8_t *p, unsigned length_size, uint8_t header, size_t size)
{
	for (unsigned i = 0; i < length_size; i++)
		*p++ = (uint8_t)(size >> 8 * (length_size - 1 - i));
	memset(p, header, size);
	return p + size;
}

static void slices_are_encrypted_but_for_their_headers(void **state)
{
	struct protex_subsample found[SUBSAMPLES_MAX];
	uint8_t data[4096], *p = data;

	(void)state;
	p = put_nal(p, 4, 0x67, 500);	/* parameters */
	p = put_nal(p, 4, 0x65, 96 + 33); /* a slice */
	p = put_nal(p, 4, 0x06, 300);	/* SEI */
	p = put_nal(p, 4, 0x41, 111);	/* a slice that is too small */
	p = put_nal(p, 4, 0x41, 112);	/* one that is just large enough */
	assert_int_equal(find(SUBSAMPLES_H264, 4, data, (size_t)(p - data), found), 2);
	assert_int_equal(found[0].clear, 504 + 4 + 97);
	assert_int_equal(found[0].cipher, 32);
	assert_int_equal(found[1].clear, 304 + 115 + 4 + 96);
	assert_int_equal(found[1].cipher, 16);

	/* Types of HEVC: 1 a slice, 33 parameters */
	p = put_nal(data, 2, 1 << 1, 200);
	p = put_nal(p, 2, 33 << 1, 200);
	assert_int_equal(find(SUBSAMPLES_HEVC, 2, data, (size_t)(p - data), found), 2);
	assert_int_equal(found[0].cipher, 96);
	assert_int_equal(found[1].clear, 202);
	assert_int_equal(found[1].cipher, 0);
}

static void clear_parts_of_any_length_fit(void **state)
{
	struct protex_subsample found[SUBSAMPLES_MAX];
	uint8_t *data = malloc(300000), *p = data;

	(void)state;
	p = put_nal(p, 4, 0x06, 200000);
	p = put_nal(p, 4, 0x65, 1000);
	assert_int_equal(find(SUBSAMPLES_H264, 4, data, (size_t)(p - data), found), 4);
	assert_int_equal(found[2].clear, 65535);
	assert_int_equal(found[2].cipher, 0);
	assert_int_equal(found[3].cipher, 896);
	/* And what is encrypted needs no second one. */
	p = put_nal(data, 4, 0x65, 290000);
	assert_int_equal(find(SUBSAMPLES_H264, 4, data, (size_t)(p - data), found), 1);
	free(data);
}

static void as_many_slices_as_a_table_has_room_for(void **state)
{
	struct protex_subsample found[SUBSAMPLES_MAX];
	uint8_t data[(SUBSAMPLES_MAX + 1) * 130], *p = data;

	(void)state;
	for (unsigned i = 0; i < SUBSAMPLES_MAX; i++)
		p = put_nal(p, 1, 0x65, 112);
	assert_int_equal(find(SUBSAMPLES_H264, 1, data, (size_t)(p - data), found), SUBSAMPLES_MAX);
	p = put_nal(p, 1, 0x65, 112);
	assert_int_equal(find(SUBSAMPLES_H264, 1, data, (size_t)(p - data), found), -E2BIG);
}

static void damaged_nal_units_are_told(void **state)
{
	struct protex_subsample found[SUBSAMPLES_MAX];
	uint8_t data[300], *end = put_nal(data, 4, 0x65, 200);

	(void)state;
	for (size_t size = 0; size < (size_t)(end - data); size++)
		assert_int_equal(find(SUBSAMPLES_H264, 4, data, size, found), -EBADMSG);
	data[0] = 0xff;
	assert_int_equal(find(SUBSAMPLES_H264, 4, data, 204, found), -EBADMSG);
}

static void frames_of_a_vp9_superframe_are_encrypted_each(void **state)
{
	struct protex_subsample found[SUBSAMPLES_MAX];
	uint8_t data[1000] = {0};

	(void)state;
	/* 300 and 150 bytes, and an index of one octet less than 512: two octets each */
	data[450] = data[455] = 0xc0 | 1 << 3 | 1;
	data[451] = 300 & 255;
	data[452] = 300 >> 8;
	data[453] = 150;
	assert_int_equal(find(SUBSAMPLES_VP9, 0, data, 456, found), 3);
	assert_int_equal(found[0].clear + found[0].cipher, 300);
	assert_int_equal(found[0].cipher, 192);
	assert_int_equal(found[1].clear + found[1].cipher, 150);
	assert_int_equal(found[2].clear, 6);
	/* One frame */
	data[455] = 0;
	assert_int_equal(find(SUBSAMPLES_VP9, 0, data, 456, found), 1);
	assert_int_equal(found[0].cipher, 352);
	/* A superframe that is not all there */
	data[455] = data[450];
	data[452] = 4;
	assert_int_equal(find(SUBSAMPLES_VP9, 0, data, 456, found), -EBADMSG);
}

static void frames_of_av1_are_encrypted(void **state)
{
	struct protex_subsample found[SUBSAMPLES_MAX];
	uint8_t data[1000] = {0};

	(void)state;
	data[0] = 1 << 3 | 2; /* a sequence header with a size */
	data[1] = 11;
	data[13] = 6 << 3 | 2; /* a frame of 300 bytes */
	data[14] = (300 & 127) | 128;
	data[15] = 300 >> 7;
	data[316] = 4 << 3 | 4; /* a tile group with an extension, up to the end */
	assert_int_equal(find(SUBSAMPLES_AV1, 0, data, 316 + 2 + 200, found), 2);
	assert_int_equal(found[0].clear, 13 + 3 + 300 - 192);
	assert_int_equal(found[0].cipher, 192);
	assert_int_equal(found[1].clear, 2 + 200 - 96);
	assert_int_equal(found[1].cipher, 96);
	assert_int_equal(find(SUBSAMPLES_AV1, 0, data, 315, found), -EBADMSG);
	memset(data, 0xff, 20);
	data[0] = 1 << 3 | 2;
	assert_int_equal(find(SUBSAMPLES_AV1, 0, data, 20, found), -EBADMSG);
}

static void any_bytes_are_found_to_be_something(void **state)
{
	struct protex_subsample found[SUBSAMPLES_MAX];
	uint8_t data[400];

	(void)state;
	for (unsigned run = 0; run < 100000; run++) {
		size_t size = 1 + random_number() % (sizeof(data) - 1);

		for (size_t i = 0; i < size; i++)
			data[i] = (uint8_t)(random_number() & (i < 8 ? random_number() : UINT32_MAX));
		for (int codec = SUBSAMPLES_H264; codec <= SUBSAMPLES_AV1; codec++)
			find((enum subsamples_codec)codec, 1u << run % 3, data, size, found);
	}
}

/* ---- what travels with it ------------------------------------------------------------------------ */

static void a_wrapped_key_comes_back(void **state)
{
	static const uint8_t other_system[] = {
		0, 0, 0, 32, 'p', 's', 's', 'h', 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
		0, 0, 0, 0,
	};
	struct protex_ta_wrapped_key wrapped, found;
	struct bytes boxes = {0};
	uint8_t *p;

	(void)state;
	memset(&wrapped, 0x5a, sizeof(wrapped));
	bytes_put(&boxes, other_system, sizeof(other_system));
	pssh_write(&boxes, key, &wrapped);
	assert_int_equal(boxes.size, 32 + 104);
	assert_true(pssh_find(boxes.data, boxes.size, key, &found));
	assert_memory_equal(&found, &wrapped, sizeof(found));
	assert_false(pssh_find(boxes.data, boxes.size, ctr_iv, &found));
	assert_false(pssh_find(other_system, sizeof(other_system), key, &found));

	for (size_t size = 0; size < boxes.size; size++) {
		p = copy(boxes.data, size);
		assert_false(pssh_find(p, size, key, &found));
		free(p);
	}
	/* A count of ids, or a size of data, beyond what is there */
	boxes.data[32 + 28] = 0xff;
	assert_false(pssh_find(boxes.data, boxes.size, key, &found));
	boxes.data[32 + 28] = 0;
	boxes.data[32 + 31] = 2;
	assert_false(pssh_find(boxes.data, boxes.size, key, &found));
	boxes.data[32 + 31] = 1;
	boxes.data[32 + 51]++;
	assert_false(pssh_find(boxes.data, boxes.size, key, &found));
	bytes_free(&boxes);
}

static void parameter_sets_get_start_codes(void **state)
{
	static const uint8_t avcc[] = {
		1, 100, 0, 13, 0xff, 0xe1, 0, 3, 0x67, 1, 2, 1, 0, 2, 0x68, 3, 0xfd, 0xf8, 0xf8, 0,
	};
	static const uint8_t hvcc[] = {
		1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 60, 0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0d, 2,
		0xa0, 0, 1, 0, 2, 0x40, 1, 0xa1, 0, 2, 0, 1, 0x42, 0, 2, 0x44, 5,
	};
	static const uint8_t avc_head[] = {0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3};
	static const uint8_t hevc_head[] = {0, 0, 0, 1, 0x40, 1, 0, 0, 0, 1, 0x42, 0, 0, 0, 1, 0x44, 5};
	struct bytes head = {0};
	unsigned length_size;
	uint8_t *p;

	(void)state;
	assert_true(nal_read_avcc(avcc, sizeof(avcc), &length_size, &head));
	assert_int_equal(length_size, 4);
	assert_int_equal(head.size, sizeof(avc_head));
	assert_memory_equal(head.data, avc_head, sizeof(avc_head));
	head.size = 0;
	assert_true(nal_read_hvcc(hvcc, sizeof(hvcc), &length_size, &head));
	assert_int_equal(length_size, 2);
	assert_int_equal(head.size, sizeof(hevc_head));
	assert_memory_equal(head.data, hevc_head, sizeof(hevc_head));

	/* What is cut off appends nothing. The last four bytes of avcC are extensions. */
	for (size_t size = 0; size < sizeof(avcc) - 4; size++) {
		p = copy(avcc, size);
		assert_false(nal_read_avcc(p, size, &length_size, &head));
		assert_int_equal(head.size, sizeof(hevc_head));
		free(p);
	}
	for (size_t size = 0; size < sizeof(hvcc); size++) {
		p = copy(hvcc, size);
		assert_false(nal_read_hvcc(p, size, &length_size, &head));
		assert_int_equal(head.size, sizeof(hevc_head));
		free(p);
	}
	/* Lengths of three octets do not exist. */
	p = copy(avcc, sizeof(avcc));
	p[4] = 0xfe;
	assert_false(nal_read_avcc(p, sizeof(avcc), &length_size, &head));
	p[0] = 0;
	assert_false(nal_read_avcc(p, sizeof(avcc), &length_size, &head));
	free(p);
	bytes_free(&head);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_vectors),
		cmocka_unit_test(the_counter_wraps_at_64_bits),
		cmocka_unit_test(a_pattern_leaves_what_it_skips),
		cmocka_unit_test(subsamples_of_another_sample_are_refused),
		cmocka_unit_test(slices_are_encrypted_but_for_their_headers),
		cmocka_unit_test(clear_parts_of_any_length_fit),
		cmocka_unit_test(as_many_slices_as_a_table_has_room_for),
		cmocka_unit_test(damaged_nal_units_are_told),
		cmocka_unit_test(frames_of_a_vp9_superframe_are_encrypted_each),
		cmocka_unit_test(frames_of_av1_are_encrypted),
		cmocka_unit_test(any_bytes_are_found_to_be_something),
		cmocka_unit_test(a_wrapped_key_comes_back),
		cmocka_unit_test(parameter_sets_get_start_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
