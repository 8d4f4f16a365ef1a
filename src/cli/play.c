/* SPDX-License-Identifier: MIT */
/* protex play: from a container of encrypted frames to the screen. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "config.h"
#include "container.h"
#include "content.h"
#include "crypto.h"
#include "json.h"
#include "output.h"

#define MAX_HOLDS    64u
#define HOLD_REFRESH (SECOND / 10) /* how often a held frame is shown anew */

struct options {
	const char *file, *device, *mode, *kek, *hold, *hold_exec, *output, *via;
	unsigned long frames; /* 0: all */
	long rate;	      /* frames a second; 0: as fast as it goes; -1: the clip's */
	bool ordinary, verify, scale, json, fullscreen;
};

enum {
	OPTION_HOLD_EXEC = 256,
	OPTION_ORDINARY,
	OPTION_FPS,
	OPTION_MODE,
	OPTION_KEK,
	OPTION_VIA,
	OPTION_FULLSCREEN,
};

static const struct argp_option option_table[] = {
	{"output", 'o', "OUTPUT", 0,
	 "Where to show it: 'screen', a monitor that nobody else uses (the default), or 'wayland', a "
	 "window", 0},
	{"via", OPTION_VIA, "WAY", 0,
	 "How it gets into the window: 'gl', drawn by a protected context (the default); 'direct', the "
	 "compositor is handed the decrypted buffers; 'scanout', likewise, but a compositor with "
	 "weston-direct-display may only put them straight on the display", 0},
	{"fullscreen", OPTION_FULLSCREEN, NULL, 0, "The window fills the monitor", 0},
	{"device", 'd', "PATH", 0, "DRM device (default: the first one with a monitor)", 0},
	{"mode", OPTION_MODE, "WxH", 0, "Mode of the monitor (default: the one it prefers)", 0},
	{"frames", 'n', "N", 0, "Play the first N frames only", 0},
	{"fps", OPTION_FPS, "N", 0, "N frames a second; 0: as fast as it goes (default: the clip's)", 0},
	{"hold", 'H', "N[,N...]", 0,
	 "Stop at these frames, counted from 0; 'first', 'middle' and 'last' are numbers too. Prints "
	 "'held N' when the frame is on the screen, and goes on when a line comes on standard input", 0},
	{"hold-exec", OPTION_HOLD_EXEC, "CMD", 0,
	 "While a frame is held, run CMD with the shell, and go on when it ends", 0},
	{"verify", 'V', NULL, 0, "Compare each frame's digest with the one in the file", 0},
	{"scale", 's', NULL, 0, "Fill the screen or window (default: 1:1, in its middle)", 0},
	{"ordinary", OPTION_ORDINARY, NULL, 0,
	 "The same without any protection: ordinary memory, decrypted here, an unprotected context", 0},
	{"kek", OPTION_KEK, "FILE", 0, "Key-encryption key, for --ordinary", 0},
	{"json", 'j', NULL, 0, "Print the statistics as JSON", 0},
	{0},
};

