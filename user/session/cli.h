/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every verb is given: parsed global options, its words, and how to answer. */
#ifndef CLI_H
#define CLI_H

#include <errno.h>
#include <json-c/json.h>
#include <stdbool.h>

#include "complaint.h"
#include "grammar.h"
#include "instance.h"
#include "settings.h"

#define CLI_WAIT_USUAL 0xffffffffU /* nobody said: as long as the verb has patience */

struct cli {
	bool json;
	bool quiet;
	bool verbose;
	const char *netns; /* NULL: the caller's; main has entered it already */
	const char *bpffs; /* pin directory */
	__u32 wait;        /* seconds to wait for another change's end, or CLI_WAIT_USUAL */
	const char *verb;
	int count; /* words after the verb */
	char **words;
	struct complaint why;     /* filled when a verb fails */
	struct warnings warnings; /* printed by main when the verb is done */
	struct json_object
		*answer; /* under --json, an object: main adds the version and warnings */
	bool answered;   /* the verb has printed its JSON itself */
	bool changed;    /* a change is in force, whatever becomes of the answer */
	bool dry_run;    /* nothing will be changed */
};

/* A verb returns an exit status; with STATUS_FAILED or STATUS_USAGE, cli->why says why. */
struct verb {
	const char *name;
	int (*run)(struct cli *cli);
};

/* NULL: no such verb. */
const struct verb *cli_verb(const char *name);
/* Does it say of a change whether there was any? */
bool verb_changes(const struct verb *verb);

int verb_setting(
	struct cli *cli); /* allow, deny, protect, policy, fragments, tunnel, revoke, unprotect */
int verb_attach(struct cli *cli);
int verb_detach(struct cli *cli);
int verb_purge(struct cli *cli);
int verb_apply(struct cli *cli);
int verb_save(struct cli *cli);
int verb_rollback(struct cli *cli);
int verb_confirm(struct cli *cli);
int verb_history(struct cli *cli);
int verb_list(struct cli *cli);
int verb_peers(struct cli *cli);
int verb_policies(struct cli *cli);
int verb_status(struct cli *cli);
int verb_stats(struct cli *cli);
int verb_suspects(struct cli *cli);
int verb_log(struct cli *cli);
int verb_ports(struct cli *cli);
int verb_check(struct cli *cli);
int verb_doctor(struct cli *cli);
int verb_top(struct cli *cli);
int verb_metrics(struct cli *cli);
int verb_other(struct cli *cli); /* follow, fleet: by a program of their own */
int verb_help(struct cli *cli);
int verb_version(struct cli *cli);
int verb_complete(struct cli *cli);

/*
 * Gives the pin directory its one name, in cli->bpffs, and enters the network
 * namespace that is asked for.  Returns an exit status, with cli->why filled.
 */
int cli_enter(struct cli *cli);

/* cli->why = usage error about an object; returns STATUS_USAGE. */
int cli_usage(struct cli *cli, const char *object, const char *what);
/* The same about a word that cannot stand where it does; names the nearest that can. */
int cli_misplaced(struct cli *cli, const char *word);
/* The same about a word that is no verb. */
int cli_no_verb(struct cli *cli, const char *word);

/* A change leaves files and pins behind, which must be root's. Returns an exit status. */
int cli_own(struct cli *cli);

/* Could an interface be called so, or have it as an alternative name? Returns an exit status. */
int cli_ifname(struct cli *cli, const char *name);
/* cli->why = why attachments_find() found none there: err, which is returned. */
int cli_unattached(struct cli *cli, const char *ifname, int err);

/* The words from that one on end the line: reads them all. Returns an exit status. */
int cli_ending(struct cli *cli, int at, unsigned int takes, struct grammar_ending *ending);

/* Prints a complaint now; where: "FILE:LINE", NULL for none. */
void cli_complain(const struct cli *cli, const char *where, const struct complaint *why);
/* Of the shape of all answers under --json: a script that knows it may read on. */
#define CLI_JSON_VERSION 1
/* The warnings so far, an array of texts; the caller's to put. */
struct json_object *cli_warnings_json(const struct cli *cli);
struct json_object *cli_complaint_json(const struct cli *cli, const char *where,
				       const struct complaint *why);

/* How long to wait for another change's end, in seconds: as asked for, or as usual for most. */
unsigned int cli_wait(const struct cli *cli);

#endif
