/* SPDX-License-Identifier: MIT */
/*
 * Changes submissions where it matters: whole commands, headers, the words that
 * may name resources, and the table of objects. It knows nothing of what the
 * commands are; those come from the corpus, and from trying numbers.
 */
#include <stdlib.h>
#include <string.h>

#include "input.h"

#define COMMANDS 64 /* one more than there are */
#define TYPES    13 /* likewise */
#define WORDS    16384

struct mutation {
   struct input input;
   size_t max_words;
   uint64_t random;
   /* where commands begin, as long as the stream can be walked */
   size_t commands[WORDS];
   size_t num_commands;
};

static uint32_t
below(struct mutation *m, uint32_t limit)
{
   m->random ^= m->random << 13;
   m->random ^= m->random >> 7;
   m->random ^= m->random << 17;
   return limit ? (uint32_t)(m->random >> 24) % limit : 0;
}

static size_t
find_commands(const uint32_t *stream, size_t words, size_t *commands, size_t most)
{
   size_t count = 0;

   for (size_t at = 0; at < words && count < most; at += 1 + HEADER_LENGTH(stream[at]))
      commands[count++] = at;
   return count;
}

/* Numbers that mean something somewhere. */
static uint32_t
word(struct mutation *m)
{
   static const uint32_t edges[] = { 0,    1,    2,      3,      4,          5,         6,
                                     7,    8,    9,      16,     17,         31,        32,
                                     33,   64,   65,     128,    0xffff,     0x10000,   1u << 30,
                                     1u << 31, ~0u, ~0u - 1, 1u << 29, 0x7fffffff };

   switch (below(m, 4)) {
   case 0:
   case 1:
      if (m->input.num_objects)
         return m->input.objects[below(m, m->input.num_objects)].handle;
      return 0;
   case 2:
      return edges[below(m, sizeof(edges) / sizeof(*edges))];
   default:
      return below(m, 2) ? below(m, ~0u) : 0;
   }
}

/* Puts @count words in the place of @cut ones. */
static void
replace(struct mutation *m, size_t at, size_t cut, const uint32_t *new, size_t count)
{
   struct input *in = &m->input;
   size_t words = in->words - cut + count;
   uint32_t *stream;

   if (words > m->max_words || words > WORDS)
      return;
   stream = malloc(words * 4 + 4);
   if (!stream)
      return;
   memcpy(stream, in->stream, at * 4);
   if (count)
      memcpy(stream + at, new, count * 4);
   memcpy(stream + at + count, in->stream + at + cut, (in->words - at - cut) * 4);
   free(in->stream);
   in->stream = stream;
   in->words = words;
}

/* The words of command @i, and how many there really are. */
static size_t
extent(const uint32_t *stream, size_t words, size_t at)
{
   size_t length = 1 + HEADER_LENGTH(stream[at]);

   return length < words - at ? length : words - at;
}

static void
insert_new(struct mutation *m, size_t at)
{
   uint32_t command[72], number = below(m, COMMANDS), length = below(m, 40);

   command[0] = HEADER(number, number >= 1 && number <= 3 ? below(m, TYPES) : 0, length);
   for (uint32_t i = 1; i <= length; i++)
      command[i] = word(m);
   replace(m, at, 0, command, 1 + length);
}

static void
insert_from(struct mutation *m, size_t at, const struct input *source)
{
   size_t commands[512], count, chosen, run, begin, end;

   count = find_commands(source->stream, source->words, commands, 512);
   if (!count)
      return;
   chosen = below(m, count);
   run = 1 + (below(m, 4) ? 0 : below(m, 8));
   begin = commands[chosen];
   if (chosen + run > count)
      run = count - chosen;
   end = commands[chosen + run - 1] +
         extent(source->stream, source->words, commands[chosen + run - 1]);
   replace(m, at, 0, source->stream + begin, end - begin);
}

/* Longer or shorter, payload and all. */
static void
resize(struct mutation *m, size_t at)
{
   uint32_t *stream = m->input.stream, header = stream[at], added[6 * 66];
   size_t payload = extent(stream, m->input.words, at) - 1, period = 0, step = 1 + below(m, 6);

   if (below(m, 2) && step <= payload) {
      stream[at] = HEADER(HEADER_COMMAND(header), HEADER_TYPE(header), payload - step);
      replace(m, at + 1 + payload - step, step, NULL, 0);
      return;
   }

   /* By new words, or by the last ones again and again: groups have up to 6 words. */
   if (below(m, 2) && step <= payload) {
      period = step;
      step *= 1 + below(m, below(m, 2) ? 4 : 66);
   }
   if (payload + step > 0xffff)
      return;
   for (size_t i = 0; i < step; i++) {
      if (!period)
         added[i] = word(m);
      else
         added[i] = i < period ? stream[at + 1 + payload - period + i] : added[i - period];
   }
   stream[at] = HEADER(HEADER_COMMAND(header), HEADER_TYPE(header), payload + step);
   replace(m, at + 1 + payload, 0, added, step);
}