static bool is_wayland(const struct options *options)
{
	return options->output && strcmp(options->output, "wayland") == 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		if (strcmp(arg, "screen") != 0 && strcmp(arg, "wayland") != 0)
			argp_error(state, "--output takes screen or wayland, not '%s'", arg);
		options->output = arg;
		return 0;
	case OPTION_VIA:
		if (strcmp(arg, "gl") != 0 && strcmp(arg, "direct") != 0 &&
		    strcmp(arg, "scanout") != 0)
			argp_error(state, "--via takes gl, direct or scanout, not '%s'", arg);
		options->via = arg;
		return 0;
	case OPTION_FULLSCREEN:
		options->fullscreen = true;
		return 0;
	case 'd':
		options->device = arg;
		return 0;
	case OPTION_MODE:
		options->mode = arg;
		return 0;
	case 'n':
		options->frames = option_number(state, "--frames", arg, 1, UINT32_MAX);
		return 0;
	case OPTION_FPS:
		options->rate = (long)option_number(state, "--fps", arg, 0, 1000);
		return 0;
	case 'H':
		options->hold = arg;
		return 0;
	case OPTION_HOLD_EXEC:
		options->hold_exec = arg;
		return 0;
	case 'V':
		options->verify = true;
		return 0;
	case 's':
		options->scale = true;
		return 0;
	case OPTION_ORDINARY:
		options->ordinary = true;
		return 0;
	case OPTION_KEK:
		options->kek = arg;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->file)
			argp_error(state, "one file at a time");
		options->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->file)
			argp_error(state, "name a file that 'protex pack --raw' made");
		if (options->hold_exec && !options->hold)
			argp_error(state, "--hold-exec needs --hold");
		if (options->kek && !options->ordinary)
			argp_error(state, "--kek is for --ordinary: a TA has its own");
		if (is_wayland(options) && (options->device || options->mode))
			argp_error(state, "a compositor chooses --device and --mode");
		if (!is_wayland(options) && (options->via || options->fullscreen))
			argp_error(state, "--via and --fullscreen are for --output wayland");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Plays FILE, which 'protex pack --raw' made, as secure video: a TEE decrypts each frame into "
	       "a protected dma-buf, the GPU samples it in a protected context, and the display shows "
	       "the protected result."
	       "\vCMD of --hold-exec finds the frame's number in $PROTEX_FRAME, the dma-buf with its "
	       "first plane as file descriptor 3, and the buffer on the screen as file descriptor 4 (with "
	       "--via gl only EGL knows that one, and there is none).",
};

struct statistics {
	uint32_t shown, dropped, verified;
	uint64_t decrypt_total, decrypt_max; /* ns */
	uint64_t played;		     /* ns, without holds */
};

struct player {
	const struct options *options;
	struct container_reader *reader;
	const struct container_header *header;
	struct content *content;
	struct output *output;
	unsigned slot; /* of the frame drawn last */

	uint32_t frame_count; /* to play */
	uint32_t holds[MAX_HOLDS];
	unsigned hold_count;

	int timer;
	sigset_t waiting_signals; /* the mask while waiting, in which a signal can arrive */
	uint64_t start;		  /* when frame 0 was due */
	uint64_t period;	  /* ns from one frame to the next; 0: as fast as it goes */
	uint64_t last_shown;

	struct statistics statistics;
};

/* ---- waiting ----------------------------------------------------------------------------------- */

static int set_timer(struct player *p, uint64_t when, struct protex_error *error)
{
	struct itimerspec spec = {
		.it_value = {
			.tv_sec = (time_t)(when / SECOND),
			.tv_nsec = (long)(when % SECOND),
		},
	};

	if (timerfd_settime(p->timer, TFD_TIMER_ABSTIME, &spec, NULL) < 0)
		return fail(error, -errno, "timerfd_settime: %s", strerror(errno));
	return 0;
}

/* What came while waiting. */
struct events {
	bool timer;
	bool other; /* the extra descriptor is readable */
};

/* Waits for the output, the timer, the extra descriptor (or -1), or a signal. */
static int wait_for_events(struct player *p, int other, struct events *events,
			   struct protex_error *error)
{
	struct pollfd fds[] = {
		{.fd = -1},
		{.fd = p->timer, .events = POLLIN},
		{.fd = other, .events = POLLIN},
	};
	uint64_t expirations;
	int ret;

	memset(events, 0, sizeof(*events));
	ret = output_begin_wait(p->output, &fds[0], error);
	if (ret < 0)
		return ret;
	if (ret == 0) {
		int count = ppoll(fds, 3, NULL, &p->waiting_signals);
		int poll_error = errno;

		ret = output_end_wait(p->output, count > 0 ? fds[0].revents : 0, error);
		if (ret < 0)
			return ret;
		if (count < 0 && poll_error != EINTR)
			return fail(error, -poll_error, "poll: %s", strerror(poll_error));
		if (count > 0 && fds[1].revents)
			events->timer = read(p->timer, &expirations, sizeof(expirations)) > 0;
		events->other = count > 0 && fds[2].revents != 0;
	}
	if (stop_signal)
		return fail(error, -EINTR, "interrupted");
	if (p->output->was_closed)
		return fail(error, -ECANCELED, "the window was closed");
	return 0;
}

