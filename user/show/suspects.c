/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Refused sources that come again: which, and what is said of each. */
#include "suspects.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "nearest.h"
#include "show.h"

/* With fewer bits in common an entry is no neighbour. */
static const unsigned int nearest_bits[] = { [CX_IPV4] = 16, [CX_IPV6] = 32 };

static const struct suspect *suspect_of(const void *row)
{
	return row;
}

static const struct seen *seen_of(const void *row)
{
	return suspect_of(row)->seen;
}

static struct value get_source(const void *row)
{
	return value_prefix(&seen_of(row)->source);
}

struct value suspect_policy(const void *row)
{
	const char *name = suspect_of(row)->of->settings->policy[seen_of(row)->policy].name;

	return value_text(*name ? name : "(deleted)");
}

static struct value get_port(const void *row)
{
	return value_number(seen_of(row)->port);
}

static struct value get_protocol(const void *row)
{
	return value_text(seen_of(row)->proto == CX_TCP ? "tcp" : "udp");
}

static struct value get_reason(const void *row)
{
	return value_text(reason_name(seen_of(row)->reason));
}

static struct value get_packets_text(const void *row)
{
	return value_text(suspect_of(row)->packets);
}

static struct value get_packets(const void *row)
{
	return value_number(seen_of(row)->packets);
}

static struct value get_exact(const void *row)
{
	return value_flag(seen_of(row)->exact);
}

static struct value get_rate(const void *row)
{
	const struct clocks *clocks = &suspect_of(row)->of->clocks;

	__u64 tenths = seen_rate(seen_of(row), clocks->coarse_tick);

	return tenths ? value_tenths(tenths) : value_none();
}

__u64 suspect_utc(const struct suspect *suspect, __u64 monotonic)
{
	return (suspect->of->monotonic_epoch + monotonic) / NSEC_PER_SEC;
}

static struct value get_first(const void *row)
{
	return value_ago(suspect_utc(row, seen_of(row)->first));
}

static struct value get_last(const void *row)
{
	return value_ago(suspect_utc(row, seen_of(row)->last));
}

struct value suspect_interface(const void *row)
{
	return value_text(suspect_of(row)->of->devices[seen_of(row)->dev]);
}

static struct value get_ttl_text(const void *row)
{
	return value_text(suspect_of(row)->ttl);
}

static struct value get_lowest_ttl(const void *row)
{
	return value_number(seen_of(row)->lowest_ttl);
}

static struct value get_highest_ttl(const void *row)
{
	return value_number(seen_of(row)->highest_ttl);
}

static struct value get_nearest(const void *row)
{
	const struct entry *nearest = suspect_of(row)->nearest;

	return nearest ? value_prefix(&nearest->prefix) : value_none();
}

static struct value get_nearest_peer(const void *row)
{
	const struct suspect *suspect = row;

	if (!suspect->nearest)
		return value_none();
	return value_text(strings_text(suspect->of->settings->strings, suspect->nearest->peer));
}

const struct field suspect_text_fields[] = {
	{ "SOURCE", "source", get_source },
	{ "POLICY", "policy", suspect_policy },
	{ "PROTO", "protocol", get_protocol },
	{ "PORT", "port", get_port },
	{ "REASON", "reason", get_reason },
	{ "PACKETS", NULL, get_packets_text },
	{ "PER SECOND", "packets_per_second", get_rate },
	{ "FIRST", "first_seen", get_first },
	{ "LAST", "last_seen", get_last },
	{ "INTERFACE", "interface", suspect_interface },
	{ "TTL", NULL, get_ttl_text },
	{ "NEAREST", "nearest", get_nearest },
	{ "PEER", "nearest_peer", get_nearest_peer },
	{},
};

