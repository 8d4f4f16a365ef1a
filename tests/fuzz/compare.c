/* SPDX-License-Identifier: MIT */
/*
 * The kernel's checker of protected command streams, compiled as it is in the
 * kernel, against the oracle. What the driver lets through must be without
 * objection. To refuse more is its right.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "compare.h"
#include "input.h"
#include "oracle.h"
#include "virtgpu_protected_stream.h"

static void
fail(const char *what)
{
   fprintf(stderr, "%s\n", what);
   abort();
}

/* The host reads commands one by one, so each must be acceptable by itself. */
static void
check_commands(const struct input *in, const struct virtio_gpu_stream_object *objects)
{
   size_t length;

   for (size_t at = 0; at < in->words; at += length) {
      length = 1 + (size_t)HEADER_LENGTH(in->stream[at]);
      if (length > in->words - at)
         fail("accepted a stream that ends in a command");
      if (virtio_gpu_protected_stream_check(&in->stream[at], length, objects, in->num_objects))
         fail("accepted a command in a stream, and not alone");
   }
}

enum compared
compare(const uint8_t *data, size_t size)
{
   struct virtio_gpu_stream_object *objects;
   struct oracle_object *same;
   const char *objection;
   struct input in;
   int ret;

   if (!input_read(&in, data, size))
      return COMPARED_REFUSED;

   objects = calloc(in.num_objects, sizeof(*objects));
   same = calloc(in.num_objects, sizeof(*same));
   if (in.num_objects && (!objects || !same))
      fail("out of memory");
   for (size_t i = 0; i < in.num_objects; i++) {
      objects[i].res_handle = same[i].handle = in.objects[i].handle;
      objects[i].is_protected = same[i].is_protected = in.objects[i].is_protected;
   }

   ret = virtio_gpu_protected_stream_check(in.stream, in.words, objects, in.num_objects);
   if (ret && ret != -EINVAL && ret != -EACCES)
      fail("neither accepted nor refused");

   objection = oracle_objection(in.stream, in.words, same, in.num_objects);
   if (!ret && objection) {
      fprintf(stderr, "false accept: %s\n", objection);
      abort();
   }
   if (!ret)
      check_commands(&in, objects);

   free(objects);
   free(same);
   input_free(&in);

   return !ret ? COMPARED_ACCEPTED : objection ? COMPARED_REFUSED : COMPARED_STRICTER;
}
