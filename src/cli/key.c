/* SPDX-License-Identifier: MIT */
/* protex key: keys that a crypto device uses and nobody sees. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "crypto.h"
#include "failure.h"
#include "json.h"
#include "key_memory.h"
#include "run.h"

struct options {
	const struct action *action;
	const char *file, *kek, *key;
	unsigned long bits;
	bool json;
	char **command;
};

struct action {
	const char *name;
	int (*run)(const struct options *options, struct protex_error *error);
	bool takes_command;
};

static void print(const struct options *options, const char *did,
		  const struct protex_ta_wrapped_crypto_key *wrapped, bool is_authentic)
{
	unsigned bits = 8 * le32toh(wrapped->key_size);

	if (options->json) {
		cJSON *json = json_object();

		json_string(json, "file", options->file);
		json_number(json, "bits", bits);
		if (is_authentic)
			json_bool(json, "authentic", true);
		json_print_and_free(json);
		return;
	}
	printf("%s: a wrapped key of AES-%u, %s\n", options->file, bits, did);
}

/* To a file that was not there: another key's is not to be replaced, and a destroyed one is to have had no copy. */
static int write_wrapped(const char *path, const struct protex_ta_wrapped_crypto_key *wrapped,
			 struct protex_error *error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), ret = 0;
	ssize_t done;

	if (fd < 0 && errno == EEXIST)
		return fail(error, -EEXIST, "%s is there already: what it encrypted would be lost", path);
	if (fd < 0)
		return fail(error, -errno, "%s: %s", path, strerror(errno));
	errno = ENOSPC; /* what a write that ends early does not say */
	done = write(fd, wrapped, sizeof(*wrapped));
	if (done != (ssize_t)sizeof(*wrapped) || fsync(fd) < 0)
		ret = fail(error, -errno, "%s: %s", path, strerror(errno));
	if (close(fd) < 0 && ret == 0)
		ret = fail(error, -errno, "%s: %s", path, strerror(errno));
	if (ret < 0)
		unlink(path);
	return ret;
}

static int make(const struct options *options, struct protex_error *error)
{
	struct protex_ta_wrapped_crypto_key wrapped;
	struct protex_session *session;
	struct protex_tee *tee;
	int ret;

	ret = protex_ta_open(&tee, &session, error);
	if (ret < 0)
		return ret;
	ret = protex_ta_make_crypto_key(session, options->bits / 8, &wrapped, sizeof(wrapped), error);
	protex_session_close(session);
	protex_tee_close(tee);
	if (ret == 0)
		ret = write_wrapped(options->file, &wrapped, error);
	if (ret == 0)
		print(options, "made by the TEE", &wrapped, true);
	return ret;
}

static int wrap(const struct options *options, struct protex_error *error)
{
	uint8_t key[PROTEX_TA_CRYPTO_KEY_MAX], kek[PROTEX_TA_KEY_SIZE];
	struct protex_ta_wrapped_crypto_key wrapped;
	size_t key_size = 0;
	int ret = 0;

	memcpy(kek, crypto_development_kek, sizeof(kek));
	if (options->kek)
		ret = crypto_read_key(options->kek, kek, error);
	else
		fprintf(stderr, "protex key: wrapped with the public key of development builds, which protects "
				"nothing: say --kek\n");
	if (ret == 0)
		ret = crypto_read_crypto_key(options->key, key, &key_size, error);
	if (ret == 0)
		ret = crypto_wrap_crypto_key(kek, key, key_size, &wrapped, error);
	crypto_wipe(kek, sizeof(kek));
	crypto_wipe(key, sizeof(key));
	if (ret == 0)
		ret = write_wrapped(options->file, &wrapped, error);
	if (ret == 0)
		print(options, "which was in the clear here", &wrapped, false);
	return ret;
}

/* What the TA says of it, not what the file says of itself. */
static int info(const struct options *options, struct protex_error *error)
{
	struct protex_ta_wrapped_crypto_key wrapped;
	size_t key_size;
	int fd = key_file_unwrap(options->file, &wrapped, &key_size, error);

	if (fd < 0)
		return fd;
	close(fd);
	print(options, "which the TEE takes", &wrapped, true);
	return 0;
}

static int unwrap(const struct options *options, struct protex_error *error)
{
	struct protex_ta_wrapped_crypto_key wrapped;
	char bits[16];
	size_t key_size;
	int fd, ret;

	fd = key_file_unwrap(options->file, &wrapped, &key_size, error);
	if (fd < 0)
		return fd;
	snprintf(bits, sizeof(bits), "%zu", 8 * key_size);
	if (setenv("PROTEX_KEY_BITS", bits, 1) < 0)
		ret = fail(error, -errno, "the environment: %s", strerror(errno));
	else
		ret = run_with_buffer("key", options->command, fd);
	close(fd);
	return ret;
}

