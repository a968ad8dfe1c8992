/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a packet passes or drops: judge() says the reason, in the order of enum
 * cx_reason; is_drop() and is_in_force() say what that comes to, and conclude(),
 * clarent_xdp.bpf.c, does it.
 */
#ifndef CX_JUDGE_H
#define CX_JUDGE_H

#include "hook.h"
#include "limits.h"
#include "lists.h"
#include "maps.h"
#include "packet.h"
#include "route.h"

/* A packet before the rules: what is asked about it, and what has been found out so far. */
struct trial {
	struct hook hook;
	__u32 datagrams; /* that it is */
	const struct packet *packet;
	const struct cx_rules *rules;
	__u32 generation; /* which they are */
	struct variant variant;
	__u32 index; /* of its policy, 0: the packet is no policy's business */
	const struct cx_policy *policy;
	const struct cx_entry *dest;  /* that covers its destination, NULL: none is asked for */
	const struct cx_entry *entry; /* that covers its source */
	__u32 len;                    /* of that one's prefix, NO_PREFIX: none does */
};

static __always_inline int is_bogus4(__u32 src)
{
	switch (src >> 24) {
	case 0:           /* this network, RFC 1122 3.2.1.3 */
	case 127:         /* loopback */
	case 224 ... 255: /* multicast, class E, broadcast */
		return 1;
	default:
		return 0;
	}
}

static __always_inline int is_bogus6(const struct address *src)
{
	if (src->hi >> 56 == 0xff) /* multicast, RFC 4291 2.7 */
		return 1;
	return !src->hi && (src->lo <= 1 ||           /* unspecified, loopback */
			    src->lo >> 32 == 0xffff); /* IPv4-mapped */
}

/* True if the source cannot be a sender at all. */
static __always_inline int is_bogus(const struct packet *packet)
{
	return packet->family == CX_IPV4 ? is_bogus4(packet->src.lo) : is_bogus6(&packet->src);
}

static __always_inline int is_tunnel(const struct cx_rules *r)
{
	__u32 dev = self.dev & (CX_MAX_DEVS - 1);

	return r->tunnels[dev / 64] >> (dev % 64) & 1;
}

/* What an admitted packet's limits say: entry, destination, policy. */
static __always_inline enum cx_reason judge_limits(const struct trial *trial,
						   struct cx_state *state, __u64 coarse_now)
{
	const struct cx_entry *dest = trial->dest;
	__u32 take = trial->variant.moves ? trial->datagrams : 0;
	struct cx_state *dest_state;

	if (!entry_conforms(trial->entry, state, coarse_now, take))
		return CX_OVER_RATE;
	if (dest && dest->interval) {
		dest_state = state_of(dest->id);
		if (!dest_state || !entry_conforms(dest, dest_state, coarse_now, take))
			return CX_DEST_RATE;
	}
	if (!policy_conforms(trial->policy, trial->index, coarse_now, take))
		return CX_POLICY_RATE;
	return CX_ALLOWED;
}

/* What the conditions of the entry that covers the source say. */
static __always_inline enum cx_reason judge_entry(const struct trial *trial)
{
	const struct packet *packet = trial->packet;
	const struct cx_entry *entry = trial->entry;
	enum route route = ROUTE_RIGHT;

	if (entry->action != CX_ALLOW)
		return CX_DENIED;
	if (is_bogus(packet))
		return CX_BOGUS_SOURCE;
	if (feature(trial->variant, CX_FEATURE_RPF) && trial->policy->flags & CX_POLICY_RPF)
		route = route_of(&trial->hook, packet, trial->policy->flags & CX_POLICY_RPF_STRICT);
	if (route == ROUTE_OWN)
		return CX_BOGUS_SOURCE;
	if (feature(trial->variant, CX_FEATURE_CONDITIONS)) {
		if (entry->expires && is_over(entry))
			return CX_EXPIRED;
		if (entry->dev && entry->dev != self.dev)
			return CX_WRONG_DEV;
		if (packet->ttl < entry->min_ttl)
			return CX_LOW_TTL;
	}
	return route == ROUTE_WRONG ? CX_RPF_FAILED : CX_ALLOWED;
}

/* A source that the list covers: its entry decides, and remembers. */
static __always_inline enum cx_reason judge_listed(const struct trial *trial)
{
	struct cx_state *state = state_of(trial->entry->id);
	__u64 coarse_now = bpf_ktime_get_coarse_ns();
	enum cx_reason reason;

	reason = judge_entry(trial);
	if (!state) /* cannot be: an entry is given its state first */
		return CX_UNLISTED;
	if (feature(trial->variant, CX_FEATURE_LIMITS) && reason == CX_ALLOWED)
		reason = judge_limits(trial, state, coarse_now);
	if (trial->variant.moves)
		state_remember(state, reason, trial->packet->ttl, trial->datagrams, coarse_now);
	return reason;
}

/* The entry that covers an address of the packet, NULL if none does. */
static __always_inline struct cx_entry *
covering(const struct trial *trial, enum cx_direction direction, const struct address *addr)
{
	return list_find(trial->rules, trial->generation, CX_LIST(direction, trial->index),
			 trial->packet->family, addr);
}

/*
 * What asks to be sent on from here may come to an address that the policy does
 * protect, and nobody will ask again: it is not let pass as being for another.
 */
static __always_inline int leads_on(const struct trial *trial)
{
	return trial->packet->flags & PACKET_ONWARD &&
	       trial->policy->flags & CX_POLICY_ELSEWHERE_PASS;
}

