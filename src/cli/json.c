/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "json.h"

static void *must(void *pointer)
{
	if (!pointer) {
		fputs("protex: out of memory\n", stderr);
		exit(STATUS_FAILED);
	}
	return pointer;
}

cJSON *json_object(void)
{
	return must(cJSON_CreateObject());
}

cJSON *json_array(void)
{
	return must(cJSON_CreateArray());
}

void json_add(cJSON *to, const char *name, cJSON *item)
{
	must(item);
	if (!(name ? cJSON_AddItemToObject(to, name, item) : cJSON_AddItemToArray(to, item)))
		must(NULL);
}

/* The bytes of the character that text begins with, or 0 if that is not UTF-8. */
static size_t character_size(const unsigned char *text)
{
	/* The second byte has less than all values after some: no character has two forms. */
	unsigned char low = *text == 0xe0 ? 0xa0 : *text == 0xf0 ? 0x90 : 0x80;
	unsigned char high = *text == 0xed ? 0x9f : *text == 0xf4 ? 0x8f : 0xbf;
	size_t size = *text < 0x80		     ? 1
		      : *text >= 0xc2 && *text < 0xe0 ? 2
		      : *text >= 0xe0 && *text < 0xf0 ? 3
		      : *text >= 0xf0 && *text < 0xf5 ? 4
						      : 0;

	for (size_t i = 1; i < size; i++, low = 0x80, high = 0xbf)
		if (text[i] < low || text[i] > high)
			return 0;
	return size;
}

/* JSON is UTF-8, which the name of a file need not be: what is not becomes U+FFFD. */
void json_string(cJSON *object, const char *name, const char *value)
{
	char *text, *end;

	if (!value) {
		json_add(object, name, cJSON_CreateNull());
		return;
	}
	text = end = must(malloc(3 * strlen(value) + 1));
	while (*value) {
		size_t size = character_size((const unsigned char *)value);

		end = mempcpy(end, size ? value : "\xef\xbf\xbd", size ? size : 3);
		value += size ? size : 1;
	}
	*end = '\0';
	json_add(object, name, cJSON_CreateString(text));
	free(text);
}

void json_number(cJSON *object, const char *name, double value)
{
	json_add(object, name, cJSON_CreateNumber(value));
}

void json_bool(cJSON *object, const char *name, bool value)
{
	json_add(object, name, cJSON_CreateBool(value));
}

void json_hex(cJSON *object, const char *name, const uint8_t *bytes, size_t size)
{
	char *text = must(malloc(2 * size + 1));

	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	text[2 * size] = '\0';
	json_string(object, name, text);
	free(text);
}

void json_print_and_free(cJSON *json)
{
	char *text = must(cJSON_Print(json));

	puts(text);
	cJSON_free(text);
	cJSON_Delete(json);
}
