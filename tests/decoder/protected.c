/* SPDX-License-Identifier: MIT */
/*
 * protected [--without RULE] FILE [KEY]: an encrypted MP4 file through the protected decoder. The TA decrypts into
 * protected memory, the decoder writes to protected memory, and the TA's digest of each picture is that of the one
 * that libavcodec decodes here. Then come the attacks: each is judged by whether a right picture could be read.
 * With --without, the driver lacks a rule ("memory" or "mmap"), and the attacks on it must succeed. Prints TAP.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "play.h"
#include "tap.h"

static struct protex_error error;

static void report(const struct play *p)
{
	if (p->stage)
		note("%s: %s", p->stage, strerror(-p->failed));
	note("%u pictures, %u seen by the CPU, %u by the TA", p->pictures, p->seen_by_cpu, p->seen_by_ta);
}

static bool all_right(const struct play *p, const struct film *f)
{
	return !p->stage && p->pictures == f->picture_count && f->picture_count > 0;
}

static void plain(struct film *f)
{
	struct play ordinary = {.node = ORDINARY_NODE}, clear = {.node = PROTECTED_NODE},
		    full = {.node = PROTECTED_NODE, .protected_bitstream = true};

	play_film(&ordinary, f);
	if (!ok(all_right(&ordinary, f) && ordinary.seen_by_cpu == f->picture_count,
		"control: in ordinary memory, all %u pictures are right and can be read", f->picture_count))
		report(&ordinary);
	play_film(&full, f);
	if (!ok(all_right(&full, f) && full.seen_by_ta == f->picture_count,
		"from protected memory to protected memory, all pictures are right by the TA's digest"))
		report(&full);
	ok(full.seen_by_cpu == 0, "and none can be read");
	play_film(&clear, f);
	if (!ok(all_right(&clear, f) && clear.seen_by_ta == f->picture_count && clear.seen_by_cpu == 0,
		"what comes in the clear may go to protected memory, and can be read no more"))
		report(&clear);
}

/* The ways of the CPU to a picture that the kernel allocated and exported. */
static void probe(struct play *play, struct decoder *d, void *data)
{
	int fd = decoder_export(d, PICTURES, 0);
	unsigned reached = 1;

	(void)play;
	*(bool *)data = fd >= 0 && protex_probe(fd, NULL, NULL, &reached, &error) == 0 && reached == 0;
	if (fd >= 0)
		close(fd);
}

/* Dma-bufs for pictures from an allocator. */
static bool allocate(struct play *p, struct protex_allocator *allocator, uint64_t size)
{
	p->import = true;
	for (unsigned i = 0; i < PLAY_BUFFERS; i++) {
		p->picture_fds[i] = protex_allocator_alloc(allocator, size, &error);
		if (p->picture_fds[i] < 0)
			return false;
	}
	return true;
}

static void release(struct play *p)
{
	for (unsigned i = 0; p->import && i < PLAY_BUFFERS; i++)
		if (p->picture_fds[i] >= 0)
			close(p->picture_fds[i]);
}

/* One attack: it must be refused at this stage with EACCES, or, where the rule is out, show the pictures. */
static void attack(struct film *f, struct play *p, const char *what, const char *stage, bool rule_is_out)
{
	play_film(p, f);
	if (rule_is_out) {
		if (!ok(p->seen_by_cpu > 0, "without the rule, %s can be read", what))
			report(p);
		return;
	}
	if (!ok(p->seen_by_cpu == 0 && p->pictures == 0 && p->failed == -EACCES && p->stage &&
			!strcmp(p->stage, stage),
		"%s: refused (EACCES), and nothing read", what))
		report(p);
}

static void memory_attacks(struct film *f, bool rule_is_out)
{
	struct play from_protected = {.node = ORDINARY_NODE, .protected_bitstream = true},
		    to_ordinary = {.node = PROTECTED_NODE, .protected_bitstream = true};
	struct protex_allocator *ordinary;

	attack(f, &from_protected, "what the ordinary device decodes from protected memory", "bitstream is queued",
	       rule_is_out);
	if (protex_allocator_create_ordinary(&ordinary, &error) < 0) {
		ok(false, "there is an allocator of ordinary dma-bufs");
		return;
	}
	if (ok(allocate(&to_ordinary, ordinary, f->pictures[0].size), "ordinary dma-bufs for pictures"))
		attack(f, &to_ordinary, "what the protected device decodes to ordinary dma-bufs",
		       "a picture is queued", rule_is_out);
	release(&to_ordinary);
	protex_allocator_destroy(ordinary);
}

/* Other uses of protected memory, and protected memory where there is no business for it. */
static void other_memory(struct film *f)
{
	struct play secure = {.node = PROTECTED_NODE, .protected_bitstream = true}, ui = secure,
		    misplaced = {.node = ORDINARY_NODE};
	struct protex_allocator *allocator;

	if (!ok(allocate(&secure, f->player.allocator, f->pictures[0].size), "protected dma-bufs for pictures"))
		return;
	play_film(&secure, f);
	if (!ok(all_right(&secure, f) && secure.seen_by_ta == f->picture_count && !secure.seen_by_cpu,
		"pictures in protected dma-bufs that are imported are right, and cannot be read"))
		report(&secure);
	memcpy(misplaced.picture_fds, secure.picture_fds, sizeof(secure.picture_fds));
	misplaced.import = true;
	attack(f, &misplaced, "what the ordinary device would write to protected dma-bufs", "a picture is queued",
	       false);
	release(&secure);

	if (protex_allocator_create(&allocator, PROTEX_USE_TRUSTED_UI, &error) < 0 ||
	    !ok(allocate(&ui, allocator, f->pictures[0].size), "dma-bufs of trusted UI"))
		return;
	attack(f, &ui, "pictures in memory of another use", "a picture is queued", false);
	release(&ui);
	protex_allocator_destroy(allocator);
}

int main(int argc, char **argv)
{
	const char *without = "";
	struct film film;
	bool unreachable = false;

	if (argc > 2 && !strcmp(argv[1], "--without")) {
		without = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc < 2)
		return 2;
	if (!ok(film_open(&film, argv[1], argc > 2 ? argv[2] : NULL, &error), "the film is read, decrypted and decoded")) {
		note("%s", error.message);
		return tap_end();
	}
	if (!strcmp(without, "memory")) {
		memory_attacks(&film, true);
	} else if (!strcmp(without, "mmap")) {
		struct play p = {.node = PROTECTED_NODE, .protected_bitstream = true};

		attack(&film, &p, "what the protected device decodes", "", true);
	} else {
		struct play p = {
			.node = PROTECTED_NODE, .protected_bitstream = true, .held = probe, .data = &unreachable};

		plain(&film);
		play_film(&p, &film);
		ok(unreachable, "no way of the CPU leads to a picture that was exported");
		memory_attacks(&film, false);
		other_memory(&film);
	}
	film_close(&film);
	return tap_end();
}
