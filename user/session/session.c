/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One change, from the lock to the log line: open, read, let a verb change it, put in force. */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "align.h"
#include "attach.h"
#include "carry.h"
#include "copies.h"
#include "diff.h"
#include "dry_run.h"
#include "effects.h"
#include "gate.h"
#include "names.h"
#include "reverse_path.h"
#include "scope.h"
#include "text.h"
#include "when.h"

#define CLOCK_SLACK 60 /* seconds */
#define UNTOLD      "cannot tell what is attached"
#define NOT_WRITTEN "the copy for boot and rollback could not be written"

/* Opening */

/* A fresh instance gets the built-in policies, closed to all, before it counts as one. */
static int first_rules(struct instance *instance, struct complaint *ret_why)
{
	struct settings settings;
	int err = settings_init(&settings);

	if (err)
		return complain_memory(ret_why);
	err = carry_commit(instance, NULL, &settings, /* confirm= */ 0, ret_why);
	settings_free(&settings);
	if (err)
		return err;
	err = instance_seal(instance);
	return err ? complain_errno(ret_why, instance->dir, err, "cannot pin") : 0;
}

unsigned int session_waits(const struct session *session)
{
	return session->settings_wait > session->attach_waits ? session->settings_wait
							      : session->attach_waits;
}

/* When a trial that lapsed did so; now, if none did. */
static __u64 lapsed_utc(const struct instance *instance)
{
	const struct clocks *now = &instance->moment.clocks;

	if (!instance_lapsed(instance))
		return now->utc;
	return now->utc -
	       (now->boottime - (instance->moment.word & CX_LIVE_DEADLINE)) / NSEC_PER_SEC;
}

int session_facts(const struct instance *instance, const char *bpffs,
		  struct history_facts *ret_facts)
{
	char path[COPY_PATH_MAX];
	unsigned int left;
	int err = attach_pending(instance, &left);

	if (err)
		return err;
	*ret_facts = (struct history_facts){
		.serial = instance_serial(instance),
		.waits = instance_pending(instance),
		.gate_waits = left,
		.confirmed = copies_serial(copies_path(bpffs, COPY_CONFIRMED, path)),
		.utc = lapsed_utc(instance),
	};
	return 0;
}

/* Settings that were killed before they were in force never happened. */
static void drop_cut(struct history *history)
{
	size_t kept = 0;

	for (size_t i = 0; i < history->count; i++) {
		const struct history_record *record = &history->record[i];

		if (record->state != HISTORY_CUT || record->attaches)
			history->record[kept++] = *record;
	}
	history->count = kept;
}

int session_read_history(const struct instance *instance, const char *bpffs,
			 struct history *ret_history)
{
	struct history_facts facts;
	int err = history_read(bpffs, ret_history);

	if (err)
		return err;
	if (instance) {
		err = session_facts(instance, bpffs, &facts);
		if (!err)
			history_settle(ret_history, &facts);
	}
	if (err)
		history_free(ret_history);
	else
		drop_cut(ret_history);
	return err;
}

static void warn_copy(struct cli *cli, int err)
{
	if (err)
		warn_add(&cli->warnings, NOT_WRITTEN ": %s", strerror(-err));
}

/* One that does not say of which change it is was made by hand, and stays. */
static bool is_copy_behind(const struct cli *cli, const struct history_facts *facts)
{
	char path[COPY_PATH_MAX];

	if (faccessat(AT_FDCWD, copies_path(cli->bpffs, COPY_CONFIRMED, path), F_OK, AT_EACCESS))
		return true;
	return facts->confirmed && facts->confirmed != facts->serial;
}

/* What a killed change, or a deadline, left unsaid is said now; and made up for. */
static int settle_history(struct cli *cli, struct session *session)
{
	struct history_facts facts;
	const struct history_record *settled;
	int err = session_facts(&session->instance, cli->bpffs, &facts);

	if (err)
		return complain_errno(&cli->why, NULL, err, UNTOLD);
	settled = history_settle(&session->history, &facts);
	if (settled && settled->unknown)
		err = history_enter(cli->bpffs, &session->history, settled);
	else if (settled)
		err = history_mark(cli->bpffs, &session->history, settled->change, settled->state,
				   settled->time);
	if (!err && facts.serial && !facts.waits && is_copy_behind(cli, &facts))
		err = copies_confirm_state(cli->bpffs, facts.serial);
	if (err != -ENOENT) /* then it was told when the state could not be written */
		warn_copy(cli, err);
	return 0;
}

