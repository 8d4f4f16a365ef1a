/* SPDX-License-Identifier: MIT */
/*
 * A screen is protected while it shows something that is: then its frames go to protected buffers, else
 * to ordinary ones. It is decided for each frame, and a flip from one kind to the other is a flip like
 * any other, so nobody sees it. wlroots keeps track of damage for each buffer, not for the latest one,
 * so both kinds can be drawn in turn.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <pixman.h>
#include <wlr/backend.h>
#include <wlr/render/swapchain.h>
#include <wlr/types/wlr_buffer.h>
#include <wlr/types/wlr_output.h>
#include <wlr/types/wlr_output_layout.h>
#include <wlr/types/wlr_scene.h>

#include "kiosk.h"
#include "renderer.h"

/* Until what could not be shown is tried again. */
#define RETRY_MS 10

struct output {
	struct kiosk *kiosk;
	struct wlr_output *output;
	struct wlr_scene_output *scene_output;
	struct wlr_scene_rect *background;
	struct wlr_swapchain *protected; /* of protected frames; NULL while there are none */
	bool is_protected;		 /* what is shown now */
	struct wl_event_source *retry;
	struct wl_list link;
	struct wl_listener frame, request_state, destroy;
};

/* ---- what is drawn to which buffer ------------------------------------------------------------- */

struct search {
	struct wlr_box screen;
	bool found;
};

static void look_at_buffer(struct wlr_scene_buffer *node, int x, int y, void *data)
{
	struct wlr_client_buffer *client =
		node->buffer ? wlr_client_buffer_get(node->buffer) : NULL;
	struct search *search = data;
	pixman_box32_t screen = {
		.x1 = search->screen.x,
		.y1 = search->screen.y,
		.x2 = search->screen.x + search->screen.width,
		.y2 = search->screen.y + search->screen.height,
	};

	(void)x;
	(void)y;
	if (!client || !client->texture || !renderer_texture_is_protected(client->texture))
		return;
	/* What is behind something else need not be protected. */
	if (pixman_region32_contains_rectangle(&node->node.visible, &screen) != PIXMAN_REGION_OUT)
		search->found = true;
}

static bool shows_protected(struct output *output)
{
	struct search search = {.found = false};

	wlr_output_layout_get_box(output->kiosk->layout, output->output, &search.screen);
	wlr_scene_output_for_each_buffer(output->scene_output, look_at_buffer, &search);
	return search.found;
}

/* The swapchain of protected frames, in the format that the display has agreed to. */
static struct wlr_swapchain *protected_swapchain(struct output *output)
{
	struct wlr_output *wlr_output = output->output;

	if (output->protected && (output->protected->width != wlr_output->width ||
				  output->protected->height != wlr_output->height)) {
		wlr_swapchain_destroy(output->protected);
		output->protected = NULL;
	}
	if (!output->protected && output->kiosk->protected_allocator && wlr_output->swapchain)
		output->protected = wlr_swapchain_create(output->kiosk->protected_allocator,
							 wlr_output->width, wlr_output->height,
							 &wlr_output->swapchain->format);
	return output->protected;
}

static bool build(struct output *output, struct wlr_output_state *state,
		  struct wlr_swapchain *swapchain)
{
	const struct wlr_scene_output_state_options options = {.swapchain = swapchain};

	return wlr_scene_output_build_state(output->scene_output, state, &options);
}

/* Draws what has changed and has it shown. */
static bool draw_frame(struct output *output)
{
	struct wlr_swapchain *swapchain =
		shows_protected(output) ? protected_swapchain(output) : NULL;
	struct wlr_output_state state;
	bool ok, is_protected = swapchain;

	if (!output->output->needs_frame &&
	    !pixman_region32_not_empty(&output->scene_output->pending_commit_damage))
		return true;
	wlr_output_state_init(&state);
	ok = build(output, &state, swapchain);
	if (!ok && swapchain) {
		/* Out of protected memory, say: black is better than the picture from before. */
		is_protected = false;
		ok = build(output, &state, NULL);
	}
	ok = ok && wlr_output_commit_state(output->output, &state);
	wlr_output_state_finish(&state);
	if (!ok)
		return false;

	if (output->is_protected != is_protected)
		fprintf(stderr, "protex-kiosk: %s is %s\n", output->output->name,
			is_protected ? "protected" : "not protected");
	output->is_protected = is_protected;
	if (!is_protected && output->protected) {
		/* Protected memory is scarce. What is on the screen stays until the flip. */
		wlr_swapchain_destroy(output->protected);
		output->protected = NULL;
	}
	return true;
}

static int on_retry(void *data)
{
	struct output *output = data;

	wlr_output_schedule_frame(output->output);
	return 0;
}