static int wait_while_busy(struct player *p, struct protex_error *error)
{
	struct events events;
	int ret = 0;

	while (ret == 0 && p->output->is_busy)
		ret = wait_for_events(p, -1, &events, error);
	return ret;
}

static int wait_for_slot(struct player *p, unsigned slot, struct protex_error *error)
{
	struct events events;
	int ret = output_acquire(p->output, slot, error);

	while (ret == 0) {
		ret = wait_for_events(p, -1, &events, error);
		if (ret == 0)
			ret = output_acquire(p->output, slot, error);
	}
	return ret < 0 ? ret : 0;
}

static int wait_until(struct player *p, uint64_t when, struct protex_error *error)
{
	struct events events = {0};
	int ret;

	if (when <= now())
		return 0;
	ret = set_timer(p, when, error);
	while (ret == 0 && !events.timer)
		ret = wait_for_events(p, -1, &events, error);
	return ret;
}

/* ---- holding a frame --------------------------------------------------------------------------- */

/* Runs the command of --hold-exec; returns a descriptor that is readable when it has ended. */
static int start_command(struct player *p, uint32_t frame, pid_t *child, struct protex_error *error)
{
	int picture = p->content->planes[p->slot][0].dma_buf;
	int screen = output_export_shown(p->output), fd;

	fflush(stdout);
	*child = fork();
	if (*child < 0) {
		if (screen >= 0)
			close(screen);
		return fail(error, -errno, "fork: %s", strerror(errno));
	}
	if (*child == 0) {
		char number[16];
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		/* Out of the way first, for either may be 3 or 4 now. */
		picture = fcntl(picture, F_DUPFD_CLOEXEC, 10);
		if (screen >= 0)
			screen = fcntl(screen, F_DUPFD_CLOEXEC, 10);
		if (dup2(picture, 3) < 0 || (screen >= 0 && dup2(screen, 4) < 0))
			_exit(126);
		snprintf(number, sizeof(number), "%" PRIu32, frame);
		setenv("PROTEX_FRAME", number, 1);
		execl("/bin/sh", "sh", "-c", p->options->hold_exec, (char *)NULL);
		_exit(127);
	}
	if (screen >= 0)
		close(screen);
	fd = (int)syscall(SYS_pidfd_open, *child, 0);
	if (fd < 0) {
		int code = -errno;

		kill(*child, SIGTERM);
		waitpid(*child, NULL, 0);
		return fail(error, code, "pidfd_open: %s; it needs Linux 5.3", strerror(-code));
	}
	return fd;
}

