/* SPDX-License-Identifier: MIT */
/*
 * R3: a protected submission writes to parts of ordinary textures, to ordinary objects that it made
 * earlier or does not list, and what it reads comes by every binding.
 */
#include "pass.h"

#define PROTECTED VIRTGPU_EXECBUF_PROTECTED

enum { TEXTURE_3D = 3, TEXTURE_CUBE = 4, TEXTURE_2D_ARRAY = 7 };
enum { Z16 = 16, DEPTH_STENCIL = 1 };
enum { SAMPLES = 4 };

/* A texture, and the part of it that is written. */
struct part {
	uint32_t target, depth, layers, last_level;
	uint32_t level, layer;
};

static const struct part level_part = { TEXTURE_2D, 1, 1, 1, .level = 1 };
static const struct part layer_part = { TEXTURE_2D_ARRAY, 1, 4, 0, .layer = 3 };
static const struct part face_part = { TEXTURE_CUBE, 1, 6, 0, .layer = 5 };
static const struct part slice_part = { TEXTURE_3D, 4, 1, 0, .layer = 2 };

static int create_texture(int fd, struct object *object, bool is_protected, const struct part *part,
			  uint32_t samples)
{
	struct drm_virtgpu_resource_create create = {
		.target = part->target, .format = BGRA8888, .bind = RENDER_TARGET | SAMPLER,
		.width = SIDE, .height = SIDE, .depth = part->depth, .array_size = part->layers,
		.last_level = part->last_level, .nr_samples = samples, .size = BYTES * 8,
	};
	struct resource_create_protected protected = {
		create.target, create.format, create.bind, create.width, create.height, create.depth,
		create.array_size, create.last_level, create.nr_samples, 0, 0, create.size,
	};
	int ret = is_protected ? try_ioctl(fd, IOCTL_RESOURCE_CREATE_PROTECTED, &protected)
			       : try_ioctl(fd, DRM_IOCTL_VIRTGPU_RESOURCE_CREATE, &create);

	object->handle = is_protected ? protected.bo_handle : create.bo_handle;
	object->res = is_protected ? protected.res_handle : create.res_handle;
	return ret;
}

static void look_at_part(struct attempt *attempt, int fd, uint32_t handle, const struct part *part)
{
	uint32_t side = SIDE >> part->level;
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = handle, .box = { .z = part->layer, .w = side, .h = side, .d = 1 },
		.level = part->level,
	};

	if (try_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from)) {
		broken(attempt, "a part of a texture cannot be looked at");
		return;
	}
	look_at_memory(attempt, fd, handle, side * side * 4);
}

enum by { BY_DRAW, BY_COPY, BY_BLIT };

static void write_part(struct attempt *attempt, const struct attack *attack)
{
	const struct part *part = attack->what;
	uint32_t side = SIDE >> part->level;
	struct stream stream = { 0 };
	struct object target;
	struct scene s;

	if (!scene_open(&s, attempt) || create_texture(s.fd, &target, false, part, 0))
		return;
	const struct pass pass = { .source = FROM_TEXTURE, .sink = TO_SURFACE, .stage = FRAGMENT,
				   .from = s.secret.res, .to = target.res, .level = part->level,
				   .layer = part->layer };
	switch ((enum by)attack->how) {
	case BY_DRAW:
		put_pass(&stream, &pass);
		break;
	case BY_COPY:
		PUT(&stream, HEADER(COPY_REGION, 0, 13), target.res, part->level, 0, 0, part->layer,
		    s.secret.res, 0, 0, 0, 0, side, side, 1);
		break;
	case BY_BLIT:
		PUT(&stream, HEADER(BLIT, 0, 21), 0xf, 0, 0,
		    target.res, part->level, BGRA8888, 0, 0, part->layer, side, side, 1,
		    s.secret.res, 0, BGRA8888, 0, 0, 0, SIDE, SIDE, 1);
		break;
	}
	const uint32_t handles[] = { s.secret.handle, target.handle };
	said(attempt, submit_list(s.fd, PROTECTED, stream.words, stream.count * 4, handles, 2));
	look_at_part(attempt, s.fd, target.handle, part);
}

