/* SPDX-License-Identifier: MIT */
/* R5: an object comes back to its device by its dma-buf, and is not protected any more. */
#include <fcntl.h>
#include <unistd.h>

#include "pass.h"
#include "processes.h"

/* Ordinary submissions that read what was imported; and who tries it. */
enum use { COPY_TEXTURE, BLIT_TEXTURE, SAMPLE, LOAD_IMAGE, COPY_MEMORY, COPY_BUFFER, UNIFORMS, STORAGE,
	   VERTICES, IN_SUB_CONTEXT };

static bool is_buffer(enum use use)
{
	return use == COPY_BUFFER || use == UNIFORMS || use == STORAGE || use == VERTICES;
}

static void put_use(struct stream *stream, enum use use, uint32_t to, uint32_t from)
{
	struct pass pass = { .stage = FRAGMENT, .sink = TO_SURFACE, .from = from, .to = to };

	switch (use) {
	case IN_SUB_CONTEXT:
		PUT(stream, HEADER(CREATE_SUB_CTX, 0, 1), 7, HEADER(SET_SUB_CTX, 0, 1), 7);
		/* fall through */
	case COPY_TEXTURE:
	case COPY_MEMORY:
		PUT(stream, COPY(to, from, SIDE, SIDE));
		return;
	case COPY_BUFFER:
		PUT(stream, COPY(to, from, 4096, 1));
		return;
	case BLIT_TEXTURE:
		PUT(stream, BLIT_ALL(to, from));
		return;
	case SAMPLE:
		pass.source = FROM_TEXTURE;
		break;
	case LOAD_IMAGE:
		pass.source = FROM_IMAGE;
		break;
	case UNIFORMS:
		pass.source = FROM_UNIFORMS;
		break;
	case STORAGE:
		pass.source = FROM_STORAGE;
		break;
	case VERTICES:
		pass.source = FROM_VERTICES;
		pass.stage = VERTEX;
		break;
	}
	put_pass(stream, &pass);
}

/* Has a file import the dma-buf, and read it into an object of its own. */
static void import_and_read(struct attempt *attempt, int fd, int dmabuf, enum use use)
{
	bool to_buffer = use == COPY_BUFFER;
	struct resource_info imported;
	struct stream stream = { 0 };
	struct object target;
	uint32_t handle;

	/* The file's context comes with its first object, and only then can have others. */
	if (to_buffer ? create_buffer(fd, &target, 0) : create(fd, &target, 0)) {
		broken(attempt, "no object to read into");
		return;
	}
	if (said(attempt, import(fd, dmabuf, &handle)) || said(attempt, info(fd, handle, &imported)))
		return;
	put_use(&stream, use, target.res, imported.res_handle);
	const uint32_t handles[] = { target.handle, handle };
	said(attempt, submit_list(fd, 0, stream.words, stream.count * 4, handles, ARRAY_LENGTH(handles)));
	if (to_buffer)
		look_at_buffer(attempt, fd, target.handle);
	else
		look_at_texture(attempt, fd, target.handle);
}

/* What is exported, in a scene of its own. */
static int exported(struct scene *scene, struct attempt *attempt, enum use use)
{
	uint32_t handle;

	if (!(use == COPY_MEMORY ? scene_open_memory(scene, attempt) : scene_open(scene, attempt)))
		return -1;
	handle = use == COPY_MEMORY ? scene->over_memory.handle
		 : is_buffer(use) ? scene->secret_buffer.handle : scene->secret.handle;
	return said(attempt, export(scene->fd, handle));
}

/* As long as the file has a handle, the DRM core gives that, and does not ask the driver. */
static void by_same_file(struct attempt *attempt, const struct attack *attack)
{
	struct scene s;
	int dmabuf = exported(&s, attempt, (enum use)attack->how);

	if (dmabuf < 0)
		return;
	close_handle(s.fd, s.secret.handle);
	import_and_read(attempt, s.fd, dmabuf, (enum use)attack->how);
}

static void by_another_file(struct attempt *attempt, const struct attack *attack)
{
	struct scene s;
	int dmabuf = exported(&s, attempt, (enum use)attack->how);

	if (dmabuf >= 0)
		import_and_read(attempt, open(attack->what, O_RDWR | O_CLOEXEC), dmabuf,
				(enum use)attack->how);
}

