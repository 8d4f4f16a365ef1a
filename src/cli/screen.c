/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "fail.h"
#include "screen.h"

struct screen {
	int fd;
	struct gbm_device *device;
	uint32_t connector, crtc;
	drmModeModeInfo mode;
	drmModeCrtc *before; /* what it showed */
	bool showing;
	bool flipping;
	char path[64];
};

/* A buffer's framebuffer object, kept with the buffer. */
struct framebuffer {
	int fd;
	uint32_t id;
};

static void framebuffer_destroy(struct gbm_bo *bo, void *data)
{
	struct framebuffer *fb = data;

	(void)bo;
	drmModeRmFB(fb->fd, fb->id);
	free(fb);
}

static int framebuffer_of(struct screen *s, struct gbm_bo *bo, uint32_t *id,
			  struct protex_error *error)
{
	struct framebuffer *fb = gbm_bo_get_user_data(bo);
	uint32_t handles[4] = {0}, strides[4] = {0}, offsets[4] = {0};

	if (!fb) {
		fb = calloc(1, sizeof(*fb));
		if (!fb)
			return fail(error, -ENOMEM, "out of memory");
		handles[0] = gbm_bo_get_handle(bo).u32;
		strides[0] = gbm_bo_get_stride(bo);
		offsets[0] = gbm_bo_get_offset(bo, 0);
		if (drmModeAddFB2(s->fd, gbm_bo_get_width(bo), gbm_bo_get_height(bo),
				  GBM_FORMAT_XRGB8888, handles, strides, offsets, &fb->id, 0) < 0) {
			free(fb);
			return fail(error, -errno, "%s does not scan out the buffer: %s", s->path,
				    strerror(errno));
		}
		fb->fd = s->fd;
		gbm_bo_set_user_data(bo, fb, framebuffer_destroy);
	}
	*id = fb->id;
	return 0;
}

static bool choose_mode(const drmModeConnector *connector, const char *wanted, drmModeModeInfo *mode)
{
	for (int i = 0; i < connector->count_modes; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%ux%u", connector->modes[i].hdisplay,
			 connector->modes[i].vdisplay);
		if (wanted ? strcmp(wanted, name) == 0
			   : (connector->modes[i].type & DRM_MODE_TYPE_PREFERRED) != 0) {
			*mode = connector->modes[i];
			return true;
		}
	}
	if (!wanted && connector->count_modes > 0)
		*mode = connector->modes[0];
	return !wanted && connector->count_modes > 0;
}

static uint32_t choose_crtc(int fd, const drmModeRes *resources, const drmModeConnector *connector)
{
	for (int i = 0; i < connector->count_encoders; i++) {
		drmModeEncoder *encoder = drmModeGetEncoder(fd, connector->encoders[i]);
		uint32_t possible = encoder ? encoder->possible_crtcs : 0;

		drmModeFreeEncoder(encoder);
		for (int j = 0; j < resources->count_crtcs; j++)
			if (possible & (1u << j))
				return resources->crtcs[j];
	}
	return 0;
}

