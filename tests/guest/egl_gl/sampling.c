/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <time.h>

#include "egl_gl.h"

static const struct sampler {
	const char *name;
	GLenum target, format;
	const char *declaration, *expression;
} samplers[] = {
	{ "2D", GL_TEXTURE_2D, GL_RGBA8, "sampler2D", "texture(s, vec2(0.5))" },
	{ "2D, fetched", GL_TEXTURE_2D, GL_RGBA8, "sampler2D", "texelFetch(s, ivec2(9, 9), 0)" },
	{ "2D array", GL_TEXTURE_2D_ARRAY, GL_RGBA8, "sampler2DArray", "texture(s, vec3(0.5, 0.5, 1.0))" },
	{ "3D", GL_TEXTURE_3D, GL_RGBA8, "sampler3D", "texture(s, vec3(0.5))" },
	{ "cube", GL_TEXTURE_CUBE_MAP, GL_RGBA8, "samplerCube", "texture(s, vec3(0.5, 0.1, 0.1))" },
	{ "unsigned integer", GL_TEXTURE_2D, GL_RGBA8UI, "usampler2D", "vec4(texture(s, vec2(0.5)))" },
	{ "signed integer", GL_TEXTURE_2D, GL_RGBA8I, "isampler2D", "vec4(texture(s, vec2(0.5)))" },
	{ "depth", GL_TEXTURE_2D, GL_DEPTH_COMPONENT24, "sampler2D", "texture(s, vec2(0.5))" },
	{ "multisample", GL_TEXTURE_2D_MULTISAMPLE, GL_RGBA8, "sampler2DMS", "texelFetch(s, ivec2(3, 3), 1)" },
};

static bool sample_in_unprotected(const struct sampler *s)
{
	char source[512];
	GLuint name, output;
	bool right;

	use(secure);
	name = texture_of(s->target, s->format, 1, true);
	if (s->target == GL_TEXTURE_2D && s->format == GL_RGBA8)
		fill(name, red);
	glFinish();

	use(plain);
	output = coloured(red);
	framebuffer(output, 0);
	snprintf(source, sizeof(source),
		 HEADER "precision highp %s; uniform %s s; out vec4 colour;\nvoid main() { colour = %s; }\n",
		 s->declaration, s->declaration, s->expression);
	program_of(quad, source, NULL);
	glBindTexture(s->target, name);
	draw_quad();
	draw_quad();
	right = error_is(GL_NO_ERROR) & told("protected texture in an unprotected context");
	glBindTexture(s->target, 0);
	return texture_holds(output, black) & right;
}

static bool sample_every_kind(void)
{
	bool right = true;

	for (unsigned i = 0; i < ARRAY_SIZE(samplers); i++) {
		if (!sample_in_unprotected(&samplers[i])) {
			note("%s", samplers[i].name);
			right = false;
		}
	}
	return right;
}

static bool sample_view(void)
{
	GLuint name, view, output;
	GLint value = -1;
	bool right;

	use(secure);
	name = texture(true);
	fill(name, red);
	glGenTextures(1, &view);
	texture_view(view, GL_TEXTURE_2D, name, GL_RGBA8, 0, 1, 0, 1);
	glBindTexture(GL_TEXTURE_2D, view);
	glGetTexParameteriv(GL_TEXTURE_2D, GL_TEXTURE_PROTECTED_EXT, &value);
	right = error_is(GL_NO_ERROR) & (value == GL_TRUE);
	glFinish();

	use(plain);
	output = coloured(red);
	framebuffer(output, 0);
	program_of(quad, HEADER "uniform sampler2D s; out vec4 colour;\n"
				"void main() { colour = texture(s, vec2(0.5)); }\n", NULL);
	glBindTexture(GL_TEXTURE_2D, view);
	draw_quad();
	right &= error_is(GL_NO_ERROR) & told("protected texture in an unprotected context");
	return texture_holds(output, black) & right;
}

/* The same with ordinary textures: the check can fail. */
static bool sample_ordinary(void)
{
	GLuint name, output;
	bool right;

	use(plain);
	name = coloured(red);
	output = coloured(black);
	framebuffer(output, 0);
	program_of(quad, HEADER "uniform sampler2D s; out vec4 colour;\n"
				"void main() { colour = texture(s, vec2(0.5)); }\n", NULL);
	glBindTexture(GL_TEXTURE_2D, name);
	draw_quad();
	right = error_is(GL_NO_ERROR) & told_nothing();
	return texture_holds(output, red) & right;
}

/* Without memory for what is sampled instead, nothing is; later there is some. */
static bool sample_without_memory(void)
{
	GLuint name, output;
	bool right;

	use(secure);
	name = texture_of(GL_TEXTURE_2D_ARRAY, GL_RGBA8UI, 1, true);
	glFinish();
	use(plain);
	output = coloured(red);
	framebuffer(output, 0);
	program_of(quad, HEADER "precision highp usampler2DArray; uniform usampler2DArray s; out vec4 colour;\n"
				"void main() { colour = vec4(texture(s, vec3(0.5, 0.5, 1.0))); }\n", NULL);
	glBindTexture(GL_TEXTURE_2D_ARRAY, name);
	kernel_gives_resources(false);
	draw_quad();
	kernel_gives_resources(true);
	right = error_is(GL_NO_ERROR);
	draw_quad();
	right &= error_is(GL_NO_ERROR);
	return texture_holds(output, black) & right;
}

