/* SPDX-License-Identifier: MIT */
/*
 * image PROGRAM: the program that the suites ask about pictures, with pictures made here. Each question has a picture
 * for which the answer is yes, and one for which it is no.
 */
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <png.h>

#include "bitmap.h"

static char *program;
static char said[4096];

/* The exit status of image with these arguments; said is what it printed. */
static int image(const char *arguments)
{
	char command[1024];
	size_t length;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command), "'%s' %s 2> errors", program, arguments);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	length = fread(said, 1, sizeof(said) - 1, pipe);
	said[length] = '\0';
	status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void assert_answer(const char *arguments, int status, const char *expected)
{
	assert_int_equal(image(arguments), status);
	assert_string_equal(said, expected);
}

/* Not like itself at any other place. */
static uint8_t noise(unsigned x, unsigned y, unsigned channel)
{
	uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ channel * 0xc2b2ae3du;

	h ^= h >> 15;
	h *= 0x2c1b3c6du;
	return (uint8_t)(h >> 24);
}

static void make(struct bitmap *bitmap, unsigned width, unsigned height)
{
	assert_true(bitmap_fill(bitmap, width, height, (const uint8_t[]){ 0, 0, 0 }));
	for (unsigned y = 0; y < height; y++)
		for (unsigned x = 0; x < width; x++)
			for (unsigned i = 0; i < 3; i++)
				bitmap_at(bitmap, x, y)[i] = noise(x, y, i);
}

static void fill(struct bitmap *bitmap, struct region region, uint8_t value)
{
	for (unsigned y = region.y; y < region.y + region.height; y++)
		memset(bitmap_at(bitmap, region.x, y), value, 3 * region.width);
}

static void keep(struct bitmap *bitmap, const char *path)
{
	assert_true(bitmap_write(bitmap, path));
	bitmap_free(bitmap);
}

/* A part of the noise, in each value plus or minus error, and scaled. */
static void make_part(const char *path, struct region part, double scale, int error)
{
	struct bitmap bitmap;

	make(&bitmap, part.width, part.height);
	for (unsigned y = 0; y < part.height; y++) {
		for (unsigned x = 0; x < part.width; x++) {
			for (unsigned i = 0; i < 3; i++) {
				double value = noise(part.x + x, part.y + y, i) * scale;

				value += (x + y + i) % 2 ? error : -error;
				bitmap_at(&bitmap, x, y)[i] = (uint8_t)fmax(0, fmin(255, value));
			}
		}
	}
	keep(&bitmap, path);
}

static int set_up(void **state)
{
	static char folder[] = "/tmp/image.XXXXXX";
	struct bitmap bitmap;

	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	*state = folder;
	make(&bitmap, 64, 48);
	keep(&bitmap, "noise.png");
	return 0;
}

static int tear_down(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", (char *)*state);
	return chdir("/") || system(command);
}

static void reads_png(void **state)
{
	FILE *file;

	(void)state;
	assert_answer("size noise.png", 0, "64x48\n");
	assert_answer("size missing.png", 2, "");
	file = fopen("text.png", "w");
	assert_non_null(file);
	fputs("push graphic-context\nviewbox 0 0 64 48\npop graphic-context\n", file);
	fclose(file);
	assert_answer("size text.png", 2, "");
	assert_int_equal(system("head -c 1000 noise.png > short.png"), 0);
	assert_answer("size short.png", 2, "");
}

