/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A rule set of the model, compiled by the loader's own code for the native
 * filter: what user/generation.c puts into the kernel's maps goes into tables.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "bloom.h"
#include "compile.h"
#include "settings.h"

#define FAR_OFF      (1ULL << 33) /* seconds */
#define NSEC_PER_SEC 1000000000ULL
#define COARSE_TICK  4000000 /* ns; there are no limits that it could matter to */

static const enum cx_mode mode_of[] = {
	[MODEL_MODE_ENFORCE] = CX_MODE_ENFORCE,
	[MODEL_MODE_MONITOR] = CX_MODE_MONITOR,
	[MODEL_MODE_OPEN] = CX_MODE_OPEN,
	[MODEL_MODE_CLOSED] = CX_MODE_CLOSED,
};

static const enum fragments_mode fragments_of[] = {
	[MODEL_FRAGMENTS_PASS] = FRAGMENTS_PASS,
	[MODEL_FRAGMENTS_LISTED] = FRAGMENTS_LISTED,
	[MODEL_FRAGMENTS_DROP] = FRAGMENTS_DROP,
};

unsigned int world_policy(int policy)
{
	return policy + 1; /* the built-in ones stand first, in the same order */
}

static void check(bool good)
{
	if (!good)
		abort();
}

/* From the model's rules to the loader's settings */

static struct prefix prefix_of(const struct model_prefix *from)
{
	struct prefix prefix = {
		.family = from->family == MODEL_IPV4 ? CX_IPV4 : CX_IPV6,
		.len = from->len,
	};

	memcpy(prefix.addr, from->addr, sizeof(prefix.addr));
	return prefix;
}

static void add_ports(const struct model_ports *ports, unsigned int policy, __u8 *owner)
{
	for (int i = 0; i < ports->count; i++)
		memset(owner + ports->range[i].first, policy,
		       ports->range[i].last - ports->range[i].first + 1);
}

/* The model has one clock: the date says nothing here that the clock of the boot does not. */
static __u64 date_of(const struct model_source *source)
{
	if (!source->expires_ns)
		return 0;
	return source->deny ? 1 : FAR_OFF;
}

static void add_source(struct settings *settings, unsigned int policy,
		       const struct model_source *source)
{
	struct entry entry = {
		.prefix = prefix_of(&source->prefix),
		.policy = policy,
		.direction = CX_SOURCE,
		.action = source->deny ? CX_DENY : CX_ALLOW,
		.min_ttl = source->min_ttl,
		.dev = source->dev_id, /* stands for its name, which nobody asks for */
		.expires = date_of(source),
		.boottime_expires = source->expires_ns,
	};

	check(!settings_append(settings, &entry));
}

static void add_dest(struct settings *settings, unsigned int policy,
		     const struct model_prefix *dest)
{
	struct entry entry = {
		.prefix = prefix_of(dest),
		.policy = policy,
		.direction = CX_DEST,
		.action = CX_ALLOW,
	};

	check(!settings_append(settings, &entry));
}

static void add_policy(struct settings *settings, unsigned int index,
		       const struct model_policy *from)
{
	struct policy *policy = &settings->policy[index];

	strcpy(policy->name, from->name);
	policy->mode = mode_of[from->mode];
	policy->elsewhere_pass = from->elsewhere_pass;
	policy->tunnel_required = from->tunnel_required;
	policy->rpf = RPF_OFF;
	add_ports(&from->udp, index, settings->port[CX_UDP]);
	add_ports(&from->tcp, index, settings->port[CX_TCP]);
	for (int i = 0; i < from->sources; i++)
		add_source(settings, index, &from->source[i]);
	for (int i = 0; i < from->dests; i++)
		add_dest(settings, index, &from->dest[i]);
}

/* The built-in policies bring their ports themselves, but the model says them too. */
static void settings_from(const struct model_rules *rules, struct settings *ret_settings)
{
	check(!settings_init(ret_settings));
	memset(ret_settings->port, 0, SETTINGS_PORTS_SIZE);
	ret_settings->fragments = fragments_of[rules->fragments];
	for (int i = 0; i < rules->policies; i++)
		add_policy(ret_settings, world_policy(i), &rules->policy[i]);
	check(!settings_sort(ret_settings));
}

/* From the settings to what the maps hold */

