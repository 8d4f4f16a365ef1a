/* SPDX-License-Identifier: MIT */
/* The card: its sessions and windows, and what the commands do. */
#ifndef MEDIACARD_CARD_H
#define MEDIACARD_CARD_H

#include "rings.h"
#include "session.h"
#include "windows.h"

struct card {
	struct rings rings;
	struct windows windows;
	struct engines engines;
	struct session *sessions[MEDIACARD_MAX_SESSIONS];
};

/* Does what there is to do, a piece of it. False when there is nothing until the doorbell rings, or engines.done is
 * readable. */
bool card_step(struct card *card);

void card_reset(struct card *card);

#endif
