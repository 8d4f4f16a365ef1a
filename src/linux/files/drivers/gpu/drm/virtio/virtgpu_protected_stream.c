// SPDX-License-Identifier: MIT
/*
 * The firewall of protected submissions: reads a virgl command stream once and
 * says whether it may run where protected objects can be read.
 *
 * It may if every resource it names is among the objects of the submission, if
 * nothing it does stores what came from a protected object anywhere but in a
 * protected object, and if it asks for no result. What is not in the tables
 * below is refused.
 *
 * Objects of the host's context (surfaces, views, stream-out targets) outlive a
 * submission, and later ones use them by a name of their own. They are checked
 * where they bind a resource, which is when they are created. That holds for as
 * long as they live, because the host's object keeps the resource it was made
 * of even when the resource's number is used again, and because a resource
 * never becomes protected, nor stops being it.
 */
#ifdef __KERNEL__
#include <kunit/visibility.h>
#include <linux/export.h>
#else
#define EXPORT_SYMBOL_IF_KUNIT(symbol)
#ifndef noinline
#define noinline
#endif
#endif

#include "virtgpu_protected_stream.h"
#include "virtgpu_virgl_stream.h"

/* What a command does with a resource that it names. */
enum stream_use {
	STREAM_UNUSED = 0,
	/* The device reads it. Any object will do. */
	STREAM_READ,
	/* The device may write to it what it read elsewhere. */
	STREAM_WRITE,
	/*
	 * Data that the CPU wrote, to be copied into it. What the CPU knows
	 * anyway may go to any object.
	 */
	STREAM_UPLOAD,
	/*
	 * The device reads the guest's memory behind it. Restricted memory it
	 * reads when TRANSFER_TO_HOST says so, which checks how: not turned, and
	 * not beyond its end.
	 */
	STREAM_MEMORY,
	/*
	 * The device takes parameters of the command itself from it. A command
	 * that fails ends the stream, and an upload that did not happen can be
	 * seen in an ordinary object, so these must not be protected.
	 */
	STREAM_PARAMETERS,
};

enum stream_verdict {
	/* Not in the protocol, as far as we know: -EINVAL. */
	STREAM_UNKNOWN = 0,
	/* Allowed if it is as long as it must be. */
	STREAM_PLAIN,
	/* Allowed if it is, and stream_check_content() finds nothing. */
	STREAM_CHECKED,
	/* Known, and of no use but to get data out or to get round us: -EACCES. */
	STREAM_DENIED,
};

/* Names resources in word @at, and if @every is not 0, in every @every-th on. */
struct stream_reference {
	u8 at;
	u8 every;
	u8 use;
	/* 0 is allowed, and unbinds */
	bool optional;
};

struct stream {
	const struct virtio_gpu_stream_object *objects;
	size_t num_objects;
};

/*
 * @words, @step: the number of payload words is the first of @words, or greater by
 *	a multiple of @step, and at most the second
 * @creates: an object of the context, whose handle its first word is, so that
 *	there is one
 * @refs: where it names resources
 * @check: what the other members cannot say; called when they are satisfied
 */
struct stream_rule {
	u8 verdict;
	u8 step;
	u16 words[2];
	bool creates;
	struct stream_reference refs[2];
	int (*check)(const struct stream *s, const u32 *cmd, u32 length);
};

static const struct virtio_gpu_stream_object *
stream_find(const struct stream *s, u32 res_handle)
{
	size_t low = 0, high = s->num_objects;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->objects[middle].res_handle == res_handle)
			return &s->objects[middle];
		if (s->objects[middle].res_handle < res_handle)
			low = middle + 1;
		else
			high = middle;
	}

	return NULL;
}

static int stream_check_use(const struct stream *s, u32 res_handle,
			    enum stream_use use)
{
	const struct virtio_gpu_stream_object *object;

	object = stream_find(s, res_handle);
	if (!object)
		return -EACCES;

	switch (use) {
	case STREAM_READ:
	case STREAM_UPLOAD:
		return 0;
	case STREAM_WRITE:
		return object->is_protected ? 0 : -EACCES;
	case STREAM_MEMORY:
	case STREAM_PARAMETERS:
		return object->is_protected ? -EACCES : 0;
	case STREAM_UNUSED:
		break;
	}

	return -EINVAL;
}

