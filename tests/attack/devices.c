/* SPDX-License-Identifier: MIT */
/*
 * Protected objects by way of other files, of what is shown, and of other devices.
 *
 * vkms is a display without a display: it composes with the CPU, and can write what it composed to
 * ordinary memory.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm_mode.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include "attack.h"
#include "processes.h"

static void map_handle(struct attempt *attempt, int fd, uint32_t handle)
{
	uint64_t offset;

	if (said(attempt, map_offset(fd, handle, &offset)) == 0)
		look_at_mapping(attempt, fd, (off_t)offset, BYTES, MAP_SHARED,
				"a mapping of the device file");
}

/* ---- a name that everybody can open -------------------------------------------------------------- */

static void map_by_name(struct attempt *attempt, const struct attack *attack)
{
	struct scene scene;
	uint32_t name, handle;
	uint64_t offset;
	int second;

	if (!scene_open_memory(&scene, attempt))
		return;
	name = name_of(attempt, scene.fd, scene.over_memory.handle);
	second = open_driver("virtio_gpu");
	if (open_name(attempt, second, name, &handle))
		return;
	if (!attack->how)
		map_handle(attempt, second, handle);
	else if (said(attempt, dumb_map(second, handle, &offset)) == 0)
		look_at_mapping(attempt, second, (off_t)offset, BYTES, MAP_SHARED, "a dumb mapping");
}

/* The name is all that the other process has. */
static void map_name_received(struct attempt *attempt, int fd, void *data)
{
	uint32_t handle;

	(void)fd;
	fd = open_driver("virtio_gpu");
	if (open_name(attempt, fd, *(uint32_t *)data, &handle) == 0)
		map_handle(attempt, fd, handle);
}

static void map_by_name_elsewhere(struct attempt *attempt, const struct attack *attack)
{
	struct scene scene;
	uint32_t name;

	(void)attack;
	if (!scene_open_memory(&scene, attempt))
		return;
	name = name_of(attempt, scene.fd, scene.over_memory.handle);
	if (!in_child(attempt, scene.fd, map_name_received, &name))
		broken(attempt, "no other process");
}

/* ---- what is shown ------------------------------------------------------------------------------- */

static void map_fb(struct attempt *attempt, int fd, uint32_t fb)
{
	struct drm_mode_fb_cmd get = { .fb_id = fb };

	if (said(attempt, try_ioctl(fd, DRM_IOCTL_MODE_GETFB, &get)) == 0)
		map_handle(attempt, fd, get.handle);
}

/* Shows the object on the first display. */
static uint32_t show(struct attempt *attempt, const struct scene *scene, uint32_t *crtc, uint32_t *connector)
{
	uint32_t fb = 0;

	if (find_display(scene->fd, crtc, connector)) {
		broken(attempt, "no display");
		return 0;
	}
	if (add_fb(scene->fd, scene->over_memory.handle, SIDE, SIDE, 0, SIDE * 4, &fb) ||
	    set_crtc(scene->fd, *crtc, *connector, fb, SIDE, SIDE))
		broken(attempt, "it cannot be shown");
	return fb;
}

enum looker { NEXT_MASTER, LESSEE, BY_CRTC };

static void map_shown(struct attempt *attempt, const struct attack *attack)
{
	struct drm_mode_crtc get = { 0 };
	uint32_t crtc = 0, connector = 0, fb, objects[2], lessee;
	struct scene scene;
	int second = -1;

	if (!scene_open_memory(&scene, attempt))
		return;
	fb = show(attempt, &scene, &crtc, &connector);
	switch ((enum looker)attack->how) {
	case LESSEE:
		objects[0] = crtc;
		objects[1] = connector;
		second = drmModeCreateLease(scene.fd, objects, 2, O_CLOEXEC, &lessee);
		break;
	case NEXT_MASTER:
		second = open_driver("virtio_gpu");
		if (drmDropMaster(scene.fd) || drmSetMaster(second))
			broken(attempt, "the master does not change");
		break;
	case BY_CRTC:
		/* Nobody tells it what is shown; the display does. */
		second = open_driver("virtio_gpu");
		get.crtc_id = crtc;
		try_ioctl(second, DRM_IOCTL_MODE_GETCRTC, &get);
		fb = get.fb_id;
		close_handle(scene.fd, scene.over_memory.handle);
		break;
	}
	if (second < 0)
		broken(attempt, "no second file");
	map_fb(attempt, second, fb);
}

