/* SPDX-License-Identifier: MIT */
/*
 * What the fuzzer is fed with: a submission, as a file of 32-bit words, little
 * endian like the stream itself.
 *
 *	number of objects
 *	for each object: its number in the stream; 1 if it is protected, or 0
 *	the stream
 *
 * Any file is a submission: what is missing is not there.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_OBJECTS_MAX 1024

struct input_object {
   uint32_t handle;
   uint32_t is_protected;
};

struct input {
   struct input_object *objects;
   size_t num_objects;
   /* Exactly as large as it says, so that sanitizers see a step too far. */
   uint32_t *stream;
   size_t words;
};

bool input_read(struct input *input, const uint8_t *data, size_t size);
void input_free(struct input *input);

#define HEADER_COMMAND(header) ((header) & 0xff)
#define HEADER_TYPE(header)    (((header) >> 8) & 0xff)
#define HEADER_LENGTH(header)  ((header) >> 16)
#define HEADER(command, type, length)                                                      \
   ((uint32_t)(command) | (uint32_t)(type) << 8 | (uint32_t)(length) << 16)

/*
 * Makes another submission of one of at most @max_size bytes, knowing where its
 * commands begin; @other, if it has any, is one to take commands of.
 */
size_t input_mutate(uint8_t *data, size_t size, size_t max_size, const struct input *other,
                    uint64_t seed);

#endif