static int overwrite(int fd, const char *path, struct protex_error *error)
{
	struct protex_ta_wrapped_crypto_key noise;
	int ret = crypto_random(&noise, sizeof(noise), error);

	if (ret < 0)
		return ret;
	if (pwrite(fd, &noise, sizeof(noise), 0) != (ssize_t)sizeof(noise) || fsync(fd) < 0)
		return fail(error, -errno, "%s cannot be overwritten: %s", path, strerror(errno));
	return 0;
}

static int destroy(const struct options *options, struct protex_error *error)
{
	struct protex_ta_wrapped_crypto_key wrapped;
	int fd, ret;

	/* Nothing but a key is destroyed, so what is read must be what is overwritten: the name may change hands meanwhile. */
	fd = open(options->file, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return fail(error, -errno, "%s: %s", options->file, strerror(errno));
	ret = key_read(fd, options->file, &wrapped, error);
	if (ret == 0)
		ret = overwrite(fd, options->file, error);
	close(fd);
	if (ret == 0 && unlink(options->file) < 0)
		ret = fail(error, -errno, "%s was overwritten, and is still there: %s", options->file,
			   strerror(errno));
	if (ret == 0)
		print(options, "destroyed: what it encrypted is lost, unless there is a copy", &wrapped,
		      false);
	return ret;
}

static const struct action actions[] = {
	{"make", make, false},	   {"wrap", wrap, false},	{"info", info, false},
	{"unwrap", unwrap, true}, {"destroy", destroy, false},
};

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

static const struct argp_option option_table[] = {
	{"bits", 'b', "N", 0, "make: 128 (the default), 192 or 256", 0},
	{"key", 'K', "FILE", 0,
	 "wrap: the key, 16, 24 or 32 bytes, or two hexadecimal digits for each", 0},
	{"kek", 'k', "FILE", 0,
	 "wrap: the TA's key-encryption key (default: the public one of development builds)", 0},
	{"json", 'j', NULL, 0, "Print what was done as JSON", 0},
	{0},
};

static void check(const struct options *options, struct argp_state *state)
{
	if (!options->action || !options->file)
		argp_error(state, "say what to do, and the file of the wrapped key");
	if (options->action->takes_command != (options->command && options->command[0]))
		argp_error(state, options->action->takes_command ? "say -- and the command that is to have the key"
								  : "only unwrap runs a command");
	if ((options->action->run == wrap) != !!options->key)
		argp_error(state, "wrap takes --key, and only wrap does");
	if (options->kek && options->action->run != wrap)
		argp_error(state, "only wrap takes --kek: the TA has it");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'b':
		options->bits = option_number(state, "--bits", arg, 128, 256);
		if (options->bits % 64)
			argp_error(state, "--bits takes 128, 192 or 256, not '%s'", arg);
		return 0;
	case 'K':
		options->key = arg;
		return 0;
	case 'k':
		options->kek = arg;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!options->action) {
			options->action = find_action(arg);
			if (!options->action)
				argp_error(state, "there is no '%s': say make, wrap, info, unwrap or destroy",
					   arg);
		} else if (!options->file) {
			options->file = arg;
			/* What follows is the command's, options too. */
			if (options->action->takes_command) {
				options->command = state->argv + state->next;
				if (options->command[0] && strcmp(options->command[0], "--") == 0)
					options->command++;
				state->next = state->argc;
			}
		} else {
			argp_error(state, "'%s' is one argument too many", arg);
		}
		return 0;
	case ARGP_KEY_END:
		check(options, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse,
	.args_doc = "make FILE\nwrap --key KEY FILE\ninfo FILE\nunwrap FILE -- CMD [ARG...]\ndestroy FILE",
	.doc = "Keys of a crypto device, which reads them from memory that the CPU cannot. FILE has the key as it is "
	       "stored, encrypted for the TEE."
	       "\vmake has the TEE make a key, so that nobody ever saw it; wrap takes one that somebody has. unwrap has "
	       "the TEE put the key into protected memory, and runs CMD in place of protex, with that buffer as file "
	       "descriptor 3 (and $PROTEX_FD is \"3\", $PROTEX_KEY_BITS the key's size): the key is gone from memory "
	       "when nobody has it open. info says whether the TEE takes it. destroy overwrites FILE and removes it.",
};

int command_key(int argc, char **argv)
{
	struct options options = {.bits = 128};
	struct protex_error error;
	int ret;

	argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, &options);
	ret = options.action->run(&options, &error);
	return ret < 0 ? (int)report_failure("key", &error) : ret;
}
