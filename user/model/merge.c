/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Brings the settings of a file into those in force. */
#include "merge.h"

#include <errno.h>
#include <string.h>

#include "change.h"

/* Gives the policy's ports of the file to the same policy here. */
static int merge_ports(struct settings *settings, unsigned int to, const struct settings *file,
		       unsigned int from, struct complaint *ret_why)
{
	__u8 *here = &settings->port[0][0];
	const __u8 *there = &file->port[0][0];

	for (size_t i = 0; i < SETTINGS_PORTS_SIZE; i++) {
		if (there[i] != from || here[i] == to)
			continue;
		if (here[i])
			return complain_failed(ret_why, settings->policy[to].name,
					       "port %zu belongs to %s", i % 65536,
					       settings->policy[here[i]].name);
		here[i] = to;
	}
	return 0;
}

/* What a line names is set, all else stays. */
static void merge_policy(const struct policy *from, struct policy *to)
{
	if (from->said & NAMED_MODE && to->mode != from->mode) {
		to->mode = from->mode;
		to->mode_since = 0;
	}
	if (from->said & NAMED_ELSEWHERE)
		to->elsewhere_pass = from->elsewhere_pass;
	if (from->said & NAMED_TUNNEL)
		to->tunnel_required = from->tunnel_required;
	if (from->said & NAMED_RPF)
		to->rpf = from->rpf;
	if (from->said & NAMED_RATE) {
		to->rate = from->rate;
		to->burst = from->burst;
	}
	to->said = from->said;
}

/* Does a line of the file speak of that policy?  It knows others that were there as it was read. */
static bool speaks_of(const struct settings *file, unsigned int policy)
{
	if (file->policy[policy].said)
		return true;
	for (size_t i = 0; i < file->count; i++) {
		if (file->entry[i].policy == policy)
			return true;
	}
	return false;
}

/* Number here of each policy of the file; those that are new are made. */
static int merge_policies(struct settings *settings, const struct settings *file,
			  __u8 ret_number[static CX_MAX_POLICIES], struct complaint *ret_why)
{
	int err = 0;

	for (unsigned int i = 1; i < CX_MAX_POLICIES && !err; i++) {
		const struct policy *policy = &file->policy[i];
		bool known, says_ports = policy->said & (NAMED_UDP | NAMED_TCP);
		unsigned int here;

		if (!policy->name[0])
			continue;
		here = settings_policy(settings, policy->name);
		known = here;
		if (!known && !speaks_of(file, i))
			continue;
		if (!known && !says_ports && !policy->builtin) /* deleted while the file was read */
			return complain_failed(ret_why, policy->name, "no such policy");
		if (!known)
			here = settings_free_policy(settings);
		if (!here)
			return complain_failed(ret_why, policy->name, "no room for another policy");
		ret_number[i] = here;
		if (known)
			merge_policy(policy, &settings->policy[here]);
		else
			settings->policy[here] = *policy;
		if (says_ports)
			err = merge_ports(settings, here, file, i, ret_why);
	}
	return err;
}

static __u32 translate(struct settings *settings, const struct settings *file, __u32 string)
{
	return strings_intern(settings->strings, strings_text(file->strings, string));
}

static struct entry translate_entry(struct settings *settings, const struct settings *file,
				    const struct entry *from, const __u8 *number)
{
	struct entry entry = *from;

	entry.policy = number[from->policy];
	entry.peer = translate(settings, file, from->peer);
	entry.comment = translate(settings, file, from->comment);
	entry.dev = translate(settings, file, from->dev);
	return entry;
}

/* An entry that is there: as a file's line says, which names not all of it. */
static void merge_entry(const struct entry *from, struct entry *to)
{
	const struct entry there = *to;

	*to = *from;
	if (there.action != from->action)
		return;
	if (!(from->said & NAMED_PEER))
		to->peer = there.peer;
	if (!(from->said & NAMED_DEV))
		to->dev = there.dev;
	if (!(from->said & NAMED_COMMENT))
		to->comment = there.comment;
	if (!(from->said & NAMED_MIN_TTL))
		to->min_ttl = there.min_ttl;
	if (!(from->said & NAMED_EXPIRES))
		to->expires = there.expires;
	if (!(from->said & NAMED_RATE)) {
		to->rate = there.rate;
		to->burst = there.burst;
	}
}

/* Sets entries that are there and appends the others; sorted only at the end, for a million. */
static int merge_entries(struct settings *settings, const struct settings *file, const __u8 *number)
{
	size_t sorted = settings->count, appended;
	int err = settings_reserve(settings, file->count);

	for (size_t i = 0; i < file->count && !err; i++) {
		struct entry entry = translate_entry(settings, file, &file->entry[i], number);
		struct entry *there;

		appended = settings->count;
		settings->count = sorted;
		there = settings_find(settings, entry.policy, entry.direction, &entry.prefix);
		settings->count = appended;
		if (there)
			merge_entry(&entry, there);
		else
			err = settings_append(settings, &entry);
	}
	if (!err && strings_failed(settings->strings))
		err = -ENOMEM;
	return err ? err : settings_sort(settings);
}

