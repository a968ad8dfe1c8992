/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The verb `peers`: for each peer, what is listed for it, and what was seen of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scope.h"
#include "show.h"
#include "states.h"

struct peer_row {
	const struct peers *peers;
	__u32 peer;        /* string */
	__u64 policies;    /* bits, by place in peers->policy_names */
	size_t entries[2]; /* by enum cx_family; those that have expired too */
	size_t expired;
	__u64 hits, drops;
	__u64 last_seen, last_drop; /* monotonic ns, 0: never */
	__u64 oldest, newest;       /* when it was listed first and last, seconds since the epoch */
	__u64 next_expiry;          /* the first to come, 0: none */
};

struct peers {
	const struct view *view;
	const char *policy_names[CX_MAX_POLICIES + 1]; /* without gaps, ends with NULL */
	__u8 policy_place[CX_MAX_POLICIES];            /* of a policy's index in those */
	__u64 monotonic_epoch;
	struct peer_row *row;
	size_t count;
};

static const struct peer_row *peer_of(const void *row)
{
	return row;
}

static struct value get_seen_time(const void *row, __u64 monotonic)
{
	return value_ago(
		monotonic ? (peer_of(row)->peers->monotonic_epoch + monotonic) / NSEC_PER_SEC : 0);
}

static struct value get_peer(const void *row)
{
	const struct settings *settings = &peer_of(row)->peers->view->settings;

	return value_text(strings_text(settings->strings, peer_of(row)->peer));
}

static struct value get_policies(const void *row)
{
	return value_set(peer_of(row)->policies, peer_of(row)->peers->policy_names);
}

static struct value get_entries(const void *row)
{
	return value_count(peer_of(row)->entries, "");
}

static struct value get_expired(const void *row)
{
	return value_some(peer_of(row)->expired);
}

static struct value get_expires(const void *row)
{
	return value_date(peer_of(row)->next_expiry);
}

static struct value get_hits(const void *row)
{
	return value_number(peer_of(row)->hits);
}

static struct value get_drops(const void *row)
{
	return value_number(peer_of(row)->drops);
}

static struct value get_last_seen(const void *row)
{
	return get_seen_time(row, peer_of(row)->last_seen);
}

static struct value get_last_drop(const void *row)
{
	return peer_of(row)->last_drop ? get_seen_time(row, peer_of(row)->last_drop) : value_none();
}

static struct value get_oldest(const void *row)
{
	return peer_of(row)->oldest ? value_ago(peer_of(row)->oldest) : value_none();
}

static struct value get_newest(const void *row)
{
	return peer_of(row)->newest ? value_ago(peer_of(row)->newest) : value_none();
}

static const struct field fields[] = {
	{ "PEER", "peer", get_peer },
	{ "POLICIES", "policies", get_policies },
	{ "ENTRIES", "entries", get_entries },
	{ "EXPIRED", "expired", get_expired },
	{ "EXPIRES", "next_expiry", get_expires },
	{ "HITS", "hits", get_hits },
	{ "DROPS", "drops", get_drops },
	{ "SEEN", "last_seen", get_last_seen },
	{ "DROPPED", "last_drop", get_last_drop },
	{ "OLDEST", "oldest", get_oldest },
	{ "NEWEST", "newest", get_newest },
	{},
};

static const void *row_at(const struct rows *rows, size_t index)
{
	return &((const struct peers *)rows->context)->row[index];
}

static void name_policies(struct peers *peers)
{
	__u8 count = 0;

	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		const char *name = peers->view->settings.policy[i].name;

		if (!*name)
			continue;
		peers->policy_place[i] = count;
		peers->policy_names[count++] = name;
	}
}

static void take_later(__u64 *later, __u64 time)
{
	if (time > *later)
		*later = time;
}

static void take_earlier(__u64 *earlier, __u64 time)
{
	if (time && (!*earlier || time < *earlier))
		*earlier = time;
}

static void add_entry(const struct peers *peers, const struct entry *entry, struct peer_row *row)
{
	const struct view *view = peers->view;
	const struct cx_state state = states_of(entry->id);

	row->policies |= 1ULL << peers->policy_place[entry->policy];
	row->entries[entry->prefix.family]++;
	if (entry_expired(entry, view->clocks.utc))
		row->expired++;
	else
		take_earlier(&row->next_expiry, entry->expires);
	row->hits += cx_state_hits(&state);
	row->drops += state.drops;
	take_later(&row->last_seen, state.last_seen);
	take_later(&row->last_drop, state.last_drop);
	take_earlier(&row->oldest, entry->listed);
	take_later(&row->newest, entry->listed);
}

static bool has_entries(const struct peer_row *row)
{
	return row->entries[CX_IPV4] || row->entries[CX_IPV6];
}

static int compare_names(const void *a, const void *b)
{
	const struct peer_row *x = a, *y = b;
	const struct strings *strings = x->peers->view->settings.strings;

	return strcmp(strings_text(strings, x->peer), strings_text(strings, y->peer));
}

/* By string at first; then those that anybody has are moved to the front. */
static void gather(struct peers *peers, size_t strings)
{
	const struct settings *settings = &peers->view->settings;

	name_policies(peers);
	for (size_t i = 0; i < settings->count; i++)
		if (settings->entry[i].peer)
			add_entry(peers, &settings->entry[i], &peers->row[settings->entry[i].peer]);
	for (size_t i = 1; i <= strings; i++) {
		if (!has_entries(&peers->row[i]))
			continue;
		peers->row[peers->count] = peers->row[i];
		peers->row[peers->count].peers = peers;
		peers->row[peers->count++].peer = (__u32)i;
	}
	qsort(peers->row, peers->count, sizeof(*peers->row), compare_names);
}

static int show_peers(struct cli *cli, struct view *view)
{
	size_t strings = strings_count(view->settings.strings);
	scoped(memory) row = calloc(strings + 1, sizeof(struct peer_row));
	struct peers peers = { .view = view,
			       .monotonic_epoch = clocks_monotonic_epoch(),
			       .row = row };
	struct rows rows = { .field = fields, .at = row_at, .context = &peers };

	if (!row)
		return view_no_memory(cli);
	if (view_states(cli, view))
		return STATUS_FAILED;
	gather(&peers, strings);
	rows.count = peers.count;
	if (rows.count || cli->json)
		return view_answer(cli, "peers", &rows, view);
	puts("no entry names a peer");
	return STATUS_DONE;
}

int verb_peers(struct cli *cli)
{
	return view_run(cli, view_all, show_peers);
}
