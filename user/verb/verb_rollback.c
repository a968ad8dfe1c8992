/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* confirm, rollback: a change that waits is kept or ended, one that was made is undone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "copies.h"
#include "difference.h"
#include "grammar.h"
#include "reading.h"
#include "ready.h"
#include "session.h"
#include "when.h"

#define STEPS_MAX 1000
#define FEW       64 /* entries that are undone: of long lists no others are read */

struct rollback_request {
	__u32 steps; /* 0: not said */
	struct grammar_ending ending;
	/* Features that the state needs which it leads to, once that is known. */
	__u32 features;
	bool is_ready; /* programs that have them are */
	/* Where they alone tell what is to be undone: the edits, which are owned, and of which entries. */
	char *edits;
	struct prefix prefix[FEW];
	struct window window;
};

static int parse(struct cli *cli, struct rollback_request *request)
{
	int at = 0;

	if (cli->count && !grammar_number(cli->words[0], 1, STEPS_MAX, &request->steps))
		at = 1;
	return cli_ending(cli, at, TAKES_DRY_RUN | TAKES_FORCE | TAKES_CONFIRM, &request->ending);
}

/* No words say these things anew: to undo one change moves no other entry's expiry. */
static void forget_words(struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		settings->entry[i].line = 0;
		settings->entry[i].said = false;
	}
	for (unsigned int i = 0; i < CX_MAX_POLICIES; i++)
		settings->policy[i].said = 0;
}

static const char *what_became(const struct history_record *record)
{
	switch (record->state) {
	case HISTORY_LAPSED:
		return "lapsed, and undid itself";
	case HISTORY_CUT:
		return "was cut short";
	default:
		return "is no change of settings";
	}
}

static int complain_over(struct cli *cli, const struct history_record *over)
{
	if (over->unknown)
		complain_failed(&cli->why, NULL, "change %llu, which is not on record, %s",
				(unsigned long long)over->change, what_became(over));
	else
		complain_failed(&cli->why, NULL, "change %llu, '%.80s', %s",
				(unsigned long long)over->change, over->words, what_became(over));
	complain_hint(&cli->why, "to undo the change of settings before it: clarent-xdp rollback "
				 "force (see: clarent-xdp history)");
	return -EPERM;
}

/* -EINVAL: its file is none of ours. */
static int complain_missing(struct cli *cli, __u64 change, int err)
{
	if (err != -ENOENT && err != -EINVAL)
		return complain_errno(&cli->why, NULL, err,
				      "the state before change %llu cannot be read",
				      (unsigned long long)change);
	complain_failed(&cli->why, NULL, "what was in force before change %llu is not on record",
			(unsigned long long)change);
	complain_hint(&cli->why, "to go to the last state before it that is: clarent-xdp rollback "
				 "force (see: clarent-xdp history)");
	return -ENOENT;
}

/* Where a rollback leads. */
struct target {
	__u64 undone; /* the change that is undone last */
	__u64 change; /* whose state is to be in force again */
	bool is_far;  /* others between the two are undone too: no states of theirs are on record */
};

/* One step back from a change to the state that it was built over; itself: that is not known. */
static int step_back(struct cli *cli, const struct session *session, bool force,
		     struct target *target)
{
	const struct instance *instance = &session->instance;
	__u64 from = target->change;
	int err = 0;

	target->undone = from;
	if (from == instance_serial(instance))
		target->change = instance->rules[instance_generation(instance)].former;
	else
		err = copies_former(cli->bpffs, from, &target->change);
	if (!err)
		err = target->change == from ? -ENOENT
					     : copies_find_state(cli->bpffs, target->change);
	if (!err)
		return 0;
	if (!force || copies_state_before(cli->bpffs, from, &target->change))
		return complain_missing(cli, from, err);
	target->is_far = true;
	return 0;
}

static int find_target(struct cli *cli, const struct session *session,
		       const struct rollback_request *request, struct target *ret_target)
{
	const struct instance *instance = &session->instance;
	const struct history_record *gone;
	__u64 serial = instance_serial(instance);
	__u32 steps = request->steps ? request->steps : 1;
	int err = 0;

	*ret_target = (struct target){ .change = serial ? serial : instance->former };
	ret_target->undone = ret_target->change;
	gone = serial ? NULL : history_done_after(&session->history, ret_target->change);
	if (gone)
		ret_target->change = gone->change;
	if (!ret_target->change)
		return complain_failed(&cli->why, NULL, "there is no change to undo");
	/* what a boot left is one step away from what was confirmed before it */
	for (__u32 i = !serial && !gone; i < steps && !err; i++) {
		if (!ret_target->change)
			return complain_failed(&cli->why, NULL, "there are not so many changes");
		err = step_back(cli, session, request->ending.force, ret_target);
	}
	return err;
}

static const char *what_it_does(bool lost, bool dry_run)
{
	if (lost) /* by a boot that restored nothing: it is in force again */
		return dry_run ? "would bring back" : "brings back";
	return dry_run ? "would undo" : "undoes";
}

static void say_what_it_does(struct cli *cli, const struct session *session,
			     const struct target *target, bool dry_run)
{
	const struct history_record *record = history_find(&session->history, target->undone);
	const char *words = record ? record->words : ""; /* a full disk left out others */
	bool lost = target->undone == target->change;

	char far[100] = "";

	if (target->is_far)
		snprintf(far, sizeof(far),
			 " and all before it, back to the state after change %llu, which is on "
			 "record",
			 (unsigned long long)target->change);
	warn_add(&cli->warnings, "%s change %llu%s%s%.100s", what_it_does(lost, dry_run),
		 (unsigned long long)target->undone, far, *words ? ": " : "", words);
}