static struct {
	EGLContext context;
	GLuint texture, target;
	pthread_t thread;
	bool began, ended;
} other;

static void *sample_elsewhere(void *unused)
{
	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, other.context);
	framebuffer(coloured(red), 0);
	program_of(quad, sample_2d, NULL);
	glBindTexture(GL_TEXTURE_2D, other.texture);
	draw_quad();
	glFinish();
	eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
	return unused;
}

static void GL_APIENTRY wait_for_other(GLenum source, GLenum type, GLuint id, GLenum severity, GLsizei length,
				       const GLchar *text, const void *user)
{
	const GLenum *awaited = user;
	struct timespec limit;

	(void)source, (void)id, (void)severity, (void)length, (void)text;
	if (type != *awaited || other.began)
		return;
	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 10;
	other.began = !pthread_create(&other.thread, NULL, sample_elsewhere, NULL);
	other.ended = other.began && !pthread_timedjoin_np(other.thread, NULL, &limit);
}

/* Whether a callback that is told of the command can wait for another thread, which makes and samples textures. */
static bool can_wait(EGLContext context, void (*command)(void), GLenum type)
{
	const EGLint attributes[] = { EGL_CONTEXT_CLIENT_VERSION, 3, EGL_NONE };

	use(secure);
	other.texture = texture(true);
	other.target = texture(true);
	glFinish();
	other.context = eglCreateContext(display, config, secure, attributes);
	other.began = other.ended = false;
	use(context);
	glDebugMessageCallback(wait_for_other, &type);
	command();
	if (other.began && !other.ended)
		pthread_join(other.thread, NULL);
	glDebugMessageCallback(NULL, NULL);
	while (glGetError())
		;
	use(plain);
	eglDestroyContext(display, other.context);
	return other.ended;
}

static void sample_other(void)
{
	framebuffer(coloured(red), 0);
	program_of(quad, sample_2d, NULL);
	glBindTexture(GL_TEXTURE_2D, other.texture);
	draw_quad();
}

static bool sample_while_told(void)
{
	return can_wait(plain, sample_other, GL_DEBUG_TYPE_UNDEFINED_BEHAVIOR);
}

static void copy_out(void)
{
	framebuffer(other.texture, 0);
	coloured(red);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
}

/* There is no blit that changes colours, and the CPU must not see what it would copy. */
static void copy_without_blit(void)
{
	void (*pixel_transfer)(GLenum, GLfloat) = (void *)eglGetProcAddress("glPixelTransferf");
	enum { RED_SCALE = 0x0d14 };

	framebuffer(other.texture, 0);
	glBindTexture(GL_TEXTURE_2D, other.target);
	pixel_transfer(RED_SCALE, 0.5);
	glCopyTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, 0, 0, SIZE, SIZE);
	pixel_transfer(RED_SCALE, 1.0);
}

static void make_mipmaps(void)
{
	glBindTexture(GL_TEXTURE_2D, other.texture);
	glGenerateMipmap(GL_TEXTURE_2D);
}

static void make_mipmaps_of_image(void)
{
	EGLImageKHR image = image_of_texture(secure, other.texture, EGL_TRUE);

	texture_of_image(image);
	glGenerateMipmap(GL_TEXTURE_2D);
	destroy_image(display, image);
}

static bool errors_while_told(void)
{
	EGLContext desktop = desktop_context(EGL_TRUE, secure);
	const struct {
		const char *name;
		EGLContext context;
		void (*command)(void);
	} commands[] = {
		{ "CopyTexSubImage2D to unprotected storage", secure, copy_out },
		{ "CopyTexSubImage2D without a blit", desktop, copy_without_blit },
		{ "GenerateMipmap in an unprotected context", plain, make_mipmaps },
		{ "GenerateMipmap of an image", secure, make_mipmaps_of_image },
	};
	bool right = true;

	for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
		if (commands[i].context &&
		    !can_wait(commands[i].context, commands[i].command, GL_DEBUG_TYPE_ERROR)) {
			note("%s: %s", commands[i].name, other.began ? "the other thread has to wait" : "there is no error");
			right = false;
		}
	}
	if (desktop)
		desktop_done(desktop);
	return right;
}

const struct test sampling_tests[] = {
	{ ON_BOTH, sample_ordinary, "an unprotected context samples what an unprotected texture holds" },
	{ ON_BOTH, sample_every_kind, "and (0, 0, 0, 1) from a protected one" },
	{ ON_BOTH, sample_view, "and from a view of one" },
	{ ON_BOTH, sample_while_told, "a debug callback that is told of it can wait for a thread that samples it too" },
	{ ON_BOTH, errors_while_told, "and so can one that is told of an error" },
	{ ON_BOTH, sample_without_memory, "without memory for what is sampled instead, nothing is" },
	{ 0 },
};
