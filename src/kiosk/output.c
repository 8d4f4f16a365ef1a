/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <time.h>

#include <wlr/backend.h>
#include <wlr/types/wlr_output.h>
#include <wlr/types/wlr_output_layout.h>
#include <wlr/types/wlr_scene.h>

#include "kiosk.h"

struct output {
	struct kiosk *kiosk;
	struct wlr_output *output;
	struct wlr_scene_output *scene_output;
	struct wlr_scene_rect *background;
	struct wl_list link;
	struct wl_listener frame, request_state, destroy;
};

static void on_frame(struct wl_listener *listener, void *data)
{
	struct output *output = wl_container_of(listener, output, frame);
	struct timespec now;

	(void)data;
	wlr_scene_output_commit(output->scene_output, NULL);
	clock_gettime(CLOCK_MONOTONIC, &now);
	wlr_scene_output_send_frame_done(output->scene_output, &now);
}

static void fit(struct output *output)
{
	struct wlr_box box;

	wlr_output_layout_get_box(output->kiosk->layout, output->output, &box);
	wlr_scene_rect_set_size(output->background, box.width, box.height);
	wlr_scene_node_set_position(&output->background->node, box.x, box.y);
	window_arrange(output->kiosk);
}

static void on_request_state(struct wl_listener *listener, void *data)
{
	struct output *output = wl_container_of(listener, output, request_state);
	const struct wlr_output_event_request_state *event = data;

	if (wlr_output_commit_state(output->output, event->state))
		fit(output);
}

static void on_destroy(struct wl_listener *listener, void *data)
{
	struct output *output = wl_container_of(listener, output, destroy);
	struct kiosk *kiosk = output->kiosk;

	(void)data;
	window_leave_output(kiosk, output->output);
	wlr_scene_node_destroy(&output->background->node);
	wl_list_remove(&output->frame.link);
	wl_list_remove(&output->request_state.link);
	wl_list_remove(&output->destroy.link);
	wl_list_remove(&output->link);
	/* The layout has its own listener, which may come later. */
	wlr_output_layout_remove(kiosk->layout, output->output);
	free(output);
	window_arrange(kiosk);
}

/* Switches a screen on, in its preferred mode. */
static bool enable(struct wlr_output *output)
{
	struct wlr_output_mode *mode = wlr_output_preferred_mode(output);
	struct wlr_output_state state;
	bool ok;

	wlr_output_state_init(&state);
	wlr_output_state_set_enabled(&state, true);
	if (mode)
		wlr_output_state_set_mode(&state, mode);
	ok = wlr_output_commit_state(output, &state);
	wlr_output_state_finish(&state);
	return ok;
}

static void on_new_output(struct wl_listener *listener, void *data)
{
	/* Not black: that is what protected windows are in a screenshot. */
	static const float gray[4] = {0.18f, 0.2f, 0.25f, 1.0f};
	struct kiosk *kiosk = wl_container_of(listener, kiosk, new_output);
	struct wlr_output *wlr_output = data;
	struct output *output = calloc(1, sizeof(*output));

	if (!output || !wlr_output_init_render(wlr_output, kiosk->allocator, kiosk->renderer) ||
	    !enable(wlr_output)) {
		free(output);
		return;
	}
	output->kiosk = kiosk;
	output->output = wlr_output;
	output->background = wlr_scene_rect_create(kiosk->backgrounds, 0, 0, gray);
	output->scene_output = wlr_scene_output_create(kiosk->scene, wlr_output);
	wlr_scene_output_layout_add_output(kiosk->scene_layout,
					   wlr_output_layout_add_auto(kiosk->layout, wlr_output),
					   output->scene_output);
	listen_to(&wlr_output->events.frame, &output->frame, on_frame);
	listen_to(&wlr_output->events.request_state, &output->request_state, on_request_state);
	listen_to(&wlr_output->events.destroy, &output->destroy, on_destroy);
	wl_list_insert(kiosk->outputs.prev, &output->link);
	fit(output);
}

void output_init(struct kiosk *kiosk)
{
	wl_list_init(&kiosk->outputs);
	listen_to(&kiosk->backend->events.new_output, &kiosk->new_output, on_new_output);
}

void output_finish(struct kiosk *kiosk)
{
	wl_list_remove(&kiosk->new_output.link);
}
