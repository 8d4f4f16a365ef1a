/* SPDX-License-Identifier: MIT */
/* protex info: what this machine can do, and for what it cannot, why. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <protex/ta.h>

#include "command.h"
#include "config.h"
#include "drm_node.h"
#include "egl.h"
#include "json.h"

struct options {
	bool json;
};

static const struct argp_option option_table[] = {
	{"json", 'j', NULL, 0, "Print as JSON", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	(void)arg;
	switch (key) {
	case 'j':
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "it takes no arguments");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.doc = "Prints what this machine can do with protected content, and for what it cannot, why."
	       "\vThe exit status is 0 if it can play protected video, 3 if it cannot.",
};

/* A finding: "NAME: yes" or "NAME: no, because REASON", and the same in JSON, which is returned. */
static cJSON *finding(cJSON *list, const char *name, bool can, const char *detail)
{
	if (!list) {
		printf("  %-36s %s%s%s\n", name, can ? "yes" : "no", *detail ? ": " : "", detail);
		return NULL;
	}
	cJSON *json = json_object();

	json_string(json, "name", name);
	json_bool(json, "available", can);
	json_string(json, can ? "detail" : "reason", *detail ? detail : NULL);
	json_add(list, NULL, json);
	return json;
}

/* A DRM device, and whose memory it may have. */
static void drm_finding(cJSON *list, const char *name, const struct drm_node *node)
{
	cJSON *json = finding(list, name, node->can_protect, node->reason), *heaps;

	if (!json) {
		for (size_t i = 0; i < node->heap_count; i++)
			printf("    may have memory of /dev/dma_heap/%s\n", node->heaps[i]);
		return;
	}
	heaps = json_array();
	json_add(json, "heaps", heaps);
	for (size_t i = 0; i < node->heap_count; i++)
		json_string(heaps, NULL, node->heaps[i]);
}

/* Begins a group of findings: a heading, or a list in JSON. */
static cJSON *group(cJSON *json, const char *key, const char *heading)
{
	cJSON *list = NULL;

	if (json) {
		list = json_array();
		json_add(json, key, list);
	} else {
		printf("%s\n", heading);
	}
	return list;
}

static bool find_heaps(cJSON *json)
{
	static const enum protex_use uses[] = {
		PROTEX_USE_SECURE_VIDEO,
		PROTEX_USE_TRUSTED_UI,
		PROTEX_USE_SECURE_VIDEO_RECORD,
		PROTEX_USE_CRYPTO_KEY,
	};
	cJSON *list = group(json, "memory", "Protected memory, by use");
	struct protex_allocator *allocator;
	struct protex_error error;
	bool video = false;

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		bool can = protex_allocator_create(&allocator, uses[i], &error) == 0;

		finding(list, protex_use_name(uses[i]), can,
			can ? protex_allocator_name(allocator) : error.message);
		if (can)
			protex_allocator_destroy(allocator);
		if (uses[i] == PROTEX_USE_SECURE_VIDEO)
			video = can;
	}
	return video;
}

static bool find_tees(cJSON *json)
{
	static const uint8_t uuid[16] = PROTEX_TA_UUID_OCTETS;
	cJSON *list = group(json, "tees", "TEEs with the protex TA");
	bool any = false, found = false;

	for (unsigned i = 0; i < 16; i++) {
		struct protex_session *session;
		struct protex_tee_info info;
		struct protex_error error;
		struct protex_tee *tee;
		char path[16], name[64];
		bool can;
		int ret;

		snprintf(path, sizeof(path), "/dev/tee%u", i);
		ret = protex_tee_open(&tee, path, &error);
		if (ret == -ENODEV)
			continue;
		found = true;
		if (ret < 0) {
			finding(list, path, false, error.message);
			continue;
		}
		protex_tee_get_info(tee, &info);
		snprintf(name, sizeof(name), "%s (%s, id %" PRIu32 ")", path,
			 protex_tee_implementation_name(info.implementation), info.implementation);
		can = protex_session_open(&session, tee, uuid, &error) == 0;
		finding(list, name, can, can ? "" : error.message);
		if (can)
			protex_session_close(session);
		protex_tee_close(tee);
		any = any || can;
	}
	if (!found)
		finding(list, "/dev/tee0", false,
			"there is no TEE device: the kernel needs a TEE driver and the machine a "
			"TEE, or protex's emulated one (CONFIG_TEE_EMU)");
	return any;
}

/* The last device that can, or else the last there is, goes to usable: a render node if there is one,
 * since asking that disturbs no display. */
static bool find_drm(cJSON *json, char *usable, size_t usable_size)
{
	cJSON *list = group(json, "drm", "DRM devices that keep protected objects from the CPU");
	bool any = false, found = false;

	for (unsigned i = 0; i < 128; i++) {
		struct drm_node node;
		char path[32], name[80];
		int fd;

		if (i < 64)
			snprintf(path, sizeof(path), "/dev/dri/card%u", i);
		else
			snprintf(path, sizeof(path), "/dev/dri/renderD%u", i + 64);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0 && (errno == ENOENT || errno == ENODEV || errno == ENXIO))
			continue;
		found = true;
		if (fd < 0) {
			finding(list, path, false, strerror(errno));
			continue;
		}
		drm_node_query(fd, &node);
		close(fd);
		snprintf(name, sizeof(name), "%s (%s)", path, node.driver);
		drm_finding(list, name, &node);
		if (node.can_protect || !any)
			snprintf(usable, usable_size, "%s", path);
		any = any || node.can_protect;
	}
	if (!found)
		finding(list, "/dev/dri/card0", false,
			"there is no DRM device: the kernel needs a driver for the GPU");
	return any;
}

#ifdef HAVE_PLAY
static bool find_egl(cJSON *json, const char *path)
{
	cJSON *list = group(json, "egl", "EGL and OpenGL ES");
	struct egl_features features;
	struct protex_error error;
	char name[64];

	if (egl_query_features(path, &features, &error) < 0) {
		finding(list, path, false, error.message);
		return false;
	}
	finding(list, "renderer", true, features.renderer);
	for (size_t i = 0; i < features.count; i++) {
		snprintf(name, sizeof(name), "%s", features.features[i].name);
		finding(list, name, features.features[i].present,
			features.features[i].present ? "" : features.features[i].reason);
	}
	return features.can_play;
}
#endif

int command_info(int argc, char **argv)
{
	struct options options = {0};
	char device[32] = "/dev/dri/card0";
	bool memory, tee, drm, egl = false, can;
	cJSON *json = NULL;

	argp_parse(&parser, argc, argv, 0, NULL, &options);
	if (options.json) {
		json = json_object();
		json_string(json, "version", PROTEX_VERSION);
	}

	memory = find_heaps(json);
	tee = find_tees(json);
	drm = find_drm(json, device, sizeof(device));
#ifdef HAVE_PLAY
	egl = find_egl(json, device);
#else
	finding(group(json, "egl", "EGL and OpenGL ES"), "protex play", false,
		"this protex was built without it (libdrm, gbm, egl and glesv2 were missing)");
#endif

	can = memory && tee && drm && egl;
	if (json) {
		json_bool(json, "can_play", can);
		json_print_and_free(json);
	} else if (can) {
		printf("This machine can play protected video.\n");
	} else {
		printf("This machine cannot play protected video. It lacks:\n%s%s%s%s",
		       memory ? "" : "  protected memory\n",
		       tee ? "" : "  a TEE with the protex TA\n",
		       drm ? "" : "  a GPU driver that protects its objects\n",
		       egl ? "" : "  EGL with protected content\n");
	}
	return can ? STATUS_OK : STATUS_NO_DEVICE;
}
