/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the kernel to the policy model. */
#include "reading.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "build.h"
#include "counts.h"
#include "filters.h"
#include "list.h"
#include "patch.h"
#include "scope.h"
#include "slots.h"
#include "texts.h"

#define TEXTS_OF_ENTRY 2 /* a peer and a comment */

struct reader {
	const struct instance *instance;
	unsigned int generation;
	const struct asked *asked;   /* what of the lists is wanted, if not all */
	const struct window *window; /* or this */
	struct settings *settings;
	struct list_at at;
	struct text_cache *notes;
	struct patch_lines patch; /* of the list of which keys are asked */
};

/* Adds an entry; settings_sort() is the caller's. */
static int read_entry(void *context, const struct prefix *prefix, const struct cx_entry *value)
{
	struct reader *reader = context;
	struct entry entry = {
		.prefix = *prefix,
		.policy = reader->at.policy,
		.direction = reader->at.direction,
		.action = value->action,
		.min_ttl = value->min_ttl,
		.wide = value->flags & CX_ENTRY_WIDE,
		.rate = value->rate,
		.burst = value->burst,
		.expires = value->expires_utc,
		.id = value->id,
		.listed = value->listed_utc,
		.boottime_expires = value->expires,
	};
	int err;

	err = texts_string(reader->notes, value->peer, &entry.peer);
	if (!err)
		err = texts_string(reader->notes, value->comment, &entry.comment);
	if (err)
		return err;
	if (value->dev)
		entry.dev = strings_intern(reader->settings->strings,
					   reader->instance->devices[value->dev]);
	return settings_append(reader->settings, &entry);
}

static int read_list(struct reader *reader, int fd)
{
	return patched_read(reader->instance, reader->generation, &reader->at, fd, read_entry,
			    reader);
}

/* The entry of exactly that prefix, if there is one. */
static int read_exact(struct reader *reader, int fd, const struct prefix *prefix)
{
	const struct patch_line *line = patch_line(&reader->patch, prefix);
	struct cx_entry value;
	int err = line ? 0 : list_find(fd, prefix, &value);

	if (line)
		value = line->value;
	if (err || value.action == CX_GONE)
		return err == -ENOENT ? 0 : err;
	return read_entry(reader, prefix, &value);
}

/* Those that cover a prefix, itself among them: at most one of each length in use. */
static int read_covering(struct reader *reader, int fd, const struct prefix *host)
{
	const struct cx_list *list = list_of(reader->instance, reader->generation, &reader->at);
	int err = 0;

	if (host->family != reader->at.family)
		return 0;
	for (unsigned int i = 0; i < list->lens_count % CX_LENS_SPACE && !err; i++) {
		struct prefix prefix;

		if (list->lens[i] > host->len)
			continue;
		prefix = prefix_shorten(host, list->lens[i]);
		err = read_exact(reader, fd, &prefix);
	}
	return err;
}

static int read_keys(struct reader *reader, int fd)
{
	const struct asked *asked = reader->asked;
	int err = patch_read(reader->instance, reader->generation, &reader->at, &reader->patch);

	if (!err && reader->at.direction == CX_SOURCE)
		err = read_covering(reader, fd, asked->source);
	for (size_t i = 0; reader->at.direction == CX_DEST && i < asked->dests && !err; i++)
		err = read_covering(reader, fd, &asked->dest[i].host);
	patch_free_lines(&reader->patch);
	return err;
}

static int read_asked(struct reader *reader, int fd)
{
	if (reader->at.direction == CX_DEST && reader->asked->any_dest)
		return read_list(reader, fd);
	return read_keys(reader, fd);
}

/* A list that is short is read whole; in it, what is asked is there. */
static bool is_long(const struct reader *reader)
{
	return list_of(reader->instance, reader->generation, &reader->at)->count >= LIST_LONG;
}

/* Whose entries are looked for in a list, and which have been found. */
struct search {
	struct text_cache *notes;
	__u32 peer; /* string */
	struct prefix found[WINDOW_MAX];
	size_t count;
};

static int find_entry(void *context, const struct prefix *prefix, const struct cx_entry *value)
{
	struct search *search = context;
	__u32 peer;
	int err = texts_string(search->notes, value->peer, &peer);

	if (err || !value->peer || peer != search->peer)
		return err;
	if (search->count == WINDOW_MAX)
		return -EOPNOTSUPP;
	search->found[search->count++] = *prefix;
	return 0;
}

