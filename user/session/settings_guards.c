/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is not done to settings without being told so, as far as the settings alone tell. */
#include "settings_guards.h"

#include "clocks.h"
#include "copies.h"
#include "diff.h"
#include "effects.h"
#include "inherit.h"

#define SEE_AND_FORCE "see it with dry-run, do it with force"

struct guards {
	const struct cli *cli;
	const struct session *session;
	const struct clocks *now;
	struct raised *raised;
};

/* What a packet of a source that is lost would feel: nothing, where no list keeps anybody out. */
static void guard_list(struct guards *guards, unsigned int policy)
{
	const struct session *session = guards->session;
	size_t before = settings_admitted(&session->have, policy, guards->now->utc);
	size_t after = settings_admitted(&session->want, policy, guards->now->utc);
	const struct policy *former = &session->have.policy[policy];

	if (former->mode != CX_MODE_ENFORCE || !before || after * 2 > before)
		return;
	if (after)
		raised_add(guards->raised, former->name, SEE_AND_FORCE,
			   "would shrink from %zu sources to %zu", before, after);
	else
		raised_add(guards->raised, former->name, SEE_AND_FORCE,
			   "would lose all its %zu sources", before);
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
		raised_add(guards->raised, before->name, SEE_AND_FORCE,
			   "would no longer be enforced");
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
	char path[COPY_PATH_MAX];

	if (copies_read(copies_path(guards->cli->bpffs, COPY_POLICY, path), &saved, NULL) &&
	    settings_init(&saved))
		return;
	if (!inherit(&session->have, &saved, guards->now))
		diff(&saved, &session->have, count_lost, &unsaved);
	settings_free(&saved);
	if (unsaved.lost)
		raised_add(guards->raised, NULL, SEE_AND_FORCE,
			   "%zu entr%s made since the last save would be lost", unsaved.lost,
			   unsaved.lost == 1 ? "y" : "ies");
}

/* A policy that lets nobody in is more often a slip than a wish, unless nobody was let in before. */
static void guard_nobody(struct guards *guards, unsigned int policy)
{
	const struct session *session = guards->session;

	if (session->have.policy[policy].mode == CX_MODE_CLOSED ||
	    !effects_shuts(&session->have, &session->want, policy, guards->now->utc))
		return;
	raised_add(guards->raised, session->want.policy[policy].name,
		   "begin with mode monitor and allow its sources, or end with force",
		   "lists nobody: to enforce it would close its ports to all");
	raised_told(guards->raised);
}

bool guards_lets_in(const struct settings *settings, unsigned int policy)
{
	enum cx_mode mode = settings->policy[policy].mode;

	if (!policy || mode == CX_MODE_OPEN || mode == CX_MODE_MONITOR)
		return true;
	return mode == CX_MODE_ENFORCE && settings_admitted(settings, policy, clocks_now().utc);
}

void guards_check(const struct cli *cli, const struct session *session,
		  const struct session_change *change, struct raised *raised)
{
	struct guards guards = {
		.cli = cli,
		.session = session,
		.now = &session->instance.moment.clocks,
		.raised = raised,
	};

	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (change->whole || change->parts) {
			guard_list(&guards, i);
			guard_mode(&guards, i);
		}
		guard_nobody(&guards, i);
	}
	if (change->whole)
		guard_unsaved(&guards);
}