static int stream_check_reference(const struct stream *s,
				  const struct stream_reference *ref,
				  const u32 *cmd, u32 length)
{
	u32 at;
	int ret;

	for (at = ref->at; at <= length; at += ref->every) {
		if (cmd[at] || !ref->optional) {
			/* No resource has the number 0. */
			if (!cmd[at])
				return -EINVAL;
			ret = stream_check_use(s, cmd[at], ref->use);
			if (ret)
				return ret;
		}
		if (!ref->every)
			break;
	}

	return 0;
}

/* What fewer commands need. Apart, so that it takes no registers from the rest. */
static noinline int stream_check_content(const struct stream *s,
					 const struct stream_rule *rule,
					 const u32 *cmd, u32 length)
{
	size_t i;
	int ret;

	if (rule->step && (length - rule->words[0]) % rule->step)
		return -EINVAL;
	/* Of a context's objects none has the handle 0. */
	if (rule->creates && !cmd[VIRGL_OBJECT_HANDLE])
		return -EINVAL;

	for (i = 0; i < ARRAY_SIZE(rule->refs) && rule->refs[i].use; i++) {
		ret = stream_check_reference(s, &rule->refs[i], cmd, length);
		if (ret)
			return ret;
	}

	return rule->check ? rule->check(s, cmd, length) : 0;
}

static int stream_check_shader(const struct stream *s, const u32 *cmd,
			       u32 length)
{
	u32 outputs = cmd[VIRGL_SHADER_OUTPUTS];

	if (cmd[VIRGL_SHADER_STAGE] > VIRGL_SHADER_STAGE_COMPUTE)
		return -EINVAL;

	/* For compute, the word is the size of shared memory. */
	if (cmd[VIRGL_SHADER_STAGE] == VIRGL_SHADER_STAGE_COMPUTE || !outputs)
		return 0;

	if (outputs > VIRGL_SHADER_OUTPUTS_MAX)
		return -EINVAL;
	if (length < VIRGL_SHADER_LENGTH + VIRGL_SHADER_OUTPUTS_LENGTH(outputs))
		return -EINVAL;

	return 0;
}

