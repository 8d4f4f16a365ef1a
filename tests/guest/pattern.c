/* SPDX-License-Identifier: MIT */
/*
 * pattern WIDTH HEIGHT SEED: shows a picture of pseudo-random pixels in an
 * ordinary dumb buffer, until its standard input ends, so that a test can see
 * whether the camera's picture is the display's, pixel for pixel.  With a fourth
 * argument it writes the picture there instead, as PNG.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xf86drm.h>
#include <xf86drmMode.h>

#include "bitmap.h"

static uint32_t
pixel(uint32_t x, uint32_t y, uint32_t seed)
{
   /* Blocks of 4×4 keep the PNG small; their edges still show any shift. */
   uint32_t h = (x / 4) * 0x9e3779b1u ^ (y / 4) * 0x85ebca77u ^ seed * 0xc2b2ae3du;

   h ^= h >> 15;
   h *= 0x2c1b3c6du;
   h ^= h >> 12;
   return h & 0xffffff;
}

static int
fail(const char *what)
{
   fprintf(stderr, "pattern: %s: %s\n", what, strerror(errno));
   return 1;
}

static int
write_png(const char *path, uint32_t width, uint32_t height, uint32_t seed)
{
   struct bitmap bitmap;
   bool written;

   if (!bitmap_fill(&bitmap, width, height, (const uint8_t[]){ 0, 0, 0 }))
      return 1;
   for (uint32_t y = 0; y < height; y++) {
      for (uint32_t x = 0; x < width; x++) {
         uint32_t p = pixel(x, y, seed);

         for (unsigned i = 0; i < 3; i++)
            bitmap_at(&bitmap, x, y)[i] = p >> (16 - 8 * i);
      }
   }
   written = bitmap_write(&bitmap, path);
   bitmap_free(&bitmap);
   return written ? 0 : 1;
}

int
main(int argc, char **argv)
{
   if (argc < 4) {
      fprintf(stderr, "usage: pattern WIDTH HEIGHT SEED [FILE.png]\n");
      return 2;
   }
   uint32_t width = atoi(argv[1]), height = atoi(argv[2]), seed = atoi(argv[3]);
   if (argc > 4)
      return write_png(argv[4], width, height, seed);

   int fd = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
   if (fd < 0)
      return fail("/dev/dri/card0");

   drmModeRes *res = drmModeGetResources(fd);
   drmModeConnector *conn = res ? drmModeGetConnector(fd, res->connectors[0]) : NULL;
   if (!conn)
      return fail("no connector");

   drmModeModeInfo mode = {
      .clock = width * height * 60 / 1000,
      .hdisplay = width, .hsync_start = width, .hsync_end = width, .htotal = width,
      .vdisplay = height, .vsync_start = height, .vsync_end = height,
      .vtotal = height, .vrefresh = 60,
   };
   uint32_t handle, pitch, fb;
   uint64_t size, offset;
   if (drmModeCreateDumbBuffer(fd, width, height, 32, 0, &handle, &pitch, &size) ||
       drmModeMapDumbBuffer(fd, handle, &offset))
      return fail("no dumb buffer");
   uint8_t *map = mmap(NULL, size, PROT_WRITE, MAP_SHARED, fd, offset);
   if (map == MAP_FAILED)
      return fail("mmap");
   for (uint32_t y = 0; y < height; y++) {
      uint32_t *row = (uint32_t *)(map + (size_t)y * pitch);

      for (uint32_t x = 0; x < width; x++)
         row[x] = pixel(x, y, seed);
   }
   if (drmModeAddFB(fd, width, height, 24, 32, pitch, handle, &fb) ||
       drmModeSetCrtc(fd, res->crtcs[0], fb, 0, 0, &conn->connector_id, 1, &mode))
      return fail("cannot set the mode");

   /* QEMU paints at the next flush after a mode set: keep flushing. */
   struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
   puts("shown");
   fflush(stdout);
   while (poll(&in, 1, 50) == 0) {
      if (drmModeDirtyFB(fd, fb, NULL, 0) && errno != ENOSYS)
         return fail("DirtyFB");
   }
   return 0;
}
