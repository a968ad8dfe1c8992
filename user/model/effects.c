/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a change does beyond its words: the same warnings, whichever verb makes it. */
#include "effects.h"

#include <stdio.h>
#include <string.h>

#include "change.h"
#include "diff.h"
#include "ports.h"

/* Linux picks its own ports from here by default (ip_local_port_range). */
#define LOCAL_PORTS_FIRST 32768
#define LOCAL_PORTS_LAST  60999

struct effects {
	const struct settings *have;
	const struct settings *want;
	__u64 now;
	struct warnings *warnings;
	bool said_into[CX_MAX_POLICIES]; /* an allow of this command is for this policy */
};

/* --- policies --- */

/* A policy before and after. */
struct pair {
	unsigned int index;
	const struct policy *before;
	const struct policy *after;
	bool kept; /* it was there, and is */
};

static struct pair pair_of(const struct settings *have, const struct settings *want,
			   unsigned int policy)
{
	struct pair pair = {
		.index = policy,
		.before = &have->policy[policy],
		.after = &want->policy[policy],
	};

	pair.kept = pair.after->name[0] && !strcmp(pair.before->name, pair.after->name);
	return pair;
}

static bool says(const struct pair *pair, enum change_named what)
{
	return pair->after->said & what;
}

static void warn_mode(struct effects *effects, const struct pair *pair)
{
	if (!pair->kept || pair->before->mode == pair->after->mode)
		return;
	if (pair->after->mode == CX_MODE_OPEN)
		warn_add(effects->warnings, "%s: open: its ports are no longer guarded",
			 pair->after->name);
	if (pair->after->mode == CX_MODE_MONITOR)
		warn_add(effects->warnings,
			 "%s: monitor: what it would drop passes, and is counted",
			 pair->after->name);
}

static void warn_deleted(struct effects *effects, const struct pair *pair)
{
	if (pair->before->name[0] && !pair->kept && pair->before->mode != CX_MODE_OPEN)
		warn_add(effects->warnings, "%s: its ports are no longer guarded",
			 pair->before->name);
}

static void warn_nobody(struct effects *effects, const struct pair *pair)
{
	size_t now = settings_admitted(effects->want, pair->index, effects->now);
	const char *closed =
		pair->after->mode == CX_MODE_ENFORCE ? ": its ports are closed to all" : "";

	if (now)
		return;
	if (pair->kept && settings_admitted(effects->have, pair->index, effects->now))
		warn_add(effects->warnings, "%s: lists nobody now%s", pair->after->name, closed);
	else if (effects_shuts(effects->have, effects->want, pair->index, effects->now))
		warn_add(effects->warnings, "%s: lists nobody%s", pair->after->name, closed);
}

static void warn_closed(struct effects *effects, const struct pair *pair)
{
	size_t count = settings_admitted(effects->want, pair->index, effects->now);
	bool begins = pair->before->mode != pair->after->mode || says(pair, NAMED_MODE);

	if (pair->after->mode != CX_MODE_CLOSED || !count ||
	    (!begins && !effects->said_into[pair->index]))
		return;
	warn_add(effects->warnings, "%s: closed: admits nobody, though it lists %zu source%s",
		 pair->after->name, count, count == 1 ? "" : "s");
}

static size_t destinations(const struct settings *settings, unsigned int policy)
{
	size_t count;

	settings_list(settings, policy, CX_DEST, &count);
	return count;
}

static void warn_first_destination(struct effects *effects, const struct pair *pair)
{
	const struct policy *policy = pair->after;

	if (!pair->kept || policy->mode == CX_MODE_OPEN || policy->mode == CX_MODE_CLOSED ||
	    destinations(effects->have, pair->index) || !destinations(effects->want, pair->index))
		return;
	if (policy->elsewhere_pass)
		warn_add(effects->warnings, "%s: all other destinations are no longer guarded",
			 policy->name);
	else
		warn_add(effects->warnings,
			 "%s: to all other destinations, everything for its ports %s", policy->name,
			 policy->mode == CX_MODE_MONITOR ? "now counts as elsewhere" : "now stops");
}

