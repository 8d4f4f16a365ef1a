/* SPDX-License-Identifier: MIT */
/*
 * How fast the firewall reads streams, next to a memcpy of the same ones:
 *
 *	fuzz-bench FOLDER...
 *
 * Both go over all submissions again and again, in turns, so that what else
 * the machine does meets both alike. What counts is the best turn of each.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "input.h"
#include "virtgpu_protected_stream.h"

#define TURNS  50
#define ROUNDS 200

struct submission {
   struct input input;
   struct virtio_gpu_stream_object *objects;
};

static struct submission *submissions;
static size_t count, bytes, most;

static bool
add(const char *path)
{
   struct submission *s;
   struct dirent *entry;
   struct stat st;
   uint8_t *data;
   FILE *file;
   DIR *dir;
   bool ok;

   if (stat(path, &st))
      return false;
   if (S_ISDIR(st.st_mode)) {
      dir = opendir(path);
      ok = dir;
      while (ok && (entry = readdir(dir))) {
         char *inner = NULL;

         if (entry->d_name[0] != '.')
            ok = asprintf(&inner, "%s/%s", path, entry->d_name) >= 0 && add(inner);
         free(inner);
      }
      if (dir)
         closedir(dir);
      return ok;
   }

   submissions = realloc(submissions, (count + 1) * sizeof(*submissions));
   data = malloc(st.st_size + 1);
   file = fopen(path, "rb");
   if (!submissions || !data || !file || fread(data, 1, st.st_size, file) != (size_t)st.st_size)
      return false;
   fclose(file);

   s = &submissions[count];
   if (!input_read(&s->input, data, st.st_size))
      return false;
   free(data);
   s->objects = calloc(s->input.num_objects + 1, sizeof(*s->objects));
   if (!s->objects)
      return false;
   for (size_t i = 0; i < s->input.num_objects; i++) {
      s->objects[i].res_handle = s->input.objects[i].handle;
      s->objects[i].is_protected = s->input.objects[i].is_protected;
   }
   count++;
   bytes += s->input.words * 4;
   if (s->input.words > most)
      most = s->input.words;
   return true;
}

static double
seconds(void)
{
   struct timespec now;

   clock_gettime(CLOCK_MONOTONIC, &now);
   return now.tv_sec + now.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
   double check = 1e9, copy = 1e9, begin, took;
   uint32_t *copied;

   for (int i = 1; i < argc; i++) {
      if (!add(argv[i])) {
         fprintf(stderr, "%s cannot be read\n", argv[i]);
         return 1;
      }
   }
   copied = malloc(most * 4 + 4);
   if (!count || !copied)
      return 1;

   for (int turn = 0; turn < TURNS; turn++) {
      begin = seconds();
      for (int round = 0; round < ROUNDS; round++) {
         for (size_t i = 0; i < count; i++) {
            const struct submission *s = &submissions[i];

            if (virtio_gpu_protected_stream_check(s->input.stream, s->input.words, s->objects,
                                                  s->input.num_objects)) {
               fprintf(stderr, "a submission is refused\n");
               return 1;
            }
         }
      }
      took = seconds() - begin;
      check = took < check ? took : check;

      begin = seconds();
      for (int round = 0; round < ROUNDS; round++) {
         for (size_t i = 0; i < count; i++) {
            memcpy(copied, submissions[i].input.stream, submissions[i].input.words * 4);
            /* It is not for the compiler to say that nobody looks. */
            __asm__ volatile("" : : "r"(copied) : "memory");
         }
      }
      took = seconds() - begin;
      copy = took < copy ? took : copy;
   }

   printf("%zu submissions, %zu bytes: check %.0f MB/s (%.2f us a submission), memcpy %.0f MB/s, "
          "the check takes %.2f times as long\n", count, bytes, bytes * ROUNDS / check / 1e6,
          check / ROUNDS / count * 1e6, bytes * ROUNDS / copy / 1e6, check / copy);
   return 0;
}
