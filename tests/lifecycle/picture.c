/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/mman.h>

#include <xf86drm.h>

#include "picture.h"

#define RED 0xff0000u

int create_picture(int fd, struct picture *picture, uint32_t flags, uint32_t memory)
{
	return create_on(fd, &picture->object, flags, memory, TEXTURE_2D, BGRA8888,
			 RENDER_TARGET | SCANOUT, PICTURE_WIDTH, PICTURE_HEIGHT, PICTURE_SIZE);
}

int draw(int fd, const struct picture *picture, uint32_t flags)
{
	return paint(fd, flags, picture->object, 1, 0, 0);
}

bool make_picture(int fd, struct picture *picture, bool protected)
{
	return !create_picture(fd, picture, protected ? PROTECTED_OBJECT : 0, 0) &&
	       !draw(fd, picture, protected ? VIRTGPU_EXECBUF_PROTECTED : 0) &&
	       !add_fb(fd, picture->object.handle, PICTURE_WIDTH, PICTURE_HEIGHT, 0,
		       PICTURE_WIDTH * 4, &picture->fb);
}

enum outcome read_back(int fd, uint32_t handle)
{
	struct drm_virtgpu_3d_transfer_from_host get = {
		.bo_handle = handle, .box = { .w = PICTURE_WIDTH, .h = PICTURE_HEIGHT, .d = 1 },
	};
	const uint32_t *pixels;
	enum outcome outcome;
	uint64_t offset;
	int got, mapped;

	got = try_ioctl(fd, DRM_IOCTL_VIRTGPU_TRANSFER_FROM_HOST, &get);
	mapped = map_offset(fd, handle, &offset);
	if (got == -EACCES && mapped == -EACCES)
		return REFUSED;
	if (mapped || wait_for(fd, handle))
		return NOTHING;
	pixels = mmap(NULL, PICTURE_SIZE, PROT_READ, MAP_SHARED, fd, offset);
	if (pixels == MAP_FAILED)
		return NOTHING;
	outcome = (pixels[PICTURE_SIZE / 8] & 0xffffff) == RED ? READ_IT : NOTHING;
	munmap((void *)pixels, PICTURE_SIZE);
	return outcome;
}

int show(int fd, uint32_t fb)
{
	uint32_t crtc, connector;
	int ret = find_display(fd, &crtc, &connector);

	return ret ? ret : set_crtc(fd, crtc, connector, fb, PICTURE_WIDTH, PICTURE_HEIGHT);
}
