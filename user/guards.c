/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What `apply` does not do without being told so. */
#include "guards.h"

#include <stdio.h>
#include <string.h>

#include "align.h"
#include "copies.h"
#include "diff.h"

struct guards {
	struct cli *cli;
	const struct session *session;
	struct clocks now;
	bool force;
	size_t raised;
};

static void raise_guard(struct guards *guards, const char *policy, const char *what)
{
	if (guards->force)
		warn_add(&guards->cli->warnings, "forced: %s%s%s", policy, *policy ? " " : "",
			 what);
	else if (!guards->raised)
		complain_failed(&guards->cli->why, policy, "%s", what);
	guards->raised++;
}

static void guard_list(struct guards *guards, unsigned int policy)
{
	const struct session *session = guards->session;
	size_t before = settings_admitted(&session->have, policy, guards->now.utc);
	size_t after = settings_admitted(&session->want, policy, guards->now.utc);
	char what[80];

	if (!before || after * 2 > before)
		return;
	if (after)
		snprintf(what, sizeof(what), "would shrink from %zu sources to %zu", before, after);
	else
		snprintf(what, sizeof(what), "would lose all its %zu sources", before);
	raise_guard(guards, session->have.policy[policy].name, what);
}

static bool in_force(const struct policy *policy)
{
	return policy->name[0] &&
	       (policy->mode == CX_MODE_ENFORCE || policy->mode == CX_MODE_CLOSED);
}

static void guard_mode(struct guards *guards, unsigned int policy)
{
	const struct policy *before = &guards->session->have.policy[policy];

	if (in_force(before) && !in_force(&guards->session->want.policy[policy]))
		raise_guard(guards, before->name, "would no longer be enforced");
}

/* Settings in force that neither the saved file nor the new one has. */
struct unsaved {
	const struct settings *saved;
	const struct settings *want;
	size_t lost;
};

static void count_lost(void *context, const struct diff_line *line)
{
	struct unsaved *unsaved = context;
	const struct entry *entry = line->after; /* saved -> have: what have has more */

	if ((line->kind == DIFF_ADD || line->kind == DIFF_CHANGE) &&
	    !settings_find(unsaved->want, entry->policy, entry->direction, &entry->prefix))
		unsaved->lost++;
}

static void guard_unsaved(struct guards *guards)
{
	const struct session *session = guards->session;
	struct unsaved unsaved = { .want = &session->want };
	struct settings saved;
	char path[COPY_PATH_MAX], what[120];

	if (copies_read(copies_path(guards->cli->bpffs, COPY_POLICY, path), &saved, NULL) &&
	    settings_init(&saved))
		return;
	if (!align(&session->have, &saved, &guards->now))
		diff(&saved, &session->have, count_lost, &unsaved);
	settings_free(&saved);
	if (!unsaved.lost)
		return;
	snprintf(what, sizeof(what), "%zu entr%s made since the last save would be lost",
		 unsaved.lost, unsaved.lost == 1 ? "y" : "ies");
	raise_guard(guards, "", what);
}

int guards_check(struct cli *cli, const struct session *session, bool whole, bool force)
{
	struct guards guards = {
		.cli = cli, .session = session, .now = clocks_now(), .force = force
	};

	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		guard_list(&guards, i);
		guard_mode(&guards, i);
	}
	if (whole)
		guard_unsaved(&guards);
	if (!guards.raised || force)
		return STATUS_DONE;
	if (guards.raised > 1)
		complain_hint(&cli->why, "and %zu more; see them with dry-run, do it with force",
			      guards.raised - 1);
	else
		complain_hint(&cli->why, "see it with dry-run, do it with force");
	return STATUS_FAILED;
}
