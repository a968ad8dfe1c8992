/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the reading verbs share. */
#ifndef SHOW_H
#define SHOW_H

#include "attachments.h"
#include "cli.h"
#include "clocks.h"
#include "counting.h"
#include "facts.h"
#include "history.h"
#include "reading.h"

/*
 * What they look at: the live model, seen at one time, or as much of it as a
 * verb needs: to read a million entries takes a second.
 */
struct view {
	struct instance instance;
	bool exists;        /* false: no instance, and settings are the built-in ones */
	bool other_version; /* of view_open() that failed: there is one, of another version */
	struct settings settings;
	struct policy_counts counts[CX_MAX_POLICIES]; /* if they are read */
	struct history history;                       /* of view_open_history() */
	int history_err;                              /* 0, or why it cannot be read */
	struct clocks clocks;
	__u64 here; /* netns_cookie() */
};

/*
 * Reads what is wanted into view->settings; again, should a change come in between.
 * Returns 0, or -errno and nothing to free.
 */
typedef int view_read_fn(struct view *view, const void *wanted);

view_read_fn view_all;    /* every entry */
view_read_fn view_rules;  /* none */
view_read_fn view_counts; /* none, but how many there are */

/* Returns an exit status; after a failure *ret_view needs no closing. */
int view_open(struct cli *cli, view_read_fn *read, const void *wanted, struct view *ret_view);
/* The same with the history as it was at that moment. */
int view_open_history(struct cli *cli, view_read_fn *read, const void *wanted,
		      struct view *ret_view);
void view_close(struct view *view);
/* For verbs without words: opens a view, shows it, closes it. Returns an exit status. */
int view_run(struct cli *cli, view_read_fn *read, int (*show)(struct cli *cli, struct view *view));

/* cli->why = out of memory; returns an exit status. */
int view_no_memory(struct cli *cli);

/*
 * Answers with rows: a table on standard output, or the array of that key in
 * cli->answer.  Returns an exit status.
 */
int view_answer(struct cli *cli, const char *key, const struct rows *rows, const struct view *view);

/*
 * The attachments of the instance, if there is one, where they are now; *ret_list is the caller's
 * to free.  Returns an exit status, with cli->why filled after a failure.
 */
int view_attachments(struct cli *cli, const struct view *view, struct attachment **ret_list,
		     size_t *ret_count);

/* Opens what the entries have seen, for states_of(). Returns an exit status. */
int view_states(struct cli *cli, const struct view *view);

/*
 * Seconds until the change that waits for its confirmation is undone, one of settings or
 * of these attachments: those that are shown, so that both are of one moment.  0: none waits.
 */
unsigned int view_waiting(const struct view *view, const struct attachment *list, size_t count);

/* Name of an enum cx_reason. */
const char *reason_name(unsigned int reason);
/* Does what is counted under it pass, by that policy? */
bool reason_passes(const struct policy *policy, unsigned int reason);

/* The namespace it is in now by its name, "" if that is here (view.here). */
const char *attachment_netns(const struct attachment *attachment, __u64 here);

/* One policy with the size of its lists. */
struct policy_row {
	const struct settings *settings;
	unsigned int index;
	const struct policy_counts *counts;
};

struct policy_table {
	struct policy_row row[CX_MAX_POLICIES];
	struct rows rows;
};

/* Fills in a table that borrows from a view with counts, and must not be moved. */
void policies_gather(const struct view *view, struct policy_table *ret_table);

/* The same for some of its policies, with other fields. */
void policies_pick(const struct policy_table *from, bool (*wanted)(const struct policy *policy),
		   const struct field *field, struct policy_table *ret_table);

/* Fields of struct policy_row: name and ports, to be said in one breath. */
extern const struct field policy_ports_fields[];
/* Those of a policy that holds nobody off. */
extern const struct field policy_relaxed_fields[];

#endif
