/* SPDX-License-Identifier: MIT */
/* A GL program draws what it reads from protected objects to something ordinary. */
#include "gl.h"

static void bind_secret(struct attempt *attempt, GLenum target, GLenum format)
{
	GLuint name = secret_texture(attempt, target, format, 1);

	glActiveTexture(GL_TEXTURE1);
	glBindTexture(target, name);
}

/* Draws all over an ordinary texture; the program has the protected one in unit 1. */
static void draw_with(struct attempt *attempt, const struct shaders *shaders)
{
	glUniform1i(glGetUniformLocation(use_program(attempt, shaders), "secret"), 1);
	if (shaders->control || shaders->evaluation) {
		glPatchParameteri(GL_PATCH_VERTICES, 3);
		glDrawArrays(GL_PATCHES, 0, 3);
	} else {
		draw_whole();
	}
}

/* ---- what is read -------------------------------------------------------------------------------- */

struct texture_kind {
	GLenum target, format, filter;
	const char *fragment;
};

#define FRAGMENT(declaration, expression) \
	GLSL declaration "\nout vec4 colour;\n" \
	"ivec2 at = ivec2(gl_FragCoord.xy);\n" \
	"void main() { colour = " expression "; }\n"
/* Of a word, or of the bits of a float. */
#define WORD_FRAGMENT(declaration, expression) \
	FRAGMENT(declaration, "unpackUnorm4x8(" expression ")")

static void draw_kind(struct attempt *attempt, unsigned long how)
{
	static const struct texture_kind kinds[] = {
		[0] = { GL_TEXTURE_2D, GL_RGBA8, 0,
			FRAGMENT("uniform sampler2D secret;", "texelFetch(secret, at, 0)") },
		[1] = { GL_TEXTURE_2D, GL_RGBA8, GL_LINEAR,
			FRAGMENT("uniform sampler2D secret;", "texture(secret, gl_FragCoord.xy / 64.0)") },
		[2] = { GL_TEXTURE_2D, GL_RGBA8, 0,
			FRAGMENT("uniform sampler2D secret;",
				 "vec4(textureGather(secret, gl_FragCoord.xy / 64.0, 0).x,"
				 "textureGather(secret, gl_FragCoord.xy / 64.0, 1).x,"
				 "textureGather(secret, gl_FragCoord.xy / 64.0, 2).x,"
				 "textureGather(secret, gl_FragCoord.xy / 64.0, 3).x)") },
		[3] = { GL_TEXTURE_1D, GL_RGBA8, 0,
			FRAGMENT("uniform sampler1D secret;", "texelFetch(secret, at.x, 0)") },
		[4] = { GL_TEXTURE_1D_ARRAY, GL_RGBA8, 0,
			FRAGMENT("uniform sampler1DArray secret;", "texelFetch(secret, ivec2(at.x, 1), 0)") },
		[5] = { GL_TEXTURE_2D_ARRAY, GL_RGBA8, 0,
			FRAGMENT("uniform sampler2DArray secret;", "texelFetch(secret, ivec3(at, 2), 0)") },
		[6] = { GL_TEXTURE_3D, GL_RGBA8, 0,
			FRAGMENT("uniform sampler3D secret;", "texelFetch(secret, ivec3(at, 2), 0)") },
		[7] = { GL_TEXTURE_CUBE_MAP, GL_RGBA8, 0,
			FRAGMENT("uniform samplerCube secret;", "texture(secret, vec3(gl_FragCoord.xy, -64.0))") },
		[8] = { GL_TEXTURE_CUBE_MAP_ARRAY, GL_RGBA8, 0,
			FRAGMENT("uniform samplerCubeArray secret;",
				 "texture(secret, vec4(gl_FragCoord.xy, -64.0, 0.0))") },
		[9] = { GL_TEXTURE_RECTANGLE, GL_RGBA8, 0,
			FRAGMENT("uniform sampler2DRect secret;", "texelFetch(secret, at)") },
		[10] = { GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, 0,
			 FRAGMENT("uniform sampler2DMS secret;", "texelFetch(secret, at, 1)") },
		[11] = { GL_TEXTURE_2D, GL_R32UI, 0,
			 WORD_FRAGMENT("uniform usampler2D secret;", "texelFetch(secret, at, 0).r") },
		[12] = { GL_TEXTURE_2D, GL_R32I, 0,
			 WORD_FRAGMENT("uniform isampler2D secret;", "uint(texelFetch(secret, at, 0).r)") },
		[13] = { GL_TEXTURE_2D, GL_RG16, 0,
			 WORD_FRAGMENT("uniform sampler2D secret;", "packUnorm2x16(texelFetch(secret, at, 0).rg)") },
		[14] = { GL_TEXTURE_2D, GL_DEPTH_COMPONENT32F, 0,
			 WORD_FRAGMENT("uniform sampler2D secret;",
				       "floatBitsToUint(texelFetch(secret, at, 0).r)") },
		[15] = { GL_TEXTURE_2D, GL_DEPTH24_STENCIL8, 0,
			 FRAGMENT("uniform usampler2D secret;", "vec4(texelFetch(secret, at, 0).r) / 255.0") },
	};
	const struct texture_kind *kind = &kinds[how];

	bind_secret(attempt, kind->target, kind->format);
	if (kind->filter)
		glTexParameteri(kind->target, GL_TEXTURE_MAG_FILTER, (GLint)kind->filter);
	if (kind->format == GL_DEPTH24_STENCIL8) {
		glTexParameteri(kind->target, GL_DEPTH_STENCIL_TEXTURE_MODE, GL_STENCIL_INDEX);
		attempt->key = (attempt->key & 0xff) * 0x01010101u;
	}
	glActiveTexture(GL_TEXTURE0);
	ordinary_target();
	draw_with(attempt, &(struct shaders){ whole_vertex, .fragment = kind->fragment });
}

