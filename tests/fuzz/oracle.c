/* SPDX-License-Identifier: MIT */
/*
 * Reads each command as the protocol lays it out, word after word, and says at
 * each resource what becomes of it. A command that is not used up by that, or
 * ends before, is malformed.
 */
#include "oracle.h"

struct reader {
   const uint32_t *word;
   size_t left;
   const struct oracle_object *objects;
   size_t num_objects;
   const char *objection;
};

static void
object_to(struct reader *r, const char *why)
{
   if (!r->objection)
      r->objection = why;
}

static uint32_t
take(struct reader *r)
{
   if (!r->left) {
      object_to(r, "a command that is too short");
      return 0;
   }
   r->left--;
   return *r->word++;
}

static void
skip(struct reader *r, size_t words)
{
   while (words--)
      take(r);
}

static void
skip_rest(struct reader *r)
{
   skip(r, r->left);
}

static const struct oracle_object *
listed(struct reader *r, uint32_t handle)
{
   for (size_t i = 0; i < r->num_objects; i++) {
      if (r->objects[i].handle == handle)
         return &r->objects[i];
   }
   object_to(r, "a resource that the submission does not hold");
   return NULL;
}

/* The device reads the resource. R3 has nothing against that. */
static void
reads(struct reader *r, uint32_t handle)
{
   listed(r, handle);
}

/* R3: the device may write to it what it has read. */
static void
writes(struct reader *r, uint32_t handle)
{
   const struct oracle_object *object = listed(r, handle);

   if (object && !object->is_protected)
      object_to(r, "a write to an ordinary object");
}

/* What the CPU wrote is copied into it. The CPU learns nothing from its own data. */
static void
uploads(struct reader *r, uint32_t handle)
{
   listed(r, handle);
}

/* The memory of the guest behind it is read, which is not a stream's to do where it is restricted. */
static void
reads_memory(struct reader *r, uint32_t handle)
{
   const struct oracle_object *object = listed(r, handle);

   if (object && object->is_protected)
      object_to(r, "a transfer of restricted memory");
}

/* Its content decides whether what follows is done, which can be seen. */
static void
steers(struct reader *r, uint32_t handle)
{
   const struct oracle_object *object = listed(r, handle);

   if (object && object->is_protected)
      object_to(r, "a command steered by protected content");
}

/* Where 0 means none. */
#define OPTIONAL(what, r)                                                                  \
   do {                                                                                    \
      uint32_t handle_ = take(r);                                                          \
      if (handle_)                                                                         \
         what(r, handle_);                                                                 \
   } while (0)

static void
create_object(struct reader *r, uint32_t type)
{
   uint32_t stage, outputs;

   if (!take(r))
      object_to(r, "an object without a handle");

   switch (type) {
   case 1: /* blend: two words, and one for each of 8 colour buffers */
      skip(r, 2 + 8);
      break;
   case 2: /* rasterizer */
      skip(r, 8);
      break;
   case 3: /* depth, stencil and alpha */
      skip(r, 4);
      break;
   case 4: /* shader: stage, offset, tokens, stream outputs; text */
      stage = take(r);
      skip(r, 2);
      outputs = take(r);
      if (stage > 5)
         object_to(r, "a shader of an unknown stage");
      /* Compute has the size of its shared memory there. */
      if (stage != 5 && outputs) {
         if (outputs > 64)
            object_to(r, "too many stream outputs");
         else
            skip(r, 4 + 2 * outputs);
      }
      skip_rest(r);
      break;
   case 5: /* vertex elements */
      for (int i = 0; i < 32 && r->left; i++)
         skip(r, 4);
      break;
   case 6: /* sampler view */
      reads(r, take(r));
      skip(r, 4);
      break;
   case 7: /* sampler state */
      skip(r, 8);
      break;
   case 8: /* surface: what is drawn goes there */
      writes(r, take(r));
      skip(r, 3);
      break;
   case 10: /* stream-out target: vertices go there */
      writes(r, take(r));
      skip(r, 2);
      break;
   case 11: /* surface with samples */
      writes(r, take(r));
      skip(r, 4);
      break;
   case 9:
      object_to(r, "a query");
      break;
   default:
      object_to(r, "an unknown type of object");
      break;
   }
}

