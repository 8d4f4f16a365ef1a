/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the kernel's checker of protected command streams, as it is compiled
 * in the kernel, with libFuzzer; or replays files, where main() is our own.
 *
 * The input is a stream. Half of the resources it can name are protected. What
 * is checked, besides that the checker stays inside the stream: an accepted one
 * survives being checked command by command, as the host reads it, and none of
 * its commands is one of those that get something out.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "virtgpu_protected_stream.h"
#include "virtgpu_virgl_stream.h"

#define OBJECTS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fail(const char *what)
{
   fprintf(stderr, "stream: %s\n", what);
   abort();
}

static bool
gets_something_out(uint32_t command)
{
   switch (command) {
   case VIRGL_BEGIN_QUERY:
   case VIRGL_END_QUERY:
   case VIRGL_GET_QUERY_RESULT:
   case VIRGL_GET_QUERY_RESULT_QBO:
   case VIRGL_GET_MEMORY_INFO:
   case VIRGL_PIPE_RESOURCE_CREATE:
   case VIRGL_PIPE_RESOURCE_SET_TYPE:
   case VIRGL_SET_DEBUG_FLAGS:
      return true;
   default:
      return command >= VIRGL_CREATE_VIDEO_CODEC && command != VIRGL_CLEAR_SURFACE;
   }
}

/* Resource 2n is ordinary, 2n + 1 protected. */
static bool
is_ordinary(uint32_t res)
{
   return res % 2 == 0;
}

/* Said again, differently from the checker: where a command writes. */
static bool
writes_to_ordinary(const uint32_t *cmd, uint32_t length)
{
   uint32_t object = VIRGL_HEADER_OBJECT(cmd[0]), i;

   switch (VIRGL_HEADER_COMMAND(cmd[0])) {
   case VIRGL_CREATE_OBJECT:
      return (object == VIRGL_OBJECT_SURFACE || object == VIRGL_OBJECT_MSAA_SURFACE ||
              object == VIRGL_OBJECT_STREAMOUT_TARGET) && is_ordinary(cmd[2]);
   case VIRGL_BLIT:
      return is_ordinary(cmd[4]);
   case VIRGL_RESOURCE_COPY_REGION:
   case VIRGL_CLEAR_TEXTURE:
      return is_ordinary(cmd[1]);
   case VIRGL_COPY_TRANSFER3D:
      return !is_ordinary(cmd[12]) && is_ordinary(cmd[1]);
   case VIRGL_SET_SHADER_BUFFERS:
      for (i = 0; i < (length - 2) / 3; i++) {
         if (cmd[5 + 3 * i] && is_ordinary(cmd[5 + 3 * i]))
            return true;
      }
      return false;
   case VIRGL_SET_SHADER_IMAGES:
      for (i = 0; i < (length - 2) / 5; i++) {
         if (cmd[7 + 5 * i] && is_ordinary(cmd[7 + 5 * i]))
            return true;
      }
      return false;
   case VIRGL_SET_ATOMIC_BUFFERS:
      for (i = 0; i < (length - 1) / 3; i++) {
         if (cmd[4 + 3 * i] && is_ordinary(cmd[4 + 3 * i]))
            return true;
      }
      return false;
   default:
      return false;
   }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   struct virtio_gpu_stream_object objects[OBJECTS];
   size_t words = size / 4, at;
   uint32_t *stream;
   int ret;

   for (uint32_t i = 0; i < OBJECTS; i++)
      objects[i] = (struct virtio_gpu_stream_object){ .res_handle = i + 1,
                                                      .is_protected = !is_ordinary(i + 1) };

   /* Exactly as large as it says, so that the sanitizer sees a step too far. */
   stream = calloc(words, 4);
   if (!stream && words)
      return 0;
   if (words)
      memcpy(stream, data, words * 4);

   ret = virtio_gpu_protected_stream_check(stream, words, objects, OBJECTS);
   if (ret && ret != -EINVAL && ret != -EACCES)
      fail("neither allowed nor refused");

   for (at = 0; !ret && at < words; at += 1 + VIRGL_HEADER_LENGTH(stream[at])) {
      uint32_t length = VIRGL_HEADER_LENGTH(stream[at]);

      if (length > words - at - 1)
         fail("accepted a stream that ends early");
      if (virtio_gpu_protected_stream_check(&stream[at], 1 + length, objects, OBJECTS))
         fail("accepted a command in a stream, but not alone");
      if (gets_something_out(VIRGL_HEADER_COMMAND(stream[at])))
         fail("accepted a command that gets something out");
      if (writes_to_ordinary(&stream[at], length))
         fail("accepted a write to an ordinary object");
   }

   free(stream);
   return 0;
}

#ifndef FUZZING_ENGINE
/* A poor man's engine: well-formed headers, random payloads. stream [COUNT [SEED]] */
int
main(int argc, char **argv)
{
   unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 200000;
   uint64_t state = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
   unsigned long accepted = 0;

#define RANDOM() (state = state * 6364136223846793005u + 1442695040888963407u, (uint32_t)(state >> 33))
   for (unsigned long n = 0; n < count; n++) {
      uint32_t stream[256], words = 0, commands = RANDOM() % 4;

      for (uint32_t c = 0; c <= commands; c++) {
         uint32_t command = RANDOM() % 66, object = 0, length = RANDOM() % 24;

         if (command >= VIRGL_CREATE_OBJECT && command <= VIRGL_DESTROY_OBJECT)
            object = RANDOM() % 13;
         stream[words++] = VIRGL_HEADER(command, object, length);
         for (uint32_t i = 0; i < length; i++)
            stream[words++] = RANDOM() % 4 ? RANDOM() % (OBJECTS + 2) : RANDOM();
      }
      /* Sometimes the end is missing. */
      if (RANDOM() % 8 == 0)
         words -= RANDOM() % words;
      LLVMFuzzerTestOneInput((const uint8_t *)stream, words * 4);

      struct virtio_gpu_stream_object all[OBJECTS];
      for (uint32_t i = 0; i < OBJECTS; i++)
         all[i] = (struct virtio_gpu_stream_object){ i + 1, !is_ordinary(i + 1) };
      accepted += !virtio_gpu_protected_stream_check(stream, words, all, OBJECTS);
   }

   /* If nothing gets through, nothing was tested. */
   printf("%lu streams, %lu accepted\n", count, accepted);
   return accepted ? 0 : 1;
}
#endif