/* A view is another object with the same storage. */
static void draw_view(struct attempt *attempt, unsigned long how)
{
	GLuint secret = secret_texture(attempt, GL_TEXTURE_2D, GL_RGBA8, 1), view;

	(void)how;
	glGenTextures(1, &view);
	glTextureView(view, GL_TEXTURE_2D, secret, GL_R32UI, 0, 1, 0, 1);
	glActiveTexture(GL_TEXTURE1);
	glBindTexture(GL_TEXTURE_2D, view);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glActiveTexture(GL_TEXTURE0);
	ordinary_target();
	draw_with(attempt, &(struct shaders){ whole_vertex, .fragment = WORD_FRAGMENT(
		"uniform usampler2D secret;", "texelFetch(secret, at, 0).r") });
}

enum buffer { AS_TEXTURE, AS_UNIFORMS, AS_VERTICES, AS_STORAGE };

static void draw_buffer(struct attempt *attempt, unsigned long how)
{
	static const char *const fragments[] = {
		[AS_TEXTURE] = WORD_FRAGMENT("uniform usamplerBuffer secret;", "texelFetch(secret, at.x).r"),
		[AS_UNIFORMS] = WORD_FRAGMENT("layout(binding = 0) uniform block { uvec4 words[4]; };",
					      "words[at.x & 3].x"),
		[AS_VERTICES] = WORD_FRAGMENT("flat in uint value;", "value"),
		[AS_STORAGE] = WORD_FRAGMENT("layout(binding = 0) readonly buffer block { uint words[]; };",
					     "words[at.x]"),
	};
	GLuint buffer = secret_buffer(attempt, NULL, 0), name;
	const char *vertex = whole_vertex;

	switch (how) {
	case AS_TEXTURE:
		glGenTextures(1, &name);
		glActiveTexture(GL_TEXTURE1);
		glBindTexture(GL_TEXTURE_BUFFER, name);
		glTexBuffer(GL_TEXTURE_BUFFER, GL_R32UI, buffer);
		glActiveTexture(GL_TEXTURE0);
		break;
	case AS_UNIFORMS:
		glBindBufferBase(GL_UNIFORM_BUFFER, 0, buffer);
		break;
	case AS_VERTICES:
		glBindBuffer(GL_ARRAY_BUFFER, buffer);
		glVertexAttribIPointer(0, 1, GL_UNSIGNED_INT, 4, NULL);
		glEnableVertexAttribArray(0);
		vertex = GLSL "layout(location = 0) in uint content;\nflat out uint value;\n"
			 "void main() { value = content; gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0,"
			 " gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }\n";
		break;
	default:
		glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, buffer);
	}
	ordinary_target();
	draw_with(attempt, &(struct shaders){ vertex, .fragment = fragments[how] });
}

/* ---- which stage reads --------------------------------------------------------------------------- */