/* Whatever is said beside the length has to be looked at. */
#define ALLOW(minimum, maximum, ...) \
	{ .verdict = sizeof(#__VA_ARGS__) > 1 ? STREAM_CHECKED : STREAM_PLAIN, \
	  .words = { (minimum), (maximum) }, ##__VA_ARGS__ }
#define ALLOW_EXACT(length, ...) \
	{ .verdict = sizeof(#__VA_ARGS__) > 1 ? STREAM_CHECKED : STREAM_PLAIN, \
	  .words = { [0 ... 1] = (length) }, ##__VA_ARGS__ }
#define CREATE(minimum, maximum, ...) \
	ALLOW(minimum, maximum, .creates = true, ##__VA_ARGS__)
#define CREATE_EXACT(length, ...) \
	ALLOW_EXACT(length, .creates = true, ##__VA_ARGS__)
#define DENY	{ .verdict = STREAM_DENIED }

#define REFS(...)	.refs = { __VA_ARGS__ }
#define CHECK(function)	.check = (function)
#define NAMES(word, what) \
	{ .at = (word), .use = (what) }
#define MAY_NAME(word, what) \
	{ .at = (word), .use = (what), .optional = true }
#define MAY_NAME_EVERY(word, step, what) \
	{ .at = (word), .every = (step), .use = (what), .optional = true }

/* The payload's first word is the object's own handle. */
static const struct stream_rule stream_objects[VIRGL_OBJECTS] = {
	[VIRGL_OBJECT_BLEND] = CREATE_EXACT(11),
	[VIRGL_OBJECT_RASTERIZER] = CREATE_EXACT(9),
	[VIRGL_OBJECT_DSA] = CREATE_EXACT(5),
	[VIRGL_OBJECT_SHADER] = CREATE(VIRGL_SHADER_LENGTH, VIRGL_LENGTH_MAX,
				       CHECK(stream_check_shader)),
	[VIRGL_OBJECT_VERTEX_ELEMENTS] = CREATE(1, 1 + 4 * 32, .step = 4),
	[VIRGL_OBJECT_SAMPLER_VIEW] =
		CREATE_EXACT(6, REFS(NAMES(2, STREAM_READ))),
	[VIRGL_OBJECT_SAMPLER_STATE] = CREATE_EXACT(9),
	[VIRGL_OBJECT_SURFACE] =
		CREATE_EXACT(5, REFS(NAMES(2, STREAM_WRITE))),
	/* Nothing may come out, so there is nothing to ask. */
	[VIRGL_OBJECT_QUERY] = DENY,
	[VIRGL_OBJECT_STREAMOUT_TARGET] =
		CREATE_EXACT(4, REFS(NAMES(2, STREAM_WRITE))),
	[VIRGL_OBJECT_MSAA_SURFACE] =
		CREATE_EXACT(6, REFS(NAMES(2, STREAM_WRITE))),
};

static int stream_check_framebuffer(const struct stream *s, const u32 *cmd,
				    u32 length)
{
	return cmd[VIRGL_FRAMEBUFFER_COLOR_BUFFERS] == length - 2 ? 0 : -EINVAL;
}

static int stream_check_draw(const struct stream *s, const u32 *cmd, u32 length)
{
	switch (length) {
	case VIRGL_DRAW_VBO_LENGTH:
	case VIRGL_DRAW_VBO_LENGTH_TESS:
	case VIRGL_DRAW_VBO_LENGTH_INDIRECT:
		return 0;
	default:
		return -EINVAL;
	}
}

/* There are no queries, so a condition can only be taken away. */
static int stream_check_render_condition(const struct stream *s, const u32 *cmd,
					 u32 length)
{
	return cmd[VIRGL_RENDER_CONDITION_QUERY] ? -EACCES : 0;
}

static int stream_check_transfer(const struct stream *s, const u32 *cmd,
				 u32 length)
{
	switch (cmd[VIRGL_TRANSFER3D_DIRECTION]) {
	case VIRGL_TRANSFER3D_TO_HOST:
		return 0;
	case VIRGL_TRANSFER3D_FROM_HOST:
		return -EACCES;
	default:
		return -EINVAL;
	}
}

static int stream_check_copy_transfer(const struct stream *s, const u32 *cmd,
				      u32 length)
{
	u32 flags = cmd[VIRGL_COPY_TRANSFER3D_FLAGS];

	if (flags & ~(VIRGL_COPY_TRANSFER3D_SYNCHRONIZED |
		      VIRGL_COPY_TRANSFER3D_FROM_HOST))
		return -EINVAL;
	if (flags & VIRGL_COPY_TRANSFER3D_FROM_HOST)
		return -EACCES;

	return 0;
}

static int stream_check_tweak(const struct stream *s, const u32 *cmd,
			      u32 length)
{
	return cmd[VIRGL_TWEAK_ID] < VIRGL_TWEAKS ? 0 : -EINVAL;
}

static int stream_check_string_marker(const struct stream *s, const u32 *cmd,
				      u32 length)
{
	return cmd[VIRGL_STRING_MARKER_BYTES] <= 4 * (length - 1) ? 0 : -EINVAL;
}

static const struct stream_rule stream_commands[] = {
	/* Padding: the host skips the payload, whatever it is. */
	[VIRGL_NOP] = ALLOW(0, VIRGL_LENGTH_MAX),
	[VIRGL_END_TRANSFERS] = ALLOW(0, VIRGL_LENGTH_MAX),

	/* State of the context. Names objects of the context, if any. */
	[VIRGL_SET_VIEWPORT_STATE] = ALLOW(1, 1 + 6 * 16, .step = 6),
	[VIRGL_SET_FRAMEBUFFER_STATE] =
		ALLOW(2, 2 + 8, CHECK(stream_check_framebuffer)),
	[VIRGL_SET_SAMPLER_VIEWS] = ALLOW(2, 2 + 128),
	[VIRGL_SET_CONSTANT_BUFFER] = ALLOW(2, VIRGL_LENGTH_MAX),
	[VIRGL_SET_STENCIL_REF] = ALLOW_EXACT(1),
	[VIRGL_SET_BLEND_COLOR] = ALLOW_EXACT(4),
	[VIRGL_SET_SCISSOR_STATE] = ALLOW(1, 1 + 2 * 16, .step = 2),
	[VIRGL_BIND_SAMPLER_STATES] = ALLOW(2, 2 + 128),
	[VIRGL_SET_POLYGON_STIPPLE] = ALLOW_EXACT(32),
	[VIRGL_SET_CLIP_STATE] = ALLOW_EXACT(32),
	[VIRGL_SET_SAMPLE_MASK] = ALLOW_EXACT(1),
	[VIRGL_SET_STREAMOUT_TARGETS] = ALLOW(1, 1 + 16),
	[VIRGL_SET_RENDER_CONDITION] =
		ALLOW_EXACT(3, CHECK(stream_check_render_condition)),
	[VIRGL_SET_SUB_CTX] = ALLOW_EXACT(1),
	[VIRGL_CREATE_SUB_CTX] = ALLOW_EXACT(1),
	[VIRGL_DESTROY_SUB_CTX] = ALLOW_EXACT(1),
	[VIRGL_BIND_SHADER] = ALLOW_EXACT(2),
	[VIRGL_SET_TESS_STATE] = ALLOW_EXACT(6),
	[VIRGL_SET_MIN_SAMPLES] = ALLOW_EXACT(1),
	[VIRGL_MEMORY_BARRIER] = ALLOW_EXACT(1),
	[VIRGL_SET_FRAMEBUFFER_STATE_NO_ATTACH] = ALLOW_EXACT(2),
	[VIRGL_TEXTURE_BARRIER] = ALLOW_EXACT(1),
	[VIRGL_LINK_SHADER] = ALLOW_EXACT(6),
	[VIRGL_SET_TWEAKS] = ALLOW_EXACT(2, CHECK(stream_check_tweak)),
	/* The text goes to the host's log, and came from the CPU. */
	[VIRGL_EMIT_STRING_MARKER] =
		ALLOW(2, VIRGL_LENGTH_MAX, CHECK(stream_check_string_marker)),

	/* Write through surfaces and targets, which were checked before. */
	[VIRGL_CLEAR] = ALLOW_EXACT(8),
	[VIRGL_CLEAR_SURFACE] = ALLOW_EXACT(10),
	[VIRGL_DRAW_VBO] =
		ALLOW(VIRGL_DRAW_VBO_LENGTH, VIRGL_DRAW_VBO_LENGTH_INDIRECT,
		      REFS(MAY_NAME(15, STREAM_PARAMETERS),
			   MAY_NAME(20, STREAM_PARAMETERS)),
		      CHECK(stream_check_draw)),
	[VIRGL_LAUNCH_GRID] =
		ALLOW_EXACT(8, REFS(MAY_NAME(7, STREAM_PARAMETERS))),

	/* Read. */
	[VIRGL_SET_VERTEX_BUFFERS] =
		ALLOW(0, 3 * 32, .step = 3,
		      REFS(MAY_NAME_EVERY(3, 3, STREAM_READ))),
	[VIRGL_SET_INDEX_BUFFER] =
		ALLOW(1, 3, .step = 2, REFS(MAY_NAME(1, STREAM_READ))),
	[VIRGL_SET_UNIFORM_BUFFER] =
		ALLOW_EXACT(5, REFS(MAY_NAME(5, STREAM_READ))),

	/*
	 * Write, or may. An image bound for reading counts too: what a shader
	 * that writes to it does is not defined.
	 */
	[VIRGL_SET_SHADER_BUFFERS] =
		ALLOW(2, 2 + 3 * 32, .step = 3,
		      REFS(MAY_NAME_EVERY(5, 3, STREAM_WRITE))),
	[VIRGL_SET_SHADER_IMAGES] =
		ALLOW(2, 2 + 5 * 64, .step = 5,
		      REFS(MAY_NAME_EVERY(7, 5, STREAM_WRITE))),
	[VIRGL_SET_ATOMIC_BUFFERS] =
		ALLOW(1, 1 + 3 * 32, .step = 3,
		      REFS(MAY_NAME_EVERY(4, 3, STREAM_WRITE))),
	[VIRGL_CLEAR_TEXTURE] =
		ALLOW_EXACT(12, REFS(NAMES(1, STREAM_WRITE))),
	[VIRGL_BLIT] =
		ALLOW_EXACT(21,
			    REFS(NAMES(4, STREAM_WRITE), NAMES(13, STREAM_READ))),
	[VIRGL_RESOURCE_COPY_REGION] =
		ALLOW_EXACT(13,
			    REFS(NAMES(1, STREAM_WRITE), NAMES(6, STREAM_READ))),

	/* Upload. */
	[VIRGL_RESOURCE_INLINE_WRITE] =
		ALLOW(12, VIRGL_LENGTH_MAX, REFS(NAMES(1, STREAM_UPLOAD))),
	[VIRGL_TRANSFER3D] =
		ALLOW_EXACT(13, REFS(NAMES(1, STREAM_MEMORY)),
			    CHECK(stream_check_transfer)),
	[VIRGL_COPY_TRANSFER3D] =
		ALLOW_EXACT(14,
			    REFS(NAMES(1, STREAM_UPLOAD),
				 NAMES(12, STREAM_MEMORY)),
			    CHECK(stream_check_copy_transfer)),

	/* Results. */
	[VIRGL_BEGIN_QUERY] = DENY,
	[VIRGL_END_QUERY] = DENY,
	[VIRGL_GET_QUERY_RESULT] = DENY,
	[VIRGL_GET_QUERY_RESULT_QBO] = DENY,
	[VIRGL_GET_MEMORY_INFO] = DENY,

	/* Resources are made by ioctl, where the kernel knows of them. */
	[VIRGL_PIPE_RESOURCE_CREATE] = DENY,
	[VIRGL_PIPE_RESOURCE_SET_TYPE] = DENY,

	/* Makes the host write what it does to files. */
	[VIRGL_SET_DEBUG_FLAGS] = DENY,

	/* Decodes from and encodes to resources named in ways of their own. */
	[VIRGL_CREATE_VIDEO_CODEC] = DENY,
	[VIRGL_DESTROY_VIDEO_CODEC] = DENY,
	[VIRGL_CREATE_VIDEO_BUFFER] = DENY,
	[VIRGL_DESTROY_VIDEO_BUFFER] = DENY,
	[VIRGL_BEGIN_FRAME] = DENY,
	[VIRGL_DECODE_MACROBLOCK] = DENY,
	[VIRGL_DECODE_BITSTREAM] = DENY,
	[VIRGL_ENCODE_BITSTREAM] = DENY,
	[VIRGL_END_FRAME] = DENY,
};

static const struct stream_rule stream_unknown = { .verdict = STREAM_UNKNOWN };
/* Binds or destroys an object of the context. */
static const struct stream_rule stream_object_command = ALLOW_EXACT(1);

/* Only these commands say what type of object they are about. */
static const struct stream_rule *stream_find_object_rule(u32 command,
							 u32 object)
{
	if (object >= VIRGL_OBJECTS)
		return &stream_unknown;

	switch (command) {
	case VIRGL_CREATE_OBJECT:
		return &stream_objects[object];
	case VIRGL_BIND_OBJECT:
		switch (object) {
		case VIRGL_OBJECT_BLEND:
		case VIRGL_OBJECT_RASTERIZER:
		case VIRGL_OBJECT_DSA:
		case VIRGL_OBJECT_VERTEX_ELEMENTS:
			return &stream_object_command;
		default:
			return &stream_unknown;
		}
	case VIRGL_DESTROY_OBJECT:
		return &stream_object_command;
	default:
		return &stream_unknown;
	}
}

static const struct stream_rule *stream_find_rule(u32 header)
{
	u32 command = VIRGL_HEADER_COMMAND(header);
	u32 object = VIRGL_HEADER_OBJECT(header);

	if (object)
		return stream_find_object_rule(command, object);
	if (command >= ARRAY_SIZE(stream_commands))
		return &stream_unknown;

	return &stream_commands[command];
}

/**
 * virtio_gpu_protected_stream_check() - may a stream run in a protected context
 * @stream: the commands, in memory that nobody can write to meanwhile, and from
 *	which the host will read them
 * @words: length of @stream in 32-bit words; 0 is a stream that does nothing
 * @objects: the objects that the submission holds, by ascending res_handle;
 *	numbers may repeat
 * @num_objects: how many
 *
 * Takes time linear in @words, times the logarithm of @num_objects, and no
 * memory.
 *
 * Return: 0 if it may. -EACCES if it would do what a protected context must
 * not, or names a resource that is not in @objects. -EINVAL if it is malformed
 * or contains something unknown.
 */
int virtio_gpu_protected_stream_check(const u32 *stream, size_t words,
				      const struct virtio_gpu_stream_object *objects,
				      size_t num_objects)
{
	const struct stream s = {
		.objects = objects,
		.num_objects = num_objects,
	};
	size_t at = 0;
	int ret;

	while (at < words) {
		const struct stream_rule *rule = stream_find_rule(stream[at]);
		u32 length = VIRGL_HEADER_LENGTH(stream[at]);

		if (length > words - at - 1)
			return -EINVAL;
		if (rule->verdict == STREAM_DENIED)
			return -EACCES;
		if (rule->verdict == STREAM_UNKNOWN)
			return -EINVAL;
		/* If it is less, the first difference is a large number. */
		if (length - rule->words[0] >
		    (u32)(rule->words[1] - rule->words[0]))
			return -EINVAL;
		if (rule->verdict == STREAM_CHECKED) {
			ret = stream_check_content(&s, rule, &stream[at],
						   length);
			if (ret)
				return ret;
		}

		at += 1 + (size_t)length;
	}

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(virtio_gpu_protected_stream_check);