static int mend(struct cli *cli, struct instance *instance)
{
	int err = attach_mend(instance, &cli->why);

	if (err)
		return err;
	err = carry_mend(instance);
	return err ? complain_errno(&cli->why, NULL, err, "cannot tidy up after an earlier change")
		   : 0;
}

static int look_what_waits(struct cli *cli, struct session *session)
{
	int err = attach_pending(&session->instance, &session->attach_waits);

	session->settings_wait = instance_pending(&session->instance);
	return err ? complain_errno(&cli->why, NULL, err, UNTOLD) : 0;
}

static int refuse_pending(struct cli *cli, const struct session *session)
{
	if (!session_waits(session))
		return 0;
	complain_failed(&cli->why, NULL, "a change waits for its confirmation, %u s left",
			session_waits(session));
	complain_hint(&cli->why,
		      "to keep it: clarent-xdp confirm; to end it now: clarent-xdp rollback");
	return -EBUSY;
}

static int read_models(struct cli *cli, struct session *session)
{
	int err = carry_read(&session->instance, &session->have);

	if (err)
		return complain_errno(&cli->why, NULL, err, "cannot read the rules in force");
	err = settings_copy(&session->have, &session->want);
	if (!err)
		return 0;
	settings_free(&session->have);
	return complain_memory(&cli->why);
}

/* A history that cannot be read stops no change. */
static void read_history(struct cli *cli, struct session *session)
{
	int err = history_read(cli->bpffs, &session->history);

	if (err)
		warn_add(&cli->warnings, "the history cannot be read: %s", strerror(-err));
}

/*
 * A clock that says it is before the last change is wrong, as after a boot
 * without a battery: what had expired by then has expired.
 */
static void correct_clock(struct cli *cli, struct session *session)
{
	const struct history_record *last = history_last(&session->history);
	struct clocks *now = &session->instance.moment.clocks;
	char said[WHEN_TEXT_MAX], then[WHEN_TEXT_MAX];

	if (!last || last->time <= now->utc + CLOCK_SLACK)
		return;
	warn_add(&cli->warnings,
		 "the clock is wrong: it says %s, but the last change was made at %s; dates are "
		 "judged by that until it is set",
		 when_format(now->utc, said), when_format(last->time, then));
	now->utc = last->time;
}

/* A state that could not be written when it came into force, the disk being full, is written now. */
static void mend_copy(const struct cli *cli, const struct session *session)
{
	const struct instance *instance = &session->instance;
	struct history_facts facts;

	if (session_facts(instance, cli->bpffs, &facts) || !facts.serial || facts.waits ||
	    !is_copy_behind(cli, &facts))
		return;
	/* should it fail again, the change to come says so */
	if (!copies_keep_state(cli->bpffs, facts.serial,
			       instance->rules[instance_generation(instance)].former,
			       &session->have))
		(void)copies_confirm_state(cli->bpffs, facts.serial);
}

/* The history first: once it is mended, nothing tells of a trial that lapsed. */
static int open_used(struct cli *cli, enum session_while_pending pending, struct session *session)
{
	int err = session->instance.fresh ? first_rules(&session->instance, &cli->why) : 0;

	if (!err) {
		read_history(cli, session);
		correct_clock(cli, session);
	}
	if (!err && !session->unused) {
		err = settle_history(cli, session);
		if (!err)
			err = mend(cli, &session->instance);
	}
	if (!err)
		err = look_what_waits(cli, session);
	if (!err && pending == SESSION_REFUSE)
		err = refuse_pending(cli, session);
	if (!err)
		err = read_models(cli, session);
	if (!err)
		mend_copy(cli, session);
	return err;
}

/* A fresh instance goes on from what was confirmed before it. */
static void give_numbers(const struct cli *cli, struct session *session)
{
	struct instance *instance = &session->instance;
	char path[COPY_PATH_MAX];

	instance->former = instance_serial(instance);
	if (!instance->former)
		instance->former = copies_serial(copies_path(cli->bpffs, COPY_CONFIRMED, path));
	instance->next = history_next(&session->history, instance->former);
}

