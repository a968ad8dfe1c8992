/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is written down of a change: the state for undo and boot, the history, the system log. */
#include "record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "copies.h"
#include "diff.h"
#include "grammar.h"
#include "scope.h"

#define NOT_WRITTEN "the copy for boot and rollback could not be written"

void warn_copy(struct cli *cli, int err)
{
	if (err)
		warn_add(&cli->warnings, NOT_WRITTEN ": %s", strerror(-err));
}

/* Login uid (audit), which survives sudo; -1 if the kernel keeps none. */
static __s64 login_uid(void)
{
	scoped(file) file = fopen("/proc/self/loginuid", "re");
	unsigned int uid;

	return file && fscanf(file, "%u", &uid) == 1 && uid != -1U ? (__s64)uid : -1;
}

/* The verb and its words as they can be typed again, cut where there is no room for more. */
static void join_words(const struct cli *cli, char *ret_words, size_t size)
{
	scoped(memory) memory = NULL;
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	snprintf(ret_words, size, "%s", cli->verb);
	if (!to)
		return;
	fputs(cli->verb, to);
	for (int i = 0; i < cli->count; i++) {
		fputc(' ', to);
		grammar_write_word(to, cli->words[i]);
	}
	if (!fclose(to))
		snprintf(ret_words, size, "%s", text);
	memory = text;
}

void session_log(struct cli *cli, __u64 before, __u64 after)
{
	char words[512];

	join_words(cli, words, sizeof(words));
	cli->changed = true;
	openlog("clarent-xdp", LOG_PID, LOG_DAEMON);
	syslog(LOG_NOTICE, "login uid %lld, uid %u: %s: generation %llu -> %llu",
	       (long long)login_uid(), getuid(), words, (unsigned long long)before,
	       (unsigned long long)after);
	closelog();
}

struct history_record new_record(const struct cli *cli, const struct session *session,
				 enum history_state state, const char *did)
{
	struct history_record record = {
		.change = session->instance.next,
		.time = session->instance.moment.clocks.utc,
		.login_uid = login_uid(),
		.uid = getuid(),
		.state = state,
	};

	history_this_boot(record.boot);
	join_words(cli, record.words, sizeof(record.words));
	snprintf(record.did, sizeof(record.did), "%s", did);
	return record;
}

/* What came after the confirmed state and is no more in force, NULL if nothing. */
static const struct history_record *gone(const struct session *session)
{
	const struct instance *instance = &session->instance;

	return instance_serial(instance) ? NULL
					 : history_done_after(&session->history, instance->former);
}

/* The purge that a fresh instance is what is left of, NULL if it is not. */
static const struct history_record *purged(const struct session *session)
{
	const struct history_record *record = gone(session);

	return record && history_is_purge(record) ? record : NULL;
}

/* What a purge that left no state was built over, only its note knows. */
static int keep_purge(const struct cli *cli, const struct session *session, __u64 change)
{
	__u64 former = change;

	if (!copies_find_state(cli->bpffs, change))
		return 0;
	(void)copies_former(cli->bpffs, change, &former);
	return copies_keep_state(cli->bpffs, change, former, &session->have);
}

/*
 * What rollback would go back to must be there: the state in force, which a
 * lost disk may have left without a copy, or which a purge left.  After a boot
 * that restored nothing, what was confirmed before it is that; should nobody be
 * able to read it, what is in force is.
 */
static int keep_former(struct cli *cli, const struct session *session)
{
	const struct history_record *purge = purged(session);
	__u64 former = session->instance.former;
	struct settings kept;

	if (purge)
		return keep_purge(cli, session, purge->change);
	if (instance_serial(&session->instance)) {
		if (!copies_find_state(cli->bpffs, former))
			return 0;
	} else if (former && !copies_read_state(cli->bpffs, former, &kept)) {
		settings_free(&kept);
		return 0;
	}
	return copies_keep_state(cli->bpffs, former, former, &session->have);
}

/*
 * Does a fresh instance get just the state that was confirmed before it, as from
 * a boot?  After a purge that is a change like any other.
 */
static bool is_restored(struct cli *cli, const struct session *session)
{
	char fresh[COPY_PATH_MAX], kept[COPY_PATH_MAX], name[24];
	const struct instance *instance = &session->instance;

	if (instance_serial(instance) || !instance->former || purged(session))
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
	const struct history_record *lost = gone(session); /* by a boot: no copy of it was kept */

	if (lost)
		warn_copy(cli, history_mark(cli->bpffs, &session->history, lost->change,
					    HISTORY_UNDONE, instance->moment.clocks.utc));
	copies_drop_state(cli->bpffs, instance->next);
	instance->next = instance->former;
	if (copies_former(cli->bpffs, instance->next, &instance->former))
		instance->former = 0;
}

/* By what differs from the state in force, where that has a number. */
static int keep_wanted(const struct cli *cli, const struct session *session, __u64 change,
		       __u64 former)
{
	if (former != instance_serial(&session->instance))
		return copies_keep_state(cli->bpffs, change, former, &session->want);
	return copies_keep_change(cli->bpffs, change, former, &session->have, &session->want);
}

/* Before the flip: the state that is to be, and that it is begun. */
void enter(struct cli *cli, struct session *session, const char *did)
{
	struct history_record record = new_record(cli, session, HISTORY_BEGUN, did);
	const struct history_record *purge = purged(session);
	__u64 former = purge ? purge->change : session->instance.former;
	int err = keep_former(cli, session);

	/* should a lapsed trial have left one of this number, and this one not be written */
	copies_drop_state(cli->bpffs, record.change);
	if (!err)
		err = keep_wanted(cli, session, record.change, former);
	if (!err && is_restored(cli, session)) {
		take_up(cli, session);
		return;
	}
	session->instance.former = former;
	if (!err)
		err = history_enter(cli->bpffs, &session->history, &record);
	warn_copy(cli, err);
}

/* Behind it. */
void mark(struct cli *cli, struct session *session, enum history_state state)
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

/*
 * What it takes away are the settings; where there are none, nothing is changed.
 * The state that it leaves is kept with the number of the one in force: only so
 * is it known, once the kernel holds nothing, whether the copy is of that one.
 */
void session_enter_purge(struct cli *cli, struct session *session)
{
	struct history_record record;
	struct settings none;
	char did[256];
	int err;

	if (settings_init(&none))
		return warn_copy(cli, -ENOMEM);
	diff_summary(&session->have, &none, did, sizeof(did));
	if (*did) {
		record = new_record(cli, session, HISTORY_BEGUN, did);
		err = history_enter(cli->bpffs, &session->history, &record);
		if (!err)
			err = copies_keep_state(cli->bpffs, record.change,
						instance_serial(&session->instance), &none);
		if (err)
			copies_note_purge(cli->bpffs, record.change,
					  instance_serial(&session->instance));
		warn_copy(cli, err);
	}
	settings_free(&none);
}

void session_mark_purge(struct cli *cli, struct session *session, bool done)
{
	const struct history_record *last = history_last(&session->history);

	if (!last || last->change != session->instance.next)
		return;
	if (!done)
		copies_drop_state(cli->bpffs, last->change);
	warn_copy(cli, history_mark(cli->bpffs, &session->history, last->change,
				    done ? HISTORY_DONE : HISTORY_CUT, clocks_now().utc));
}