#define VALUE_FRAGMENT GLSL "flat in vec4 value;\nout vec4 colour;\nvoid main() { colour = value; }\n"
#define PLACE "vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0)"
#define FETCH "texelFetch(secret, ivec2(5, 5), 0)"

enum stage { IN_VERTEX, IN_CONTROL, IN_EVALUATION, IN_GEOMETRY };

static void draw_in_stage(struct attempt *attempt, unsigned long how)
{
	static const char control[] = GLSL
		"layout(vertices = 3) out;\n"
		"void main() { gl_out[gl_InvocationID].gl_Position = gl_in[gl_InvocationID].gl_Position;\n"
		"gl_TessLevelOuter[0] = gl_TessLevelOuter[1] = gl_TessLevelOuter[2] = gl_TessLevelInner[0] = 1.0; }\n";
	static const struct shaders stages[] = {
		[IN_VERTEX] = { GLSL "uniform sampler2D secret;\nflat out vec4 value;\n"
				"void main() { value = " FETCH "; gl_Position = " PLACE "; }\n",
				.fragment = VALUE_FRAGMENT },
		[IN_CONTROL] = { whole_vertex,
			.control = GLSL "layout(vertices = 3) out;\nuniform sampler2D secret;\npatch out vec4 value;\n"
				"void main() { value = " FETCH ";\n"
				"gl_out[gl_InvocationID].gl_Position = gl_in[gl_InvocationID].gl_Position;\n"
				"gl_TessLevelOuter[0] = gl_TessLevelOuter[1] = gl_TessLevelOuter[2] ="
				" gl_TessLevelInner[0] = 1.0; }\n",
			.evaluation = GLSL "layout(triangles) in;\npatch in vec4 value;\nout vec4 passed;\n"
				"void main() { passed = value; gl_Position = gl_in[0].gl_Position * gl_TessCoord.x"
				" + gl_in[1].gl_Position * gl_TessCoord.y + gl_in[2].gl_Position * gl_TessCoord.z; }\n",
			.fragment = GLSL "in vec4 passed;\nout vec4 colour;\nvoid main() { colour = passed; }\n" },
		[IN_EVALUATION] = { whole_vertex, .control = control,
			.evaluation = GLSL "layout(triangles) in;\nuniform sampler2D secret;\nflat out vec4 value;\n"
				"void main() { value = " FETCH "; gl_Position = gl_in[0].gl_Position * gl_TessCoord.x"
				" + gl_in[1].gl_Position * gl_TessCoord.y + gl_in[2].gl_Position * gl_TessCoord.z; }\n",
			.fragment = VALUE_FRAGMENT },
		[IN_GEOMETRY] = { whole_vertex,
			.geometry = GLSL "layout(triangles) in;\nlayout(triangle_strip, max_vertices = 3) out;\n"
				"uniform sampler2D secret;\nflat out vec4 value;\n"
				"void main() { for (int i = 0; i < 3; i++) { value = " FETCH ";"
				" gl_Position = gl_in[i].gl_Position; EmitVertex(); } }\n",
			.fragment = VALUE_FRAGMENT },
	};

	bind_secret(attempt, GL_TEXTURE_2D, GL_RGBA8);
	glActiveTexture(GL_TEXTURE0);
	ordinary_target();
	draw_with(attempt, &stages[how]);
}

/* ---- what is drawn to ---------------------------------------------------------------------------- */

enum target { SECOND_TARGET, DEPTH, LAYER, FACE, SLICE, LEVEL, RENDERBUFFER, RESOLVED, WORDS, VIEWED, BLENDED };