/* What is read is what other programs would write, in whatever form. */
static void reads_all_forms(void **state)
{
	static const uint8_t grey[] = { 10, 20, 30, 40 };
	static const uint8_t transparent[] = { 1, 2, 3, 0, 1, 2, 3, 255, 1, 2, 3, 9, 1, 2, 3, 0 };
	static const uint8_t colours[] = { 200, 100, 50, 0, 0, 1 }, indices[] = { 0, 1, 1, 0 };
	png_image png = { .version = PNG_IMAGE_VERSION, .width = 2, .height = 2, .format = PNG_FORMAT_GRAY };
	struct bitmap bitmap;

	(void)state;
	assert_true(png_image_write_to_file(&png, "grey.png", 0, grey, 0, NULL));
	assert_true(bitmap_read(&bitmap, "grey.png"));
	assert_memory_equal(bitmap.pixels, ((const uint8_t[]){ 10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40 }), 12);
	bitmap_free(&bitmap);

	/* Nothing hides behind transparency. */
	png.format = PNG_FORMAT_RGBA;
	assert_true(png_image_write_to_file(&png, "transparent.png", 0, transparent, 0, NULL));
	assert_true(bitmap_read(&bitmap, "transparent.png"));
	assert_memory_equal(bitmap.pixels, ((const uint8_t[]){ 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3 }), 12);
	bitmap_free(&bitmap);
	assert_answer("black transparent.png 2x2+0+0", 1, "3\n");

	png.format = PNG_FORMAT_RGB_COLORMAP;
	png.colormap_entries = 2;
	assert_true(png_image_write_to_file(&png, "palette.png", 0, indices, 0, colours));
	assert_true(bitmap_read(&bitmap, "palette.png"));
	assert_memory_equal(bitmap.pixels, ((const uint8_t[]){ 200, 100, 50, 0, 0, 1, 0, 0, 1, 200, 100, 50 }), 12);
	bitmap_free(&bitmap);
}

static void counts_colours(void **state)
{
	struct bitmap bitmap;

	(void)state;
	make(&bitmap, 8, 8);
	fill(&bitmap, (struct region){ 0, 0, 8, 8 }, 7);
	fill(&bitmap, (struct region){ 2, 0, 1, 8 }, 9);
	bitmap_at(&bitmap, 7, 7)[2] = 8;
	keep(&bitmap, "three.png");
	assert_answer("colours three.png", 0, "3\n");
}

static void locates(void **state)
{
	(void)state;
	make_part("part.png", (struct region){ 20, 13, 24, 20 }, 1, 0);
	assert_answer("locate noise.png part.png", 0, "20 13 100.00 1.000\n");
	assert_answer("locate noise.png part.png 20,13", 0, "20 13 100.00 1.000\n");
	assert_answer("locate noise.png noise.png", 0, "0 0 100.00 1.000\n");
	/* As far as one can go. */
	make_part("corner.png", (struct region){ 40, 28, 24, 20 }, 1, 0);
	assert_answer("locate noise.png corner.png", 0, "40 28 100.00 1.000\n");
	make_part("elsewhere.png", (struct region){ 200, 200, 24, 20 }, 1, 0);
	assert_answer("locate noise.png elsewhere.png", 0, "0 0 0.00 0.000\n");
	assert_answer("locate part.png noise.png", 2, "");
	assert_answer("locate noise.png part.png 41,0", 2, "");
	assert_answer("locate noise.png part.png 1,2,3", 2, "");
}

/* 10 off in each value: 20 log10(255 / 10) dB, but where there is nothing darker than black. */
static void measures_psnr(void **state)
{
	unsigned x, y;
	double psnr, correlation;

	(void)state;
	make_part("off.png", (struct region){ 20, 13, 24, 20 }, 0.9, 10);
	make_part("twice.png", (struct region){ 20, 13, 24, 20 }, 0.9, 20);
	make_part("original.png", (struct region){ 20, 13, 24, 20 }, 0.9, 0);
	assert_int_equal(image("locate original.png off.png 0,0"), 0);
	assert_int_equal(sscanf(said, "%u %u %lf %lf", &x, &y, &psnr, &correlation), 4);
	assert_true(fabs(psnr - 28.13) < 0.3 && correlation > 0.98 && correlation < 1);
	assert_int_equal(image("locate original.png twice.png 0,0"), 0);
	assert_int_equal(sscanf(said, "%u %u %lf %lf", &x, &y, &psnr, &correlation), 4);
	assert_true(fabs(psnr - 22.11) < 0.4);
	/* What is worse than 20 dB is not found. */
	make_part("far.png", (struct region){ 20, 13, 24, 20 }, 0.7, 0);
	assert_answer("locate noise.png far.png", 0, "0 0 0.00 0.000\n");
}

