/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <unistd.h>

#include "card.h"

static void done(struct card *card, const struct mediacard_command *c, enum mediacard_status status)
{
	struct mediacard_event e = {
		.type = htole16(MEDIACARD_DONE),
		.session = c->session,
		.token = c->token,
		.status = htole32(status),
	};

	rings_put(&card->rings, &e);
}

static enum mediacard_status open_session(struct card *card, uint16_t number, const struct mediacard_command *c)
{
	uint32_t codec = le32toh(c->open.codec), flags = le32toh(c->open.flags);

	if (number >= MEDIACARD_MAX_SESSIONS || card->sessions[number] || codec >= MEDIACARD_CODEC_COUNT ||
	    flags & ~(uint32_t)MEDIACARD_SESSION_PROTECTED)
		return MEDIACARD_INVALID;
	card->sessions[number] = session_open(number, codec, flags & MEDIACARD_SESSION_PROTECTED, &card->rings,
					      &card->windows, &card->engines);
	return card->sessions[number] ? MEDIACARD_OK : MEDIACARD_NO_MEMORY;
}

/* Of what answers by an event of another kind, it is given back. */
static void no_session(struct card *card, const struct mediacard_command *c, uint16_t opcode)
{
	struct mediacard_event e = {
		.session = c->session,
		.token = c->token,
		.status = htole32(MEDIACARD_INVALID),
	};

	switch (opcode) {
	case MEDIACARD_DRAIN:
	case MEDIACARD_RESUME: return;
	case MEDIACARD_BITSTREAM: e.type = htole16(MEDIACARD_BITSTREAM_DONE); break;
	case MEDIACARD_PICTURE: e.type = htole16(MEDIACARD_PICTURE_DONE); break;
	default: e.type = htole16(MEDIACARD_DONE); break;
	}
	rings_put(&card->rings, &e);
}

static void execute(struct card *card, const struct mediacard_command *c)
{
	uint16_t opcode = le16toh(c->opcode), number = le16toh(c->session);
	struct session *s;

	switch (opcode) {
	case MEDIACARD_MAP:
		done(card, c, windows_map(&card->windows, le32toh(c->map.window), le32toh(c->map.rights),
					  rings_segments(&card->rings), le32toh(c->map.segment_count)));
		return;
	case MEDIACARD_UNMAP: done(card, c, windows_unmap(&card->windows, le32toh(c->unmap.window))); return;
	case MEDIACARD_OPEN: done(card, c, open_session(card, number, c)); return;
	}
	s = number < MEDIACARD_MAX_SESSIONS ? card->sessions[number] : NULL;
	if (!s) {
		no_session(card, c, opcode);
		return;
	}
	switch (opcode) {
	case MEDIACARD_CLOSE:
		session_close(s);
		card->sessions[number] = NULL;
		done(card, c, MEDIACARD_OK);
		return;
	case MEDIACARD_BITSTREAM: session_bitstream(s, c); return;
	case MEDIACARD_PICTURE: session_picture(s, c); return;
	case MEDIACARD_DRAIN: session_drain(s); return;
	case MEDIACARD_RESUME: session_resume(s, c); return;
	case MEDIACARD_FLUSH:
		session_flush(s);
		done(card, c, MEDIACARD_OK);
		return;
	case MEDIACARD_RETURN:
		session_return(s);
		done(card, c, MEDIACARD_OK);
		return;
	default: done(card, c, MEDIACARD_INVALID); return;
	}
}

void card_reset(struct card *card)
{
	for (unsigned i = 0; i < MEDIACARD_MAX_SESSIONS; i++) {
		if (card->sessions[i])
			session_close(card->sessions[i]);
		card->sessions[i] = NULL;
	}
	windows_reset(&card->windows);
}

bool card_step(struct card *card)
{
	struct mediacard_command command;
	bool progress = false;
	uint64_t done;

	/* Before it is looked which: what is done after this is heard of again. */
	if (read(card->engines.done, &done, sizeof(done)) > 0)
		progress = true;

	if (rings_reset_wanted(&card->rings)) {
		card_reset(card);
		rings_reset_done(&card->rings);
		progress = true;
	}
	while (rings_have_room(&card->rings, SESSION_MOST_EVENTS) && rings_take(&card->rings, &command)) {
		execute(card, &command);
		progress = true;
	}
	/* A step at a time, so that nobody waits for another's film. */
	for (unsigned i = 0; i < MEDIACARD_MAX_SESSIONS; i++)
		if (card->sessions[i] && rings_have_room(&card->rings, SESSION_MOST_EVENTS))
			progress |= session_step(card->sessions[i]);
	rings_interrupt(&card->rings);
	return progress;
}
