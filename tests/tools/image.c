/* SPDX-License-Identifier: MIT */
/*
 * What the suites ask of pictures. Some of these were left by a guest: they are read as PNG, and as nothing else.
 *
 * A REGION is WxH+X+Y. A REFERENCE is a picture, or COLOUR:WxH, all of one colour, which is black or #rrggbb.
 * Exit status: 0; 1 for no; 2 when there is no answer, with a line that says why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bitmap.h"
#include "frames.h"

static const char usage[] =
	"Usage: image COMMAND …\n"
	"  size PICTURE                          prints WxH\n"
	"  colours PICTURE                       prints how many it has\n"
	"  locate PICTURE REFERENCE [X,Y]        prints X, Y, the PSNR in dB and the correlation where it looks most\n"
	"                                        like the reference, or there; 0 0 0 0 if no place reaches 20 dB\n"
	"  black PICTURE REGION                  is it? prints the largest value\n"
	"  same PICTURE OTHER [in REGION] [but REGION]…\n"
	"                                        are they, there? prints how many pixels differ\n"
	"  steady PICTURE REGION FILM…           is the film as the picture, but for the region, which changes once at\n"
	"                                        least and never is black? prints how often\n"
	"  frames MATRIX RANGE REGION FRAMES PICTURE…\n"
	"                                        prints how much the pictures look like frames of a video, as JSON\n";

enum { YES, NO, NO_ANSWER };

static bool complain(const char *what, const char *text)
{
	fprintf(stderr, "image: %s, not %s\n", what, text);
	return false;
}

/* Digits, up to BITMAP_MAX, and what ends them; moves text behind that. */
static bool take_number(const char **text, unsigned *number, char end)
{
	const char *p = *text;

	*number = 0;
	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		*number = *number * 10 + (unsigned)(*p - '0');
		if (*number > BITMAP_MAX)
			return false;
	}
	if (*p != end)
		return false;
	*text = end ? p + 1 : p;
	return true;
}

static bool parse_region(const char *text, struct region *region)
{
	const char *p = text;

	if (take_number(&p, &region->width, 'x') && take_number(&p, &region->height, '+') &&
	    take_number(&p, &region->x, '+') && take_number(&p, &region->y, '\0'))
		return true;
	return complain("a region is WxH+X+Y", text);
}

static bool parse_place(const char *text, unsigned *x, unsigned *y)
{
	const char *p = text;

	return (take_number(&p, x, ',') && take_number(&p, y, '\0')) || complain("a place is X,Y", text);
}

static bool parse_colour(const char *text, size_t length, uint8_t colour[3])
{
	unsigned value = 0;

	memset(colour, 0, 3);
	if (length == 5 && strncmp(text, "black", length) == 0)
		return true;
	if (length != 7 || text[0] != '#')
		return false;
	for (size_t i = 1; i < length; i++) {
		const char digits[] = "0123456789abcdef", *digit = strchr(digits, text[i]);

		if (!digit)
			return false;
		value = value * 16 + (unsigned)(digit - digits);
	}
	for (unsigned i = 0; i < 3; i++)
		colour[i] = (uint8_t)(value >> (16 - 8 * i));
	return true;
}

/* A colon is in no picture's name that the suites give. */
static bool read_reference(struct bitmap *bitmap, const char *text)
{
	const char *colon = strchr(text, ':'), *p = colon ? colon + 1 : NULL;
	unsigned width, height;
	uint8_t colour[3];

	if (!colon)
		return bitmap_read(bitmap, text);
	*bitmap = (struct bitmap){ 0 };
	if (!parse_colour(text, (size_t)(colon - text), colour) || !take_number(&p, &width, 'x') ||
	    !take_number(&p, &height, '\0') || !width || !height)
		return complain("a reference is a picture or COLOUR:WxH", text);
	return bitmap_fill(bitmap, width, height, colour);
}

static bool has(const struct bitmap *bitmap, const struct region *region, const char *path)
{
	return bitmap_has(bitmap, region) || complain("the region must be in the picture", path);
}

static int size(int argc, char **argv)
{
	struct bitmap picture;
	int status = NO_ANSWER;

	(void)argc;
	if (bitmap_read(&picture, argv[0])) {
		printf("%ux%u\n", picture.width, picture.height);
		status = YES;
	}
	bitmap_free(&picture);
	return status;
}

static int colours(int argc, char **argv)
{
	struct bitmap picture;
	int status = NO_ANSWER;

	(void)argc;
	if (bitmap_read(&picture, argv[0])) {
		printf("%zu\n", bitmap_colours(&picture));
		status = YES;
	}
	bitmap_free(&picture);
	return status;
}

