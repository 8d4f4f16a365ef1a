/* SPDX-License-Identifier: MIT */
/* R2: an ordinary submission names a protected object, and reads it. */
#include "pass.h"

/* The protected object that a source reads, and the ordinary one that a sink writes. */
static uint32_t secret_of(const struct scene *scene, enum source source)
{
	return source == FROM_TEXTURE || source == FROM_IMAGE ? scene->secret.res
							       : scene->secret_buffer.res;
}

static uint32_t target_of(const struct scene *scene, enum sink sink)
{
	return sink == TO_SURFACE || sink == TO_IMAGE || sink == TO_IMAGE_ATOMIC ? scene->ordinary.res
										  : scene->buffer.res;
}

#define READ(source, stage) ((source) << 8 | (stage))

/* Draws or computes with what it reads by a binding of a stage. */
static void read_by(struct attempt *attempt, const struct attack *attack)
{
	struct pass pass = {
		.source = (enum source)(attack->how >> 8), .stage = (enum stage)(attack->how & 0xff),
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

#define R2 "R2", "r2"
#define STAGES_OF(binding, source) \
	{ R2, binding ", vertex", "an ordinary vertex shader reads by " binding, \
	  read_by, NULL, READ(source, VERTEX) }, \
	{ R2, binding ", tessellation control", "an ordinary control shader reads by " binding, \
	  read_by, NULL, READ(source, TESS_CONTROL) }, \
	{ R2, binding ", tessellation evaluation", "an ordinary evaluation shader reads by " binding, \
	  read_by, NULL, READ(source, TESS_EVALUATION) }, \
	{ R2, binding ", geometry", "an ordinary geometry shader reads by " binding, \
	  read_by, NULL, READ(source, GEOMETRY) }, \
	{ R2, binding ", fragment", "an ordinary fragment shader reads by " binding, \
	  read_by, NULL, READ(source, FRAGMENT) }, \
	{ R2, binding ", compute", "an ordinary compute shader reads by " binding, \
	  read_by, NULL, READ(source, COMPUTE) }

const struct attack name_attacks[] = {
	STAGES_OF("sampler view", FROM_TEXTURE),
	STAGES_OF("uniform buffer", FROM_UNIFORMS),
	STAGES_OF("shader buffer", FROM_STORAGE),
	STAGES_OF("shader image", FROM_IMAGE),
	STAGES_OF("atomic buffer", FROM_COUNTER),
	{ R2, "vertex buffer", "vertices of an ordinary draw are protected",
	  read_by, NULL, READ(FROM_VERTICES, VERTEX) },
	{ R2, "index buffer", "indices of an ordinary draw are protected, and the shader sees them",
	  read_by, NULL, READ(FROM_INDICES, VERTEX) },
	{ 0 },
};