static int finish_command(pid_t child, bool interrupted, struct protex_error *error)
{
	int status;

	if (interrupted)
		kill(child, SIGTERM);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return fail(error, -errno, "waitpid: %s", strerror(errno));
	if (!interrupted && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		return fail(error, -ECHILD, "the command of --hold-exec failed with status %d",
			    WIFEXITED(status) ? WEXITSTATUS(status)
					      : STATUS_SIGNAL + WTERMSIG(status));
	return 0;
}

/* Takes what is there of standard input; true if that ends a line, or if there is no more. */
static bool line_came(void)
{
	char text[256];
	ssize_t count = read(STDIN_FILENO, text, sizeof(text));

	if (count < 0)
		return errno != EINTR && errno != EAGAIN;
	return count == 0 || memchr(text, '\n', (size_t)count);
}

/* Shows the current frame again and again until other is readable and, if it is standard input, a
 * line came. */
static int keep_showing(struct player *p, int other, struct protex_error *error)
{
	struct events events = {.timer = true};
	bool waiting = false; /* for the timer */
	int ret = 0;

	for (;;) {
		if (!p->output->is_busy && !waiting) {
			ret = output_show(p->output, error);
			if (ret == 0)
				ret = set_timer(p, now() + HOLD_REFRESH, error);
			waiting = true;
		}
		if (ret == 0)
			ret = wait_for_events(p, other, &events, error);
		if (ret < 0)
			return ret;
		waiting = waiting && !events.timer;
		if (events.other && (other != STDIN_FILENO || line_came()))
			return wait_while_busy(p, error);
	}
}

static bool is_held(const struct player *p, uint32_t frame)
{
	for (unsigned i = 0; i < p->hold_count; i++)
		if (p->holds[i] == frame)
			return true;
	return false;
}

static int hold(struct player *p, uint32_t frame, struct protex_error *error)
{
	uint64_t begin = now();
	pid_t child = -1;
	int fd, ret;

	/* Twice: what a virtual display shows of a flip, it may show at the next one. */
	ret = wait_while_busy(p, error);
	if (ret == 0)
		ret = output_show(p->output, error);
	if (ret == 0)
		ret = wait_while_busy(p, error);
	if (ret < 0)
		return ret;
	printf("held %" PRIu32 "\n", frame);
	fflush(stdout);

	if (p->options->hold_exec) {
		fd = start_command(p, frame, &child, error);
		if (fd < 0)
			return fd;
		ret = keep_showing(p, fd, error);
		close(fd);
		if (ret < 0)
			finish_command(child, true, NULL);
		else
			ret = finish_command(child, false, error);
	} else {
		ret = keep_showing(p, STDIN_FILENO, error);
	}
	p->start += now() - begin;
	return ret;
}

/* ---- playing ----------------------------------------------------------------------------------- */

/* Whether there is no time to show the frame: it is late by more than one, and something was shown
 * not long ago. */
static bool must_drop(const struct player *p, uint32_t frame)
{
	uint64_t time = now();

	if (p->period == 0 || frame == 0 || frame + 1 == p->frame_count || is_held(p, frame))
		return false;
	return time > p->start + (frame + 1) * p->period && time < p->last_shown + SECOND / 2;
}

static int verify(struct player *p, unsigned slot, const struct container_frame *frame,
		  struct protex_error *error)
{
	uint8_t digest[32];
	int ret = content_digest(p->content, slot, digest, error);

	if (ret < 0)
		return ret;
	if (memcmp(digest, frame->digest, sizeof(digest)) != 0)
		return fail(error, -EILSEQ,
			    "frame %" PRIu32 " was not decrypted to what was packed: its digest "
			    "differs",
			    frame->index);
	p->statistics.verified++;
	return 0;
}

static int decrypt(struct player *p, unsigned slot, const struct container_frame *frame,
		   struct protex_error *error)
{
	uint64_t begin = now(), duration;
	int ret = content_decrypt(p->content, slot, frame->iv, error);

	duration = now() - begin;
	p->statistics.decrypt_total += duration;
	if (duration > p->statistics.decrypt_max)
		p->statistics.decrypt_max = duration;
	return ret;
}

static int play_frame(struct player *p, uint32_t index, struct protex_error *error)
{
	unsigned slot = (p->slot + 1) % CONTENT_BUFFERS;
	struct container_frame frame;
	bool drop;
	int ret;

	ret = container_reader_next(p->reader, &frame, p->content->ciphertext, error);
	if (ret <= 0)
		return ret < 0 ? ret : fail(error, -EBADMSG, "the file ended too early");

	drop = must_drop(p, index);
	if (drop)
		p->statistics.dropped++;
	if (drop && !p->options->verify)
		return 0;
	ret = wait_for_slot(p, slot, error);
	if (ret == 0)
		ret = decrypt(p, slot, &frame, error);
	if (ret == 0 && p->options->verify)
		ret = verify(p, slot, &frame, error);
	if (ret < 0 || drop)
		return ret;

	ret = output_draw(p->output, slot, error);
	if (ret < 0)
		return ret;
	p->slot = slot;
	if (index == 0)
		p->start = now();
	ret = wait_while_busy(p, error);
	if (ret == 0)
		ret = wait_until(p, p->start + index * p->period, error);
	if (ret == 0)
		ret = output_show(p->output, error);
	if (ret < 0)
		return ret;
	p->last_shown = now();
	p->statistics.shown++;
	return is_held(p, index) ? hold(p, index, error) : 0;
}

static int play(struct player *p, struct protex_error *error)
{
	int ret = 0;

	for (uint32_t i = 0; i < p->frame_count && ret == 0; i++)
		ret = play_frame(p, i, error);
	if (ret == 0)
		ret = wait_while_busy(p, error);
	/* The last frame is to be seen as long as the others. */
	if (ret == 0)
		ret = wait_until(p, p->start + p->frame_count * p->period, error);
	p->statistics.played = now() - p->start;
	return ret;
}

/* ---- before and after -------------------------------------------------------------------------- */

static int parse_holds(struct player *p, const char *list, struct protex_error *error)
{
	while (list && *list) {
		size_t length = strcspn(list, ",");
		unsigned long frame;
		char *end;

		if (length == 5 && memcmp(list, "first", 5) == 0) {
			frame = 0;
		} else if (length == 6 && memcmp(list, "middle", 6) == 0) {
			frame = p->frame_count / 2;
		} else if (length == 4 && memcmp(list, "last", 4) == 0) {
			frame = p->frame_count - 1;
		} else {
			errno = 0;
			frame = strtoul(list, &end, 10);
			if (errno != 0 || end != list + length || length == 0 || *list == '-')
				return fail(error, -EINVAL, "--hold takes numbers of frames, "
							    "'first', 'middle' or 'last', not "
							    "'%.*s'", (int)length, list);
		}
		if (frame >= p->frame_count)
			return fail(error, -EINVAL,
				    "there is no frame %lu to hold: %" PRIu32
				    " are played, counted from 0", frame, p->frame_count);
		if (p->hold_count == MAX_HOLDS)
			return fail(error, -EINVAL, "at most %u frames can be held", MAX_HOLDS);
		p->holds[p->hold_count++] = (uint32_t)frame;
		list += length + (list[length] == ',');
	}
	return 0;
}

static void set_pace(struct player *p)
{
	const struct container_header *h = p->header;

	if (p->options->rate < 0)
		p->period = SECOND * h->rate_denominator / h->rate_numerator;
	else if (p->options->rate > 0)
		p->period = SECOND / (uint64_t)p->options->rate;
}

/* Signals arrive only while waiting, so that none is missed between a look and a wait. */
static void hold_back_signals(struct player *p)
{
	sigset_t signals;

	watch_signals();
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &p->waiting_signals);
}

