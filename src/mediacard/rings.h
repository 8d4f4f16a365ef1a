/* SPDX-License-Identifier: MIT */
/*
 * The device's end of BAR 2. All that is in there the guest can change at any time: what the device goes by it keeps
 * for itself, and what it takes it copies, once.
 */
#ifndef MEDIACARD_RINGS_H
#define MEDIACARD_RINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "mediacard_regs.h"

struct rings {
	volatile uint8_t *bar;
	int interrupt; /* eventfd of the guest's vector, or -1 */
	uint32_t reset, consumed, produced, told;
	bool failed;
};

/* Returns the file of BAR 2, which nobody can make smaller. Complains and exits on failure. */
int rings_create(struct rings *r, uint32_t codecs);

/* Whether the driver asks for a reset. rings_reset_done() empties the rings, and says that all is done. */
bool rings_reset_wanted(struct rings *r);
void rings_reset_done(struct rings *r);

/* Whether there is room for so many events. If not, the doorbell rings when the driver has made some. Sets failed
 * when the guest's counter cannot be. */
bool rings_have_room(struct rings *r, unsigned count);

/* Takes a command. False when there is none, or when failed is, or becomes, set. */
bool rings_take(struct rings *r, struct mediacard_command *command);

/* There must be room. */
void rings_put(struct rings *r, const struct mediacard_event *event);

/* Interrupts the guest if there is something new. */
void rings_interrupt(struct rings *r);

const volatile struct mediacard_segment *rings_segments(const struct rings *r);

#endif
