/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows of facts on standard output: an aligned table, or a JSON array. */
#include "table.h"

#include "progress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS_MAX 20
#define GAP         2 /* blanks between columns */

/* So many rows decide how wide the columns are; of more, an even sample does. */
#define MEASURED_MAX 10000

struct column {
	const struct field *field;
	size_t width;
	bool right; /* numbers end at the right */
};

/* Places on a terminal: UTF-8 continuation bytes take none. */
static size_t places(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

static void measure_row(struct column *columns, size_t count, const void *row, __u64 now,
			struct buffer *scratch)
{
	for (size_t i = 0; i < count; i++) {
		struct value value = columns[i].field->get(row);
		size_t width;

		scratch->len = 0;
		value_print(scratch, &value, now);
		width = places(scratch->data, scratch->len);
		if (width > columns[i].width)
			columns[i].width = width;
		if (value.kind == VALUE_NUMBER || value.kind == VALUE_TENTHS)
			columns[i].right = true;
	}
}

/* Drops the columns that stayed empty; the others are as wide as their heads at least. */
static size_t settle_columns(struct column *columns, size_t count, bool keep_all)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		size_t head = strlen(columns[i].field->title);

		if (!columns[i].width && !keep_all)
			continue;
		columns[kept] = columns[i];
		if (columns[kept].width < head)
			columns[kept].width = head;
		kept++;
	}
	return kept;
}

static size_t measure(const struct rows *rows, __u64 now, struct column *ret_columns,
		      struct buffer *scratch)
{
	size_t step = rows->count / MEASURED_MAX + 1, count = 0;

	for (const struct field *field = rows->field; field->get && count < COLUMNS_MAX; field++)
		ret_columns[count++] = (struct column){ .field = field };
	for (size_t i = 0; i < rows->count; i += step)
		measure_row(ret_columns, count, rows->at(rows, i), now, scratch);
	return settle_columns(ret_columns, count, step > 1 || !rows->count);
}

/* Fills up the cell that began at start to the width of its column, and the gap. */
static void pad(struct buffer *line, size_t start, const struct column *column)
{
	size_t width, blanks;

	if (line->len == start)
		buffer_text(line, "-");
	width = places(line->data + start, line->len - start);
	blanks = column->width > width ? column->width - width : 0;
	buffer_insert(line, column->right ? start : line->len, ' ', blanks);
	buffer_insert(line, line->len, ' ', GAP);
}

/* Where lines go. */
struct sink {
	rows_take_fn *take;
	void *context;
};

/* Returns false once nobody takes them any more. */
static bool give_line(const struct sink *sink, struct buffer *line)
{
	bool taken;

	while (line->len && line->data[line->len - 1] == ' ')
		line->len--;
	buffer_text(line, "\n");
	taken = !line->failed && sink->take(sink->context, line->data, line->len);
	line->len = 0;
	return taken;
}

static bool give_head(const struct sink *sink, const struct column *columns, size_t count,
		      struct buffer *line)
{
	for (size_t i = 0; i < count; i++) {
		size_t start = line->len;

		buffer_text(line, columns[i].field->title);
		pad(line, start, &columns[i]);
	}
	return give_line(sink, line);
}

static bool give_row(const struct sink *sink, const struct column *columns, size_t count,
		     const void *row, __u64 now, struct buffer *line)
{
	for (size_t i = 0; i < count; i++) {
		struct value value = columns[i].field->get(row);
		size_t start = line->len;

		value_print(line, &value, now);
		pad(line, start, &columns[i]);
	}
	return give_line(sink, line);
}

int rows_lines(const struct rows *rows, __u64 now, rows_take_fn *take, void *context)
{
	const struct sink sink = { take, context };
	struct column columns[COLUMNS_MAX];
	struct buffer line = {};
	size_t count = measure(rows, now, columns, &line);
	bool failed, taken;

	line.len = 0;
	taken = give_head(&sink, columns, count, &line);
	for (size_t i = 0; i < rows->count && taken; i++)
		taken = give_row(&sink, columns, count, rows->at(rows, i), now, &line);
	failed = line.failed;
	buffer_free(&line);
	return failed ? -ENOMEM : 0;
}

static bool write_line(void *to, const char *line, size_t len)
{
	fwrite(line, 1, len, to);
	return !ferror(to);
}

int rows_print(const struct rows *rows, __u64 now)
{
	progress_wipe();
	return rows_lines(rows, now, write_line, stdout);
}

struct json_object *rows_json(const struct rows *rows)
{
	struct json_object *array = NULL;
	struct buffer text = {};

	rows_json_add(&text, rows);
	buffer_add(&text, "", 1);
	if (!text.failed)
		array = json_tokener_parse(text.data);
	buffer_free(&text);
	return array;
}

int rows_stream(const struct rows *rows)
{
	struct buffer line = {};
	bool failed = false;

	fputc('[', stdout);
	for (size_t i = 0; i < rows->count && !failed && !ferror(stdout); i++) {
		line.len = 0;
		buffer_text(&line, i ? ",\n" : "\n");
		fields_json_add(&line, rows->field, rows->at(rows, i));
		fwrite(line.data, 1, line.len, stdout);
		failed = line.failed;
	}
	buffer_free(&line);
	if (failed)
		return -ENOMEM; /* and no end: nobody shall take it for whole */
	fputs("\n]\n", stdout);
	return 0;
}