/* how: whether the multisampled texture is the protected one, and its resolve the leak. */
static void write_samples(struct attempt *attempt, const struct attack *attack)
{
	static const struct part whole = { TEXTURE_2D, 1, 1, 0 };
	struct stream stream = { 0 };
	struct object samples;
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	if (create_texture(s.fd, &samples, attack->how, &whole, SAMPLES)) {
		broken(attempt, "no samples");
		return;
	}
	const struct pass pass = { .source = FROM_TEXTURE, .sink = TO_SURFACE, .stage = FRAGMENT,
				   .from = s.secret.res, .to = samples.res };
	const uint32_t handles[] = { s.secret.handle, samples.handle, s.ordinary.handle };
	put_pass(&stream, &pass);
	said(attempt, submit_list(s.fd, PROTECTED, stream.words, stream.count * 4, handles, 3));
	const uint32_t resolve[] = { BLIT_ALL(s.ordinary.res, samples.res) };
	const uint32_t resolved[] = { samples.handle, s.ordinary.handle };
	said(attempt, submit_list(s.fd, attack->how ? PROTECTED : 0, resolve, sizeof(resolve), resolved, 2));
	scene_look(attempt, &s);
}

/* Depth of 16 bits, which can be any, and is copied as it is. how: by a blit */
static void write_depth(struct attempt *attempt, const struct attack *attack)
{
	const uint32_t words = SIDE * SIDE / 2;
	struct object depth, secret_depth;
	struct stream stream = { 0 };
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	if (create_on(s.fd, &depth, 0, 0, TEXTURE_2D, Z16, DEPTH_STENCIL | SAMPLER, SIDE, SIDE, BYTES) ||
	    create_on(s.fd, &secret_depth, PROTECTED_OBJECT, 0, TEXTURE_2D, Z16,
		      DEPTH_STENCIL | SAMPLER, SIDE, SIDE, BYTES)) {
		broken(attempt, "no depth");
		return;
	}
	const uint32_t handles[] = { depth.handle, secret_depth.handle };
	PUT(&stream, HEADER(INLINE_WRITE, 0, 11 + words), secret_depth.res, 0, 0, SIDE * 2, 0, 0, 0, 0,
	    SIDE, SIDE, 1);
	for (uint32_t i = 0; i < words; i++)
		PUT(&stream, attempt->key);
	if (submit_list(s.fd, PROTECTED, stream.words, stream.count * 4, handles, 2)) {
		broken(attempt, "no key in depth");
		return;
	}
	stream.count = 0;
	if (attack->how)
		PUT(&stream, HEADER(BLIT, 0, 21), 0x10, 0, 0, depth.res, 0, Z16, 0, 0, 0, SIDE, SIDE, 1,
		    secret_depth.res, 0, Z16, 0, 0, 0, SIDE, SIDE, 1);
	else
		PUT(&stream, COPY_ALL(depth.res, secret_depth.res));
	said(attempt, submit_list(s.fd, PROTECTED, stream.words, stream.count * 4, handles, 2));
	look_at_texture(attempt, s.fd, depth.handle);
}

/* What is read comes from a buffer or texture by one of the bindings. what: after a protected surface. */
static void read_to_surface(struct attempt *attempt, const struct attack *attack)
{
	struct pass pass = { .source = (enum source)attack->how, .sink = TO_SURFACE, .stage = FRAGMENT };
	struct stream stream = { 0 };
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	if (pass.source == FROM_VERTICES || pass.source == FROM_INDICES)
		pass.stage = VERTEX;
	pass.from = secret_of(&s, pass.source);
	pass.to = s.ordinary.res;
	if (attack->what)
		pass.first = s.secret.res;
	put_pass(&stream, &pass);
	said(attempt, scene_submit(&s, PROTECTED, stream.words, stream.count));
	scene_look(attempt, &s);
}

