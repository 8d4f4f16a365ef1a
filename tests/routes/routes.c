/* SPDX-License-Identifier: MIT */
/*
 * protex-routes [--json] [--control]: tries every route by which the CPU might get at a protected
 * buffer's content, and the same on an ordinary buffer, where it must work: otherwise the refusal
 * proves nothing. Prints TAP, or JSON; exit status 0 only if nothing leaked and every ordinary attempt
 * succeeded. With --control the first buffer is ordinary, too, so that all must be seen to leak.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gl.h"
#include "routes.h"
#include "tap.h"

static const struct route *const tables[] = {buffer_routes, drm_routes, gl_routes};

#define TABLE_COUNT (sizeof(tables) / sizeof(tables[0]))

struct run {
	struct target protected, ordinary;
	struct gl protected_gl, ordinary_gl;
	bool json, control;
	unsigned count, failures; /* of routes */
};

/*
 * A Mesa that knows nothing of protected content loses its context's state with a submission that is
 * refused: then the next route gets contexts that work.
 */
static void reopen_gl(struct gl *gl, struct outcome *outcome)
{
	struct protex_error error;

	if (gl->contexts[GL_PROTECTED] != EGL_NO_CONTEXT)
		return;
	gl_close(gl);
	if (gl_open(gl, &error) < 0)
		outcome_add(outcome, "%s", error.message);
}

static struct outcome attempt(struct gl *gl, const struct route *route,
			      const struct target *target)
{
	struct outcome outcome = {0};

	if (route->attempt) {
		route->attempt(target, &outcome);
		return outcome;
	}
	if (target->is_protected)
		reopen_gl(gl, &outcome);
	route->attempt_gl(gl, target, &outcome);
	return outcome;
}

/* None of our texts needs escaping. */
static void print_json(const struct run *run, const struct route *route,
		       const struct outcome *protected, const struct outcome *ordinary)
{
	printf("%s\n  {\"name\": \"%s\", \"protected\": \"%s\", \"ordinary\": \"%s\", \"leaked\": %s}",
	       run->count > 1 ? "," : "", route->name, protected->text, ordinary->text,
	       protected->reached ? "true" : "false");
}

static void try_route(struct run *run, const struct route *route)
{
	struct outcome protected = attempt(&run->protected_gl, route, &run->protected);
	struct outcome ordinary = attempt(&run->ordinary_gl, route, &run->ordinary);
	bool passed = !protected.reached && ordinary.reached;

	run->count++;
	run->failures += !passed;
	if (run->json) {
		print_json(run, route, &protected, &ordinary);
		fflush(stdout);
		return;
	}
	note("%s: protected: %s; ordinary: %s", route->name, protected.text, ordinary.text);
	ok(passed, "%s: no leak (%s)", route->name, route->leak);
}

static int set_up(struct run *run, struct protex_error *error)
{
	int ret = run->control ? target_create_ordinary(&run->protected, error)
			       : target_create_protected(&run->protected, error);

	if (ret == 0)
		ret = target_create_ordinary(&run->ordinary, error);
	if (ret == 0)
		ret = gl_open(&run->protected_gl, error);
	if (ret == 0)
		ret = gl_open(&run->ordinary_gl, error);
	return ret;
}

static void usage(FILE *file)
{
	fprintf(file, "Usage: protex-routes [--json] [--control]\n"
		      "Tries every route by which the CPU might get at a protected buffer's content,\n"
		      "and the same on an ordinary buffer. Prints TAP, or a list in JSON. With --control\n"
		      "the first buffer is ordinary, too, and all must be seen to leak.\n");
}

static bool parse(int argc, char **argv, struct run *run)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"control", no_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "jch", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			run->json = true;
			break;
		case 'c':
			run->control = true;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			return false;
		}
	}
	return optind == argc;
}

int main(int argc, char **argv)
{
	struct run run = {.protected_gl.device = -1, .ordinary_gl.device = -1};
	struct protex_error error;

	if (!parse(argc, argv, &run)) {
		usage(stderr);
		return 64;
	}
	if (set_up(&run, &error) < 0) {
		fprintf(stderr, "protex-routes: %s\n", error.message);
		return run.json ? 1 : tap_bail_out("%s", error.message);
	}
	if (run.json)
		printf("[");
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		for (const struct route *route = tables[i]; route->name; route++)
			try_route(&run, route);
	}

	/* What is gone cannot leak: it was there until now. */
	bool there = run.control || target_verify(&run.protected, &error) == 0;

	if (!there)
		fprintf(stderr, "protex-routes: afterwards: %s\n", error.message);
	if (run.json) {
		printf("\n]\n");
	} else {
		ok(there, "the protected buffer still holds the pattern");
		tap_end();
	}
	gl_close(&run.ordinary_gl);
	gl_close(&run.protected_gl);
	target_destroy(&run.ordinary);
	target_destroy(&run.protected);
	return run.failures > 0 || !there;
}
