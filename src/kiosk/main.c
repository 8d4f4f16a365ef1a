/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wlr/backend.h>
#include <wlr/render/allocator.h>
#include <wlr/render/wlr_renderer.h>
#include <wlr/types/wlr_compositor.h>
#include <wlr/types/wlr_data_device.h>
#include <wlr/types/wlr_linux_dmabuf_v1.h>
#include <wlr/types/wlr_output_layout.h>
#include <wlr/types/wlr_presentation_time.h>
#include <wlr/types/wlr_scene.h>
#include <wlr/types/wlr_screencopy_v1.h>
#include <wlr/types/wlr_subcompositor.h>
#include <wlr/types/wlr_viewporter.h>
#include <wlr/types/wlr_xdg_output_v1.h>
#include <wlr/util/log.h>

#include "../cli/exit_status.h"
#include "kiosk.h"
#include "renderer.h"

enum {
	OPTION_ORDINARY = 256, /* no letter */
};

struct options {
	enum wl_output_transform transform;
	int width, height;
	bool ordinary;
	bool verbose;
	char **command; /* NULL: none */
};

static enum wl_output_transform parse_transform(struct argp_state *state, const char *name)
{
	static const char *const names[] = {
		"normal",  "90",	 "180",		"270",
		"flipped", "flipped-90", "flipped-180", "flipped-270",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0)
			return i;
	}
	argp_error(state, "no transform is called '%s'", name);
	return WL_OUTPUT_TRANSFORM_NORMAL;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;
	char rest;

	switch (key) {
	case OPTION_ORDINARY:
		options->ordinary = true;
		return 0;
	case 'm':
		if (sscanf(argument, "%dx%d%c", &options->width, &options->height, &rest) != 2 ||
		    options->width <= 0 || options->height <= 0)
			argp_error(state, "a mode is WIDTHxHEIGHT, not '%s'", argument);
		return 0;
	case 't':
		options->transform = parse_transform(state, argument);
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case ARGP_KEY_ARG:
		options->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{"ordinary", OPTION_ORDINARY, NULL, 0,
	 "Protect nothing: protected windows are black, on the screen as well", 0},
	{"mode", 'm', "WIDTHxHEIGHT", 0,
	 "The size of all screens that can have it; otherwise each is as it prefers", 0},
	{"transform", 't', "TRANSFORM", 0,
	 "How the screens are turned: 90, 180 or 270 degrees, flipped, or both (flipped-90)", 0},
	{"verbose", 'v', NULL, 0, "Print what wlroots has to say", 0},
	{0},
};

static const struct argp argp = {
	option_list,
	parse_option,
	"[CMD [ARG...]]",
	"A small Wayland compositor that shows protected windows.\v"
	"Windows stand side by side. With CMD, that runs in it, and the kiosk ends with it and its "
	"exit status; without, Alt+Escape ends it. Alt+Tab, or the signal SIGUSR1, "
	"moves the window that has the keyboard to the next screen. What wlroots reads from the environment "
	"(WLR_BACKENDS and others) works.\n\n"
	"Exit status: CMD's, or 0; 1 failure, 3 no display or GPU, 64 wrong usage.",
	NULL, NULL, NULL,
};

void kiosk_end(struct kiosk *kiosk, int status)
{
	kiosk->status = status;
	wl_display_terminate(kiosk->display);
}

static int complain(int status, const char *message)
{
	fprintf(stderr, "protex-kiosk: %s\n", message);
	return status;
}

/* ---- what wlroots makes ------------------------------------------------------------------------ */

static int create_devices(struct kiosk *kiosk, const struct options *options)
{
	struct wl_event_loop *loop = wl_display_get_event_loop(kiosk->display);

	kiosk->backend = wlr_backend_autocreate(loop, &kiosk->session);
	if (!kiosk->backend)
		return complain(STATUS_NO_DEVICE, "there is no display that may be used; "
						  "--verbose says what was tried");
	kiosk->renderer = renderer_create(wlr_backend_get_drm_fd(kiosk->backend));
	if (!kiosk->renderer)
		return complain(STATUS_NO_DEVICE, "there is no GPU that draws");
	kiosk->allocator = wlr_allocator_autocreate(kiosk->backend, kiosk->renderer);
	if (!kiosk->allocator)
		return complain(STATUS_NO_DEVICE, "no buffers can be had for the display");
	if (options->ordinary)
		/* A fullscreen window's own buffer would be shown as it is. */
		setenv("WLR_SCENE_DISABLE_DIRECT_SCANOUT", "1", 1);
	else
		kiosk->protected_allocator = renderer_create_protected_allocator(kiosk->renderer);
	return STATUS_OK;
}

