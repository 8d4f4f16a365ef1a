/* SPDX-License-Identifier: MIT */
/* R3: shaders of a protected submission write to an ordinary object. */
#include "pass.h"

static void write_by(struct attempt *attempt, const struct attack *attack)
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
	said(attempt, scene_submit(&s, VIRTGPU_EXECBUF_PROTECTED, stream.words, stream.count));
	scene_look(attempt, &s);
}

#define R3 "R3", "r3"
const struct attack store_attacks[] = {
	{ R3, "surface", "a protected draw has an ordinary colour surface",
	  write_by, NULL, PASS(TO_SURFACE, FRAGMENT) },
	IN_EACH_STAGE(R3, "a protected", "writes by", "shader buffer", write_by, TO_STORAGE),
	IN_EACH_STAGE(R3, "a protected", "writes by", "shader image", write_by, TO_IMAGE),
	IN_EACH_STAGE(R3, "a protected", "writes by", "atomic on a shader buffer", write_by, TO_STORAGE_ATOMIC),
	IN_EACH_STAGE(R3, "a protected", "writes by", "atomic on a shader image", write_by, TO_IMAGE_ATOMIC),
	IN_EACH_STAGE(R3, "a protected", "writes by", "atomic buffer", write_by, TO_COUNTER),
	{ R3, "stream-out, vertex", "what a vertex shader puts out is streamed to an ordinary buffer",
	  write_by, NULL, PASS(TO_STREAMOUT, VERTEX) },
	{ R3, "stream-out, tessellation",
	  "what an evaluation shader puts out is streamed to an ordinary buffer",
	  write_by, NULL, PASS(TO_STREAMOUT, TESS_EVALUATION) },
	{ R3, "stream-out, geometry", "what a geometry shader puts out is streamed to an ordinary buffer",
	  write_by, NULL, PASS(TO_STREAMOUT, GEOMETRY) },
	{ 0 },
};
