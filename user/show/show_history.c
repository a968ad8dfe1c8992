/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verb `history`: what was changed, by whom, and what became of it. */
#include <stdio.h>
#include <string.h>

#include "show.h"

static const struct history_record *record_of(const void *row)
{
	return row;
}

static struct value get_change(const void *row)
{
	return value_number(record_of(row)->change);
}

static struct value get_time(const void *row)
{
	return value_date(record_of(row)->time);
}

static struct value get_uid(const void *row)
{
	return record_of(row)->uid < 0 ? value_none() : value_number((__u64)record_of(row)->uid);
}

static struct value get_login_uid(const void *row)
{
	__s64 uid = record_of(row)->login_uid;

	return uid < 0 ? value_none() : value_number((__u64)uid);
}

static struct value get_state(const void *row)
{
	return value_text(history_state_names[record_of(row)->state]);
}

static struct value get_did(const void *row)
{
	return value_text(record_of(row)->did);
}

static struct value get_words(const void *row)
{
	return value_text(record_of(row)->unknown ? "(not recorded)" : record_of(row)->words);
}

static const struct field history_fields[] = {
	{ "CHANGE", "change", get_change },      { "TIME", "time", get_time },
	{ "LOGIN", "login_uid", get_login_uid }, { "UID", "uid", get_uid },
	{ "STATE", "state", get_state },         { "DID", "did", get_did },
	{ "WORDS", "words", get_words },         {},
};

static const void *record_at(const struct rows *rows, size_t index)
{
	const struct history *history = rows->context;

	return &history->record[index];
}

static int show(struct cli *cli, const struct view *view)
{
	struct rows rows = { history_fields, view->history.count, record_at, &view->history };

	if (view->history_err)
		return complain_errno(&cli->why, NULL, view->history_err, "cannot be read"),
		       STATUS_FAILED;
	if (rows.count || cli->json)
		return view_answer(cli, "changes", &rows, view);
	puts("no change is on record");
	return STATUS_DONE;
}

int verb_history(struct cli *cli)
{
	struct view view;
	int status;

	if (cli->count)
		return cli_misplaced(cli, cli->words[0]);
	status = view_open_history(cli, view_rules, NULL, &view);
	if (status)
		return status;
	status = show(cli, &view);
	view_close(&view);
	return status;
}
