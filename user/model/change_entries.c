/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Changes of the lists: allow, deny, protect, revoke, unprotect. */
#include <errno.h>
#include <string.h>

#include "change.h"

/* The entry that the change makes of an old one, or of nothing (NULL). */
static struct entry compose(struct settings *settings, const struct change *change, __u8 policy,
			    const struct prefix *prefix, const struct entry *old)
{
	__u8 action = change->verb == CHANGE_DENY ? CX_DENY : CX_ALLOW;
	struct entry entry = { .prefix = *prefix,
			       .policy = policy,
			       .direction = change->verb == CHANGE_PROTECT ? CX_DEST : CX_SOURCE,
			       .action = action };

	if (old && old->action == action) {
		entry = *old;
	} else if (old) {
		entry.id = old->id;
		entry.listed = old->listed;
		entry.comment = action == CX_DENY ? old->comment : 0;
	}
	if (change->named & NAMED_PEER)
		entry.peer = strings_intern(settings->strings, change->entry.peer);
	if (change->named & NAMED_DEV)
		entry.dev = strings_intern(settings->strings, change->entry.dev);
	if (change->named & NAMED_COMMENT)
		entry.comment = strings_intern(settings->strings, change->entry.comment);
	if (change->named & NAMED_MIN_TTL)
		entry.min_ttl = (__u8)change->entry.min_ttl;
	if (change->named & NAMED_RATE) {
		entry.rate = change->rate;
		entry.burst = change->burst;
	}
	if (change->named & NAMED_EXPIRES && entry.expires != change->entry.expires) {
		entry.expires = change->entry.expires;
		entry.boottime_expires = 0;
	}
	entry.said = change->named | NAMED_SOURCE;
	entry.wide = change->verb == CHANGE_ALLOW && change_is_wide(prefix);
	return entry;
}

static struct entry *find_old(const struct settings *settings, const struct change *change,
			      __u8 policy, const struct prefix *prefix)
{
	return settings_find(settings, policy, change->verb == CHANGE_PROTECT ? CX_DEST : CX_SOURCE,
			     prefix);
}

/* Behind it, nothing can fail for want of memory. */
static int make_room(struct settings *settings, const struct change *change)
{
	strings_intern(settings->strings, change->entry.peer);
	strings_intern(settings->strings, change->entry.dev);
	strings_intern(settings->strings, change->entry.comment);
	if (strings_failed(settings->strings))
		return -ENOMEM;
	return settings_reserve(settings, change->count * change->policies);
}

static void put_entries(struct settings *settings, const struct change *change, __u8 policy)
{
	for (size_t i = 0; i < change->count; i++) {
		const struct prefix *prefix = &change->prefix[i];
		struct entry *old = find_old(settings, change, policy, prefix);
		struct entry entry = compose(settings, change, policy, prefix, old);

		if (old)
			*old = entry;
		else
			settings_insert(settings, &entry); /* there is room */
	}
}

static int list_live(struct settings *settings, const struct change *change,
		     struct complaint *ret_why)
{
	if (make_room(settings, change))
		return complain_memory(ret_why);
	for (size_t i = 0; i < change->policies; i++)
		put_entries(settings, change, change->policy[i]);
	return 0;
}

static void warn_past(const struct settings *settings, const struct entry *entry,
		      const struct grammar_context *context)
{
	char text[PREFIX_TEXT_MAX];

	if (entry->expires && entry->expires <= context->now)
		warn_add(context->warnings, "line %u: %s %s: expired already", entry->line,
			 prefix_format(&entry->prefix, text), settings->policy[entry->policy].name);
}

static void append_entries(struct settings *settings, const struct change *change, __u8 policy,
			   const struct grammar_context *context)
{
	for (size_t i = 0; i < change->count; i++) {
		struct entry entry = compose(settings, change, policy, &change->prefix[i], NULL);

		entry.line = context->line;
		settings_append(settings, &entry); /* there is room */
		warn_past(settings, &entry, context);
	}
}

static int list_from_file(struct settings *settings, const struct change *change,
			  const struct grammar_context *context, struct complaint *ret_why)
{
	if (settings->count + change->count * change->policies > CX_MAX_ENTRIES)
		return complain_failed(ret_why, NULL, "more than %u entries in all",
				       CX_MAX_ENTRIES);
	if (make_room(settings, change))
		return complain_memory(ret_why);
	for (size_t i = 0; i < change->policies; i++)
		append_entries(settings, change, change->policy[i], context);
	return 0;
}

int change_entries(struct settings *settings, const struct change *change,
		   const struct grammar_context *context, struct complaint *ret_why)
{
	if (change_is_live(context))
		return list_live(settings, change, ret_why);
	return list_from_file(settings, change, context, ret_why);
}

static int protect_any(struct settings *settings, const struct change *change,
		       const struct grammar_context *context, struct complaint *ret_why)
{
	size_t count;
	struct entry *list;
	__u32 *line;

	if (!change_is_live(context)) {
		line = &context->lines->protect_any[change->policy[0]];
		if (*line)
			return change_complain_twice(change->name, *line, ret_why);
		*line = context->line;
		return 0;
	}
	list = settings_list(settings, change->policy[0], CX_DEST, &count);
	for (size_t i = 0; i < count; i++)
		list[i].doomed = true;
	settings_sweep(settings);
	return 0;
}

