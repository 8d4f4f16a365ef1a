/* SPDX-License-Identifier: MIT */
/* protex probe: every route by which the CPU might reach a buffer, tried and printed. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "errno_name.h"
#include "json.h"

struct options {
	const char *target;
	bool json;
};

static const struct argp_option option_table[] = {
	{"json", 'j', NULL, 0, "Print the results as JSON", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'j':
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->target)
			argp_error(state, "one buffer at a time");
		options->target = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->target)
			argp_error(state, "name a file, or an inherited file descriptor");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.args_doc = "FD|FILE",
	.doc = "Tries every route by which the CPU might reach the content of a buffer, and prints "
	       "what each of them got. The content stays as it is."
	       "\vA number is a file descriptor that the command inherited, as from 'protex alloc -- "
	       "protex probe 3'. The exit status is 0 if nothing was reached, 2 if something was.",
};

static void print_text(const struct protex_probe_result *r)
{
	char number[16];

	printf("%-27s %-21s ", r->route, r->device ? r->device : "-");
	if (r->error < 0) {
		printf("refused: %s (%s)\n", errno_name(r->error, number), r->refused_by);
		return;
	}
	printf("REACHED");
	if (r->bytes)
		printf(": %s %" PRIu64 " bytes", r->writes ? "wrote" : "read", r->bytes);
	for (uint32_t i = 0; i < r->sample_size; i++)
		printf("%s%02x", i ? " " : ": ", r->sample[i]);
	putchar('\n');
}

static void add_json(const struct protex_probe_result *r, cJSON *routes)
{
	cJSON *json = json_object();
	char number[16];

	json_string(json, "name", r->route);
	json_string(json, "description", r->description);
	json_string(json, "device", r->device);
	json_bool(json, "reached", r->error == 0);
	json_string(json, "errno", r->error ? errno_name(r->error, number) : NULL);
	json_string(json, "refused_by", r->refused_by);
	json_number(json, "bytes", (double)r->bytes);
	json_hex(json, "sample", r->sample, r->sample_size);
	json_add(routes, NULL, json);
}

static void on_result(const struct protex_probe_result *result, void *data)
{
	cJSON *routes = data;

	if (routes)
		add_json(result, routes);
	else
		print_text(result);
}

static int open_target(const char *target, struct protex_error *error)
{
	bool number = *target != '\0';
	int fd;

	for (const char *p = target; *p; p++)
		number = number && isdigit((unsigned char)*p);
	if (number) {
		unsigned value;

		if (sscanf(target, "%u", &value) != 1 || value > 1u << 20)
			return fail(error, -EBADF, "%s is not a file descriptor", target);
		fd = fcntl((int)value, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			return fail(error, -EBADF,
				    "file descriptor %s is not open here: run this from 'protex "
				    "alloc -- ', or pass it with the shell's redirection",
				    target);
		return fd;
	}
	fd = open(target, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == EACCES || errno == EROFS || errno == ETXTBSY))
		fd = open(target, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? fail(error, -errno, "%s: %s", target, strerror(errno)) : fd;
}

int command_probe(int argc, char **argv)
{
	struct options options = {0};
	struct protex_buffer_info info;
	struct protex_error error, query_error;
	cJSON *routes = NULL;
	unsigned reached = 0;
	bool known;
	int fd, ret;

	argp_parse(&parser, argc, argv, 0, NULL, &options);
	fd = open_target(options.target, &error);
	if (fd < 0)
		return (int)report_failure("probe", &error);

	known = protex_buffer_query(fd, &info, &query_error) == 0;
	if (options.json)
		routes = json_array();
	else if (known)
		printf("dma-buf of %" PRIu64 " bytes, exported by %s, %s%s\n", info.size,
		       info.exporter, info.is_protected ? "protected for use " : "not protected",
		       info.is_protected ? protex_use_name(info.use) : "");
	else
		printf("%s\n", query_error.message);

	ret = protex_probe(fd, on_result, routes, &reached, &error);
	close(fd);
	if (ret < 0) {
		cJSON_Delete(routes);
		return (int)report_failure("probe", &error);
	}
	if (routes) {
		cJSON *json = json_object();

		json_bool(json, "dma_buf", known);
		json_bool(json, "protected", known && info.is_protected);
		json_string(json, "use",
			    known && info.is_protected ? protex_use_name(info.use) : NULL);
		json_string(json, "exporter", known ? info.exporter : NULL);
		json_number(json, "reached", reached);
		json_add(json, "routes", routes);
		json_print_and_free(json);
	} else if (reached) {
		printf("%u routes reached it\n", reached);
	} else {
		printf("nothing reached it\n");
	}
	return reached ? STATUS_NOT_AS_WANTED : STATUS_OK;
}
