/* SPDX-License-Identifier: MIT */
/* A file that appears under its name when it is complete, and not before. */
#ifndef PROTEX_CONTENT_NEW_FILE_H
#define PROTEX_CONTENT_NEW_FILE_H

#include <stdio.h>

#include <protex/protex.h>

struct new_file;

/*
 * Begins a file beside path, under another name; until it is finished, path stays as it was.
 * -EINVAL: path is there and is no regular file, or is source, the file that is read (by whatever
 * name; NULL: none).
 */
int new_file_open(struct new_file **file, const char *path, const char *source,
		  struct protex_error *error);

/* Where to write it; it can be sought in and read back. */
FILE *new_file_stream(const struct new_file *file);

/* Gives it its name, once all is on the disk. Ends file, and on failure leaves nothing. */
int new_file_finish(struct new_file *file, struct protex_error *error);

/* Removes what was written. Ends file, which may be NULL. */
void new_file_abort(struct new_file *file);

#endif