static void warn_no_tunnel(struct effects *effects, const struct pair *pair)
{
	bool demanded = pair->kept && pair->before->tunnel_required && !effects->have->tunnel_count;

	if (!pair->after->tunnel_required || effects->want->tunnel_count ||
	    (demanded && !says(pair, NAMED_TUNNEL)))
		return;
	warn_add(effects->warnings, "%s: demands a tunnel, and no interface is named as one",
		 pair->after->name);
}

static void warn_local_ports(struct effects *effects, const struct pair *pair, enum cx_proto proto)
{
	static const char *const names[] = { [CX_UDP] = "udp", [CX_TCP] = "tcp" };
	const __u8 *owner = effects->want->port[proto];
	size_t count = LOCAL_PORTS_LAST - LOCAL_PORTS_FIRST + 1;

	if (!memchr(owner + LOCAL_PORTS_FIRST, (int)pair->index, count))
		return;
	warn_add(effects->warnings,
		 "%s: this host calls from %s ports %d to %d by default: "
		 "replies to those that %s guards are judged as calls",
		 pair->after->name, names[proto], LOCAL_PORTS_FIRST, LOCAL_PORTS_LAST,
		 pair->after->name);
}

static void warn_ports(struct effects *effects, const struct pair *pair)
{
	bool differ = !pair->after->said && diff_ports(effects->have, effects->want, pair->index);

	if (differ || says(pair, NAMED_UDP))
		warn_local_ports(effects, pair, CX_UDP);
	if (differ || says(pair, NAMED_TCP))
		warn_local_ports(effects, pair, CX_TCP);
}

static void warn_policy(struct effects *effects, unsigned int policy)
{
	const struct pair pair = pair_of(effects->have, effects->want, policy);

	warn_deleted(effects, &pair);
	if (!pair.after->name[0])
		return;
	warn_mode(effects, &pair);
	warn_closed(effects, &pair);
	warn_nobody(effects, &pair);
	warn_first_destination(effects, &pair);
	warn_no_tunnel(effects, &pair);
	warn_ports(effects, &pair);
}

bool effects_shuts(const struct settings *have, const struct settings *want, unsigned int policy,
		   __u64 now)
{
	const struct pair pair = pair_of(have, want, policy);

	return pair.after->name[0] && pair.after->mode == CX_MODE_ENFORCE &&
	       (!pair.kept || pair.before->mode != CX_MODE_ENFORCE) &&
	       !settings_admitted(want, policy, now);
}

/* --- entries --- */

/* "line 3: ", where a file says it. */
static const char *line_text(const struct entry *entry, char buf[static 24])
{
	buf[0] = '\0';
	if (entry->line)
		snprintf(buf, 24, "line %u: ", entry->line);
	return buf;
}

/* The comment of an entry in brackets, "" if it has none. */
static const char *comment_text(const struct settings *settings, const struct entry *entry,
				char buf[static CX_TEXT_MAX + 4])
{
	buf[0] = '\0';
	if (entry->comment)
		snprintf(buf, CX_TEXT_MAX + 4, " (%s)",
			 strings_text(settings->strings, entry->comment));
	return buf;
}

static void warn_was_denied(struct effects *effects, const struct entry *before,
			    const struct entry *entry)
{
	char text[PREFIX_TEXT_MAX], line[24], comment[CX_TEXT_MAX + 4];

	if (before->action == CX_DENY && !entry_expired(before, effects->now) &&
	    entry_admits(entry, effects->now))
		warn_add(effects->warnings, "%s%s: %s denied it%s: it is admitted now",
			 line_text(entry, line), prefix_format(&entry->prefix, text),
			 effects->want->policy[entry->policy].name,
			 comment_text(effects->have, before, comment));
}