/* ---- vkms ---------------------------------------------------------------------------------------- */

struct display {
	int fd;
	uint32_t crtc, connector, writeback, planes[4]; /* by DRM_PLANE_TYPE_* */
	drmModeAtomicReq *request;
};

static uint32_t property(int fd, uint32_t object, uint32_t type, const char *name, uint64_t *value)
{
	drmModeObjectProperties *properties = drmModeObjectGetProperties(fd, object, type);
	uint32_t id = 0;

	for (uint32_t i = 0; properties && i < properties->count_props; i++) {
		drmModePropertyRes *found = drmModeGetProperty(fd, properties->props[i]);

		if (found && !strcmp(found->name, name)) {
			id = found->prop_id;
			if (value)
				*value = properties->prop_values[i];
		}
		drmModeFreeProperty(found);
	}
	drmModeFreeObjectProperties(properties);
	return id;
}

static bool open_display(struct display *display)
{
	drmModePlaneRes *planes;
	drmModeRes *resources;

	*display = (struct display){ .fd = open_driver("vkms") };
	if (display->fd < 0 || drmSetClientCap(display->fd, DRM_CLIENT_CAP_ATOMIC, 1) ||
	    drmSetClientCap(display->fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1))
		return false;
	resources = drmModeGetResources(display->fd);
	planes = drmModeGetPlaneResources(display->fd);
	if (!resources || !planes || !resources->count_crtcs)
		return false;
	display->crtc = resources->crtcs[0];
	for (int i = 0; i < resources->count_connectors; i++) {
		drmModeConnector *connector = drmModeGetConnector(display->fd, resources->connectors[i]);

		if (connector->connector_type == DRM_MODE_CONNECTOR_WRITEBACK)
			display->writeback = connector->connector_id;
		else
			display->connector = connector->connector_id;
		drmModeFreeConnector(connector);
	}
	for (uint32_t i = 0; i < planes->count_planes; i++) {
		uint64_t type = 0;

		property(display->fd, planes->planes[i], DRM_MODE_OBJECT_PLANE, "type", &type);
		display->planes[type & 3] = planes->planes[i];
	}
	display->request = drmModeAtomicAlloc();
	return display->request && display->writeback && display->connector;
}

static void set(struct display *display, uint32_t object, uint32_t type, const char *name, uint64_t value)
{
	drmModeAtomicAddProperty(display->request, object, property(display->fd, object, type, name, NULL),
				 value);
}

static void set_plane(struct display *display, uint32_t plane, uint32_t fb)
{
	static const char *const sizes[] = { "CRTC_W", "CRTC_H" }, *const from[] = { "SRC_W", "SRC_H" };

	set(display, plane, DRM_MODE_OBJECT_PLANE, "FB_ID", fb);
	set(display, plane, DRM_MODE_OBJECT_PLANE, "CRTC_ID", display->crtc);
	for (unsigned i = 0; i < 2; i++) {
		set(display, plane, DRM_MODE_OBJECT_PLANE, sizes[i], SIDE);
		set(display, plane, DRM_MODE_OBJECT_PLANE, from[i], SIDE << 16);
	}
}

/* An ordinary picture of vkms, in black. */
static uint32_t ordinary_picture(struct display *display, uint32_t *handle)
{
	struct drm_mode_create_dumb dumb = { .width = SIDE, .height = SIDE, .bpp = 32 };
	uint32_t fb = 0;

	try_ioctl(display->fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb);
	*handle = dumb.handle;
	add_fb(display->fd, dumb.handle, SIDE, SIDE, 0, SIDE * 4, &fb);
	return fb;
}