static void
change_word(struct mutation *m, size_t at)
{
   uint32_t *stream = m->input.stream;
   size_t payload = extent(stream, m->input.words, at) - 1, chosen;

   if (!payload)
      return;
   /* Resources are named in the first words, or in groups that go on for long. */
   chosen = at + 1 + below(m, below(m, 4) && payload > 24 ? 24 : payload);
   if (below(m, 8))
      stream[chosen] = word(m);
   else
      stream[chosen] ^= 1u << below(m, 32);
}

static void
change_objects(struct mutation *m)
{
   struct input *in = &m->input;
   struct input_object *objects;
   size_t chosen = below(m, in->num_objects);

   switch (in->num_objects ? below(m, 4) : 2) {
   case 0:
      in->objects[chosen].is_protected ^= 1;
      break;
   case 1:
      memmove(&in->objects[chosen], &in->objects[chosen + 1],
              (in->num_objects - chosen - 1) * sizeof(*objects));
      in->num_objects--;
      break;
   case 2:
      if (in->num_objects >= 64)
         break;
      objects = realloc(in->objects, (in->num_objects + 1) * sizeof(*objects));
      if (!objects)
         break;
      in->objects = objects;
      objects[in->num_objects] = (struct input_object){
         .handle = below(m, 2) ? 1 + below(m, 32) : word(m),
         .is_protected = below(m, 2),
      };
      in->num_objects++;
      break;
   default:
      in->objects[chosen].handle = below(m, 4) ? 1 + below(m, 32) : word(m);
      break;
   }
}

static void
mutate_once(struct mutation *m, const struct input *other)
{
   uint32_t *stream, header;
   size_t at, length, end;

   m->num_commands = find_commands(m->input.stream, m->input.words, m->commands, WORDS);
   if (!m->num_commands) {
      insert_new(m, 0);
      return;
   }
   stream = m->input.stream;
   at = m->commands[below(m, m->num_commands)];
   length = extent(stream, m->input.words, at);
   header = stream[at];

   switch (below(m, 16)) {
   case 0:
      insert_new(m, at);
      break;
   case 1:
      insert_from(m, at, other && other->words ? other : &m->input);
      break;
   case 2:
      replace(m, at, length, NULL, 0);
      break;
   case 3: /* two commands change places */
      end = at + length;
      if (end < m->input.words) {
         size_t next = extent(stream, m->input.words, end);
         uint32_t *both = malloc((length + next) * 4);

         if (!both)
            break;
         memcpy(both, stream + end, next * 4);
         memcpy(both + next, stream + at, length * 4);
         memcpy(stream + at, both, (length + next) * 4);
         free(both);
      }
      break;
   case 4: /* what the header says, and the payload is not */
      stream[at] = HEADER(HEADER_COMMAND(header), HEADER_TYPE(header),
                          below(m, 2) ? HEADER_LENGTH(header) + below(m, 9) - 4 : below(m, 0x10000));
      break;
   case 5:
   case 6:
      resize(m, at);
      break;
   case 7:
      stream[at] = HEADER(below(m, 4) ? below(m, COMMANDS) : below(m, 256), HEADER_TYPE(header),
                          HEADER_LENGTH(header));
      break;
   case 8:
      stream[at] = HEADER(HEADER_COMMAND(header), below(m, 4) ? below(m, TYPES) : below(m, 256),
                          HEADER_LENGTH(header));
      break;
   case 9:
      if (below(m, 4) == 0)
         replace(m, m->input.words - 1, 1, NULL, 0);
      break;
   case 10:
   case 11:
      change_objects(m);
      break;
   default:
      change_word(m, at);
      break;
   }
}

size_t
input_mutate(uint8_t *data, size_t size, size_t max_size, const struct input *other, uint64_t seed)
{
   static struct mutation m; /* large */
   size_t objects;
   uint32_t count;

   if (!input_read(&m.input, data, size))
      return size;
   /* A seed of small numbers needs mixing; the state must not be 0. */
   m.random = (seed + 1) * 0x9e3779b97f4a7c15u | 1;
   m.max_words = max_size / 4;
   m.max_words -= m.max_words < 1 + 2 * 64 ? m.max_words : 1 + 2 * 64;

   for (uint32_t n = 1 + below(&m, 4); n; n--)
      mutate_once(&m, other);

   objects = m.input.num_objects;
   count = objects;
   size = 4 + objects * sizeof(*m.input.objects) + m.input.words * 4;
   if (size > max_size) {
      size = max_size < 4 ? 0 : 4;
      count = 0;
   }
   if (size)
      memcpy(data, &count, 4);
   if (count)
      memcpy(data + 4, m.input.objects, objects * sizeof(*m.input.objects));
   if (size > 4 && m.input.words)
      memcpy(data + 4 + objects * sizeof(*m.input.objects), m.input.stream, m.input.words * 4);
   input_free(&m.input);

   return size;
}