static void measures_correlation(void **state)
{
	unsigned x, y;
	double psnr, correlation;

	(void)state;
	/* Much darker, and the same picture. */
	make_part("dark.png", (struct region){ 20, 13, 24, 20 }, 0.2, 0);
	assert_int_equal(image("locate noise.png dark.png 20,13"), 0);
	assert_int_equal(sscanf(said, "%u %u %lf %lf", &x, &y, &psnr, &correlation), 4);
	assert_true(psnr < 12 && correlation > 0.99);
	assert_int_equal(image("locate noise.png dark.png 21,13"), 0);
	assert_int_equal(sscanf(said, "%u %u %lf %lf", &x, &y, &psnr, &correlation), 4);
	assert_true(fabs(correlation) < 0.15);
	assert_int_equal(image("locate noise.png black:24x20 20,13"), 0);
	assert_int_equal(sscanf(said, "%u %u %lf %lf", &x, &y, &psnr, &correlation), 4);
	assert_true(correlation == 0);
}

static void knows_colours(void **state)
{
	struct bitmap bitmap;

	(void)state;
	make(&bitmap, 64, 48);
	fill(&bitmap, (struct region){ 5, 6, 10, 11 }, 0);
	for (unsigned y = 30; y < 40; y++)
		for (unsigned x = 40; x < 50; x++)
			memcpy(bitmap_at(&bitmap, x, y), (const uint8_t[]){ 0x40, 0x80, 0xc0 }, 3);
	keep(&bitmap, "coloured.png");
	assert_answer("locate coloured.png black:10x11", 0, "5 6 100.00 0.000\n");
	assert_answer("locate coloured.png '#4080c0:10x10'", 0, "40 30 100.00 0.000\n");
	assert_answer("locate coloured.png '#4080c0:0x10'", 2, "");
	assert_answer("locate coloured.png '#4080cg:10x10'", 2, "");
	assert_answer("locate coloured.png red:10x10", 2, "");
	assert_answer("black coloured.png 10x11+5+6", 0, "0\n");
	assert_int_equal(image("black coloured.png 10x11+5+7"), 1);
	assert_answer("black coloured.png 10x11+55+6", 2, "");
	assert_answer("black coloured.png 10x11", 2, "");
	assert_answer("black coloured.png 10x11+-1+6", 2, "");
	assert_answer("black coloured.png 4294967297x1+0+0", 2, "");
}

static void compares(void **state)
{
	struct bitmap bitmap;

	(void)state;
	make(&bitmap, 64, 48);
	bitmap_at(&bitmap, 10, 10)[0] ^= 1;
	bitmap_at(&bitmap, 12, 13)[1] ^= 1;
	bitmap_at(&bitmap, 63, 47)[2] ^= 1;
	keep(&bitmap, "three-off.png");
	assert_answer("same noise.png noise.png", 0, "0\n");
	assert_answer("same noise.png three-off.png", 1, "3\n");
	assert_answer("same noise.png three-off.png but 3x4+10+10", 1, "1\n");
	assert_answer("same noise.png three-off.png but 3x4+10+10 but 1x1+63+47", 0, "0\n");
	assert_answer("same noise.png three-off.png but 2x3+10+10 but 1x1+63+47", 1, "1\n");
	assert_answer("same noise.png three-off.png in 10x10+3+1", 1, "1\n");
	assert_answer("same noise.png three-off.png in 10x10+0+0", 0, "0\n");
	assert_answer("same noise.png three-off.png in", 2, "");
	assert_answer("same noise.png three-off.png near 1x1+0+0", 2, "");
	assert_answer("same noise.png part.png", 2, "");
}

