/* SPDX-License-Identifier: MIT */
/* Objects whose memory is in pieces, which the host has to stage. */
#ifndef SCATTER_H
#define SCATTER_H

#include <stdbool.h>

/* New objects get the pages that were freed last. After this none of these touches another, as long
 * as this process lives. */
bool scatter_free_pages(void);

#endif