/* Finds a monitor with the wanted mode. */
static int choose_output(struct screen *s, const char *mode, struct protex_error *error)
{
	drmModeRes *resources = drmModeGetResources(s->fd);
	bool connected = false, found = false;

	if (!resources)
		return fail(error, -ENODEV, "%s has no displays", s->path);
	for (int i = 0; i < resources->count_connectors && !found; i++) {
		drmModeConnector *connector = drmModeGetConnector(s->fd, resources->connectors[i]);

		if (connector && connector->connection == DRM_MODE_CONNECTED) {
			connected = true;
			s->connector = connector->connector_id;
			s->crtc = choose_crtc(s->fd, resources, connector);
			found = s->crtc != 0 && choose_mode(connector, mode, &s->mode);
		}
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	if (found)
		return 0;
	if (connected && mode)
		return fail(error, -EINVAL, "no monitor of %s has the mode %s; leave out --mode, or "
					    "see /sys/class/drm/*/modes", s->path, mode);
	return fail(error, -ENODEV, "%s has no monitor connected", s->path);
}

static int open_device(struct screen *s, const char *path, const char *mode,
		       struct protex_error *error)
{
	int ret;

	snprintf(s->path, sizeof(s->path), "%s", path);
	s->fd = open(path, O_RDWR | O_CLOEXEC);
	if (s->fd < 0)
		return fail(error, errno == ENOENT ? -ENODEV : -errno, "%s: %s%s", path,
			    strerror(errno), errno == EACCES ? "; be in group video" : "");
	ret = choose_output(s, mode, error);
	if (ret < 0) {
		close(s->fd);
		s->fd = -1;
	}
	return ret;
}

/* The first device that has a monitor. */
static int find_device(struct screen *s, const char *mode, struct protex_error *error)
{
	struct protex_error first = {0}, other;

	for (unsigned i = 0; i < 64; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/dev/dri/card%u", i);
		if (open_device(s, path, mode, first.code ? &other : &first) == 0)
			return 0;
		/* Of a device that is there, the reason is worth more. */
		if (first.code == -ENODEV && access(path, F_OK) != 0)
			first.code = 0;
	}
	if (first.code == 0)
		return fail(error, -ENODEV, "this machine has no DRM device with a monitor");
	*error = first;
	return first.code;
}

int screen_open(struct screen **out, const char *path, const char *mode, struct protex_error *error)
{
	struct screen *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return fail(error, -ENOMEM, "out of memory");
	s->fd = -1;
	ret = path ? open_device(s, path, mode, error) : find_device(s, mode, error);
	if (ret == 0 && drmSetMaster(s->fd) < 0)
		ret = fail(error, -EBUSY, "%s is in use by another program, a compositor perhaps: "
					  "stop it, or switch to a console without one", s->path);
	if (ret == 0) {
		s->before = drmModeGetCrtc(s->fd, s->crtc);
		s->device = gbm_create_device(s->fd);
		if (!s->device)
			ret = fail(error, -ENODEV, "GBM does not work on %s: is Mesa's driver for "
						   "it installed?", s->path);
	}
	if (ret < 0) {
		screen_close(s);
		return ret;
	}
	*out = s;
	return 0;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	if (s->before && s->showing) {
		if (s->before->buffer_id == 0 ||
		    drmModeSetCrtc(s->fd, s->before->crtc_id, s->before->buffer_id, s->before->x,
				   s->before->y, &s->connector, 1, &s->before->mode) < 0)
			drmModeSetCrtc(s->fd, s->crtc, 0, 0, 0, NULL, 0, NULL);
	}
	drmModeFreeCrtc(s->before);
	if (s->device)
		gbm_device_destroy(s->device);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

struct gbm_device *screen_device(const struct screen *s)
{
	return s->device;
}

const char *screen_path(const struct screen *s)
{
	return s->path;
}

uint32_t screen_width(const struct screen *s)
{
	return s->mode.hdisplay;
}

uint32_t screen_height(const struct screen *s)
{
	return s->mode.vdisplay;
}

uint32_t screen_refresh(const struct screen *s)
{
	return s->mode.vrefresh ? s->mode.vrefresh : 60;
}

int screen_fd(const struct screen *s)
{
	return s->fd;
}

bool screen_is_flipping(const struct screen *s)
{
	return s->flipping;
}

static void on_flip(int fd, unsigned sequence, unsigned seconds, unsigned microseconds, void *data)
{
	struct screen *s = data;

	(void)fd;
	(void)sequence;
	(void)seconds;
	(void)microseconds;
	s->flipping = false;
}

int screen_read_events(struct screen *s, struct protex_error *error)
{
	drmEventContext events = {.version = 2, .page_flip_handler = on_flip};

	if (drmHandleEvent(s->fd, &events) != 0)
		return fail(error, -EIO, "%s: cannot read its events: %s", s->path, strerror(errno));
	return 0;
}

int screen_show(struct screen *s, struct gbm_bo *buffer, struct protex_error *error)
{
	uint32_t fb = 0;
	int ret = framebuffer_of(s, buffer, &fb, error);

	if (ret < 0)
		return ret;
	if (!s->showing) {
		if (drmModeSetCrtc(s->fd, s->crtc, fb, 0, 0, &s->connector, 1, &s->mode) < 0)
			return fail(error, -errno, "%s does not show the first frame: %s", s->path,
				    strerror(errno));
		s->showing = true;
	}
	if (drmModePageFlip(s->fd, s->crtc, fb, DRM_MODE_PAGE_FLIP_EVENT, s) < 0)
		return fail(error, -errno, "%s does not flip: %s", s->path, strerror(errno));
	s->flipping = true;
	return 0;
}
