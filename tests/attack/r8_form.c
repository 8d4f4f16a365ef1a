/* SPDX-License-Identifier: MIT */
/*
 * R8: commands that the host understands, and the tables do not: with an object type where there is
 * none, longer than they are, or with flags that do not exist.
 */
#include "pass.h"

#define OBJECT_BYTE 0x5a00u

enum form {
	WITH_OBJECT, /* the header's second byte, which only some commands have a meaning for */
	TOO_LONG,    /* a word more than there are */
};

/* Copies a stream, and changes the form of one kind of command in it. */
static void reshape(struct stream *to, const struct stream *from, uint32_t command, enum form form)
{
	for (size_t at = 0; at < from->count; at += 1 + (from->words[at] >> 16)) {
		const uint32_t *words = &from->words[at];
		uint32_t header = words[0];

		if ((header & 0xff) != command) {
			put_words(to, words, 1 + (header >> 16));
		} else if (form == WITH_OBJECT) {
			PUT(to, header | OBJECT_BYTE);
			put_words(to, words + 1, header >> 16);
		} else {
			PUT(to, header + (1u << 16));
			put_words(to, words + 1, header >> 16);
			PUT(to, 0);
		}
	}
}

static void submit_reshaped(struct attempt *attempt, const struct scene *scene,
			    const struct stream *stream, uint32_t command, enum form form)
{
	struct stream reshaped = { 0 };

	reshape(&reshaped, stream, command, form);
	said(attempt, scene_submit(scene, VIRTGPU_EXECBUF_PROTECTED, reshaped.words, reshaped.count));
	scene_look(attempt, scene);
}

/* Streams that rule R3 would refuse. */
static void pass_with(struct attempt *attempt, const struct attack *attack, uint32_t command,
		      enum form form)
{
	struct pass pass = {
		.source = FROM_TEXTURE, .sink = (enum sink)PASS_END(attack->how),
		.stage = PASS_STAGE(attack->how),
	};
	struct stream stream = { 0 };
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	pass.from = s.secret.res;
	pass.to = target_of(&s, pass.sink);
	put_pass(&stream, &pass);
	submit_reshaped(attempt, &s, &stream, command, form);
}

static uint32_t binding_of(unsigned long how)
{
	switch ((enum sink)PASS_END(how)) {
	case TO_STORAGE:
		return SET_SHADER_BUFFERS;
	case TO_IMAGE:
		return SET_SHADER_IMAGES;
	default:
		return SET_ATOMIC_BUFFERS;
	}
}

static void bind_with_object(struct attempt *attempt, const struct attack *attack)
{
	pass_with(attempt, attack, binding_of(attack->how), WITH_OBJECT);
}

static void bind_too_long(struct attempt *attempt, const struct attack *attack)
{
	pass_with(attempt, attack, binding_of(attack->how), TOO_LONG);
}

enum { NO_FLAG = 4 };
enum copy { REGION, REGION_OF_BUFFER, BLITTED, TRANSFERRED };

static void copy_with_object(struct attempt *attempt, const struct attack *attack)
{
	static const uint32_t commands[] = { COPY_REGION, COPY_REGION, BLIT, COPY_TRANSFER3D };
	struct stream stream = { 0 };
	struct scene s;

	if (!(attack->how == TRANSFERRED ? scene_open_memory(&s, attempt) : scene_open(&s, attempt)))
		return;
	switch ((enum copy)attack->how) {
	case REGION:
		PUT(&stream, COPY_ALL(s.ordinary.res, s.secret.res));
		break;
	case REGION_OF_BUFFER:
		PUT(&stream, COPY(s.buffer.res, s.secret_buffer.res, 4096, 1));
		break;
	case BLITTED:
		PUT(&stream, BLIT_ALL(s.ordinary.res, s.secret.res));
		break;
	case TRANSFERRED:
		PUT(&stream, COPY_TRANSFER(s.ordinary.res, s.over_memory.res, SIDE, SYNCHRONIZED));
		break;
	}
	submit_reshaped(attempt, &s, &stream, commands[attack->how], WITH_OBJECT);
}