/* The context has the destination from before; the submission that writes to it does not say so. */
static void write_unlisted(struct attempt *attempt, const struct attack *attack)
{
	struct pass pass = { .source = FROM_TEXTURE, .sink = (enum sink)PASS_END(attack->how),
			     .stage = PASS_STAGE(attack->how) };
	struct stream stream = { 0 };
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	said(attempt, SUBMIT(&s, PROTECTED, HEADER(NOP, 0, 0)));
	pass.from = s.secret.res;
	pass.to = target_of(&s, pass.sink);
	if (attack->how == ONLY_COPY)
		PUT(&stream, COPY_ALL(s.ordinary.res, s.secret.res));
	else if (attack->how == ONLY_BLIT)
		PUT(&stream, BLIT_ALL(s.ordinary.res, s.secret.res));
	else
		put_pass(&stream, &pass);
	said(attempt, submit_list(s.fd, PROTECTED, stream.words, stream.count * 4, &s.secret.handle, 1));
	scene_look(attempt, &s);
}

enum when { EARLIER_SUBMISSION, USED_AGAIN, SUB_CONTEXT, ORDINARY_CONTEXT };

/* The object that is written by was made before it is used, when it was another or elsewhere. */
static void write_by_object(struct attempt *attempt, const struct attack *attack)
{
	bool targets = attack->what;
	uint32_t type = targets ? STREAMOUT_TARGET : SURFACE;
	struct pass pass = { .source = FROM_TEXTURE, .sink = targets ? TO_STREAMOUT : TO_SURFACE,
			     .stage = targets ? VERTEX : FRAGMENT, .object = fresh() };
	struct stream stream = { 0 };
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	pass.from = s.secret.res;
	if (attack->how == SUB_CONTEXT)
		PUT(&stream, HEADER(CREATE_SUB_CTX, 0, 1), 7, HEADER(SET_SUB_CTX, 0, 1), 7);
	if (attack->how == USED_AGAIN) {
		if (targets)
			PUT(&stream, HEADER(CREATE_OBJECT, type, 4), pass.object, s.secret_buffer.res, 0, 4096);
		else
			PUT(&stream, HEADER(CREATE_OBJECT, type, 5), pass.object, s.secret.res, BGRA8888, 0, 0);
		PUT(&stream, HEADER(DESTROY_OBJECT, type, 1), pass.object);
	}
	if (targets)
		PUT(&stream, HEADER(CREATE_OBJECT, type, 4), pass.object, s.buffer.res, 0, 4096);
	else
		PUT(&stream, HEADER(CREATE_OBJECT, type, 5), pass.object, s.ordinary.res, BGRA8888, 0, 0);
	if (attack->how == EARLIER_SUBMISSION) {
		said(attempt, scene_submit(&s, PROTECTED, stream.words, stream.count));
		stream.count = 0;
	}
	if (attack->how == ORDINARY_CONTEXT) {
		const uint32_t handles[] = { s.ordinary.handle, s.buffer.handle };

		if (submit_list(s.fd, 0, stream.words, stream.count * 4, handles, 2))
			broken(attempt, "no object of the ordinary context");
		stream.count = 0;
	}
	put_pass(&stream, &pass);
	said(attempt, scene_submit(&s, PROTECTED, stream.words, stream.count));
	scene_look(attempt, &s);
}

#define R3 "R3", "r3"
#define ONE "R3", "one_context"
#define PARTS(name, what, part) \
	{ R3, name ", surface", "a protected draw has a surface of " what, write_part, part, BY_DRAW }, \
	{ R3, name ", copy region", "RESOURCE_COPY_REGION writes to " what, write_part, part, BY_COPY }, \
	{ R3, name ", blit", "BLIT writes to " what, write_part, part, BY_BLIT }

