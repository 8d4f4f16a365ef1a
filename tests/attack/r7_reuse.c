/* SPDX-License-Identifier: MIT */
/*
 * R7: storage of an object that is gone is in a new one, with what was in it. All that is done is
 * allowed, and there must be nothing to see.
 */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pass.h"

#define PROTECTED PROTECTED_OBJECT

/* What is given back is not free at once: some of as many new objects get it. */
#define NEW 16

static int create_buffer_like(int fd, struct object *object)
{
	return create_on(fd, object, 0, 0, BUFFER, R8, SAMPLER, 4096, 1, 4096);
}

static void look_at_new(struct attempt *attempt, int fd, bool buffers)
{
	for (int i = 0; i < NEW; i++) {
		struct object object;

		if (buffers ? create_buffer_like(fd, &object) : create(fd, &object, 0)) {
			broken(attempt, "no new object");
			return;
		}
		if (buffers)
			look_at_buffer(attempt, fd, object.handle);
		else
			look_at_texture(attempt, fd, object.handle);
	}
}

/* Draws what is in new textures to another. */
static void draw_new(struct attempt *attempt, int fd, struct object target)
{
	for (int i = 0; i < NEW; i++) {
		struct pass pass = { .source = FROM_TEXTURE, .sink = TO_SURFACE, .stage = FRAGMENT,
				     .to = target.res };
		struct stream stream = { 0 };
		struct object object;

		if (create(fd, &object, 0)) {
			broken(attempt, "no new object");
			return;
		}
		pass.from = object.res;
		put_pass(&stream, &pass);
		const uint32_t handles[] = { target.handle, object.handle };
		said(attempt, submit_list(fd, 0, stream.words, stream.count * 4, handles, 2));
		look_at_texture(attempt, fd, target.handle);
	}
}

enum end { CLOSED_TEXTURE, CLOSED_BUFFER, CLOSED_IN_FLIGHT, DRAWN, CLOSED_FILE, CLOSED_DMABUF,
	   READ_BY_RENDER_NODE };

static void reuse(struct attempt *attempt, const struct attack *attack)
{
	int fd, dmabuf = -1;
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	fd = s.fd;
	switch ((enum end)attack->how) {
	case CLOSED_BUFFER:
		close_handle(s.fd, s.secret_buffer.handle);
		break;
	case CLOSED_IN_FLIGHT:
		said(attempt, SUBMIT(&s, VIRTGPU_EXECBUF_PROTECTED, HEADER(COPY_REGION, 0, 13),
				     s.secret.res, 0, 0, 0, 0, s.secret.res, 0, 0, SIDE / 2, 0,
				     SIDE, SIDE / 2, 1));
		close_handle(s.fd, s.secret.handle);
		break;
	case CLOSED_FILE:
		fd = open_driver("virtio_gpu");
		close(s.fd);
		break;
	case CLOSED_DMABUF:
		dmabuf = export(s.fd, s.secret.handle);
		close_handle(s.fd, s.secret.handle);
		close(dmabuf);
		break;
	case READ_BY_RENDER_NODE:
		fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
		close_handle(s.fd, s.secret.handle);
		break;
	case CLOSED_TEXTURE:
	case DRAWN:
		close_handle(s.fd, s.secret.handle);
		break;
	}
	if (attack->how == DRAWN)
		draw_new(attempt, fd, s.ordinary);
	else
		look_at_new(attempt, fd, attack->how == CLOSED_BUFFER);
}

/* Another process had it, and is gone. */
static void reuse_of_process(struct attempt *attempt, const struct attack *attack)
{
	pid_t child = fork();
	int status = -1;

	(void)attack;
	if (child == 0) {
		struct scene s;

		_exit(!scene_open(&s, attempt));
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || status) {
		broken(attempt, "no other process");
		return;
	}
	look_at_new(attempt, open_driver("virtio_gpu"), false);
}

#define R7 "R7", "r7"

const struct attack reuse_attacks[] = {
	{ R7, "texture", "a new texture has what was in a closed one", reuse, NULL, CLOSED_TEXTURE, true },
	{ R7, "buffer", "a new buffer has what was in a closed one", reuse, NULL, CLOSED_BUFFER, true },
	{ R7, "closed in flight", "a texture is closed while the device works on it, and used again",
	  reuse, NULL, CLOSED_IN_FLIGHT, true },
	{ R7, "drawn", "a new texture is drawn, and not transferred, so nothing fills it before",
	  reuse, NULL, DRAWN, true },
	{ R7, "file", "a new texture has what was in one whose file is closed",
	  reuse, NULL, CLOSED_FILE, true },
	{ R7, "dma-buf", "a new texture has what was in one that only a dma-buf kept",
	  reuse, NULL, CLOSED_DMABUF, true },
	{ R7, "render node", "a render node's new texture has what was in one of the card's",
	  reuse, NULL, READ_BY_RENDER_NODE, true },
	{ R7, "process", "a new texture has what was in that of a process that is gone",
	  reuse_of_process, NULL, 0, true },
	{ 0 },
};