static int open_content(struct player *p, struct protex_error *error)
{
	uint8_t kek[16];
	int ret = 0;

	if (!p->options->ordinary)
		return content_create_protected(&p->content, p->header, error);
	if (p->options->kek)
		ret = crypto_read_key(p->options->kek, kek, error);
	else
		memcpy(kek, crypto_development_kek, sizeof(kek));
	if (ret == 0)
		ret = content_create_ordinary(&p->content, p->header, p->output->device, kek,
					      error);
	crypto_wipe(kek, sizeof(kek));
	return ret;
}

static int open_output(struct player *p, struct protex_error *error)
{
	const struct options *o = p->options;
	const char *name = strrchr(o->file, '/');
	struct output_options output = {
		.device = o->device,
		.mode = o->mode,
		.title = name ? name + 1 : o->file,
		.direct = o->via && strcmp(o->via, "gl") != 0,
		.scanout = o->via && strcmp(o->via, "scanout") == 0,
		.fullscreen = o->fullscreen,
		.scale = o->scale,
		.is_protected = !o->ordinary,
	};

	if (!is_wayland(o))
		return output_open_screen(&p->output, &output, p->header, error);
#ifdef HAVE_WAYLAND
	return output_open_wayland(&p->output, &output, p->header, error);
#else
	return fail(error, -ENOTSUP, "this protex was built without Wayland: build it where "
				     "libwayland, wayland-scanner, wayland-protocols and libweston's "
				     "protocols (12 or newer) are installed");
#endif
}

