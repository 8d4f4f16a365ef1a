/* SPDX-License-Identifier: MIT */
#include "table_parser.h"
#include "virtgpu_virgl_stream.h"

enum {
	FIXED = 1,  /* the length is a value, not a field of the header */
	SKIP = 2,   /* nothing but the length is checked */
	REJECT = 4,
};

enum use { NONE, READ, WRITE, MEMORY, PARAMETERS };

enum { HASH_BITS = 9, REFERENCES = 2, BITS = 2 };

struct descriptor {
	u32 flags;
	u32 value, mask; /* of the header */
	u32 length;	 /* in words, with the header, if it is FIXED */
	struct {
		u32 offset, step;
		enum use use;
		bool optional;
	} references[REFERENCES];
	struct {
		u32 offset, mask, expected;
		u32 condition_offset, condition_mask;
	} bits[BITS];
	struct descriptor *next; /* with the same hash */
};

#define OPCODE(command)		  .value = (command), .mask = 0xff
#define OBJECT(type)		  .value = VIRGL_CREATE_OBJECT | (type) << 8, .mask = 0xffff
#define PLAIN(command)		  {.flags = SKIP, OPCODE(command)}
#define PLAIN_FIXED(command, n)	  {.flags = SKIP | FIXED, OPCODE(command), .length = (n) + 1}
#define REJECTED(command)	  {.flags = REJECT, OPCODE(command)}
#define NAMES(at, every, what)	  {.offset = (at), .step = (every), .use = (what), .optional = true}

static struct descriptor state[] = {
	PLAIN(VIRGL_NOP),
	PLAIN(VIRGL_END_TRANSFERS),
	PLAIN(VIRGL_SET_VIEWPORT_STATE),
	PLAIN(VIRGL_SET_FRAMEBUFFER_STATE),
	PLAIN(VIRGL_SET_SAMPLER_VIEWS),
	PLAIN(VIRGL_SET_CONSTANT_BUFFER),
	PLAIN_FIXED(VIRGL_SET_STENCIL_REF, 1),
	PLAIN_FIXED(VIRGL_SET_BLEND_COLOR, 4),
	PLAIN(VIRGL_SET_SCISSOR_STATE),
	PLAIN(VIRGL_BIND_SAMPLER_STATES),
	PLAIN_FIXED(VIRGL_SET_POLYGON_STIPPLE, 32),
	PLAIN_FIXED(VIRGL_SET_CLIP_STATE, 32),
	PLAIN_FIXED(VIRGL_SET_SAMPLE_MASK, 1),
	PLAIN(VIRGL_SET_STREAMOUT_TARGETS),
	{.flags = FIXED, OPCODE(VIRGL_SET_RENDER_CONDITION), .length = 4, .bits = {{.offset = 1, .mask = ~0u}}},
	PLAIN_FIXED(VIRGL_SET_SUB_CTX, 1),
	PLAIN_FIXED(VIRGL_CREATE_SUB_CTX, 1),
	PLAIN_FIXED(VIRGL_DESTROY_SUB_CTX, 1),
	PLAIN_FIXED(VIRGL_BIND_SHADER, 2),
	PLAIN_FIXED(VIRGL_SET_TESS_STATE, 6),
	PLAIN_FIXED(VIRGL_SET_MIN_SAMPLES, 1),
	PLAIN_FIXED(VIRGL_MEMORY_BARRIER, 1),
	PLAIN_FIXED(VIRGL_SET_FRAMEBUFFER_STATE_NO_ATTACH, 2),
	PLAIN_FIXED(VIRGL_TEXTURE_BARRIER, 1),
	PLAIN_FIXED(VIRGL_LINK_SHADER, 6),
	PLAIN_FIXED(VIRGL_SET_TWEAKS, 2),
	PLAIN(VIRGL_EMIT_STRING_MARKER),
	PLAIN_FIXED(VIRGL_CLEAR, 8),
	PLAIN_FIXED(VIRGL_CLEAR_SURFACE, 10),
};

#define ABOUT(command, type) \
	{.flags = SKIP | FIXED, .value = (command) | (type) << 8, .mask = 0xffff, .length = 2}