int session_open(struct cli *cli, enum session_while_pending pending, struct session *ret_session)
{
	struct instance *instance = &ret_session->instance;
	int err;

	if (!cli->dry_run && cli_own(cli))
		return STATUS_FAILED;
	err = instance_open(cli->bpffs, INSTANCE_CREATE, instance, &cli->why);
	if (err)
		return cli->why.status ? cli->why.status : STATUS_FAILED;
	ret_session->unused = instance->fresh;
	ret_session->history = (struct history){};
	err = open_used(cli, pending, ret_session);
	if (!err) {
		give_numbers(cli, ret_session);
		return STATUS_DONE;
	}
	if (ret_session->unused)
		instance_discard(instance);
	history_free(&ret_session->history);
	instance_close(instance);
	return STATUS_FAILED;
}

int session_open_existing(struct cli *cli, enum session_while_pending pending,
			  struct session *ret_session)
{
	struct complaint why = {};
	struct instance probe;
	int err = instance_open(cli->bpffs, INSTANCE_READ, &probe, &why);

	if (err == -ENOENT)
		return complain_failed(&cli->why, NULL, "there is no filter in %s", cli->bpffs),
		       STATUS_FAILED;
	if (!err)
		instance_close(&probe);
	return session_open(cli, pending, ret_session);
}

void session_keep(struct session *session)
{
	session->unused = false;
}

void session_close(struct session *session)
{
	if (session->unused && session->instance.lock_fd >= 0)
		instance_discard(&session->instance);
	settings_free(&session->have);
	settings_free(&session->want);
	history_free(&session->history);
	instance_close(&session->instance);
}

/* Who and what, for the log and the history */

/* Login uid (audit), which survives sudo; -1 if the kernel keeps none. */
static long login_uid(void)
{
	scoped(file) file = fopen("/proc/self/loginuid", "re");
	unsigned int uid;

	return file && fscanf(file, "%u", &uid) == 1 && uid != -1U ? (long)uid : -1;
}

/* The verb and its words, cut where there is no room for more. */
static void join_words(const struct cli *cli, char *ret_words, size_t size)
{
	size_t len = (size_t)snprintf(ret_words, size, "%s", cli->verb);

	for (int i = 0; i < cli->count && len < size; i++)
		len += (size_t)snprintf(ret_words + len, size - len, " %s", cli->words[i]);
}

void session_log(struct cli *cli, __u64 before, __u64 after)
{
	char words[512];

	join_words(cli, words, sizeof(words));
	cli->changed = true;
	openlog("clarent-xdp", LOG_PID, LOG_DAEMON);
	syslog(LOG_NOTICE, "login uid %ld, uid %d: %s: generation %llu -> %llu", login_uid(),
	       getuid(), words, (unsigned long long)before, (unsigned long long)after);
	closelog();
}

static struct history_record new_record(const struct cli *cli, const struct session *session,
					enum history_state state, const char *did)
{
	struct history_record record = {
		.change = session->instance.next,
		.time = session->instance.moment.clocks.utc,
		.login_uid = login_uid(),
		.uid = getuid(),
		.state = state,
	};

	join_words(cli, record.words, sizeof(record.words));
	snprintf(record.did, sizeof(record.did), "%s", did);
	return record;
}

/* Putting settings in force */

/*
 * What rollback would go back to must be there: the state in force, which a
 * lost disk may have left without a copy.  After a boot that restored nothing,
 * what was confirmed before it is that; should nobody be able to read it, what
 * is in force is.
 */
static int keep_former(struct cli *cli, const struct session *session)
{
	__u64 former = session->instance.former;
	struct settings kept;

	if (instance_serial(&session->instance)) {
		if (!copies_find_state(cli->bpffs, former))
			return 0;
	} else if (former && !copies_read_state(cli->bpffs, former, &kept)) {
		settings_free(&kept);
		return 0;
	}
	return copies_keep_state(cli->bpffs, former, former, &session->have);
}

/* Does a fresh instance get just the state that was confirmed before it? */
static bool is_restored(struct cli *cli, const struct session *session)
{
	char fresh[COPY_PATH_MAX], kept[COPY_PATH_MAX], name[24];
	const struct instance *instance = &session->instance;

	if (instance_serial(instance) || !instance->former)
		return false;
	snprintf(name, sizeof(name), "%llu", (unsigned long long)instance->next);
	copies_history_path(cli->bpffs, name, fresh);
	snprintf(name, sizeof(name), "%llu", (unsigned long long)instance->former);
	copies_history_path(cli->bpffs, name, kept);
	return copies_same(fresh, kept);
}