static void on_frame(struct wl_listener *listener, void *data)
{
	struct output *output = wl_container_of(listener, output, frame);
	struct timespec now;

	(void)data;
	/* The kernel may be busy with the frame before. If no window ever had anything new to show, the
	 * screen would stay as it is, with what is gone. */
	if (!draw_frame(output))
		wl_event_source_timer_update(output->retry, RETRY_MS);
	clock_gettime(CLOCK_MONOTONIC, &now);
	wlr_scene_output_send_frame_done(output->scene_output, &now);
}

/*
 * A screenshot of a protected frame is the same scene, drawn to an ordinary buffer. The protected frame
 * itself would be black as a whole.
 */
static struct wlr_buffer *draw_public_view(void *data, struct wlr_buffer *frame)
{
	struct kiosk *kiosk = data;
	struct wlr_buffer *view = NULL;
	struct wlr_output_state state;
	struct output *output;

	wl_list_for_each(output, &kiosk->outputs, link) {
		if (!output->protected || !wlr_swapchain_has_buffer(output->protected, frame))
			continue;
		wlr_output_state_init(&state);
		/* This is never committed. */
		if (build(output, &state, output->output->swapchain) && state.buffer)
			view = wlr_buffer_lock(state.buffer);
		wlr_output_state_finish(&state);
		return view;
	}
	return NULL;
}

/* ---- screens ----------------------------------------------------------------------------------- */

/* All of them, since one that comes, goes or changes its size may move the others. */
static void fit(struct kiosk *kiosk)
{
	struct output *output;
	struct wlr_box box;

	wl_list_for_each(output, &kiosk->outputs, link) {
		wlr_output_layout_get_box(kiosk->layout, output->output, &box);
		wlr_scene_rect_set_size(output->background, box.width, box.height);
		wlr_scene_node_set_position(&output->background->node, box.x, box.y);
	}
	window_arrange(kiosk);
}

static void on_request_state(struct wl_listener *listener, void *data)
{
	struct output *output = wl_container_of(listener, output, request_state);
	const struct wlr_output_event_request_state *event = data;

	if (wlr_output_commit_state(output->output, event->state))
		fit(output->kiosk);
}

static void on_destroy(struct wl_listener *listener, void *data)
{
	struct output *output = wl_container_of(listener, output, destroy);
	struct kiosk *kiosk = output->kiosk;

	(void)data;
	window_leave_output(kiosk, output->output);
	wlr_scene_node_destroy(&output->background->node);
	wl_event_source_remove(output->retry);
	if (output->protected)
		wlr_swapchain_destroy(output->protected);
	wl_list_remove(&output->frame.link);
	wl_list_remove(&output->request_state.link);
	wl_list_remove(&output->destroy.link);
	wl_list_remove(&output->link);
	/* The layout has its own listener, which may come later. */
	wlr_output_layout_remove(kiosk->layout, output->output);
	free(output);
	fit(kiosk);
}

static struct wlr_output_mode *choose_mode(const struct kiosk *kiosk, struct wlr_output *output)
{
	struct wlr_output_mode *mode;

	wl_list_for_each(mode, &output->modes, link) {
		if (mode->width == kiosk->width && mode->height == kiosk->height)
			return mode;
	}
	return wlr_output_preferred_mode(output);
}

static bool enable(const struct kiosk *kiosk, struct wlr_output *output)
{
	struct wlr_output_mode *mode = choose_mode(kiosk, output);
	struct wlr_output_state state;
	bool ok;

	wlr_output_state_init(&state);
	wlr_output_state_set_enabled(&state, true);
	wlr_output_state_set_transform(&state, kiosk->transform);
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
	    !enable(kiosk, wlr_output)) {
		free(output);
		return;
	}
	output->kiosk = kiosk;
	output->output = wlr_output;
	output->retry = wl_event_loop_add_timer(wl_display_get_event_loop(kiosk->display), on_retry,
						output);
	output->background = wlr_scene_rect_create(kiosk->backgrounds, 0, 0, gray);
	output->scene_output = wlr_scene_output_create(kiosk->scene, wlr_output);
	wlr_scene_output_layout_add_output(kiosk->scene_layout,
					   wlr_output_layout_add_auto(kiosk->layout, wlr_output),
					   output->scene_output);
	listen_to(&wlr_output->events.frame, &output->frame, on_frame);
	listen_to(&wlr_output->events.request_state, &output->request_state, on_request_state);
	listen_to(&wlr_output->events.destroy, &output->destroy, on_destroy);
	wl_list_insert(kiosk->outputs.prev, &output->link);
	fit(kiosk);
}

void output_init(struct kiosk *kiosk)
{
	wl_list_init(&kiosk->outputs);
	renderer_set_public_view(kiosk->renderer, draw_public_view, kiosk);
	listen_to(&kiosk->backend->events.new_output, &kiosk->new_output, on_new_output);
}

void output_finish(struct kiosk *kiosk)
{
	wl_list_remove(&kiosk->new_output.link);
}
