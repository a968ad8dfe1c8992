/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Changes of what is not a list: policy, fragments, tunnel. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "change.h"
#include "ports.h"
#include "words.h"

#define NAME_LENGTH_MAX 10 /* so that the longest suffix fits a map's name */

static const char *const proto_names[] = { [CX_UDP] = "udp", [CX_TCP] = "tcp" };

static bool is_custom_name(const char *name)
{
	static const char *const suffixes[] = { CX_ACL4_SUFFIX, CX_ACL6_SUFFIX, CX_DST4_SUFFIX,
						CX_DST6_SUFFIX };
	size_t len = strlen(name);

	if (!islower((unsigned char)name[0]) || len > NAME_LENGTH_MAX ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != len || words_reserved(name))
		return false;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (len >= strlen(suffixes[i]) &&
		    !strcmp(name + len - strlen(suffixes[i]), suffixes[i]))
			return false;
	return true;
}

/* A name for a policy to come, in lower case; case does not matter in any. */
static int read_new_name(const struct change *change, char ret_name[static CX_NAME_MAX],
			 struct complaint *ret_why)
{
	size_t len = strlen(change->name);

	if (len < CX_NAME_MAX) {
		for (size_t i = 0; i <= len; i++)
			ret_name[i] = (char)tolower((unsigned char)change->name[i]);
		if (is_custom_name(ret_name))
			return 0;
	}
	complain_usage(ret_why, change->name, "no name for a policy");
	complain_hint(ret_why,
		      "names are a letter, then up to %d of a-z 0-9 _, no keyword, "
		      "not ending as a list's map does",
		      NAME_LENGTH_MAX - 1);
	return -EINVAL;
}

/* The policy that the change makes, before anything is touched. */
static int begin_policy(const struct settings *settings, const struct change *change,
			struct policy *ret_policy, struct complaint *ret_why)
{
	int err;

	if (change->policy[0]) {
		*ret_policy = settings->policy[change->policy[0]];
		return 0;
	}
	settings_default_policy(POLICY_CUSTOM, ret_policy);
	err = read_new_name(change, ret_policy->name, ret_why);
	if (err)
		return err;
	if (!(change->named & (NAMED_UDP | NAMED_TCP))) {
		complain_failed(ret_why, change->name, "no such policy, and a new one needs ports");
		complain_hint(ret_why, "policy %s udp PORTS", ret_policy->name);
		return -EPERM;
	}
	if (!settings_free_policy(settings))
		return complain_failed(ret_why, change->name,
				       "no room: %d custom policies are the most",
				       CX_MAX_POLICIES - POLICY_CUSTOM);
	return 0;
}

static void set_attributes(const struct change *change, const struct grammar_context *context,
			   struct policy *policy)
{
	if (change->named & NAMED_MODE && policy->mode != (enum cx_mode)change->attributes.mode) {
		policy->mode = (enum cx_mode)change->attributes.mode;
		policy->mode_since = change_is_live(context) ? context->now : 0;
	}
	if (change->named & NAMED_ELSEWHERE)
		policy->elsewhere_pass = change->attributes.elsewhere_pass;
	if (change->named & NAMED_TUNNEL)
		policy->tunnel_required = change->attributes.tunnel_required;
	if (change->named & NAMED_RPF)
		policy->rpf = (enum rpf_mode)change->attributes.rpf;
	if (change->named & NAMED_RATE) {
		policy->rate = change->rate;
		policy->burst = change->burst;
	}
}

static int check_builtin_ports(const struct settings *settings, const struct change *change,
			       enum cx_proto proto, const __u8 *set, struct complaint *ret_why)
{
	const char *name = settings->policy[change->policy[0]].name;
	char udp[PORTS_TEXT_MAX], tcp[PORTS_TEXT_MAX];

	for (unsigned int port = 0; port < PORTS_COUNT; port++) {
		if (set[port] == (settings->port[proto][port] == change->policy[0]))
			continue;
		ports_format(settings->port[CX_UDP], (__u8)change->policy[0], udp);
		ports_format(settings->port[CX_TCP], (__u8)change->policy[0], tcp);
		complain_usage(ret_why, change->attributes.ports[proto],
			       "the ports of %s cannot be changed", name);
		complain_hint(ret_why, "they are udp %s tcp %s", udp, tcp);
		return -EINVAL;
	}
	return 0;
}

static int check_owners(const struct settings *settings, const struct change *change,
			enum cx_proto proto, const __u8 *set, struct complaint *ret_why)
{
	for (unsigned int port = 0; port < PORTS_COUNT; port++) {
		__u8 owner = settings->port[proto][port];

		if (set[port] && owner && owner != change->policy[0])
			return complain_failed(ret_why, change->attributes.ports[proto],
					       "%s port %u belongs to %s", proto_names[proto], port,
					       settings->policy[owner].name);
	}
	return 0;
}

