/* SPDX-License-Identifier: MIT */
/*
 * A session: a decoder, the bitstream that waits for it, and the room for pictures that it was given. What it has
 * decoded it keeps in memory of its own, so that room can be taken away at any time.
 */
#ifndef MEDIACARD_SESSION_H
#define MEDIACARD_SESSION_H

#include "engine.h"
#include "rings.h"
#include "windows.h"

/* The most events that a command or a step makes. */
#define SESSION_MOST_EVENTS (2 * MEDIACARD_MAX_BUFFERS + 8)

struct session;

/* NULL when there is no memory, or no such codec. */
struct session *session_open(uint16_t number, enum mediacard_codec codec, bool protected, struct rings *rings,
			     const struct windows *windows, struct engines *engines);
/* Gives back what it was given, also when the decoder is at work. */
void session_close(struct session *s);

/* What cannot be queued is given back at once. */
void session_bitstream(struct session *s, const struct mediacard_command *c);
void session_picture(struct session *s, const struct mediacard_command *c);
void session_drain(struct session *s);
void session_resume(struct session *s, const struct mediacard_command *c);
void session_flush(struct session *s);
void session_return(struct session *s);

/* Does a piece of its work, in which nothing is decoded, and at most one picture is written. False when there is nothing
 * to do until the driver says something, or an engine is done. */
bool session_step(struct session *s);
/* Whether something is being decoded, or has been and was not looked at. */
bool session_is_at_work(const struct session *s);

#endif
