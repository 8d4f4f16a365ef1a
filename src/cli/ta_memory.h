/* SPDX-License-Identifier: MIT */
/* A session with the TA, and a dma-buf that it is told to do something with. */
#ifndef PROTEX_CLI_TA_MEMORY_H
#define PROTEX_CLI_TA_MEMORY_H

#include <protex/protex.h>

struct ta_memory {
	struct protex_tee *tee;
	struct protex_session *session;
	struct protex_memory *memory;
};

/* The dma-buf stays the caller's. */
int ta_memory_open(struct ta_memory *m, int fd, struct protex_error *error);
void ta_memory_close(struct ta_memory *m);

#endif
