/* SPDX-License-Identifier: MIT */
/* R3: a protected submission writes what it read to an ordinary object. */
#include "attack.h"

#define PROTECTED VIRTGPU_EXECBUF_PROTECTED

/* Streams of one command, which need only be submitted. */
enum copy { COPY_TEXTURE, COPY_BUFFER, COPY_MEMORY, COPY_PIXEL, BLIT_NEAREST, BLIT_LINEAR, BLIT_SCALED,
	    BLIT_FLIPPED, BLIT_MEMORY, MEMORY_TRANSFER };

static void copy(struct attempt *attempt, const struct attack *attack)
{
	bool of_memory = attack->how == COPY_MEMORY || attack->how == BLIT_MEMORY ||
			 attack->how == MEMORY_TRANSFER;
	struct scene s;
	int ret = 0;

	if (!(of_memory ? scene_open_memory(&s, attempt) : scene_open(&s, attempt)))
		return;
	switch ((enum copy)attack->how) {
	case COPY_TEXTURE:
		ret = SUBMIT(&s, PROTECTED, COPY_ALL(s.ordinary.res, s.secret.res));
		break;
	case COPY_BUFFER:
		ret = SUBMIT(&s, PROTECTED, COPY(s.buffer.res, s.secret_buffer.res, 4096, 1));
		break;
	case COPY_MEMORY:
		ret = SUBMIT(&s, PROTECTED, COPY_ALL(s.ordinary.res, s.over_memory.res));
		break;
	case COPY_PIXEL:
		ret = SUBMIT(&s, PROTECTED, COPY(s.ordinary.res, s.secret.res, 1, 1));
		break;
	case BLIT_NEAREST:
		ret = SUBMIT(&s, PROTECTED, BLIT_ALL(s.ordinary.res, s.secret.res));
		break;
	case BLIT_LINEAR:
		ret = SUBMIT(&s, PROTECTED, BLIT_TO(s.ordinary.res, 0, 0, SIDE, SIDE, s.secret.res, 1));
		break;
	case BLIT_SCALED:
		ret = SUBMIT(&s, PROTECTED,
			     BLIT_TO(s.ordinary.res, 0, 0, SIDE / 2, SIDE / 2, s.secret.res, 1));
		break;
	case BLIT_FLIPPED:
		ret = SUBMIT(&s, PROTECTED, BLIT_TO(s.ordinary.res, 0, SIDE, SIDE, -SIDE, s.secret.res, 0));
		break;
	case BLIT_MEMORY:
		ret = SUBMIT(&s, PROTECTED, BLIT_ALL(s.ordinary.res, s.over_memory.res));
		break;
	case MEMORY_TRANSFER:
		ret = SUBMIT(&s, PROTECTED,
			     COPY_TRANSFER(s.ordinary.res, s.over_memory.res, SIDE, SYNCHRONIZED));
		break;
	}
	said(attempt, ret);
	scene_look(attempt, &s);
}

/* Objects of the host's context outlive the submission that made them. */
static void copy_behind(struct attempt *attempt, const struct attack *attack)
{
	struct scene s;

	(void)attack;
	if (!scene_open(&s, attempt))
		return;
	/* What is allowed comes first, and the rest is refused with it. */
	said(attempt, SUBMIT(&s, PROTECTED, COPY(s.secret.res, s.ordinary.res, 1, 1),
			     COPY_ALL(s.ordinary.res, s.secret.res)));
	scene_look(attempt, &s);
}

static void copy_in_second_submission(struct attempt *attempt, const struct attack *attack)
{
	struct scene s;

	(void)attack;
	if (!scene_open(&s, attempt))
		return;
	said(attempt, SUBMIT(&s, PROTECTED, HEADER(NOP, 0, 0)));
	said(attempt, SUBMIT(&s, PROTECTED, COPY_ALL(s.ordinary.res, s.secret.res)));
	scene_look(attempt, &s);
}

static void copy_between_contexts(struct attempt *attempt, const struct attack *attack)
{
	struct scene s;

	(void)attack;
	if (!scene_open(&s, attempt))
		return;
	/* A sub-context is fresh, and what was checked in another is not in it. */
	said(attempt, SUBMIT(&s, PROTECTED, HEADER(CREATE_SUB_CTX, 0, 1), 7, HEADER(SET_SUB_CTX, 0, 1), 7,
			     COPY_ALL(s.ordinary.res, s.secret.res)));
	scene_look(attempt, &s);
}

static void copy_through_nops(struct attempt *attempt, const struct attack *attack)
{
	static uint32_t stream[60000];
	struct scene s;

	(void)attack;
	if (!scene_open(&s, attempt))
		return;

	const uint32_t last[] = { COPY_ALL(s.ordinary.res, s.secret.res) };

	for (size_t i = 0; i < ARRAY_LENGTH(last); i++)
		stream[ARRAY_LENGTH(stream) - ARRAY_LENGTH(last) + i] = last[i];
	said(attempt, scene_submit(&s, PROTECTED, stream, ARRAY_LENGTH(stream)));
	scene_look(attempt, &s);
}

#define R3 "R3", "r3"

const struct attack write_attacks[] = {
	{ R3, "copy region, texture", "RESOURCE_COPY_REGION writes to an ordinary texture",
	  copy, NULL, COPY_TEXTURE },
	{ R3, "copy region, buffer", "RESOURCE_COPY_REGION writes to an ordinary buffer",
	  copy, NULL, COPY_BUFFER },
	{ R3, "copy region, restricted memory", "RESOURCE_COPY_REGION reads an object over memory",
	  copy, NULL, COPY_MEMORY },
	{ R3, "copy region, a pixel", "one pixel is too little to be looked at",
	  copy, NULL, COPY_PIXEL },
	{ R3, "blit", "BLIT writes to an ordinary texture", copy, NULL, BLIT_NEAREST },
	{ R3, "blit, linear", "BLIT that filters writes to an ordinary texture", copy, NULL, BLIT_LINEAR },
	{ R3, "blit, scaled", "BLIT that scales writes to an ordinary texture", copy, NULL, BLIT_SCALED },
	{ R3, "blit, flipped", "BLIT with a negative height writes to an ordinary texture",
	  copy, NULL, BLIT_FLIPPED },
	{ R3, "blit, restricted memory", "BLIT reads an object over memory", copy, NULL, BLIT_MEMORY },
	{ R3, "copy transfer, restricted memory",
	  "COPY_TRANSFER3D has the host read the memory itself, as an upload",
	  copy, NULL, MEMORY_TRANSFER },
	{ R3, "copy behind an allowed one", "a command that is allowed hides one that is not",
	  copy_behind },
	{ R3, "copy in a second submission", "only a context's first submission is checked",
	  copy_in_second_submission },
	{ R3, "copy in a sub-context", "commands in a new sub-context are not checked",
	  copy_between_contexts },
	{ R3, "copy behind 60000 NOPs", "a long stream is not checked to its end", copy_through_nops },
	{ 0 },
};
