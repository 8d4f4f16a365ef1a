/* SPDX-License-Identifier: MIT */
#include "ta_memory.h"

#include <protex/ta.h>

int ta_memory_open(struct ta_memory *m, int fd, struct protex_error *error)
{
	int ret = protex_ta_open(&m->tee, &m->session, error);

	if (ret < 0)
		return ret;
	ret = protex_memory_import(&m->memory, m->tee, fd, error);
	if (ret < 0) {
		protex_session_close(m->session);
		protex_tee_close(m->tee);
	}
	return ret;
}

void ta_memory_close(struct ta_memory *m)
{
	protex_memory_close(m->memory);
	protex_session_close(m->session);
	protex_tee_close(m->tee);
}
