/* SPDX-License-Identifier: MIT */
/*
 * Records the protected submissions of a program, for the fuzzer's corpus, or
 * measures what checking them costs:
 *
 *	LD_PRELOAD=librecord.so FUZZ_RECORD=FOLDER PROGRAM...
 *	LD_PRELOAD=librecord.so FUZZ_MEASURE=FILE PROGRAM...
 *
 * Each is recorded as a file of the format in input.h, named for what is in it, so that what
 * is submitted twice is kept once. One that the kernel refused has "refused-" before
 * its name. There is no content in a stream: it names the objects that have it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gpu.h"
#include "record.h"

typedef int (*ioctl_function)(int, unsigned long, ...);

static ioctl_function
real_ioctl(void)
{
   static ioctl_function function;

   if (!function)
      function = (ioctl_function)dlsym(RTLD_NEXT, "ioctl");
   return function;
}

static uint64_t
name_of(const uint32_t *words, size_t count)
{
   uint64_t hash = 0xcbf29ce484222325u;

   for (size_t i = 0; i < count; i++)
      hash = (hash ^ words[i]) * 0x100000001b3u;
   return hash;
}

static void
keep(const uint32_t *words, size_t count, bool refused)
{
   const char *folder = getenv("FUZZ_RECORD");
   const uint8_t *data = (const uint8_t *)words;
   size_t left = count * 4;
   char path[PATH_MAX];
   int fd;

   if (!folder)
      return;
   snprintf(path, sizeof(path), "%s/%s%016" PRIx64, folder, refused ? "refused-" : "",
            name_of(words, count));
   fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
   while (fd >= 0 && left) {
      ssize_t written = write(fd, data, left);

      if (written < 0)
         break;
      data += written;
      left -= written;
   }
   if (fd >= 0)
      close(fd);
}

/* NULL if it is not one that we could record. */
static uint32_t *
copy_of(int fd, const struct drm_virtgpu_execbuffer *submission, size_t *count)
{
   const uint32_t *handles = (const uint32_t *)(uintptr_t)submission->bo_handles;
   uint32_t objects = submission->num_bo_handles, *words;

   *count = 1 + 2 * (size_t)objects + submission->size / 4;
   words = calloc(*count, 4);
   if (!words)
      return NULL;

   words[0] = objects;
   for (uint32_t i = 0; i < objects; i++) {
      struct resource_info info = { .bo_handle = handles[i] };

      if (real_ioctl()(fd, IOCTL_RESOURCE_INFO, &info)) {
         free(words);
         return NULL;
      }
      words[1 + 2 * i] = info.res_handle;
      words[2 + 2 * i] = info.flags & VIRTGPU_RESOURCE_INFO_PROTECTED;
   }
   memcpy(words + 1 + 2 * objects, (const void *)(uintptr_t)submission->command,
          submission->size / 4 * 4);

   return words;
}

__attribute__((visibility("default"))) int
ioctl(int fd, unsigned long request, ...)
{
   uint32_t *words = NULL;
   uint64_t begin, took;
   size_t count = 0;
   va_list arguments;
   void *argument;
   int ret, error;

   va_start(arguments, request);
   argument = va_arg(arguments, void *);
   va_end(arguments);

   if (_IOC_TYPE(request) == DRM_IOCTL_BASE &&
       _IOC_NR(request) == DRM_COMMAND_BASE + DRM_VIRTGPU_EXECBUFFER) {
      const struct drm_virtgpu_execbuffer *submission = argument;

      if (submission->flags & VIRTGPU_EXECBUF_PROTECTED)
         words = copy_of(fd, submission, &count);
   }

   begin = words ? nanoseconds() : 0;
   ret = real_ioctl()(fd, request, argument);
   error = errno;
   took = words ? nanoseconds() - begin : 0;
   if (words && !ret)
      measure(words, count, took);
   /* What was interrupted comes again. */
   if (words && (!ret || (error != EINTR && error != EAGAIN)))
      keep(words, count, ret != 0);
   free(words);
   errno = error;

   return ret;
}
