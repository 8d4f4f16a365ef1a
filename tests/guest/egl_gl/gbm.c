/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <drm_fourcc.h>

#include "egl_gl.h"

static bool map_is_refused(struct gbm_bo *bo, uint32_t access)
{
	void *data = NULL;
	uint32_t stride;

	errno = 0;
	return !gbm_bo_map(bo, 0, 0, SIZE, SIZE, access, &stride, &data) && errno == EACCES;
}

static bool bo_protected(void)
{
	struct gbm_import_fd_data again = { .width = SIZE, .height = SIZE, .format = GBM_FORMAT_ARGB8888 };
	struct gbm_bo *bo, *imported;
	bool right;

	if (!gbm)
		return true;
	bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED);
	if (!bo)
		return note("gbm_bo_create: %s", strerror(errno)), false;
	right = map_is_refused(bo, GBM_BO_TRANSFER_READ);
	right &= map_is_refused(bo, GBM_BO_TRANSFER_WRITE);
	errno = 0;
	right &= gbm_bo_write(bo, black, sizeof(black)) < 0 && errno == EACCES;
	right &= gbm_bo_get_handle(bo).u32 != 0;
	again.fd = gbm_bo_get_fd(bo);
	again.stride = gbm_bo_get_stride(bo);
	right &= again.fd >= 0;
	imported = gbm_bo_import(gbm, GBM_BO_IMPORT_FD, &again, GBM_BO_USE_PROTECTED);
	right &= imported && map_is_refused(imported, GBM_BO_TRANSFER_READ);
	if (imported)
		gbm_bo_destroy(imported);
	imported = gbm_bo_import(gbm, GBM_BO_IMPORT_FD, &again, 0);
	right &= imported && map_is_refused(imported, GBM_BO_TRANSFER_READ);
	if (imported)
		gbm_bo_destroy(imported);
	close(again.fd);
	gbm_bo_destroy(bo);
	return right;
}

/* As a compositor asks before it tries a plane of the display. */
static bool bo_planes(void)
{
	struct gbm_import_fd_modifier_data data = {
		.width = SIZE, .height = SIZE, .format = GBM_FORMAT_NV12, .num_fds = 2, .modifier = 0 /* linear */,
	};
	struct gbm_bo *planes[2], *bo = NULL;
	bool right = true;

	if (!gbm)
		return true;
	planes[0] = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_R8, GBM_BO_USE_RENDERING);
	planes[1] = gbm_bo_create(gbm, SIZE / 2, SIZE / 2, GBM_FORMAT_GR88, GBM_BO_USE_RENDERING);
	for (int i = 0; i < 2; i++) {
		data.fds[i] = planes[i] ? gbm_bo_get_fd(planes[i]) : -1;
		data.strides[i] = planes[i] ? (int)gbm_bo_get_stride(planes[i]) : 0;
		right &= data.fds[i] >= 0;
	}
	if (right)
		bo = gbm_bo_import(gbm, GBM_BO_IMPORT_FD_MODIFIER, &data, 0);
	right = bo && gbm_bo_get_plane_count(bo) == 2 && gbm_bo_get_handle_for_plane(bo, 0).s32 > 0 &&
		gbm_bo_get_handle_for_plane(bo, 1).s32 > 0;
	if (bo)
		gbm_bo_destroy(bo);
	for (int i = 0; i < 2; i++) {
		if (data.fds[i] >= 0)
			close(data.fds[i]);
		if (planes[i])
			gbm_bo_destroy(planes[i]);
	}
	return right;
}

/* What a compositor goes by when it chooses between a 2D and an external texture. */
static bool yuv_external(void)
{
	PFNEGLQUERYDMABUFMODIFIERSEXTPROC query = (void *)eglGetProcAddress("eglQueryDmaBufModifiersEXT");
	EGLuint64KHR modifiers[8];
	EGLBoolean external[8] = { 0 };
	EGLint count = 0;
	bool right;

	right = query && query(display, GBM_FORMAT_NV12, 8, modifiers, external, &count) && count;
	for (EGLint i = 0; i < count; i++)
		right &= external[i];
	right &= query && query(display, GBM_FORMAT_XRGB8888, 8, modifiers, external, &count);
	for (EGLint i = 0; i < count; i++)
		right &= !external[i];
	return right;
}

static bool bo_ordinary(void)
{
	struct gbm_import_fd_data again = { .width = SIZE, .height = SIZE, .format = GBM_FORMAT_ARGB8888 };
	struct gbm_bo *bo;
	uint32_t stride;
	void *data = NULL, *map;
	bool right;

	if (!gbm)
		return true;
	bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_RENDERING);
	map = gbm_bo_map(bo, 0, 0, SIZE, SIZE, GBM_BO_TRANSFER_READ, &stride, &data);
	right = map;
	if (map)
		gbm_bo_unmap(bo, data);
	again.fd = gbm_bo_get_fd(bo);
	again.stride = gbm_bo_get_stride(bo);
	errno = 0;
	right &= !gbm_bo_import(gbm, GBM_BO_IMPORT_FD, &again, GBM_BO_USE_PROTECTED) && errno == EACCES;
	close(again.fd);
	gbm_bo_destroy(bo);
	errno = 0;
	right &= !gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, GBM_BO_USE_WRITE | GBM_BO_USE_PROTECTED) &&
		 errno == EINVAL;
	errno = 0;
	right &= !gbm_bo_create(gbm, 64, 64, GBM_FORMAT_ARGB8888,
				GBM_BO_USE_CURSOR | GBM_BO_USE_WRITE | GBM_BO_USE_PROTECTED) && errno == EINVAL;
	return right;
}

