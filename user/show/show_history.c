/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verb `history`: what was changed, by whom, and what became of it. */
#include <stdio.h>
#include <string.h>

#include "history.h"
#include "session.h"
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
	long uid = record_of(row)->login_uid;

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

#define TRIES 100 /* of reading while others make changes */

/* Lines of a change that came meanwhile are not judged by the state that was there before it. */
static int read_history(struct cli *cli, struct view *view, struct history *ret_history)
{
	int err;

	if (!view->exists)
		return session_read_history(NULL, cli->bpffs, ret_history);
	for (int i = 0;; i++) {
		instance_look(&view->instance);
		err = session_read_history(&view->instance, cli->bpffs, ret_history);
		if (err || instance_stands(&view->instance) || i == TRIES)
			return err;
		history_free(ret_history);
	}
}

static int show(struct cli *cli, struct view *view)
{
	struct history history;
	struct rows rows = { history_fields, 0, record_at, &history };
	int err = read_history(cli, view, &history);
	int status;

	if (err)
		return complain_errno(&cli->why, NULL, err, "cannot be read"), STATUS_FAILED;
	rows.count = history.count;
	if (!rows.count && !cli->json)
		puts("no change is on record");
	status = rows.count || cli->json ? view_answer(cli, "changes", &rows, view) : STATUS_DONE;
	history_free(&history);
	return status;
}

int verb_history(struct cli *cli)
{
	return view_run(cli, view_rules, show);
}