/* The head that all uploads have: resource, level, usage, strides, box. */
static uint32_t
transfer_head(struct reader *r)
{
   uint32_t handle = take(r);

   skip(r, 10);
   return handle;
}

static void
copy_transfer(struct reader *r)
{
   uint32_t flags;

   uploads(r, transfer_head(r));
   reads_memory(r, take(r));
   skip(r, 1);
   flags = take(r);
   if (flags & ~3u)
      object_to(r, "an unknown flag");
   /* Then source and destination change places, and guest memory is written. */
   if (flags & 2)
      object_to(r, "a transfer to the guest");
}

static void
transfer(struct reader *r)
{
   reads_memory(r, transfer_head(r));
   skip(r, 1);
   if (take(r) != 1)
      object_to(r, "a transfer to the guest");
}

static void
draw(struct reader *r)
{
   skip(r, 12);
   /* Two kinds of draw have more: with patches, and indirect ones. */
   if (r->left)
      skip(r, 2);
   if (r->left) {
      OPTIONAL(steers, r);
      skip(r, 4);
      OPTIONAL(steers, r);
   }
}

static void
command(struct reader *r, uint32_t number, uint32_t type)
{
   bool is_typed = number >= 1 && number <= 3;
   uint32_t count;

   if (type && !is_typed)
      object_to(r, "an object type where there is none");

   switch (number) {
   case 0:  /* nothing */
   case 44: /* end of transfers */
      skip_rest(r);
      break;
   case 1:
      create_object(r, type);
      break;
   case 2: /* bind */
      if (type != 1 && type != 2 && type != 3 && type != 5)
         object_to(r, "binding what cannot be bound");
      skip(r, 1);
      break;
   case 3: /* destroy */
      if (type < 1 || type > 11)
         object_to(r, "an unknown type of object");
      skip(r, 1);
      break;
   case 4: /* viewports: scale and translation of each */
      skip(r, 1);
      for (int i = 0; i < 16 && r->left; i++)
         skip(r, 6);
      break;
   case 5: /* framebuffer: surfaces, which were judged when they were made */
      count = take(r);
      if (count > 8)
         object_to(r, "too many colour buffers");
      else
         skip(r, 1 + count);
      break;
   case 6: /* vertex buffers */
      for (int i = 0; i < 32 && r->left; i++) {
         skip(r, 2);
         OPTIONAL(reads, r);
      }
      break;
   case 7: /* clear: draws into the framebuffer */
      skip(r, 8);
      break;
   case 8:
      draw(r);
      break;
   case 9: /* inline write; data follow */
      uploads(r, transfer_head(r));
      skip(r, 1);
      skip_rest(r);
      break;
   case 10: /* sampler views */
   case 18: /* sampler states */
      skip(r, 2);
      if (r->left > 128)
         object_to(r, "too many samplers");
      skip_rest(r);
      break;
   case 11: /* index buffer, or none */
      OPTIONAL(reads, r);
      if (r->left)
         skip(r, 2);
      break;
   case 12: /* constants, in the stream */
      skip(r, 2);
      skip_rest(r);
      break;
   case 13: /* stencil reference */
   case 24: /* sample mask */
   case 28: /* sub-context: use */
   case 29: /* make */
   case 30: /* destroy */
   case 33: /* samples at least */
   case 36: /* memory barrier */
   case 39: /* texture barrier */
      skip(r, 1);
      break;
   case 14: /* blend colour */
      skip(r, 4);
      break;
   case 15: /* scissors: two words each */
      skip(r, 1);
      for (int i = 0; i < 16 && r->left; i++)
         skip(r, 2);
      break;
   case 16: /* blit: mask and scissor, destination, source */
      skip(r, 3);
      writes(r, take(r));
      skip(r, 8);
      reads(r, take(r));
      skip(r, 8);
      break;
   case 17: /* copy of a region: destination and where, source and its box */
      writes(r, take(r));
      skip(r, 4);
      reads(r, take(r));
      skip(r, 7);
      break;
   case 22: /* polygon stipple */
   case 23: /* clip planes */
      skip(r, 32);
      break;
   case 25: /* stream-out targets, which were judged when they were made */
      skip(r, 1);
      if (r->left > 16)
         object_to(r, "too many stream-out targets");
      skip_rest(r);
      break;
   case 26: /* render condition: to take one away is harmless */
      if (take(r))
         object_to(r, "a condition on a query");
      skip(r, 2);
      break;
   case 27: /* uniform buffer */
      skip(r, 4);
      OPTIONAL(reads, r);
      break;
   case 31: /* bind a shader */
   case 38: /* framebuffer without attachments */
      skip(r, 2);
      break;
   case 32: /* tessellation */
   case 52: /* link shaders */
      skip(r, 6);
      break;
   case 34: /* shader buffers: a shader may write to them */
      skip(r, 2);
      for (int i = 0; i < 32 && r->left; i++) {
         skip(r, 2);
         OPTIONAL(writes, r);
      }
      break;
   case 35: /* shader images, likewise */
      skip(r, 2);
      for (int i = 0; i < 64 && r->left; i++) {
         skip(r, 4);
         OPTIONAL(writes, r);
      }
      break;
   case 37: /* compute: two sizes, and perhaps a buffer that has one */
      skip(r, 6);
      OPTIONAL(steers, r);
      skip(r, 1);
      break;
   case 40: /* buffers of atomic counters, which shaders count with */
      skip(r, 1);
      for (int i = 0; i < 32 && r->left; i++) {
         skip(r, 2);
         OPTIONAL(writes, r);
      }
      break;
   case 43:
      transfer(r);
      break;
   case 45:
      copy_transfer(r);
      break;
   case 46: /* tweaks: three, with a value each */
      if (take(r) > 2)
         object_to(r, "an unknown tweak");
      skip(r, 1);
      break;
   case 47: /* clear a texture: level, box, colour */
      writes(r, take(r));
      skip(r, 11);
      break;
   case 51: /* text, with its length in bytes */
      count = take(r);
      if (!r->left)
         object_to(r, "a text that is missing");
      if (count > 4 * r->left)
         object_to(r, "text longer than its command");
      skip_rest(r);
      break;
   case 62: /* clear a surface */
      skip(r, 10);
      break;
   case 19: /* begin a query */
   case 20: /* end it */
   case 21: /* its result, to memory */
   case 42: /* or to a buffer */
   case 50: /* how much memory there is */
      object_to(r, "results");
      break;
   case 41:
      object_to(r, "a log of what is done");
      break;
   case 48:
   case 49:
      object_to(r, "a resource that the kernel does not know");
      break;
   case 53: case 54: case 55: case 56: case 57: case 58: case 59: case 60: case 61:
      object_to(r, "video");
      break;
   default:
      object_to(r, "an unknown command");
      break;
   }

   if (r->left)
      object_to(r, "a command that is too long");
}

const char *
oracle_objection(const uint32_t *stream, size_t words, const struct oracle_object *objects,
                 size_t num_objects)
{
   size_t at = 0;

   while (at < words) {
      uint32_t header = stream[at++], length = header >> 16;
      struct reader r = {
         .word = stream + at,
         .left = length,
         .objects = objects,
         .num_objects = num_objects,
      };

      if (length > words - at)
         return "a stream that ends in a command";
      command(&r, header & 0xff, header >> 8 & 0xff);
      if (r.objection)
         return r.objection;
      at += length;
   }

   return NULL;
}
