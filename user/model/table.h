/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows of facts on standard output: an aligned table, or a JSON array. */
#ifndef TABLE_H
#define TABLE_H

#include <json-c/json.h>

#include "facts.h"

/*
 * An aligned table with its head; columns in which no row has anything are
 * left out.  now: seconds since the epoch.  Returns 0 or -ENOMEM.
 */
int rows_print(const struct rows *rows, __u64 now);

/* A line and its end; false: no more of them. */
typedef bool rows_take_fn(void *context, const char *line, size_t len);

/* The same table, the head first, for whoever shows its lines otherwise. Returns 0 or -ENOMEM. */
int rows_lines(const struct rows *rows, __u64 now, rows_take_fn *take, void *context);

/* All rows as one JSON array in memory; NULL if there is none. */
struct json_object *rows_json(const struct rows *rows);

/* The same on standard output, one row in memory at a time. Returns 0 or -ENOMEM. */
int rows_stream(const struct rows *rows);

#endif
