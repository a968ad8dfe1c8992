/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The settings verbs, typed live: allow, deny, protect, policy, fragments, tunnel, and what takes
 * them back.  What each reads is in model/grammar.c, what it does in model/change_entries.c and
 * change_policy.c.
 */
#include "clocks.h"
#include "grammar.h"
#include "session.h"

/* The grammar takes the verb as its first word: it stands before cli->words in argv. */
static int run_words(struct cli *cli, struct session *session, struct grammar_context *context)
{
	return grammar_run(&session->want, cli->count + 1, cli->words - 1, context, &cli->why);
}

/*
 * Words that are wrong whatever is in force are refused before anything is
 * opened, made or locked: they are tried on the built-in policies.
 */
static int refuse_bad_words(struct cli *cli, struct grammar_context context)
{
	struct warnings unheard = {};
	struct complaint why = {};
	struct settings settings;
	int status = STATUS_DONE;

	if (settings_init(&settings))
		return complain_memory(&cli->why), STATUS_FAILED;
	context.warnings = &unheard;
	if (grammar_run(&settings, cli->count + 1, cli->words - 1, &context, &why) &&
	    why.status == STATUS_USAGE) {
		cli->why = why;
		status = STATUS_USAGE;
	}
	warnings_free(&unheard);
	settings_free(&settings);
	return status;
}

int verb_setting(struct cli *cli)
{
	struct grammar_context context = {
		.source = GRAMMAR_COMMAND,
		.now = clocks_now().utc,
		.warnings = &cli->warnings,
	};
	struct session session;
	int status = refuse_bad_words(cli, context);

	if (!status)
		status = session_open(cli, SESSION_REFUSE, &session);
	if (status)
		return status;
	if (run_words(cli, &session, &context))
		status = cli->why.status;
	if (!status)
		status = session_commit(cli, &session,
					&(struct session_change){ .confirm = context.confirm,
								  .force = context.force });
	session_close(&session);
	return status;
}