/* It is that change again, and no new one. */
static void take_up(struct cli *cli, struct session *session)
{
	struct instance *instance = &session->instance;
	const struct history_record *purge = history_purge(&session->history, instance->former);

	if (purge)
		warn_copy(cli, history_mark(cli->bpffs, &session->history, purge->change,
					    HISTORY_UNDONE, instance->moment.clocks.utc));
	copies_drop_state(cli->bpffs, instance->next);
	instance->next = instance->former;
	if (copies_former(cli->bpffs, instance->next, &instance->former))
		instance->former = 0;
}

/* Before the flip: the state that is to be, and that it is begun. */
static void enter(struct cli *cli, struct session *session, const char *did)
{
	struct history_record record = new_record(cli, session, HISTORY_BEGUN, did);
	int err = keep_former(cli, session);

	/* should a lapsed trial have left one of this number, and this one not be written */
	copies_drop_state(cli->bpffs, record.change);
	if (!err)
		err = copies_keep_state(cli->bpffs, record.change, session->instance.former,
					&session->want);
	if (!err && is_restored(cli, session)) {
		take_up(cli, session);
		return;
	}
	if (!err)
		err = history_enter(cli->bpffs, &session->history, &record);
	warn_copy(cli, err);
}

/* Behind it. */
static void mark(struct cli *cli, struct session *session, enum history_state state)
{
	__u64 change = session->instance.next;
	bool on_record = history_last(&session->history) &&
			 history_last(&session->history)->change == change;
	int err = 0;

	if (state == HISTORY_CUT)
		copies_drop_state(cli->bpffs, change);
	if (state == HISTORY_DONE)
		err = copies_confirm_state(cli->bpffs, change);
	if (on_record && (!err || err == -ENOENT))
		err = history_mark(cli->bpffs, &session->history, change, state, clocks_now().utc);
	if (err != -ENOENT) /* then it was told when it was to be written */
		warn_copy(cli, err);
	copies_trim_states(cli->bpffs, change);
}

static int put_in_force(struct cli *cli, struct session *session, unsigned int confirm,
			const char *did)
{
	struct instance *instance = &session->instance;
	__u64 before = instance_serial(instance);
	int err;

	enter(cli, session, did);
	err = carry_commit(instance, &session->have, &session->want, confirm, &cli->why);
	if (err && instance_serial(instance) == before) {
		mark(cli, session, HISTORY_CUT);
		return STATUS_FAILED;
	}
	session_keep(session);
	mark(cli, session, confirm ? HISTORY_TRIAL : HISTORY_DONE);
	session_log(cli, before, instance->next);
	return err ? STATUS_FAILED : STATUS_DONE;
}

/* Whether anything was changed, and what; in text, success is silent unless -v asks for it. */
static void answer_change(struct cli *cli, const struct session *session, const char *did)
{
	if (cli->verbose && !cli->json)
		text_print(stdout, "%s", *did ? did : "nothing changed");
	if (!cli->json)
		return;
	cli->answer = json_object_new_object();
	json_object_object_add(cli->answer, "changed", json_object_new_boolean(*did));
	json_object_object_add(cli->answer, "did", json_object_new_string(did));
	if (*did)
		json_object_object_add(
			cli->answer, "change",
			json_object_new_int64((int64_t)instance_serial(&session->instance)));
}

/* From words to a model: what it inherits, and what its names mean now. */
static int prepare(struct cli *cli, struct session *session)
{
	int err = names_resolve(cli, session);

	if (!err)
		err = align(&session->have, &session->want, &session->instance.moment.clocks);
	return err ? carry_complain(&cli->why, err) : 0;
}

static void warn(struct cli *cli, const struct session *session,
		 const struct session_change *change)
{
	names_warn(cli, session, change->whole || change->parts);
	effects_warn(&session->have, &session->want, session->instance.moment.clocks.utc,
		     &cli->warnings);
}

int session_dry_run(struct cli *cli, struct session *session, const struct session_change *change)
{
	struct raised raised;

	if (prepare(cli, session))
		return STATUS_FAILED;
	gate_foretell(cli, session, change, &raised);
	if (cli->why.status)
		return STATUS_FAILED;
	warn(cli, session, change);
	return dry_run(cli, &session->instance, &session->have, &session->want, &raised);
}

static int pass_gate(struct cli *cli, struct session *session, const struct session_change *change)
{
	struct instance *instance = &session->instance;
	int status = gate_settings(cli, session, change);

	if (!status && reverse_path_used(&session->want) &&
	    reverse_path_enable(instance, cli->netns, &cli->why, &cli->warnings))
		status = STATUS_FAILED;
	if (!status && attach_drop_gone(instance, &cli->why, &cli->warnings) < 0)
		status = STATUS_FAILED;
	return status;
}