const struct field suspect_json_fields[] = {
	{ "SOURCE", "source", get_source },
	{ "POLICY", "policy", suspect_policy },
	{ "PROTO", "protocol", get_protocol },
	{ "PORT", "port", get_port },
	{ "REASON", "reason", get_reason },
	{ "PACKETS", "packets", get_packets },
	{ "EXACT", "exact", get_exact },
	{ "PER SECOND", "packets_per_second", get_rate },
	{ "FIRST", "first_seen", get_first },
	{ "LAST", "last_seen", get_last },
	{ "INTERFACE", "interface", suspect_interface },
	{ "TTL", "lowest_ttl", get_lowest_ttl },
	{ "TTL", "highest_ttl", get_highest_ttl },
	{ "NEAREST", "nearest", get_nearest },
	{ "PEER", "nearest_peer", get_nearest_peer },
	{},
};

void suspect_fill(const struct suspects *suspects, const struct seen *seen, struct suspect *ret_row)
{
	unsigned int bits;

	*ret_row = (struct suspect){ .of = suspects, .seen = seen };
	ret_row->nearest = nearest_source(suspects->settings, seen->policy, &seen->source, &bits);
	if (bits < nearest_bits[seen->source.family])
		ret_row->nearest = NULL;
	snprintf(ret_row->packets, sizeof(ret_row->packets), "%s%llu",
		 seen->exact ? "" : ">=", seen->packets);
	snprintf(ret_row->ttl, sizeof(ret_row->ttl),
		 seen->lowest_ttl == seen->highest_ttl ? "%u" : "%u-%u", seen->lowest_ttl,
		 seen->highest_ttl);
}

const void *suspect_at(const struct rows *rows, size_t index)
{
	const struct suspects *suspects = rows->context;

	suspect_fill(suspects, &suspects->seen[index], suspects->row);
	return suspects->row;
}

/* --- which of them --- */

/* Its entry came after its packets. */
static bool is_listed_by_now(const struct suspects *suspects, const struct seen *seen)
{
	const struct entry *entry;

	if (seen->reason != CX_UNLISTED && seen->reason != CX_DENIED)
		return false;
	entry = settings_find(suspects->settings, seen->policy, CX_SOURCE, &seen->source);
	if (!entry)
		entry = settings_decider(suspects->settings, seen->policy, &seen->source,
					 suspects->clocks.utc);
	return entry && entry_admits(entry, suspects->clocks.utc);
}

static bool is_wanted(const struct suspects *suspects, const struct suspects_wanted *wanted,
		      const struct seen *seen)
{
	if (wanted->policy && seen->policy != wanted->policy)
		return false;
	if (wanted->under && !prefix_covers(wanted->under, &seen->source))
		return false;
	return !is_listed_by_now(suspects, seen);
}

/* Who came most often stands first. */
static int compare_packets(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->packets != y->packets)
		return x->packets < y->packets ? 1 : -1;
	if (x->policy != y->policy)
		return x->policy - y->policy;
	return prefix_compare(&x->source, &y->source);
}

static void choose(struct suspects *suspects, const struct suspects_wanted *wanted)
{
	size_t count = 0;

	for (size_t i = 0; i < suspects->count; i++) {
		if (is_wanted(suspects, wanted, &suspects->seen[i]))
			suspects->seen[count++] = suspects->seen[i];
	}
	suspects->count = count;
	if (count)
		qsort(suspects->seen, count, sizeof(*suspects->seen), compare_packets);
}

int suspects_read(const struct suspects_wanted *wanted, const struct instance *instance,
		  const struct settings *settings, struct suspects *ret_suspects)
{
	struct suspects *suspects = ret_suspects;
	int err;

	suspects->settings = settings;
	suspects->monotonic_epoch = clocks_monotonic_epoch();
	suspects->seen = NULL;
	suspects->count = 0;
	if (!instance)
		return 0;
	suspects->clocks = instance->moment.clocks;
	suspects->devices = instance->devices;
	err = seen_read(instance, &suspects->seen, &suspects->count);
	if (!err)
		choose(suspects, wanted);
	return err;
}
