/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Gives a new model what it inherits from the old: policy numbers, entry ids, times. */
#include "inherit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scope.h"

#define SLACK (5 * NSEC_PER_SEC)

#define FREE_IDS_MIN 2048  /* so that few changes have to look for more */
#define FREE_IDS_MAX 16384 /* so that few segments of state are begun */

static unsigned int by_name(const struct settings *settings, const char *name)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (!strcmp(settings->policy[i].name, name))
			return i;
	}
	return 0;
}

/* A number that neither model uses, or else one that only the old one does. */
static unsigned int free_number(const struct settings *have, const __u8 *taken)
{
	unsigned int fallback = 0;

	for (unsigned int i = POLICY_CUSTOM; i < CX_MAX_POLICIES; i++) {
		if (taken[i])
			continue;
		if (!have->policy[i].name[0])
			return i;
		fallback = fallback ? fallback : i;
	}
	return fallback;
}

/* Where each policy of want goes; true if any moves. */
static bool new_numbers(const struct settings *have, const struct settings *want,
			__u8 ret_number[static CX_MAX_POLICIES])
{
	__u8 taken[CX_MAX_POLICIES] = {};
	bool moves = false;

	memset(ret_number, 0, CX_MAX_POLICIES);
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (i < POLICY_CUSTOM)
			ret_number[i] = i;
		else if (want->policy[i].name[0])
			ret_number[i] = by_name(have, want->policy[i].name);
		taken[ret_number[i]] = 1;
	}
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (!want->policy[i].name[0])
			continue;
		if (!ret_number[i])
			ret_number[i] = free_number(have, taken);
		taken[ret_number[i]] = 1;
		moves |= ret_number[i] != i;
	}
	return moves;
}

static int renumber(const struct settings *have, struct settings *want)
{
	struct policy moved[CX_MAX_POLICIES] = {};
	__u8 number[CX_MAX_POLICIES];

	if (!new_numbers(have, want, number))
		return 0;
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (number[i])
			moved[number[i]] = want->policy[i];
	}
	memcpy(want->policy, moved, sizeof(moved));
	for (size_t i = 0; i < SETTINGS_PORTS_SIZE; i++)
		((__u8 *)want->port)[i] = number[((__u8 *)want->port)[i]];
	for (size_t i = 0; i < want->count; i++)
		want->entry[i].policy = number[want->entry[i].policy];
	return settings_sort(want);
}

/* Boot time of an expiry, erring early; 1, the past, if it is over. */
static __u64 boottime_of(__u64 expires, const struct clocks *now)
{
	__u64 left, at;

	if (expires <= now->utc)
		return 1;
	left = expires - now->utc;
	if (left > (1ULL << 62) / NSEC_PER_SEC)
		return 1ULL << 62;
	at = now->boottime + left * NSEC_PER_SEC;
	/* the second that has begun may be nearly over */
	return at > NSEC_PER_SEC ? at - NSEC_PER_SEC : 1;
}

/* What a clock gains or loses while it is kept right is no reason to write a list anew. */
static bool is_near(__u64 a, __u64 b)
{
	return (a > b ? a - b : b - a) < SLACK;
}

/*
 * A clock that is known to be right mends what one that was wrong, at boot say,
 * has made of a date.  Else a file says its date anew: should the wall clock
 * bring it nearer, that counts.
 */
static __u64 inherited_expiry(const struct entry *from, const struct entry *to,
			      const struct clocks *now)
{
	__u64 anew = boottime_of(to->expires, now);

	if (!to->expires)
		return from->boottime_expires;
	if (now->synced)
		return is_near(anew, from->boottime_expires) ? from->boottime_expires : anew;
	if (!to->line)
		return from->boottime_expires;
	return anew < from->boottime_expires ? anew : from->boottime_expires;
}

static void inherit_from(const struct entry *from, struct entry *to, const struct clocks *now)
{
	to->id = from->id;
	to->listed = from->listed;
	if (to->expires == from->expires)
		to->boottime_expires = inherited_expiry(from, to, now);
}

static void inherit_all(const struct settings *have, struct settings *want,
			const struct clocks *now)
{
	size_t h = 0;

	for (size_t w = 0; w < want->count; w++) {
		struct entry *entry = &want->entry[w];

		entry->id = 0;
		entry->listed = 0;
		entry->boottime_expires = 0;
		while (h < have->count && entry_compare(&have->entry[h], entry) < 0)
			h++;
		if (h < have->count && !entry_compare(&have->entry[h], entry))
			inherit_from(&have->entry[h], entry, now);
	}
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (want->policy[i].mode == have->policy[i].mode && have->policy[i].name[0])
			want->policy[i].mode_since = have->policy[i].mode_since;
	}
}

static void set_times(struct settings *want, const struct clocks *now)
{
	for (size_t i = 0; i < want->count; i++) {
		struct entry *entry = &want->entry[i];

		if (!entry->listed)
			entry->listed = now->utc;
		if (entry->expires && !entry->boottime_expires)
			entry->boottime_expires = boottime_of(entry->expires, now);
	}
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (want->policy[i].name[0] && !want->policy[i].mode_since)
			want->policy[i].mode_since = now->utc;
	}
}

static bool is_used(const __u8 *bit, __u32 id)
{
	return bit[id / 8] >> id % 8 & 1;
}

/* The first that are free in a row, for windows to come, which see only their own. */
static struct free_ids find_free(const __u8 *bit, __u32 from)
{
	struct free_ids ids = {};

	while (from < CX_MAX_IDS && ids.to - ids.from < FREE_IDS_MIN) {
		while (from < CX_MAX_IDS && is_used(bit, from))
			from++;
		ids.from = ids.to = from;
		while (ids.to < CX_MAX_IDS && ids.to - ids.from < FREE_IDS_MAX &&
		       !is_used(bit, ids.to))
			ids.to++;
		from = ids.to;
	}
	return ids;
}

/* Those of have that a window does not show are not seen: the ids come from those known free. */
static int set_ids_in_window(const struct settings *have, struct settings *want)
{
	struct free_ids ids = have->free_ids;

	for (size_t i = 0; i < want->count; i++) {
		if (want->entry[i].id)
			continue;
		if (ids.from >= ids.to)
			return -E2BIG;
		want->entry[i].id = ids.from++;
	}
	want->free_ids = ids;
	return 0;
}

static int set_ids(const struct settings *have, struct settings *want)
{
	scoped(memory) used = calloc(CX_MAX_IDS / 8, 1);
	__u8 *bit = used;
	__u32 next = CX_MAX_POLICIES; /* those below are the policies' own */

	if (!used)
		return -ENOMEM;
	for (size_t i = 0; i < have->count; i++)
		bit[have->entry[i].id / 8] |= 1 << have->entry[i].id % 8;
	for (size_t i = 0; i < want->count; i++) {
		if (want->entry[i].id)
			continue;
		while (next < CX_MAX_IDS && is_used(bit, next))
			next++;
		if (next >= CX_MAX_IDS)
			return -E2BIG;
		want->entry[i].id = next++;
	}
	want->free_ids = find_free(bit, next);
	return 0;
}

int inherit(const struct settings *have, struct settings *want, const struct clocks *now)
{
	int err = settings_total(want) > CX_MAX_ENTRIES ? -E2BIG : renumber(have, want);

	if (err)
		return err;
	inherit_all(have, want, now);
	set_times(want, now);
	return have->beyond.count ? set_ids_in_window(have, want) : set_ids(have, want);
}
