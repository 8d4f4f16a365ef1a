/* SPDX-License-Identifier: MIT */
/*
 * Streams that read the key by one binding, in one stage of the pipeline, and write it by another.
 * Which submission they go into, and what they may do there, is for the attack to find out.
 */
#ifndef PASS_H
#define PASS_H

#include "attack.h"

/* As the protocol numbers them. */
enum stage { VERTEX, FRAGMENT, GEOMETRY, TESS_CONTROL, TESS_EVALUATION, COMPUTE, STAGES };

enum source {
	FROM_TEXTURE,  /* a view of a texture */
	FROM_UNIFORMS,
	FROM_STORAGE,
	FROM_IMAGE,
	FROM_COUNTER,  /* an atomic counter */
	FROM_VERTICES, /* the vertex stage only */
	FROM_INDICES,  /* the vertex stage only */
};

enum sink {
	TO_SURFACE, /* in the fragment stage */
	TO_STORAGE,
	TO_STORAGE_ATOMIC,
	TO_IMAGE,
	TO_IMAGE_ATOMIC,
	TO_COUNTER,
	TO_STREAMOUT, /* in the last stage before the rasterizer */
	TO_NOTHING,
};

/* In an attack's how: a source or a sink, and the stage. */
#define PASS(end, stage) ((unsigned long)(end) << 8 | (stage))
#define PASS_END(how) ((how) >> 8 & 0xff)
#define PASS_STAGE(how) ((enum stage)((how) & 0xff))

/* In place of them, for attacks without a pass. */
#define ONLY_COPY ~0ul
#define ONLY_BLIT (~0ul - 1)

/* Rows of a table: the same in each stage. rule is R2 or the like, who "an ordinary", does "reads by". */
#define IN_EACH_STAGE(rule, who, does, what, run, end) \
	{ rule, what ", vertex", who " vertex shader " does " " what, run, NULL, PASS(end, VERTEX) }, \
	{ rule, what ", tessellation control", who " control shader " does " " what, \
	  run, NULL, PASS(end, TESS_CONTROL) }, \
	{ rule, what ", tessellation evaluation", who " evaluation shader " does " " what, \
	  run, NULL, PASS(end, TESS_EVALUATION) }, \
	{ rule, what ", geometry", who " geometry shader " does " " what, run, NULL, PASS(end, GEOMETRY) }, \
	{ rule, what ", fragment", who " fragment shader " does " " what, run, NULL, PASS(end, FRAGMENT) }, \
	{ rule, what ", compute", who " compute shader " does " " what, run, NULL, PASS(end, COMPUTE) }

struct pass {
	enum source source;
	enum sink sink;
	enum stage stage; /* where it is read; where it is written too, unless to a surface */
	uint32_t from, to; /* numbers of resources */
	uint32_t object;   /* instead of to: a surface or target that exists already */
	uint32_t view;	   /* instead of from, for a texture: a view that exists already */
	uint32_t level, layer; /* of to, for a surface */
	uint32_t first;        /* what the first colour buffer is of: to is the second, and both get the key */
	uint32_t size;         /* of a target */
	/* The stage draws nothing unless a bit of the key, which its first constant has, is set. */
	bool gate;
};

/* The protected object that a source reads, and the ordinary one that a sink writes. */
uint32_t secret_of(const struct scene *scene, enum source source);
uint32_t target_of(const struct scene *scene, enum sink sink);

/* A stream, as it is put together. */
struct stream {
	uint32_t words[4096];
	size_t count;
};

void put_words(struct stream *stream, const uint32_t *words, size_t count);
#define PUT(stream, ...) \
	put_words((stream), (uint32_t[]){ __VA_ARGS__ }, sizeof((uint32_t[]){ __VA_ARGS__ }) / 4)

/* Binds everything; draws or computes; and both. */
void put_pipeline(struct stream *stream, const struct pass *pass);
void put_draw(struct stream *stream, const struct pass *pass);
void put_pass(struct stream *stream, const struct pass *pass);

#endif
