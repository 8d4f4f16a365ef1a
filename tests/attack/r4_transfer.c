/* SPDX-License-Identifier: MIT */
/* R4: transfers from the device to memory of the guest. */
#include <fcntl.h>

#include "pass.h"

enum copied { WHOLE, WHOLE_SYNCHRONIZED, PIXEL, SECOND_SUBMISSION };

/*
 * The host copies what it has of the one object to the memory of the other. It does so for objects
 * that have memory themselves, as those over restricted memory have.
 */
static void copy_from_host(struct attempt *attempt, const struct attack *attack)
{
	enum copied what = (enum copied)attack->how;
	uint32_t flags = FROM_HOST | (what == WHOLE_SYNCHRONIZED ? SYNCHRONIZED : 0);
	uint32_t side = what == PIXEL ? 1 : SIDE;
	struct scene s;

	if (!scene_open_memory(&s, attempt))
		return;
	if (what == SECOND_SUBMISSION)
		said(attempt, SUBMIT(&s, VIRTGPU_EXECBUF_PROTECTED, HEADER(NOP, 0, 0)));
	said(attempt, SUBMIT(&s, VIRTGPU_EXECBUF_PROTECTED,
			     COPY_TRANSFER(s.over_memory.res, s.ordinary.res, side, flags)));
	look_at_memory(attempt, s.fd, s.ordinary.handle, BYTES);
}

static void copy_storage_from_host(struct attempt *attempt, const struct attack *attack)
{
	struct scene s;

	if (!scene_open(&s, attempt))
		return;
	if (attack->how) {
		said(attempt, SUBMIT(&s, VIRTGPU_EXECBUF_PROTECTED,
				     HEADER(COPY_TRANSFER3D, 0, 14), s.secret_buffer.res, 0, 0, 0, 0,
				     0, 0, 0, 4096, 1, 1, s.buffer.res, 0, FROM_HOST));
		look_at_memory(attempt, s.fd, s.buffer.handle, 4096);
	} else {
		said(attempt, SUBMIT(&s, VIRTGPU_EXECBUF_PROTECTED,
				     COPY_TRANSFER(s.secret.res, s.ordinary.res, SIDE, FROM_HOST)));
		look_at_memory(attempt, s.fd, s.ordinary.handle, BYTES);
	}
}

enum transferred { IOCTL_TEXTURE, IOCTL_BUFFER, IOCTL_PART, STREAM_TEXTURE, STREAM_BUFFER,
		   STREAM_PART, STREAM_SUB_CONTEXT };

static int transfer_from(int fd, uint32_t handle, uint32_t width, uint32_t height)
{
	struct drm_virtgpu_3d_transfer_from_host from = {
		.bo_handle = handle, .box = { .w = width, .h = height, .d = 1 },
	};

	return try_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &from);
}

#define TRANSFER(object, width, height) \
	HEADER(TRANSFER3D, 0, 13), (object).res, 0, 0, 0, 0, 0, 0, 0, (width), (height), 1, 0, 2

/* To the memory of the object itself; what rule R1 keeps from being mapped. */
static void transfer_to_guest(struct attempt *attempt, const struct attack *attack)
{
	bool buffer = attack->how == IOCTL_BUFFER || attack->how == STREAM_BUFFER;
	struct scene s;
	int ret = 0;

	if (!scene_open(&s, attempt))
		return;
	switch ((enum transferred)attack->how) {
	case IOCTL_TEXTURE:
		ret = transfer_from(s.fd, s.secret.handle, SIDE, SIDE);
		break;
	case IOCTL_BUFFER:
		ret = transfer_from(s.fd, s.secret_buffer.handle, 4096, 1);
		break;
	case IOCTL_PART:
		ret = transfer_from(s.fd, s.secret.handle, 1, 1);
		break;
	case STREAM_TEXTURE:
		ret = SUBMIT(&s, VIRTGPU_EXECBUF_PROTECTED, TRANSFER(s.secret, SIDE, SIDE));
		break;
	case STREAM_BUFFER:
		ret = SUBMIT(&s, VIRTGPU_EXECBUF_PROTECTED, TRANSFER(s.secret_buffer, 4096, 1));
		break;
	case STREAM_PART:
		ret = SUBMIT(&s, VIRTGPU_EXECBUF_PROTECTED, TRANSFER(s.secret, 1, 1));
		break;
	case STREAM_SUB_CONTEXT:
		ret = SUBMIT(&s, VIRTGPU_EXECBUF_PROTECTED, HEADER(CREATE_SUB_CTX, 0, 1), 7,
			     HEADER(SET_SUB_CTX, 0, 1), 7, TRANSFER(s.secret, SIDE, SIDE));
		break;
	}
	if (said(attempt, ret) == 0)
		look_at_memory(attempt, s.fd, buffer ? s.secret_buffer.handle : s.secret.handle,
			       buffer ? 4096 : BYTES);
}

