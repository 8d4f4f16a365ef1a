/* SPDX-License-Identifier: MIT */
/*
 * Judges submissions from files, and then as many mutations of them as asked
 * for, without an engine: no coverage leads it, but it needs no clang either.
 *
 *	fuzz-stream [--mutations N] [--seed N] FILE-OR-FOLDER...
 *
 * It prints a line with what it did. A false accept aborts it; what it was
 * judging is in the file named by --keep, if that was given.
 */
#include <dirent.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

#include "compare.h"
#include "input.h"

#define SIZE_MAX_MUTATED 4096

struct file {
   uint8_t *data;
   size_t size;
};

static struct file *files;
static size_t num_files;
static unsigned long long results[3];
static const char *keep;
static const uint8_t *judged;
static size_t judged_size;

static void
on_abort(int signal)
{
   int fd;

   (void)signal;
   fd = open(keep, O_WRONLY | O_CREAT | O_TRUNC, 0644);
   if (fd >= 0 && write(fd, judged, judged_size) == (ssize_t)judged_size)
      close(fd);
   _exit(134);
}

static void
judge(const uint8_t *data, size_t size)
{
   judged = data;
   judged_size = size;
   results[compare(data, size)]++;
}

static bool
add_file(const char *path, off_t size)
{
   FILE *file = fopen(path, "rb");
   struct file *grown = realloc(files, (num_files + 1) * sizeof(*files));
   bool ok = file && grown;

   if (grown)
      files = grown;
   if (ok) {
      files[num_files].size = size;
      files[num_files].data = malloc(size + 1);
      ok = files[num_files].data && fread(files[num_files].data, 1, size, file) == (size_t)size;
      num_files += ok;
   }
   if (file)
      fclose(file);
   return ok;
}

static bool
add(const char *path)
{
   struct dirent **entries;
   struct stat st;
   bool ok = true;
   int count;

   if (stat(path, &st))
      return false;
   if (!S_ISDIR(st.st_mode))
      return add_file(path, st.st_size);

   /* Sorted, so that a seed means the same everywhere. */
   count = scandir(path, &entries, NULL, alphasort);
   for (int i = 0; i < count; i++) {
      char *inner = NULL;

      if (entries[i]->d_name[0] != '.')
         ok = asprintf(&inner, "%s/%s", path, entries[i]->d_name) >= 0 && add(inner) && ok;
      free(inner);
      free(entries[i]);
   }
   if (count >= 0)
      free(entries);
   return ok && count >= 0;
}

static void
mutate(unsigned long long mutations, uint64_t seed)
{
   static uint8_t data[SIZE_MAX_MUTATED];
   struct input other;

   for (unsigned long long n = 0; n < mutations && num_files; n++) {
      const struct file *file = &files[(seed + n) % num_files];
      const struct file *giver = &files[(seed + n * 7919) % num_files];
      size_t size = file->size < sizeof(data) ? file->size : sizeof(data);

      memcpy(data, file->data, size);
      if (n % 4 || !input_read(&other, giver->data, giver->size)) {
         size = input_mutate(data, size, sizeof(data), NULL, seed + n);
      } else {
         size = input_mutate(data, size, sizeof(data), &other, seed + n);
         input_free(&other);
      }
      judge(data, size);
   }
}

int
main(int argc, char **argv)
{
   static const struct option options[] = {
      { "mutations", required_argument, NULL, 'm' },
      { "seed", required_argument, NULL, 's' },
      { "keep", required_argument, NULL, 'k' },
      { 0 },
   };
   unsigned long long mutations = 0;
   uint64_t seed = 1;
   int option;

   while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
      switch (option) {
      case 'm':
         mutations = strtoull(optarg, NULL, 0);
         break;
      case 's':
         seed = strtoull(optarg, NULL, 0);
         break;
      case 'k':
         keep = optarg;
         signal(SIGABRT, on_abort);
         break;
      default:
         return 2;
      }
   }
   for (int i = optind; i < argc; i++) {
      if (!add(argv[i])) {
         fprintf(stderr, "%s cannot be read\n", argv[i]);
         return 2;
      }
   }

   for (size_t i = 0; i < num_files; i++)
      judge(files[i].data, files[i].size);
   mutate(mutations, seed);

   printf("%zu files, %llu mutations: %llu accepted, %llu refused, %llu refused by the driver only\n",
          num_files, mutations, results[COMPARED_ACCEPTED], results[COMPARED_REFUSED],
          results[COMPARED_STRICTER]);
   for (size_t i = 0; i < num_files; i++)
      free(files[i].data);
   free(files);

   /* If nothing gets through, nothing was tested. */
   return results[COMPARED_ACCEPTED] ? 0 : 1;
}
