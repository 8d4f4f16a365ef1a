/* SPDX-License-Identifier: MIT */
/* R2: an ordinary submission names a protected object, and reads it. */
#include <fcntl.h>

#include "pass.h"
#include "processes.h"

/* Draws or computes with what it reads by a binding of a stage. */
static void read_by(struct attempt *attempt, const struct attack *attack)
{
	struct pass pass = {
		.source = (enum source)PASS_END(attack->how), .stage = PASS_STAGE(attack->how),
	};
	struct stream stream = { 0 };
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	pass.sink = pass.stage == COMPUTE ? TO_STORAGE : TO_SURFACE;
	pass.from = secret_of(&s, pass.source);
	pass.to = target_of(&s, pass.sink);
	put_pass(&stream, &pass);
	said(attempt, scene_submit(&s, 0, stream.words, stream.count));
	scene_look(attempt, &s);
}

enum copy { TEXTURE, BUFFER_BYTES, BLITTED, MEMORY, MEMORY_BLITTED, MEMORY_TO_HOST, MEMORY_FROM_HOST,
	    IN_SUB_CONTEXT };

static void copy(struct attempt *attempt, const struct attack *attack)
{
	enum copy what = (enum copy)attack->how;
	bool of_memory = what >= MEMORY && what <= MEMORY_FROM_HOST;
	struct scene s;
	int ret = 0;

	if (!(of_memory ? scene_open_memory(&s, attempt) : scene_open(&s, attempt)))
		return;
	switch (what) {
	case TEXTURE:
		ret = SUBMIT(&s, 0, COPY_ALL(s.ordinary.res, s.secret.res));
		break;
	case BUFFER_BYTES:
		ret = SUBMIT(&s, 0, COPY(s.buffer.res, s.secret_buffer.res, 4096, 1));
		break;
	case BLITTED:
		ret = SUBMIT(&s, 0, BLIT_ALL(s.ordinary.res, s.secret.res));
		break;
	case MEMORY:
		ret = SUBMIT(&s, 0, COPY_ALL(s.ordinary.res, s.over_memory.res));
		break;
	case MEMORY_BLITTED:
		ret = SUBMIT(&s, 0, BLIT_ALL(s.ordinary.res, s.over_memory.res));
		break;
	case MEMORY_TO_HOST:
		ret = SUBMIT(&s, 0, COPY_TRANSFER(s.ordinary.res, s.over_memory.res, SIDE, SYNCHRONIZED));
		break;
	case MEMORY_FROM_HOST:
		ret = SUBMIT(&s, 0, COPY_TRANSFER(s.over_memory.res, s.ordinary.res, SIDE, FROM_HOST));
		break;
	case IN_SUB_CONTEXT:
		ret = SUBMIT(&s, 0, HEADER(CREATE_SUB_CTX, 0, 1), 7, HEADER(SET_SUB_CTX, 0, 1), 7,
			     COPY_ALL(s.ordinary.res, s.secret.res));
		break;
	}
	said(attempt, ret);
	if (what == MEMORY_FROM_HOST)
		look_at_memory(attempt, s.fd, s.ordinary.handle, BYTES);
	else
		scene_look(attempt, &s);
}

/* The one that counts is the last of many. */
static void copy_among_many(struct attempt *attempt, const struct attack *attack)
{
	uint32_t handles[200];
	struct object many;
	struct scene s;

	(void)attack;
	if (!scene_open(&s, attempt))
		return;
	handles[0] = s.ordinary.handle;
	for (size_t i = 1; i < ARRAY_LENGTH(handles) - 1; i++) {
		if (create_buffer(s.fd, &many, 0)) {
			broken(attempt, "not many objects");
			return;
		}
		handles[i] = many.handle;
	}
	handles[ARRAY_LENGTH(handles) - 1] = s.secret.handle;

	const uint32_t stream[] = { COPY_ALL(s.ordinary.res, s.secret.res) };

	said(attempt, submit_list(s.fd, 0, stream, sizeof(stream), handles, ARRAY_LENGTH(handles)));
	scene_look(attempt, &s);
}

/*
 * Without saying so. The kernel does not look at what is in an ordinary stream, but the context does
 * not have the object.
 */
static void read_unlisted(struct attempt *attempt, const struct attack *attack)
{
	struct pass pass = { .source = (enum source)PASS_END(attack->how),
			     .stage = PASS_STAGE(attack->how), .sink = TO_SURFACE };
	struct stream stream = { 0 };
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	pass.from = secret_of(&s, pass.source);
	pass.to = s.ordinary.res;
	if (attack->how == ONLY_COPY)
		PUT(&stream, COPY_ALL(s.ordinary.res, s.secret.res));
	else if (attack->how == ONLY_BLIT)
		PUT(&stream, BLIT_ALL(s.ordinary.res, s.secret.res));
	else
		put_pass(&stream, &pass);
	said(attempt, submit_list(s.fd, 0, stream.words, stream.count * 4, &s.ordinary.handle, 1));
	scene_look(attempt, &s);
}