static int locate(int argc, char **argv)
{
	struct bitmap picture, reference = { 0 };
	unsigned x = 0, y = 0;
	double psnr = 0;
	bool found;
	int status = NO_ANSWER;

	if (!bitmap_read(&picture, argv[0]) || !read_reference(&reference, argv[1]) ||
	    (argc > 2 && !parse_place(argv[2], &x, &y)) ||
	    !has(&picture, &(struct region){ x, y, reference.width, reference.height }, argv[0]))
		goto out;
	found = argc > 2 || bitmap_locate(&picture, &reference, &x, &y, &psnr);
	if (argc > 2)
		psnr = bitmap_psnr(&picture, &reference, x, y);
	printf("%u %u %.2f %.3f\n", x, y, psnr, found ? bitmap_correlation(&picture, &reference, x, y) : 0);
	status = YES;
out:
	bitmap_free(&reference);
	bitmap_free(&picture);
	return status;
}

static int black(int argc, char **argv)
{
	struct bitmap picture;
	struct region region;
	int status = NO_ANSWER;

	(void)argc;
	if (bitmap_read(&picture, argv[0]) && parse_region(argv[1], &region) && has(&picture, &region, argv[0])) {
		uint8_t brightest = bitmap_brightest(&picture, &region);

		printf("%u\n", brightest);
		status = brightest ? NO : YES;
	}
	bitmap_free(&picture);
	return status;
}

static struct region all_of(const struct bitmap *bitmap)
{
	return (struct region){ .width = bitmap->width, .height = bitmap->height };
}

static bool read_other(struct bitmap *other, const char *path, const struct bitmap *picture)
{
	return bitmap_read(other, path) &&
	       ((other->width == picture->width && other->height == picture->height) ||
		complain("the pictures must be of one size", path));
}

static int same(int argc, char **argv)
{
	struct region *but = calloc((size_t)argc, sizeof(*but)), in;
	struct bitmap picture = { 0 }, other = { 0 };
	int status = NO_ANSWER;
	size_t count = 0, differing;

	if (!but || !bitmap_read(&picture, argv[0]) || !read_other(&other, argv[1], &picture))
		goto out;
	in = all_of(&picture);
	for (int i = 2; i < argc; i += 2) {
		bool is_in = strcmp(argv[i], "in") == 0;
		struct region *region = is_in ? &in : &but[count++];

		if (i + 1 == argc || (!is_in && strcmp(argv[i], "but") != 0)) {
			complain("a region comes after in or but", argv[i]);
			goto out;
		}
		if (!parse_region(argv[i + 1], region) || !has(&picture, region, argv[0]))
			goto out;
	}
	differing = bitmap_differing(&picture, &other, &in, but, count);
	printf("%zu\n", differing);
	status = differing ? NO : YES;
out:
	bitmap_free(&other);
	bitmap_free(&picture);
	free(but);
	return status;
}

/* Of one picture of a film: whether it is as it must be, and whether the region is not as in the picture. */
static int steady_one(const struct bitmap *picture, const struct region *region, const char *path, bool *changed)
{
	const struct region all = all_of(picture);
	struct bitmap other;
	int status = NO_ANSWER;

	if (read_other(&other, path, picture)) {
		size_t beside = bitmap_differing(picture, &other, &all, region, 1);

		status = YES;
		*changed = bitmap_differing(picture, &other, region, NULL, 0) > 0;
		if (beside) {
			printf("%s: %zu pixels differ beside the region\n", path, beside);
			status = NO;
		} else if (*changed && bitmap_brightest(&other, region) < 128) {
			printf("%s: the region is black\n", path);
			status = NO;
		}
	}
	bitmap_free(&other);
	return status;
}

static int steady(int argc, char **argv)
{
	struct bitmap picture;
	struct region region;
	int status = NO_ANSWER;
	unsigned changes = 0;

	if (!bitmap_read(&picture, argv[0]) || !parse_region(argv[1], &region) || !has(&picture, &region, argv[0]))
		goto out;
	status = YES;
	for (int i = 2; i < argc && status == YES; i++) {
		bool changed = false;

		status = steady_one(&picture, &region, argv[i], &changed);
		changes += changed;
	}
	printf("%u of %d pictures differ in the region\n", changes, argc - 2);
	if (status == YES && !changes)
		status = NO;
out:
	bitmap_free(&picture);
	return status;
}

static int frames(int argc, char **argv)
{
	struct region region;

	if (!parse_region(argv[2], &region) || !region.width || !region.height)
		return NO_ANSWER;
	return compare_with_frames(argv[0], argv[1], &region, argv[3], argv + 4, (size_t)argc - 4);
}

static const struct command {
	const char *name;
	int least, most; /* arguments */
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "size", 1, 1, size },
	{ "colours", 1, 1, colours },
	{ "locate", 2, 3, locate },
	{ "black", 2, 2, black },
	{ "same", 2, 100, same },
	{ "steady", 3, 10000, steady },
	{ "frames", 5, 1000, frames },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0 && argc - 2 >= commands[i].least &&
		    argc - 2 <= commands[i].most)
			return commands[i].run(argc - 2, argv + 2);
	fputs(usage, stderr);
	return NO_ANSWER;
}