static void create_scene(struct kiosk *kiosk)
{
	struct wl_display *display = kiosk->display;

	kiosk->scene = wlr_scene_create();
	kiosk->backgrounds = wlr_scene_tree_create(&kiosk->scene->tree);
	kiosk->window_tree = wlr_scene_tree_create(&kiosk->scene->tree);
	kiosk->layout = wlr_output_layout_create(display);
	kiosk->scene_layout = wlr_scene_attach_output_layout(kiosk->scene, kiosk->layout);

	wlr_compositor_create(display, 6, kiosk->renderer);
	wlr_subcompositor_create(display);
	wlr_data_device_manager_create(display);
	wlr_viewporter_create(display);
	wlr_presentation_create(display, kiosk->backend);
	wlr_renderer_init_wl_shm(kiosk->renderer, display);
	if (wlr_renderer_get_texture_formats(kiosk->renderer, WLR_BUFFER_CAP_DMABUF))
		wlr_scene_set_linux_dmabuf_v1(
			kiosk->scene,
			wlr_linux_dmabuf_v1_create_with_renderer(display, 4, kiosk->renderer));
	wlr_screencopy_manager_v1_create(display);
	wlr_xdg_output_manager_v1_create(display, kiosk->layout);
}

/* ---- the command ------------------------------------------------------------------------------- */

static pid_t run_command(char **command)
{
	pid_t pid = fork();
	sigset_t none;

	if (pid == 0) {
		/* The event loop has blocked those that it reads. */
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execvp(command[0], command);
		fprintf(stderr, "protex-kiosk: cannot run %s: %s\n", command[0], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	return pid;
}

static int on_child(int number, void *data)
{
	struct kiosk *kiosk = data;
	int status;
	pid_t pid;

	(void)number;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == kiosk->command)
			kiosk_end(kiosk, WIFEXITED(status) ? WEXITSTATUS(status)
							   : STATUS_SIGNAL + WTERMSIG(status));
	}
	return 0;
}

static int on_signal(int number, void *data)
{
	kiosk_end(data, STATUS_SIGNAL + number);
	return 0;
}

static int on_move(int number, void *data)
{
	(void)number;
	window_to_next_output(data);
	return 0;
}

/* ---- from start to end ------------------------------------------------------------------------- */

static int serve(struct kiosk *kiosk, const struct options *options)
{
	const char *socket;

	if (!wlr_backend_start(kiosk->backend))
		return complain(STATUS_NO_DEVICE, "the display does not start");
	/* Clients find the socket only now, when all of it works. */
	socket = wl_display_add_socket_auto(kiosk->display);
	if (!socket)
		return complain(STATUS_FAILED, "no socket for clients: is XDG_RUNTIME_DIR set?");
	setenv("WAYLAND_DISPLAY", socket, 1);
	if (options->command) {
		kiosk->command = run_command(options->command);
		if (kiosk->command < 0)
			return complain(STATUS_FAILED, strerror(errno));
	}
	wl_display_run(kiosk->display);
	return kiosk->status;
}

static int run(struct kiosk *kiosk, const struct options *options)
{
	static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
	struct wl_event_loop *loop = wl_display_get_event_loop(kiosk->display);
	struct wl_event_source *sources[5];
	int status;

	for (size_t i = 0; i < 3; i++)
		sources[i] = wl_event_loop_add_signal(loop, ending[i], on_signal, kiosk);
	sources[3] = wl_event_loop_add_signal(loop, SIGCHLD, on_child, kiosk);
	sources[4] = wl_event_loop_add_signal(loop, SIGUSR1, on_move, kiosk);
	status = serve(kiosk, options);
	for (size_t i = 0; i < 5; i++)
		wl_event_source_remove(sources[i]);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct kiosk kiosk = {0};
	int status;

	argp_err_exit_status = STATUS_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
	kiosk.transform = options.transform;
	kiosk.width = options.width;
	kiosk.height = options.height;
	wlr_log_init(options.verbose ? WLR_DEBUG : WLR_ERROR, NULL);

	kiosk.display = wl_display_create();
	status = create_devices(&kiosk, &options);
	if (status == STATUS_OK) {
		create_scene(&kiosk);
		output_init(&kiosk);
		window_init(&kiosk);
		seat_init(&kiosk);
		status = run(&kiosk, &options);
		wl_display_destroy_clients(kiosk.display);
		seat_finish(&kiosk);
		window_finish(&kiosk);
		output_finish(&kiosk);
	}
	/* The screens go with it, and what each has in the scene. */
	if (kiosk.backend)
		wlr_backend_destroy(kiosk.backend);
	if (kiosk.scene)
		wlr_scene_node_destroy(&kiosk.scene->tree.node);
	if (kiosk.protected_allocator)
		wlr_allocator_destroy(kiosk.protected_allocator);
	if (kiosk.allocator)
		wlr_allocator_destroy(kiosk.allocator);
	if (kiosk.renderer)
		wlr_renderer_destroy(kiosk.renderer);
	wl_display_destroy(kiosk.display);
	return status;
}
