/* SPDX-License-Identifier: MIT */
/*
 * Reads submissions, and puts them in the order that the kernel promises its
 * checker: by ascending number, and one number is not both protected and not.
 */
#include <stdlib.h>
#include <string.h>

#include "input.h"

static int
by_handle(const void *a, const void *b)
{
   const struct input_object *x = a, *y = b;

   return x->handle < y->handle ? -1 : x->handle > y->handle;
}

bool
input_read(struct input *input, const uint8_t *data, size_t size)
{
   size_t words = size / 4, objects = 0;
   uint32_t count = 0;

   if (words) {
      memcpy(&count, data, 4);
      objects = count < (words - 1) / 2 ? count : (words - 1) / 2;
      if (objects > INPUT_OBJECTS_MAX)
         objects = INPUT_OBJECTS_MAX;
      words -= 1 + 2 * objects;
      data += 4;
   }

   *input = (struct input){ .num_objects = objects, .words = words };
   input->objects = calloc(objects, sizeof(*input->objects));
   input->stream = calloc(words, 4);
   if ((objects && !input->objects) || (words && !input->stream)) {
      input_free(input);
      return false;
   }
   if (objects)
      memcpy(input->objects, data, objects * sizeof(*input->objects));
   if (words)
      memcpy(input->stream, data + objects * sizeof(*input->objects), words * 4);

   for (size_t i = 0; i < objects; i++)
      input->objects[i].is_protected &= 1;
   if (objects)
      qsort(input->objects, objects, sizeof(*input->objects), by_handle);
   for (size_t i = 1; i < objects; i++) {
      if (input->objects[i].handle == input->objects[i - 1].handle)
         input->objects[i].is_protected = input->objects[i - 1].is_protected;
   }

   return true;
}

void
input_free(struct input *input)
{
   free(input->objects);
   free(input->stream);
   *input = (struct input){ 0 };
}
