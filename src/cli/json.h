/* SPDX-License-Identifier: MIT */
/* cJSON, for a program that would rather stop than print less than it knows. */
#ifndef PROTEX_CLI_JSON_H
#define PROTEX_CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

/* All of these end the program with a message if memory runs out. */
cJSON *json_object(void);
cJSON *json_array(void);
void json_string(cJSON *object, const char *name, const char *value); /* NULL becomes null */
void json_number(cJSON *object, const char *name, double value);
void json_bool(cJSON *object, const char *name, bool value);
void json_hex(cJSON *object, const char *name, const uint8_t *bytes, size_t size);

/* Puts item into object or array (name NULL), which then owns it. */
void json_add(cJSON *to, const char *name, cJSON *item);

/* Prints to standard output with a final newline, and frees. */
void json_print_and_free(cJSON *json);

#endif
