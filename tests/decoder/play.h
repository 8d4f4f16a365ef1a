/* SPDX-License-Identifier: MIT */
/* Plays a film through a video device, and says what could be read of its pictures, and how. */
#ifndef PROTEX_TESTS_PLAY_H
#define PROTEX_TESTS_PLAY_H

#include "film.h"
#include "v4l2.h"

#define ORDINARY_NODE "mediacard-dec"
#define PROTECTED_NODE "mediacard-protected-dec"
#define PLAY_BUFFERS 4

struct play {
	/* what to do */
	const char *node;
	bool protected_bitstream; /* decrypted by the TA; else in memory that this program writes to */
	int picture_fds[PLAY_BUFFERS]; /* dma-bufs for pictures, or -1 for the kernel's own */
	bool import;		       /* there are picture_fds */
	/* called with the first picture in buffer 0, before it is given back, unless NULL */
	void (*held)(struct play *play, struct decoder *d, void *data);
	void *data;

	/* what came of it */
	const char *stage;    /* that failed, or NULL */
	int failed;	      /* with -errno */
	unsigned pictures;    /* that came */
	unsigned seen_by_cpu; /* that this program could read and are right */
	unsigned seen_by_ta;  /* that are right by the TA's digest */
};

void play_film(struct play *play, struct film *film);

#endif