static void draw_to_kind(struct attempt *attempt, unsigned long how)
{
	static const GLenum both[] = { GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1 };
	const char *fragment = fetch_fragment;
	GLuint name, view, own;

	own = secret_texture(attempt, GL_TEXTURE_2D, GL_RGBA8, 1);
	bind_secret(attempt, GL_TEXTURE_2D, how == DEPTH ? GL_DEPTH_COMPONENT32F : GL_RGBA8);
	glActiveTexture(GL_TEXTURE0);
	switch ((enum target)how) {
	case SECOND_TARGET:
		draw_to(own, GL_COLOR_ATTACHMENT0);
		glFramebufferTexture(GL_DRAW_FRAMEBUFFER, GL_COLOR_ATTACHMENT1,
				     ordinary_texture(GL_TEXTURE_2D, GL_RGBA8, 1), 0);
		glDrawBuffers(2, both);
		fragment = GLSL "uniform sampler2D secret;\nlayout(location = 0) out vec4 own;\n"
			   "layout(location = 1) out vec4 ordinary;\n"
			   "void main() { own = ordinary = texelFetch(secret, ivec2(gl_FragCoord.xy), 0); }\n";
		break;
	case DEPTH:
		draw_to(ordinary_texture(GL_TEXTURE_2D, GL_DEPTH_COMPONENT32F, 1), GL_DEPTH_ATTACHMENT);
		glEnable(GL_DEPTH_TEST);
		glDepthFunc(GL_ALWAYS);
		fragment = GLSL "uniform sampler2D secret;\n"
			   "void main() { gl_FragDepth = texelFetch(secret, ivec2(gl_FragCoord.xy), 0).r; }\n";
		break;
	case LAYER:
		name = ordinary_texture(GL_TEXTURE_2D_ARRAY, GL_RGBA8, 1);
		draw_to(name, GL_COLOR_ATTACHMENT0);
		glFramebufferTextureLayer(GL_DRAW_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, name, 0, 3);
		break;
	case FACE:
		name = ordinary_texture(GL_TEXTURE_CUBE_MAP, GL_RGBA8, 1);
		draw_to(name, GL_COLOR_ATTACHMENT0);
		glFramebufferTexture2D(GL_DRAW_FRAMEBUFFER, GL_COLOR_ATTACHMENT0,
				       GL_TEXTURE_CUBE_MAP_NEGATIVE_Z, name, 0);
		break;
	case SLICE:
		name = ordinary_texture(GL_TEXTURE_3D, GL_RGBA8, 1);
		draw_to(name, GL_COLOR_ATTACHMENT0);
		glFramebufferTextureLayer(GL_DRAW_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, name, 0, 3);
		break;
	case LEVEL:
		name = ordinary_texture(GL_TEXTURE_2D, GL_RGBA8, 3);
		draw_to(name, GL_COLOR_ATTACHMENT0);
		glFramebufferTexture(GL_DRAW_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, name, 2);
		break;
	case RENDERBUFFER:
		draw_to_renderbuffer();
		break;
	case RESOLVED:
		name = ordinary_texture(GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, 1);
		draw_to(name, GL_COLOR_ATTACHMENT0);
		break;
	case WORDS:
		draw_to(ordinary_texture(GL_TEXTURE_2D, GL_R32UI, 1), GL_COLOR_ATTACHMENT0);
		fragment = GLSL GLSL_WORD "uniform sampler2D secret;\nout uint colour;\n"
			   "void main() { colour = word(texelFetch(secret, ivec2(gl_FragCoord.xy), 0)); }\n";
		break;
	case VIEWED:
		name = ordinary_texture(GL_TEXTURE_2D, GL_RGBA8UI, 1);
		glGenTextures(1, &view);
		glTextureView(view, GL_TEXTURE_2D, name, GL_RGBA8, 0, 1, 0, 1);
		draw_to(view, GL_COLOR_ATTACHMENT0);
		break;
	case BLENDED:
		ordinary_target();
		glClearColor(0, 0, 0, 0);
		glClear(GL_COLOR_BUFFER_BIT);
		glEnable(GL_BLEND);
		glBlendFunc(GL_ONE, GL_ONE);
		break;
	}
	draw_with(attempt, &(struct shaders){ whole_vertex, .fragment = fragment });
	if (how == RESOLVED) {
		/* The samples cannot be transferred, but this can. */
		read_from(name, GL_COLOR_ATTACHMENT0);
		ordinary_target();
		glBlitFramebuffer(0, 0, SIDE, SIDE, 0, 0, SIDE, SIDE, GL_COLOR_BUFFER_BIT, GL_NEAREST);
	}
}

/* Which of the layers is drawn to is up to the geometry shader. */
static void draw_to_chosen_layer(struct attempt *attempt, unsigned long how)
{
	(void)how;
	bind_secret(attempt, GL_TEXTURE_2D, GL_RGBA8);
	glActiveTexture(GL_TEXTURE0);
	draw_to(ordinary_texture(GL_TEXTURE_2D_ARRAY, GL_RGBA8, 1), GL_COLOR_ATTACHMENT0);
	draw_with(attempt, &(struct shaders){ whole_vertex,
		.geometry = GLSL "layout(triangles) in;\nlayout(triangle_strip, max_vertices = 3) out;\n"
			"void main() { for (int i = 0; i < 3; i++) { gl_Layer = 1;"
			" gl_Position = gl_in[i].gl_Position; EmitVertex(); } }\n",
		.fragment = fetch_fragment });
}

