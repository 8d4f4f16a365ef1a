/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "errno_name.h"
#include "routes.h"

static bool has_part(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (const char *at = strstr(text, part); at; at = strstr(at + 1, part)) {
		bool begins = at == text || (at - text >= 2 && at[-2] == ',' && at[-1] == ' ');

		if (begins && (at[length] == '\0' || at[length] == ','))
			return true;
	}
	return false;
}

void outcome_add(struct outcome *outcome, const char *format, ...)
{
	size_t used = strlen(outcome->text);
	char part[sizeof(outcome->text)];
	va_list args;

	if (outcome->reached)
		return; /* the worst is said */
	va_start(args, format);
	vsnprintf(part, sizeof(part), format, args);
	va_end(args);
	if (!has_part(outcome->text, part))
		snprintf(outcome->text + used, sizeof(outcome->text) - used, "%s%s",
			 used ? ", " : "", part);
}

void outcome_errno(struct outcome *outcome)
{
	char buffer[16];

	outcome_add(outcome, "%s", errno_name(errno, buffer));
}

void outcome_content(struct outcome *outcome, const void *memory, size_t size)
{
	size_t count = pattern_count(memory, size);
	struct outcome content = {.reached = count > 0};

	if (count > 0)
		snprintf(content.text, sizeof(content.text), "%zu bytes of the pattern", count);
	else
		snprintf(content.text, sizeof(content.text), "nothing of it");
	outcome_merge(outcome, &content);
}

void outcome_merge(struct outcome *outcome, const struct outcome *attempt)
{
	if (attempt->reached && !outcome->reached)
		*outcome = *attempt;
	else
		outcome_add(outcome, "%s", attempt->text);
}
