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
#include "patch.h"
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

/* Plans */

static bool has_name(const struct settings *settings, unsigned int policy, const char *name)
{
	return settings && !strcmp(settings->policy[policy].name, name);
}

static struct patch *patch_of(struct builder *builder, const struct list_at *at)
{
	return &builder->patch[CX_LIST(at->direction, at->policy)][at->family];
}

static enum list_plan *plan_of(struct builder *builder, const struct list_at *at)
{
	return &builder->plan[CX_LIST(at->direction, at->policy)][at->family];
}

/* Does the map that is live already say what is wanted? */
static bool list_is_unchanged(const struct builder *builder, const struct list_at *at,
			      const struct entry *entries, size_t count)
{
	size_t have_count;
	const struct entry *have = list_part(builder->have, at, &have_count);

	if (have_count != count)
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

/* Sources always have a map to be dumped, destinations once there are any. */
static int plan_list(struct builder *builder, const struct list_at *at)
{
	const char *name = builder->want->policy[at->policy].name;
	__u32 live_id = slot_map(builder->instance, !builder->idle, at);
	size_t count;
	const struct entry *entries = list_part(builder->want, at, &count);
	enum list_plan *plan = plan_of(builder, at);
	int suits;

	*plan = LIST_ANEW;
	if (!name[0] || (at->direction == CX_DEST && !count)) {
		*plan = LIST_NONE;
		return 0;
	}
	if (!live_id || live_id != slot_map(builder->instance, builder->idle, at) ||
	    !has_name(builder->have, at->policy, name))
		return 0;
	suits = patch_find(builder, at, patch_of(builder, at));
	if (suits > 0)
		*plan = patch_of(builder, at)->count ? LIST_PATCH : LIST_KEPT;
	else if (!suits && list_is_unchanged(builder, at, entries, count))
		*plan = LIST_KEPT;
	return suits < 0 ? suits : 0;
}

/*
 * The filters are filled for all lists together: again, if a long list is made anew, or
 * there is none, and this costs little.
 */
static bool spoils_filters(struct builder *builder, const struct list_at *at)
{
	size_t had = list_of(builder->instance, !builder->idle, at)->count, count;

	list_part(builder->want, at, &count);
	return *plan_of(builder, at) == LIST_ANEW && (had >= LIST_LONG || count >= LIST_LONG);
}

static int plan_lists(struct builder *builder)
{
	struct list_at at;
	size_t total = 0;
	int err = 0;

	FOR_EACH_LIST (at) {
		err = plan_list(builder, &at);
		if (err)
			return err;
		builder->refill |= spoils_filters(builder, &at);
		total += list_of(builder->instance, !builder->idle, &at)->count;
	}
	builder->refill |= filters_are_stale(builder->instance, !builder->idle, total);
	/* reading.c has seen to it; what nobody knows cannot be made anew */
	return builder->refill && builder->want->beyond.count ? -EINVAL : 0;
}

/* Building */

/* The live generation's list; which maps this one has is its own. */
static void inherit_list(struct builder *builder, const struct list_at *at)
{
	struct cx_list *list = list_of(builder->instance, builder->idle, at);
	const __u32 map_id = list->map_id, patch_id = list->patch_id;

	*list = *list_of(builder->instance, !builder->idle, at);
	list->map_id = map_id;
	list->patch_id = patch_id;
}

static int patch_list(struct builder *builder, const struct list_at *at)
{
	struct cx_list *list = list_of(builder->instance, builder->idle, at);
	const struct patch *patch = patch_of(builder, at);

	list->count += patch->added - patch->removed;
	for (size_t i = 0; i < patch->count; i++) {
		if (patch->pair[i].after)
			compile_add_length(list, patch->pair[i].after->prefix.len);
	}
	builder->rules->patched += patch->count;
	return patch_put(builder, at, patch, build_value);
}

static int make_list(struct builder *builder, const struct list_at *at)
{
	const struct policy *policy = &builder->want->policy[at->policy];
	char name[CX_NAME_MAX];
	size_t count;
	const struct entry *entries = list_part(builder->want, at, &count);
	scoped(fd) fd = list_create(&builder->types,
				    list_name(policy->name, at->direction, at->family, name),
				    at->family, entries, count, build_value, builder);

	return fd < 0 ? fd : slot_set(builder->instance, builder->idle, at, fd);
}

/* Of a list that is known in part, what differs tells. */
static void count_list(struct builder *builder, const struct list_at *at,
		       const struct entry *entries, size_t count)
{
	struct cx_counts *counts = list_counts(builder->instance, builder->idle, at);
	const struct patch *patch = patch_of(builder, at);

	if (!builder->want->beyond.count ||
	    list_of(builder->instance, !builder->idle, at)->count < LIST_LONG) {
		counts_of(entries, count, builder->now.utc, counts);
		return;
	}
	*counts = *list_counts(builder->instance, !builder->idle, at);
	for (size_t i = 0; i < patch->count; i++) {
		if (patch->pair[i].before)
			counts_remove(counts, patch->pair[i].before);
		if (patch->pair[i].after)
			counts_add(counts, patch->pair[i].after, builder->now.utc);
	}
}

/*
 * A list that does not change is there already, since before a build the idle
 * slots hold what the live ones do, see sync_slots().
 */
static int build_list(struct builder *builder, const struct list_at *at)
{
	struct cx_list *list = list_of(builder->instance, builder->idle, at);
	size_t count;
	const struct entry *entries = list_part(builder->want, at, &count);

	count_list(builder, at, entries, count);
	switch (*plan_of(builder, at)) {
	case LIST_KEPT:
		return inherit_list(builder, at), 0;
	case LIST_PATCH:
		inherit_list(builder, at);
		return patch_list(builder, at);
	case LIST_ANEW:
		compile_list(entries, count, at->family, list);
		return make_list(builder, at);
	default:
		compile_list(entries, count, at->family, list);
		return list->map_id ? slot_set(builder->instance, builder->idle, at, -1) : 0;
	}
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

/* What a list has that its former filter does not know. */
static int add_to_filter(struct builder *builder, const struct list_at *at)
{
	const struct cx_list *list = list_of(builder->instance, builder->idle, at);
	const unsigned int index = CX_LIST(at->direction, at->policy);
	const struct patch *patch = patch_of(builder, at);
	struct filter filter;
	size_t count;
	const struct entry *entries = list_part(builder->want, at, &count);
	int err = filter_open(builder->instance, builder->idle, at->family, &filter);

	if (err)
		return err;
	if (*plan_of(builder, at) == LIST_ANEW)
		bloom_fill(&filter.bloom, list, index, entries, count);
	for (size_t i = 0; i < patch->count; i++) {
		if (patch->pair[i].after)
			bloom_enter(&filter.bloom, list, index, &patch->pair[i].after->prefix);
	}
	filter_close(&filter);
	return 0;
}

static int add_to_filters(struct builder *builder)
{
	int err = filters_take_over(builder);
	struct list_at at;

	FOR_EACH_LIST (at) {
		enum list_plan plan = *plan_of(builder, &at);

		if (!err && (plan == LIST_ANEW || plan == LIST_PATCH))
			err = add_to_filter(builder, &at);
	}
	return err;
}

static int build_rules(struct builder *builder)
{
	struct settings *want = builder->want;
	struct cx_rules *rules = builder->rules;

	/* first of all: readers tell by it that what they read is no longer that generation */
	__atomic_store_n(&rules->serial, builder->instance->next, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	rules->former = builder->instance->former;
	rules->patched = builder->instance->rules[!builder->idle].patched;
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

static void free_patches(struct builder *builder)
{
	struct list_at at;

	FOR_EACH_LIST (at)
		patch_free(patch_of(builder, &at));
}

static int build_all(struct builder *builder)
{
	int err = plan_lists(builder);

	if (!err)
		err = build_rules(builder);
	if (!err)
		err = number_devices(builder);
	if (!err)
		err = states_clear(builder->instance, &builder->types, builder->have,
				   builder->want);
	if (!err)
		err = build_lists(builder);
	if (err)
		return err;
	return builder->refill ? filters_build(builder) : add_to_filters(builder);
}

int build(struct builder *builder)
{
	int err = build_all(builder);

	free_patches(builder);
	return err;
}