static bool write_back(struct display *display, uint32_t fb)
{
	drmModeModeInfo mode = {
		.clock = SIDE * SIDE * 60 / 1000, .hdisplay = SIDE, .hsync_start = SIDE, .hsync_end = SIDE,
		.htotal = SIDE, .vdisplay = SIDE, .vsync_start = SIDE, .vsync_end = SIDE, .vtotal = SIDE,
		.vrefresh = 60,
	};
	int32_t fence = -1;
	uint32_t blob = 0;
	struct pollfd wait = { .events = POLLIN };

	drmModeCreatePropertyBlob(display->fd, &mode, sizeof(mode), &blob);
	set(display, display->crtc, DRM_MODE_OBJECT_CRTC, "ACTIVE", 1);
	set(display, display->crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID", blob);
	set(display, display->connector, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID", display->crtc);
	set(display, display->writeback, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID", display->crtc);
	set(display, display->writeback, DRM_MODE_OBJECT_CONNECTOR, "WRITEBACK_FB_ID", fb);
	set(display, display->writeback, DRM_MODE_OBJECT_CONNECTOR, "WRITEBACK_OUT_FENCE_PTR",
	    (uintptr_t)&fence);
	if (drmModeAtomicCommit(display->fd, display->request, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL))
		return false;
	wait.fd = fence;
	return poll(&wait, 1, 60000) == 1;
}

static void look_at_picture(struct attempt *attempt, struct display *display, uint32_t handle)
{
	uint8_t *picture;
	uint64_t offset;

	if (dumb_map(display->fd, handle, &offset))
		return;
	picture = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, display->fd, (off_t)offset);
	if (picture == MAP_FAILED)
		return;
	/* The fourth byte is none of the picture; in the key, it is as the others. */
	for (unsigned i = 0; i < BYTES; i += 4)
		picture[i + 3] = picture[i];
	look(attempt, picture, BYTES, "what vkms wrote back");
}

static void write_back_plane(struct attempt *attempt, const struct attack *attack)
{
	uint32_t handle, black, target, target_handle, fb;
	struct display display;
	struct scene scene;
	int dmabuf;

	if (!scene_open_memory(&scene, attempt))
		return;
	if (!open_display(&display) || !display.planes[attack->how]) {
		broken(attempt, "no vkms");
		return;
	}
	dmabuf = export(scene.fd, scene.over_memory.handle);
	if (said(attempt, import(display.fd, dmabuf, &handle)) ||
	    add_fb(display.fd, handle, SIDE, SIDE, 0, SIDE * 4, &fb))
		return;
	if (attack->how != DRM_PLANE_TYPE_PRIMARY)
		set_plane(&display, display.planes[DRM_PLANE_TYPE_PRIMARY], ordinary_picture(&display, &black));
	set_plane(&display, display.planes[attack->how], fb);
	target = ordinary_picture(&display, &target_handle);
	if (!write_back(&display, target))
		broken(attempt, "vkms wrote nothing back");
	look_at_picture(attempt, &display, target_handle);
}

#define R1 "R1", "r1"
#define R5 "R5", "r5_attach"

const struct attack device_attacks[] = {
	{ R1, "flink, map", "another file opens the object by its global name, and maps it",
	  map_by_name, NULL, 0 },
	{ R1, "flink, map dumb", "another file opens the object by its name, and maps it as dumb",
	  map_by_name, NULL, 1 },
	{ R1, "flink, process", "another process opens the object by its name, and maps it", map_by_name_elsewhere },
	{ R1, "next master, GETFB", "who becomes the display's master maps what the last one shows",
	  map_shown, NULL, NEXT_MASTER },
	{ R1, "lessee, GETFB", "who is lent the display maps what is shown", map_shown, NULL, LESSEE },
	{ R1, "GETCRTC, GETFB", "who asks the display what it shows maps that, when its handle is closed",
	  map_shown, NULL, BY_CRTC },
	{ R5, "vkms, primary plane", "vkms imports the object, shows it, and writes the picture back",
	  write_back_plane, NULL, DRM_PLANE_TYPE_PRIMARY },
	{ R5, "vkms, overlay", "vkms shows it over an ordinary picture, and writes that back",
	  write_back_plane, NULL, DRM_PLANE_TYPE_OVERLAY },
	{ R5, "vkms, cursor", "vkms shows it as the cursor, and writes the picture back",
	  write_back_plane, NULL, DRM_PLANE_TYPE_CURSOR },
	{ 0 },
};
