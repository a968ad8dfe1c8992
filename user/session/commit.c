/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A change of settings: through the gate, on record, in force.  The store is flip(), generation.c. */
#include "session.h"

#include <errno.h>

#include "attach.h"
#include "diff.h"
#include "dry_run.h"
#include "effects.h"
#include "gate.h"
#include "generation.h"
#include "inherit.h"
#include "names.h"
#include "record.h"
#include "reverse_path.h"
#include "text.h"

static int put_in_force(struct cli *cli, struct session *session, unsigned int confirm,
			const char *did)
{
	struct instance *instance = &session->instance;
	__u64 before = instance_serial(instance);
	int err;

	enter(cli, session, did);
	err = generation_commit(instance, &session->have, &session->want, confirm, &cli->why);
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
void answer_change(struct cli *cli, const struct session *session, const char *did)
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
		err = inherit(&session->have, &session->want, &session->instance.moment.clocks);
	return err ? generation_complain(&cli->why, err) : 0;
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