static int merge_tunnels(struct settings *settings, const struct settings *file)
{
	for (size_t i = 0; i < file->tunnel_count; i++) {
		__u32 string = translate(settings, file, file->tunnel[i]);
		size_t at = 0;

		while (at < settings->tunnel_count && settings->tunnel[at] != string)
			at++;
		if (at == CX_MAX_NAMES)
			return -E2BIG;
		settings->tunnel[at] = string;
		if (at == settings->tunnel_count)
			settings->tunnel_count++;
	}
	return 0;
}

int merge_add(struct settings *settings, const struct settings *file, struct complaint *ret_why)
{
	__u8 number[CX_MAX_POLICIES] = {};
	int err = merge_policies(settings, file, number, ret_why);

	if (!err)
		err = merge_tunnels(settings, file);
	if (file->fragments_said)
		settings->fragments = file->fragments;
	return err ? err : merge_entries(settings, file, number);
}

/* A deny names no peer: whose it was could not be told when it is to go. */
static int check_peer_entry(const struct settings *file, const struct entry *entry,
			    const char *peer, struct complaint *ret_why)
{
	const char *named = strings_text(file->strings, entry->peer);
	char text[PREFIX_TEXT_MAX];

	prefix_format(&entry->prefix, text);
	if (entry->direction != CX_SOURCE || entry->action != CX_ALLOW)
		return complain_failed(ret_why, text, "line %u: a %s has no place in a peer's file",
				       entry->line,
				       entry->direction == CX_SOURCE ? "deny" : "destination");
	if (entry->peer && strcmp(named, peer))
		return complain_failed(ret_why, text, "line %u: names peer %s, not %s", entry->line,
				       named, peer);
	return 0;
}

/* One that is merely named is there already. */
static bool has_policy_line(const struct settings *file, unsigned int policy)
{
	return file->policy[policy].builtin ? !settings_is_default(file, policy)
					    : file->policy[policy].said;
}

/* Does the file say only what can be one peer's? */
static int check_peer_file(const struct settings *file, const char *peer, struct complaint *ret_why)
{
	int err = 0;

	for (unsigned int i = 1; i < CX_MAX_POLICIES; i++) {
		if (has_policy_line(file, i))
			return complain_failed(ret_why, file->policy[i].name,
					       "a policy line has no place in a peer's file");
	}
	if (file->tunnel_count || file->fragments)
		return complain_failed(ret_why, NULL,
				       "only allow lines have a place in a peer's file");
	for (size_t i = 0; i < file->count && !err; i++)
		err = check_peer_entry(file, &file->entry[i], peer, ret_why);
	return err;
}

/* A prefix that another peer's line holds is not this one's to take. */
static int check_others(const struct settings *settings, const struct settings *file,
			const __u8 *number, struct complaint *ret_why)
{
	char text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < file->count; i++) {
		const struct entry *entry = &file->entry[i];
		const struct entry *there =
			settings_find(settings, number[entry->policy], CX_SOURCE, &entry->prefix);

		if (!there)
			continue;
		return complain_failed(ret_why, prefix_format(&entry->prefix, text),
				       "line %u: is listed %s%s already", entry->line,
				       there->peer ? "for peer " : "without a peer",
				       strings_text(settings->strings, there->peer));
	}
	return 0;
}

/* Takes the peer's entries out: all, or those of one policy. */
static void sweep_peer(struct settings *settings, __u32 peer, unsigned int policy)
{
	for (size_t i = 0; i < settings->count; i++) {
		struct entry *entry = &settings->entry[i];

		entry->doomed = entry->peer == peer && (!policy || entry->policy == policy);
	}
	settings_sweep(settings);
}

/* Puts the file's in their place. */
static int put_peer(struct settings *settings, const struct settings *file, __u32 peer,
		    const __u8 *number, struct complaint *ret_why)
{
	int err = check_others(settings, file, number, ret_why);

	if (!err)
		err = merge_entries(settings, file, number);
	for (size_t i = 0; i < settings->count && !err; i++) {
		if (settings->entry[i].line && settings->entry[i].direction == CX_SOURCE)
			settings->entry[i].peer = peer;
	}
	return err;
}

int merge_peer(struct settings *settings, const struct settings *file, const char *peer,
	       struct complaint *ret_why)
{
	__u32 string = strings_intern(settings->strings, peer);
	__u8 number[CX_MAX_POLICIES] = {};
	int err = check_peer_file(file, peer, ret_why);

	if (err)
		return err;
	sweep_peer(settings, string, 0);
	err = merge_policies(settings, file, number, ret_why);
	return err ? err : put_peer(settings, file, string, number, ret_why);
}

int merge_list(struct settings *settings, const struct settings *list, const char *peer,
	       unsigned int policy, struct complaint *ret_why)
{
	__u32 string = strings_intern(settings->strings, peer);
	__u8 number[CX_MAX_POLICIES];

	memset(number, (int)policy, sizeof(number));
	sweep_peer(settings, string, policy);
	return put_peer(settings, list, string, number, ret_why);
}
