/* SPDX-License-Identifier: MIT */
#include <protex/protex.h>

#include "restricted.h"

bool fill_protected(int dmabuf, uint64_t size, uint8_t byte)
{
	struct protex_session *session;
	struct protex_memory *memory = NULL;
	struct protex_error error;
	struct protex_tee *tee;
	bool filled;

	if (protex_ta_open(&tee, &session, &error) < 0)
		return false;
	filled = protex_memory_import(&memory, tee, dmabuf, &error) == 0 &&
		 protex_ta_fill(session, &(struct protex_range){ memory, 0, size }, byte, &error) == 0;
	protex_memory_close(memory);
	protex_session_close(session);
	protex_tee_close(tee);
	return filled;
}