/* A still, a film's pictures in which a region changes, and what must not be. */
static void follows_films(void **state)
{
	const struct region region = { 8, 8, 16, 16 };
	struct bitmap bitmap;

	(void)state;
	make(&bitmap, 64, 48);
	fill(&bitmap, region, 50);
	keep(&bitmap, "still.png");
	make(&bitmap, 64, 48);
	keep(&bitmap, "window.png");
	make(&bitmap, 64, 48);
	fill(&bitmap, region, 0);
	keep(&bitmap, "flicker.png");
	make(&bitmap, 64, 48);
	bitmap_at(&bitmap, 7, 8)[0] ^= 1;
	keep(&bitmap, "beside.png");
	assert_int_equal(image("steady still.png 16x16+8+8 still.png window.png still.png window.png"), 0);
	assert_non_null(strstr(said, "2 of 4"));
	assert_int_equal(image("steady still.png 16x16+8+8 still.png still.png"), 1);
	assert_int_equal(image("steady still.png 16x16+8+8 window.png flicker.png window.png"), 1);
	assert_non_null(strstr(said, "flicker.png"));
	assert_int_equal(image("steady still.png 16x16+8+8 window.png beside.png"), 1);
	assert_non_null(strstr(said, "beside.png: 1 pixels"));
	assert_int_equal(image("steady still.png 16x16+8+8 missing.png"), 2);
}

static void compares_with_frames(void **state)
{
	struct bitmap bitmap;
	FILE *file;

	(void)state;
	/* Two frames of 4x2: red in BT.601, and grey. */
	file = fopen("frames.yuv", "w");
	assert_non_null(file);
	fwrite("\x51\x51\x51\x51\x51\x51\x51\x51\x5a\x5a\xf0\xf0", 1, 12, file);
	fwrite("\x7e\x7e\x7e\x7e\x7e\x7e\x7e\x7e\x80\x80\x80\x80", 1, 12, file);
	fclose(file);
	make(&bitmap, 10, 10);
	for (unsigned y = 3; y < 5; y++)
		for (unsigned x = 2; x < 6; x++)
			memcpy(bitmap_at(&bitmap, x, y), (const uint8_t[]){ 254, 0, 0 }, 3);
	keep(&bitmap, "red.png");
	make(&bitmap, 10, 10);
	fill(&bitmap, (struct region){ 2, 3, 4, 2 }, 128);
	keep(&bitmap, "grey2.png");
	assert_answer("frames BT.601 limited 4x2+2+3 frames.yuv red.png grey2.png", 0,
		      "{\"matrix\": \"BT.601\", \"range\": \"limited\", \"siting\": \"center\", "
		      "\"psnr\": [100.000, 100.000]}\n");
	assert_int_equal(image("frames BT.709 limited 4x2+2+3 frames.yuv red.png grey2.png"), 0);
	assert_null(strstr(said, "[100.000"));
	assert_int_equal(image("frames BT.601 limited 4x2+2+3 frames.yuv grey2.png red.png"), 0);
	assert_null(strstr(said, "100.000"));
	assert_int_equal(image("frames BT.601 limited 4x2+2+3 frames.yuv red.png grey2.png red.png"), 2);
	assert_int_equal(image("frames BT.601 limited 4x2+7+3 frames.yuv red.png"), 2);
	assert_int_equal(image("frames BT.601 none 4x2+2+3 frames.yuv red.png"), 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_png),
		cmocka_unit_test(reads_all_forms),
		cmocka_unit_test(counts_colours),
		cmocka_unit_test(locates),
		cmocka_unit_test(measures_psnr),
		cmocka_unit_test(measures_correlation),
		cmocka_unit_test(knows_colours),
		cmocka_unit_test(compares),
		cmocka_unit_test(follows_films),
		cmocka_unit_test(compares_with_frames),
	};

	int failed;

	/* The tests run elsewhere. */
	program = argc == 2 ? realpath(argv[1], NULL) : NULL;
	if (!program)
		return 2;
	failed = cmocka_run_group_tests(tests, set_up, tear_down);
	free(program);
	return failed;
}