static int prepare(struct player *p, struct protex_error *error)
{
	const struct options *o = p->options;
	int ret = container_reader_open(&p->reader, o->file, error);

	if (ret < 0)
		return ret;
	p->header = container_reader_header(p->reader);
	p->frame_count = p->header->frame_count;
	if (o->frames && o->frames < p->frame_count)
		p->frame_count = (uint32_t)o->frames;
	set_pace(p);
	if (o->verify && !p->header->has_digests)
		return fail(error, -EINVAL, "%s has no digests to verify: it was packed with "
					    "--no-digests", o->file);
	ret = parse_holds(p, o->hold, error);
	if (ret == 0)
		ret = open_output(p, error);
	if (ret == 0)
		ret = open_content(p, error);
	if (ret == 0)
		ret = output_prepare(p->output, p->content, error);
	if (ret < 0)
		return ret;
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (p->timer < 0)
		return fail(error, -errno, "timerfd_create: %s", strerror(errno));
	hold_back_signals(p);
	return 0;
}

static void release(struct player *p)
{
	/* Ordinary content is allocated from the output's device. */
	content_destroy(p->content);
	output_close(p->output);
	container_reader_close(p->reader);
	if (p->timer >= 0)
		close(p->timer);
}

static void print_statistics(const struct player *p)
{
	const struct statistics *s = &p->statistics;
	uint32_t decrypted = p->options->verify ? s->shown + s->dropped : s->shown;
	double mean = decrypted ? (double)s->decrypt_total / decrypted / 1e6 : 0;
	double seconds = (double)s->played / SECOND;
	double rate = seconds > 0 ? s->shown / seconds : 0;

	if (p->options->json) {
		const struct region *r = &p->output->region;
		cJSON *json = json_object(), *region = json_object();

		json_bool(json, "protected", p->content->is_protected);
		output_describe(p->output, json);
		json_number(region, "x", r->x);
		json_number(region, "y", r->y);
		json_number(region, "width", r->width);
		json_number(region, "height", r->height);
		json_add(json, "region", region);
		json_number(json, "frames", p->frame_count);
		json_number(json, "shown", s->shown);
		json_number(json, "dropped", s->dropped);
		json_number(json, "fps", rate);
		json_number(json, "decrypt_ms_mean", mean);
		json_number(json, "decrypt_ms_max", (double)s->decrypt_max / 1e6);
		json_add(json, "digests_ok", p->options->verify ? cJSON_CreateNumber(s->verified)
								 : cJSON_CreateNull());
		json_print_and_free(json);
		return;
	}
	printf("%" PRIu32 " frames shown, %" PRIu32 " dropped, %.1f frames a second, decryption "
	       "%.2f ms (at most %.2f)\n",
	       s->shown, s->dropped, rate, mean, (double)s->decrypt_max / 1e6);
	if (p->options->verify)
		printf("all %" PRIu32 " digests as packed\n", s->verified);
}

int command_play(int argc, char **argv)
{
	struct options options = {.rate = -1};
	struct player player = {.options = &options, .timer = -1};
	struct protex_error error;
	int ret, status = STATUS_OK;

	argp_parse(&parser, argc, argv, 0, NULL, &options);
	ret = prepare(&player, &error);
	if (ret == 0)
		ret = play(&player, &error);
	/* Closing the window is a way to end it. */
	if (ret == 0 || ret == -ECANCELED)
		print_statistics(&player);
	else
		status = (int)report_failure("play", &error);
	if (ret == -EINTR && stop_signal)
		status = STATUS_SIGNAL + stop_signal;
	if (ret == -EILSEQ)
		status = STATUS_NOT_AS_WANTED;
	release(&player);
	return status;
}