static struct descriptor objects_of_context[] = {
	ABOUT(VIRGL_BIND_OBJECT, VIRGL_OBJECT_BLEND),
	ABOUT(VIRGL_BIND_OBJECT, VIRGL_OBJECT_RASTERIZER),
	ABOUT(VIRGL_BIND_OBJECT, VIRGL_OBJECT_DSA),
	ABOUT(VIRGL_BIND_OBJECT, VIRGL_OBJECT_VERTEX_ELEMENTS),
	ABOUT(VIRGL_DESTROY_OBJECT, VIRGL_OBJECT_BLEND),
	ABOUT(VIRGL_DESTROY_OBJECT, VIRGL_OBJECT_RASTERIZER),
	ABOUT(VIRGL_DESTROY_OBJECT, VIRGL_OBJECT_DSA),
	ABOUT(VIRGL_DESTROY_OBJECT, VIRGL_OBJECT_SHADER),
	ABOUT(VIRGL_DESTROY_OBJECT, VIRGL_OBJECT_VERTEX_ELEMENTS),
	ABOUT(VIRGL_DESTROY_OBJECT, VIRGL_OBJECT_SAMPLER_VIEW),
	ABOUT(VIRGL_DESTROY_OBJECT, VIRGL_OBJECT_SAMPLER_STATE),
	ABOUT(VIRGL_DESTROY_OBJECT, VIRGL_OBJECT_SURFACE),
	ABOUT(VIRGL_DESTROY_OBJECT, VIRGL_OBJECT_QUERY),
	ABOUT(VIRGL_DESTROY_OBJECT, VIRGL_OBJECT_STREAMOUT_TARGET),
	ABOUT(VIRGL_DESTROY_OBJECT, VIRGL_OBJECT_MSAA_SURFACE),
	{.flags = SKIP | FIXED, OBJECT(VIRGL_OBJECT_BLEND), .length = 12},
	{.flags = SKIP | FIXED, OBJECT(VIRGL_OBJECT_RASTERIZER), .length = 10},
	{.flags = SKIP | FIXED, OBJECT(VIRGL_OBJECT_DSA), .length = 6},
	{OBJECT(VIRGL_OBJECT_SHADER),
	 .bits = {{.offset = VIRGL_SHADER_STAGE, .mask = ~7u}}},
	{.flags = SKIP, OBJECT(VIRGL_OBJECT_VERTEX_ELEMENTS)},
	{.flags = FIXED, OBJECT(VIRGL_OBJECT_SAMPLER_VIEW), .length = 7, .references = {{2, 0, READ, false}}},
	{.flags = SKIP | FIXED, OBJECT(VIRGL_OBJECT_SAMPLER_STATE), .length = 10},
	{.flags = FIXED, OBJECT(VIRGL_OBJECT_SURFACE), .length = 6, .references = {{2, 0, WRITE, false}}},
	{.flags = REJECT, OBJECT(VIRGL_OBJECT_QUERY)},
	{.flags = FIXED, OBJECT(VIRGL_OBJECT_STREAMOUT_TARGET), .length = 5, .references = {{2, 0, WRITE, false}}},
	{.flags = FIXED, OBJECT(VIRGL_OBJECT_MSAA_SURFACE), .length = 7, .references = {{2, 0, WRITE, false}}},
};

static struct descriptor resources[] = {
	{OPCODE(VIRGL_DRAW_VBO), .references = {NAMES(15, 0, PARAMETERS), NAMES(20, 0, PARAMETERS)}},
	{.flags = FIXED, OPCODE(VIRGL_LAUNCH_GRID), .length = 9, .references = {NAMES(7, 0, PARAMETERS)}},
	{OPCODE(VIRGL_SET_VERTEX_BUFFERS), .references = {NAMES(3, 3, READ)}},
	{OPCODE(VIRGL_SET_INDEX_BUFFER), .references = {NAMES(1, 0, READ)}},
	{.flags = FIXED, OPCODE(VIRGL_SET_UNIFORM_BUFFER), .length = 6, .references = {NAMES(5, 0, READ)}},
	{OPCODE(VIRGL_SET_SHADER_BUFFERS), .references = {NAMES(5, 3, WRITE)}},
	{OPCODE(VIRGL_SET_SHADER_IMAGES), .references = {NAMES(7, 5, WRITE)}},
	{OPCODE(VIRGL_SET_ATOMIC_BUFFERS), .references = {NAMES(4, 3, WRITE)}},
	{.flags = FIXED, OPCODE(VIRGL_CLEAR_TEXTURE), .length = 13, .references = {{1, 0, WRITE, false}}},
	{.flags = FIXED, OPCODE(VIRGL_BLIT), .length = 22, .references = {{4, 0, WRITE, false}, {13, 0, READ, false}}},
	{.flags = FIXED, OPCODE(VIRGL_RESOURCE_COPY_REGION), .length = 14,
	 .references = {{1, 0, WRITE, false}, {6, 0, READ, false}}},
	{OPCODE(VIRGL_RESOURCE_INLINE_WRITE), .references = {{1, 0, READ, false}}},
	{.flags = FIXED, OPCODE(VIRGL_TRANSFER3D), .length = 14, .references = {{1, 0, MEMORY, false}},
	 .bits = {{.offset = VIRGL_TRANSFER3D_DIRECTION, .mask = ~0u, .expected = VIRGL_TRANSFER3D_TO_HOST}}},
	{.flags = FIXED, OPCODE(VIRGL_COPY_TRANSFER3D), .length = 15,
	 .references = {{1, 0, READ, false}, {12, 0, MEMORY, false}},
	 .bits = {{.offset = VIRGL_COPY_TRANSFER3D_FLAGS, .mask = ~(u32)VIRGL_COPY_TRANSFER3D_SYNCHRONIZED}}},
};

