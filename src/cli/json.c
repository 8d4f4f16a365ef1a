/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

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

void json_string(cJSON *object, const char *name, const char *value)
{
	json_add(object, name, value ? cJSON_CreateString(value) : cJSON_CreateNull());
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
