/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Builds the idle generation: rules and lists; its filters last. */
#include "build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "counts.h"
#include "filters.h"
#include "list.h"
#include "scope.h"
#include "slots.h"
#include "states.h"
#include "texts.h"

const struct entry *list_part(const struct settings *settings, const struct list_at *at,
			      size_t *ret_count)
{
	size_t count = 0, first = 0;
	const struct entry *list =
		settings ? settings_list(settings, at->policy, at->direction, &count) : NULL;

	while (first < count && list[first].prefix.family != at->family)
		first++;
	*ret_count = 0;
	while (first + *ret_count < count && list[first + *ret_count].prefix.family == at->family)
		++*ret_count;
	return list + first;
}

static void build_value(const void *context, const struct entry *entry, struct cx_entry *ret_value)
{
	const struct builder *builder = context;

	compile_entry(entry, builder->now.coarse_tick, ret_value);
	ret_value->id = entry->id;
	ret_value->peer = texts_number(builder->notes, entry->peer);
	ret_value->comment = texts_number(builder->notes, entry->comment);
	if (entry->dev)
		ret_value->dev = (__u16)instance_device(
			builder->instance, strings_text(builder->want->strings, entry->dev));
}

/* Does the map that is live already say what is wanted? */
static bool list_is_unchanged(const struct builder *builder, const struct list_at *at,
			      const struct entry *entries, size_t count)
{
	size_t have_count;
	const struct entry *have = list_part(builder->have, at, &have_count);

	if (!builder->have || have_count != count ||
	    strcmp(builder->have->policy[at->policy].name, builder->want->policy[at->policy].name))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (prefix_compare(&have[i].prefix, &entries[i].prefix) ||
		    have[i].id != entries[i].id ||
		    have[i].boottime_expires != entries[i].boottime_expires ||
		    !entry_same(builder->have, &have[i], builder->want, &entries[i]))
			return false;
	}
	return true;
}

/*
 * A list that does not change is there already, since before a build the idle
 * slots hold what the live ones do, see sync_slots(): if its own note says so.
 */
static int build_list(struct builder *builder, const struct list_at *at)
{
	const struct policy *policy = &builder->want->policy[at->policy];
	struct cx_list *list = list_of(builder->instance, builder->idle, at);
	__u32 live_id = slot_map(builder->instance, !builder->idle, at);
	__u32 idle_id = slot_map(builder->instance, builder->idle, at);
	char name[CX_NAME_MAX];
	size_t count;
	const struct entry *entries = list_part(builder->want, at, &count);
	scoped(fd) fd = -1;

	compile_list(entries, count, at->family, list);
	counts_of(entries, count, builder->now.utc,
		  list_counts(builder->instance, builder->idle, at));
	/* Sources always have a map to be dumped, destinations once there are any. */
	if (!policy->name[0] || (at->direction == CX_DEST && !count))
		return idle_id ? slot_set(builder->instance, builder->idle, at, -1) : 0;
	if (idle_id == live_id && list_is_unchanged(builder, at, entries, count))
		return 0;
	fd = list_create(&builder->types, list_name(policy->name, at->direction, at->family, name),
			 at->family, entries, count, build_value, builder);
	return fd < 0 ? fd : slot_set(builder->instance, builder->idle, at, fd);
}

static int build_lists(struct builder *builder)
{
	struct list_at at;
	int err;

	FOR_EACH_LIST (at) {
		err = build_list(builder, &at);
		if (err)
			return err;
		if (at.direction == CX_DEST &&
		    list_of(builder->instance, builder->idle, &at)->count)
			builder->rules->policy[at.policy].flags |= CX_POLICY_DESTS;
	}
	return 0;
}

static int build_rules(struct builder *builder)
{
	struct settings *want = builder->want;
	struct cx_rules *rules = builder->rules;

	/* first of all: readers tell by it that what they read is no longer that generation */
	__atomic_store_n(&rules->serial, builder->instance->next, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	rules->former = builder->instance->former;
	compile_rules(want, builder->now.coarse_tick, rules);
	for (size_t i = 0; i < want->tunnel_count; i++) {
		int dev = instance_device(builder->instance,
					  strings_text(want->strings, want->tunnel[i]));

		if (dev < 0)
			return dev;
		rules->tunnels[dev / 64] |= 1ULL << dev % 64;
	}
	return 0;
}

/* Numbers an interface's name. Returns 0 or -errno. */
static int use_device(struct instance *instance, const struct settings *settings, __u32 string,
		      bool in_use[static CX_MAX_DEVS])
{
	int dev = instance_device(instance, strings_text(settings->strings, string));

	if (dev < 0)
		return dev;
	in_use[dev] = true;
	return 0;
}

/* Interface names must all have a number before values are made from them. */
static int number_devices(struct builder *builder)
{
	const struct settings *want = builder->want;
	bool in_use[CX_MAX_DEVS] = {};
	unsigned int count = 0;
	int err = 0;

	for (size_t i = 0; i < want->count && !err; i++) {
		if (want->entry[i].dev)
			err = use_device(builder->instance, want, want->entry[i].dev, in_use);
	}
	for (size_t i = 0; i < want->tunnel_count && !err; i++)
		err = use_device(builder->instance, want, want->tunnel[i], in_use);
	for (unsigned int i = 0; i < CX_MAX_DEVS; i++)
		count += in_use[i];
	return err ? err : count >= CX_MAX_NAMES ? -E2BIG : 0;
}

int build(struct builder *builder)
{
	int err = build_rules(builder);

	if (!err)
		err = number_devices(builder);
	if (!err)
		err = states_clear(builder->instance, &builder->types, builder->have,
				   builder->want);
	if (!err)
		err = build_lists(builder);
	return err ? err : filters_build(builder);
}