const struct attack gl_draw_attacks[] = {
	BOTH("draw, texelFetch", "a program draws what it fetches from a protected texture", draw_kind, 0),
	ORDINARY("draw, filtered", "a program draws what it samples with a filter", draw_kind, 1),
	ORDINARY("draw, textureGather", "a program draws what textureGather returns", draw_kind, 2),
	ORDINARY("draw from a 1D texture", "a protected line is drawn", draw_kind, 3),
	ORDINARY("draw from a 1D array", "a layer of protected lines is drawn", draw_kind, 4),
	ORDINARY("draw from an array", "a layer of a protected array is drawn", draw_kind, 5),
	ORDINARY("draw from a volume", "a slice of a protected volume is drawn", draw_kind, 6),
	ORDINARY("draw from a cube", "a face of a protected cube is drawn", draw_kind, 7),
	ORDINARY("draw from a cube array", "a face of a protected array of cubes is drawn", draw_kind, 8),
	ORDINARY("draw from a rectangle", "a protected rectangle texture is drawn", draw_kind, 9),
	ORDINARY("draw from samples", "one sample of each protected pixel is drawn", draw_kind, 10),
	ORDINARY("draw from unsigned words", "protected unsigned integers are drawn as colours", draw_kind, 11),
	ORDINARY("draw from signed words", "protected signed integers are drawn as colours", draw_kind, 12),
	ORDINARY("draw from 16 bits", "two protected channels of 16 bits are drawn as four", draw_kind, 13),
	ORDINARY("draw from depth", "the bits of protected depth are drawn as colours", draw_kind, 14),
	ORDINARY("draw from a stencil", "a protected stencil is drawn as a colour", draw_kind, 15),
	ORDINARY("draw from a view", "a view of another format is drawn", draw_view),
	ORDINARY("draw from a texture buffer", "a protected buffer is drawn as a texture", draw_buffer, AS_TEXTURE),
	ORDINARY("draw from uniforms", "a protected buffer of uniforms is drawn", draw_buffer, AS_UNIFORMS),
	ORDINARY("draw from vertices", "a protected vertex buffer is drawn as a colour", draw_buffer, AS_VERTICES),
	ORDINARY("draw from a storage buffer", "a protected storage buffer is drawn", draw_buffer, AS_STORAGE),
	PROTECTED("draw, vertex shader", "the vertex shader reads, and passes it on", draw_in_stage, IN_VERTEX),
	PROTECTED("draw, control shader", "the tessellation control shader reads, and passes it on",
	     draw_in_stage, IN_CONTROL),
	PROTECTED("draw, evaluation shader", "the tessellation evaluation shader reads, and passes it on",
	     draw_in_stage, IN_EVALUATION),
	PROTECTED("draw, geometry shader", "the geometry shader reads, and passes it on", draw_in_stage, IN_GEOMETRY),
	PROTECTED("draw to the second target", "a protected target hides that the second is ordinary",
	     draw_to_kind, SECOND_TARGET),
	PROTECTED("draw to depth", "the program's depth is protected content", draw_to_kind, DEPTH),
	PROTECTED("draw to a layer", "a layer of an ordinary array is drawn to", draw_to_kind, LAYER),
	PROTECTED("draw to a face", "a face of an ordinary cube is drawn to", draw_to_kind, FACE),
	PROTECTED("draw to a slice", "a slice of an ordinary volume is drawn to", draw_to_kind, SLICE),
	PROTECTED("draw to a level", "a level of an ordinary texture is drawn to", draw_to_kind, LEVEL),
	PROTECTED("draw to a renderbuffer", "an ordinary renderbuffer is drawn to", draw_to_kind, RENDERBUFFER),
	PROTECTED("draw to samples", "ordinary samples are drawn to, and resolved", draw_to_kind, RESOLVED),
	PROTECTED("draw to words", "the pixel as one integer is drawn to a texture of integers", draw_to_kind, WORDS),
	PROTECTED("draw to a view", "a view of an ordinary texture is drawn to", draw_to_kind, VIEWED),
	PROTECTED("draw, blended", "protected pixels are added to ordinary ones", draw_to_kind, BLENDED),
	PROTECTED("draw to a chosen layer", "the geometry shader picks the ordinary layer", draw_to_chosen_layer),
	{ 0 },
};