/* All are looked at, and few kept: that costs a sixth of a model of them. */
static int read_peer(struct reader *reader, int fd)
{
	struct search *search = calloc(1, sizeof(*search));
	int err;

	if (!search)
		return -ENOMEM;
	search->notes = reader->notes;
	search->peer = strings_intern(reader->settings->strings, reader->window->peer);
	err = patched_read(reader->instance, reader->generation, &reader->at, fd, find_entry,
			   search);
	for (size_t i = 0; i < search->count && !err; i++)
		err = read_covering(reader, fd, &search->found[i]);
	free(search);
	return err;
}

static int read_window_keys(struct reader *reader, int fd)
{
	const struct window *window = reader->window;
	int err = patch_read(reader->instance, reader->generation, &reader->at, &reader->patch);

	for (size_t i = 0; i < window->count && !err; i++)
		err = read_covering(reader, fd, &window->prefix[i]);
	if (!err && window->peer)
		err = read_peer(reader, fd);
	patch_free_lines(&reader->patch);
	return err;
}

static int read_in_window(struct reader *reader, int fd)
{
	return is_long(reader) ? read_window_keys(reader, fd) : read_list(reader, fd);
}

static int read_lists(struct reader *reader, int (*read)(struct reader *reader, int fd))
{
	int err;

	FOR_EACH_LIST (reader->at) {
		scoped(fd) fd = -1;

		err = slot_open(reader->instance, reader->generation, &reader->at, &fd);
		if (!err && fd >= 0)
			err = read(reader, fd);
		if (err)
			return err;
	}
	return settings_sort(reader->settings);
}

/* One prefix may cover two of those that were asked about. */
static void drop_twins(struct settings *settings)
{
	for (size_t i = 1; i < settings->count; i++)
		settings->entry[i].doomed =
			!entry_compare(&settings->entry[i - 1], &settings->entry[i]);
	settings_sweep(settings);
}

static int read_wanted(struct reader *reader)
{
	int err;

	if (!reader->asked && !reader->window)
		return read_lists(reader, read_list);
	if (reader->window)
		err = read_lists(reader, read_in_window);
	else
		err = reader->asked->source ? read_lists(reader, read_asked) : 0;
	if (!err)
		drop_twins(reader->settings);
	return err;
}

static void read_policies(const struct cx_rules *rules, struct settings *settings)
{
	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		const struct cx_policy *from = &rules->policy[i];
		struct policy *to = &settings->policy[i];

		memcpy(to->name, from->name, sizeof(to->name));
		to->builtin = i < POLICY_CUSTOM;
		to->mode = from->mode;
		to->mode_since = from->mode_since_utc;
		to->elsewhere_pass = from->flags & CX_POLICY_ELSEWHERE_PASS;
		to->tunnel_required = from->flags & CX_POLICY_TUNNEL;
		to->rpf = from->flags & CX_POLICY_RPF_STRICT  ? RPF_STRICT
			  : from->flags & CX_POLICY_RPF_LOOSE ? RPF_LOOSE
							      : RPF_OFF;
		to->rate = from->rate;
		to->burst = from->burst;
	}
	memcpy(settings->port, rules->ports, SETTINGS_PORTS_SIZE);
	settings->fragments = rules->flags & CX_RULES_FRAGMENTS_DROP     ? FRAGMENTS_DROP
			      : rules->flags & CX_RULES_FRAGMENTS_LISTED ? FRAGMENTS_LISTED
									 : FRAGMENTS_PASS;
}

static void read_tunnels(const struct instance *instance, const struct cx_rules *rules,
			 struct settings *settings)
{
	for (unsigned int dev = 1; dev < CX_MAX_DEVS; dev++) {
		if (rules->tunnels[dev / 64] >> dev % 64 & 1)
			settings->tunnel[settings->tunnel_count++] =
				strings_intern(settings->strings, instance->devices[dev]);
	}
}

static int read_generation(const struct instance *instance, unsigned int generation,
			   const struct asked *asked, const struct window *window,
			   struct settings *ret_settings)
{
	const struct cx_rules *rules = &instance->rules[generation];
	struct reader reader = {
		.instance = instance,
		.generation = generation,
		.asked = asked,
		.window = window,
		.settings = ret_settings,
	};
	int err = settings_init(ret_settings);