/* An allow, and the entry above it that would decide without it. */
static void warn_within(struct effects *effects, const struct entry *entry,
			const struct entry *above)
{
	char text[PREFIX_TEXT_MAX], wider[PREFIX_TEXT_MAX], line[24], comment[CX_TEXT_MAX + 4];

	prefix_format(&entry->prefix, text);
	prefix_format(&above->prefix, wider);
	line_text(entry, line);
	if (above->action == CX_DENY && entry_admits(entry, effects->now))
		warn_add(effects->warnings, "%s%s: admitted, although %s denies %s%s", line, text,
			 effects->want->policy[entry->policy].name, wider,
			 comment_text(effects->want, above, comment));
	if (entry->expires && !entry_expired(entry, effects->now) &&
	    entry_admits(above, effects->now))
		warn_add(effects->warnings,
			 "%s%s: once it expires it is refused, although %s is listed", line, text,
			 wider);
}

/* Entries that cover the one that is looked at, the widest first. */
struct above {
	const struct entry *entry[CX_MAX_LENS];
	size_t depth;
};

static bool covers(const struct entry *wide, const struct entry *entry)
{
	return wide->policy == entry->policy && wide->direction == entry->direction &&
	       prefix_covers(&wide->prefix, &entry->prefix);
}

/* Sorted, what covers an entry stands before it. */
static const struct entry *find_above(struct above *above, const struct entry *entry, __u64 now)
{
	size_t depth;

	while (above->depth && !covers(above->entry[above->depth - 1], entry))
		above->depth--;
	for (depth = above->depth; depth; depth--) {
		const struct entry *wide = above->entry[depth - 1];

		if (wide->action == CX_ALLOW || !entry_expired(wide, now))
			break;
	}
	above->entry[above->depth++] = entry;
	return depth ? above->entry[depth - 1] : NULL;
}

static void warn_entry(struct effects *effects, const struct entry *before,
		       const struct entry *entry, const struct entry *above)
{
	if (entry->direction != CX_SOURCE || entry->action != CX_ALLOW)
		return;
	if (before)
		warn_was_denied(effects, before, entry);
	if (above &&
	    (entry->said || !before || !entry_same(effects->have, before, effects->want, entry)))
		warn_within(effects, entry, above);
}

static void warn_entries(struct effects *effects)
{
	const struct settings *have = effects->have, *want = effects->want;
	struct above above = {};
	size_t at = 0;

	for (size_t i = 0; i < want->count; i++) {
		const struct entry *entry = &want->entry[i];
		bool known;

		while (at < have->count && entry_compare(&have->entry[at], entry) < 0)
			at++;
		known = at < have->count && !entry_compare(&have->entry[at], entry);
		warn_entry(effects, known ? &have->entry[at] : NULL, entry,
			   find_above(&above, entry, effects->now));
	}
}

static void find_said(struct effects *effects)
{
	for (size_t i = 0; i < effects->want->count; i++) {
		const struct entry *entry = &effects->want->entry[i];

		if (entry->said && entry_admits(entry, effects->now))
			effects->said_into[entry->policy] = true;
	}
}

static void warn_fragments(struct effects *effects)
{
	static const char *const costs[FRAGMENTS_MODES] = {
		[FRAGMENTS_LISTED] = "fragmented DNS and IKE from all that no policy lists",
		[FRAGMENTS_DROP] = "every fragmented UDP datagram, DNS and IKE too",
	};
	enum fragments_mode mode = effects->want->fragments;

	if (costs[mode] && mode != effects->have->fragments)
		warn_add(effects->warnings, "fragments %s: costs %s", fragments_names[mode],
			 costs[mode]);
}

void effects_warn(const struct settings *have, const struct settings *want, __u64 now,
		  struct warnings *warnings)
{
	struct effects effects = { .have = have, .want = want, .now = now, .warnings = warnings };

	find_said(&effects);
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++)
		warn_policy(&effects, i);
	warn_fragments(&effects);
	warn_entries(&effects);
}
