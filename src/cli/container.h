/* SPDX-License-Identifier: MIT */
/* Files of encrypted frames; docs/container.md is their specification. */
#ifndef PROTEX_CLI_CONTAINER_H
#define PROTEX_CLI_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include <protex/protex.h>
#include <protex/ta.h>

#define CONTAINER_HEADER_SIZE	    256u
#define CONTAINER_FRAME_HEADER_SIZE 96u
#define CONTAINER_MAX_SIDE	    16384u

/* Matrix coefficients of ITU-T H.273. */
#define CONTAINER_MATRIX_BT709	1u
#define CONTAINER_MATRIX_BT601	6u
#define CONTAINER_MATRIX_BT2020 9u

/* Chroma sample location types of ITU-T H.273. */
#define CONTAINER_SITING_LEFT	  0u
#define CONTAINER_SITING_CENTER	  1u
#define CONTAINER_SITING_TOP_LEFT 2u

struct container_header {
	struct protex_layout layout; /* of a frame */
	uint32_t stride_align;
	uint32_t visible_width, visible_height; /* from the top left of the layout's picture */
	uint32_t rate_numerator, rate_denominator; /* frames a second */
	uint32_t frame_count;			   /* a writer sets it when it finishes */
	uint8_t matrix;
	uint8_t siting;
	bool full_range;
	bool has_digests;
	struct protex_ta_wrapped_key wrapped_key;
};

struct container_frame {
	uint32_t index;
	uint8_t iv[16];
	uint8_t digest[32]; /* SHA-256 of the plaintext; zeros unless the header has_digests */
};

/* One thread at a time may use a reader or writer. */
struct container_reader;
struct container_writer;

/*
 * Opens a file and checks its header, and, where it is a regular file, that its length is what the
 * header promises. -EBADMSG: no such file, damaged, or truncated; the message says which.
 */
int container_reader_open(struct container_reader **reader, const char *path,
			  struct protex_error *error);
void container_reader_close(struct container_reader *reader);
const struct container_header *container_reader_header(const struct container_reader *reader);

/*
 * Reads the next frame's ciphertext, layout.size bytes of it, and checks that neither it nor its
 * header is damaged. Returns 1, or 0 after the last frame. On failure the content of ciphertext is
 * undefined.
 */
int container_reader_next(struct container_reader *reader, struct container_frame *frame,
			  void *ciphertext, struct protex_error *error);

/*
 * Begins a file beside path, under another name. It becomes path only when it is finished; until
 * then path stays as it was. It must not be source, the clip that is read (NULL: none).
 */
int container_writer_open(struct container_writer **writer, const char *path, const char *source,
			  const struct container_header *header, struct protex_error *error);

/* Appends a frame; frame->index is set by the writer. */
int container_writer_append(struct container_writer *writer, struct container_frame *frame,
			    const void *ciphertext, struct protex_error *error);

/* The rate, if it is another than the header said: some clips tell it at their end. */
void container_writer_set_rate(struct container_writer *writer, uint32_t numerator,
			       uint32_t denominator);

/* Completes the file and gives it its name. On failure nothing is left. Closes the writer. */
int container_writer_finish(struct container_writer *writer, struct protex_error *error);

/* Removes what was written. Closes the writer, which may be NULL. */
void container_writer_abort(struct container_writer *writer);

#endif