static struct descriptor refused[] = {
	REJECTED(VIRGL_BEGIN_QUERY), REJECTED(VIRGL_END_QUERY), REJECTED(VIRGL_GET_QUERY_RESULT),
	REJECTED(VIRGL_GET_QUERY_RESULT_QBO), REJECTED(VIRGL_GET_MEMORY_INFO),
	REJECTED(VIRGL_PIPE_RESOURCE_CREATE), REJECTED(VIRGL_PIPE_RESOURCE_SET_TYPE),
	REJECTED(VIRGL_SET_DEBUG_FLAGS),
};

static struct descriptor *hash[1 << HASH_BITS];

static u32 hash_of(u32 header)
{
	return (header & 0xff) * 0x61c88647u >> (32 - HASH_BITS);
}

static void add(struct descriptor *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct descriptor **head = &hash[hash_of(table[i].value)];

		table[i].next = *head;
		*head = &table[i];
	}
}

void table_parser_init(void)
{
	add(state, ARRAY_SIZE(state));
	add(objects_of_context, ARRAY_SIZE(objects_of_context));
	add(resources, ARRAY_SIZE(resources));
	add(refused, ARRAY_SIZE(refused));
}

/* Commands of a kind come one after the other: the last one's descriptor is looked at first. */
static const struct descriptor *find(u32 header, const struct descriptor *last)
{
	if (last && ((header ^ last->value) & last->mask) == 0)
		return last;
	for (const struct descriptor *d = hash[hash_of(header)]; d; d = d->next)
		if (((header ^ d->value) & d->mask) == 0)
			return d;
	return NULL;
}

static const struct virtio_gpu_stream_object *
find_object(const struct virtio_gpu_stream_object *objects, size_t count, u32 name)
{
	size_t start = 0, end = count;

	while (start < end) {
		size_t middle = start + (end - start) / 2;

		if (name < objects[middle].res_handle)
			end = middle;
		else if (name > objects[middle].res_handle)
			start = middle + 1;
		else
			return &objects[middle];
	}
	return NULL;
}

static bool may_use(const struct virtio_gpu_stream_object *object, enum use use)
{
	switch (use) {
	case READ:
		return true;
	case WRITE:
		return object->is_protected;
	default:
		return !object->is_protected;
	}
}

static int check(const struct descriptor *d, const u32 *cmd, u32 length,
		 const struct virtio_gpu_stream_object *objects, size_t num_objects)
{
	if (d->flags & SKIP)
		return 0;
	if (d->flags & REJECT)
		return -EACCES;
	for (unsigned i = 0; i < REFERENCES && d->references[i].use != NONE; i++) {
		u32 step = d->references[i].step ? d->references[i].step : length;

		for (u32 at = d->references[i].offset; at < length; at += step) {
			const struct virtio_gpu_stream_object *object;

			if (!cmd[at] && d->references[i].optional)
				continue;
			object = find_object(objects, num_objects, cmd[at]);
			if (!object || !may_use(object, d->references[i].use))
				return -EACCES;
		}
	}
	for (unsigned i = 0; i < BITS && d->bits[i].mask; i++) {
		if (d->bits[i].condition_mask &&
		    (d->bits[i].condition_offset >= length ||
		     !(cmd[d->bits[i].condition_offset] & d->bits[i].condition_mask)))
			continue;
		if (d->bits[i].offset >= length ||
		    (cmd[d->bits[i].offset] & d->bits[i].mask) != d->bits[i].expected)
			return -EACCES;
	}
	return 0;
}

int table_parser_check(const u32 *stream, size_t words, const struct virtio_gpu_stream_object *objects,
		       size_t num_objects)
{
	const struct descriptor *d = NULL;

	for (size_t at = 0; at < words;) {
		u32 length = VIRGL_HEADER_LENGTH(stream[at]) + 1;
		int ret;

		d = find(stream[at], d);
		if (!d)
			return -EINVAL;
		if (d->flags & FIXED && length != d->length)
			return -EINVAL;
		if (length > words - at)
			return -EINVAL;
		ret = check(d, stream + at, length, objects, num_objects);
		if (ret)
			return ret;
		at += length;
	}
	return 0;
}
