/* SPDX-License-Identifier: MIT */
/* R4: queries count what a protected submission draws, and it draws what the key says. */
#include <string.h>
#include <sys/mman.h>

#include "pass.h"

/* As the protocol numbers them. */
enum query { OCCLUSION_COUNTER = 0, OCCLUSION_PREDICATE = 1, PRIMITIVES_GENERATED = 5,
	     PRIMITIVES_EMITTED = 6, OVERFLOW_PREDICATE = 8, PIPELINE_STATISTICS = 10,
	     OCCLUSION_PREDICATE_CONSERVATIVE = 11, OVERFLOW_ANY_PREDICATE = 12 };
enum statistics { GS_PRIMITIVES = 4, C_INVOCATIONS = 5, C_PRIMITIVES = 6, PS_INVOCATIONS = 7,
		  DS_INVOCATIONS = 9 };
enum { U32 = 1 };

#define BITS 32u
#define BUFFER_SIZE 4096u

/* What the host writes where a query's results go. */
struct result {
	uint32_t state, size;
	uint64_t value;
};

/* The first words of an object's memory, as they are now. */
static bool memory_of(int fd, struct object object, void *words, size_t size)
{
	uint64_t offset;
	void *mapping;

	if (wait_for(fd, object.handle) || map_offset(fd, object.handle, &offset))
		return false;
	mapping = mmap(NULL, BUFFER_SIZE, PROT_READ, MAP_SHARED, fd, (off_t)offset);
	if (mapping == MAP_FAILED)
		return false;
	memcpy(words, mapping, size);
	munmap(mapping, BUFFER_SIZE);
	return true;
}

/* What a query tells about each bit, put together again. */
static bool key_of_results(int fd, const struct object *results, uint32_t *key)
{
	*key = 0;
	for (uint32_t i = 0; i < BITS; i++) {
		struct result result;

		if (!memory_of(fd, results[i], &result, sizeof(result)))
			return false;
		*key |= (result.value ? 1u : 0u) << i;
	}
	return true;
}

/* The same, when all are in one buffer of the device's. */
static bool key_of_buffer(int fd, struct object buffer, uint32_t *key)
{
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = buffer.handle, .box = { .w = BUFFER_SIZE, .h = 1, .d = 1 },
	};
	uint32_t words[BITS];

	*key = 0;
	if (try_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from) ||
	    !memory_of(fd, buffer, words, sizeof(words)))
		return false;
	for (uint32_t i = 0; i < BITS; i++)
		*key |= (words[i] ? 1u : 0u) << i;
	return true;
}

#define BY_BUFFER 0x10000ul
#define COUNT(stage, query, index) ((unsigned long)(stage) << 12 | (unsigned long)(index) << 8 | (query))

static void count(struct attempt *attempt, const struct attack *attack)
{
	enum query query = (enum query)(attack->how & 0xff);
	bool by_buffer = attack->how & BY_BUFFER;
	bool streams = query == PRIMITIVES_EMITTED || query == OVERFLOW_PREDICATE ||
		       query == OVERFLOW_ANY_PREDICATE;
	struct pass pass = {
		.source = FROM_TEXTURE, .sink = streams ? TO_STREAMOUT : TO_NOTHING,
		.stage = (enum stage)(attack->how >> 12 & 0xf), .gate = true,
		/* One vertex is all there is room for, if it is to overflow. */
		.size = query == PRIMITIVES_EMITTED ? 0 : 16,
	};
	uint32_t key, handles[3 + BITS];
	struct object results[BITS];
	struct stream stream = { 0 };
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	handles[0] = s.secret.handle;
	handles[1] = s.secret_buffer.handle;
	handles[2] = s.buffer.handle;
	pass.from = s.secret.res;
	pass.to = s.secret_buffer.res;
	put_pipeline(&stream, &pass);
	for (uint32_t i = 0; i < BITS; i++) {
		uint32_t object = fresh();

		/* The host writes to the beginning of it, whatever it is told. */
		if (create_on(s.fd, &results[i], 0, 0, BUFFER, R8, CUSTOM, BUFFER_SIZE, 1, BUFFER_SIZE)) {
			broken(attempt, "no buffer for results");
			return;
		}
		handles[3 + i] = results[i].handle;
		PUT(&stream, HEADER(CREATE_OBJECT, QUERY, 4), object,
		    query | (uint32_t)(attack->how >> 8 & 0xf) << 16, 0, results[i].res);
		PUT(&stream, HEADER(SET_CONSTANT_BUFFER, 0, 6), pass.stage, 0, 1u << i, 0, 0, 0);
		PUT(&stream, HEADER(BEGIN_QUERY, 0, 1), object);
		put_draw(&stream, &pass);
		PUT(&stream, HEADER(END_QUERY, 0, 1), object);
		if (by_buffer)
			PUT(&stream, HEADER(GET_QUERY_RESULT_QBO, 0, 6), object, s.buffer.res, 1, U32,
			    i * 4, 0);
		else
			PUT(&stream, HEADER(GET_QUERY_RESULT, 0, 2), object, 1);
	}
	said(attempt, submit_list(s.fd, VIRTGPU_EXECBUF_PROTECTED, stream.words, stream.count * 4, handles,
				  ARRAY_LENGTH(handles)));
	if (by_buffer ? key_of_buffer(s.fd, s.buffer, &key) : key_of_results(s.fd, results, &key))
		look(attempt, &key, sizeof(key), by_buffer ? "a buffer of results" : "results of queries");
	else
		broken(attempt, "results cannot be looked at");
}