/* A packet for a port that a policy guards. */
static __always_inline enum cx_reason judge_guarded(struct trial *trial)
{
	const struct cx_policy *policy = &trial->rules->policy[trial->index];

	trial->policy = policy;
	if (policy->mode == CX_MODE_CLOSED)
		return CX_CLOSED;
	if (feature(trial->variant, CX_FEATURE_TUNNEL) && policy->flags & CX_POLICY_TUNNEL &&
	    !is_tunnel(trial->rules))
		return CX_NO_TUNNEL;
	if (feature(trial->variant, CX_FEATURE_DESTS) && policy->flags & CX_POLICY_DESTS) {
		trial->dest = covering(trial, CX_DEST, &trial->packet->dst);
		if (!trial->dest && !leads_on(trial))
			return CX_ELSEWHERE;
	}
	trial->entry = covering(trial, CX_SOURCE, &trial->packet->src);
	if (!trial->entry)
		return CX_UNLISTED;
	trial->len = trial->entry->prefixlen;
	return judge_listed(trial);
}

/*
 * Does the entry of this length, in the list of this slot, admit the packet here
 * and now?  Limits are not asked: to them a datagram is its first fragment.
 */
static __always_inline int admits(const struct hook *hook, const struct packet *packet, __u32 slot,
				  __u32 len)
{
	__u32 generation = slot / CX_LISTS & 1;
	const struct cx_rules *r = bpf_map_lookup_elem(&rules, &generation);
	struct trial trial = { .hook = *hook, .packet = packet };

	if (!r || !packet)
		return 0;
	trial.policy = &r->policy[slot & (CX_MAX_POLICIES - 1)];
	if (feature(trial.variant, CX_FEATURE_TUNNEL) && trial.policy->flags & CX_POLICY_TUNNEL &&
	    !is_tunnel(r))
		return 0;
	trial.entry = list_entry(slot, packet->family, &packet->src, len);
	return trial.entry && judge_entry(&trial) == CX_ALLOWED;
}

/* Global, so that what is judged by is verified once. */
__noinline int admits_frame(struct xdp_md *ctx, const struct packet *packet, __u32 slot, __u32 len)
{
	return admits(&(struct hook){ .ctx = ctx }, packet, slot, len);
}

/* The same at tc. */
__noinline int admits_buffer(struct __sk_buff *skb, const struct packet *packet, __u32 slot,
			     __u32 len)
{
	return admits(&(struct hook){ .ctx = skb, .is_tc = 1 }, packet, slot, len);
}

/* Is the source one that some policy, of those that judge by a list, admits? */
static __always_inline int is_admitted(const struct trial *trial, const struct packet *packet)
{
	__u64 listing = trial->rules->listing;
	__u32 i, slot, len;

	for (i = 1; i < CX_MAX_POLICIES; i++) {
		if (!(listing >> i))
			return 0;
		if (!(listing >> i & 1))
			continue;
		slot = CX_SLOT(trial->generation, CX_LIST(CX_SOURCE, i));
		len = find_len(packet, slot);
		if (len == NO_PREFIX)
			continue;
		if (trial->hook.is_tc ? admits_buffer(trial->hook.ctx, packet, slot, len)
				      : admits_frame(trial->hook.ctx, packet, slot, len))
			return 1;
	}
	return 0;
}

/* Is it a fragment that some policy's list would have to admit, and none does? */
static __always_inline int is_stray(const struct trial *trial, const struct packet *packet)
{
	return packet->flags & PACKET_FRAGMENT && trial->rules->flags & CX_RULES_FRAGMENTS_LISTED &&
	       !is_admitted(trial, packet);
}

/* What a frame without a port to judge comes to. */
static __always_inline enum cx_reason judge_unported(enum parsed parsed, const struct cx_rules *r)
{
	switch (parsed) {
	case PARSED_OTHER:
		return CX_NOT_GUARDED;
	case PARSED_TOO_DEEP:
		return CX_TOO_DEEP;
	case PARSED_FRAGMENT:
		return r->flags & CX_RULES_FRAGMENTS_DROP ? CX_FRAGMENT : CX_NOT_GUARDED;
	case PARSED_STRAY:
		return CX_FRAGMENT;
	default:
		return CX_MALFORMED;
	}
}

/* Policy that owns the packet's destination port, 0: none. */
static __always_inline __u32 guard_of(const struct cx_rules *r, const struct packet *packet)
{
	__u64 port = packet->port;

	/* or clang 19 drops the mask, and Linux 6.1 forgets the bounds of what is spilled */
	barrier_var(port);
	return r->guard[packet->proto & 1][port & 0xffff] & (CX_MAX_POLICIES - 1);
}

/* The whole judgement of what a parser found: trial->index and trial->entry say of whose. */
static __always_inline enum cx_reason judge(struct trial *trial, enum parsed parsed)
{
	if (parsed != PARSED_PORT)
		return judge_unported(parsed, trial->rules);
	trial->index = guard_of(trial->rules, trial->packet);
	return trial->index ? judge_guarded(trial) : CX_NOT_GUARDED;
}

/* Does this reason drop, were every policy enforced? */
static __always_inline int is_drop(enum cx_reason reason, const struct cx_policy *policy)
{
	switch (reason) {
	case CX_ALLOWED:
	case CX_NOT_GUARDED:
		return 0;
	case CX_ELSEWHERE:
		return !(policy->flags & CX_POLICY_ELSEWHERE_PASS);
	default:
		return 1;
	}
}

/* Are drops of this policy carried out?  Those of no policy, while any is in force. */
static __always_inline int is_in_force(const struct cx_rules *r, __u32 policy)
{
	if (!policy)
		return r->flags & CX_RULES_STRICT;
	return r->policy[policy].mode != CX_MODE_MONITOR;
}

#endif