/* One flag more than there are. */
static void copy_transfer_with_flag(struct attempt *attempt, const struct attack *attack)
{
	bool from_host = attack->how & FROM_HOST;
	struct scene s;

	if (!scene_open_memory(&s, attempt))
		return;
	/* The first is where the device writes to, or reads from; the second has memory. */
	said(attempt, SUBMIT(&s, VIRTGPU_EXECBUF_PROTECTED,
			     COPY_TRANSFER(from_host ? s.over_memory.res : s.ordinary.res,
					   from_host ? s.ordinary.res : s.over_memory.res, SIDE,
					   (uint32_t)attack->how)));
	if (from_host)
		look_at_memory(attempt, s.fd, s.ordinary.handle, BYTES);
	else
		scene_look(attempt, &s);
}

#define R8 "R8", "r8"

const struct attack form_attacks[] = {
	{ R8, "object byte, copy region", "RESOURCE_COPY_REGION with an object type is not known",
	  copy_with_object, NULL, REGION },
	{ R8, "object byte, copy region of a buffer",
	  "RESOURCE_COPY_REGION of buffers with an object type is not known",
	  copy_with_object, NULL, REGION_OF_BUFFER },
	{ R8, "object byte, blit", "BLIT with an object type is not known", copy_with_object, NULL, BLITTED },
	{ R8, "object byte, copy transfer", "COPY_TRANSFER3D with an object type is not known",
	  copy_with_object, NULL, TRANSFERRED },
	{ R8, "object byte, shader buffers", "SET_SHADER_BUFFERS with an object type is not known",
	  bind_with_object, NULL, PASS(TO_STORAGE, FRAGMENT) },
	{ R8, "object byte, shader buffers, compute", "nor is it for a compute shader",
	  bind_with_object, NULL, PASS(TO_STORAGE, COMPUTE) },
	{ R8, "object byte, shader images", "SET_SHADER_IMAGES with an object type is not known",
	  bind_with_object, NULL, PASS(TO_IMAGE, FRAGMENT) },
	{ R8, "object byte, shader images, compute", "nor is it for a compute shader",
	  bind_with_object, NULL, PASS(TO_IMAGE, COMPUTE) },
	{ R8, "object byte, atomic buffers", "SET_ATOMIC_BUFFERS with an object type is not known",
	  bind_with_object, NULL, PASS(TO_COUNTER, FRAGMENT) },
	{ R8, "too long, shader buffers", "a word more than SET_SHADER_BUFFERS has is not looked at",
	  bind_too_long, NULL, PASS(TO_STORAGE, FRAGMENT) },
	{ R8, "too long, shader buffers, compute", "nor is it for a compute shader",
	  bind_too_long, NULL, PASS(TO_STORAGE, COMPUTE) },
	{ R8, "too long, shader images", "a word more than SET_SHADER_IMAGES has is not looked at",
	  bind_too_long, NULL, PASS(TO_IMAGE, FRAGMENT) },
	{ R8, "too long, shader images, compute", "nor is it for a compute shader",
	  bind_too_long, NULL, PASS(TO_IMAGE, COMPUTE) },
	{ R8, "too long, atomic buffers", "a word more than SET_ATOMIC_BUFFERS has is not looked at",
	  bind_too_long, NULL, PASS(TO_COUNTER, FRAGMENT) },
	{ R8, "flag, copy transfer", "COPY_TRANSFER3D with a flag that does not exist",
	  copy_transfer_with_flag, NULL, NO_FLAG },
	{ R8, "flag, copy transfer from the host", "the flag hides that it is from the host",
	  copy_transfer_with_flag, NULL, NO_FLAG | FROM_HOST },
	{ R8, "all bits of flags, copy transfer from the host", "no bit of the flags is looked at",
	  copy_transfer_with_flag, NULL, 0xffffffff },
	{ 0 },
};
