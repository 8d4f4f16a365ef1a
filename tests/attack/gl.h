/* SPDX-License-Identifier: MIT */
/* Attacks through OpenGL, by an unmodified Mesa on top of hook.c. */
#ifndef ATTACK_GL_H
#define ATTACK_GL_H

#define GL_GLEXT_PROTOTYPES
#include <GL/glcorearb.h>

#include "hook.h"

extern const struct attack gl_copy_attacks[], gl_draw_attacks[], gl_store_attacks[], gl_query_attacks[];

/*
 * A way for the content to get out. It is given a current context of OpenGL 4.3; what it leaves in
 * ordinary objects is looked at when it returns.
 */
typedef void (*gl_route)(struct attempt *attempt, unsigned long how);

/* For tables of attacks: what is the route. Mesa's submissions are ordinary, or protected ones. */
void gl_ordinary(struct attempt *attempt, const struct attack *attack);
void gl_protected(struct attempt *attempt, const struct attack *attack);

/* Loads Mesa, which takes long, once for all attempts. */
void gl_load(void);

#define ORDINARY(name, leak, ...) { "R2", "r2", "GL: " name, leak, gl_ordinary, __VA_ARGS__ }
#define PROTECTED(name, leak, ...) { "R3", "r3", "GL: " name, leak, gl_protected, __VA_ARGS__ }
#define RESULT(name, leak, ...) { "R4", "r4", "GL: " name, leak, gl_protected, __VA_ARGS__ }
/* The same route is open in an ordinary context if it has the object, and in a protected one if that
 * may write to an ordinary object: that is two attacks, on two rules. */
#define BOTH(name, leak, ...) ORDINARY(name, leak, __VA_ARGS__), PROTECTED(name, leak, __VA_ARGS__)

/* Textures of SIDE by SIDE, and as many layers where there are layers; bound to target. */
enum { LAYERS = 4, CUBE_LAYERS = 6, SAMPLES = 4 };
/* Its level 0 is full of the key. */
GLuint secret_texture(struct attempt *attempt, GLenum target, GLenum format, GLsizei levels);
/* The same over a TEE's memory, from which transfers can be: 2D, RGBA8. */
GLuint secret_memory(struct attempt *attempt);
GLuint ordinary_texture(GLenum target, GLenum format, GLsizei levels);

/* Buffers of a page. words NULL: all the key. */
enum { BUFFER_SIZE = 4096 };
GLuint secret_buffer(struct attempt *attempt, const uint32_t *words, size_t count);
GLuint ordinary_buffer(void);

/* Binds a framebuffer with the texture (a layer of it, where it has layers). */
void read_from(GLuint texture, GLenum attachment);
void draw_to(GLuint texture, GLenum attachment);
/* An ordinary texture of RGBA8 to draw to. */
GLuint ordinary_target(void);
/* An ordinary renderbuffer of RGBA8, bound; and one to draw to. */
GLuint ordinary_renderbuffer(void);
void draw_to_renderbuffer(void);

/* Uses a program; no shader is needed but for a vertex shader. */
struct shaders {
	const char *vertex, *control, *evaluation, *geometry, *fragment, *compute;
	const char *captured; /* by transform feedback, before it is linked */
};
GLuint use_program(struct attempt *attempt, const struct shaders *shaders);

/* A triangle that covers everything. */
extern const char whole_vertex[];
/* Stores what a sampler2D called secret has in the pixel. */
extern const char fetch_fragment[];
void draw_whole(void);

/* In every shader, first. */
#define GLSL "#version 430\n"
/* The word that a texel of RGBA8 is. */
#define GLSL_WORD "uint word(vec4 t) { return packUnorm4x8(t.bgra); }\n"

#endif