/* By a view that a protected submission made. The kernel judges views as they are made, and that may be. */
static void read_by_view(struct attempt *attempt, const struct attack *attack)
{
	struct pass pass = { .source = FROM_TEXTURE, .stage = FRAGMENT, .sink = TO_SURFACE, .view = fresh() };
	struct stream stream = { 0 };
	struct scene s;

	(void)attack;
	if (!scene_open(&s, attempt))
		return;
	if (SUBMIT(&s, VIRTGPU_EXECBUF_PROTECTED, HEADER(CREATE_OBJECT, SAMPLER_VIEW, 6), pass.view, s.secret.res,
		   BGRA8888 | TEXTURE_2D << 24, 0, 0, 0 | 1 << 3 | 2 << 6 | 3 << 9))
		broken(attempt, "no view of the protected context");
	pass.to = s.ordinary.res;
	put_pass(&stream, &pass);
	said(attempt, submit_list(s.fd, 0, stream.words, stream.count * 4, &s.ordinary.handle, 1));
	scene_look(attempt, &s);
}

/* Another file has it, by its dma-buf or by its name. */
static void copy_by_second_file(struct attempt *attempt, const struct attack *attack)
{
	int second = open(attack->what, O_RDWR | O_CLOEXEC);
	struct object target;
	uint32_t handle;
	struct scene s;
	int ret;

	if (!scene_open(&s, attempt))
		return;
	/* Its context comes with the first object. */
	if (create(second, &target, 0)) {
		broken(attempt, "no second file");
		return;
	}
	ret = attack->how ? open_name(attempt, second, name_of(attempt, s.fd, s.secret.handle), &handle)
			  : said(attempt, import(second, export(s.fd, s.secret.handle), &handle));
	if (ret)
		return;

	const uint32_t stream[] = { COPY_ALL(target.res, s.secret.res) };
	const uint32_t handles[] = { target.handle, handle };

	said(attempt, submit_list(second, 0, stream, sizeof(stream), handles, 2));
	look_at_texture(attempt, second, target.handle);
}

#define CARD "/dev/dri/card0"
#define RENDER_NODE "/dev/dri/renderD128"
#define R2 "R2", "r2"
const struct attack name_attacks[] = {
	IN_EACH_STAGE(R2, "an ordinary", "reads by", "sampler view", read_by, FROM_TEXTURE),
	IN_EACH_STAGE(R2, "an ordinary", "reads by", "uniform buffer", read_by, FROM_UNIFORMS),
	IN_EACH_STAGE(R2, "an ordinary", "reads by", "shader buffer", read_by, FROM_STORAGE),
	IN_EACH_STAGE(R2, "an ordinary", "reads by", "shader image", read_by, FROM_IMAGE),
	IN_EACH_STAGE(R2, "an ordinary", "reads by", "atomic buffer", read_by, FROM_COUNTER),
	{ R2, "vertex buffer", "vertices of an ordinary draw are protected",
	  read_by, NULL, PASS(FROM_VERTICES, VERTEX) },
	{ R2, "index buffer", "indices of an ordinary draw are protected, and the shader sees them",
	  read_by, NULL, PASS(FROM_INDICES, VERTEX) },
	{ R2, "copy region, texture", "an ordinary RESOURCE_COPY_REGION reads a texture",
	  copy, NULL, TEXTURE },
	{ R2, "copy region, buffer", "an ordinary RESOURCE_COPY_REGION reads a buffer",
	  copy, NULL, BUFFER_BYTES },
	{ R2, "blit", "an ordinary BLIT reads a texture", copy, NULL, BLITTED },
	{ R2, "copy region, restricted memory", "an ordinary RESOURCE_COPY_REGION reads what is over memory",
	  copy, NULL, MEMORY },
	{ R2, "blit, restricted memory", "an ordinary BLIT reads what is over memory",
	  copy, NULL, MEMORY_BLITTED },
	{ R2, "copy transfer, restricted memory", "an ordinary COPY_TRANSFER3D reads the memory itself",
	  copy, NULL, MEMORY_TO_HOST },
	{ R2, "copy transfer from the host, restricted memory",
	  "an ordinary COPY_TRANSFER3D brings what is over memory to an ordinary object's",
	  copy, NULL, MEMORY_FROM_HOST },
	{ R2, "sub-context", "an ordinary submission reads in a sub-context", copy, NULL, IN_SUB_CONTEXT },
	{ R2, "among many", "one protected object among 200 handles is not found", copy_among_many },
	{ R2, "unlisted, copy region", "the ordinary context has what the submission does not list",
	  read_unlisted, NULL, ONLY_COPY, true },
	{ R2, "unlisted, blit", "a blit names what the submission does not list",
	  read_unlisted, NULL, ONLY_BLIT, true },
	{ R2, "unlisted, sampler view", "a view of what the submission does not list",
	  read_unlisted, NULL, PASS(FROM_TEXTURE, FRAGMENT), true },
	{ R2, "unlisted, uniform buffer", "a uniform buffer that the submission does not list",
	  read_unlisted, NULL, PASS(FROM_UNIFORMS, FRAGMENT), true },
	{ R2, "unlisted, shader buffer", "a shader buffer that the submission does not list",
	  read_unlisted, NULL, PASS(FROM_STORAGE, FRAGMENT), true },
	{ R2, "unlisted, vertex buffer", "vertices that the submission does not list",
	  read_unlisted, NULL, PASS(FROM_VERTICES, VERTEX), true },
	{ "R2", "one_context", "view of the protected context", "the ordinary context has the protected one's views",
	  read_by_view, NULL, 0, true },
	{ R2, "second file", "another file of the card imports a texture, and copies it",
	  copy_by_second_file, CARD, false },
	{ R2, "render node", "a render node imports a texture, and copies it",
	  copy_by_second_file, RENDER_NODE, false },
	{ R2, "name", "another file opens a texture by its global name, and copies it",
	  copy_by_second_file, CARD, true },
	{ 0 },
};