const struct attack target_attacks[] = {
	PARTS("level", "an ordinary texture's second level", &level_part),
	PARTS("layer", "a layer of an ordinary array", &layer_part),
	PARTS("face", "a face of an ordinary cube", &face_part),
	PARTS("slice", "a slice of an ordinary volume", &slice_part),
	{ R3, "samples", "a protected draw has a multisampled surface, resolved when it is over",
	  write_samples, NULL, false },
	{ R3, "resolve", "BLIT resolves protected samples to an ordinary texture",
	  write_samples, NULL, true },
	{ R3, "depth, copy region", "RESOURCE_COPY_REGION writes to ordinary depth",
	  write_depth, NULL, false },
	{ R3, "depth, blit", "BLIT writes to ordinary depth", write_depth, NULL, true },
	{ R3, "uniform buffer to surface", "a uniform buffer is read for an ordinary surface",
	  read_to_surface, NULL, FROM_UNIFORMS },
	{ R3, "shader buffer to surface", "a shader buffer is read for an ordinary surface",
	  read_to_surface, NULL, FROM_STORAGE },
	{ R3, "shader image to surface", "a shader image is read for an ordinary surface",
	  read_to_surface, NULL, FROM_IMAGE },
	{ R3, "atomic buffer to surface", "an atomic buffer is read for an ordinary surface",
	  read_to_surface, NULL, FROM_COUNTER },
	{ R3, "vertex buffer to surface", "vertices are read for an ordinary surface",
	  read_to_surface, NULL, FROM_VERTICES },
	{ R3, "index buffer to surface", "indices are read for an ordinary surface",
	  read_to_surface, NULL, FROM_INDICES },
	{ R3, "second surface", "the first colour buffer is protected, the second is not",
	  read_to_surface, "second", FROM_UNIFORMS },
	{ R3, "unlisted, copy region", "RESOURCE_COPY_REGION to what the submission does not list",
	  write_unlisted, NULL, ONLY_COPY },
	{ R3, "unlisted, blit", "BLIT to what the submission does not list",
	  write_unlisted, NULL, ONLY_BLIT },
	{ R3, "unlisted, surface", "a surface of what the submission does not list",
	  write_unlisted, NULL, PASS(TO_SURFACE, FRAGMENT) },
	{ R3, "unlisted, shader buffer", "a shader buffer that the submission does not list",
	  write_unlisted, NULL, PASS(TO_STORAGE, FRAGMENT) },
	{ R3, "unlisted, shader image", "a shader image that the submission does not list",
	  write_unlisted, NULL, PASS(TO_IMAGE, COMPUTE) },
	{ R3, "unlisted, atomic buffer", "an atomic buffer that the submission does not list",
	  write_unlisted, NULL, PASS(TO_COUNTER, COMPUTE) },
	{ R3, "unlisted, stream-out", "a stream-out target that the submission does not list",
	  write_unlisted, NULL, PASS(TO_STREAMOUT, VERTEX) },
	{ R3, "surface of an earlier submission", "what was made earlier is not looked at any more",
	  write_by_object, NULL, EARLIER_SUBMISSION },
	{ R3, "surface's handle used again", "a handle is looked at once, and made another surface",
	  write_by_object, NULL, USED_AGAIN },
	{ R3, "surface of a sub-context", "surfaces of a sub-context are not looked at",
	  write_by_object, NULL, SUB_CONTEXT },
	{ ONE, "surface of the ordinary context", "the protected context has the ordinary one's surfaces",
	  write_by_object, NULL, ORDINARY_CONTEXT, true },
	{ ONE, "target of the ordinary context", "the protected context has the ordinary one's targets",
	  write_by_object, "target", ORDINARY_CONTEXT, true },
	{ R3, "target of an earlier submission", "what was made earlier is not looked at any more",
	  write_by_object, "target", EARLIER_SUBMISSION },
	{ R3, "target's handle used again", "a handle is looked at once, and made another target",
	  write_by_object, "target", USED_AGAIN },
	{ R3, "target of a sub-context", "targets of a sub-context are not looked at",
	  write_by_object, "target", SUB_CONTEXT },
	{ 0 },
};