/* -EOPNOTSUPP: it takes the whole. */
static int find_edits(struct cli *cli, const struct session *session,
		      struct rollback_request *request)
{
	const struct complaint before = cli->why;
	__u64 serial = instance_serial(&session->instance);
	struct target target;
	int count = -EOPNOTSUPP;

	free(request->edits); /* of what was in force before programs were loaded */
	request->edits = NULL;
	if (!serial || find_target(cli, session, request, &target) ||
	    copies_edits_between(cli->bpffs, target.change, serial, &request->edits))
		request->edits = NULL;
	else
		count = difference_prefixes(request->edits, request->prefix, FEW);
	cli->why = before; /* it is said when it is done */
	if (count < 0)
		return -EOPNOTSUPP;
	request->window = (struct window){ .prefix = request->prefix, .count = (size_t)count };
	return 0;
}

/* To end what waits takes no entries; to undo a few edits, no others. */
static const struct window *find_window(struct cli *cli, const struct session *session,
					void *context)
{
	struct rollback_request *request = context;

	request->window = (struct window){};
	if (!session_waits(session) && find_edits(cli, session, request))
		return NULL;
	return &request->window;
}

/* In a window its edits are taken back, the whole is read. */
static int read_state(struct cli *cli, const struct session *session,
		      const struct rollback_request *request, __u64 change,
		      struct settings *ret_settings)
{
	int err;

	if (!session->have.beyond.count)
		return copies_read_state(cli->bpffs, change, ret_settings);
	err = settings_copy(&session->have, ret_settings);
	if (err)
		return err;
	err = difference_take_back(request->edits, ret_settings);
	if (err)
		settings_free(ret_settings);
	return err;
}

/* Finds the state to go back to, and says what that undoes. */
static int read_target(struct cli *cli, struct session *session,
		       const struct rollback_request *request, struct settings *ret_settings)
{
	const struct history_record *over;
	struct target target;
	int err = find_target(cli, session, request, &target);

	if (err)
		return err;
	over = history_obstacle(&session->history, target.undone);
	if (over && !request->ending.force)
		return complain_over(cli, over);
	err = read_state(cli, session, request, target.change, ret_settings);
	if (err)
		return complain_errno(&cli->why, NULL, err,
				      "the state after change %llu cannot be read",
				      (unsigned long long)target.change);
	say_what_it_does(cli, session, &target, request->ending.dry_run);
	return 0;
}

/* Not ready, and others are not to wait until it is: a status of this file's own. */
#define STATUS_NOT_READY (-1)

static int undo(struct cli *cli, struct session *session, struct rollback_request *request)
{
	struct session_change change = {
		.confirm = request->ending.confirm,
		.force = request->ending.force,
	};
	struct settings former;

	if (read_target(cli, session, request, &former))
		return STATUS_FAILED;
	request->features = compile_features(&former);
	if (!request->is_ready && !request->ending.dry_run &&
	    request->features & ~ready_needed(&session->instance)) {
		settings_free(&former);
		return STATUS_NOT_READY;
	}
	settings_free(&session->want);
	forget_words(&former);
	session->want = former;
	if (request->ending.dry_run)
		return session_dry_run(cli, session, &change);
	return session_commit(cli, session, &change);
}

/* While a change waits, that is what `rollback` ends, and nothing else. */
static int roll_back(struct cli *cli, struct session *session, struct rollback_request *request)
{
	if (!session_waits(session))
		return undo(cli, session, request);
	if (!request->steps && !request->ending.dry_run && !request->ending.confirm)
		return session_give_up(cli, session);
	complain_failed(&cli->why, NULL, "a change waits for its confirmation, %u s left",
			session_waits(session));
	complain_hint(&cli->why,
		      "to keep it: clarent-xdp confirm; to end it now: clarent-xdp rollback");
	return STATUS_FAILED;
}

static int roll_back_in_session(struct cli *cli, struct rollback_request *request)
{
	struct session session;
	int status = session_open_finding(cli, SESSION_ANYWAY, find_window, request, &session);

	if (status)
		return status;
	status = roll_back(cli, &session, request);
	session_close(&session);
	return status;
}

int verb_rollback(struct cli *cli)
{
	struct rollback_request request = {};
	int status = parse(cli, &request);

	cli->dry_run = request.ending.dry_run;
	if (!status)
		status = roll_back_in_session(cli, &request);
	if (status == STATUS_NOT_READY) {
		warnings_free(&cli->warnings); /* it says the same again, if that is still so */
		cli->warnings = (struct warnings){};
		session_make_ready(cli, request.features);
		request.is_ready = true;
		status = roll_back_in_session(cli, &request);
	}
	free(request.edits);
	return status;
}

int verb_confirm(struct cli *cli)
{
	static const struct window nothing;
	struct session session;
	int status;

	if (cli->count)
		return cli_misplaced(cli, cli->words[0]);
	status = session_open_existing(cli, SESSION_ANYWAY, &nothing, &session);
	if (status)
		return status;
	status = session_confirm(cli, &session);
	session_close(&session);
	return status;
}
