/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the kernel to the policy model. */
#include "reading.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "list.h"
#include "scope.h"
#include "slots.h"
#include "texts.h"

struct reader {
	const struct instance *instance;
	struct settings *settings;
	struct list_at at;
	struct text_cache *notes;
};

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

static int read_lists(struct reader *reader, unsigned int generation)
{
	int err = 0;

	FOR_EACH_LIST (reader->at) {
		const struct list_at *at = &reader->at;
		__u32 id = list_of(reader->instance, generation, at)->count
				   ? slot_map(reader->instance, generation, at)
				   : 0;
		scoped(fd) fd = id ? bpf_map_get_fd_by_id(id) : -1;

		if (id && fd < 0)
			return -errno;
		if (id)
			err = list_read(fd, at->family, read_entry, reader);
		if (err)
			return err;
	}
	return 0;
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
			   struct settings *ret_settings)
{
	const struct cx_rules *rules = &instance->rules[generation];
	struct reader reader = { .instance = instance, .settings = ret_settings };
	int err = settings_init(ret_settings);

	if (err)
		return err;
	read_policies(rules, ret_settings);
	read_tunnels(instance, rules, ret_settings);
	reader.notes = texts_open(instance, ret_settings->strings);
	err = reader.notes ? read_lists(&reader, generation) : -ENOMEM;
	texts_close(reader.notes);
	if (!err && strings_failed(ret_settings->strings))
		err = -ENOMEM;
	if (!err)
		err = settings_sort(ret_settings);
	if (err)
		settings_free(ret_settings);
	return err;
}

int generation_read(const struct instance *instance, struct settings *ret_settings)
{
	return read_generation(instance, instance_generation(instance), ret_settings);
}

int generation_read_former(const struct instance *instance, struct settings *ret_settings)
{
	return read_generation(instance, !instance_generation(instance), ret_settings);
}

__u64 generation_former_serial(const struct instance *instance)
{
	return instance->rules[!instance_generation(instance)].serial;
}
