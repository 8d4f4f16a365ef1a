/* SPDX-License-Identifier: MIT */
/* protex-pack: what its files share. */
#ifndef PROTEX_CLI_PACK_H
#define PROTEX_CLI_PACK_H

#include <stdbool.h>

#include <protex/protex.h>

#include "fail.h"
#include "keys.h"

struct pack_options {
	const char *input, *output;
	const char *kek;	 /* NULL: the public one of development builds */
	struct keys keys;	 /* of the clip, if it is encrypted */
	bool json, quiet;

	/* MP4 */
	enum protex_scheme scheme;
	bool transcode;		 /* even what need not be */
	const char *content_key; /* NULL: a random one */
	const char *key_id;	 /* likewise */

	/* Raw frames */
	bool raw;
	unsigned long frames; /* 0: all */
	unsigned long align;
	bool digests, xrgb;
};

/* Either prints what it made, and what there is to know of it, and returns 0 or STATUS_NOT_AS_WANTED,
 * or fills in error and returns a negative errno. */
int pack_mp4(const struct pack_options *options, struct protex_error *error);
int pack_raw(const struct pack_options *options, struct protex_error *error);

/* Reads the key-encryption key that the options say. */
int pack_read_kek(const struct pack_options *options, uint8_t kek[16], struct protex_error *error);

/* Whether to show progress. */
bool pack_shows_progress(const struct pack_options *options);

/* Says something of the clip on standard error. */
void pack_tell(const struct pack_options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Says what is wrong with the clip, after all of it was read, and returns the status. The complaint
 * may be NULL. */
int pack_tell_damage(const struct pack_options *options, const char *complaint, uint64_t lost);

#endif