/* By another file, whose context gets the object with its handle. */
static void transfer_by_second_file(struct attempt *attempt, const struct attack *attack)
{
	int second = open(attack->what, O_RDWR | O_CLOEXEC), dmabuf;
	struct object first;
	struct scene s;
	uint32_t handle;

	if (!scene_open(&s, attempt))
		return;
	dmabuf = export(s.fd, s.secret.handle);
	/* Its context comes with the first object, and only then can have others. */
	if (dmabuf < 0 || second < 0 || create(second, &first, 0) || import(second, dmabuf, &handle)) {
		broken(attempt, "no second file");
		return;
	}
	if (said(attempt, transfer_from(second, handle, SIDE, SIDE)) == 0)
		look_at_memory(attempt, second, handle, BYTES);
}

#define R4 "R4", "r4"
#define R4_STORAGE "R4", "r4_storage"

const struct attack transfer_attacks[] = {
	{ R4, "copy transfer from the host", "COPY_TRANSFER3D copies to an ordinary object's memory",
	  copy_from_host, NULL, WHOLE },
	{ R4, "copy transfer from the host, synchronized",
	  "COPY_TRANSFER3D waits, and copies to an ordinary object's memory",
	  copy_from_host, NULL, WHOLE_SYNCHRONIZED },
	{ R4, "copy transfer from the host, a pixel", "COPY_TRANSFER3D copies as little as a pixel",
	  copy_from_host, NULL, PIXEL },
	{ R4, "copy transfer from the host, second submission",
	  "only a context's first submission is kept from transfers",
	  copy_from_host, NULL, SECOND_SUBMISSION },
	{ R4_STORAGE, "copy transfer from the host, storage, texture",
	  "COPY_TRANSFER3D copies a texture of the device's", copy_storage_from_host, NULL, false },
	{ R4_STORAGE, "copy transfer from the host, storage, buffer",
	  "COPY_TRANSFER3D copies a buffer of the device's", copy_storage_from_host, NULL, true },
	{ R4_STORAGE, "transfer ioctl, texture", "TRANSFER_FROM_HOST of a protected texture",
	  transfer_to_guest, NULL, IOCTL_TEXTURE },
	{ R4_STORAGE, "transfer ioctl, buffer", "TRANSFER_FROM_HOST of a protected buffer",
	  transfer_to_guest, NULL, IOCTL_BUFFER },
	{ R4_STORAGE, "transfer ioctl, a pixel", "TRANSFER_FROM_HOST of as little as a pixel",
	  transfer_to_guest, NULL, IOCTL_PART },
	{ R4_STORAGE, "transfer ioctl, second file", "TRANSFER_FROM_HOST by another file of the card",
	  transfer_by_second_file, "/dev/dri/card0", 0 },
	{ R4_STORAGE, "transfer ioctl, render node", "TRANSFER_FROM_HOST by a render node",
	  transfer_by_second_file, "/dev/dri/renderD128", 0 },
	{ R4_STORAGE, "transfer in a stream, texture", "TRANSFER3D from the host of a protected texture",
	  transfer_to_guest, NULL, STREAM_TEXTURE },
	{ R4_STORAGE, "transfer in a stream, buffer", "TRANSFER3D from the host of a protected buffer",
	  transfer_to_guest, NULL, STREAM_BUFFER },
	{ R4_STORAGE, "transfer in a stream, a pixel", "TRANSFER3D from the host of as little as a pixel",
	  transfer_to_guest, NULL, STREAM_PART },
	{ R4_STORAGE, "transfer in a stream, sub-context", "TRANSFER3D in a sub-context is not looked at",
	  transfer_to_guest, NULL, STREAM_SUB_CONTEXT },
	{ 0 },
};
