/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `top batch`: what top shows as lines, turn by turn. */
#include <errno.h>
#include <stdio.h>

#include "progress.h"
#include "table.h"
#include "text.h"
#include "top.h"
#include "when.h"

/* --- as text --- */

static void print_head(const struct top *top)
{
	char now[WHEN_TEXT_MAX];
	struct buffer attached = {};

	top_attached(top, &attached);
	text_print(stdout, "%s, in %.1f s: %.*s", when_format(top->view.clocks.utc, now),
		   (double)top->span / NSEC_PER_SEC, (int)attached.len, attached.data);
	buffer_free(&attached);
	if (top->confirm)
		printf("confirm: awaited, %u s left before the former state is back\n",
		       top->confirm);
}

/* Returns 0 or -ENOMEM. */
static int print_section(const struct top *top, enum top_section section)
{
	const struct top_section_view *shown = &top->section[section];

	printf("%s%s%s%s\n", top_titles[section], *shown->note ? ", " : "", shown->note,
	       shown->rows.count ? ":" : ": none");
	return shown->rows.count ? rows_print(&shown->rows, top->view.clocks.utc) : 0;
}

static int print_text(const struct top *top)
{
	int err = 0;

	print_head(top);
	for (int i = 0; i < TOP_SECTIONS && !err; i++)
		err = print_section(top, i);
	putchar('\n');
	return err;
}

/* --- as JSON --- */

static const struct top *top_of(const struct rows *rows)
{
	return rows->context;
}

struct attached_row {
	const struct top *top;
	size_t at;
};

static const struct attachment *attachment_of(const void *row)
{
	const struct attached_row *attached = row;

	return &attached->top->turn.list[attached->at];
}

static enum judging judging_of_row(const void *row)
{
	const struct attached_row *attached = row;

	return judging_of(&attached->top->facts[attached->at]);
}

static struct value get_interface(const void *row)
{
	return value_text(attachment_name(attachment_of(row)));
}

static struct value get_namespace(const void *row)
{
	const struct attached_row *attached = row;

	return value_text(attachment_netns(attachment_of(row), attached->top->view.here));
}

static struct value get_filters(const void *row)
{
	return value_flag(judging_filters(judging_of_row(row)));
}

static struct value get_note(const void *row)
{
	return value_text(judging_note(judging_of_row(row)));
}

static const struct field attached_fields[] = {
	{ "", "interface", get_interface },
	{ "", "namespace", get_namespace },
	{ "", "filters", get_filters },
	{ "", "note", get_note },
	{},
};

static const void *attached_at(const struct rows *rows, size_t index)
{
	static struct attached_row row;

	row = (struct attached_row){ top_of(rows), index };
	return &row;
}

/* What a screen says beside a section. */
static void warn_of_notes(const struct top *top)
{
	for (int i = 0; i < TOP_SECTIONS; i++) {
		if (*top->section[i].note)
			warn_add(&top->cli->warnings, "%s: %s", top_titles[i],
				 top->section[i].note);
	}
}

static void add_facts(const struct top *top, struct json_object *line)
{
	char now[WHEN_TEXT_MAX];

	json_object_object_add(line, "version", json_object_new_int(CLI_JSON_VERSION));
	json_object_object_add(line, "time",
			       json_object_new_string(when_format(top->view.clocks.utc, now)));
	json_object_object_add(line, "seconds",
			       json_object_new_double((double)top->span / NSEC_PER_SEC));
	json_object_object_add(line, "confirm_seconds",
			       top->confirm ? json_object_new_uint64(top->confirm) : NULL);
}

/* Returns 0 or -ENOMEM. */
static int add_tables(const struct top *top, struct json_object *line)
{
	const struct rows attached = { attached_fields, top->turn.count, attached_at, top };
	const struct {
		const char *key;
		const struct rows *rows;
	} tables[] = {
		{ "attached", &attached },
		{ "rates", &top->section[TOP_RATES].rows },
		{ "sources", &top->section[TOP_SOURCES].rows },
		{ "suspects", &top->section[TOP_SUSPECTS].rows },
		{ "losses", &top->section[TOP_LOSSES].rows },
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct json_object *array = rows_json(tables[i].rows);

		if (!array)
			return -ENOMEM;
		json_object_object_add(line, tables[i].key, array);
	}
	return 0;
}

/* A line of its own, of the form that every answer has. */
static int print_json(const struct top *top)
{
	struct json_object *line = json_object_new_object();
	int err;

	add_facts(top, line);
	err = add_tables(top, line);
	if (!err) {
		warn_of_notes(top);
		json_object_object_add(line, "warnings", cli_warnings_json(top->cli));
		puts(json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
	}
	json_object_put(line);
	return err;
}

/* --- turn by turn --- */

static int print(struct top *top)
{
	int err;

	progress_wipe();
	err = top->cli->json ? print_json(top) : print_text(top);
	fflush(stdout);
	return err ? view_no_memory(top->cli) : STATUS_DONE;
}

int top_batch(struct top *top, const struct pace *pace)
{
	int status = top_look(top);
	__u64 next = top->turn.monotonic;

	for (__u32 i = 0; !status && !ferror(stdout) && (!pace->count || i < pace->count); i++) {
		next += pace->seconds * NSEC_PER_SEC;
		if (!pace_wait(next))
			break;
		status = top_look(top);
		if (!status)
			status = print(top);
	}
	return status;
}
