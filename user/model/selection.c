/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which entries are meant: [POLICY] [peer NAME] [ADDRESS | under PREFIX] [denied | expired | ...]. */
#include "selection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "grammar.h"
#include "when.h"

/* A word that a value follows. */
static int complain_value(const char *word, const char *what, struct complaint *ret_why)
{
	return complain_usage(ret_why, word, "needs %s", what);
}

static int read_peer(struct selection *selection, const char *value, struct complaint *ret_why)
{
	if (!value)
		return complain_value("peer", "a name", ret_why);
	selection->peer = value;
	return 2;
}

static int read_under(struct selection *selection, const char *value, struct complaint *ret_why)
{
	if (!value)
		return complain_value("under", "a prefix", ret_why);
	selection->place = SELECTION_UNDER;
	return prefix_parse(value, &selection->prefix, ret_why) ? -EINVAL : 2;
}

static int read_place(struct selection *selection, const char *word, const char *value,
		      struct complaint *ret_why)
{
	if (!strcmp(word, "under"))
		return read_under(selection, value, ret_why);
	selection->place = SELECTION_COVERS;
	return prefix_parse(word, &selection->prefix, ret_why) ? -EINVAL : 1;
}

static const char *const state_words[] = {
	[SELECTION_DENIED] = "denied",
	[SELECTION_EXPIRED] = "expired",
	[SELECTION_EXPIRING] = "expiring",
	[SELECTION_UNUSED] = "unused",
};

static enum selection_state find_state(const char *word)
{
	for (int i = SELECTION_DENIED; i <= SELECTION_UNUSED; i++)
		if (!strcmp(word, state_words[i]))
			return (enum selection_state)i;
	return SELECTION_ANY;
}

static int read_state(struct selection *selection, enum selection_state state, const char *value,
		      __u64 now, struct complaint *ret_why)
{
	int err;

	selection->state = state;
	if (state < SELECTION_EXPIRING)
		return 1;
	if (!value)
		return complain_value(state_words[state], "a time, such as 7d", ret_why);
	if (state == SELECTION_EXPIRING)
		err = when_parse(value, now, &selection->when, ret_why);
	else
		err = when_parse_ago(value, now, &selection->when, ret_why);
	return err ? -EINVAL : 2;
}

int selection_read(struct selection *selection, int count, char **words, __u64 now,
		   struct complaint *ret_why)
{
	const char *word = words[0], *value = count > 1 ? words[1] : NULL;
	enum selection_state state = find_state(word);

	if (state)
		return selection->state ? 0 : read_state(selection, state, value, now, ret_why);
	if (!strcmp(word, "peer"))
		return selection->peer ? 0 : read_peer(selection, value, ret_why);
	if (!strcmp(word, "under") || grammar_is_address(word))
		return selection->place ? 0 : read_place(selection, word, value, ret_why);
	if (selection->policy)
		return 0;
	selection->policy = word;
	return 1;
}

static bool is_there(const struct selection *selection, const struct entry *entry)
{
	if (selection->place == SELECTION_COVERS)
		return prefix_covers(&entry->prefix, &selection->prefix);
	if (selection->place == SELECTION_UNDER)
		return prefix_covers(&selection->prefix, &entry->prefix);
	return true;
}

static bool is_so(const struct selection *selection, const struct entry *entry, __u64 now,
		  selection_met_fn *met, const void *context)
{
	switch (selection->state) {
	case SELECTION_DENIED:
		return entry->action == CX_DENY;
	case SELECTION_EXPIRED:
		return entry_expired(entry, now);
	case SELECTION_EXPIRING:
		return entry->expires && !entry_expired(entry, now) &&
		       entry->expires <= selection->when;
	case SELECTION_UNUSED:
		return entry->direction == CX_SOURCE && met(context, entry) < selection->when;
	default:
		return true;
	}
}

/* Leaves those of that policy and peer; the place and state of their entries are asked later. */
static int sweep_others(const struct selection *selection, struct settings *settings,
			struct complaint *ret_why)
{
	__u32 peer = selection->peer ? strings_find(settings->strings, selection->peer) : 0;
	unsigned int policy = 0;

	if (selection->policy && grammar_policy(settings, selection->policy, &policy, ret_why))
		return -EPERM;
	for (size_t i = 0; i < settings->count; i++) {
		struct entry *entry = &settings->entry[i];

		entry->doomed = (policy && entry->policy != policy) ||
				(selection->peer && (!peer || entry->peer != peer));
	}
	settings_sweep(settings);
	if (!selection->peer || settings->count)
		return 0;
	return complain_failed(ret_why, selection->peer, "no such peer in %s",
			       policy ? settings->policy[policy].name : "any policy");
}

int selection_apply(const struct selection *selection, struct settings *settings, __u64 now,
		    selection_met_fn *met, const void *context, struct complaint *ret_why)
{
	int err = sweep_others(selection, settings, ret_why);

	for (size_t i = 0; i < settings->count && !err; i++) {
		struct entry *entry = &settings->entry[i];

		entry->doomed =
			!is_there(selection, entry) || !is_so(selection, entry, now, met, context);
	}
	settings_sweep(settings);
	return err;
}

/* Adds to a text that is cut where its room ends. */
static void add(char *buf, size_t size, const char *before, const char *what)
{
	size_t used = strlen(buf);

	snprintf(buf + used, size - used, "%s%s", before, what);
}

static void add_state(const struct selection *selection, char *buf, size_t size)
{
	static const char *const what[] = {
		[SELECTION_DENIED] = " is a deny",
		[SELECTION_EXPIRED] = " has expired",
		[SELECTION_EXPIRING] = " expires by ",
		[SELECTION_UNUSED] = " is unused since ",
	};
	char when[WHEN_TEXT_MAX] = "";

	if (selection->state >= SELECTION_EXPIRING)
		when_format(selection->when, when);
	add(buf, size, what[selection->state], when);
}

const char *selection_nothing(const struct selection *selection, char *buf, size_t size)
{
	char prefix[PREFIX_TEXT_MAX];

	snprintf(buf, size, "no entry");
	if (selection->policy)
		add(buf, size, " of ", selection->policy);
	if (selection->peer)
		add(buf, size, " for peer ", selection->peer);
	if (selection->place)
		add(buf, size, selection->place == SELECTION_COVERS ? " covers " : " is under ",
		    prefix_format(&selection->prefix, prefix));
	if (selection->place && selection->state)
		add(buf, size, " and", "");
	if (selection->state)
		add_state(selection, buf, size);
	if (!selection->place && !selection->state)
		add(buf, size, " is listed", "");
	return buf;
}
