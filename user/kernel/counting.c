/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How much the live lists hold: from their counts, and from a list itself where these are over. */
#include "counting.h"

#include <string.h>

#include "counts.h"
#include "patch.h"
#include "scope.h"
#include "slots.h"

struct counter {
	struct cx_counts counts;
	__u64 now;
};

static int count_entry(void *context, const struct prefix *prefix, const struct cx_entry *value)
{
	struct counter *counter = context;
	const struct entry entry = {
		.prefix = *prefix,
		.action = value->action,
		.min_ttl = value->min_ttl,
		.dev = value->dev,
		.expires = value->expires_utc,
	};

	counts_add(&counter->counts, &entry, counter->now);
	return 0;
}

/* What has ended since the change that counted. */
static int count_again(const struct instance *instance, const struct list_at *at,
		       struct cx_counts *ret_counts)
{
	struct counter counter = { .now = instance->moment.clocks.utc };
	scoped(fd) fd = -1;
	int err = slot_open(instance, instance_generation(instance), at, &fd);

	if (!err && fd >= 0)
		err = patched_read(instance, instance_generation(instance), at, fd, count_entry,
				   &counter);
	if (!err)
		*ret_counts = counter.counts;
	return err;
}

static int count_list(const struct instance *instance, const struct list_at *at,
		      struct policy_counts *to)
{
	struct cx_counts counts = *list_counts(instance, instance_generation(instance), at);
	int err = 0;

	if (!counts_hold(&counts, instance->moment.clocks.utc))
		err = count_again(instance, at, &counts);
	if (err)
		return err;
	if (at->direction == CX_DEST) {
		to->destinations[at->family] = counts.forever;
		return 0;
	}
	to->sources[at->family] = counts.forever + counts.timed;
	to->denied[at->family] = counts.denied;
	to->bare += counts.bare;
	to->ending |= counts.timed || counts.expired;
	return 0;
}

int generation_count(const struct instance *instance,
		     struct policy_counts ret_counts[static CX_MAX_POLICIES])
{
	struct list_at at;
	int err;

	memset(ret_counts, 0, CX_MAX_POLICIES * sizeof(*ret_counts));
	FOR_EACH_LIST (at) {
		err = count_list(instance, &at, &ret_counts[at.policy]);
		if (err)
			return err;
	}
	return 0;
}
