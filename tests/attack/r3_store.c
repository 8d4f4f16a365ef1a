/* SPDX-License-Identifier: MIT */
/* R3: shaders of a protected submission write to an ordinary object. */
#include "pass.h"

#define WRITE(sink, stage) ((sink) << 8 | (stage))

static void write_by(struct attempt *attempt, const struct attack *attack)
{
	struct pass pass = {
		.source = FROM_TEXTURE, .sink = (enum sink)(attack->how >> 8),
		.stage = (enum stage)(attack->how & 0xff),
	};
	struct stream stream = { 0 };
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	pass.from = s.secret.res;
	pass.to = pass.sink == TO_SURFACE || pass.sink == TO_IMAGE || pass.sink == TO_IMAGE_ATOMIC
			  ? s.ordinary.res : s.buffer.res;
	put_pass(&stream, &pass);
	said(attempt, scene_submit(&s, VIRTGPU_EXECBUF_PROTECTED, stream.words, stream.count));
	scene_look(attempt, &s);
}

#define R3 "R3", "r3"
#define STAGES_OF(what, sink) \
	{ R3, what ", vertex", "a protected vertex shader writes by " what, \
	  write_by, NULL, WRITE(sink, VERTEX) }, \
	{ R3, what ", tessellation control", "a protected control shader writes by " what, \
	  write_by, NULL, WRITE(sink, TESS_CONTROL) }, \
	{ R3, what ", tessellation evaluation", "a protected evaluation shader writes by " what, \
	  write_by, NULL, WRITE(sink, TESS_EVALUATION) }, \
	{ R3, what ", geometry", "a protected geometry shader writes by " what, \
	  write_by, NULL, WRITE(sink, GEOMETRY) }, \
	{ R3, what ", fragment", "a protected fragment shader writes by " what, \
	  write_by, NULL, WRITE(sink, FRAGMENT) }, \
	{ R3, what ", compute", "a protected compute shader writes by " what, \
	  write_by, NULL, WRITE(sink, COMPUTE) }

const struct attack store_attacks[] = {
	{ R3, "surface", "a protected draw has an ordinary colour surface",
	  write_by, NULL, WRITE(TO_SURFACE, FRAGMENT) },
	STAGES_OF("shader buffer", TO_STORAGE),
	STAGES_OF("shader image", TO_IMAGE),
	STAGES_OF("atomic on a shader buffer", TO_STORAGE_ATOMIC),
	STAGES_OF("atomic on a shader image", TO_IMAGE_ATOMIC),
	STAGES_OF("atomic buffer", TO_COUNTER),
	{ R3, "stream-out, vertex", "what a vertex shader puts out is streamed to an ordinary buffer",
	  write_by, NULL, WRITE(TO_STREAMOUT, VERTEX) },
	{ R3, "stream-out, tessellation",
	  "what an evaluation shader puts out is streamed to an ordinary buffer",
	  write_by, NULL, WRITE(TO_STREAMOUT, TESS_EVALUATION) },
	{ R3, "stream-out, geometry", "what a geometry shader puts out is streamed to an ordinary buffer",
	  write_by, NULL, WRITE(TO_STREAMOUT, GEOMETRY) },
	{ 0 },
};
