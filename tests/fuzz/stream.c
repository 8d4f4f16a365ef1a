/* SPDX-License-Identifier: MIT */
/*
 * The fuzzer of the firewall, for libFuzzer: scripts/fuzz runs it.
 */
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out, unsigned int seed);

/*
 * The checker is a table, which coverage of code does not see. So libFuzzer is told
 * which commands were accepted, with which type, and about how long.
 */
#define COMMANDS 64
#define TYPES    16
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t accepted[COMMANDS * TYPES];

static void
count_commands(const uint8_t *data, size_t size)
{
   struct input in;

   if (!input_read(&in, data, size))
      return;
   for (size_t at = 0; at < in.words; at += 1 + HEADER_LENGTH(in.stream[at])) {
      uint32_t header = in.stream[at], length = 1 + HEADER_LENGTH(header);
      uint8_t *counter =
         &accepted[HEADER_COMMAND(header) % COMMANDS * TYPES + HEADER_TYPE(header) % TYPES];

      if (length > *counter)
         *counter = length < 255 ? length : 255;
   }
   input_free(&in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   static unsigned long long executions;

   if (compare(data, size) == COMPARED_ACCEPTED)
      count_commands(data, size);
   /* For the progress line; libFuzzer reports more and more seldom. */
   if (++executions % 65536 == 0)
      fprintf(stderr, "#%llu\trunning\n", executions);
   return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
   return input_mutate(data, size, max_size, NULL, seed);
}

/* The second gives commands to the first. */
size_t
LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2,
                          uint8_t *out, size_t max_out, unsigned int seed)
{
   struct input other;
   size_t size = size1 < max_out ? size1 : max_out;

   memcpy(out, data1, size);
   if (!input_read(&other, data2, size2))
      return size;
   size = input_mutate(out, size, max_out, &other, seed);
   input_free(&other);

   return size;
}