static void add_entry(struct native_list *list, const struct entry *entry, __u32 id)
{
	struct cx_entry *value = &list->entry[list->count].value;

	check(list->count < NATIVE_ENTRIES);
	if (entry->prefix.family == CX_IPV4) {
		struct cx_key4 *key = &list->entry[list->count].key.four;

		list->key_size = sizeof(*key);
		key->prefixlen = entry->prefix.len;
		memcpy(key->addr, entry->prefix.addr, sizeof(key->addr));
	} else {
		struct cx_key6 *key = &list->entry[list->count].key.six;

		list->key_size = sizeof(*key);
		key->prefixlen = entry->prefix.len;
		memcpy(key->addr, entry->prefix.addr, sizeof(key->addr));
	}
	compile_entry(entry, COARSE_TICK, value);
	value->id = id;
	value->dev = entry->dev;
	list->count++;
}

/* One family's entries of a policy's list: which they are, and where they go. */
struct part {
	const struct entry *entries;
	size_t count;
	unsigned int list; /* CX_LIST() */
	enum cx_family family;
};

/* Entries are sorted, and IPv4 stands first. */
static struct part find_part(const struct settings *settings, unsigned int list,
			     enum cx_family family)
{
	struct part part = { .list = list, .family = family };
	size_t count;

	part.entries =
		settings_list(settings, list % CX_MAX_POLICIES, list / CX_MAX_POLICIES, &count);
	for (; count && part.entries->prefix.family < family; count--)
		part.entries++;
	while (part.count < count && part.entries[part.count].prefix.family == family)
		part.count++;
	return part;
}

static void build_list(struct native_world *world, const struct settings *settings,
		       const struct part *part)
{
	struct native_list *list = calloc(1, sizeof(*list));
	__u32 first_id = CX_MAX_POLICIES + (part->entries - settings->entry);

	check(list);
	compile_list(part->entries, part->count, part->family,
		     &world->rules.list[part->list][part->family]);
	for (size_t i = 0; i < part->count; i++)
		add_entry(list, &part->entries[i], first_id + i);
	world->list[part->list][part->family] = list;
	if (part->list / CX_MAX_POLICIES == CX_DEST)
		world->rules.policy[part->list % CX_MAX_POLICIES].flags |= CX_POLICY_DESTS;
}

/* The lists first: the size of the filters follows from all of them. */
static void build_lists(struct native_world *world, const struct settings *settings,
			enum cx_family family)
{
	size_t load = 0;

	for (unsigned int list = 0; list < CX_LISTS; list++) {
		struct part part = find_part(settings, list, family);

		if (!part.count)
			continue;
		build_list(world, settings, &part);
		load += bloom_load(&world->rules.list[list][family], part.entries, part.count);
	}
	world->rules.filter_shift[family] = bloom_shift(load);
}

/* As millions of entries would have it: the same answers are wanted of it. */
static void outgrow(struct native_world *world, enum cx_family family)
{
	world->rules.filter_shift[family] = CX_FILTER_SHIFT_MIN - 1;
	world->outgrown[family] = calloc(1, bloom_size(CX_FILTER_SHIFT_MIN - 1));
	check(world->outgrown[family]);
}

static void build_filter(struct native_world *world, const struct settings *settings,
			 enum cx_family family)
{
	const struct cx_rules *r = &world->rules;
	const struct bloom bloom = {
		.seed = r->seed,
		.shift = r->filter_shift[family],
		.words = world->outgrown[family] ? world->outgrown[family]
						 : world->rules.filter[family],
	};

	for (unsigned int list = 0; list < CX_LISTS; list++) {
		struct part part = find_part(settings, list, family);

		if (part.count)
			bloom_fill(&bloom, &r->list[list][family], list, part.entries, part.count);
	}
}

struct native_world *world_new(const struct model_rules *rules, struct draw *draw)
{
	struct native_world *world = calloc(1, sizeof(*world));
	struct settings *settings = calloc(1, sizeof(*settings));

	check(world && settings);
	settings_from(rules, settings);
	compile_rules(settings, COARSE_TICK, &world->rules);
	for (int i = 0; i < 4; i++)
		world->rules.seed[i / 2][i % 2] = draw_u64(draw) | 1;
	for (int dev = 1; dev <= MODEL_DEVS_MAX; dev++)
		world->rules.tunnels[0] |= (__u64)rules->tunnel[dev] << dev;
	for (enum cx_family family = CX_IPV4; family <= CX_IPV6; family++) {
		build_lists(world, settings, family);
		if (draw_chance(draw, 25))
			outgrow(world, family);
		build_filter(world, settings, family);
	}
	settings_free(settings);
	free(settings);
	return world;
}

void world_free(struct native_world *world)
{
	for (unsigned int list = 0; list < CX_LISTS; list++) {
		free(world->list[list][CX_IPV4]);
		free(world->list[list][CX_IPV6]);
	}
	free(world->outgrown[CX_IPV4]);
	free(world->outgrown[CX_IPV6]);
	free(world);
}
