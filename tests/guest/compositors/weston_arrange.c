/* SPDX-License-Identifier: MIT */
/*
 * A module for Weston that puts windows where a test wants them. The desktop shell puts a new window
 * anywhere, and without input nobody moves it.
 *
 * Serves $XDG_RUNTIME_DIR/arrange. A connection carries one line:
 *
 *	PID move X Y	its top left corner
 *	PID scale F	about that corner
 *	PID opacity A
 *	PID raise	above all other windows
 *
 * and is closed when the display shows it, without a word if there was such a window.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <libweston/desktop.h>
#include <libweston/libweston.h>

int wet_module_init(struct weston_compositor *compositor, int *argc, char *argv[]);

static struct weston_compositor *compositor;

/* A line that came, until it can be seen. */
struct request {
	struct wl_listener frame;
	struct wl_event_source *source;
	int connection, frames;
};

static void repaint(void *unused)
{
	(void)unused;
	weston_compositor_damage_all(compositor);
}

static void end(struct request *request)
{
	close(request->connection);
	free(request);
}

/* The second frame is drawn when the first is on the display; the third, when the second is. */
static void on_frame(struct wl_listener *listener, void *data)
{
	struct request *request = wl_container_of(listener, request, frame);

	(void)data;
	if (--request->frames > 0) {
		wl_event_loop_add_idle(wl_display_get_event_loop(compositor->wl_display), repaint, NULL);
		return;
	}
	wl_list_remove(&listener->link);
	end(request);
}

static struct weston_view *find(pid_t pid)
{
	struct weston_view *view;

	wl_list_for_each(view, &compositor->view_list, link) {
		struct weston_desktop_surface *surface =
			weston_surface_get_desktop_surface(view->surface);

		if (surface && weston_desktop_surface_get_pid(surface) == pid)
			return view;
	}
	return NULL;
}

/* The transformation lives as long as the process. */
static void scale(struct weston_view *view, float factor)
{
	struct weston_transform *transform = calloc(1, sizeof(*transform));

	wl_list_init(&transform->link); /* it is removed first */
	weston_matrix_init(&transform->matrix);
	weston_matrix_scale(&transform->matrix, factor, factor, 1);
	weston_view_add_transform(view, &view->geometry.transformation_list, transform);
}

static bool arrange(const char *line)
{
	struct weston_coord_global place = {0};
	struct weston_view *view;
	float number;
	int pid, x, y;

	if (sscanf(line, "%d", &pid) != 1 || !(view = find(pid)))
		return false;
	if (sscanf(line, "%*d move %d %d", &x, &y) == 2) {
		place.c = weston_coord(x, y);
		weston_view_set_position(view, place);
	} else if (sscanf(line, "%*d scale %f", &number) == 1) {
		scale(view, number);
	} else if (sscanf(line, "%*d opacity %f", &number) == 1) {
		weston_view_set_alpha(view, number);
	} else if (strstr(line, " raise")) {
		weston_view_move_to_layer(view, &view->layer_link.layer->view_list);
	} else {
		return false;
	}
	return true;
}

static int on_line(int fd, uint32_t mask, void *data)
{
	struct weston_output *output =
		wl_container_of(compositor->output_list.next, output, link);
	struct request *request = data;
	char line[128];
	ssize_t size = read(fd, line, sizeof(line) - 1);

	(void)mask;
	wl_event_source_remove(request->source);
	line[size > 0 ? size : 0] = '\0';
	if (!arrange(line)) {
		static const char sorry[] = "no such window, or no such wish\n";

		if (write(fd, sorry, sizeof(sorry) - 1) < 0)
			weston_log("arrange: %s\n", strerror(errno));
		end(request);
		return 0;
	}
	request->frames = 3;
	request->frame.notify = on_frame;
	wl_signal_add(&output->frame_signal, &request->frame);
	repaint(NULL);
	return 0;
}

static int on_connection(int fd, uint32_t mask, void *data)
{
	struct request *request = calloc(1, sizeof(*request));

	(void)mask;
	(void)data;
	request->connection = accept(fd, NULL, NULL);
	request->source = wl_event_loop_add_fd(wl_display_get_event_loop(compositor->wl_display),
					       request->connection, WL_EVENT_READABLE, on_line,
					       request);
	return 0;
}

WL_EXPORT int wet_module_init(struct weston_compositor *c, int *argc, char *argv[])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)argc;
	(void)argv;
	compositor = c;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/arrange", getenv("XDG_RUNTIME_DIR"));
	unlink(address.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0) {
		weston_log("arrange: %s: %s\n", address.sun_path, strerror(errno));
		return -1;
	}
	wl_event_loop_add_fd(wl_display_get_event_loop(c->wl_display), fd, WL_EVENT_READABLE,
			     on_connection, NULL);
	return 0;
}