#define R4 "R4", "r4"

const struct attack result_attacks[] = {
	{ R4, "occlusion counter, fragment", "which fragments are discarded tells the key",
	  count, NULL, COUNT(FRAGMENT, OCCLUSION_COUNTER, 0) },
	{ R4, "occlusion counter, vertex", "where vertices are tells the key",
	  count, NULL, COUNT(VERTEX, OCCLUSION_COUNTER, 0) },
	{ R4, "occlusion counter, geometry", "what a geometry shader emits tells the key",
	  count, NULL, COUNT(GEOMETRY, OCCLUSION_COUNTER, 0) },
	{ R4, "occlusion counter, tessellation control", "which patches are dropped tells the key",
	  count, NULL, COUNT(TESS_CONTROL, OCCLUSION_COUNTER, 0) },
	{ R4, "occlusion counter, tessellation evaluation", "where patches are tells the key",
	  count, NULL, COUNT(TESS_EVALUATION, OCCLUSION_COUNTER, 0) },
	{ R4, "occlusion counter, buffer", "a counter of fragments is written to an ordinary buffer",
	  count, NULL, COUNT(FRAGMENT, OCCLUSION_COUNTER, 0) | BY_BUFFER },
	{ R4, "occlusion predicate", "whether fragments are discarded tells a bit of the key",
	  count, NULL, COUNT(FRAGMENT, OCCLUSION_PREDICATE, 0) },
	{ R4, "occlusion predicate, buffer", "whether there are fragments is written to an ordinary buffer",
	  count, NULL, COUNT(FRAGMENT, OCCLUSION_PREDICATE, 0) | BY_BUFFER },
	{ R4, "conservative predicate", "whether there may be fragments tells a bit of the key",
	  count, NULL, COUNT(VERTEX, OCCLUSION_PREDICATE_CONSERVATIVE, 0) },
	{ R4, "conservative predicate, buffer",
	  "whether there may be fragments is written to an ordinary buffer",
	  count, NULL, COUNT(VERTEX, OCCLUSION_PREDICATE_CONSERVATIVE, 0) | BY_BUFFER },
	{ R4, "primitives generated, geometry", "how many primitives there are tells the key",
	  count, NULL, COUNT(GEOMETRY, PRIMITIVES_GENERATED, 0) },
	{ R4, "primitives generated, tessellation", "how many patches are not dropped tells the key",
	  count, NULL, COUNT(TESS_CONTROL, PRIMITIVES_GENERATED, 0) },
	{ R4, "primitives generated, buffer", "a counter of primitives is written to an ordinary buffer",
	  count, NULL, COUNT(GEOMETRY, PRIMITIVES_GENERATED, 0) | BY_BUFFER },
	{ R4, "primitives emitted", "how many primitives are streamed out tells the key",
	  count, NULL, COUNT(GEOMETRY, PRIMITIVES_EMITTED, 0) },
	{ R4, "primitives emitted, buffer",
	  "how many primitives are streamed out is written to an ordinary buffer",
	  count, NULL, COUNT(GEOMETRY, PRIMITIVES_EMITTED, 0) | BY_BUFFER },
	{ R4, "overflow predicate", "whether a target was too small tells a bit of the key",
	  count, NULL, COUNT(GEOMETRY, OVERFLOW_PREDICATE, 0) },
	{ R4, "overflow predicate, buffer",
	  "whether a target was too small is written to an ordinary buffer",
	  count, NULL, COUNT(GEOMETRY, OVERFLOW_PREDICATE, 0) | BY_BUFFER },
	{ R4, "overflow of any", "whether any target was too small tells a bit of the key",
	  count, NULL, COUNT(GEOMETRY, OVERFLOW_ANY_PREDICATE, 0) },
	{ R4, "statistics, geometry", "primitives of geometry shaders are counted",
	  count, NULL, COUNT(GEOMETRY, PIPELINE_STATISTICS, GS_PRIMITIVES) },
	{ R4, "statistics, clipper's input", "primitives that come to the clipper are counted",
	  count, NULL, COUNT(GEOMETRY, PIPELINE_STATISTICS, C_INVOCATIONS) },
	{ R4, "statistics, clipper's output", "primitives that the clipper leaves are counted",
	  count, NULL, COUNT(VERTEX, PIPELINE_STATISTICS, C_PRIMITIVES) },
	{ R4, "statistics, fragments", "calls of the fragment shader are counted",
	  count, NULL, COUNT(VERTEX, PIPELINE_STATISTICS, PS_INVOCATIONS) },
	{ R4, "statistics, evaluation", "calls of the evaluation shader are counted",
	  count, NULL, COUNT(TESS_CONTROL, PIPELINE_STATISTICS, DS_INVOCATIONS) },
	{ 0 },
};
