/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What both verbs of clarent-xdp-fleet are given: options, words, and how to answer. */
#ifndef FLEET_H
#define FLEET_H

#include <json-c/json.h>
#include <stdbool.h>

#include "complaint.h"
#include "config.h"
#include "facts.h"

#define FLEET_JSON_VERSION 1 /* as of every answer of clarent-xdp */

struct fleet {
	bool json;
	bool quiet;
	const char *program; /* clarent-xdp itself, which makes every change */
	const char *bpffs;   /* NULL: the usual instance */
	const char *verb;
	int count; /* words after the verb */
	char **words;
	struct config config;
	struct complaint why;
	struct warnings warnings;
	struct json_object *answer; /* under --json; main adds the version and warnings */
};

/* An exit status each, with fleet->why filled. */
int verb_follow(struct fleet *fleet);
/* Are its words any? Returns an exit status; asked before anything is read. And: runs them. */
int verb_fleet_judge(struct fleet *fleet);
int verb_fleet(struct fleet *fleet);

/* fleet->why = usage error; returns STATUS_USAGE. */
int fleet_usage(struct fleet *fleet, const char *object, const char *what);
int fleet_misplaced(struct fleet *fleet, const char *word);

/* Prints a complaint now; where: "FILE:LINE". */
void fleet_complain(const struct fleet *fleet, const char *where, const struct complaint *why);

/* The same as an object; where: NULL for none. */
struct json_object *fleet_complaint_json(const struct fleet *fleet, const char *where,
					 const struct complaint *why);

/* A line for the journal. */
void fleet_log(const struct fleet *fleet, const char *text, ...)
	__attribute__((format(printf, 2, 3)));

/* A table on standard output, or the array of that key. Returns an exit status. */
int fleet_answer(struct fleet *fleet, const char *key, const struct rows *rows);

#endif