	if (err)
		return err;
	read_policies(rules, ret_settings);
	read_tunnels(instance, rules, ret_settings);
	reader.notes = texts_open(instance, ret_settings->strings);
	err = reader.notes ? read_wanted(&reader) : -ENOMEM;
	texts_close(reader.notes);
	if (!err && strings_failed(ret_settings->strings))
		err = -ENOMEM;
	if (err)
		settings_free(ret_settings);
	return err;
}

int generation_read(const struct instance *instance, struct settings *ret_settings)
{
	return read_generation(instance, instance_generation(instance), NULL, NULL, ret_settings);
}

int generation_read_asked(const struct instance *instance, const struct asked *asked,
			  struct settings *ret_settings)
{
	return read_generation(instance, instance_generation(instance), asked, NULL, ret_settings);
}

int generation_read_former(const struct instance *instance, struct settings *ret_settings)
{
	return read_generation(instance, !instance_generation(instance), NULL, NULL, ret_settings);
}

/* What a long list holds beyond the entries of it that were read. */
static void look_beyond(const struct instance *instance, const struct list_at *at,
			struct settings *settings)
{
	struct cx_counts counts = *list_counts(instance, instance_generation(instance), at);
	struct beyond *beyond = &settings->beyond;
	size_t count;
	const struct entry *entries = list_part(settings, at, &count);

	for (size_t i = 0; i < count; i++)
		counts_remove(&counts, &entries[i]);
	beyond->count += list_of(instance, instance_generation(instance), at)->count - count;
	beyond->sources[at->policy] += counts.forever;
	beyond->limited |= counts.limited;
}

/*
 * Can a long list be changed without being known?  What its entries ask for beside their address
 * must be nothing that time or names have a part in, and a patch must be what becomes of it.
 */
static bool is_plain(const struct instance *instance, const struct list_at *at, size_t changes)
{
	unsigned int live = instance_generation(instance);

	return at->direction == CX_SOURCE && !list_counts(instance, live, at)->conditional &&
	       slot_map(instance, live, at) &&
	       slot_map(instance, live, at) == slot_map(instance, !live, at) &&
	       patch_has_room(instance, live, at, changes) > 0;
}

static bool has_free_ids(const struct instance *instance, const struct window *window)
{
	__u32 from = instance->meta->free_id, end = instance->meta->free_ids_end;
	size_t added = window->count * (window->one_each ? 1 : CX_MAX_POLICIES);

	return from <= end && end <= CX_MAX_IDS && end - from >= added;
}

/*
 * A window drops none, since others may have them.  So many at most may be left when who reads the
 * whole stores as many anew, and drops the others.
 */
static bool has_room_for_texts(const struct instance *instance, size_t changes)
{
	return instance->meta->next_text < CX_MAX_TEXTS - TEXTS_OF_ENTRY * changes;
}

/* Are there long ones, and are all of them so? */
static bool suits_window(const struct instance *instance, const struct window *window)
{
	unsigned int live = instance_generation(instance);
	size_t total = 0, changes = window->count, count;
	bool any = false;
	struct list_at at;

	FOR_EACH_LIST (at) {
		count = list_of(instance, live, &at)->count;
		total += count;
		if (count + changes < LIST_LONG)
			continue;
		if (count < LIST_LONG) /* it would become one */
			return false;
		any = true;
		if (!is_plain(instance, &at, changes))
			return false;
	}
	return any && !filters_are_stale(instance, live, total) && has_free_ids(instance, window) &&
	       has_room_for_texts(instance, changes);
}

int generation_read_window(const struct instance *instance, const struct window *window,
			   struct settings *ret_settings)
{
	unsigned int live = instance_generation(instance);
	struct list_at at;
	int err;

	if (!suits_window(instance, window))
		return -EOPNOTSUPP;
	err = read_generation(instance, live, NULL, window, ret_settings);
	if (err)
		return err;
	FOR_EACH_LIST (at) {
		if (list_of(instance, live, &at)->count >= LIST_LONG)
			look_beyond(instance, &at, ret_settings);
	}
	ret_settings->free_ids =
		(struct free_ids){ instance->meta->free_id, instance->meta->free_ids_end };
	return 0;
}

__u64 generation_former_serial(const struct instance *instance)
{
	return instance->rules[!instance_generation(instance)].serial;
}
