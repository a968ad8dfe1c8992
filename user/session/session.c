/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One change, from the lock on: open, read, tidy up what an earlier one left; and close. */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "attach.h"
#include "copies.h"
#include "difference.h"
#include "generation.h"
#include "reading.h"
#include "ready.h"
#include "record.h"
#include "when.h"

#define CLOCK_SLACK 60 /* seconds */
#define UNTOLD      "cannot tell what is attached"

/* Opening */

/* A fresh instance gets the built-in policies, closed to all, before it counts as one. */
static int first_rules(struct instance *instance, struct complaint *ret_why)
{
	struct settings settings;
	int err = settings_init(&settings);

	if (err)
		return complain_memory(ret_why);
	err = generation_commit(instance, NULL, &settings, /* confirm= */ 0, ret_why);
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

/* When a trial that lapsed did so, whenever that is asked; now, if none did. */
static __u64 lapsed_utc(const struct instance *instance)
{
	const struct clocks *now = &instance->moment.clocks;
	__u64 since;

	if (!instance_lapsed(instance))
		return now->utc;
	since = now->boottime - (instance->moment.word & CX_LIVE_DEADLINE);
	return (now->utc * NSEC_PER_SEC + now->utc_part - since) / NSEC_PER_SEC;
}

/* That of the latest trial of settings that lapsed. */
static __u64 last_lapsed(const struct instance *instance)
{
	if (!instance_lapsed(instance))
		return instance->meta->last_lapsed;
	return instance->rules[!instance_generation(instance)].serial;
}

static __u64 noted_purge(const char *bpffs)
{
	__u64 change, former;

	return copies_noted_purge(bpffs, &change, &former) ? 0 : change;
}

#define TRIES 100 /* of reading while others write */

static int session_facts(const struct instance *instance, const char *bpffs,
			 struct history_facts *ret_facts)
{
	char path[COPY_PATH_MAX];
	unsigned int left;
	int err = attachments_wait(instance, &left);

	if (err)
		return err;
	*ret_facts = (struct history_facts){
		.serial = instance_serial(instance),
		.former = instance->rules[instance_generation(instance)].former,
		.waits = instance_pending(instance),
		.gate_waits = left,
		.confirmed = copies_serial(copies_path(bpffs, COPY_CONFIRMED, path)),
		.utc = lapsed_utc(instance),
		.last_lapsed = last_lapsed(instance),
		.last_attaching = instance->meta->last_attaching & CX_ATTACHING_CHANGE,
		.attaching_kept = instance->meta->last_attaching & CX_ATTACHING_KEPT,
		.attaching_ended = instance->meta->last_attaching & CX_ATTACHING_ENDED,
		.purge = noted_purge(bpffs),
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

/* The lines, and what the kernel says of what they tell. */
static int read_lines(const struct instance *instance, const char *bpffs,
		      struct history *ret_history, struct history_facts *ret_facts)
{
	char path[COPY_PATH_MAX];
	int err = history_read(bpffs, ret_history);

	*ret_facts = (struct history_facts){
		.confirmed = copies_serial(copies_path(bpffs, COPY_CONFIRMED, path)),
		.utc = clocks_now().utc,
		.purge = noted_purge(bpffs),
	};
	if (!err && instance)
		err = session_facts(instance, bpffs, ret_facts);
	if (err)
		history_free(ret_history);
	return err;
}

/* Who ends what waits marks it first: a line that nobody marked since was still open. */
int session_read_history(const struct instance *instance, const char *bpffs,
			 struct history *ret_history)
{
	struct history_facts facts;
	int err = read_lines(instance, bpffs, ret_history, &facts);

	for (int i = 0; !err && i < TRIES && !history_stands(bpffs, ret_history); i++) {
		history_free(ret_history);
		err = read_lines(instance, bpffs, ret_history, &facts);
	}
	if (err)
		return err;
	while (history_settle(ret_history, &facts))
		;
	drop_cut(ret_history);
	return 0;
}

/* One that does not say of which change it is was made by hand, and stays. */
static bool is_copy_behind(const struct cli *cli, const struct history_facts *facts)
{
	char path[COPY_PATH_MAX];

	if (faccessat(AT_FDCWD, copies_path(cli->bpffs, COPY_CONFIRMED, path), F_OK, AT_EACCESS))
		return true;
	return facts->confirmed && facts->confirmed != facts->serial;
}

/* What the disk had no room for may find some now; else it is known all the same. */
static void enter_missing(const struct cli *cli, struct session *session,
			  const struct history_facts *facts)
{
	struct history_record missing;

	session->instance.meta->last_lapsed = facts->last_lapsed;
	if (facts->purge && facts->serial) /* it is over, or never was */
		copies_forget_purge(cli->bpffs);
	if (facts->last_lapsed > facts->serial)
		copies_drop_state(cli->bpffs, facts->last_lapsed);
	while (history_missing(&session->history, facts, &missing)) {
		if (history_enter(cli->bpffs, &session->history, &missing))
			return;
	}
}

static int write_settled(const struct cli *cli, struct session *session,
			 const struct history_record *settled)
{
	const struct history_record record = *settled; /* which what is entered moves */

	if (record.state != HISTORY_DONE && record.state != HISTORY_TRIAL && !record.attaches)
		copies_drop_state(cli->bpffs, record.change); /* it is none to go back to */
	if (record.unknown)
		return history_enter(cli->bpffs, &session->history, &record);
	return history_mark(cli->bpffs, &session->history, record.change, record.state,
			    record.time);
}

/* What a killed change, or a deadline, left unsaid is said now; and made up for. */
static int settle_history(struct cli *cli, struct session *session)
{
	struct history_facts facts;
	const struct history_record *settled;
	int err = session_facts(&session->instance, cli->bpffs, &facts);

	if (err)
		return complain_errno(&cli->why, NULL, err, UNTOLD);
	enter_missing(cli, session, &facts);
	while ((settled = history_settle(&session->history, &facts))) {
		int failed = write_settled(cli, session, settled);

		err = err ? err : failed;
	}
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
	err = generation_mend(instance);
	return err ? complain_errno(&cli->why, NULL, err, "cannot tidy up after an earlier change")
		   : 0;
}

static int look_what_waits(struct cli *cli, struct session *session)
{
	int err = attachments_wait(&session->instance, &session->attach_waits);

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

/* What is written of a change must not need the whole either. */
static bool copies_do_without(const struct cli *cli, const struct session *session)
{
	struct history_facts facts;

	if (session_facts(&session->instance, cli->bpffs, &facts) || !facts.serial)
		return false;
	return (facts.waits || !is_copy_behind(cli, &facts)) &&
	       copies_can_go_on(cli->bpffs, facts.serial);
}

/* What is to be read: a window that is known, or found when there is something to find it by. */
struct wish {
	const struct window *window;
	session_find_fn *find;
	void *context;
	bool anew; /* what is wanted has nothing of what is there */
};

static const struct window *wished_window(struct cli *cli, const struct wish *wish,
					  const struct session *session)
{
	return wish->find ? wish->find(cli, session, wish->context) : wish->window;
}

/* -EOPNOTSUPP: it takes the whole. */
static int read_window(struct cli *cli, const struct wish *wish, struct session *session)
{
	const struct window *window = wished_window(cli, wish, session);
	int err = -EOPNOTSUPP;

	if (window && !session->unused && copies_do_without(cli, session))
		err = generation_read_window(&session->instance, window, &session->have);
	if (!err && !difference_fits(&session->have)) {
		settings_free(&session->have);
		err = -EOPNOTSUPP;
	}
	return err;
}

static int read_models(struct cli *cli, const struct wish *wish, struct session *session)
{
	int err = read_window(cli, wish, session);

	if (err == -EOPNOTSUPP)
		err = generation_read(&session->instance, &session->have);

	if (err)
		return complain_errno(&cli->why, NULL, err, "cannot read the rules in force");
	err = wish->anew ? settings_init(&session->want)
			 : settings_copy(&session->have, &session->want);
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
 * A clock that says it is before a change of an earlier boot is wrong, as one
 * without a battery: what had expired by then has expired.  One that somebody
 * keeps right is believed, and so is one that was set back since.
 */
static void correct_clock(struct cli *cli, struct session *session)
{
	__u64 last = history_before_boot(&session->history);
	struct clocks *now = &session->instance.moment.clocks;
	char said[WHEN_TEXT_MAX], then[WHEN_TEXT_MAX];

	if (now->synced || last <= now->utc + CLOCK_SLACK)
		return;
	warn_add(&cli->warnings,
		 "the clock is wrong: it says %s, but a change was made at %s, before this boot; "
		 "dates are judged by that until it is later, or kept right (by NTP, say)",
		 when_format(now->utc, said), when_format(last, then));
	now->utc = last;
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
static int open_used(struct cli *cli, enum session_while_pending pending, const struct wish *wish,
		     struct session *session)
{
	int err = session->instance.fresh ? first_rules(&session->instance, &cli->why) : 0;

	if (!err) {
		read_history(cli, session);
		correct_clock(cli, session);
	}
	if (!err)
		err = settle_history(cli, session);
	if (!err && !session->unused)
		err = mend(cli, &session->instance);
	if (!err)
		err = look_what_waits(cli, session);
	if (!err && pending == SESSION_REFUSE)
		err = refuse_pending(cli, session);
	if (!err)
		err = read_models(cli, wish, session);
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
	return session_open_window(cli, pending, NULL, ret_session);
}

static int open_wishing(struct cli *cli, enum session_while_pending pending,
			const struct wish *wish, struct session *ret_session)
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
	err = open_used(cli, pending, wish, ret_session);
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

int session_open_window(struct cli *cli, enum session_while_pending pending,
			const struct window *window, struct session *ret_session)
{
	return open_wishing(cli, pending, &(struct wish){ .window = window }, ret_session);
}

int session_open_anew(struct cli *cli, enum session_while_pending pending,
		      struct session *ret_session)
{
	return open_wishing(cli, pending, &(struct wish){ .anew = true }, ret_session);
}

int session_open_finding(struct cli *cli, enum session_while_pending pending, session_find_fn *find,
			 void *context, struct session *ret_session)
{
	return open_wishing(cli, pending, &(struct wish){ .find = find, .context = context },
			    ret_session);
}

static int complain_none(struct cli *cli)
{
	return complain_failed(&cli->why, NULL, "there is no filter in %s", cli->bpffs),
	       STATUS_FAILED;
}

int session_open_existing(struct cli *cli, enum session_while_pending pending,
			  const struct window *window, struct session *ret_session)
{
	struct complaint why = {};
	struct instance probe;
	int err = instance_open(cli->bpffs, INSTANCE_READ, &probe, &why), status;

	if (err == -ENOENT)
		return complain_none(cli);
	if (!err)
		instance_close(&probe);
	status = session_open_window(cli, pending, window, ret_session);
	if (status || !ret_session->unused)
		return status;
	session_close(ret_session); /* purged while its lock was waited for */
	return complain_none(cli);
}

int session_read_again(struct cli *cli, struct session *session, __u64 serial)
{
	history_free(&session->history);
	read_history(cli, session);
	if (serial == instance_serial(&session->instance))
		return 0;
	settings_free(&session->have);
	settings_free(&session->want);
	return read_models(cli, &(struct wish){}, session);
}

void session_make_ready(const struct cli *cli, __u32 features)
{
	struct complaint unheard = {};
	struct instance instance;

	if (!features || cli->dry_run ||
	    instance_open(cli->bpffs, INSTANCE_READ, &instance, &unheard))
		return;
	if (!instance_pending(&instance) && features & ~ready_needed(&instance))
		ready_load(&instance, features, /* exact= */ false);
	instance_close(&instance);
}

int session_peek(const struct cli *cli, struct settings *ret_settings)
{
	static const struct asked nothing;
	struct complaint unheard = {};
	struct instance instance;
	int err = instance_open(cli->bpffs, INSTANCE_READ, &instance, &unheard);

	if (err)
		return err;
	err = generation_read_asked(&instance, &nothing, ret_settings);
	instance_close(&instance);
	return err;
}

void session_keep(struct session *session)
{
	session->unused = false;
}

/* Nobody waits for that, nor hears if it fails: the next change does it. */
static void slim(const struct session *session)
{
	struct complaint unheard = {};

	if (session->instance.exceeds)
		(void)attach_slim(session->instance.dir, &unheard);
}

void session_close(struct session *session)
{
	if (session->unused && session->instance.lock_fd >= 0)
		instance_discard(&session->instance);
	settings_free(&session->have);
	settings_free(&session->want);
	history_free(&session->history);
	instance_close(&session->instance);
	slim(session);
}
