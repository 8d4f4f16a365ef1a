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

struct pass {
	enum source source;
	enum sink sink;
	enum stage stage; /* where it is read; where it is written too, unless to a surface */
	uint32_t from, to; /* numbers of resources */
	uint32_t object;   /* instead of to: a surface or target that exists already */
	uint32_t level, layer; /* of to, for a surface */
	uint32_t size;         /* of a target */
	/* The stage draws nothing unless a bit of the key, which its first constant has, is set. */
	bool gate;
};

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