/* Every other way to a buffer that the flag can be given to. */
static bool bo_other_ways(void)
{
	const uint32_t usage = GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED;
	bool right;

	if (!gbm)
		return true;
	right = gbm_device_is_format_supported(gbm, GBM_FORMAT_ARGB8888, usage) &&
		!gbm_device_is_format_supported(gbm, GBM_FORMAT_ARGB8888, usage | GBM_BO_USE_WRITE);
	for (int is_protected = 0; is_protected < 2; is_protected++) {
		struct gbm_bo *bo = gbm_bo_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888,
						  is_protected ? usage : GBM_BO_USE_RENDERING);
		struct gbm_import_fd_modifier_data planes = {
			.width = SIZE, .height = SIZE, .format = GBM_FORMAT_ARGB8888, .num_fds = 1,
			.fds = { gbm_bo_get_fd_for_plane(bo, 0) }, .strides = { gbm_bo_get_stride(bo) },
			.modifier = DRM_FORMAT_MOD_LINEAR,
		};
		EGLImageKHR image = import(planes.fds[0], planes.strides[0], is_protected);
		const struct {
			uint32_t type;
			void *buffer;
		} ways[] = { { GBM_BO_IMPORT_FD_MODIFIER, &planes }, { GBM_BO_IMPORT_EGL_IMAGE, image } };

		right &= planes.fds[0] >= 0 && image && gbm_bo_get_handle_for_plane(bo, 0).u32 != 0;
		for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
			struct gbm_bo *again;

			errno = 0;
			again = gbm_bo_import(gbm, ways[i].type, ways[i].buffer, usage);
			if (!is_protected) {
				right &= !again && errno == EACCES;
			} else if (!again || !map_is_refused(again, GBM_BO_TRANSFER_READ)) {
				note("way %u: %s", i, strerror(errno));
				right = false;
			}
			if (again)
				gbm_bo_destroy(again);
		}
		destroy_image(display, image);
		close(planes.fds[0]);
		gbm_bo_destroy(bo);
	}
	return right;
}

/* A surface is told at once of what no buffer of it could be. */
static bool surface_usage(void)
{
	const uint32_t usage = GBM_BO_USE_RENDERING | GBM_BO_USE_PROTECTED;
	const uint64_t linear = DRM_FORMAT_MOD_LINEAR;
	struct gbm_surface *surface = gbm_surface_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, usage);
	bool right = surface;

	if (surface)
		gbm_surface_destroy(surface);
	errno = 0;
	right &= !gbm_surface_create(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, usage | GBM_BO_USE_WRITE) &&
		 errno == EINVAL;
	errno = 0;
	right &= !gbm_surface_create_with_modifiers2(gbm, SIZE, SIZE, GBM_FORMAT_ARGB8888, &linear, 1,
						     usage | GBM_BO_USE_WRITE) &&
		 errno == EINVAL;
	return right;
}

/* GBM knows nothing of who may access an image, but does not open one either. */
static bool bo_of_inaccessible(void)
{
	EGLImageKHR closed, again;
	struct gbm_bo *bo;
	bool right;

	use(secure);
	closed = image_of_texture(secure, texture(true), EGL_FALSE);
	glFinish();
	bo = gbm_bo_import(gbm, GBM_BO_IMPORT_EGL_IMAGE, closed, GBM_BO_USE_RENDERING);
	if (!bo)
		return note("gbm_bo_import: %s", strerror(errno)), false;
	again = create_image(display, EGL_NO_CONTEXT, EGL_NATIVE_PIXMAP_KHR, bo,
			     (const EGLint[]){ EGL_PROTECTED_CONTENT_EXT, EGL_TRUE, EGL_NONE });
	right = again && inaccessible(again);
	destroy_image(display, again);
	destroy_image(display, closed);
	gbm_bo_destroy(bo);
	return right;
}

const struct test gbm_tests[] = {
	{ ON_GBM, bo_protected, "a protected GBM buffer is exported and imported, but not mapped" },
	{ ON_GBM, bo_planes, "a GBM buffer of YUV has a handle for each plane" },
	{ ON_BOTH, yuv_external, "YUV is for external textures only, and RGB is not" },
	{ ON_GBM, bo_ordinary, "an ordinary GBM buffer is mapped, and not imported as a protected one" },
	{ ON_GBM, bo_other_ways, "so it is for every way to import a buffer, or to ask for it" },
	{ ON_GBM, surface_usage, "a GBM surface is not both protected and for the CPU to write" },
	{ ON_GBM, bo_of_inaccessible, "an image of a GBM buffer of an image with EGL_FALSE is of no use either" },
	{ 0 },
};
