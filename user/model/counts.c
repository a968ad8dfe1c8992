/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a list holds, counted: kept beside it, so that nobody has to read it to know. */
#include "counts.h"

#include <string.h>

bool counts_hold(const struct cx_counts *counts, __u64 now)
{
	return counts->since <= now && (!counts->until || now < counts->until);
}

/* Whether it has ended at the time that the counts are of, whatever the time is by now. */
static bool has_ended(const struct cx_counts *counts, const struct entry *entry)
{
	return entry->expires && entry->expires <= counts->since;
}

static void count(struct cx_counts *counts, const struct entry *entry, int by)
{
	bool ended = has_ended(counts, entry);

	if (entry->action == CX_DENY)
		counts->denied += by;
	else if (!entry->expires)
		counts->forever += by;
	else if (ended)
		counts->expired += by;
	else
		counts->timed += by;
	if (entry->action == CX_ALLOW && !ended && !entry->dev && !entry->min_ttl)
		counts->bare += by;
	if (entry->rate)
		counts->limited += by;
	if (entry->expires || entry->dev || entry->min_ttl)
		counts->conditional += by;
}

/* The end of an allow is one of the bounds, if it lies between them. */
static void close_in(struct cx_counts *counts, __u64 end, __u64 now)
{
	if (end <= counts->since || (counts->until && end >= counts->until))
		return;
	if (end <= now && counts_hold(counts, now))
		counts->since = end;
	else
		counts->until = end;
}

void counts_add(struct cx_counts *counts, const struct entry *entry, __u64 now)
{
	if (entry->action == CX_ALLOW && entry->expires)
		close_in(counts, entry->expires, now);
	count(counts, entry, 1);
}

void counts_remove(struct cx_counts *counts, const struct entry *entry)
{
	count(counts, entry, -1);
}

void counts_of(const struct entry *entries, size_t count, __u64 now, struct cx_counts *ret_counts)
{
	memset(ret_counts, 0, sizeof(*ret_counts));
	for (size_t i = 0; i < count; i++)
		counts_add(ret_counts, &entries[i], now);
}