/* The dma-buf alone keeps the object, and whoever gets it need not know where it came from. */
static void after_its_file(struct attempt *attempt, const struct attack *attack)
{
	struct scene s;
	int dmabuf = exported(&s, attempt, (enum use)attack->how);

	if (dmabuf < 0)
		return;
	close(s.fd);
	import_and_read(attempt, open(attack->what, O_RDWR | O_CLOEXEC), dmabuf, (enum use)attack->how);
}

/* From file to file: exported by one that imported it. */
static void by_third_file(struct attempt *attempt, const struct attack *attack)
{
	int second = open(attack->what, O_RDWR | O_CLOEXEC), again;
	struct scene s;
	int dmabuf = exported(&s, attempt, (enum use)attack->how);
	struct object first;
	uint32_t handle;

	if (dmabuf < 0 || create(second, &first, 0) || said(attempt, import(second, dmabuf, &handle)))
		return;
	again = export(second, handle);
	if (said(attempt, again) >= 0)
		import_and_read(attempt, open(attack->what, O_RDWR | O_CLOEXEC), again,
				(enum use)attack->how);
}

static void received(struct attempt *attempt, int dmabuf, void *data)
{
	import_and_read(attempt, open_driver("virtio_gpu"), dmabuf, *(enum use *)data);
}

static void by_another_process(struct attempt *attempt, const struct attack *attack)
{
	bool (*elsewhere)(struct attempt *, int, received_function, void *) = attack->what;
	enum use use = (enum use)attack->how;
	struct scene s;
	int dmabuf = exported(&s, attempt, use);

	if (dmabuf >= 0 && !elsewhere(attempt, dmabuf, received, &use))
		broken(attempt, "no other process");
}

#define R5 "R5", "r5"
#define CARD "/dev/dri/card0"
#define RENDER_NODE "/dev/dri/renderD128"

const struct attack import_attacks[] = {
	{ R5, "same file", "a file imports what it closed, and copies it",
	  by_same_file, NULL, COPY_TEXTURE },
	{ R5, "same file, sub-context", "a file imports what it closed, and copies it in a sub-context",
	  by_same_file, NULL, IN_SUB_CONTEXT },
	{ R5, "another file, copy", "another file of the card imports a texture and copies it",
	  by_another_file, CARD, COPY_TEXTURE },
	{ R5, "another file, blit", "another file of the card imports a texture and blits it",
	  by_another_file, CARD, BLIT_TEXTURE },
	{ R5, "another file, sampler view", "another file of the card imports a texture and draws it",
	  by_another_file, CARD, SAMPLE },
	{ R5, "another file, shader image", "another file of the card imports a texture as an image",
	  by_another_file, CARD, LOAD_IMAGE },
	{ R5, "another file, restricted memory", "another file imports what is over restricted memory",
	  by_another_file, CARD, COPY_MEMORY },
	{ R5, "another file, buffer", "another file of the card imports a buffer and copies it",
	  by_another_file, CARD, COPY_BUFFER },
	{ R5, "another file, uniform buffer", "another file of the card imports a buffer for uniforms",
	  by_another_file, CARD, UNIFORMS },
	{ R5, "another file, shader buffer", "another file of the card imports a buffer for shaders",
	  by_another_file, CARD, STORAGE },
	{ R5, "another file, vertex buffer", "another file of the card imports a buffer for vertices",
	  by_another_file, CARD, VERTICES },
	{ R5, "render node", "a render node imports a texture and copies it",
	  by_another_file, RENDER_NODE, COPY_TEXTURE },
	{ R5, "after its file", "a texture whose file is closed is imported and copied",
	  after_its_file, CARD, COPY_TEXTURE },
	{ R5, "third file", "a texture is exported again by a file that imported it",
	  by_third_file, CARD, COPY_TEXTURE },
	{ R5, "fork", "a child imports the dma-buf that it inherits", by_another_process, in_child,
	  COPY_TEXTURE },
	{ R5, "SCM_RIGHTS", "a process that is sent the dma-buf imports it", by_another_process, in_receiver,
	  COPY_TEXTURE },
	{ 0 },
};