int session_commit(struct cli *cli, struct session *session, const struct session_change *change)
{
	char did[256];
	int status;

	if (prepare(cli, session))
		return STATUS_FAILED;
	diff_summary(&session->have, &session->want, did, sizeof(did));
	status = *did ? pass_gate(cli, session, change) : STATUS_DONE;
	if (!status)
		warn(cli, session, change);
	if (!status && *did)
		status = put_in_force(cli, session, change->confirm, did);
	if (!status)
		answer_change(cli, session, did);
	return status;
}

/* Attaching, and what waits */

void session_end_attaching(struct cli *cli, struct session *session, const char *did, bool waits)
{
	__u64 serial = instance_serial(&session->instance);
	struct history_record record;

	session->instance.next = history_next(&session->history, serial);
	record = new_record(cli, session, waits ? HISTORY_TRIAL : HISTORY_DONE, did);
	record.attaches = true;
	session_keep(session);
	warn_copy(cli, history_enter(cli->bpffs, &session->history, &record));
	(void)attach_drop_gone(&session->instance, &cli->why, &cli->warnings);
	(void)carry_keep_devices(&session->instance, &session->have);
	session_log(cli, serial, serial);
	answer_change(cli, session, did);
}

/* What it takes away are the settings; where there are none, nothing is changed. */
void session_enter_purge(struct cli *cli, struct session *session)
{
	struct history_record record;
	struct settings none;
	char did[256];

	if (settings_init(&none))
		return warn_copy(cli, -ENOMEM);
	diff_summary(&session->have, &none, did, sizeof(did));
	settings_free(&none);
	if (!*did)
		return;
	record = new_record(cli, session, HISTORY_BEGUN, did);
	warn_copy(cli, history_enter(cli->bpffs, &session->history, &record));
}

void session_mark_purge(struct cli *cli, struct session *session, bool done)
{
	const struct history_record *last = history_last(&session->history);

	if (last && last->change == session->instance.next)
		warn_copy(cli, history_mark(cli->bpffs, &session->history, last->change,
					    done ? HISTORY_DONE : HISTORY_CUT, clocks_now().utc));
}

static int mark_waiting(struct cli *cli, struct session *session, enum history_state state)
{
	const struct history_record *last = history_last(&session->history);

	if (!last || last->state != HISTORY_TRIAL)
		return 0;
	return history_mark(cli->bpffs, &session->history, last->change, state, clocks_now().utc);
}

/* Settings first: the way back from an attach is to detach. */
static int end_waiting(struct cli *cli, struct session *session, bool confirmed)
{
	struct instance *instance = &session->instance;
	bool rules = session->settings_wait, gates = session->attach_waits;
	__u64 before = instance_serial(instance);
	int err = 0;

	if (rules)
		err = confirmed ? carry_confirm(instance) : carry_give_up(instance);
	if (rules && confirmed)
		warn_copy(cli, copies_confirm_state(cli->bpffs, instance_serial(instance)));
	warn_copy(cli, mark_waiting(cli, session, confirmed ? HISTORY_DONE : HISTORY_UNDONE));
	if (err)
		complain_errno(&cli->why, NULL, err, "it is done, but tidying up failed");
	else if (gates)
		err = confirmed ? attach_confirm(instance, &cli->why)
				: attach_give_up(instance, &cli->why);
	session_log(cli, before, instance_serial(instance));
	return err ? STATUS_FAILED : STATUS_DONE;
}

/* What lapsed, should that be why nothing waits. */
static int complain_nothing(struct cli *cli, const struct session *session)
{
	const struct history_record *last = history_last(&session->history);
	char when[WHEN_TEXT_MAX];

	if (last && last->state == HISTORY_LAPSED)
		complain_failed(
			&cli->why, NULL,
			"nothing waits for a confirmation: change %llu (%.60s) lapsed at %s",
			(unsigned long long)last->change, last->words,
			when_format(last->time, when));
	else
		complain_failed(&cli->why, NULL, "nothing waits for a confirmation");
	return STATUS_FAILED;
}

int session_confirm(struct cli *cli, struct session *session)
{
	if (!session_waits(session))
		return complain_nothing(cli, session);
	return end_waiting(cli, session, /* confirmed= */ true);
}

int session_give_up(struct cli *cli, struct session *session)
{
	return end_waiting(cli, session, /* confirmed= */ false);
}