int change_protect(struct settings *settings, const struct change *change,
		   const struct grammar_context *context, struct complaint *ret_why)
{
	if (change->named & NAMED_ANY)
		return protect_any(settings, change, context, ret_why);
	return change_entries(settings, change, context, ret_why);
}

static void warn_still_admitted(const struct settings *settings,
				const struct grammar_context *context)
{
	char text[PREFIX_TEXT_MAX], wider[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < settings->count; i++) {
		const struct entry *entry = &settings->entry[i], *cover;

		if (!entry->doomed)
			continue;
		cover = settings_decider(settings, entry->policy, &entry->prefix, context->now);
		if (!cover || !entry_admits(cover, context->now))
			continue;
		prefix_format(&entry->prefix, text);
		warn_add(context->warnings, "%s: %s still admits it; to refuse it: deny %s %s",
			 text, prefix_format(&cover->prefix, wider), text,
			 settings->policy[entry->policy].name);
	}
}

static void remove_doomed(struct settings *settings, const struct grammar_context *context)
{
	warn_still_admitted(settings, context);
	settings_sweep(settings);
}

static bool is_meant(const struct change *change, __u8 policy)
{
	return !change->policies || memchr(change->policy, policy, change->policies);
}

static int revoke_peer(struct settings *settings, const struct change *change,
		       const struct grammar_context *context, struct complaint *ret_why)
{
	__u32 peer = strings_find(settings->strings, change->entry.peer);
	bool found = false;

	for (size_t i = 0; peer && i < settings->count; i++) {
		struct entry *entry = &settings->entry[i];

		if (entry->peer == peer && is_meant(change, entry->policy))
			entry->doomed = found = true;
	}
	if (!found)
		return complain_failed(ret_why, change->entry.peer, "no such peer in %s",
				       change->policies ? change->name : "any policy");
	remove_doomed(settings, context);
	return 0;
}

static int complain_unlisted(const struct settings *settings, const struct change *change,
			     __u8 index, const struct prefix *prefix, __u64 now,
			     struct complaint *ret_why)
{
	const struct policy *policy = &settings->policy[index];
	char text[PREFIX_TEXT_MAX], wider[PREFIX_TEXT_MAX];
	const struct entry *cover;

	prefix_format(prefix, text);
	if (change->verb == CHANGE_UNPROTECT)
		return complain_failed(ret_why, text, "no destination of %s", policy->name);
	complain_failed(ret_why, text, "not listed in %s", policy->name);
	cover = settings_decider(settings, index, prefix, now);
	if (cover && entry_admits(cover, now))
		complain_hint(ret_why, "%s admits it; to refuse it: deny %s %s",
			      prefix_format(&cover->prefix, wider), text, policy->name);
	return -EPERM;
}

/* All of them are there, or the first that is not is complained of. */
static int find_all(const struct settings *settings, const struct change *change,
		    enum cx_direction direction, __u64 now, struct complaint *ret_why)
{
	for (size_t i = 0; i < change->policies * change->count; i++) {
		__u8 policy = change->policy[i / change->count];
		const struct prefix *prefix = &change->prefix[i % change->count];

		if (!settings_find(settings, policy, direction, prefix))
			return complain_unlisted(settings, change, policy, prefix, now, ret_why);
	}
	return 0;
}

static void doom_all(struct settings *settings, const struct change *change,
		     enum cx_direction direction)
{
	for (size_t i = 0; i < change->policies * change->count; i++)
		settings_find(settings, change->policy[i / change->count], direction,
			      &change->prefix[i % change->count])
			->doomed = true;
}

int change_revoke(struct settings *settings, const struct change *change,
		  const struct grammar_context *context, struct complaint *ret_why)
{
	int err;

	if (change->named & NAMED_PEER)
		return revoke_peer(settings, change, context, ret_why);
	err = find_all(settings, change, CX_SOURCE, context->now, ret_why);
	if (err)
		return err;
	doom_all(settings, change, CX_SOURCE);
	remove_doomed(settings, context);
	return 0;
}

/* No destinations left would mean all destinations: that wants its own words. */
static int complain_last(struct settings *settings, const struct change *change,
			 struct complaint *ret_why)
{
	const char *policy = settings->policy[change->policy[0]].name;
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < settings->count; i++)
		settings->entry[i].doomed = false;
	complain_failed(ret_why, prefix_format(&change->prefix[0], text),
			"the last destination of %s: without it, %s would guard all", policy,
			policy);
	complain_hint(ret_why, "if that is meant: protect any %s", policy);
	return -EPERM;
}

int change_unprotect(struct settings *settings, const struct change *change,
		     const struct grammar_context *context, struct complaint *ret_why)
{
	int err = find_all(settings, change, CX_DEST, context->now, ret_why);
	size_t count, left = 0;
	struct entry *list;

	if (err)
		return err;
	doom_all(settings, change, CX_DEST);
	list = settings_list(settings, change->policy[0], CX_DEST, &count);
	for (size_t i = 0; i < count; i++)
		left += !list[i].doomed;
	if (!left)
		return complain_last(settings, change, ret_why);
	settings_sweep(settings);
	return 0;
}
