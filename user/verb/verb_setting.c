/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The settings verbs, typed live: allow, deny, protect, policy, fragments, tunnel, and what takes
 * them back.  What each reads is in model/grammar.c, what it does in model/change_entries.c and
 * change_policy.c.
 */
#include <stdio.h>
#include <string.h>

#include "clocks.h"
#include "compile.h"
#include "grammar.h"
#include "reading.h"
#include "session.h"

#define FEW 8 /* prefixes: of long lists no others are read */

/* The grammar takes the verb as its first word: it stands before cli->words in argv. */
static int run_words(struct cli *cli, struct session *session, struct grammar_context *context)
{
	return grammar_run(&session->want, cli->count + 1, cli->words - 1, context, &cli->why);
}

/* Which features the words ask for, tried on settings that are nobody's. Returns 0 or -errno. */
static int try_words(const struct cli *cli, struct grammar_context context,
		     struct settings *settings, __u32 *ret_features, struct complaint *ret_why)
{
	struct warnings unheard = {};
	int err;

	context.warnings = &unheard;
	err = grammar_run(settings, cli->count + 1, cli->words - 1, &context, ret_why);
	if (!err)
		*ret_features = compile_features(settings);
	warnings_free(&unheard);
	return err;
}

/* Words that are about what others have set are tried on the policies in force. */
static void foresee(const struct cli *cli, const struct grammar_context *context,
		    __u32 *ret_features)
{
	struct complaint unheard = {};
	struct settings settings;

	if (session_peek(cli, &settings))
		return;
	(void)try_words(cli, *context, &settings, ret_features, &unheard);
	settings_free(&settings);
}

/*
 * Words that are wrong whatever is in force are refused before anything is
 * opened, made or locked: they are tried on the built-in policies.
 */
static int refuse_bad_words(struct cli *cli, const struct grammar_context *context,
			    __u32 *ret_features)
{
	struct complaint why = {};
	struct settings settings;
	int err;

	*ret_features = 0;
	if (settings_init(&settings))
		return complain_memory(&cli->why), STATUS_FAILED;
	err = try_words(cli, *context, &settings, ret_features, &why);
	settings_free(&settings);
	if (err && why.status == STATUS_USAGE) {
		cli->why = why;
		return STATUS_USAGE;
	}
	if (err)
		foresee(cli, context, ret_features);
	return STATUS_DONE;
}

/* What has a time or an interface's name of its own is for who knows all lists. */
static bool is_plain(const struct cli *cli)
{
	static const char *const verbs[] = { "allow", "deny", "revoke" };
	static const char *const words[] = { "dev", "min-ttl", "expires" };
	bool plain = false;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		plain |= !strcmp(cli->verb, verbs[i]);
	for (int at = 0; at < cli->count; at++) {
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			plain &= strcmp(cli->words[at], words[i]) != 0;
	}
	return plain && cli->count > 1;
}

/* The prefixes that the words are about, NULL: all may be. */
static const struct window *window_of(const struct cli *cli, struct prefix *prefix,
				      struct window *window)
{
	const char *word = is_plain(cli) ? cli->words[0] : "";
	char one[PREFIX_TEXT_MAX + 1];
	struct complaint why;

	*window = (struct window){ .prefix = prefix };
	while (*word) {
		size_t len = strcspn(word, ",");

		snprintf(one, sizeof(one), "%.*s", (int)len, word);
		if (window->count == FEW || prefix_parse(one, &prefix[window->count++], &why))
			return NULL;
		word += len + (word[len] == ',');
	}
	return window->count ? window : NULL;
}

int verb_setting(struct cli *cli)
{
	struct prefix prefix[FEW];
	struct window window;
	struct grammar_context context = {
		.source = GRAMMAR_COMMAND,
		.now = clocks_now().utc,
		.warnings = &cli->warnings,
	};
	struct session session;
	__u32 features;
	int status = refuse_bad_words(cli, &context, &features);

	if (!status) {
		session_make_ready(cli, features);
		status = session_open_window(cli, SESSION_REFUSE, window_of(cli, prefix, &window),
					     &session);
	}
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
