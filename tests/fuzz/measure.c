/* SPDX-License-Identifier: MIT */
/*
 * What the check of a submission costs, beside the ioctl that has just made the same
 * one: the kernel's code, compiled for userspace, does for it what the kernel
 * does, a table of the objects, its sorting and the check.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record.h"
#include "virtgpu_protected_stream.h"

#define TIMES 16

static struct sample {
   double ioctl, check;
   size_t bytes, objects;
} *samples;
static size_t num_samples;

static int
by_handle(const void *a, const void *b)
{
   const struct virtio_gpu_stream_object *x = a, *y = b;

   return x->res_handle < y->res_handle ? -1 : x->res_handle > y->res_handle;
}

uint64_t
nanoseconds(void)
{
   struct timespec now;

   clock_gettime(CLOCK_MONOTONIC, &now);
   return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static int
check_once(const uint32_t *words, size_t count)
{
   struct virtio_gpu_stream_object *objects = calloc(words[0] + 1, sizeof(*objects));
   int result;

   if (!objects)
      return -1;
   for (uint32_t i = 0; i < words[0]; i++) {
      objects[i].res_handle = words[1 + 2 * i];
      objects[i].is_protected = words[2 + 2 * i];
   }
   qsort(objects, words[0], sizeof(*objects), by_handle);
   result = virtio_gpu_protected_stream_check(words + 1 + 2 * words[0], count - 1 - 2 * words[0],
                                              objects, words[0]);
   free(objects);
   return result;
}

/*
 * The first time does not count: it finds pages that the ioctl has driven from
 * the TLB, and those are not the kernel's.
 */
static double
check(const uint32_t *words, size_t count, int *result)
{
   uint64_t begin;

   *result = check_once(words, count);
   begin = nanoseconds();
   for (int i = 0; i < TIMES; i++)
      *result |= check_once(words, count);
   return (double)(nanoseconds() - begin) / TIMES;
}

void
measure(const uint32_t *words, size_t count, uint64_t took)
{
   struct sample *grown;
   int result = -1;

   if (!getenv("FUZZ_MEASURE"))
      return;
   grown = realloc(samples, (num_samples + 1) * sizeof(*samples));
   if (!grown)
      return;
   samples = grown;
   samples[num_samples] = (struct sample){
      .ioctl = took,
      .check = check(words, count, &result),
      .bytes = (count - 1 - 2 * words[0]) * 4,
      .objects = words[0],
   };
   /* A clock that has not moved meanwhile tells nothing. */
   if (!result && took)
      num_samples++;
}

static int
by_share(const void *a, const void *b)
{
   const struct sample *x = a, *y = b;
   double i = x->check / x->ioctl, j = y->check / y->ioctl;

   return i < j ? -1 : i > j;
}

static void
summarise(FILE *file, const char *what, bool with_objects)
{
   double ioctl = 0, check = 0, median = 0;
   size_t bytes = 0, n = 0, total = 0;

   for (size_t i = 0; i < num_samples; i++)
      total += (samples[i].objects != 0) == with_objects;
   if (!total)
      return;
   /* They are in order, so the median is the one in the middle. */
   for (size_t i = 0; i < num_samples; i++) {
      if ((samples[i].objects != 0) != with_objects)
         continue;
      if (n++ == total / 2)
         median = samples[i].check / samples[i].ioctl;
      ioctl += samples[i].ioctl;
      check += samples[i].check;
      bytes += samples[i].bytes;
   }
   fprintf(file, "# %s, %zu submissions %s: %zu bytes, ioctl %.0f us, check %.2f us on average; "
           "the check is %.2f %% of the ioctls' time, the median of its shares is %.2f %%\n",
           program_invocation_short_name, total, what, bytes / total, ioctl / 1e3 / total,
           check / 1e3 / total, 100 * check / ioctl, 100 * median);
}

/* Of each ioctl: "bytes objects ioctl check", in ns, and what they are together. */
__attribute__((destructor)) static void
report(void)
{
   const char *begin = getenv("FUZZ_MEASURE");
   char path[PATH_MAX] = "";
   FILE *file = NULL;

   /* Each process has its own. */
   if (begin && num_samples) {
      snprintf(path, sizeof(path), "%s%s", begin, program_invocation_short_name);
      file = fopen(path, "w");
   }
   if (!file)
      return;
   for (size_t i = 0; i < num_samples; i++) {
      fprintf(file, "%zu %zu %.0f %.0f\n", samples[i].bytes, samples[i].objects, samples[i].ioctl,
              samples[i].check);
   }
   qsort(samples, num_samples, sizeof(*samples), by_share);
   summarise(file, "that draw", true);
   summarise(file, "of nothing", false);
   fclose(file);
}