/* Judges the ports named, and that the policy has any in the end. */
static int check_ports(const struct settings *settings, const struct change *change,
		       const struct policy *policy, struct complaint *ret_why)
{
	static __u8 set[PORTS_COUNT]; /* too large for a small stack */
	bool has_ports = false;
	int err = 0;

	for (int proto = CX_UDP; proto <= CX_TCP && !err; proto++) {
		if (!change->attributes.ports[proto]) {
			has_ports |=
				change->policy[0] &&
				memchr(settings->port[proto], (int)change->policy[0], PORTS_COUNT);
			continue;
		}
		err = ports_parse(change->attributes.ports[proto], set, ret_why);
		if (err)
			break;
		has_ports |= memchr(set, 1, PORTS_COUNT) != NULL;
		err = policy->builtin ? check_builtin_ports(settings, change, proto, set, ret_why)
				      : check_owners(settings, change, proto, set, ret_why);
	}
	if (!err && !has_ports) {
		complain_failed(ret_why, change->name, "a policy needs ports");
		if (change->policy[0])
			complain_hint(ret_why, "to be rid of it: policy %s delete", policy->name);
		return -EPERM;
	}
	return err;
}

static void set_ports(struct settings *settings, const struct change *change, __u8 index)
{
	static __u8 set[PORTS_COUNT]; /* too large for a small stack */
	struct complaint unused;      /* check_ports() has read them before */

	for (int proto = CX_UDP; proto <= CX_TCP; proto++) {
		__u8 *owner = settings->port[proto];

		if (!change->attributes.ports[proto] ||
		    ports_parse(change->attributes.ports[proto], set, &unused))
			continue;
		for (unsigned int port = 0; port < PORTS_COUNT; port++) {
			if (set[port])
				owner[port] = index;
			else if (owner[port] == index)
				owner[port] = 0;
		}
	}
}

static int check_line(const struct change *change, const struct grammar_context *context,
		      struct complaint *ret_why)
{
	if (change_is_live(context) || !context->lines->policy[change->policy[0]])
		return 0;
	return change_complain_twice(change->name, context->lines->policy[change->policy[0]],
				     ret_why);
}

static int set_policy(struct settings *settings, const struct change *change,
		      const struct grammar_context *context, struct complaint *ret_why)
{
	struct policy policy;
	unsigned int index;
	int err = begin_policy(settings, change, &policy, ret_why);

	if (!err)
		err = check_line(change, context, ret_why);
	if (!err)
		err = check_ports(settings, change, &policy, ret_why);
	if (err)
		return err;
	set_attributes(change, context, &policy);
	policy.said = change->named;
	index = change->policy[0] ? change->policy[0] : settings_free_policy(settings);
	settings->policy[index] = policy;
	set_ports(settings, change, (__u8)index);
	if (!change_is_live(context))
		context->lines->policy[index] = context->line;
	return 0;
}

static int delete_policy(struct settings *settings, const struct change *change,
			 struct complaint *ret_why)
{
	const struct policy *policy = &settings->policy[change->policy[0]];

	if (policy->builtin) {
		complain_usage(ret_why, change->name, "built in, cannot be deleted");
		complain_hint(ret_why, "to stop guarding its ports: policy %s mode open",
			      policy->name);
		return -EINVAL;
	}
	settings_delete_policy(settings, change->policy[0]);
	return 0;
}

int change_policy(struct settings *settings, const struct change *change,
		  const struct grammar_context *context, struct complaint *ret_why)
{
	if (change->named & NAMED_DELETE)
		return delete_policy(settings, change, ret_why);
	return set_policy(settings, change, context, ret_why);
}

int change_fragments(struct settings *settings, const struct change *change,
		     const struct grammar_context *context, struct complaint *ret_why)
{
	if (!change_is_live(context)) {
		if (context->lines->fragments)
			return change_complain_twice("fragments", context->lines->fragments,
						     ret_why);
		context->lines->fragments = context->line;
	}
	settings->fragments = change->fragments;
	settings->fragments_said = true;
	return 0;
}

/* Index of a tunnel, or their number if there is none of that name. */
static size_t find_tunnel(const struct settings *settings, __u32 name)
{
	size_t i = 0;

	while (i < settings->tunnel_count && settings->tunnel[i] != name)
		i++;
	return i;
}

static int tunnel_off(struct settings *settings, const struct change *change,
		      struct complaint *ret_why)
{
	size_t i = find_tunnel(settings, strings_find(settings->strings, change->ifname));

	if (i == settings->tunnel_count)
		return complain_failed(ret_why, change->ifname, "not named as a tunnel");
	settings->tunnel_count--;
	memmove(&settings->tunnel[i], &settings->tunnel[i + 1],
		(settings->tunnel_count - i) * sizeof(settings->tunnel[0]));
	return 0;
}

int change_tunnel(struct settings *settings, const struct change *change,
		  const struct grammar_context *context, struct complaint *ret_why)
{
	__u32 name;
	size_t i;

	if (change->named & NAMED_OFF)
		return tunnel_off(settings, change, ret_why);
	name = strings_intern(settings->strings, change->ifname);
	if (!name)
		return complain_memory(ret_why);
	i = find_tunnel(settings, name);
	if (i < settings->tunnel_count && change_is_live(context))
		return 0;
	if (i < settings->tunnel_count)
		return change_complain_twice(change->ifname, context->lines->tunnel[i], ret_why);
	if (i == CX_MAX_NAMES - 1)
		return complain_failed(ret_why, change->ifname, "no room: %d tunnels are the most",
				       CX_MAX_NAMES - 1);
	if (!change_is_live(context))
		context->lines->tunnel[i] = context->line;
	settings->tunnel[settings->tunnel_count++] = name;
	return 0;
}
