/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The end of an attach or detach, and of what waits for its confirmation. */
#include "session.h"

#include <errno.h>

#include "attach.h"
#include "copies.h"
#include "generation.h"
#include "record.h"
#include "when.h"

void session_end_attaching(struct cli *cli, struct session *session, const char *did, bool waits)
{
	__u64 serial = instance_serial(&session->instance);
	struct history_record record;

	session->instance.next = history_next(&session->history, serial);
	record = new_record(cli, session, waits ? HISTORY_TRIAL : HISTORY_DONE, did);
	record.attaches = true;
	session->instance.meta->last_attaching = record.change;
	session_keep(session);
	warn_copy(cli, history_enter(cli->bpffs, &session->history, &record));
	(void)attach_drop_gone(&session->instance, &cli->why, &cli->warnings);
	(void)generation_keep_devices(&session->instance, &session->have);
	session_log(cli, serial, serial);
	answer_change(cli, session, did);
}

static int mark_waiting(struct cli *cli, struct session *session, enum history_state state)
{
	const struct history_record *last = history_last(&session->history);

	if (!last || last->state != HISTORY_TRIAL)
		return 0;
	return history_mark(cli->bpffs, &session->history, last->change, state, clocks_now().utc);
}

/* The disk may have been full when it came into force, on trial. */
static int keep_confirmed(const struct cli *cli, const struct session *session)
{
	const struct instance *instance = &session->instance;
	__u64 serial = instance_serial(instance);
	int err = copies_find_state(cli->bpffs, serial);

	if (err == -ENOENT)
		err = copies_keep_state(cli->bpffs, serial,
					instance->rules[instance_generation(instance)].former,
					&session->have);
	return err ? err : copies_confirm_state(cli->bpffs, serial);
}

/* What a full disk may leave no line of. */
static void note_end(struct instance *instance, bool confirmed)
{
	instance->meta->last_attaching |= confirmed ? CX_ATTACHING_KEPT : CX_ATTACHING_ENDED;
}

/* Settings first: the way back from an attach is to detach. */
static int end_waiting(struct cli *cli, struct session *session, bool confirmed)
{
	struct instance *instance = &session->instance;
	bool rules = session->settings_wait, gates = session->attach_waits;
	__u64 before = instance_serial(instance);
	int err = 0;

	/* first, since no full disk is in the way of that; who confirms one without a state writes it */
	if (rules && !confirmed)
		copies_drop_state(cli->bpffs, before);
	if (rules)
		err = confirmed ? generation_confirm(instance) : generation_give_up(instance);
	if (rules && confirmed)
		warn_copy(cli, keep_confirmed(cli, session));
	if (gates)
		note_end(instance, confirmed);
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
