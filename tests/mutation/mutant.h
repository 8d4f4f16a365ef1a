/* SPDX-License-Identifier: MIT */

/**
 * \file mutant.h
 * Behaviours of the Mesa series that can be switched off: tests/mutation/mesa
 * says which, and this is how the Mesa built for scripts/mutate asks.
 */

#ifndef MUTANT_H
#define MUTANT_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** Is this behaviour switched off?  PROTEX_MUTANT has names, with commas. */
static inline bool
mutant(const char *name)
{
   const char *at = getenv("PROTEX_MUTANT");
   const size_t length = strlen(name);

   while (at && *at) {
      const size_t word = strcspn(at, ",");

      if (word == length && !memcmp(at, name, length))
         return true;
      at += word + (at[word] == ',');
   }

   return false;
}

#endif /* MUTANT_H */
